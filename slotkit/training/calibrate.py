"""The temperatures that make a trained model's confidences mean what they say."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from datasets import Dataset

from slotkit.corpus.columns import read_lists
from slotkit.decoding.lattice import lattices
from slotkit.decoding.scope import OUT_OF_SCOPE
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.scorer import Scores
from slotkit.text.tags import spans_of
from slotkit.training.asked import fit_asked
from slotkit.training.scope import fit_scope

# The fields of a model that are fitted on what was held out.
FITTED = ("temperature", "intent_temperature", "slot_evidence_weight", "scope", "asked")

_CALIBRATED = 2_000  # utterances on which temperatures are fitted
_COLDEST, _HOTTEST = 0.2, 5.0  # temperatures that are tried
_GOLDEN = (math.sqrt(5) - 1) / 2
_STEPS = 20  # which leave 0.0002 of the logarithm of the temperature


def calibrate(held_out: Sequence[tuple[Model, Dataset]], train: Dataset) -> dict[str, Any]:
    """Fit what makes a model's confidences mean what they say, or those of several folds together.

    That of slots makes the confidences of predicted spans the likeliest, given which of them are
    right; that of intents, and the weight of what slots say of them, the right intents.

    Parameters
    ----------
    held_out : sequence of (Model, Dataset)
        At temperature 1, each with utterances that it was not trained on; the first 2,000 of them
        are looked at.
    train : Dataset
        What was learned from.

    Returns
    -------
    dict of str to JSON
        `FITTED` fields of a model.
    """
    spans, intents, fillers = [], [], []
    scope: list[tuple[float, bool]] = []
    for model, rows in held_out:
        rows = rows.select(range(min(len(rows), _CALIBRATED)))
        filler = SlotFiller(model)
        fillers.append((filler, rows))
        edges = rows["edges"][:] if model.edges == "corpus" else [None] * len(rows)
        asked = read_lists(rows, "asked") if "asked" in rows.column_names else [[]] * len(rows)
        for words, gold, intent, some, question in zip(
            rows["tokens"][:], rows["tags"][:], rows["intent"][:], edges, asked, strict=True
        ):
            scores = filler.score(words, some, question)
            tags = [model.tags[k] for k in filler.decoder.decode(scores.logits)]
            found = spans_of(tags)
            right = set(spans_of(gold))
            if found:
                chain = filler.decoder.chain
                spans.append((chain, scores.logits, found, [span in right for span in found]))
            if scores.intents is not None and (number := filler.intents.number(intent)) is not None:
                intents.append((filler, scores, number))
            if scores.scope is not None:
                scope.append((float(scores.scope), intent != OUT_OF_SCOPE))

    def span_loss(temperature: float) -> float:
        confidences: list[float] = []
        for chain, logits, found, _ in spans:
            (lattice,) = lattices(chain, logits[None], temperature)
            confidences += [lattice.span(*span) for span in found]
        return log_loss(confidences, [hit for *_, hits in spans for hit in hits])

    temperature = fit_temperature(span_loss) if spans else 1.0
    heat, weight = _fit_intents(intents, temperature) if intents else (1.0, 0.0)
    told = [score for score, _ in scope], [inside for _, inside in scope]
    fitted = {
        "temperature": temperature,
        "intent_temperature": heat,
        "slot_evidence_weight": weight,
        "scope": fit_scope(*told, fit_temperature) if scope else None,
        "asked": fit_asked(fillers, train, temperature),
    }
    return {name: fitted[name] for name in FITTED}


def _fit_intents(
    found: Sequence[tuple[SlotFiller, Scores, int]], temperature: float
) -> tuple[float, float]:
    """Fit the temperature of intents, and the weight of what slots say, to N sets of intents."""
    # Of several folds, whose intents may differ, those of the first alone.
    found = [one for one in found if one[0] is found[0][0]]
    own, said = [], []  # (N, C)
    for filler, scores, _ in found:
        assert scores.intents is not None
        (lattice,) = lattices(filler.decoder.chain, scores.logits[None], temperature)
        own.append(filler.intent_logits(scores.intents))
        said.append(filler.intents.members @ filler.slot_evidence(lattice))
    logits, by_slots = np.array(own, dtype=np.float64), np.array(said, dtype=np.float64)
    right = np.arange(len(found)), [number for *_, number in found]

    def heated(weight: float) -> tuple[float, float]:
        together = logits + weight * by_slots
        top = together.max(axis=1)
        under, over = together - top[:, None], top - together[right]

        def loss(heat: float) -> float:
            return float((np.log(np.exp(under / heat).sum(axis=1)) + over / heat).mean())

        heat = fit_temperature(loss)
        return loss(heat), heat

    weight = find_least(lambda weight: heated(weight)[0], 0.0, 1.0)
    weight = min(0.0, weight, key=heated)  # exactly, where slots say nothing
    return heated(weight)[1], weight


def fit_temperature(loss: Callable[[float], float]) -> float:
    """Find the temperature of the least loss, between 0.2 and 5, by golden-section search.

    Parameters
    ----------
    loss : callable
        Of a temperature; with one minimum, as negative log-likelihoods have.

    Returns
    -------
    float

    References
    ----------
    Guo et al. 2017, On calibration of modern neural networks, section 4.2.
    """
    low, high = math.log(_COLDEST), math.log(_HOTTEST)
    return math.exp(find_least(lambda heat: loss(math.exp(heat)), low, high))


def find_least(loss: Callable[[float], float], low: float, high: float) -> float:
    """Find where a function with one minimum is least, by golden-section search.

    Parameters
    ----------
    loss : callable
    low, high : float
        Where to look; it is found to 0.0001 of what lies between.
    """
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = loss(left), loss(right)
    for _ in range(_STEPS):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = loss(right)
    return (low + high) / 2


def log_loss(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Compute the mean negative log-likelihood of what was right and wrong."""
    p = np.clip(np.asarray(confidences, dtype=np.float64), 1e-12, 1 - 1e-12)
    return float(-np.where(right, np.log(p), np.log1p(-p)).mean()) if len(p) else 0.0
