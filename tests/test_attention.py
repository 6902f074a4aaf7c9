"""Self-attention: against plain sums, as a convolution, under permutation, masked, in memory."""

from __future__ import annotations

import math
import os
import signal
import threading
import tracemalloc
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from cases import SIZES, Case, arrays, bind, build, make_batch, random_adjacency
from slotkit.loops import interruptible
from slotkit.model.model import Model
from slotkit.taggers.attention import network as taggers
from slotkit.taggers.attention import runtime
from slotkit.tagging.filler import SlotFiller

Floats = npt.NDArray[Any]
Attend = Callable[..., Floats]


def attend_torch(
    queries: Floats,
    keys: Floats,
    values: Floats,
    *,
    allowed: npt.NDArray[np.bool_] | None = None,
    scale: float | None = None,
) -> Floats:
    """Call torch's side with NumPy's arguments."""
    length = queries.shape[-2]
    some = np.ones((length, length), dtype=bool) if allowed is None else allowed
    q, k, v = (torch.from_numpy(np.ascontiguousarray(x)) for x in (queries, keys, values))
    mixed: Floats = taggers.attend(q, k, v, torch.from_numpy(some), scale=scale).numpy()
    return mixed


def attend_range_torch(queries: Floats, keys: Floats, values: Floats, r: int) -> Floats:
    """Call torch's side with NumPy's arguments."""
    q, k, v = (torch.from_numpy(x)[None] for x in (queries, keys, values))
    mask = torch.ones(1, queries.shape[1], dtype=torch.bool)
    mixed: Floats = taggers.attend_range(q, k, v, mask, r)[0].numpy()
    return mixed


both_twins = pytest.mark.parametrize("attend", [runtime.attend, attend_torch])
both_ranges = pytest.mark.parametrize("attend_range", [runtime.attend_range, attend_range_torch])


def make_heads(length: int = 7, heads: int = 2, size: int = 3, seed: int = 0) -> list[Floats]:
    """Make random queries, keys and values, each (heads, length, size)."""
    return list(np.random.default_rng(seed).normal(size=(3, heads, length, size)))


# One product and many sums


@both_twins
def test_one_matrix_product_equals_the_sum_position_by_position(attend: Attend) -> None:
    queries, keys, values = make_heads()
    expected = np.zeros_like(values)
    for head in range(2):
        for t in range(7):
            scores = [queries[head, t] @ keys[head, s] / math.sqrt(3) for s in range(7)]
            total = sum(math.exp(score) for score in scores)
            for s in range(7):
                expected[head, t] += math.exp(scores[s]) / total * values[head, s]

    np.testing.assert_allclose(attend(queries, keys, values), expected, rtol=1e-12)


def test_a_whole_layer_equals_its_equations_position_by_position() -> None:
    network = build(Case("attention", {"num_layers": 1, "heads": 2, "positions": "none"}))
    layer = cast(Any, network.double()).layers[0]
    w = {name: weight.numpy() for name, weight in layer.state_dict().items()}
    x = np.random.default_rng(0).normal(size=(4, 8))

    def norm(vector: Floats, name: str) -> Floats:
        spread = math.sqrt(vector.var() + 1e-5)
        centred = vector - vector.mean()
        scaled: Floats = centred / spread * w[f"{name}.weight"] + w[f"{name}.bias"]
        return scaled

    expected = []
    for t in range(4):
        mixed = []
        for head in range(2):
            rows = slice(4 * head, 4 * head + 4)
            q, k, v = (w[f"{part}.weight"][rows] for part in ("query", "key", "value"))
            query = q @ norm(x[t], "norm_1")
            raised = [math.exp(query @ k @ norm(x[s], "norm_1") / 2) for s in range(4)]
            shares = [number / sum(raised) for number in raised]
            mixed.append(sum(shares[s] * (v @ norm(x[s], "norm_1")) for s in range(4)))
        attended = x[t] + w["out.weight"] @ np.concatenate(mixed)
        up = np.maximum(w["up.weight"] @ norm(attended, "norm_2") + w["up.bias"], 0)
        expected.append(attended + w["down.weight"] @ up + w["down.bias"])

    everyone = torch.ones(1, 1, 4, 4, dtype=torch.bool)
    with torch.no_grad():
        ours = layer(torch.from_numpy(x)[None], everyone[:, 0, 0], everyone, None)[0]
    np.testing.assert_allclose(ours.numpy(), np.array(expected), rtol=1e-10)


