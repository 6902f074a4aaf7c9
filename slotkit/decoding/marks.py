"""Marks at the ends of values: none that no training value of the slot has.

A token of nothing but punctuation, symbols or characters without width is a mark. A value begins
with one only if a training value of its slot does, and ends so too; inside it may stand, as the &
of "Smith & Sons". So "(Taipei)" gives Taipei, whatever the network says of a bracket that it has
never seen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from slotkit.text.tags import OUTSIDE, split_tag

Array = npt.NDArray[np.float32]

# Added to a logit, as often as it takes: no tag is as likely, and scores stay near enough to one
# another that products of their exponentials fit into a double.
_FORBIDDEN = np.float32(-80)
ROUNDS = 50  # at most: a damaged model may have nothing else
_APART = re.compile(r"(?<!\S)[^\w\s]+(?!\S)")  # what may be a mark, between blanks
_KEPT = 1000  # marks of which is kept what is added


@lru_cache(maxsize=4096)
def is_mark(token: str) -> bool:
    """Tell whether a token is nothing but punctuation, symbols or characters without width.

    Examples
    --------
    >>> is_mark("?!"), is_mark("🙂"), is_mark("p.m."), is_mark("3")
    (True, True, False, False)
    """
    return all(unicodedata.category(one)[0] in "PS" or one in _NO_WIDTH for one in token)


_NO_WIDTH = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufe0f\ufeff"


# A quotation mark and the one that closes it.
_QUOTES = {"'": "'", '"': '"', "\u2018": "\u2019", "\u2019": "\u2019", "\u201c": "\u201d"}


def _opens(words: Sequence[str], place: int) -> bool:
    """Tell whether a mark opens a quotation: another closes it, before another word than it has.

    Examples
    --------
    >>> _opens(["to", "'", "Rome", "'", "now"], 1), _opens(["to", "'", "s", "-", "Hertogen"], 1)
    (True, False)
    """
    closing = _QUOTES.get(words[place])
    if closing is None:
        return False
    behind = words[place + 1 : place + 2]
    return any(
        words[k] == closing and words[k + 1 : k + 2] != behind for k in range(place + 2, len(words))
    )


Marks = tuple[list[str], list[str]]  # those at which the values of a slot begin, and end


def marks_of(values: Mapping[str, Iterable[Sequence[str]]]) -> dict[str, Marks]:
    """Return the marks at which the values of each slot begin and end; no slot without any.

    Examples
    --------
    >>> marks_of({"city": [["(", "Rome"], ["Rome"]], "day": [["1", "/", "2"]]})
    {'city': (['('], [])}
    """
    found: dict[str, Marks] = {}
    for slot, held in values.items():
        firsts, lasts = zip(*((value[0], value[-1]) for value in held), strict=True)
        marks = sorted(filter(is_mark, {*firsts})), sorted(filter(is_mark, {*lasts}))
        if any(marks):
            found[slot] = marks
    return found


class ValueMarks:
    """What keeps marks off the ends of values.

    Parameters
    ----------
    tags : sequence of str
        The K tags in the order of the logits.
    marks : mapping of str to (list of str, list of str), or None
        As `marks_of` gives them; None where nobody knows: then all are allowed.
    """

    def __init__(
        self, tags: Sequence[str], marks: Mapping[str, Sequence[Sequence[str]]] | None
    ) -> None:
        self._marks = marks
        self._known = marks is not None and OUTSIDE in tags  # without it nothing else is left
        self._tags = [split_tag(tag) for tag in tags]
        self._begins = np.array([prefix == "B" for prefix, _ in self._tags])  # (K,)
        self._beginnings: dict[str, Array] = {}  # of a mark: what is added to its logits, (K,)

    def lower_beginnings(
        self, logits: Array, several: Sequence[Sequence[str]]
    ) -> dict[int, list[int]]:
        """Lower the logits of marks as the beginnings of values.

        Parameters
        ----------
        logits : array of float32, shape (B, T, K)
            Changed in place.
        several : sequence of sequence of str
            The T tokens of each utterance.

        Returns
        -------
        dict of int to list of int
            Of the utterances that have marks where these stand, for `lower_ends`.
        """
        found: dict[int, list[int]] = {}
        for row, words in enumerate(several if self._known else ()):
            if "".join(words).isalnum() or not _APART.search(" ".join(words)):
                continue
            found[row] = places = [place for place, word in enumerate(words) if is_mark(word)]
            for place in places:
                if _opens(words, place):
                    logits[row, place, self._begins] += _FORBIDDEN
                else:
                    logits[row, place] += self._beginning(words[place])
        return found

    def lower_ends(
        self, logits: Array, words: Sequence[str], places: Sequence[int], best: Sequence[int]
    ) -> bool:
        """Lower the logits of marks at which values of the best sequence begin or end, if any do.

        The marks before an end, at which the value would end next, are lowered with it.

        Parameters
        ----------
        logits : array of float32, shape (T, K)
            Changed in place.
        words : sequence of str
        places : sequence of int
            Of the marks among them.
        best : sequence of int
            The numbers of the best tags.

        Returns
        -------
        bool
            Whether there was any: then another sequence may be the best.
        """
        lowered = False
        tags = [*(self._tags[k] for k in best), ("O", "")]
        for place in places:
            prefix, slot = tags[place]
            if prefix == "B" and words[place] not in self._of(slot)[0]:
                logits[place, best[place]] += _FORBIDDEN
                lowered = True
            if not slot or tags[place + 1] == ("I", slot):
                continue
            while place in places and tags[place][1] == slot:
                if words[place] in self._of(slot)[1]:
                    break
                logits[place, best[place]] += _FORBIDDEN
                lowered = True
                place -= 1
        return lowered

    def keep_off(
        self,
        logits: Array,
        several: Sequence[Sequence[str]],
        decode: Callable[[Array], npt.NDArray[np.intp]],
    ) -> None:
        """Lower the logits of marks until no best sequence has one at the end of a value.

        Parameters
        ----------
        logits, several
            As in `lower_beginnings`.
        decode : callable
            From logits, (T, K), to the numbers of the best tags.
        """
        for row, places in self.lower_beginnings(logits, several).items():
            for _ in range(ROUNDS):
                best = decode(logits[row]).tolist()
                if not self.lower_ends(logits[row], several[row], places, best):
                    break

    def _of(self, slot: str) -> Sequence[Sequence[str]]:
        """Return the marks at which values of a slot begin, and end."""
        return (self._marks or {}).get(slot, ((), ()))

    def _beginning(self, mark: str) -> Array:
        """Return what is added to the logits of a mark, since some slots do not begin with it."""
        found = self._beginnings.get(mark)
        if found is None:
            found = np.zeros(len(self._tags), dtype=np.float32)
            for k, (prefix, slot) in enumerate(self._tags):
                if prefix == "B" and mark not in self._of(slot)[0]:
                    found[k] = _FORBIDDEN
            if len(self._beginnings) < _KEPT:
                self._beginnings[mark] = found
        return found
