"""A real browser on a page of `slotkit inspect`, and what must hold of every page in it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

pytest.importorskip("playwright", reason="no Playwright: install slotkit[test]")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

__all__ = ["Browser", "Page", "address", "browser", "numbers", "opened", "settle", "violations"]

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium; tests that need it are skipped where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
    if path is None:
        pytest.skip("no Chromium: install Debian's package chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield started
        started.close()


@contextmanager
def opened(
    browser: Browser, page: str, folder: Path, *, width: int = 1200, **state: Any
) -> Iterator[Page]:
    """Open a page with what a reader has chosen; at its end nothing must have gone wrong.

    No error on the console, no request beyond the file itself.
    """
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900})
    tab = context.new_page()
    tab.on("console", lambda message: wrong.append(f"console: {message.text}"))
    tab.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    tab.on(
        "request",
        lambda one: None if one.url.startswith(("file:", "data:")) else wrong.append(one.url),
    )
    hash_ = "&".join(f"{key}={quote(json.dumps(value))}" for key, value in state.items())
    tab.goto(f"{path.as_uri()}#{hash_}")
    tab.wait_for_selector("h2")
    try:
        yield tab
        assert not wrong
    finally:
        context.close()


def settle(tab: Page) -> None:
    """Wait until the page has drawn what it was asked for, and its address says so."""
    tab.evaluate(
        "() => new Promise(done => setTimeout(() => requestAnimationFrame(() => "
        "requestAnimationFrame(() => setTimeout(done, 20)))))"
    )


def address(tab: Page) -> str:
    """Return the address of a page, which is written with pauses."""
    tab.wait_for_timeout(400)
    return tab.url


def violations(tab: Page) -> list[str]:
    """Return what the accessibility checker finds."""
    found = Axe().run(tab).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def numbers(tab: Page, name: str) -> dict[tuple[str, ...], float]:
    """Return the numbers that are shown under a name, by the other attributes of their elements."""
    settle(tab)
    found: list[dict[str, str]] = tab.eval_on_selector_all(
        f'[data-name="{name}"][data-value]', "all => all.map(one => ({...one.dataset}))"
    )
    keys = [tuple(v for k, v in one.items() if k not in ("name", "value", "cell")) for one in found]
    return {key: float(one["value"]) for key, one in zip(keys, found, strict=True)}
