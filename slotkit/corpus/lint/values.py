"""Every value of a corpus: how it is labelled, and how beside which words."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from slotkit.corpus.lint.spots import Spot, Utterance, Words, each_span
from slotkit.text.kinds import find_kinds, slot_values

CONVENTION = 0.1  # of a slot's spans, or of a value's: what so many do is meant

Side = tuple[str, str]  # "before" or "behind", and the word there


class Values:
    """The values of all splits; `kinds` are found in train, a slot without is its own."""

    def __init__(self, utterances: Iterable[Utterance]) -> None:
        train = [one for one in utterances if one.place.split == "train"]
        self.kinds = find_kinds(
            slot_values([one.words for one in train], [one.row["tags"] for one in train])
        )
        self.slots: defaultdict[Words, Counter[str]] = defaultdict(Counter)
        self._lengths: defaultdict[str, set[int]] = defaultdict(set)
        self._beside: defaultdict[tuple[Words, Side], Counter[str]] = defaultdict(Counter)
        for spot in each_span(utterances):
            value, slot = spot.words, spot.slot
            self.kinds.setdefault(slot, slot)
            self.slots[value][slot] += 1
            self._lengths[value[0]].add(len(value))
            for side in sides(spot):
                self._beside[value, side][slot] += 1

    def slots_of(
        self, value: Words, kind: str | None = None, side: Side | None = None
    ) -> Counter[str]:
        """Count the slots that a value has; those of a kind, or beside a word, if given."""
        slots = self._beside.get((value, side)) if side else self.slots.get(value)
        return Counter({s: n for s, n in (slots or {}).items() if kind in (None, self.kinds[s])})

    def usual_kind(self, value: Words) -> str:
        """Give the kind of slot that a value most often has."""
        kinds: Counter[str] = Counter()
        for slot, count in self.slots[value].items():
            kinds[self.kinds[slot]] += count
        return kinds.most_common(1)[0][0]

    def stretches(self, words: Words) -> Iterator[tuple[int, int]]:
        """Find where values stand, labelled or not: start and end."""
        for start, word in enumerate(words):
            for length in self._lengths.get(word, ()):
                end = start + length
                if end <= len(words) and words[start:end] in self.slots:
                    yield start, end


def sides(spot: Spot) -> list[Side]:
    """Give the words on both sides of a spot; the end of an utterance tells nothing."""
    words, start, end = spot.utterance.words, spot.spans[0].start, spot.spans[-1].end
    before = [("before", words[start - 1] if start else "")]
    return before + [("behind", word) for word in words[end : end + 1]]


def sureness(usual: int, unusual: int) -> float:
    """Give the least fraction that is usual: Wilson's lower bound, at nine in ten."""
    z, total = 1.2816, usual + unusual
    p = usual / total
    spread = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    return (p + z * z / (2 * total) - spread) / (1 + z * z / total)
