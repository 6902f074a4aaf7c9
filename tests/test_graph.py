"""Edges between words: the rules, and the matrix that attention takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotkit.errors import UtteranceError
from slotkit.text.edges import EDGE_RULES, adjacency

WORDS = ["to", "Taipei", "no", "to", "taipei", "to"]


def test_neighbours_join_every_word_to_the_next() -> None:
    assert EDGE_RULES["neighbours"](WORDS) == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]


def test_repeats_join_every_word_to_its_next_occurrence_whatever_the_case() -> None:
    assert EDGE_RULES["repeats"](WORDS) == [(0, 3), (1, 4), (3, 5)]


def test_both_rules_together_have_the_edges_of_both() -> None:
    both = EDGE_RULES["neighbours"](WORDS) + EDGE_RULES["repeats"](WORDS)

    assert EDGE_RULES["neighbours+repeats"](WORDS) == both


@pytest.mark.parametrize("rule", EDGE_RULES)
@given(words=st.lists(st.text(max_size=2), max_size=12))
def test_every_rule_gives_edges_that_a_matrix_takes(rule: str, words: list[str]) -> None:
    assert adjacency(EDGE_RULES[rule](words), len(words)).shape == (len(words), len(words))


def test_one_word_has_no_neighbours_and_none_has_none() -> None:
    for rule in EDGE_RULES.values():
        assert rule(["one"]) == []
        assert rule([]) == []


def test_edges_hold_in_both_directions_and_every_word_keeps_one_to_itself() -> None:
    joined = adjacency([(0, 2), (3, 1)], 4)

    assert joined.dtype == np.bool_
    assert joined.astype(int).tolist() == [
        [1, 0, 1, 0],
        [0, 1, 0, 1],
        [1, 0, 1, 0],
        [0, 1, 0, 1],
    ]


@given(
    edges=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20),
)
def test_the_matrix_is_symmetric_with_a_true_diagonal_and_nothing_more(
    edges: list[tuple[int, int]],
) -> None:
    joined = adjacency(edges, 8)

    wanted = {(i, i) for i in range(8)} | set(edges) | {(j, i) for i, j in edges}
    assert {(int(i), int(j)) for i, j in np.argwhere(joined)} == wanted


def test_a_word_without_edges_and_an_utterance_without_words_are_no_trouble() -> None:
    assert adjacency([], 3).tolist() == np.eye(3, dtype=bool).tolist()
    assert adjacency([], 0).shape == (0, 0)


@pytest.mark.parametrize(
    "edge",
    [
        (0, 3),
        (3, 0),
        (-1, 0),
        (0,),
        (0, 1, 2),
        (0, 1.0),
        (0, True),
        (0, None),
        ("0", "1"),
        (),
        "ab",
    ],
)
def test_edges_that_are_no_pair_of_the_words_are_refused(edge: Any) -> None:
    with pytest.raises(UtteranceError, match=r"^an edge must be two of the tokens 0\.\.2, got "):
        adjacency([edge], 3)


@pytest.mark.parametrize("edge", [0, None, 1.5])
def test_edges_that_are_no_sequence_are_refused(edge: Any) -> None:
    with pytest.raises(UtteranceError, match=r"^an edge must be two of the tokens 0\.\.2, got "):
        adjacency([edge], 3)


def test_an_utterance_without_words_has_no_edges() -> None:
    with pytest.raises(UtteranceError, match="an edge must be two of the tokens"):
        adjacency([(0, 0)], 0)
