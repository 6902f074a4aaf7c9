"""`slotkit convert`: a corpus in another format."""

from __future__ import annotations

from pathlib import Path

import click

from slotkit.corpus.formats import FORMATS

from .options import format_option


@click.command("convert")
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Choice(list(FORMATS)), help="Format of OUT.")
@format_option
@click.option("--overwrite", is_flag=True, help="Replace the corpus that OUT is.")
def command(source: str, target: Path, to: str, format_: str | None, overwrite: bool) -> None:
    """Write a corpus in another format.

    IN is a path, else the name of a bundled corpus, else hf:NAME for the hub. Where it is one
    file, or the folder that is one split, OUT becomes one too; else OUT becomes a folder with a
    split each.

    \b
    Example:
      $ slotkit convert atis/test test.conll --to conll
      test.conll: test 893 utterances
    """
    if target == Path("-"):
        raise click.UsageError("OUT is a file or a folder: a corpus cannot go to standard output")
    from slotkit.corpus import find_parts, load_corpus
    from slotkit.corpus.write import save_corpus

    parts = find_parts(source, format=format_)
    alone = [part.place for part in parts.values()] == [Path(source)]
    splits, notes, _ = load_corpus(source, format=format_)
    notes += save_corpus(splits, target, format=to, overwrite=overwrite, alone=alone)
    for note in notes:
        click.echo(note, err=True)
    sizes = ", ".join(f"{split} {len(rows):,}" for split, rows in splits.items())
    click.echo(f"{target}: {sizes} utterances")
