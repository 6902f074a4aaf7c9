"""The columns of a split, read in pieces and counted without Python per token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from datasets import Dataset

_ROWS = 10_000  # utterances of a corpus that are read at a time


def read_arrays(dataset: Dataset, column: str) -> Iterator[pa.Array]:
    """Yield a column in pieces, so that no more than one of them is in memory."""
    tables = dataset.select_columns([column]).with_format("arrow").iter(_ROWS)
    return (table[column].combine_chunks() for table in tables)


def read_lists(dataset: Dataset, column: str) -> Iterator[list[str]]:
    """Go through a column of lists, several times faster than row by row."""
    for lists in read_arrays(dataset, column):
        yield from lists.to_pylist()


def _count(dataset: Dataset, column: str) -> dict[str, int]:
    """Count how often each word of a list column occurs, in the order of first occurrence."""
    counted: Counter[str] = Counter()
    for lists in read_arrays(dataset, column):
        values, counts = lists.flatten().value_counts().flatten()
        counted.update(dict(zip(values.to_pylist(), counts.to_pylist(), strict=True)))
    return dict(counted)


def count_words(dataset: Dataset) -> dict[str, int]:
    """Count how often each word occurs in a split."""
    return _count(dataset, "tokens")


def count_tags(dataset: Dataset) -> dict[str, int]:
    """Count how often each tag occurs in a split."""
    return _count(dataset, "tags")


def number_strings(arrays: Iterable[pa.Array]) -> tuple[list[str], npt.NDArray[np.unsignedinteger]]:
    """Give different strings numbers in the order of first occurrence, of as few bytes as do.

    Returns
    -------
    list of str
        The different ones.
    array of unsigned int, shape (N,)
        Which of them each is.
    """
    numbers: dict[str, int] = {}
    parts = [np.zeros(0, dtype=np.uint8)]
    for array in arrays:
        encoded = array.dictionary_encode()
        names = encoded.dictionary.to_pylist()
        found = np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)
        found = found.astype(np.min_scalar_type(len(numbers)))
        parts.append(found[encoded.indices.to_numpy(zero_copy_only=False)])
    return list(numbers), np.concatenate(parts)
