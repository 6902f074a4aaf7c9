"""The temperatures that make a trained model's confidences mean what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from datasets import Dataset

from slotkit.decoding.lattice import lattices
from slotkit.evaluation.calibration import find_least, fit_temperature, log_loss
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.scorer import Scores
from slotkit.text.tags import spans_of

_CALIBRATED = 1_000  # utterances on which temperatures are fitted


def calibrate(model: Model, validation: Dataset) -> dict[str, Any]:
    """Fit the temperatures of a model.

    That of slots makes the confidences of predicted spans the likeliest, given which of them are
    right; that of intents, and the share of what slots say of them, the right intents.

    Parameters
    ----------
    model : Model
        At temperature 1.
    validation : Dataset
        Utterances that it was not trained on; the first 1,000 are looked at.

    Returns
    -------
    dict of str to float
        ``temperature``, ``intent_temperature`` and ``slot_evidence_weight``.
    """
    rows = validation.select(range(min(len(validation), _CALIBRATED)))
    filler = SlotFiller(model)
    edges = rows["edges"][:] if model.edges == "corpus" else [None] * len(rows)
    spans, intents = [], []
    for words, gold, intent, some in zip(
        rows["tokens"][:], rows["tags"][:], rows["intent"][:], edges, strict=True
    ):
        scores = filler.score(words, some)
        tags = [model.tags[k] for k in filler.decoder.decode(scores.logits)]
        found = spans_of(tags)
        right = set(spans_of(gold))
        if found:
            spans.append((scores.logits, found, [span in right for span in found]))
        if scores.intents is not None and (number := filler.intents.number(intent)) is not None:
            intents.append((scores, number))

    def span_loss(temperature: float) -> float:
        confidences: list[float] = []
        for logits, found, _ in spans:
            (lattice,) = lattices(filler.decoder.chain, logits[None], temperature)
            confidences += [lattice.span(*span) for span in found]
        return log_loss(confidences, [hit for *_, hits in spans for hit in hits])

    temperature = fit_temperature(span_loss) if spans else 1.0
    heat, share = _fit_intents(filler, intents, temperature) if intents else (1.0, 0.0)
    return {"temperature": temperature, "intent_temperature": heat, "slot_evidence_weight": share}


def _fit_intents(
    filler: SlotFiller, found: Sequence[tuple[Scores, int]], temperature: float
) -> tuple[float, float]:
    """Fit the temperature of intents, and the share of what slots say, to N sets of intents."""
    own, said = [], []  # (N, C)
    for scores, _ in found:
        assert scores.intents is not None
        (lattice,) = lattices(filler.decoder.chain, scores.logits[None], temperature)
        own.append(filler.intent_logits(scores.intents))
        said.append(filler.intents.members @ filler.slot_evidence(lattice))
    logits, by_slots = np.array(own, dtype=np.float64), np.array(said, dtype=np.float64)
    right = np.arange(len(found)), [number for _, number in found]

    def heated(share: float) -> tuple[float, float]:
        together = logits + share * by_slots
        top = together.max(axis=1)
        under, over = together - top[:, None], top - together[right]

        def loss(heat: float) -> float:
            return float((np.log(np.exp(under / heat).sum(axis=1)) + over / heat).mean())

        heat = fit_temperature(loss)
        return loss(heat), heat

    share = find_least(lambda share: heated(share)[0], 0.0, 1.0)
    share = min(0.0, share, key=heated)  # exactly, where slots say nothing
    return heated(share)[1], share
