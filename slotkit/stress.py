"""How a tagger stands up to what should not throw it: minimal pairs, and disturbed words.

"Arrive Taipei" and "leave Taipei" differ in one word, the cue, and the same Taipei must get
another slot. A tagger that looks at one word at a time cannot get both right; one that reads
forward can where the cue stands before the value, and not where it stands behind it. Such pairs
are built here from a labelled corpus. Their labels must be right, so that the rules are strict
and rather lose a pair than make a doubtful one.

A *role* is a slot whose kind of value other slots hold too (see `slotkit.kinds`). Words are
compared in lower case.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np

from slotkit.augment import misspell
from slotkit.kinds import find_kinds, slot_values
from slotkit.scoring import score
from slotkit.tags import OUTSIDE, Span, spans_of, tags_of

WAYS = ("values exchanged", "cues exchanged", "cue attested", "cue learned")
SIDES = ("values", "before", "after", "between")

_LIMIT = 1000  # pairs a way
_LONGEST_CUE = 3  # tokens
_LEAST_CUE = 5  # times that a learned cue stands beside a value
_PURE = 0.95  # of these times, with one slot
_LEAST_CONTEXT = 2  # times that a learned cue stands behind the word that it is to stand behind
_SURPRISE = 3.0  # expected times; e ** -3, so 5 %, is the chance that it then never happens
_LONGEST_VALUE = 8  # tokens of a value that is looked for outside spans
_SHARE = 0.25  # of the times that a word is said, with another slot: then it speaks for that
_DEFAULT = 0.75  # of the values of a kind: then nearly any word would pass for a cue of the slot
_EDGE = ""  # stands for the word beyond the end of an utterance

CASES: dict[str, Callable[[str], str]] = {
    "lower case": str.lower,
    "UPPER CASE": str.upper,
    "Title Case": str.title,
}

TagTokens = Callable[[list[list[str]]], list[list[str]]]
Words = tuple[str, ...]
Item = str | tuple[str]  # a word in lower case, or what stands for a span: its kind, else its slot
Items = tuple[Item, ...]
Run = tuple[str, int, int]  # the side of a span that words stand on, and from and to which item


class Utterance(NamedTuple):
    """Tokens and the tag of each."""

    tokens: list[str]
    tags: list[str]


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


class Wrong(NamedTuple):
    """A pair that was not tagged right, and the tags that both utterances got."""

    pair: Pair
    predicted: tuple[list[str], list[str]]


@dataclass(frozen=True, kw_only=True)
class PairScore:
    """The share of pairs with both utterances right, of one way and side.

    Parameters
    ----------
    both : float
        In every tag.
    both_roles : float
        In border and slot of every gold span whose slot is a role.
    """

    way: str
    side: str
    pairs: int
    both: float
    both_roles: float


@dataclass(frozen=True, kw_only=True)
class Disturbance:
    """Span F1 (strict) and the share of utterances right in every tag, before and after.

    Parameters
    ----------
    utterances : int
        Those that the disturbance changes; all figures are of these.
    """

    name: str
    utterances: int
    f1_before: float
    f1_after: float
    exact_before: float
    exact_after: float


@dataclass(frozen=True, kw_only=True)
class StressReport:
    """What `stress` finds.

    Parameters
    ----------
    roles : dict of str to list of str
        Each kind of value that several slots hold, and these slots.
    pairs : list of PairScore
        In the order of `WAYS` and `SIDES`; ways and sides without pairs are left out.
    disturbances : list of Disturbance
        Those that change an utterance.
    wrong : list of Wrong
        Every pair that is not right in every tag, in an order that the seed decides.
    """

    seed: int
    roles: dict[str, list[str]]
    pairs: list[PairScore]
    disturbances: list[Disturbance]
    wrong: list[Wrong]

    def to_json(self) -> dict[str, Any]:
        """Give the figures as what JSON holds, without the wrong pairs."""
        return {
            "seed": self.seed,
            "roles": self.roles,
            "pairs": [asdict(row) for row in self.pairs],
            "disturbances": [asdict(row) for row in self.disturbances],
        }

    def describe(self, count: int) -> str:
        """Write the first `count` wrong pairs of each way and side as annotated text.

        Spans stand in [slot|words].
        """
        lines: list[str] = []
        for way, side in ((way, side) for way in WAYS for side in SIDES):
            found = [one for one in self.wrong if (one.pair.way, one.pair.side) == (way, side)]
            if found[:count]:
                lines += ["", f"# {way}, {side}: {len(found)} wrong"]
            for pair, predicted in found[:count]:
                lines.append("")
                for (tokens, tags), guess in zip((pair.first, pair.second), predicted, strict=True):
                    lines.append("  gold       " + annotate(tokens, tags))
                    lines.append(
                        "  predicted  " + ("as gold" if guess == tags else annotate(tokens, guess))
                    )
        return "\n".join([*lines[1:], ""]) if lines else ""


def annotate(tokens: Sequence[str], tags: Sequence[str]) -> str:
    """Write an utterance with its spans in brackets.

    Examples
    --------
    >>> annotate(["to", "New", "York"], ["O", "B-city", "I-city"])
    'to [city|New York]'
    """
    written = list(tokens)
    for start, end, slot in reversed(spans_of(tags)):
        written[start:end] = [f"[{slot}|{' '.join(tokens[start:end])}]"]
    return " ".join(written)


def stress(
    tag_tokens: TagTokens,
    train_tokens: Sequence[Sequence[str]],
    train_tags: Sequence[Sequence[str]],
    tokens: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]],
    *,
    seed: int = 1,
) -> StressReport:
    """Try a tagger on minimal pairs and on disturbed utterances.

    Parameters
    ----------
    tag_tokens : callable
        From the tokens of utterances to the tags of each, as `SlotFiller.tag_tokens`.
    train_tokens, train_tags
        Labelled utterances from which kinds and cues are learned.
    tokens, tags
        The labelled utterances to try it on, IOB2.
    seed : int
        For what is drawn: pairs where there are more than 1,000 of a way, letters, words.

    Returns
    -------
    StressReport
    """
    roles = find_roles(train_tokens, train_tags)
    pairs = build_pairs(train_tokens, train_tags, tokens, tags, seed=seed)
    gold = [
        Utterance(list(words), list(sequence)) for words, sequence in zip(tokens, tags, strict=True)
    ]
    disturbed = perturb(train_tokens, train_tags, tokens, tags, seed=seed)
    halves = [half for pair in pairs for half in (pair.first, pair.second)]
    changed = [found for rows in disturbed.values() for found in rows.values()]
    wanted = {tuple(words): list(words) for words, _ in [*gold, *halves, *changed]}
    known = dict(zip(wanted, tag_tokens(list(wanted.values())), strict=True))

    def predict(utterances: Iterable[Utterance]) -> list[list[str]]:
        return [known[tuple(words)] for words, _ in utterances]

    results = [(pair, predict((pair.first, pair.second))) for pair in pairs]
    disturbances = []
    for name, rows in disturbed.items():
        before, after = [gold[number] for number in rows], list(rows.values())
        f1_before, exact_before = _figures(before, predict(before))
        f1_after, exact_after = _figures(after, predict(after))
        disturbances.append(
            Disturbance(
                name=name,
                utterances=len(rows),
                f1_before=f1_before,
                f1_after=f1_after,
                exact_before=exact_before,
                exact_after=exact_after,
            )
        )
    wrong = [
        Wrong(p, (one, two))
        for p, (one, two) in results
        if (one, two) != (p.first.tags, p.second.tags)
    ]
    order = np.random.default_rng(seed).permutation(len(wrong))
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for slot, kind in roles.items():
        kinds[kind].append(slot)
    return StressReport(
        seed=seed,
        roles=dict(kinds),
        pairs=_pair_scores(results, roles),
        disturbances=disturbances,
        wrong=[wrong[number] for number in order],
    )


def _figures(gold: Sequence[Utterance], predicted: Sequence[list[str]]) -> tuple[float, float]:
    """Compute F1, and the share of utterances that are right in every tag."""
    tags = [utterance.tags for utterance in gold]
    return score(tags, predicted), float(
        np.mean([g == p for g, p in zip(tags, predicted, strict=True)])
    )


def _pair_scores(
    results: Iterable[tuple[Pair, Sequence[list[str]]]], roles: Mapping[str, str]
) -> list[PairScore]:
    """Count the pairs with both utterances right."""
    counted: defaultdict[tuple[int, int], list[tuple[bool, bool]]] = defaultdict(list)
    for pair, predicted in results:
        halves = list(zip((pair.first.tags, pair.second.tags), predicted, strict=True))
        right = all(gold == found for gold, found in halves)
        role = all(
            {s for s in spans_of(g) if s.slot in roles} <= set(spans_of(f)) for g, f in halves
        )
        counted[WAYS.index(pair.way), SIDES.index(pair.side)].append((right, role))
    scores = []
    for (way, side), found in sorted(counted.items()):
        both, both_roles = np.mean(found, axis=0).tolist()
        scores.append(
            PairScore(
                way=WAYS[way], side=SIDES[side], pairs=len(found), both=both, both_roles=both_roles
            )
        )
    return scores


def find_roles(tokens: Iterable[Sequence[str]], tags: Iterable[Sequence[str]]) -> dict[str, str]:
    """Find the slots whose kind of value others hold too, and the kind of each.

    Examples
    --------
    >>> tags = [["O", "B-to.city"], ["O", "B-from.city"]]
    >>> find_roles([["to", "Rome"], ["from", "Rome"]], tags)
    {'to.city': 'to.city', 'from.city': 'to.city'}
    """
    kinds = find_kinds(slot_values(tokens, tags))
    sizes = Counter(kinds.values())
    return {slot: kind for slot, kind in kinds.items() if sizes[kind] > 1}


# Minimal pairs


def build_pairs(
    train_tokens: Sequence[Sequence[str]],
    train_tags: Sequence[Sequence[str]],
    tokens: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]],
    *,
    seed: int = 1,
) -> list[Pair]:
    """Build minimal pairs from labelled utterances.

    Parameters
    ----------
    train_tokens, train_tags, tokens, tags, seed
        As in `stress`.

    Returns
    -------
    list of Pair
        At most 1,000 of each of four ways; the first half of each is an utterance of `tokens`.

        - ``values exchanged``: two values of one kind change places, and the slots stay with
          their place. Not where a value stands beside another span or is said twice, nor where
          training never has it beside its new neighbour although both are frequent ("on" and
          "tomorrow").
        - ``cues exchanged``: the words beside the only two values of a kind change places, and
          the slots go with them: "to Rome from Oslo" for "from Rome to Oslo".
        - ``cue attested``: another utterance is the same but for its values and at most three
          words in one place, which stand beside a value, and other slots go with them; words and
          slots are taken over. Not where the same words are labelled in two ways. The other
          utterance may be one of training: its words without its values are then known to the
          tagger, those of the first half need not be.
        - ``cue learned``: the words beside the only value of a kind are exchanged for others that
          in training stand in that neighbourhood, with one other slot.

        A cue that is exchanged, not attested, stands in training beside its kind of value at
        least 5 times and in 95 % of these with its slot. Not where other words hint at another
        slot, or where it would also change the slots of other values.
    """
    random = np.random.default_rng(seed)
    roles = find_roles(train_tokens, train_tags)
    train = [
        _Parsed.of(words, sequence, roles)
        for words, sequence in zip(train_tokens, train_tags, strict=True)
    ]
    rows = [
        _Parsed.of(words, sequence, roles) for words, sequence in zip(tokens, tags, strict=True)
    ]
    cues = _Cues(train)
    built: list[Pair] = []
    for found in (
        _exchange_values(rows, cues, roles),
        _exchange_cues(rows, cues, roles),
        _exchange_attested(rows, train),
        _exchange_learned(rows, cues, roles),
    ):
        pairs = list({_identity(pair): pair for pair in found}.values())
        drawn = random.permutation(len(pairs))[:_LIMIT]
        built += [pairs[number] for number in sorted(drawn)]
    return built


def _identity(pair: Pair) -> tuple[Words, ...]:
    """Give what two equal pairs have in common."""
    return tuple(sorted([tuple(pair.first.tokens), tuple(pair.second.tokens)]))


class _Parsed(NamedTuple):
    """An utterance as it is compared."""

    utterance: Utterance
    words: list[str]  # in lower case
    spans: list[Span]
    kinds: list[str | None]  # of each span that is a role, None of others
    items: Items  # the template: each span is one item
    places: list[int]  # the item of each span

    @classmethod
    def of(cls, tokens: Sequence[str], tags: Sequence[str], roles: Mapping[str, str]) -> _Parsed:
        """Parse an utterance."""
        spans = spans_of(tags)
        words = [token.lower() for token in tokens]
        kinds = [roles.get(span.slot) for span in spans]
        items: list[Item] = []
        places: list[int] = []
        begin = 0
        for span, kind in zip(spans, kinds, strict=True):
            items += words[begin : span.start]
            places.append(len(items))
            items.append((kind or span.slot,))
            begin = span.end
        items += words[begin:]
        return cls(Utterance(list(tokens), list(tags)), words, spans, kinds, tuple(items), places)

    def roles(self) -> list[tuple[Span, str, int]]:
        """Give the spans that are roles, with their kinds and items."""
        found = zip(self.spans, self.kinds, self.places, strict=True)
        return [(span, kind, place) for span, kind, place in found if kind is not None]

    def beside(self, span: Span) -> tuple[str, str]:
        """Give the words before and behind a span."""
        before = self.words[span.start - 1] if span.start else _EDGE
        behind = self.words[span.end] if span.end < len(self.words) else _EDGE
        return before, behind

    def token(self, item: int) -> int:
        """Give the token at which an item begins."""
        return item + sum(
            span.end - span.start - 1
            for span, place in zip(self.spans, self.places, strict=True)
            if place < item
        )

    def outside(self, place: int) -> bool:
        """Tell whether a token is in no span."""
        return self.utterance.tags[place] == OUTSIDE

    def runs(self, place: int) -> Iterator[Run]:
        """Yield the runs of up to three words directly beside a span, the shortest first."""
        for side, step in ("before", -1), ("after", 1):
            for size in range(1, _LONGEST_CUE + 1):
                far = place + step * size
                if not (0 <= far < len(self.items) and isinstance(self.items[far], str)):
                    break
                yield (side, far, place) if step < 0 else (side, place + 1, far + 1)

    def opposite(self, side: str, place: int) -> Item:
        """Give the item on the other side of a span."""
        return (_EDGE, *self.items, _EDGE)[place + 2 if side == "before" else place]

    def around(self, side: str, first: int, last: int) -> Items:
        """Give the two items beyond a run, on the side that is away from the span."""
        padded = (_EDGE, _EDGE, *self.items, _EDGE, _EDGE)
        return padded[first : first + 2] if side == "before" else padded[last + 2 : last + 4]


class _Cues:
    """What training has beside the values of each kind."""

    def __init__(self, train: Iterable[_Parsed]) -> None:
        self._slots: defaultdict[tuple[str, str, Items], Counter[str]] = defaultdict(Counter)
        self._near: defaultdict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
        self._neighbours: Counter[tuple[str, int, str, str]] = Counter()
        self._beside: Counter[tuple[str, int, str]] = Counter()
        self._ends: Counter[tuple[str, int, str]] = Counter()
        self._spans: Counter[str] = Counter()
        self._company: defaultdict[tuple[Item, str], Counter[str]] = defaultdict(Counter)
        self._opposite: Counter[tuple[str, str, Items, Item]] = Counter()
        self._sides: Counter[tuple[str, str, Item]] = Counter()
        self._contexts: defaultdict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
        for row in train:
            said = {item for item in row.items if isinstance(item, str)}
            for span, kind, place in row.roles():
                self._spans[kind] += 1
                for word in {*said, _EDGE}:
                    self._company[word, kind][span.slot] += 1
                ends = row.words[span.start], row.words[span.end - 1]
                for which, (word, end) in enumerate(zip(row.beside(span), ends, strict=True)):
                    self._neighbours[kind, which, word, end] += 1
                    self._beside[kind, which, word] += 1
                    self._ends[kind, which, end] += 1
                for side in ("before", "after"):
                    self._sides[kind, side, row.opposite(side, place)] += 1
                for side, first, last in row.runs(place):
                    run = row.items[first:last]
                    self._opposite[kind, side, run, row.opposite(side, place)] += 1
                    around = row.around(side, first, last)
                    self._slots[kind, side, run][span.slot] += 1
                    self._near[kind, side, run, around[side == "before"]][span.slot] += 1
                    if row.kinds.count(kind) == 1:  # "between Rome" alone would ask for another
                        self._contexts[kind, side, run, around][span.slot] += 1
        self._pure: dict[tuple[str, str, Items], str] = {}
        by_kind: defaultdict[tuple[str, str], dict[Items, str]] = defaultdict(dict)
        for (kind, side, run), slots in self._slots.items():  # the shorter ones first
            slot, count = slots.most_common(1)[0]
            if slots.total() >= _LEAST_CUE and count >= _PURE * slots.total():
                self._pure[kind, side, run] = slot
                inner = run[1:] if side == "before" else run[:-1]
                if (kind, side, inner) not in self._pure:
                    by_kind[kind, side][run] = slot
        self._by_kind = dict(by_kind)
        self.words = {word for _, _, run in self._pure for word in run if isinstance(word, str)}

    def of(self, kind: str, side: str) -> dict[Items, str]:
        """Give the cues on one side of a kind of value, and the slot of each."""
        return self._by_kind.get((kind, side), {})

    def slot(self, kind: str, side: str, run: Items) -> str | None:
        """Give the slot that a run of words hints at."""
        return self._pure.get((kind, side, run))

    def agree(self, row: _Parsed, kind: str) -> bool:
        """Tell whether what is beside the values of a kind fits their slots and lacks nothing."""
        for span, other, place in row.roles():
            for side, first, last in row.runs(place) if other == kind else ():
                run = row.items[first:last]
                hint = self.slot(kind, side, run)
                if hint is not None and hint != span.slot:
                    return False
                if hint is not None and self.misses(kind, side, run, row.opposite(side, place)):
                    return False
        return True

    def steady(self, row: _Parsed, kind: str, words: Iterable[Item]) -> bool:
        """Tell whether these words leave the roles of other kinds alone.

        In "arrive in Rome on Monday" the day goes with "arrive" too, and would change with it. So
        the slot must be the usual one of its kind, and as usual in utterances with these words.
        """
        for span, other, _ in row.roles():
            if other == kind:
                continue
            usual = self._company[_EDGE, other]
            if usual.most_common(1)[0][0] != span.slot:
                return False
            least = usual[span.slot] / usual.total() - (1 - _PURE)
            for word in words:
                found = self._company.get((word, other), Counter())
                if found.total() < _LEAST_CUE or found[span.slot] < least * found.total():
                    return False
        return True

    def against(self, kind: str, slot: str, words: Iterable[Item]) -> bool:
        """Tell whether a word goes with another slot clearly more often than is usual."""
        usual = self._company[_EDGE, kind]
        for word in words:
            found = self._company.get((word, kind), Counter())
            for other, count in found.items() if found.total() >= _LEAST_CUE else ():
                raised = count * usual.total() >= 2 * usual[other] * found.total()
                if other != slot and raised and count >= _SHARE * found.total():
                    return True
        return False

    def goes_on(self, kind: str, side: str, run: Items, beyond: Item, slot: str) -> bool:
        """Tell whether training has a run before or behind this item, and only with this slot."""
        return set(self._near.get((kind, side, run, beyond), ())) == {slot}

    def misses(self, kind: str, side: str, run: Items, opposite: Item) -> bool:
        """Tell whether a run asks for something else beyond the value: "between Rome" for "and".

        What follows must be in training; what goes before a value is of less moment, and is wrong
        only where it would be expected and never is there.
        """
        if self._opposite[kind, side, run, opposite]:
            return False
        together = self._slots[kind, side, run].total() * self._sides[kind, side, opposite]
        return side == "before" or together >= _SURPRISE * self._spans[kind]

    def default(self, kind: str) -> str | None:
        """Give the slot that values of a kind have without a cue, if there is one so frequent."""
        slot, count = self._company[_EDGE, kind].most_common(1)[0]
        return slot if count >= _DEFAULT * self._spans[kind] else None

    def alone(self, kind: str, side: str, run: Items, around: Items) -> Counter[str]:
        """Count the slots of the only value of a kind beside a run and two items beyond it."""
        return self._contexts.get((kind, side, run, around), Counter())

    def clash(self, row: _Parsed, kind: str) -> bool:
        """Tell whether a value is beside a word where it would be expected and never is."""
        for span, other, _ in row.roles():
            ends = row.words[span.start], row.words[span.end - 1]
            for side, word, end in zip((0, 1), row.beside(span), ends, strict=True):
                together = self._beside[kind, side, word] * self._ends[kind, side, end]
                missing = not self._neighbours[kind, side, word, end]
                if other == kind and missing and together >= _SURPRISE * self._spans[kind]:
                    return True
        return False


def _exchange_values(
    rows: Iterable[_Parsed], cues: _Cues, roles: Mapping[str, str]
) -> Iterator[Pair]:
    """Let two values of one kind change places."""
    for row in rows:
        for (one, kind, _), (two, other, _) in combinations(row.roles(), 2):
            if kind != other or one.slot == two.slot:
                continue
            values = [row.words[span.start : span.end] for span in (one, two)]
            if values[0] == values[1] or any(_count(row.words, value) > 1 for value in values):
                continue
            if any(_touches(row, span) for span in (one, two)):
                continue
            tokens, tags = row.utterance
            parts = [
                (tokens[: one.start], tags[: one.start]),
                (tokens[two.start : two.end], _tags(one.slot, two.end - two.start)),
                (tokens[one.end : two.start], tags[one.end : two.start]),
                (tokens[one.start : one.end], _tags(two.slot, one.end - one.start)),
                (tokens[two.end :], tags[two.end :]),
            ]
            changed = Utterance([t for p in parts for t in p[0]], [t for p in parts for t in p[1]])
            if not cues.clash(_Parsed.of(*changed, roles), kind):
                yield Pair("values exchanged", "values", row.utterance, changed)


def _tags(slot: str, length: int) -> list[str]:
    """Write the tags of one span."""
    return tags_of([Span(0, length, slot)], length)


def _count(words: Sequence[str], value: Sequence[str]) -> int:
    """Count how often a value is said."""
    size = len(value)
    return sum(list(words[i : i + size]) == list(value) for i in range(len(words) - size + 1))


def _touches(row: _Parsed, span: Span) -> bool:
    """Tell whether a span stands directly beside another: "Washington" beside "DC"."""
    return any(span.start == other.end or span.end == other.start for other in row.spans)


def _exchange_attested(rows: Sequence[_Parsed], train: Sequence[_Parsed]) -> Iterator[Pair]:
    """Take over the cue and the slots of an utterance that is otherwise the same."""
    labels: defaultdict[Items, set[Words]] = defaultdict(set)
    donors: dict[Items, _Parsed] = {}
    members: defaultdict[Items, list[_Parsed]] = defaultdict(list)
    for row in rows:
        members[row.items].append(row)
    for row in [*rows, *train]:
        labels[row.items].add(tuple(span.slot for span in row.spans))
        donors.setdefault(row.items, row)
    gaps: defaultdict[tuple[Items, Items], list[Items]] = defaultdict(list)
    for template in members:
        if donors[template].roles() and len(labels[template]) == 1:
            for key in _with_gap(template):
                gaps[key].append(template)
    for other, donor in donors.items():
        near = {template: None for key in _with_gap(other) for template in gaps.get(key, ())}
        for template in near:
            if len(labels[other]) == 1 and labels[other] != labels[template]:
                for row in members[template]:
                    yield from _take_over(row, donor)


def _with_gap(template: Items) -> Iterator[tuple[Items, Items]]:
    """Yield what is left of a template without up to three words in one place."""
    for start in range(len(template) + 1):
        yield template[:start], template[start:]
        for end in range(start + 1, min(start + _LONGEST_CUE, len(template)) + 1):
            if not isinstance(template[end - 1], str):
                break
            yield template[:start], template[end:]


def _take_over(row: _Parsed, donor: _Parsed) -> Iterator[Pair]:
    """Give an utterance the cue and the slots of another, if the cue is beside what it changes."""
    mine, other = row.items, donor.items
    shorter = min(len(mine), len(other))
    first = next((i for i in range(shorter) if mine[i] != other[i]), shorter)
    same = range(1, shorter - first + 1)
    end = next((i - 1 for i in same if mine[-i] != other[-i]), shorter - first)
    last = len(mine) - end
    slots = [span.slot for span in donor.spans]
    places = [p for p, s, slot in zip(row.places, row.spans, slots, strict=True) if s.slot != slot]
    if not {first - 1, last} & set(places):
        return
    shared = len(mine) - (last - first)
    longest = max(last - first, len(other) - end - first)
    if longest > 1 and shared < 2:  # all words but the value differ: that is another utterance
        return
    cue = donor.utterance.tokens[donor.token(first) : donor.token(len(other) - end)]
    if row.words == row.utterance.tokens:
        cue = [token.lower() for token in cue]
    side = "between"
    if min(places) >= last:
        side = "before"
    elif max(places) < first:
        side = "after"
    yield Pair("cue attested", side, row.utterance, _replace(row, {(first, last): cue}, slots))


def _replace(
    row: _Parsed, changes: Mapping[tuple[int, int], Sequence[str]], slots: Sequence[str]
) -> Utterance:
    """Put words into the place of items, each from one up to another, and slots on the spans."""
    tokens: list[str] = []
    tags: list[str] = []
    named = dict(zip(row.places, zip(row.spans, slots, strict=True), strict=True))
    item = 0
    new = {first: (last, cue) for (first, last), cue in changes.items()}
    while item < len(row.items) or item in new:
        if item in new:
            item, cue = new.pop(item)
            tokens += cue
            tags += [OUTSIDE] * len(cue)
        elif item in named:
            span, slot = named[item]
            tokens += row.utterance.tokens[span.start : span.end]
            tags += _tags(slot, span.end - span.start)
            item += 1
        else:
            tokens.append(row.utterance.tokens[row.token(item)])
            tags.append(OUTSIDE)
            item += 1
    return Utterance(tokens, tags)


def _exchange_cues(
    rows: Iterable[_Parsed], cues: _Cues, roles: Mapping[str, str]
) -> Iterator[Pair]:
    """Let the cues of the only two roles of an utterance change places."""
    for row in rows:
        for kind in sorted(set(filter(None, row.kinds))):
            places = [(span, place) for span, other, place in row.roles() if other == kind]
            if len(places) == 2 and places[0][0].slot != places[1][0].slot:
                yield from _exchange_two(row, kind, places, cues, roles)


def _exchange_two(
    row: _Parsed,
    kind: str,
    places: Sequence[tuple[Span, int]],
    cues: _Cues,
    roles: Mapping[str, str],
) -> Iterator[Pair]:
    """Let the cues of the only two values of a kind change places, those of fewest words."""
    (one, place), (two, other) = places
    slots = [{one: two.slot, two: one.slot}.get(span, span.slot) for span in row.spans]
    runs = sorted(product(row.runs(place), row.runs(other)), key=lambda both: _size(*both))
    for one_run, two_run in runs:
        side, mine, theirs = one_run[0], one_run[1:], two_run[1:]
        if side != two_run[0] or max(mine[0], theirs[0]) < min(mine[1], theirs[1]):
            continue
        size = _size(one_run, two_run)
        if size > 3 and size != 2 * (mine[1] - mine[0]):
            continue
        said, heard = row.items[slice(*mine)], row.items[slice(*theirs)]
        if (cues.slot(kind, side, said), cues.slot(kind, side, heard)) != (one.slot, two.slot):
            continue
        beyond = [row.around(side, *run)[side == "before"] for run in (mine, theirs)]
        if not (
            cues.goes_on(kind, side, heard, beyond[0], two.slot)
            and cues.goes_on(kind, side, said, beyond[1], one.slot)
            and cues.steady(row, kind, said + heard)
        ):
            continue
        words = [row.utterance.tokens[row.token(a) : row.token(b)] for a, b in (mine, theirs)]
        changes = {mine: words[1], theirs: words[0]}
        changed = _replace(row, changes, slots)
        if cues.agree(_Parsed.of(*changed, roles), kind):
            yield Pair("cues exchanged", side, row.utterance, changed)
            return


def _size(one: Run, two: Run) -> int:
    """Count the words of two runs."""
    return one[2] - one[1] + two[2] - two[1]


def _exchange_learned(
    rows: Iterable[_Parsed], cues: _Cues, roles: Mapping[str, str]
) -> Iterator[Pair]:
    """Exchange the cue beside the only value of a kind for that of another slot."""
    for row in rows:
        alone = [role for role in row.roles() if row.kinds.count(role[1]) == 1]
        for (span, kind, _), (side, first, last) in (
            (role, run) for role in alone for run in row.runs(role[2])
        ):
            known = cues.of(kind, side)
            old = row.items[first:last]
            if known.get(old) != span.slot:
                continue
            around = row.around(side, first, last)
            rest = [*row.items[:first], *row.items[last:]]
            for run, slot in known.items():
                found = cues.alone(kind, side, run, around)
                if slot == span.slot or found.total() < _LEAST_CONTEXT or set(found) != {slot}:
                    continue
                if slot == cues.default(kind) or cues.against(kind, slot, rest):
                    continue
                if not cues.steady(row, kind, old + run):
                    continue
                slots = [slot if one == span else one.slot for one in row.spans]
                words = [word for word in run if isinstance(word, str)]
                changed = _Parsed.of(*_replace(row, {(first, last): words}, slots), roles)
                if cues.agree(changed, kind) and not cues.clash(changed, kind):
                    yield Pair("cue learned", side, row.utterance, changed.utterance)


# Disturbances


def perturb(
    train_tokens: Sequence[Sequence[str]],
    train_tags: Sequence[Sequence[str]],
    tokens: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]],
    *,
    seed: int = 1,
) -> dict[str, dict[int, Utterance]]:
    """Disturb utterances in ways that leave their slots as they are.

    Parameters
    ----------
    train_tokens, train_tags, tokens, tags, seed
        As in `stress`.

    Returns
    -------
    dict of str to dict of int to Utterance
        Of each disturbance the utterances that it changes, by their number; disturbances that
        change none are left out.

        - ``typo in a value``, ``typo outside``: one letter of a word of four letters or more is
          dropped, doubled, replaced or swapped with its neighbour; outside, also a spare letter
          that has no case, such as a Chinese character, dropped or replaced by another.
        - ``lower case``, ``UPPER CASE``, ``Title Case``.
        - ``word left out``: a spare one.

        A token is spare when it is in no span and beside none, no cue, and no word of its
        utterance is a value that is not labelled (what is taken back: "no, not Rome").
    """
    roles = find_roles(train_tokens, train_tags)
    train = [_Parsed.of(*pair, roles) for pair in zip(train_tokens, train_tags, strict=True)]
    rows = [_Parsed.of(*pair, roles) for pair in zip(tokens, tags, strict=True)]
    cue_words = _Cues(train).words
    values = {tuple(row.words[s.start : s.end]) for row in train for s, _, _ in row.roles()}
    spare = [_spare(row, cue_words, values) for row in rows]
    letters, signs = _alphabets(rows)
    random = np.random.default_rng(seed)

    def typo(row: _Parsed, places: Sequence[int], free: Sequence[int]) -> Utterance | None:
        """Misspell one of the words in `places`, or change a sign in one of the `free` places."""
        words = row.utterance.tokens
        places = [place for place in places if len(words[place]) >= 4 and words[place].isalpha()]
        places += [place for place in free if words[place] in signs]
        if not places:
            return None
        place = places[int(random.integers(len(places)))]
        if words[place] not in signs:
            return _put(row, place, [_misspelt(words[place], letters, random)])
        others = [sign for sign in signs if sign != words[place] and sign not in cue_words]
        drop = not others or random.random() < 0.5
        return _put(row, place, [] if drop else [others[random.integers(len(others))]])

    def left_out(row: _Parsed, free: Sequence[int]) -> Utterance | None:
        """Leave out one of the words in `free` places."""
        return _put(row, free[int(random.integers(len(free)))], []) if free else None

    changed: dict[str, list[Utterance | None]] = {
        "typo in a value": [
            typo(row, [p for p in range(len(row.words)) if not row.outside(p)], []) for row in rows
        ],
        "typo outside": [
            typo(row, [p for p in range(len(row.words)) if row.outside(p)], free)
            for row, free in zip(rows, spare, strict=True)
        ],
    }
    for name, case in CASES.items():
        changed[name] = [
            Utterance([case(token) for token in row.utterance.tokens], row.utterance.tags)
            for row in rows
        ]
    changed["word left out"] = [left_out(row, free) for row, free in zip(rows, spare, strict=True)]
    found = {
        name: {
            number: new
            for number, (row, new) in enumerate(zip(rows, disturbed, strict=True))
            if new is not None and new.tokens and new != row.utterance
        }
        for name, disturbed in changed.items()
    }
    return {name: utterances for name, utterances in found.items() if utterances}


def _spare(row: _Parsed, cue_words: Collection[str], values: Collection[Words]) -> list[int]:
    """Find the tokens without which an utterance has the same slots."""
    outside = [place for place in range(len(row.words)) if row.outside(place)]
    for start in outside:
        for end in range(start + 1, min(start + _LONGEST_VALUE, len(row.words)) + 1):
            if not row.outside(end - 1):
                break
            if tuple(row.words[start:end]) in values:
                return []
    beside = {place for span in row.spans for place in (span.start - 1, span.end)}
    return [place for place in outside if place not in beside and row.words[place] not in cue_words]


def _alphabets(rows: Iterable[_Parsed]) -> tuple[list[str], list[str]]:
    """Give the letters of words, and the one-letter tokens that have no case and are in no span."""
    letters: set[str] = set()
    signs: set[str] = set()
    for row in rows:
        for place, word in enumerate(row.words):
            if len(word) > 1:
                letters |= {letter for letter in word if letter.isalpha()}
            elif word.isalpha() and word.upper() == word and row.outside(place):
                signs.add(word)
    return sorted(letters), sorted(signs)


def _misspelt(word: str, letters: Sequence[str], random: np.random.Generator) -> str:
    """Misspell a word; now and then a letter is "replaced" by itself, and it is tried again."""
    for _ in range(10):
        other = misspell(word, letters, random)
        if other != word:
            return other
    return word


def _put(row: _Parsed, place: int, new: Sequence[str]) -> Utterance:
    """Put other tokens, or none, into the place of one."""
    tokens, tags = row.utterance
    tag = [tags[place]] * len(new)
    return Utterance(
        [*tokens[:place], *new, *tokens[place + 1 :]], [*tags[:place], *tag, *tags[place + 1 :]]
    )
