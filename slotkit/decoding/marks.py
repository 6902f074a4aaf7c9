"""Marks at the ends of values: none that no training value of the slot has.

A token of nothing but punctuation, symbols or characters without width is a mark. A value begins
with one only if a training value of its slot does, and ends so too; inside it may stand, as the &
of "Smith & Sons". So "(Taipei)" gives Taipei, whatever the network says of a bracket that it has
never seen.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from slotkit.text.tags import split_tag

Array = npt.NDArray[np.float32]

_FORBIDDEN = np.float32(-1e4)  # added to a logit: e to that is 0
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
        self._tags = [split_tag(tag) for tag in tags]
        self._beginnings: dict[str, Array] = {}  # of a mark: what is added to its logits, (K,)

    def keep_off(
        self,
        logits: Array,
        several: Sequence[Sequence[str]],
        decode: Callable[[Array], npt.NDArray[np.intp]],
    ) -> None:
        """Lower the logits of marks until no best sequence has one at the end of a value.

        None is lowered twice: where all tags of a mark are lowered, one of them stays the best.

        Parameters
        ----------
        logits : array of float32, shape (B, T, K)
            Changed in place.
        several : sequence of sequence of str
            The T tokens of each utterance.
        decode : callable
            From logits, (T, K), to the numbers of the best tags.
        """
        if self._marks is None:
            return
        for own, words in zip(logits, several, strict=True):
            if "".join(words).isalnum():
                continue
            places = [place for place, word in enumerate(words) if is_mark(word)]
            for place in places:
                own[place] += self._beginning(words[place])
            may_fall = {place: set(range(len(self._tags))) for place in places}
            while places and self._lower_ends(own, words, may_fall, decode(own).tolist()):
                pass

    def _lower_ends(
        self,
        logits: Array,
        words: Sequence[str],
        may_fall: Mapping[int, set[int]],
        best: list[int],
    ) -> bool:
        """Lower the logits of marks that end a value in the best sequence; tell if there are any.

        The marks before such a one, which would end the value next, are lowered with it. Of every
        mark `may_fall` has the tags that have not been lowered yet.
        """
        lowered = False
        tags = [*(self._tags[k] for k in best), ("O", "")]
        for place in may_fall:
            _, slot = tags[place]
            if not slot or tags[place + 1] == ("I", slot):
                continue
            while place in may_fall and tags[place][1] == slot:
                if self._may_end(words[place], slot):
                    break
                if best[place] in may_fall[place]:
                    may_fall[place].remove(best[place])
                    logits[place, best[place]] += _FORBIDDEN
                    lowered = True
                place -= 1
        return lowered

    def _may_end(self, mark: str, slot: str) -> bool:
        """Tell whether a value of a slot ends with a mark."""
        return mark in (self._marks or {}).get(slot, ((), ()))[1]

    def _beginning(self, mark: str) -> Array:
        """Return what is added to the logits of a mark, since some slots do not begin with it."""
        found = self._beginnings.get(mark)
        if found is None:
            found = np.zeros(len(self._tags), dtype=np.float32)
            for k, (prefix, slot) in enumerate(self._tags):
                if prefix == "B" and mark not in (self._marks or {}).get(slot, ((), ()))[0]:
                    found[k] = _FORBIDDEN
            if len(self._beginnings) < _KEPT:
                self._beginnings[mark] = found
        return found
