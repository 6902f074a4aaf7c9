"""What a bot has to find out for each intent: the slots, how it asks, what must hold.

A file of frames is read by `slotkit.frames.read`; in Python the classes here say the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter

from slotkit.frames.check import NUMBERS, ORDERED, Check
from slotkit.frames.sentences import SENTENCES
from slotkit.values import Type

LANGUAGES = tuple(SENTENCES)
COMBINE = {"sum": ("number",), "interval": ("date", "time", "datetime")}  # -> kinds that can
CUE = "_"  # stands for the value in a cue

Texts = Mapping[str, str]  # language -> text


@dataclass(frozen=True)
class FrameSlot:
    """A slot of frames, and how a bot speaks of it.

    Parameters
    ----------
    name : str
        As the tagger has it.
    type : Type
        Of its value.
    called : mapping of str to str
        What the bot calls it, by language.
    ask : mapping of str to str
        The question for it; slots that are never asked need none.
    unreadable : mapping of str to str
        What the bot says where it cannot read the value, instead of the usual sentence; ``{said}``
        is what was said, ``{reason}`` why it cannot be read, in English.
    many : bool
        It may hold several values, which then are a list.
    combine : str, optional
        What several spans of one utterance make: their ``sum``, or an ``interval``. Without it the
        last one counts.
    cues : mapping of str to sequence of str
        Words around the value which tell that it is this slot and no other that can hold it, as
        ``from _``; by language.

    Raises
    ------
    ValueError
        If `combine` is unknown, or does not go with the type or with `many`.
    """

    name: str
    type: Type
    called: Texts
    ask: Texts = field(default_factory=dict)
    unreadable: Texts = field(default_factory=dict)
    many: bool = False
    combine: str | None = None
    cues: Mapping[str, Iterable[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.combine is not None:
            choose(f"slots.{self.name}.combine: unknown way", self.combine, COMBINE)
        if self.combine is not None and (self.many or self.kind not in COMBINE[self.combine]):
            kinds = ", ".join(COMBINE[self.combine])
            raise ValueError(
                f"slots.{self.name}.combine: {self.combine} is for one value of type {kinds}"
            )
        for cue in (cue for cues in self.cues.values() for cue in cues):
            if cue.count(CUE) != 1 or not cue.strip(CUE + " "):
                raise ValueError(
                    f"slots.{self.name}.cues: expected words around one {CUE} for the value, "
                    f"got {cue!r}"
                )
        _check_fields(f"slots.{self.name}.unreadable", self.unreadable, ["said", "reason"])

    @property
    def takes_several(self) -> bool:
        """Whether several spans of an utterance make its value."""
        return self.many or self.combine is not None

    @property
    def kind(self) -> str:
        """The kind of its value, one of `slotkit.values.KINDS`."""
        return self.type.kind


@dataclass(frozen=True)
class Frame:
    """What a bot has to find out for one thing that it can do.

    Parameters
    ----------
    name : str
    intents : sequence of str
        Of the tagger, that ask for it.
    title : mapping of str to str
        What it does, as it ends "I can ...", by language.
    required : sequence of str
        Slots that are asked for, in this order.
    optional : sequence of str
        Slots that are taken where they are said.
    confirm, done : mapping of str to str
        The question at the end, and what is said after a yes; ``{slot}`` is the value of a
        required slot, ``{rest}`` are the others that are filled, with their names.
    ask : mapping of str to mapping
        Questions for slots that differ from those of the slots: slot -> language -> question.
    checks : sequence of Check

    Raises
    ------
    ValueError
        If a slot is named twice, a text wants a value that is not required, or a check names no
        slot of the frame.
    """

    name: str
    intents: tuple[str, ...]
    title: Texts
    required: tuple[str, ...]
    confirm: Texts
    done: Texts
    optional: tuple[str, ...] = ()
    ask: Mapping[str, Texts] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()

    def __post_init__(self) -> None:
        here = f"frames.{self.name}"
        for part in ("required", "optional"):
            for slot in getattr(self, part):
                if self.slots.count(slot) > 1:
                    raise ValueError(f"{here}.{part}: slot {slot!r} stands there twice")
        for what, texts in (("confirm", self.confirm), ("done", self.done)):
            _check_fields(f"{here}.{what}", texts, [*self.required, "rest"])
        for slot in self.ask:
            if slot not in self.slots:
                raise ValueError(f"{here}.ask: {_no_slot(slot, self.slots)}")
        for check in self.checks:
            for slot in check.slots:
                if slot not in self.slots:
                    raise ValueError(f"{here}.checks: {_no_slot(slot, self.slots)}")

    @property
    def slots(self) -> tuple[str, ...]:
        """All slots, the required ones first."""
        return (*self.required, *self.optional)


@dataclass(frozen=True)
class Frames:
    """The frames of a bot, and the slots that they share.

    Parameters
    ----------
    languages : sequence of str
        In which it speaks; one that cannot be told from a text is the first.
    slots : iterable of FrameSlot
    frames : iterable of Frame

    Raises
    ------
    ValueError
        If there is no frame, a language is unknown, a text is missing in one of them, two have
        one name, two frames one intent, a frame names a slot that there is not, or a check
        compares what cannot be compared.
    """

    languages: tuple[str, ...]
    slots: Mapping[str, FrameSlot]
    frames: Mapping[str, Frame]

    def __post_init__(self) -> None:
        for language in self.languages:
            choose("languages: unknown language", language, LANGUAGES)
        if not self.languages:
            raise ValueError(f"languages: expected at least one of {', '.join(LANGUAGES)}")
        if not self.frames:
            raise ValueError("frames: expected at least one frame")
        for slot in self.slots.values():
            self._check_texts(f"slots.{slot.name}.called", slot.called)
        intents: dict[str, str] = {}
        for frame in self.frames.values():
            self._check_frame(frame)
            for intent in frame.intents:
                if intent in intents:
                    raise ValueError(
                        f"frames.{frame.name}.intents: {intent!r} is one of frame "
                        f"{intents[intent]!r} already"
                    )
                intents[intent] = frame.name

    def __iter__(self) -> Iterator[Frame]:
        return iter(self.frames.values())

    def _check_frame(self, frame: Frame) -> None:
        here = f"frames.{frame.name}"
        for part in ("required", "optional"):
            for slot in getattr(frame, part):
                if slot not in self.slots:
                    raise ValueError(f"{here}.{part}: {_no_slot(slot, self.slots)}")
        for what in ("title", "confirm", "done"):
            self._check_texts(f"{here}.{what}", getattr(frame, what))
        for slot in frame.required:
            own = slot in frame.ask
            where = f"{here}.ask.{slot}" if own else f"slots.{slot}.ask"
            self._check_texts(where, frame.ask[slot] if own else self.slots[slot].ask)
        for check in frame.checks:
            self._check_texts(f"{here}.checks", check.say)
            kinds = [self.slots[slot].kind for slot in check.slots]
            kinds += ["date"] if check.of_day else []
            orders = check.comparison not in ("==", "!=")
            fits = kinds[0] in NUMBERS if len(kinds) == 1 else len(set(kinds)) == 1
            if not fits or (orders and kinds[0] not in ORDERED):
                raise ValueError(
                    f"{here}.checks: {check.that!r} compares {' with '.join(kinds)}; what is "
                    f"compared must be of one type, and of {', '.join(ORDERED)} for an order"
                )
            if any(self.slots[slot].many for slot in check.slots):
                raise ValueError(f"{here}.checks: {check.that!r} compares slots of many values")

    def _check_texts(self, where: str, texts: Texts) -> None:
        """Check that there is a text in each language, and in no other."""
        for language in texts:
            choose(f"{where}: unknown language", language, self.languages)
        for language in self.languages:
            if not texts.get(language):
                raise ValueError(f"{where}: no text in {language!r}, one of the languages")

    def question(self, frame: Frame, slot: str, language: str) -> str | None:
        """Return the question for a slot; None for one that is not asked."""
        return frame.ask.get(slot, self.slots[slot].ask).get(language)


def choose(unknown: str, name: object, names: Collection[str]) -> str:
    """Return a name that is one of those that there are.

    Raises
    ------
    ValueError
        If it is none: "`unknown` 'name'; choose from ...".
    """
    if not isinstance(name, str) or name not in names:
        raise ValueError(f"{unknown} {name!r}; choose from {', '.join(names)}")
    return name


def _no_slot(slot: str, slots: Iterable[str]) -> str:
    return f"unknown slot {slot!r}; choose from {', '.join(slots)}"


def _check_fields(where: str, texts: Texts, allowed: list[str]) -> None:
    """Check what stands in braces in a text of the bot."""
    for text in texts.values():
        try:
            fields = [part for part in Formatter().parse(text) if part[1] is not None]
        except ValueError as error:
            raise ValueError(f"{where}: {text!r}: {error}") from None
        for _, name, form, conversion in fields:
            if form or conversion:
                raise ValueError(f"{where}: expected {{{name}}} alone in braces")
            if name not in allowed:
                raise ValueError(
                    f"{where}: {{{name}}} is no value of this text; choose from "
                    f"{', '.join(allowed)}"
                )
