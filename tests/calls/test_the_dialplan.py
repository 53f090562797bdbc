"""extensions.conf and the other files, compiled from a register: what stands in them, without a switch."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.kernel.errors import Problem
from hotline.lines.calls.switch import files, phones
from hotline.lines.calls.switch.dialplan import extensions
from hotline.lines.calls.switch.plan import Rings, Site
from hotline.lines.numbers.plan import (
    BROWSERS_COME_FROM,
    CarriedBy,
    DatedTreatment,
    EmergencyPlan,
    NumberPlan,
    Plans,
    Treatment,
    TrunkPlan,
    behaviour,
    periods_of,
)

LOOPBACK = TrunkPlan(
    "loopback", "operator", "127.0.0.1", None, "udp", ("*",), ("0595", "+86595"), ("alaw", "ulaw"), None, ()
)
REAL = TrunkPlan("telecom", "operator", "198.51.100.7", 5060, "udp", ("*",), (), ("alaw",), None, ())
RINGS = Rings(linked=33, emergency=11, duty=22)
SITE = Site(Path("/somewhere"), 5060, 8088, 8090, 2, (20000, 20100), "ari-secret", "cc-secret", RINGS)


def number(
    digits: str, *history: DatedTreatment, trunk: str | None = None, notice: str | None = None
) -> NumberPlan:
    return NumberPlan(digits, digits, digits, "x", periods_of(history), digits, trunk, notice, False, None)


def plans(
    *numbers: NumberPlan, trunks: tuple[TrunkPlan, ...] = (LOOPBACK,), emergency: tuple[str, ...] = ()
) -> Plans:
    return Plans("12345", "m", "m", numbers, (EmergencyPlan("110", "x", "x", emergency),), trunks)


def steps(text: str, context: str, exten: str) -> list[str]:
    """The applications of one extension, in order, labels in front."""
    block = re.search(rf"^\[{re.escape(context)}\]\n(.*?)(?=^\[|\Z)", text, re.S | re.M)
    assert block, context
    out: list[str] = []
    inside = False
    for line in block[1].splitlines():
        if line.startswith("exten => "):
            inside = line.startswith(f"exten => {exten},")
        if inside and "=>" in line:
            out.append(line.split("=>", 1)[1].strip())
    return out


def what_happens(text: str, digits: str, at: int) -> dict[str, str]:
    """Walk a number's own extension as Asterisk would, at `at`: the variables it sets and where it goes."""
    lines = steps(text, "line", digits)
    labels = {m[1]: i for i, line in enumerate(lines) if (m := re.match(r"n\((\w+)\),", line))}
    found: dict[str, str] = {}
    position = 0
    while True:
        application = re.sub(r"^.*?(?:n(?:\(\w+\))?|,1),(?=[A-Z])", "", lines[position])
        position += 1
        if m := re.match(r"Set\((CALL_\w+)=(.*)\)", application):
            found[m[1]] = m[2]
        elif m := re.match(r"GotoIf\(\$\[\$\{NOW\} >= (-?\d+)\]\?(\w+)\)", application):
            if at >= int(m[1]):
                position = labels[m[2]]
        elif m := re.match(r"Goto\(([\w-]+),", application):
            return {**found, "goto": m[1]}


