"""What an utterance is tagged with beside its words: what was asked, and what may be found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from slotkit.decoding.asked import NEVER, forbid
from slotkit.decoding.intents import IntentSets
from slotkit.errors import UtteranceError
from slotkit.model.model import Model

if TYPE_CHECKING:
    from datetime import datetime  # slow to import, and most tagging does without

Array = npt.NDArray[np.float32]


class Asking(NamedTuple):
    """What was asked before an utterance, and what may be found in it.

    Parameters
    ----------
    expect : tuple of str
        The slots that a question was after.
    allow : tuple of str, or None
        The slots that may be filled; None for all.
    intents : tuple of str, or None
        The intents that it may have; None for all.
    min_confidence : float or None
        Slots of less confidence are unsure; None for the thresholds of the model.
    now : datetime or None
        The moment of speaking, from which values are resolved; None to leave them as said.
    """

    expect: tuple[str, ...] = ()
    allow: tuple[str, ...] | None = None
    intents: tuple[str, ...] | None = None
    min_confidence: float | None = None
    now: datetime | None = None

    @classmethod
    def check(
        cls,
        model: Model,
        expect: str | Iterable[str] | None,
        allow: str | Iterable[str] | None,
        intents: str | Iterable[str] | None,
        min_confidence: float | None,
        now: datetime | str | None = None,
    ) -> Asking:
        """Check what a user gives; one name stands for a list of it.

        Raises
        ------
        UtteranceError
            If the model has no such slot or intent.
        ValueError
            If `min_confidence` is not from 0 to 1, or `now` is no moment.
        """
        if min_confidence is not None and not 0 <= min_confidence <= 1:  # nor is it NaN
            raise ValueError(f"min_confidence must be from 0 to 1, got {min_confidence}")
        moment = None
        if now is not None:
            from slotkit.values.resolve import to_moment

            moment = to_moment(now)
        if expect is allow is intents is None:
            return _NOTHING._replace(min_confidence=min_confidence, now=moment)
        slots = [tag[2:] for tag in model.tags if tag.startswith("B-")]
        return cls(
            _names("expect", expect, "slot", slots) or (),
            _names("allow", allow, "slot", slots),
            _names("intents", intents, "intent", model.intents),
            min_confidence,
            moment,
        )

    def forbidden(self, model: Model) -> Array | None:
        """Return what is added to the logits of a word, (K,); None for nothing."""
        return None if self.allow is None else forbid(model.tags, self.allow)

    def shift_of_intents(self, sets: IntentSets) -> Array | None:
        """Return what is added to the logits of sets of intents, (C,); None for nothing."""
        if self.intents is None:
            return None
        added: Array = np.where(sets.forbidden(self.intents), NEVER, 0.0).astype(np.float32)
        return added


_NOTHING = Asking()


def _names(
    what: str, given: str | Iterable[str] | None, kind: str, known: Collection[str]
) -> tuple[str, ...] | None:
    """Check names of slots or intents."""
    if given is None:
        return None
    names: Sequence[str] = (given,) if isinstance(given, str) else tuple(given)
    for name in names:
        if name not in known:
            choices = f"choose from {', '.join(known)}" if known else f"this model has no {kind}s"
            raise UtteranceError(f"{what}: unknown {kind} {name!r}; {choices}")
    if not names and kind == "intent":
        raise UtteranceError(f"{what} must name an intent, got none")
    return tuple(names)
