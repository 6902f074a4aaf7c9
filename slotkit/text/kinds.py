"""Which slots hold the same kind of value: departure and destination both hold places.

Found from the labelled values alone. Two slots are of one kind when enough of what they hold is
held by the other too: counted by occurrence, a quarter on both sides and at least five different
values; a tenth where their names end alike (``fromloc.city_name``, ``toloc.city_name``).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from slotkit.text.tags import spans_of

_SHARED = 0.25  # of the occurrences of each slot, in values that the other has too
_LEAST = 5  # different values that two slots share
_SHARED_NAMESAKES = 0.1  # the same where the names end alike; then one shared value is enough

Value = tuple[str, ...]


def slot_values(
    tokens: Iterable[Sequence[str]], tags: Iterable[Sequence[str]]
) -> dict[str, Counter[Value]]:
    """Count the values of each slot, as they are written.

    Examples
    --------
    >>> slot_values([["to", "New", "York"]], [["O", "B-city", "I-city"]])
    {'city': Counter({('New', 'York'): 1})}
    """
    values: defaultdict[str, Counter[Value]] = defaultdict(Counter)
    for words, sequence in zip(tokens, tags, strict=True):
        for start, end, slot in spans_of(sequence):
            values[slot][tuple(words[start:end])] += 1
    return dict(values)


def find_kinds(
    values: Mapping[str, Mapping[Value, int]], lists: Mapping[str, Iterable[Value]] | None = None
) -> dict[str, str]:
    """Group slots by the kind of value that they hold.

    Parameters
    ----------
    values : mapping of str to mapping of value to int
        The values of each slot and how often each occurs, as `slot_values` counts them.
    lists : mapping of str to iterable of value, optional
        More values of some slots, each said once. Slots are of one kind with them or without: a
        long list parts none.

    Returns
    -------
    dict of str to str
        The kind of each slot, named after the most frequent slot of that kind. A slot that shares
        its values with no other is a kind of its own.

    Examples
    --------
    >>> places = {("Rome",): 4, ("Taipei",): 3}
    >>> find_kinds({"from.place": places, "to.place": places, "day": {("Monday",): 9}})
    {'from.place': 'from.place', 'to.place': 'from.place', 'day': 'day'}
    """
    counts = {slot: _lower(counted) for slot, counted in values.items()}
    ways = [counts]
    if lists:
        more = {slot: _lower(Counter(lists.get(slot, ()))) for slot in values}
        ways.append({slot: counts[slot] + more[slot] for slot in values})
    kinds = {slot: slot for slot in values}
    for one, other in combinations(values, 2):
        if any(_alike(one, other, way) for way in ways):
            old, new = kinds[other], kinds[one]
            kinds = {slot: new if kind == old else kind for slot, kind in kinds.items()}
    members: defaultdict[str, list[str]] = defaultdict(list)
    for slot, kind in kinds.items():
        members[kind].append(slot)
    names = {kind: max(slots, key=lambda s: counts[s].total()) for kind, slots in members.items()}
    return {slot: names[kind] for slot, kind in kinds.items()}


def _lower(counted: Mapping[Value, int]) -> Counter[Value]:
    """Count values without regard to case."""
    counts: Counter[Value] = Counter()
    for value, count in counted.items():
        counts[tuple(word.lower() for word in value)] += count
    return counts


def _alike(one: str, other: str, counts: Mapping[str, Counter[Value]]) -> bool:
    """Tell whether two slots hold the same kind of value."""
    shared = counts[one].keys() & counts[other].keys()
    masses = [
        sum(counts[slot][value] for value in shared) / max(1, counts[slot].total())
        for slot in (one, other)
    ]
    namesakes = _last_part(one) == _last_part(other)
    if namesakes and shared and min(masses) >= _SHARED_NAMESAKES:
        return True
    return len(shared) >= _LEAST and min(masses) >= _SHARED


def _last_part(slot: str) -> str:
    """Return what stands behind the last stop or underscore of a slot's name."""
    return re.split(r"[._]", slot)[-1]
