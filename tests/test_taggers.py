"""Contracts of all taggers, and what they refuse."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import Any, cast

import numpy as np
import pytest
import torch

from cases import CASES, SIZES, Case, build, each_case, make_batch, taken, tried
from cases import window as numpy_window
from networks import named, run_numpy, states_of
from slotkit.errors import UtteranceError
from slotkit.network.build import make_network
from slotkit.network.input import InputLayer, window
from slotkit.network.tagger import Tagger
from slotkit.taggers.bidirectional import CELLS
from slotkit.taggers.blocks.torch_layers import reverse_within_length
from slotkit.taggers.table import ARCHITECTURES, get_architecture, get_runtime

LENGTHS = [5, 1, 9, 2]
# With range 0 a word attends to itself whatever its query and key are.
GRADIENT_CASES = [case for case in CASES if case.values[0].options.get("attend") != "range:0"]


# The table of cases


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_is_tried_of_an_option_is_what_it_takes(architecture: str) -> None:
    entry = get_architecture(architecture)
    for option in entry.options:
        assert len({option.default, *tried(option)}) >= 2, f"{option.name}: name examples"
        for value in (option.default, *tried(option)):
            option.check(value)
    entry.check(entry.defaults | SIZES)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_arguments_of_both_twins_are_the_sizes_and_the_options_of_the_entry(
    architecture: str,
) -> None:
    """Defaults stand in no signature; what a twin has no use for it passes over."""
    options = {*get_architecture(architecture).defaults, *SIZES, "dropout"}
    module = import_module(f"slotkit.taggers.{architecture}.network")
    runtime = get_runtime(architecture)
    for function in (module.Network, runtime.shapes, runtime.bind):
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.kind is parameter.KEYWORD_ONLY:
                assert name in options
                assert parameter.default is parameter.empty, f"{function}: {name}"


# Contracts of all taggers


@each_case
def test_torch_and_numpy_agree_on_ragged_batches(case: Case) -> None:
    network = build(case)
    inputs, mask, extras = make_batch(case, LENGTHS)

    with torch.no_grad():
        logits = network(inputs, mask, **extras)
        states = states_of(network, inputs, mask, **extras)

    assert logits.dtype == torch.float32
    assert logits.shape == (*mask.shape, SIZES["num_tags"])
    size = get_architecture(case.architecture).directions * SIZES["hidden_size"]
    assert states.hidden.shape == (*mask.shape, size)
    assert torch.equal(states.mean, logits)
    for b, length in enumerate(LENGTHS):
        edges = extras["edges"][b, :length, :length] if extras else None
        both = run_numpy(case, network, inputs[b, :length], edges)
        for alone, batched in zip(both, (states.hidden, logits), strict=True):
            together = batched[b, :length].numpy()
            assert alone.dtype == np.float32
            assert alone.shape == together.shape
            assert np.abs(alone - together).max() <= 1e-5 * max(1, np.abs(together).max())


@each_case
def test_weights_have_the_names_order_and_shapes_that_the_runtime_says(case: Case) -> None:
    shapes = get_runtime(case.architecture).shapes(**case.arguments)

    assert list(named(build(case)).items()) == list(shapes.items())


@pytest.mark.parametrize("window_size", [0, 2])
@each_case
def test_padding_does_not_change_logits(case: Case, window_size: int) -> None:
    width = 2 * window_size + 1
    network = build(case, input_size=width * 3).double()
    layer = InputLayer(dimensions=7, embedding_size=3, window_size=window_size)
    tagger = Tagger(layer, network).eval().double()
    _, mask, extras = make_batch(case, LENGTHS)
    words = torch.randint(7, mask.shape)  # any word stands at padding

    with torch.no_grad():
        together = tagger(taken(words, mask, 7), **extras)
        for b, n in enumerate(LENGTHS):
            alone = tagger(
                taken(words[b : b + 1, :n], mask[b : b + 1, :n], 7),
                **{name: extra[b : b + 1, :n, :n] for name, extra in extras.items()},
            )
            torch.testing.assert_close(together[b : b + 1, :n], alone, rtol=0, atol=1e-11)


@each_case
def test_the_output_layer_reads_the_last_hidden_layer(case: Case) -> None:
    """What intents are told from is what tags are told from."""
    if case.options.get("cell") == "jordan":  # has an output layer in each direction
        return
    network = build(case)
    inputs, mask, extras = make_batch(case, LENGTHS)

    with torch.no_grad():
        hidden, (logits,) = states_of(network, inputs, mask, **extras)

        torch.testing.assert_close(cast(Any, network).output(hidden)[mask], logits[mask])


@each_case
def test_the_same_seed_gives_the_same_weights_and_another_others(case: Case) -> None:
    states = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        states.append(make_network(case.architecture, **SIZES, **case.options).state_dict())

    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert any(not torch.equal(states[0][name], states[2][name]) for name in states[0])


@pytest.mark.parametrize("case", GRADIENT_CASES)
def test_gradients_reach_every_parameter(case: Case) -> None:
    torch.manual_seed(1)
    network = make_network(case.architecture, **SIZES, **case.options)
    inputs, mask, extras = make_batch(case, LENGTHS)

    network(inputs, mask, **extras)[mask].square().sum().backward()

    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.any(), name


@each_case
def test_dropout_is_for_training_alone(case: Case) -> None:
    without, with_dropout = build(case), build(case, dropout=0.5)
    inputs, mask, extras = make_batch(case, LENGTHS)

    with torch.no_grad():
        expected = without(inputs, mask, **extras)
        assert torch.equal(with_dropout(inputs, mask, **extras), expected)
        assert not torch.equal(with_dropout.train()(inputs, mask, **extras)[mask], expected[mask])


@each_case
def test_a_tagger_takes_the_extras_that_it_declares_in_training_and_in_tagging(case: Case) -> None:
    network = build(case)
    tagger = Tagger(InputLayer(dimensions=7, embedding_size=6), network)
    _, mask, extras = make_batch(case, LENGTHS)
    words = torch.zeros(mask.shape, dtype=torch.long)
    offered: dict[str, Any] = {"targets": words, "progress": 0.5, "edges": extras.get("edges")}
    given = {name: offered[name] for name in tagger.extras}

    training = tagger.train().states(taken(words, mask, 7), **given).logits
    tagging = tagger.eval()(taken(words, mask, 7), **given)

    assert {logits.shape for logits in training} == {(*mask.shape, SIZES["num_tags"])}
    assert tagging.shape == (*mask.shape, SIZES["num_tags"])
    assert ("edges" in tagger.extras) == case.has_edges


# Errors


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_tagger_without_layers_is_refused(architecture: str) -> None:
    with pytest.raises(ValueError, match=r"^num_layers must be an int from 1 to 1000, got 0$"):
        make_network(architecture, **SIZES, num_layers=0)


@pytest.mark.parametrize(
    ("architecture", "options", "message"),
    [
        ("elman", {"activation": "sin"}, "activation must be one of tanh, relu, linear, got 'sin'"),
        (
            "jordan",
            {"feedback": "none"},
            "feedback must be one of output, target, scheduled, got 'none'",
        ),
        (
            "bidirectional",
            {"cell": "gated"},
            f"cell must be one of {', '.join(CELLS)}, got 'gated'",
        ),
        (
            "lstm",
            {"gates": "hx"},
            "gates must be one of x, xh, xhc, xhc-diagonal, got 'hx'",
        ),
        ("lstm", {"activation": "relu"}, "activation must be one of tanh, linear, got 'relu'"),
        (
            "attention",
            {"positions": "some"},
            "positions must be one of sinusoidal, learned, none, got 'some'",
        ),
        ("attention", {"heads": 3}, "hidden_size must be a multiple of heads, got 8, 3"),
        ("attention", {"heads": 0}, "heads must be an int from 1 to 2147483647, got 0"),
        ("attention", {"attend": "some"}, "attend must be all, range:R or graph, got 'some'"),
        ("attention", {"attend": "range:"}, "attend must be all, range:R or graph, got 'range:'"),
        (
            "attention",
            {"attend": "range:-1"},
            "attend must be all, range:R or graph, got 'range:-1'",
        ),
        ("convolution", {"width": 4}, "width must be odd, got 4"),
        ("convolution", {"width": -1}, "width must be an int from 1 to 2147483647, got -1"),
    ],
)
def test_bad_options_are_refused(architecture: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make_network(architecture, **SIZES, **options)


def test_a_negative_window_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^window_size must be >= 0, got -1$"):
        InputLayer(dimensions=3, embedding_size=2, window_size=-1)


@pytest.mark.parametrize("find", [make_network, get_runtime])
def test_an_unknown_tagger_is_refused_with_the_choices(find: Any) -> None:
    message = f"^unknown tagger 'lstmm'; choose from {', '.join(ARCHITECTURES)}$"
    with pytest.raises(ValueError, match=message):
        find("lstmm")


def test_attention_along_a_graph_needs_edges() -> None:
    case = Case("attention", {"attend": "graph"})
    network = build(case)
    inputs, mask, _ = make_batch(case, [3])

    with pytest.raises(ValueError, match="attention along a graph needs edges"):
        network(inputs, mask)
    with pytest.raises(ValueError, match="attention along a graph needs edges"):
        run_numpy(case, network, inputs[0])


# Positions


def test_a_learned_table_of_128_says_so_at_word_129() -> None:
    case = Case("attention", {"positions": "learned"})
    network = build(case)
    inputs, mask, _ = make_batch(case, [129])
    message = "an utterance has 129 words, but the learned positions end at 128"

    assert network(inputs[:, :128], mask[:, :128]).isfinite().all()
    assert all(np.isfinite(found).all() for found in run_numpy(case, network, inputs[0, :128]))
    with pytest.raises(UtteranceError, match=message):
        network(inputs, mask)
    with pytest.raises(UtteranceError, match=message):
        run_numpy(case, network, inputs[0])


def test_sinusoidal_positions_work_at_any_length() -> None:
    case = Case("attention", {"positions": "sinusoidal"})
    network = build(case)
    inputs, mask, _ = make_batch(case, [1000])

    with torch.no_grad():
        logits = network(inputs, mask)[0].numpy()

    _, twin = run_numpy(case, network, inputs[0])
    assert np.abs(logits - twin).max() <= 1e-5 * max(1, np.abs(logits).max())


# The input layer


def test_the_window_puts_the_neighbours_beside_each_word_and_zeros_beyond_the_ends() -> None:
    vectors = torch.tensor([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    expected = [
        [0, 0, 0, 0, 1, 10, 2, 20, 3, 30],
        [0, 0, 1, 10, 2, 20, 3, 30, 0, 0],
        [1, 10, 2, 20, 3, 30, 0, 0, 0, 0],
    ]

    assert window(vectors[None], 2)[0].tolist() == expected
    assert numpy_window(vectors.numpy(), 2).tolist() == expected
    assert window(vectors[None], 0)[0].tolist() == vectors.tolist()
    assert numpy_window(vectors.numpy(), 0).tolist() == vectors.tolist()


def test_reversal_keeps_padding_in_its_place() -> None:
    sequence = torch.tensor([[1, 2, 3, 0], [4, 0, 0, 0], [5, 6, 7, 8]])

    backwards = reverse_within_length(sequence, sequence > 0)
    deep = reverse_within_length(sequence[..., None].repeat(1, 1, 2), sequence > 0)

    assert backwards.tolist() == [[3, 2, 1, 0], [4, 0, 0, 0], [8, 7, 6, 5]]
    assert torch.equal(deep, backwards[..., None].repeat(1, 1, 2))
