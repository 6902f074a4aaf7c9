"""The values of ``config.json``: how a model is written, checked and read.

Beside `format`, `slotkit`, `weights` and `sha256` a configuration has every field of `Model` but
the weights, under its own name. `CHECKS` says what each may be; reading and writing go by it. For
each older format a small function makes the next one of it; both stand in one file, since a new
field is a line of each.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from slotkit.decoding import intents
from slotkit.decoding.asked import Asked
from slotkit.encoders.table import encoder_from_config
from slotkit.model.model import SLOT_INTENT_PMI, Model
from slotkit.taggers.option import MOST_LAYERS, check_number
from slotkit.taggers.table import ARCHITECTURES, DECODERS, get_architecture
from slotkit.text.edges import EDGES
from slotkit.text.tags import OUTSIDE, split_tag
from slotkit.text.tokenizer import TOKENIZERS
from slotkit.version import __version__

FORMAT = 9  # the newest format that this code reads, and the one that it writes

_MOST_SHIFT = 1000.0  # nats that a question adds: more than any training finds
_LEAST = 1e-6  # of a temperature: no score divided by it leaves a double
_SIZES = ("input_size", "hidden_size", "num_tags")

Config = dict[str, Any]
Check = Callable[[str, Any, Mapping[str, Any]], None]  # of a field's name, value, and all fields


def _choice(*choices: str) -> Check:
    """Make the check of a name."""

    def check(name: str, value: Any, config: Mapping[str, Any]) -> None:
        if value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")

    return check


def _number(kind: type, least: float, most: float = 2**31 - 1) -> Check:
    """Make the check of a number."""
    return lambda name, value, config: check_number(name, value, kind, least, most)


def _check_arguments(name: str, arguments: Any, config: Mapping[str, Any]) -> None:
    """Raise ValueError unless the architecture can be built with these, and they fit the model."""
    entry = get_architecture(config["architecture"])
    check_keys("arguments: ", arguments, (*_SIZES, *entry.defaults))
    for size in _SIZES:
        check_number(size, arguments[size], int, 1, 2**31 - 1)
    entry.check(arguments)
    window, tags = 2 * config["window_size"] + 1, config["tags"]
    for size, wanted in (
        ("num_tags", len(tags)),
        ("input_size", window * config["embedding_size"]),
    ):
        if arguments[size] != wanted:
            raise ValueError(f"{size} must be {wanted}, got {arguments[size]}")


def _check_tags(name: str, tags: Any, config: Mapping[str, Any]) -> None:
    """Raise ValueError unless these are different IOB2 tags of which a sequence can be made."""
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ValueError("tags must be a list of strings")
    for tag in tags:
        prefix, slot = split_tag(tag)
        if tag != OUTSIDE and not (prefix in ("B", "I") and slot):
            raise ValueError(f"tags are O, B-slot or I-slot, got {tag!r}")
    if len(set(tags)) < len(tags):
        raise ValueError("a tag stands twice")
    if all(tag.startswith("I-") for tag in tags):
        raise ValueError("tags must hold O or a B-slot")


def _check_edges(name: str, edges: Any, config: Mapping[str, Any]) -> None:
    """Raise ValueError unless edges are given for attention along a graph, and for it alone."""
    if edges is not None:
        _choice(*EDGES)("edges", edges, config)
    if (edges is not None) != (config["arguments"].get("attend") == "graph"):
        raise ValueError("edges must be given for attention along a graph, and for it alone")


def _check_intents(name: str, names: Any, config: Mapping[str, Any]) -> None:
    """Raise ValueError unless these are different intents."""
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ValueError("intents must be a list of strings")
    if len(set(names)) < len(names):
        raise ValueError("an intent stands twice")


def _check_most_intents(name: str, most: Any, config: Mapping[str, Any]) -> None:
    """Raise ValueError unless so many together make a number of sets that can be compared."""
    count = len(config["intents"])
    # More than 9 together make more sets than are compared; to count them would take long.
    check_number(name, most, int, min(1, count), min(9, count))
    if most > 1 and intents.count_sets(count, most) > intents.MOST_SETS:
        raise ValueError(f"most_intents must make {intents.MOST_SETS} sets at most, got {most}")


def _check_thresholds(name: str, thresholds: Any, config: Mapping[str, Any]) -> None:
    """Raise ValueError unless these are probabilities of slots."""
    _check_object(name, thresholds, config)
    for slot, value in thresholds.items():
        if f"B-{slot}" not in config["tags"]:
            raise ValueError(f"thresholds: unknown slot {slot!r}")
        check_number(f"thresholds: {slot}", value, float, 0, 1)


def _check_value_marks(name: str, marks: Any, config: Mapping[str, Any]) -> None:
    """Raise ValueError unless these are two lists of words of slots, or nothing."""
    if marks is None:
        return
    _check_object(name, marks, config)
    for slot, words in marks.items():
        if f"B-{slot}" not in config["tags"]:
            raise ValueError(f"{name}: unknown slot {slot!r}")
        if not isinstance(words, list) or len(words) != 2:
            raise ValueError(f"{name}: {slot} must be two lists")
        for side in words:
            _check_words(f"{name}: {slot}", side, config)


def _check_scope(name: str, scope: Any, config: Mapping[str, Any]) -> None:
    """Raise ValueError unless these are a temperature and a threshold, or nothing."""
    if scope is not None:
        check_keys(f"{name}: ", scope, ("temperature", "threshold"))
        check_number(f"{name}: temperature", scope["temperature"], float, _LEAST, 1 / _LEAST)
        check_number(f"{name}: threshold", scope["threshold"], float, 0, 1)


def _check_asked(name: str, asked: Any, config: Mapping[str, Any]) -> None:
    """Raise ValueError unless this is what a model knows of questions after slots, or nothing."""
    if asked is None:
        return
    check_keys(f"{name}: ", asked, Asked._fields)
    check_number(f"{name}: fades", asked["fades"], float, 0.1, _MOST_SHIFT)
    for part in ("shifts", "borders"):
        _check_object(f"{name}: {part}", asked[part], config)
        for slot, shifts in asked[part].items():
            _check_object(f"{name}: {slot}", shifts, config)
            for one in (slot, *shifts):
                if f"B-{one}" not in config["tags"]:
                    raise ValueError(f"{name}: unknown slot {one!r}")
            for one, shift in shifts.items():
                check_number(f"{name}: {slot}: {one}", shift, float, -_MOST_SHIFT, _MOST_SHIFT)


def _check_asked_slots(name: str, slots: Any, config: Mapping[str, Any]) -> None:
    """Raise ValueError unless these are different slots."""
    _check_words(name, slots, config)
    for slot in slots:
        if f"B-{slot}" not in config["tags"]:
            raise ValueError(f"{name}: unknown slot {slot!r}")


def _check_object(name: str, value: Any, config: Mapping[str, Any]) -> None:
    """Raise ValueError unless this is a JSON object."""
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be an object, got {type(value).__name__}")


def _check_words(name: str, words: Any, config: Mapping[str, Any]) -> None:
    """Raise ValueError unless these are different words."""
    right = isinstance(words, list) and all(isinstance(word, str) and word for word in words)
    if not right or len(set(words)) != len(words):
        raise ValueError(f"{name} must be a list of different words")


# What each field may be, checked in this order: a check may look at the fields before its own.
CHECKS: dict[str, Check] = {
    "tokenizer": _choice(*TOKENIZERS),
    "marked_words": _check_words,
    "architecture": _choice(*ARCHITECTURES),
    "embedding_size": _number(int, 1),
    "window_size": _number(int, 0),
    "tags": _check_tags,
    "arguments": _check_arguments,
    "ensemble_size": _number(int, 1, MOST_LAYERS),
    "decoder": _choice(*DECODERS),
    "intents": _check_intents,
    "most_intents": _check_most_intents,
    "temperature": _number(float, _LEAST, 1 / _LEAST),
    "intent_temperature": _number(float, _LEAST, 1 / _LEAST),
    "slot_evidence_weight": _number(float, 0, 1),
    "thresholds": _check_thresholds,
    "value_marks": _check_value_marks,
    "scope": _check_scope,
    "asked": _check_asked,
    "asked_slots": _check_asked_slots,
    "edges": _check_edges,
    "training": _check_object,
    "encoder": _check_object,
}
_BESIDE = ("format", "slotkit", "weights", "sha256")


# Older formats


def _add(config: Config, brought: Config) -> None:
    """Add keys that must not be there yet."""
    for key in brought:
        if key in config:
            raise ValueError(f"unknown key {key!r}")
    config |= brought


def _rename(config: Config, old: str, new: str) -> None:
    """Give a key another name."""
    if old not in config:
        raise ValueError(f"missing key {old!r}")
    _add(config, {new: config.pop(old)})


def _from_1(config: Config) -> None:
    """Add what format 2 brought: a CRF, intents, ensembles, temperatures, thresholds."""
    calibration = {"temperature": 1.0, "intent_temperature": 1.0, "thresholds": {}}
    ones = {"decoder": "softmax", "members": 1, "intents": [], "most_intents": 0}
    _add(config, {"calibration": calibration, **ones})


def _from_3(config: Config) -> None:
    """Add what format 4 brought: slots that speak for intents. Format 3 wrote half precision."""
    calibration = config.get("calibration")
    if isinstance(calibration, dict):
        config["calibration"] = {"slot_share": 0.0} | calibration


def _from_4(config: Config) -> None:
    """Add a tokenizer's own words, and name things as format 5 does, none in ``calibration``."""
    if "calibration" not in config:
        raise ValueError("missing key 'calibration'")
    calibration = config.pop("calibration")
    names = ("temperature", "intent_temperature", "slot_share", "thresholds")
    check_keys("calibration: ", calibration, names)
    _add(config, calibration)
    _add(config, {"marked_words": []})
    _rename(config, "members", "ensemble_size")
    _rename(config, "slot_share", "slot_evidence_weight")


