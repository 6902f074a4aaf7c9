"""The table of worked examples, by name alone: an example is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from slotkit.inside.worked.record import Both, Worked

WORKED = (
    "elman",
    "jordan",
    "lstm-cell",
    "attention",
    "convolution",
    "positions",
    "hashing",
    "image",
    "speech",
    "parameters",
    "steps",
)


def title(name: str) -> Both:
    """Return what an example is, in a line.

    Raises
    ------
    ValueError
        If the name is not in the table.
    """
    found: Both = _module(name).TITLE
    return found


def work(name: str, **inputs: Any) -> Worked:
    """Compute an example.

    Parameters
    ----------
    name : str
        One of `WORKED`.
    **inputs
        What to compute it from, where that is not what the lectures have.

    Raises
    ------
    ValueError
        If the name is not in the table.
    """
    found: Worked = _module(name).work(**inputs)
    return found


def _module(name: str) -> Any:
    """Load the file of an example."""
    if name not in WORKED:
        raise ValueError(f"unknown example {name!r}; choose from {', '.join(WORKED)}")
    return import_module(f"slotkit.inside.worked.{name.replace('-', '_')}")
