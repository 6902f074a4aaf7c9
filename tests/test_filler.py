"""Text in, slots out: offsets, batches, tokens, JSON, threads."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotkit.decoding.intents import Intent
from slotkit.errors import UtteranceError
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.result import Slot, Tagging
from slotkit.text.tags import is_legal, spans_of
from telling import told

MakeModel = Callable[..., Model]
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
TEXTS = st.one_of(
    st.text(st.characters()),
    st.lists(
        st.sampled_from(
            [
                *["arrive", "Taipei", "on", "2nd", " ", "\t", "\n", "\u3000", "11月2日到達台北"],
                *["\u05e9\u05dc\u05d5\u05dd", "\u202e", "\u0627\u0644\u0642\u0650", FAMILY],
                *["e\u0301", "\u0301", "\ud800", "\udc80", "\0", "\x1b[31m", "İ", "ﬀ", "#", "\\"],
            ]
        )
    ).map("".join),
)


@given(text=TEXTS)
def test_offsets_always_index_the_text_as_given(text: str, fillers: list[SlotFiller]) -> None:
    for filler in fillers:
        tagging = filler.tag(text)

        assert tagging.text == text
        assert tagging.unsure == []
        assert all(text[slot.start : slot.end] == slot.value for slot in tagging.slots)
        assert 0 <= tagging.confidence <= 1
        assert all(0 <= slot.confidence <= 1 for slot in tagging.slots)
        assert all(is_legal(*pair) for pair in zip(["O", *tagging.tags], tagging.tags))  # noqa: B905
        assert tagging.probabilities.shape == (len(tagging.tokens), len(filler.tags))
        assert tagging.probabilities.dtype == np.float32
        assert [slot.name for slot in tagging.slots] == [s.slot for s in spans_of(tagging.tags)]
        json.dumps(tagging.to_json(probabilities=True), allow_nan=False).encode()
        assert tagging.to_json_line() == json.dumps(tagging.to_json(), ensure_ascii=False)


@settings(max_examples=30)
@given(texts=st.lists(TEXTS, max_size=4))
def test_alone_and_in_a_batch_are_the_same(texts: list[str], fillers: list[SlotFiller]) -> None:
    for filler in fillers:
        batch = filler.tag_batch(texts)

        for together, alone in zip(batch, map(filler.tag, texts), strict=True):
            assert_same(together, alone)


def test_who_is_to_blame_in_a_batch_is_named(make_model: MakeModel) -> None:
    """Of several of one length too; all others of that length are fine."""
    model = make_model("feedforward", window_size=0)
    filler = SlotFiller(model)
    whole = filler._scorer.score

    def score(several: Any, edges: Any = None, asked: Any = ()) -> Any:
        if ["bad", "one"] in list(several):
            raise UtteranceError("no good")
        return whole(several, edges, asked)

    filler._scorer.score = score  # type: ignore[method-assign]
    for texts in (["a b", "bad one", "to Rome"], ["x", "bad one"], ["a", "bad one", "to Rome"]):
        with pytest.raises(UtteranceError, match=r"^utterance 2: no good$"):
            filler.tag_batch(texts)


def assert_same(one: Tagging, other: Tagging) -> None:
    """Check that two taggings say the same; their numbers may differ by rounding."""

    def without_numbers(tagging: Tagging) -> dict[str, Any]:
        slots = [slot._replace(confidence=0.0) for slot in tagging.slots]
        return tagging._asdict() | {
            "slots": slots,
            "probabilities": 0,
            "confidence": 0,
            "intent": 0,
            "intents": 0,
            "in_scope": 0,
        }

    assert without_numbers(one) == without_numbers(other)
    np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-5)
    assert one.confidence == pytest.approx(other.confidence, abs=1e-5)
    for mine, theirs in zip(one.slots, other.slots, strict=True):
        assert mine.confidence == pytest.approx(theirs.confidence, abs=1e-5)
    assert (one.intent and one.intent.name) == (other.intent and other.intent.name)


def test_tokens_give_the_tags_of_their_text(fillers: list[SlotFiller]) -> None:
    for filler in fillers:
        taggings = filler.tag_batch(["arrive Taipei on 2nd", "", "to Tokyo"])

        tokens = [tagging.tokens for tagging in taggings]
        assert filler.tag_tokens(tokens) == [tagging.tags for tagging in taggings]
        filled = filler.fill_tokens(tokens)
        for text, one in zip(map(" ".join, tokens), filled, strict=True):
            assert_same(filler.tag(text), one)


def test_filled_tokens_stand_in_the_text_that_they_make(make_model: MakeModel) -> None:
    """Even tokens that the tokenizer would cut."""
    one = [0, 0, 0, 9, 0]
    filler = told(make_model, [[9, 0, 0, 0, 0], one, [0, 0, 0, 0, 9]])

    (tagging,) = filler.fill_tokens([["to", "St.Louis", "(MO)"]])

    assert tagging.text == "to St.Louis (MO)"
    assert tagging.tokens == ["to", "St.Louis", "(MO)"]
    (slot,) = tagging.slots
    assert (slot.value, slot.start, slot.end) == ("St.Louis (MO)", 3, 16)


@pytest.mark.parametrize("text", ["", " ", "\t \n", "\u3000\u00a0"])
def test_a_text_without_words_has_no_slots(text: str, fillers: list[SlotFiller]) -> None:
    for filler in fillers:
        tagging = filler.tag(text)

        assert (tagging.text, tagging.tokens, tagging.tags, tagging.slots) == (text, [], [], [])
        assert (tagging.frame, tagging.unsure, tagging.intent) == ({}, [], None)
        assert tagging.confidence == 1.0  # there is nothing else that it could be
        assert [other.tags for other in filler.tag_n_best(text, 3)] == [[]]
        assert tagging.probabilities.shape == (0, len(filler.tags))


FLOATS = st.floats(0, 1)
SLOTS = st.lists(st.builds(Slot, st.text(), st.text(), st.integers(0), st.integers(0), FLOATS))


@given(
    st.builds(
        Tagging,
        text=st.text(),
        tokens=st.lists(st.text()),
        tags=st.lists(st.text()),
        probabilities=st.none(),
        columns=st.none(),
        slots=SLOTS,
        unsure=SLOTS,
        confidence=FLOATS,
        intent=st.none() | st.builds(Intent, st.text(), FLOATS),
        in_scope=st.none() | FLOATS,
    )
)
def test_a_line_of_json_is_what_json_makes_of_the_object(tagging: Tagging) -> None:
    assert tagging.to_json_line() == json.dumps(tagging.to_json(), ensure_ascii=False)


def test_json_is_never_certain(make_model: MakeModel) -> None:
    """Rounded up, a confidence would be 1, which no model is."""
    tagging = told(make_model, [[0, 99, 0, 0, 0]]).tag("today")

    assert tagging.confidence > 1 - 1e-9
    found = tagging.to_json()
    assert found["confidence"] == found["slots"][0]["confidence"] == 0.999999


def test_values_of_one_slot_stand_in_the_order_of_the_text(make_model: MakeModel) -> None:
    one = [0, 9, 0, 0, 0]
    tagging = told(make_model, [one, one, [0, 0, 0, 9, 0]]).tag("Monday Sunday Rome")

    assert tagging.frame == {"date": ["Monday", "Sunday"], "destination": ["Rome"]}


def test_json_has_the_names_of_python(make_model: MakeModel) -> None:
    tagging = told(make_model, np.log([[0.1, 0.6, 0.1, 0.1, 0.1]])).tag("today")

    assert tagging.to_json() == {
        "text": "today",
        "tokens": ["today"],
        "tags": ["B-date"],
        "confidence": 0.75,
        "slots": [{"name": "date", "value": "today", "start": 0, "end": 5, "confidence": 0.75}],
        "unsure": [],
        "frame": {"date": ["today"]},
    }
    assert tagging.to_json(probabilities=True)["probabilities"] == [
        {"O": 0.125, "B-date": 0.75, "I-date": 0.0, "B-destination": 0.125, "I-destination": 0.0}
    ]


def test_the_numbers_are_those_of_the_runtime(make_model: MakeModel) -> None:
    """Embedding, window and network, written out once more."""
    model = make_model("elman", window_size=1, encoder="other+hashing")
    words = ["leave", "Kaohsiung", "Taipei"]
    vectors = [
        model.encoder.vector(word) @ model.weights["input.embedding.weight"] for word in words
    ]
    zero = np.zeros(3, dtype=np.float32)
    inputs = [
        np.concatenate(parts)
        for parts in zip([zero, *vectors], vectors, [*vectors[1:], zero], strict=False)
    ]
    memory, logits = np.zeros(4), []
    w = {name.removeprefix("network."): weight for name, weight in model.weights.items()}
    for x in inputs:
        memory = np.tanh(
            w["layers.0.weight_x"] @ x + w["layers.0.weight_h"] @ memory + w["layers.0.bias"]
        )
        logits.append(w["output.weight"] @ memory + w["output.bias"])

    scores = SlotFiller(model).score(words)

    np.testing.assert_allclose(scores.logits, np.array(logits), atol=1e-5)
    assert scores.intents is None


def test_threads_share_a_tagger(make_model: MakeModel) -> None:
    texts = [f"arrive {a} on {b} please w{n}" for n, (a, b) in enumerate([("Taipei", "2nd")] * 20)]
    for architecture in ("bidirectional", "attention", "jordan"):
        model = make_model(architecture, scale=2.0)
        expected = [SlotFiller(model).tag(text).to_json(probabilities=True) for text in texts]
        shared = SlotFiller(model, cached_words=5)  # so that words come and go
        wrong: list[int] = []

        def work(shared: SlotFiller, expected: list[Any], wrong: list[int], start: int) -> None:
            for number in range(200):
                i = (start + number) % len(texts)
                if shared.tag(texts[i]).to_json(probabilities=True) != expected[i]:
                    wrong.append(i)

        threads = [
            threading.Thread(target=work, args=(shared, expected, wrong, start))
            for start in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert wrong == []
        assert shared.cache.words <= 8  # an utterance has more words than the cache
