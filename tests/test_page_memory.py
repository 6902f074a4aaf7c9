"""The view of memory in a real browser: its numbers are the trace's, and what is chosen follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from browser import Browser, address, browser, numbers, opened, violations
from slotkit.inside.page import make_page
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller

__all__ = ["browser"]

MakeModel = Callable[..., Model]

A, B = "arrive Taipei on 2nd", "leave Taipei on 2nd"
CLOSE = 1e-4


def memory_page(model: Model, *texts: str) -> str:
    """Make a page with nothing but the view of memory."""
    return make_page(model, "mine", texts or (A, B), views=["memory"])


@pytest.mark.parametrize(
    ("architecture", "options", "tensor"),
    [
        ("elman", {"num_layers": 2}, "0.h"),
        ("jordan", {}, "fed"),
        ("lstm", {"gates": "xhc"}, "0.f"),
        ("gru", {}, "0.n"),
        ("bidirectional", {}, "back.0.c"),
        ("bidirectional", {"cell": "jordan"}, "back.fed"),
    ],
)
def test_maps_show_the_numbers_of_the_trace(
    browser: Browser,
    make_model: MakeModel,
    tmp_path: Path,
    architecture: str,
    options: dict[str, Any],
    tensor: str,
) -> None:
    model = make_model(architecture, scale=2.0, hidden_size=12, **options)
    filler = SlotFiller(model)
    a, b = filler.trace(A)[tensor], filler.trace(B)[tensor]
    *way, kind = [part for part in tensor.split(".") if not part.isdigit()]
    state: dict[str, Any] = {"way": way[0] if way else "", "tensor": kind, "word": 2}

    with opened(browser, memory_page(model), tmp_path, **state) as tab:
        assert violations(tab) == []
        for name, whole in (
            (tensor, a),
            (f"b/{tensor}", b),
            (f"difference/{tensor}", a - b),
        ):
            shown = numbers(tab, name)
            assert len(shown) == 4 * min(10, a.shape[1])
            for (word, unit), value in shown.items():
                assert abs(value - whole[int(word), int(unit)]) < CLOSE
        drawn = [int(unit) for word, unit in numbers(tab, tensor) if word == "0"]
        size = np.abs(a[2] - b[2])
        assert np.all(np.diff(size[drawn]) <= CLOSE)
        assert size[drawn].min() >= np.sort(size)[-len(drawn)] - CLOSE


def test_all_units_are_drawn_on_demand(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("lstm", scale=2.0, hidden_size=12)
    with opened(browser, memory_page(model), tmp_path) as tab:
        button = tab.get_by_role("button", name="Show all 12 units")
        button.focus()
        tab.keyboard.press("Enter")
        assert {int(unit) for _, unit in numbers(tab, "0.c")} == set(range(12))
        tab.get_by_role("button", name="Show ten units").click()
        assert len(numbers(tab, "0.c")) == 40


def test_a_cell_chooses_word_and_unit_by_mouse_and_by_keyboard(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("gru", scale=2.0)
    trace = SlotFiller(model).trace(A)["0.h"]
    with opened(browser, memory_page(model), tmp_path, word=0) as tab:
        tab.locator('[data-name="0.h"][data-word="2"][data-unit="3"]').click()
        assert "unit=3" in address(tab)  # and word 2, with which this page opens
        (here,) = numbers(tab, "here/0.h").values()
        assert abs(here - trace[2, 3]) < CLOSE

        tab.locator('[data-name="0.h"][data-cell="0,0"]').focus()
        for key in ("ArrowRight", "ArrowDown", "Enter"):
            tab.keyboard.press(key)
        assert "word=1" in address(tab)
        assert tab.inner_text("#memory-here").startswith("unit ")


def test_layer_direction_and_tensor_are_chosen(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("bidirectional", cell="gru", num_layers=2, scale=2.0)
    trace = SlotFiller(model).trace(A)
    with opened(browser, memory_page(model), tmp_path) as tab:
        assert numbers(tab, "ahead.0.h")
        tab.select_option("#memory-way", "back")
        tab.select_option("#memory-layer", "1")
        tab.locator("#memory-tensor").focus()
        tab.select_option("#memory-tensor", label="update gate z")
        for (word, unit), value in numbers(tab, "back.1.z").items():
            assert abs(value - trace["back.1.z"][int(word), int(unit)]) < CLOSE
        assert "tensor=%22z%22" in address(tab)


def test_words_without_a_partner_have_no_difference(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    """Words are paired by what they are, not by their number."""
    model = make_model("lstm", scale=2.0)
    filler = SlotFiller(model)
    longer = "please arrive Taipei on 2nd"
    with opened(browser, memory_page(model, longer, B), tmp_path, word=2) as tab:
        a, b = filler.trace(longer)["0.c"], filler.trace(B)["0.c"]
        for (word, unit), value in numbers(tab, "difference/0.c").items():
            i, u = int(word), int(unit)
            expected = a[i, u] - b[i - 1, u] if i > 1 else 0.0
            assert abs(value - expected) < CLOSE
        assert tab.get_by_role("button", name="at please: B has no such word").count() == 4
    with opened(browser, memory_page(model, A), tmp_path) as tab:
        assert tab.locator("figure").count() == 1
        assert "Without a sentence B" in tab.inner_text("#memory")
        tab.fill("#text-b", A)
        assert "A and B do not differ here at this word." in tab.inner_text("#memory")
