"""What kind of mistakes a model makes: which spans, which slots, which intents, which lengths.

As in `slotkit.evaluation.scoring`, a span counts when its border and its slot are both right,
figures are fractions, and 0.0 where there is nothing to divide by. All counts of an evaluation
stand in one file with what counts them, in one pass over the utterances.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from slotkit.evaluation.scoring import check_lengths, overall, strict_spans
from slotkit.text.tags import Span

_TOPS = (5, 10, 15, 20, 30, 40, 60, 80, 120)  # tokens: where groups of lengths may end
_FEWEST = 20  # utterances of such a group, where there are as many


KINDS = ("wrong slot", "wrong border", "missed", "spurious")


class Error(NamedTuple):
    """A gold span that was not predicted, a predicted one that is not gold, or both in one.

    Parameters
    ----------
    kind : str
        One of `KINDS`: ``wrong slot`` has the gold border, ``wrong border`` overlaps a gold
        span of its slot; a gold span that neither explains is ``missed``, such a predicted one
        ``spurious``.
    utterance : int
        Its number, counted from 0.
    gold, predicted : Span or None
        None in a spurious one, None in a missed one.
    """

    kind: str
    utterance: int
    gold: Span | None
    predicted: Span | None


def find_errors(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> list[Error]:
    """Find every wrong span, each in one error only, utterance by utterance.

    Where several predicted spans overlap a gold one of their slot, the first is the one with
    the wrong border and the others are spurious; likewise several gold ones, then missed.

    Raises
    ------
    ValueError
        As `slotkit.evaluation.scoring.score`.

    Examples
    --------
    >>> [error.kind for error in find_errors([["B-to", "I-to", "B-day"]], [["B-to", "O", "O"]])]
    ['wrong border', 'missed']
    """
    check_lengths(gold, predicted)
    errors: list[Error] = []
    for number, (tags, guesses) in enumerate(zip(gold, predicted, strict=True)):
        truth, found = strict_spans(tags), strict_spans(guesses)
        missed = [span for span in truth if span not in found]
        spurious = [span for span in found if span not in truth]
        for kind, explains in ("wrong slot", _same_border), ("wrong border", _same_slot):
            for span in list(missed):
                guess = next((guess for guess in spurious if explains(span, guess)), None)
                if guess is not None:
                    errors.append(Error(kind, number, span, guess))
                    missed.remove(span)
                    spurious.remove(guess)
        errors += [Error("missed", number, span, None) for span in missed]
        errors += [Error("spurious", number, None, span) for span in spurious]
    return errors


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """How often gold has one slot where the other was predicted.

    Parameters
    ----------
    gold, predicted : str or None
        The slots. Two different ones are of spans with one border; where both are the same slot,
        the spans overlap and the border is wrong; without a predicted slot the gold spans are
        missed, without a gold one the predicted spans are spurious. See `find_errors`.
    count : int
        Errors of this kind.
    """

    gold: str | None
    predicted: str | None
    count: int

    @property
    def row(self) -> str:
        """The gold slot, or that there is none."""
        return "(spurious)" if self.gold is None else self.gold

    @property
    def column(self) -> str:
        """The predicted slot, or what became of the gold span instead."""
        if self.predicted is None:
            return "(missed)"
        return "(wrong border)" if self.predicted == self.gold else self.predicted


@dataclass(frozen=True, kw_only=True)
class Roles:
    """How often the slots of one kind of value are taken for each other.

    Parameters
    ----------
    slots : tuple of str
        At least two: their values do not tell them apart, only their role in the sentence does.
    confused : int
        Gold spans of one of them, predicted as another of them with the right border.
    support : int
        Gold spans of them all.
    """

    slots: tuple[str, ...]
    confused: int
    support: int

    @property
    def share(self) -> float:
        """The confused ones among the gold spans."""
        return self.confused / self.support if self.support else 0.0

    def to_json(self) -> dict[str, Any]:
        """Give the figures as what JSON holds."""
        figures = {"confused": self.confused, "support": self.support, "share": self.share}
        return {**figures, "slots": [*self.slots]}


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """The mistakes in one split; see `analyse` for what each figure means."""

    right: int
    wrong_slot: int
    wrong_border: int
    missed: int
    spurious: int
    roles_by_kind: dict[str, Roles]
    confusions: list[Confusion]
    intents: dict[str, dict[str, Any]]
    lengths: dict[str, dict[str, Any]]

    @property
    def support(self) -> int:
        """All gold spans."""
        return self.right + self.wrong_slot + self.wrong_border + self.missed

    @property
    def roles(self) -> Roles:
        """The confusions of roles of all kinds together."""
        kinds = self.roles_by_kind.values()
        return Roles(
            slots=tuple(slot for kind in kinds for slot in kind.slots),
            confused=sum(kind.confused for kind in kinds),
            support=sum(kind.support for kind in kinds),
        )

    def to_json(self) -> dict[str, Any]:
        """Give the figures as what JSON holds: fractions, counts, None for no slot."""
        return {
            **vars(self),
            "roles": self.roles.to_json(),
            "roles_by_kind": {kind: roles.to_json() for kind, roles in self.roles_by_kind.items()},
            "confusions": [vars(confusion) for confusion in self.confusions],
        }


def analyse(
    tokens: Sequence[Sequence[str]],
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    *,
    intents: Sequence[str],
    kinds: Mapping[str, str],
) -> Analysis:
    """Break the mistakes of a model down.

    Parameters
    ----------
    tokens, gold, predicted : sequence of sequence of str
        The words of each utterance and its tags.
    intents : sequence of str
        The intent of each utterance, empty where it has none.
    kinds : mapping of str to str
        The kind of each slot, as `slotkit.text.kinds.find_kinds` finds it, best in the training
        split. A slot that is not in it is a kind of its own.

    Returns
    -------
    Analysis
        - ``right``, ``wrong_slot``, ``wrong_border``, ``missed``: what became of the gold spans,
          which are the sum of the four; ``spurious``: predicted spans with no gold one. A wrong
          slot has the right border; see `find_errors`.
        - ``roles_by_kind``: of each kind with several slots, as departure and destination are,
          the wrong slots that are of the gold slot's kind beside its gold spans, by falling
          count; ``roles``: the same of all such kinds together.
        - ``confusions``: every error, counted by its slots, the most frequent first.
        - ``intents``: ``precision``, ``recall``, ``f1`` and ``support`` as
          `slotkit.evaluation.scoring` has them and the number of ``utterances``, of each intent,
          the most frequent first; empty where no utterance has one.
        - ``lengths``: the same of utterances with so many tokens, ``1-5`` or ``21+``, the shortest
          first. The borders are fixed, but those are left out that would make a group of fewer
          than 20 utterances.

    Raises
    ------
    ValueError
        As `slotkit.evaluation.scoring.score`, or if there are not as many intents as utterances.
    """
    if len(intents) != len(gold):
        raise ValueError(f"expected {len(gold)} intents, got {len(intents)}")
    errors = find_errors(gold, predicted)
    counts = Counter(error.kind for error in errors)
    spans = Counter(span.slot for tags in gold for span in strict_spans(tags))
    confusions = _count_confusions(errors)
    return Analysis(
        right=spans.total() - sum(error.gold is not None for error in errors),
        wrong_slot=counts["wrong slot"],
        wrong_border=counts["wrong border"],
        missed=counts["missed"],
        spurious=counts["spurious"],
        roles_by_kind=_count_roles(confusions, spans, kinds),
        confusions=confusions,
        intents=_by_intent(intents, gold, predicted),
        lengths=_by_length(tokens, gold, predicted),
    )


def _count_confusions(errors: Iterable[Error]) -> list[Confusion]:
    """Count errors by their slots, the most frequent first, then by name."""
    counts = Counter((e.gold and e.gold.slot, e.predicted and e.predicted.slot) for e in errors)
    confusions = [Confusion(gold=g, predicted=p, count=count) for (g, p), count in counts.items()]
    return sorted(confusions, key=lambda one: (-one.count, one.row, one.column))


def _count_roles(
    confusions: Iterable[Confusion], spans: Mapping[str, int], kinds: Mapping[str, str]
) -> dict[str, Roles]:
    """Count the confusions within each kind that has several slots, by falling count."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    for slot, kind in kinds.items():
        members[kind].append(slot)
    confused: Counter[str] = Counter()
    for one in confusions:
        gold, predicted = kinds.get(one.gold or ""), kinds.get(one.predicted or "")
        if gold is not None and gold == predicted and one.gold != one.predicted:
            confused[gold] += one.count
    found = {
        kind: Roles(
            slots=tuple(slots),
            confused=confused[kind],
            support=sum(spans.get(slot, 0) for slot in slots),
        )
        for kind, slots in members.items()
        if len(slots) > 1
    }
    return dict(sorted(found.items(), key=lambda item: (-item[1].confused, -item[1].support)))


