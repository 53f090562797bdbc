"""A real Chromium as staff and citizens use it, with a voice of its own and an ear that can be read."""

from __future__ import annotations

import contextlib
import math
import struct
import tempfile
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

LISTEN = """
(() => {
  const Real = window.RTCPeerConnection;
  window.__connections = [];
  window.RTCPeerConnection = class extends Real {
    constructor(...given) { super(...given); window.__connections.push(this); }
  };
})();
"""
"""Keeps hold of the page's own connections, so that what arrives in them can be analysed; changes nothing of them."""

LOUDEST = """
async (milliseconds) => {
  const tracks = window.__connections.filter((c) => c.connectionState === 'connected')
    .flatMap((c) => c.getReceivers()).map((r) => r.track).filter((t) => t && t.readyState === 'live');
  if (!tracks.length) return null;
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  analyser.smoothingTimeConstant = 0.6;
  context.createMediaStreamSource(new MediaStream([tracks[tracks.length - 1]])).connect(analyser);
  await new Promise((done) => setTimeout(done, milliseconds));
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  let best = 0;
  for (let i = 1; i < levels.length; i++) if (levels[i] > levels[best]) best = i;
  const hertz = best * context.sampleRate / analyser.fftSize;
  await context.close();
  return levels[best] < -70 ? 0 : hertz;
}
"""

TONES = LOUDEST.replace(
    "return levels[best] < -70 ? 0 : hertz;",
    """const found = [];
  for (let i = 3; i < levels.length - 3; i++)
    if (levels[i] > Math.max(-70, levels[best] - 14) && levels[i] === Math.max(...levels.slice(i - 3, i + 4)))
      found.push(Math.round(i * context.sampleRate / analyser.fftSize));
  return found;""",
)
"""As LOUDEST, but everything within 14 dB of the loudest."""


def voice(hertz: int, path: Path, seconds: int = 20) -> Path:
    """A tone as a WAV file, what a fake microphone speaks."""
    rate = 48_000
    samples = (int(9000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(rate * seconds))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path


@contextlib.contextmanager
def chromium(
    speaks_hertz: int = 1000, *, executable: str = CHROMIUM, flags: Sequence[str] = ()
) -> Iterator[Browser]:
    """A headless Chromium whose microphone speaks a tone. Fails with what to install when there is none."""
    with (
        sync_playwright() as playwright,
        another(playwright.chromium, speaks_hertz, executable=executable, flags=flags) as browser,
    ):
        yield browser


@contextlib.contextmanager
def another(
    kind: BrowserType, speaks_hertz: int, *, executable: str = CHROMIUM, flags: Sequence[str] = ()
) -> Iterator[Browser]:
    """A Chromium beside one that runs (``browser.browser_type``), with a voice of its own."""
    assert Path(CHROMIUM).exists(), "apt-get install chromium fonts-noto-cjk"
    with tempfile.TemporaryDirectory() as folder:
        tone = voice(speaks_hertz, Path(folder) / "voice.wav")
        browser = kind.launch(
            executable_path=executable,
            headless=True,
            args=[
                *QUIET,
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={tone}",
                "--allow-loopback-in-peer-connection",
                "--autoplay-policy=no-user-gesture-required",
                *flags,
            ],
        )
        try:
            yield browser
        finally:
            browser.close()


def staff_context(browser: Browser, **options: object) -> BrowserContext:
    """A fresh browser of one person: Chinese, desktop size, plain audio as the device dialog would set it."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        locale="zh-CN",
        permissions=["microphone"],
        **options,  # type: ignore[arg-type]
    )
    context.add_init_script(LISTEN)
    context.add_init_script(
        "localStorage.setItem('hotline.audio', JSON.stringify({microphone: '', speaker: '', plain: true}))"
    )
    return context


def part(name: str) -> str:
    """The selector of a part of the console."""
    return f'[data-test="{name}"]'


def sign_in(context: BrowserContext, base_url: str, account: dict[str, str]) -> Page:
    """Open the console and sign in as ``account``."""
    page = context.new_page()
    page.goto(f"{base_url}/console/")
    page.locator(part("username")).fill(account["username"])
    page.locator(part("password")).fill(account["password"])
    page.locator(part("sign-in")).click()
    expect(page.locator(part("me"))).to_be_visible(timeout=15_000)
    return page


def hears(page: Page, milliseconds: int = 1500) -> float | None:
    """The loudest frequency (Hz) arriving in the page's call; 0 for silence, None when there is no connection."""
    found: float | None = page.evaluate(LOUDEST, milliseconds)
    return found


def tones(page: Page, milliseconds: int = 1000) -> list[int]:
    """Every frequency (Hz) that stands out in the page's call; [] for silence or no connection."""
    found: list[int] | None = page.evaluate(TONES, milliseconds)
    return found or []
