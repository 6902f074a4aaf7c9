"""`slotkit evaluate`: score a model on a labelled corpus."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slotkit.errors import CorpusError
from slotkit.intents import accuracy, split_intents

from .options import choose_split, corpus_argument, format_option, json_option
from .output import write_file

if TYPE_CHECKING:
    from slotkit.calibration import Trust
    from slotkit.scoring import Report


class _Picture(click.Path):
    """A file whose suffix says how a picture is written."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from slotkit import pictures

        path: Any = super().convert(value, param, ctx)
        try:
            pictures.check_suffix(str(path))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return path


_PICTURE = _Picture(dir_okay=False, path_type=Path)


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
def command(
    model: Path,
    corpus: str,
    split: str | None,
    format_: str | None,
    as_json: bool,
    errors_file: Path | None,
    confusion_file: Path | None,
    reliability_file: Path | None,
) -> None:
    """Score a model on a labelled corpus, and look at its mistakes.

    CORPUS is a path, else the name of a bundled corpus. A span is right when its words and its
    slot are. Spans whose value the corpus' training part has are also scored apart. Pictures are
    written as the suffix of FILE says: .png, .svg or .pdf.

    \b
    Example:
      $ slotkit evaluate slotkit-model ticket_booking --json
      {"f1": 0.9119496855345912, "precision": 0.913639733135656, ...}
    """
    from slotkit import pictures
    from slotkit.analysis import analyse, describe, describe_errors
    from slotkit.calibration import judge, measure
    from slotkit.corpus import load_corpus
    from slotkit.filler import SlotFiller
    from slotkit.kinds import find_kinds, slot_values
    from slotkit.model_file import load_model
    from slotkit.scoring import evaluate, seen_values

    loaded = load_model(model)
    filler = SlotFiller(loaded)
    splits, notes, _ = load_corpus(corpus, format=format_)
    for note in notes:
        click.echo(note, err=True)
    name = choose_split(split, list(splits), "test")
    rows = splits[name]
    tokens, gold, intents = list(rows["tokens"]), list(rows["tags"]), list(rows["intent"])
    edges = list(rows["edges"]) if "edges" in rows.column_names else None
    if edges is None and filler.edges == "corpus":
        raise CorpusError("has no edges; this tagger was trained on those of its corpus", corpus)
    taggings = filler.fill_tokens(tokens, edges=edges)
    predicted = [tagging.tags for tagging in taggings]
    train = splits["train" if "train" in splits else name]
    seen = None
    if name != "train" and "train" in splits:
        seen = seen_values(train["tokens"], train["tags"])
    report = evaluate(tokens, gold, predicted, seen=seen, known_tags=filler.tags)
    kinds = find_kinds(slot_values(train["tokens"], train["tags"]))
    analysis = analyse(tokens, gold, predicted, intents=intents, kinds=kinds)
    judged = judge(taggings, gold)
    unscaled = SlotFiller(replace(loaded, temperature=1.0)).fill_tokens(tokens, edges=edges)
    confidence = {
        way: measure([j.confidence for j in spans], [j.right for j in spans])
        for way, spans in (("before", judge(unscaled, gold)), ("after", judged))
    }
    intent = None
    if loaded.intents:
        found = [tagging.intent.name if tagging.intent else "" for tagging in taggings]
        intent = accuracy(intents, found)
        named = Counter(part for label in intents for part in split_intents(label))
        intent["unseen"] = {label: n for label, n in named.items() if label not in loaded.intents}
    sure = [j.right for j in judged if j.sure] if loaded.thresholds else None
    if errors_file is not None:
        text = describe_errors(tokens, gold, predicted)
        write_file(errors_file, [text.encode(errors="backslashreplace")])
    if confusion_file is not None:
        pictures.confusion(confusion_file, analysis.confusions)
    if reliability_file is not None:
        bins = {f"{way} scaling": trust.bins for way, trust in confidence.items()}
        errors = {f"{way} scaling": trust.error for way, trust in confidence.items()}
        pictures.reliability(reliability_file, bins, errors)
    if as_json:
        figures = report.to_json() | {
            "analysis": analysis.to_json(),
            "confidence": {way: trust.to_json() for way, trust in confidence.items()},
            "temperature": loaded.temperature,
            "intent": intent,
            "thresholds": None
            if sure is None
            else {"right": sum(sure), "sure": len(sure), "spans": len(judged)},
        }
        click.echo(json.dumps(figures, ensure_ascii=False))
        return
    click.echo(f"{corpus}, {name}: {len(tokens):,} utterances\n")
    click.echo(_table(report))
    if seen is None:
        why = "this is it" if name == "train" else "the corpus has none"
        click.echo(f"values seen and not seen are told apart by the training part: {why}")
    click.echo("\n" + describe(analysis))
    if intent is not None:
        click.echo("\n" + _intent_lines(intent))
    click.echo("\n" + _confidence_table(confidence, loaded.temperature))
    if sure is not None:
        click.echo(
            f"of {len(judged):,} spans, {len(sure):,} are at or above the model's thresholds, "
            f"and {100 * sum(sure) / max(1, len(sure)):.2f} % of these are right"
        )


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


def _confidence_table(confidence: dict[str, Trust], temperature: float) -> str:
    """Lay out how far confidences of spans can be trusted."""
    lines = [f"{'confidence of spans':<26}  error  a perfect model's   Brier  AUROC"]
    for way, trust in confidence.items():
        name = f"{way} scaling" + (f" (by {temperature:.2f})" if way == "after" else "")
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

    def percent(share: float | None) -> str:
        return "" if share is None else f"{100 * share:.2f}"

    count = "" if support is None else f"{support:,}"
    return name, percent(precision), percent(recall), percent(f1), count
