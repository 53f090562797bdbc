"""Citizens and enterprises. Whatever could name a person is stored sealed; masks are stored beside it for lists."""

from django.db import models

from hotline.base.kernel.models import CityRow


class PartyKind(models.TextChoices):
    """Who it is."""

    CITIZEN = "citizen", "市民"
    ENTERPRISE = "enterprise", "企业"


class Need(models.TextChoices):
    """What makes a call different for somebody (无障碍环境建设法 art. 35)."""

    DEAF = "deaf", "听力障碍"
    BLIND = "blind", "视力障碍"
    ELDERLY = "elderly", "老年人"
    SLOW = "slow", "请慢速讲话"


class Party(CityRow):
    """Somebody who calls or whom a case concerns, known by a telephone number.

    ``phone_index`` is the blind index of the number's one spelling: equal numbers find each other, the number itself
    stands nowhere in plain. The table is large: its key in the database is (city_id, id).
    """

    kind = models.CharField(max_length=12, choices=PartyKind.choices, default=PartyKind.CITIZEN)
    name = models.BinaryField(default=b"")
    name_masked = models.CharField(max_length=8, default="")
    phone = models.BinaryField()
    phone_index = models.BinaryField(max_length=16)
    phone_last4 = models.CharField(max_length=4)
    phone_masked = models.CharField(max_length=20)
    identity = models.BinaryField(default=b"")
    identity_index = models.BinaryField(max_length=16, null=True)
    identity_masked = models.CharField(max_length=24, default="")
    language = models.CharField(max_length=40, default="")
    """Language or dialect the person likes to be spoken to in (nan = 闽南语); empty = not asked."""
    needs = models.JSONField(default=list)
    note = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city_id", "phone_index"], name="party_phone_once")]
        indexes = [
            models.Index(fields=["city_id", "phone_last4"], name="party_last4"),
            models.Index(
                fields=["city_id", "identity_index"],
                name="party_identity",
                condition=models.Q(identity_index__isnull=False),
            ),
        ]
