"""`slotkit tag`: fill the slots of utterances."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click

from slotkit.errors import CorpusError, UtteranceError
from slotkit.tagging.request import Request

from .asking import now_option, own_model_option
from .lay_out import Wanted, encode, lay_out
from .number import Number

if TYPE_CHECKING:
    from datetime import datetime

    from slotkit.tagging.filler import SlotFiller

    from .bulk import Chunk, Tagged, Work


class _Tag(click.Command):
    """Says what to do about words that look like options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.possibilities:
                raise
            hint = "Words that begin with - stand behind --, as in: slotkit tag -- -5 degrees"
            raise click.UsageError(f"{error.format_message()} {hint}", ctx) from None


@click.command("tag", cls=_Tag)
@click.argument("words", nargs=-1, metavar="WORD...")
@own_model_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option(
    "--min-confidence",
    type=Number(0, 1),
    help="Tell slots of less confidence apart; by default the thresholds of the model, if any.",
)
@click.option(
    "--n-best",
    type=click.IntRange(min=1),
    default=1,
    help="Show so many taggings, likeliest first.",
)
@click.option("--probabilities", is_flag=True, help="Show each word's distribution over the tags.")
@click.option(
    "--trace",
    is_flag=True,
    help="With --json: every number on the way to the tags; of an ensemble, its first member's.",
)
@click.option(
    "--expect",
    multiple=True,
    metavar="SLOT",
    help="A slot that was asked after, which the utterance may answer; several times for several.",
)
@click.option(
    "--allow", multiple=True, metavar="SLOT", help="A slot that may be filled, and no others."
)
@now_option(
    "The moment of speaking, as 2026-11-28T10:00, or now: values are resolved to typed ones."
)
@click.option(
    "--types",
    type=click.Path(exists=True, dir_okay=False),
    help="TOML file with the type of each slot, for --now; by default those of the tickets.",
)
@click.option(
    "--input",
    "input_",
    type=click.Choice(["text", "json"]),
    default="text",
    help='Lines of standard input: utterances, or objects {"text": ..., "asked": "SLOT"}.',
)
@click.option(
    "--max-words",
    type=click.IntRange(min=1),
    help="Words of the longest text that is tagged; by default 5000, and 2000 of attention to all.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),  # each is a process with a model of its own
    default=1,
    help="Processes that tag standard input; its order is kept.",
)
def command(
    words: tuple[str, ...],
    model: str,
    as_json: bool,
    min_confidence: float | None,
    n_best: int,
    probabilities: bool,
    trace: bool,
    expect: tuple[str, ...],
    allow: tuple[str, ...],
    now: datetime | None,
    types: str | None,
    input_: str,
    max_words: int | None,
    workers: int,
) -> None:
    """Fill the slots of an utterance.

    The words, joined by blanks, are one utterance; - alone reads one from each line of standard
    input. With --json one object is printed for each. A slot's confidence is the probability that
    exactly this span is right. Slots below --min-confidence, or below the thresholds that
    `slotkit thresholds` has stored, are told apart as unsure, so that a bot can ask back.

    With --input json a line is an object: its text, under "asked" the slot that was asked after,
    or a list of them, and for a tagger that attends along a graph the edges, pairs of token
    indices. Its other keys, such as an id, stand in the answer too.

    \b
    Example:
      $ slotkit tag arrive Taipei on November 2nd
      arrive Taipei on November 2nd
        destination = Taipei
        arrival_date = November 2nd
      $ slotkit tag --json --workers 2 - < utterances.txt > slots.jsonl
    """
    if not words:
        raise click.UsageError("nothing to tag: give the words, or - to read standard input")
    lines = words == ("-",)
    if input_ == "json" and not lines:
        raise click.UsageError("--input json is for standard input: give - alone")
    if workers > 1 and not lines:
        raise click.UsageError("--workers is for standard input: give - alone")
    if lines and sys.stdin is None:
        raise click.UsageError("standard input is closed")
    wanted = Wanted(as_json, min_confidence, n_best, probabilities, trace, expect, allow, now)
    if trace and not as_json:
        raise click.UsageError("--trace is for machines: add --json, or see slotkit inspect")
    if types is not None and now is None:
        raise click.UsageError("--types says what --now resolves values to: give both")
    if not lines:
        filler = _load(model, max_words, types)
        if filler.tokenizer == "whitespace":
            click.echo(
                f"{model}: takes a mark beside a word for a part of it; training anew helps",
                err=True,
            )
        click.echo(_show(filler, Request(" ".join(words)), wanted))
        return
    from .bulk import tag_chunks

    make_work = partial(_make_work, model, max_words, types, input_, wanted)
    begun = False
    with _progress() as show:
        for tagged in tag_chunks(make_work, workers):
            if tagged.text:
                between = "\n" if begun and not as_json else ""
                click.echo(between + tagged.text)  # which flushes
                begun = True
            show(tagged.utterances)


