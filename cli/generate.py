"""`slotkit generate`: labelled utterances from anybody's grammar."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from slotkit.corpus.grammar.grammar import load_grammar
from slotkit.errors import CorpusError

from .options import write


@click.command("generate")
@click.argument("grammar", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-n", "--count", type=click.IntRange(min=1), default=1000, help="Utterances to make.")
@click.option("--seed", type=click.IntRange(min=0), default=1, help="Equal seeds, equal files.")
@click.option("--split", default="train", help="Part of the grammar to use.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default="-",
    help="JSON lines to write; - is standard output.",
)
def command(grammar: Path, count: int, seed: int, split: str, output: Path) -> None:
    """Make labelled utterances from a grammar.

    One JSON object a line, with the keys text, tokens, tags, slots and intent.

    \b
    Example:
      $ cat coffee.grammar
      [intent order]
      (please)? a <size=size> coffee
      [list size]
      small
      large
      $ slotkit generate coffee.grammar -n 2 --seed 1 | cut -c 1-47
      {"text":"a large coffee","tokens":["a","large",
      {"text":"please a large coffee","tokens":["plea
    """
    if output.exists() and output.samefile(grammar):
        raise click.UsageError("--output is the grammar itself, which would be lost")
    try:
        rows = load_grammar(grammar).generate(count, seed=seed, split=split)
    except CorpusError:
        raise
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--split'") from None
    lines = (
        (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n").encode() for row in rows
    )
    if output == Path("-"):
        sys.stdout.buffer.writelines(lines)
        return
    write(output, lines)
    click.echo(f"{output}: {split} {count:,} utterances, seed {seed}", err=True)
