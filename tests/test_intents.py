"""Intents: sets of them against enumeration, and the torch side against the NumPy side."""

from __future__ import annotations

import math
from itertools import chain, combinations, permutations, product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slotkit.decoding.intents import (
    MOST_SETS,
    Intent,
    IntentSets,
    accuracy,
    count_sets,
    find_intents,
    measure_pmi,
    score_intents,
    shapes,
    slot_evidence,
    slot_factors,
    split_intents,
)
from slotkit.decoding.pooling import pool as pool_words
from slotkit.network.intent import IntentLayer
from slotkit.network.pooling import pool

NAMES = ["ask", "book", "cancel", "go"]


def floats(*numbers: float) -> npt.NDArray[np.float32]:
    """Return numbers as the runtime has them."""
    return np.array(numbers, dtype=np.float32)


def enumerated(names: list[str], most: int) -> list[frozenset[str]]:
    """Return all sets of 1 to `most` names."""
    sizes = range(1, most + 1)
    return [frozenset(c) for c in chain.from_iterable(combinations(names, n) for n in sizes)]


# Sets


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_the_score_of_a_set_is_the_sum_of_its_members_and_that_of_its_size(most: int) -> None:
    sets = IntentSets(NAMES, most)
    own = dict(zip(NAMES, [0.5, -1.0, 2.0, 0.25], strict=True))
    by_size = [0.125, -3.0, 7.0, 1.0][:most]

    logits = sets.logits(floats(*own.values()), floats(*by_size))

    every = enumerated(NAMES, most)
    assert len(logits) == len(every) == count_sets(4, most)
    for one in every:
        for order in permutations(sorted(one)):
            number = sets.number("#".join(order))
            assert number is not None
            assert logits[number] == sum(own[name] for name in one) + by_size[len(one) - 1]
    assert len({sets.number("#".join(sorted(one))) for one in every}) == len(every)


@pytest.mark.parametrize("most", [1, 2, 3])
@given(
    scores=st.lists(st.floats(-30, 30, width=32), min_size=4, max_size=4, unique=True),
    by_size=st.lists(st.floats(-5, 5, width=32), min_size=3, max_size=3),
)
def test_the_likeliest_set_has_its_share_of_one_softmax(
    most: int, scores: list[float], by_size: list[float]
) -> None:
    sets = IntentSets(NAMES, most)
    logits = sets.logits(floats(*scores), floats(*by_size[:most]))

    intent = sets.choose(floats(*scores), logits)

    weights = {
        one: math.exp(sum(scores[NAMES.index(n)] for n in one) + by_size[len(one) - 1] - 60)
        for one in enumerated(NAMES, most)
    }
    chosen = intent.name.split("#")
    share = weights[frozenset(chosen)] / sum(weights.values())
    assert intent.confidence == pytest.approx(share, rel=1e-3)
    assert weights[frozenset(chosen)] >= max(weights.values()) * (1 - 1e-3)
    assert [scores[NAMES.index(name)] for name in chosen] == sorted(
        (scores[NAMES.index(name)] for name in chosen), reverse=True
    )  # the likeliest first


def test_one_intent_at_a_time_is_the_plain_softmax() -> None:
    sets = IntentSets(NAMES, 1)
    scores = floats(1.0, 3.0, -2.0, 0.5)

    for size in (0.0, 4.0):  # which all share, so that it changes nothing
        intent = sets.choose(scores, sets.logits(scores, floats(size)))
        assert intent.name == "book"
        assert intent.confidence == pytest.approx(
            math.exp(3) / sum(map(math.exp, [1, 3, -2, 0.5])), rel=1e-5
        )


@pytest.mark.parametrize(
    ("label", "known"),
    [
        ("ask", True),
        ("ask#book", True),
        ("book#ask", True),
        ("ask#ask", True),
        ("ask#fly", False),
        ("fly", False),
        ("", False),
        ("ask#book#go", False),  # more than two
    ],
)
def test_the_number_of_a_label(label: str, known: bool) -> None:
    sets = IntentSets(NAMES, 2)
    number = sets.number(label)

    assert (number is not None) == known
    if number is not None:
        found = {name for name, there in zip(NAMES, sets.members[number], strict=True) if there}
        assert found == set(split_intents(label))
        assert sets.sizes[number] == len(found)


