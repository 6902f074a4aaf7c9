"""The cache of what words give to the network: bounded, counted, safe to share."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from slotkit.tagging.word_cache import CacheInfo, WordCache


def make_cache(capacity: int) -> tuple[WordCache, list[str]]:
    """Make a cache of words' lengths, and the list of the words that it has asked for."""
    made: list[str] = []

    def make(word: str) -> npt.NDArray[np.float32]:
        made.append(word)
        return np.full((1, 2), len(word), dtype=np.float32)

    return WordCache(make, (1, 2), capacity), made


def look_up(cache: WordCache, *words: str) -> list[float]:
    """Return the numbers that a cache has for words."""
    table, rows = cache.look_up(words)
    return [float(number) for number in table[rows][:, 0, 1]]


def test_a_word_is_asked_for_once() -> None:
    cache, made = make_cache(10)

    assert look_up(cache, "to", "Rome", "to") == [2, 4, 2]
    assert look_up(cache, "Rome") == [4]
    assert made == ["to", "Rome"]
    assert cache.info == CacheInfo(hits=1, misses=3, words=2, capacity=10)


def test_a_full_cache_is_begun_anew() -> None:
    cache, made = make_cache(3)

    look_up(cache, "a", "bb", "ccc")
    assert look_up(cache, "a", "dddd") == [1, 4]
    assert cache.info.words == 2
    assert look_up(cache, "a", "bb", "ccc", "dddd", "eeeee") == [1, 2, 3, 4, 5]
    assert made == ["a", "bb", "ccc", "a", "dddd", "a", "bb", "ccc", "dddd", "eeeee"]


def test_a_long_word_is_kept_under_a_short_name() -> None:
    cache, made = make_cache(10)
    long = "x" * 1_000_000

    assert look_up(cache, long, long + "y", "\ud800" * 70) == [1_000_000, 1_000_001, 70]
    assert look_up(cache, long) == [1_000_000]
    assert len(made) == 3
    assert all(len(key) <= 64 for key in cache._rows.numbers)


def test_threads_get_their_own_words_while_others_empty_the_cache() -> None:
    cache, _ = make_cache(4)
    wrong: list[float] = []

    def work(start: int) -> None:
        for number in range(2000):
            lengths = [1 + (start + number) % 7, 1 + (start * number) % 11]
            wrong.extend(set(look_up(cache, *("x" * n for n in lengths))) - set(lengths))

    threads = [threading.Thread(target=work, args=(start,)) for start in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
