"""Arguments and options that several verbs share, each written once."""

from __future__ import annotations

import click

from slotkit.formats import FORMATS

corpus_argument = click.argument("corpus", default="ticket_booking")
format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(list(FORMATS)),
    help="Format of the corpus; by default told from its content.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def choose_split(split: str | None, there: list[str], usual: str) -> str:
    """Choose the part of a corpus to work on: the one asked for, the only one, or the usual one.

    Raises
    ------
    click.BadParameter
        If the corpus has no such part.
    """
    if split is None:
        split = there[0] if len(there) == 1 else usual
    if split not in there:
        raise click.BadParameter(
            f"the corpus has no part {split!r}; choose from {', '.join(there)}",
            param_hint="'--split'",
        )
    return split
