"""The model folder: ``config.json`` and the ``weights-<hash>.safetensors`` that it names.

Saving writes the weights under a name made of their hash, then replaces ``config.json``: that one
rename makes the new model the one that loads, and until then the old one does. Loading trusts
nothing: unknown keys are refused by name, hashes of both files are checked, and no number of the
configuration allocates memory before the size of the weights' file has confirmed it.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

import slotkit
from slotkit import intents
from slotkit.architectures import ARCHITECTURES, DECODERS
from slotkit.encoders import Encoder, encoder_from_config
from slotkit.errors import ModelFileError
from slotkit.graph import EDGE_RULES
from slotkit.runtime import get_runtime, states_size
from slotkit.runtime.attention import reach
from slotkit.tags import OUTSIDE, split_tag
from slotkit.tokenizer import TOKENIZERS

FORMAT = 4  # the newest format that this code reads, and the one that it writes
CONFIG = "config.json"
BY_SLOT = "intents.by_slot"  # the weight that `slotkit.intents.weigh_slots` measures

_UNFINISHED = ".slotkit-tmp"
_WEIGHTS_NAME = re.compile(r"weights-[0-9a-f]{16}\.safetensors")
_MOST_LAYERS = 1000
_LONGEST_HEADER = 4 << 20  # bytes before the numbers of a weights' file
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
_DTYPES = (np.dtype(np.float32), np.dtype(np.float16))  # of weights in the file
_SIZES = ("input_size", "hidden_size", "num_tags")


@dataclass(frozen=True, eq=False)
class Model:
    """All that tagging needs, and how it came about.

    Parameters
    ----------
    tokenizer : str
        A key of `slotkit.tokenizer.TOKENIZERS`.
    encoder : Encoder
        Fitted.
    embedding_size, window_size : int
        Length of a word's vector, E, and words on each side that a word sees.
    architecture : str
        A key of `slotkit.architectures.ARCHITECTURES`.
    arguments : dict
        The network's flat arguments: its sizes and all options of the architecture.
    tags : list of str
        The K tags in the order of the logits.
    edges : str or None
        With attention along a graph, ``corpus`` or a key of `slotkit.graph.EDGE_RULES`.
    training : dict
        How it was trained, as JSON.
    weights : dict of str to array of float32
        Named and shaped as `weight_shapes` says.
    members : int
        Taggers that tag together, by the mean of their scores.
    decoder : str
        ``softmax`` or ``crf``.
    intents : list of str
        The single intents, if it tells them.
    most_intents : int
        How many stand together at most; 0 without intents.
    temperature, intent_temperature : float
        What divides the scores of tag sequences, and of intents, before they become
        probabilities.
    slot_share : float
        How much of what slots say of intents counts: from 0, nothing, to 1, as if it and the
        network's own scores knew nothing of each other.
    thresholds : dict of str to float
        The least confidence of slots that are to be trusted.
    """

    tokenizer: str
    encoder: Encoder
    embedding_size: int
    window_size: int
    architecture: str
    arguments: dict[str, Any]
    tags: list[str]
    edges: str | None
    training: dict[str, Any]
    weights: dict[str, npt.NDArray[np.float32]]
    members: int = 1
    decoder: str = "softmax"
    intents: list[str] = field(default_factory=list)
    most_intents: int = 0
    temperature: float = 1.0
    intent_temperature: float = 1.0
    slot_share: float = 0.0
    thresholds: dict[str, float] = field(default_factory=dict)

    def of_members(self) -> list[dict[str, npt.NDArray[np.float32]]]:
        """Return the weights of each member, by their own names."""
        return [
            {
                name.removeprefix(prefix): weight
                for name, weight in self.weights.items()
                if name.startswith(prefix) and name != BY_SLOT
            }
            for prefix in member_prefixes(self.members)
        ]


def weight_shapes(model: Model) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a model, in order.

    Returns
    -------
    dict of str to tuple of int
        ``input.embedding.weight``, shape (dimensions, E), then ``network.`` and each name of the
        architecture's own, ``crf.`` and ``intent.`` where there are these; before that
        ``members.0.`` and so on where there are several. Of all members is ``intents.by_slot``.
    """
    own = get_runtime(model.architecture).shapes(**model.arguments)
    shapes: dict[str, tuple[int, ...]] = {
        "input.embedding.weight": (model.encoder.dimensions, model.embedding_size),
        **{f"network.{name}": shape for name, shape in own.items()},
    }
    K = len(model.tags)
    if model.decoder == "crf":
        shapes |= {"crf.transitions": (K, K), "crf.start": (K,), "crf.end": (K,)}
    if model.intents:
        size = states_size(model.architecture, model.arguments["hidden_size"])
        head = intents.shapes(len(model.intents), model.most_intents, size)
        shapes |= {f"intent.{name}": shape for name, shape in head.items()}
    prefixes = member_prefixes(model.members)
    of_all = {BY_SLOT: (len(model.intents), K)} if model.intents else {}
    return {prefix + name: shape for prefix in prefixes for name, shape in shapes.items()} | of_all


