"""`slotkit corpora`: the bundled corpora, and the toys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from .options import json_option

if TYPE_CHECKING:
    from slotkit.corpus.formats.find import Description


@click.command("corpora")
@json_option
def command(as_json: bool) -> None:
    """List the bundled corpora and the toys, with the size of each split and their slots.

    Toys are generated: the tag of the last word is decided by a word before it.

    \b
    Example:
      $ slotkit corpora --json
      {"ticket_booking": {"sizes": {"train": ...}, "slots": ["arrival_date", ...]}, ...}
    """
    from slotkit.corpus.formats.find import bundled, describe
    from slotkit.corpus.toys import TOYS

    found = {name: describe(folder) for name, folder in bundled().items()}
    toys = {toy.example: describe(toy.example) for toy in TOYS.values()}
    if as_json:
        click.echo(json.dumps({name: corpus._asdict() for name, corpus in (found | toys).items()}))
        return
    for name, corpus in found.items():
        click.echo(f"{name}: {_sizes(corpus)}")
        click.echo(click.wrap_text(", ".join(corpus.slots), 88, "  ", "  "))
    for toy in TOYS.values():
        click.echo(f"{toy.form}: {_sizes(toys[toy.example])}")
        click.echo(f"  a toy: {toy.summary}")


def _sizes(corpus: Description) -> str:
    """Write the size of each split."""
    return ", ".join(f"{split} {size:,}" for split, size in corpus.sizes.items())
