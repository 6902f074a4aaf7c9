"""Calibration: hand-counted figures, known distributions, and brute force."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotkit.evaluation.calibration import (
    BINS,
    Floats,
    auroc,
    brier,
    calibration_error,
    measure,
    perfect_error,
    reliability,
)
from slotkit.evaluation.thresholds import (
    Judged,
    find_threshold,
    find_thresholds,
    judge,
    lower_bound,
)
from slotkit.tagging.result import Slot, Tagging
from slotkit.text.tags import spans_of
from slotkit.training.calibrate import find_least, fit_temperature, log_loss

# Confidences of which some are equal, and whether they are right.
ANSWERS = st.lists(
    st.tuples(st.sampled_from([0.1, 0.25, 0.5, 0.7, 0.9, 0.99]), st.booleans()), max_size=40
)


def sigmoid(z: Floats) -> Floats:
    """Turn log-odds into probabilities."""
    chances: Floats = 1 / (1 + np.exp(-z))
    return chances


# Temperature


@pytest.mark.parametrize("best", [0.21, 0.5, 1.0, 1.7, 4.9])
def test_the_least_loss_is_found(best: float) -> None:
    found = fit_temperature(lambda t: (math.log(t) - math.log(best)) ** 2)

    assert found == pytest.approx(best, rel=1e-3)


@pytest.mark.parametrize(
    ("loss", "end"), [(lambda t: t, 0.2), (lambda t: -t, 5.0)], ids=["coldest", "hottest"]
)
def test_the_temperature_ends_where_it_may_not_go_on(
    loss: Callable[[float], float], end: float
) -> None:
    assert fit_temperature(loss) == pytest.approx(end, rel=1e-3)


@pytest.mark.parametrize("best", [-2.0, 0.0, 0.3, 1.0, 1.5])
def test_what_is_least_is_found_between_the_ends(best: float) -> None:
    found = find_least(lambda weight: (weight - best) ** 2, 0.0, 1.0)

    assert found == pytest.approx(min(max(best, 0.0), 1.0), abs=1e-4)


@pytest.mark.parametrize("heat", [0.5, 1.0, 2.5])
def test_a_known_temperature_is_recovered(heat: float) -> None:
    """Answers are right by their log-odds; the model states them `heat` times too sharp."""
    random = np.random.default_rng(0)
    odds = random.normal(1, 2, 40_000)
    right = (random.random(len(odds)) < sigmoid(odds)).tolist()

    found = fit_temperature(lambda t: log_loss(sigmoid(heat * odds / t).tolist(), right))

    assert found == pytest.approx(heat, rel=0.05)


def test_the_loss_is_the_mean_surprise() -> None:
    assert log_loss([0.8, 0.5], [True, False]) == pytest.approx(-math.log(0.8 * 0.5) / 2)
    assert log_loss([], []) == 0.0
    for certain in (1.0, 0.0):  # and wrong: a large loss, but no infinite one
        loss = log_loss([certain], [certain < 0.5])
        assert loss == pytest.approx(-math.log(1e-12), rel=1e-3)


# Error


def test_a_bin_has_the_answers_of_like_confidence() -> None:
    """Thirty answers make fifteen bins of two."""
    confidences = [(n * 7 % 30) / 30 for n in range(30)]
    right = [p >= 0.5 for p in confidences]

    bins = reliability(confidences, right)

    assert [part.answers for part in bins] == [2] * BINS
    for number, part in enumerate(bins):
        assert part.confidence == pytest.approx((2 * number + 0.5) / 30)
    assert [part.right for part in bins] == [0.0] * 7 + [0.5] + [1.0] * 7
    assert [part.answers for part in reliability([0.5] * 16, [True] * 16)] == [2, *[1] * 14]
    assert reliability([], []) == []


def test_the_error_is_how_far_confidence_and_truth_lie_apart() -> None:
    """Twenty answers of 0.9 of which half are right, and ten of 0.3 that are all wrong."""
    confidences = [0.9] * 20 + [0.3] * 10
    right = [True, False] * 10 + [False] * 10

    assert calibration_error(confidences, right) == pytest.approx((20 * 0.4 + 10 * 0.3) / 30)
    assert calibration_error([1.0] * 9, [True] * 9) == 0.0
    assert calibration_error([0.0] * 9, [True] * 9) == 1.0
    assert calibration_error([], []) == 0.0


def test_errors_within_a_bin_cancel_out_and_those_of_bins_do_not() -> None:
    assert calibration_error([0.5] * 30, [True, False] * 15) == 0.0
    assert calibration_error([0.2] * 16 + [0.8] * 16, [True] * 16 + [False] * 16) == pytest.approx(
        0.8
    )


def test_the_perfect_error_is_what_calibrated_answers_measure() -> None:
    random = np.random.default_rng(5)
    confidences = random.random(600).tolist()
    measured = [
        calibration_error(confidences, (random.random(600) < confidences).tolist())
        for _ in range(100)
    ]

    perfect = perfect_error(confidences)

    assert perfect == pytest.approx(float(np.mean(measured)), rel=0.05)
    assert perfect > 0.02  # chance alone
    assert perfect == perfect_error(confidences)
    assert perfect != perfect_error(confidences, seed=2)
    assert perfect_error([1.0, 0.0, 1.0]) == 0.0
    assert perfect_error([]) == 0.0


def test_an_overconfident_tagger_is_told_from_a_calibrated_one() -> None:
    random = np.random.default_rng(5)
    truth = 0.5 + random.random(2000) / 3
    right = (random.random(2000) < truth).tolist()
    stated = (truth + 0.1).tolist()

    assert calibration_error(stated, right) > 2 * perfect_error(stated)
    assert calibration_error(truth.tolist(), right) < 1.5 * perfect_error(truth.tolist())


def test_the_brier_score_is_a_mean_square() -> None:
    assert brier([0.8, 0.4], [True, False]) == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert brier([], []) == 0.0


@given(answers=ANSWERS)
def test_auroc_counts_pairs(answers: list[tuple[float, bool]]) -> None:
    """Of a right and a wrong answer each; a tie counts half."""
    pairs = [
        1.0 if good > bad else 0.5 if good == bad else 0.0
        for good, good_right in answers
        for bad, bad_right in answers
        if good_right and not bad_right
    ]

    area = auroc([p for p, _ in answers], [right for _, right in answers])

    if not pairs:
        assert area is None
    else:
        assert area == pytest.approx(sum(pairs) / len(pairs))


def test_all_figures_go_into_json() -> None:
    trust = measure([0.9, 0.5, 0.7], [True, False, True])

    assert trust.answers == 3
    assert trust.error == pytest.approx((0.1 + 0.5 + 0.3) / 3)
    assert trust.brier == pytest.approx((0.01 + 0.25 + 0.09) / 3)
    assert trust.auroc == 1.0
    found = trust.to_json()
    assert set(found) == {"answers", "error", "perfect", "brier", "auroc", "bins"}
    assert found["bins"][0] == {"confidence": 0.5, "right": 0.0, "answers": 1}
    assert measure([], []).to_json()["auroc"] is None


# Thresholds


@pytest.mark.parametrize(
    ("right", "count", "bound"),
    [
        # Worked out by hand with z = 1.6449; where all are right it is n / (n + z * z).
        (50, 50, 50 / (50 + 1.6449**2)),
        (1, 1, 1 / (1 + 1.6449**2)),
        (0, 10, 0.0),
        (8, 10, 0.5408),
        (90, 100, 0.8396),
        (0, 0, 0.0),
    ],
)
def test_the_bound_is_that_of_wilson(right: int, count: int, bound: float) -> None:
    assert lower_bound(right, count) == pytest.approx(bound, abs=1e-4)


@given(count=st.integers(1, 5000), share=st.floats(0.001, 1))
def test_the_bound_is_where_what_was_seen_is_just_within_chance(count: int, share: float) -> None:
    """The measured share lies z standard deviations above it: the interval's definition."""
    right = max(1, round(share * count))
    bound = lower_bound(right, count)

    assert 0 < bound < right / count or math.isclose(bound, right / count)
    deviation = math.sqrt(bound * (1 - bound) / count)
    assert (right / count - bound) / deviation == pytest.approx(1.6449, rel=1e-4)


