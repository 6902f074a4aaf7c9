"""The page of the lectures' worked examples in a real browser: every number of the lectures."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from browser import Browser, browser, opened, violations
from slotkit.inside.worked.table import WORKED

__all__ = ["browser"]

Slotkit = Callable[..., Result]

# What each example must show, in this order.
NUMBERS = {
    "elman": "2 6 16 4 12 32|2 8 18 4 16 36|4 10 22 8 20 44|4 4 -4 -4 -4 -4|4 4 0 0 4 4",
    "jordan": "4 20 88",
    "lstm-cell": "3 90 110 -10|4 90 110 -10|2 -10 10 -10|1 -10 10 90|3 -110 -90 -10|"
    "0.0001 0.0003 0.0003 6.9995 0.0000",
    "attention": "0.4223 0.1554 0.4223|0.1554 0.4223 0.4223|0.2119 0.2119 0.5761|"
    "0.8446 0.5777|0.5777 0.8446|0.7881 0.7881|0.8022 0.5989|0.5989 0.8022|0.7517 0.7517|"
    "0.7311 0.2689 0",
    "convolution": "6e-04 3e-08",
    "positions": "0.8415 0.5403 0.0100|0.9093 -0.4161 0.0200 0.9998|0.1411 -0.9900 0.0300 0.9996",
    "hashing": "#bo boo ool ol#",
    "image": "50 2,500",
    "speech": "100 10,000|500 250,000|1,000 1,000,000|31",
    "parameters": "20,200 80,800|10,100|40,400|80,400|120,400",
    "steps": "0.1000 0.1265 0.1155|0.1000 0.0894 0.0667|0.1000 0.1754 0.1596|0.3162 0.2857 0.2181|"
    "0.1000 0.1900 0.2710",
}


TOGETHER = ("attention", "hashing", "steps")  # whose numbers stand side by side


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the page once."""
    pytest.importorskip("torch")
    from slotkit.inside.lectures import make_lectures

    return make_lectures()


def test_every_number_of_the_lectures_is_on_the_page(
    browser: Browser, page: str, tmp_path: Path
) -> None:
    with opened(browser, page, tmp_path) as tab:
        assert violations(tab) == []
        for name in WORKED:
            text = tab.inner_text(f"#worked-{name}").replace("\u2212", "-")
            shown = " ".join(re.split(r"[\s;()]+|, |,$|[,.](?=\s)", text))
            for run in NUMBERS[name].split("|"):
                between = " " if name in TOGETHER else r"\b.*?(?<!\S)"
                assert re.search(rf"(?<!\S){between.join(map(re.escape, run.split()))}", shown), (
                    name,
                    run,
                    shown,
                )


def test_inputs_are_changed_by_keyboard(browser: Browser, page: str, tmp_path: Path) -> None:
    with opened(browser, page, tmp_path) as tab:
        tab.locator("#worked-lstm-cell summary").focus()
        tab.keyboard.press("Enter")
        field = tab.locator("#worked-lstm-cell input").first
        field.focus()
        tab.keyboard.press("Control+A")
        tab.keyboard.type("5")
        assert "this page has computed the table again" in tab.inner_text("#worked-lstm-cell")
        beta = tab.locator("#worked-convolution input[type=range]")
        beta.focus()
        tab.keyboard.press("End")
        assert "40" in tab.inner_text("#worked-convolution output")


def test_it_speaks_chinese_on_a_phone(browser: Browser, page: str, tmp_path: Path) -> None:
    with opened(browser, page, tmp_path, width=360) as tab:
        tab.emulate_media(color_scheme="dark")
        tab.locator("#language").select_option("zh")
        assert tab.inner_text("h1") == "课程中的算例"
        assert violations(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_command_writes_it(slotkit_command: Slotkit, tmp_path: Path) -> None:
    done = slotkit_command("worked", "-o", "worked.html", "--language", "zh")
    assert done.exit_code == 0
    assert "worked.html: open it in a browser" in done.stderr
    assert (tmp_path / "worked.html").read_text(encoding="utf-8").startswith("<!doctype html>")

    wrong = slotkit_command("worked", "elman", "-o", "other.html")
    assert wrong.exit_code == 2
    assert "--output is a page of all: give neither NAME nor --json" in wrong.stderr
    assert not (tmp_path / "other.html").exists()
