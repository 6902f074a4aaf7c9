"""What the whole of a corpus decides, and each row made what the rest of slotkit takes it for.

One pass finds in which scheme each split is tagged, whether there are edges, and whether texts are
to be cut at apostrophes; the second turns tags into legal IOB2 and counts what it changes.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import ne

from slotkit.corpus.formats.find import Part
from slotkit.corpus.formats.reading import How, Reading
from slotkit.corpus.formats.rows import BESIDE, Row, offsets_of
from slotkit.errors import CorpusError
from slotkit.text.tags import SCHEMES, find_scheme, is_odd, spans_of, tags_of

_OFTEN = 0.01  # of the slots by characters: where they end at apostrophes, these are tokens
_NAMED = 3  # odd tags that are named


@dataclass
class Survey:
    """What the first pass found, and the `Reading` of the second."""

    reading: Reading
    schemes: dict[str, str]
    beside: set[str]


def survey(parts: Mapping[str, Part], how: How, *, lenient: bool = False) -> Survey:
    """Go over all splits once; `lenient` as in `Reading`.

    Raises
    ------
    CorpusError
        If anything is wrong with them; a split without utterances is.
    """
    first = Reading(how._replace(strict=False), lenient=lenient)
    schemes: dict[str, str] = {}
    beside: set[str] = set()
    for split, part in parts.items():
        first.split = split
        scan = _Scan(part, first)
        try:
            schemes[split] = find_scheme(scan).name if how.scheme is None else how.scheme
        except CorpusError:
            raise
        except ValueError as error:
            first.add(part.place, None, f"{error}; --scheme overrules", whole=True)
        deque(scan if how.scheme else (), maxlen=0)
        beside |= scan.beside
    first.check()
    reading = Reading(how, lenient=lenient)
    if how.tokenizer is None and first.apart > _OFTEN * first.spans:
        reading.tokenizer = "apart"
        reading.take(
            "tokenizer apart",
            f"{first.apart} slots of {first.spans} end at apostrophes, where texts are cut too; "
            "--tokenizer overrules",
        )
    return Survey(reading, schemes, beside)


class _Scan:
    """The tags of a split, and on the way what else its rows have, or nothing at all."""

    def __init__(self, part: Part, reading: Reading) -> None:
        self._part, self._reading = part, reading
        self.beside: set[str] = set()

    def __iter__(self) -> Iterator[list[str]]:
        empty, before = True, len(self._reading)
        for row in self._part.rows(self._reading):
            empty = False
            self.beside |= {name for name in BESIDE if row[name]}
            yield row["tags"]
        if empty and len(self._reading) == before:
            self._reading.add(self._part.place, None, "holds no utterances", whole=True)


MARKED = {"IOBES": "OBIES", "BILOU": "OBILU", "BMES": "OBMES"}


def odd_tags(tags: list[str], scheme: str) -> list[str]:
    """Return the tags with a prefix that a scheme has not, each once."""
    known = MARKED.get(scheme, "OBI")
    return list(dict.fromkeys(tag for tag in tags if tag[0] not in known))


def repaired(part: Part, split: str, found: Survey) -> Iterator[Row]:
    """Turn tags into legal IOB2, give a text to tokens that theirs does not hold, and count."""
    reading, scheme = found.reading, found.schemes[split]
    reading.split = split
    named: Counter[str] = Counter()
    for number, row in enumerate(part.rows(reading), 1):
        given = row["tags"]
        odd = odd_tags(given, scheme)
        tags = SCHEMES[scheme](given)
        legal = tags_of(spans_of(tags), len(tags))
        if odd and reading.how.strict:
            message = f"utterance {number}: {', '.join(odd)} is not of {scheme} as the others are"
            reading.add(part.place, None, message)
        elif odd:
            named.update(odd)
        elif scheme in MARKED and is_odd(given, scheme):
            reading.count(f"utterances that are not legal {scheme}, read all the same")
            reading.count(f"tags read from {scheme}", sum(map(ne, given, tags)))
        else:
            reading.count(f"tags read from {scheme}", sum(map(ne, given, tags)))
        reading.count("I- tags that continue nothing read as B-", sum(map(ne, tags, legal)))
        row["tags"] = legal
        joined = " ".join(row["tokens"])
        if row["text"] != joined and offsets_of(row["text"], row["tokens"]) is None:
            reading.count("texts that are not their tokens replaced by these")
            row["text"] = joined
        yield row
    if named:
        several = ", ".join(f"{tag} {times(count)}" for tag, count in named.most_common(_NAMED))
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        what = f"tags of another scheme than {scheme}, which nearly all utterances are in, read as"
        reading.count(f"{what} B- or I-: {several}{more}; --scheme overrules", named.total())


def times(count: int) -> str:
    """Write a number of times."""
    return "once" if count == 1 else f"{count:,} times"
