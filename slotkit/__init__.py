"""Slot filling: words in, slots out, by taggers that are small, fast and understandable."""

__version__ = "0.1.0"
