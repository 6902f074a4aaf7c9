"""The view of gates in a real browser: equations hold, and their numbers are the trace's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from browser import Browser, address, browser, numbers, opened, violations
from slotkit.inside.page import make_page
from slotkit.model.model import Model
from slotkit.tagging.edits import Edit
from slotkit.tagging.filler import SlotFiller

__all__ = ["browser"]

MakeModel = Callable[..., Model]

A, B = "arrive Taipei on 2nd", "leave Taipei on 2nd"
CLOSE = 1e-4
LSTM = ("i", "f", "z", "o", "c", "out")
GRU = ("r", "z", "n", "h")
GRU_EQUATION = "h(t) = z \u00b7 h(t\u22121) + (1 \u2212 z) \u00b7 n"


def gates_page(model: Model, *texts: str) -> str:
    """Make a page with nothing but the view of gates."""
    return make_page(model, "mine", texts or (A, B), views=["gates"])


@pytest.mark.parametrize(
    ("architecture", "options", "prefix", "kinds"),
    [
        ("lstm", {"gates": "xhc"}, "0.", LSTM),
        ("lstm", {"gates": "xhc-diagonal", "activation": "linear"}, "0.", LSTM),
        ("lstm", {"gates": "x", "num_layers": 2}, "1.", LSTM),
        ("gru", {}, "0.", GRU),
        ("gru", {"reset": "before"}, "0.", GRU),
        ("bidirectional", {}, "back.0.", LSTM),
        ("bidirectional", {"cell": "gru"}, "back.0.", GRU),
    ],
)
def test_equations_hold_with_the_numbers_of_the_trace(
    browser: Browser,
    make_model: MakeModel,
    tmp_path: Path,
    architecture: str,
    options: dict[str, Any],
    prefix: str,
    kinds: tuple[str, ...],
) -> None:
    model = make_model(architecture, **options)
    trace = SlotFiller(model).trace(A)
    H = 4
    state: dict[str, Any] = {
        "word": 2,
        "unit": 3,
        "layer": int(prefix[-2]),
        "way": "back" if "back" in prefix else "",
    }

    with opened(browser, gates_page(model), tmp_path, **state) as tab:
        assert violations(tab) == []
        for kind in kinds:
            ((_, value),) = numbers(tab, f"{prefix}{kind}=").items()
            assert abs(value - trace[prefix + kind][2, 3]) < CLOSE
        gates = trace[f"{prefix}wx"].shape[1]
        for name in ("wx", "uh", "cc"):
            if prefix + name not in trace.tensors:
                assert not numbers(tab, prefix + name)
                continue
            shown = numbers(tab, prefix + name)
            assert len(shown) == trace[prefix + name].shape[1] <= gates
            for (gate, _, unit), value in shown.items():
                assert abs(value - trace[prefix + name][2, int(gate), int(unit)]) < CLOSE
        assert "set by an edit" not in tab.inner_text("#gates")  # each equation gives its result
        rows = tab.locator("#gates-equations tbody tr")
        assert rows.count() == len(kinds)
        written = rows.last.locator("td").first.inner_text()
        linear = "out(t) = o \u00b7 c(t)"
        assert written in (linear, "out(t) = o \u00b7 tanh(c(t))", GRU_EQUATION)
        assert (written == linear) is (options.get("activation") == "linear")
    assert model.arguments["hidden_size"] == H


def test_the_share_of_the_peepholes(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("lstm", gates="xhc")
    trace = SlotFiller(model).trace(A)
    wx, uh, cc = (np.abs(trace[f"0.{name}"][3]) for name in ("wx", "uh", "cc"))
    share = cc / (wx + uh + cc)
    with opened(browser, gates_page(model), tmp_path, word=3, unit=1) as tab:
        for name, wanted in (
            ("peephole-mean", share.mean(axis=1)),
            ("peephole-unit", share[:, 1]),
        ):
            shown = numbers(tab, name)
            for number, gate in enumerate("ifzo"):
                assert abs(shown[gate,] - wanted[number]) < CLOSE
        tab.select_option("#gates-word", "0")  # the cell before the first word is 0
        assert set(numbers(tab, "peephole-mean").values()) == {0.0}
        assert "first word that is read" in tab.inner_text("#gates")
    with opened(browser, gates_page(make_model("lstm")), tmp_path) as tab:
        assert tab.locator("#gates-peepholes").count() == 0


def test_maps_of_all_gates_at_a_word_and_of_one_gate_at_all_words(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("bidirectional", hidden_size=12, scale=2.0)
    trace = SlotFiller(model).trace(A)

    def check(name: str) -> list[tuple[str, ...]]:
        shown = numbers(tab, f"map/{name}")
        for (word, unit), value in shown.items():
            assert abs(value - trace[name][int(word), int(unit)]) < CLOSE
        return list(shown)

    with opened(browser, gates_page(model), tmp_path, word=1) as tab:
        tab.select_option("#gates-show", "units")
        for kind in LSTM:
            cells = check(f"ahead.0.{kind}")
            assert len(cells) == 10
            assert {word for word, _ in cells} == {"1"}
        tab.get_by_role("button", name="Show all 12 units").click()
        assert len(check("ahead.0.f")) == 12

        tab.select_option("#gates-show", "words")
        tab.select_option("#gates-gate", "o")
        assert len(check("ahead.0.o")) == 48
        assert violations(tab) == []
        tab.locator('[data-name="map/ahead.0.o"][data-word="3"][data-unit="7"]').click()
        assert "word=3&unit=7" in address(tab)
        tab.locator('[data-cell="0,3"]').focus()
        tab.keyboard.press("ArrowLeft")
        tab.keyboard.press("Enter")
        assert "word=2" in address(tab)


def test_the_other_sentence_and_another_unit(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("lstm", scale=2.0)
    trace = SlotFiller(model).trace(B)
    with opened(browser, gates_page(model), tmp_path, word=2) as tab:
        tab.select_option("#gates-of", "b")
        tab.select_option("#gates-unit", "2")
        ((_, value),) = numbers(tab, "b/0.c=").items()
        assert abs(value - trace["0.c"][2, 2]) < CLOSE
        assert "Unit 3 at on" in tab.inner_text("#gates")


def test_what_an_edit_sets_is_said(browser: Browser, make_model: MakeModel, tmp_path: Path) -> None:
    model = make_model("lstm")
    trace = SlotFiller(model).trace(A, [Edit("0.f", 0.25, words=[1])])
    edits = [{"tensor": "0.f", "value": 0.25, "words": [1], "units": None}]
    with opened(browser, gates_page(model), tmp_path, word=1, edits=edits) as tab:
        marked = tab.locator("#gates-equations tr", has_text="set by an edit")
        assert marked.count() == 1
        assert marked.locator("th").inner_text() == "forget gate f"
        ((_, value),) = numbers(tab, "0.c=").items()
        assert abs(value - trace["0.c"][1, 0]) < CLOSE
