"""An utterance as a line of JSON asks for it to be tagged: its text, and what stands beside it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from slotkit.errors import CorpusError, UtteranceError

if TYPE_CHECKING:
    from slotkit.tagging.filler import SlotFiller
    from slotkit.tagging.result import Tagging


# What an answer says itself, and what was only asked with.
_KNOWN = (
    "text",
    "tokens",
    "tags",
    "confidence",
    "slots",
    "unsure",
    "frame",
    "intent",
    "edges",
    "intents",
    "in_scope",
    "rejected",
    "trace",
)


def _finite(number: str) -> float:
    """Read a number; what JSON cannot write again is refused: NaN, Infinity and 1e999."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is no number of JSON")
    return value


def _are_names(value: Any) -> bool:
    """Tell whether this is a list of strings."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


class Request(NamedTuple):
    """An utterance to be tagged.

    Parameters
    ----------
    text : str
    edges : list of pairs of int, or None
        Of its tokens, for a tagger that was trained on a corpus' own.
    tokens : list of str, or None
        What the edges are of: the tagger must cut the text into these.
    asked : str, list of str, or None
        The slots that were asked after.
    others : dict
        What else the line has, for whoever joins answers to questions.
    """

    text: str
    edges: Any = None
    tokens: Any = None
    asked: Any = None
    others: dict[str, Any] = {}  # noqa: RUF012 - never changed

    @classmethod
    def read(cls, line: str) -> Request:
        """Read an utterance in JSON.

        Raises
        ------
        CorpusError
            If it is no object with a text.
        """
        try:
            found = json.loads(line, parse_float=_finite, parse_constant=_finite)
        except (ValueError, RecursionError):
            raise CorpusError("not JSON") from None
        if not isinstance(found, dict) or not isinstance(found.get("text"), str):
            raise CorpusError('expected {"text": "...", "edges": [...]}')
        others = {key: value for key, value in found.items() if key not in _KNOWN}
        asked = found.get("asked")
        if asked is not None and not isinstance(asked, str) and not _are_names(asked):
            raise CorpusError(f'"asked" must be a slot or a list of them, got {asked!r}')
        return cls(found["text"], found.get("edges"), found.get("tokens"), asked, others)

    def answer(self, filler: SlotFiller, n: int = 1, **given: Any) -> list[Tagging]:
        """Tag the utterance, as `SlotFiller.tag_n_best` does with what is given.

        What the line says was asked goes before what is given for all.

        Raises
        ------
        UtteranceError
            As `SlotFiller.tag`, or if the edges are of other tokens than the tagger's.
        """
        if self.asked is not None:
            given["expect"] = self.asked
        taggings = filler.tag_n_best(self.text, n, edges=self.edges, **given)
        if self.edges is not None and self.tokens not in (None, taggings[0].tokens):
            raise UtteranceError("edges index tokens, and this tagger cuts the text into others")
        return taggings
