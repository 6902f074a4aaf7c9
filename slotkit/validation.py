"""Mistakes of a labelled corpus, found without a model.

What is certain (an I- that continues nothing, a tag that training lacks) is told apart from what
is only suspect: words that are nearly always labelled and here are not. What is suspect stands by
falling suspicion. Words are compared in lower case, as the encoders do by default.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from slotkit.formats.find import find_parts
from slotkit.formats.lines import Problems, read_lines
from slotkit.formats.rows import Row, offsets_of
from slotkit.kinds import find_kinds, slot_values
from slotkit.tags import OUTSIDE, SCHEMES, Span, find_scheme, is_legal, spans_of, split_tag, tags_of
from slotkit.tokenizer import TOKENIZERS, tokenize

# The kinds of finding, in the order in which they are reported, and what each counts.
KINDS = {
    "misfit": "spans that do not fit the tokens",
    "continues_nothing": "I- tags that continue nothing",
    "other_text": "texts that are not their tokens",
    "edge": "spans that take in punctuation or an article",
    "border": "words that are labelled in other borders elsewhere",
    "two_labellings": "texts with more than one labelling",
    "outside": "values that are labelled elsewhere and O here",
    "two_kinds": "values that are nearly always of another kind of slot",
    "in_train": "texts of other splits that stand in train too",
    "rare": "slots with fewer than 10 training spans",
    "unseen_tag": "tags that train does not have, so that no tagger can predict them",
}
RARE = 10  # training spans

_CHECKED = 10_000  # utterances on which the tokenizer is chosen, as training does
_CONVENTION = 0.1  # of a slot's spans: what so many do is meant
_MANY = 10  # values of a kind under O that are reported as one finding
_EXCERPT = 50  # characters shown on either side
_STOPS = ",;:?!.…、，。；：？！"  # what is taken for punctuation at the ends of a value
_MAY_END = ".!…！"  # stops that a value may end in: a.m., Yahoo!
_ARTICLES = {"a", "an", "the"}

Words = tuple[str, ...]
_Side = tuple[str, str]  # "before" or "behind", and the word there


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
    kind : str
        A key of `KINDS`.
    message : str
        What was found, on one line.
    places : tuple of Place
        The utterances that it is about; empty where it is about none, or about a line.
    count : int
        How often it occurs.
    examples : tuple of str
        What stands there, a line each: values in [slot|value], words without a slot in {braces}.
    fix : str
        What would mend it; empty where that is for people to say.
    file : str, optional
        The file of a line that cannot be read.
    line : int, optional
        That line, counted from 1.
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


class _Utterance(NamedTuple):
    """An utterance as the checks see it; `words` are its tokens in lower case."""

    place: Place
    row: Row
    words: Words
    spans: list[Span]


def group(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Sort findings by kind: a list for each key of `KINDS`, in that order, in theirs."""
    groups: dict[str, list[Finding]] = {kind: [] for kind in KINDS}
    for finding in findings:
        groups[finding.kind].append(finding)
    return groups


# Reading


def read_splits(
    source: str | Path,
    *,
    format: str | None = None,  # noqa: A002 (as on the command line)
) -> tuple[dict[str, list[Row]], list[Finding]]:
    """Read a corpus as `load_corpus` does, and say where it had to be repaired.

    Parameters
    ----------
    source, format
        As in `find_parts`. The `datasets` library is needed only for what it wrote, and the hub.

    Returns
    -------
    dict of str to list of Row
        The utterances of each split, their tags in legal IOB2.
    list of Finding
        Of the kinds ``continues_nothing`` and ``other_text``.

    Raises
    ------
    CorpusError
        If there is no such corpus, or it cannot be read: then the message names the first lines.
    ValueError
        If there is no such format.
    """
    problems = Problems()
    splits: dict[str, list[Row]] = {}
    schemes: dict[str, str] = {}
    for split, part in find_parts(source, format=format).items():
        before = len(problems)
        splits[split] = list(part.rows(problems))
        if not splits[split] and len(problems) == before:
            problems.add(part.place, None, "holds no utterances")
        try:
            schemes[split] = find_scheme(row["tags"] for row in splits[split])
        except ValueError as error:
            problems.add(part.place, None, str(error))
    problems.check()
    findings: list[Finding] = []
    for split, rows in splits.items():
        for number, row in enumerate(rows, 1):
            findings += _repair(row, Place(split, number), schemes[split])
    return splits, findings