def test_more_answers_speak_for_more() -> None:
    bounds = [lower_bound(9 * n, 10 * n) for n in (1, 10, 100, 1000)]

    assert bounds == sorted(bounds)
    assert 0.88 < bounds[-1] < 0.9


@given(answers=ANSWERS, precision=st.sampled_from([0.2, 0.4, 0.5, 0.6, 0.8]))
def test_the_threshold_is_the_least_that_holds(
    answers: list[tuple[float, bool]], precision: float
) -> None:
    def bound(least: float) -> float:
        kept = [right for p, right in answers if p >= least]
        return lower_bound(sum(kept), len(kept))

    holding = [p for p, _ in answers if bound(p) >= precision]

    found = find_threshold([p for p, _ in answers], [right for _, right in answers], precision)

    if not holding:
        assert found is None
    else:
        assert found is not None
        assert found.confidence == min(holding)
        kept = [right for p, right in answers if p >= found.confidence]
        assert (found.right, found.kept, found.answers) == (sum(kept), len(kept), len(answers))
        assert found.bound == bound(found.confidence) >= precision


def spans(slot: str, *counts: tuple[float, int, int]) -> list[Judged]:
    """Make answers of a slot: so many right and so many wrong of each confidence."""
    return [
        Judged(slot, confidence, number < right, True)
        for confidence, right, wrong in counts
        for number in range(right + wrong)
    ]


