"""Minimal pairs: two utterances that differ in little, and in the slot of the same words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from slotkit.stress.cues import Cues
from slotkit.stress.parsed import (
    Items,
    Parsed,
    Run,
    Utterance,
    find_roles,
    parse,
    without_gap,
    words,
)

WAYS = ("values exchanged", "cues exchanged", "cue attested", "cue learned")
SIDES = ("values", "before", "after", "between")

_LIMIT = 1000  # pairs a way
_LEAST_CONTEXT = 2  # times that a learned cue stands behind the word that it is to stand behind


class Pair(NamedTuple):
    """Two utterances that differ in little, and in the slot of the same words.

    Parameters
    ----------
    way : str
        How it was built, one of `WAYS`.
    side : str
        Where the cue stands that differs: ``before`` all values whose slot changes, ``after``
        all of them, or ``between`` two; ``values`` where the values changed places and all else
        is the same.
    first : Utterance
        As it stands in the corpus.
    second : Utterance
        What was made of it.
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
    """Build minimal pairs from labelled utterances.

    Their labels must be right, so the rules rather lose a pair than make a doubtful one.

    Parameters
    ----------
    train_tokens, train_tags, tokens, tags, seed
        As in `stress`.

    Returns
    -------
    list of Pair
        At most 1,000 of each of four ways; the first half of each is an utterance of `tokens`.

        - ``values exchanged``: two values of one kind change places, and the slots stay with
          their place. Not where a value stands beside another span or is said twice.
        - ``cues exchanged``: the words beside the only two values of a kind change places, and
          the slots go with them: "to Rome from Oslo" for "from Rome to Oslo".
        - ``cue attested``: another utterance is the same but for its values and at most three
          words in one place, which stand beside a value, and other slots go with them; words and
          slots are taken over. Not where the same words are labelled in two ways. The other
          utterance may be one of training: its words without its values are then known to the
          tagger, those of the first half need not be.
        - ``cue learned``: the words beside the only value of a kind are exchanged for others that
          in training stand in that neighbourhood, with one other slot. Not where a word of the
          rest hints at another slot.

        No cue is exchanged that may change the slots of values of other kinds.
    """
    random = np.random.default_rng(seed)
    roles = find_roles(train_tokens, train_tags)
    train, rows = parse(train_tokens, train_tags, roles), parse(tokens, tags, roles)
    cues = Cues(train)
    built: list[Pair] = []
    for found in (
        _exchange_values(rows),
        _exchange_cues(rows, cues),
        _exchange_attested(rows, train),
        _exchange_learned(rows, cues),
    ):
        pairs = list({_identity(pair): pair for pair in found}.values())
        drawn = random.permutation(len(pairs))[:_LIMIT]
        built += [pairs[number] for number in sorted(drawn)]
    return built


def _identity(pair: Pair) -> tuple[tuple[str, ...], ...]:
    """Give what two equal pairs have in common."""
    return tuple(sorted([tuple(pair.first.tokens), tuple(pair.second.tokens)]))


def _exchange_values(rows: Iterable[Parsed]) -> Iterator[Pair]:
    """Let two values of one kind change places."""
    for row in rows:
        first = row.utterance
        for (one, mine), (two, theirs) in combinations(row.roles(), 2):
            if mine.kind != theirs.kind or mine.slot == theirs.slot:
                continue
            neighbours = (*row.beside(one), *row.beside(two))
            if any(isinstance(item, tuple) for item in neighbours):  # "Washington" beside "DC"
                continue
            text = _spell(first.tokens)
            if any(text.count(_spell(part.tokens)) > 1 for part in (mine, theirs)):
                continue
            parts = list(row.parts)
            parts[one] = mine._replace(tokens=theirs.tokens)
            parts[two] = theirs._replace(tokens=mine.tokens)
            yield Pair("values exchanged", "values", first, Parsed(parts).utterance)


def _spell(tokens: Iterable[str]) -> str:
    """Write words so that whole words are found in them."""
    return "".join(f" {token.lower()} " for token in tokens)


