"""A conversation that fills frames: a state and a text in, a state and an answer out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from slotkit.errors import UtteranceError
from slotkit.frames.frame import Frames, choose
from slotkit.frames.hear import Filler, Hearing
from slotkit.frames.questions import frame_of, missing
from slotkit.frames.reader import Reader
from slotkit.frames.state import State
from slotkit.frames.talk import Talk
from slotkit.frames.words import language_of, steer
from slotkit.values.resolve import to_moment


class Turn(NamedTuple):
    """What comes of one text of the user.

    Parameters
    ----------
    state : dict
        The JSON value to give to the next turn; `slotkit.frames.state` describes it.
    say : str
        What the bot answers, its question included.
    ask : dict or None
        The question: ``state["asked"]``.
    intent : str or None
        The name of the frame that is being filled.
    frame : dict of str to JSON value
        The typed values of its slots, without those that cannot be read.
    missing : list of str
        Its required slots that have no value yet.
    changed : list of str
        The slots whose values this text has changed.
    unsure : list of str
        The slots with a value that the bot wants to ask about.
    rejected : bool
        The text is about something else; nothing was taken from it.
    done : bool
        The user has confirmed the frame.
    """

    state: dict[str, Any]
    say: str
    ask: dict[str, Any] | None
    intent: str | None
    frame: dict[str, Any]
    missing: list[str]
    changed: list[str]
    unsure: list[str]
    rejected: bool
    done: bool


class Dialogue:
    """A bot that asks for what a frame needs.

    It holds no state: any number of conversations may go through one.

    Parameters
    ----------
    filler : Filler
        What finds slots, as `slotkit.load` gives it.
    frames : Frames
    language : str, optional
        Of the bot, one of the frames' languages; by default told from the first text.

    Notes
    -----
    Where there is one frame, or the tagger tells no intents, it is about the first frame.

    Raises
    ------
    ValueError
        If the frames have slots that the tagger does not fill, or do not have the language.
    """

    def __init__(self, filler: Filler, frames: Frames, language: str | None = None) -> None:
        if language is not None:
            choose("language: unknown", language, frames.languages)
        self._hearing, self._frames, self._language = Hearing(filler, frames), frames, language

    def turn(self, state: object, text: str, *, now: datetime | str | None = None) -> Turn:
        """Answer a text of the user.

        Parameters
        ----------
        state : JSON value
            That of the turn before; None begins. After a turn that is done the next text begins
            anew, in the same language.
        text : str
        now : datetime or str, optional
            From when days are counted, also in ISO 8601; by default the time of the call.

        Returns
        -------
        Turn
            A text that the tagger cannot tag, as one too long, is answered and changes nothing.

        Raises
        ------
        ValueError
            If the state is of another version, cut short, or of other frames.
        """
        steered = steer(text)
        moment = to_moment(now) or datetime.now()
        today = moment.date().isoformat()
        talk = Talk(self._begin(state, text, steered), self._frames, today)
        if steered is not None and not (steered == "cancel" and not talk.begun()):
            talk.steer(steered)
            return self._turn(talk)
        asked = talk.state.asked
        frame = frame_of(talk.state, self._frames)
        try:
            reader = Reader(talk.state.language, moment)
            heard = self._hearing.hear(
                text, frame, asked.slot if asked else None, reader, talk.state.values
            )
        except UtteranceError:
            talk.remark("too long", most=f"{self._hearing.max_words:,}")
            return self._turn(talk)
        talk.take(heard, text)
        return self._turn(talk, rejected=heard.rejected)

    def _begin(self, state: object, text: str, steered: str | None) -> State:
        """Return the state to go on from."""
        if state is None:
            begun = State(self._language or language_of(text, self._frames.languages))
        else:
            begun = State.read(state, self._frames)
        if begun.done and steered not in ("thank", "greet"):
            begun = State(begun.language)
        if begun.frame is None and not (
            self._hearing.tells_intents and len(self._frames.frames) > 1
        ):
            return replace(begun, frame=next(iter(self._frames)).name)
        return begun

    def _turn(self, talk: Talk, *, rejected: bool = False) -> Turn:
        """Put together what comes of a text."""
        state, frame = talk.state, frame_of(talk.state, self._frames)
        found = state.to_json()
        slots = () if frame is None else frame.slots
        values = {name: state.values[name] for name in slots if state.values.get(name) is not None}
        return Turn(
            state=found,
            say=talk.said,
            ask=found["asked"],
            intent=None if frame is None else frame.name,
            frame=values,
            missing=missing(state, frame),
            changed=list(dict.fromkeys(talk.changed)),
            unsure=[one.slot for one in state.doubts],
            rejected=rejected,
            done=state.done,
        )
