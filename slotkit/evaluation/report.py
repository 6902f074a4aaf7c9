"""Mistakes laid out as text for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any
from unicodedata import east_asian_width

from slotkit.evaluation.mistakes import KINDS, Analysis, Error, find_errors
from slotkit.text.tags import Span

_SHOWN = 10  # confusions that the text names


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
        As `slotkit.evaluation.scoring.score`.

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


def describe(analysis: Analysis) -> str:
    """Lay an analysis out for people, in per cent, as blocks with a blank line between them.

    Left out are confusions beyond the ten most frequent, kinds of which no role is confused, and
    intents or lengths where there is one only.

    Examples
    --------
    >>> from slotkit.evaluation.mistakes import analyse
    >>> tokens, gold, predicted = [["to", "Rome"]], [["O", "B-to"]], [["O", "B-from"]]
    >>> kinds = {"to": "to", "from": "to"}
    >>> print(describe(analyse(tokens, gold, predicted, intents=[""], kinds=kinds)))
                              spans   share
    right                         0    0.00
    right border, wrong slot      1  100.00
    wrong border                  0    0.00
    missed                        0    0.00
    spurious                      0
    <BLANKLINE>
                               confused  spans   share
    roles confused, all kinds         1      1  100.00
    to and 1 more                     1      1  100.00
    <BLANKLINE>
    gold → predicted  spans
    to → from             1
    """
    blocks = [_span_rows(analysis), _role_rows(analysis), _confusion_rows(analysis)]
    for name, figures in ("intent", analysis.intents), ("tokens", analysis.lengths):
        blocks.append(_score_rows(name, figures) if len(figures) > 1 else [])
    return "\n\n".join(_columns(block) for block in blocks if block)


def _span_rows(analysis: Analysis) -> list[tuple[str, ...]]:
    """Write what became of the gold spans."""
    counts = {
        "right": analysis.right,
        "right border, wrong slot": analysis.wrong_slot,
        "wrong border": analysis.wrong_border,
        "missed": analysis.missed,
    }
    total = max(1, analysis.support)
    rows = [(name, f"{count:,}", _percent(count / total)) for name, count in counts.items()]
    return [("", "spans", "share"), *rows, ("spurious", f"{analysis.spurious:,}", "")]


def _role_rows(analysis: Analysis) -> list[tuple[str, ...]]:
    """Write how often roles are confused: of all kinds, then of those where it happens."""
    if not analysis.roles_by_kind:
        return []
    rows = {"roles confused, all kinds": analysis.roles}
    for kind, roles in analysis.roles_by_kind.items():
        if roles.confused:
            rows[f"{kind} and {len(roles.slots) - 1} more"] = roles
    return [
        ("", "confused", "spans", "share"),
        *(
            (name, f"{roles.confused:,}", f"{roles.support:,}", _percent(roles.share))
            for name, roles in rows.items()
        ),
    ]


def _confusion_rows(analysis: Analysis) -> list[tuple[str, ...]]:
    """Write the most frequent confusions, and how many there are besides."""
    shown, others = analysis.confusions[:_SHOWN], analysis.confusions[_SHOWN:]
    rows = [(f"{one.row} → {one.column}", f"{one.count:,}") for one in shown]
    if others:
        rows.append((f"the other {len(others):,}", f"{sum(one.count for one in others):,}"))
    return [("gold → predicted", "spans"), *rows] if rows else []


def _score_rows(name: str, groups: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Write the figures of each group."""
    rows = [
        (
            group or "(none)",
            *(_percent(figures[key]) for key in ("precision", "recall", "f1")),
            *(f"{figures[key]:,}" for key in ("support", "utterances")),
        )
        for group, figures in groups.items()
    ]
    return [(name, "precision", "recall", "F1", "spans", "utterances"), *rows]


def _percent(fraction: float) -> str:
    """Write a fraction in per cent."""
    return f"{100 * fraction:.2f}"


def _columns(rows: Sequence[Sequence[str]]) -> str:
    """Set rows in columns, the first to the left and the others to the right."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            [
                row[0] + " " * (widths[0] - _width(row[0])),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
        ).rstrip()
        for row in rows
    )


def _width(text: str) -> int:
    """Count the columns that a terminal needs: two for a Chinese character."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


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
