"""What a span was read as, and why it could not be."""

from __future__ import annotations

from typing import Any, NamedTuple


class Resolved(NamedTuple):
    """A span as a typed value.

    Parameters
    ----------
    kind : str
        The type that it was read as: ``date``, ``time``, ``number`` and so on.
    value : JSON value or None
        What it means; None where it cannot be read.
    alternatives : list of JSON value
        What else it may mean, the likelier first; mostly empty.
    reason : str or None
        Why it cannot be read, or what was assumed in reading it.
    """

    kind: str
    value: Any
    alternatives: list[Any]
    reason: str | None

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object with stable keys.

        Examples
        --------
        >>> Resolved("number", 12, [], None).to_json()
        {'kind': 'number', 'value': 12, 'alternatives': [], 'reason': None}
        """
        return self._asdict()


class Unreadable(Exception):  # noqa: N818 (no mistake of the caller: it never leaves this room)
    """A text that is no value of the type, with the reason and what it may have meant."""

    def __init__(self, reason: str, alternatives: list[Any] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.alternatives = alternatives or []
