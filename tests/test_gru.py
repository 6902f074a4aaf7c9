"""The gated recurrent unit: its equations unit by unit, and torch's own operation."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import nn

from slotkit.network.build import make_network
from slotkit.taggers.gru import network as torch_gru
from slotkit.taggers.gru import runtime as gru

D, H, T = 3, 2, 5


def layer_of(reset: str) -> dict[str, torch.Tensor]:
    """Return random weights of a layer."""
    torch.manual_seed(3)
    shapes = gru.layer_shapes(input_size=D, hidden_size=H, num_layers=1, reset=reset)
    return {name.removeprefix("layers.0."): torch.randn(shape) for name, shape in shapes.items()}


def by_hand(x: list[list[float]], layer: dict[str, Any], reset: str) -> list[list[float]]:
    """Compute the equations for every unit by itself."""
    W, U, b = (layer[name].tolist() for name in ("weight_x", "weight_h", "bias"))

    def s(a: float) -> float:
        return 1 / (1 + math.exp(-a))

    def row(matrix: list[list[float]], index: int, v: list[float]) -> float:
        return sum(w * one for w, one in zip(matrix[index], v, strict=True))

    h, found = [0.0] * H, []
    for word in x:
        r = [s(row(W, k, word) + row(U, k, h) + b[k]) for k in range(H)]
        z = [s(row(W, H + k, word) + row(U, H + k, h) + b[H + k]) for k in range(H)]
        new = []
        for k in range(H):
            n = row(W, 2 * H + k, word) + b[2 * H + k]
            if reset == "before":
                n += row(U, 2 * H + k, [r[j] * h[j] for j in range(H)])
            else:
                n += r[k] * (row(U, 2 * H + k, h) + layer["bias_h"].tolist()[k])
            new.append(z[k] * h[k] + (1 - z[k]) * math.tanh(n))
        h = new
        found.append(h)
    return found


@pytest.mark.parametrize("reset", ["before", "after"])
def test_both_twins_follow_the_equations(reset: str) -> None:
    layer, x = layer_of(reset), torch.randn(1, T, D)
    expected = by_hand(x[0].tolist(), layer, reset)
    weights = {f"layers.0.{name}": weight.numpy() for name, weight in layer.items()}
    projected = gru.project(weights, x[0].numpy())[None]
    out = np.empty((1, T, H), dtype=np.float32)
    gru.cells([weights], num_layers=1, reset=reset)([projected], [out])

    np.testing.assert_allclose(torch_gru.recur(x, layer)[0], expected, atol=1e-6)
    np.testing.assert_allclose(out[0], expected, atol=1e-6)


def test_reset_after_is_the_unit_of_torch() -> None:
    layer, theirs = layer_of("after"), cast(Any, nn.GRU(D, H, batch_first=True))
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(layer["weight_x"])
        theirs.weight_hh_l0.copy_(layer["weight_h"])
        theirs.bias_ih_l0.copy_(layer["bias"])
        theirs.bias_hh_l0.copy_(torch.cat([torch.zeros(2 * H), layer["bias_h"]]))
        x = torch.randn(4, T, D)

        assert torch.equal(torch_gru.recur(x, layer), theirs(x)[0])


@pytest.mark.parametrize("reset", ["before", "after"])
def test_an_open_update_gate_keeps_what_memory_holds(reset: str) -> None:
    layer = {name: torch.zeros_like(weight) for name, weight in layer_of(reset).items()}
    layer["weight_x"][H : 2 * H, 0] = 100  # the gate sees the first input, the candidate the second
    layer["weight_x"][2 * H :, 1] = 1
    x = torch.tensor([[[-1.0, 2.0, 0.0], [1.0, -5.0, 0.0], [1.0, 7.0, 0.0], [-1.0, -2.0, 0.0]]])
    held = math.tanh(2)

    found = torch_gru.recur(x, layer)[0, :, 0].tolist()

    assert found == pytest.approx([held, held, held, -held])


def test_the_two_resets_differ_where_memory_matters() -> None:
    before, after = layer_of("before"), layer_of("after")
    shared = {name: before[name] for name in ("weight_x", "weight_h", "bias")}
    after |= shared | {"bias_h": torch.zeros(H)}
    x = torch.randn(1, T, D)
    one, other = torch_gru.recur(x, before), torch_gru.recur(x, after)

    assert torch.allclose(one[:, 0], other[:, 0])  # memory is empty
    assert not torch.allclose(one[:, 1:], other[:, 1:], atol=1e-3)


@pytest.mark.parametrize("reset", ["before", "after"])
def test_the_twins_have_as_many_weights_as_the_network(reset: str) -> None:
    sizes = {"input_size": 4, "hidden_size": 3, "num_layers": 2}
    network = make_network("gru", **sizes, num_tags=5, reset=reset)
    named = {name: tuple(w.shape) for name, w in network.state_dict().items()}

    assert named == gru.shapes(**sizes, num_tags=5, reset=reset)
