"""A city with a gateway, and the gateway itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.notices import actions, sending, templates

from .gateway import APP, IDS, SIGN, SmsGateway
from .postoffice import PASSWORD, PostOffice

NOON = datetime.fromisoformat("2026-11-23T12:00:00+08:00")


def numbered() -> dict[str, str]:
    """A number for every message there is."""
    return {name: str(1_000_001 + at) for at, name in enumerate(sorted(templates.by_sms()))}


def approved() -> dict[str, str]:
    """What the operator approved: the texts with their fields numbered."""
    return {
        number: templates.declared()[name].text.format(
            **{field: f"{{{at}}}" for at, field in enumerate(templates.declared()[name].fields, 1)}
        )
        for name, number in numbered().items()
    }


@pytest.fixture(scope="session")
def running() -> Iterator[SmsGateway]:
    gateway = SmsGateway(approved())
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture
def gateway(running: SmsGateway, db: None, city: None, settings: Any) -> Iterator[SmsGateway]:
    """The city's gateway, with its secrets set, at noon. It reports to nobody: a test hands its reports in itself."""
    running.do("clear")
    running.do("ids", **IDS)
    running.how(mode="ok", receipt="success", receipt_after_s=0.01, receipts=1, early=False)
    settings.CITY = settings.CITY | {
        "sms": {
            "gateway": "tencent", "app_id": APP, "sign": SIGN, "endpoint": running.endpoint, "templates": numbered(),
        }
    }  # fmt: skip
    sending._held.clear(), sending._told_mended.clear()
    for name, value in zip(("secret_id", "secret_key"), *IDS.items(), strict=True):
        actions.set_secret(system("tests"), name, value)
    with clock.at(NOON):
        yield running


def later(**of: float) -> Any:
    """So long after noon."""
    return clock.at(NOON + timedelta(**of))


@pytest.fixture(scope="session")
def office() -> Iterator[PostOffice]:
    running = PostOffice()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def post(office: PostOffice, db: None, city: None, settings: Any) -> Iterator[PostOffice]:
    """The city's mailbox, empty, with its password set, at noon."""
    office.empty()
    settings.CITY = settings.CITY | {"mail": office.block()}
    sending._held.clear(), sending._told_mended.clear()
    actions.set_mail_secret(system("tests"), "password", PASSWORD)
    with clock.at(NOON):
        yield office
