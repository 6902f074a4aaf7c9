"""Marks at the ends of values: none that no training value of the slot has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotkit.decoding.decoder import Decoder
from slotkit.decoding.marks import ValueMarks, is_mark, marks_of
from slotkit.model.file import save_model
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller
from slotkit.text.tags import spans_of

TAGS = ["O", "B-city", "I-city", "B-firm", "I-firm", "B-day", "I-day"]
MARKS = {"firm": (["@"], [".", "@"]), "day": (["("], [])}
WORDS = ["Bergen", "&", ".", "@", "(", ")", ",", "7"]


@pytest.mark.parametrize("token", ["(", "…", "«", "🚢", "™", "$", "-", "?!", "\u200f", "，", "。"])
def test_punctuation_and_symbols_are_marks(token: str) -> None:
    assert is_mark(token)


@pytest.mark.parametrize("token", ["a", "é", "台", "7", "½", "p.m.", "-a", "a\u200f", "_a"])
def test_what_holds_a_letter_or_a_digit_is_none(token: str) -> None:
    assert not is_mark(token)


def test_marks_are_those_at_the_ends() -> None:
    values: dict[str, list[tuple[str, ...]]] = {
        "city": [("(", "Bergen"), ("Moss", ".", "by", "sea")],
        "time": [("7", "p", "."), ("noon",)],
        "port": [("Voss",)],
    }

    assert marks_of(values) == {"city": (["("], []), "time": ([], ["."])}


CRF = {
    "transitions": np.random.default_rng(1).normal(size=(7, 7)),
    "start": np.zeros(7),
    "end": np.zeros(7),
}


@pytest.mark.parametrize("crf", [None, CRF], ids=["softmax", "crf"])
def test_no_value_begins_or_ends_with_a_mark_that_training_has_not(
    crf: dict[str, np.ndarray] | None,
) -> None:
    decoder, marks = Decoder(TAGS, crf), ValueMarks(TAGS, MARKS)

    @settings(max_examples=300)
    @given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9), st.integers(0, 10_000))
    def check(words: list[str], seed: int) -> None:
        drawn = np.random.default_rng(seed).normal(0, 4, (1, len(words), len(TAGS)))
        logits = drawn.astype(np.float32)
        before = [TAGS[k] for k in decoder.decode(logits[0])]
        marks.keep_off(logits, [words], decoder.decode)

        best = [TAGS[k] for k in decoder.decode(logits[0])]
        for start, end, slot in spans_of(best):
            firsts, lasts = MARKS.get(slot, ([], []))
            assert not is_mark(words[start]) or words[start] in firsts
            assert not is_mark(words[end - 1]) or words[end - 1] in lasts
        unchanged = [place for place, word in enumerate(words) if not is_mark(word)]
        assert (logits[0, unchanged] == drawn.astype(np.float32)[0, unchanged]).all()
        if not any(map(is_mark, words)):
            assert best == before

    check()


def test_a_mark_within_a_value_stays() -> None:
    decoder, marks = Decoder(TAGS), ValueMarks(TAGS, {})
    logits = np.zeros((1, 4, len(TAGS)), dtype=np.float32)
    for place, tag in enumerate(["B-firm", "I-firm", "I-firm", "I-firm"]):
        logits[0, place, TAGS.index(tag)] = 5
    marks.keep_off(logits, [["Smith", "&", "Sons", "."]], decoder.decode)

    assert [TAGS[k] for k in decoder.decode(logits[0])] == ["B-firm", "I-firm", "I-firm", "O"]


def test_a_model_that_does_not_know_allows_all() -> None:
    logits = np.ones((1, 1, len(TAGS)), dtype=np.float32)
    ValueMarks(TAGS, None).keep_off(logits, [["("]], Decoder(TAGS).decode)

    assert (logits == 1).all()


def test_probabilities_are_those_of_what_is_left(
    make_model: Callable[..., Model], tmp_path: Path
) -> None:
    """What is forbidden has none, and a text without marks is tagged as before."""
    model = make_model()
    save_model(model._replace(value_marks={}), tmp_path / "kept")
    plain, kept = SlotFiller(model), SlotFiller.load(tmp_path / "kept")

    for text in "arrive ( Taipei )", "leave Paris on , please":
        tagging = kept.tag(text)
        for token, row in zip(tagging.tokens, tagging.probabilities, strict=True):
            begins = [k for k, tag in enumerate(tagging.columns) if tag.startswith("B-")]
            assert not is_mark(token) or row[begins].sum() < 1e-6
            assert row.sum() == pytest.approx(1)
        assert tagging.tags == [t for tags in kept.tag_tokens([tagging.tokens]) for t in tags]
    before, after = plain.tag("leave Paris"), kept.tag("leave Paris")
    assert (before.tags, before.confidence) == (after.tags, after.confidence)


@pytest.mark.parametrize("tags", [["B-city"], ["B-city", "I-city"], TAGS])
@pytest.mark.parametrize("size", [0, 1e30])
def test_where_a_mark_has_no_other_tag_it_keeps_one(tags: list[str], size: float) -> None:
    """Of a corpus without O, and of logits so large that nothing that is added lowers them."""
    logits = np.full((1, 3, len(tags)), 0, dtype=np.float32)
    logits[..., tags.index("B-city")] = size

    ValueMarks(tags, MARKS).keep_off(logits, [["Bergen", ",", "."]], Decoder(tags).decode)

    assert np.isfinite(logits).all()