def _load(model: str, max_words: int | None, types: str | None) -> SlotFiller:
    """Read the model."""
    from slotkit.tagging.filler import SlotFiller

    kinds = None
    if types is not None:
        from slotkit.values import read_types

        kinds = read_types(types)
    folder = os.path.expanduser(model)  # SLOTKIT_MODEL does not pass a shell
    return SlotFiller.load(folder, max_words=max_words, types=kinds)


def _make_work(
    model: str, max_words: int | None, types: str | None, kind: str, wanted: Wanted
) -> Work:
    """Load a tagger, and return what tags a chunk of lines."""
    return partial(_tag_chunk, _load(model, max_words, types), kind, wanted)


def _tag_chunk(filler: SlotFiller, kind: str, wanted: Wanted, chunk: Chunk) -> Tagged:
    """Tag a chunk of lines: together where they are plain text, else one by one."""
    from .bulk import Tagged

    blocks: list[str] = []
    together = kind == "text" and wanted.n_best == 1 and not wanted.trace
    if together:
        try:
            texts = [_decode(line) for line in chunk.lines]
            taggings = filler.tag_batch(texts, **wanted.ask())
            blocks = [lay_out(filler, [tagging], wanted) for tagging in taggings]
        except (CorpusError, UtteranceError):
            together = False  # to find which line it is
    error, wrong = "", 0
    if not together:
        for number, raw in enumerate(chunk.lines, start=chunk.first):
            try:
                text = _decode(raw)
                if kind == "text":
                    blocks.append(_show(filler, Request(text), wanted))
                elif text.strip():
                    blocks.append(_show(filler, Request.read(text), wanted))
                elif wanted.as_json:
                    blocks.append("")  # so that the n-th answer is that to the n-th line
            except (CorpusError, UtteranceError) as problem:
                error, wrong = str(problem), number
                break
    between = "\n" if wanted.as_json else "\n\n"
    return Tagged(between.join(blocks), len(blocks), error, wrong)


def _decode(line: bytes) -> str:
    """Read a line of standard input."""
    try:
        return line.removesuffix(b"\r").decode()
    except UnicodeDecodeError as error:
        raise CorpusError(f"not UTF-8 at byte {error.start + 1}") from error


def _show(filler: SlotFiller, request: Request, wanted: Wanted) -> str:
    """Tag an utterance and lay out what is found."""
    taggings = request.answer(filler, wanted.n_best, **wanted.ask())
    laid_out = lay_out(filler, taggings, wanted)
    if wanted.trace:
        traced = filler.trace(request.text, edges=request.edges).to_json()
        laid_out = f'{laid_out[:-1]}, "trace": {encode(traced)}}}'
    if wanted.as_json and request.others:
        return f"{encode(request.others)[:-1]}, {laid_out[1:]}"
    return laid_out


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """Count utterances on a terminal, where what is printed goes elsewhere."""
    if not sys.stderr.isatty() or sys.stdout.isatty() or sys.stdin.isatty():
        yield lambda more: None
        return
    begun, total = time.monotonic(), 0

    def show(more: int) -> None:
        nonlocal total
        total += more
        rate = total / max(time.monotonic() - begun, 1e-9)
        click.echo(f"\r{total:,} utterances, {rate:,.0f}/s ", err=True, nl=False)

    try:
        yield show
    finally:
        click.echo(err=True)
