"""What an utterance says: what the tagger finds in it, as typed values of slots of the frames."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from slotkit.decoding.intents import IntentSets, split_intents
from slotkit.decoding.scope import OUT_OF_SCOPE
from slotkit.frames.cues import Span, is_bare, place
from slotkit.frames.frame import Frame, Frames, FrameSlot
from slotkit.frames.reader import Reader
from slotkit.frames.state import Filled
from slotkit.frames.words import is_one_number

if TYPE_CHECKING:
    from slotkit.tagging.result import Slot, Tagging

# Kinds of value of which no other words can be read, and those that any words may be.
_STRICT = ("date", "time", "datetime", "duration", "number", "ordinal", "money", "choice")
_NAMES = ("place", "person", "text")
_AS_SURE = 0.7  # a span's confidence is that share of a surer one's at least, or it does not count


class Filler(Protocol):
    """What fills slots; `slotkit.load` gives one.

    Attributes
    ----------
    tags : list of str
        Of the slots that it fills.
    intents : IntentSets
        What it tells of intents.
    max_words : int
        Of the longest text that it tags.
    """

    tags: list[str]
    intents: IntentSets
    max_words: int

    @property
    def tag(self) -> Callable[..., Tagging]:
        """Find the slots of an utterance, where ``expect`` is the slot that was asked for."""


class Unread(NamedTuple):
    """What was said of a slot and cannot be read, and why."""

    slot: str
    said: list[str]
    reason: str


class Heard(NamedTuple):
    """What an utterance says.

    Parameters
    ----------
    slots : list of Filled
        What fills slots, in the order of the text.
    unreadable : list of Unread
        What was said of slots and is no value of their type.
    unsure : list of Filled
        What the tagger was not sure of, and values that may have been meant.
    intent : str or None
        The likeliest single one, if the tagger tells any.
    rejected : bool
        It is nothing that the bot can help with.
    """

    slots: list[Filled]
    unreadable: list[Unread]
    unsure: list[Filled]
    intent: str | None
    rejected: bool


class Hearing:
    """A tagger and the frames for which it listens.

    Parameters
    ----------
    filler : Filler
    frames : Frames

    Attributes
    ----------
    tells_intents : bool
        Whether the tagger tells what an utterance wants.
    max_words : int
        Of the longest text that it tags.

    Raises
    ------
    ValueError
        If the frames have slots that the tagger does not fill.
    """

    def __init__(self, filler: Filler, frames: Frames) -> None:
        self._tag, self._frames = filler.tag, frames
        self.tells_intents = bool(filler.intents.names)
        self.max_words = filler.max_words
        known = {tag[2:] for tag in filler.tags if tag.startswith("B-")}
        missing = [slot for slot in frames.slots if slot not in known]
        if missing:
            raise ValueError(
                f"the model does not fill {', '.join(missing)} of the frames; it fills "
                f"{', '.join(sorted(known))}"
            )

    def hear(
        self,
        text: str,
        frame: Frame | None,
        asked: str | None,
        reader: Reader,
        filled: Collection[str],
    ) -> Heard:
        """Find what an utterance says, where a slot was asked for or none.

        Parameters
        ----------
        text : str
        frame : Frame or None
            What the conversation is about, as far as that is known.
        asked : str or None
            The slot that was asked for.
        reader : Reader
        filled : collection of str
            Slots that have a value.

        Raises
        ------
        UtteranceError
            If the tagger cannot tag it.
        """
        tagging = self._tag(text, expect=asked)
        wishes = [] if tagging.intent is None else split_intents(tagging.intent.name)
        intent = next(iter(wishes), None)
        heard = Heard([], [], [], intent, tagging.rejected or intent == OUT_OF_SCOPE)
        if heard.rejected:
            return heard
        slots = self._frames.slots
        sure = self._as_sure(tagging.slots, asked, filled)
        for slot, spans in self._place(sure, text, frame, asked, reader).items():
            said, found = reader.read_spans(slots[slot], spans, text)
            if found.value is not None:
                heard.slots.append(Filled(slot, said, found.value))
            elif found.alternatives:
                heard.unsure.append(Filled(slot, said, found.alternatives[0]))
            else:
                heard.unreadable.append(Unread(slot, said, found.reason or ""))
        told = {one.slot for one in (*heard.slots, *heard.unsure)}
        for slot, spans in self._place(tagging.unsure, text, frame, asked, reader).items():
            said, found = reader.read_spans(slots[slot], spans, text)
            if slot not in told and found.value is not None:
                heard.unsure.append(Filled(slot, said, found.value))
        if asked is not None and not (heard.slots or heard.unsure):
            value = self._strict(asked, text, reader)
            if value is not None:
                heard.slots.append(Filled(asked, [text.strip()], value))
                heard.unreadable.clear()
        return heard

    def _as_sure(
        self, found: Sequence[Slot], asked: str | None, filled: Collection[str]
    ) -> list[Slot]:
        """Leave out, where a slot takes one value, what is less sure by far than another span.

        Where the slot has its value already, the answer to what was asked is such a span too. A
        misspelt word may look like a name: "to Antwerp for two peosle", "2 adutls".
        """
        most: dict[str, float] = {}
        for one in found:
            most[one.name] = max(most.get(one.name, 0.0), one.confidence)
        answer = most.get(asked, 0.0) if asked is not None else 0.0
        slots = self._frames.slots
        several = {name for name, slot in slots.items() if slot.takes_several}
        surest = {name: max(most[name], answer * (name in filled)) for name in most}
        return [
            one
            for one in found
            if one.name in several or one.confidence >= _AS_SURE * surest[one.name]
        ]

    def _place(
        self,
        found: Sequence[Slot],
        text: str,
        frame: Frame | None,
        asked: str | None,
        reader: Reader,
    ) -> dict[str, list[Span]]:
        """Return the spans of slots of the frames, under the slots that they fill."""
        slots = self._frames.slots
        bare = is_bare(text, [(slot.start, slot.end) for slot in found])
        alone = asked if bare and len(found) == 1 else None
        placed: dict[str, list[Span]] = {}
        for span in (Span(one.name, one.value, one.start, one.end) for one in found):
            if span.slot not in slots:
                continue
            names = slots if frame is None else {span.slot, *frame.slots}
            mates = [slot for slot in slots.values() if slot.name in names]
            mates = [slot for slot in mates if self._is_mate(span, slot, asked, reader)]
            name = place(span, text, mates, asked, bare=bare)
            if alone is not None and self._answers(span, alone, reader):
                name = alone
            placed.setdefault(name, []).append(span)
        return placed

    def _is_mate(self, span: Span, slot: FrameSlot, asked: str | None, reader: Reader) -> bool:
        """Tell whether cues may move a span to a slot.

        To one of its kind; and unless it is what was asked for, to one that it can be read as.
        """
        if slot.kind == self._frames.slots[span.slot].kind:
            return True
        may_move = bool(slot.cues) and span.slot != asked
        return may_move and self._strict(slot.name, span.said, reader) is not None

    def _answers(self, span: Span, asked: str, reader: Reader) -> bool:
        """Tell whether a span that is all of an utterance can be what was asked for.

        A name where a name was asked for; else what is read as the type that was asked for.
        """
        kinds = [self._frames.slots[slot].kind for slot in (span.slot, asked)]
        if all(kind in _NAMES for kind in kinds):
            return True
        return self._strict(asked, span.said, reader) is not None

    def _strict(self, slot: str, said: str, reader: Reader) -> Any:
        """Read words as a type of which nothing else can be read; None where they are none."""
        asked = self._frames.slots[slot]
        if asked.kind not in _STRICT or (asked.kind == "number" and not is_one_number(said)):
            return None
        return reader.read(asked, said).value
