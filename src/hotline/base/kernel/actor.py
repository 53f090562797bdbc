"""Who does something: a person with a session, a machine with a token, a citizen on the portal, or the platform itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["person", "machine", "citizen", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts.

    ``rights`` are right names (kernel.rights); ``scope`` holds organisation paths such as ``"/"`` or ``"/3/17/"`` whose
    subtree the actor may see; ``id`` is the staff, token or party id as text.
    """

    kind: Kind
    id: str
    label: str
    rights: frozenset[str] = frozenset()
    scope: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    address: str = ""
    """Network address the act came from, empty when the platform itself acts."""
    behalf: str = ""
    """The staff id of the absent one in whose place a deputy acts; ``label`` names both."""
    posts: tuple[str, ...] = ()
    """Paths of the organisations he is posted in, the centre's own left out; a deputy's own beside those of whom he stands in for.
    A role of the whole city has the scope ``"/"``, and its holder still belongs somewhere."""

    def may(self, right: str) -> bool:
        """Whether this actor holds ``right``. The platform itself may everything."""
        return self.kind == "system" or right in self.rights

    @property
    def sees_all(self) -> bool:
        """Whether the scope is the whole city."""
        return self.kind == "system" or "/" in self.scope


PARTS = {
    "alarms": "求助告警 / alarms",
    "alerts": "工作提醒 / alerts for staff",
    "attachments": "附件 / attachments",
    "callbacks": "未接回拨 / callbacks",
    "callcontrol": "呼叫控制 / call control",
    "calls": "话务 / calls",
    "call ratings": "通话评价 / ratings of calls",
    "case clocks": "办理时限 / case clocks",
    "case escalation": "自动提级 / escalation by itself",
    "case notices": "办件短信 / text messages about cases",
    "desk": "工作台 / desk",
    "exchange: retention": "运行数据留存 / retention of run data",
    "files: new key": "文件换钥 / files under a new key",
    "exports": "导出 / exports",
    "first start": "首次启动 / first start",
    "hand-over": "跨中心移交 / hand-over",
    "hotline sms secret": "短信网关密钥 / the text-message gateway's secret",
    "hotline mail secret": "邮箱密码 / the mailbox's password",
    "hotline link token": "签发链路令牌 / hotline link token",
    "hotline load": "载入城市数据 / hotline load",
    "hotline token add": "签发令牌 / hotline token add",
    "hotline user add": "开立账号 / hotline user add",
    "hotline user password": "重置密码 / hotline user password",
    "journal": "交换机话单 / the switch's journal",
    "links": "联动链路 / links",
    "merged cases": "并单办理 / merged cases",
    "people: unattended sessions": "会话看护 / unattended sessions",
    "recordings: check": "录音核对 / recordings, checked",
    "recordings: expiry": "录音到期 / recordings, expired",
    "recordings: intake": "录音入库 / recordings, taken in",
    "recordings: listen": "录音调听 / recordings, listened to",
    "sms": "短信与邮件 / text messages and mail",
    "roster": "排班 / roster",
}
"""How the audit log and a case's timeline name each part of the platform that acts by itself."""


def system(part: str) -> Actor:
    """The platform acting by itself; ``part`` (PARTS, or a text in both languages) says which, for the audit log."""
    return Actor(kind="system", id="", label=PARTS.get(part, part), scope=("/",))


def citizen(party_id: str = "", address: str = "", rights: frozenset[str] = frozenset()) -> Actor:
    """A citizen on the portal or the phone, known by what they hold (a query code, a line), not by an account."""
    return Actor("citizen", party_id, "诉求人 / citizen", rights, roles=("citizen",), address=address)
