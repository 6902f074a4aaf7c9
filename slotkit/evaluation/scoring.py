"""How well predicted tags agree with gold ones: seqeval's figures.

A span counts when its border and its slot are both right. All figures are fractions, and 0.0
where there is nothing to divide by; the support beside them tells which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slotkit.extras import extra
from slotkit.text.tags import Span, spans_of

MODE = "strict IOB2"


def score(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> float:
    """Compute the span F1 of all utterances together, as seqeval does in strict IOB2 mode.

    Training asks for it after every epoch, so the spans are counted here, to the same number:
    seqeval takes several times as long, and is slow to import.

    Parameters
    ----------
    gold, predicted : sequence of sequence of str
        The tags of each utterance.

    Returns
    -------
    float
        0.0 where there is no span at all.

    Raises
    ------
    ValueError
        If there are not as many predicted utterances as gold ones, or an utterance has not as
        many predicted tags as gold ones.

    Examples
    --------
    >>> score([["O", "B-to", "I-to", "B-date"]], [["O", "B-to", "I-to", "O"]])
    0.6666666666666666
    """
    check_lengths(gold, predicted)
    support = found = right = 0
    for tags, guesses in zip(gold, predicted, strict=True):
        wanted, spans = strict_spans(tags), strict_spans(guesses)
        support, found = support + len(wanted), found + len(spans)
        right += len(set(wanted).intersection(spans))
    if not right:
        return 0.0
    precision, recall = right / found, right / support
    return 2 * precision * recall / (precision + recall)


def overall(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Compute seqeval's strict figures over all spans.

    Returns
    -------
    dict
        ``precision``, ``recall``, ``f1`` and ``support``.

    Raises
    ------
    ValueError
        As `score`.
    """
    check_lengths(gold, predicted)
    if not gold:  # which seqeval refuses
        return _figures(0, 0, 0, 0)
    return _figures(*_strict(gold, predicted, "micro"))


def strict_spans(tags: Sequence[str]) -> list[Span]:
    """Read the spans that begin with B-, the only ones of strict mode."""
    return [span for span in spans_of(tags) if tags[span.start].startswith("B")]


def check_lengths(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> None:
    """Refuse what cannot be compared: seqeval's own message would print all of it.

    Raises
    ------
    ValueError
        As `score`.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"expected {len(gold)} predicted utterances, got {len(predicted)}")
    for number, (tags, guesses) in enumerate(zip(gold, predicted, strict=True), start=1):
        if len(tags) != len(guesses):
            raise ValueError(
                f"utterance {number} must have {len(tags)} predicted tags, got {len(guesses)}"
            )


def _seqeval() -> Any:
    """Import seqeval, which is slow, only where something is scored."""
    with extra("train"):
        import seqeval.metrics.v1
        import seqeval.scheme
    return seqeval


def _strict(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], average: str | None
) -> Any:
    """Compute seqeval's strict precision, recall, F1 and support, of each slot or `average`."""
    seqeval = _seqeval()
    return seqeval.metrics.v1.precision_recall_fscore_support(
        _lists(gold),
        _lists(predicted),
        average=average,
        scheme=seqeval.scheme.IOB2,
        zero_division=0,
    )


def default_mode(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> float:
    """Compute seqeval's F1 in its default mode, over all spans."""
    if not gold:
        return 0.0
    return float(_seqeval().metrics.f1_score(_lists(gold), _lists(predicted), zero_division=0))


def per_slot(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> dict[str, dict[str, Any]]:
    """Compute seqeval's strict figures for each slot, by falling support, then by name."""
    if not gold:
        return {}
    seqeval = _seqeval()
    slots = seqeval.metrics.v1.unique_labels(
        _lists(gold), _lists(predicted), seqeval.scheme.IOB2
    )  # in the order of the figures
    rows = [_figures(*row) for row in zip(*_strict(gold, predicted, None), strict=True)]
    by_support = sorted(zip(slots, rows, strict=True), key=lambda pair: -pair[1]["support"])
    return dict(by_support)


def _figures(precision: Any, recall: Any, f1: Any, support: Any) -> dict[str, Any]:
    """Name seqeval's four figures and make them plain numbers."""
    return {
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
        "support": int(support),
    }


def _lists(sequences: Sequence[Sequence[str]]) -> list[list[str]]:
    """Make the lists of lists that seqeval insists on."""
    return [list(tags) for tags in sequences]
