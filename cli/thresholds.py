"""`slotkit thresholds`: from which confidence on each slot is to be trusted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

from .number import Number
from .options import (
    choose_split,
    format_option,
    json_option,
    trained_corpus,
    trained_corpus_argument,
)


@click.command("thresholds")
@click.argument("model", type=click.Path(path_type=Path))
@trained_corpus_argument
@click.option(
    "--precision",
    type=Number(0, 1, max_open=True),
    required=True,
    help="Share of the trusted spans that are to be right.",
)
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    help="Part to choose on; by default validation, else the only part there is.",
)
@format_option
@json_option
def command(
    model: Path,
    corpus: str | None,
    precision: float,
    split: str | None,
    format_: str | None,
    as_json: bool,
) -> None:
    """Choose the least confidence of each slot for a wanted precision, and store it in MODEL.

    A threshold holds when the lower bound of the precision (Wilson, 95 %, one-sided) is high
    enough. A slot with too few spans to tell takes the threshold of all spans together, or a
    higher one. From then on `slotkit tag` tells slots below theirs apart as unsure, so that a bot
    can ask back. A precision of 0 takes the thresholds away.

    \b
    Example:
      $ slotkit thresholds slotkit-model ticket_booking --precision 0.95
      slot            threshold   spans    kept   right  at least
      destination        0.9756     539     306     297     95.01
      ...
    """
    from slotkit.corpus import load_corpus
    from slotkit.evaluation.examine import judge_split
    from slotkit.evaluation.thresholds import find_thresholds
    from slotkit.model.file import load_model, save_model

    loaded = load_model(model)
    if precision == 0:
        save_model(replace(loaded, thresholds={}), model)
        click.echo("{}" if as_json else f"{model}: no thresholds")
        return
    corpus, format_ = trained_corpus(corpus, format_, loaded.training)
    splits, notes, _ = load_corpus(corpus, format=format_)
    for note in notes:
        click.echo(note, err=True)
    rows = splits[choose_split(split, list(splits), "validation")]
    try:
        found = find_thresholds(judge_split(loaded, rows), precision)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    save_model(replace(loaded, thresholds={s: t.confidence for s, t in found.items()}), model)
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
