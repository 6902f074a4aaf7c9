"""Inputs that a fuzzer has found, gone through without one: see `try_fuzz.py`."""

from __future__ import annotations

import pytest

from fuzzed import CHECKS, kept

KEPT = [
    pytest.param(target, data, id=f"{target}-{number}")
    for target in CHECKS
    for number, data in enumerate(kept(target), 1)
]


@pytest.mark.parametrize(("target", "data"), KEPT)
def test_what_must_hold_holds(target: str, data: bytes) -> None:
    CHECKS[target](data)