def _repair(row: Row, place: Place, scheme: str) -> Iterator[Finding]:
    """Make the tags legal IOB2 and the text one of the tokens, as `load_corpus` does."""
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
    tags = SCHEMES[scheme](row["tags"])
    row["tags"] = tags_of(spans_of(tags), len(tags))
    for position, tag in enumerate(tags):
        previous = tags[position - 1] if position else OUTSIDE
        if not is_legal(previous, tag):
            yield _continues_nothing(row, place, position, previous)


def _continues_nothing(row: Row, place: Place, position: int, previous: str) -> Finding:
    """Report an I- that continues nothing; the row is repaired already."""
    spans = spans_of(row["tags"])
    span = next(span for span in spans if span.start == position)
    shown = [span]
    fix = f"B-{span.slot}, as it is read; or let the span begin earlier"
    if position and previous != OUTSIDE:
        shown = [one for one in spans if one.end == position] + shown
        fix = f"I-{split_tag(previous)[1]} to continue what stands before it; else B-{span.slot}"
    what = f"after {previous}" if position else "at the beginning"
    return Finding(
        kind="continues_nothing",
        message=f"I-{span.slot} {what}, read as B-{span.slot}",
        places=(place,),
        examples=(f"{place}  {_excerpt(row, shown)}",),
        fix=fix,
    )


def find_misfits(
    source: str | Path,
    *,
    format: str | None = None,  # noqa: A002 (as on the command line)
) -> list[Finding]:
    """Find the slots of a corpus that cannot be read since they do not fit its texts.

    Such are in JSON lines that hold a text with slots by characters: a slot that does not begin
    and end where tokens do, leaves the text, or has another value than stands there.

    Parameters
    ----------
    source, format
        As in `find_parts`.

    Returns
    -------
    list of Finding
        Of the kind ``misfit``, each with its file and line and, where there is one, the span
        that fits.

    Raises
    ------
    CorpusError
        If there is no such corpus.
    """
    findings: list[Finding] = []
    for part in find_parts(source, format=format).values():
        for file in part.files if part.format == "jsonl" else []:
            for number, line in read_lines(file, Problems()):
                for message, fix in _misfits(line):
                    findings.append(
                        Finding(
                            kind="misfit", message=message, fix=fix, file=str(file), line=number
                        )
                    )
    return findings


