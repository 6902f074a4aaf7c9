"""Mutants of model folders, and sizes that are made to cost memory."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from model_folders import mutants, read_config, refuse, weights_of, write_config, write_weights
from slotkit.errors import ModelFileError
from slotkit.model.file import load_model
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller

MakeModel = Callable[..., Model]


def test_no_mutant_of_the_configuration_loads_as_another_model(copy: Path) -> None:
    path = copy / "config.json"
    whole = path.read_bytes()
    meaning = json.loads(whole)
    loaded = 0
    for mutant in mutants(whole, 1500, seed=1):
        path.write_bytes(mutant)
        with suppress(ModelFileError):
            load_model(copy)
            loaded += 1
            assert json.loads(mutant) == meaning  # a blank more or less

    assert loaded < 150


def test_no_mutant_of_the_weights_loads(copy: Path) -> None:
    path = weights_of(copy)
    whole = path.read_bytes()
    for mutant in mutants(whole, 1000, seed=2):
        path.write_bytes(mutant)
        if mutant != whole:
            refuse(copy)


def test_mutants_with_the_right_hashes_raise_nothing_else(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the hashes stands a reader that trusts no more: 1 in 3 mutants of the file loads."""
    content = weights_of(copy).read_bytes()
    size = 8 + int.from_bytes(content[:8], "little")
    refused = 0
    for mutant in mutants(content[: size + 64], 1000, seed=3):
        write_weights(copy, mutant + content[size + 64 :])
        try:
            load_model(copy)
        except ModelFileError:
            refused += 1

    assert refused > 300


def test_nothing_here_runs_what_it_reads() -> None:
    import slotkit

    sinks = re.compile(
        r"import pickle|np\.load\(|torch\.load\(|allow_pickle|\b(?<![._])(eval|exec)\("
    )
    package = Path(slotkit.__file__).parent
    found = [path for path in package.rglob("*.py") if sinks.search(path.read_text("utf-8"))]

    assert found == []


def test_a_million_layers_in_a_kilobyte_are_refused_before_they_are_named(copy: Path) -> None:
    config = read_config(copy)
    config["arguments"]["num_layers"] = config["ensemble_size"] = 1000
    write_config(copy, config)
    tracemalloc.start()

    refuse(copy, "too short for 1,000,000 layers")

    assert tracemalloc.get_traced_memory()[1] < 4e6
    tracemalloc.stop()


def test_a_header_of_many_tensors_is_refused_before_they_are_named(copy: Path) -> None:
    nothing = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    header = json.dumps({f"t{n}": nothing for n in range(60_000)}).encode()
    write_weights(copy, len(header).to_bytes(8, "little") + header)

    refuse(copy, r"not safetensors: a header of [\d,]+ bytes for \d+ tensors")


def test_a_configuration_of_many_megabytes_is_refused(copy: Path) -> None:
    with (copy / "config.json").open("ab") as file:
        file.truncate(17 << 20)

    refuse(copy, "has more than 16,777,216 bytes, which no model needs")


def test_blanks_may_fill_both_files_up_to_their_limits_and_not_beyond(copy: Path) -> None:
    content = weights_of(copy).read_bytes()
    size = int.from_bytes(content[:8], "little")
    numbers = len(content) - 8 - size  # bytes of them: all are of single precision
    most = 1024 * (1 + 9)  # bytes of a header of nine tensors
    for room, refused in ((most + 8, False), (most + 16, True)):
        header = content[8 : 8 + size].ljust(room - 8)
        write_weights(copy, (room - 8).to_bytes(8, "little") + header + content[8 + size :])
        assert weights_of(copy).stat().st_size == numbers + room
        if refused:
            refuse(copy, f"a header of {room - 8:,} bytes for 9 tensors")
        else:
            load_model(copy)

    write_weights(copy, content)
    path = copy / "config.json"
    path.write_bytes(path.read_bytes().ljust(16 << 20))
    load_model(copy)
    path.write_bytes(path.read_bytes() + b" ")
    refuse(copy, "has more than 16,777,216 bytes")


@pytest.mark.parametrize(
    ("length", "shown"), [(300, "x" * 300), (301, "x" * 300 + "…"), (5000, "x" * 300 + "…")]
)
def test_long_names_are_cut_in_messages(length: int, shown: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        load_model("x" * length)

    assert str(caught.value) == f"no model in {shown}: `slotkit train` makes one"


def test_a_wide_window_takes_no_square_of_memory(make_model: MakeModel) -> None:
    model = make_model("feedforward", window_size=2000, hidden_size=1)
    filler = SlotFiller(model)
    tracemalloc.start()
    filler.tag("to Taipei")

    assert tracemalloc.get_traced_memory()[1] < 90e6  # all its windows at once take 190 MB
    tracemalloc.stop()


@pytest.mark.parametrize(
    "values", [[[]] * 700_000, [{}] * 700_000, [f"{n:x}" for n in range(700_000)]], ids=type
)
def test_a_configuration_of_too_many_values_is_refused_before_it_is_read(
    values: list[Any], copy: Path
) -> None:
    config = read_config(copy)
    config["training"]["x"] = values
    write_config(copy, config)

    tracemalloc.start()
    refuse(copy, r"holds [\d,]+ values, which no model of its size needs")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * (copy / "config.json").stat().st_size + 20_000_000
