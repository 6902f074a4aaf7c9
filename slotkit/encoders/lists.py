"""Lists of values: whether a run of words stands in the list of some kind of value."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.encoders.encoder import Encoder
from slotkit.encoders.words import LONGEST_WORD
from slotkit.text.kinds import Value

_LONG = 8  # letters of a word from which on one typo is forgiven
_KEPT = 1 << 14  # words of which is kept how lists write them


@lru_cache(maxsize=_KEPT)
def fold(word: str) -> str:
    """Write a word without case and accents.

    Examples
    --------
    >>> fold("Zürich"), fold("台北")
    ('zurich', '台北')
    """
    if word.isascii():
        return word.lower()
    parts = unicodedata.normalize("NFD", word[:LONGEST_WORD].casefold())
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def without_a_letter(word: str) -> set[str]:
    """Return what a word becomes without any one of its letters, and the word itself."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


class Lists(Encoder):
    """Whether a word begins or goes on with a value of a list: two numbers for each kind.

    In each kind the longest run of words counts, from the left. Case and accents do not matter,
    nor does one typo in a word of 8 letters or more: one letter more, less or other, or two
    exchanged.

    Parameters
    ----------
    lists : mapping of str to sequence of sequence of str
        The values of each kind, cut into words.
    slots : mapping of str to str
        The kind of each slot that has a list.
    """

    name = "lists"
    options = ("lists", "slots")

    def __init__(
        self,
        *,
        lists: Mapping[str, Iterable[Sequence[str]]] | None = None,
        slots: Mapping[str, str] | None = None,
    ) -> None:
        self.slots = dict(slots or {})
        self.lists = {
            kind: sorted({tuple(v) for v in values})
            for kind, values in sorted((lists or {}).items())
        }
        self.context_size = 2 * len(self.lists)
        self._set()

    def _set(self) -> None:
        """Lay out the lists as a tree of words; None of a word leads to the kinds that end."""
        self._tree: dict[Any, Any] = {}
        self._written: dict[str, str] = {}  # what a word may be without a letter: the word
        known: set[str] = set()
        for number, values in enumerate(self.lists.values()):
            for value in values:
                node = self._tree
                for word in map(fold, value):
                    known.add(word)
                    node = node.setdefault(word, {})
                node.setdefault(None, []).append(number)
        self._known = known
        self._long: dict[str, str] | None = None  # laid out when the first long word is unknown
        self._read = lru_cache(maxsize=_KEPT)(self._find)

    def fit(self, words: Mapping[str, int]) -> None:
        pass

    def names(self) -> dict[str, list[str]]:
        if not self.lists:
            return {}
        return {"context": [f"{kind} {part}" for kind in self.lists for part in ("B", "I")]}

    def join(self, other: Encoder) -> None:
        assert isinstance(other, Lists)
        none: list[tuple[str, ...]] = []
        self.lists = {
            kind: sorted({*self.lists.get(kind, none), *other.lists.get(kind, none)})
            for kind in sorted({*self.lists, *other.lists})
        }
        self.slots = other.slots | self.slots
        self.context_size = 2 * len(self.lists)
        self._set()

    def exchanged(self, lists: Mapping[str, Iterable[Value]]) -> Lists:
        """Return this encoder with other values of some slots, for all slots of their kind.

        Raises
        ------
        ValueError
            If a slot has no list.
        """
        for slot in lists:
            if slot not in self.slots:
                raise ValueError(f"no list of slot {slot!r}; there are {', '.join(self.slots)}")
        new: dict[str, list[Value]] = {}
        for slot, values in lists.items():
            new.setdefault(self.slots[slot], []).extend(values)
        return Lists(lists=self.lists | new, slots=self.slots)

    def _find(self, token: str) -> str | None:
        """Return how lists write a word, None where no list has it."""
        word = fold(token)
        if word in self._known:
            return word
        if len(word) < _LONG or len(word) > LONGEST_WORD:
            return None
        if self._long is None:
            long = sorted(known for known in self._known if len(known) >= _LONG)
            self._long = {form: known for known in long for form in without_a_letter(known)}
        found = (self._long.get(form) for form in without_a_letter(word))
        return min((one for one in found if one is not None), default=None)

    def context(self, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        found = np.zeros((len(tokens), self.context_size), dtype=np.float32)
        words = [self._read(token) for token in tokens]
        free = [0] * len(self.lists)  # where the next value of each kind may begin
        for start, word in enumerate(words):
            if word is None or word not in self._tree:
                continue
            longest: dict[int, int] = {}
            node, end = self._tree, start
            while end < len(words) and words[end] is not None and words[end] in node:
                node, end = node[words[end]], end + 1
                for kind in node.get(None, ()):
                    longest[kind] = end
            for kind, last in longest.items():
                if start >= free[kind]:
                    found[start, 2 * kind] = 1
                    found[start + 1 : last, 2 * kind + 1] = 1
                    free[kind] = last
        return found

    def to_config(self) -> dict[str, Any]:
        lists = {kind: [list(value) for value in values] for kind, values in self.lists.items()}
        return {"name": self.name, "lists": lists, "slots": self.slots}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Lists:
        if set(config) != {"name", "lists", "slots"}:
            raise ValueError("encoder 'lists' has lists and slots")
        lists, slots = config["lists"], config["slots"]
        if not isinstance(lists, dict) or not isinstance(slots, dict):
            raise ValueError("lists and slots must be objects")
        for kind, values in lists.items():
            if not isinstance(values, list) or not all(map(_is_value, values)):
                raise ValueError(f"list {kind!r} must hold values, each a list of words")
        if any(not isinstance(kind, str) or kind not in lists for kind in slots.values()):
            raise ValueError("slots must name lists")
        return cls(lists=lists, slots=slots)


def _is_value(value: object) -> bool:
    """Tell whether this is a list of words."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(word, str) and word for word in value)
    )
