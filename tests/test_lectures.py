"""Every worked number of the lectures that the project follows, computed by both twins."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor, nn

from cases import Case, bind
from slotkit.encoders.hashing import Hashing
from slotkit.network.build import make_network
from slotkit.taggers.attention import runtime as attention
from slotkit.taggers.attention.network import attend as torch_attend
from slotkit.taggers.attention.network import attend_range as torch_attend_range
from slotkit.taggers.blocks import numpy_layers as blocks
from slotkit.taggers.blocks.numpy_layers import relu
from slotkit.taggers.elman import network as torch_elman
from slotkit.taggers.elman import runtime as elman
from slotkit.taggers.feedforward import runtime as feedforward
from slotkit.taggers.jordan import network as torch_jordan
from slotkit.taggers.lstm import network as torch_lstm
from slotkit.taggers.lstm import runtime as lstm
from slotkit.training.optimizers import Optimizer

Floats = npt.NDArray[Any]


def filled_with_ones(architecture: str, **options: Any) -> nn.Module:
    """Build a network of two inputs, two hidden units, two outputs; weights 1, no bias."""
    sizes = {"input_size": 2, "hidden_size": 2, "num_tags": 2}
    network = make_network(architecture, **sizes, **options).eval()
    for name, weight in network.named_parameters():
        nn.init.constant_(weight, 0 if name.endswith("bias") else 1)
    return network


def pairs(numbers: list[int]) -> list[list[int]]:
    """Write each number twice: both units have it."""
    return [[number, number] for number in numbers]


def both_logits(architecture: str, words: list[int], **options: Any) -> list[list[list[float]]]:
    """Return what torch and what NumPy computes from a network of ones, (T, K) each."""
    network = filled_with_ones(architecture, **options)
    inputs = torch.tensor(pairs(words), dtype=torch.float32)
    weights = {name: weight.numpy() for name, weight in network.state_dict().items()}
    twin_of_it = bind(Case(architecture, options), weights, input_size=2, hidden_size=2, num_tags=2)
    with torch.no_grad():
        logits = network(inputs[None], torch.ones(1, len(words), dtype=torch.bool))[0]
    _, twin = twin_of_it(inputs.numpy())
    return [logits.tolist(), twin.tolist()]


def run_cells(runtime: Any, weights: Mapping[str, Floats], projected: Floats, **own: Any) -> Floats:
    """Run cells of one layer over projected words, (T, P), to hidden layers, (T, H)."""
    size = projected.shape[1] // (4 if runtime is lstm else 1)
    hidden: Floats = np.empty((1, len(projected), size), dtype=np.float32)
    runtime.cells([weights], num_layers=1, **own)([projected[None]], [hidden])
    found: Floats = hidden[0]
    return found


# Elman and Jordan


@pytest.mark.parametrize(
    ("words", "hidden", "outputs"),
    [
        ([1, 1, 2], [2, 6, 16], [4, 12, 32]),
        ([1, 2, 1], [2, 8, 18], [4, 16, 36]),
        ([2, 1, 1], [4, 10, 22], [8, 20, 44]),
    ],
)
def test_an_elman_network_of_ones_depends_on_the_order_of_words(
    words: list[int], hidden: list[int], outputs: list[int]
) -> None:
    network = filled_with_ones("elman", activation="linear")
    weights = {name: weight.numpy() for name, weight in network.state_dict().items()}
    inputs = torch.tensor(pairs(words), dtype=torch.float32)
    layer = cast(Any, network).layers[0]

    projected = elman.project(weights, inputs.numpy())
    one, two, zero = layer["weight_x"], layer["weight_h"], layer["bias"]

    assert run_cells(elman, weights, projected, activation="linear").tolist() == pairs(hidden)
    assert torch_elman.recur(inputs[None], one, two, zero, "linear")[0].tolist() == pairs(hidden)
    for logits in both_logits("elman", words, activation="linear"):
        assert logits == pairs(outputs)


@pytest.mark.parametrize(("activation", "outputs"), [("linear", [4, -4, -4]), ("relu", [4, 0, 4])])
def test_relu_forgets_what_is_below_zero(activation: str, outputs: list[int]) -> None:
    for logits in both_logits("elman", [1, -3, 1], activation=activation):
        assert logits == pairs(outputs)


def test_a_jordan_network_of_ones_with_identity_for_its_functions(
    monkeypatch: pytest.MonkeyPatch, in_numpy: None
) -> None:
    """Linear, with identity output; ours are tanh and softmax, so both are replaced."""
    monkeypatch.setattr(np, "tanh", lambda x: x)
    monkeypatch.setattr(blocks, "softmax", lambda x: x)
    monkeypatch.setattr(torch, "tanh", lambda x: x)
    monkeypatch.setattr(Tensor, "softmax", lambda x, axis: x)

    for logits in both_logits("jordan", [1, 1, 2]):
        assert logits == pairs([4, 20, 88])


def test_the_memory_of_a_jordan_network_is_its_distribution() -> None:
    """With ones throughout both tags are equally likely, and V y is 1 after any first word."""
    first, later = 2 * math.tanh(2), 2 * math.tanh(3)

    for logits in both_logits("jordan", [1, 1, 1]):
        np.testing.assert_allclose(logits, [[first] * 2, [later] * 2, [later] * 2], rtol=1e-6)


def test_torch_has_no_linear_recurrence() -> None:
    with pytest.raises(ValueError, match="nonlinearity"):
        nn.RNN(2, 2, nonlinearity="linear")

    assert make_network("elman", input_size=2, hidden_size=2, num_tags=2, activation="linear")


def test_jordan_feeds_a_target_back_in_training_only() -> None:
    network = filled_with_ones("jordan", feedback="target")
    nn.init.constant_(cast(torch_jordan.Network, network).output.weight[0], 2)
    inputs, mask = torch.ones(1, 2, 2), torch.ones(1, 2, dtype=torch.bool)
    targets = torch.tensor([[1, 0]])

    with torch.no_grad():
        tagged = network.eval()(inputs, mask, targets=targets)
        assert torch.equal(tagged, network.eval()(inputs, mask))
        nn.init.constant_(cast(torch_jordan.Network, network).weight_y[:, 1], -1)
        trained = network.train()(inputs, mask, targets=targets)

    assert trained[0, 1, 1].item() == pytest.approx(2 * math.tanh(2 - 1))


# The LSTM cell

CELL_STEPS: list[
    tuple[tuple[int, ...], tuple[int, ...], float, float]
] = [  # x, then z, i, f, o before the gates, then c and out
    ((3, 1, 0), (3, 90, 110, -10), 3.0000, 0.0001),
    ((4, 1, 0), (4, 90, 110, -10), 7.0000, 0.0003),
    ((2, 0, 0), (2, -10, 10, -10), 6.9998, 0.0003),
    ((1, 0, 1), (1, -10, 10, 90), 6.9995, 6.9995),
    ((3, -1, 0), (3, -110, -90, -10), 0.0000, 0.0000),
]
# Rows i, f, z, o; x2 = 1 adds x1 to the memory, x2 = -1 clears it, x3 = 1 lets it out.
CELL: dict[str, Floats] = {
    "layers.0.weight_x": np.array(
        [[0, 100, 0], [0, 100, 0], [1, 0, 0], [0, 0, 100]], dtype=np.float32
    ),
    "layers.0.bias": np.array([-10, 10, 0, -10], dtype=np.float32),
}
CELL_INPUTS = np.array([x for x, *_ in CELL_STEPS], dtype=np.float32)


def test_the_lstm_cell_before_its_gates() -> None:
    projected = lstm.project(CELL, CELL_INPUTS)

    before = [(z, i, f, o) for i, f, z, o in projected.tolist()]

    assert before == [step[1] for step in CELL_STEPS]


@pytest.mark.parametrize("gates", ["x", "xh", "xhc", "xhc-diagonal"])
def test_the_lstm_cell_step_by_step(gates: str) -> None:
    """Both twins; with matrices of zeros on out and c it is the same cell."""
    shapes = lstm.layer_shapes(input_size=3, hidden_size=1, num_layers=1, gates=gates)
    weights = {name: np.zeros(shape, dtype=np.float32) for name, shape in shapes.items()} | CELL
    layer = {name.removeprefix("layers.0."): torch.from_numpy(w) for name, w in weights.items()}

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no overflow
        projected = lstm.project(weights, CELL_INPUTS)
        ours = run_cells(lstm, weights, projected, gates=gates, activation="linear")[:, 0]
    inputs = torch.from_numpy(CELL_INPUTS)[None]
    twin = torch_lstm.recur(inputs, layer, "linear")[0, :, 0].numpy()

    for out in (ours, twin):
        np.testing.assert_allclose(out, [step[3] for step in CELL_STEPS], atol=5e-5)
        np.testing.assert_allclose(out, [0, 0, 0, 7, 0], atol=1e-3)


def test_the_memory_of_the_lstm_cell_step_by_step() -> None:
    """An output gate that is always open shows c."""
    weights = {name: weight.copy() for name, weight in CELL.items()}
    weights["layers.0.weight_x"][3], weights["layers.0.bias"][3] = 0, 100
    layer = {name.removeprefix("layers.0."): torch.from_numpy(w) for name, w in weights.items()}

    projected = lstm.project(weights, CELL_INPUTS)
    ours = run_cells(lstm, weights, projected, gates="x", activation="linear")[:, 0]
    inputs = torch.from_numpy(CELL_INPUTS)[None]
    twin = torch_lstm.recur(inputs, layer, "linear")[0, :, 0].numpy()

    for c in (ours, twin):
        np.testing.assert_allclose(c, [step[2] for step in CELL_STEPS], atol=5e-5)


def test_a_gate_is_a_logistic_function_that_does_not_overflow() -> None:
    """The output gate of a cell that holds 1 shows it: z and the other gates are wide open."""
    x = np.array([-1e4, -110, -10, 0, 10, 110, 1e4], dtype=np.float32)[:, None]
    weights = {
        "layers.0.weight_x": np.array([[0], [0], [0], [1]], dtype=np.float32),
        "layers.0.bias": np.array([100, -100, 1, 0], dtype=np.float32),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        projected = lstm.project(weights, x)
        shown = run_cells(lstm, weights, projected, gates="x", activation="linear")[:, 0]

    assert shown.dtype == np.float32
    assert shown.tolist() == pytest.approx([0, 0, 4.54e-5, 0.5, 0.9999546, 1, 1], abs=1e-7)


# Words and positions


def test_the_tri_letters_of_bool() -> None:
    assert " ".join(Hashing(letters=3).pieces("bool")) == "#bo boo ool ol#"


def test_the_sinusoids() -> None:
    """From position 0; the lectures count from 1, so that their first word is at index 1."""
    expected: list[list[float]] = [
        [0, 1, 0, 1],
        [0.8415, 0.5403, 0.0100, 1.0000],
        [0.9093, -0.4161, 0.0200, 0.9998],
        [0.1411, -0.9900, 0.0300, 0.9996],
    ]

    np.testing.assert_allclose(attention.sinusoids(4, 4), expected, atol=5.1e-5)
    assert attention.sinusoids(4, 3).shape == (4, 3)


# Attention

WORDS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
WEIGHTS = [[0.4223, 0.1554, 0.4223], [0.1554, 0.4223, 0.4223], [0.2119, 0.2119, 0.5761]]
UNSCALED = [[0.8446, 0.5777], [0.5777, 0.8446], [0.7881, 0.7881]]
SCALED = [[0.8022, 0.5989], [0.5989, 0.8022], [0.7517, 0.7517]]


def attend_torch(q: Floats, k: Floats, v: Floats, *, scale: float | None = None) -> Floats:
    """Call torch's side with NumPy's arguments."""
    everyone = torch.ones(len(q), len(q), dtype=torch.bool)
    queries, keys, values = (torch.from_numpy(x) for x in (q, k, v))
    mixed: Floats = torch_attend(queries, keys, values, everyone, scale=scale).numpy()
    return mixed


@pytest.mark.parametrize("attend", [attention.attend, attend_torch])
def test_attention_by_hand(attend: Callable[..., Floats]) -> None:
    np.testing.assert_allclose(attend(WORDS, WORDS, np.eye(3), scale=1.0), WEIGHTS, atol=5.1e-5)
    np.testing.assert_allclose(attend(WORDS, WORDS, WORDS, scale=1.0), UNSCALED, atol=5.1e-5)
    np.testing.assert_allclose(attend(WORDS, WORDS, WORDS), SCALED, atol=5.1e-5)


def test_attention_in_range_1_by_hand() -> None:
    """The range functions always divide by the root of the size: the queries undo it."""
    first = [0.7311, 0.2689, 0]
    queries, keys, values = (
        x[None].astype(np.float32) for x in (WORDS * math.sqrt(2), WORDS, np.eye(3))
    )
    q, k, v = (torch.from_numpy(x)[None] for x in (queries, keys, values))

    ours = attention.attend_range(queries, keys, values, 1)[0]
    twin = torch_attend_range(q, k, v, torch.ones(1, 3, dtype=torch.bool), 1)[0, 0].numpy()

    np.testing.assert_allclose(ours[0], first, atol=5.1e-5)
    np.testing.assert_allclose(twin[0], first, atol=5.1e-5)
    np.testing.assert_allclose(ours[1], WEIGHTS[1], atol=5.1e-5)  # the middle word sees all


@pytest.mark.parametrize(("length", "scores"), [(100, 10**4), (500, 250_000), (1000, 10**6)])
def test_scores_grow_with_the_square_of_the_length_but_in_a_range(
    length: int, scores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Speech has a vector every 10 ms: 1, 5 and 10 seconds."""
    computed: list[Floats] = []

    def softmax(x: Floats) -> Floats:
        computed.append(x)
        shares: Floats = np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)
        return shares

    monkeypatch.setattr(blocks, "softmax", softmax)
    vectors = np.zeros((1, length, 2), dtype=np.float32)

    attention.attend(vectors, vectors, vectors)
    everyone = sum(x.size for x in computed)
    computed.clear()
    attention.attend_range(vectors, vectors, vectors, 15)
    (in_range,) = computed

    assert everyone == scores
    assert in_range.size == 31 * length
    assert np.isfinite(in_range).sum(axis=-1).max() == 31
    assert np.isfinite(in_range).sum(axis=-1).min() == 16  # the first word and the last


