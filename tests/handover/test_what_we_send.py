"""What goes out to a real far centre (its own process): composed, tried again, never twice, and what is never said."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.models import OutboxRow
from hotline.base.kernel.sealing import seal
from hotline.joined.handover import meeting, outgoing, queries, sending, watching
from hotline.joined.handover.models import Delivery, FarCentre, HandOver, Link, LinkChange
from hotline.joined.handover.words import LinkState
from hotline.project.cli.load import load_city
from hotline.work.cases import actions as cases
from tests.cases.office import AGENT, asking

from .conftest import body, past_call
from .far import TOKEN, Far

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
LOOK = system("tests")


@pytest.fixture(scope="module")
def running() -> Iterator[Far]:
    far = Far("12348", "12315", "110")
    try:
        far.start()
        yield far
    finally:
        far.stop()


@pytest.fixture
def far(running: Far) -> Iterator[Far]:
    """The centre, joined, with everything as it should be before and after."""
    running.plug()
    for number in running.numbers:
        running.desk(number, mode="answer", status="open", http="ok")
        join(running, number)
    yield running
    running.plug()


def join(far: Far, number: str, **changes: Any) -> None:
    given = {
        "base_url": far.base_url(number), "authority": far.authority, "token_sealed": seal(TOKEN), "carries_header": True,
    } | changes  # fmt: skip
    FarCentre.objects.update_or_create(number=number, defaults=given)


def told(call: UUID, to: str = "linked:12348", **said: Any) -> dict[str, Any]:
    return {
        "call_id": str(call), "correlation": f"c-{call}", "to": to, "kind": "transfer", "by": str(uuid4()),
        "at": clock.now().isoformat(), "summary": "咨询工伤认定", "consent": True,
    } | said  # fmt: skip


def hand_over(call: UUID, to: str = "linked:12348", **said: Any) -> HandOver:
    """Call control puts a caller through."""
    outgoing.on_handed_over("call.handover", str(call), told(call, to, **said))
    return HandOver.objects.filter(direction="out", call_id=call).latest("kept_at")


def arrived(far: Far, row: HandOver) -> dict[str, Any] | None:
    return next((kept for kept in far.kept("message") if kept["id"] == str(row.message_id)), None)


def state(row: HandOver) -> str:
    return Delivery.objects.get(hand_over=row, what="message").state


def hurry() -> None:
    """The next try is due now."""
    Delivery.objects.filter(next_try_at__isnull=False).update(next_try_at=clock.now())


def test_a_caller_who_agreed_goes_with_his_number_summary_and_case(far: Far) -> None:
    call = past_call("12333")
    case = filed(call)
    row = hand_over(call)
    sending.send_due()
    kept = arrived(far, row)
    assert kept is not None
    said = kept["body"]
    assert said["caller"] == {"phone": "13800002222"}
    assert (said["from"], said["to"], said["number_dialled"]) == ("12345", "12348", "12333")
    assert (said["summary"], said["correlation_id"], said["case"]["number"]) == (
        "咨询工伤认定",
        f"c-{call}",
        case,
    )
    assert state(row) == "accepted"


def filed(call: UUID, **changes: Any) -> str:
    """The number of a case filed from the call."""
    return cases.accept(AGENT, asking(call_id=call, **changes)).number


def test_without_consent_neither_number_nor_words_go_out(far: Far) -> None:
    row = hand_over(past_call(), consent=False)
    sending.send_due()
    said = (arrived(far, row) or {})["body"]
    assert said["caller"] == {"phone_masked": "138****2222"}
    assert "summary" not in said


def test_a_confidential_caller_is_not_named_even_with_consent(far: Far) -> None:
    call = past_call()
    filed(call, confidential=True)
    row = hand_over(call)
    sending.send_due()
    said = (arrived(far, row) or {})["body"]
    assert said["caller"] == {}
    assert said["confidential"] is True
    assert "13800002222" not in json.dumps(said)


def test_a_number_never_goes_out_in_clear_without_tls(far: Far) -> None:
    join(far, "12348", base_url=f"http://127.0.0.1:{far.https}/12348")
    content = json.loads(unsealed(hand_over(past_call())))
    assert content["caller"] == {"phone_masked": "138****2222"}


def unsealed(row: HandOver) -> str:
    from hotline.base.kernel.sealing import unseal

    return unseal(row.content_sealed)


def test_an_emergency_desk_gets_number_and_place_without_waiting_for_consent(far: Far) -> None:
    row = hand_over(past_call(), "emergency:110", kind="emergency", consent=False, place="丰泽街 1 号")
    sending.send_due()
    said = (arrived(far, row) or {})["body"]
    assert (said["caller"]["phone"], said["place"], said["kind"]) == (
        "13800002222",
        "丰泽街 1 号",
        "emergency",
    )


def test_colleagues_and_own_lines_get_no_message(far: Far) -> None:
    call = past_call()
    outgoing.on_handed_over("call.handover", str(call), told(call, f"agent:{uuid4()}"))
    outgoing.on_handed_over("call.handover", str(call), told(call, "line:12329"))
    assert not HandOver.objects.exists()


def test_news_told_twice_makes_one_message(far: Far) -> None:
    call = past_call()
    payload = told(call)
    for _ in range(2):
        outgoing.on_handed_over("call.handover", str(call), payload)
    assert (HandOver.objects.count(), Delivery.objects.count()) == (1, 1)


def test_a_centre_that_is_not_joined_gets_none_and_the_page_says_so() -> None:
    row = hand_over(past_call(), "linked:12320")
    assert not Delivery.objects.filter(hand_over=row).exists()
    assert queries.of_call(row.call_id or UUID(int=0))[0]["state"] == "not_joined"


def test_an_answer_that_was_lost_is_asked_for_again_and_the_caller_is_there_once(far: Far) -> None:
    far.desk("12348", http="drop")
    row = hand_over(past_call())
    sending.send_due()
    assert state(row) == "sent"
    assert arrived(far, row) is not None
    far.desk("12348", http="ok")
    assert sending.send_due() == 0, "tried again before its pause was over"
    hurry()
    sending.send_due()
    kept = arrived(far, row) or {}
    assert (state(row), kept["times"]) == ("accepted", 2)
    assert sending.send_due() == 0


def test_a_centre_that_stands_still_is_tried_until_it_is_back(far: Far) -> None:
    far.unplug()
    row = hand_over(past_call())
    sending.send_due()
    assert state(row) == "sent"
    far.plug()
    hurry()
    sending.send_due()
    assert state(row) == "accepted"
    assert arrived(far, row) is not None


def test_after_the_deadline_it_has_failed_and_somebody_is_told(far: Far) -> None:
    far.desk("12348", http="500")
    row = hand_over(past_call())
    sending.send_due()
    with clock.at(clock.now() + timedelta(minutes=11)):
        sending.send_due()
    assert state(row) == "failed"
    alarm = OutboxRow.objects.get(topic="handover.failed")
    assert (alarm.payload["far"], alarm.payload["state"]) == ("12348", "failed")
    page = queries.of_call(row.call_id or UUID(int=0))[0]
    assert (page["state"], page["state_zh"]) == ("failed", "未送达")


def test_a_bad_token_is_refused_there_and_the_refusal_is_seen_here(far: Far) -> None:
    join(far, "12348", token_sealed=seal("another's"))
    row = hand_over(past_call())
    sending.send_due()
    assert state(row) == "refused"
    assert arrived(far, row) is None
    assert OutboxRow.objects.filter(topic="handover.failed").count() == 1


def test_a_message_the_far_side_finds_late_is_late(far: Far) -> None:
    row = hand_over(past_call(), at=(clock.now() - timedelta(minutes=10, seconds=5)).isoformat())
    sending.send_due()
    assert state(row) == "late"
    assert [refusal["status"] for refusal in far.kept("refusal")][-1] == 410


def test_an_unknown_certificate_is_not_spoken_to(far: Far) -> None:
    join(far, "12348", authority="")
    row = hand_over(past_call())
    sending.send_due()
    assert (state(row), arrived(far, row)) == ("sent", None)
    assert "CERTIFICATE" in Delivery.objects.get(hand_over=row).said


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_message_once(far: Far) -> None:
    load_city()  # another such test may have emptied the database; the city's own links are none
    join(far, "12348")
    rows = [hand_over(past_call()) for _ in range(6)]
    together = threading.Barrier(2)

    def work() -> None:
        together.wait()
        sending.send_due()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert [(arrived(far, row) or {}).get("times") for row in rows] == [1] * 6


def test_a_centre_no_header_reaches_gets_a_code_that_the_call_keeps(far: Far, agent: Actor) -> None:
    join(far, "12348", carries_header=False)
    call = past_call()
    row = hand_over(call)
    sending.send_due()
    code = (arrived(far, row) or {})["body"]["code"]
    from hotline.joined.handover import codes

    assert codes.code_for(agent, call).code == code


def test_what_became_of_their_caller_is_told_back_with_our_case(far: Far, law: Actor) -> None:
    from hotline.joined.handover import actions

    given = json.loads(body())
    actions.receive(law, json.dumps(given).encode())
    call = past_call("12348")
    HandOver.objects.update(call_id=call)
    case = filed(call)
    meeting.tell_answered()
    meeting.on_ended("call.ended", str(call), {})
    meeting.on_ended("call.ended", str(call), {})
    sending.send_due()
    kept = [row for row in far.kept("outcome") if row["id"] == given["message_id"]]
    assert sorted((row["outcome"], row["reference"]) for row in kept) == [
        ("answered", None),
        ("finished", case),
    ]


class TestLinks:
    """The state of a link, found out without anybody asking."""

    @pytest.mark.parametrize(
        ("telephone", "joined", "said", "expected"),
        [
            ("none", False, None, LinkState.UNKNOWN),
            ("down", True, "open", LinkState.UNREACHABLE),
            ("down", False, None, LinkState.UNREACHABLE),
            ("none", True, None, LinkState.UNREACHABLE),
            ("none", True, "busy", LinkState.BUSY),
            ("up", True, "closed", LinkState.CLOSED),
            ("up", True, None, LinkState.OPEN),
            ("up", False, None, LinkState.OPEN),
        ],
    )
    def test_the_state_follows_from_what_is_seen(
        self, telephone: str, joined: bool, said: Any, expected: LinkState
    ) -> None:
        from hotline.joined.handover import format

        assert watching.judge(telephone, joined, format.Status(said) if said else None) is expected

    def test_unplugged_turns_unreachable_and_back_by_itself_a_row_for_each_change(self, far: Far) -> None:
        watching.check()
        assert queries.state_of("12348").state == LinkState.OPEN
        assert queries.state_of("12348").seats_free == 3
        far.desk("12348", mode="busy")
        watching.check()
        assert queries.state_of("12348").state == LinkState.BUSY
        far.unplug()
        watching.check()
        watching.check()
        assert queries.state_of("12348").state == LinkState.UNREACHABLE
        far.plug()
        far.desk("12348", mode="answer")
        watching.check()
        changes = LinkChange.objects.filter(number="12348").order_by("id")
        assert [row.state for row in changes] == ["open", "busy", "unreachable", "open"]
        news = OutboxRow.objects.filter(key="12348").order_by("id").values_list("topic", flat=True)
        assert [*news] == ["link.down", "link.up"]

    def test_all_nine_linked_numbers_are_listed_by_name(self) -> None:
        found = queries.links()
        assert [one["number"] for one in found] == [
            "12348", "12328", "12320", "12315", "12360", "12366", "12313", "12367", "12305",
        ]  # fmt: skip
        assert [one["kind"] for one in found] == ["linked"] * 4 + ["sub_centre"] * 5
        assert all(one["state"] == "unknown" and one["state_zh"] == "未接入" for one in found)
        assert not Link.objects.exists()
