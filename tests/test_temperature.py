"""The temperatures that a training ends with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from datasets import Dataset, DatasetDict

import slotkit.training.calibrate
import slotkit.training.loop
from slotkit.corpus import Corpus
from slotkit.decoding.lattice import lattices
from slotkit.evaluation.thresholds import judge
from slotkit.model.file import load_model
from slotkit.model.model import SLOT_INTENT_PMI, Model
from slotkit.tagging.filler import SlotFiller
from slotkit.training.calibrate import log_loss
from slotkit.training.recipe import make_recipe
from small import (
    LEARNING,
    SMALL,
    TEN,
    after,
    kept,
    make_corpus,
    make_split,
    run,
    scripted,
    training_of,
)

pytestmark = pytest.mark.usefixtures("no_sync")


def wrong_at_times() -> Corpus:
    """Return a corpus whose validation contradicts its train, in slots and in intents."""
    intents = ["go", "go", "go", "book", "go", "go", "ask", "book", "go", "ask"]
    other = ["book", *intents[1:]]
    lines = ["leave Taipei/B-to for Rome", "leave Oslo/B-from for New/B-to York/I-to", *TEN[2:]]
    parts = {
        "train": make_split(TEN, intent=intents),
        "validation": make_split(lines, intent=other),
    }
    return Corpus(DatasetDict(parts), [], "wrong at times")


@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_the_temperature_makes_what_is_right_the_likeliest(decoder: str, tmp_path: Path) -> None:
    """No other of many temperatures has less loss; the taggings stay what they are."""
    corpus = wrong_at_times()
    rows = corpus.splits["validation"]
    run(tmp_path, make_recipe("elman", decoder=decoder, intent=True, **LEARNING), corpus)
    model = load_model(tmp_path)

    def losses(temperature: float) -> tuple[float, float]:
        scaled = model._replace(intent_temperature=temperature)  # at the slots' that was fitted
        intents = intent_loss(scaled, rows)
        scaled = model._replace(temperature=temperature)
        taggings = SlotFiller(scaled).fill_tokens(rows["tokens"][:])
        judged = judge(taggings, rows["tags"][:])
        spans = log_loss([j.confidence for j in judged], [j.right for j in judged])
        right = [t.intent is not None and t.intent.name for t in taggings]
        hits = [name == gold for name, gold in zip(right, rows["intent"][:], strict=True)]
        assert 0 < sum(hits) < len(hits)
        assert 0 < sum(j.right for j in judged) < len(judged)
        return spans, intents

    tried = [losses(float(t)) for t in np.geomspace(0.21, 4.9, 40)]
    assert model.temperature != 1.0
    assert model.intent_temperature != 1.0
    assert losses(model.temperature)[0] <= min(spans for spans, _ in tried) + 1e-6
    assert losses(model.intent_temperature)[1] <= min(intents for _, intents in tried) + 1e-6
    for share in np.linspace(0, 1, 21):
        asked = model._replace(slot_evidence_weight=float(share))
        assert intent_loss(model, rows) <= intent_loss(asked, rows) + 1e-4
    assert model.slot_evidence_weight > 0.9
    plain = SlotFiller(model._replace(temperature=1.0)).tag_tokens(rows["tokens"][:])
    assert SlotFiller(model).tag_tokens(rows["tokens"][:]) == plain


def test_slots_that_mislead_are_not_asked(tmp_path: Path) -> None:
    corpus = wrong_at_times()
    rows = corpus.splits["validation"]
    run(tmp_path, make_recipe("elman", intent=True, **LEARNING), corpus)
    model = load_model(tmp_path)._replace(slot_evidence_weight=0.0)
    fitted = {
        way: slotkit.training.calibrate.calibrate(
            [
                (
                    model._replace(
                        weights=model.weights
                        | {SLOT_INTENT_PMI: way * model.weights[SLOT_INTENT_PMI]},
                    ),
                    rows,
                )
            ],
            rows,
        )["slot_evidence_weight"]
        for way in (1, -1)
    }

    assert fitted[1] > 0.9
    assert fitted[-1] == 0.0


def intent_loss(model: Model, rows: Dataset) -> float:
    """Return the mean negative log-likelihood of the right intents at the model's temperature."""
    filler, total = SlotFiller(model), 0.0
    for words, label in zip(rows["tokens"][:], rows["intent"][:], strict=True):
        tags, scores, _ = filler.score(words)
        assert scores is not None
        (lattice,) = lattices(filler.decoder.chain, tags[None], model.temperature)
        scores = scores + model.slot_evidence_weight * filler.slot_evidence(lattice)
        logits = filler.intent_logits(scores).astype(float) / model.intent_temperature
        number = filler.intents.number(label)
        assert number is not None
        total += float(np.log(np.exp(logits - logits[number]).sum()))
    return total / len(rows)


def test_where_nothing_is_predicted_the_temperature_stays(tmp_path: Path) -> None:
    corpus = make_corpus(["what does it cost", "cancel it"], ["cancel it"])
    run(tmp_path, make_recipe("elman", **SMALL | {"epochs": 1}), corpus)

    model = load_model(tmp_path)
    assert (model.temperature, model.intent_temperature) == (1.0, 1.0)


def test_a_refit_keeps_the_temperatures_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has seen validation, which therefore would tell nothing."""
    fitted: list[dict[str, float]] = []
    fit = slotkit.training.calibrate.calibrate

    def noted(held_out: list[tuple[Model, Dataset]], train: Dataset) -> dict[str, float]:
        [(model, _)] = held_out
        assert model.training["refit"] is False
        fitted.append(fit(held_out, train))
        return fitted[-1]

    monkeypatch.setattr(slotkit.training.loop, "calibrate", noted)
    recipe = make_recipe("elman", intent=True, refit=True, **LEARNING)
    run(tmp_path, recipe, wrong_at_times())

    (temperatures,) = fitted
    model = load_model(tmp_path)
    assert training_of(tmp_path)["refit"] is True
    assert model.temperature == temperatures["temperature"] != 1.0
    assert model.intent_temperature == temperatures["intent_temperature"] != 1.0
    assert model.slot_evidence_weight == temperatures["slot_evidence_weight"]


def test_a_refit_that_was_stopped_keeps_them_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe("elman", intent=True, refit=True, **LEARNING | {"epochs": 3})
    corpus = wrong_at_times()
    scripted(monkeypatch, *[0.1, 0.9, 0.2] * 2)
    run(tmp_path / "whole", recipe, corpus)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", recipe, corpus, each_epoch=after(4))
    run(tmp_path / "parts", recipe, corpus, resume=True)

    assert load_model(tmp_path / "parts").temperature != 1.0
    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")
