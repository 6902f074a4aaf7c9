"""What holds for every tagger, and what each is by its equations."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, cast

import numpy as np
import pytest
import torch
from datasets import Dataset
from torch import Tensor, nn
from torch.nn import functional as F

from cases import CASES, SIZES, Case, arrays, bind, build, each_case, make_batch, taken, tried
from cases import window as numpy_window
from slotkit.decoding.decoder import Decoder
from slotkit.errors import UtteranceError
from slotkit.model.model import Model, member_prefixes
from slotkit.network.build import ensemble_of, make_ensemble, make_network
from slotkit.network.input import InputLayer, window
from slotkit.network.pooling import pool
from slotkit.network.tagger import Tagger
from slotkit.taggers.bidirectional import CELLS
from slotkit.taggers.bidirectional import network as bidirectional
from slotkit.taggers.blocks.torch_layers import States, reverse_within_length
from slotkit.taggers.elman import network as elman
from slotkit.taggers.jordan import network as jordan
from slotkit.taggers.lstm import network as lstm
from slotkit.taggers.lstm.runtime import layer_shapes
from slotkit.taggers.table import ARCHITECTURES, get_architecture, get_runtime
from slotkit.tagging.filler import SlotFiller
from slotkit.training.batches import Split

LENGTHS = [5, 1, 9, 2]
# With range 0 a word attends to itself whatever its query and key are.
GRADIENT_CASES = [case for case in CASES if case.values[0].options.get("attend") != "range:0"]


def run_numpy(
    case: Case, network: nn.Module, inputs: Tensor, edges: Tensor | None = None
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Run one utterance, (T, D), through the NumPy twin: its last hidden layer and its logits."""
    extras = {} if edges is None else {"edges": edges.numpy()}
    hidden, logits = bind(case, arrays(network))(inputs.numpy(), **extras)
    return hidden, logits


def states_of(network: nn.Module, *given: Tensor, **extras: Any) -> States:
    """Return the last hidden layer of a network, and all its logits."""
    found: States = cast(Any, network).states(*given, **extras)
    return found


def named(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(weight.shape) for name, weight in network.state_dict().items()}


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


# Elman and LSTM against torch


def copy_layers(ours: nn.Module, theirs: nn.RNNBase, *, suffix: str = "") -> None:
    """Give torch's network our weights; its second bias is zero."""
    for number, layer in enumerate(cast("list[nn.ParameterDict]", ours.layers)):
        end = f"l{number}{suffix}"
        with torch.no_grad():
            getattr(theirs, f"weight_ih_{end}").copy_(layer["weight_x"])
            getattr(theirs, f"weight_hh_{end}").copy_(layer["weight_h"])
            getattr(theirs, f"bias_ih_{end}").copy_(layer["bias"])
            getattr(theirs, f"bias_hh_{end}").zero_()


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


# Jordan