def _from_5(config: Config) -> None:
    """Add the marks of values, which nobody has looked for."""
    _add(config, {"value_marks": None})


def _from_6(config: Config) -> None:
    """Add what is out of scope and what was asked, which nobody has learned."""
    _add(config, {"scope": None, "asked": None})


def _from_7(config: Config) -> None:
    """Add what a question says of the first and the last word, which nobody has fitted."""
    if isinstance(config.get("asked"), dict):
        config["asked"] = {**config["asked"], "borders": {}}


def _from_8(config: Config) -> None:
    """Add the slots whose questions the network reads, which are none."""
    _add(config, {"asked_slots": []})


_UPGRADES = {
    1: _from_1,
    2: lambda config: None,
    3: _from_3,
    4: _from_4,
    5: _from_5,
    6: _from_6,
    7: _from_7,
    8: _from_8,
}


def old_names(format_: int) -> dict[str, str]:
    """Return what weights of an older format are called there; empty where it has not got them."""
    if format_ >= 5:
        return {}
    return {SLOT_INTENT_PMI: "intents.by_slot" if format_ == 4 else ""}


# Writing and reading


def to_config(model: Model, digest: str) -> Config:
    """Write a model, whose weights' file has this SHA-256, as the values of ``config.json``."""
    config: Config = {
        "format": FORMAT,
        "slotkit": __version__,
        "weights": {"file": f"weights-{digest[:16]}.safetensors", "sha256": digest},
        **{name: getattr(model, name) for name in CHECKS},
        "asked": None if model.asked is None else model.asked._asdict(),
        "encoder": model.encoder.to_config(),
    }
    config = json.loads(to_json(config))  # as it will be read: lists for tuples
    return config | {"sha256": own_digest(config)}


