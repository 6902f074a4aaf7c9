"""A filler that finds what a test says it finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slotkit.decoding.intents import Intent, IntentSets
from slotkit.errors import UtteranceError
from slotkit.frames import read_frames
from slotkit.tagging.result import Slot


class Found:
    """What stands for a tagging, with what a tagger tells of it."""

    def __init__(
        self, slots: list[Slot], unsure: list[Slot], intent: str | None, rejected: bool
    ) -> None:
        self.slots, self.unsure, self.rejected = slots, unsure, rejected
        self.intent = None if intent is None else Intent(intent, 0.9)


class Scripted:
    """A filler of texts that are written down, with what it finds in each.

    Parameters
    ----------
    script : mapping of str to str
        Text -> what is found, as ``"destination=Taipei tickets=two"``; ``slot?=value`` is unsure,
        ``slot@0.5=value`` has that confidence, ``!intent`` tells the intent, ``-`` rejects. A
        blank in a value is written ``_``. A text that is not there has no slots; one of more than
        100 characters is too long.

    Attributes
    ----------
    tags, intents
        The slots of the bundled frames, and their intents.
    max_words
        That it says it tags at most.
    expected : list of (str or None)
        The slots that the bot told it to expect, call by call.
    """

    def __init__(self, script: Mapping[str, str]) -> None:
        self._script = script
        self.tags = [f"B-{slot}" for slot in read_frames().slots]
        self.intents = IntentSets(["book", "cancel", "change"], 1)
        self.max_words = 20
        self.expected: list[str | None] = []

    def tag(self, text: str, *, expect: str | None = None) -> Any:
        self.expected.append(expect)
        if len(text) > 100:
            raise UtteranceError("too long")
        found = Found([], [], None, False)
        place = 0
        for one in self._script.get(text, "").split():
            name, _, value = one.partition("=")
            if one == "-":
                found.rejected = True
            elif one.startswith("!"):
                found.intent = Intent(one[1:], 0.9)
            else:
                value = value.replace("_", " ")
                start = text.index(value, place)
                place = start + len(value)
                slots = found.unsure if name.endswith("?") else found.slots
                name, _, confidence = name.removesuffix("?").partition("@")
                slots.append(Slot(name, value, start, place, float(confidence or 0.9)))
        return found
