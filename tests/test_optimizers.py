"""Schedules, and optimizers that go down."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from functools import partial

import pytest
import torch

from slotkit.training.optimizers import OPTIMIZERS, SCHEDULES, Optimizer, rate

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
    optimizer = Optimizer(name, [weight], lr=highest)
    first = (slopes * weight**2).sum().item()
    for step in range(200):
        optimizer.lr = highest * rate("linear", step, steps=200, warmup=10)
        optimizer.gradient.zero_()
        loss = (slopes * weight**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    assert loss.item() < 1e-3 * first


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_decays_weights_that_have_no_gradient_of_their_own(name: str) -> None:
    weight = torch.tensor([3.0], requires_grad=True)
    optimizer = Optimizer(name, [weight], lr=0.1, weight_decay=0.5)

    optimizer.step()

    assert 0 < weight.item() < 3


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_on_from_its_state_to_the_same_bytes(name: str) -> None:
    gradients = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    weight = torch.ones(4, requires_grad=True)
    optimizer = Optimizer(name, [weight], lr=0.1)
    for gradient in gradients[:3]:
        optimizer.gradient.copy_(gradient)
        optimizer.step()
    copy = weight.detach().clone().requires_grad_()
    resumed = Optimizer(name, [copy], lr=0.1)
    resumed.memory = deepcopy(optimizer.memory)

    for gradient in gradients[3:]:
        for one in optimizer, resumed:
            one.gradient.copy_(gradient)
            one.step()

    assert torch.equal(weight, copy)


TWINS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}


@pytest.mark.parametrize("name", TWINS)
def test_the_steps_of_torchs_classes(name: str) -> None:
    """They are ours, though all weights stand in one vector."""
    shapes = [(3, 2), (4,), ()]
    ours, theirs = ([torch.ones(shape, requires_grad=True) for shape in shapes] for _ in range(2))
    options = {"lr": 0.1, "weight_decay": 0.1}
    optimizer, twin = Optimizer(name, ours, **options), TWINS[name](theirs, **options)
    for _ in range(5):
        optimizer.gradient.normal_()
        for weight, other in zip(ours, theirs, strict=True):
            assert weight.grad is not None
            other.grad = weight.grad.clone()
        optimizer.step()
        twin.step()

    for weight, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(weight, other)


def test_a_gradient_that_is_too_long_is_shortened() -> None:
    weights = [torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)]
    optimizer = Optimizer("sgd", weights)
    optimizer.gradient.copy_(torch.tensor([2.0, 3.0, 6.0]))

    assert optimizer.clip(7.0) == optimizer.clip(7.0) == pytest.approx(7)
    assert optimizer.clip(3.5) == pytest.approx(7)
    optimizer.step()
    assert torch.cat(weights).tolist() == pytest.approx([-0.01, -0.015, -0.03])


def test_a_step_does_not_load_torchs_compiler() -> None:
    """Which takes as long to load as all the rest of torch."""
    code = (
        "import sys, torch; from slotkit.training.optimizers import Optimizer\n"
        "weight = torch.ones(1, requires_grad=True); optimizer = Optimizer('adamw', [weight])\n"
        "weight.sum().backward(); optimizer.step(); assert weight.item() < 1\n"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_rms_divides_by_the_root_of_the_mean_square_of_all_gradients() -> None:
    gradients = torch.randn(50, 3, dtype=torch.float64)
    weight = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = Optimizer("rms", [weight], lr=0.1)
    expected = torch.zeros(3, dtype=torch.float64)
    for t, gradient in enumerate(gradients):
        optimizer.gradient.copy_(gradient)
        optimizer.step()
        expected -= 0.1 * gradient / gradients[: t + 1].square().mean(0).sqrt()

    torch.testing.assert_close(weight.detach(), expected)


def test_rms_leaves_alone_what_has_no_gradient() -> None:
    """A row of the embedding whose word has not come yet, and a weight that is not used."""
    row, unused = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    optimizer = Optimizer("rms", [row, unused], lr=0.1)
    optimizer.gradient.copy_(torch.tensor([0.0, 4.0, 0.0, 0.0]))

    optimizer.step()

    assert row.tolist() == pytest.approx([1, 0.9])
    assert unused.tolist() == [1, 1]
