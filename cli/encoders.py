"""`slotkit encoders`: list the encoders, or show what they make of a word."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import click

from .options import corpus_argument, format_option, json_option

_EXAMPLES = 5  # groups of words that an encoder cannot tell apart


@click.command("encoders")
@corpus_argument
@format_option
@click.option("--show", metavar="WORD", help="Show the pieces and the dimensions of a word.")
@click.option("--encoder", metavar="NAME[+NAME...]", help="This encoder alone.")
@click.option("--letters", type=click.IntRange(min=1), help="hashing: letters of a piece.")
@click.option("--min-count", type=click.IntRange(min=1), help='other: rarer words are "other".')
@json_option
def command(
    corpus: str,
    format_: str | None,
    show: str | None,
    encoder: str | None,
    letters: int | None,
    min_count: int | None,
    as_json: bool,
) -> None:
    """List the encoders, or show what they make of a word.

    They learn their dimensions from the training part of CORPUS. Of each stands how many
    dimensions it has for how many words (in lower case, every digit a 0), and how many of these
    share their vector with another word.

    \b
    Example:
      $ slotkit encoders --show bool --encoder hashing
      hashing: 4 pieces, 4 of 4,114 dimensions are 1
        #bo  dimension 58
        boo  dimension 914
        ool  dimension 2811
        ol#  dimension 2769
    """
    from slotkit.encoders.table import ENCODERS, make_encoder

    given = {"letters": letters, "min_count": min_count}
    encoders = {}
    for name in [encoder] if encoder else ENCODERS:
        parts = [ENCODERS[part] for part in name.split("+") if part in ENCODERS]
        options = {
            option: value
            for option, value in given.items()
            if value is not None and (encoder or any(option in part.options for part in parts))
        }
        try:
            encoders[name] = make_encoder(name, **options)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    words = _count_words(corpus, format_)
    for made in encoders.values():
        made.fit(words)
    if show is not None:
        rows = {name: _show(made, show) for name, made in encoders.items()}
        write = _write_word
    else:
        rows = {name: _measure(made, words) for name, made in encoders.items()}
        write = _write_encoder
    if as_json:
        click.echo(json.dumps(rows))
    else:
        click.echo("\n\n".join(write(name, row) for name, row in rows.items()))


def _count_words(corpus: str, format_: str | None) -> Counter[str]:
    """Count the words of the training part; those of a bundled corpus without the train extra."""
    from slotkit.corpus.formats.find import bundled
    from slotkit.errors import CorpusError

    folder = bundled().get(corpus)
    if folder is not None and not Path(corpus).exists():
        with (folder / "train.jsonl").open("rb") as file:
            return Counter(chain.from_iterable(json.loads(line)["tokens"] for line in file))
    from slotkit.corpus import load_corpus

    splits = load_corpus(corpus, format=format_).splits
    if "train" not in splits:
        raise CorpusError("has no train split", corpus)
    return Counter(chain.from_iterable(splits["train"]["tokens"]))


def _show(encoder: Any, word: str) -> dict[str, Any]:
    """Return what each piece of a word is to an encoder: a dimension, or None."""
    from slotkit.encoders.encoder import Sum
    from slotkit.encoders.hashing import Hashing

    first, pieces = 0, []
    for part in encoder.parts if isinstance(encoder, Sum) else [encoder]:
        found: dict[str, int | None] = {
            part.describe(dimension): first + dimension for dimension in part.active(word)
        }
        if isinstance(part, Hashing):
            found = {piece: found.get(piece) for piece in part.pieces(word)}
        for piece, dimension in (found or {word: None}).items():
            pieces.append({"encoder": part.name, "piece": piece, "dimension": dimension})
        first += part.dimensions
    return {"dimensions": encoder.dimensions, "pieces": pieces}


def _write_word(name: str, row: dict[str, Any]) -> str:
    """Lay out what `_show` returns."""
    pieces = row["pieces"]
    active = sum(piece["dimension"] is not None for piece in pieces)
    count = f"{len(pieces)} piece" + ("s" if len(pieces) > 1 else "")
    verb = "is" if active == 1 else "are"
    lines = [f"{name}: {count}, {active} of {row['dimensions']:,} dimensions {verb} 1"]
    width = max(len(piece["piece"]) for piece in pieces)
    for piece in pieces:
        where = "no dimension" if piece["dimension"] is None else f"dimension {piece['dimension']}"
        lines.append(f"  {piece['piece']:<{width}}  {where}")
    return "\n".join(lines)


def _measure(encoder: Any, words: Counter[str]) -> dict[str, Any]:
    """Return an encoder's dimensions, and the words that it cannot tell apart."""
    from slotkit.encoders.encoder import normalise
    from slotkit.encoders.table import collisions

    different = {normalise(word, lower_case=True, fold_digits=True) for word in words}
    groups = collisions(encoder, sorted(different))
    return {
        "dimensions": encoder.dimensions,
        "words": len(different),
        "colliding": sum(map(len, groups)),
        "groups": groups,
    }


def _write_encoder(name: str, row: dict[str, Any]) -> str:
    """Lay out what `_measure` returns."""
    from slotkit.encoders.table import ENCODERS

    about = [inspect.getdoc(ENCODERS[part]) or "" for part in name.split("+")]
    lines = [click.style(name, bold=True)]
    lines += ["  " + text.partition("\n")[0].replace("`", "") for text in about]
    lines.append(
        f"  {row['dimensions']:,} dimensions for {row['words']:,} words, "
        f"{row['colliding']:,} of which share their vector"
    )
    for group in row["groups"][:_EXAMPLES]:
        more = f" and {len(group) - _EXAMPLES:,} more" if len(group) > _EXAMPLES else ""
        lines.append(f"    {' '.join(group[:_EXAMPLES])}{more}")
    return "\n".join(lines)
