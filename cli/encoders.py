"""`slotkit encoders`: list the encoders, or show what they make of a word."""

from __future__ import annotations

import inspect
import json
from typing import Any

import click

from .options import corpus_argument, json_option, reading_options

_EXAMPLES = 5  # groups of words that an encoder cannot tell apart


@click.command("encoders")
@corpus_argument
@reading_options
@click.option("--show", metavar="WORD", help="Show the pieces and the dimensions of a word.")
@click.option("--encoder", metavar="NAME[+NAME...]", help="This encoder alone.")
@click.option("--letters", type=click.IntRange(min=1), help="hashing: letters of a piece.")
@click.option("--min-count", type=click.IntRange(min=1), help='other: rarer words are "other".')
@json_option
def command(
    corpus: str,
    how: dict[str, Any],
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
    from slotkit.corpus.words import train_words
    from slotkit.encoders.measure import measure_encoder, pieces_of
    from slotkit.encoders.table import ENCODERS, NEEDS, make_encoder

    given = {"letters": letters, "min_count": min_count}
    encoders = {}
    for name in [encoder] if encoder else [name for name in ENCODERS if name not in NEEDS]:
        parts = [ENCODERS[part] for part in name.split("+") if part in ENCODERS]
        options = {
            option: value
            for option, value in given.items()
            if value is not None and (encoder or any(option in part.options for part in parts))
        }
        needing = [part for part in name.split("+") if part in NEEDS]
        if needing:
            why = f"encoder {needing[0]!r} needs slotkit train --{NEEDS[needing[0]]}"
            raise click.UsageError(why)
        try:
            encoders[name] = make_encoder(name, **options)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    words = train_words(corpus, **how)
    for made in encoders.values():
        made.fit(words)
    rows: dict[str, dict[str, Any]] = {}
    for name, made in encoders.items():
        if show is None:
            rows[name] = measure_encoder(made, words)
        else:
            rows[name] = {"dimensions": made.dimensions, "pieces": pieces_of(made, show)}
    write = _write_encoder if show is None else _write_word
    if as_json:
        click.echo(json.dumps(rows))
    else:
        written = [write(name, row) for name, row in rows.items()]
        if show is None and not encoder:
            written += [_about(name, f"slotkit train --{option}") for name, option in NEEDS.items()]
        click.echo("\n\n".join(written))


def _write_word(name: str, row: dict[str, Any]) -> str:
    """Lay out the pieces of a word."""
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


def _write_encoder(name: str, row: dict[str, Any]) -> str:
    """Lay out how well an encoder tells words apart."""
    lines = [_about(name)]
    lines.append(
        f"  {row['dimensions']:,} dimensions for {row['words']:,} words, "
        f"{row['colliding']:,} of which share their vector"
    )
    for group in row["groups"][:_EXAMPLES]:
        more = f" and {len(group) - _EXAMPLES:,} more" if len(group) > _EXAMPLES else ""
        lines.append(f"    {' '.join(group[:_EXAMPLES])}{more}")
    return "\n".join(lines)


def _about(name: str, needs: str = "") -> str:
    """Say what an encoder is."""
    from slotkit.encoders.table import ENCODERS

    about = [inspect.getdoc(ENCODERS[part]) or "" for part in name.split("+")]
    lines = [click.style(name, bold=True)]
    lines += ["  " + text.partition("\n")[0].replace("`", "") for text in about]
    return "\n".join(lines + [f"  {needs}"] * bool(needs))
