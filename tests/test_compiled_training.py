"""What training takes from the loops in C, against the loops of torch: values and gradients.

The gradients of torch's loops are checked by differences in test_taggers and test_crf.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from slotkit import loops as compiled
from slotkit.loops import loops as c
from slotkit.network.crf import CRF
from slotkit.taggers.blocks.tensors import fit_loops
from slotkit.taggers.jordan import network as jordan
from slotkit.taggers.lstm import network as lstm
from slotkit.taggers.lstm.runtime import layer_shapes
from slotkit.taggers.table import ARCHITECTURES

SIZES = [(1, 1, 1), (3, 1, 5), (7, 6, 17), (9, 4, 100)]  # utterances, words, units


def compare(
    monkeypatch: pytest.MonkeyPatch,
    run: Callable[[], Sequence[Tensor]],
    inputs: Sequence[Tensor],
) -> None:
    """Run in C and in torch: what comes out, and the gradients of a loss of all of it."""
    assert fit_loops(inputs[0]), "slotkit/loops/loops.c is not compiled: is there a compiler?"
    found = []
    for loops in (compiled.loops, None):
        with monkeypatch.context() as patch:
            patch.setattr(compiled, "loops", loops)
            torch.manual_seed(1)
            outputs = run()
            loss = sum((out * torch.randn(out.shape)).sum() for out in outputs)
            assert isinstance(loss, Tensor)
            found.append([*outputs, *torch.autograd.grad(loss, inputs)])
    for one, other in zip(*found, strict=True):
        scale = float(other.detach().abs().max())
        torch.testing.assert_close(one, other, atol=3e-6 * max(scale, 1.0), rtol=1e-5)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("gates", ARCHITECTURES["lstm"].choices["gates"])
@pytest.mark.parametrize("activation", ARCHITECTURES["lstm"].choices["activation"])
def test_lstm(
    activation: str, gates: str, size: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    utterances, words, units = size
    named = layer_shapes(input_size=3, hidden_size=units, gates=gates)
    weights = [(torch.randn(s) / units**0.5).requires_grad_() for s in named.values()]
    layer = {n.rpartition(".")[2]: w for n, w in zip(named, weights, strict=True)}
    x = torch.randn(utterances, words, 3, requires_grad=True)

    compare(monkeypatch, lambda: [lstm.recur(x, layer, activation)], [x, *weights])


@pytest.mark.parametrize("size", SIZES)
def test_jordan(size: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    *several, units = size
    seen = torch.randn(*several, units, requires_grad=True)
    kept = 2.0 * (torch.rand(*several, units) < 0.5)
    shapes = [(units, 4), (4, units), (4,)]  # V, O, c
    layer = [torch.randn(shape, requires_grad=True) for shape in shapes]

    compare(monkeypatch, lambda: jordan.recur(seen, kept, *layer), [seen, *layer])


@pytest.mark.parametrize("size", SIZES)
def test_crf(size: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    utterances, words, slots = size
    crf = CRF(["O", *(f"{half}-{n}" for n in range(slots) for half in "BI")])
    weights = [torch.nn.init.normal_(weight) for weight in crf.parameters()]
    logits = torch.randn(utterances, words, 1 + 2 * slots, requires_grad=True)
    mask = torch.arange(words) < torch.randint(1, words + 1, (utterances, 1))

    compare(monkeypatch, lambda: [crf.log_partition(logits, mask)], [logits, *weights])


def test_what_has_other_numbers_goes_the_way_of_torch() -> None:
    assert fit_loops(torch.zeros(1))
    assert not fit_loops(torch.zeros(1, dtype=torch.float64))


f, three = np.zeros((2, 3, 4), dtype=np.float32), np.zeros((2, 4, 1), dtype=np.float32)
U, square = np.zeros((4, 1), dtype=np.float32), np.zeros((4, 4), dtype=np.float32)
REFUSED = {
    "cells without their first": lambda: c.lstm(f, None, None, "tanh", f[..., :1], f, f[..., :1]),
    "gates of other words": lambda: c.lstm(f, None, None, "tanh", f[..., :1], f[:, :2], three),
    "C of another shape": lambda: c.lstm(f, U.T, square, "tanh", f[..., :1]),
    "gates of other units": lambda: c.lstm_back(
        f[..., :1], f[..., :3], three, None, None, "tanh", f
    ),
    "U that is not transposed": lambda: c.lstm_back(f[..., :1], f, three, U.T, None, "tanh", f),
    "other utterances kept": lambda: c.jordan(f, square, square, square[0], f, f.copy(), f[:1]),
    "other logits": lambda: c.jordan_back(f, f, f, square, square, f[..., :3], f.copy()),
    "V of other tags": lambda: c.jordan_back(f, f, f, square[:, :3].copy(), square, f, f.copy()),
    "sums of other words": lambda: c.chain_ahead(f, square[0], square, f.copy(), f[:, :2, :1]),
    "no length for each": lambda: c.chain_back(
        f, square[:2], square, np.ones(1, dtype=np.intp), f.copy()
    ),
    "no end for each": lambda: c.chain_back(
        f, square[:1], square, np.ones(2, dtype=np.intp), f.copy()
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_arguments_that_do_not_fit_are_refused(what: str) -> None:
    with pytest.raises(ValueError, match="must"):
        REFUSED[what]()