def _exchange_cues(rows: Iterable[Parsed], cues: Cues) -> Iterator[Pair]:
    """Let the cues of the only two values of a kind change places, those of fewest words."""
    for row in rows:
        for kind in sorted({part.kind for _, part in row.roles()}):
            places = row.places(kind)
            if len(places) == 2 and row.parts[places[0]].slot != row.parts[places[1]].slot:
                runs = product(row.runs(places[0]), row.runs(places[1]))
                found = (_exchange_two(row, places, one, two, cues) for one, two in runs)
                yield from list(filter(None, found))[:1]


def _exchange_two(
    row: Parsed, places: Sequence[int], one: Run, two: Run, cues: Cues
) -> Pair | None:
    """Let the words beside two values change places, if both are cues and fit there."""
    mine, theirs = (row.parts[place] for place in places)
    kind, (side, a, b), (_, c, d) = mine.kind, one, two
    said, heard = row.items[a:b], row.items[c:d]
    if not (
        side == two[0]
        and cues.slot(kind, side, said) == mine.slot
        and cues.slot(kind, side, heard) == theirs.slot
        and set(cues.beyond(kind, side, heard, row.beyond(one, 1))) == {theirs.slot}
        and set(cues.beyond(kind, side, said, row.beyond(two, 1))) == {mine.slot}
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


def _exchange_attested(rows: Sequence[Parsed], train: Sequence[Parsed]) -> Iterator[Pair]:
    """Take over the cue and the slots of an utterance that is otherwise the same."""
    labels: defaultdict[Items, set[tuple[str, ...]]] = defaultdict(set)
    donors: dict[Items, Parsed] = {}
    members: defaultdict[Items, list[Parsed]] = defaultdict(list)
    for row in rows:
        members[row.items].append(row)
    for row in [*rows, *train]:
        labels[row.items].add(tuple(row.slots))
        donors.setdefault(row.items, row)
    gaps: defaultdict[tuple[Items, Items], list[Items]] = defaultdict(list)
    for template in members:
        if donors[template].roles() and len(labels[template]) == 1:
            for key in without_gap(template):
                gaps[key].append(template)
    for other, donor in donors.items():
        near = {template: None for key in without_gap(other) for template in gaps.get(key, ())}
        for template in near:
            if len(labels[other]) == 1 and labels[other] != labels[template]:
                for row in members[template]:
                    yield from _take_over(row, donor)


def _take_over(row: Parsed, donor: Parsed) -> Iterator[Pair]:
    """Give an utterance the cue and the slots of another, if the cue is beside what it changes."""
    mine, other = row.items, donor.items
    first = _same(mine, other)
    end = _same(mine[first:][::-1], other[first:][::-1])
    last = len(mine) - end
    parts = list(row.parts)
    spans = [place for place, part in enumerate(parts) if part.slot]
    places = []
    for place, slot in zip(spans, donor.slots, strict=True):
        if parts[place].slot != slot:
            places.append(place)
            parts[place] = parts[place]._replace(slot=slot)
    if not {first - 1, last} & set(places):
        return
    if len(mine) - (last - first) < 2:  # all words but the value differ: another utterance
        return
    parts[first:last] = words(other[first : len(other) - end])
    side = "between"
    if min(places) >= last:
        side = "before"
    elif max(places) < first:
        side = "after"
    yield Pair("cue attested", side, row.utterance, Parsed(parts).utterance)


def _same(one: Items, other: Items) -> int:
    """Count the items that are the same from the beginning on."""
    differ = (number for number, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differ, min(len(one), len(other)))


def _exchange_learned(rows: Iterable[Parsed], cues: Cues) -> Iterator[Pair]:
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
    known = cues.shortest(kind, side)
    if known.get(old) != part.slot:
        return
    beyond = row.beyond(run, 2)
    rest = row.items[:first] + row.items[last:]
    for new, slot in known.items():
        found = cues.beyond(kind, side, new, beyond)
        if slot == part.slot or found.total() < _LEAST_CONTEXT or set(found) != {slot}:
            continue
        if cues.against(kind, slot, rest) or not cues.steady(row, kind, old + new):
            continue
        parts = list(row.parts)
        parts[place] = part._replace(slot=slot)
        parts[first:last] = words(new)
        changed = Parsed(parts)
        if cues.agree(changed, kind):
            yield Pair("cue learned", side, row.utterance, changed.utterance)
