"""Values of slots out of the words for them: the one file of this room that calls `resolve`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from slotkit.frames.cues import Span
from slotkit.frames.frame import FrameSlot
from slotkit.frames.shapes import fits
from slotkit.frames.words import takes_back
from slotkit.values import Resolved, resolve
from slotkit.values.fold import is_chinese

_BETWEEN = {"en": "between {} and {}", "zh": "{}到{}"}  # an interval, as it is said


class Reader(NamedTuple):
    """What words are read by.

    Parameters
    ----------
    language : str
        Of words that do not tell their own, as 11/2.
    now : datetime
        From when days are counted.

    Examples
    --------
    >>> from slotkit.values import Type
    >>> slot = FrameSlot("day", Type("date"), {})
    >>> Reader("en", datetime(2026, 11, 2)).read(slot, "tomorrow").value
    '2026-11-03'
    """

    language: str
    now: datetime

    def _language_of(self, said: str) -> str:
        """Return the language of words: who writes Chinese may say "next Friday" too."""
        if is_chinese(said):
            return "zh"
        return "en" if re.search("[A-Za-z]", said) else self.language

    def read(self, slot: FrameSlot, said: str) -> Resolved:
        """Read words as a value of a slot's type; a value of another kind is none of it."""
        found = resolve(said, slot.type, now=self.now, language=self._language_of(said))
        meant = [one for one in found.alternatives if fits(one, slot.kind)]
        if found.value is not None and not fits(found.value, slot.kind):
            return found._replace(value=None, alternatives=meant, reason="it is something else")
        return found._replace(alternatives=meant)

    def read_spans(
        self, slot: FrameSlot, spans: Sequence[Span], text: str
    ) -> tuple[list[str], Resolved]:
        """Read what an utterance says of a slot as one value: of several spans the last, or all.

        Returns
        -------
        list of str
            The words of the spans that count.
        Resolved
        """
        last = len(spans) - 1
        if slot.takes_several:  # what is taken back is none of several
            between = [text[one.end : other.start] for one, other in pairwise(spans)]
            last = max((n for n, one in enumerate(between, 1) if takes_back(one)), default=0)
        said = [span.said for span in spans[last:]]
        if slot.combine == "interval" and len(said) > 1:
            both = _BETWEEN[self._language_of(said[0])].format(said[0], said[-1])
            return said, self.read(slot, both)
        found = [self.read(slot, words) for words in said]
        unread = next((one for one in found if one.value is None), None)
        if unread is not None:
            alternatives = [] if slot.many or slot.combine else unread.alternatives
            return said, unread._replace(alternatives=alternatives)
        values = [one.value for one in found]
        value = values if slot.many else sum(values) if slot.combine == "sum" else values[-1]
        return said, found[-1]._replace(value=value)
