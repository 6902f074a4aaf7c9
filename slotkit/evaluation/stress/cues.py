"""Cues: the words beside a value that, in training, tell which of the slots of its kind it has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from slotkit.evaluation.stress.parsed import EDGE, Item, Items, Parsed

_LEAST = 5  # times that a cue stands beside a value; that a word is said where it hints at a slot
_PURE = 0.95  # of the times of a cue, with one slot
_MOST = 2 / 3  # of the values of a kind: nearly any word would pass for a cue of such a slot
_RAISED = 0.25  # a word hints at a slot whose share of a kind is so much higher where it is said


class Cues:
    """What training has beside the values of each kind, and in the same utterance.

    `slots` has the slot that words are a cue of, by kind, side and words; `shortest` the same
    without cues that only add words to another. `beyond` counts the slots beside words and what
    is beyond these: one item, or two; then of values that are the only one of their kind.
    """

    def __init__(self, train: Iterable[Parsed]) -> None:
        beside: defaultdict[tuple[str, str, Items], Counter[str]] = defaultdict(Counter)
        self.beyond: defaultdict[tuple[str, str, Items, Items], Counter[str]] = defaultdict(Counter)
        self._company: defaultdict[tuple[Item, str], Counter[str]] = defaultdict(Counter)
        self._followed: set[tuple[str, Items, Items]] = set()
        for row in train:
            said = {EDGE, *(item for item in row.items if isinstance(item, str))}
            for place, (_, slot, kind) in row.roles():
                for word in said:
                    self._company[word, kind][slot] += 1
                for run in row.runs(place):
                    side, first, last = run
                    items = row.items[first:last]
                    beside[kind, side, items][slot] += 1
                    self.beyond[kind, side, items, row.beyond(run, 1)][slot] += 1
                    if len(row.places(kind)) == 1:  # "between Rome" alone would ask for another
                        self.beyond[kind, side, items, row.beyond(run, 2)][slot] += 1
                    if side == "before":
                        self._followed.add((kind, items, row.items[place + 1 : place + 2]))
        self.slots: dict[tuple[str, str, Items], str] = {}
        self.shortest: defaultdict[tuple[str, str], dict[Items, str]] = defaultdict(dict)
        for (kind, side, items), slots in beside.items():  # the shorter ones first
            slot, count = slots.most_common(1)[0]
            if slots.total() >= _LEAST and count >= _PURE * slots.total():
                self.slots[kind, side, items] = slot
                inner = items[1:] if side == "before" else items[:-1]
                if (kind, side, inner) not in self.slots:
                    self.shortest[kind, side][items] = slot
        self.words = {item for _, _, items in self.slots for item in items}

    def agree(self, row: Parsed, kind: str) -> bool:
        """Tell whether the cues beside the values of a kind are those of their slots.

        What follows the value must in training follow it too: "between Rome" asks for "and".
        """
        for place in row.places(kind):
            for side, first, last in row.runs(place):
                items = row.items[first:last]
                hint = self.slots.get((kind, side, items))
                if hint not in (None, row.parts[place].slot):
                    return False
                follows = (kind, items, row.items[place + 1 : place + 2])
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
        """Tell whether a slot is too usual to be learned, or a word hints at another."""
        usual = self._company[EDGE, kind]
        if usual[slot] > _MOST * usual.total():
            return True
        for word in items:
            found = self._company.get((word, kind), Counter())
            for other, count in found.items() if found.total() >= _LEAST else ():
                raised = count / found.total() - usual[other] / usual.total()
                if other != slot and raised >= _RAISED:
                    return True
        return False
