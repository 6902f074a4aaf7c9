"""`slotkit generate`: labelled utterances from anybody's grammar."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

import click

from slotkit.grammar import SPLITS, load_grammar


def _write_beside(lines: list[bytes], path: Path) -> None:
    """Write a file under another name in its folder, then rename it: all of it or nothing."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(file.name, 0o666 & ~mask)  # what a file that is simply opened would have
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


@click.command("generate")
@click.argument("grammar", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-n", "--count", type=click.IntRange(min=1), default=1000, help="Utterances to make.")
@click.option("--seed", type=click.IntRange(min=0), default=1, help="Equal seeds, equal files.")
@click.option("--split", type=click.Choice(SPLITS), default="train", help="Sections to use.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    default="-",
    help="JSON lines to write; - is standard output.",
)
def command(grammar: Path, count: int, seed: int, split: str, output: str) -> None:
    r"""Make labelled utterances from a grammar.

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
      {"text":"please a large coffee","tokens":["plea
      {"text":"a small coffee","tokens":["a","small",
    """
    rows = load_grammar(grammar).generate(count, seed=seed, split=split)
    lines = [
        (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
        for row in (
            {key: row[key] for key in ("text", "tokens", "tags", "slots", "intent")} for row in rows
        )
    ]
    if output == "-":
        sys.stdout.buffer.writelines(lines)
        return
    try:
        _write_beside(lines, Path(output))
    except OSError as error:
        raise click.ClickException(f"{output}: cannot be written: {error.strerror}") from error
    click.echo(f"{count} utterances, split {split}, seed {seed}: {output}", err=True)