def member_prefixes(members: int) -> list[str]:
    """Return what the names of each member's weights begin with; nothing where it is alone."""
    return [""] if members == 1 else [f"members.{number}." for number in range(members)]


def write_file(path: Path, content: bytes) -> None:
    """Write a file under another name beside it, sync it, then rename: all of it or nothing.

    Raises
    ------
    OSError
        If it cannot be written; what was there before is still there.
    """
    beside = path.with_name(f".{path.name}{_UNFINISHED}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def save_model(model: Model, folder: str | Path) -> None:
    """Write a model folder; equal models give equal files.

    Whatever happens meanwhile, the folder holds the old model or the new one. Files that are no
    part of a model are left alone.

    Parameters
    ----------
    model : Model
    folder : str or Path
        Made if it is not there.

    Raises
    ------
    ModelFileError
        If it cannot be written, or is no model that `load_model` would read.
    """
    folder = Path(folder)
    try:
        shapes = weight_shapes(model)
        _check_weights(model.weights, shapes)
        # safetensors reads the memory as it lies, so it must lie in rows.
        content = save(
            {name: np.ascontiguousarray(_shorten(model.weights[name])) for name in shapes}
        )
        config = _to_config(model, hashlib.sha256(content).hexdigest())
        _from_config(config)
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"{folder}: cannot be saved: {_one_line(error)}") from error
    weights = config["weights"]["file"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / weights, content)
        write_file(folder / CONFIG, _to_json(config, indent=1) + b"\n")
    except OSError as error:
        raise ModelFileError(f"{folder}: cannot be written: {error.strerror or error}") from error
    with suppress(OSError):
        for path in folder.iterdir():
            stale = _WEIGHTS_NAME.fullmatch(path.name) and path.name != weights
            if stale or path.name.endswith(_UNFINISHED):
                path.unlink()


