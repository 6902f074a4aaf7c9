"""`slotkit corpora`: the bundled corpora."""

from __future__ import annotations

import json

import click

from .options import json_option


@click.command("corpora")
@json_option
def command(as_json: bool) -> None:
    """List the bundled corpora, with the size of each split and their slots.

    \b
    Example:
      $ slotkit corpora --json
      {"ticket_booking": {"sizes": {"train": ...}, "slots": ["arrival_date", ...]}, ...}
    """
    from slotkit.corpus.formats.find import bundled, describe

    found = {name: describe(folder) for name, folder in bundled().items()}
    if as_json:
        click.echo(json.dumps({name: corpus._asdict() for name, corpus in found.items()}))
        return
    for name, corpus in found.items():
        sizes = ", ".join(f"{split} {size:,}" for split, size in corpus.sizes.items())
        click.echo(f"{name}: {sizes}")
        click.echo(click.wrap_text(", ".join(corpus.slots), 88, "  ", "  "))
