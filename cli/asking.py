"""Options of the verbs that tag, apart from `options`, which loads what they do not need."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datetime import datetime

own_model_option = click.option(
    "-m",
    "--model",
    type=click.Path(),
    envvar="SLOTKIT_MODEL",
    show_envvar=True,
    default="slotkit-model",
    help="Folder of the model.",
)


def _moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """Read a day and a time, or the word now."""
    from datetime import datetime

    if value is None:
        return None
    if value == "now":
        return datetime.now().replace(microsecond=0)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        message = f"expected a day or a day and a time as 2026-11-28T10:00, or now, got {value!r}"
        raise click.BadParameter(message) from None


def now_option(help: str) -> Callable[[Any], Any]:  # noqa: A002 (as click has it)
    """Make the option of the moment of speaking."""
    return click.option("--now", metavar="MOMENT", callback=_moment, help=help)
