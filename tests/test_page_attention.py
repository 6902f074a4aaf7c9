"""The page's view of attention: every weight with its numbers, and edits of the mask."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
import pytest

from browser import Browser, Page, address, browser, numbers, opened, settle, violations
from slotkit.inside.page import make_page, write_page
from slotkit.inside.record import record
from slotkit.model.model import Model
from slotkit.tagging.edits import Edit
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.trace import Trace

__all__ = ["browser"]

MakeModel = Callable[..., Model]
Array = npt.NDArray[Any]

A = "arrive Taipei , please , on 2nd"
T = 7


@pytest.fixture
def model(make_model: MakeModel) -> Model:
    return make_model("attention", num_layers=2, heads=2, encoder="other+hashing")


def near(reach: int) -> Array:
    """Return the mask of a range."""
    place = np.arange(T)
    return np.asarray(np.abs(place[:, None] - place) <= reach, dtype="f4")


def check(tab: Page, trace: Trace, layer: int, head: int) -> None:
    """Compare all that the view shows of a head with a trace."""
    for key, value in numbers(tab, "mask").items():
        assert value == trace["mask"][int(key[0]), int(key[1])]
    cells = tab.locator("#figure-attention-large .cell")
    found = cells.evaluate_all("all => all.map(one => Number(one.dataset.value))")
    assert np.allclose(np.reshape(found, (T, T)), trace[f"{layer}.weights"][:, head], atol=1e-5)
    lengths = np.linalg.norm(trace[f"{layer}.part"], axis=2)
    for key, value in numbers(tab, f"{layer}.part").items():
        assert np.isclose(value, lengths[int(key[0]), int(key[1])], atol=1e-4)
    for kind in ("softmax", "legal"):
        for (word, tag), value in numbers(tab, kind).items():
            number = getattr(trace, kind)[int(word), trace.columns.index(tag)]
            assert abs(value - number) < 1e-4


def edits_in(tab: Page) -> list[dict[str, Any]]:
    """Return the edits that the address holds."""
    settle(tab)
    behind = dict(part.split("=") for part in address(tab).partition("#")[2].split("&") if part)
    edits: list[dict[str, Any]] = json.loads(unquote(behind.get("edits", "[]")))
    return edits


def test_a_head_is_chosen_by_mouse_and_by_keyboard(
    browser: Browser, model: Model, tmp_path: Path
) -> None:
    trace = SlotFiller(model).trace(A)
    with opened(browser, make_page(model, "mine", [A]), tmp_path) as tab:
        check(tab, trace, 0, 0)
        tab.get_by_role("button", name="Layer 2, head 1").click()
        check(tab, trace, 1, 0)
        tab.get_by_role("button", name="Layer 1, head 2").focus()
        tab.keyboard.press("Enter")
        check(tab, trace, 0, 1)
        assert violations(tab) == []


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_cell_says_how_its_weight_comes_about(
    browser: Browser, model: Model, tmp_path: Path, by: str
) -> None:
    trace = SlotFiller(model).trace(A)
    with opened(browser, make_page(model, "mine", [A]), tmp_path, layer=1, head=1) as tab:
        cell = tab.locator('#figure-attention-large [data-cell="2,5"]')
        if by == "mouse":
            cell.hover()
        else:
            cell.focus()
        steps = {
            name: numbers(tab, f"attention.{name}").popitem()[1]
            for name in ("product", "score", "top", "exp", "sum", "share")
        }

    q, k = trace["1.q"][2, 1], trace["1.k"][5, 1]
    scores = trace["1.scores"][2, 1]
    assert np.isclose(steps["product"], q @ k, atol=1e-4)
    assert np.isclose(steps["score"], q @ k / np.sqrt(len(q)), atol=1e-4)
    assert np.isclose(steps["score"], scores[5], atol=1e-4)
    assert np.isclose(steps["top"], scores.max(), atol=1e-4)
    assert np.isclose(steps["exp"], np.exp(scores[5] - scores.max()), atol=1e-4)
    assert np.isclose(steps["sum"], np.exp(scores - scores.max()).sum(), atol=1e-4)
    assert np.isclose(steps["share"], trace["1.weights"][2, 1, 5], atol=1e-5)


def test_the_range_is_an_edit_away_from_the_trained_one_alone(
    browser: Browser, model: Model, tmp_path: Path
) -> None:
    filler = SlotFiller(model)
    with opened(browser, make_page(model, "mine", [A]), tmp_path) as tab:
        slider = tab.locator("#attention-range")
        slider.focus()
        tab.keyboard.press("Home")
        check(tab, filler.trace(A, [Edit("mask", near(0))]), 0, 0)
        tab.keyboard.press("ArrowRight")
        tab.keyboard.press("ArrowRight")
        check(tab, filler.trace(A, [Edit("mask", near(2))]), 0, 0)
        tab.locator('#figure-attention-large [data-cell="0,4"]').hover()
        assert numbers(tab, "attention.share").popitem()[1] == 0
        assert "minus infinity" in tab.inner_text("#attention-steps")
        assert violations(tab) == []
        slider.focus()
        tab.keyboard.press("End")
        check(tab, filler.trace(A), 0, 0)
        assert edits_in(tab) == []
        slider.fill("1")
        assert len(edits_in(tab)) == 1
        tab.get_by_role("button", name="Mask as trained").click()
        assert edits_in(tab) == []


@pytest.mark.parametrize("attend", ["range:2", "graph"])
def test_a_trained_range_or_graph_is_where_the_slider_starts(
    browser: Browser, make_model: MakeModel, tmp_path: Path, attend: str
) -> None:
    model = make_model("attention", attend=attend, num_layers=1, heads=2)
    filler = SlotFiller(model)
    with opened(browser, make_page(model, "mine", [A]), tmp_path) as tab:
        slider = tab.locator("#attention-range")
        trained = slider.input_value()
        assert "as trained" in tab.inner_text('output[for="attention-range"]')
        check(tab, filler.trace(A), 0, 0)
        slider.focus()
        tab.keyboard.press("ArrowLeft")
        reach = 1 if attend == "range:2" else T - 1
        check(tab, filler.trace(A, [Edit("mask", near(reach))]), 0, 0)
        slider.fill(trained)
        check(tab, filler.trace(A), 0, 0)
        assert edits_in(tab) == []


def test_edges_are_cut_and_joined_by_mouse_and_by_keyboard(
    browser: Browser, model: Model, tmp_path: Path
) -> None:
    filler = SlotFiller(model)
    with opened(browser, make_page(model, "mine", [A]), tmp_path) as tab:
        tab.locator('#figure-attention-mask [data-cell="1,4"]').click()
        check(tab, filler.trace(A, [Edit("mask", 0, [1], [4])]), 0, 0)
        tab.keyboard.press("ArrowDown")
        tab.keyboard.press("Enter")
        cut = [Edit("mask", 0, [1], [4]), Edit("mask", 0, [2], [4])]
        check(tab, filler.trace(A, cut), 0, 0)
        tab.locator('#figure-attention-mask [data-cell="1,4"]').click()
        check(tab, filler.trace(A, cut[1:]), 0, 0)
        tab.locator('#figure-attention-mask [data-cell="3,3"]').click()
        assert len(edits_in(tab)) == 1
        tab.locator("#attention-range").fill("0")
        tab.locator('#figure-attention-mask [data-cell="0,6"]').click()
        joined = near(0)
        joined[0, 6] = 1
        check(tab, filler.trace(A, [Edit("mask", joined)]), 0, 0)


def test_what_a_page_recorded_is_shown_and_not_edited(
    browser: Browser, model: Model, tmp_path: Path
) -> None:
    page = write_page(record(model, "mine", [A]), [A], ["tags", "influence", "attention"])
    with opened(browser, page, tmp_path, layer=9, head=-1, edits=[{"tensor": "mask"}]) as tab:
        check(tab, SlotFiller(model).trace(A), 1, 0)
        assert tab.locator("#attention-range").count() == 0
        assert tab.locator('#figure-attention-mask [role="button"]').count() == 0
        assert violations(tab) == []


def test_the_view_speaks_chinese_and_fits_a_phone(
    browser: Browser, model: Model, tmp_path: Path
) -> None:
    page = make_page(model, "mine", [A], language="zh")
    with opened(browser, page, tmp_path, width=360) as tab:
        tab.emulate_media(color_scheme="dark")
        assert violations(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
        said = tab.inner_text("#attention") + tab.inner_text("#influence")
        assert "注意力" in said
        assert "attention_" not in said
        assert "influence_" not in said
