"""From a span to a typed value: dates, times, numbers, money, choices, names."""

from __future__ import annotations

from slotkit.values.resolve import resolve
from slotkit.values.result import Resolved
from slotkit.values.types import KINDS, Type, make_type, read_types

__all__ = ["KINDS", "Resolved", "Type", "make_type", "read_types", "resolve"]