def jordan_by_hand(
    network: nn.Module, inputs: Tensor, fed_back: Mapping[int, Tensor] | None = None
) -> Tensor:
    """Compute a Jordan network's logits, (T, K), word by word; `fed_back` replaces some y(t)."""
    w = network.state_dict()
    y = torch.zeros(len(w["output.bias"]), dtype=inputs.dtype)
    logits = []
    for t, x in enumerate(inputs):
        h = torch.tanh(w["weight_x"] @ x + w["weight_y"] @ y + w["bias"])
        for layer in range(sum(name.startswith("hidden.") for name in w) // 2):
            h = torch.tanh(w[f"hidden.{layer}.weight"] @ h + w[f"hidden.{layer}.bias"])
        logits.append(w["output.weight"] @ h + w["output.bias"])
        y = logits[-1].softmax(0) if fed_back is None else fed_back[t]
    return torch.stack(logits)


@pytest.mark.parametrize("feedback", ["output", "target", "scheduled"])
@pytest.mark.parametrize("num_layers", [1, 3])
def test_jordan_feeds_its_own_distribution_into_layer_1_when_tagging(
    feedback: str, num_layers: int
) -> None:
    case = Case("jordan", {"feedback": feedback, "num_layers": num_layers})
    network = build(case).double()
    inputs, mask, _ = make_batch(case, [6])
    wrong = torch.full(mask.shape, 3)

    logits = network(inputs.double(), mask, targets=wrong, progress=0.0)

    torch.testing.assert_close(logits[0], jordan_by_hand(network, inputs[0].double()))


@pytest.mark.parametrize(
    ("feedback", "progress"), [("target", 0.0), ("target", 1.0), ("scheduled", 0.0)]
)
@pytest.mark.parametrize("num_layers", [1, 3])
def test_jordan_feeds_the_right_tags_back_in_training(
    feedback: str, progress: float, num_layers: int
) -> None:
    case = Case("jordan", {"feedback": feedback, "num_layers": num_layers})
    network = build(case).double().train()
    inputs, mask, _ = make_batch(case, [6, 4])
    targets = torch.randint(SIZES["num_tags"], mask.shape).masked_fill(~mask, -100)

    logits = network(inputs.double(), mask, targets=targets, progress=progress)

    one_hot = F.one_hot(targets[0], SIZES["num_tags"]).double()
    expected = jordan_by_hand(network, inputs[0].double(), dict(enumerate(one_hot)))
    torch.testing.assert_close(logits[0], expected)
    assert logits.isfinite().all()


@pytest.mark.parametrize(
    ("feedback", "progress"), [("output", 0.0), ("output", 1.0), ("scheduled", 1.0)]
)
def test_jordan_trains_on_its_own_output_where_it_must(feedback: str, progress: float) -> None:
    case = Case("jordan", {"feedback": feedback})
    network = build(case).double().train()
    inputs, mask, _ = make_batch(case, [6])

    logits = network(inputs.double(), mask, targets=torch.full(mask.shape, 3), progress=progress)

    torch.testing.assert_close(logits[0], jordan_by_hand(network, inputs[0].double()))


def test_a_scheduled_mixture_feeds_back_one_or_the_other_word_by_word() -> None:
    case = Case("jordan", {"feedback": "scheduled"})
    network = build(case).double().train()
    inputs, mask, _ = make_batch(case, [2] * 400)
    targets = torch.full(mask.shape, 3)

    taught = network(inputs.double(), mask, targets=targets, progress=0.0)[:, 1]
    own = network(inputs.double(), mask, targets=targets, progress=1.0)[:, 1]
    mixed = network(inputs.double(), mask, targets=targets, progress=0.25)[:, 1]

    from_target = torch.isclose(mixed, taught).all(1)
    from_output = torch.isclose(mixed, own).all(1)
    assert (from_target ^ from_output).all()
    assert from_target.double().mean() == pytest.approx(0.75, abs=0.09)  # four standard deviations


# Bidirectional


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


# Ensembles, CRFs and intents: a model whole


def utterances() -> Dataset:
    """Return utterances of different lengths, some of whose words training has not seen."""
    texts = ["arrive Taipei on 2nd", "to", "leave Tokyo please from Paris on 2nd", "Oslo unseen"]
    tokens = [text.split() for text in texts]
    return Dataset.from_dict({"tokens": tokens, "tags": [["O"] * len(row) for row in tokens]})


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize(
    ("architecture", "options"),
    [
        ("bidirectional", {}),
        ("bidirectional", {"cell": "jordan"}),
        ("elman", {"num_layers": 2}),
        ("attention", {"attend": "graph"}),
    ],
)
def test_a_model_in_torch_says_what_the_filler_says(
    architecture: str, options: dict[str, Any], members: int, make_model: Callable[..., Model]
) -> None:
    """Logits, the best legal tags by a CRF, and intents, in ragged batches and one by one."""
    model = make_model(
        architecture,
        decoder="crf",
        ensemble_size=members,
        intents=["ask", "book", "go"],
        most_intents=2,
        scope={"temperature": 1.0, "threshold": 0.5},
        **options,
    )
    rows = utterances()
    ensemble, filler = ensemble_of(model).eval(), SlotFiller(model)
    batch = Split(rows, model.encoder, model.tags, model.edges).batch(np.arange(len(rows)))
    extras = batch.extras(ensemble.extras, 1.0)

    with torch.no_grad():
        logits = ensemble(batch.inputs(), **extras)
        states = [member.states(batch.inputs(), **extras) for member in ensemble]
        sets = torch.stack(
            [
                member.intent(pool(one.hidden, batch.mask))
                for member, one in zip(ensemble, states, strict=True)
            ]
        ).mean(0)
        told = [
            member.scope(pool(one.hidden, batch.mask))
            for member, one in zip(ensemble, states, strict=True)
        ]
        scope = torch.stack(told).mean(0)

    assert len(states) == members
    decoder = Decoder(model.tags, ensemble.crf())
    np.testing.assert_allclose(
        decoder.chain.transitions, filler.decoder.chain.transitions, rtol=1e-6
    )
    for b, words in enumerate(rows["tokens"][:]):
        ours = filler.score(words)
        theirs = logits[b, : len(words)].numpy()
        assert np.abs(ours.logits - theirs).max() <= 1e-5 * max(1, np.abs(theirs).max())
        assert [model.tags[k] for k in decoder.decode(theirs)] == filler.tag_tokens([words])[0]
        assert ours.intents is not None
        found = filler.intent_logits(ours.intents)
        assert np.abs(found - sets[b].numpy()).max() <= 1e-5 * max(1, np.abs(found).max())
        assert ours.scope == pytest.approx(float(scope[b]), abs=1e-5)


def test_members_share_nothing_and_begin_with_weights_of_their_own(
    make_model: Callable[..., Model],
) -> None:
    model = make_model("elman", ensemble_size=2, decoder="crf")
    torch.manual_seed(3)
    one, other = make_ensemble(model)

    pairs = list(zip(one.parameters(), other.parameters(), strict=True))
    assert all(a is not b for a, b in pairs)
    assert not torch.equal(one.network.output.weight, other.network.output.weight)
    assert not torch.equal(one.input.embedding.weight, other.input.embedding.weight)


def test_the_weights_of_an_ensemble_are_those_of_its_file(make_model: Callable[..., Model]) -> None:
    for members in (1, 2):
        model = make_model("elman", ensemble_size=members, decoder="crf", intents=["ask"])
        for prefix, member in zip(member_prefixes(members), ensemble_of(model), strict=True):
            state = member.state_dict()
            assert {prefix + name for name in state} <= model.weights.keys()
            for name, weight in state.items():
                np.testing.assert_array_equal(weight.numpy(), model.weights[prefix + name])
    assert len(model.weights) == 2 * len(state) + 1  # and what slots say, which all share


def test_an_ensemble_asks_for_what_its_members_ask_for(make_model: Callable[..., Model]) -> None:
    graph = make_model("attention", ensemble_size=2, attend="graph")
    jordan = make_model("jordan", ensemble_size=2, feedback="scheduled")

    assert ensemble_of(graph).extras == ("edges",)
    assert set(ensemble_of(jordan).extras) == {"targets", "progress"}
