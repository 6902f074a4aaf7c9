"""The page's view of positions: their vectors, and what another order of the words changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from browser import Browser, Page, address, browser, numbers, opened, settle, violations
from slotkit.inside.page import make_page
from slotkit.model.model import Model
from slotkit.tagging.edits import Edit
from slotkit.tagging.filler import SlotFiller

__all__ = ["browser"]

MakeModel = Callable[..., Model]
Array = npt.NDArray[Any]

A = "arrive Taipei on 2nd please"
WORDS = A.split()


def permuted(filler: SlotFiller, order: list[int], edits: list[Edit] | None = None) -> Array:
    """Return the logits of the words in another order, by the words of the text."""
    logits = filler.trace(" ".join(WORDS[i] for i in order), edits or [])["logits"]
    return np.stack([logits[order.index(i)] for i in range(len(WORDS))])


def check_delta(tab: Page, one: Array, other: Array) -> None:
    """Compare the largest change of a logit that is shown."""
    settle(tab)
    said = tab.locator('[data-name="positions.delta"]').get_attribute("data-value")
    assert np.isclose(float(said or "nan"), np.abs(one - other).max(), atol=1e-4)


def telling(tab: Page) -> str | None:
    """Return what the page says tells places apart."""
    settle(tab)
    return tab.locator('[data-name="positions.telling"]').get_attribute("data-value")


@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
def test_position_vectors_and_lengths_are_those_of_the_trace(
    browser: Browser, make_model: MakeModel, tmp_path: Path, positions: str
) -> None:
    model = make_model("attention", positions=positions, max_length=9)
    trace = SlotFiller(model).trace(A)
    with opened(browser, make_page(model, "mine", [A]), tmp_path) as tab:
        for slider in ("row", "column"):
            tab.locator(f"#positions-{slider}").focus()
            tab.keyboard.press("ArrowRight")
        tab.keyboard.press("ArrowRight")
        ((key, value),) = numbers(tab, "position").items()
        assert key == ("1", "2")
        assert np.isclose(value, trace["position"][1, 2], atol=1e-5)
        stripes = tab.locator('#figure-positions-stripes rect[fill="transparent"]')
        stripes.hover(position={"x": 2, "y": 3.5 * 14})
        ((key, value),) = numbers(tab, "position").items()
        assert key == ("3", "0")
        assert np.isclose(value, trace["position"][3, 0], atol=1e-5)
        words = np.linalg.norm(trace["x"] - trace["position"], axis=1)
        places = np.linalg.norm(trace["position"], axis=1)
        for name, lengths in (("word", words), ("position", places)):
            found = list(numbers(tab, f"positions.{name}").values())
            assert np.allclose(found, lengths, atol=1e-4)
        assert violations(tab) == []


def test_words_are_moved_by_mouse_and_by_keyboard(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("attention", encoder="other+hashing")
    filler = SlotFiller(model)
    usual = filler.trace(A)["logits"]
    with opened(browser, make_page(model, "mine", [A]), tmp_path) as tab:
        tab.locator(".order button", has_text="Taipei").focus()
        tab.keyboard.press("Enter")
        tab.get_by_role("button", name="Move “Taipei” right").focus()
        tab.keyboard.press("Enter")
        tab.keyboard.press("Enter")
        settle(tab)
        assert tab.locator(".order button").all_inner_texts() == [WORDS[i] for i in (0, 2, 3, 1, 4)]
        check_delta(tab, permuted(filler, [0, 2, 3, 1, 4]), usual)
        tab.get_by_role("button", name="Order of the text").click()
        settle(tab)
        assert "order=" not in address(tab)
        tab.locator(".order button", has_text="please").drag_to(
            tab.locator(".order button", has_text="arrive")
        )
        settle(tab)
        assert tab.locator(".order button").all_inner_texts() == [WORDS[i] for i in (4, 0, 1, 2, 3)]
        check_delta(tab, permuted(filler, [4, 0, 1, 2, 3]), usual)
        assert violations(tab) == []


def test_without_positions_window_and_mask_the_words_are_a_set(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("attention", attend="range:1")
    filler = SlotFiller(model)
    order = [3, 0, 4, 1, 2]
    off = [Edit("position")]
    with opened(browser, make_page(model, "mine", [A]), tmp_path, order=order) as tab:
        assert telling(tab) == "position window mask"
        tab.locator("#positions-off").check()
        assert telling(tab) == "window mask"
        check_delta(tab, permuted(filler, order, off), filler.trace(A, off)["logits"])
        tab.locator("#positions-window").focus()
        tab.keyboard.press("Space")
        assert telling(tab) == "mask"
        tab.locator("#positions-full").check()
        assert telling(tab) == ""
        said = tab.locator('[data-name="positions.delta"]')
        assert float(said.get_attribute("data-value") or "nan") <= 1e-5
        assert "the words are a set" in tab.inner_text("#positions")
        tab.locator("#positions-full").uncheck()
        tab.locator("#positions-window").uncheck()
        tab.locator("#positions-off").uncheck()
        check_delta(tab, permuted(filler, order), filler.trace(A)["logits"])
        assert "edits=" not in address(tab)


def test_without_positions_there_are_none_to_show(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("attention", positions="none", window_size=0)
    page = make_page(model, "mine", [A], language="zh")
    with opened(browser, page, tmp_path, order=[4, 3, 2, 1, 0], width=360) as tab:
        assert tab.locator("#figure-positions-stripes").count() == 0
        assert telling(tab) == ""
        said = tab.locator('[data-name="positions.delta"]')
        assert said.get_attribute("data-small") == "true"
        assert violations(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
        assert "positions_" not in tab.inner_text("#positions")


def test_rows_beyond_the_longest_training_utterance_are_marked(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("attention", positions="learned", max_length=40)
    for longest, said in ((None, "does not say"), (12, "12 words"), (40, "Every row was trained")):
        known = model._replace(training={"longest": longest})
        with opened(browser, make_page(known, "mine", [A]), tmp_path) as tab:
            assert said in tab.inner_text("#positions")
            marked = list(numbers(tab, "positions.untrained").values())
            assert marked == ([12] if longest == 12 else [])
            assert violations(tab) == []
