"""Models of older formats: they tag as they did, and have no newer keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from model_folders import (
    SINCE_2,
    TEXT,
    as_of,
    check_fields,
    read_config,
    refuse,
    write_config,
    write_weights,
)
from slotkit.model.config import CHECKS, FORMAT
from slotkit.model.file import load_model, save_model
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller

MakeModel = Callable[..., Model]


@pytest.fixture
def old(copy: Path) -> Path:
    """Return a folder of format 1: what it says now is all that it said then."""
    write_config(copy, as_of(read_config(copy), 1))
    return copy


@pytest.mark.parametrize("older", [1, 2, 3, 4])
def test_a_model_of_an_older_format_tags_as_it_did(older: int, copy: Path, saved: Path) -> None:
    write_config(copy, as_of(read_config(copy), older))

    model = load_model(copy)

    check_fields(model, load_model(saved))
    tagging = SlotFiller(model).tag(TEXT).to_json(probabilities=True)
    assert tagging == SlotFiller.load(saved).tag(TEXT).to_json(probabilities=True)


@pytest.mark.parametrize("older", [2, 3, 4])
def test_slots_speak_for_intents_from_format_4_on(
    older: int, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model(intents=["ask", "book"], ensemble_size=2)
    save_model(model, tmp_path)
    said = model.weights.pop("slot_intent_pmi")
    write_weights(tmp_path, save(model.weights | ({"intents.by_slot": said} if older > 3 else {})))
    write_config(tmp_path, as_of(read_config(tmp_path), older))

    read = load_model(tmp_path)

    expected = said if older > 3 else np.zeros((2, len(model.tags)))
    assert {weight.dtype for weight in read.weights.values()} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(read.weights.pop("slot_intent_pmi"), expected)
    for name, weight in model.weights.items():
        np.testing.assert_array_equal(read.weights.pop(name), weight)
    assert not read.weights


def test_what_is_saved_again_is_of_the_newest_format(old: Path) -> None:
    model = load_model(old)
    save_model(model, old)

    assert read_config(old)["format"] == FORMAT == 9
    assert read_config(old).keys() > set(CHECKS)
    check_fields(load_model(old), model)


@pytest.mark.parametrize("key", [*SINCE_2, "ensemble_size", "temperature"])
def test_a_model_of_format_1_has_no_newer_keys(key: str, old: Path) -> None:
    write_config(old, read_config(old) | {key: 1})

    refuse(old, f"unknown key '{key}'")


@pytest.mark.parametrize("older", [2, 3, 4])
@pytest.mark.parametrize("key", ["members", "calibration", "decoder"])
def test_a_key_that_an_older_format_lacks_is_named_as_it_was(
    older: int, key: str, copy: Path
) -> None:
    config = as_of(read_config(copy), older)
    del config[key]
    write_config(copy, config)

    refuse(copy, f"missing key '{key}'")


@pytest.mark.parametrize("older", [2, 3, 4])
def test_a_changed_calibration_of_an_older_format_is_refused(older: int, copy: Path) -> None:
    config = as_of(read_config(copy), older)
    for change, match in (
        ({"scale": 1.0}, "calibration: unknown key 'scale'"),
        ({"temperature": 0.0}, "temperature must be a float from 1e-06"),
    ):
        write_config(copy, config | {"calibration": config["calibration"] | change})
        refuse(copy, match)
    write_config(copy, config | {"calibration": None})
    refuse(copy, "calibration: must be an object, got NoneType")


def test_an_edited_model_of_format_1_is_refused(old: Path) -> None:
    config = old / "config.json"
    config.write_bytes(config.read_bytes().replace(b"taipei", b"taipeh"))

    refuse(old, r"config\.json: altered: its SHA-256")
