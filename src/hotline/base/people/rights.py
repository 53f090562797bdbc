"""The rights this room guards."""

from hotline.base.kernel.rights import declare

declare("org.read", "查看机构", "See organisations and divisions")
declare("org.write", "维护机构", "Add and close organisations")
declare("staff.read", "查看人员", "See staff")
declare("staff.manage", "管理人员账号", "Open, change and close staff accounts")
declare("role.manage", "授予和收回岗位", "Give and take back posts")
declare("deputy.approve", "指定和批准代理人", "Choose and approve deputies")
declare("token.manage", "管理机器令牌", "Issue and revoke machines' tokens")
