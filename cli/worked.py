"""`slotkit worked`: the lectures' worked examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import click

from slotkit.inside.worked.table import WORKED

from .options import json_option, write


@click.command("worked")
@click.argument("name", required=False, metavar="[NAME]", type=click.Choice(WORKED))
@click.option(
    "--language", type=click.Choice(["en", "zh"]), default="en", help="Language of the texts."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all of them as a page, some of which compute again with other inputs.",
)
@json_option
def command(name: str | None, language: str, output: Path | None, as_json: bool) -> None:
    """Compute a worked example of the lectures, step by step; without NAME, list them.

    \b
    Example:
      $ slotkit worked positions
      Sinusoidal positions
    \b
        p(t, 2i) = sin(t / 10000^(2i / d)),  p(t, 2i + 1) = cos(t / 10000^(2i / d))
      ...
    """
    from slotkit.inside.worked.table import title, work

    if output is not None:
        if name is not None or as_json:
            raise click.UsageError("--output is a page of all: give neither NAME nor --json")
        from slotkit.inside.lectures import make_lectures

        write(output, make_lectures(language).encode())
        click.echo(f"{output}: open it in a browser", err=True)
        return
    if name is None:
        titles = {one: title(one)._asdict() for one in WORKED}
        if as_json:
            click.echo(json.dumps(titles, ensure_ascii=False))
            return
        width = max(map(len, WORKED))
        for one, both in titles.items():
            click.echo(f"{one:<{width}}  {both[language]}")
        return
    record = work(name).to_json()
    click.echo(json.dumps(record, ensure_ascii=False) if as_json else lay_out(record, language))


def lay_out(record: dict[str, Any], language: str) -> str:
    """Lay an example out for people."""
    columns = record["columns"]
    rows = [[_head(column, language) for column in columns]]
    for step in record["steps"]:
        pairs = zip(step, columns, strict=True)
        rows.append([write_cell(cell, language, powers=column["powers"]) for cell, column in pairs])
    text = record["text"][language].replace("。", "。\n").strip()
    text = click.wrap_text(text, 88) if language == "en" else text
    parts = [click.style(record["title"][language], bold=True), "  " + record["equation"], text]
    return "\n\n".join([*parts, _table(rows), record["result"][language]])


def _head(column: dict[str, Any], language: str) -> str:
    """Write the head of a column, its unit in brackets."""
    unit = column["unit"][language]
    return str(column["label"][language]) + (f" [{unit}]" if unit else "")


def write_cell(cell: Any, language: str, *, powers: bool) -> str:
    """Write a cell."""
    if isinstance(cell, list):
        return " ".join(write_cell(one, language, powers=powers) for one in cell)
    if isinstance(cell, dict):
        return str(cell[language])
    if isinstance(cell, str):
        return cell
    if powers:
        return f"{cell:.0e}"
    return f"{cell:,.0f}" if cell == round(cell) else f"{cell:.4f}"


def _table(rows: list[list[str]]) -> str:
    """Put the cells of each column below each other."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = zip(row, widths, strict=True)
        lines.append("  ".join(cell + " " * (width - _width(cell)) for cell, width in cells))
    return "\n".join("  " + line.rstrip() for line in lines)


def _width(text: str) -> int:
    """Count the columns of a terminal that a text takes: two for a Chinese character."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
