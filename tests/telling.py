"""Taggers that give the logits that a test wants."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import numpy as np

from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.result import Slot, Tagging
from slotkit.text.tags import is_legal, spans_of

MakeModel = Callable[..., Model]


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