# What training has


def test_a_label_is_split_into_its_intents() -> None:
    assert split_intents("flight#airfare") == ["flight", "airfare"]
    assert split_intents("a#b#a") == ["a", "b"]
    assert split_intents("") == split_intents("#") == []


def test_intents_are_collected_with_the_most_that_stand_together() -> None:
    assert find_intents(["go", "book#ask", "ask#book", "", "go"]) == (["ask", "book", "go"], 2)
    assert find_intents(["go", "go"]) == (["go"], 1)
    assert find_intents(["", ""]) == find_intents([]) == ([], 0)


@pytest.mark.parametrize(
    ("intents", "together", "most"),
    [(44, 2, 2), (45, 2, 1), (18, 3, 3), (19, 3, 2), (9, 9, 9), (10, 10, 7), (2000, 2, 1)],
)
def test_there_are_at_most_a_thousand_sets(intents: int, together: int, most: int) -> None:
    """44 + 946 pairs = 990 sets; with 45 they would be 1035."""
    names = [f"intent{n:04}" for n in range(intents)]

    found, found_most = find_intents([*names, "#".join(names[:together])])

    assert (found, found_most) == (names, most)
    if most > 1:
        assert len(enumerated(names, most)) == count_sets(intents, most) <= MOST_SETS
    if most < together:
        assert count_sets(intents, most + 1) > MOST_SETS


# Scores


def test_accuracy_counts_whole_sets_and_first_labels() -> None:
    gold = ["go", "go", "book#ask", "book#ask", "", "fly", "ask"]
    predicted = ["go", "ask", "ask#book", "book", "go", "go", ""]

    # Exactly: go, and the set in another order. First: go, and book.
    assert accuracy(gold[:6], predicted[:6]) == {"exact": 2 / 5, "first": 2 / 5, "support": 5}
    assert accuracy(["", ""], ["a", ""]) == {"exact": 0.0, "first": 0.0, "support": 0}
    with pytest.raises(ValueError, match="zip"):
        accuracy(["go"], [])


def test_no_intent_at_all_is_wrong_and_no_error() -> None:
    """As a model says of a text without words."""
    assert accuracy(["go", "go"], ["", "go"]) == {"exact": 0.5, "first": 0.5, "support": 2}


# What slots say

TAGS = ["O", "B-film", "I-film", "B-day"]


def test_slots_are_weighed_by_how_much_likelier_they_make_an_intent() -> None:
    labels = ["watch", "watch", "read", "read#ask", ""]
    tagged = [
        ["O", "B-film", "I-film", "O"],
        ["B-film", "B-film", "B-day"],  # a slot counts once an utterance
        ["O", "B-day", "B-other"],
        ["O"],
        ["B-day"],  # of an utterance without a label
    ]

    weights = measure_pmi(["ask", "read", "watch"], TAGS, labels, tagged)

    assert weights.dtype == np.float32
    film, day = 2 / 4, 2 / 4  # shares of the utterances
    np.testing.assert_allclose(
        np.exp(weights),
        [
            [1, 1 / (1 * film + 1), 1, 1 / (1 * day + 1)],
            [1, 1 / (2 * film + 1), 1, 2 / (2 * day + 1)],
            [1, 3 / (2 * film + 1), 1, 2 / (2 * day + 1)],
        ],
        rtol=1e-6,
    )


def test_what_is_often_told_from_what_is_seldom_counts_more() -> None:
    """Never once in many says more than never once in few."""
    few, many = (
        measure_pmi(["read", "watch"], TAGS, ["read", "watch"] * n, [["B-day"], ["B-film"]] * n)
        for n in (1, 100)
    )

    assert many[0, 1] < few[0, 1] < 0 < few[1, 1] < many[1, 1]
    assert many[1, 1] == pytest.approx(math.log(2), abs=0.01)  # of all, half


