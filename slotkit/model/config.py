"""The values of ``config.json``: how a model is written, checked and read."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from slotkit.decoding import intents
from slotkit.encoders.encoder import Encoder
from slotkit.encoders.table import encoder_from_config
from slotkit.model.model import Model
from slotkit.taggers.attention.runtime import reach
from slotkit.taggers.table import ARCHITECTURES, DECODERS
from slotkit.text.edges import EDGE_RULES
from slotkit.text.tags import OUTSIDE, split_tag
from slotkit.text.tokenizer import TOKENIZERS
from slotkit.version import __version__

FORMAT = 4  # the newest format that this code reads, and the one that it writes
_MOST_LAYERS = 1000
_KEYS = (
    "architecture",
    "arguments",
    "calibration",
    "decoder",
    "edges",
    "embedding_size",
    "encoder",
    "format",
    "intents",
    "members",
    "most_intents",
    "sha256",
    "slotkit",
    "tags",
    "tokenizer",
    "training",
    "weights",
    "window_size",
)
_SINCE_2: dict[str, Any] = {  # what models of format 1 are
    "calibration": {
        "temperature": 1.0,
        "intent_temperature": 1.0,
        "slot_share": 0.0,
        "thresholds": {},
    },
    "decoder": "softmax",
    "intents": [],
    "members": 1,
    "most_intents": 0,
}
_SIZES = ("input_size", "hidden_size", "num_tags")


def to_json(value: object, indent: int | None = None) -> bytes:
    """Write JSON with sorted keys, so that equal values give equal bytes."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=indent, allow_nan=False)
    return text.encode(errors="backslashreplace")  # of a lone surrogate: its JSON escape


