"""Elman and LSTM against torch, and gradients of the recurrences written by hand."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cases import SIZES, Case, build, make_batch
from networks import copy_layers
from slotkit.network.build import make_network
from slotkit.taggers.elman import network as elman
from slotkit.taggers.jordan import network as jordan
from slotkit.taggers.lstm import network as lstm
from slotkit.taggers.lstm.runtime import layer_shapes
from slotkit.taggers.table import get_architecture

# Elman and LSTM against torch


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_elman_equals_the_rnn_of_torch(activation: str, num_layers: int) -> None:
    case = Case("elman", {"activation": activation, "num_layers": num_layers})
    ours: Any = build(case).double()
    theirs = nn.RNN(6, 8, num_layers, nonlinearity=activation, batch_first=True).double()
    copy_layers(ours, theirs)
    inputs, mask, _ = make_batch(case, [7, 7])

    expected = ours.output(theirs(inputs.double())[0])

    torch.testing.assert_close(ours(inputs.double(), mask), expected)


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("plain", [False, True])
def test_lstm_equals_the_lstm_of_torch_fused_and_as_a_plain_loop(
    plain: bool, num_layers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case("lstm", {"gates": "xh", "num_layers": num_layers})
    ours: Any = build(case).double()
    theirs = nn.LSTM(6, 8, num_layers, batch_first=True).double()
    copy_layers(ours, theirs)
    inputs, mask, _ = make_batch(case, [7, 7])
    if plain:
        monkeypatch.setattr(lstm, "_fused", lambda x, layer: lstm.recur(x, layer, "tanh"))

    expected = ours.output(theirs(inputs.double())[0])

    torch.testing.assert_close(ours(inputs.double(), mask), expected)


def test_an_lstm_whose_matrices_on_the_cell_are_zero_does_not_see_the_cell() -> None:
    plain = build(Case("lstm", {"gates": "xh"})).double()
    inputs, mask, _ = make_batch(Case("lstm", {}), [7, 4])
    for gates in ("xhc", "xhc-diagonal"):
        peeping = build(Case("lstm", {"gates": gates})).double()
        peeping.load_state_dict(plain.state_dict(), strict=False)
        expected = plain(inputs.double(), mask)
        assert not torch.allclose(peeping(inputs.double(), mask), expected)

        nn.init.zeros_(cast(Any, peeping).layers[0]["weight_c"])

        torch.testing.assert_close(peeping(inputs.double(), mask), expected)


def test_gates_on_x_alone_are_those_on_x_and_out_with_a_zero_matrix_on_out() -> None:
    only_x, both = (build(Case("lstm", {"gates": gates})).double() for gates in ("x", "xh"))
    both.load_state_dict(only_x.state_dict(), strict=False)
    nn.init.zeros_(cast(Any, both).layers[0]["weight_h"])
    inputs, mask, _ = make_batch(Case("lstm", {}), [7, 4])

    torch.testing.assert_close(only_x(inputs.double(), mask), both(inputs.double(), mask))


def test_diagonal_peepholes_are_four_matrices_with_nothing_beside_the_diagonal() -> None:
    full, diagonal = (
        build(Case("lstm", {"gates": gates})).double() for gates in ("xhc", "xhc-diagonal")
    )
    state = diagonal.state_dict()
    blocks = state["layers.0.weight_c"].reshape(4, 8)
    state["layers.0.weight_c"] = torch.cat([torch.diag(block) for block in blocks])
    full.load_state_dict(state)
    inputs, mask, _ = make_batch(Case("lstm", {}), [7, 4])

    torch.testing.assert_close(full(inputs.double(), mask), diagonal(inputs.double(), mask))


@pytest.mark.parametrize("gates", ["x", "xh", "xhc", "xhc-diagonal"])
@pytest.mark.parametrize("activation", ["tanh", "linear"])
def test_an_lstm_follows_its_equations_unit_by_unit(gates: str, activation: str) -> None:
    """The output gate too sees c(t - 1), not c(t) as in other peephole cells."""
    network = build(Case("lstm", {"gates": gates, "activation": activation}))
    layer = {name: w.detach().double().numpy() for name, w in cast(Any, network).layers[0].items()}
    x = torch.randn(5, SIZES["input_size"], dtype=torch.float64)
    size = SIZES["hidden_size"]
    g = np.tanh if activation == "tanh" else (lambda value: value)
    out, c = np.zeros(size), np.zeros(size)
    expected = []
    for vector in x.numpy():
        new_out, new_c = np.zeros(size), np.zeros(size)
        for unit in range(size):
            seen = {}
            for number, part in enumerate("ifzo"):
                row = number * size + unit
                total = layer["weight_x"][row] @ vector + layer["bias"][row]
                if gates != "x":
                    total += layer["weight_h"][row] @ out
                if gates == "xhc":
                    total += layer["weight_c"][row] @ c
                if gates == "xhc-diagonal":
                    total += layer["weight_c"][row] * c[unit]
                seen[part] = total
            gate = {part: 1 / (1 + np.exp(-seen[part])) for part in "ifo"}
            new_c[unit] = gate["f"] * c[unit] + gate["i"] * g(seen["z"])
            new_out[unit] = gate["o"] * g(new_c[unit])
        out, c = new_out, new_c
        expected.append(out)

    weights = {name: torch.from_numpy(w) for name, w in layer.items()}
    ours = lstm.recur(x[None], weights, activation)[0]

    np.testing.assert_allclose(ours.numpy(), np.array(expected), rtol=1e-10)


def test_the_forget_gate_begins_open() -> None:
    network = make_network("lstm", **SIZES)

    blocks = cast(Any, network).layers[0]["bias"].reshape(4, SIZES["hidden_size"])

    assert blocks.tolist() == [[value] * SIZES["hidden_size"] for value in (0, 1, 0, 0)]


@pytest.mark.parametrize(
    ("architecture", "options"),
    [
        *(("elman", {"activation": activation}) for activation in ("tanh", "relu", "linear")),
        *(("lstm", {"gates": gates}) for gates in ("x", "xh", "xhc", "xhc-diagonal")),
    ],
)
def test_a_deep_network_is_one_network_on_top_of_the_other(
    architecture: str, options: dict[str, Any]
) -> None:
    """Each layer has a memory of its own and reads the layer below at the same word."""
    layers: Any = {"elman": elman.Network, "lstm": lstm.Network}[architecture]
    options = get_architecture(architecture).defaults | {"dropout": 0.0, "num_tags": None} | options
    torch.manual_seed(0)
    deep = layers(input_size=6, hidden_size=8, **options | {"num_layers": 2})
    bottom = layers(input_size=6, hidden_size=8, **options)
    top = layers(input_size=8, hidden_size=8, **options)
    bottom.layers[0].load_state_dict(deep.layers[0].state_dict())
    top.layers[0].load_state_dict(deep.layers[1].state_dict())
    inputs, mask, _ = make_batch(Case(architecture, {}), [5, 3])

    expected = top.read(bottom.read(inputs, mask), mask)
    torch.testing.assert_close(deep.read(inputs, mask), expected)


# Gradients of the recurrences


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_gradients_of_the_elman_recurrence_are_right(activation: str) -> None:
    torch.manual_seed(0)
    shapes = [(2, 4, 3), (2, 3), (2, 2), (2,)]  # x, W, U, b
    arguments = [torch.randn(s, dtype=torch.float64, requires_grad=True) for s in shapes]

    def recur(x: Tensor, W: Tensor, U: Tensor, b: Tensor) -> Tensor:
        return elman.recur(x, W, U, b, activation)

    assert torch.autograd.gradcheck(recur, arguments)


@pytest.mark.parametrize("gates", ["x", "xh", "xhc", "xhc-diagonal"])
@pytest.mark.parametrize("activation", ["tanh", "linear"])
def test_gradients_of_the_lstm_recurrence_are_right(gates: str, activation: str) -> None:
    torch.manual_seed(0)
    names = layer_shapes(input_size=3, hidden_size=2, num_layers=1, gates=gates)
    weights = [torch.randn(s, dtype=torch.float64, requires_grad=True) for s in names.values()]
    x = torch.randn(2, 4, 3, dtype=torch.float64, requires_grad=True)

    def recur(x: Tensor, *weights: Tensor) -> Tensor:
        layer = {n.rpartition(".")[2]: w for n, w in zip(names, weights, strict=True)}
        return lstm.recur(x, layer, activation)

    assert torch.autograd.gradcheck(recur, [x, *weights])


@pytest.mark.parametrize("length", [1, 4])
def test_gradients_of_the_jordan_recurrence_are_right(length: int) -> None:
    """Of the hidden layer and of the logits, with some units dropped."""
    torch.manual_seed(0)
    shapes = [(length, 2, 3), (length, 2, 3), (3, 4), (4, 3), (4,)]  # seen, kept, V, O, c
    seen, kept, *layer = (torch.randn(s, dtype=torch.float64, requires_grad=True) for s in shapes)
    kept = 2.0 * (kept.detach() > 0)

    def recur(seen: Tensor, *layer: Tensor) -> tuple[Tensor, Tensor]:
        found: tuple[Tensor, Tensor] = jordan.recur(seen, kept, *layer)
        return found

    assert torch.autograd.gradcheck(recur, (seen, *layer))
