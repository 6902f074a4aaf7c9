"""Taggers that threads share, that are forked, and that go to other processes."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pytest

from slotkit.model.file import from_bytes, to_bytes
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.word_cache import WordCache

TEXT = "leave Taipei for Paris on 2nd"


@pytest.fixture
def filler(make_model: Callable[..., Model]) -> SlotFiller:
    """Return a tagger with a CRF and intents."""
    model = make_model(decoder="crf", intents=["book", "ask"])
    return SlotFiller(model._replace(temperature=1.3), cached_words=50)


def same(one: SlotFiller, other: SlotFiller) -> bool:
    """Tell whether two taggers say the same to the bit."""
    return one.tag(TEXT).to_json(probabilities=True) == other.tag(TEXT).to_json(probabilities=True)


@pytest.mark.parametrize(
    "through",
    [lambda filler: pickle.loads(pickle.dumps(filler)), copy.copy, copy.deepcopy],
    ids=["pickle", "copy", "deepcopy"],
)
def test_a_tagger_is_copied(filler: SlotFiller, through: Callable[[Any], SlotFiller]) -> None:
    filler.tag(TEXT)
    other = through(filler)

    assert same(filler, other)
    assert other.cache.capacity == 50


def test_a_tagger_goes_to_a_spawned_process(filler: SlotFiller) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        frame = pool.submit(SlotFiller.tag, filler, TEXT).result().frame

    assert frame == filler.tag(TEXT).frame


def test_altered_bytes_are_refused(filler: SlotFiller) -> None:
    config, weights = to_bytes(filler._model)

    with pytest.raises(ValueError, match="altered"):
        from_bytes(config, weights[:-1] + bytes([weights[-1] ^ 1]))
    with pytest.raises(ValueError, match="altered"):
        from_bytes(config.replace(b"1.3", b"1.4"), weights)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_that_is_forked_while_a_thread_fills_the_cache_does_not_wait() -> None:
    held, done = threading.Event(), threading.Event()

    def make(word: str) -> Any:
        if word == "slow":
            held.set()
            done.wait(60)
        return np.ones(1, dtype=np.float32)

    cache = WordCache(make, (1,), 10)
    thread = threading.Thread(target=cache.look_up, args=(["slow"],))
    thread.start()
    held.wait(60)
    child = os.fork()
    if not child:
        os._exit(0 if cache.look_up(["quick"])[0][1] == 1 else 1)
    for _ in range(1500):
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            break
        time.sleep(0.02)
    else:
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
    done.set()
    thread.join()

    assert status == 0


@pytest.mark.parametrize("text", [None, 3, b"to Paris", ["to", "Paris"]])
def test_what_is_no_text_is_refused(filler: SlotFiller, text: Any) -> None:
    with pytest.raises(TypeError, match="text must be a string"):
        filler.tag(text)
    with pytest.raises(TypeError, match="text must be a string"):
        filler.tag_batch(["to Paris", text])


def test_a_batch_is_several_texts(filler: SlotFiller) -> None:
    with pytest.raises(TypeError, match="texts must be several, got one string"):
        filler.tag_batch("to Paris")


@pytest.mark.parametrize("least", [float("nan"), -0.1, 1.5])
def test_a_least_confidence_is_a_probability(filler: SlotFiller, least: float) -> None:
    with pytest.raises(ValueError, match="min_confidence must be from 0 to 1"):
        filler.tag(TEXT, min_confidence=least)


def test_a_tagger_is_loaded_from_bytes(filler: SlotFiller) -> None:
    assert same(filler, SlotFiller(from_bytes(*to_bytes(filler._model))))
