"""Utterances as the rules compare them: a span is one item, which its kind of value stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from slotkit.text.kinds import find_kinds, slot_values
from slotkit.text.tags import OUTSIDE, spans_of

EDGE = ""  # stands for the word beyond the end of an utterance

_LONGEST_CUE = 3  # tokens

Item = str | tuple[str]  # a word in lower case, or what stands for a span: its kind, else its slot
Items = tuple[Item, ...]
Run = tuple[str, int, int]  # the side of a span that words stand on, and from and to which item


class Utterance(NamedTuple):
    """Tokens and the tag of each."""

    tokens: list[str]
    tags: list[str]


def find_roles(tokens: Iterable[Sequence[str]], tags: Iterable[Sequence[str]]) -> dict[str, str]:
    """Find the slots whose kind of value others hold too, and the kind of each."""
    kinds = find_kinds(slot_values(tokens, tags))
    sizes = Counter(kinds.values())
    return {slot: kind for slot, kind in kinds.items() if sizes[kind] > 1}


class Part(NamedTuple):
    """A word outside spans, or the words of a span; only roles have a kind."""

    tokens: tuple[str, ...]
    slot: str = ""
    kind: str = ""


class Parsed:
    """The parts of an utterance, and the item that each is compared by."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.parts = list(parts)
        self.items: Items = tuple(
            (part.kind or part.slot,) if part.slot else part.tokens[0].lower()
            for part in self.parts
        )

    @property
    def utterance(self) -> Utterance:
        """Tokens and tags."""
        tokens = [token for part in self.parts for token in part.tokens]
        tags: list[str] = []
        for part in self.parts:
            inside = [f"I-{part.slot}"] * (len(part.tokens) - 1)
            tags += [f"B-{part.slot}", *inside] if part.slot else [OUTSIDE]
        return Utterance(tokens, tags)

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots of all spans."""
        return tuple(part.slot for part in self.parts if part.slot)

    def roles(self) -> list[tuple[int, Part]]:
        """Give the spans that are roles, and the place of each."""
        return [(place, part) for place, part in enumerate(self.parts) if part.kind]

    def places(self, kind: str) -> list[int]:
        """Give the places of the values of a kind."""
        return [place for place, part in self.roles() if part.kind == kind]

    def runs(self, place: int) -> Iterator[Run]:
        """Yield the runs of up to three words directly beside a span, the shortest first."""
        for side, step in ("before", -1), ("after", 1):
            for size in range(1, _LONGEST_CUE + 1):
                far = place + step * size
                if not 0 <= far < len(self.parts) or self.parts[far].slot:
                    break
                yield (side, far, place) if step < 0 else (side, place + 1, far + 1)

    def beyond(self, run: Run, size: int) -> Items:
        """Give one or two items beyond a run, on the side that is away from the span."""
        side, first, last = run
        padded = (EDGE, EDGE, *self.items, EDGE, EDGE)
        start = first + 2 - size if side == "before" else last + 2
        return padded[start : start + size]

    def gaps(self) -> Iterator[tuple[Items, Items]]:
        """Yield the items before and behind a gap of up to three words, in any place."""
        for start in range(len(self.parts) + 1):
            for end in range(start, min(start + _LONGEST_CUE, len(self.parts)) + 1):
                if end > start and self.parts[end - 1].slot:
                    break
                yield self.items[:start], self.items[end:]


def parse(
    tokens: Iterable[Sequence[str]], tags: Iterable[Sequence[str]], roles: Mapping[str, str]
) -> list[Parsed]:
    """Parse utterances; `roles` is from `find_roles`."""
    parsed = []
    for row, sequence in zip(tokens, tags, strict=True):
        parts = [Part((token,)) for token in row]
        for start, end, slot in reversed(spans_of(sequence)):
            parts[start:end] = [Part(tuple(row[start:end]), slot, roles.get(slot, ""))]
        parsed.append(Parsed(parts))
    return parsed
