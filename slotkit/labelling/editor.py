"""The marks on one utterance while they are made: a cursor over words, a run, slots."""

from __future__ import annotations

from collections.abc import Iterable

from slotkit.text.tags import Span


class Editor:
    """The marks on an utterance of T words.

    The cursor stands on a word. Moved with `extend`, it draws a run of words behind it; moved
    without, the run is that word alone. What is done is done to the run, or to the whole slot that
    the cursor stands in where no run is drawn.

    Parameters
    ----------
    length : int
        T, at least 1.
    spans : iterable of Span
        What is marked already.

    Attributes
    ----------
    spans : list of Span
        What is marked, in the order of the text.
    cursor : int
        The word that the cursor stands on.
    length : int
        T.
    """

    def __init__(self, length: int, spans: Iterable[Span] = ()) -> None:
        self.length = length
        self._anchor: int | None = None  # where a run was begun
        self.spans = sorted(spans)
        self.cursor = self.spans[0].start if self.spans else 0

    @property
    def run(self) -> tuple[int, int]:
        """The words that the next mark is put on, the second number exclusive."""
        if self._anchor is not None:
            return min(self._anchor, self.cursor), max(self._anchor, self.cursor) + 1
        for start, end, _ in self.spans:
            if start <= self.cursor < end:
                return start, end
        return self.cursor, self.cursor + 1

    def move(self, steps: int, *, extend: bool = False) -> None:
        """Move the cursor by so many words, as far as there are any."""
        if not extend:
            self._anchor = None
        elif self._anchor is None:
            self._anchor = self.cursor
        self.cursor = min(max(self.cursor + steps, 0), self.length - 1)

    def mark(self, slot: str) -> None:
        """Give the run to a slot; marks that it touches are taken away."""
        run = self.run
        self.take_away()
        self.spans = sorted([*self.spans, Span(*run, slot)])

    def take_away(self) -> bool:
        """Take the marks away that the run touches; tell whether there were any."""
        start, end = self.run
        kept = [one for one in self.spans if one.end <= start or end <= one.start]
        found = len(kept) < len(self.spans)
        self.spans, self._anchor = kept, None
        return found
