"""Running the `slotkit` command within the tests, with the oldest click too."""

from __future__ import annotations

import inspect
from importlib.metadata import entry_points
from typing import Any

import click
from click.testing import CliRunner, Result


def installed() -> click.Command:
    """Return the command as it is installed."""
    (found,) = entry_points(group="console_scripts", name="slotkit")
    command: click.Command = found.load()
    return command


def run(*arguments: object, **options: Any) -> Result:
    """Run it with arguments; its two streams apart, which click before 8.2 does when told to."""
    mixes: Any = CliRunner
    told = {"mix_stderr": False} if "mix_stderr" in inspect.signature(mixes).parameters else {}
    result: Result = mixes(**told).invoke(installed(), [*map(str, arguments)], **options)
    return result
