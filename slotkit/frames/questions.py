"""What a bot asks next, and in which words."""

from __future__ import annotations

from collections.abc import Sequence

from slotkit.frames.check import TODAY, Check
from slotkit.frames.frame import Frame, Frames
from slotkit.frames.say import say_filled
from slotkit.frames.sentences import either, sentence
from slotkit.frames.state import Filled, Question, State
from slotkit.frames.words import fold


def frame_of(state: State, frames: Frames) -> Frame | None:
    """Return the frame of a conversation, as far as it is known."""
    return None if state.frame is None else frames.frames[state.frame]


def missing(state: State, frame: Frame | None) -> list[str]:
    """Return the required slots that have no value, in the order in which they are asked."""
    if frame is None:
        return []
    return [slot for slot in frame.required if state.values.get(slot) is None]


def failing(state: State, frame: Frame, today: str) -> Check | None:
    """Return the first check that the values do not meet."""
    values = {**state.values, TODAY: today}
    return next((check for check in frame.checks if not check.holds(values)), None)


def choose(state: State, frames: Frames, today: str) -> tuple[Question, Check | None]:
    """Choose what is asked next on a day, and the check that it is asked for."""
    frame = frame_of(state, frames)
    if frame is None:
        return Question("intent"), None
    for doubt in state.doubts:
        if doubt.slot in frame.slots:
            return Question("unsure", doubt.slot), None
    check = failing(state, frame, today)
    if check is not None:
        return Question("slot", check.slots[0]), check
    for slot in missing(state, frame):
        return Question("slot", slot), None
    return Question("confirm"), None


def word(question: Question, state: State, frames: Frames) -> str:
    """Return the text of a question."""
    language, frame = state.language, frame_of(state, frames)
    if question.kind == "intent" or frame is None:
        titles = either([one.title[language] for one in frames], language)
        return sentence(language, "intent", {"titles": titles})
    if question.kind == "confirm":
        return frame.confirm[language].format_map(told(state, frame, frames))
    if question.kind == "change":
        return sentence(language, "change")
    if question.frame is not None:
        return sentence(
            language, "switch", {"title": frames.frames[question.frame].title[language]}
        )
    assert question.slot is not None
    name = frames.slots[question.slot].called[language]
    if question.kind == "unsure":
        doubt = next(one for one in state.doubts if one.slot == question.slot)
        value = say_filled(doubt, frames.slots[doubt.slot].kind, language)
        return sentence(language, "unsure", {"name": name, "value": value})
    own = frames.question(frame, question.slot, language)
    return own or sentence(language, "again", {"name": name})


def told(state: State, frame: Frame, frames: Frames) -> dict[str, str]:
    """Return what may stand in braces in the texts of a frame: values in words, and the rest."""
    language = state.language
    found, rest = {}, []
    for filled in sorted(state.slots, key=lambda one: _place(one, frame)):
        if filled.slot not in frame.slots or filled.value is None:
            continue
        slot = frames.slots[filled.slot]
        value = say_filled(filled, slot.kind, language)
        if filled.slot in frame.required:
            found[filled.slot] = value
        else:
            name = slot.called[language]
            rest.append(sentence(language, "rest", {"name": name, "value": value}))
    return found | {"rest": "".join(rest)}


def _place(filled: Filled, frame: Frame) -> int:
    return frame.slots.index(filled.slot) if filled.slot in frame.slots else 0


def named(text: str, frame: Frame, frames: Frames, language: str) -> str | None:
    """Return the slot that a text names, as an answer to what is to be changed.

    "The date" names the first slot of the frame in whose name "date" stands.
    """
    folded = fold(text).removeprefix("the ")
    names = {slot: frames.slots[slot].called[language].casefold() for slot in frame.slots}
    fitting: Sequence[str] = [slot for slot, name in names.items() if folded and folded in name]
    return fitting[0] if fitting else None