def _misfits(line: str) -> Iterator[tuple[str, str]]:
    """Give what is wrong with the slots of a line of JSON, and the span that fits."""
    try:
        found = json.loads(line)
        text, slots = found["text"], found["slots"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return
    if "tokens" in found or not isinstance(text, str) or not isinstance(slots, list):
        return
    words, offsets = tokenize(text)
    starts, ends = {start for start, _ in offsets}, {end for _, end in offsets}
    for slot in slots:
        if not isinstance(slot, dict) or not isinstance(slot.get("name"), str):
            continue
        start, end, value = slot.get("start"), slot.get("end"), slot.get("value")
        if type(start) is not int or type(end) is not int:
            continue
        there = text[max(0, start) : max(0, end)]
        if start in starts and end in ends and start < end and value in (None, there):
            continue
        fits = _place_of(value, text) or _fitting(words, offsets, start, end)
        message = f"{slot['name']} at {start}..{end} is {there!r}"
        if isinstance(value, str) and value != there:
            message += f", its value {value!r}"
        fix = f"{fits[0]}..{fits[1]}, {text[fits[0] : fits[1]]!r}" if fits else ""
        yield f"{message}, in {text!r}", fix


def _place_of(value: object, text: str) -> tuple[int, int] | None:
    """Find where a value stands, if it stands in the text once and between tokens."""
    if not isinstance(value, str) or not value or text.count(value) != 1:
        return None
    start, end = text.index(value), text.index(value) + len(value)
    offsets = tokenize(text).offsets
    fits = any(start == first for first, _ in offsets) and any(end == last for _, last in offsets)
    return (start, end) if fits else None


def _fitting(
    words: Sequence[str], offsets: Sequence[tuple[int, int]], start: int, end: int
) -> tuple[int, int] | None:
    """Find the span of whole tokens that is meant: those of which more than half is covered.

    Where no token is, all that are touched; commas and the like at its ends do not belong to it.
    """
    covered = [min(last, end) - max(first, start) for first, last in offsets]
    touched = [index for index, size in enumerate(covered) if size > 0]
    mostly = [i for i in touched if 2 * covered[i] > offsets[i][1] - offsets[i][0]] or touched
    while len(mostly) > 1 and words[mostly[0]] in _STOPS:
        del mostly[0]
    while len(mostly) > 1 and words[mostly[-1]] in set(_STOPS) - set(_MAY_END):
        del mostly[-1]
    return (offsets[mostly[0]][0], offsets[mostly[-1]][1]) if mostly else None


# Checking


def measure(splits: Mapping[str, Iterable[Row]]) -> dict[str, dict[str, int]]:
    """Count the utterances of each split.

    Returns
    -------
    dict of str to dict of str to int
        ``utterances``; ``repeats``, those whose text stands earlier in the split; ``in_train``,
        those whose text stands in train (0 for train itself).
    """
    texts = {
        split: [tuple(word.lower() for word in row["tokens"]) for row in rows]
        for split, rows in splits.items()
    }
    train = set(texts.get("train", []))
    return {
        split: {
            "utterances": len(words),
            "repeats": len(words) - len(set(words)),
            "in_train": 0 if split == "train" else sum(one in train for one in words),
        }
        for split, words in texts.items()
    }


def validate(splits: Mapping[str, Iterable[Row]]) -> list[Finding]:
    """Look for mistakes in a corpus.

    Parameters
    ----------
    splits : mapping of str to iterable of Row
        As `read_splits` or `load_corpus` gives them, tags in legal IOB2.

    Returns
    -------
    list of Finding
        By kind, in the order of `KINDS`; what is suspect by falling suspicion.

        - ``misfit``: a span whose border lies inside a token of the tokenizer that gives most of
          the corpus' tokens back, and that a model of this corpus cuts text with.
        - ``edge``: a span that begins or ends with punctuation or an article while the rest of
          it is a value of its own elsewhere.
        - ``border``: words that are nearly always one span, or nearly always one only in part
          or several, and here the other; all of one kind of slot.
        - ``two_labellings``: a text that is labelled in two ways, in one split or several.
        - ``outside``: words that are nearly always labelled, and here all ``O``; first those
          beside the same words as where they are labelled. What is regularly ``O`` beside a
          word is passed over. Many values of one kind of slot are one finding.
        - ``two_kinds``: a value that is nearly always of one kind of slot (see `find_kinds`;
          slots of departure and destination are of one), and here of another; as ``outside``.
        - ``in_train``: a text of another split that stands in train too.
        - ``rare``: a slot with fewer than `RARE` spans in train.
        - ``unseen_tag``: a tag of another split that train does not have.

        "Nearly always" means that, with a confidence of nine in ten, it is so in more than half
        of such places: four times out of five will do, three out of four not.
    """
    rows = {split: list(rows) for split, rows in splits.items()}
    utterances = [
        _Utterance(
            Place(split, number),
            row,
            tuple(word.lower() for word in row["tokens"]),
            spans_of(row["tags"]),
        )
        for split in rows
        for number, row in enumerate(rows[split], 1)
    ]
    train = [one for one in utterances if one.place.split == "train"]
    known = slot_values([one.words for one in train], [one.row["tags"] for one in train])
    kinds = find_kinds(known)
    for one in utterances:
        for span in one.spans:
            kinds.setdefault(span.slot, span.slot)
    values = _Values(utterances, kinds)
    findings = [
        *_cut_tokens(utterances),
        *_edges(utterances, values),
        *_borders(utterances, values),
        *_two_labellings(utterances),
        *_outside(utterances, values),
        *_two_kinds(utterances, values),
    ]
    if train:
        findings += _in_train(utterances)
        findings += _rare(train)
        findings += _unseen_tags(utterances)
    return findings


class _Values:
    """Every value of the corpus: how it is labelled, and how beside which words."""

    def __init__(self, utterances: Iterable[_Utterance], kinds: Mapping[str, str]) -> None:
        self.kinds = kinds
        self.slots: defaultdict[Words, Counter[str]] = defaultdict(Counter)
        self.totals: Counter[str] = Counter()
        self._lengths: defaultdict[str, set[int]] = defaultdict(set)
        self._beside: defaultdict[tuple[_Side, Words], Counter[str]] = defaultdict(Counter)
        for one in utterances:
            for start, end, slot in one.spans:
                value = one.words[start:end]
                self.slots[value][slot] += 1
                self.totals[slot] += 1
                self._lengths[value[0]].add(end - start)
                for side in _sides(one.words, start, end):
                    self._beside[side, value][slot] += 1

    def beside(self, side: _Side, value: Words) -> Counter[str]:
        """Count how a value is labelled where a word stands beside it."""
        return self._beside.get((side, value), Counter())

    def stretches(self, words: Words) -> Iterator[tuple[int, int]]:
        """Find where values stand, labelled or not: start and end."""
        for start, word in enumerate(words):
            for length in self._lengths.get(word, ()):
                end = start + length
                if end <= len(words) and words[start:end] in self.slots:
                    yield start, end

    def usual_kind(self, value: Words) -> str:
        """Give the kind of the slot that a value most often has."""
        return self.kinds[self.slots[value].most_common(1)[0][0]]

    def of_kind(self, value: Words, kind: str) -> int:
        """Count how often a value is labelled as a slot of a kind."""
        counts: Mapping[str, int] = self.slots.get(value, {})
        return sum(count for slot, count in counts.items() if self.kinds[slot] == kind)


def _cut_tokens(utterances: Sequence[_Utterance]) -> Iterator[Finding]:
    """Find the spans whose border lies inside a token that a model would see."""
    checked = [one.row for one in utterances[:_CHECKED]]
    tokenizer = max(
        TOKENIZERS,
        key=lambda name: sum(tokenize(r["text"], name).words == r["tokens"] for r in checked),
    )
    for one in utterances:
        text = one.row["text"]
        words, offsets = tokenize(text, tokenizer)
        if words == one.row["tokens"]:
            continue
        starts, ends = {start for start, _ in offsets}, {end for _, end in offsets}
        for span in one.spans:
            start, end = _characters(one.row, span)
            if start not in starts or end not in ends:
                fits = _fitting(words, offsets, start, end)
                yield Finding(
                    kind="misfit",
                    message=f"{span.slot} is {text[start:end]!r}, which cuts a token of the text",
                    places=(one.place,),
                    examples=(f"{one.place}  {_excerpt(one.row, [span])}",),
                    fix=repr(text[fits[0] : fits[1]]) if fits else "",
                )


def _edges(utterances: Iterable[_Utterance], values: _Values) -> Iterator[Finding]:
    """Find the spans that take in punctuation or an article."""
    found: defaultdict[tuple[str, Words], list[tuple[_Utterance, Span]]] = defaultdict(list)
    totals: Counter[str] = Counter()
    for one in utterances:
        for span in one.spans:
            value = one.words[span.start : span.end]
            if _core(value) != value:
                found[span.slot, value].append((one, span))
                totals[span.slot] += 1
    for (slot, value), spans in found.items():
        core, kind = _core(value), values.kinds[slot]
        alone = values.of_kind(core, kind) > values.of_kind(value, kind)
        may_be = value[0] in _ARTICLES or value[-1][-1] in _MAY_END
        meant = may_be or totals[slot] > max(1, _CONVENTION * values.totals[slot])
        if alone or not core or not meant:
            text = _text(spans[0][0].row, spans[0][1])
            yield Finding(
                kind="edge",
                message=f"{slot} is {text!r} {_times(len(spans))}",
                places=tuple(one.place for one, _ in spans),
                count=len(spans),
                examples=_examples(spans),
                fix=_core_of(text) or OUTSIDE,
            )


def _core(value: Words) -> Words:
    """Take an article and punctuation off the ends of a value."""
    return tuple(_core_of(" ".join(value)).split())


def _core_of(text: str) -> str:
    """Take an article and punctuation off the ends of a text."""
    article, _, rest = text.partition(" ")
    text = rest if rest and article.lower() in _ARTICLES else text
    return text.rstrip(_STOPS + " ").lstrip(_STOPS.replace(".", " "))  # .5 is a number


def _borders(utterances: Iterable[_Utterance], values: _Values) -> Iterator[Finding]:
    """Find words that are one span here, and only in part one or several there."""
    whole: defaultdict[tuple[Words, str], list[tuple[_Utterance, list[Span]]]] = defaultdict(list)
    part: defaultdict[tuple[Words, str], list[tuple[_Utterance, list[Span]]]] = defaultdict(list)
    for one in utterances:
        for start, end in values.stretches(one.words):
            if end - start < 2:
                continue
            inside = [span for span in one.spans if span.start < end and start < span.end]
            value = one.words[start:end]
            slots = {values.kinds[span.slot] for span in inside}
            if len(slots) != 1 or any(s.start < start or end < s.end for s in inside):
                continue
            exact = inside[0][:2] == (start, end)
            (whole if exact else part)[value, slots.pop()].append((one, inside))
    ranked = []
    for key, wholes in whole.items():
        few, many = sorted([wholes, part.get(key, [])], key=len)
        if few and _suspicion(len(many), len(few)) > 0.5:
            ranked.append((_suspicion(len(many), len(few)), few, many))
    for _, few, many in sorted(ranked, key=lambda entry: -entry[0]):
        usual = " ".join(map(partial(_bracketed, many[0][0].row), many[0][1]))
        here = " ".join(map(partial(_bracketed, few[0][0].row), few[0][1]))
        yield Finding(
            kind="border",
            message=f"{here} {_times(len(few))}, but {usual} {_times(len(many))}",
            places=tuple(one.place for one, _ in few),
            count=len(few),
            examples=tuple(f"{one.place}  {_excerpt(one.row, spans)}" for one, spans in few),
            fix=usual,
        )


def _two_labellings(utterances: Iterable[_Utterance]) -> Iterator[Finding]:
    """Find the texts that are labelled in more than one way, the most frequent first."""
    texts: defaultdict[Words, defaultdict[Words, list[_Utterance]]]
    texts = defaultdict(lambda: defaultdict(list))
    for one in utterances:
        texts[one.words][tuple(one.row["tags"])].append(one)
    several = [list(ways.values()) for ways in texts.values() if len(ways) > 1]
    for ways in sorted(several, key=lambda ways: -sum(map(len, ways))):
        ways.sort(key=len, reverse=True)
        places = tuple(one.place for way in ways for one in way)
        counts = ", ".join(str(len(way)) for way in ways)
        yield Finding(
            kind="two_labellings",
            message=f"{ways[0][0].row['text']!r}, labelled in {len(ways)} ways: {counts}",
            places=places,
            count=len(places),
            examples=tuple(
                f"{len(way)} × {_annotated(way[0].row, way[0].spans)}  "
                f"{_listed([one.place for one in way])}"
                for way in ways
            ),
        )


class _Odd(NamedTuple):
    """A place where a value is not labelled as it usually is."""

    one: _Utterance
    span: Span  # its slot empty under O
    likely: float  # how surely the words beside it want the usual label
    usual: Counter[str]  # the slots that it usually has, beside these words if they tell


def _odd_ones(
    places: Sequence[tuple[_Utterance, Span]], values: _Values, usual_kind: str | None
) -> list[_Odd]:
    """Keep the places that words beside them do not explain, the most suspicious first.

    Parameters
    ----------
    places : sequence of (_Utterance, Span)
        All places where one value is labelled, or not labelled, in one unusual way.
    values : _Values
        Of the corpus.
    usual_kind : str or None
        The kind of slot that the value usually has; any for None.
    """

    def usual(slots: Counter[str]) -> Counter[str]:
        kept = {s: n for s, n in slots.items() if usual_kind in (None, values.kinds[s])}
        return Counter(kept)

    here = Counter(side for one, span in places for side in _sides(one.words, *span[:2]))
    odd = []
    for one, span in places:
        value = one.words[span.start : span.end]
        likely, slots = 0.0, usual(values.slots[value])
        for side in _sides(one.words, *span[:2]):
            labelled = usual(values.beside(side, value))
            if here[side] > max(1, labelled.total()):
                break  # beside this word, it is the unusual that is usual
            if labelled and (suspicion := _suspicion(labelled.total(), here[side])) > likely:
                likely, slots = suspicion, labelled
        else:
            odd.append(_Odd(one, span, likely, slots))
    return sorted(odd, key=lambda entry: -entry.likely)


def _outside(utterances: Iterable[_Utterance], values: _Values) -> Iterator[Finding]:
    """Find the values that stand under O, by falling suspicion."""
    found: defaultdict[Words, list[tuple[_Utterance, Span]]] = defaultdict(list)
    for one in utterances:
        free = [tag == OUTSIDE for tag in one.row["tags"]]
        stretches = [(a, b) for a, b in values.stretches(one.words) if all(free[a:b])]
        for start, end in stretches:
            if not any((a, b) != (start, end) and a <= start and end <= b for a, b in stretches):
                found[one.words[start:end]].append((one, Span(start, end, "")))
    ranked: list[tuple[float, Words, list[_Odd]]] = []
    for value, places in found.items():
        usual = values.slots[value].total()
        suspicion = _suspicion(usual, len(places))
        odd = _odd_ones(places, values, None) if suspicion > 0.5 else []
        if 0 < len(odd) <= max(1, _CONVENTION * usual):
            ranked.append((suspicion, value, odd))
    ranked.sort(key=lambda entry: (-entry[2][0].likely, -entry[0]))
    kinds: defaultdict[str, list[tuple[Words, list[_Odd]]]] = defaultdict(list)
    for _, value, odd in ranked:
        kinds[values.usual_kind(value)].append((value, odd))
    frequent = Counter(
        values.usual_kind(value)
        for value, slots in values.slots.items()
        if _suspicion(slots.total(), 1) > 0.5
    )
    many = {
        kind: entries
        for kind, entries in kinds.items()
        if len(entries) >= _MANY and len(entries) > _CONVENTION * frequent[kind]
    }
    for kind, entries in many.items():
        yield _outside_many(kind, entries, values)
    for _, value, odd in ranked:
        if values.usual_kind(value) not in many:
            yield _outside_one(value, odd, values, len(found[value]))


def _outside_one(value: Words, odd: Sequence[_Odd], values: _Values, outside: int) -> Finding:
    """Report a value that stands under O."""
    slots = values.slots[value]
    text = _text(odd[0].one.row, odd[0].span)
    return Finding(
        kind="outside",
        message=f"{text!r} is labelled {_times(slots.total())} ({_counts(slots)}), "
        f"O {_times(outside)}",
        places=tuple(entry.one.place for entry in odd),
        count=len(odd),
        examples=_examples((entry.one, entry.span) for entry in odd),
        fix=f"[{odd[0].usual.most_common(1)[0][0]}|{text}], if it means the same here",
    )


def _outside_many(
    kind: str, entries: Sequence[tuple[Words, Sequence[_Odd]]], values: _Values
) -> Finding:
    """Report that many values of a kind stand under O: perhaps that is meant."""
    slots = sorted(slot for slot, other in values.kinds.items() if other == kind)
    odd = sorted((one for _, odd in entries for one in odd), key=lambda entry: -entry.likely)
    labelled = sum(values.of_kind(value, kind) for value, _ in entries)
    return Finding(
        kind="outside",
        message=f"{len(entries):,} values of {', '.join(slots)} are labelled "
        f"{_times(labelled)}, O {_times(len(odd))}",
        places=tuple(entry.one.place for entry in odd),
        count=len(odd),
        examples=_examples((entry.one, entry.span) for entry in odd),
        fix="nothing, if values that do not count are to stay O",
    )


def _two_kinds(utterances: Iterable[_Utterance], values: _Values) -> Iterator[Finding]:
    """Find the values that nearly always are of another kind, by falling suspicion."""
    usual: dict[Words, tuple[float, str]] = {}
    for value, slots in values.slots.items():
        kinds: Counter[str] = Counter()
        for slot, count in slots.items():
            kinds[values.kinds[slot]] += count
        kind, count = kinds.most_common(1)[0]
        suspicion = _suspicion(count, slots.total() - count)
        if len(kinds) > 1 and suspicion > 0.5:
            usual[value] = suspicion, kind
    found: defaultdict[tuple[Words, str], list[tuple[_Utterance, Span]]] = defaultdict(list)
    for one in utterances:
        for span in one.spans:
            value = one.words[span.start : span.end]
            if value in usual and values.kinds[span.slot] != usual[value][1]:
                found[value, span.slot].append((one, span))
    ranked: list[tuple[float, Words, str, list[_Odd]]] = []
    for (value, slot), places in found.items():
        suspicion, kind = usual[value]
        odd = _odd_ones(places, values, kind)
        if odd and len(places) <= max(1, _CONVENTION * values.of_kind(value, kind)):
            ranked.append((suspicion, value, slot, odd))
    ranked.sort(key=lambda entry: (-entry[3][0].likely, -entry[0]))
    for _, value, slot, odd in ranked:
        kind = usual[value][1]
        others = Counter({s: n for s, n in values.slots[value].items() if values.kinds[s] == kind})
        text = _text(odd[0].one.row, odd[0].span)
        yield Finding(
            kind="two_kinds",
            message=f"{text!r} is labelled {_times(others.total())} ({_counts(others)}), "
            f"{slot} {_times(values.slots[value][slot])}",
            places=tuple(entry.one.place for entry in odd),
            count=len(odd),
            examples=_examples((entry.one, entry.span) for entry in odd),
            fix=f"[{odd[0].usual.most_common(1)[0][0]}|{text}], if it means the same here",
        )


def _in_train(utterances: Sequence[_Utterance]) -> Iterator[Finding]:
    """Find the texts of the other splits that stand in train."""
    texts: defaultdict[tuple[str, Words], list[_Utterance]] = defaultdict(list)
    for one in utterances:
        texts[one.place.split, one.words].append(one)
    for (split, words), found in texts.items():
        if split != "train" and ("train", words) in texts:
            places = tuple(one.place for one in found)
            train = _listed([one.place for one in texts["train", words]])
            yield Finding(
                kind="in_train",
                message=f"{_listed(places)} as {train}: {found[0].row['text']}",
                places=places,
                count=len(places),
            )


def _rare(train: Iterable[_Utterance]) -> Iterator[Finding]:
    """Find the slots of which training has few spans, the rarest first."""
    places: defaultdict[str, list[Place]] = defaultdict(list)
    for one in train:
        for span in one.spans:
            places[span.slot].append(one.place)
    for slot in sorted(places, key=lambda slot: (len(places[slot]), slot)):
        if len(places[slot]) < RARE:
            yield Finding(
                kind="rare",
                message=f"{slot} {_times(len(places[slot]))}: {_listed(places[slot])}",
                places=tuple(dict.fromkeys(places[slot])),
                count=len(places[slot]),
            )


def _unseen_tags(utterances: Iterable[_Utterance]) -> Iterator[Finding]:
    """Find the tags of the other splits that train does not have, the most frequent first."""
    places: defaultdict[tuple[str, str], list[Place]] = defaultdict(list)
    for one in utterances:
        for tag in one.row["tags"]:
            places[one.place.split, tag].append(one.place)
    unseen = [key for key in places if ("train", key[1]) not in places]
    for split, tag in sorted(unseen, key=lambda key: -len(places[key])):
        found = places[split, tag]
        yield Finding(
            kind="unseen_tag",
            message=f"{tag} {_times(len(found))}: {_listed(found)}",
            places=tuple(dict.fromkeys(found)),
            count=len(found),
        )


# In words


def _suspicion(usual: int, unusual: int) -> float:
    """Give the least share that is usual: Wilson's lower bound, at nine in ten."""
    z, total = 1.2816, usual + unusual
    share = usual / total
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (share + z * z / (2 * total) - spread) / (1 + z * z / total)


def _sides(words: Words, start: int, end: int) -> list[_Side]:
    """Give the words on both sides of a stretch; the end of an utterance tells nothing."""
    sides = [("before", words[start - 1] if start else "")]
    return sides + ([("behind", words[end])] if end < len(words) else [])


def _characters(row: Row, span: Span) -> tuple[int, int]:
    """Give the characters that a span covers in the text."""
    offsets = offsets_of(row["text"], row["tokens"]) or []
    return offsets[span.start][0], offsets[span.end - 1][1]


def _text(row: Row, span: Span) -> str:
    """Give the text of a span as it is written."""
    start, end = _characters(row, span)
    return row["text"][start:end]


def _bracketed(row: Row, span: Span) -> str:
    """Write a span as [slot|value], a stretch without a slot in braces."""
    text = _text(row, span)
    return f"[{span.slot}|{text}]" if span.slot else f"{{{text}}}"


def _annotated(row: Row, spans: Iterable[Span]) -> str:
    """Write a text with its spans."""
    pieces, done = [], 0
    for span in spans:
        start, end = _characters(row, span)
        pieces += [row["text"][done:start], _bracketed(row, span)]
        done = end
    return "".join([*pieces, row["text"][done:]])


def _excerpt(row: Row, spans: Sequence[Span]) -> str:
    """Write spans with what stands around them."""
    text = row["text"]
    first, last = _characters(row, spans[0])[0], _characters(row, spans[-1])[1]
    before = max(0, first - _EXCERPT)
    after = len(text) - last - _EXCERPT
    written = _annotated(row, spans)
    left = f"…{written[before:]}" if before else written
    return f"{left[:-after]}…" if after > 0 else left


def _examples(spans: Iterable[tuple[_Utterance, Span]]) -> tuple[str, ...]:
    """Write a line for each span."""
    return tuple(f"{one.place}  {_excerpt(one.row, [span])}" for one, span in spans)


def _listed(places: Iterable[Place]) -> str:
    """Write the first of some places, and how many more there are."""
    places = list(dict.fromkeys(places))
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return ", ".join(map(str, places[:3])) + more


def _counts(slots: Counter[str]) -> str:
    """Write the most frequent slots, each with its count."""
    more = ", …" if len(slots) > 3 else ""
    return ", ".join(f"{slot} {count}" for slot, count in slots.most_common(3)) + more


def _times(count: int) -> str:
    """Write a number of times."""
    return "once" if count == 1 else f"{count:,} times"
