"""`slotkit tag`: fill the slots of utterances."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from slotkit.errors import CorpusError, UtteranceError

if TYPE_CHECKING:
    from slotkit.filler import SlotFiller, Tagging

_STDIN = "standard input"
_COLOURS = ("green", "cyan", "yellow", "magenta", "blue", "red")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_OF_EACH = ("tags", "confidence", "slots", "unsure", "frame")  # of the n best, in JSON
_LIKELIEST = 3  # tags of a word that are shown to people


class _Utterance(NamedTuple):
    """What is to be tagged, and the line of standard input that it stands in, if any."""

    text: str
    edges: Any = None
    line: int | None = None
    tokens: Any = None


@click.command("tag")
@click.argument("words", nargs=-1, metavar="WORD...")
@click.option(
    "-m",
    "--model",
    type=click.Path(path_type=Path),
    envvar="SLOTKIT_MODEL",
    show_envvar=True,
    default="slotkit-model",
    help="Folder of the model.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
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
    "--input",
    "input_",
    type=click.Choice(["text", "json"]),
    default="text",
    help='Lines of standard input: utterances, or objects {"text": ..., "edges": [[0, 1], ...]}.',
)
def command(
    words: tuple[str, ...],
    model: Path,
    as_json: bool,
    min_confidence: float | None,
    n_best: int,
    probabilities: bool,
    input_: str,
) -> None:
    """Fill the slots of an utterance.

    The words, joined by blanks, are one utterance; - alone reads one from each line of standard
    input. With --json one object is printed for each. A slot's confidence is the probability that
    exactly this span is right. Slots below --min-confidence, or below the thresholds that
    `slotkit thresholds` has stored, are told apart as unsure, so that a bot can ask back.

    With --input json a line is an object: its text, and for a tagger that attends along a graph
    the edges, pairs of token indices. Other keys are passed over, so that a corpus of JSON lines
    can be tagged.

    \b
    Example:
      $ slotkit tag arrive Taipei on November 2nd
      arrive Taipei on November 2nd
        destination = Taipei
        arrival_date = November 2nd
      $ cat utterances.txt | slotkit tag --json - > slots.jsonl
    """
    if not words:
        raise click.UsageError("nothing to tag: give the words, or - to read standard input")
    lines = words == ("-",)
    if input_ == "json" and not lines:
        raise click.UsageError("--input json is for standard input: give - alone")
    from slotkit.filler import SlotFiller

    filler = SlotFiller.load(model)
    utterances = _read(input_) if lines else iter([_Utterance(" ".join(words))])
    for number, utterance in enumerate(utterances):
        taggings = _tag(filler, utterance, n_best, min_confidence)
        if as_json:
            found = taggings[0].to_json(probabilities=probabilities)
            if n_best > 1:
                others = [tagging.to_json() for tagging in taggings]
                found["n_best"] = [{key: other[key] for key in _OF_EACH} for other in others]
            click.echo(json.dumps(found, ensure_ascii=False))
        else:
            described = []
            for tagging in taggings:
                share = f"  (probability {tagging.confidence:.3f})" if n_best > 1 else ""
                described.append(_describe(tagging, filler.tags, probabilities, share))
            click.echo(("\n" if number else "") + "\n".join(described))


def _read(kind: str) -> Iterator[_Utterance]:
    """Yield the utterances of standard input."""
    for number, raw in enumerate(sys.stdin.buffer, start=1):
        line = raw.removesuffix(b"\n").removesuffix(b"\r")
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise CorpusError(f"not UTF-8 at byte {error.start + 1}", _STDIN, number) from error
        if kind == "text":
            yield _Utterance(text, line=number)
        elif text.strip():
            yield _parse(text, number)


def _parse(line: str, number: int) -> _Utterance:
    """Read an utterance in JSON."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise CorpusError("not JSON", _STDIN, number) from None
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        raise CorpusError('expected {"text": "...", "edges": [...]}', _STDIN, number)
    return _Utterance(found["text"], found.get("edges"), number, found.get("tokens"))


def _tag(
    filler: SlotFiller, utterance: _Utterance, n_best: int, min_confidence: float | None
) -> list[Tagging]:
    """Tag an utterance; what is wrong with it is said with its line."""
    try:
        taggings = filler.tag_n_best(
            utterance.text, n_best, edges=utterance.edges, min_confidence=min_confidence
        )
        if utterance.edges is not None and utterance.tokens not in (None, taggings[0].tokens):
            raise UtteranceError("edges index tokens, and this tagger cuts the text into others")
        return taggings
    except UtteranceError as error:
        if utterance.line is None:
            raise
        raise CorpusError(str(error), _STDIN, utterance.line) from error


def _describe(tagging: Tagging, tags: list[str], probabilities: bool, share: str) -> str:
    """Lay a tagging out for people: the sentence, its slots coloured, and the frame."""
    names = sorted({tag[2:] for tag in tags if tag[1:2] == "-"})
    colours = dict(zip(names, cycle(_COLOURS), strict=False))
    pieces, done = [], 0
    unsure = {slot.start for slot in tagging.unsure}
    for slot in sorted([*tagging.slots, *tagging.unsure], key=lambda slot: slot.start):
        value = click.style(
            _shown(slot.value), fg=colours[slot.name], bold=slot.start not in unsure
        )
        pieces += [_shown(tagging.text[done : slot.start]), value]
        done = slot.end
    lines = ["".join([*pieces, _shown(tagging.text[done:]), share])]
    if tagging.intent is not None:
        lines.append(f"  {tagging.intent.name}  ({tagging.intent.confidence:.2f})")
    for name, values in tagging.frame.items():
        lines.append(f"  {click.style(name, fg=colours[name])} = {_shown(', '.join(values))}")
    for slot in tagging.unsure:
        name = click.style(slot.name, fg=colours[slot.name])
        lines.append(f"  {name} = {_shown(slot.value)}?  ({slot.confidence:.2f})")
    if not tagging.slots and not tagging.unsure:
        lines.append("  (no slots)")
    if probabilities:
        width = max(map(len, tagging.tokens), default=0)
        for token, row in zip(tagging.tokens, tagging.probabilities, strict=True):
            best = row.argsort(kind="stable")[::-1][:_LIKELIEST]
            shares = "  ".join(f"{tags[k]} {row[k]:.3f}" for k in best)
            lines.append(f"    {_shown(token):<{width}}  {shares}")
    return "\n".join(lines)


def _shown(text: str) -> str:
    """Escape what would command the terminal."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
