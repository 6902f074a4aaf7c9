"""The worked examples in the page: the same numbers as Python's, drawn as a table."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any

import pytest

from in_node import in_node, needs_node
from slotkit.inside.worked.table import WORKED, work

pytestmark = needs_node

# Computes examples again; draws records, and returns the texts of what is drawn.
SCRIPT = """
import { RECOMPUTED } from "#inside/worked";
import { Worked, STRINGS, cellText, rowsOf, setAt } from "#inside/widgets";
import { html, render } from "#vendor/preact";

const { records, asked } = given;
const byName = Object.fromEntries(records.map((record) => [record.name, record]));
const texts = (record, language) => record.steps.map((row) =>
  row.map((cell, k) => cellText(cell, language, record.columns[k].powers)));
answer({
  names: Object.keys(RECOMPUTED),
  again: asked.map(([name, inputs]) => RECOMPUTED[name](byName[name], inputs)),
  texts: records.map((record) => [texts(record, "en"), texts(record, "zh")]),
  keys: ["en", "zh"].map((language) => Object.keys(STRINGS[language])),
  fields: rowsOf(byName.elman.inputs.orders, ["orders"]),
  set: setAt(byName.elman.inputs, ["orders", 1, 2], 7),
  before: byName.elman.inputs,
});
"""

ASKED: list[tuple[str, dict[str, Any]]] = [
    ("elman", {}),
    ("elman", {"orders": [[2, -1], [0.5, 3]], "W": 0.5, "U": -1, "O": 2}),
    ("lstm-cell", {}),
    ("lstm-cell", {"words": [[1, 0.05, 0.1], [-2, 0.1, 0.2]]}),
    ("attention", {}),
    ("attention", {"words": [[1, -1], [0.5, 2], [3, 0], [0, 0]], "reach": 2}),
    *[("convolution", {"beta": beta}) for beta in (0.0, 1.0, 10.0, 20.0, 40.0)],
]


@lru_cache(maxsize=1)
def in_the_page() -> Any:
    """Ask Node once for all tests."""
    records = [work(name).to_json() for name in WORKED]
    asked = [[name, work(name).inputs | inputs] for name, inputs in ASKED]
    return in_node(SCRIPT, {"records": records, "asked": asked})


def flat(cells: Any) -> list[Any]:
    """Return numbers and texts of nested cells in order."""
    if isinstance(cells, dict):
        return [cells["en"], cells["zh"]]
    return [one for cell in cells for one in flat(cell)] if isinstance(cells, list) else [cells]


@pytest.mark.parametrize("number", range(len(ASKED)))
def test_the_page_computes_an_example_as_python_does(number: int) -> None:
    name, inputs = ASKED[number]

    found = in_the_page()["again"][number]
    expected = work(name, **inputs).to_json()["steps"]

    assert [len(row) for row in found] == [len(row) for row in expected]
    for one, other in zip(flat(found), flat(expected), strict=True):
        assert one == (
            other if isinstance(other, str) else pytest.approx(other, rel=1e-5, abs=1e-6)
        )


@pytest.mark.parametrize(("beta", "error"), [(10.0, 6e-4), (20.0, 3e-8), (40.0, 0.0)])
def test_the_error_of_the_convolution_is_that_of_the_lectures(beta: float, error: float) -> None:
    steps = in_the_page()["again"][ASKED.index(("convolution", {"beta": beta}))]

    assert max(row[-1] for row in steps) == pytest.approx(error, rel=0.1, abs=1e-15)


def test_every_number_of_the_lectures_is_shown() -> None:
    english = dict(zip(WORKED, (texts[0] for texts in in_the_page()["texts"]), strict=True))
    shown = {name: {cell for row in rows for cell in row} for name, rows in english.items()}

    assert {"4 4", "12 12", "32 32", "36 36", "44 44", "-4 -4", "0 0"} <= shown["elman"]
    assert {"4 4", "20 20", "88 88"} <= shown["jordan"]
    assert {"90", "110", "-110", "-90", "6.9998", "6.9995", "0.0001", "0.0003"} <= shown[
        "lstm-cell"
    ]
    assert {
        "0.4223 0.1554 0.4223",
        "0.1554 0.4223 0.4223",
        "0.2119 0.2119 0.5761",
        "0.8446 0.5777",
        "0.5777 0.8446",
        "0.7881 0.7881",
        "0.8022 0.5989",
        "0.5989 0.8022",
        "0.7517 0.7517",
        "0.7311 0.2689 0",
    } <= shown["attention"]
    assert {
        "0 1 0 1",
        "0.8415 0.5403 0.0100 1.0000",
        "0.9093 -0.4161 0.0200 0.9998",
        "0.1411 -0.9900 0.0300 0.9996",
    } <= shown["positions"]
    assert "#bo boo ool ol#" in shown["hashing"]
    assert {"50", "2,500"} <= shown["image"]
    assert {"100", "500", "1,000", "10,000", "250,000", "1,000,000", "31"} <= shown["speech"]
    assert {"20,200", "80,800", "40,400", "10,100", "80,400", "120,400"} <= shown["parameters"]
    assert {
        "0.1000 0.1265 0.1155",
        "0.1000 0.0894 0.0667",
        "0.1000 0.1754 0.1596",
        "0.3162 0.2857 0.2181",
        "0.1000 0.1900 0.2710",
    } <= shown["steps"]


def test_numbers_are_written_as_the_command_writes_them() -> None:
    write_cell = import_module("slotkit.cli.worked").write_cell

    for name, (english, chinese) in zip(WORKED, in_the_page()["texts"], strict=True):
        record = work(name).to_json()
        for language, rows in ("en", english), ("zh", chinese):
            for row, texts in zip(record["steps"], rows, strict=True):
                pairs = zip(row, record["columns"], strict=True)
                assert texts == [write_cell(c, language, powers=k["powers"]) for c, k in pairs]


def test_one_number_of_the_inputs_is_changed() -> None:
    found = in_the_page()

    assert found["fields"][1][2] == {"path": ["orders", 1, 2], "number": 1}
    assert found["set"]["orders"][1] == [1, 2, 7]
    assert found["before"] == work("elman").inputs


def test_the_page_has_the_same_words_in_both_languages() -> None:
    english, chinese = in_the_page()["keys"]

    assert english == chinese
    assert set(in_the_page()["names"]) <= set(WORKED)
