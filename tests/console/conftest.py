"""A real Chromium, and people who sign in to the console. No page may break its content policy."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.console.far_ends import LAW, LAW_HERTZ, TRUNKS, leave_the_desk_ready, rings
from tests.e2e import journey
from tests.e2e.browser import chromium, sign_in, staff_context
from tests.e2e.telephone import Telephone
from tests.harness import CHECKOUT, Instance, own_city, running_instance

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
    """``person("dispatcher")`` is a page on which somebody with that role has signed in; ``using``: another Chromium."""
    contexts = []

    def come(
        role: str, *, account: dict[str, str] | None = None, language: str = "zh-CN", using: Browser | None = None,
        **options: Any,
    ) -> Page:  # fmt: skip
        context = staff_context(using or browser, **options)
        context.add_init_script(
            f"if (!localStorage.getItem('hotline.language')) localStorage.setItem('hotline.language', '{language}')"
        )
        contexts.append(context)
        context.on("page", lambda page: _watch(page, faults))
        return sign_in(context, hotline.base_url, account or hotline.accounts[role])

    yield come
    for context in contexts:
        context.close()


@pytest.fixture(scope="package")
def lined() -> Iterator[Instance]:
    """A hotline with lines to 12348, 12315, the fire brigade and the city, which stand on this machine."""
    home = Path(tempfile.mkdtemp(prefix="hotline-"))
    city = own_city(home, TRUNKS)
    with running_instance(tmp=home, extra_env={"HOTLINE_CITY": str(city)}) as instance:
        yield instance


@pytest.fixture(scope="package")
def far() -> Iterator[Telephone]:
    """The 12348 centre: answers by itself, speaks its own tone. One for all tests: the switch believes in a centre that has
    gone for some seconds longer, and in one that has come only after its next question."""
    centre = Telephone(
        "phone", "--port", str(LAW), "--user", "12348", "--tone", str(LAW_HERTZ), "--answer-after", "0.5",
        "--max-seconds", "3600",
    )  # fmt: skip
    centre.wait_for("up")
    yield centre
    centre.finish()


@pytest.fixture
def agent(hotline: Instance, person: Person) -> Page:
    """An agent, ready."""
    page = person("agent")
    page.set_viewport_size({"width": 1366, "height": 768})
    journey.be_ready(page, hotline.base_url)
    return page


@pytest.fixture
def caller(hotline: Instance, agent: Page) -> Iterator[Telephone]:
    """Somebody who calls 12345; the agent has answered with F2."""
    telephone = rings(hotline, "13900004444")
    try:
        journey.answer(agent)
        yield telephone
    finally:
        telephone.finish()
        leave_the_desk_ready(agent)


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
