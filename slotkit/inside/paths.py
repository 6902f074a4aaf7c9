"""Paths of slotkit's own optimizers down two surfaces, over a grid of learning rates."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from slotkit.extras import extra
from slotkit.inside.worked.record import Both

STEPS = 40
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
NAMES = ("sgd", "momentum", "rms", "adagrad", "rmsprop", "adam")
_FAR = 100.0  # a path ends where a number is larger
_NEAR = 0.01  # share of the way down that may be left


class Surface(NamedTuple):
    """A function of two numbers.

    Parameters
    ----------
    title : Both
    equation : str
    start : (float, float)
    box : (float, float, float, float)
        What of it is drawn: x from and to, y from and to.
    lowest : float
        Its least value.
    value, gradient : callable
        From x and y.
    """

    title: Both
    equation: str
    start: tuple[float, float]
    box: tuple[float, float, float, float]
    lowest: float
    value: Callable[[float, float], float]
    gradient: Callable[[float, float], list[float]]


SURFACES = {
    "ravine": Surface(
        Both("A ravine", "峡谷"),
        "f(x, y) = (x^2 + 25 y^2) / 2",
        (-4.0, 1.5),
        (-5, 5, -2.5, 2.5),
        0.0,
        lambda x, y: (x * x + 25 * y * y) / 2,
        lambda x, y: [x, 25 * y],
    ),
    "saddle": Surface(
        Both("A saddle", "鞍点"),
        "f(x, y) = (x^2 - y^2) / 2 + y^4 / 4",
        (-2.0, 0.01),
        (-3, 3, -1.5, 1.5),
        -0.25,
        lambda x, y: (x * x - y * y) / 2 + y**4 / 4,
        lambda x, y: [x, y**3 - y],
    ),
}


def paths() -> dict[str, Any]:
    """Walk down every surface with every optimizer at every rate.

    Returns
    -------
    dict
        JSON. ``rates``; ``surfaces`` by name, with ``title``, ``equation``, ``start``, ``box``,
        ``levels`` (see `levels`) and ``paths``: of each optimizer and rate the ``places`` and the
        ``verdict``, one of ``small``, ``right`` and ``large``.

    Raises
    ------
    MissingExtraError
        If torch is not installed.
    """
    surfaces = {}
    for name, surface in SURFACES.items():
        surfaces[name] = {
            "title": surface.title._asdict(),
            "equation": surface.equation,
            "start": list(surface.start),
            "box": list(surface.box),
            "levels": levels(surface),
            "paths": {optimizer: _judged(surface, optimizer) for optimizer in NAMES},
        }
    return {"rates": list(RATES), "steps": STEPS, "surfaces": surfaces}


def walk_down(surface: Surface, optimizer: str, rate: float) -> list[list[float]]:
    """Return the places of a path, the start first; it ends early where numbers grow too large."""
    with extra("train"):
        from slotkit.training.path import walk
    places = walk(
        optimizer,
        lambda step, place: surface.gradient(*place) if _near(place) else [0.0, 0.0],
        surface.start,
        STEPS,
        lr=rate,
    )
    end = next((k for k, place in enumerate(places) if not _near(place)), STEPS)
    return places[: end + 1]


def _near(place: list[float]) -> bool:
    """Tell whether both numbers are of a size that can be drawn."""
    return all(abs(number) <= _FAR for number in place)


def left(surface: Surface, places: list[list[float]]) -> float:
    """Return the share of the way down that is left at the end; above 1 where it went up."""
    ends = [surface.value(*place) - surface.lowest for place in (places[-1], places[0])]
    return ends[0] / ends[1]


def _judged(surface: Surface, optimizer: str) -> list[dict[str, Any]]:
    """Walk at every rate; those are right that lead down, or the one that comes lowest.

    Below all that are right a rate is too small, above them too large.
    """
    walked = [walk_down(surface, optimizer, rate) for rate in RATES]
    shares = [left(surface, places) for places in walked]
    right = [k for k, share in enumerate(shares) if share <= max(_NEAR, min(shares))]
    judged = []
    for k, (places, share) in enumerate(zip(walked, shares, strict=True)):
        verdict = "small" if k < right[0] else "large" if k > right[-1] else "right"
        rounded = [[round(number, 3) for number in place] for place in places]
        judged.append({"places": rounded, "left": round(share, 4), "verdict": verdict})
    return judged


def levels(surface: Surface, *, columns: int = 40, rows: int = 20) -> list[str]:
    """Return how high the surface is, a digit a cell, rows from the largest y down.

    The roots of the heights are cut into ten equal parts, so that the bottom shows.
    """
    left_x, right_x, low_y, high_y = surface.box
    heights = []
    for row in range(rows):
        y = high_y - (row + 0.5) * (high_y - low_y) / rows
        xs = (left_x + (column + 0.5) * (right_x - left_x) / columns for column in range(columns))
        heights.append([math.sqrt(surface.value(x, y) - surface.lowest) for x in xs])
    most = max(map(max, heights))
    return ["".join(str(min(9, int(10 * one / most))) for one in row) for row in heights]
