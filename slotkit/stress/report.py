"""What a stress test finds, for people and for machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from slotkit.stress.pairs import SIDES, WAYS, Pair
from slotkit.tags import spans_of


class Wrong(NamedTuple):
    """A pair that was not tagged right, and the tags that both utterances got."""

    pair: Pair
    predicted: tuple[list[str], list[str]]


@dataclass(frozen=True, kw_only=True)
class PairScore:
    """The share of pairs with both utterances right, of one way and side.

    Parameters
    ----------
    both : float
        In every tag.
    both_roles : float
        In border and slot of every gold span whose slot is a role.
    """

    way: str
    side: str
    pairs: int
    both: float
    both_roles: float


@dataclass(frozen=True, kw_only=True)
class Disturbance:
    """Span F1 (strict) and the share of utterances right in every tag, before and after.

    Parameters
    ----------
    utterances : int
        Those that the disturbance changes; all figures are of these.
    """

    name: str
    utterances: int
    f1_before: float
    f1_after: float
    exact_before: float
    exact_after: float


@dataclass(frozen=True, kw_only=True)
class StressReport:
    """What `stress` finds.

    Parameters
    ----------
    roles : dict of str to list of str
        Each kind of value that several slots hold, and these slots.
    pairs : list of PairScore
        In the order of `WAYS` and `SIDES`; ways and sides without pairs are left out.
    disturbances : list of Disturbance
        Those that change an utterance.
    wrong : list of Wrong
        Every pair that is not right in every tag, in an order that the seed decides.
    """

    seed: int
    roles: dict[str, list[str]]
    pairs: list[PairScore]
    disturbances: list[Disturbance]
    wrong: list[Wrong]

    def to_json(self) -> dict[str, Any]:
        """Give the figures as what JSON holds, without the wrong pairs."""
        figures = asdict(self)
        del figures["wrong"]
        return figures

    def describe(self, count: int) -> str:
        """Write the first `count` wrong pairs of each way and side as annotated text.

        Spans stand in [slot|words].
        """
        lines: list[str] = []
        for way, side in ((way, side) for way in WAYS for side in SIDES):
            found = [one for one in self.wrong if (one.pair.way, one.pair.side) == (way, side)]
            if found[:count]:
                lines += ["", f"# {way}, {side}: {len(found)} wrong"]
            for pair, predicted in found[:count]:
                lines.append("")
                for (tokens, tags), guess in zip((pair.first, pair.second), predicted, strict=True):
                    shown = "as gold" if guess == tags else annotate(tokens, guess)
                    lines += ["  gold       " + annotate(tokens, tags), "  predicted  " + shown]
        return "\n".join([*lines[1:], ""]) if lines else ""


def annotate(tokens: Sequence[str], tags: Sequence[str]) -> str:
    """Write an utterance with its spans in brackets.

    Examples
    --------
    >>> annotate(["to", "New", "York"], ["O", "B-city", "I-city"])
    'to [city|New York]'
    """
    written = list(tokens)
    for start, end, slot in reversed(spans_of(tags)):
        written[start:end] = [f"[{slot}|{' '.join(tokens[start:end])}]"]
    return " ".join(written)