def to_json(value: object, indent: int | None = None) -> bytes:
    """Write JSON with sorted keys, so that equal values give equal bytes."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=indent, allow_nan=False)
    return text.encode(errors="backslashreplace")  # of a lone surrogate: its JSON escape


def own_digest(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a configuration without its own."""
    rest = {key: value for key, value in config.items() if key != "sha256"}
    return hashlib.sha256(to_json(rest)).hexdigest()


def parse_config(content: bytes) -> Config:
    """Read JSON that must be an object."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        config = json.loads(content.decode(), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ValueError("not JSON: cut short or altered") from error
    if not isinstance(config, dict):
        raise ValueError(f"must be a JSON object, got {type(config).__name__}")
    return config


def from_config(written: Mapping[str, Any]) -> Model:
    """Read a model, without its weights, from the values of ``config.json``.

    Raises
    ------
    ValueError
        If anything is not what it must be.
    """
    newest = written.get("format")
    if type(newest) is int and newest > FORMAT:
        raise ValueError(
            f"written by slotkit {str(written.get('slotkit'))[:40]}, format {newest}; "
            f"this slotkit reads formats up to {FORMAT}: upgrade slotkit"
        )
    if type(newest) is not int or newest < 1:
        if "format" not in written:
            check_keys("", written, (*CHECKS, *_BESIDE))
        raise ValueError(f"format must be an int from 1 to {FORMAT}, got {newest!r}")
    config = dict(written)
    for older in range(newest, FORMAT):
        _UPGRADES[older](config)
    check_keys("", config, (*CHECKS, *_BESIDE))
    for name, check in CHECKS.items():
        check(name, config[name], config)
    check_keys("weights: ", config["weights"], ("file", "sha256"))
    digest = config["weights"]["sha256"]
    if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
        raise ValueError("weights: sha256 must be 64 hexadecimal digits")
    if config["weights"]["file"] != f"weights-{digest[:16]}.safetensors":
        raise ValueError(
            f"weights: file must be 'weights-{digest[:16]}.safetensors', "
            f"got {config['weights']['file']!r}"
        )
    try:
        encoder = encoder_from_config(config["encoder"])
    except (ValueError, TypeError) as error:
        raise ValueError(f"encoder: {error}") from error
    if written["sha256"] != own_digest(written):
        raise ValueError("altered: its SHA-256 is not the one that it names")
    fields = {name: config[name] for name in CHECKS}
    if fields["asked"] is not None:
        fields["asked"] = Asked(**fields["asked"])
    return Model(**fields | {"encoder": encoder, "weights": {}})


def check_keys(where: str, config: Any, expected: Collection[str]) -> None:
    """Raise ValueError unless `config` is an object with exactly the expected keys."""
    if not isinstance(config, dict):
        raise ValueError(f"{where}must be an object, got {type(config).__name__}")
    unknown = sorted(set(config) - set(expected))
    missing = sorted(set(expected) - set(config))
    if unknown:
        raise ValueError(f"{where}unknown key {', '.join(map(repr, unknown))}")
    if missing:
        raise ValueError(f"{where}missing key {', '.join(map(repr, missing))}")
