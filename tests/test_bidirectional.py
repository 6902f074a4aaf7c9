"""Bidirectional: two networks that meet at the output layer."""

from __future__ import annotations

from typing import Any, cast

import pytest
import torch
from torch import nn

from cases import SIZES, Case, build, make_batch
from networks import copy_layers, jordan_by_hand
from slotkit.taggers.bidirectional import network as bidirectional
from slotkit.taggers.elman import network as elman
from slotkit.taggers.lstm import network as lstm
from slotkit.taggers.table import get_architecture


def test_a_bidirectional_network_joins_two_separate_ones_at_the_output_layer() -> None:
    kinds: dict[str, Any] = {"elman": elman.Network, "lstm": lstm.Network}
    for cell, layers in kinds.items():
        case = Case("bidirectional", {"cell": cell, "num_layers": 2})
        network = build(case)
        own = get_architecture(cell).defaults | {"num_layers": 2, "dropout": 0.0, "num_tags": None}
        ahead, back = (layers(input_size=6, hidden_size=8, **own) for _ in range(2))
        ahead.load_state_dict(cast(Any, network).ahead.state_dict())
        back.load_state_dict(cast(Any, network).back.state_dict())
        inputs, mask, _ = make_batch(case, [5])

        backwards = back.read(inputs.flip(1), mask).flip(1)
        both = torch.cat([ahead.read(inputs, mask), backwards], dim=2)

        torch.testing.assert_close(network(inputs, mask), cast(Any, network).output(both))


@pytest.mark.parametrize("cell", ["elman", "lstm"])
def test_the_stacked_bidirectional_network_of_torch_is_another(cell: str) -> None:
    """It is ours with one layer; with two, its second layer reads both directions."""
    kind: Any = {"elman": nn.RNN, "lstm": nn.LSTM}[cell]
    for num_layers in (1, 2):
        ours = build(Case("bidirectional", {"cell": cell, "num_layers": num_layers}))
        theirs = kind(6, 8, num_layers, batch_first=True, bidirectional=True)
        inputs, mask, _ = make_batch(Case("bidirectional", {}), [5])
        if num_layers == 1:
            copy_layers(cast(Any, ours).ahead, theirs)
            copy_layers(cast(Any, ours).back, theirs, suffix="_reverse")
            expected = cast(Any, ours).output(theirs(inputs)[0])
            torch.testing.assert_close(ours(inputs, mask), expected)
        else:
            assert theirs.weight_ih_l1.shape[1] == 2 * 8
            assert cast(Any, ours).ahead.layers[1]["weight_x"].shape[1] == 8


def test_each_direction_of_bidirectional_jordan_has_its_own_output_layer_and_loss() -> None:
    case = Case("bidirectional", {"cell": "jordan"})
    network = cast(bidirectional.Network, build(case))
    inputs, mask, _ = make_batch(case, [5])

    hidden, (ahead, back) = network.states(inputs, mask)

    torch.testing.assert_close(ahead[0], jordan_by_hand(network.ahead, inputs[0]))
    torch.testing.assert_close(back[0], jordan_by_hand(network.back, inputs[0].flip(0)).flip(0))
    torch.testing.assert_close(network(inputs, mask), (ahead + back) / 2)
    size = SIZES["hidden_size"]
    for direction, own, logits in (
        (network.ahead, hidden[..., :size], ahead),
        (network.back, hidden[..., size:], back),
    ):
        torch.testing.assert_close(cast(Any, direction).output(own), logits)
    ahead.square().sum().backward()  # type: ignore[no-untyped-call]
    assert all(weight.grad is not None for weight in network.ahead.parameters())
    assert all(weight.grad is None for weight in network.back.parameters())


@pytest.mark.parametrize("cell", ["elman", "lstm"])
def test_the_directions_of_other_cells_have_one_loss(cell: str) -> None:
    case = Case("bidirectional", {"cell": cell})
    network = cast(bidirectional.Network, build(case))
    inputs, mask, _ = make_batch(case, [5])

    (logits,) = network.states(inputs, mask).logits

    assert torch.equal(logits, network(inputs, mask))
