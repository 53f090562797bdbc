"""/healthz: really asks, tells the public no more than it needs, and is no load however many ask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from hotline.base.kernel import clock
from hotline.base.kernel.models import Heartbeat, beat
from hotline.project.runtime import health, lifecycle
from hotline.project.runtime.enabled import Enabled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test asks anew, about the parts it enabled."""
    monkeypatch.setattr(health, "FRESH_S", 0)
    yield
    Enabled().write(settings.HOTLINE.home)


def test_a_part_without_a_heartbeat_is_not_ready(client: Client) -> None:
    Enabled(("worker",)).write(settings.HOTLINE.home)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "starting"
    beat("worker")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["telephony"]) == (200, "off")


def test_a_part_that_fell_silent_is_not_ready(client: Client) -> None:
    Enabled(("worker",)).write(settings.HOTLINE.home)
    beat("worker")
    Heartbeat.objects.update(at=clock.now() - timedelta(seconds=health.SILENT_AFTER_S + 1))
    assert client.get("/healthz").status_code == 503


def test_a_call_control_that_has_lost_its_switch_is_not_ready(client: Client) -> None:
    Enabled(("callcontrol-1",)).write(settings.HOTLINE.home)
    beat("callcontrol-1", {"connected": False})
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["telephony"]) == (503, "off")
    beat("callcontrol-1", {"connected": True})
    assert client.get("/healthz").status_code == 200


def test_telephony_is_off_while_its_switch_does_not_answer_and_no_address_is_told(client: Client) -> None:
    Enabled(("asterisk", "callcontrol-1")).write(settings.HOTLINE.home)
    beat("callcontrol-1")
    body = client.get("/healthz").json()
    assert body["telephony"] == "off"
    assert {part["name"]: part["ok"] for part in body["parts"]} == {
        "postgres": True,
        "web": True,
        "asterisk": False,
        "callcontrol-1": True,
    }
    assert "127.0.0.1" not in str(body)


def test_why_there_is_no_telephone_is_not_told_to_strangers(client: Client) -> None:
    Enabled((), "没有软件源 / no mirror").write(settings.HOTLINE.home)
    body = client.get("/healthz").json()
    assert (body["status"], body["telephony"]) == ("ok", "off")
    assert "没有软件源" not in str(body)
    assert lifecycle.status(settings.HOTLINE)["telephony_reason"] == "没有软件源 / no mirror"


def test_a_crowd_of_askers_is_answered_from_one_look(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_S", 60)
    Enabled(("worker",)).write(settings.HOTLINE.home)
    monkeypatch.setattr(health, "_last", (float("-inf"), []))
    looks = [health.recent_parts() for _ in range(3)]
    assert looks[0] is looks[1] is looks[2]
