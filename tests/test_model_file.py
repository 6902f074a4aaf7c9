"""What is saved loads: every field, every encoder, equal files for equal models."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cases import OF_WORDS
from model_folders import TEXT, check_fields, contents, read_config, weights_of
from slotkit.model.file import load_model, save_model
from slotkit.model.model import Model, weight_shapes
from slotkit.model.weights import round_to_half
from slotkit.taggers.table import ARCHITECTURES
from slotkit.tagging.filler import SlotFiller

MakeModel = Callable[..., Model]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_is_saved_loads(architecture: str, tmp_path: Path, make_model: MakeModel) -> None:
    model = make_model(architecture)

    save_model(model, tmp_path)
    loaded = load_model(tmp_path)

    assert loaded.encoder.to_config() == model.encoder.to_config()
    assert list(loaded.weights) == list(weight_shapes(model)) or set(loaded.weights) == set(
        model.weights
    )
    for name, weight in model.weights.items():
        np.testing.assert_array_equal(loaded.weights[name], weight)
    check_fields(loaded, model)
    expected = SlotFiller(model).tag(TEXT).to_json(probabilities=True)
    assert SlotFiller(loaded).tag(TEXT).to_json(probabilities=True) == expected


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("decoder", ["softmax", "crf"])
@pytest.mark.parametrize(("intents", "most"), [([], 0), (["book"], 1), (["ask", "book", "go"], 2)])
def test_crf_ensemble_and_intents_are_kept(
    decoder: str,
    members: int,
    intents: list[str],
    most: int,
    tmp_path: Path,
    make_model: MakeModel,
) -> None:
    model = make_model(decoder=decoder, ensemble_size=members, intents=intents, most_intents=most)
    model = model._replace(
        temperature=1.25,
        intent_temperature=0.5,
        slot_evidence_weight=0.25,
        thresholds={"date": 0.5, "destination": 1.0},
    )

    save_model(model, tmp_path)
    loaded = load_model(tmp_path)

    check_fields(loaded, model)
    assert set(loaded.weights) == set(model.weights)
    assert any("crf." in name for name in loaded.weights) == (decoder == "crf")
    assert any("intent." in name for name in loaded.weights) == bool(intents)
    assert any(name.startswith("members.1.") for name in loaded.weights) == (members == 2)
    expected = SlotFiller(model).tag(TEXT).to_json(probabilities=True)
    assert SlotFiller(loaded).tag(TEXT).to_json(probabilities=True) == expected
    assert ("intent" in expected) == bool(intents)
    assert [slot for slot in expected["unsure"] if slot["name"] == "destination"] == [
        slot for slot in expected["slots"] + expected["unsure"] if slot["name"] == "destination"
    ]


def test_a_model_is_one_tagger_that_tells_no_intents_unless_it_says_so(
    tmp_path: Path, make_model: MakeModel
) -> None:
    whole = make_model()._replace(temperature=1.0, intent_temperature=1.0, slot_evidence_weight=0.0)
    required = [name for name in Model._fields if name not in Model._field_defaults]
    model = Model(**{name: getattr(whole, name) for name in required})

    save_model(model, tmp_path)

    check_fields(load_model(tmp_path), whole)


def test_a_member_of_an_ensemble_has_its_own_weights_alone(make_model: MakeModel) -> None:
    alone = make_model(intents=["ask", "book"])
    ensemble = make_model(intents=["ask", "book"], ensemble_size=2)
    own = alone.weights.keys() - {"slot_intent_pmi"}

    assert [weights.keys() for weights in alone.of_members()] == [own]
    for number, weights in enumerate(ensemble.of_members()):
        assert weights.keys() == own
        for name, weight in weights.items():
            assert weight is ensemble.weights[f"members.{number}.{name}"]


def test_more_intents_than_sets_can_be_compared_stand_alone(
    tmp_path: Path, make_model: MakeModel
) -> None:
    model = make_model(intents=[f"ask{number}" for number in range(1001)], most_intents=1)

    save_model(model, tmp_path)

    check_fields(load_model(tmp_path), model)


def test_half_precision_is_stored_where_it_loses_nothing(
    make_model: MakeModel, tmp_path: Path
) -> None:
    whole = make_model()
    half = make_model()
    for name, weight in half.weights.items():
        half.weights[name] = round_to_half(weight)
    sizes = []
    for model in (whole, half):
        save_model(model, tmp_path)
        (file,) = tmp_path.glob("weights-*.safetensors")
        sizes.append(file.stat().st_size)
        for name, weight in load_model(tmp_path).weights.items():
            assert weight.dtype == np.float32
            np.testing.assert_array_equal(weight, model.weights[name])
    numbers = sum(weight.size for weight in whole.weights.values())
    assert sizes[0] - sizes[1] == pytest.approx(2 * numbers, abs=64)  # and the header


def test_a_large_model_of_half_precision_has_little_more_than_two_bytes_a_number(
    make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model(hidden_size=100)
    for name, weight in model.weights.items():
        model.weights[name] = round_to_half(weight)
    save_model(model, tmp_path)
    numbers = sum(weight.size for weight in model.weights.values())

    assert 2 * numbers < weights_of(tmp_path).stat().st_size < 2.2 * numbers
    for name, weight in load_model(tmp_path).weights.items():
        np.testing.assert_array_equal(weight, model.weights[name])


def test_what_half_precision_cannot_hold_is_left_as_it_is() -> None:
    weight = np.array([0.1, 70_000.0], dtype=np.float32)

    assert round_to_half(weight) is weight
    np.testing.assert_allclose(round_to_half(weight[:1]), 0.1, rtol=2**-11)


@pytest.mark.parametrize("encoder", [*OF_WORDS, "one-of-n+other+hashing+shape"])
def test_every_encoder_is_kept(encoder: str, tmp_path: Path, make_model: MakeModel) -> None:
    model = make_model(encoder=encoder)

    save_model(model, tmp_path)
    loaded = load_model(tmp_path).encoder

    assert loaded.dimensions == model.encoder.dimensions
    assert loaded.active("Taipei") == model.encoder.active("Taipei")


def test_equal_models_give_equal_files(tmp_path: Path, make_model: MakeModel) -> None:
    model = make_model()
    turned = make_model()
    for mapping in (turned.weights, turned.arguments):
        for key in list(reversed(mapping)):
            mapping[key] = mapping.pop(key)
    turned.weights["network.output.weight"] = np.asfortranarray(
        turned.weights["network.output.weight"]
    )

    save_model(model, tmp_path / "a")
    save_model(turned, tmp_path / "b")
    save_model(load_model(tmp_path / "a"), tmp_path / "c")

    assert contents(tmp_path / "a") == contents(tmp_path / "b") == contents(tmp_path / "c")


def test_what_is_no_part_of_a_model_is_left_alone(tmp_path: Path, make_model: MakeModel) -> None:
    others = ["history.jsonl", "checkpoint.json", "checkpoint-00.safetensors", "weights-x", "a.tmp"]
    others += ["weights-0123456789abcdef.safetensor"]
    for name in others:
        (tmp_path / name).write_bytes(b"mine")
    (tmp_path / "weights-0123456789abcdef.safetensors").write_bytes(b"stale")
    (tmp_path / ".config.json.slotkit-tmp").write_bytes(b"stale")

    save_model(make_model(seed=1), tmp_path)
    save_model(make_model(seed=2), tmp_path)

    left = set(contents(tmp_path))
    assert left == {*others, "config.json", weights_of(tmp_path).name}


def test_the_configuration_has_a_line_for_every_key(saved: Path) -> None:
    lines = (saved / "config.json").read_text(encoding="utf-8").splitlines()
    keys = [line.split(":")[0].strip() for line in lines if re.match(' "', line)]

    assert keys == [f'"{key}"' for key in sorted(read_config(saved))]


def test_a_lone_surrogate_of_the_command_line_is_kept(
    tmp_path: Path, make_model: MakeModel
) -> None:
    model = make_model()
    model.training["command"] = "slotkit train caf\udce9"

    save_model(model, tmp_path)

    assert load_model(tmp_path).training == model.training
