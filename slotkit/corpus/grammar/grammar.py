r"""Templates and word lists to labelled utterances.

A grammar is a UTF-8 text file. A line that begins with ``#`` is a comment, blank lines are
passed over, and the rest is sections::

    [intent book]
    3: (please)? book a (flight|train) to <destination=city>
    [list city]
    Taipei
    [list city @validation @test]
    Aix-en-Provence
    [noise]
    lower_case 0.5

A section with marks exists in those splits only, one without marks in all; sections of the same
name add up. Each line of an intent or a list is one template, weight 1 unless another stands
before it. In a template ``(a|b)`` is one of its alternatives, ``(a|b)?`` is left out half of the
time, ``<name>`` is a line of a list, ``<slot=name>`` the same labelled as a slot, and ``\``
takes the meaning from the character behind it. Blanks are squeezed to one.

``[noise]`` gives probabilities of what is done to a finished utterance: `lower_case` and
`no_punctuation` to all of it, `typo` to each word of four or more ASCII letters.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from slotkit.corpus.formats.find import SPLITS
from slotkit.corpus.grammar.template import NAME, Reference, Template, parse_template, references
from slotkit.errors import CorpusError
from slotkit.text.tags import Span, tags_of
from slotkit.text.tokenizer import tokenize

NOISE = ("lower_case", "no_punctuation", "typo")

# How often to draw again: a list's line that the utterance has already, an utterance that the
# split has already. After that many the repetition is taken.
_TRIES = 50
_MAX_REPORTED = 20
_HEADER = re.compile(rf"\[(?:(intent|list)\s+({NAME})|(noise))((?:\s+@\w+)*)\s*\]")
_WEIGHT = re.compile(r"([-+.\d]\S*):(?:\s+(.*))?")
_SENTENCE_MARKS = frozenset(".,;:!?…。，、；：！？")
_TYPO_WORD = re.compile(r"[A-Za-z]{4,}")


class _Line(NamedTuple):
    """One line of an intent or list section."""

    weight: float
    template: Template
    number: int


class _Weighted:
    """Things to draw from, each with its weight."""

    def __init__(self, things: Iterable[tuple[float, Any]]) -> None:
        pairs = list(things)
        self._things = [thing for _, thing in pairs]
        self._bounds = list(accumulate(weight for weight, _ in pairs))

    def draw(self, random: Random) -> Any:
        """Draw one thing."""
        place = bisect(self._bounds, random.random() * self._bounds[-1])
        return self._things[min(place, len(self._things) - 1)]


def _below(random: Random, limit: int) -> int:
    """Draw a whole number from 0 to `limit` - 1, the same on every version of Python."""
    return int(random.random() * limit)


def _number(text: str) -> float:
    """Read a finite number that is not negative; anything else gives -1."""
    return float(text) if re.fullmatch(r"\d+(\.\d*)?|\.\d+", text, re.ASCII) else -1.0


def _read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that says something; only a line feed ends a line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror}", path) from error
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError as error:
            message = f"not UTF-8: byte 0x{line[error.start]:02x} at position {error.start + 1}"
            raise CorpusError(message, path, number) from None
        if text and not text.startswith("#"):
            yield number, text


def _first_errors(errors: Sequence[tuple[int, str]], path: Path) -> CorpusError:
    """Join the errors of several lines, by line, one printed line each."""
    ordered = sorted(set(errors))
    (line, message), *others = ordered[:_MAX_REPORTED]
    rest = [f"{path}:{number}: {text}" for number, text in others]
    if len(ordered) > _MAX_REPORTED:
        rest.append(f"and {len(ordered) - _MAX_REPORTED} more")
    return CorpusError("\n".join([message, *rest]), path, line)


# ------------------------------------------------------------------------------ making


class _Letter(NamedTuple):
    """One character of an utterance in the making and the labelled value it belongs to."""

    text: str
    value: int | None


class _Draft:
    """One utterance in the making: its letters, its slots, what its lists have given."""

    def __init__(self, lists: Mapping[str, _Weighted], random: Random) -> None:
        self.slots: list[str] = []
        self._lists = lists
        self._random = random
        self._given: dict[str, set[str]] = {}

    def expand(self, template: Template, value: int | None = None) -> list[_Letter]:
        """Draw an utterance, or a part of one, from a template."""
        letters: list[_Letter] = []
        for node in template:
            if isinstance(node, str):
                letters.append(_Letter(node, value))
            elif isinstance(node, Reference):
                letters += self._refer(node, value)
            elif not node.optional or self._random.random() < 0.5:
                branch = node.branches[_below(self._random, len(node.branches))]
                letters += self.expand(branch, value)
        return letters

    def _refer(self, reference: Reference, value: int | None) -> list[_Letter]:
        """Draw from a list a text that it has not given to this utterance, where it has one."""
        if reference.slot is not None:
            value = len(self.slots)
            self.slots.append(reference.slot)
        given = self._given.setdefault(reference.name, set())
        num_slots = len(self.slots)
        for _ in range(_TRIES):
            del self.slots[num_slots:]
            line: _Line = self._lists[reference.name].draw(self._random)
            letters = self.expand(line.template, value)
            text = "".join(letter.text for letter in letters)
            if text not in given:
                break
        given.add(text)
        return letters


def _without_marks(letters: list[_Letter]) -> list[_Letter]:
    """Drop commas, stops and the like, but none inside a number or an abbreviation."""
    tokens = tokenize("".join(letter.text for letter in letters))
    marks = {
        start
        for word, (start, _) in zip(tokens.words, tokens.offsets, strict=True)
        if word in _SENTENCE_MARKS
    }
    return [letter for place, letter in enumerate(letters) if place not in marks]


def _with_typos(letters: list[_Letter], probability: float, random: Random) -> list[_Letter]:
    """Swap, drop or double a letter behind the first in some of the longer words."""
    letters = list(letters)
    words = _TYPO_WORD.finditer("".join(letter.text for letter in letters))
    for start, end in [word.span() for word in words][::-1]:
        if random.random() >= probability:
            continue
        place = start + 1 + _below(random, end - start - 2)
        kind = _below(random, 3)
        if kind == 0:
            letters[place : place + 2] = letters[place : place + 2][::-1]
        elif kind == 1:
            del letters[place]
        else:
            letters.insert(place, letters[place])
    return letters


def _finish(letters: list[_Letter], names: Sequence[str]) -> dict[str, Any]:
    """Squeeze the blanks of an utterance and lay its spans over its tokens.

    Raises
    ------
    ValueError
        If there is no text, a slot has no value, or a value does not end where a token does.
    """
    text = ""
    bounds: dict[int, tuple[int, int]] = {}
    blank = False
    for letter in letters:
        if letter.text.isspace():
            blank = True
            continue
        if blank and text:
            text += " "
        blank = False
        if letter.value is not None:
            bounds[letter.value] = (bounds.get(letter.value, (len(text),))[0], len(text) + 1)
        text += letter.text
    if not text:
        raise ValueError("the template gives an empty utterance")
    tokens = tokenize(text)
    starts = {start: place for place, (start, _) in enumerate(tokens.offsets)}
    ends = {end: place + 1 for place, (_, end) in enumerate(tokens.offsets)}
    slots, spans = [], []
    for value, name in enumerate(names):
        if value not in bounds:
            raise ValueError(f"slot {name!r} has an empty value in {text!r}")
        start, end = bounds[value]
        if start not in starts or end not in ends:
            raise ValueError(f"slot {name!r} ends inside a token: {text[start:end]!r} in {text!r}")
        slots.append({"name": name, "value": text[start:end], "start": start, "end": end})
        spans.append(Span(starts[start], ends[end], name))
    tags = tags_of(spans, len(tokens.words))
    return {"text": text, "tokens": tokens.words, "tags": tags, "slots": slots}


class Grammar:
    """Templates and word lists that utterances are drawn from; see the module.

    Parameters
    ----------
    path : Path
        The file that it was read from, named in errors.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # kind ("intent" or "list") -> name -> split -> lines; and the line that first names it
        self._sections: dict[str, dict[str, dict[str, list[_Line]]]] = {"intent": {}, "list": {}}
        self._first: dict[tuple[str, str], int] = {}
        self._noise = {split: dict.fromkeys(NOISE, 0.0) for split in SPLITS}

    def templates(self, split: str = "train") -> list[tuple[str, int]]:
        """Tell the intent and the line in the file of each template of a split."""
        return [(intent, line.number) for intent, line in self._intent_lines(split)]

    def generate(self, count: int, *, seed: int, split: str = "train") -> Iterator[dict[str, Any]]:
        """Draw utterances, no two alike as long as that is easy to reach.

        Parameters
        ----------
        count : int
            How many.
        seed : int
            The same seed gives the same utterances on every machine.
        split : str
            The sections to use: ``train``, ``validation`` or ``test``.

        Yields
        ------
        dict
            ``text``, ``tokens``, ``tags`` (IOB2), ``slots`` (each ``name``, ``value``,
            ``start``, ``end`` in characters) and ``intent``.

        Raises
        ------
        ValueError
            If the split has no such name.
        CorpusError
            If an intent, or a list that is needed, has no lines in the split; if a labelled
            value is empty or does not fit the borders of the tokens.
        """
        if split not in SPLITS:
            raise ValueError(f"unknown split {split!r}; choose from {', '.join(SPLITS)}")
        self._check_split(split)
        return self._rows(count, Random(seed), split)

    def _rows(self, count: int, random: Random, split: str) -> Iterator[dict[str, Any]]:
        """Draw the utterances of a split that has been checked."""
        templates = _Weighted((line.weight, (i, line)) for i, line in self._intent_lines(split))
        lists = {
            name: _Weighted((line.weight, line) for line in splits[split])
            for name, splits in self._sections["list"].items()
            if splits[split]
        }
        seen: set[str] = set()
        for _ in range(count):
            for _ in range(_TRIES):
                intent, line = templates.draw(random)
                draft = _Draft(lists, random)
                letters = self._disturb(draft.expand(line.template), random, split)
                try:
                    row = _finish(letters, draft.slots)
                except ValueError as error:
                    raise CorpusError(str(error), self.path, line.number) from error
                if row["text"] not in seen:
                    break
            seen.add(row["text"])
            yield {**row, "intent": intent}

    def _disturb(self, letters: list[_Letter], random: Random, split: str) -> list[_Letter]:
        """Do to an utterance what the noise section asks for."""
        noise = self._noise[split]
        if random.random() < noise["lower_case"]:
            letters = [_Letter(c, value) for text, value in letters for c in text.lower()]
        if random.random() < noise["no_punctuation"]:
            letters = _without_marks(letters)
        return _with_typos(letters, noise["typo"], random)

    def _intent_lines(self, split: str) -> Iterator[tuple[str, _Line]]:
        """Yield the templates of a split with their intents, in the order of the file."""
        for intent, splits in self._sections["intent"].items():
            for line in splits[split]:
                yield intent, line

    # ------------------------------------------------------------------------ reading

    def _open(self, match: re.Match[str], number: int) -> tuple[str, str, list[str]]:
        """Begin a section: tell its kind, its name and its splits."""
        marks = [mark.removeprefix("@") for mark in match[4].split()]
        for mark in marks:
            if mark not in SPLITS:
                choices = ", ".join(f"@{split}" for split in SPLITS)
                raise CorpusError(
                    f"unknown mark '@{mark}'; choose from {choices}", self.path, number
                )
        kind, name = match[1] or "noise", match[2] or ""
        if kind != "noise":
            self._sections[kind].setdefault(name, {split: [] for split in SPLITS})
            self._first.setdefault((kind, name), number)
        return kind, name, marks or list(SPLITS)

    def _add_template(self, text: str, number: int, lines: Iterable[list[_Line]]) -> None:
        """Add one line of an intent or list section, in each of its splits."""
        weight = 1.0
        match = _WEIGHT.fullmatch(text)
        if match:
            weight, text = _number(match[1]), match[2] or ""
            if weight <= 0:
                raise ValueError(f"weight must be a number > 0, got {match[1]!r}")
        line = _Line(weight, parse_template(text), number)
        for section in lines:
            section.append(line)

    def _add_noise(self, text: str, splits: Iterable[str]) -> None:
        """Add one line of a noise section, in each of its splits."""
        key, *rest = text.split()
        if key not in NOISE:
            raise ValueError(f"unknown noise {key!r}; choose from {', '.join(NOISE)}")
        number = _number(" ".join(rest))
        if not 0 <= number <= 1:
            raise ValueError(f"{key} must be a probability in 0..1, got {' '.join(rest)!r}")
        for split in splits:
            self._noise[split][key] = number

    def _read(self) -> None:
        """Read the file, line by line."""
        section: tuple[str, str, list[str]] | None = None
        for number, text in _read_lines(self.path):
            if text.startswith("["):
                match = _HEADER.fullmatch(text)
                if not match:
                    choices = "[intent NAME], [list NAME] or [noise], marks like @train inside"
                    raise CorpusError(f"expected {choices}, got {text!r}", self.path, number)
                section = self._open(match, number)
                continue
            if section is None:
                raise CorpusError(f"expected a section before {text!r}", self.path, number)
            kind, name, splits = section
            try:
                if kind == "noise":
                    self._add_noise(text, splits)
                else:
                    lines = self._sections[kind][name]
                    self._add_template(text, number, [lines[split] for split in splits])
            except ValueError as error:
                raise CorpusError(str(error), self.path, number) from None
        if not self._sections["intent"]:
            raise CorpusError("expected at least one [intent NAME] section", self.path)

    # ----------------------------------------------------------------------- checking

    def _lines(self) -> dict[int, Template]:
        """Give every template of the file by its line."""
        return {
            line.number: line.template
            for names in self._sections.values()
            for splits in names.values()
            for lines in splits.values()
            for line in lines
        }

    def _check(self) -> None:
        """Check what does not depend on the split: every name, recursion, nested slots."""
        lists = self._sections["list"]
        errors = [
            (number, f"undefined list {reference.name!r}")
            for number, template in self._lines().items()
            for reference in references(template)
            if reference.name not in lists
        ]
        if errors:
            raise _first_errors(errors, self.path)
        uses = {
            name: [
                (line.number, reference)
                for lines in splits.values()
                for line in lines
                for reference in references(line.template)
            ]
            for name, splits in lists.items()
        }
        reached: dict[str, bool] = {}  # finished lists: does a label stand in it or below it
        for name in uses:
            self._descend(name, uses, reached, [])
        for number, template in self._lines().items():
            for reference in references(template):
                if reference.slot is not None and reached[reference.name]:
                    message = f"slot {reference.slot!r} holds list {reference.name!r}, which "
                    raise CorpusError(message + "has slots of its own", self.path, number)

    def _descend(
        self,
        name: str,
        uses: Mapping[str, Sequence[tuple[int, Reference]]],
        reached: dict[str, bool],
        above: list[str],
    ) -> bool:
        """Follow a list's references; tell whether a label stands in it or below it."""
        if name not in reached:
            labelled = False
            for number, reference in uses[name]:
                path = [*above, name]
                if reference.name in path:
                    circle = " -> ".join([*path[path.index(reference.name) :], reference.name])
                    raise CorpusError(f"list reaches itself: {circle}", self.path, number)
                below = self._descend(reference.name, uses, reached, path)
                labelled |= below or reference.slot is not None
            reached[name] = labelled
        return reached[name]

    def _check_split(self, split: str) -> None:
        """Check that every intent and every list that is needed has lines in a split."""
        errors = [
            (self._first["intent", intent], f"intent {intent!r} has no lines in split {split!r}")
            for intent, splits in self._sections["intent"].items()
            if not splits[split]
        ]
        todo = [line for _, line in self._intent_lines(split)]
        visited: set[str] = set()
        while todo:
            line = todo.pop()
            for reference in references(line.template):
                lines = self._sections["list"][reference.name][split]
                if not lines:
                    message = f"list {reference.name!r} has no lines in split {split!r}"
                    errors.append((line.number, message))
                if reference.name not in visited:
                    visited.add(reference.name)
                    todo += lines
        if errors:
            raise _first_errors(errors, self.path)


def load_grammar(path: str | Path) -> Grammar:
    """Read a grammar file and check it.

    Parameters
    ----------
    path : str or Path
        The file; the module tells its format.

    Raises
    ------
    CorpusError
        With file and line: the file cannot be read or is not UTF-8; an unknown header, mark or
        noise; a bad weight or probability; a bracket that is not closed; lists that are
        referred to and not defined (all of them, up to 20); a list that reaches itself; a slot
        within a slot; no intent at all.
    """
    grammar = Grammar(Path(path))
    grammar._read()
    grammar._check()
    return grammar
