"""`slotkit thresholds`: from which confidence on each slot is to be trusted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from .number import Number
from .options import (
    json_option,
    model_argument,
    open_split,
    reading_options,
    split_option,
    trained_corpus_argument,
)


@click.command("thresholds")
@model_argument
@trained_corpus_argument
@click.option(
    "--precision",
    type=Number(0, 1, max_open=True),
    help="Share of the trusted spans that are to be right.",
)
@click.option(
    "--false-rejections",
    type=Number(0, 1, max_open=True),
    help="Share of utterances in scope that may be rejected as out of it.",
)
@split_option("choose on", "validation")
@reading_options
@json_option
def command(
    model: Path,
    corpus: str | None,
    precision: float | None,
    false_rejections: float | None,
    split: str | None,
    how: dict[str, Any],
    as_json: bool,
) -> None:
    """Choose the least confidence of each slot for a wanted precision, and store it in MODEL.

    A threshold holds when the lower bound of the precision (Wilson, 95 %, one-sided) is high
    enough. A slot with too few spans to tell takes the threshold of all spans together, or a
    higher one. From then on `slotkit tag` tells slots below theirs apart as unsure, so that a bot
    can ask back. A precision of 0 takes the thresholds away.

    With --false-rejections the least probability of being in scope is chosen instead, so that with
    95 % no more than that share of what is in scope is rejected; training stores that for 0.02. A
    share of 0 rejects nothing.

    \b
    Example:
      $ slotkit thresholds slotkit-model ticket_booking --precision 0.95
      slot            threshold   spans    kept   right  at least
      ...
      departure          0.8784     426     338     328     95.11
      ...
    """
    from slotkit.evaluation.examine import judge_split
    from slotkit.evaluation.scope import scope_threshold
    from slotkit.evaluation.thresholds import find_thresholds
    from slotkit.model.file import load_model, save_model

    if (precision is None) == (false_rejections is None):
        raise click.UsageError("give --precision or --false-rejections, one of them")
    loaded = load_model(model)
    if false_rejections is not None and loaded.scope is None:
        raise click.ClickException(
            f"{model}: does not tell what is out of scope: train with --out-of-scope FILE, or with "
            "utterances of the intent out_of_scope"
        )
    if precision == 0:
        save_model(loaded._replace(thresholds={}), model)
        click.echo("{}" if as_json else f"{model}: no thresholds")
        return
    corpus, splits, name = open_split(
        loaded.training, corpus, how, split, "validation", loaded.tokenizer
    )
    if false_rejections is not None and loaded.scope is not None:
        told = scope_threshold(loaded, splits[name], false_rejections)
        save_model(loaded._replace(scope={**loaded.scope, "threshold": told["threshold"]}), model)
        click.echo(
            json.dumps(told)
            if as_json
            else f"in scope from {told['threshold']:.4f} on: of {told['in_scope']:,} utterances in "
            f"scope {told['rejected']:,} are rejected"
        )
        return
    assert precision is not None
    try:
        found = find_thresholds(judge_split(loaded, splits[name]), precision)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    save_model(loaded._replace(thresholds={s: t.confidence for s, t in found.items()}), model)
    if as_json:
        click.echo(json.dumps({slot: one._asdict() for slot, one in found.items()}))
        return
    width = max(map(len, found))
    click.echo(f"{'slot':<{width}}  threshold   spans    kept   right  at least")
    for slot, one in found.items():
        click.echo(
            f"{slot:<{width}}  {one.confidence:9.4f}  {one.answers:6,}  {one.kept:6,}  "
            f"{one.right:6,}  {100 * one.bound:8.2f}"
        )
