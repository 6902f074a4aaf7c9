"""Probabilities, and the best legal tags against an enumeration of all sequences."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from slotkit.decoding import Decoder, softmax
from slotkit.tags import is_legal

TAG_LISTS = {
    "two slots": ["O", "B-a", "I-a", "B-b", "I-b"],
    "inside first": ["I-b", "I-a", "B-a", "O", "B-b"],
    "I-b without B-b": ["O", "B-a", "I-a", "I-b"],
    "no O": ["B-a", "I-a", "I-c"],
    "no inside": ["B-b", "O", "B-a"],
    "one tag": ["O"],
}


def legal(tags: list[str], path: tuple[int, ...] | list[int]) -> bool:
    """Tell whether a sequence of indices is legal IOB2."""
    return all(is_legal(a, b) for a, b in pairwise(["O", *(tags[k] for k in path)]))


def total(logits: npt.NDArray[np.float64], path: tuple[int, ...] | list[int]) -> float:
    """Add up the logits along a path."""
    return float(sum(logits[t, k] for t, k in enumerate(path)))


@pytest.mark.parametrize("tags", TAG_LISTS.values(), ids=TAG_LISTS)
def test_the_answer_is_the_best_of_all_legal_sequences(tags: list[str]) -> None:
    """Half the cases are of small whole numbers, which tie often."""
    random = np.random.default_rng(0)
    for trial in range(150):
        logits = random.standard_normal((random.integers(1, 6), len(tags)))
        if trial % 2:
            logits = np.round(logits)
        paths = product(range(len(tags)), repeat=len(logits))
        expected = max(total(logits, path) for path in paths if legal(tags, path))
        path = Decoder(tags).decode(logits).tolist()

        assert legal(tags, path)
        assert total(logits, path) == pytest.approx(expected)


def test_log_probabilities_give_the_same_answer_as_logits() -> None:
    random = np.random.default_rng(1)
    decoder = Decoder(TAG_LISTS["two slots"])
    for _ in range(200):
        logits = random.standard_normal((6, 5))

        np.testing.assert_array_equal(
            decoder.decode(logits), decoder.decode(np.log(softmax(logits).astype(float)))
        )


@pytest.mark.parametrize("tags", TAG_LISTS.values(), ids=TAG_LISTS)
@pytest.mark.parametrize("scale", [0.0, 1e-30, 1.0, 1e30, 3e38])
def test_no_illegal_sequence_ever_comes_out(tags: list[str], scale: float) -> None:
    random = np.random.default_rng(2)
    decoder = Decoder(tags)
    for _ in range(300):
        logits = (random.uniform(-1, 1, (random.integers(0, 12), len(tags))) * scale).astype("f4")
        path = decoder.decode(logits)

        assert legal(tags, path.tolist())
        assert path.shape == logits.shape[:1]


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(0, 6), st.just(5)),
        elements=st.sampled_from([0.0, 1.0, -1.0, 3e38, np.inf, -np.inf, np.nan]),
    )
)
def test_a_damaged_models_logits_still_give_legal_tags(logits: npt.NDArray[np.float32]) -> None:
    tags = TAG_LISTS["inside first"]

    assert legal(tags, Decoder(tags).decode(logits).tolist())


def test_a_legal_argmax_is_left_alone() -> None:
    tags = TAG_LISTS["two slots"]
    decoder = Decoder(tags)
    random = np.random.default_rng(3)
    kept = 0
    for _ in range(500):
        logits = random.standard_normal((3, len(tags)))
        best = logits.argmax(axis=1)
        if legal(tags, best.tolist()):
            np.testing.assert_array_equal(decoder.decode(logits), best)
            kept += 1

    assert kept > 100


def test_an_utterance_without_words_has_no_tags() -> None:
    logits = np.zeros((0, 3), dtype=np.float32)

    assert Decoder(["O", "B-a", "I-a"]).decode(logits).shape == (0,)
    assert softmax(logits).shape == (0, 3)


def test_a_long_utterance_is_decoded() -> None:
    tags = TAG_LISTS["two slots"]
    logits = np.random.default_rng(4).standard_normal((20_000, len(tags))).astype(np.float32)

    assert legal(tags, Decoder(tags).decode(logits).tolist())


def test_tags_need_one_that_can_begin() -> None:
    with pytest.raises(ValueError, match="tags must hold O or some B-slot, got only I- tags"):
        Decoder(["I-a", "I-b"])


def test_probabilities_sum_to_one_at_any_size_of_logits() -> None:
    logits = np.array([[1e4, -1e4, 0], [-3e38, -3e38, -3e38], [1, 2, 3]], dtype=np.float32)
    probabilities = softmax(logits)

    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(probabilities[2], [0.09003, 0.24473, 0.66524], atol=1e-5)
    np.testing.assert_allclose(softmax(logits.astype(float)), probabilities, rtol=1e-6)