@given(st.integers(0, 2**32 - 1))
def test_slots_are_asked_by_the_sum_over_all_that_words_may_be(seed: int) -> None:
    """As by enumeration, words being tagged apart: the mean of what each tagging says."""
    random = np.random.default_rng(seed)
    weights = random.normal(0, 3, (2, 3)).astype(np.float32)
    chances = random.dirichlet(np.ones(3), 4).astype(np.float32)

    said = slot_evidence(slot_factors(weights), chances)

    assert said.dtype == np.float32
    for row, of_intent in zip(weights, said, strict=True):
        mean = sum(
            math.prod(float(chances[t, k]) * math.exp(row[k]) for t, k in enumerate(tags))
            for tags in product(range(3), repeat=4)
        )
        assert of_intent == pytest.approx(math.log(mean), abs=1e-4)


def test_no_number_makes_what_slots_say_anything_but_a_number() -> None:
    factors = slot_factors(floats(1e30, -1e30).reshape(2, 1))

    said = slot_evidence(factors, floats(1.0, 1.0).reshape(2, 1))

    assert said.tolist() == [100.0, -100.0]


# The head


def test_a_head_pools_the_mean_and_the_largest() -> None:
    weights = {
        "weight": floats(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1).reshape(4, 4),
        "bias": floats(0, 0, 0, 100),
    }
    hidden = floats(1, -2, 3, -4, 5, -9).reshape(3, 2)

    assert score_intents(weights, pool_words(hidden)).tolist() == [3, -5, 5, 98]


@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.parametrize("num_intents", [1, 3])
def test_torch_and_numpy_agree_on_ragged_batches(num_intents: int, most: int) -> None:
    """Padding, whatever it holds, changes nothing."""
    most = min(most, num_intents)
    names = NAMES[:num_intents]
    torch.manual_seed(0)
    layer = IntentLayer(names, most, 6)
    for weight in layer.parameters():
        torch.nn.init.normal_(weight)
    weights: dict[str, Any] = {n: w.detach().numpy() for n, w in layer.named_parameters()}
    lengths = [5, 1, 3]
    mask = torch.arange(5) < torch.tensor(lengths)[:, None]
    hidden = torch.randn(3, 5, 6) - 3  # so that the zeros of padding would be the largest

    assert {n: w.shape for n, w in weights.items()} == shapes(num_intents, most, 6)
    assert set(layer.state_dict()) == set(weights)
    sets = IntentSets(names, most)
    for padding in (0.0, 1e3, -1e3):
        with torch.no_grad():
            padded = hidden.masked_fill(~mask[..., None], padding)
            logits = layer(pool(padded, mask)).numpy()
        for b, length in enumerate(lengths):
            scores = score_intents(weights, pool_words(hidden[b, :length].numpy()))
            ours = sets.logits(scores, weights["by_size"])
            assert ours.dtype == np.float32
            assert np.abs(ours - logits[b]).max() <= 1e-5 * max(1, np.abs(ours).max())


def test_gradients_reach_every_weight_of_the_head() -> None:
    torch.manual_seed(0)
    layer = IntentLayer(NAMES, 2, 6)
    mask = torch.tensor([[True, True, False], [True, False, False]])
    hidden = torch.randn(2, 3, 6, requires_grad=True)
    targets = torch.tensor([0, IntentSets(NAMES, 2).number("ask#go") or 0])

    loss = torch.nn.functional.cross_entropy(layer(pool(hidden, mask)), targets)
    loss.backward()  # type: ignore[no-untyped-call]

    assert all(w.grad is not None and w.grad.any() for w in layer.parameters())
    assert hidden.grad is not None
    assert hidden.grad.isfinite().all()
    assert hidden.grad.any(2).tolist() == [[True, True, False], [True, False, False]]


def test_an_intent_is_a_name_and_how_sure_it_is() -> None:
    assert Intent("go", 0.5) == ("go", 0.5)
    assert Intent("go", 0.5)._asdict() == {"name": "go", "confidence": 0.5}
