"""What the network takes from each word, kept for the words that were met before."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_LONGEST = 64  # characters of a word that is its own key


# A child that is forked while another thread holds a lock would wait for it forever: that thread is
# not in the child. What a lock guards is whole at any moment, so the child gets a new one.
_caches: weakref.WeakSet[WordCache] = weakref.WeakSet()


def _renew_locks() -> None:
    for cache in list(_caches):
        cache._lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)


class CacheInfo(NamedTuple):
    """How a cache has done.

    Parameters
    ----------
    hits, misses : int
        Tokens whose word was there, and was not.
    words, capacity : int
        That it holds, and may hold.
    """

    hits: int
    misses: int
    words: int
    capacity: int


class _Rows(NamedTuple):
    """One filling of the cache: it is only ever added to, and replaced as a whole when full."""

    numbers: dict[str | bytes, int]
    table: Array


class WordCache:
    """A table with a row for each of the words met lately; any number of threads may share it.

    Its row 0 is all zero: what stands beside the first and the last word of an utterance.

    Parameters
    ----------
    make : callable
        From a word to its row, an array of `shape`.
    shape : tuple of int
    capacity : int
        Rows; when they are full the table is begun anew.
    """

    def __init__(self, make: Callable[[str], Array], shape: tuple[int, ...], capacity: int) -> None:
        self._make, self._shape, self._capacity = make, shape, capacity
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            _caches.add(self)
        self._rows = self._empty(capacity)
        self._hits = self._misses = 0

    def _empty(self, capacity: int) -> _Rows:
        table = np.empty((1 + capacity, *self._shape), dtype=np.float32)
        table[0] = 0
        return _Rows({}, table)

    @property
    def info(self) -> CacheInfo:
        """Hits, misses, words and capacity."""
        return CacheInfo(self._hits, self._misses, len(self._rows.numbers), self._capacity)

    def look_up(self, words: Sequence[str]) -> tuple[Array, list[int]]:
        """Return a table that has all of the words, and the row of each in it."""
        rows = self._rows
        found = [rows.numbers.get(word, -1) for word in words]
        missing = found.count(-1)
        self._hits += len(words) - missing
        if missing:
            self._misses += missing
            rows, found = self._add(words)
        return rows.table, found

    def _add(self, words: Sequence[str]) -> tuple[_Rows, list[int]]:
        """Put words in that are not there."""
        keys = [word if len(word) <= _LONGEST else _short(word) for word in words]
        with self._lock:
            rows = self._rows
            new = dict(zip(keys, words, strict=True))
            missing = [key for key in new if key not in rows.numbers]
            if len(rows.numbers) + len(missing) >= len(rows.table):
                missing = list(new)  # others still read the rows that are left behind
                rows = self._empty(max(self._capacity, len(missing)))
                if len(missing) <= self._capacity:  # else they are for this once
                    self._rows = rows
            for key in missing:
                number = 1 + len(rows.numbers)
                rows.table[number] = self._make(new[key])
                rows.numbers[key] = number
        return rows, [rows.numbers[key] for key in keys]


def _short(word: str) -> bytes:
    """Return a short key of a long word."""
    return blake2b(word.encode("utf-8", "surrogatepass")).digest()
