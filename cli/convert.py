"""`slotkit convert`: a corpus in another format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from slotkit.corpus.formats import WRITTEN

from .options import reading_options, tokenizer_option


@click.command("convert")
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Choice(WRITTEN), help="Format of OUT.")
@reading_options
@tokenizer_option
@click.option("--overwrite", is_flag=True, help="Replace the corpus that OUT is.")
def command(
    source: str,
    target: Path,
    to: str,
    how: dict[str, Any],
    tokenizer: str | None,
    overwrite: bool,
) -> None:
    """Write a corpus in another format.

    IN is a path, else the name of a bundled corpus, else hf:NAME for the hub. Where it is one
    file, or the folder that is one split, OUT becomes one too; else OUT becomes a folder with a
    split each. Lists of values that stand in IN beside its utterances become files in OUT.values,
    for `slotkit train --values`; what cannot be carried over is named.

    \b
    Example:
      $ slotkit convert atis/test test.conll --to conll
      test.conll: test 893 utterances
    """
    if target == Path("-"):
        raise click.UsageError("OUT is a file or a folder: a corpus cannot go to standard output")
    from slotkit.corpus import find_parts, load_corpus
    from slotkit.corpus.write import save_corpus, save_lists

    parts = find_parts(source, format=how["format"])
    alone = [part.place for part in parts.values()] == [Path(source)]
    splits, notes, _, lists = load_corpus(source, **how, tokenizer=tokenizer)
    notes += save_corpus(splits, target, format=to, overwrite=overwrite, alone=alone)
    notes += save_lists(lists, target.with_name(f"{target.name}.values"), overwrite=overwrite)
    for note in notes:
        click.echo(note, err=True)
    sizes = ", ".join(f"{split} {len(rows):,}" for split, rows in splits.items())
    click.echo(f"{target}: {sizes} utterances")
