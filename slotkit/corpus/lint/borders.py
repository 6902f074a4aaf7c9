"""Spans that are right but for their borders: more in them, or less, than there should be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from slotkit.corpus.lint.findings import Finding, times
from slotkit.corpus.lint.spots import Spot, Utterance, Words, each_span, report
from slotkit.corpus.lint.values import CONVENTION, Values, sureness
from slotkit.text.tags import OUTSIDE

_STOPS = ",;:?!.…、，。；：？！"  # what is taken for punctuation at the ends of a value
_MAY_END = ".!…！"  # stops that a value may end in: a.m., Yahoo!
_ARTICLES = {"a", "an", "the"}


def find_edges(utterances: Iterable[Utterance], values: Values) -> Iterator[Finding]:
    """Find the spans that take in punctuation or an article.

    An article, and a stop as in a.m., may belong to a value, and so may what a tenth of a slot's
    spans have, unless the rest is surely more often a value alone.
    """
    found: defaultdict[tuple[str, Words], list[Spot]] = defaultdict(list)
    spans: Counter[str] = Counter()
    taking: Counter[str] = Counter()
    for spot in each_span(utterances):
        spans[spot.slot] += 1
        if _core(" ".join(spot.words)) != " ".join(spot.words):
            found[spot.slot, spot.words].append(spot)
            taking[spot.slot] += 1
    for (slot, value), spots in found.items():
        rest, kind = tuple(_core(" ".join(value)).split()), values.kinds[slot]
        times_alone, times_so = (values.slots_of(v, kind).total() for v in (rest, value))
        alone = sureness(times_alone, times_so) > 0.5
        may_be = value[0] in _ARTICLES or value[-1][-1] in _MAY_END
        meant = may_be or taking[slot] > max(1, CONVENTION * spans[slot])
        if alone or not rest or not meant:
            text = spots[0].text
            message = f"{slot} is {text!r} {times(len(spots))}"
            yield report("edge", message, spots, _core(text) or OUTSIDE)


def _core(text: str) -> str:
    """Take an article and punctuation off the ends of a text."""
    article, _, rest = text.partition(" ")
    text = rest if rest and article.lower() in _ARTICLES else text
    return text.rstrip(_STOPS + " ").lstrip(_STOPS.replace(".", " "))  # .5 is a number


def find_borders(utterances: Sequence[Utterance], values: Values) -> Iterator[Finding]:
    """Find words that nearly always are one span, or in part one or several, and here the other.

    All of these spans are of one kind of slot. A word that is left out may belong to the one before
    it: in "查一下[周二]" the 下 of "下周二" does, as 一下 stands outside of spans more often.
    """
    whole: defaultdict[tuple[Words, str], list[Spot]] = defaultdict(list)
    part: defaultdict[tuple[Words, str], list[tuple[Spot, int]]] = defaultdict(list)
    outside = Counter(
        (before, word)
        for one in utterances
        for (before, word), tags in zip(pairwise(one.words), pairwise(one.row["tags"]), strict=True)
        if tags == (OUTSIDE, OUTSIDE)
    )
    for one in utterances:
        for start, end in values.stretches(one.words):
            inside = [span for span in one.spans if span.start < end and start < span.end]
            kinds = {values.kinds[span.slot] for span in inside}
            within = all(start <= span.start and span.end <= end for span in inside)
            if end - start > 1 and len(kinds) == 1 and within:
                key, spot = (one.words[start:end], kinds.pop()), Spot(one, inside)
                if inside[0][:2] == (start, end):
                    whole[key].append(spot)
                else:
                    cut = start > 0 and inside[0].start > start
                    together = outside[one.words[start - 1], one.words[start]] if cut else 0
                    part[key].append((spot, together))
    ranked = []
    for key, spots in whole.items():
        parts = [spot for spot, _ in part[key]]
        few, many = sorted([spots, parts], key=len)
        if few is parts:
            few = [spot for spot, together in part[key] if together <= len(spots)]
        if few and sureness(len(many), len(few)) > 0.5:
            ranked.append((sureness(len(many), len(few)), few, many))
    for _, few, many in sorted(ranked, key=lambda entry: -entry[0]):
        here, usual = (" ".join(spots[0].brackets()) for spots in (few, many))
        message = f"{here} {times(len(few))}, but {usual} {times(len(many))}"
        yield report("border", message, few, usual)
