"""A real Chromium, and people who sign in to the console. No page may break its content policy."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.e2e.browser import chromium, sign_in, staff_context
from tests.harness import CHECKOUT, Instance

Person = Callable[..., Page]
AXE = CHECKOUT / "console/node_modules/axe-core/axe.min.js"
SHOTS = CHECKOUT / "docs/images" if os.environ.get("HOTLINE_SHOTS") else None


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium; every person gets a context of his own in it."""
    with chromium() as one:
        yield one


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What pages complained of; anything fails the test."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def person(hotline: Instance, browser: Browser, faults: list[str]) -> Iterator[Person]:
    """``person("dispatcher")`` is a page on which somebody with that role has signed in."""
    contexts = []

    def come(
        role: str, *, account: dict[str, str] | None = None, language: str = "zh-CN", **options: Any
    ) -> Page:
        context = staff_context(browser, **options)
        context.add_init_script(
            f"if (!localStorage.getItem('hotline.language')) localStorage.setItem('hotline.language', '{language}')"
        )
        contexts.append(context)
        context.on("page", lambda page: _watch(page, faults))
        return sign_in(context, hotline.base_url, account or hotline.accounts[role])

    yield come
    for context in contexts:
        context.close()


def _watch(page: Page, faults: list[str]) -> None:
    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            faults.append(message.text)

    def broke(error: object) -> None:
        # The tests' own start scripts also run on the empty page, which has no storage.
        if page.url != "about:blank":
            faults.append(str(error))

    page.on("pageerror", broke)
    page.on("console", heard)


def call_api(page: Page, method: str, path: str, body: Any = None) -> Any:
    """The API as the person on ``page``, for setting the scene; fails on a refusal."""
    answer = page.evaluate(
        """async ([method, path, body]) => {
          const token = (await (await fetch('/api/v1/session')).json()).csrf_token ?? '';
          const answer = await fetch('/api/v1' + path, {method, headers: {'Content-Type': 'application/json', 'X-CSRFToken': token},
            body: body === null ? undefined : JSON.stringify(body)});
          return {status: answer.status, body: await answer.text()};
        }""",
        [method, path, body],
    )
    assert answer["status"] < 300, answer
    return json.loads(answer["body"]) if answer["body"] else None


def file_case(page: Page, matter: str = "路灯不亮", **more: Any) -> Any:
    """A case on the books, filed through the API by the person on ``page``."""
    asked = {
        "type": "help", "matter": matter, "content": f"{matter}，已有三天，晚上看不清路。",
        "place": {"division": "350503", "address": "刺桐路 8 号"}, "contact": {"name": "林小满", "phone": "13800001234"}, **more,
    }  # fmt: skip
    return call_api(page, "POST", "/cases", asked)


def axe(page: Page) -> list[str]:
    """Everything axe-core finds serious or critical on the page as it stands."""
    assert AXE.is_file(), "run `npm ci` in console/ (hotline build does it)"
    # A colour that is on its way from one to another is neither. (A function: our policy lets nothing be evaluated again.)
    page.wait_for_function(
        "() => document.getAnimations().every((one) => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity)"
    )
    found: list[str] = page.evaluate(
        AXE.read_text(encoding="utf-8")
        + """; axe.run(document, {resultTypes: ['violations']}).then((result) => result.violations
          .filter((one) => ['serious', 'critical'].includes(one.impact))
          .map((one) => one.id + ': ' + one.nodes.map((node) => node.target.join(' ')).join(', ')))"""
    )
    return found


def shoot(page: Page, name: str) -> None:
    """A picture for the documentation, when HOTLINE_SHOTS asks for pictures."""
    if SHOTS is not None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")
