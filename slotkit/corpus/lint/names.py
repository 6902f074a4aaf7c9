"""Names of slots that are nearly the same: in case, in composition, by what has no width."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

from slotkit.corpus.lint.findings import Finding, listed, times
from slotkit.corpus.lint.spots import Spot, Utterance, each_span

_SEPARATORS = dict.fromkeys(map(ord, "-_. /:"))


def find_near_labels(utterances: Iterable[Utterance]) -> Iterator[Finding]:
    """Find the slots whose names nobody could tell apart when read aloud, the rarest first."""
    spots: defaultdict[str, list[Spot]] = defaultdict(list)
    for spot in each_span(utterances):
        spots[spot.slot].append(spot)
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for name in spots:
        alike[_core(name)].append(name)
    for names in alike.values():
        usual, *others = sorted(names, key=lambda name: (-len(spots[name]), name))
        for other in others:
            found = spots[other]
            places = tuple(spot.utterance.place for spot in found)
            message = f"{_visible(other)} {times(len(found))} ({listed(places)}), "
            message += f"{_visible(usual)} {times(len(spots[usual]))}"
            yield Finding(
                kind="near_labels",
                message=message,
                places=places,
                count=len(found),
                examples=tuple(spot.example() for spot in found),
                fix=f"{_visible(usual)}, if they are one slot",
            )


def _core(name: str) -> str:
    """Return what is left of a name without case, separators and what has no width."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    seen = "".join(one for one in plain if unicodedata.category(one) not in ("Cf", "Mn"))
    return seen.translate(_SEPARATORS) or name


def _visible(name: str) -> str:
    """Write a name so that all of its characters are seen."""
    hidden = any(unicodedata.category(one) in ("Cf", "Mn") for one in name)
    return ascii(name) if hidden else name
