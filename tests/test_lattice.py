"""The quick way to probabilities against log space, which has its own tests in test_decoding."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from slotkit.decoding.decoder import Decoder
from slotkit.decoding.lattice import Lattice, ScaledLattice, lattices
from slotkit.loops import NUMPY, use_loops
from slotkit.text.tags import Span, spans_of

TAG_LISTS = (
    ["O", "B-a", "I-a", "B-b", "I-b"],
    ["I-b", "I-a", "B-a", "O", "B-b"],
    ["O", "B-a", "I-a", "I-b"],
    ["B-a", "I-a", "I-c"],
    ["B-b", "O", "B-a"],
    ["O"],
)


def make_decoder(tags: list[str], random: np.random.Generator, *, crf: bool) -> Decoder:
    """Make a decoder with random weights, or without any."""
    if not crf:
        return Decoder(tags)
    weights = {
        "transitions": 2 * random.standard_normal((len(tags), len(tags))),
        "start": random.standard_normal(len(tags)),
        "end": random.standard_normal(len(tags)),
    }
    return Decoder(tags, weights)


def check(decoder: Decoder, tags: list[str], logits: object, temperature: float) -> set[type]:
    """Compare everything that lattices say with log space; return which kinds there were."""
    several = np.asarray(logits)
    ways = set()
    for alone, quick in zip(several, lattices(decoder.chain, several, temperature), strict=True):
        exact = Lattice(decoder.chain, alone, temperature)
        ways.add(type(quick))
        assert quick.log_z == pytest.approx(exact.log_z, rel=1e-9, abs=1e-6)
        np.testing.assert_allclose(quick.marginals(), exact.marginals(), atol=2e-6)
        best = decoder.decode(alone)
        spans = set(spans_of([tags[k] for k in best]))
        spans |= {Span(0, len(alone), "a"), Span(len(alone) - 1, len(alone), "a"), Span(0, 1, "a")}
        for span in spans:
            if f"B-{span.slot}" in tags:
                assert quick.span(*span) == pytest.approx(exact.span(*span), abs=1e-6)
        for path in (best.tolist(), decoder.decode(-alone).tolist()):
            found, expected = quick.spans(path), exact.spans(path)
            assert [span[:3] for span in found] == spans_of([tags[k] for k in path])
            shares = [span[3] for span in expected]
            assert [span[3] for span in found] == pytest.approx(shares, abs=1e-6)
        score = decoder.chain.score(alone, best)
        assert quick.sequence(score) == pytest.approx(exact.sequence(score), abs=1e-6)
    return ways


@pytest.mark.parametrize("crf", [False, True])
@pytest.mark.parametrize("scale", [0.5, 3.0, 20.0, 60.0, 300.0, 3000.0])
def test_all_ways_say_the_same(scale: float, crf: bool, loops: str) -> None:
    random = np.random.default_rng(0)
    kinds: set[type] = set()
    for trial in range(120):
        tags = TAG_LISTS[trial % len(TAG_LISTS)]
        decoder = make_decoder(tags, random, crf=crf)
        shape = (int(random.integers(1, 9)), int(random.integers(1, 7)), len(tags))
        logits = scale * random.standard_normal(shape)
        kind = np.float32 if trial // len(TAG_LISTS) % 2 else np.float64
        kinds |= check(decoder, tags, logits.astype(kind), float(random.uniform(0.5, 2)))

    assert ScaledLattice in kinds or scale > 60
    assert Lattice in kinds or scale < 60  # what does not fit into a double goes to log space


@pytest.mark.parametrize("crf", [False, True])
def test_long_utterances_do_not_underflow(crf: bool, loops: str) -> None:
    random = np.random.default_rng(1)
    tags = TAG_LISTS[0]
    decoder = make_decoder(tags, random, crf=crf)
    for length in (50, 1000):
        logits = (3 * random.standard_normal((2, length, len(tags)))).astype(np.float32)
        logits[:, :, 0] += 20

        assert check(decoder, tags, logits, 1.3) == {ScaledLattice}


def test_many_unlikely_tags_are_not_missed(loops: str) -> None:
    """An I-slot that is unlikely at every pair of words, a million times over."""
    tags = ["O", *(f"{way}-{slot}" for slot in "abcdefghij" for way in "BI")]
    logits = np.full((1, 40, len(tags)), -13.0)
    logits[:, :, 0] = 0.0

    assert check(Decoder(tags), tags, logits, 1.0) == {ScaledLattice}


def test_an_utterance_that_is_all_but_illegal(loops: str) -> None:
    tags = TAG_LISTS[0]
    logits = np.zeros((1, 3, len(tags)))
    logits[:, :, 2] = 40.0  # I-a, with which no utterance begins

    assert check(Decoder(tags), tags, logits, 1.0) == {ScaledLattice}


def test_spans_that_may_end_anywhere(loops: str) -> None:
    """Each of many words may begin a span that goes on to the end of the utterance."""
    logits = np.tile([0.0, 0.0, 2.0], (1, 40, 1))

    assert check(Decoder(["O", "B-a", "I-a"]), ["O", "B-a", "I-a"], logits, 1.0) == {ScaledLattice}


@pytest.mark.parametrize("damage", [np.nan, np.inf, -np.inf])
def test_damaged_numbers_go_to_log_space(damage: float, loops: str) -> None:
    logits = np.zeros((2, 3, 5))
    logits[1, 1, 1] = damage
    with np.errstate(invalid="ignore"):
        kinds = [type(one) for one in lattices(Decoder(TAG_LISTS[0]).chain, logits)]

    assert kinds == [ScaledLattice, Lattice]


@pytest.mark.parametrize("tags", TAG_LISTS)
def test_the_best_legal_tags_are_those_of_numpy(tags: list[str], loops: str) -> None:
    """Whose tests are in test_decoding; here are scores that every other time are no sequence."""
    random, decoder = np.random.default_rng(3), Decoder(tags)
    for length in range(1, 9):
        logits = 3 * random.standard_normal((200, length, len(tags))).astype(np.float32)

        ours = decoder.decode_batch(logits)

        use_loops(NUMPY)
        np.testing.assert_array_equal(ours, decoder.decode_batch(logits))
        use_loops(loops)


def test_spans_of_numbers_are_those_of_tags() -> None:
    random = np.random.default_rng(2)
    tags = TAG_LISTS[0]
    decoder = make_decoder(tags, random, crf=True)
    for path in decoder.decode_batch(3 * random.standard_normal((500, 6, len(tags)))).tolist():
        assert decoder.chain.spans(path) == spans_of([tags[k] for k in path])


@pytest.mark.parametrize("scale", [200.0, 1000.0, 3000.0])
def test_sums_are_right_however_large_the_weights_of_a_crf_are(scale: float) -> None:
    """Paths through tags that are far less likely at a word may be all that counts in the end."""
    tags = ["O", "B-a", "I-a", "B-b", "I-b"]
    random = np.random.default_rng(0)
    for _ in range(40):
        shapes = {"transitions": (5, 5), "start": (5,), "end": (5,)}
        crf = {name: random.normal(0, scale, shape) for name, shape in shapes.items()}
        logits = random.normal(0, scale, (4, 5))
        decoder = Decoder(tags, crf)
        chain = decoder.chain
        scored = [(chain.score(logits, np.array(y)), y) for y in product(range(5), repeat=4)]
        legal = [(score, y) for score, y in scored if score > -np.inf]
        log_z = np.logaddexp.reduce([score for score, _ in legal])
        expected = np.zeros((4, 5))
        for score, y in legal:
            expected[np.arange(4), y] += np.exp(score - log_z)

        (lattice,) = lattices(chain, logits[None])

        np.testing.assert_allclose(lattice.marginals(), expected, atol=1e-4)
        assert decoder.decode(logits).tolist() == list(max(legal)[1])
