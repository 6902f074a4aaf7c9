"""`slotkit evaluate`: score a model on a labelled corpus."""

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
    trained_corpus,
    trained_corpus_argument,
    write,
)

if TYPE_CHECKING:
    from slotkit.evaluation.calibration import Trust
    from slotkit.evaluation.evaluate import Report


class _Picture(click.Path):
    """A file whose suffix says how a picture is written."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from slotkit.evaluation import pictures

        path: Any = super().convert(value, param, ctx)
        try:
            pictures.check_suffix(str(path))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return path


_PICTURE = _Picture(dir_okay=False, path_type=Path)


@click.command("evaluate")
@model_argument
@trained_corpus_argument
@split_option("score", "test")
@reading_options
@json_option
@click.option(
    "--errors",
    "errors_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write every wrong span to FILE as annotated text, sorted by kind.",
)
@click.option(
    "--confusion",
    "confusion_file",
    type=_PICTURE,
    metavar="FILE",
    help="Draw which slots are taken for which.",
)
@click.option(
    "--reliability",
    "reliability_file",
    type=_PICTURE,
    metavar="FILE",
    help="Draw how often spans are right against how sure the model is.",
)
@click.option(
    "--out-of-scope",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Add utterances, one a line, that are none of the tagger's business.",
)
def command(
    model: Path,
    corpus: str | None,
    split: str | None,
    how: dict[str, Any],
    as_json: bool,
    out_of_scope: Path | None,
    errors_file: Path | None,
    confusion_file: Path | None,
    reliability_file: Path | None,
) -> None:
    """Score a model on a labelled corpus, and look at its mistakes.

    CORPUS is a path, else the name of a bundled corpus; by default it is the one that the model was
    trained on. A span is right when its words and its slot are. Spans whose value the corpus'
    training part has are also scored apart. Pictures are written as the suffix of FILE says: .png,
    .svg or .pdf.

    \b
    Example:
      $ slotkit evaluate slotkit-model ticket_booking --json
      {"f1": 0.9119496855345912, "precision": 0.913639733135656, ...}
    """
    from slotkit.corpus.out_of_scope import add_to_split
    from slotkit.corpus.plain import read_plain
    from slotkit.evaluation import pictures
    from slotkit.evaluation.examine import examine
    from slotkit.evaluation.report import describe, describe_errors
    from slotkit.model.file import load_model

    loaded = load_model(model)
    if errors_file is not None and errors_file.exists():
        place = errors_file.resolve()
        read, _ = trained_corpus(corpus, how, loaded.training)
        if Path(read).resolve() in (place, *place.parents):
            raise click.UsageError("--errors is part of the corpus, which would be lost")
    corpus, splits, name = open_split(loaded.training, corpus, how, split, "test", loaded.tokenizer)
    if out_of_scope is not None:
        utterances, _ = read_plain(str(out_of_scope), {}, loaded.tokenizer, loaded.marked_words)
        splits = {**splits, name: add_to_split(splits[name], utterances)}
    found = examine(loaded, splits, name)
    tokens, gold = splits[name]["tokens"][:], splits[name]["tags"][:]
    ways = {"before scaling": found.before, "after scaling": found.after}
    if errors_file is not None:
        text = describe_errors(tokens, gold, found.predicted)
        write(errors_file, text.encode(errors="backslashreplace"))
    if confusion_file is not None:
        pictures.confusion(confusion_file, found.analysis.confusions)
    if reliability_file is not None:
        bins = {way: trust.bins for way, trust in ways.items()}
        pictures.reliability(reliability_file, bins, {way: t.error for way, t in ways.items()})
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    click.echo(f"{corpus}, {name}: {len(tokens):,} utterances\n")
    click.echo(_table(found.report))
    if found.report.f1_seen is None:
        why = "this is it" if name == "train" else "the corpus has none"
        click.echo(f"values seen and not seen are told apart by the training part: {why}")
    click.echo("\n" + describe(found.analysis))
    if found.intent is not None:
        click.echo("\n" + _intent_lines(found.intent))
    click.echo("\n" + _confidence_table(ways, found.temperature))
    if found.thresholds is not None:
        right, sure = found.thresholds["right"], found.thresholds["sure"]
        click.echo(
            f"of {found.thresholds['spans']:,} spans, {sure:,} are at or above the model's "
            f"thresholds, and {100 * right / max(1, sure):.2f} % of these are right"
        )
    click.echo("\n" + _scope_lines(found.scope, found.report.f1))


def _intent_lines(intent: dict[str, Any]) -> str:
    """Say how many intents are right."""
    lines = [
        f"intent right: {100 * intent['first']:.2f} % by the first label, "
        f"{100 * intent['exact']:.2f} % exactly, of {intent['support']:,}"
    ]
    if intent["unseen"]:
        counts = ", ".join(f"{label} {count}" for label, count in intent["unseen"].items())
        lines.append(f"intents that training never saw, counted as wrong: {counts}")
    return "\n".join(lines)


def _scope_lines(scope: dict[str, Any] | None, f1: float) -> str:
    """Say how well the model tells what is none of its business."""
    if scope is None:
        return (
            "this model does not tell what is out of scope: train with --out-of-scope FILE, "
            "or with utterances of the intent out_of_scope"
        )
    lines = []
    if scope["in_scope"]:
        told = f"rejected, though in scope: {100 * scope['false_rejections']:.2f} %"
        lines.append(f"{told} of {scope['in_scope']:,}")
    if scope["out_of_scope"]:
        told = f"out of scope: {100 * scope['recall']:.2f} % of {scope['out_of_scope']:,} rejected"
        lines.append(f"{told}, {100 * scope['filled']:.2f} % fill a slot")
    if scope["auroc"] is not None:
        lines.append(f"AUROC of being in scope: {scope['auroc']:.3f}")
    lines.append(f"F1 before rejection {100 * f1:.2f}, after {100 * scope['f1_after']:.2f}")
    return "\n".join(lines)


def _confidence_table(ways: dict[str, Trust], temperature: float) -> str:
    """Lay out how far confidences of spans can be trusted."""
    lines = [f"{'confidence of spans':<26}  error  a perfect model's   Brier  AUROC"]
    for way, trust in ways.items():
        name = f"{way} (by {temperature:.2f})" if way.startswith("after") else way
        area = "-" if trust.auroc is None else f"{trust.auroc:.3f}"
        lines.append(
            f"{name:<26}  {trust.error:.3f}  {trust.perfect:>17.3f}  {trust.brier:.4f}  {area:>5}"
        )
    return "\n".join(lines)


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

    def percent(fraction: float | None) -> str:
        return "" if fraction is None else f"{100 * fraction:.2f}"

    count = "" if support is None else f"{support:,}"
    return name, percent(precision), percent(recall), percent(f1), count
