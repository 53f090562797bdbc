"""Organisations, divisions, staff, posts, tokens and the sign-in log."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from hotline.base.kernel.models import CityRow
from hotline.base.people.roles import ROLES


class OrganisationKind(models.TextChoices):
    """What an organisation is to the hotline; the words of 53号."""

    GOVERNMENT = "government", "市政府"
    CENTRE = "centre", "12345中心"
    GOVERNMENT_OFFICE = "government_office", "市政府办"
    EFFICIENCY_OFFICE = "efficiency_office", "市效能办"
    DEPARTMENT = "department", "市直部门"
    COUNTY = "county", "县(市、区)"
    ZONE = "zone", "功能区"
    LINKED_CENTRE = "linked_centre", "联动热线中心"
    NODE = "node", "办理节点"


class Organisation(CityRow):
    """A place in the tree of organisations.

    ``path`` is the keys from below the root, "/hrss/hrss-node/" (the root itself is "/"); a subtree is everything
    whose path starts so. A row is opened and closed, never renamed or moved: papers keep the name they were written
    under.
    """

    key = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    full_name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=OrganisationKind.choices)
    path = models.CharField(max_length=400)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    division_code = models.CharField(max_length=12, blank=True)
    accepts_cases = models.BooleanField(default=False)
    in_jurisdiction = models.BooleanField(default=True)
    note = models.TextField(blank=True)
    closed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city_id", "key"], name="organisation_key_once"),
            models.UniqueConstraint(fields=["city_id", "path"], name="organisation_path_once"),
            models.CheckConstraint(
                condition=Q(path="/") | Q(path__startswith="/", path__endswith="/"),
                name="organisation_path_slashes",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "path"], name="organisation_kind"),
            models.Index(fields=["division_code"], name="organisation_division"),
        ]

    def __str__(self) -> str:
        return self.name


class Division(CityRow):
    """An administrative division by its national code (6 digits county, 9 town, 12 village).

    ``lineage`` is the codes from the root to itself, "/350000/350500/350521/350521104/".
    """

    class Level(models.TextChoices):
        """The levels of the national code table."""

        PROVINCE = "province", "省"
        CITY = "city", "市"
        COUNTY = "county", "县(市、区)"
        TOWN = "town", "乡镇(街道)"
        VILLAGE = "village", "村(社区)"

    code = models.CharField(max_length=12)
    name = models.CharField(max_length=60)
    full_name = models.CharField(max_length=200)
    level = models.CharField(max_length=10, choices=Level.choices)
    lineage = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "code"], name="division_code_once")]

    def __str__(self) -> str:
        return self.full_name


class DivisionOverlay(CityRow):
    """From ``effective_from``, ``handled_by`` handles a division and all under it, whatever its code says.

    A town of 台商投资区 carries 惠安's code, yet the zone handles it. No ``handled_by`` = the city does not administer
    the division; ``note`` says why. Rows are only ever added; the latest that has begun holds.
    """

    division = models.ForeignKey(Division, models.PROTECT, related_name="overlays")
    handled_by = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="overlays")
    effective_from = models.DateField()
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["division", "effective_from"], name="division_overlay_once_a_day")
        ]


class StaffManager(BaseUserManager["Staff"]):
    """Finds staff by user name; accounts are opened only by ``actions.open_account``."""


class Staff(CityRow, AbstractBaseUser):
    """Somebody who works with the platform and signs in (AUTH_USER_MODEL).

    ``version`` counts every change that touches what he may do; sessions cache rights under it, so a change holds at
    his next request.
    """

    last_login = None  # the sign-in log has it, in the city's own time
    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    failed_sign_ins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    objects: ClassVar[StaffManager] = StaffManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Post(CityRow):
    """A role held by somebody in an organisation from ``starts_at`` until before ``ends_at`` (open when null)."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="posts")
    role = models.CharField(max_length=20, choices=[(role.name, role.zh) for role in ROLES.values()])
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    given_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            # Equal: a post taken back before it began.
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="post_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(role__in=sorted(ROLES)), name="post_role_known"),
        ]


class Deputy(CityRow):
    """``deputy`` stands in for ``absent`` from ``starts_at`` until before ``ends_at``, or ``ended_at``, once approved. Kept for
    auditors for good."""

    class State(models.TextChoices):
        """What became of it."""

        ASKED = "asked", "待批准"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "未批准"

    absent = models.ForeignKey(Staff, models.PROTECT, related_name="absences")
    deputy = models.ForeignKey(Staff, models.PROTECT, related_name="stands_in")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=120)
    decided_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="deputy_ends_after_start"),
            models.CheckConstraint(condition=~Q(absent=F("deputy")), name="deputy_is_another"),
        ]
        indexes = [
            models.Index(fields=["deputy", "ends_at"], name="deputy_of"),
            models.Index(fields=["absent", "ends_at"], name="deputy_for"),
            models.Index(fields=["-asked_at", "-id"], name="deputy_newest"),
        ]


class Token(CityRow):
    """A machine's key. Only its hash is stored; the key itself is shown once, when it is made."""

    name = models.CharField(max_length=80)
    hash = models.BinaryField(max_length=32, unique=True)
    starts_with = models.CharField(max_length=12)
    rights: "models.JSONField[list[str], list[str]]" = models.JSONField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="tokens")
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class SignIn(CityRow):
    """One attempt to sign in, kept at least six months (网络安全法 21(三))."""

    class Outcome(models.TextChoices):
        """How it ended."""

        IN = "in", "成功"
        WRONG_PASSWORD = "wrong_password", "密码错误"
        UNKNOWN = "unknown", "账号不存在"
        LOCKED = "locked", "已锁定"
        CLOSED = "closed", "账号已停用"

    at = models.DateTimeField()
    username = models.CharField(max_length=60)
    staff = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="sign_ins")
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="sign_in_at")]
