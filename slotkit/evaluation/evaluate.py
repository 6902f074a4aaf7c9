"""All figures of predicted tags beside gold ones: seqeval's, and what they leave out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from slotkit.evaluation.scoring import MODE, default_mode, overall, per_slot, strict_spans
from slotkit.text.tags import Span, tags_of


@dataclass(frozen=True, kw_only=True)
class Report:
    """The figures of one split; see `evaluate` for what each means."""

    f1: float
    precision: float
    recall: float
    support: int
    mode: str
    f1_default_mode: float
    exact: float
    f1_seen: float | None
    support_seen: int | None
    f1_unseen: float | None
    support_unseen: int | None
    unseen_tags: dict[str, int]
    slots: dict[str, dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """Give the figures as what JSON holds: fractions, counts, None where not known."""
        return asdict(self)


def evaluate(
    tokens: Sequence[Sequence[str]],
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    *,
    seen: Collection[tuple[str, str]] | None,
    known_tags: Collection[str],
) -> Report:
    """Compare predicted tags with gold ones.

    Parameters
    ----------
    tokens, gold, predicted : sequence of sequence of str
        The words of each utterance and its tags; gold tags are IOB2.
    seen : collection of (str, str), or None
        The slots and values of the training split (`seen_values`), None if it is not known.
    known_tags : collection of str
        The tags that training saw.

    Returns
    -------
    Report
        - ``precision``, ``recall``, ``f1``: seqeval's, over all spans, in the strict IOB2
          ``mode``: an I- that continues nothing is no span. ``support`` counts gold spans.
        - ``f1_default_mode``: the same F1 in seqeval's default mode, which is conlleval's:
          there such an I- begins a span.
        - ``exact``: the share of utterances with every tag right.
        - ``f1_seen``, ``f1_unseen``: strict F1 of the spans, gold and predicted alike, whose
          slot and value (see `seen_values`) are in `seen`, and of those whose are not:
          2 * right / (gold + predicted), each counted within the class; a right span is in the
          same class on both sides. ``support_seen`` and ``support_unseen`` are the gold counts.
          None where `seen` is None.
        - ``unseen_tags``: how often gold has each tag that is not in `known_tags`. No such tag
          can be predicted: their spans are misses.
        - ``slots``: ``precision``, ``recall``, ``f1`` and ``support`` of each slot that has gold
          or predicted spans, by falling support.

    Raises
    ------
    ValueError
        As `score`.
    """
    figures = overall(gold, predicted)
    right = sum(list(g) == list(p) for g, p in zip(gold, predicted, strict=True))
    known = set(known_tags)
    missing = Counter(tag for tags in gold for tag in tags if tag not in known)
    classes: list[dict[str, Any]] = [{"f1": None, "support": None}] * 2
    if seen is not None:
        classes = [
            overall(_only(tokens, gold, seen, wanted), _only(tokens, predicted, seen, wanted))
            for wanted in (True, False)
        ]
    return Report(
        **figures,
        mode=MODE,
        f1_default_mode=default_mode(gold, predicted),
        exact=right / len(gold) if gold else 0.0,
        f1_seen=classes[0]["f1"],
        support_seen=classes[0]["support"],
        f1_unseen=classes[1]["f1"],
        support_unseen=classes[1]["support"],
        unseen_tags=dict(missing.most_common()),
        slots=per_slot(gold, predicted),
    )


def seen_values(
    tokens: Iterable[Sequence[str]], tags: Iterable[Sequence[str]]
) -> set[tuple[str, str]]:
    """Collect the slots and values of labelled utterances, as `evaluate` wants them of training.

    A value is the span's tokens in lower case, joined by one blank.

    Examples
    --------
    >>> seen_values([["to", "New", "York"]], [["O", "B-city", "I-city"]])
    {('city', 'new york')}
    """
    return {
        (span.slot, _value(words, span))
        for words, sequence in zip(tokens, tags, strict=True)
        for span in strict_spans(sequence)
    }


def _value(words: Sequence[str], span: Span) -> str:
    """Give the words of a span as `seen_values` compares them."""
    return " ".join(words[span.start : span.end]).lower()


def _only(
    tokens: Sequence[Sequence[str]],
    sequences: Sequence[Sequence[str]],
    seen: Collection[tuple[str, str]],
    wanted: bool,
) -> list[list[str]]:
    """Keep the spans whose slot and value are in `seen`, or those whose are not."""
    return [
        tags_of(
            (s for s in strict_spans(tags) if ((s.slot, _value(words, s)) in seen) is wanted),
            len(tags),
        )
        for words, tags in zip(tokens, sequences, strict=True)
    ]
