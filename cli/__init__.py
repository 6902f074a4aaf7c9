"""The command line: one file a verb, each parses, calls and prints."""

from __future__ import annotations

from .main import main

__all__ = ["main"]