def _by_intent(
    intents: Sequence[str], gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> dict[str, dict[str, Any]]:
    """Score each intent, by falling number of utterances, then by name."""
    if not any(intents):
        return {}
    figures = _by_group(intents, gold, predicted)
    return dict(sorted(figures.items(), key=lambda item: (-item[1]["utterances"], item[0])))


def _by_length(
    tokens: Sequence[Sequence[str]],
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
) -> dict[str, dict[str, Any]]:
    """Score utterances of similar lengths, the shortest first."""
    lengths = [len(words) for words in tokens]
    bottoms = _group_lengths(lengths)
    names = [f"{low}-{high - 1}" for low, high in pairwise(bottoms)] + [f"{bottoms[-1]}+"]
    groups = [names[bisect_right(bottoms[1:], length)] for length in lengths]
    figures = _by_group(groups, gold, predicted)
    return {name: figures[name] for name in names if name in figures}


def _group_lengths(lengths: Sequence[int]) -> list[int]:
    """Choose the shortest length of each group, so that none is of few utterances.

    Examples
    --------
    >>> _group_lengths([3] * 20 + [8] * 5 + [12] * 40 + [18] * 20)
    [1, 6, 16]
    """
    bottoms, left = [1], len(lengths)
    for top in _TOPS:
        inside = sum(bottoms[-1] <= length <= top for length in lengths)
        if min(inside, left - inside) >= _FEWEST:
            bottoms.append(top + 1)
            left -= inside
    return bottoms


def _by_group(
    groups: Sequence[str], gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> dict[str, dict[str, Any]]:
    """Score the utterances of each group apart."""
    members: defaultdict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        members[group].append(number)
    return {
        group: {
            "utterances": len(numbers),
            **overall([gold[n] for n in numbers], [predicted[n] for n in numbers]),
        }
        for group, numbers in members.items()
    }


def _same_border(span: Span, other: Span) -> bool:
    """Tell whether two spans cover the same tokens."""
    return span[:2] == other[:2]


def _same_slot(span: Span, other: Span) -> bool:
    """Tell whether two spans of one slot overlap."""
    return span.slot == other.slot and span.start < other.end and other.start < span.end
