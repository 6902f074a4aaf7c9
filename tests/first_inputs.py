"""What `try_fuzz.py` begins with: what the tests read, and the words of the code that reads it."""

from __future__ import annotations

import ast
import hashlib
import json
import tempfile
import zlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent
LONGEST = 4096  # bytes of an input

# Where the words of a target stand in the code, and the first inputs in the tests.
_CODE = {
    "readers": ("corpus/formats", "text"),
    "grammar": ("corpus/grammar",),
    "model": ("model", "taggers", "encoders"),
    "json": ("tagging",),
}
_FIRST = {
    "readers": ("layouts", "test_layouts_*", "formats", "test_formats*"),
    "grammar": ("test_grammar",),
    "tokenizer": ("test_tokenizer",),
    "model": (),
    "json": ("test_cli_tag", "test_graph"),
    "loops": (),
}


def literals(path: Path) -> Iterator[Any]:
    """Yield the strings, lists and objects that are written out in a file of code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Constant, ast.Dict, ast.List)):
            try:
                yield ast.literal_eval(node)
            except ValueError:
                continue


def words(target: str) -> list[str]:
    """Return what may stand in an input: the short strings of the code that reads it."""
    folders = [TESTS.parent / "slotkit" / folder for folder in _CODE.get(target, ())]
    found = {one for f in folders for path in f.rglob("*.py") for one in literals(path)
             if isinstance(one, str) and 1 < len(one) < 20}  # fmt: skip
    return sorted(found)


def first_inputs(target: str) -> Iterator[bytes]:
    """Yield inputs to begin with: what the tests read, behind the bytes that choose how."""
    from fuzzed import CUT, GOLDEN

    paths = [path for name in _FIRST[target] for path in sorted(TESTS.glob(f"{name}.py"))]
    for path in paths:
        for one in literals(path):
            if not isinstance(one, (str, dict, list)):
                continue
            text = one if isinstance(one, str) else json.dumps(one, default=repr)
            content = text.encode(errors="surrogatepass")
            begin = {"readers": b"\0\0", "grammar": b"\0"}.get(target, b"\0\1\1")
            if 1 < len(content) < LONGEST:
                yield begin + content
            if not isinstance(one, str) or text.startswith("{"):
                yield from (begin + odd.encode() for odd in odd_json(text))
    if target == "readers":
        yield from written()
    if target == "model":
        models = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
        for number, model in enumerate(models):
            for key, value in json.loads((model / "config.json").read_bytes()).items():
                text = json.dumps({key: value})
                for change in [text, *(odd_json(text) if number % 24 == 0 else [])]:
                    yield bytes([number, 4]) + change.encode() + CUT + b"\1\2\3\4"
    if target == "json":
        odd = ("NaN", "1e999", '"\\ud800"', "9" * 2000, "[" * 1000 + "]" * 1000, "-0.0")
        for number, key, value in product(range(5), ("text", "id", "edges", "tokens"), odd):
            yield bytes([number, 0]) + f'{{"text": "a b", "{key}": {value}}}'.encode()
    if target == "loops":
        yield from (hashlib.sha512(bytes([i])).digest() * 2 for i in range(250))


def odd_json(text: str) -> Iterator[str]:
    """Yield JSON with each of its values replaced by those of other types."""
    try:
        found = json.loads(text)
    except ValueError:
        return

    def places(value: Any) -> Iterator[tuple[Any, Any]]:
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in list(inner):
            yield value, key
            if isinstance(one, (dict, list)):
                yield from places(one)

    for inside, key in list(places(found)):
        before = inside[key]
        others: list[Any] = [None, [], [5], {}, 10**400]
        for other in others:
            inside[key] = other
            yield json.dumps(found)
        inside[key] = before


def written() -> Iterator[bytes]:
    """Yield what is written in each format, where the input chooses that."""
    from fuzzed import CUT, FOLDERS, READ
    from slotkit.corpus.formats import FORMATS
    from slotkit.corpus.formats.rows import make_row

    tokens, tags = ["sail", "to", "St.", "John", "’s"], ["O", "O", "B-port", "I-port", "I-port"]
    row = make_row(tokens, tags, text="sail to St. John’s", intent="go", edges=[[0, 1]])
    for number, name in enumerate(READ):
        if name and (write := FORMATS[name].write):
            path = Path(tempfile.mkdtemp(), "train")
            write([row.copy(), row.copy()], path)
            files = [path / file for file in FOLDERS[name]] if name in FOLDERS else [path]
            content = CUT.join(file.read_bytes() for file in files if file.exists())
            yield bytes([number, 0]) + (zlib.decompress(content) if name == "spacy" else content)
        elif name == "brat":
            ann = b"T1\tport 8 18\tSt. John\nT2\tport 0 4;8 10\tsail to\nR1\tin Arg1:T1 Arg2:T2\n"
            yield bytes([number, 0]) + CUT.join([b"sail to St. John\n", ann])
