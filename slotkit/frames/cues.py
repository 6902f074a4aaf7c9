"""Which of several slots a span fills, told by the words around it.

A guard behind the tagger, which is told what was asked: "to Taipei" is the destination even where
the departure was asked for, and a bare "Taipei" is what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from slotkit.frames.frame import CUE, FrameSlot
from slotkit.frames.words import says_nothing
from slotkit.values.fold import is_chinese


class Span(NamedTuple):
    """A stretch of an utterance and the slot that it fills."""

    slot: str
    said: str
    start: int
    end: int


def place(
    span: Span, text: str, mates: Sequence[FrameSlot], asked: str | None, *, bare: bool
) -> str:
    """Return the slot that a span fills.

    Parameters
    ----------
    span : Span
        As the tagger has it.
    text : str
        The utterance.
    mates : sequence of FrameSlot
        The slots that it may fill, its own among them.
    asked : str, optional
        What was asked for.
    bare : bool
        The utterance is nothing but values, polite and small words.

    Examples
    --------
    >>> from slotkit.values import Type
    >>> to, leave = (
    ...     FrameSlot(name, Type("place"), {}, cues={"en": [cue]})
    ...     for name, cue in {"to": "to _", "leave": "from _"}.items()
    ... )
    >>> place(Span("leave", "Rome", 3, 7), "to Rome", [to, leave], "leave", bare=False)
    'to'
    >>> place(Span("to", "Rome", 0, 4), "Rome, please", [to, leave], "leave", bare=True)
    'leave'
    """
    before, after = text[: span.start].casefold(), text[span.end :].casefold()
    told = [slot.name for slot in mates if _has_cue(slot, before, after)]
    if told:
        return span.slot if span.slot in told else told[0]
    if bare and asked is not None and asked in [slot.name for slot in mates]:
        return asked
    return span.slot


def is_bare(text: str, spans: Iterable[tuple[int, int]]) -> bool:
    """Tell whether an utterance is nothing but values, polite and small words.

    Examples
    --------
    >>> is_bare("Rome, please", [(0, 4)]), is_bare("to Rome", [(3, 7)])
    (True, False)
    """
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return says_nothing(text)


def _has_cue(slot: FrameSlot, before: str, after: str) -> bool:
    """Tell whether one of the cues of a slot stands around a span."""
    for cue in (cue for cues in slot.cues.values() for cue in cues):
        head, _, tail = cue.partition(CUE)
        if not is_chinese(cue):  # whole words, and whatever white space
            head, tail = (f" {part.strip()} " if part.strip() else "" for part in (head, tail))
            texts = [f" {' '.join(part.split())} " for part in (before, after)]
        else:
            texts = [part.strip() for part in (before, after)]
        if texts[0].endswith(head) and texts[1].startswith(tail):
            return True
    return False
