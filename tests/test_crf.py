"""The CRF against float64 log space, an enumeration of all sequences, and its twin."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor

from slotkit.decoding.decoder import Decoder
from slotkit.decoding.lattice import Lattice
from slotkit.network.crf import CRF
from slotkit.text.tags import is_legal

TAGS = ["O", "B-a", "I-a", "B-b", "I-b", "B-c"]
SHUFFLED = ["I-b", "B-c", "I-a", "O", "B-b", "B-a"]


def make_crf(tags: list[str], seed: int = 0, scale: float = 1.0) -> CRF:
    """Make a CRF with random weights, in float64."""
    torch.manual_seed(seed)
    crf = CRF(tags).double()
    for weight in crf.parameters():
        torch.nn.init.normal_(weight, std=scale)
    return crf


def make_batch(
    num_tags: int, lengths: list[int], *, seed: int = 0, scale: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Make random logits (B, T, K), with anything at padding, and their mask (B, T)."""
    torch.manual_seed(seed)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return scale * torch.randn(*mask.shape, num_tags, dtype=torch.float64), mask


def legal_paths(tags: list[str], length: int) -> list[tuple[int, ...]]:
    """List all legal sequences."""
    return [
        path
        for path in product(range(len(tags)), repeat=length)
        if all(is_legal(tags[path[t - 1]] if t else "O", tags[k]) for t, k in enumerate(path))
    ]


def score_by_hand(crf: CRF, logits: Tensor, path: tuple[int, ...]) -> Tensor:
    """Score one sequence of one utterance, (T, K), term by term."""
    total = crf.start[path[0]] + crf.end[path[-1]]
    for t, k in enumerate(path):
        total = total + logits[t, k]
        if t:
            total = total + crf.transitions[path[t - 1], k]
    return total


def log_z_by_log_sum_exp(crf: CRF, logits: Tensor) -> Tensor:
    """Run the forward algorithm over all pairs of tags in log space, one utterance, (T, K)."""
    allowed = crf.transitions.masked_fill(~crf.legal[:-1], -torch.inf)
    alpha = (crf.start + logits[0]).masked_fill(~crf.legal[-1], -torch.inf)
    for row in logits[1:]:
        alpha = torch.logsumexp(alpha[:, None] + allowed, dim=0) + row
    return torch.logsumexp(alpha + crf.end, dim=0)


@pytest.mark.parametrize("tags", [TAGS, SHUFFLED, ["O", "B-a"], ["O"]])
def test_likelihoods_are_those_of_an_enumeration(tags: list[str]) -> None:
    crf = make_crf(tags)
    lengths = [4, 1, 3, 2]
    logits, mask = make_batch(len(tags), lengths)
    for b, length in enumerate(lengths):
        paths = legal_paths(tags, length)
        scores = torch.stack([score_by_hand(crf, logits[b], path) for path in paths])
        expected = scores.logsumexp(0) - scores
        for path, loss in list(zip(paths, expected, strict=True))[:: max(1, len(paths) // 9)]:
            targets = torch.full(mask.shape, -100)  # as at padding
            targets[b, :length] = torch.tensor(path)
            rows = torch.tensor([b])
            found = crf(logits[rows], targets[rows], mask[rows])
            torch.testing.assert_close(found, loss[None])
        torch.testing.assert_close(crf.log_partition(logits, mask)[b], scores.logsumexp(0))


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0, 100.0])
def test_log_z_is_that_of_log_space_in_float64(scale: float) -> None:
    """The shifted exponentials lose nothing, in single precision up to its rounding."""
    crf = make_crf(SHUFFLED, scale=min(scale, 10.0))
    lengths = [9, 2, 12]
    logits, mask = make_batch(len(SHUFFLED), lengths, scale=scale)
    expected = torch.stack(
        [log_z_by_log_sum_exp(crf, logits[b, :n]) for b, n in enumerate(lengths)]
    )

    torch.testing.assert_close(crf.log_partition(logits, mask), expected)
    single = crf.float().log_partition(logits.float(), mask)
    torch.testing.assert_close(single.double(), expected, rtol=1e-5, atol=1e-4)


