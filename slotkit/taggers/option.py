"""What an entry of the table of architectures is: options, equation, source, training defaults.

An option is written once, in the `ENTRY` of its architecture. From there it comes to the command
line, the check of model folders, help texts and the cases of the tests. Free of torch and NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

MOST = 2**31 - 1  # of an option, unless it says otherwise

Value = bool | int | float | str | None


class Option(NamedTuple):
    """An argument of a network that a user may choose.

    Parameters
    ----------
    name : str
        Of the argument; on the command line with hyphens.
    default : bool, int, float, str or None
        Its type is that of the option, which may be left out where it is None.
    help : str
        What it is, in a line.
    choices : tuple of str
        What a name may be; any string unless given.
    least, most : int or float
        Bounds of a number, which it may be.
    open : bool
        Whether `most` itself is beyond.
    fits : callable, optional
        Raises ValueError unless a value of the right type is one that can be used.
    form : str
        How a string is written that is no choice, such as ``all|range:R|graph``.
    examples : tuple
        Values that stand for all there are, for tests; `choices` unless given.
    """

    name: str
    default: Value
    help: str
    choices: tuple[str, ...] = ()
    least: float = 1
    most: float = MOST
    open: bool = False
    fits: Callable[[Any], object] | None = None
    form: str = ""
    examples: tuple[Value, ...] = ()

    def check(self, value: object) -> None:
        """Check a value of this option.

        Raises
        ------
        ValueError
            If it is of another type, no choice, out of bounds, or does not fit.
        """
        kind = type(self.default)
        if value is None and self.default is None:
            return
        if self.choices:
            if value not in self.choices:
                wanted = ", ".join(self.choices)
                raise ValueError(f"{self.name} must be one of {wanted}, got {value!r}")
        elif kind in (bool, str):
            if type(value) is not kind:
                name = "true or false" if kind is bool else "a string"
                raise ValueError(f"{self.name} must be {name}, got {value!r}")
        else:
            whole = kind is float and type(value) is int and abs(value) <= MOST  # as good
            check_number(self.name, float(value) if whole else value, kind, self.least, self.most)  # type: ignore[arg-type]
            if self.open and value == self.most:
                raise ValueError(f"{self.name} must be less than {self.most}, got {value}")
        if self.fits is not None:
            self.fits(value)


def check_number(name: str, value: object, kind: type, least: float, most: float) -> None:
    """Check that a value is a number of a type, int or float, between two that it may reach.

    Raises
    ------
    ValueError
        If it is not.
    """
    right = type(value) is kind and (kind is int or math.isfinite(value))  # type: ignore[arg-type]
    if not right or not least <= value <= most:  # type: ignore[operator]
        word = "an int" if kind is int else "a float"
        raise ValueError(f"{name} must be {word} from {least} to {most}, got {value!r}")


class Reach(NamedTuple):
    """Which words can change the logits of a word, beside the word itself.

    Parameters
    ----------
    before, after : int or None
        Words on each side; None for all of them.
    hops : int or None
        Edges of a graph, where words are reached along these alone.
    """

    before: int | None
    after: int | None
    hops: int | None = None


class Architecture(NamedTuple):
    """An entry of the table.

    Parameters
    ----------
    summary : str
        What it is, in a line.
    recurrence : str
        Its equation, as in the lectures.
    source : str
        The paper.
    options : tuple of Option
        The network's own arguments, beside its sizes.
    reach : callable
        From all arguments to the `Reach` of a word, without a window.
    training : mapping of str to value
        Where its training options depart from `slotkit.training.recipe.Recipe`.
    fits : callable, optional
        Raises ValueError unless all arguments together can be used.
    directions : int
        How many hidden layers of `hidden_size` units stand side by side at the end.
    """

    summary: str
    recurrence: str
    source: str
    options: tuple[Option, ...]
    reach: Callable[[Mapping[str, Any]], Reach]
    training: Mapping[str, Any]
    fits: Callable[[Mapping[str, Any]], object] | None = None
    directions: int = 1

    @property
    def defaults(self) -> dict[str, Value]:
        """The options' defaults."""
        return {option.name: option.default for option in self.options}

    def check(self, arguments: Mapping[str, Any]) -> None:
        """Check a value of every option, and whether they fit together and the sizes.

        Raises
        ------
        ValueError
            As `Option.check`, or as `fits`.
        """
        for option in self.options:
            option.check(arguments[option.name])
        if self.fits is not None:
            self.fits(arguments)


MOST_LAYERS = 1000
NUM_LAYERS = Option(
    "num_layers", 1, "Hidden layers (of each direction).", most=MOST_LAYERS, examples=(1, 3)
)
