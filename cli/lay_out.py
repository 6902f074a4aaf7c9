"""What `slotkit tag` prints of an utterance: JSON, or colours for people."""

from __future__ import annotations

import json
from itertools import cycle, zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from .paint import COLOURS, shown

if TYPE_CHECKING:
    from datetime import datetime

    from slotkit.tagging.filler import SlotFiller
    from slotkit.tagging.result import Tagging
    from slotkit.values import Resolved

_OF_EACH = ("tags", "confidence", "slots", "unsure", "frame")  # of the n best, in JSON
# json.dumps makes one for every call, and looks for circles.
encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_LIKELIEST = 3  # tags of a word that are shown to people


class Wanted(NamedTuple):
    """What is to be shown of each utterance."""

    as_json: bool
    min_confidence: float | None
    n_best: int
    probabilities: bool
    trace: bool = False
    expect: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    now: datetime | None = None

    def ask(self) -> dict[str, Any]:
        """Return what the tagger is asked with beside a text."""
        return {
            "min_confidence": self.min_confidence,
            "expect": self.expect or None,
            "allow": self.allow or None,
            "now": self.now,
        }


def lay_out(filler: SlotFiller, taggings: list[Tagging], wanted: Wanted) -> str:
    """Write the taggings of an utterance as JSON, or for people."""
    if wanted.as_json and wanted.n_best == 1 and not wanted.probabilities:
        return taggings[0].to_json_line()
    if wanted.as_json:
        found = taggings[0].to_json(probabilities=wanted.probabilities)
        if wanted.n_best > 1:
            others = [tagging.to_json() for tagging in taggings]
            found["n_best"] = [{key: other[key] for key in _OF_EACH} for other in others]
        return encode(found)
    described = []
    for tagging in taggings:
        how_likely = f"  (probability {tagging.confidence:.3f})" if wanted.n_best > 1 else ""
        described.append(_describe(tagging, filler.tags, wanted.probabilities, how_likely))
    return "\n".join(described)


def _typed(resolved: Resolved) -> str:
    """Write a typed value for people, or why there is none."""
    if resolved.value is None:
        return f"not read: {resolved.reason}"
    value = resolved.value if isinstance(resolved.value, str) else encode(resolved.value)
    return value if resolved.reason is None else f"{value}; {resolved.reason}"


def _describe(tagging: Tagging, tags: list[str], probabilities: bool, how_likely: str) -> str:
    """Lay a tagging out for people: the sentence, its slots coloured, and the frame."""
    names = sorted({tag[2:] for tag in tags if tag[1:2] == "-"})
    colours = dict(zip(names, cycle(COLOURS), strict=False))
    pieces, done = [], 0
    unsure = {slot.start for slot in tagging.unsure}
    for slot in sorted([*tagging.slots, *tagging.unsure], key=lambda slot: slot.start):
        value = click.style(shown(slot.value), fg=colours[slot.name], bold=slot.start not in unsure)
        pieces += [shown(tagging.text[done : slot.start]), value]
        done = slot.end
    lines = ["".join([*pieces, shown(tagging.text[done:]), how_likely])]
    if tagging.rejected:
        lines.append(f"  none of its business  (in scope: {tagging.in_scope:.2f})")
    if tagging.intent is not None:
        lines.append(f"  {tagging.intent.name}  ({tagging.intent.confidence:.2f})")
    for name, values in tagging.frame.items():
        resolved = [slot.resolved for slot in tagging.slots if slot.name == name]
        typed = [f"  ({_typed(one)})" for one in resolved if one is not None]
        values = [value + kind for value, kind in zip_longest(values, typed, fillvalue="")]
        lines.append(f"  {click.style(name, fg=colours[name])} = {shown(', '.join(values))}")
    for slot in tagging.unsure:
        name = click.style(slot.name, fg=colours[slot.name])
        lines.append(f"  {name} = {shown(slot.value)}?  ({slot.confidence:.2f})")
    if not tagging.slots and not tagging.unsure:
        lines.append("  (no slots)")
    if probabilities:
        width = max(map(len, tagging.tokens), default=0)
        for token, row in zip(tagging.tokens, tagging.probabilities, strict=True):
            best = row.argsort(kind="stable")[::-1][:_LIKELIEST]
            shares = "  ".join(f"{tags[k]} {row[k]:.3f}" for k in best)
            lines.append(f"    {shown(token):<{width}}  {shares}")
    return "\n".join(lines)
