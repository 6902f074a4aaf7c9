"""The model folder: what is saved loads, what is damaged is refused in one line."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from cases import OF_WORDS
from slotkit.errors import ModelFileError
from slotkit.model.config import CHECKS, FORMAT
from slotkit.model.file import load_model, round_to_half, save_model
from slotkit.model.model import Model, weight_shapes
from slotkit.taggers.table import ARCHITECTURES
from slotkit.tagging.filler import SlotFiller

MakeModel = Callable[..., Model]
TEXT = "arrive Taipei on November 2nd"


def weights_of(folder: Path) -> Path:
    """Return the only weights' file of a model folder."""
    (found,) = folder.glob("weights-*.safetensors")
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def write_config(folder: Path, config: dict[str, Any]) -> None:
    """Write ``config.json`` with the SHA-256 that belongs to it, as somebody malicious can."""
    rest = {key: value for key, value in config.items() if key != "sha256"}
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True)
    config = rest | {"sha256": hashlib.sha256(text.encode()).hexdigest()}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def read_config(folder: Path) -> dict[str, Any]:
    """Return the values of ``config.json``."""
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config


def write_weights(folder: Path, content: bytes) -> None:
    """Put other weights in the place of a model's, hashes and all."""
    weights_of(folder).unlink()
    digest = hashlib.sha256(content).hexdigest()
    name = f"weights-{digest[:16]}.safetensors"
    (folder / name).write_bytes(content)
    write_config(folder, read_config(folder) | {"weights": {"file": name, "sha256": digest}})


def refuse(folder: Path, match: str = ".") -> None:
    """Assert that loading raises one line that matches."""
    with pytest.raises(ModelFileError, match=match) as caught:
        load_model(folder)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory, make_model: MakeModel) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "model"
    save_model(make_model(), folder)
    return folder


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "copy"))


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


def check_fields(loaded: Model, model: Model) -> None:
    """Assert that two models say the same, their encoders and weights apart."""
    for name in CHECKS:
        if name != "encoder":
            assert getattr(loaded, name) == getattr(model, name), name


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


# Models of older formats.

SINCE_2 = ("calibration", "decoder", "intents", "members", "most_intents")
CALIBRATED = ("temperature", "intent_temperature", "slot_share", "thresholds")


def as_of(config: dict[str, Any], older: int) -> dict[str, Any]:
    """Return what an older format says of a model."""
    config = dict(config) | {"format": older, "slotkit": "0.1.0"}
    for newer in ("marked_words", "value_marks", "scope", "asked"):
        del config[newer]
    config["members"] = config.pop("ensemble_size")
    config["slot_share"] = config.pop("slot_evidence_weight")
    config["calibration"] = {key: config.pop(key) for key in CALIBRATED}
    if older < 4:
        del config["calibration"]["slot_share"]
    if older < 2:
        return {key: value for key, value in config.items() if key not in SINCE_2}
    return config


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


def test_what_is_saved_again_is_of_the_newest_format(old: Path) -> None:
    model = load_model(old)
    save_model(model, old)

    assert read_config(old)["format"] == FORMAT == 7
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


