"""The worked examples: every number of the lectures, computed by slotkit's own code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from click.testing import Result
from torch import nn

from slotkit.inside.worked.record import Both
from slotkit.inside.worked.table import WORKED, title, work


def column(name: str, label: str, **inputs: Any) -> list[Any]:
    """Return a column of an example by its English label."""
    record = work(name, **inputs)
    (place,) = [k for k, one in enumerate(record.columns) if one.label.en == label]
    return [row[place] for row in record.steps]


def close(numbers: Any) -> Any:
    """Return what equals these numbers as far as the lectures write them out."""
    return [pytest.approx(row, abs=5.1e-5) for row in numbers]


def pairs(numbers: Sequence[float]) -> list[list[float]]:
    """Write each number twice: both units have it."""
    return [[number, number] for number in numbers]


def test_elman() -> None:
    hidden = [2, 6, 16, 2, 8, 18, 4, 10, 22, 2, -2, -2]
    outputs = [4, 12, 32, 4, 16, 36, 8, 20, 44, 4, -4, -4]

    assert column("elman", "h(t)")[:12] == pairs(hidden)
    assert column("elman", "y(t)")[:12] == pairs(outputs)
    assert column("elman", "y(t)")[12:] == pairs([*outputs[:9], 4, 0, 4])
    assert "32, 36, 44, -4" in work("elman").result.en


def test_jordan() -> None:
    assert column("jordan", "O h(t)")[:3] == pairs([4, 20, 88])
    assert column("jordan", "y(t-1)")[4:] == pairs([0.5, 0.5])  # its own softmax


def test_lstm_cell() -> None:
    before = [column("lstm-cell", name) for name in "zifo"]

    assert [list(row) for row in zip(*before, strict=True)] == [
        [3, 90, 110, -10],
        [4, 90, 110, -10],
        [2, -10, 10, -10],
        [1, -10, 10, 90],
        [3, -110, -90, -10],
    ]
    assert column("lstm-cell", "c") == close([3, 7, 6.9998, 6.9995, 0])
    assert column("lstm-cell", "out") == close([0.0001, 0.0003, 0.0003, 6.9995, 0])
    assert column("lstm-cell", "out") == pytest.approx([0, 0, 0, 7, 0], abs=1e-3)


def test_attention() -> None:
    weights = [[0.4223, 0.1554, 0.4223], [0.1554, 0.4223, 0.4223], [0.2119, 0.2119, 0.5761]]
    unscaled = [[0.8446, 0.5777], [0.5777, 0.8446], [0.7881, 0.7881]]
    scaled = [[0.8022, 0.5989], [0.5989, 0.8022], [0.7517, 0.7517]]

    assert column("attention", "weights a(t, s)")[:3] == close(weights)
    assert column("attention", "y(t)")[:6] == close(unscaled + scaled)
    first = column("attention", "weights a(t, s)")[6]
    assert [first] == close([[0.7311, 0.2689, 0]])
    assert first[2] == 0  # exactly


def test_convolution() -> None:
    assert work("convolution").result.en.endswith("10: 6e-04, 20: 3e-08, 40: 0e+00.")
    wanted, found = (column("convolution", name) for name in ("convolution", "attention"))
    assert wanted[-5:] == found[-5:]
    errors = [max(column("convolution", "error", beta=beta)) for beta in (1, 5, 10)]
    assert errors == sorted(errors, reverse=True)


def test_positions() -> None:
    table = [[0, 1, 0, 1], [0.8415, 0.5403, 0.0100, 1], [0.9093, -0.4161, 0.0200, 0.9998]]

    assert column("positions", "p(t)") == close([*table, [0.1411, -0.9900, 0.0300, 0.9996]])


def test_hashing() -> None:
    pieces = column("hashing", "pieces")

    assert " ".join(pieces[0]) == "#bo boo ool ol#"
    assert pieces[1].count("ana") == 1
    assert not set(pieces[2]) & {"#1#", "##1"}


def test_image() -> None:
    assert work("image").steps == [
        ["5 x 10 x 3", 1, 50, 3, 2_500],
        ["224 x 224 x 3", 1, 50_176, 3, 50_176**2],
        ["224 x 224 x 3", 16, 196, 768, 38_416],
    ]


def test_speech() -> None:
    assert column("speech", "T") == [100, 500, 1_000]
    assert column("speech", "full") == [10_000, 250_000, 1_000_000]
    assert column("speech", "of a vector, at most") == [31, 31, 31]


def test_parameters() -> None:
    ours, torchs = (column("parameters", name) for name in ("one bias", "torch, two biases"))

    assert ours == [10_100, 20_100, 40_400, 80_400, 120_400, 80_800]
    assert [one for one in torchs if one != "-"] == ["20,200", "80,800"]
    for layer, count in (nn.RNN(100, 100), 20_200), (nn.LSTM(100, 100), 80_800):
        assert sum(parameter.numel() for parameter in layer.parameters()) == count
    assert "4 times as many" in work("parameters").result.en


def test_steps() -> None:
    assert column("steps", "steps") == close(
        [
            [0.1, 0.1265, 0.1155],
            [0.1, 0.0894, 0.0667],
            [0.1, 0.1754, 0.1596],
            [0.3162, 0.2857, 0.2181],
            [0.1, 0.19, 0.271],
        ]
    )


@pytest.mark.parametrize("name", WORKED)
def test_an_example_is_a_table_in_two_languages(name: str) -> None:
    record = work(name)

    assert record == work(name)
    assert record.name == name
    assert title(name) == record.title
    assert all(len(row) == len(record.columns) for row in record.steps)
    texts = [record.title, record.text, record.result, *(one.label for one in record.columns)]
    cells = [cell for row in record.steps for cell in row if isinstance(cell, Both)]
    assert all(both.en and both.zh for both in texts + cells)
    assert not any(any(letter >= "\u4e00" for letter in both.en) for both in texts + cells)
    assert json.loads(json.dumps(record.to_json(), allow_nan=False)) == record.to_json()


@pytest.mark.parametrize("name", WORKED)
def test_an_example_is_printed(name: str, slotkit_command: Callable[..., Result]) -> None:
    shown = slotkit_command("worked", name)
    in_json = json.loads(slotkit_command("worked", name, "--json").stdout)
    in_chinese = slotkit_command("worked", name, "--language", "zh").stdout

    assert shown.exit_code == 0
    record = work(name)
    for part in (record.title.en, record.equation, record.result.en):
        assert part in shown.stdout
    assert in_json == record.to_json()
    assert record.result.zh in in_chinese


def test_numbers_are_printed_as_the_lectures_write_them(
    slotkit_command: Callable[..., Result],
) -> None:
    shown = {name: slotkit_command("worked", name).stdout for name in WORKED}

    assert "0.8415 0.5403 0.0100 1.0000" in shown["positions"]
    assert "0.4223 0.1554 0.4223  0.8446 0.5777" in shown["attention"]
    assert "80,400                 80,800" in shown["parameters"]
    assert "0.3162 0.2857 0.2181" in shown["steps"]


def test_the_examples_are_listed(slotkit_command: Callable[..., Result]) -> None:
    lines = slotkit_command("worked").stdout.splitlines()

    assert [line.split()[0] for line in lines] == list(WORKED)
    assert list(json.loads(slotkit_command("worked", "--json").stdout)) == list(WORKED)


def test_an_example_that_is_none(slotkit_command: Callable[..., Result]) -> None:
    said = slotkit_command("worked", "elmann")

    assert said.exit_code == 2
    assert "'elmann' is not one of 'elman', 'jordan', " in said.stderr.splitlines()[-1]
    with pytest.raises(ValueError, match="unknown example 'elmann'; choose from elman, jordan, "):
        work("elmann")


def test_only_the_steps_of_optimizers_load_torch() -> None:
    code = """
import sys
from slotkit.inside.worked.table import WORKED, title, work
for name in WORKED:
    title(name)
    if name != "steps":
        work(name)
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
