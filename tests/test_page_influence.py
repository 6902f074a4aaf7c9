"""The page's view of influence: who moves whose logits, beside the weights of attention."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from browser import Browser, Page, browser, numbers, opened, settle, violations
from slotkit.inside.page import make_page
from slotkit.model.model import Model
from slotkit.tagging.edits import Edit
from slotkit.tagging.filler import SlotFiller

__all__ = ["browser"]

MakeModel = Callable[..., Model]
Array = npt.NDArray[Any]

A = "arrive Taipei , please , on 2nd"
T = 7


def shown(tab: Page, name: str) -> Array:
    """Return the numbers of a map."""
    found = np.full((T, T), np.nan)
    for key, value in numbers(tab, name).items():
        found[int(key[0]), int(key[1])] = value
    return found


def hatched(tab: Page, figure: str) -> Array:
    """Return which cells of a map hold nothing."""
    fills: list[str] = tab.eval_on_selector_all(
        f"#{figure} .cell", "all => all.map(one => one.getAttribute('fill'))"
    )
    return np.reshape([fill.startswith("url") for fill in fills], (T, T))


def rank_correlation(one: Array, other: Array) -> float:
    """Compute Spearman's correlation the plain way: equal numbers share the mean of their ranks."""

    def ranks(numbers: Array) -> Array:
        below = (numbers[None] < numbers[:, None]).sum(1)
        equal = (numbers[None] == numbers[:, None]).sum(1)
        return np.asarray(below + (equal - 1) / 2)

    return float(np.corrcoef(ranks(one), ranks(other))[0, 1])


@pytest.mark.parametrize(
    ("architecture", "options"),
    [
        ("elman", {}),
        ("bidirectional", {}),
        ("convolution", {"num_layers": 1}),
        ("attention", {"attend": "range:1", "num_layers": 2}),
        ("attention", {"attend": "graph", "num_layers": 1}),
    ],
)
def test_the_map_is_the_tagger_s_influence_and_hatches_what_cannot_be_reached(
    browser: Browser,
    make_model: MakeModel,
    tmp_path: Path,
    architecture: str,
    options: dict[str, Any],
) -> None:
    model = make_model(architecture, encoder="other+hashing", **options)
    wanted = SlotFiller(model).influence(A)

    with opened(browser, make_page(model, "mine", [A]), tmp_path) as tab:
        assert np.allclose(shown(tab, "influence"), wanted, atol=1e-4)
        assert np.array_equal(hatched(tab, "figure-influence-map"), wanted == 0)


def test_weights_of_attention_stand_beside_it_and_agree_in_part(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("attention", attend="range:2", num_layers=2)
    filler = SlotFiller(model)
    trace, influence = filler.trace(A), filler.influence(A)
    reached = influence > 0

    with opened(browser, make_page(model, "mine", [A]), tmp_path) as tab:
        for layer in (0, 1):
            tab.locator("#influence-layer").select_option(index=layer)
            settle(tab)
            mean = trace[f"{layer}.weights"].mean(axis=1)
            found = shown(tab, "influence"), tab.locator("#figure-influence-weights .cell")
            weights = found[1].evaluate_all("all => all.map(one => Number(one.dataset.value))")
            assert np.allclose(np.reshape(weights, (T, T)), mean, atol=1e-5)
            said = tab.locator('[data-name="influence.agreement"]')
            for name, chosen in (
                ("value", reached),
                ("different", reached & ~np.eye(T, dtype=bool)),
            ):
                wanted = rank_correlation(influence[chosen], mean[chosen])
                assert abs(float(said.get_attribute(f"data-{name}") or "nan") - wanted) < 0.02
        assert violations(tab) == []


def test_a_cell_chooses_its_word_by_mouse_and_by_keyboard(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    with opened(browser, make_page(make_model(), "mine", [A]), tmp_path) as tab:
        tab.locator('#figure-influence-map [data-cell="1,3"]').click()
        settle(tab)
        assert tab.locator("#influence h3").inner_text() == "What changes the logits of “Taipei”"
        assert "please replaced by nothing" in tab.inner_text("#influence .note")
        tab.keyboard.press("ArrowUp")
        tab.keyboard.press("ArrowLeft")
        tab.keyboard.press("Enter")
        settle(tab)
        assert tab.locator("#influence h3").inner_text() == "What changes the logits of “arrive”"
        assert ", replaced by nothing: a logit of arrive" in tab.inner_text("#influence .note")


def test_influence_follows_the_edits(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("attention", num_layers=1, window_size=0)
    alone = [{"tensor": "mask", "value": np.eye(T).tolist()}]

    with opened(browser, make_page(model, "mine", [A]), tmp_path, edits=alone) as tab:
        assert np.array_equal(hatched(tab, "figure-influence-map"), ~np.eye(T, dtype=bool))
        trace = SlotFiller(model).trace(A, [Edit("mask", np.eye(T))])
        for (word, tag), value in numbers(tab, "softmax").items():
            number = trace.softmax[int(word), trace.columns.index(tag)]
            assert abs(value - number) < 1e-4


def test_of_a_long_text_it_is_computed_when_typing_has_stopped(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model()
    text = "arrive Taipei on 2nd " * 4
    with opened(browser, make_page(model, "mine", [A]), tmp_path) as tab:
        tab.fill("#text-a", text)
        tab.wait_for_selector("#influence [role=status]")
        tab.wait_for_selector("#figure-influence-map")
        found = numbers(tab, "influence")
        wanted = SlotFiller(model).influence(text)
        assert len(found) == 16 * 16
        for (row, column), value in found.items():
            assert np.isclose(value, wanted[int(row), int(column)], atol=1e-4)
