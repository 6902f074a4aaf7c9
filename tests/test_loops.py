"""The loops in C against the NumPy that defines them, and what they refuse.

Their sums are compared with log space in test_lattice, and both with torch in test_taggers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import slotkit
from slotkit.loops import NUMPY, loop, loops_in_use, run, use_loops
from slotkit.loops import loops as c
from slotkit.model.model import Model
from slotkit.taggers.table import get_architecture, get_runtime
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.scorer import add_up

Array = npt.NDArray[np.float32]
NUMBERS = 1.0, 0.0, 0.0, 0.0, 200.0  # of a chain: temperature, shifts, how far apart
MakeModel = Callable[..., Model]

NETWORKS = [
    ("feedforward", {"num_layers": 2}),
    ("convolution", {"num_layers": 1}),
    ("convolution", {"num_layers": 3, "width": 5}),
    ("attention", {"heads": 1}),
    ("attention", {"heads": 1, "attend": "range:2", "positions": "learned"}),
    ("elman", {"activation": "tanh"}),
    ("elman", {"activation": "relu", "num_layers": 2}),
    ("elman", {"activation": "linear"}),
    ("jordan", {}),
    ("jordan", {"num_layers": 2}),
    ("lstm", {"gates": "x"}),
    ("lstm", {"num_layers": 2}),
    ("lstm", {"gates": "xhc"}),
    ("lstm", {"gates": "xhc-diagonal"}),
    ("lstm", {"gates": "xhc", "activation": "linear"}),
    ("bidirectional", {"cell": "elman"}),
    ("bidirectional", {"cell": "jordan"}),
    ("bidirectional", {"cell": "lstm", "num_layers": 2}),
]


def floats(random: np.random.Generator, *shape: int) -> Array:
    return random.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("size", [1, 5, 100])
@pytest.mark.parametrize(("architecture", "options"), NETWORKS)
def test_networks_are_those_of_numpy(
    architecture: str,
    options: dict[str, Any],
    size: int,
    loops: str,
) -> None:
    """Sizes that no register is as wide as, and numbers of utterances that no block is as large."""
    runtime, random = get_runtime(architecture), np.random.default_rng(size)
    sizes = {"input_size": 7, "hidden_size": size, "num_tags": 6}
    arguments = get_architecture(architecture).defaults | options | sizes
    weights = {
        name: floats(random, *shape) / np.float32(np.sqrt(size))
        for name, shape in runtime.shapes(**arguments).items()
    }
    forward = runtime.bind(weights, **arguments)
    for shape in ((1, 1), (1, 9), (2, 3), (7, 4)):
        words = floats(random, int(np.prod(shape)), 7)
        projected = runtime.project(weights, words, **arguments).reshape(*shape, -1)

        ours = forward(projected)

        use_loops(NUMPY)
        for one, other in zip(ours, forward(projected), strict=True):
            np.testing.assert_allclose(one, other, atol=3e-6, rtol=1e-5)
        use_loops(loops)


def test_every_kind_of_processor_sums_in_the_same_order(make_model: MakeModel) -> None:
    """To the bit, whatever the numbers of words, of what is multiplied and of columns."""
    random = np.random.default_rng(0)
    x, M, b = floats(random, 1, 5, 30), floats(random, 30, 150), floats(random, 150)
    z, U = floats(random, 1, 5, 200), floats(random, 50, 200)
    fillers = [SlotFiller(make_model(name, decoder="crf")) for name in ("attention", "lstm")]
    seen = []
    for kind in range(3):
        c.use_at_most(kind)
        made: list[npt.NDArray[Any]] = []
        for columns in range(1, 150):
            for words in range(1, 6):
                y = np.empty((1, words, columns), dtype=np.float32)
                some = np.ascontiguousarray(M[:, :columns])
                c.affine(np.ascontiguousarray(x[:, :words]), some, b[:columns].copy(), y)
                made.append(y)
        out = np.empty((1, 5, 50), dtype=np.float32)
        c.lstm(U[None], None, "tanh", z, out)
        made.append(out)
        for filler in fillers:
            found = filler.tag("arrive Taipei on November 2nd")
            made += [found.probabilities, np.array([found.confidence])]
        seen.append(made)
    c.use_at_most(2)

    for others in seen[1:]:
        for one, other in zip(others, seen[0], strict=True):
            np.testing.assert_array_equal(one, other)


def test_exponentials_keep_what_is_no_number_and_end_at_large_ones(loops: str) -> None:
    """The cell is s(i) tanh(z) and the output s(o) tanh(c), of one unit."""
    runtime, weights = get_runtime("lstm"), {"layers.0.bias": np.zeros(4, dtype=np.float32)}
    weights["layers.0.weight_x"] = np.zeros((4, 1), dtype=np.float32)
    weights["output.weight"], weights["output.bias"] = np.ones((1, 1), "f4"), np.zeros(1, "f4")
    tops = [0.0, 1.0, 1e-20, 88.0, 200.0, 3e38, np.inf, np.nan]
    z = np.array(tops + [-top for top in tops], dtype=np.float32)
    o = np.roll(z, 3)
    seen = np.stack([np.full_like(z, np.inf), z, z, o], axis=1)  # i is open, c(t - 1) nothing

    arguments = get_architecture("lstm").defaults | {"gates": "x"}
    hidden, _ = runtime.bind(weights, **arguments)(seen[:, None])  # (B, 1, 4)

    with np.errstate(over="ignore"):
        right = np.tanh(np.tanh(z.astype("f8"))) / (1 + np.exp(-o.astype("f8")))
    np.testing.assert_allclose(hidden[:, 0, 0], right, atol=3e-7)


@pytest.mark.parametrize("window", [0, 1, 4])
def test_windows_are_added_up_as_in_numpy(window: int) -> None:
    random = np.random.default_rng(window)
    table = floats(random, 9, 3, 2 * window + 1, 5)
    table[0] = 0
    for shape in ((1, 1), (1, 12), (4, 3)):
        rows = random.integers(1, 9, shape).ravel().tolist()
        ours, numpys = np.empty((2, *shape, 5), dtype=np.float32)
        c.add_up(table, rows, 1, ours)
        add_up(table, rows, 1, numpys)
        np.testing.assert_array_equal(ours, numpys)


def test_both_directions_are_those_of_each_alone(loops: str) -> None:
    random = np.random.default_rng(1)
    ahead, back = floats(random, 2, 3, 4, 32)
    U, C = floats(random, 2, 2, 8, 32)
    together, alone = np.empty((2, 2, 3, 4, 8), dtype=np.float32)
    run.lstm(U, C, "tanh", ahead, together[0], back, together[1])
    run.lstm(U[:1], C[:1], "tanh", ahead, alone[0])
    run.lstm(U[1:], C[1:], "tanh", back, alone[1])

    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_one_place_chooses_which_loops_run() -> None:
    """All that C has it runs; what it has not, NumPy does; and that is said."""
    try:
        assert use_loops(NUMPY) == loops_in_use() == slotkit.loops_in_use() == NUMPY
        assert {getattr(run, name).__module__ for name in vars(run)} != {c.__name__}
        for kind in range(3):
            assert use_loops(["C", "AVX2", "AVX-512"][kind]) == loops_in_use() != NUMPY
            assert run.lstm is c.lstm

        @loop
        def only_in_numpy() -> int:
            return 1

        assert run.only_in_numpy() == 1  # type: ignore[attr-defined]
    finally:
        use_loops()
        del run.only_in_numpy  # type: ignore[attr-defined]


def test_an_utterance_is_the_same_alone_and_among_others(loops: str) -> None:
    """To the bit: what a block of four utterances reads together is summed in the same order."""
    random = np.random.default_rng(0)
    seen, U = floats(random, 7, 9, 400), floats(random, 100, 400) / np.float32(10)
    together, alone = np.empty((2, 7, 9, 100), dtype=np.float32)
    c.lstm(U[None], None, "tanh", seen, together)
    for row in range(7):
        c.lstm(U[None], None, "tanh", seen[row : row + 1], alone[row : row + 1])

    np.testing.assert_array_equal(together, alone)


def make_chain(others: Any = (0, 1, 2, 3), names: tuple[str | None, ...] = (None,) * 4) -> Any:
    """Make what `sums` takes of four tags, none of them inside of a slot."""
    ones, nothing, no_slot = np.ones(4), np.zeros(0), [-1] * 4
    indices: Any = list(others), [], [], no_slot, no_slot
    return c.chain(names, ones, ones, *(None,) * 5, *indices, nothing, nothing, *NUMBERS)


def refused() -> dict[str, tuple[type[Exception], Callable[[], object]]]:
    """Return calls with arguments that would read or write beside the arrays."""
    f, d = np.zeros((2, 3, 4), dtype=np.float32), np.zeros((2, 3, 4))
    wrong_kind: Any = np.ones((3, 3), "f4")
    U, out = np.zeros((4, 4), dtype=np.float32), np.zeros_like(f)
    table, rows = np.zeros((5, 1, 1, 4), dtype=np.float32), [0, 1, 2, 3, 4, 0]
    fixed, no_slots = np.zeros_like(f), (np.zeros(0), np.zeros(0))
    part = (None,) * 4, np.ones(4), np.ones(4), np.ones((4, 4)), None, None, None, None
    fixed.flags.writeable = False
    wrong: Any = [0.0] * 6
    whole = np.zeros((2, 3, 8), dtype=np.float32)
    wide = np.zeros((4, 12), "f4"), np.zeros((4, 8), "f4"), np.zeros((8, 4), "f4")
    layer = (U[0], U[0], wide[0], U, U[0], U[0], wide[1], wide[1][0], wide[2], U[0])
    shifted = np.frombuffer(bytearray(out.nbytes + 1), dtype="f4", offset=1, count=out.size)
    shifted = shifted.reshape(out.shape)
    many = np.zeros((1, 1, 2**14), dtype=np.float32)  # 2^50 times which is 0 in 64 bits
    empty = [np.zeros((0,) * w.ndim, dtype=np.float32) for w in layer]
    return {
        "doubles": (TypeError, lambda: c.elman(f.astype("f8"), U, "tanh", out)),
        "big endian": (TypeError, lambda: c.elman(f.astype(">f4"), U, "tanh", out)),
        "two dimensions": (TypeError, lambda: c.elman(f[0], U, "tanh", out)),
        "no array": (TypeError, lambda: c.elman(None, U, "tanh", out)),  # type: ignore[arg-type]
        "fewer words": (ValueError, lambda: c.elman(f, U, "tanh", out[:, :2])),
        "other units": (ValueError, lambda: c.elman(f, U[:3], "tanh", out)),
        "units apart": (ValueError, lambda: c.elman(whole[..., ::2], U, "tanh", out)),
        "a matrix in columns": (
            ValueError,
            lambda: c.elman(f, np.zeros((4, 4), "f4").T[:, ::-1], "tanh", out),
        ),
        "not to be written": (ValueError, lambda: c.elman(f, U, "tanh", fixed)),
        "another function": (ValueError, lambda: c.elman(f, U, "sine", out)),
        "blocks": (ValueError, lambda: c.lstm(None, None, "tanh", f, out)),
        "one direction's matrix for two": (
            ValueError,
            lambda: c.lstm(np.zeros((1, 1, 4), "f4"), None, "tanh", f, f[..., :1], f, f[..., 1:2]),
        ),
        "half a direction": (TypeError, lambda: c.lstm(None, None, "tanh", f, f[..., :1], f)),
        "diagonal": (TypeError, lambda: c.lstm(None, np.zeros(3, "f4"), "tanh", f, f[..., :1])),
        "a row too many": (IndexError, lambda: c.add_up(table, [*rows[1:], 5], 0, out)),
        "a row before the first": (IndexError, lambda: c.add_up(table, [*rows[1:], -1], 0, out)),
        "a row for each word": (ValueError, lambda: c.add_up(table, rows[1:], 0, out)),
        "a member too many": (IndexError, lambda: c.add_up(table, rows, 1, out)),
        "rows as floats": (TypeError, lambda: c.add_up(table, wrong, 0, out)),
        "no output for every tag": (ValueError, lambda: c.affine(f, U, U[0, :3], out)),
        "no chain": (ValueError, lambda: c.sums(d, None, np.zeros((3, 2, 3, 4)), out)),
        "other products": (ValueError, lambda: c.convolution(f, None, U[0], 3, False, out)),
        "other units below": (ValueError, lambda: c.convolution(f, None, U[0, :2], 2, True, out)),
        "another kernel": (ValueError, lambda: c.convolution(f, U[None], U[0], 3, True, out)),
        "a layer": (TypeError, lambda: c.attention(f, 1, 3, None, U[0])),
        "widths that overflow": (
            ValueError,
            lambda: c.convolution(f[:1, :1, :0], None, many[0, 0], 2**50, False, many),
        ),
        "no memory": (
            ValueError,
            lambda: c.lstm(
                None, None, "tanh", np.empty((1, 0, 2**59), "f4"), np.empty((1, 0, 2**57), "f4")
            ),
        ),
        "not aligned": (ValueError, lambda: c.elman(f, U, "tanh", shifted)),
        "more heads than units": (
            ValueError,
            lambda: c.attention(f[..., :0], 2, 3, None, *empty),
        ),
        "no tag": (
            ValueError,
            lambda: c.jordan(f, U[:0], U[:, :0].copy(), U[0, :0], out, out[..., :0]),
        ),
        "a CRF in part": (
            ValueError,
            lambda: c.chain(*part, [0, 1, 2, 3], [], [], [-1] * 4, [-1] * 4, *no_slots, *NUMBERS),
        ),
        "heads": (ValueError, lambda: c.attention(f, 3, 3, None, *layer)),
        "no heads": (ValueError, lambda: c.attention(f, 0, 3, None, *layer)),
        "words before": (ValueError, lambda: c.attention(f, 2, -1, None, *layer)),
        "other words": (ValueError, lambda: c.attention(f, 2, 3, np.ones((4, 3), bool), *layer)),
        "numbers for truth": (
            TypeError,
            lambda: c.attention(f, 2, 3, wrong_kind, *layer),
        ),
        "another scale": (ValueError, lambda: c.norm(f, U[0, :3], U[0], out)),
        "constants": (TypeError, lambda: c.chain(1)),
        "a tag beyond": (IndexError, lambda: make_chain((0, 4))),
        "a name for every tag": (ValueError, lambda: make_chain(names=(None,))),
        "other tags": (
            ValueError,
            lambda: c.sums(d[..., :3].copy(), make_chain(), np.zeros((3, 2, 3, 3)), out),
        ),
        "no word": (
            ValueError,
            lambda: c.sums(d[:, :0], make_chain(), np.zeros((3, 2, 0, 4)), out[:, :0]),
        ),
    }


def test_indices_are_those_that_were_checked() -> None:
    others = [0, 1, 2, 3]
    logits = np.arange(8, dtype=np.float64).reshape(1, 2, 4)
    ones, nothing, no_slot = np.ones(4), np.zeros(0), [-1] * 4
    chain = c.chain(
        *((None,) * 4, ones, ones, *(None,) * 5, others, [], [], no_slot, no_slot),
        *(nothing, nothing, *NUMBERS),
    )

    def tags() -> list[int]:
        found = c.sums(logits, chain, np.zeros((3, 1, 2, 4)), np.zeros_like(logits, dtype="f4"))
        return found[0][2]

    before = tags()
    others[:] = [1_000_000] * 4
    assert tags() == before == [3, 3]


@pytest.mark.parametrize("what", refused())
def test_arguments_that_do_not_fit_are_refused(what: str) -> None:
    error, call = refused()[what]
    with pytest.raises(error):
        call()
