"""How sure a tagger is: confidences, thresholds, the n best, intents, ensembles."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from cases import window
from slotkit.decoding.intents import slot_evidence
from slotkit.decoding.lattice import lattices
from slotkit.model.model import SLOT_INTENT_PMI, Model
from slotkit.taggers.blocks.numpy_layers import softmax, under
from slotkit.taggers.table import get_runtime
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.result import Slot
from slotkit.text.tags import is_legal
from telling import rounded, share_of_span, tell, told, weighed

MakeModel = Callable[..., Model]


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
