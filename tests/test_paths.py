"""Paths of optimizers, and what waits for what: what is computed for the page."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import pytest

from in_node import in_node, needs_node
from slotkit.inside.paths import NAMES, RATES, STEPS, SURFACES, levels, paths, walk_down
from slotkit.inside.waiting import NETWORKS, edges, waiting, waits


@lru_cache(maxsize=1)
def all_paths() -> dict[str, Any]:
    """Walk once for all tests."""
    return paths()


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.079, 0.081])
def test_plain_steps_shrink_each_number_of_the_ravine_by_a_factor(rate: float) -> None:
    places = walk_down(SURFACES["ravine"], "sgd", rate)

    for step, (x, y) in enumerate(places):
        assert x == pytest.approx(-4 * (1 - rate) ** step)
        assert y == pytest.approx(1.5 * (1 - 25 * rate) ** step)


@pytest.mark.parametrize("name", SURFACES)
def test_gradients_are_those_of_the_surface(name: str) -> None:
    surface, small = SURFACES[name], 1e-6
    for x, y in (-2.0, 0.7), (0.3, -1.1), (1.0, 0.0):
        slopes = [
            (surface.value(x + small, y) - surface.value(x - small, y)) / (2 * small),
            (surface.value(x, y + small) - surface.value(x, y - small)) / (2 * small),
        ]
        assert surface.gradient(x, y) == pytest.approx(slopes, abs=1e-6)


def test_rates_are_too_small_then_right_then_too_large() -> None:
    found = all_paths()

    assert found["rates"] == list(RATES)
    for surface in found["surfaces"].values():
        assert list(surface["paths"]) == list(NAMES)
        for walked in surface["paths"].values():
            verdicts = " ".join(one["verdict"] for one in walked)
            assert re.fullmatch("(small )*right( right)*( large)*", verdicts)
            assert all(2 <= len(one["places"]) <= STEPS + 1 for one in walked)
    ravine = found["surfaces"]["ravine"]["paths"]["sgd"]
    assert [one["verdict"] for one in ravine].count("large") == sum(rate > 2 / 25 for rate in RATES)


def test_paths_are_small_enough_for_a_page() -> None:
    assert len(json.dumps(all_paths(), allow_nan=False)) < 120_000


def test_the_ravine_is_lowest_in_the_middle() -> None:
    drawn = levels(SURFACES["ravine"], columns=8, rows=4)

    assert len(drawn) == 4
    assert {len(row) for row in drawn} == {8}
    assert drawn == [row[::-1] for row in drawn] == drawn[::-1]
    assert min(drawn[1]) < min(drawn[0])


def test_a_recurrence_waits_for_every_word_and_attention_for_none() -> None:
    for length in 1, 6, 50:
        for name in ("elman", "lstm"):
            assert waits(edges(name, length)) == length
        for name in ("convolution", "attention"):
            assert waits(edges(name, length)) == 1
    assert len(edges("attention", 6)) == 36
    assert ("x1", "h4") not in edges("convolution", 6)  # of width 5
    assert ("x1", "h3") in edges("convolution", 6)


def test_time_is_measured_beside() -> None:
    found = waiting(lengths=[4, 64])

    assert list(found["networks"]) == list(NETWORKS)
    for one in found["networks"].values():
        assert 0 < one["microseconds"][0] < one["microseconds"][1]
    assert json.dumps(found)


@needs_node
def test_the_page_reads_both() -> None:
    script = """
import { typical, pixels, STRINGS as paths } from "#inside/paths";
import { depths, STRINGS as waiting } from "#inside/waiting";
const [surface, edges] = given;
answer({
  typical: ["small", "right", "large", "none"].map((one) => typical(surface.paths.sgd, one)),
  start: pixels(surface, [surface.start, [0, 0], [1e9, 0]]),
  depths: edges.map((one) => Math.max(...Object.values(depths(one)))),
  keys: [paths, waiting].map(({ en, zh }) => [Object.keys(en), Object.keys(zh)]),
});
"""
    ravine = all_paths()["surfaces"]["ravine"]
    found = in_node(script, [ravine, [edges(name, 6) for name in NETWORKS]])

    verdicts = [one["verdict"] for one in ravine["paths"]["sgd"]]
    small, right, large, none = found["typical"]
    assert [verdicts[k] for k in (small, right, large)] == ["small", "right", "large"]
    assert none == -1
    assert found["start"] == [[40, 40], [200, 100], [800, 100]]
    assert found["depths"] == [6, 6, 1, 1]
    assert all(english == chinese for english, chinese in found["keys"])