# Parameters


def count(parameters: Any) -> int:
    return sum(parameter.numel() for parameter in parameters)


def count_shapes(shapes: dict[str, tuple[int, ...]]) -> int:
    return sum(math.prod(shape) for name, shape in shapes.items() if "output" not in name)


def test_an_lstm_of_torch_has_four_times_the_parameters_of_its_rnn() -> None:
    assert count(nn.RNN(100, 100).parameters()) == 20_200
    assert count(nn.LSTM(100, 100).parameters()) == 80_800 == 4 * 20_200


@pytest.mark.parametrize(
    ("gates", "parameters"),
    [("x", 40_400), ("xh", 80_400), ("xhc", 120_400), ("xhc-diagonal", 80_800)],
)
def test_the_parameters_of_an_lstm_layer_with_one_bias(gates: str, parameters: int) -> None:
    sizes: dict[str, Any] = {"input_size": 100, "hidden_size": 100, "num_layers": 1, "gates": gates}
    layers = torch_lstm.Network(**sizes, activation="tanh", dropout=0.0, num_tags=None)

    assert count_shapes(lstm.layer_shapes(**sizes)) == parameters
    assert count(layers.parameters()) == parameters


def test_the_parameters_of_feedforward_and_elman_layers_with_one_bias() -> None:
    sizes = {"input_size": 100, "hidden_size": 100, "num_tags": 3, "num_layers": 1}
    hidden = cast(Any, make_network("feedforward", **sizes)).hidden

    assert count_shapes(feedforward.shapes(**sizes)) == count(hidden.parameters()) == 10_100
    layers = torch_elman.Network(
        input_size=100, hidden_size=100, num_layers=1, activation="tanh", dropout=0.0, num_tags=None
    )
    assert count_shapes(elman.shapes(**sizes)) == count(layers.parameters()) == 20_100


