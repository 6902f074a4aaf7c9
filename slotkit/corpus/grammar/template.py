"""One template of a grammar, parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_MAX_DEPTH = 50  # of brackets

NAME = r"[\w.-]+"
_REFERENCE = re.compile(rf"(?:({NAME})=)?({NAME})")


class Reference(NamedTuple):
    """``<name>`` or ``<slot=name>`` of a template."""

    name: str
    slot: str | None


class Choice(NamedTuple):
    """A bracket of a template; an optional one gives nothing half of the time."""

    branches: list[Template]
    optional: bool


Template = list["str | Reference | Choice"]


# ----------------------------------------------------------------------------- reading


def parse_template(text: str) -> Template:
    """Parse one template.

    Raises
    ------
    ValueError
        If a bracket is not closed, closes nothing or nests too deep, or a reference has no
        proper name.
    """
    branches: list[Template] = [[]]
    outer: list[list[Template]] = []
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == "\\":
            if position == len(text):
                raise ValueError("'\\' at the end of the line takes nothing")
            branches[-1].append(text[position])
            position += 1
        elif character == "(":
            outer.append(branches)
            branches = [[]]
            if len(outer) > _MAX_DEPTH:
                raise ValueError(f"brackets must not nest deeper than {_MAX_DEPTH}")
        elif character == "|" and outer:
            branches.append([])
        elif character == ")" and outer:
            optional = text.startswith("?", position)
            position += optional
            choice = Choice(branches, optional)
            branches = outer.pop()
            branches[-1].append(choice)
        elif character == "<":
            end = text.find(">", position)
            if end < 0:
                raise ValueError("'<' is not closed")
            match = _REFERENCE.fullmatch(text, position, end)
            if not match:
                raise ValueError(f"expected <list> or <slot=list>, got '<{text[position:end]}>'")
            branches[-1].append(Reference(match[2], match[1]))
            position = end + 1
        elif character in ")|>":
            raise ValueError(f"{character!r} stands outside brackets; write '\\{character}'")
        else:
            branches[-1].append(character)
    if outer:
        raise ValueError("'(' is not closed")
    return branches[0]


def references(template: Template) -> Iterator[Reference]:
    """Yield every reference of a template, those in brackets included."""
    for node in template:
        if isinstance(node, Reference):
            yield node
        elif isinstance(node, Choice):
            for branch in node.branches:
                yield from references(branch)
