"""The temperatures that make a trained model's confidences mean what they say."""

from __future__ import annotations

import numpy as np
from datasets import Dataset

from slotkit.calibration import fit_temperature, log_loss
from slotkit.filler import SlotFiller
from slotkit.lattice import lattices
from slotkit.model_file import Model
from slotkit.tags import spans_of

_CALIBRATED = 1_000  # utterances on which temperatures are fitted


def calibrate(model: Model, validation: Dataset) -> dict[str, float]:
    """Fit the temperatures of a model.

    That of slots makes the confidences of predicted spans the likeliest, given which of them are
    right; that of intents, the right intents.

    Parameters
    ----------
    model : Model
        At temperature 1.
    validation : Dataset
        Utterances that it was not trained on; the first 1,000 are looked at.

    Returns
    -------
    dict of str to float
        ``temperature`` and ``intent_temperature``.
    """
    rows = validation.select(range(min(len(validation), _CALIBRATED)))
    filler = SlotFiller(model)
    edges = rows["edges"][:] if model.edges == "corpus" else [None] * len(rows)
    spans, wanted = [], []
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
            wanted.append((filler.intent_logits(scores.intents), number))

    def span_loss(temperature: float) -> float:
        confidences: list[float] = []
        for logits, found, _ in spans:
            (lattice,) = lattices(filler.decoder, logits[None], temperature)
            confidences += [lattice.span(*span) for span in found]
        return log_loss(confidences, [hit for *_, hits in spans for hit in hits])

    def intent_loss(temperature: float) -> float:
        losses = [np.logaddexp.reduce(s / temperature) - s[n] / temperature for s, n in wanted]
        return float(np.mean(losses))

    return {
        "temperature": fit_temperature(span_loss) if spans else 1.0,
        "intent_temperature": fit_temperature(intent_loss) if wanted else 1.0,
    }