# Optimizer steps


def step_lengths(name: str, gradients: list[float], **options: Any) -> list[float]:
    """Return how far a weight moves down at each of these gradients, with learning rate 0.1."""
    weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = Optimizer(name, [weight], lr=0.1, **options)
    lengths = []
    for gradient in gradients:
        before = weight.item()
        optimizer.gradient.fill_(gradient)
        optimizer.step()
        lengths.append(before - weight.item())
    return lengths


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("rms", {}, [0.1, 0.1265, 0.1155]),
        ("adagrad", {}, [0.1, 0.0894, 0.0667]),
        ("rms", {"alpha": 0.9}, [0.1, 0.1754, 0.1596]),
        ("rmsprop", {"alpha": 0.9}, [0.3162, 0.2857, 0.2181]),
    ],
    ids=["lectures' rms", "adagrad", "lectures' rmsprop", "torch's rmsprop"],
)
def test_the_steps_for_gradients_1_2_2(
    name: str, options: dict[str, float], expected: list[float]
) -> None:
    assert step_lengths(name, [1, 2, 2], **options) == pytest.approx(expected, abs=5.1e-5)


def test_the_steps_of_momentum() -> None:
    assert step_lengths("momentum", [1, 1, 1]) == pytest.approx([0.1, 0.19, 0.271])


def test_rms_with_a_rate_that_falls_with_the_root_of_the_step_is_adagrad() -> None:
    weights = [torch.zeros(3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    rms, adagrad = Optimizer("rms", weights[:1]), Optimizer("adagrad", weights[1:], lr=0.1)
    for t, gradient in enumerate(torch.randn(20, 3, dtype=torch.float64)):
        rms.lr = 0.1 / math.sqrt(t + 1)
        for optimizer in rms, adagrad:
            optimizer.gradient.copy_(gradient)
            optimizer.step()

    torch.testing.assert_close(weights[0], weights[1])


def test_relu_is_zero_below_zero() -> None:
    assert relu(np.array([-3.0, 0.0, 3.0], dtype=np.float32)).tolist() == [0, 0, 3]