def test_a_slot_has_the_threshold_that_its_own_spans_speak_for() -> None:
    judged = spans("to", (0.9, 200, 0), (0.5, 100, 0)) + spans("from", (0.8, 100, 0), (0.4, 5, 40))

    found = find_thresholds(judged, 0.9)

    assert list(found) == ["to", "from"]  # the most spans first
    assert found["to"].confidence == 0.5
    assert (found["to"].right, found["to"].kept, found["to"].answers) == (300, 300, 300)
    assert found["from"].confidence == 0.8
    assert (found["from"].right, found["from"].kept, found["from"].answers) == (100, 100, 145)
    assert all(one.bound >= 0.9 for one in found.values())


def test_a_rare_slot_takes_the_threshold_of_all_together() -> None:
    """Three right answers cannot speak for 90 %, but nothing speaks against it."""
    common = spans("to", (0.9, 200, 0), (0.6, 5, 30))
    whole = find_threshold([j.confidence for j in common], [j.right for j in common], 0.9)
    assert whole is not None

    found = find_thresholds(common + spans("day", (0.95, 3, 0), (0.3, 1, 0)), 0.9)

    assert whole.confidence == 0.9
    assert found["day"].confidence == 0.9
    assert (found["day"].right, found["day"].kept, found["day"].answers) == (3, 3, 4)
    assert found["day"].bound == lower_bound(3, 3) < 0.9


def test_a_rare_slot_that_is_often_wrong_takes_a_higher_threshold() -> None:
    common = spans("to", (0.9, 200, 0), (0.5, 0, 30))

    wrong = spans("day", (0.97, 2, 0), (0.93, 0, 3))
    assert find_thresholds(common + wrong, 0.9)["day"].confidence == 0.97
    hopeless = spans("day", (0.97, 0, 2))
    found = find_thresholds(common + hopeless, 0.9)["day"]
    assert (found.confidence, found.kept, found.right, found.bound) == (1.0, 0, 0, 0.0)


@pytest.mark.parametrize(
    "judged",
    [[], spans("to", (0.9, 3, 0)), spans("to", (0.9, 10, 90))],
    ids=["none", "few", "wrong"],
)
def test_where_nothing_is_precise_enough_there_is_an_error(judged: list[Judged]) -> None:
    with pytest.raises(
        ValueError, match=f"no threshold gives a precision of 0.9: of {len(judged)}"
    ):
        find_thresholds(judged, 0.9)


# Judging


def tagging(tags: list[str], confidences: list[float], least: float = 0.0) -> Tagging:
    """Make what a tagger says of words "w0 w1 ..."."""
    words = [f"w{n}" for n in range(len(tags))]
    slots: list[Slot] = []
    unsure: list[Slot] = []
    for span, p in zip(spans_of(tags), confidences, strict=True):
        start, end = 3 * span.start, 3 * span.end - 1
        made = Slot(span.slot, " ".join(words)[start:end], start, end, p)
        (slots if p >= least else unsure).append(made)
    nothing = np.zeros((len(tags), 1), dtype=np.float32)
    return Tagging(" ".join(words), words, tags, nothing, ["O"], slots, unsure)


def test_a_span_is_right_when_gold_has_it_with_its_border_and_slot() -> None:
    predicted = [
        tagging(["B-to", "I-to", "O", "B-day"], [0.9, 0.4], least=0.5),
        tagging(["B-from"], [0.8]),
        tagging(["O"], []),
        tagging(["B-to", "O", "B-to"], [0.1, 0.7], least=0.5),
    ]
    gold = [
        ["B-to", "I-to", "O", "B-day"],
        ["B-to"],
        ["B-to"],
        ["B-to", "I-to", "B-to"],
    ]

    assert judge(predicted, gold) == [
        Judged("to", 0.9, True, True),
        Judged("day", 0.4, True, False),
        Judged("from", 0.8, False, True),
        Judged("to", 0.1, False, False),
        Judged("to", 0.7, True, True),
    ]


def test_as_many_utterances_are_judged_as_there_are_gold_ones() -> None:
    with pytest.raises(ValueError, match="zip"):
        judge([tagging(["O"], [])], [])
