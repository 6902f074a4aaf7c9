"""What must hold whatever the bytes of an input are: one check for each kind of input.

`try_fuzz.py` looks for bytes that break a check; `test_inputs.py` goes through those that are kept.
The first bytes of an input choose how it is read, so that one input is one case.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from safetensors.numpy import save

from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.find import SPLITS, describe, find_parts
from slotkit.corpus.formats.reading import How, Reading
from slotkit.corpus.formats.rows import Row, make_row, offsets_of
from slotkit.corpus.grammar.grammar import load_grammar
from slotkit.corpus.lint import validate
from slotkit.corpus.lint.misfits import find_misfits
from slotkit.corpus.lint.reading import read_splits
from slotkit.corpus.repair import repaired, survey
from slotkit.decoding.chain import Chain
from slotkit.decoding.lattice import _lay_out
from slotkit.errors import CorpusError, MissingExtraError, ModelFileError, UtteranceError
from slotkit.loops import loops as c
from slotkit.model.config import from_config, to_json
from slotkit.model.file import load_model
from slotkit.model.model import Model, weight_shapes
from slotkit.tagging.filler import SlotFiller
from slotkit.text.tags import SCHEMES, is_legal
from slotkit.text.tokenizer import TOKENIZERS, is_blank, marked_words, tokenize

INPUTS = Path(__file__).with_name("inputs")
GOLDEN = Path(__file__).with_name("golden")
CUT = b"\xff\xff"  # between the parts of an input; no UTF-8 has it


def kept(target: str) -> list[bytes]:
    """Read the inputs of a target that are kept."""
    path = INPUTS / f"{target}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [base64.b64decode(json.loads(line)) for line in lines]


class Choices:
    """An input, whose first bytes choose."""

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def below(self, limit: int) -> int:
        """Take a byte for a number below a limit; 0 at the end of the input."""
        first, self.rest = self.rest[:1] or b"\0", self.rest[1:]
        return first[0] % limit

    def one_of(self, things: Any) -> Any:
        """Take a byte for one of several things."""
        return things[self.below(len(things))]


@contextmanager
def quick(seconds: float) -> Iterator[None]:
    """Assert that what is done inside takes no longer, of the processor's time."""
    begun = time.process_time()
    yield
    taken = time.process_time() - begun
    assert taken < seconds, f"took {taken:.1f} seconds"


# Files of a corpus

# Of the formats that are folders: the files that an input is cut into.
FOLDERS = {
    "seq": ("seq.in", "seq.out", "label"),
    "brat": ("a.txt", "a.ann", "annotation.conf"),
    "dialogflow": ("agent.json", "intents/a.json", "intents/a_usersays_en.json"),
}
READ = [None, *(name for name in FORMATS if name != "datasets")]
_HOWS = [
    How(),
    How(skip_bad=True),
    How(strict=True),
    How(columns=(1, -1)),
    *(How(scheme=scheme) for scheme in SCHEMES),
    *(How(tokenizer=tokenizer) for tokenizer in TOKENIZERS),
]


def check_readers(data: bytes) -> None:
    """Read a file of any bytes: its rows are whole, or a `CorpusError` says what is wrong."""
    choices = Choices(data)
    name, how = choices.one_of(READ), choices.one_of(_HOWS)
    with TemporaryDirectory() as folder:
        path = Path(folder, "train")
        if name in FOLDERS:
            for file, content in zip(FOLDERS[name], choices.rest.split(CUT), strict=False):
                (path / file).parent.mkdir(parents=True, exist_ok=True)
                (path / file).write_bytes(content)
        elif name == "spacy" and not choices.rest.startswith(b"x"):
            path.write_bytes(zlib.compress(choices.rest))
        else:
            path.write_bytes(choices.rest)
        with quick(10):
            _read(path, name, how)


