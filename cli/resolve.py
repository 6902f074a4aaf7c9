"""`slotkit resolve`: read a span as a typed value."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from .asking import now_option
from .options import json_option


@click.command("resolve")
@click.argument("text")
@click.option(
    "--type",
    "type_name",
    required=True,
    metavar="KIND|SLOT",
    help="A kind of value, or a slot of --types.",
)
@click.option(
    "--types",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="TOML file of the types of slots; by default that of the ticket corpora.",
)
@now_option("The moment of speaking; by default the clock of this machine.")
@click.option(
    "--language", type=click.Choice(["en", "zh"]), help="By default told from the script."
)
@json_option
def command(
    text: str,
    type_name: str,
    types: Path | None,
    now: datetime | None,
    language: str | None,
    as_json: bool,
) -> None:
    """Read TEXT as a typed value: a date, a time, a number, money, a place, and so on.

    Other readings follow behind "or". What cannot be read ends with exit code 1, with --json
    with a value of null.

    \b
    Example:
      $ slotkit resolve "half past eight in the evening" --type time
      20:30
      $ slotkit resolve 下周五 --type date --now 2026-11-28
      2026-12-04
    """
    from slotkit.values import KINDS, read_types, resolve

    known = read_types() if types is None else read_types(types)
    kind = known.get(type_name) or (type_name if type_name in KINDS else None)
    if kind is None or kind == "choice":
        choices = ", ".join([*(one for one in KINDS if one != "choice"), *known])
        why = (
            f"unknown type {type_name!r}" if kind is None else "a choice needs values: name a slot"
        )
        raise click.BadParameter(f"{why}; choose from {choices}", param_hint="'--type'")
    try:
        found = resolve(text, kind, now=now or datetime.now(), language=language)
    except ValueError as error:  # the moment is the only thing left unchecked
        raise click.BadParameter(str(error), param_hint="'--now'") from error
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    for other in found.alternatives if found.value is None else []:
        click.echo(f"perhaps {_written(other)}", err=True)
    if found.value is None:
        raise click.ClickException(f"{text!r} is no {found.kind} that can be read: {found.reason}")
    click.echo(_written(found.value))
    for other in found.alternatives:
        click.echo(f"or {_written(other)}")
    if found.reason is not None:
        click.echo(found.reason, err=True)


def _written(value: object) -> str:
    """Write a value in a line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
