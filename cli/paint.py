"""How utterances and their slots look on a terminal."""

from __future__ import annotations

import re

COLOURS = ("green", "cyan", "yellow", "magenta", "blue", "red")  # of slots, in turn
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def shown(text: str) -> str:
    """Escape what would command the terminal."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