def _digest(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a configuration without its own."""
    rest = {key: value for key, value in config.items() if key != "sha256"}
    return hashlib.sha256(to_json(rest)).hexdigest()


def to_config(model: Model, digest: str) -> dict[str, Any]:
    """Write a model, whose weights' file has this SHA-256, as the values of ``config.json``."""
    config: dict[str, Any] = {
        "format": FORMAT,
        "slotkit": __version__,
        "tokenizer": model.tokenizer,
        "encoder": model.encoder.to_config(),
        "embedding_size": model.embedding_size,
        "window_size": model.window_size,
        "architecture": model.architecture,
        "arguments": model.arguments,
        "tags": model.tags,
        "members": model.members,
        "decoder": model.decoder,
        "intents": model.intents,
        "most_intents": model.most_intents,
        "calibration": {
            "temperature": model.temperature,
            "intent_temperature": model.intent_temperature,
            "slot_share": model.slot_share,
            "thresholds": model.thresholds,
        },
        "edges": model.edges,
        "training": model.training,
        "weights": {"file": f"weights-{digest[:16]}.safetensors", "sha256": digest},
    }
    config = json.loads(to_json(config))  # as it will be read: lists for tuples
    return config | {"sha256": _digest(config)}


def parse_config(content: bytes) -> dict[str, Any]:
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


def from_config(config: Mapping[str, Any]) -> Model:
    """Read a model, without its weights, from the values of ``config.json``.

    Raises
    ------
    ValueError
        If anything is not what it must be.
    """
    newest = config.get("format")
    if type(newest) is int and newest > FORMAT:
        raise ValueError(
            f"written by slotkit {str(config.get('slotkit'))[:40]}, format {newest}; "
            f"this slotkit reads formats up to {FORMAT}: upgrade slotkit"
        )
    written = config
    if type(newest) is int and newest == 1:
        config = {key: value for key, value in config.items() if key not in _SINCE_2} | _SINCE_2
        check_keys("", written, tuple(key for key in _KEYS if key not in _SINCE_2))
    check_keys("", config, _KEYS)
    if newest in (2, 3) and isinstance(config["calibration"], dict):
        config = dict(config) | {"calibration": {"slot_share": 0.0} | config["calibration"]}
    if type(newest) is not int or newest < 1:
        raise ValueError(f"format must be an int from 1 to {FORMAT}, got {newest!r}")
    tags, arguments, edges = config["tags"], config["arguments"], config["edges"]
    _check_choice("tokenizer", config["tokenizer"], TOKENIZERS)
    _check_choice("architecture", config["architecture"], ARCHITECTURES)
    _check_int("embedding_size", config["embedding_size"], least=1)
    _check_int("window_size", config["window_size"], least=0)
    _check_tags(tags)
    _check_arguments(config["architecture"], arguments)
    _check_int("members", config["members"], least=1, most=_MOST_LAYERS)
    _check_choice("decoder", config["decoder"], DECODERS)
    _check_intents(config["intents"], config["most_intents"])
    _check_calibration(config["calibration"], tags)
    if edges is not None:
        _check_choice("edges", edges, ("corpus", *EDGE_RULES))
    if (edges is not None) != (arguments.get("attend") == "graph"):
        raise ValueError("edges must be given for attention along a graph, and for it alone")
    if arguments["num_tags"] != len(tags):
        raise ValueError(f"num_tags must be {len(tags)}, got {arguments['num_tags']}")
    input_size = (2 * config["window_size"] + 1) * config["embedding_size"]
    if arguments["input_size"] != input_size:
        raise ValueError(f"input_size must be {input_size}, got {arguments['input_size']}")
    if not isinstance(config["training"], dict):
        raise ValueError("training must be an object")
    check_keys("weights: ", config["weights"], ("file", "sha256"))
    digest = config["weights"]["sha256"]
    if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
        raise ValueError("weights: sha256 must be 64 hexadecimal digits")
    if config["weights"]["file"] != f"weights-{digest[:16]}.safetensors":
        raise ValueError(
            f"weights: file must be 'weights-{digest[:16]}.safetensors', "
            f"got {config['weights']['file']!r}"
        )
    encoder = _read_encoder(config["encoder"])
    if config["sha256"] != _digest(written):
        raise ValueError("altered: its SHA-256 is not the one that it names")
    return Model(
        tokenizer=config["tokenizer"],
        encoder=encoder,
        embedding_size=config["embedding_size"],
        window_size=config["window_size"],
        architecture=config["architecture"],
        arguments=arguments,
        tags=tags,
        edges=edges,
        training=config["training"],
        weights={},
        members=config["members"],
        decoder=config["decoder"],
        intents=config["intents"],
        most_intents=config["most_intents"],
        **config["calibration"],
    )


def check_keys(where: str, config: Any, expected: tuple[str, ...]) -> None:
    """Raise ValueError unless `config` is an object with exactly the expected keys."""
    if not isinstance(config, dict):
        raise ValueError(f"{where}must be an object, got {type(config).__name__}")
    unknown = sorted(set(config) - set(expected))
    missing = sorted(set(expected) - set(config))
    if unknown:
        raise ValueError(f"{where}unknown key {', '.join(map(repr, unknown))}")
    if missing:
        raise ValueError(f"{where}missing key {', '.join(map(repr, missing))}")


def _check_int(name: str, value: Any, *, least: int, most: int = 2**31 - 1) -> None:
    """Raise ValueError unless `value` is an int between the two."""
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{name} must be an int from {least} to {most}, got {value!r}")


def _check_choice(name: str, value: Any, choices: Any) -> None:
    """Raise ValueError unless `value` is one of the choices."""
    if value not in list(choices):
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")


def _check_tags(tags: Any) -> None:
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


def _check_intents(names: Any, most: Any) -> None:
    """Raise ValueError unless these are different intents, and a number of sets to compare."""
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ValueError("intents must be a list of strings")
    if len(set(names)) < len(names):
        raise ValueError("an intent stands twice")
    # More than 9 together make more sets than are compared; to count them would take long.
    _check_int("most_intents", most, least=min(1, len(names)), most=min(9, len(names)))
    if most > 1 and intents.count_sets(len(names), most) > intents.MOST_SETS:
        raise ValueError(f"most_intents must make {intents.MOST_SETS} sets at most, got {most}")


def _check_calibration(calibration: Any, tags: list[str]) -> None:
    """Raise ValueError unless temperatures are positive, and thresholds probabilities of slots."""
    check_keys("calibration: ", calibration, tuple(_SINCE_2["calibration"]))
    for name in ("temperature", "intent_temperature"):
        value = calibration[name]
        if type(value) is not float or not 0 < value < math.inf:
            raise ValueError(f"{name} must be a positive float, got {value!r}")
    share = calibration["slot_share"]
    if type(share) is not float or not 0 <= share <= 1:
        raise ValueError(f"slot_share must be a float from 0 to 1, got {share!r}")
    thresholds = calibration["thresholds"]
    if not isinstance(thresholds, dict):
        raise ValueError("thresholds must be an object")
    for slot, value in thresholds.items():
        if f"B-{slot}" not in tags:
            raise ValueError(f"thresholds: unknown slot {slot!r}")
        if type(value) is not float or not 0 <= value <= 1:
            raise ValueError(f"thresholds: {slot} must be a float from 0 to 1, got {value!r}")


def _check_arguments(architecture: str, arguments: Any) -> None:
    """Raise ValueError unless the architecture can be built with these arguments."""
    entry = ARCHITECTURES[architecture]
    check_keys("arguments: ", arguments, (*_SIZES, *entry.options))
    for name, value in arguments.items():
        if name in entry.choices:
            _check_choice(name, value, entry.choices[name])
        elif name == "attend":
            if not isinstance(value, str):
                raise ValueError(f"attend must be a string, got {value!r}")
            reach(value)
        elif name == "num_layers":
            _check_int(name, value, least=1, most=_MOST_LAYERS)
        else:
            _check_int(name, value, least=1)
    if arguments["hidden_size"] % arguments.get("heads", 1):
        raise ValueError("hidden_size must be a multiple of heads")
    if arguments.get("width", 1) % 2 == 0:
        raise ValueError(f"width must be odd, got {arguments['width']}")


def _read_encoder(config: Any) -> Encoder:
    """Build the encoder, saying of what is wrong that it is the encoder's."""
    if not isinstance(config, dict):
        raise ValueError(f"encoder must be an object, got {type(config).__name__}")
    try:
        return encoder_from_config(config)
    except (ValueError, TypeError) as error:
        raise ValueError(f"encoder: {error}") from error
