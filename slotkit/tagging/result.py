"""What a tagger finds in an utterance: its slots, how sure it is of each, and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from json import JSONEncoder
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from slotkit.decoding.intents import Intent
from slotkit.text.spans import frame_of

if TYPE_CHECKING:
    from slotkit.values.result import Resolved  # which tagging loads where it is asked for

Array = npt.NDArray[np.float32]

_DECIMALS = 6  # of confidences and probabilities in JSON
_SUREST = 0.999999
_encode = JSONEncoder(ensure_ascii=False).encode


class Slot(NamedTuple):
    """A slot and what fills it.

    Parameters
    ----------
    name : str
        Of the slot.
    value : str
        What fills it: ``text[start:end]``.
    start, end : int
        Where it stands in the text, in characters, `end` exclusive.
    confidence : float
        The probability that exactly this span is in the tagging: the sum over all legal tag
        sequences that hold it with these borders.
    resolved : Resolved or None
        What `slotkit.values.resolve` makes of the value; None unless the moment of speaking was
        given, and of a slot whose type is not known.
    """

    name: str
    value: str
    start: int
    end: int
    confidence: float
    resolved: Resolved | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the slot as JSON, its confidence rounded to 6 decimals."""
        found = {
            "name": self.name,
            "value": self.value,
            "start": self.start,
            "end": self.end,
            "confidence": _shown(self.confidence),
        }
        return found if self.resolved is None else found | {"resolved": self.resolved.to_json()}


class Tagging(NamedTuple):
    """What a tagger finds in an utterance; equal only to itself.

    Parameters
    ----------
    text : str
        As it was given.
    tokens : list of str
        Its T tokens.
    tags : list of str
        The tag of each, legal IOB2 together.
    probabilities : array of float32, shape (T, K)
        Each token's distribution over the model's tags.
    columns : list of str
        The K tags that the columns of `probabilities` are of.
    slots : list of Slot
        In the order of the text.
    unsure : list of Slot
        Those of less confidence than was asked for, which are not among `slots`.
    confidence : float
        The probability of the tags, all of them.
    intent : Intent or None
        None from a model that tells none, and of a text without words.
    intents : list of Intent
        Single intents, the likeliest first, each with the probability of all sets that hold it.
    in_scope : float or None
        The probability that the utterance is any of the tagger's business; None from a model that
        has not learned what is none, and of a text without words.
    rejected : bool
        Whether that is below the model's threshold: then all slots are unsure.
    """

    text: str
    tokens: list[str]
    tags: list[str]
    probabilities: Array
    columns: list[str]
    slots: list[Slot]
    unsure: list[Slot]
    confidence: float = 1.0
    intent: Intent | None = None
    intents: Sequence[Intent] = ()
    in_scope: float | None = None
    rejected: bool = False

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return id(self)

    @property
    def frame(self) -> dict[str, list[str]]:
        """The values of each slot, in the order of the text."""
        return frame_of((slot.name, slot.value) for slot in self.slots)

    def to_json(self, *, probabilities: bool = False) -> dict[str, Any]:
        """Return what ``slotkit tag --json`` prints.

        Parameters
        ----------
        probabilities : bool
            Add ``probabilities``: for each token an object from every tag of the model to its
            probability; and ``intents``, those of all intents, the likeliest first.

        Returns
        -------
        dict
            JSON values; confidences and probabilities are rounded to 6 decimals. ``intent``,
            ``in_scope`` and ``rejected`` are there where the model tells them.
        """
        found: dict[str, Any] = {
            "text": self.text,
            "tokens": self.tokens,
            "tags": self.tags,
            "confidence": _shown(self.confidence),
            "slots": [slot.to_json() for slot in self.slots],
            "unsure": [slot.to_json() for slot in self.unsure],
            "frame": self.frame,
        }
        if self.intent is not None:
            name, confidence = self.intent
            found["intent"] = {"name": name, "confidence": _shown(confidence)}
        if self.in_scope is not None:
            found |= {"in_scope": _shown(self.in_scope), "rejected": self.rejected}
        if probabilities:
            if self.intents:
                found["intents"] = {name: _shown(p) for name, p in self.intents}
            found["probabilities"] = [
                {tag: round(p, _DECIMALS) for tag, p in zip(self.columns, row, strict=True)}
                for row in self.probabilities.tolist()
            ]
        return found

    def to_json_line(self) -> str:
        """Write what `to_json` returns as `json.dumps` does, with ``ensure_ascii=False``.

        In two thirds of the time.
        """
        found = (
            f'{{"text": {quoted(self.text)}, "tokens": {_list(self.tokens)}, '
            f'"tags": {_list(self.tags)}, "confidence": {_shown(self.confidence)!r}, '
            f'"slots": [{", ".join(map(_slot, self.slots))}], '
            f'"unsure": [{", ".join(map(_slot, self.unsure))}], '
            f'"frame": {{{", ".join(f"{quoted(n)}: {_list(v)}" for n, v in self.frame.items())}}}'
        )
        if self.intent is not None:
            name, confidence = self.intent
            intent = f'{{"name": {quoted(name)}, "confidence": {_shown(confidence)!r}}}'
            found += f', "intent": {intent}'
        if self.in_scope is not None:
            told = "true" if self.rejected else "false"
            found += f', "in_scope": {_shown(self.in_scope)!r}, "rejected": {told}'
        return found + "}"


def _list(texts: list[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def _slot(slot: Slot) -> str:
    name, value, start, end, confidence, resolved = slot
    told = "" if resolved is None else f', "resolved": {_encode(resolved.to_json())}'
    return (
        f'{{"name": {quoted(name)}, "value": {quoted(value)}, "start": {start}, '
        f'"end": {end}, "confidence": {_shown(confidence)!r}{told}}}'
    )


def _shown(confidence: float) -> float:
    """Round a confidence, and never up to 1: no model is certain."""
    return min(round(confidence, _DECIMALS), _SUREST)
