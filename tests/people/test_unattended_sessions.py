"""A session nobody uses ends by itself (GB/T 22239-2019 8.1.4.1 b), is told so, and leaves the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hotline.base.kernel.models import AuditRow, OutboxRow
from hotline.base.people import actions
from hotline.base.people.figures import IDLE_MINUTES
from hotline.base.people.models import Staff
from hotline.base.people.sessions import RENEWED_EVERY_S, SessionStore

from .conftest import TESTS

pytestmark = pytest.mark.django_db
SESSION, NUMBERS = "/api/v1/session", "/api/v1/numbers"
Staffed = Callable[..., Staff]
Browsers = Callable[[Staff], Client]


def key_of(browser: Client) -> str:
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def now() -> datetime:
    return datetime.fromtimestamp(time(), UTC)


def unused_for(browser: Client, minutes: float) -> None:
    """As if the session had last been used so long ago."""
    moved = Session.objects.filter(session_key=key_of(browser)).update(
        expire_date=now() + timedelta(minutes=IDLE_MINUTES() - minutes)
    )
    assert moved == 1


def ends(browser: Client) -> datetime:
    return Session.objects.get(session_key=key_of(browser)).expire_date


def news_of(staff: Staff) -> list[str]:
    return list(
        OutboxRow.objects.filter(topic="staff.signed_out", key=str(staff.id)).values_list("topic", flat=True)
    )


def test_a_session_nobody_used_is_over_and_says_why(staff_as: Staffed, browser_of: Browsers) -> None:
    browser = browser_of(staff_as("agent"))
    unused_for(browser, IDLE_MINUTES() + 0.1)
    answer = browser.get(SESSION)
    assert (answer.status_code, answer.json()["type"]) == (401, "session-lapsed")
    assert f"{IDLE_MINUTES()} 分钟" in answer.json()["title"]
    assert f"{IDLE_MINUTES()} minutes" in answer.json()["title_en"]


def test_who_never_had_a_session_is_not_told_of_one(client: Client) -> None:
    assert client.get(SESSION).json()["type"] == "not-signed-in"
    client.cookies[settings.SESSION_COOKIE_NAME] = "neverexistedneverexistedneverexi"
    assert client.get(SESSION).json()["type"] == "not-signed-in"


def test_use_keeps_a_session_alive_at_a_statement_a_minute_at_most(
    staff_as: Staffed, browser_of: Browsers
) -> None:
    browser = browser_of(staff_as("agent"))
    browser.get(SESSION)
    unused_for(browser, IDLE_MINUTES() - 1)
    assert browser.get(NUMBERS).status_code == 200
    assert ends(browser) > now() + timedelta(minutes=IDLE_MINUTES(), seconds=-RENEWED_EVERY_S)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        browser.get(NUMBERS)
    assert not [one for one in asked.captured_queries if one["sql"].startswith("UPDATE")]


def test_what_the_console_asks_by_itself_is_no_use(staff_as: Staffed, browser_of: Browsers) -> None:
    browser = browser_of(staff_as("agent"))
    browser.get(SESSION)
    unused_for(browser, IDLE_MINUTES() - 1)
    before = ends(browser)
    assert browser.get(SESSION).status_code == 200
    assert ends(browser) == before


def test_a_machine_with_a_token_has_no_session_to_lose(client: Client) -> None:
    answer = client.get(SESSION, headers={"Authorization": "Bearer wrong"})
    assert answer.json()["type"] == "not-signed-in"


def test_the_city_says_after_how_many_minutes(staff_as: Staffed, browser_of: Browsers, settings: Any) -> None:
    row = {"figure": "session_idle_minutes", "value": 10, "effective_from": "2021-12-01T00:00:00+08:00"}
    settings.CITY = settings.CITY | {"limits": [row]}
    browser = browser_of(staff_as("agent"))
    browser.get(SESSION)
    assert now() + timedelta(minutes=9) < ends(browser) <= now() + timedelta(minutes=10)


def test_however_busy_a_session_ends_half_a_day_after_signing_in(
    staff_as: Staffed, browser_of: Browsers
) -> None:
    browser = browser_of(staff_as("agent"))
    row = Session.objects.get(session_key=key_of(browser))
    store = SessionStore()
    data = store.decode(row.session_data)
    assert abs(data["_until"] - time() - settings.SESSION_COOKIE_AGE) < 60
    Session.objects.filter(pk=row.pk).update(session_data=store.encode(data | {"_until": time() - 1}))
    assert browser.get(SESSION).json()["type"] == "not-signed-in"


def test_the_desk_hears_of_it_once_and_the_audit_log_keeps_it(
    staff_as: Staffed, browser_of: Browsers
) -> None:
    staff = staff_as("agent")
    browser = browser_of(staff)
    unused_for(browser, IDLE_MINUTES() + 0.1)
    assert actions.end_unattended(TESTS) == 1
    assert actions.end_unattended(TESTS) == 0
    assert news_of(staff) == ["staff.signed_out"]
    assert AuditRow.objects.filter(act="session.lapse").count() == 1
    assert browser.get(SESSION).json()["type"] == "session-lapsed"


def test_who_works_in_another_browser_keeps_his_desk(staff_as: Staffed, browser_of: Browsers) -> None:
    staff = staff_as("agent")
    left, used = browser_of(staff), browser_of(staff)
    unused_for(left, IDLE_MINUTES() + 0.1)
    assert actions.end_unattended(TESTS) == 1
    assert news_of(staff) == []
    assert used.get(SESSION).status_code == 200


def test_a_session_in_use_is_left_alone(staff_as: Staffed, browser_of: Browsers) -> None:
    browser_of(staff_as("agent"))
    assert actions.end_unattended(TESTS) == 0


def test_rows_nobody_can_come_back_to_are_removed(staff_as: Staffed, browser_of: Browsers) -> None:
    old, recent = browser_of(staff_as("agent")), browser_of(staff_as("agent"))
    unused_for(old, IDLE_MINUTES() + settings.SESSION_COOKIE_AGE / 60 + 1)
    unused_for(recent, IDLE_MINUTES() + 1)
    SessionStore.clear_expired()
    assert set(Session.objects.values_list("session_key", flat=True)) == {key_of(recent)}


def test_cookies_of_two_copies_on_one_machine_do_not_meet() -> None:
    from hotline.faces.portal import drafts, following, page

    port = settings.HOTLINE.port
    names = {
        settings.SESSION_COOKIE_NAME,
        settings.CSRF_COOKIE_NAME,
        drafts.COOKIE,
        following.COOKIE,
        page.LARGE_TYPE_COOKIE,
    }
    assert len(names) == 5
    assert all(name.endswith(f"_{port}") for name in names)
