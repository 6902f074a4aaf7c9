"""Minimal pairs: two utterances that differ in little, and in the slot of the same words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice, product
from typing import NamedTuple

import numpy as np

from slotkit.evaluation.stress.cues import Cues
from slotkit.evaluation.stress.parsed import Items, Parsed, Part, Run, Utterance, find_roles, parse

WAYS = ("values exchanged", "cues exchanged", "cue attested", "cue learned")
SIDES = ("values", "before", "after", "between")

_LIMIT = 1000  # pairs a way
_LEAST_CONTEXT = 2  # times that a learned cue stands behind the words that it is to stand behind


class Pair(NamedTuple):
    """Two utterances that differ in little, and in the slot of the same words.

    Parameters
    ----------
    way : str
        How it was built, one of `WAYS`.
    side : str
        Where the cue stands that differs: ``before`` all values whose slot changes, ``after``
        all of them, or ``between`` two; ``values`` where values changed places.
    first, second : Utterance
        As it stands in the corpus, and what was made of it.
    """

    way: str
    side: str
    first: Utterance
    second: Utterance


def build_pairs(
    train_tokens: Sequence[Sequence[str]],
    train_tags: Sequence[Sequence[str]],
    tokens: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]],
    *,
    seed: int = 1,
) -> list[Pair]:
    """Build minimal pairs from labelled utterances, as `stress` takes them.

    Their labels must be right, so the rules rather lose a pair than make a doubtful one.

    Returns
    -------
    list of Pair
        At most 1,000 of each of four ways.

        - ``values exchanged``: two values of one kind change places, and the slots stay with
          their place. Not where a value stands beside another span or is said twice.
        - ``cues exchanged``: the words beside the only two values of a kind change places, and
          the slots go with them: "to Rome from Oslo" for "from Rome to Oslo".
        - ``cue attested``: another utterance, which may be of training, is the same but for its
          values and at most three words in one place, which stand beside a value, and other
          slots go with them. Not where the same words are labelled in two ways.
        - ``cue learned``: the words beside the only value of a kind are exchanged for others that
          in training stand in that neighbourhood, with one other slot. Not where that slot has
          most values of its kind anyway, or a word of the rest hints at another.

        No cue is exchanged or learned that may change the slots of values of other kinds.
    """
    random = np.random.default_rng(seed)
    roles = find_roles(train_tokens, train_tags)
    train, rows = parse(train_tokens, train_tags, roles), parse(tokens, tags, roles)
    cues = Cues(train)
    built: list[Pair] = []
    for found in (
        _exchange_values(rows),
        _exchange_cues(rows, cues),
        _attested(rows, train),
        _learned(rows, cues),
    ):
        pairs = list({frozenset(tuple(half.tokens) for half in p[2:]): p for p in found}.values())
        drawn = random.permutation(len(pairs))[:_LIMIT]
        built += [pairs[number] for number in sorted(drawn)]
    return built


def _exchange_values(rows: Iterable[Parsed]) -> Iterator[Pair]:
    """Let two values of one kind change places."""
    for row in rows:
        text = _spell(row.utterance.tokens)
        touching = {i + step for i, part in enumerate(row.parts) if part.slot for step in (-1, 1)}
        for (one, mine), (two, theirs) in combinations(row.roles(), 2):
            if mine.kind != theirs.kind or mine.slot == theirs.slot:
                continue
            if {one, two} & touching:  # "Washington" beside "DC"
                continue
            if any(text.count(_spell(part.tokens)) > 1 for part in (mine, theirs)):
                continue
            parts = list(row.parts)
            parts[one] = mine._replace(tokens=theirs.tokens)
            parts[two] = theirs._replace(tokens=mine.tokens)
            yield Pair("values exchanged", "values", row.utterance, Parsed(parts).utterance)


def _spell(tokens: Iterable[str]) -> str:
    """Write words so that whole words are found in them."""
    return "".join(f" {token.lower()} " for token in tokens)


def _exchange_cues(rows: Iterable[Parsed], cues: Cues) -> Iterator[Pair]:
    """Let the cues of the only two values of a kind change places, the shortest that can."""
    for row in rows:
        for kind in sorted({part.kind for _, part in row.roles()}):
            places = row.places(kind)
            if len(places) == 2 and row.parts[places[0]].slot != row.parts[places[1]].slot:
                runs = product(*map(row.runs, places))
                found = (_exchange_two(row, places, one, two, cues) for one, two in runs)
                yield from islice(filter(None, found), 1)


def _exchange_two(
    row: Parsed, places: Sequence[int], one: Run, two: Run, cues: Cues
) -> Pair | None:
    """Let the words beside two values change places, if both are cues and fit there."""
    mine, theirs = (row.parts[place] for place in places)
    kind, (side, a, b), (other, c, d) = mine.kind, one, two
    said, heard = row.items[a:b], row.items[c:d]
    if not (
        side == other
        and cues.slots.get((kind, side, said)) == mine.slot
        and cues.slots.get((kind, side, heard)) == theirs.slot
        and set(cues.beyond.get((kind, side, heard, row.beyond(one, 1)), ())) == {theirs.slot}
        and set(cues.beyond.get((kind, side, said, row.beyond(two, 1)), ())) == {mine.slot}
        and cues.steady(row, kind, said + heard)
    ):
        return None
    parts = list(row.parts)
    parts[places[0]] = mine._replace(slot=theirs.slot)
    parts[places[1]] = theirs._replace(slot=mine.slot)
    changed = Parsed([*parts[:a], *parts[c:d], *parts[b:c], *parts[a:b], *parts[d:]])
    if not cues.agree(changed, kind):
        return None
    return Pair("cues exchanged", side, row.utterance, changed.utterance)


def _attested(rows: Sequence[Parsed], train: Sequence[Parsed]) -> Iterator[Pair]:
    """Take over the cue and the slots of an utterance that is otherwise the same."""
    labels: defaultdict[Items, set[tuple[str, ...]]] = defaultdict(set)
    for row in [*rows, *train]:
        labels[row.items].add(row.slots)
    sure = {row.items: row for row in [*rows, *train] if len(labels[row.items]) == 1}
    near: defaultdict[tuple[Items, Items], list[Parsed]] = defaultdict(list)
    for row in rows:
        if row.items in sure and row.roles():
            for gap in row.gaps():
                near[gap].append(row)
    for donor in sure.values():
        for before, behind in donor.gaps():
            for row in near.get((before, behind), ()):
                if row.slots != donor.slots:
                    yield from _take_over(row, donor, len(before), len(behind))


def _take_over(row: Parsed, donor: Parsed, first: int, behind: int) -> Iterator[Pair]:
    """Give an utterance the cue and the slots of another, if the cue is beside what it changes."""
    last = len(row.items) - behind
    old, new = row.items[first:last], donor.items[first : len(donor.items) - behind]
    if first + behind < 2 or old[:1] == new[:1] or old[-1:] == new[-1:]:
        return  # all words but the value differ, or not all words of the gap
    parts, slots = list(row.parts), iter(donor.slots)
    places = []
    for place, part in enumerate(row.parts):
        if part.slot and (slot := next(slots)) != part.slot:
            places.append(place)
            parts[place] = part._replace(slot=slot)
    if {first - 1, last} & set(places):
        parts[first:last] = _words(new)
        side = "before" if min(places) >= last else "after" if max(places) < first else "between"
        yield Pair("cue attested", side, row.utterance, Parsed(parts).utterance)


def _learned(rows: Iterable[Parsed], cues: Cues) -> Iterator[Pair]:
    """Exchange the cue beside the only value of a kind for that of another slot."""
    for row in rows:
        for place, part in row.roles():
            if len(row.places(part.kind)) == 1:
                for run in row.runs(place):
                    yield from _exchange_one(row, place, run, cues)


def _exchange_one(row: Parsed, place: int, run: Run, cues: Cues) -> Iterator[Pair]:
    """Exchange the words beside a value, if they are a cue, for the cues of other slots."""
    part, (side, first, last) = row.parts[place], run
    kind, old = part.kind, row.items[first:last]
    known = cues.shortest.get((kind, side), {})
    if known.get(old) != part.slot:
        return
    rest = row.items[:first] + row.items[last:]
    for new, slot in known.items():
        found = cues.beyond.get((kind, side, new, row.beyond(run, 2)), Counter())
        if slot == part.slot or found.total() < _LEAST_CONTEXT or set(found) != {slot}:
            continue
        if cues.against(kind, slot, rest) or not cues.steady(row, kind, old + new):
            continue
        parts = list(row.parts)
        parts[place] = part._replace(slot=slot)
        parts[first:last] = _words(new)
        changed = Parsed(parts)
        if cues.agree(changed, kind):
            yield Pair("cue learned", side, row.utterance, changed.utterance)


def _words(items: Items) -> list[Part]:
    """Make parts of words."""
    return [Part((item,)) for item in items if isinstance(item, str)]
