"""Reading a corpus, and what had to be repaired for that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from slotkit.corpus.formats.find import find_parts
from slotkit.corpus.formats.reading import How
from slotkit.corpus.formats.rows import Row, offsets_of
from slotkit.corpus.lint.findings import Finding, Place
from slotkit.corpus.lint.spots import Spot, Utterance, report
from slotkit.corpus.repair import MARKED, odd_tags, survey
from slotkit.text.tags import OUTSIDE, SCHEMES, is_legal, is_odd, spans_of, split_tag, tags_of


def read_splits(
    source: str | Path,
    *,
    format: str | None = None,  # noqa: A002 (as on the command line)
    how: How | None = None,
) -> tuple[dict[str, list[Row]], list[Finding], list[str]]:
    """Read a corpus as `load_corpus` does, and say where it had to be repaired.

    Parameters
    ----------
    source, format
        As in `find_parts`. The `datasets` library is needed only for what it wrote, and the hub.
    how : How, optional
        As the options of `load_corpus`.

    Returns
    -------
    dict of str to list of Row
        The utterances of each split, their tags in legal IOB2.
    list of Finding
        Of the kinds ``misfit``, ``disagree``, ``odd_prefix``, ``continues_nothing`` and
        ``other_text``.
    list of str
        What reading took for granted or left out, a line each.

    Raises
    ------
    CorpusError
        If there is no such corpus, or it cannot be read: then the message names the first lines.
    ValueError
        If there is no such format.
    """
    parts = find_parts(source, format=format)
    found = survey(parts, how or How(), lenient=True)
    splits: dict[str, list[Row]] = {}
    findings: list[Finding] = []
    for split, part in parts.items():
        found.reading.split = split
        rows = splits[split] = list(part.rows(found.reading))
        for number, row in enumerate(rows, 1):
            findings += _repair(row, Place(split, number), found.schemes[split])
    found.reading.check()
    odd = [
        Finding(kind=kind, message=one.message, fix=one.fix, file=str(one.place), line=one.line)
        for kind, several in (
            ("misfit", found.reading.oddities),
            ("disagree", found.reading.contradictions),
        )
        for one in several
    ]
    return splits, odd + findings, found.reading.notes()


def _repair(row: Row, place: Place, scheme: str) -> Iterator[Finding]:
    """Make the tags legal IOB2 and the text one of the tokens."""
    joined = " ".join(row["tokens"])
    if row["text"] != joined and offsets_of(row["text"], row["tokens"]) is None:
        yield Finding(
            kind="other_text",
            message=f"{row['text']!r} is not its tokens, which are read instead",
            places=(place,),
            examples=(f"{place}  {joined}",),
            fix=f"the text {joined!r}, or the tokens of the text",
        )
        row["text"] = joined
    given = row["tags"]
    tags = SCHEMES[scheme](given)
    row["tags"] = tags_of(spans_of(tags), len(tags))
    if scheme in MARKED and not odd_tags(given, scheme) and is_odd(given, scheme):
        yield Finding(
            kind="odd_prefix",
            message=f"{' '.join(given)}: not legal {scheme}, which nearly all utterances are in",
            places=(place,),
            examples=(Utterance(place, row).shown(),),
            fix="marks for single tokens and for last ones, as the others have them",
        )
    for odd in odd_tags(given, scheme):
        yield Finding(
            kind="odd_prefix",
            message=f"{odd}, where nearly all utterances are in {scheme}",
            places=(place,),
            examples=(Utterance(place, row).shown(),),
            fix=f"{row['tags'][given.index(odd)]}, as it is read",
        )
    for position, (previous, tag) in enumerate(zip([OUTSIDE, *tags], tags, strict=False)):
        if not is_legal(previous, tag):
            (_, before), (_, slot) = split_tag(previous), split_tag(tag)
            utterance = Utterance(place, row)
            around = [span for span in utterance.spans if position in span[:2]]
            what = f"after {previous}" if position else "at the beginning"
            fix = f"B-{slot}, as it is read; or let the span begin earlier"
            if before:
                fix = f"I-{before} to continue what stands before it; else B-{slot}"
            message = f"{tag} {what}, read as B-{slot}"
            yield report("continues_nothing", message, [Spot(utterance, around)], fix)
