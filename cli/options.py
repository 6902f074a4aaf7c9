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
