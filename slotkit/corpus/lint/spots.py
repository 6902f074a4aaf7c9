"""An utterance as the checks see it, and the spots in it that a finding shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from slotkit.corpus.formats.rows import Row, offsets_of
from slotkit.corpus.lint.findings import Finding, Place
from slotkit.text.spans import characters_of
from slotkit.text.tags import Span, spans_of

_AROUND = 50  # characters shown on either side

Words = tuple[str, ...]


class Utterance:
    """An utterance; its `words` are in lower case."""

    def __init__(self, place: Place, row: Row) -> None:
        self.place, self.row = place, row
        self.words: Words = tuple(map(str.lower, row["tokens"]))
        self.spans = spans_of(row["tags"])

    def shown(self) -> str:
        """Write the place and the text, with all spans in brackets."""
        return f"{self.place}  {Spot(self, self.spans).annotated()}"


class Spot(NamedTuple):
    """Spans of an utterance; one of words under O has an empty slot."""

    utterance: Utterance
    spans: Sequence[Span]

    @property
    def slot(self) -> str:
        """The slot of the first span."""
        return self.spans[0].slot

    @property
    def words(self) -> Words:
        """The words from the first span to the last."""
        return self.utterance.words[self.spans[0].start : self.spans[-1].end]

    @property
    def text(self) -> str:
        """The same as they are written."""
        characters = self.characters()
        return self.utterance.row["text"][characters[0][0] : characters[-1][1]]

    def characters(self) -> list[tuple[int, int]]:
        """Find where each span stands in the text."""
        row = self.utterance.row
        offsets = offsets_of(row["text"], row["tokens"]) or []
        return [characters_of(offsets, start, end) for start, end, _ in self.spans]

    def brackets(self) -> list[str]:
        """Write each span as [slot|value], or as {words}."""
        values = [self.utterance.row["text"][start:end] for start, end in self.characters()]
        pairs = zip(self.spans, values, strict=True)
        return [f"[{span.slot}|{text}]" if span.slot else f"{{{text}}}" for span, text in pairs]

    def annotated(self) -> str:
        """Write the text with the spans in brackets."""
        text, pieces, done = self.utterance.row["text"], [], 0
        for (start, end), bracket in zip(self.characters(), self.brackets(), strict=True):
            pieces += [text[done:start], bracket]
            done = end
        return "".join([*pieces, text[done:]])

    def example(self) -> str:
        """Write the place, the spans and what stands around them."""
        characters, written = self.characters(), self.annotated()
        left = max(0, characters[0][0] - _AROUND)
        right = max(0, len(self.utterance.row["text"]) - characters[-1][1] - _AROUND)
        shown = "…" * (left > 0) + written[left : len(written) - right] + "…" * (right > 0)
        return f"{self.utterance.place}  {shown}"


def each_span(utterances: Iterable[Utterance]) -> Iterator[Spot]:
    """Give every span as a spot of its own."""
    return (Spot(one, [span]) for one in utterances for span in one.spans)


def report(kind: str, message: str, spots: Sequence[Spot], fix: str) -> Finding:
    """Make a finding of all spots where it occurs."""
    places = tuple(spot.utterance.place for spot in spots)
    examples = tuple(spot.example() for spot in spots)
    return Finding(
        kind=kind, message=message, places=places, count=len(spots), examples=examples, fix=fix
    )