def test_queries_made_in_two_steps_are_queries_made_by_one_matrix() -> None:
    """q, then one matrix a head from q to its own query, is the product of both matrices."""
    chance = np.random.default_rng(0)
    _, keys, values = make_heads(heads=2, size=4)
    x, to_q, to_heads = chance.normal(size=(7, 8)), *chance.normal(size=(2, 8, 8))

    def by_head(queries: Floats) -> Floats:
        return queries.reshape(7, 2, 4).swapaxes(0, 1)

    two_steps = runtime.attend(by_head((x @ to_q.T) @ to_heads.T), keys, values)
    one_step = runtime.attend(by_head(x @ (to_heads @ to_q).T), keys, values)

    np.testing.assert_allclose(one_step, two_steps, rtol=1e-10)


@both_twins
@pytest.mark.parametrize("scores_at_once", [1, 40, 60, 10**6])
def test_block_by_block_equals_all_at_once(
    attend: Attend, scores_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of 1, 2, 3 and all 10 queries, of 2 heads and 10 words each."""
    monkeypatch.setattr(runtime, "_SCORES", scores_at_once)
    queries, keys, values = make_heads(10)
    raised = np.exp(queries @ keys.swapaxes(1, 2) / math.sqrt(3))
    allowed = random_adjacency(10, seed=1)

    at_once = raised @ values / raised.sum(axis=2, keepdims=True)
    masked = raised * allowed
    at_once_masked = masked @ values / masked.sum(axis=2, keepdims=True)

    np.testing.assert_allclose(attend(queries, keys, values), at_once, rtol=1e-9)
    mixed = attend(queries, keys, values, allowed=allowed)
    np.testing.assert_allclose(mixed, at_once_masked, rtol=1e-9)


# A convolution inside


def as_convolution(attend: Attend, content: Floats, kernel: Floats, beta: float) -> Floats:
    """Compute a convolution by multi-head attention with set weights, one head an offset.

    Cordonnier et al. 2020, On the relationship between self-attention and convolutional layers,
    in one dimension: with the position s as (s, s^2) beside the content, a query (t + d, 1) and
    a key beta (2 s, -s^2), the score is beta ((t + d)^2 - (s - t - d)^2), largest at s = t + d.
    """
    width, size, out_size = kernel.shape
    half = width // 2
    boundary = np.zeros((half, size))
    padded = np.concatenate([boundary, content, boundary])
    position = np.arange(len(padded), dtype=np.float64)
    x = np.column_stack([padded, position, position**2, np.ones(len(padded))])

    query, key = np.zeros((width, 2, size + 3)), np.zeros((width, 2, size + 3))
    for head in range(width):
        query[head, 0, size], query[head, 0, -1], query[head, 1, -1] = 1, head - half, 1
        key[head, 0, size], key[head, 1, size + 1] = 2 * beta, -beta
    value = np.tile(np.eye(size, size + 3), (width, 1, 1))  # picks the content
    queries, keys, values = (x @ weight.swapaxes(1, 2) for weight in (query, key, value))
    heads = attend(queries, keys, values, scale=1.0)  # (width, T + 2 half, size)
    output = kernel.reshape(width * size, out_size)
    mixed: Floats = heads.swapaxes(0, 1).reshape(len(padded), -1) @ output
    return mixed[half : half + len(content)]


@both_twins
@pytest.mark.parametrize("width", [3, 5])
@pytest.mark.parametrize(
    ("beta", "least", "most"), [(10, 6e-5, 6e-3), (20, 3e-9, 3e-7), (40, 0, 1e-12)]
)
def test_a_multi_head_layer_with_set_weights_is_a_convolution(
    attend: Attend, width: int, beta: float, least: float, most: float
) -> None:
    chance = np.random.default_rng(0)
    content, kernel = chance.normal(size=(9, 4)), chance.normal(size=(width, 4, 3))
    padded = np.pad(content, ((width // 2, width // 2), (0, 0)))
    expected = sum(padded[d : d + 9] @ kernel[d] for d in range(width))

    error = abs(as_convolution(attend, content, kernel, beta) - expected).max()

    assert least <= error <= most


# Permutation

ORDER = torch.tensor([4, 2, 0, 5, 1, 3])


def how_far_from_permuted(case: Case) -> float:
    """Return how far the logits of permuted words are from the permuted logits of the words."""
    network = build(case).double()
    inputs, mask, extras = make_batch(case, [len(ORDER)])
    moved = {name: edges[:, ORDER][:, :, ORDER] for name, edges in extras.items()}
    with torch.no_grad():
        logits = network(inputs.double(), mask, **extras)
        permuted = network(inputs[:, ORDER].double(), mask, **moved)
    return float((logits[:, ORDER] - permuted).abs().max())


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("attend", ["all", "graph", "range:0"])
def test_without_positions_permuting_words_and_edges_permutes_logits(
    attend: str, num_layers: int
) -> None:
    options = {"positions": "none", "attend": attend, "num_layers": num_layers}

    assert how_far_from_permuted(Case("attention", options)) < 1e-10


@pytest.mark.parametrize(
    "options",
    [
        {"positions": "sinusoidal", "attend": "all"},
        {"positions": "learned", "attend": "all"},
        {"positions": "sinusoidal", "attend": "graph"},
        {"positions": "none", "attend": "range:1"},
        {"positions": "none", "attend": "range:2"},
    ],
    ids=lambda options: "-".join(options.values()),
)
def test_positions_and_ranges_break_the_symmetry(options: dict[str, str]) -> None:
    assert how_far_from_permuted(Case("attention", options)) > 1e-2


def test_with_a_graph_the_edges_must_be_permuted_too() -> None:
    case = Case("attention", {"positions": "none", "attend": "graph"})
    network = build(case).double()
    inputs, mask, extras = make_batch(case, [len(ORDER)])

    with torch.no_grad():
        logits = network(inputs.double(), mask, **extras)
        permuted = network(inputs[:, ORDER].double(), mask, **extras)

    assert (logits[:, ORDER] - permuted).abs().max() > 1e-2


def test_the_numpy_side_permutes_too() -> None:
    case = Case("attention", {"positions": "none"})
    twin = bind(case, arrays(build(case)))
    inputs = np.random.default_rng(0).normal(size=(6, SIZES["input_size"])).astype(np.float32)

    _, logits = twin(inputs)
    _, permuted = twin(inputs[ORDER])

    np.testing.assert_allclose(logits[ORDER], permuted, atol=1e-5)


# Masks


@both_twins
def test_pairs_that_may_not_meet_weigh_nothing_whatever_their_score(attend: Attend) -> None:
    """A score of zero would still weigh: exp(0) is 1."""
    queries = keys = np.array([[-30.0], [1.0], [1.0]])
    values = np.eye(3)
    allowed = np.array([[True, True, False], [True, True, False], [True, False, True]])

    weights = attend(queries, keys, values, allowed=allowed, scale=1.0)

    assert (weights[~allowed] == 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(weights[2], [math.exp(-31) / (1 + math.exp(-31)), 0, 1])


@pytest.mark.parametrize("num_layers", [1, 3])
def test_a_word_alone_in_a_graph_gets_finite_logits(num_layers: int) -> None:
    case = Case("attention", {"attend": "graph", "num_layers": num_layers})
    network = build(case)
    inputs, mask, _ = make_batch(case, [4, 2])
    alone = torch.eye(4, dtype=torch.bool)

    logits = network(inputs, mask, edges=alone.repeat(2, 1, 1))
    logits.sum().backward()
    _, twin = bind(case, arrays(network))(inputs[0].numpy(), edges=alone.numpy())

    assert logits.isfinite().all()
    assert np.isfinite(twin).all()
    assert all(w.grad is not None and w.grad.isfinite().all() for w in network.parameters())


def test_edges_are_for_a_graph_alone() -> None:
    case = Case("attention", {"attend": "all"})
    network = build(case)
    twin, (inputs, mask, _) = bind(case, arrays(network)), make_batch(case, [5])
    alone = torch.eye(5, dtype=torch.bool)

    assert torch.equal(network(inputs, mask, edges=alone[None]), network(inputs, mask))
    _, with_edges = twin(inputs[0].numpy(), edges=alone.numpy())
    assert np.array_equal(with_edges, twin(inputs[0].numpy())[1])


# Range


@both_ranges
@pytest.mark.parametrize("r", [0, 1, 3, 6, 20])
@pytest.mark.parametrize("length", [1, 2, 7])
def test_a_range_is_full_attention_under_a_band(
    attend_range: Callable[..., Floats], length: int, r: int
) -> None:
    queries, keys, values = make_heads(length)
    position = np.arange(length)
    band = abs(position[:, None] - position) <= r

    expected = runtime.attend(queries, keys, values, allowed=band)

    np.testing.assert_allclose(attend_range(queries, keys, values, r), expected, rtol=1e-10)


def test_a_range_does_not_reach_into_padding() -> None:
    queries, keys, values = make_heads(7)
    mask = torch.arange(7) < torch.tensor([[4], [7]])
    q, k, v = (torch.from_numpy(np.stack([x, x])) for x in (queries, keys, values))

    mixed = taggers.attend_range(q, k, v, mask, 2)

    short = runtime.attend_range(queries[:, :4], keys[:, :4], values[:, :4], 2)
    whole = runtime.attend_range(queries, keys, values, 2)
    np.testing.assert_allclose(mixed[0, :, :4].numpy(), short, rtol=1e-10)
    np.testing.assert_allclose(mixed[1].numpy(), whole, rtol=1e-10)
    assert mixed.isfinite().all()


def numpy_peak(length: int, attend: str) -> int:
    """Return the most bytes that scoring an utterance of so many words holds at once."""
    case = Case("attention", {"attend": attend, "num_layers": 1, "heads": 1})
    twin = bind(case, arrays(build(case)))
    inputs = np.ones((length, SIZES["input_size"]), dtype=np.float32)
    tracemalloc.start()
    try:
        twin(inputs)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_of_a_range_is_linear_in_the_length() -> None:
    assert 1.8 < numpy_peak(4000, "range:5") / numpy_peak(2000, "range:5") < 2.2


def test_memory_of_full_attention_does_not_grow_with_the_square_of_the_length() -> None:
    """In NumPy, where scores exist for a block of words at a time."""
    assert numpy_peak(4000, "all") / numpy_peak(2000, "all") < 2.2


class Largest(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes the size of the largest tensor that any operation makes."""

    numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation and look at what it returns."""
        made = func(*args, **(kwargs or {}))
        for tensor in made if isinstance(made, (tuple, list)) else [made]:
            if isinstance(tensor, Tensor):
                self.numbers = max(self.numbers, tensor.numel())
        return made


def test_a_range_makes_no_tensor_that_grows_with_the_square_of_the_length() -> None:
    case = Case("attention", {"attend": "range:5"})
    network = build(case)
    sizes = []
    for length in (500, 1000):
        inputs, mask, _ = make_batch(case, [length])
        with Largest() as largest:  # type: ignore[no-untyped-call]
            network(inputs, mask)
        sizes.append(largest.numbers)

    assert sizes[1] == 2 * sizes[0]
    assert sizes[1] <= 1000 * 11 * SIZES["hidden_size"]


def test_long_texts_are_attended_to_in_a_thread_that_ctrl_c_can_leave() -> None:
    forever = threading.Event()
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        interruptible(forever.wait)
    timer.join()
    forever.set()

    def fail() -> None:
        raise MemoryError("as C does")

    with pytest.raises(MemoryError, match="as C does"):
        interruptible(fail)


def test_a_long_text_is_tagged_as_any_other(
    make_model: Callable[..., Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model("attention", attend="all")
    words = ["leave", "Taipei", "on", "the", "2nd", "please"]
    logits = SlotFiller(model).score(words).logits
    monkeypatch.setattr("slotkit.taggers.attention.runtime._LONG", 3)

    assert (SlotFiller(model).score(words).logits == logits).all()
