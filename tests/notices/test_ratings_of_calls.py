"""满意度 of a call by text message: asked once, counted once, whichever way it comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from hotline.base.kernel import clock
from hotline.base.kernel.actor import citizen
from hotline.base.kernel.errors import Conflict, Invalid
from hotline.base.notices.models import Incoming, Message
from hotline.lines.calls import ratings
from hotline.lines.calls.models import Call, CallEvent
from hotline.lines.calls.words import Outcome
from tests.calls.test_callbacks import a_call
from tests.cases.office import refused, to_visit
from tests.portal.pages import text

from .gateway import SmsGateway
from .test_what_a_caller_is_told import answers, deliver, link

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wanted(settings: Any, gateway: SmsGateway) -> None:
    figure = {"figure": "survey_sms", "value": 1, "effective_from": "2021-12-01T00:00:00+08:00"}
    settings.CITY = settings.CITY | {"limits": [*settings.CITY["limits"], figure]}


def ended(outcome: str = Outcome.ANSWERED, **changes: Any) -> UUID:
    """A call that ended just now, heard of by everybody."""
    call = a_call(outcome, at=clock.now() - timedelta(minutes=3))
    Call.objects.filter(id=call.id).update(**{"talked": True, "ended_at": clock.now()} | changes)
    ratings.call_ended("call.ended", str(call.id), {"outcome": outcome})
    return call.id


def rating(id: UUID) -> int | None:
    return Call.objects.get(id=id).rating


def test_who_talked_and_rated_nothing_is_sent_a_link_that_takes_his_rating_once(gateway: SmsGateway) -> None:
    id = ended()
    path = link(deliver(gateway)[-1])
    page = Client()
    assert "您对这次通话满意吗" in text(page.get(path))
    assert page.post(path, {"grade": ""}).status_code == 422
    assert page.post(path, {"grade": "9"}).status_code == 422
    assert "谢谢您的评价" in text(page.post(path, {"grade": "2"}))
    assert rating(id) == 2
    assert page.post(path, {"grade": "5"}).status_code == 409
    assert "谢谢您的评价" in text(page.get(path))
    assert rating(id) == 2
    event = CallEvent.objects.get(call_id=id, kind="rated")
    assert event.detail == {"rating": 2, "by": "link"}


def test_a_digit_by_text_message_does_the_same(gateway: SmsGateway) -> None:
    id = ended()
    deliver(gateway)
    answers(gateway, "１")
    assert rating(id) == 1
    assert Incoming.objects.get().taken_as == "call"
    answers(gateway, "5")
    assert rating(id) == 1


@pytest.mark.parametrize(
    ("outcome", "changes"),
    [
        (Outcome.ANSWERED, {"rating": 3}),  # he has given a key
        (Outcome.ANSWERED, {"talked": False}),
        (Outcome.ANSWERED, {"direction": "out"}),
        (Outcome.ABANDONED_IN_QUEUE, {}),
        (Outcome.EMERGENCY, {}),
        (Outcome.ANSWERED, {"caller_sealed": b""}),
    ],
)
def test_others_are_not_asked(gateway: SmsGateway, outcome: str, changes: dict[str, Any]) -> None:
    ended(outcome, **changes)
    assert deliver(gateway) == []


def test_nobody_is_asked_again_within_the_citys_days(gateway: SmsGateway) -> None:
    ended()
    ended()
    with clock.at(clock.now() + timedelta(days=6)):
        ended()
        assert Message.objects.count() == 1
    with clock.at(clock.now() + timedelta(days=7, minutes=1)):
        ended()
        assert Message.objects.count() == 2


def test_a_city_that_does_not_want_it_asks_nobody(gateway: SmsGateway, settings: Any) -> None:
    settings.CITY = settings.CITY | {"limits": []}
    ended()
    assert deliver(gateway) == []


def test_a_digit_is_for_what_was_asked_last(gateway: SmsGateway) -> None:
    id = ended()
    with clock.at(clock.now() + timedelta(minutes=1)):
        to_visit()
        deliver(gateway)
    with clock.at(clock.now() + timedelta(minutes=2)):
        answers(gateway, "1")
    assert rating(id) is None
    assert Incoming.objects.get().taken_as == "case"


def test_a_call_that_goes_on_cannot_be_rated_and_a_grade_must_be_one_of_five() -> None:
    call = a_call(Outcome.ANSWERED)
    with refused(Invalid):
        ratings.rate(citizen(), call.id, 6, "link")
    ratings.rate(citizen(), call.id, 5, "link")
    with refused(Conflict, match="已经评价"):
        ratings.rate(citizen(), call.id, 1, "link")
