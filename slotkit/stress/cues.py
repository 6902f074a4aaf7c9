"""Cues: the words beside a value that, in training, tell which of the slots of its kind it has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from slotkit.stress.parsed import EDGE, Item, Items, Parsed

_LEAST = 5  # times that a cue stands beside a value; that a word is said where it hints at a slot
_PURE = 0.95  # of the times of a cue, with one slot
_RAISED = 0.25  # a word hints at a slot whose share of a kind is so much higher where it is said


class Cues:
    """What training has beside the values of each kind, and in the same utterance.

    A run of words is a cue when it stands beside its kind of value at least 5 times, and in 95 %
    of these with one slot.
    """

    def __init__(self, train: Iterable[Parsed]) -> None:
        beside: defaultdict[tuple[str, str, Items], Counter[str]] = defaultdict(Counter)
        self._beyond: defaultdict[tuple[str, str, Items, Items], Counter[str]]
        self._beyond = defaultdict(Counter)
        self._company: defaultdict[tuple[Item, str], Counter[str]] = defaultdict(Counter)
        self._followed: set[tuple[str, Items, Item]] = set()
        for row in train:
            said = {EDGE, *(item for item in row.items if isinstance(item, str))}
            for place, (_, slot, kind) in row.roles():
                for word in said:
                    self._company[word, kind][slot] += 1
                for run in row.runs(place):
                    side, first, last = run
                    items = row.items[first:last]
                    beside[kind, side, items][slot] += 1
                    self._beyond[kind, side, items, row.beyond(run, 1)][slot] += 1
                    if len(row.places(kind)) == 1:  # "between Rome" alone would ask for another
                        self._beyond[kind, side, items, row.beyond(run, 2)][slot] += 1
                    if side == "before":
                        self._followed.add((kind, items, row.beside(place)[1]))
        self._slots: dict[tuple[str, str, Items], str] = {}
        self._shortest: defaultdict[tuple[str, str], dict[Items, str]] = defaultdict(dict)
        for (kind, side, items), slots in beside.items():  # the shorter ones first
            slot, count = slots.most_common(1)[0]
            if slots.total() >= _LEAST and count >= _PURE * slots.total():
                self._slots[kind, side, items] = slot
                inner = items[1:] if side == "before" else items[:-1]
                if (kind, side, inner) not in self._slots:
                    self._shortest[kind, side][items] = slot
        self.words = {item for _, _, items in self._slots for item in items}

    def slot(self, kind: str, side: str, items: Items) -> str | None:
        """Give the slot that a run of words is a cue of."""
        return self._slots.get((kind, side, items))

    def shortest(self, kind: str, side: str) -> dict[Items, str]:
        """Give the cues on one side of a kind of value without those that only add words."""
        return self._shortest.get((kind, side), {})

    def beyond(self, kind: str, side: str, items: Items, beyond: Items) -> Counter[str]:
        """Count the slots of values that stand beside these words and what is beyond them.

        That is one item, or two: then of values that are the only one of their kind.
        """
        return self._beyond.get((kind, side, items, beyond), Counter())

    def agree(self, row: Parsed, kind: str) -> bool:
        """Tell whether the cues beside the values of a kind are those of their slots.

        What follows the value must in training follow it too: "between Rome" asks for "and".
        """
        for place in row.places(kind):
            for side, first, last in row.runs(place):
                items = row.items[first:last]
                hint = self.slot(kind, side, items)
                if hint not in (None, row.parts[place].slot):
                    return False
                follows = (kind, items, row.beside(place)[1])
                if hint and side == "before" and follows not in self._followed:
                    return False
        return True

    def steady(self, row: Parsed, kind: str, items: Items) -> bool:
        """Tell whether these words leave the roles of other kinds alone.

        In "arrive in Rome on Monday" the day goes with "arrive" too, and would change with it. So
        the slot must be the usual one of its kind, and as usual in utterances with these words.
        """
        for _, (_, slot, other) in row.roles():
            if other == kind:
                continue
            usual = self._company[EDGE, other]
            if usual.most_common(1)[0][0] != slot:
                return False
            least = usual[slot] / usual.total() - (1 - _PURE)
            for word in items:
                found = self._company.get((word, other), Counter())
                if found.total() < _LEAST or found[slot] < least * found.total():
                    return False
        return True

    def against(self, kind: str, slot: str, items: Items) -> bool:
        """Tell whether a word hints at another slot of a kind, from wherever it stands."""
        usual = self._company[EDGE, kind]
        for word in items:
            found = self._company.get((word, kind), Counter())
            for other, count in found.items() if found.total() >= _LEAST else ():
                raised = count / found.total() - usual[other] / usual.total()
                if other != slot and raised >= _RAISED:
                    return True
        return False
