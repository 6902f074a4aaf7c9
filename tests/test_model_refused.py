"""What cannot be loaded: other files, changed keys, foreign weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from model_folders import CHANGES, read_config, refuse, weights_of, write_config, write_weights
from slotkit.model.config import FORMAT
from slotkit.model.file import save_model
from slotkit.model.model import Model

MakeModel = Callable[..., Model]


def test_a_missing_folder_says_what_makes_one(tmp_path: Path) -> None:
    refuse(tmp_path / "none", "no model in .*none: `slotkit train` makes one")
    refuse(tmp_path, "`slotkit train` makes one")
    (tmp_path / "config.json").mkdir()
    refuse(tmp_path, "`slotkit train` makes one")
    refuse(Path("a\0b"), "`slotkit train` makes one")
    refuse(Path("a\nb"), "no model in a b")


def test_a_newer_format_says_what_to_do(copy: Path) -> None:
    config = read_config(copy) | {"format": FORMAT + 1, "slotkit": "9.8", "new key": [1]}
    (copy / "config.json").write_text(json.dumps(config))

    refuse(
        copy,
        rf"written by slotkit 9\.8, format {FORMAT + 1}; this slotkit reads formats up to "
        rf"{FORMAT}: upgrade slotkit",
    )


def test_every_truncation_is_refused(copy: Path) -> None:
    config, weights = copy / "config.json", weights_of(copy)
    whole = config.read_bytes()
    for length in range(len(whole) - 1):  # without its last newline it is whole
        config.write_bytes(whole[:length])
        refuse(copy, "cut short or altered")
    config.write_bytes(whole)

    numbers = weights.read_bytes()
    for length in range(0, len(numbers), 29):
        weights.write_bytes(numbers[:length])
        refuse(copy, "cut short or altered|SHA-256")
    weights.write_bytes(numbers + b"\0")
    refuse(copy, "SHA-256")
    weights.unlink()
    refuse(copy, "no such file")
    weights.mkdir()
    refuse(copy, "cannot be read: Is a directory")


@pytest.mark.parametrize("content", [b"[" * 500_000, b'{"a":' * 500_000, b"[" * 900 + b"]" * 900])
def test_deep_nesting_is_refused(content: bytes, copy: Path) -> None:
    (copy / "config.json").write_bytes(content)
    refuse(copy, "not JSON|must be a JSON object|deep")

    config = read_config_of_deep(copy, content)
    (copy / "config.json").write_bytes(config)
    refuse(copy)


def read_config_of_deep(folder: Path, content: bytes) -> bytes:
    """Return a configuration whose training is nested."""
    return b'{"training": ' + content + b"}"


@pytest.mark.parametrize("depth", [100, 300, 900, 960, 980, 990])
def test_nesting_just_within_what_json_reads(depth: int, copy: Path) -> None:
    text = (copy / "config.json").read_text(encoding="utf-8")
    for key in ("training", "tags", "encoder", "edges", "window_size"):
        config = json.loads(text) | {key: "HERE"}
        nested = json.dumps(config).replace('"HERE"', "[" * depth + "]" * depth)
        (copy / "config.json").write_text(nested)
        refuse(copy)


def test_nesting_that_json_reads_and_cannot_write_is_refused(copy: Path) -> None:
    """It is written for its hash, from further down the stack than it was read."""
    text = json.dumps(read_config(copy) | {"training": {"of": "HERE"}})
    for depth in range(850, 1000):
        nested = text.replace('"HERE"', "[" * depth + "]" * depth)
        (copy / "config.json").write_text(nested)
        refuse(copy)


@pytest.mark.parametrize(
    "content", [b"", b"null", b"3", b'"x"', b"[]", b"{}", b"\xff\xfe", b"{NaN}", b'{"format": NaN}']
)
def test_other_files_are_refused(content: bytes, copy: Path) -> None:
    (copy / "config.json").write_bytes(content)

    refuse(copy, "not JSON|must be a JSON object|missing key")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"scale": 1.0}, "unknown key 'scale'"),
        ({"temperature": 0.0}, "temperature must be a float from 1e-06 to 1000000.0, got 0.0"),
        ({"temperature": 1e-320}, "temperature must be a float from 1e-06"),
        ({"temperature": -1.0}, "temperature must be a float from 1e-06 to 1000000.0, got -1.0"),
        ({"temperature": 1}, "temperature must be a float from 1e-06 to 1000000.0, got 1"),
        ({"temperature": None}, "temperature must be a float from 1e-06 to 1000000.0, got None"),
        (
            {"intent_temperature": 0.0},
            "intent_temperature must be a float from 1e-06 to 1000000.0, got 0.0",
        ),
        ({"intent_temperature": "1"}, "intent_temperature must be a float from 1e-06 to 1000000.0"),
        (
            {"slot_evidence_weight": 1.5},
            "slot_evidence_weight must be a float from 0 to 1, got 1.5",
        ),
        ({"slot_evidence_weight": 1}, "slot_evidence_weight must be a float from 0 to 1, got 1"),
        ({"thresholds": []}, "thresholds must be an object"),
        ({"thresholds": {"city": 0.5}}, "thresholds: unknown slot 'city'"),
        ({"thresholds": {"date": 1.5}}, "thresholds: date must be a float from 0 to 1, got 1.5"),
        ({"thresholds": {"date": -0.5}}, "thresholds: date must be a float from 0 to 1"),
        ({"thresholds": {"date": True}}, "thresholds: date must be a float from 0 to 1"),
    ],
)
def test_a_changed_calibration_is_refused(change: dict[str, Any], match: str, copy: Path) -> None:
    config = read_config(copy)
    write_config(copy, config | change)

    refuse(copy, match)


def test_a_temperature_beyond_all_numbers_is_refused(copy: Path) -> None:
    text = (copy / "config.json").read_text(encoding="utf-8")
    (copy / "config.json").write_text(text.replace('"temperature": 1.0', '"temperature": 1e999'))

    refuse(copy, "temperature must be a float from 1e-06 to 1000000.0, got inf")


@pytest.mark.parametrize(("change", "match"), CHANGES, ids=[m for _, m in CHANGES])
def test_a_changed_configuration_is_refused(change: dict[str, Any], match: str, copy: Path) -> None:
    write_config(copy, read_config(copy) | change)

    refuse(copy, match)


def test_a_missing_key_is_refused_by_name(copy: Path) -> None:
    whole = read_config(copy)
    for key in whole:
        rest = {name: value for name, value in whole.items() if name != key}
        (copy / "config.json").write_text(json.dumps(rest))

        refuse(copy, f"missing key '{key}'")


@pytest.mark.parametrize(
    ("architecture", "change", "match"),
    [
        ("bidirectional", {"hidden_size": 10**9}, "bytes and a header"),
        ("bidirectional", {"hidden_size": 2**31 - 1}, "bytes and a header"),
        (
            "bidirectional",
            {"hidden_size": 2**31},
            "hidden_size must be an int from 1 to 2147483647",
        ),
        ("bidirectional", {"hidden_size": 0}, "hidden_size must be an int from 1"),
        ("bidirectional", {"hidden_size": 4.0}, "hidden_size must be an int from 1"),
        ("bidirectional", {"hidden_size": True}, "hidden_size must be an int from 1"),
        ("bidirectional", {"hidden_size": 10**400}, "hidden_size must be an int from 1"),
        ("bidirectional", {"num_layers": 10**9}, "num_layers must be an int from 1 to 1000"),
        ("bidirectional", {"num_layers": 1000}, "too short for 1,000 layers"),
        ("bidirectional", {"cell": "of"}, "cell must be one of elman, .*, got 'of'"),
        ("bidirectional", {"cell": "jordan"}, "bytes and a header|unknown key"),
        ("bidirectional", {"dropout": 0.1}, "arguments: unknown key 'dropout'"),
        ("elman", {"activation": "sigmoid"}, "activation must be one of tanh, relu, linear"),
        ("lstm", {"activation": "relu"}, "activation must be one of tanh, linear"),
        ("lstm", {"gates": None}, "gates must be one of"),
        ("jordan", {"feedback": 1}, "feedback must be one of"),
        ("attention", {"heads": 3}, "hidden_size must be a multiple of heads"),
        ("attention", {"heads": 0}, "heads must be an int from 1"),
        ("attention", {"attend": "range"}, "attend must be all, range:R or graph"),
        ("attention", {"attend": f"range:{'9' * 5000}"}, "attend must be all, range:R or graph"),
        ("attention", {"attend": 3}, "attend must be a string"),
        ("attention", {"attend": "graph"}, "edges must be given for attention along a graph"),
        ("attention", {"positions": "rotary"}, "positions must be one of"),
        ("attention", {"positions": "learned"}, "missing key .network.position"),
        ("convolution", {"width": 4}, "width must be odd"),
        ("convolution", {"width": 10**8 + 1}, "bytes and a header"),
    ],
)
def test_changed_arguments_are_refused(
    architecture: str, change: dict[str, Any], match: str, tmp_path: Path, make_model: MakeModel
) -> None:
    save_model(make_model(architecture), tmp_path)
    config = read_config(tmp_path)
    config["arguments"] |= change
    write_config(tmp_path, config)

    refuse(tmp_path, match)


def test_a_wrong_format_is_named_before_keys_that_are_missing(copy: Path) -> None:
    (copy / "config.json").write_text('{"format": "5"}')

    refuse(copy, f"format must be an int from 1 to {FORMAT}, got '5'")


def test_an_edited_word_is_refused(copy: Path) -> None:
    config = copy / "config.json"
    config.write_bytes(config.read_bytes().replace(b"taipei", b"taipeh"))

    refuse(copy, r"config\.json: altered: its SHA-256")


def test_foreign_weights_are_refused(copy: Path) -> None:
    weights = load(weights_of(copy).read_bytes())
    name = "network.output.bias"
    rest = {key: value for key, value in weights.items() if key != name}

    write_weights(copy, save(rest | {"network.output.bios": weights[name]}))
    refuse(copy, r"unknown key 'network\.output\.bios'")
    write_weights(copy, save(rest | {name: weights[name].reshape(1, -1)}))
    refuse(copy, r"network\.output\.bias must be float32 \[5\], got float32 \[1, 5\]")
    write_weights(copy, save(rest | {name: weights[name].astype(np.float64)}))
    refuse(copy, r"network\.output\.bias must be float32 \[5\], got float64 \[5\]")
    write_weights(copy, save(rest | {name: np.full(5, np.nan, dtype=np.float32)}))
    refuse(copy, r"network\.output\.bias holds what is no finite number")
    write_weights(copy, save(weights | {"more": np.zeros(3, dtype=np.float32)}))
    refuse(copy, r"\.safetensors: unknown key 'more'")
    content = save(weights)
    write_weights(copy, content[:8] + b"[" + content[9:])
    refuse(copy, "not safetensors")
    write_weights(copy, b"\xff" * 8 + content[8:])
    refuse(copy, "not safetensors")
    write_weights(copy, content.replace(b'"F32"', b'"I32"', 1))
    refuse(copy, "must be float32")
    write_weights(copy, content.replace(b'"F32"', b'"F8"', 1))
    refuse(copy, "not safetensors|bytes and a header")
