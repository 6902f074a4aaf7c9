"""Words that are labelled in one way elsewhere, and here in another: whole texts, and values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from slotkit.corpus.lint.findings import Finding, listed, times
from slotkit.corpus.lint.spots import Spot, Utterance, Words, each_span, report
from slotkit.corpus.lint.values import CONVENTION, Values, sides, sureness
from slotkit.text.tags import OUTSIDE, Span

_MANY = 10  # values of a kind under O that are reported as one finding

_Found = defaultdict[tuple[Words, str], list[Spot]]  # by value and its slot, empty for O


def find_two_labellings(utterances: Iterable[Utterance]) -> Iterator[Finding]:
    """Find the texts that are labelled in more than one way, the most frequent first.

    The same answer to another question is another text.
    """
    texts: defaultdict[tuple[Words, Words], defaultdict[Words, list[Utterance]]]
    texts = defaultdict(lambda: defaultdict(list))
    for one in utterances:
        asked = tuple(one.row.get("asked", ()))  # a corpus without answers lacks the key
        texts[one.words, asked][tuple(one.row["tags"])].append(one)
    several = [sorted(ways.values(), key=len, reverse=True) for ways in texts.values()]
    for ways in sorted(several, key=lambda ways: -sum(map(len, ways))):
        if len(ways) > 1:
            counts = ", ".join(str(len(way)) for way in ways)
            places = [[one.place for one in way] for way in ways]
            yield Finding(
                kind="two_labellings",
                message=f"{ways[0][0].row['text']!r}, labelled in {len(ways)} ways: {counts}",
                places=tuple(place for there in places for place in there),
                count=sum(map(len, ways)),
                examples=tuple(
                    f"{len(way)} × {Spot(way[0], way[0].spans).annotated()}  {listed(there)}"
                    for way, there in zip(ways, places, strict=True)
                ),
            )


class _Odd(NamedTuple):
    """A spot where a value is not labelled as it usually is, and no word beside it tells why."""

    spot: Spot
    likely: float  # how surely the words beside it want the usual label
    usual: Counter[str]  # the slots that it usually has, beside these words if they tell


class _Case(NamedTuple):
    """A value that is labelled in one way, other than it usually is."""

    value: Words
    kind: str  # its usual one
    usual: Counter[str]  # its usual slots
    sure: float  # that these are usual
    here: str  # how it is labelled instead, and how often
    odd: list[_Odd]  # the most suspicious first


def find_outside(utterances: Iterable[Utterance], values: Values) -> Iterator[Finding]:
    """Find the values that nearly always are labelled, and here all O; many of a kind as one.

    First those beside the words beside which they are labelled; what is regularly O beside a
    word is passed over.
    """
    found: _Found = defaultdict(list)
    for one in utterances:
        free = [tag == OUTSIDE for tag in one.row["tags"]]
        stretches = [(a, b) for a, b in values.stretches(one.words) if all(free[a:b])]
        for start, end in stretches:
            if not any((a, b) != (start, end) and a <= start and end <= b for a, b in stretches):
                found[one.words[start:end], ""].append(Spot(one, [Span(start, end, "")]))
    cases = _judge(found, values)
    frequent = Counter(
        values.usual_kind(value)
        for value, slots in values.slots.items()
        if sureness(slots.total(), 1) > 0.5
    )
    odd = Counter(case.kind for case in cases)
    many = [k for k in odd if odd[k] >= _MANY and odd[k] > CONVENTION * frequent[k]]
    for kind in many:
        yield _outside_many(kind, [case for case in cases if case.kind == kind], values)
    yield from (_report("outside", case) for case in cases if case.kind not in many)


def _outside_many(kind: str, cases: Sequence[_Case], values: Values) -> Finding:
    """Report that many values of a kind stand under O: perhaps that is meant."""
    slots = ", ".join(sorted(slot for slot, other in values.kinds.items() if other == kind))
    odd = sorted((one for case in cases for one in case.odd), key=lambda one: -one.likely)
    labelled = sum(values.slots_of(case.value, kind).total() for case in cases)
    message = f"{len(cases):,} values of {slots} are labelled {times(labelled)}, "
    message += f"O {times(len(odd))}"
    fix = "nothing, if values that do not count are to stay O"
    return report("outside", message, [one.spot for one in odd], fix)


def find_two_kinds(utterances: Iterable[Utterance], values: Values) -> Iterator[Finding]:
    """Find the values that nearly always are of one kind of slot, and here of another."""
    usual = {value: values.usual_kind(value) for value in values.slots}
    found: _Found = defaultdict(list)
    for spot in each_span(utterances):
        if values.kinds[spot.slot] != usual[spot.words]:
            found[spot.words, spot.slot].append(spot)
    return (_report("two_kinds", case) for case in _judge(found, values))


_OTHERS = 3  # other values of a kind in which a word stands, so that it is of that kind


def find_lookalikes(utterances: Iterable[Utterance], values: Values) -> Iterator[Finding]:
    """Find the values of which each word stands in many values of another kind, and none of theirs.

    Digits are taken for one another: 7:30 is as 9:15; what is nothing but digits tells nothing.
    Values that stand elsewhere too are judged by `find_two_kinds`; what a question asked after is
    told by it.
    """
    holders: defaultdict[str, defaultdict[str, set[Words]]] = defaultdict(lambda: defaultdict(set))
    once: list[Spot] = []
    for spot in each_span(utterances):
        for word in spot.words:
            holders[_shape(word)][values.kinds[spot.slot]].add(spot.words)
        bare = all(word.isdigit() for word in spot.words)
        told = spot.slot in spot.utterance.row.get("asked", ())  # by the question
        if values.slots_of(spot.words).total() == 1 and not bare and not told:
            once.append(spot)
    found: list[tuple[int, Spot, str]] = []
    for spot in once:
        kind = values.kinds[spot.slot]
        others = set(values.kinds.values()) - {kind}
        for word in map(_shape, spot.words):
            if holders[word][kind] - {spot.words}:
                others = set()
            others = {one for one in others if len(holders[word][one]) >= _OTHERS}
        if len(others) == 1:
            [other] = others
            held = min(len(holders[_shape(word)][other]) for word in spot.words)
            found.append((held, spot, other))
    for held, spot, other in sorted(found, key=lambda one: -one[0]):
        message = f"{spot.slot} is {spot.text!r}, whose words stand in {held:,} values or more of "
        yield report("lookalike", message + other, [spot], f"[{other}|{spot.text}], if it is one")


def _shape(word: str) -> str:
    """Return a word with each digit a 0."""
    return "".join("0" if character.isdigit() else character for character in word)


def _judge(found: Mapping[tuple[Words, str], Sequence[Spot]], values: Values) -> list[_Case]:
    """Keep what is suspect: unusual, not explained and not so frequent that it must be meant."""
    cases = []
    for (value, slot), spots in found.items():
        kind = values.usual_kind(value)
        usual = values.slots_of(value, kind if slot else None)
        unusual = values.slots[value].total() - usual.total() if slot else len(spots)
        sure = sureness(usual.total(), unusual)
        odd = _odd_ones(value, spots, values, kind if slot else None) if sure > 0.5 else []
        if odd and len(spots if slot else odd) <= max(1, CONVENTION * usual.total()):
            here = f"{slot or OUTSIDE} {times(len(spots))}"
            cases.append(_Case(value, kind, usual, sure, here, odd))
    return sorted(cases, key=lambda case: (-case.odd[0].likely, -case.sure))


def _odd_ones(value: Words, spots: Sequence[Spot], values: Values, kind: str | None) -> list[_Odd]:
    """Keep the spots of a value that no word beside them explains; `kind` is the usual, if any."""
    here = Counter(side for spot in spots for side in sides(spot))
    odd = []
    for spot in spots:
        beside = [(values.slots_of(value, kind, side), here[side]) for side in sides(spot)]
        if all(count <= max(1, slots.total()) for slots, count in beside):
            told = [(sureness(slots.total(), count), slots) for slots, count in beside if slots]
            untold = 0.0, values.slots_of(value, kind)
            odd.append(_Odd(spot, *max(told, key=lambda one: one[0], default=untold)))
    return sorted(odd, key=lambda one: -one.likely)


def _report(kind: str, case: _Case) -> Finding:
    """Report a case, with its odd spots."""
    text, slot = case.odd[0].spot.text, case.odd[0].usual.most_common(1)[0][0]
    slots = [f"{name} {count}" for name, count in case.usual.most_common()]
    counts = ", ".join([*slots[:3], *["…"] * (len(slots) > 3)])
    message = f"{text!r} is labelled {times(case.usual.total())} ({counts}), {case.here}"
    fix = f"[{slot}|{text}], if it means the same here"
    return report(kind, message, [one.spot for one in case.odd], fix)
