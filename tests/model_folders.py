"""Model folders written and changed by hand, for the tests of what is refused."""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from slotkit.errors import ModelFileError
from slotkit.model.config import CHECKS
from slotkit.model.file import load_model
from slotkit.model.model import Model

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


def check_fields(loaded: Model, model: Model) -> None:
    """Assert that two models say the same, their encoders and weights apart."""
    for name in CHECKS:
        if name != "encoder":
            assert getattr(loaded, name) == getattr(model, name), name


SINCE_2 = ("calibration", "decoder", "intents", "members", "most_intents")
CALIBRATED = ("temperature", "intent_temperature", "slot_share", "thresholds")


def as_of(config: dict[str, Any], older: int) -> dict[str, Any]:
    """Return what an older format says of a model."""
    config = dict(config) | {"format": older, "slotkit": "0.1.0"}
    for newer in ("marked_words", "value_marks", "scope", "asked", "asked_slots"):
        del config[newer]
    config["members"] = config.pop("ensemble_size")
    config["slot_share"] = config.pop("slot_evidence_weight")
    config["calibration"] = {key: config.pop(key) for key in CALIBRATED}
    if older < 4:
        del config["calibration"]["slot_share"]
    if older < 2:
        return {key: value for key, value in config.items() if key not in SINCE_2}
    return config


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
