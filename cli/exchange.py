"""`slotkit exchange`: other lists of values for a trained model."""

from __future__ import annotations

import json
from pathlib import Path

import click

from .options import json_option, model_argument


@click.command("exchange")
@model_argument
@click.argument("lists", metavar="SLOT=FILE...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the new model; MODEL itself unless given.",
)
@click.option("--overwrite", is_flag=True, help="Replace the model that is in the folder.")
@json_option
def command(
    model: Path, lists: tuple[str, ...], output: Path | None, overwrite: bool, as_json: bool
) -> None:
    """Exchange lists of values of MODEL, which was trained with --values, without training.

    FILE has a value a line; several of a slot add up. All slots of a kind (departure and
    destination) share one list, which is exchanged as a whole. Values that were swapped in from
    the old list in training are known to the tagger besides.

    \b
    Example:
      $ slotkit train ticket_booking --values destination=cities.txt
      $ slotkit exchange slotkit-model destination=new-cities.txt
      destination: 512 values
    """
    from slotkit.model.file import load_model, save_model
    from slotkit.training.exchange import exchange_lists
    from slotkit.training.folder import check_free

    for item in lists:
        slot, _, name = item.partition("=")
        if not slot or not name:
            raise click.UsageError(f"lists must be SLOT=FILE, got {item!r}")
    if output is not None and output != model and not overwrite:
        check_free(output)
    exchanged, counts = exchange_lists(load_model(model), lists)
    save_model(exchanged, output or model)
    if as_json:
        click.echo(json.dumps(counts))
    else:
        click.echo("\n".join(f"{kind}: {count:,} values" for kind, count in counts.items()))
