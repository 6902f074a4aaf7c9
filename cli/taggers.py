"""`slotkit taggers`: list the taggers."""

from __future__ import annotations

import json

import click

from slotkit.taggers.table import ARCHITECTURES, get_architecture

from .options import json_option


@click.command("taggers")
@json_option
def command(as_json: bool) -> None:
    """List the taggers: equation, source, options with their defaults.

    Defaults that a line names are that tagger's own; `slotkit train --help` has the others.

    \b
    Example:
      $ slotkit taggers | head -5
      feedforward: each word alone, then a distribution over slots
        h(t) = relu(W x(t) + b)
        Rumelhart et al. 1986
        --num-layers 1
    """
    entries = {name: get_architecture(name) for name in ARCHITECTURES}
    if as_json:
        table = {
            name: {
                "summary": tagger.summary,
                "recurrence": tagger.recurrence,
                "source": tagger.source,
                "options": tagger.defaults,
                "training": dict(tagger.training),
            }
            for name, tagger in entries.items()
        }
        click.echo(json.dumps(table))
        return
    for name, tagger in entries.items():
        click.echo(f"{click.style(name, bold=True)}: {tagger.summary}")
        click.echo(f"  {tagger.recurrence}\n  {tagger.source}")
        options = tagger.defaults | dict(tagger.training)
        given = {f"--{name.replace('_', '-')}": value for name, value in options.items()}
        click.echo("  " + "  ".join(f"{k} {v}" for k, v in given.items() if v is not None))
        if open_ := [option for option, value in given.items() if value is None]:
            click.echo(f"  by the size of the corpus: {', '.join(open_)}")
        click.echo()