def test_a_slot_that_seemed_lost_comes_back_with_its_exact_score() -> None:
    """What underflows beside the best tag still counts for its I-slot, which only it reaches."""
    crf = make_crf(TAGS, scale=0.0)
    logits = torch.zeros(1, 2, len(TAGS), dtype=torch.float64)
    logits[0, 0, 1], logits[0, 1, 2] = -2000, 3000  # B-a is hopeless, I-a makes up for it
    logits[0, 0, 2] = -2000
    mask = torch.ones(1, 2, dtype=torch.bool)

    assert crf.log_partition(logits, mask).item() == pytest.approx(1000)
    assert crf.float().log_partition(logits.float(), mask).item() == pytest.approx(1000)


def test_gradients_are_right() -> None:
    crf = make_crf(SHUFFLED)
    logits, mask = make_batch(len(SHUFFLED), [3, 1, 2])
    targets = torch.tensor([[4, 0, 3], [1, -100, -100], [5, 2, -100]])
    weights = [logits.requires_grad_(), *crf.parameters()]

    def loss(*numbers: Tensor) -> Tensor:
        named = dict(zip(dict(crf.named_parameters()), numbers[1:], strict=True))
        found: Tensor = torch.func.functional_call(crf, named, (numbers[0], targets, mask))
        return found

    assert torch.autograd.gradcheck(loss, tuple(weights))


def test_the_gradient_of_log_z_is_the_marginals_of_the_twin() -> None:
    crf = make_crf(TAGS, seed=1)
    logits, mask = make_batch(len(TAGS), [5, 3])
    crf.log_partition(logits.requires_grad_(), mask).sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None

    for b, length in enumerate([5, 3]):
        twin = Lattice(Decoder(TAGS, crf.arrays()).chain, logits[b, :length].detach().numpy())
        np.testing.assert_allclose(logits.grad[b, :length].numpy(), twin.marginals(), atol=1e-6)
        assert not logits.grad[b, length:].any()


def test_twins_agree_on_log_z_and_scores() -> None:
    crf = make_crf(SHUFFLED, seed=2)
    lengths = [6, 1, 4]
    logits, mask = make_batch(len(SHUFFLED), lengths, seed=3)
    decoder = Decoder(SHUFFLED, crf.arrays())
    best = [decoder.decode(logits[b, :n].numpy()) for b, n in enumerate(lengths)]
    targets = torch.full(mask.shape, -100)
    for b, path in enumerate(best):
        targets[b, : len(path)] = torch.from_numpy(path)

    with torch.no_grad():
        losses = crf(logits, targets, mask)
        for b, n in enumerate(lengths):
            alone = logits[b, :n].numpy()
            lattice = Lattice(decoder.chain, alone)
            assert crf.log_partition(logits, mask)[b].item() == pytest.approx(lattice.log_z)
            share = lattice.sequence(decoder.chain.score(alone, best[b]))
            assert losses[b].item() == pytest.approx(-np.log(share))


def test_gradients_stay_finite_in_single_precision() -> None:
    for scale in (1.0, 30.0, 300.0):
        crf = make_crf(TAGS, scale=5.0).float()
        logits, mask = make_batch(len(TAGS), [20, 3], scale=scale)
        logits = logits.float().requires_grad_()
        crf.log_partition(logits, mask).sum().backward()  # type: ignore[no-untyped-call]

        for weight in (logits, *crf.parameters()):
            assert weight.grad is not None
            assert weight.grad.isfinite().all()


def test_illegal_transitions_have_no_part_in_z() -> None:
    crf = make_crf(TAGS)
    logits, mask = make_batch(len(TAGS), [4])
    before = crf.log_partition(logits, mask)
    with torch.no_grad():
        crf.transitions[TAGS.index("O"), TAGS.index("I-a")] = 1000
        crf.start[TAGS.index("I-b")] = 1000

    torch.testing.assert_close(crf.log_partition(logits, mask), before)


def test_an_inside_tag_needs_its_begin_tag() -> None:
    with pytest.raises(ValueError, match="a CRF needs the tag 'B-a', since it has 'I-a'"):
        CRF(["O", "I-a"])
