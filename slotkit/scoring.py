"""How well predicted tags agree with gold ones: seqeval's figures, and what they leave out.

A span counts when its border and its slot are both right. All figures are fractions, and 0.0
where there is nothing to divide by; the support beside them tells which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, NamedTuple

from slotkit.extras import extra
from slotkit.tags import Span, spans_of, tags_of

MODE = "strict IOB2"


def score(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> float:
    """Compute the span F1 of all utterances together, as seqeval does in strict IOB2 mode.

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
    f1: float = _total(gold, predicted)["f1"]
    return f1


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
    total = _total(gold, predicted)
    right = sum(list(g) == list(p) for g, p in zip(gold, predicted, strict=True))
    known = set(known_tags)
    missing = Counter(tag for tags in gold for tag in tags if tag not in known)
    classes: list[dict[str, Any]] = [{"f1": None, "support": None}] * 2
    if seen is not None:
        classes = [
            _total(_only(tokens, gold, seen, wanted), _only(tokens, predicted, seen, wanted))
            for wanted in (True, False)
        ]
    return Report(
        **total,
        mode=MODE,
        f1_default_mode=_default_mode(gold, predicted),
        exact=right / len(gold) if gold else 0.0,
        f1_seen=classes[0]["f1"],
        support_seen=classes[0]["support"],
        f1_unseen=classes[1]["f1"],
        support_unseen=classes[1]["support"],
        unseen_tags=dict(missing.most_common()),
        slots=_per_slot(gold, predicted),
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
        for span in _strict_spans(sequence)
    }


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
        As `score`.

    Examples
    --------
    >>> [error.kind for error in find_errors([["B-to", "I-to", "B-day"]], [["B-to", "O", "O"]])]
    ['wrong border', 'missed']
    """
    _check_lengths(gold, predicted)
    errors: list[Error] = []
    for number, (tags, guesses) in enumerate(zip(gold, predicted, strict=True)):
        truth, found = _strict_spans(tags), _strict_spans(guesses)
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


def describe_errors(
    tokens: Sequence[Sequence[str]],
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
) -> str:
    """Write every wrong span as annotated text, sorted by kind, slots and utterance.

    Utterances are counted from 1. The gold span stands in [slot|words], the predicted one in
    {slot|words}.

    Raises
    ------
    ValueError
        As `score`.

    Examples
    --------
    >>> print(describe_errors([["to", "Rome"]], [["O", "B-to"]], [["O", "B-from"]]), end="")
    # wrong slot: 1
    <BLANKLINE>
    utterance 1: from instead of to
      gold       to [to|Rome]
      predicted  to {from|Rome}
    """

    def place(error: Error) -> tuple[int, str, str, int]:
        slots = ["" if span is None else span.slot for span in (error.gold, error.predicted)]
        return KINDS.index(error.kind), slots[0], slots[1], error.utterance

    lines: list[str] = []
    for kind, group in groupby(sorted(find_errors(gold, predicted), key=place), lambda e: e.kind):
        errors = list(group)
        lines += ["", f"# {kind}: {len(errors)}"]
        for error in errors:
            words = tokens[error.utterance]
            lines += ["", f"utterance {error.utterance + 1}: {_headline(error)}"]
            if error.gold is not None:
                lines.append("  gold       " + _bracketed(words, error.gold, "[", "]"))
            if error.predicted is not None:
                lines.append("  predicted  " + _bracketed(words, error.predicted, "{", "}"))
    return "\n".join([*lines[1:], ""]) if lines else ""


def _headline(error: Error) -> str:
    """Say in words what is wrong."""
    if error.gold is None:
        return f"{error.predicted.slot} where there is no such slot" if error.predicted else ""
    if error.predicted is None:
        return f"{error.gold.slot} not found"
    if error.kind == "wrong slot":
        return f"{error.predicted.slot} instead of {error.gold.slot}"
    return f"{error.gold.slot} with another border"


def _bracketed(words: Sequence[str], span: Span, left: str, right: str) -> str:
    """Write an utterance with one span in brackets."""
    value = f"{left}{span.slot}|{' '.join(words[span.start : span.end])}{right}"
    return " ".join([*words[: span.start], value, *words[span.end :]])


def _same_border(span: Span, other: Span) -> bool:
    """Tell whether two spans cover the same tokens."""
    return span[:2] == other[:2]


def _same_slot(span: Span, other: Span) -> bool:
    """Tell whether two spans of one slot overlap."""
    return span.slot == other.slot and span.start < other.end and other.start < span.end


def _strict_spans(tags: Sequence[str]) -> list[Span]:
    """Read the spans that begin with B-, the only ones of strict mode."""
    return [span for span in spans_of(tags) if tags[span.start].startswith("B")]


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
            (s for s in _strict_spans(tags) if ((s.slot, _value(words, s)) in seen) is wanted),
            len(tags),
        )
        for words, tags in zip(tokens, sequences, strict=True)
    ]


def _check_lengths(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> None:
    """Refuse what cannot be compared: seqeval's own message would print all of it."""
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


def _total(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Compute seqeval's strict figures over all spans."""
    _check_lengths(gold, predicted)
    if not gold:  # which seqeval refuses
        return _figures(0, 0, 0, 0)
    return _figures(*_strict(gold, predicted, "micro"))


def _default_mode(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> float:
    """Compute seqeval's F1 in its default mode, over all spans."""
    if not gold:
        return 0.0
    return float(_seqeval().metrics.f1_score(_lists(gold), _lists(predicted), zero_division=0))


def _per_slot(
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