def round_to_half(weight: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Round numbers to half precision, in which they take half the room, if it can hold them."""
    with np.errstate(over="ignore"):
        rounded = weight.astype(np.float16).astype(np.float32)
    return rounded if np.isfinite(rounded).all() else weight


def _shorten(weight: npt.NDArray[np.float32]) -> npt.NDArray[np.floating[Any]]:
    """Return a weight in half precision where that loses nothing."""
    rounded = round_to_half(weight)
    return weight.astype(np.float16) if np.array_equal(rounded, weight) else weight


def load_model(folder: str | Path) -> Model:
    """Read a model folder.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    Model

    Raises
    ------
    ModelFileError
        If it is missing, cut short, altered, or from a newer format.
    """
    folder = Path(folder)
    path = folder / CONFIG
    try:
        if not path.is_file():
            raise ModelFileError(f"no model in {_one_line(folder)}: `slotkit train` makes one")
        config = _parse(path.read_bytes())
        model = _from_config(config)
        path = folder / config["weights"]["file"]
        shapes = weight_shapes(model)
        absent = {BY_SLOT: shapes.pop(BY_SLOT)} if model.intents and config["format"] < 4 else {}
        weights = _read_weights(path, shapes, config["weights"]["sha256"])
        weights |= {name: np.zeros(shape, dtype=np.float32) for name, shape in absent.items()}
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
    except (ValueError, RecursionError) as error:
        why = _one_line(error)
    else:
        return replace(model, weights=weights)
    raise ModelFileError(f"{_one_line(path)}: {why}")


def _one_line(message: object) -> str:
    """Write what may hold names from a damaged file as a short line that any terminal can show."""
    line = "".join(c if c.isprintable() else " " for c in str(message))
    return line if len(line) <= 300 else line[:300] + "…"


def _to_json(value: object, indent: int | None = None) -> bytes:
    """Write JSON with sorted keys, so that equal values give equal bytes."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=indent, allow_nan=False)
    return text.encode(errors="backslashreplace")  # of a lone surrogate: its JSON escape


def _digest(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a configuration without its own."""
    rest = {key: value for key, value in config.items() if key != "sha256"}
    return hashlib.sha256(_to_json(rest)).hexdigest()


def _to_config(model: Model, digest: str) -> dict[str, Any]:
    """Write a model, whose weights' file has this SHA-256, as the values of ``config.json``."""
    config: dict[str, Any] = {
        "format": FORMAT,
        "slotkit": slotkit.__version__,
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
    config = json.loads(_to_json(config))  # as it will be read: lists for tuples
    return config | {"sha256": _digest(config)}


def _parse(content: bytes) -> dict[str, Any]:
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


def _from_config(config: Mapping[str, Any]) -> Model:
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
        _check_keys("", written, tuple(key for key in _KEYS if key not in _SINCE_2))
    _check_keys("", config, _KEYS)
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
    _check_keys("weights: ", config["weights"], ("file", "sha256"))
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


def _check_keys(where: str, config: Any, expected: tuple[str, ...]) -> None:
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
    _check_keys("calibration: ", calibration, tuple(_SINCE_2["calibration"]))
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
    _check_keys("arguments: ", arguments, (*_SIZES, *entry.options))
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


def _check_weights(
    weights: Mapping[str, npt.NDArray[Any]], shapes: Mapping[str, tuple[int, ...]]
) -> None:
    """Raise ValueError unless these are the expected weights, of finite numbers."""
    _check_keys("", dict(weights), tuple(shapes))
    for name, shape in shapes.items():
        weight = weights[name]
        if weight.dtype not in _DTYPES or weight.shape != shape:
            raise ValueError(
                f"{name} must be float32 {list(shape)}, got {weight.dtype} {list(weight.shape)}"
            )
        if not np.isfinite(weight).all():
            raise ValueError(f"{name} holds what is no finite number")


def _read_weights(
    path: Path, shapes: Mapping[str, tuple[int, ...]], digest: str
) -> dict[str, npt.NDArray[np.float32]]:
    """Read the weights' file, whose size, hash and content must be the expected ones."""
    if not path.is_file():
        raise ValueError("no such file")
    numbers = sum(math.prod(shape) for shape in shapes.values())
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if not 2 * numbers < size <= 4 * numbers + _LONGEST_HEADER:
            raise ValueError(
                f"must be {2 * numbers} to {4 * numbers} bytes and a header, got {size} bytes: "
                "cut short or altered"
            )
        content = file.read(size)
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"altered: its SHA-256 is not the one that {CONFIG} names")
    try:
        weights = load(content)
    except (SafetensorError, KeyError) as error:  # KeyError: a type that NumPy has not
        raise ValueError(f"not safetensors: {error}") from error
    _check_weights(weights, shapes)
    return {name: weight.astype(np.float32, copy=False) for name, weight in weights.items()}