def _read(path: Path, name: str | None, how: How) -> None:
    """Read a corpus in each way in which it is read."""
    with suppress(CorpusError, MissingExtraError):
        for part in find_parts(path, format=name).values():
            reading = Reading(how)
            for row in part.rows(reading):
                _check_row(row)
            assert all("\n" not in note for note in reading.notes())
            reading.check()
    if name is None:
        with suppress(CorpusError, MissingExtraError):
            describe(path)
    with suppress(CorpusError, MissingExtraError):
        parts = find_parts(path, format=name)
        found = survey(parts, how)
        for split, part in parts.items():
            _check_again(list(repaired(part, split, found)), path.with_name(f"{split}.jsonl"))
        found.reading.check()
    try:
        splits, findings, _ = read_splits(path, format=name, how=how)
        findings += validate(splits)
    except CorpusError:
        findings = []
        with suppress(CorpusError):
            findings = find_misfits(path, format=name)
    except MissingExtraError:
        return
    for finding in findings:
        json.dumps(finding.to_json())


def _check_row(row: Row) -> None:
    """Assert that a row is what `make_row` lets through."""
    text, intent, edges = row["text"], row["intent"], row["edges"]
    assert make_row(row["tokens"], row["tags"], text=text, intent=intent, edges=edges) == row


def _check_again(rows: list[Row], path: Path) -> None:
    """Assert that rows are legal IOB2, and come back from JSON lines."""
    for row in rows:
        _check_row(row)
        assert offsets_of(row["text"], row["tokens"]) is not None
        pairs = zip(["O", *row["tags"]], row["tags"], strict=False)
        assert all(is_legal(before, tag) for before, tag in pairs)
    if rows:
        write = FORMATS["jsonl"].write
        assert write is not None
        write(rows, path)
        reading = Reading()
        assert list(FORMATS["jsonl"].read(path, reading)) == rows
        reading.check()


# Grammars


def check_grammar(data: bytes) -> None:
    """Draw from a grammar of any bytes: whole utterances or a `CorpusError`, and soon."""
    choices = Choices(data)
    seed = choices.below(256)
    with TemporaryDirectory() as folder, quick(10):
        path = Path(folder, "some.grammar")
        path.write_bytes(choices.rest)
        for split in SPLITS:
            with suppress(CorpusError):
                for row in load_grammar(path).generate(3, seed=seed, split=split):
                    _check_made(row)


def _check_made(row: Mapping[str, Any]) -> None:
    """Assert that an utterance is whole."""
    text, tokens = row["text"], row["tokens"]
    assert tokens == tokenize(text).words
    assert offsets_of(text, tokens) is not None
    assert len(row["tags"]) == len(tokens)
    for slot in row["slots"]:
        assert text[slot["start"] : slot["end"]] == slot["value"] != ""
    assert sum(tag.startswith("B-") for tag in row["tags"]) == len(row["slots"])


# Text

_MARKED = ("st.", ",", "(", "o'", "?!", "你。")
_LONG = 50_000  # characters


