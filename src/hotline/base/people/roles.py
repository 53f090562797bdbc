"""Roles: what a post lets its holder do, and how far he sees. The one table of both.

A role's name is data of the program, not of a city: a city decides who holds a post where.
"""

from dataclasses import dataclass
from typing import Final

# 等保三级 三权分立: no one may hold two of these at the same time.
SEPARATED: Final = frozenset({"system_admin", "security_admin", "audit_admin"})

# What a machine's token may be given. Administration and unmasking are for people.
MACHINE_RIGHTS: Final = frozenset(
    {
        "rundata.push",
        "rundata.read",
        "handover.push",
        "case.create",
        "case.list",
        "case.read",
        "calls.read",
        "board.read",
        "metrics.read",
        "numbers.read",
        "org.read",
        "system.read",
    }
)


@dataclass(frozen=True)
class Role:
    """One role.

    ``whole_city``: its holders work for everyone's calls and cases (the centre, the offices that supervise it) and
    see the whole tree; other holders see the subtree of the organisation they are posted to.
    """

    name: str
    zh: str
    en: str
    whole_city: bool
    rights: frozenset[str]


def _role(name: str, zh: str, en: str, rights: str, *, whole_city: bool = False) -> Role:
    return Role(name, zh, en, whole_city, frozenset(rights.split()))


_AGENT = (
    "desk.work board.read calls.read numbers.read org.read case.create case.list case.read case.aside case.answer party.read party.write"
    " attachment.read attachment.add"
    " notice.read inbox.work callback.read callback.take restriction.read restriction.propose skill.read roster.read announcement.read"
)
_LOOK = (
    "board.read calls.read callback.read numbers.read org.read case.list case.read case.aside metrics.read"
)
_ADMIN = "org.read staff.read system.read"
_RECORDINGS = " recording.listen recording.listen_all recording.hold"

_ROLES = (
    # 市民: registered citizens act on the portal with number and query code; the role carries no staff right.
    _role("citizen", "市民", "Citizen", ""),
    _role(
        "agent",
        "话务员",
        "Agent",
        _AGENT
        + " case.reveal party.reveal case.dispatch case.merge case.urge recording.listen letter.issue letter.read",
        whole_city=True,
    ),
    _role(
        "shift_leader",
        "值班长",
        "Shift leader",
        _AGENT
        + _RECORDINGS
        + " roster.write announcement.write attachment.release deputy.approve"
        + " restriction.decide desk.supervise"
        + " notice.read seat.read skill.write case.reveal party.reveal case.dispatch case.merge case.shelve case.supervise"
        " case.extend case.urge case.close metrics.read staff.read export.ask export.read catalogue.read case.order_aside"
        " letter.issue letter.read",
        whole_city=True,
    ),
    _role(
        "dispatcher",
        "派单员",
        "Dispatcher",
        _LOOK
        + " attachment.read attachment.add attachment.release"
        + " notice.read case.create case.dispatch case.merge case.shelve case.supervise case.extend case.urge case.check case.close"
        " case.reveal"
        " export.ask export.read catalogue.read catalogue.write alert.read"
        " letter.issue letter.read",
        whole_city=True,
    ),
    _role(
        "visitor",
        "回访员",
        "Return-visit officer",
        "attachment.read "
        "numbers.read org.read calls.read notice.read case.list case.read case.aside case.visit case.urge case.redo case.close case.reveal"
        " case.contact party.read party.reveal letter.issue letter.read",
        whole_city=True,
    ),
    _role(
        "node_handler",
        "节点经办人",
        "Node handler",
        "attachment.read attachment.add "
        "numbers.read org.read case.list case.read case.aside case.sign case.reply case.reveal case.contact alert.read"
        " letter.read",
    ),
    _role(
        "node_leader",
        "节点负责人",
        "Node leader",
        "attachment.read attachment.add "
        "numbers.read org.read case.list case.read case.aside case.sign case.reply case.reveal case.contact case.verdicts"
        " metrics.read export.ask export.read"
        " alert.read alert.duty case.order_aside staff.read"
        " letter.read deputy.approve",
    ),
    _role("hotline_owner", "热线主管单位", "Hotline owner", _LOOK + " rundata.read seat.read roster.read"),
    _role("linked_editor", "联动中心知识编辑", "Linked-centre editor", "numbers.read org.read rundata.read"),
    _role("expert", "专家", "Expert", "numbers.read org.read case.list case.read case.aside"),
    _role("knowledge_editor", "知识库编辑", "Knowledge editor", "numbers.read org.read", whole_city=True),
    _role(
        "government_office",
        "市政府办",
        "Government office",
        _LOOK
        + " case.urge case.decide_escalated case.verdicts alert.read rundata.read export.ask export.read",
        whole_city=True,
    ),
    _role(
        "efficiency_office",
        "市效能办",
        "Efficiency office",
        _LOOK + " case.answer_referral case.verdicts alert.read rundata.read export.ask export.read",
        whole_city=True,
    ),
    _role(
        "supervisor",
        "中心主管",
        "Centre supervisor",
        _LOOK
        + _RECORDINGS
        + " recording.listen_confidential recording.download"
        + " attachment.read attachment.add attachment.release attachment.quarantine"
        + " roster.read roster.write announcement.read announcement.write deputy.approve"
        + " skill.read skill.write"
        + " desk.supervise seat.read numbers.write case.dispatch case.merge case.shelve case.supervise case.appeal case.verdicts"
        " case.extend case.urge case.check case.redo case.close rundata.read"
        " staff.read party.read case.order_aside export.ask export.read catalogue.read catalogue.write"
        " letter.issue letter.read letter.write",
        whole_city=True,
    ),
    _role(
        "system_admin",
        "系统管理员",
        "System administrator",
        _ADMIN + " org.write staff.manage numbers.read numbers.write clock.set",
        whole_city=True,
    ),
    _role(
        "security_admin",
        "安全管理员",
        "Security administrator",
        _ADMIN + " role.manage token.manage",
        whole_city=True,
    ),
    _role(
        "audit_admin",
        "审计管理员",
        "Audit administrator",
        _ADMIN + " audit.read audit.verify audit.export export.see_all export.read",
        whole_city=True,
    ),
)

ROLES: Final[dict[str, Role]] = {role.name: role for role in _ROLES}


def rights_of(roles: frozenset[str] | tuple[str, ...]) -> frozenset[str]:
    """Everything the holders of ``roles`` may do."""
    return frozenset().union(*(ROLES[name].rights for name in roles))