# What cannot be saved.


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_not_saved(
    wrong: float, tmp_path: Path, make_model: MakeModel
) -> None:
    model = make_model()
    model.weights["network.output.bias"][2] = wrong

    with pytest.raises(ModelFileError, match=r"network\.output\.bias holds what is no finite"):
        save_model(model, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_model_that_would_not_load_is_not_saved(tmp_path: Path, make_model: MakeModel) -> None:
    model = make_model()
    model.training["loss"] = float("nan")
    with pytest.raises(ModelFileError, match="cannot be saved"):
        save_model(model, tmp_path)
    with pytest.raises(ModelFileError, match="tags are O, B-slot or I-slot"):
        save_model(make_model(tags=["O", "B-", "x", "y", "z"]), tmp_path)

    assert contents(tmp_path) == {}


def test_a_folder_that_cannot_be_is_one_line(tmp_path: Path, make_model: MakeModel) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(ModelFileError, match="cannot be written: "):
        save_model(make_model(), tmp_path / "file" / "model")


class Fault:
    """Lets the n-th of all calls that change the disk fail."""

    def __init__(self, patch: pytest.MonkeyPatch, fatal: int, error: BaseException) -> None:
        self.calls = 0
        for name in ("replace", "fsync", "unlink"):
            patch.setattr(os, name, self._counted(getattr(os, name), fatal, error))
        patch.setattr(Path, "open", self._counted(Path.open, fatal, error))

    def _counted(
        self, function: Callable[..., Any], fatal: int, error: BaseException
    ) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls == fatal:
                raise error
            return function(*arguments, **options)

        return counted


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_at_any_step_leaves_the_old_model_or_the_new(
    error: BaseException, tmp_path: Path, make_model: MakeModel
) -> None:
    old, new = make_model(seed=1), make_model(seed=2)
    expected = [SlotFiller(m).tag(TEXT).probabilities.tolist() for m in (old, new)]
    outcomes = []
    for fatal in range(1, 100):
        folder = tmp_path / str(fatal)
        save_model(old, folder)
        failed = False
        with pytest.MonkeyPatch.context() as patch:
            fault = Fault(patch, fatal, error)
            try:
                save_model(new, folder)
            except (ModelFileError, KeyboardInterrupt):
                failed = True
        outcomes.append(expected.index(SlotFiller.load(folder).tag(TEXT).probabilities.tolist()))
        assert outcomes[-1] == 1 or failed
        save_model(new, folder)  # and what failed leaves nothing behind for good
        assert set(contents(folder)) == {"config.json", weights_of(folder).name}
        if fault.calls < fatal:
            break

    assert outcomes == sorted(outcomes)
    assert outcomes[0] == 0
    assert outcomes[-1] == 1


def test_a_write_cut_short_leaves_nothing_behind(
    copy: Path, make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(copy)

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelFileError, match="No space left on device"):
        save_model(make_model(seed=7), copy)

    assert contents(copy) == before


# What cannot be loaded.


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


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"format": 0}, "format must be an int from 1"),
    ({"format": True}, "format must be an int"),
    ({"format": "1"}, "format must be an int"),
    ({"extra": 1}, "unknown key 'extra'"),
    ({"ex\ntra\x1b[31m": 1}, "unknown key"),
    (
        {"tokenizer": "letters"},
        "tokenizer must be one of words, apart, peeled, whitespace, characters",
    ),
    ({"tokenizer": ["words"]}, "tokenizer must be one of"),
    ({"marked_words": "st."}, "marked_words must be a list of different words"),
    ({"marked_words": ["st.", ",", "st."]}, "marked_words must be a list of different words"),
    ({"marked_words": ["st.", ""]}, "marked_words must be a list of different words"),
    ({"marked_words": ["st.", 1]}, "marked_words must be a list of different words"),
    ({"architecture": "lstmm"}, "architecture must be one of feedforward"),
    ({"architecture": "elman"}, "arguments: unknown key 'cell'"),
    ({"architecture": {}}, "architecture must be one of"),
    ({"embedding_size": 0}, "embedding_size must be an int from 1"),
    ({"embedding_size": 10**30}, "embedding_size must be an int from 1"),
    ({"embedding_size": 4}, "input_size must be 12, got 9"),
    ({"embedding_size": 2**31 - 1}, "input_size must be 6442450941, got 9"),
    (
        {"embedding_size": 2**31},
        "embedding_size must be an int from 1 to 2147483647, got 2147483648",
    ),
    ({"window_size": -1}, "window_size must be an int from 0"),
    ({"window_size": 1.0}, "window_size must be an int from 0"),
    ({"tags": "O"}, "tags must be a list of strings"),
    ({"tags": [1, 2, 3, 4, 5]}, "tags must be a list of strings"),
    ({"tags": ["O", "O", "B-a", "B-b", "B-c"]}, "a tag stands twice"),
    ({"tags": ["O", "B-a", "I-a", "S-b", "B-c"]}, "tags are O, B-slot or I-slot, got 'S-b'"),
    ({"tags": ["I-a", "I-b", "I-c", "I-d", "I-e"]}, "tags must hold O or a B-slot"),
    ({"tags": ["O"]}, "num_tags must be 1, got 5"),
    ({"tags": []}, "tags must hold"),
    ({"edges": "neighbours"}, "edges must be given for attention along a graph"),
    ({"edges": "parser"}, "edges must be one of corpus, neighbours"),
    ({"edges": [[0, 1]]}, "edges must be one of"),
    ({"training": []}, "training must be an object"),
    ({"encoder": None}, "encoder must be an object"),
    ({"encoder": {}}, "unknown encoder"),
    ({"encoder": {"name": []}}, "encoder: "),
    ({"encoder": {"name": "sum", "parts": []}}, "encoder: "),
    ({"encoder": {"name": "sum", "parts": 3}}, "encoder"),
    ({"encoder": {"name": "sum", "parts": [3]}}, "encoder"),
    ({"encoder": {"name": "sum", "parts": [{"name": "sum", "parts": []}]}}, "encoder: "),
    ({"encoder": {"name": "one-of-n"}}, "encoder: "),
    ({"weights": None}, "weights: must be an object"),
    ({"weights": {}}, "weights: missing key 'file', 'sha256'"),
    ({"weights": {"file": "x", "sha256": 3}}, "sha256 must be 64 hexadecimal digits"),
    ({"weights": {"file": "../w", "sha256": "0" * 64}}, "file must be 'weights-0000000000000000"),
    ({"weights": {"file": "/etc/passwd", "sha256": "0" * 64}}, "file must be 'weights-0"),
    ({"weights": {"file": None, "sha256": "0" * 64}}, "file must be 'weights-0"),
    (
        {"weights": {"file": f"weights-{'0' * 16}.safetensors", "sha256": "0" * 64}},
        "no such file",
    ),
    ({"arguments": []}, "arguments: must be an object"),
    ({"arguments": {}}, "arguments: missing key 'cell'"),
    ({"ensemble_size": 0}, "ensemble_size must be an int from 1 to 1000, got 0"),
    ({"ensemble_size": True}, "ensemble_size must be an int from 1 to 1000, got True"),
    ({"ensemble_size": 10**9}, "ensemble_size must be an int from 1 to 1000"),
    ({"ensemble_size": 2}, "bytes and a header|unknown key"),
    ({"ensemble_size": 1000}, "too short for 1,000 layers"),
    ({"decoder": "viterbi"}, "decoder must be one of softmax, crf, got 'viterbi'"),
    ({"decoder": None}, "decoder must be one of softmax, crf"),
    ({"decoder": "crf"}, "bytes and a header|missing key 'crf"),
    ({"intents": "book"}, "intents must be a list of strings"),
    ({"intents": [1]}, "intents must be a list of strings"),
    ({"intents": [""]}, "intents must be a list of strings"),
    ({"intents": ["a", "a"], "most_intents": 1}, "an intent stands twice"),
    ({"intents": ["a"]}, "most_intents must be an int from 1 to 1, got 0"),
    ({"most_intents": 1}, "most_intents must be an int from 0 to 0, got 1"),
    ({"intents": ["a", "b"], "most_intents": 3}, "most_intents must be an int from 1 to 2, got 3"),
    ({"intents": ["a"], "most_intents": 1.0}, "most_intents must be an int from 1 to 1, got 1.0"),
    (
        {"intents": [str(n) for n in range(50)], "most_intents": 2},
        "most_intents must make 1000 sets at most, got 2",
    ),
    ({"intents": ["a"], "most_intents": 1}, "bytes and a header|missing key 'intent"),
]


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


def mutants(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Yield damaged copies: a bit flipped, bytes replaced, inserted, dropped, or a part doubled."""
    chance = random.Random(seed)
    for _ in range(count):
        at = chance.randrange(len(content))
        kind = chance.randrange(5)
        length = chance.randrange(1, 9)
        if kind == 0:
            flipped = content[at] ^ (1 << chance.randrange(8))
            yield content[:at] + bytes([flipped]) + content[at + 1 :]
        elif kind == 1:
            yield content[:at] + chance.randbytes(length) + content[at + length :]
        elif kind == 2:
            yield (
                content[:at]
                + chance.choice([b"0", b"9" * length, b'"', b"[", b"\n"])
                + content[at:]
            )
        elif kind == 3:
            yield content[:at] + content[at + length :]
        else:
            yield content[:at] + content[at : at + 40] + content[at:]


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
