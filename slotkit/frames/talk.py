"""One turn of a conversation, step by step: what the user steers, what is heard, what is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from slotkit.frames.frame import Frames
from slotkit.frames.hear import Heard, Unread
from slotkit.frames.questions import choose, frame_of, named, told, word
from slotkit.frames.say import say_filled
from slotkit.frames.sentences import KINDS, either, listed, sentence, spoken
from slotkit.frames.state import Filled, Question, State
from slotkit.frames.words import misspelt_steer, takes_back

# Intent of the bundled corpora -> what it steers where nothing else is said with it.
STEERING = {"affirm": "yes", "deny": "no", "greet": "greet", "thank": "thank"}
_NO_WISH = ("inform", *STEERING)  # intents that are no wish for something else

_LONGEST_SAID = 100  # characters of a value that cannot be read


class Talk:
    """What becomes of a conversation in one turn.

    Parameters
    ----------
    state : State
    frames : Frames
    today : str
        The day of speaking, in ISO 8601.

    Attributes
    ----------
    state : State
        As it has become so far.
    changed : list of str
        Slots whose values are others than before.
    """

    def __init__(self, state: State, frames: Frames, today: str) -> None:
        self.state, self._frames, self._today = state, frames, today
        self.changed: list[str] = []
        self._said: list[str] = []
        self._steers: dict[str, Callable[[], None]] = {
            "yes": self._yes,
            "no": self._no,
            "help": self._help,
            "cancel": self._cancel,
            "restart": self._restart,
            "back": self._back,
            "greet": lambda: self.remark("greet"),
            "thank": lambda: self.remark("thank"),
        }

    @property
    def said(self) -> str:
        """What the bot says."""
        return spoken(self._said, self.state.language)

    def say(self, what: str, **values: str) -> None:
        """Say a sentence of the table."""
        self._said.append(sentence(self.state.language, what, values))

    def remark(self, what: str, **values: str) -> None:
        """Say a sentence and ask again what was asked."""
        self.say(what, **values)
        self._repeat()

    def begun(self) -> bool:
        """Tell whether there is something to cancel."""
        return self.state.frame is not None or bool(self.state.slots)

    def steer(self, steer: str) -> None:
        """Do what the user steers: a key of `slotkit.frames.words.STEERS`."""
        self._steers[steer]()

    # What steers

    def _yes(self) -> None:
        state, asked = self.state, self.state.asked
        frame = frame_of(state, self._frames)
        if asked is not None and asked.kind == "confirm" and frame is not None:
            self.state = replace(state, asked=None, done=True)
            done = frame.done[state.language]
            self._said.append(done.format_map(told(state, frame, self._frames)))
            return
        if asked is not None and asked.kind == "unsure":
            self._fill(next(one for one in state.doubts if one.slot == asked.slot))
        elif asked is not None and asked.kind == "switch":
            self.state = replace(state, frame=asked.frame)
            for filled in asked.slots:
                self._fill(filled)
        elif asked is not None:
            self._repeat()
            return
        self._ask()

    def _no(self) -> None:
        asked = self.state.asked
        if asked is not None and asked.kind == "confirm":
            self._ask(Question("change"))
        elif asked is not None and asked.kind == "unsure" and asked.slot is not None:
            self.state = self.state.settle(asked.slot)
            self._ask()
        elif asked is not None and (asked.kind == "switch" or self._may_stay_empty(asked)):
            self._ask()
        else:
            self._repeat()

    def _may_stay_empty(self, asked: Question) -> bool:
        """Tell whether a slot is asked for that is not required."""
        frame = frame_of(self.state, self._frames)
        return asked.kind == "slot" and frame is not None and asked.slot in frame.optional

    def _help(self) -> None:
        titles = [frame.title[self.state.language] for frame in self._frames]
        self.say("help", titles=either(titles, self.state.language))
        if frame_of(self.state, self._frames) is not None:
            self._repeat()
        else:
            self.state = replace(self.state, asked=Question("intent"))

    def _cancel(self) -> None:
        self.changed = [one.slot for one in self.state.slots]
        self.state = State(self.state.language)
        self.say("cancelled")

    def _restart(self) -> None:
        self.changed = [one.slot for one in self.state.slots]
        self.state = State(self.state.language, self.state.frame)
        self.say("restarted")
        self._ask()

    def _back(self) -> None:
        if not self.state.slots:
            self.remark("nothing back")
            return
        slot = self.state.slots[-1].slot
        self.state = self.state.take(slot)
        self.changed.append(slot)
        self.say("taken back", name=self._called(slot))
        frame = frame_of(self.state, self._frames)
        asked = frame is not None and self._frames.question(frame, slot, self.state.language)
        self._ask(Question("slot", slot) if asked else None)

    # What is heard

    def take(self, heard: Heard, text: str) -> None:
        """Take up what was heard in an utterance."""
        if heard.rejected:
            self._take_nothing(heard, text)
            return
        before = frame_of(self.state, self._frames)
        other = self._choose_frame(heard)
        if other is not None:
            self._ask(Question("switch", frame=other, slots=tuple(heard.slots)))
            return
        old = self.state.values
        for filled in heard.slots:
            self._fill(filled, replaces=takes_back(text))
        for filled in heard.unsure:
            self._doubt(filled)
        for unread in heard.unreadable:
            if self.state.values.get(unread.slot) is None:
                self.state = self.state.put(Filled(unread.slot, unread.said, None))
        frame = frame_of(self.state, self._frames)
        if heard.unreadable:
            self._cannot_read(heard.unreadable)
        elif not (heard.slots or heard.unsure) and frame == before:
            self._take_nothing(heard, text)
        else:
            if not frame and heard.intent and not self._is_ours(heard.intent):
                self.say("outside")
            if choose(self.state, self._frames, self._today)[0].kind != "confirm":
                for slot in self.changed:
                    if old.get(slot) is not None:
                        self._note(slot)
            self._ask()

    def _choose_frame(self, heard: Heard) -> str | None:
        """Tell from what was heard what the conversation is about.

        Returns
        -------
        str or None
            The frame that the user may want instead of the present one.
        """
        state, frames = self.state, self._frames
        wanted = next((one for one in frames if heard.intent in one.intents), None)
        said = {one.slot for one in (*heard.slots, *heard.unsure)}
        said |= {one.slot for one in heard.unreadable}
        now = frame_of(state, frames)
        if now is None:
            if wanted is None and said and (not heard.intent or heard.intent in _NO_WISH):
                known = said | set(state.values)
                wanted = next((one for one in frames if known <= set(one.slots)), None)
            if wanted is not None:
                self.state = replace(state, frame=wanted.name)
        elif wanted not in (None, now) and not said & set(now.slots):
            return wanted.name
        return None

    def _is_ours(self, intent: str) -> bool:
        return intent in _NO_WISH or any(intent in frame.intents for frame in self._frames)

    def _fill(self, filled: Filled, *, replaces: bool = False) -> None:
        """Fill a slot; one of many values keeps those that it has, unless they are taken back."""
        old = self.state.values.get(filled.slot)
        if self._frames.slots[filled.slot].many and old and not replaces:
            more = [value for value in filled.value if value not in old]
            earlier = next(one for one in self.state.slots if one.slot == filled.slot)
            said = [*earlier.said, *filled.said] if more else earlier.said
            filled = Filled(filled.slot, said, [*old, *more])
        self.state = self.state.put(filled)
        if filled.value != old:
            self.changed.append(filled.slot)

    def _doubt(self, filled: Filled) -> None:
        """Keep what was not sure, to ask about it."""
        state = self.state.settle(filled.slot)
        if filled.value != state.values.get(filled.slot):
            state = replace(state, doubts=(*state.doubts, filled))
        self.state = state

    def _cannot_read(self, unreadable: list[Unread]) -> None:
        """Say what cannot be read and why, and ask for the first of it."""
        language = self.state.language
        for unread in unreadable:
            slot = self._frames.slots[unread.slot]
            said, own = _cut(listed(unread.said, language)), slot.unreadable.get(language)
            if own is not None:
                self._said.append(own.format_map({"said": said, "reason": unread.reason}))
            else:
                kind = KINDS[language][slot.kind]
                self.say("unreadable", said=said, kind=kind, reason=unread.reason)
        frame, first = frame_of(self.state, self._frames), unreadable[0].slot
        self._ask(Question("slot", first) if frame is not None and first in frame.slots else None)

    def _take_nothing(self, heard: Heard, text: str) -> None:
        """Answer an utterance in which no slot was found."""
        asked, frame = self.state.asked, frame_of(self.state, self._frames)
        ours = heard.intent is None or self._is_ours(heard.intent)
        told = None if heard.rejected else STEERING.get(heard.intent or "")
        steered = told or misspelt_steer(text)
        if steered is not None:
            self.steer(steered)
            return
        if asked and asked.kind == "change" and frame is not None and not heard.rejected:
            slot = named(text, frame, self._frames, self.state.language)
            if slot is not None:
                self._ask(Question("slot", slot))
                return
        if heard.rejected or not ours:
            self.remark("outside")
        elif asked is None and not self.state.done:
            self._repeat()  # it may be all of a wish: "I need a ticket"
        else:
            self.remark("not understood")

    # What is asked

    def _called(self, slot: str) -> str:
        return self._frames.slots[slot].called[self.state.language]

    def _note(self, slot: str) -> None:
        """Say the new value of a slot that had another."""
        filled = next(one for one in self.state.slots if one.slot == slot)
        value = say_filled(filled, self._frames.slots[slot].kind, self.state.language)
        name = self._called(slot)
        self.say("noted", name=name[:1].upper() + name[1:], value=value)

    def _ask(self, question: Question | None = None) -> None:
        """Ask a question, else what is to be asked next."""
        check = None
        if question is None:
            question, check = choose(self.state, self._frames, self._today)
        if check is not None:
            self._said.append(check.say[self.state.language])
        self.state = replace(self.state, asked=question)
        self._said.append(word(question, self.state, self._frames))

    def _repeat(self) -> None:
        """Ask again what was asked."""
        if not self.state.done:
            self._ask(self.state.asked)


def _cut(said: str) -> str:
    """Cut what was said where it is too long to be repeated."""
    return said if len(said) <= _LONGEST_SAID else f"{said[:_LONGEST_SAID]}..."
