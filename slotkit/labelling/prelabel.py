"""What a tagger makes of utterances before anybody labels them, and how well it did on others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from slotkit.corpus.formats.characters import Marked
from slotkit.errors import UtteranceError
from slotkit.labelling.answers import Answer
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.result import Slot, Tagging
from slotkit.text.spans import whole_tokens
from slotkit.text.tags import Span
from slotkit.text.tokenizer import Tokens

_TOGETHER = 500  # utterances, whose distributions are in memory at once


class Suggestion(NamedTuple):
    """What is marked on an utterance before it is labelled.

    Parameters
    ----------
    spans : list of Span
        Of its tokens.
    confidence : float or None
        The probability of all of it; None where no tagger made it.
    """

    spans: list[Span]
    confidence: float | None


def prelabel(
    filler: SlotFiller, texts: Sequence[str], tokens: Sequence[Tokens]
) -> list[Suggestion]:
    """Tag utterances, and put the slots on their tokens, which another tokenizer may have cut.

    An utterance that the tagger cannot read has no slots, and a confidence of 0.
    """
    found: list[Suggestion] = []
    for first in range(0, len(texts), _TOGETHER):
        some = texts[first : first + _TOGETHER]
        taggings: Iterable[Tagging | None]
        try:
            taggings = filler.tag_batch(some)
        except UtteranceError:  # one of them is too long
            taggings = (_tag(filler, text) for text in some)
        for tagging, cut in zip(taggings, tokens[first : first + _TOGETHER], strict=True):
            if tagging is None:
                found.append(Suggestion([], 0.0))
            else:
                found.append(Suggestion(put_on(cut, _slots(tagging)), tagging.confidence))
    return found


def _tag(filler: SlotFiller, text: str) -> Tagging | None:
    """Tag an utterance; None where it cannot be."""
    try:
        return filler.tag(text)
    except UtteranceError:
        return None


def _slots(tagging: Tagging) -> list[Slot]:
    """Return all slots of a tagging, those it is unsure of too."""
    return sorted([*tagging.slots, *tagging.unsure], key=lambda slot: slot.start)


def put_on(tokens: Tokens, slots: Iterable[Slot | Marked]) -> list[Span]:
    """Put slots on the tokens that they cover most of, in their order; of two on one the first."""
    spans: list[Span] = []
    for slot in slots:
        place = whole_tokens(tokens, slot.start, slot.end)
        if place is not None and (not spans or spans[-1].end <= place[0]):
            spans.append(Span(*place, slot.name))
    return spans


def f1_of(filler: SlotFiller, answers: Iterable[Answer]) -> float:
    """Compute the span F1 of a tagger on what was labelled, skipped ones left out.

    Returns
    -------
    float
        Strict, of all slots together; 0.0 where there is none.
    """
    right = found = wanted = 0
    for answer in answers:
        if answer.slots is None:
            continue
        gold = {(one.start, one.end, one.name) for one in answer.slots}
        tagging = _tag(filler, answer.text)
        told = set() if tagging is None else {(s.start, s.end, s.name) for s in _slots(tagging)}
        right, found, wanted = right + len(gold & told), found + len(told), wanted + len(gold)
    return 2 * right / max(1, found + wanted)
