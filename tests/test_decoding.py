"""Best tags, n best and probabilities against an enumeration of all legal sequences."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from slotkit.decoding.decoder import Decoder
from slotkit.decoding.lattice import Lattice
from slotkit.taggers.blocks.numpy_layers import softmax
from slotkit.text.tags import Span, is_legal, spans_of

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


def total(
    logits: npt.NDArray[np.float64],
    path: tuple[int, ...] | list[int],
    crf: dict[str, npt.NDArray[np.float64]] | None = None,
) -> float:
    """Add up what the equation at the top of `decoding.py` adds up."""
    score = float(sum(logits[t, k] for t, k in enumerate(path)))
    if crf is not None:
        score += sum(float(crf["transitions"][a, b]) for a, b in pairwise(path))
        score += float(crf["start"][path[0]] + crf["end"][path[-1]])
    return score


def make_crf(num_tags: int, random: np.random.Generator) -> dict[str, npt.NDArray[np.float64]]:
    """Draw the weights of a CRF."""
    return {
        "transitions": 2 * random.standard_normal((num_tags, num_tags)),
        "start": random.standard_normal(num_tags),
        "end": random.standard_normal(num_tags),
    }


class Enumeration:
    """All legal sequences of some logits with their scores, best first."""

    def __init__(
        self,
        tags: list[str],
        logits: npt.NDArray[np.float64],
        crf: dict[str, npt.NDArray[np.float64]] | None,
    ) -> None:
        self.tags = tags
        paths = [p for p in product(range(len(tags)), repeat=len(logits)) if legal(tags, p)]
        scored = sorted(((total(logits, path, crf), path) for path in paths), reverse=True)
        self.paths = [path for _, path in scored]
        self.scores = np.array([score for score, _ in scored])

    def probabilities(self, temperature: float) -> npt.NDArray[np.float64]:
        """Return each sequence's probability."""
        powers = np.exp((self.scores - self.scores.max()) / temperature)
        shares: npt.NDArray[np.float64] = powers / powers.sum()
        return shares

    def marginals(self, temperature: float) -> npt.NDArray[np.float64]:
        """Return each word's distribution over tags, (T, K)."""
        found = np.zeros((len(self.paths[0]), len(self.tags)))
        for path, share in zip(self.paths, self.probabilities(temperature), strict=True):
            found[np.arange(len(path)), list(path)] += share
        return found

    def spans(self, temperature: float) -> dict[Span, float]:
        """Return the probability of every span that occurs."""
        found: dict[Span, float] = {}
        for path, share in zip(self.paths, self.probabilities(temperature), strict=True):
            for span in spans_of([self.tags[k] for k in path]):
                found[span] = found.get(span, 0.0) + share
        return found


def draw(
    tags: list[str], seed: int, scale: float = 2.0
) -> tuple[npt.NDArray[np.float64], dict[str, npt.NDArray[np.float64]] | None, float]:
    """Draw logits of 1 to 4 words, a CRF in every second case, and a temperature."""
    random = np.random.default_rng(seed)
    logits = scale * random.standard_normal((int(random.integers(1, 5)), len(tags)))
    crf = make_crf(len(tags), random) if seed % 2 else None
    return logits, crf, float(random.uniform(0.5, 2))


@pytest.mark.parametrize("tags", TAG_LISTS.values(), ids=TAG_LISTS)
def test_the_n_best_are_the_best_of_an_enumeration(tags: list[str]) -> None:
    for seed in range(24):
        logits, crf, _ = draw(tags, seed)
        every = Enumeration(tags, logits, crf)
        decoder = Decoder(tags, crf)
        for n in (1, 3, 2000):
            found = decoder.n_best(logits, n)

            assert [tuple(ranked.tags) for ranked in found] == every.paths[:n]
            np.testing.assert_allclose([ranked.score for ranked in found], every.scores[:n])
        assert tuple(decoder.decode(logits)) == every.paths[0]
        assert decoder.chain.score(logits, decoder.decode(logits)) == pytest.approx(every.scores[0])


