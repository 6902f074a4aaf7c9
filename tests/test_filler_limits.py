"""What cannot be tagged, or only at length: long texts, long words, edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from slotkit.errors import UtteranceError
from slotkit.model.model import Model
from slotkit.tagging import scorer
from slotkit.tagging.filler import SlotFiller

MakeModel = Callable[..., Model]


LONG = 100_000


@pytest.mark.parametrize(
    ("architecture", "options"),
    [
        ("bidirectional", {}),
        ("feedforward", {}),
        ("convolution", {}),
        ("attention", {"attend": "range:2"}),
    ],
)
def test_a_hundred_thousand_words_are_tagged(
    architecture: str, options: dict[str, Any], make_model: MakeModel
) -> None:
    filler = SlotFiller(make_model(architecture, **options), max_words=LONG)

    tagging = filler.tag("arrive Taipei on November 2nd " * (LONG // 5))

    assert len(tagging.tags) == LONG
    assert all(np.isfinite(slot.confidence) for slot in tagging.slots)


@pytest.mark.parametrize(
    ("architecture", "options", "most"),
    [
        ("bidirectional", {}, 5_000),
        ("attention", {"attend": "range:2"}, 5_000),
        ("attention", {}, 2_000),
    ],
)
def test_a_text_may_have_so_many_words(
    architecture: str, options: dict[str, Any], most: int, make_model: MakeModel
) -> None:
    filler = SlotFiller(make_model(architecture, **options))
    assert len(filler.tag("to " * most).tags) == most

    with pytest.raises(UtteranceError, match=f"^{most + 1:,} words are more than max_words"):
        filler.tag("to " * (most + 1))
    with pytest.raises(UtteranceError, match=f"^utterance 2: {most + 1:,} words are more than"):
        filler.tag_batch(["to", "to " * (most + 1)])
    assert len(filler.tag_tokens([["to"] * (most + 1)])[0]) == most + 1
    with pytest.raises(ValueError, match="max_words must be >= 1, got 0"):
        SlotFiller(make_model(), max_words=0)


def test_what_a_long_text_needs_is_not_kept(make_model: MakeModel) -> None:
    filler = SlotFiller(make_model(), cached_words=10)
    filler.tag("to Taipei")
    filler.tag(" ".join(f"w{n}" for n in range(500)))

    assert filler.cache.words == 2
    assert filler._scorer.cache._rows.table.shape[0] == 11


def test_a_word_of_a_million_letters_is_tagged(fillers: list[SlotFiller]) -> None:
    for filler in fillers[:1] + fillers[-2:-1]:
        assert filler.tag("a" * 1_000_000).tokens == ["a" * 1_000_000]


def test_learned_positions_end(make_model: MakeModel) -> None:
    filler = SlotFiller(make_model("attention", positions="learned", max_length=3))
    filler.tag("a b c")

    with pytest.raises(UtteranceError, match="has 4 words, but the learned positions end at 3"):
        filler.tag("a b c d")


def test_numbers_that_overflow_are_said_to(make_model: MakeModel) -> None:
    """A linear memory that grows with every word is beyond float32 after a while."""
    filler = SlotFiller(make_model("elman", activation="linear", scale=3.0))

    with pytest.raises(UtteranceError, match="overflow on these 1000 words"):
        filler.tag("Taipei " * 1000)


# Edges.


def test_a_tagger_without_a_graph_takes_no_edges(make_model: MakeModel) -> None:
    for model in (make_model("lstm"), make_model("attention")):
        with pytest.raises(UtteranceError, match="this tagger takes no edges"):
            SlotFiller(model).tag("to Taipei", edges=[(0, 1)])
        with pytest.raises(UtteranceError, match="this tagger takes no edges"):
            SlotFiller(model).tag("", edges=[])


def test_edges_of_a_corpus_must_be_given(make_model: MakeModel) -> None:
    filler = SlotFiller(make_model("attention", attend="graph", edges="corpus"))

    with pytest.raises(UtteranceError, match=r"needs the edges .* edges=\[\(0, 1\), \.\.\.\]"):
        filler.tag("to Taipei")
    with pytest.raises(UtteranceError, match="needs the edges"):
        filler.tag_tokens([["to", "Taipei"]])
    assert len(filler.tag("to Taipei", edges=[]).tags) == 2
    assert filler.tag("", edges=[]).tags == []


@pytest.mark.parametrize(
    "edges",
    [[(0, 3)], [(-1, 0)], [(0,)], [(0, 1, 2)], [(0, 1.0)], [(True, 0)], [0], 5, "01", [None]],
)
def test_wrong_edges_are_refused(edges: Any, make_model: MakeModel) -> None:
    filler = SlotFiller(make_model("attention", attend="graph", edges="corpus"))

    with pytest.raises(UtteranceError, match="edge"):
        filler.tag("to Taipei now", edges=edges)


def test_edges_decide_who_is_seen(make_model: MakeModel) -> None:
    filler = SlotFiller(
        make_model("attention", attend="graph", edges="neighbours", num_layers=1, window_size=0)
    )
    text, other = "leave Taipei on Tokyo", "leave Taipei on Paris"

    def first(text: str, edges: Any = None) -> Any:
        return filler.score(text.split(), edges).logits[0].tolist()

    assert filler.edges == "neighbours"
    assert first(text) == first(other)
    assert first(text, [(0, 3)]) != first(other, [(0, 3)])
    assert first(text) == first(text, [(0, 1), (1, 2), (3, 2)])


def test_only_a_tagger_of_corpus_edges_looks_at_those_of_a_corpus(make_model: MakeModel) -> None:
    words = ["leave", "Taipei", "on", "Tokyo"]
    for architecture in ("lstm", "attention"):
        filler = SlotFiller(make_model(architecture))
        assert filler.tag_tokens([words], edges=[[[0, 3]]]) == filler.tag_tokens([words])
    filler = SlotFiller(make_model("attention", attend="graph", edges="corpus", scale=2.0))
    expected = filler.tag(" ".join(words), edges=[(0, 3)]).tags
    assert filler.tag_tokens([words, words], edges=[[[0, 3]], []])[0] == expected


def test_a_graph_has_its_longest_utterance(
    make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorer, "_LONGEST_GRAPH", 3)
    filler = SlotFiller(make_model("attention", attend="graph"))

    with pytest.raises(UtteranceError, match="has 4 words, but attention along a graph takes at"):
        filler.tag("a b c d")
