"""What a worked example is: the one record that the command prints and the page draws."""

from __future__ import annotations

from typing import Any, NamedTuple


class Both(NamedTuple):
    """A text in the two languages of the page."""

    en: str
    zh: str


Cell = int | float | str | list[float] | list[str] | Both


class Column(NamedTuple):
    """A column of the steps.

    Parameters
    ----------
    label : Both
        What it shows: a symbol of the equation, or a word.
    unit : Both
        What its numbers count or measure; empty for pure numbers.
    powers : bool
        Whether its numbers are of very different sizes, and so are written as powers of ten.
    """

    label: Both
    unit: Both = Both("", "")
    powers: bool = False


class Worked(NamedTuple):
    """A worked example.

    Parameters
    ----------
    name : str
        As in `slotkit worked NAME`.
    title, text : Both
        What it is, and what it shows.
    equation : str
    inputs : dict of str to JSON
        What it was computed from: the arguments of its `work`.
    columns : list of Column
    steps : list of list of Cell
        The rows of the table.
    result : Both
        What follows, with the figures of this run.
    """

    name: str
    title: Both
    text: Both
    equation: str
    inputs: dict[str, Any]
    columns: list[Column]
    steps: list[list[Cell]]
    result: Both

    def to_json(self) -> dict[str, Any]:
        """Return the record as what JSON knows: tuples of names become objects."""
        cells = [[c._asdict() if isinstance(c, Both) else c for c in row] for row in self.steps]
        columns = [
            {"label": one.label._asdict(), "unit": one.unit._asdict(), "powers": one.powers}
            for one in self.columns
        ]
        texts = {key: getattr(self, key)._asdict() for key in ("title", "text", "result")}
        return self._asdict() | texts | {"columns": columns, "steps": cells}


def symbol(name: str) -> Column:
    """Return a column of pure numbers named by a symbol, the same in both languages."""
    return Column(Both(name, name))
