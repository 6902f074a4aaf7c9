"""What is found: its kind, what it says, where it stands, and what would mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

RARE = 10  # training spans

# The kinds of finding, in the order in which they are reported, and what each counts.
KINDS = {
    "misfit": "spans that do not fit the tokens",
    "disagree": "rows whose keys contradict each other",
    "odd_prefix": "tags of another scheme than the rest",
    "near_labels": "slots whose names are nearly the same",
    "continues_nothing": "I- tags that continue nothing",
    "other_text": "texts that are not their tokens",
    "edge": "spans that take in punctuation or an article",
    "border": "words that are labelled in other borders elsewhere",
    "two_labellings": "texts with more than one labelling",
    "outside": "values that are labelled elsewhere and O here",
    "two_kinds": "values that are nearly always of another kind of slot",
    "lookalike": "values of which every word stands in another kind of slot alone",
    "shared_templates": "parts whose texts are those of train but for the values",
    "in_train": "texts of other splits that stand in train too",
    "rare": f"slots with fewer than {RARE} training spans",
    "unseen_tag": "tags that train does not have, so that no tagger can predict them",
}


class Place(NamedTuple):
    """An utterance: its split, and its number within that, counted from 1."""

    split: str
    utterance: int

    def __str__(self) -> str:
        return f"{self.split}:{self.utterance}"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is or may be a mistake.

    Parameters
    ----------
    kind, message : str
        A key of `KINDS`, and what was found, on one line.
    places : tuple of Place
        The utterances that it is about; empty where it is about a line.
    count : int
        How often it occurs.
    examples : tuple of str
        What stands there, a line each: values in [slot|value], words without a slot in {braces}.
    fix : str
        What would mend it; empty where that is for people to say.
    file, line : str and int, optional
        The line that cannot be read, counted from 1.
    """

    kind: str
    message: str
    places: tuple[Place, ...] = ()
    count: int = 1
    examples: tuple[str, ...] = ()
    fix: str = ""
    file: str | None = None
    line: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the finding as what JSON holds; a place is a pair of split and utterance."""
        return asdict(self)


def group(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Sort findings by kind: a list for each key of `KINDS`, in that order, in theirs."""
    groups: dict[str, list[Finding]] = {kind: [] for kind in KINDS}
    for finding in findings:
        groups[finding.kind].append(finding)
    return groups


def listed(places: Iterable[Place]) -> str:
    """Write the first of some places, and how many more there are."""
    places = list(dict.fromkeys(places))
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return ", ".join(map(str, places[:3])) + more


def times(count: int) -> str:
    """Write a number of times."""
    return "once" if count == 1 else f"{count:,} times"
