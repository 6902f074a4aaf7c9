"""`slotkit stress`: try a model on minimal pairs and on disturbed utterances."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import (
    json_option,
    model_argument,
    open_split,
    reading_options,
    split_option,
    trained_corpus_argument,
)

if TYPE_CHECKING:
    from slotkit.evaluation.stress import StressReport


@click.command("stress")
@model_argument
@trained_corpus_argument
@split_option("try it on", "test")
@reading_options
@click.option("--seed", type=click.IntRange(min=0), default=1, help="For what is drawn at random.")
@json_option
@click.option(
    "--show",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show N wrong pairs of each row of the table (not with --json).",
)
def command(
    model: Path,
    corpus: str | None,
    split: str | None,
    how: dict[str, Any],
    seed: int,
    as_json: bool,
    show: int,
) -> None:
    """Try a model on minimal pairs, typos and changed case.

    CORPUS is a path, else the name of a bundled corpus; by default it is the one that the model was
    trained on. A minimal pair are two utterances in which the same words fill other slots: "from
    Taipei to Tokyo" and "from Tokyo to Taipei", "to Taipei" and "from Taipei". A pair counts when
    both are right. Kinds of value and cue words are learned from the training part; what is tagged
    is made of the part that is tried.

    \b
    Example:
      $ slotkit stress slotkit-model ticket_booking
      ticket_booking, test: 1,000 utterances, seed 1
      minimal pairs, both right  cue      pairs  all tags  roles alone
      values exchanged                      471     82.38        88.54
      cues exchanged             before      88     86.36        96.59
      ...
    """
    from slotkit.evaluation.stress import stress
    from slotkit.model.file import load_model
    from slotkit.tagging.filler import SlotFiller

    filler = SlotFiller.load(model)
    if filler.edges == "corpus":
        raise click.ClickException(
            "stress cannot try this tagger: it needs edges, which changed utterances have not"
        )
    training = load_model(model).training if corpus is None else {}
    corpus, splits, name = open_split(training, corpus, how, split, "test", filler.tokenizer)
    rows = splits[name]
    if "train" not in splits:
        click.echo(f"no training part: kinds and cues are learned from {name} itself", err=True)
    train = splits.get("train", rows)
    report = stress(
        filler.tag_tokens,
        list(train["tokens"]),
        list(train["tags"]),
        list(rows["tokens"]),
        list(rows["tags"]),
        seed=seed,
    )
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
        return
    click.echo(f"{corpus}, {name}: {len(rows):,} utterances, seed {seed}\n")
    click.echo(_pairs(report))
    click.echo()
    click.echo(_disturbances(report))
    text = report.describe(show)
    if text:
        click.echo()
        click.echo(text, nl=False)


def _pairs(report: StressReport) -> str:
    """Lay out what became of the pairs."""
    if not report.roles:
        return "no two slots of this corpus hold the same kind of value: no minimal pairs"
    if not report.pairs:
        return "no minimal pairs can be built from this part"
    rows = [("minimal pairs, both right", "cue", "pairs", "all tags", "roles alone")]
    rows += [
        (
            row.way,
            "" if row.side == "values" else row.side,
            f"{row.pairs:,}",
            f"{100 * row.both:.2f}",
            f"{100 * row.both_roles:.2f}",
        )
        for row in report.pairs
    ]
    return "\n".join(
        f"{way:<25}  {side:<7}  {pairs:>5}  {both:>8}  {roles:>11}"
        for way, side, pairs, both, roles in rows
    )


def _disturbances(report: StressReport) -> str:
    """Lay out what disturbances cost."""
    rows = [("the same utterances", "changed", "F1", "after", "exact", "after")]
    rows += [
        (
            row.name,
            f"{row.utterances:,}",
            f"{100 * row.f1_before:.2f}",
            f"{100 * row.f1_after:.2f}",
            f"{100 * row.exact_before:.2f}",
            f"{100 * row.exact_after:.2f}",
        )
        for row in report.disturbances
    ]
    return "\n".join(
        f"{name:<25}  {count:>7}  {one:>6}  {two:>6}  {three:>6}  {four:>6}"
        for name, count, one, two, three, four in rows
    )
