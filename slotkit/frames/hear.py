"""What an utterance says: what the tagger finds in it, as typed values of slots of the frames.

The one file of this room that calls a tagger and `slotkit.values`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from inspect import signature
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol

from slotkit.frames.cues import Span, is_bare, place
from slotkit.frames.frame import Frame, Frames, FrameSlot
from slotkit.frames.state import Filled
from slotkit.frames.words import takes_back
from slotkit.values import Resolved, resolve

if TYPE_CHECKING:
    from slotkit.tagging.result import Slot, Tagging

OUTSIDE = "out_of_scope"  # the intent of what no bot of this domain can help with
# Kinds of which a whole answer is read where the tagger has found nothing in it: what is no value
# of them cannot be read as one.
_STRICT = ("date", "time", "datetime", "duration", "number", "ordinal", "money", "choice")
_BETWEEN = {"en": "between {} and {}", "zh": "{}到{}"}  # as `slotkit.values` reads intervals


class Filler(Protocol):
    """What fills slots; `slotkit.load` gives one.

    It may take ``expect``, the slot that was asked for, and ``now``.
    """

    @property
    def tag(self) -> Callable[..., Tagging]:
        """Find the slots of an utterance."""


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
        The likeliest, if the tagger tells any.
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

    Raises
    ------
    ValueError
        If the frames have slots that the tagger does not fill.
    """

    def __init__(self, filler: Filler, frames: Frames) -> None:
        self._tag, self._frames = filler.tag, frames
        takes = signature(filler.tag).parameters
        self._takes = {name for name in ("expect", "now") if name in takes}
        tags = getattr(filler, "tags", None)
        if tags is not None:
            known = {tag[2:] for tag in tags if tag.startswith("B-")}
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
        language: str,
        now: datetime | None,
    ) -> Heard:
        """Find what an utterance says, where a slot was asked for or none.

        Raises
        ------
        UtteranceError
            If the tagger cannot tag it.
        """
        options = {"expect": asked, "now": now}
        given = {name: options[name] for name in self._takes if options[name] is not None}
        tagging = self._tag(text, **given)
        intent = None if tagging.intent is None else tagging.intent.name
        if getattr(tagging, "rejected", False) or intent == OUTSIDE:
            return Heard([], [], [], intent, True)
        heard = Heard([], [], [], intent, False)
        said = self._spans(tagging.slots, text, frame, asked)
        for slot in dict.fromkeys(span.slot for span in said):
            spans = [span for span in said if span.slot == slot]
            self._read(self._frames.slots[slot], spans, heard, text, language, now)
        for span in self._spans(tagging.unsure, text, frame, asked):
            if span.slot not in {one.slot for one in (*heard.slots, *heard.unsure)}:
                kind = self._frames.slots[span.slot]
                value = _value(kind, [span], text, language, now).value
                if value is not None:
                    heard.unsure.append(Filled(span.slot, [span.said], value))
        if asked is not None and not (heard.slots or heard.unsure):
            self._read_whole(self._frames.slots[asked], heard, text, language, now)
        return heard

    def _read_whole(
        self, slot: FrameSlot, heard: Heard, text: str, language: str, now: datetime | None
    ) -> None:
        """Read an utterance as the value that was asked for where nothing else was heard."""
        if slot.kind not in _STRICT:
            return
        for said in (text.strip(), *(said for one in heard.unreadable for said in one.said)):
            value = resolve_slot(slot, said, language, now).value
            if value is not None:
                heard.slots.append(Filled(slot.name, [said], value))
                heard.unreadable.clear()
                return

    def _spans(
        self, slots: Sequence[Slot], text: str, frame: Frame | None, asked: str | None
    ) -> list[Span]:
        """Return the spans of slots of the frames, each under the slot that it fills."""
        spans = []
        bare = is_bare(text, [(slot.start, slot.end) for slot in slots])
        for slot in slots:
            if slot.name not in self._frames.slots:
                continue
            span = Span(slot.name, slot.value, slot.start, slot.end)
            kind = self._frames.slots[span.slot].kind
            names = self._frames.slots if frame is None else {span.slot, *frame.slots}
            mates = [one for one in self._frames.slots.values() if one.name in names]
            mates = [one for one in mates if one.kind == kind]
            mate_asked = asked if asked in [one.name for one in mates] else None
            spans.append(span._replace(slot=place(span, text, mates, mate_asked, bare=bare)))
        return spans

    def _read(
        self,
        slot: FrameSlot,
        spans: list[Span],
        heard: Heard,
        text: str,
        language: str,
        now: datetime | None,
    ) -> None:
        """Read the value of a slot and put it where it belongs."""
        last = len(spans) - 1
        if slot.combine is not None or slot.many:  # what is taken back is none of several
            between = [text[a.end : b.start] for a, b in pairwise(spans)]
            last = max((n for n, one in enumerate(between, 1) if takes_back(one)), default=0)
        spans = spans[last:]
        said = [span.said for span in spans]
        found = _value(slot, spans, text, language, now)
        if found.value is not None:
            heard.slots.append(Filled(slot.name, said, found.value))
        elif found.alternatives:
            heard.unsure.append(Filled(slot.name, said, found.alternatives[0]))
        else:
            heard.unreadable.append(Unread(slot.name, said, found.reason or ""))


def _value(
    slot: FrameSlot, spans: list[Span], text: str, language: str, now: datetime | None
) -> Resolved:
    """Read a slot's spans as one value."""
    if slot.combine == "interval" and len(spans) > 1:
        both = _BETWEEN[language].format(spans[0].said, spans[-1].said)
        return resolve_slot(slot, both, language, now)
    found = [resolve_slot(slot, span.said, language, now) for span in spans]
    unread = next((one for one in found if one.value is None), None)
    if unread is not None:
        meant = unread.alternatives if len(found) == 1 and not slot.many else []
        return unread._replace(alternatives=meant)
    values = [one.value for one in found]
    value = values if slot.many else sum(values) if slot.combine == "sum" else values[-1]
    return found[-1]._replace(value=value)


def resolve_slot(slot: FrameSlot, text: str, language: str, now: datetime | None) -> Resolved:
    """Read a text as a value of a slot's type."""
    return resolve(text, slot.type, now=now or datetime.now(), language=language)
