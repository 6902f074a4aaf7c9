"""What can be counted of speed: imports, matrix products, words looked up, memory. No seconds."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from slotkit import loops
from slotkit.decoding import lattice
from slotkit.decoding.decoder import Decoder
from slotkit.model.file import save_model
from slotkit.model.model import Model
from slotkit.network.crf import CRF
from slotkit.tagging.filler import SlotFiller

MakeModel = Callable[..., Model]
TEXT = "arrive Taipei on 2nd please"  # five words


def test_tagging_imports_little(make_model: MakeModel, tmp_path: Path) -> None:
    """Beside Python's own, and of NumPy not what is slow to import and not needed."""
    save_model(make_model(decoder="crf", intents=["book"], window_size=1), tmp_path)
    code = (
        "import sys, numpy\n"
        "by_numpy = set(sys.modules)\n"
        "from importlib.metadata import entry_points\n"
        "(main,) = entry_points(group='console_scripts', name='slotkit')\n"
        "main = main.load()\n"
        "before = {'_distutils_hack', *by_numpy}\n"
        f"main(['tag', '-m', {str(tmp_path)!r}, '--json', {TEXT!r}], standalone_mode=False)\n"
        "names = {name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names\n"
        "names = {name for name in names if not name.startswith('__')} - before\n"
        "print(sorted(names))\n"
        "print([name for name in ('numpy.ma', 'numpy.random', 'numpy.polynomial', 'inspect',\n"
        "  'concurrent.futures', 'multiprocessing', 'asyncio')\n"
        "  if name in sys.modules and name not in by_numpy])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, slow = done.stdout.splitlines()[1:]

    assert set(eval(names)) <= {"slotkit", "numpy", "click", "safetensors"}
    assert set(eval(slow)) <= {"inspect"}  # by Click


@pytest.mark.parametrize("several", [1, 8])
def test_no_word_costs_a_call(
    several: int, make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All words of all utterances of a length together, in both directions."""
    filler = SlotFiller(make_model(decoder="crf"))
    calls: list[str] = []

    def counted(name: str, loop: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            calls.append(name)
            return loop(*arguments)

        return call

    for name, loop in vars(loops.run).items():
        monkeypatch.setattr(loops.run, name, counted(name, loop))

    filler.tag_batch([TEXT] * several)

    assert sorted(calls) == ["add_up", "affine", "all_finite", "chain", "lstm", "sums"]


def test_what_is_known_of_a_word_is_not_asked_again(
    make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model()
    asked: list[str] = []
    active = type(model.encoder).active

    def spy(self: Any, word: str) -> tuple[int, ...]:
        asked.append(word)
        return active(self, word)

    monkeypatch.setattr(type(model.encoder), "active", spy)
    filler = SlotFiller(model)
    filler.tag(TEXT)
    assert asked == TEXT.split()
    filler.tag_batch([TEXT, "2nd on Taipei"])
    assert asked == TEXT.split()
    assert filler.cache.hits == 8
    assert filler.cache.misses == filler.cache.words == 5


def peak(call: Callable[[], object]) -> int:
    """Return the bytes that a call has at once, at most."""
    call()  # what is kept after the first time is not counted
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("architecture", "options"),
    [
        ("feedforward", {}),
        ("elman", {}),
        ("jordan", {}),
        ("bidirectional", {}),
        ("lstm", {"gates": "xhc"}),
        ("convolution", {}),
        ("attention", {"attend": "range:4"}),
    ],
)
def test_memory_grows_linearly_with_the_length_of_an_utterance(
    architecture: str, options: dict[str, Any], make_model: MakeModel
) -> None:
    filler = SlotFiller(make_model(architecture, **options))
    words = TEXT.split()

    short, long = (peak(partial(filler.score, words * n)) for n in (200, 800))

    assert long < 4.5 * short


def test_the_memory_of_full_attention_does_not_grow_with_the_square(make_model: MakeModel) -> None:
    """Its time does; its scores are made some queries at a time."""
    filler = SlotFiller(make_model("attention"))
    words = TEXT.split()

    short, long = (peak(partial(filler.score, words * n)) for n in (400, 1600))

    assert long < 6 * short


def test_the_sums_of_a_crf_hold_nothing_for_all_pairs_of_tags_of_all_utterances() -> None:
    """A batch of 16 utterances of 10 words and 201 tags: all pairs would be 646,416 numbers."""
    tags = ["O", *(f"{way}-{n}" for n in range(100) for way in "BI")]
    K = len(tags)
    logits = np.zeros((16, 10, K))
    decoder = Decoder(
        tags, {"transitions": np.zeros((K, K)), "start": np.zeros(K), "end": np.zeros(K)}
    )

    assert peak(lambda: lattice.lattices(decoder.chain, logits)) < 16 * 8 * logits.size

    made: list[int] = []

    class Largest(torch.utils._python_dispatch.TorchDispatchMode):  # type: ignore[no-untyped-call]
        """Notes the size of everything that is made."""

        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            found = func(*args, **(kwargs or {}))
            if isinstance(found, torch.Tensor):
                made.append(found.numel())
            return found

    crf = CRF(tags)
    scores = torch.zeros(16, 10, K, requires_grad=True)
    with Largest():  # type: ignore[no-untyped-call]
        crf.log_partition(scores, torch.ones(16, 10, dtype=torch.bool)).sum().backward()  # type: ignore[no-untyped-call]
    assert max(made) <= max(scores.numel(), K * K)
