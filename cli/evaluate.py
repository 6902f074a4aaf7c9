"""`slotkit evaluate`: score a model on a labelled corpus."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slotkit.errors import CorpusError

from .options import corpus_argument, format_option, json_option
from .output import write_file

if TYPE_CHECKING:
    from slotkit.scoring import Report


@click.command("evaluate")
@click.argument("model", type=click.Path(path_type=Path))
@corpus_argument
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    help="Part to score; by default test, else the only part there is.",
)
@format_option
@json_option
@click.option(
    "--errors",
    "errors_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write every wrong span to FILE as annotated text, sorted by kind.",
)
def command(
    model: Path,
    corpus: str,
    split: str | None,
    format_: str | None,
    as_json: bool,
    errors_file: Path | None,
) -> None:
    """Score a model on a labelled corpus.

    CORPUS is a path, else the name of a bundled corpus. A span is right when its words and its
    slot are. Spans whose value the corpus' training part has are also scored apart.

    \b
    Example:
      $ slotkit evaluate slotkit-model ticket_booking --json
      {"f1": 0.9119496855345912, "precision": 0.913639733135656, ...}
    """
    from slotkit.corpus import load_corpus
    from slotkit.filler import SlotFiller
    from slotkit.scoring import describe_errors, evaluate, seen_values

    filler = SlotFiller.load(model)
    splits, notes, _ = load_corpus(corpus, format=format_)
    for note in notes:
        click.echo(note, err=True)
    name = _choose(split, list(splits))
    rows = splits[name]
    tokens, gold = list(rows["tokens"]), list(rows["tags"])
    edges = list(rows["edges"]) if "edges" in rows.column_names else None
    if edges is None and filler.edges == "corpus":
        raise CorpusError("has no edges; this tagger was trained on those of its corpus", corpus)
    predicted = filler.tag_tokens(tokens, edges=edges)
    seen = None
    if name != "train" and "train" in splits:
        seen = seen_values(splits["train"]["tokens"], splits["train"]["tags"])
    report = evaluate(tokens, gold, predicted, seen=seen, known_tags=filler.tags)
    if errors_file is not None:
        text = describe_errors(tokens, gold, predicted)
        write_file(errors_file, [text.encode(errors="backslashreplace")])
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        click.echo(f"{corpus}, {name}: {len(tokens):,} utterances\n")
        click.echo(_table(report))
        if seen is None:
            why = "this is it" if name == "train" else "the corpus has none"
            click.echo(f"values seen and not seen are told apart by the training part: {why}")


def _choose(split: str | None, there: list[str]) -> str:
    """Choose the part to score."""
    if split is None:
        split = there[0] if len(there) == 1 else "test"
    if split not in there:
        raise click.BadParameter(
            f"the corpus has no part {split!r}; choose from {', '.join(there)}",
            param_hint="'--split'",
        )
    return split


def _table(report: Report) -> str:
    """Lay the figures out for people, in per cent."""
    overall = _row(
        f"all, {report.mode}", report.precision, report.recall, report.f1, report.support
    )
    default = _row("all, seqeval's default mode", f1=report.f1_default_mode)
    blocks = [
        [("", "precision", "recall", "F1", "spans"), overall, default],
        [_row(slot, **figures) for slot, figures in report.slots.items()],
        [_row("utterances right in every tag", f1=report.exact)],
    ]
    if report.f1_seen is not None:
        blocks[2][:0] = [
            _row("values seen in training", f1=report.f1_seen, support=report.support_seen),
            _row("values not seen", f1=report.f1_unseen, support=report.support_unseen),
        ]
    width = max(len(row[0]) for block in blocks for row in block)
    lines = [
        "\n".join(
            f"{name:<{width}}  {precision:>9}  {recall:>6}  {f1:>6}  {support:>7}".rstrip()
            for name, precision, recall, f1, support in block
        )
        for block in blocks
        if block
    ]
    if report.unseen_tags:
        counts = ", ".join(f"{tag} {count}" for tag, count in report.unseen_tags.items())
        lines.append(f"tags that training never saw, counted as misses: {counts}")
    return "\n\n".join(lines)


def _row(
    name: str,
    precision: float | None = None,
    recall: float | None = None,
    f1: float | None = None,
    support: int | None = None,
) -> tuple[str, str, str, str, str]:
    """Write a line of the table; what is None stays empty."""

    def percent(share: float | None) -> str:
        return "" if share is None else f"{100 * share:.2f}"

    count = "" if support is None else f"{support:,}"
    return name, percent(precision), percent(recall), percent(f1), count
