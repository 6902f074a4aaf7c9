"""Schedules, and optimizers that go down."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch

from slotkit.training.optimizers import OPTIMIZERS, RMS, SCHEDULES, make_optimizer, rate

STEPS, WARMUP = 100, 20


def rates(schedule: str, steps: int = STEPS, warmup: int = 0) -> list[float]:
    return [rate(schedule, step, steps=steps, warmup=warmup) for step in range(steps)]


# Schedules


def test_a_constant_rate_stays() -> None:
    assert rates("constant") == [1.0] * STEPS


def test_a_rate_in_steps_is_halved_at_each_quarter() -> None:
    assert rates("step") == [1.0] * 25 + [0.5] * 25 + [0.25] * 25 + [0.125] * 25


def test_a_linear_rate_falls_in_a_line() -> None:
    assert rates("linear") == pytest.approx([1 - step / 100 for step in range(STEPS)])


def test_a_cosine_rate_falls_along_half_a_wave() -> None:
    falling = rates("cosine")

    assert falling[0] == 1
    assert falling[25] == pytest.approx((1 + 0.5**0.5) / 2)
    assert falling[50] == pytest.approx(0.5)
    assert falling[75] == pytest.approx((1 - 0.5**0.5) / 2)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_a_falling_rate_ends_at_zero(schedule: str) -> None:
    assert 0 < rates(schedule)[-1] < 0.02
    assert rate(schedule, STEPS, steps=STEPS, warmup=WARMUP) == 0
    assert rate(schedule, 2 * STEPS, steps=STEPS, warmup=WARMUP) == 0  # never below


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_warm_up_climbs_in_a_line_and_then_the_rate_decays(schedule: str) -> None:
    warmed = rates(schedule, warmup=WARMUP)

    assert warmed[:WARMUP] == pytest.approx([(step + 1) / WARMUP for step in range(WARMUP)])
    assert warmed[WARMUP:] == rates(schedule, steps=STEPS - WARMUP)
    assert max(warmed) == 1
    assert min(warmed) > 0
    assert sorted(warmed[WARMUP:], reverse=True) == warmed[WARMUP:]


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(("steps", "warmup"), [(1, 0), (1, 1), (3, 3), (3, 10), (0, 0)])
def test_short_trainings_have_rates_too(schedule: str, steps: int, warmup: int) -> None:
    for step in range(steps + 2):
        assert 0 <= rate(schedule, step, steps=steps, warmup=warmup) <= 1


# Optimizers


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_reduces_a_quadratic(name: str) -> None:
    """A long, narrow bowl, with the rate falling in a line."""
    weight = torch.tensor([3.0, -2.0], dtype=torch.float64, requires_grad=True)
    slopes = torch.tensor([1.0, 10.0], dtype=torch.float64)
    rate_of = {"sgd": 0.05, "momentum": 0.02, "adagrad": 1.0}
    highest = rate_of.get(name, 0.1)
    optimizer = make_optimizer(name, [weight], lr=highest)
    first = (slopes * weight**2).sum().item()
    for step in range(200):
        optimizer.param_groups[0]["lr"] = highest * rate("linear", step, steps=200, warmup=10)
        optimizer.zero_grad()
        loss = (slopes * weight**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    assert loss.item() < 1e-3 * first


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_decays_weights_that_have_no_gradient_of_their_own(name: str) -> None:
    weight = torch.tensor([3.0], requires_grad=True)
    optimizer = make_optimizer(name, [weight], lr=0.1, weight_decay=0.5)
    weight.grad = torch.zeros(1)

    optimizer.step()

    assert 0 < weight.item() < 3


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_on_from_its_state_to_the_same_bytes(name: str) -> None:
    gradients = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    weight = torch.ones(4, requires_grad=True)
    optimizer = make_optimizer(name, [weight], lr=0.1)
    for gradient in gradients[:3]:
        weight.grad = gradient
        optimizer.step()
    copy = weight.detach().clone().requires_grad_()
    resumed = make_optimizer(name, [copy], lr=0.1)
    resumed.load_state_dict(deepcopy(optimizer.state_dict()))

    for gradient in gradients[3:]:
        for one, its in ((weight, optimizer), (copy, resumed)):
            one.grad = gradient
            its.step()

    assert torch.equal(weight, copy)


def test_rms_divides_by_the_root_of_the_mean_square_of_all_gradients() -> None:
    gradients = torch.randn(50, 3, dtype=torch.float64)
    weight = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = RMS([weight], lr=0.1)
    expected = torch.zeros(3, dtype=torch.float64)
    for t, gradient in enumerate(gradients):
        weight.grad = gradient
        optimizer.step()
        expected -= 0.1 * gradient / gradients[: t + 1].square().mean(0).sqrt()

    torch.testing.assert_close(weight.detach(), expected)


def test_rms_leaves_alone_what_has_no_gradient() -> None:
    """A row of the embedding whose word has not come yet, and a weight that is not used."""
    row, unused = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    optimizer = RMS([row, unused], lr=0.1)
    row.grad = torch.tensor([0.0, 4.0])

    optimizer.step()

    assert row.tolist() == pytest.approx([1, 0.9])
    assert unused.tolist() == [1, 1]
