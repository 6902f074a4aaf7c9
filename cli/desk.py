"""What keys do while utterances are labelled, and what is shown."""

from __future__ import annotations

from itertools import cycle, takewhile

import click

from slotkit.labelling.editor import Editor
from slotkit.labelling.session import Session

from .paint import COLOURS, shown

_NUMBERED = 9  # slots that a digit gives
HELP = [
    "enter, a        accept what is marked, if nothing is: that there are no slots",
    "left, h         the word before; right, l: the next; home, end: the first, the last",
    "H, L            draw a run of words, as the arrows do with shift",
    "1 to 9          give the run to a slot; a run within a mark, or over it, replaces it",
    "n               type the name of a slot, known or new; tab completes",
    "x, backspace    take the marks away that the run touches",
    "s               skip: the utterance is not asked again",
    "u               undo: back to the utterance before, its answer is taken back",
    "q, Ctrl-C       quit; all answers are kept",
    "?               this help; any key closes it",
    "",
    "Where no run is drawn, what is done is done to the whole mark that the cursor stands in.",
]
_MOVES = {
    **dict.fromkeys(("left", "h"), (-1, False)),
    **dict.fromkeys(("right", "l"), (1, False)),
    **dict.fromkeys(("extend left", "H"), (-1, True)),
    **dict.fromkeys(("extend right", "L"), (1, True)),
}


