"""Text in, slots out: offsets, frames, confidences, threads, edges, and what cannot be tagged."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import slotkit
from cases import window
from slotkit.decoding.intents import Intent, slot_evidence
from slotkit.decoding.lattice import lattices
from slotkit.errors import ModelFileError, UtteranceError
from slotkit.model.file import save_model
from slotkit.model.model import SLOT_INTENT_PMI, Model
from slotkit.taggers.blocks.numpy_layers import softmax, under
from slotkit.taggers.table import ARCHITECTURES, get_runtime
from slotkit.tagging import scorer
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.result import Slot, Tagging
from slotkit.text.tags import is_legal, spans_of
from slotkit.text.tokenizer import TOKENIZERS

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


@pytest.fixture(scope="module")
def fillers(make_model: MakeModel) -> list[SlotFiller]:
    """Return a tagger of each architecture and of each tokenizer, with different tags found."""
    made = [make_model(architecture, scale=2.0) for architecture in ARCHITECTURES]
    made += [make_model(decoder="crf", ensemble_size=2, intents=["ask", "book"], scale=2.0)]
    made += [make_model(tokenizer=tokenizer, scale=2.0) for tokenizer in TOKENIZERS]
    return [SlotFiller(model) for model in made]


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

    def score(several: Any, edges: Any = None) -> Any:
        if ["bad", "one"] in list(several):
            raise UtteranceError("no good")
        return whole(several, edges)

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


def told(make_model: MakeModel, logits: Any, **options: Any) -> SlotFiller:
    """Return a tagger that gives these logits for its next utterance."""
    filler = SlotFiller(make_model(**options))
    tell(filler, logits)
    return filler


def tell(filler: SlotFiller, logits: Any) -> None:
    """Let a tagger give these logits for its next utterance, from hidden layers of zeros."""
    given = np.array(logits, dtype=np.float32)[None]  # (1, T, K)
    hidden = np.zeros((*given.shape[:2], filler._scorer._biases[0].shape[1]), dtype=np.float32)
    filler._scorer._bound = [lambda projected: (hidden, given)]


def rounded(tagging: Tagging) -> list[Slot]:
    """Return the slots with confidences that can be compared."""
    return [slot._replace(confidence=round(slot.confidence, 5)) for slot in tagging.slots]


def legal_sequences(tags: list[str], length: int) -> list[tuple[str, ...]]:
    """Return all legal sequences of these tags."""
    return [
        sequence
        for sequence in product(tags, repeat=length)
        if all(is_legal(*pair) for pair in pairwise(["O", *sequence]))
    ]


def weighed(tags: list[str], logits: Any, temperature: float = 1.0) -> dict[tuple[str, ...], float]:
    """Return the probability of every legal sequence, from the logits of its tags alone."""
    weights = {
        sequence: float(
            np.exp(
                sum(row[tags.index(t)] for row, t in zip(logits, sequence, strict=True))
                / temperature
            )
        )
        for sequence in legal_sequences(tags, len(logits))
    }
    total = sum(weights.values())
    return {sequence: weight / total for sequence, weight in weights.items()}


def share_of_span(shares: dict[tuple[str, ...], float], span: tuple[int, int, str]) -> float:
    """Return the probability of all sequences that hold a span."""
    return sum(share for sequence, share in shares.items() if span in spans_of(sequence))


@pytest.mark.parametrize("temperature", [1.0, 0.5, 2.0])
def test_confidence_is_the_share_of_all_sequences_that_hold_the_span(
    temperature: float, make_model: MakeModel
) -> None:
    # Tags O, B-date, I-date, B-destination, I-destination.
    logits = np.log(
        [
            [0.7, 0.1, 0.1, 0.05, 0.05],
            [0.1, 0.1, 0.1, 0.6, 0.1],
            [0.1, 0.05, 0.05, 0.3, 0.5],
            [0.2, 0.5, 0.1, 0.1, 0.1],
        ]
    )
    filler = told(make_model, logits)
    filler._model = filler._model._replace(temperature=temperature)
    shares = weighed(filler.tags, logits, temperature)

    tagging = filler.tag(" to New  York today")

    assert tagging.tags == ["O", "B-destination", "I-destination", "B-date"]
    assert rounded(tagging) == [
        Slot(
            "destination",
            "New  York",
            4,
            13,
            round(share_of_span(shares, (1, 3, "destination")), 5),
        ),
        Slot("date", "today", 14, 19, round(share_of_span(shares, (3, 4, "date")), 5)),
    ]
    assert tagging.frame == {"destination": ["New  York"], "date": ["today"]}
    assert tagging.confidence == pytest.approx(shares[tuple(tagging.tags)], rel=1e-5)
    assert tagging.confidence == pytest.approx(max(shares.values()), rel=1e-5)
    marginals = [
        [sum(p for s, p in shares.items() if s[t] == tag) for tag in filler.tags] for t in range(4)
    ]
    np.testing.assert_allclose(tagging.probabilities, marginals, rtol=1e-4)


def test_an_illegal_best_tag_is_not_taken(make_model: MakeModel) -> None:
    """The confidence is of the tag that is given, among those that may stand there."""
    logits = np.log([[0.1, 0.2, 0.6, 0.05, 0.05]])
    tagging = told(make_model, logits).tag("today")

    assert tagging.tags == ["B-date"]
    assert rounded(tagging) == [Slot("date", "today", 0, 5, round(0.2 / 0.35, 5))]
    assert tagging.confidence == pytest.approx(0.2 / 0.35, rel=1e-5)
    np.testing.assert_allclose(
        tagging.probabilities, [[0.1 / 0.35, 0.2 / 0.35, 0, 0.05 / 0.35, 0]], rtol=1e-5
    )


def test_a_crf_weighs_neighbours(make_model: MakeModel) -> None:
    """Alone the second word is a date; after a destination it goes on with it."""
    logits = [[0, 0, 0, 5, 0], [0, 2, 0, 0, 1]]
    filler = told(make_model, logits, decoder="crf")
    model = filler._model
    for name in ("crf.transitions", "crf.start", "crf.end"):
        model.weights[name] = np.zeros_like(model.weights[name])
    before = SlotFiller(model)
    tell(before, logits)
    model.weights["crf.transitions"][3, 4] = 3
    after = SlotFiller(model)
    tell(after, logits)

    assert before.tag("New York").frame == {"destination": ["New"], "date": ["York"]}
    assert after.tag("New York").frame == {"destination": ["New York"]}
    model.weights["crf.end"][4] = -9
    last = SlotFiller(model)
    tell(last, logits)
    assert last.tag("New York").frame == {"destination": ["New"], "date": ["York"]}


# Which slots are sure.


def two_slots(make_model: MakeModel, **thresholds: float) -> SlotFiller:
    """Return a tagger that is 0.9 sure of a date, and 0.6 of the destination behind it."""
    logits = np.log([[0.05, 0.9, 1e-9, 0.05, 1e-9], [0.4, 1e-9, 1e-9, 0.6, 1e-9]])
    filler = told(make_model, logits)
    filler._model = filler._model._replace(thresholds=thresholds)
    return filler


def named(slots: list[Slot]) -> list[str]:
    """Return the names of slots."""
    return [slot.name for slot in slots]


@pytest.mark.parametrize(
    ("thresholds", "least", "sure", "unsure"),
    [
        ({}, None, ["date", "destination"], []),
        ({}, 0.7, ["date"], ["destination"]),
        ({}, 0.95, [], ["date", "destination"]),
        ({"destination": 0.7}, None, ["date"], ["destination"]),
        ({"date": 0.95}, None, ["destination"], ["date"]),
        ({"date": 0.95, "destination": 0.5}, None, ["destination"], ["date"]),
        ({"date": 0.95}, 0.7, ["date"], ["destination"]),  # what is asked for goes before
        ({"date": 0.95}, 0.0, ["date", "destination"], []),
    ],
)
def test_slots_of_little_confidence_are_told_apart(
    thresholds: dict[str, float],
    least: float | None,
    sure: list[str],
    unsure: list[str],
    make_model: MakeModel,
) -> None:
    filler = two_slots(make_model, **thresholds)

    tagging = filler.tag("today Rome", min_confidence=least)

    assert (named(tagging.slots), named(tagging.unsure)) == (sure, unsure)
    assert list(tagging.frame) == sure
    assert tagging.tags == ["B-date", "B-destination"]  # which stay as they are
    found = tagging.to_json()
    assert [slot["name"] for slot in found["unsure"]] == unsure
    assert list(found["frame"]) == sure


def test_a_confidence_that_is_just_enough_is_enough(make_model: MakeModel) -> None:
    filler = two_slots(make_model)
    date, destination = filler.tag("today Rome").slots
    just = min(date.confidence, destination.confidence)

    assert filler.tag("today Rome", min_confidence=just).unsure == []
    assert named(filler.tag("today Rome", min_confidence=just + 1e-9).unsure) == ["destination"]
    again = two_slots(make_model, destination=destination.confidence)
    assert again.tag("today Rome").unsure == []
    (filled,) = two_slots(make_model, date=1.0).fill_tokens([["today", "Rome"]])
    assert named(filled.unsure) == ["date"]


# The n best.


def test_the_n_best_come_likeliest_first_and_the_first_is_the_tagging(
    fillers: list[SlotFiller],
) -> None:
    for filler in fillers:
        text = "arrive Taipei on 2nd"
        ranked = filler.tag_n_best(text, 5)

        assert len(ranked) == 5
        first, only = ranked[0].to_json(probabilities=True), filler.tag(text)
        assert first == only.to_json(probabilities=True)
        assert [one.to_json() for one in filler.tag_n_best(text, 1)] == [only.to_json()]
        shares = [tagging.confidence for tagging in ranked]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1 + 1e-6
        assert len({tuple(tagging.tags) for tagging in ranked}) == 5
        assert all(is_legal(*pair) for one in ranked for pair in pairwise(["O", *one.tags]))


def test_the_n_best_are_all_where_there_are_fewer(make_model: MakeModel) -> None:
    logits = np.log([[0.5, 0.3, 0.05, 0.1, 0.05]])
    filler = told(make_model, logits)

    ranked = filler.tag_n_best("today", 9)

    assert [tagging.tags for tagging in ranked] == [["O"], ["B-date"], ["B-destination"]]
    assert [tagging.confidence for tagging in ranked] == pytest.approx([5 / 9, 3 / 9, 1 / 9])
    assert [tagging.frame for tagging in ranked] == [
        {},
        {"date": ["today"]},
        {"destination": ["today"]},
    ]
    # A slot's confidence is of all taggings, whichever of them it is shown in.
    assert ranked[1].slots[0].confidence == pytest.approx(3 / 9, rel=1e-5)
    unsure = filler.tag_n_best("today", 2, min_confidence=0.5)[1]
    assert (unsure.slots, named(unsure.unsure)) == ([], ["date"])


# Intents.


def test_an_intent_is_told_by_a_model_that_learned_them(make_model: MakeModel) -> None:
    model = make_model(intents=["ask", "book"], most_intents=2, scale=2.0)
    filler = SlotFiller(model)

    tagging = filler.tag("to Taipei")

    runtime, network = get_runtime(model.architecture), under(model.weights, "network")
    embedding = model.weights["input.embedding.weight"]
    vectors = np.stack([model.encoder.vector(word) @ embedding for word in ["to", "Taipei"]])
    inputs = window(vectors, model.window_size)
    projected = runtime.project(network, inputs, **model.arguments)
    (hidden,), _ = runtime.bind(network, **model.arguments)(projected[None])
    pooled = np.concatenate([hidden.mean(0), hidden.max(0)])
    ask, book = model.weights["intent.weight"] @ pooled + model.weights["intent.bias"]
    alone, both = model.weights["intent.by_size"]
    shares = softmax(np.array([ask + alone, book + alone, ask + book + both]))
    together = ["ask", "book"] if ask > book else ["book", "ask"]
    assert tagging.intent is not None
    assert tagging.intent.name == ["ask", "book", "#".join(together)][int(shares.argmax())]
    assert tagging.intent.confidence == pytest.approx(float(shares.max()), rel=1e-4)
    assert tagging.to_json()["intent"] == {
        "name": tagging.intent.name,
        "confidence": round(tagging.intent.confidence, 6),
    }


def test_the_temperature_of_intents_changes_how_sure_they_are(make_model: MakeModel) -> None:
    model = make_model(intents=["ask", "book", "go"], scale=2.0)
    taggings = {
        heat: SlotFiller(model._replace(intent_temperature=heat)).tag("to Taipei")
        for heat in (0.5, 1.0, 2.0)
    }
    intents = {heat: tagging.intent for heat, tagging in taggings.items()}

    assert len({intent.name for intent in intents.values() if intent}) == 1
    sure = [intent.confidence for intent in intents.values() if intent]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] > sure[2]
    assert len({tagging.confidence for tagging in taggings.values()}) == 1  # of slots nothing


def test_slots_say_what_is_wanted_as_much_as_they_are_asked(make_model: MakeModel) -> None:
    model = make_model(intents=["ask", "book", "go"], scale=2.0, decoder="crf")
    words = ["to", "Taipei"]
    plain = SlotFiller(model)
    logits, scores, _ = plain.score(words)
    (lattice,) = lattices(plain.decoder.chain, logits[None], model.temperature)
    said = slot_evidence(np.exp(model.weights[SLOT_INTENT_PMI]), lattice.marginals())
    assert scores is not None

    for share in (0.0, 0.5, 1.0):
        (tagging,) = SlotFiller(model._replace(slot_evidence_weight=share)).fill_tokens([words])

        together = softmax(scores + share * said + model.weights["intent.by_size"])
        assert tagging.intent is not None
        assert tagging.intent.name == model.intents[int(together.argmax())]
        assert tagging.intent.confidence == pytest.approx(float(together.max()), rel=1e-4)
        assert tagging.tags == plain.fill_tokens([words])[0].tags


def test_a_model_without_intents_tells_none(make_model: MakeModel) -> None:
    tagging = SlotFiller(make_model()).tag("to Taipei")

    assert tagging.intent is None
    assert "intent" not in tagging.to_json()


def test_an_ensemble_tags_by_the_mean_of_its_members(make_model: MakeModel) -> None:
    """Of their logits, their CRFs, and their scores of intents."""
    kinds: dict[str, Any] = {"decoder": "crf", "intents": ["ask", "book"], "most_intents": 2}
    model = make_model("elman", ensemble_size=3, scale=2.0, **kinds)
    words = ["arrive", "Taipei", "on", "2nd"]
    alone = []
    for number in range(3):
        own = make_model("elman", **kinds)
        for name in own.weights.keys() - {SLOT_INTENT_PMI}:
            own.weights[name] = model.weights[f"members.{number}.{name}"]
        alone.append(SlotFiller(own))

    filler = SlotFiller(model)

    logits, intents = (
        np.array(part) for part in zip(*(one.score(words)[:2] for one in alone), strict=True)
    )
    together = filler.score(words)
    assert np.abs(logits[0] - logits[1]).max() > 0.1
    np.testing.assert_allclose(together.logits, logits.mean(0), rtol=1e-4, atol=1e-5)
    assert together.intents is not None
    np.testing.assert_allclose(together.intents, intents.mean(0), rtol=1e-4, atol=1e-5)
    sets = [one.intent_logits(np.zeros(2, dtype=np.float32)) for one in alone]
    np.testing.assert_allclose(
        filler.intent_logits(np.zeros(2, dtype=np.float32)), np.mean(sets, axis=0), rtol=1e-4
    )
    np.testing.assert_allclose(
        filler.decoder.chain.transitions,
        np.mean([one.decoder.chain.transitions for one in alone], axis=0),
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        filler.decoder.chain.end,
        np.mean([one.decoder.chain.end for one in alone], axis=0),
        rtol=1e-5,
    )


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


# The public door.


def test_all_of_all_is_there() -> None:
    for name in slotkit.__all__:
        assert getattr(slotkit, name) is not None
    assert set(slotkit.__all__) <= set(dir(slotkit))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        slotkit.nothing  # noqa: B018
    assert sorted(slotkit.__all__) == slotkit.__all__


def test_a_folder_is_loaded(tmp_path: Any, make_model: MakeModel) -> None:
    save_model(make_model(), tmp_path)

    filler = slotkit.load(tmp_path)

    assert isinstance(filler, SlotFiller)
    assert isinstance(filler.tag("to Taipei"), Tagging)
    with pytest.raises(ModelFileError, match="no model in"):
        slotkit.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import slotkit", ["numpy", "torch", "datasets", "click"]),
        (
            "import slotkit; slotkit.load({folder!r}).tag('to Taipei').frame",
            ["torch", "datasets", "pyarrow", "seqeval", "rich", "click", "sklearn"],
        ),
    ],
)
def test_what_is_not_imported(
    code: str, absent: list[str], tmp_path: Any, make_model: MakeModel
) -> None:
    save_model(make_model(), tmp_path)
    code = code.format(folder=str(tmp_path))
    code += f"; import sys; print([name for name in {absent!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_names_that_are_promised_are_where_they_are_said_to_be() -> None:
    for name, home in slotkit._HOMES.items():
        module = slotkit if name == "load" else importlib.import_module(f"slotkit.{home}")
        assert getattr(module, name) is getattr(slotkit, name)