@pytest.mark.parametrize("tags", TAG_LISTS.values(), ids=TAG_LISTS)
def test_marginals_and_spans_and_sequences_have_the_probabilities_of_an_enumeration(
    tags: list[str],
) -> None:
    for seed in range(24):
        logits, crf, temperature = draw(tags, seed)
        every = Enumeration(tags, logits, crf)
        lattice = Lattice(Decoder(tags, crf).chain, logits, temperature)
        spans = every.spans(temperature)

        np.testing.assert_allclose(lattice.marginals(), every.marginals(temperature), atol=1e-6)
        assert [lattice.span(*span) for span in spans] == pytest.approx([*spans.values()])
        assert [lattice.sequence(score) for score in every.scores] == pytest.approx(
            every.probabilities(temperature).tolist()
        )


def test_a_spans_confidence_is_not_the_product_of_its_words_marginals() -> None:
    """Both words may be in the span or out of it together: then the product is far too small."""
    tags = ["O", "B-a", "I-a"]
    far = -50.0
    crf = {
        "transitions": np.array([[0, far, far], [far, far, 0], [far, far, far]]),
        "start": np.zeros(3),
        "end": np.zeros(3),
    }
    lattice = Lattice(Decoder(tags, crf).chain, np.zeros((2, 3)))
    marginals = lattice.marginals()

    assert lattice.span(0, 2, "a") == pytest.approx(1 / 2)
    assert marginals[0, 1] * marginals[1, 2] == pytest.approx(1 / 4)


def test_a_span_may_go_to_the_end_and_may_touch_another_of_its_slot() -> None:
    tags = ["O", "B-a", "I-a"]
    logits = np.random.default_rng(0).standard_normal((3, 3))
    lattice = Lattice(Decoder(tags).chain, logits)
    spans = Enumeration(tags, logits, None).spans(1.0)

    assert lattice.span(0, 3, "a") == pytest.approx(spans[Span(0, 3, "a")])
    assert lattice.span(0, 1, "a") == pytest.approx(spans[Span(0, 1, "a")])
    assert Lattice(Decoder(["O", "B-a"]).chain, logits[:, :2]).span(0, 2, "a") == 0.0


def test_a_cold_model_is_sure_and_a_hot_one_is_not() -> None:
    tags = TAG_LISTS["two slots"]
    logits = np.random.default_rng(0).standard_normal((5, len(tags)))
    decoder = Decoder(tags)
    best = decoder.chain.score(logits, decoder.decode(logits))
    cold, warm, hot = (
        Lattice(decoder.chain, logits, t).sequence(best) for t in (0.001, 1.0, 100.0)
    )

    assert cold > 0.999 > warm > hot
    assert hot == pytest.approx(1 / count(tags, 5), rel=0.1)


def count(tags: list[str], length: int) -> int:
    """Count the legal sequences."""
    return sum(legal(tags, path) for path in product(range(len(tags)), repeat=length))


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3, 1e6])
def test_probabilities_stay_within_bounds_at_any_size_of_logits(scale: float) -> None:
    tags = TAG_LISTS["two slots"]
    for seed in range(16):
        logits, crf, temperature = draw(tags, seed, scale)
        lattice = Lattice(Decoder(tags, crf).chain, logits, temperature)
        marginals = lattice.marginals()

        assert np.isfinite(marginals).all()
        np.testing.assert_allclose(marginals.sum(axis=1), 1, rtol=1e-5)
        for span in Enumeration(tags, logits, crf).spans(temperature):
            assert 0 <= lattice.span(*span) <= 1


def test_what_is_too_unlikely_for_a_double_has_no_probability() -> None:
    """Its logarithm is that of nothing, which is no reason to warn."""
    crf = {
        "transitions": np.array([[0.0, -2000.0], [0.0, 0.0]]),
        "start": np.zeros(2),
        "end": np.zeros(2),
    }
    lattice = Lattice(Decoder(["O", "B-a"], crf).chain, np.array([[0.0, -2000.0], [0.0, 0.0]]))

    assert lattice.log_z == 0.0
    assert lattice.marginals().tolist() == [[1, 0], [1, 0]]
    assert lattice.span(1, 2, "a") == 0.0


def test_invalid_sequences_of_a_hundred_thousand_random_models() -> None:
    """Each with logits, a CRF or none, of its own: decoded and n best, all are legal."""
    random = np.random.default_rng(0)
    lists = list(TAG_LISTS.values())
    illegal = 0
    for trial in range(100_000):
        tags = lists[trial % len(lists)]
        logits = 3 * random.standard_normal((1 + trial % 4, len(tags)))
        decoder = Decoder(tags, make_crf(len(tags), random) if trial % 2 else None)
        illegal += not legal(tags, decoder.decode(logits).tolist())
        if trial % 50 == 0:
            illegal += sum(not legal(tags, p.tags) for p in decoder.n_best(logits, 5))
    assert illegal == 0


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


