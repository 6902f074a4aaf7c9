"""What the base install leaves out, and how to say so in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from slotkit.errors import MissingExtraError


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Say which extra to install where an import inside the block finds no such module.

    Parameters
    ----------
    name : str
        The extra of slotkit that brings the modules imported in the block.

    Raises
    ------
    MissingExtraError
        If a module that is no part of slotkit is not installed.

    Examples
    --------
    >>> with extra("train"):
    ...     import a_module_that_is_not_there
    Traceback (most recent call last):
    slotkit.errors.MissingExtraError: this needs "pip install slotkit[train]"
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "slotkit":
            raise
        raise MissingExtraError(name) from error