def check_tokenizer(data: bytes) -> None:
    """Cut a text: tokens stand where they say, all but blanks is in one, in linear time."""
    choices = Choices(data)
    tokenizer, marks = choices.one_of([*TOKENIZERS]), choices.below(256)
    repeat = choices.below(32) == 0
    marked = {word for place, word in enumerate(_MARKED) if marks >> place & 1}
    if marks & 64:
        text = choices.rest.decode("utf-32-le", errors="replace")
    else:
        text = choices.rest.decode(errors="surrogateescape" if marks & 128 else "replace")
    if marks & 32:
        marked |= set(marked_words([text.split()[:5]]))
    if repeat:
        text = (text * (_LONG // max(1, len(text)) + 1))[:_LONG]
    with quick(2):
        words, offsets = tokenize(text, tokenizer, marked)

    assert [text[start:end] for start, end in offsets] == words
    assert all(words)
    assert all(end <= start for (_, end), (start, _) in pairwise(offsets))
    covered = {position for start, end in offsets for position in range(start, end)}
    for position, character in enumerate(text):
        blank = character.isspace() if tokenizer == "whitespace" else is_blank(character)
        if tokenizer != "peeled":
            assert (position in covered) != blank
        elif position not in covered:
            assert blank or marked_words([["a" + character]])


# Model folders

_MODELS = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
_TEXTS = ("", "arrive Taipei on November 2nd", "7:30 \ud800 台北, now!", "a " * 40)
_MOST_NUMBERS = 100_000  # of weights that are made up


def check_model(data: bytes) -> None:
    """Load a model folder of any bytes: it tags, or is a `ModelFileError`.

    One part of the input is `config.json`, or what is changed in that of a golden model; the other
    is the weights' file, or what is put into a golden one. The second byte says which, and whether
    weights are made up that fit the configuration, and the hashes are made right.
    """
    choices = Choices(data)
    golden, how = choices.one_of(_MODELS), choices.below(256)
    config = (golden / "config.json").read_bytes()
    weights = next(golden.glob("*.safetensors")).read_bytes()
    part, _, other = choices.rest.partition(CUT)
    config = part if how & 1 else _changed(config, part)
    if how & 2:
        weights = other
    elif len(other) > 2:
        place = int.from_bytes(other[:2], "little") % len(weights)
        weights = weights[:place] + other[2:] + weights[place + len(other) - 2 :]
    if how & 4:
        weights = _fitting(config, other) or weights
    if not how & 8:
        config = _with_hashes(config, weights)
    with TemporaryDirectory() as folder, quick(20):
        name = f"weights-{hashlib.sha256(weights).hexdigest()[:16]}.safetensors"
        Path(folder, "config.json").write_bytes(config)
        Path(folder, name).write_bytes(weights)
        with suppress(ModelFileError):
            _tag_with(load_model(folder))


def _tag_with(model: Model) -> None:
    """Tag texts with a model; a text may be one that it cannot tag."""
    with np.errstate(all="ignore"):  # numbers that overflow are looked for at the end
        filler = SlotFiller(model)
        for text in _TEXTS:
            edges = [(0, 0)] if model.edges == "corpus" and text else None
            with suppress(UtteranceError):
                for tagging in filler.tag_n_best(text, 3, edges=edges):
                    _check_answer(json.loads(tagging.to_json_line(), parse_constant=_refuse))


def _check_answer(found: Mapping[str, Any]) -> None:
    """Assert that an answer is whole."""
    assert len(found["tokens"]) == len(found["tags"])
    assert 0 <= found["confidence"] <= 1 + 1e-6
    for slot in [*found["slots"], *found["unsure"]]:
        assert found["text"][slot["start"] : slot["end"]] == slot["value"]
        assert 0 <= slot["confidence"] <= 1 + 1e-6


def _parsed(content: bytes) -> Any:
    """Read JSON; None if it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _changed(config: bytes, change: bytes) -> bytes:
    """Lay an object of JSON over another; None takes a key away."""

    def lay(over: Any, under: Any) -> Any:
        if not isinstance(over, dict) or not isinstance(under, dict):
            return over
        both = under | {key: lay(value, under.get(key)) for key, value in over.items()}
        return {key: value for key, value in both.items() if over.get(key, 0) is not None}

    found = _parsed(change)
    return config if found is None else json.dumps(lay(found, json.loads(config))).encode()


def _with_hashes(config: bytes, weights: bytes) -> bytes:
    """Put the hashes of both files into a configuration, as somebody malicious can."""
    found = _parsed(config)
    if not isinstance(found, dict):
        return config
    digest = hashlib.sha256(weights).hexdigest()
    if isinstance(found.get("weights"), dict):
        found["weights"] |= {"file": f"weights-{digest[:16]}.safetensors", "sha256": digest}
    found.pop("sha256", None)
    with suppress(ValueError, RecursionError):
        found["sha256"] = hashlib.sha256(to_json(found)).hexdigest()
    return json.dumps(found).encode()


def _fitting(config: bytes, numbers: bytes) -> bytes | None:
    """Make up weights of the shapes that a configuration wants, if it is one and they are few."""
    try:
        model = from_config(_parsed(_with_hashes(config, b"")))
        layers = model.ensemble_size * int(model.arguments.get("num_layers", 1))
        shapes = weight_shapes(model) if layers < 100 else {}
    except (ValueError, AttributeError):
        return None
    if not shapes or sum(map(math.prod, shapes.values())) > _MOST_NUMBERS:
        return None
    given = np.frombuffer((numbers + b"\0\0")[: len(numbers) // 2 * 2 or 2], dtype="f2")
    given = np.nan_to_num(given.astype("f4"))
    huge = np.float32(1e34) if len(numbers) % 2 else np.float32(1)
    with np.errstate(over="ignore"):
        given = np.nan_to_num(given * huge)
    return save({name: np.resize(given, shape) for name, shape in shapes.items()})


# Lines of JSON for a tagger

_TAG, _BULK = import_module("slotkit.cli.tag"), import_module("slotkit.cli.bulk")
_ASKED = [
    "format-4-attention-graph",
    "format-4-crf",
    "format-4-intents-2",
    "format-4-thresholds",
    "format-6-gru",
]


@lru_cache(maxsize=len(_ASKED))
def _filler(name: str) -> SlotFiller:
    """Load a tagger that is kept."""
    return SlotFiller.load(GOLDEN / name)


def check_json(data: bytes) -> None:
    """Answer lines of any bytes: in JSON, or a line says what is wrong with one."""
    choices = Choices(data)
    name, how = choices.one_of(_ASKED), choices.below(256)
    wanted = _TAG.Wanted(
        as_json=how & 1 == 0,
        min_confidence=0.5 if how & 2 else None,
        n_best=3 if how & 4 else 1,
        probabilities=how & 8 != 0,
    )
    with quick(10):
        chunk = _BULK.Chunk(1, choices.rest.split(b"\n"))
        found = _TAG._tag_chunk(_filler(name), "json", wanted, chunk)
    assert "\n" not in found.error
    if wanted.as_json:
        for line in found.text.split("\n"):
            if line:
                _check_answer(json.loads(line, parse_constant=_refuse))


def _refuse(constant: str) -> None:
    """Assert that there are no constants that JSON has not."""
    raise AssertionError(f"{constant} is not JSON")


# Loops in C

_REFUSED = (TypeError, ValueError, BufferError, IndexError)
_SPECIAL = np.array([np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-40], dtype="f4")


class _Arrays:
    """Makes arrays of shapes that fit, and now and then of one that does not."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.seed = choices.below(256)
        self.random = np.random.default_rng(self.seed)

    def __call__(self, *shape: int, kind: str = "f4") -> Any:
        """Make an array; a byte of 0 to 239 makes it as it should be."""
        odd = self.choices.below(256) - 240
        sizes = list(shape)
        if odd in (0, 1, 2) and sizes:
            sizes[odd % len(sizes)] += 1
        elif odd in (3, 4, 5) and sizes:
            sizes[odd % len(sizes)] = max(0, sizes[odd % len(sizes)] - 1)
        elif odd == 6:
            sizes = sizes[1:]
        elif odd == 7:
            sizes = [*sizes, 1]
        made: Any = self.random.normal(size=sizes).astype(kind)
        if odd == 8:
            made = made.astype("f8" if kind == "f4" else "f4")
        elif odd == 9:
            made = np.asfortranarray(made)
        elif odd == 10:
            made = made[..., ::-1]
        elif odd == 11:
            made.flags.writeable = False
        elif odd == 12 and kind != "bool":
            made.flat[:: 1 + self.seed % 7] = _SPECIAL[self.seed % len(_SPECIAL)]
        elif odd == 13:
            made = None
        return made

    def size(self) -> int:
        """Choose how many there are of something."""
        return int(self.choices.one_of([1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 0, 64, 6]))

    def indices(self, count: int, limit: int) -> list[int]:
        """Choose indices below a limit, and now and then one that is not."""
        rows: list[int] = self.random.integers(0, max(1, limit), max(0, count)).tolist()
        odd = self.choices.below(256)
        if odd >= 240 and rows:
            rows[odd % len(rows)] = [limit, -1, 2**40, -(2**63)][odd % 4]
        elif odd >= 236:
            rows = rows[1:]
        return rows


def check_loops(data: bytes) -> None:
    """Call a loop with arguments of any kind: it computes, or refuses them."""
    choices = Choices(data)
    c.use_at_most(choices.below(3))
    call = choices.one_of(_CALLS)
    arrays = _Arrays(choices)
    B, T, H = (arrays.size() for _ in range(3))
    try:
        call(arrays, choices, B, T, H)
    except _REFUSED:
        pass
    finally:
        c.use_at_most(2)


def _call_add_up(a: _Arrays, choices: Choices, B: int, T: int, P: int) -> None:
    rows, members, window = a.size(), choices.below(4), choices.below(4)
    table = a(rows, members, 2 * window + 1, P)
    member = choices.below(5) - 1
    c.add_up(table, a.indices(B * T, rows), member, a(B, T, P))


def _call_affine(a: _Arrays, choices: Choices, B: int, T: int, H: int) -> None:
    D = a.size()
    c.affine(a(B, T, D), a(D, H), a(H), a(B, T, H))


def _call_all_finite(a: _Arrays, choices: Choices, B: int, T: int, H: int) -> None:
    c.all_finite(a(B, T, H))


def _call_attention(a: _Arrays, choices: Choices, B: int, T: int, H: int) -> None:
    heads, reach = choices.below(10) - 1, choices.below(12) - 1
    H = H if choices.below(4) == 0 else H * max(1, heads) % 65
    allowed = a(T, T, kind="bool") if choices.below(2) else None
    layer = [a(H), a(H), a(H, 3 * H), a(H, H), a(H), a(H), a(H, 2 * H), a(2 * H), a(2 * H, H), a(H)]
    c.attention(a(B, T, H), heads, reach, allowed, *layer)


def _call_convolution(a: _Arrays, choices: Choices, B: int, T: int, H: int) -> None:
    width, add = choices.below(9) - 1, choices.below(2) == 1
    D = H if add else a.size()
    W = a(max(0, width), D, H) if choices.below(2) else None
    x = a(B, T, D) if W is not None else a(B, T, max(0, width) * H)
    c.convolution(x, W, a(H), width, add, a(B, T, H))


def _call_elman(a: _Arrays, choices: Choices, B: int, T: int, H: int) -> None:
    activation = choices.one_of(["tanh", "relu", "linear", "sine"])
    c.elman(a(B, T, H), a(H, H), activation, a(B, T, H))


def _call_jordan(a: _Arrays, choices: Choices, B: int, T: int, H: int) -> None:
    K = a.size()
    c.jordan(a(B, T, H), a(K, H), a(H, K), a(K), a(B, T, H), a(B, T, K))


def _call_lstm(a: _Arrays, choices: Choices, B: int, T: int, H: int) -> None:
    directions = 1 + choices.below(3)
    U = a(directions, H, 4 * H) if choices.below(4) else None
    cells = choices.below(3)
    C = None if cells == 0 else a(directions, 1 if cells == 1 else H, 4 * H)
    words = [a(B, T, size) for _ in range(directions) for size in (4 * H, H)]
    c.lstm(U, C, choices.one_of(["tanh", "linear", "relu"]), *words)


def _call_norm(a: _Arrays, choices: Choices, B: int, T: int, H: int) -> None:
    c.norm(a(B, T, H), a(H), a(H), a(B, T, H))


def _call_sums(a: _Arrays, choices: Choices, B: int, T: int, K: int) -> None:
    slots = range(choices.below(5))
    tags = ["O"] * choices.below(2) + [f"{p}-{slot}" for slot in slots for p in "BI"]
    tags = tags[: len(tags) - choices.below(2)] or ["O"]
    K = len(tags)
    shapes = {"transitions": (K, K), "start": (K,), "end": (K,)}
    random = a.random.normal
    crf = {name: random(size=shape) for name, shape in shapes.items()}
    laid_out = list(_lay_out(_as_given, Chain(tags, crf if choices.below(2) else None), 1.5))
    odd = choices.below(256) - 128
    if odd >= 0:  # one of them is another's, or none, or not as long
        place = odd % len(laid_out)
        one: Any = laid_out[place]
        whole = isinstance(one, (float, int, type(None)))
        others = [laid_out[choices.below(len(laid_out))], None, -1, 2**70, float("nan"), [K], [-2]]
        laid_out[place] = choices.one_of(others if whole else [*others, one[1:], one[::-1]])
    made = c.chain(*laid_out)
    c.sums(a(B, T, K, kind="f8"), made, a(3, B, T, K, kind="f8"), a(B, T, K))


def _as_given(*arguments: object) -> tuple[object, ...]:
    return arguments


_CALLS = [
    _call_add_up,
    _call_affine,
    _call_all_finite,
    _call_attention,
    _call_convolution,
    _call_elman,
    _call_jordan,
    _call_lstm,
    _call_norm,
    _call_sums,
]

CHECKS: dict[str, Callable[[bytes], None]] = {
    "readers": check_readers,
    "grammar": check_grammar,
    "tokenizer": check_tokenizer,
    "model": check_model,
    "json": check_json,
    "loops": check_loops,
}