def test_the_pruned_search_finds_what_the_full_one_does_in_a_hundred_thousand_cases() -> None:
    """Half of peaked logits, as a trained model has them, half of flat ones; small and large."""
    random = np.random.default_rng(5)
    lists = list(TAG_LISTS.values())
    searched = 0
    for model in range(500):
        tags = lists[model % len(lists)]
        decoder = Decoder(tags, make_crf(len(tags), random))
        scale = (0.3, 3.0, 30.0, 300.0)[model // len(lists) % 4]
        for length in (1, 2, 3, 5):
            logits = scale * random.standard_normal((50, length, len(tags)))
            if model % 2:
                logits[:, :, random.integers(len(tags))] += 2 * scale
            for alone, best in zip(logits, decoder.decode_batch(logits), strict=True):
                full = decoder._viterbi(alone)
                searched += 1
                if not np.array_equal(best, full):  # a tie, if anything
                    assert decoder.chain.score(alone, best) == pytest.approx(
                        decoder.chain.score(alone, full)
                    )
                    assert legal(tags, best.tolist())
    assert searched == 100_000


def test_few_tags_are_searched_one_by_one_and_many_as_arrays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where one sequence has most of the probability, nothing is searched at all."""
    called: list[str] = []
    for name in ("_search", "_viterbi"):
        whole = getattr(Decoder, name)

        def spy(self: Decoder, *given: Any, name: str = name, whole: Any = whole) -> Any:
            called.append(name)
            return whole(self, *given)

        monkeypatch.setattr(Decoder, name, spy)
    tags = ["O", *(f"{way}-{slot}" for slot in "abcdefgh" for way in "BI")]
    K = len(tags)
    decoder = Decoder(
        tags, {"transitions": np.zeros((K, K)), "start": np.zeros(K), "end": np.zeros(K)}
    )
    sure, torn, flat = np.zeros((3, 4, len(tags)))
    sure[:, 0] = 60
    torn[:, [0, 1, 3]] = [60, 60, 59]

    for logits, expected in ((sure, []), (torn, ["_search"]), (flat, ["_viterbi"])):
        called.clear()
        decoder.decode(logits)
        assert called == expected


def test_log_probabilities_give_the_same_answer_as_logits() -> None:
    random = np.random.default_rng(1)
    decoder = Decoder(TAG_LISTS["two slots"])
    for _ in range(200):
        logits = random.standard_normal((6, 5)).astype(np.float32)

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
        elements=st.sampled_from([0.0, 1.0, -1.0, 2.0**127, np.inf, -np.inf, np.nan]),
    )
)
def test_a_damaged_models_logits_still_give_legal_tags(logits: npt.NDArray[np.float32]) -> None:
    tags = TAG_LISTS["inside first"]

    assert legal(tags, Decoder(tags).decode(logits).tolist())


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("crf", [False, True])
def test_of_damaged_numbers_nan_is_the_least_and_infinity_the_largest(
    kind: type[np.floating[Any]], crf: bool
) -> None:
    zeros = {"transitions": np.zeros((3, 3)), "start": np.zeros(3), "end": np.zeros(3)}
    decoder = Decoder(["O", "B-a", "B-b"], zeros if crf else None)
    words = np.array([[np.nan, -9, -8], [7, np.inf, 8], [-np.inf, -7, np.nan]], dtype=kind)

    assert decoder.decode_batch(words[:, None]).tolist() == [[2], [1], [1]]  # of one word each


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
    assert [ranked.tags for ranked in Decoder(["O", "B-a"]).n_best(logits, 3)] == [[]]


def test_a_long_utterance_is_decoded() -> None:
    tags = TAG_LISTS["two slots"]
    logits = np.random.default_rng(4).standard_normal((20_000, len(tags))).astype(np.float32)

    assert legal(tags, Decoder(tags).decode(logits).tolist())


def test_tags_need_one_that_can_begin() -> None:
    with pytest.raises(ValueError, match="tags must hold O or some B-slot, got only I- tags"):
        Decoder(["I-a", "I-b"])
