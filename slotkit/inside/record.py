"""What a tagger says of given sentences, for a page that has no room for the tagger itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slotkit.inside.payload import arrays_to_json, make_payload
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller

VIEWS = ("tags", "influence", "memory", "gates", "attention", "match", "epochs")  # nothing is run
_CARRIED = ("encoder", "encoder_arrays", "members")


def record(model: Model, name: str, texts: Sequence[str]) -> dict[str, Any]:
    """Write down what a model says of sentences.

    Parameters
    ----------
    model : Model
    name : str
        What the page calls it.
    texts : sequence of str

    Returns
    -------
    dict
        As `slotkit.inside.payload.make_payload` gives it, with ``recorded`` in the place of the
        encoder and the networks.
    """
    filler = SlotFiller(model)
    payload = make_payload(model, name)
    kept = {key: value for key, value in payload.items() if key not in _CARRIED}
    return kept | {"members": [], "recorded": [_of_text(filler, text) for text in texts]}


def _of_text(filler: SlotFiller, text: str) -> dict[str, Any]:
    """Write down a sentence's trace, and what influences what in it."""
    trace = filler.trace(text)
    arrays = {"logits": trace.logits, "softmax": trace.softmax, "legal": trace.legal}
    if trace.crf is not None:
        arrays["crf"] = trace.crf
    return {
        "text": text,
        "words": trace.tokens,
        "tags": trace.tags,
        "active": trace.active,
        "axes": trace.axes,
        "arrays": arrays_to_json({**arrays, "influence": filler.influence(text)}),
        "tensors": arrays_to_json(trace.tensors),
    }