moments = st.integers(1_400_000_000, 2_080_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
treatments = st.builds(
    DatedTreatment, st.sampled_from(list(Treatment)), moments, st.sampled_from([None, *CarriedBy])
)


@given(st.lists(treatments, min_size=1, max_size=6), moments)
def test_the_dialplan_does_what_the_register_says_at_every_moment(
    history: list[DatedTreatment], at: datetime
) -> None:
    plan = number("12333", *history)
    text = extensions(plans(plan), lambda prompt: None, RINGS)
    assert what_happens(text, "12333", int(at.timestamp()))["CALL_BEHAVIOUR"] == behaviour(plan, at).value


def test_a_number_ceased_at_an_unknown_date_was_always_vacant() -> None:
    text = extensions(
        plans(number("12396", DatedTreatment(Treatment.CEASED, None))), lambda prompt: None, RINGS
    )
    assert what_happens(text, "12396", 0) == {
        "CALL_NUMBER": "12396",
        "CALL_BEHAVIOUR": "vacant",
        "goto": "on-vacant",
    }


def test_a_notice_the_operator_plays_is_not_played_again() -> None:
    for carried_by, expected in ((CarriedBy.PLATFORM, "/p/notice-12333"), (CarriedBy.OPERATOR, None)):
        row = DatedTreatment(Treatment.NOTICE_THEN_12345, None, carried_by)
        text = extensions(
            plans(number("12333", row, notice="notice-12333")), lambda prompt: f"/p/{prompt}", RINGS
        )
        assert what_happens(text, "12333", 0).get("CALL_NOTICE") == expected


def test_a_vacant_number_is_never_answered_and_ends_with_cause_1() -> None:
    text = extensions(plans(), lambda prompt: f"/p/{prompt}", RINGS)
    vacant = steps(text, "on-vacant", "_[+0-9]!")
    assert not any("Answer" in step for step in vacant)
    assert any("Playback(/p/vacant,noanswer)" in step for step in vacant)
    assert vacant[-1].endswith("Hangup(1)")


def test_every_spelling_leads_to_its_number_and_nothing_else_does() -> None:
    text = extensions(
        plans(number("12333", DatedTreatment(Treatment.NOTICE_THEN_12345, None))), lambda prompt: None, RINGS
    )
    for spelling in ("12333", "059512333", "+8659512333"):
        assert steps(text, "trunk-loopback", spelling) == [f"{spelling},1,Goto(arrive,12333,1)"]
    assert steps(text, "trunk-loopback", "_[+0-9]!")[-1].endswith("Hangup(1)")


def test_no_pattern_can_match_the_dialplans_own_extensions() -> None:
    text = extensions(
        plans(number("12333", DatedTreatment(Treatment.CEASED, None))), lambda prompt: None, RINGS
    )
    for pattern in re.findall(r"^exten => (_\S+?),", text, re.M):
        assert re.fullmatch(r"_\[\+0-9\]!", pattern), pattern


def test_a_linked_call_that_carries_our_id_is_not_sent_back() -> None:
    plan = number("12348", DatedTreatment(Treatment.LINKED_SEATS, None), trunk="law")
    text = extensions(plans(plan), lambda prompt: None, RINGS)
    assert what_happens(text, "12348", 0)["CALL_LINKED"] == "law"
    assert 'ExecIf($["${CALL_RETURNED}" != ""]?Set(CALL_LINKED=))' in " ".join(
        steps(text, "on-linked", "_[+0-9]!")
    )


def test_an_emergency_call_goes_through_its_own_trunk_where_there_is_one() -> None:
    with_trunk = steps(
        extensions(plans(emergency=("police",)), lambda prompt: None, RINGS), "on-emergency", "110"
    )
    without = steps(extensions(plans(), lambda prompt: None, RINGS), "on-emergency", "110")
    assert any("Dial(PJSIP/110@trunk-police" in step for step in with_trunk)
    assert not any("Dial(" in step for step in without)
    assert with_trunk[-1] == without[-1] == "n,Goto(claim,110,1)"


def test_sip_stays_on_loopback_until_a_real_trunk_is_named() -> None:
    binds = r"^bind=(\S+)$"
    local = files.texts(SITE, plans(), lambda prompt: None)["pjsip.conf"]
    assert {bind.rsplit(":", 1)[0].split(":")[0] for bind in re.findall(binds, local, re.M)} == {"127.0.0.1"}
    real = files.texts(SITE, plans(trunks=(LOOPBACK, REAL)), lambda prompt: None)["pjsip.conf"]
    assert "bind=0.0.0.0:5060" in real
    assert "match=198.51.100.7\n" in real


def test_every_slot_is_dialled_and_the_files_hold_no_other_machine() -> None:
    texts = files.texts(SITE, plans(), lambda prompt: None)
    assert re.findall(r"^uri=(\S+)$", texts["websocket_client.conf"], re.M) == [
        "ws://127.0.0.1:8090/ari",
        "ws://127.0.0.1:8091/ari",
    ]
    assert "bindaddr=127.0.0.1" in texts["http.conf"]


def test_files_are_written_for_their_owner_alone_and_only_when_they_differ(tmp_path: Path) -> None:
    site = replace(SITE, home=tmp_path)
    assert "pjsip.conf" in files.write(site, plans(), lambda prompt: None)
    assert (tmp_path / "asterisk/etc/ari.conf").stat().st_mode & 0o777 == 0o600
    assert files.write(site, plans(), lambda prompt: None) == []
    changed = plans(number("12333", DatedTreatment(Treatment.CEASED, None)))
    assert files.write(site, changed, lambda prompt: None) == ["extensions.conf"]


def test_a_trunk_that_wants_encryption_is_never_served_in_plain_text() -> None:
    secure = replace(REAL, transport="tls")
    with pytest.raises(Problem, match="telecom"):
        files.texts(SITE, plans(trunks=(LOOPBACK, secure)), lambda prompt: None)


def test_no_header_is_read_but_through_a_filter() -> None:
    text = extensions(
        plans(number("12333", DatedTreatment(Treatment.LINKED_SEATS, None))), lambda prompt: None, RINGS
    )
    reads = [line for line in text.splitlines() if "PJSIP_HEADER(read" in line or "PJSIP_HEADERS" in line]
    assert (
        len(reads) == 6
    )  # the correlation id for emergency numbers, 12345 and the others; three headers for 12345
    for line in reads:
        assert re.search(
            r"Set\([A-Z]+=\$\{FILTER\([-+0-9a-z:@>.\\]+,\$\{PJSIP_HEADER\(read,[\w-]+\)\}\)\}\)$", line
        ), line
    assert "CALLERID" not in text


def test_a_trunk_is_known_by_its_address_and_a_phone_by_its_name() -> None:
    text = files.texts(SITE, plans(trunks=(LOOPBACK, REAL)), lambda prompt: None)["pjsip.conf"]
    assert text.count("type=endpoint\n") == text.count("type=endpoint\nidentify_by=ip\n") == 2
    assert phones._COMMON["identify_by"] == "username"


def test_no_trunk_may_have_the_address_browsers_come_from() -> None:
    with pytest.raises(Problem, match="loopback"):
        files.texts(SITE, plans(trunks=(replace(LOOPBACK, host=BROWSERS_COME_FROM),)), lambda prompt: None)


LAW = TrunkPlan("law", "linked", "127.0.0.1", 5090, "udp", ("12348",), (), ("alaw",), None, ())


def linked(unanswered: bool = False) -> NumberPlan:
    plan = number("12348", DatedTreatment(Treatment.LINKED_SEATS, None), trunk="law")
    return replace(plan, answered_here_if_unanswered=unanswered)


def test_a_trunk_named_at_run_time_is_made_known_to_the_switch_before_the_dialplan_uses_it(
    tmp_path: Path,
) -> None:
    site = replace(SITE, home=tmp_path)
    files.write(site, plans(replace(linked(), linked_trunk=None)), lambda prompt: None)
    asked = plans(linked(), trunks=(LOOPBACK, LAW))
    assert files.renew(site, asked, lambda prompt: None) == ["res_pjsip.so", "pbx_config.so"]
    assert "[trunk-law]" in (tmp_path / "asterisk/etc/pjsip.conf").read_text()
    assert files.renew(site, asked, lambda prompt: None) == []


@pytest.mark.parametrize(
    "trunk", [REAL, replace(LAW, transport="tls")], ids=["other sockets", "not supported"]
)
def test_a_trunk_the_running_switch_cannot_have_leaves_its_number_to_12345(
    tmp_path: Path, trunk: TrunkPlan
) -> None:
    site, plan = replace(SITE, home=tmp_path), replace(linked(), linked_trunk=trunk.name)
    files.write(site, plans(replace(plan, linked_trunk=None)), lambda prompt: None)
    before = (tmp_path / "asterisk/etc/pjsip.conf").read_text()
    assert (
        files.renew(site, plans(plan, trunks=(LOOPBACK, trunk), emergency=(trunk.name,)), lambda prompt: None)
        == []
    )
    assert (tmp_path / "asterisk/etc/pjsip.conf").read_text() == before
    assert f"trunk-{trunk.name}" not in (tmp_path / "asterisk/etc/extensions.conf").read_text()


def test_the_dialplan_rings_as_long_as_the_city_says() -> None:
    trunks = (replace(LOOPBACK, duty=("059522110110",)), LAW)
    text = extensions(plans(linked(), trunks=trunks, emergency=("law",)), lambda prompt: None, RINGS)
    assert set(re.findall(r"Dial\(PJSIP/(\S+?),(\d+),", text)) == {
        ("110@trunk-law", "11"),
        ("${EXTEN}@trunk-${CALL_LINKED}", "33"),
        ("059522110110@trunk-loopback", "22"),
    }


def test_an_emergency_is_tried_over_each_of_its_trunks_in_order_and_then_answered_here() -> None:
    text = extensions(plans(emergency=("police", "police-spare")), lambda prompt: None, RINGS)
    said = steps(text, "on-emergency", "110")
    dial = "Dial(PJSIP/110@trunk-{},11,b(correlate^s^1(u-${{UNIQUEID}})))"
    assert said[-7:] == [
        'n,Set(AWAY0=${IF($["${DEVICE_STATE(PJSIP/watch-police)}" = "UNAVAILABLE"]?yes)})',
        'n,Set(AWAY1=${IF($["${DEVICE_STATE(PJSIP/watch-police-spare)}" = "UNAVAILABLE"]?yes)})',
        f'n,ExecIf($["${{AWAY0}}" != "yes"]?{dial.format("police")})',
        f'n,ExecIf($["${{AWAY1}}" != "yes"]?{dial.format("police-spare")})',
        f'n,ExecIf($["${{AWAY0}}" = "yes"]?{dial.format("police")})',
        f'n,ExecIf($["${{AWAY1}}" = "yes"]?{dial.format("police-spare")})',
        "n,Goto(claim,110,1)",
    ]


def test_the_switch_asks_linked_and_emergency_trunks_whether_they_are_there_and_no_operator() -> None:
    police = replace(LAW, name="police", kind="emergency", serves=("110",))
    text = files.texts(SITE, plans(trunks=(LOOPBACK, LAW, police)), lambda prompt: None)["pjsip.conf"]
    aors = dict(re.findall(r"\[([\w-]+)\]\ntype=aor\n((?:.+\n)*)", text))
    asked = {name for name, aor in aors.items() if "qualify_frequency=5" in aor}
    assert asked == {"trunk-law", "watch-police"}, "110 is dialled whatever was answered last"
    watching = re.search(r"\[watch-police\]\ntype=endpoint\n((?:.+\n)*)", text)
    assert watching
    assert "identify_by=ip" in watching[1]
    assert "endpoint=watch-police" not in text, "nobody is known as it"


def test_every_mark_of_a_call_is_kept_though_only_our_own_means_it_was_here() -> None:
    said = steps(extensions(plans(), lambda prompt: None, RINGS), "arrive", "_[+0-9]!")
    kept = said.index("n,Set(CALL_CORRELATION=${CORRELATION:0:80})")
    assert "FILTER(a-z0-9.\\x2d," in said[kept - 1]
    assert "Set(CALL_RETURNED=${CORRELATION})" in said[kept + 2]


@pytest.mark.parametrize("wanted", [False, True])
def test_the_fallback_answers_an_unanswered_linked_call_only_where_the_number_says_so(wanted: bool) -> None:
    text = extensions(plans(linked(wanted), trunks=(LOOPBACK, LAW)), lambda prompt: None, RINGS)
    assert ("n,Set(CALL_BACK=yes)" in steps(text, "line", "12348")) is wanted
    fallback = steps(text, "fallback", "_[+0-9]!")
    after = fallback.index('n,GotoIf($["${CALL_BACK}" != ""]?here)')
    assert "Dial(PJSIP/${EXTEN}@trunk-${CALL_LINKED}" in fallback[after - 1]
    assert "n(here),Set(CDR(outcome)=fallback)" in fallback