class Desk:
    """An utterance at a time, its marks, and the keys that change them.

    Parameters
    ----------
    session : Session

    Attributes
    ----------
    message : str
        What was said last, until the next key.
    notice : str
        What is said of the tagger.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.message = self.notice = ""
        self._typed: str | None = None  # the name of a slot, while it is typed
        self._helping = False
        self._begin()

    def _begin(self) -> None:
        """Take the utterance that is asked."""
        number = self.session.current
        self._touched = False
        self._confidence = self.session.suggestion.confidence
        self._editor = None
        if number is not None:
            words = self.session.tokens[number].words
            self._editor = Editor(len(words), self.session.suggestion.spans)

    def refresh(self) -> None:
        """Take what a new tagger marks on the utterance that is asked, if nobody has begun it."""
        if not self._touched:
            self._begin()

    def press(self, key: str) -> bool:
        """Do what a key asks for; tell whether to go on."""
        self.message = ""
        if self._helping:
            self._helping = False
        elif self._typed is not None:
            self._type(key)
        elif key == "q":
            return False
        elif key == "?":
            self._helping = True
        elif key == "u":
            self._undo()
        elif self._editor is not None:
            self._touched = True
            self._edit(self._editor, key)
        return True

    def _edit(self, editor: Editor, key: str) -> None:
        """Change the marks, or say that they are right."""
        slots = self.session.slots
        if key in _MOVES:
            steps, extend = _MOVES[key]
            editor.move(steps, extend=extend)
        elif key in ("home", "end"):
            editor.move(-editor.length if key == "home" else editor.length)
        elif key in ("enter", "a"):
            self._answer(editor)
        elif key == "s":
            self._answer(None)
        elif key == "n":
            self._typed = ""
        elif key in ("x", "backspace", "delete"):
            if not editor.take_away():
                self.message = "there is no mark here"
        elif key.isdecimal() and 1 <= int(key) <= min(_NUMBERED, len(slots)):
            editor.mark(slots[int(key) - 1])
        else:
            self.message = f"{key} does nothing here; ? helps"

    def _answer(self, editor: Editor | None) -> None:
        """Keep an answer and go on."""
        try:
            self.session.answer(None if editor is None else editor.spans)
        except OSError as error:
            self.message = f"this answer is not kept: {error.strerror or error}"
            return
        self._begin()

    def _undo(self) -> None:
        """Go back to the utterance before."""
        try:
            if not self.session.undo():
                self.message = "nothing was answered yet"
                return
        except OSError as error:
            self.message = f"the answer cannot be taken back: {error.strerror or error}"
            return
        self._begin()

    def _type(self, key: str) -> None:
        """Type the name of a slot."""
        typed = self._typed or ""
        if key == "escape":
            self._typed = None
        elif key == "enter":
            self._typed = None
            if typed and self._editor is not None:
                self._editor.mark(typed)
                if typed not in self.session.slots:
                    self.session.slots.append(typed)
        elif key == "backspace":
            self._typed = typed[:-1]
        elif key == "tab":
            self._typed = _shared_beginning(self._beginning(typed)) or typed
        elif len(key) == 1 and key.isprintable():
            self._typed = typed + (key if not key.isspace() else "_")

    def _beginning(self, typed: str) -> list[str]:
        """Return the slots that begin with what is typed."""
        return [slot for slot in self.session.slots if slot.startswith(typed)]

    def lines(self) -> list[str]:
        """Lay out what is shown."""
        if self._helping:
            return HELP
        session = self.session
        skipped = len(session.answers) - len(session.labelled)
        counts = f"{len(session.labelled)} labelled, {skipped} skipped, {session.left} left"
        lines = [counts + (f"; {self.notice}" if self.notice else ""), ""]
        if self._editor is None:
            return [*lines, "all are answered: u goes back, q ends", "", self.message]
        sure = "" if self._confidence is None else f"  ({self._confidence:.2f})"
        lines += [self._utterance(self._editor) + click.style(sure, dim=True), ""]
        text, offsets = self._text()
        for start, end, slot in self._editor.spans:
            value = shown(text[offsets[start][0] : offsets[end - 1][1]])
            lines.append(f"  {self._named(slot)} = {value}")
        if not self._editor.spans:
            lines.append("  (no slots)")
        return [*lines, "", *self._below(), self.message]

    def _text(self) -> tuple[str, list[tuple[int, int]]]:
        """Return the text that is asked, and where its tokens stand."""
        number = self.session.current
        assert number is not None
        return self.session.texts[number], self.session.tokens[number].offsets

    def _utterance(self, editor: Editor) -> str:
        """Colour what is marked, and turn the run around."""
        text, offsets = self._text()
        slot_of = {place: one for one in editor.spans for place in range(one.start, one.end)}
        first, last = editor.run
        pieces, done = [], 0
        for place, (start, end) in enumerate(offsets):
            one = slot_of.get(place)
            inside = one is not None and one.start < place
            blank = text[done:start]
            pieces.append(self._piece(blank, one if inside else None, first < place < last))
            pieces.append(self._piece(text[start:end], one, first <= place < last))
            done = end
        return "".join(pieces) + shown(text[done:])

    def _piece(self, text: str, one: tuple[int, int, str] | None, turned: bool) -> str:
        """Colour a piece of the text."""
        if not text or (one is None and not turned):
            return shown(text)
        colour = None if one is None else self._colours()[one[2]]
        return click.style(shown(text), fg=colour, bold=one is not None, reverse=turned)

    def _colours(self) -> dict[str, str]:
        return dict(zip(self.session.slots, cycle(COLOURS), strict=False))

    def _named(self, slot: str) -> str:
        return click.style(shown(slot), fg=self._colours().get(slot))

    def _below(self) -> list[str]:
        """Lay out what may be pressed."""
        slots = self.session.slots
        if self._typed is not None:
            known = ", ".join(self._beginning(self._typed)[:_NUMBERED])
            new = "" if not self._typed or self._typed in slots else " (new)"
            return [f"slot: {shown(self._typed)}_{new}", shown(known)]
        named = [f"{n} {self._named(slot)}" for n, slot in enumerate(slots[:_NUMBERED], 1)]
        more = len(slots) - _NUMBERED
        named += [f"n {'new slot' if more <= 0 else f'{more} more, or a new one'}"]
        return ["  ".join(named), "enter accept  x unmark  s skip  u undo  q quit  ? help"]


def _shared_beginning(names: list[str]) -> str:
    """Return what all names begin with."""
    columns = takewhile(lambda column: len(set(column)) == 1, zip(*names, strict=False))
    return "".join(column[0] for column in columns)
