"""The JSON objects that tools write for an utterance, told apart by their keys.

========================================  =====================================================
``tokens`` with ``tags``                  slotkit; ``ner_tags`` of Hugging Face; ``text`` with
                                          ``slot``, both lists, of OpenSLU
``text`` with ``slots``                   slotkit: ``name``, ``start``, ``end``
``text`` with ``label`` or ``entities``   doccano, spaCy: ``[start, end, name]``, or objects
``text`` with ``spans``                   Prodigy: ``label``, ``start``, ``end``; ``answer``
``tokenized_text`` with ``ner``           GLiNER: ``[first, last, name]`` in tokens
``annot_utt``                             MASSIVE: ``wake me at [time : six]``
========================================  =====================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from slotkit.corpus.formats.characters import Marked, row_of
from slotkit.corpus.formats.reading import ContradictionError, Reading
from slotkit.corpus.formats.rows import Row, make_row, offsets_of, one_line, shown
from slotkit.text.spans import characters_of, frame_of
from slotkit.text.tags import SCHEMES, Span, spans_of, tags_of

Object = Mapping[str, Any]
_TOKENS = {"tokens": ("tags", "ner_tags", "labels"), "text": ("slot", "slots", "labels", "tags")}
_SPANS = ("label", "labels", "entities", "spans")  # beside a text, in the order of trust
_NAME = ("name", "label", "entity", "labels", "slot", "slot_name")
_START, _END = ("start", "start_offset", "startPos"), ("end", "end_offset", "endPos")
_ANNOTATED = re.compile(r"\[\s*([^\[\]:]+?)\s*:\s*([^\[\]]*?)\s*\]")
_UNKNOWN = 'expected "tokens" with "tags", or "text" with "slots"'


def row_of_object(
    found: Object, reading: Reading, path: Path | str, line: int | None
) -> Row | None:
    """Read the object of an utterance; None for one that was not accepted.

    Raises
    ------
    ValueError
        If it is none, or anything is wrong with it.
    """
    intent = found.get("intent")
    if isinstance(intent, dict):
        intent = intent.get("name")
    if "annot_utt" in found:
        return _annotated(found, intent, reading, path, line)
    if "tokenized_text" in found and "ner" in found:
        return _by_tokens(found["tokenized_text"], found["ner"], intent)
    for words, names in _TOKENS.items():
        tags = next((one for one in names if one in found), None)
        if tags is None or (words == "text" and not isinstance(found.get("text"), list)):
            continue
        if words in found:
            if (words, tags) != ("tokens", "tags"):
                reading.take(path, f'tokens are read from "{words}", their tags from "{tags}"')
            return _tagged(found, words, tags, intent, reading)
    if "tokens" in found and ("slots" in found or "text" not in found):
        raise ValueError(_UNKNOWN)
    if isinstance(found.get("answer"), str) and found["answer"] != "accept":
        reading.count(f"utterances left out, whose answer is {found['answer']}")
        return None
    key = "slots" if "slots" in found else next((one for one in _SPANS if one in found), None)
    if key is None and "answer" in found:
        found, key = {**found, "spans": []}, "spans"
    if "text" not in found or key is None:
        raise ValueError(_UNKNOWN)
    cats = listed(found.get("cats"))
    if intent is None and len(cats) == 1 and isinstance(cats[0], str):
        intent = cats[0]
    if key != "slots":
        reading.take(path, f'slots are read from "{key}"')
    marked = marked_in(found[key], key)
    for other in ("relations", "Comments", "comments"):
        for one in listed(found.get(other)):
            kind = one.get("type", other) if isinstance(one, dict) else other
            reading.leave(other.lower(), str(kind))
    more = {name: found.get(name) for name in ("edges", "asked")}
    return row_of(found["text"], marked, reading, path, line, intent=intent, **more)


def marked_in(spans: Any, key: str) -> list[Marked]:
    """Read the slots of a text, given by characters.

    Raises
    ------
    ValueError
        If they are not.
    """
    if key == "slots" and not isinstance(spans, list):
        raise ValueError("text must be a string and slots a list")
    if not isinstance(spans, list):
        raise ValueError(f"{key} must be a list of slots with their characters")
    return [_marked(one, key) for one in spans]


def _marked(one: Any, key: str) -> Marked:
    """Read a slot: an object, or start, end and name."""
    value = None
    if isinstance(one, list) and len(one) >= 3:
        start, end, name = one[:3]
    elif isinstance(one, dict):
        name, start, end = (_first(one, keys) for keys in (_NAME, _START, _END))
        name = name[0] if isinstance(name, list) and name else name
        if "endPos" in one and type(end) is int:  # of LUIS, the last character
            end += 1
        if key == "slots":
            value = one.get("value")
        elif isinstance(one.get("text"), str):
            value = one["text"]
    else:
        name = start = end = None
    if not isinstance(name, str) or not name.strip():
        wanted = '"name", "start" and "end"' if key == "slots" else "a name, a start and an end"
        raise ValueError(f"a slot must be an object with {wanted}")
    if type(start) is not int or type(end) is not int:
        raise ValueError(f"slot {shown(name)} must have whole numbers as start and end")
    return Marked(start, end, slot_name(name), None if value is None else str(value))


def listed(value: Any) -> list[Any]:
    """Return a list as it is, and none of anything else."""
    return value if isinstance(value, list) else []


def slot_name(name: str) -> str:
    """Return a name as a slot's, without its outer blanks; inner ones become ``_``."""
    return "_".join(name.split())


def _first(one: Object, keys: tuple[str, ...]) -> Any:
    """Return what stands under the first of several keys."""
    return next((one[key] for key in keys if key in one), None)


def _tagged(found: Object, words: str, tags: str, intent: Any, reading: Reading) -> Row:
    """Read an utterance with a tag for each token."""
    names = found[tags]
    if tags == "ner_tags" and isinstance(names, list) and any(type(tag) is int for tag in names):
        raise ValueError(
            f'"{tags}" are numbers, and nothing says for which tags they stand: write the names, '
            "or give the folder that save_to_disk of the datasets library wrote, which holds them"
        )
    text = found.get("text") if words == "tokens" else None
    edges = found.get("edges")
    tokens = found[words]
    if edges is None and isinstance(tokens, list) and isinstance(names, list):
        blank = [isinstance(token, str) and token == " " for token in tokens]
        if any(blank) and len(tokens) == len(names):
            reading.count("tokens that are blank, joined to the one before", sum(blank))
            text = text or "".join(map(str, tokens)).strip()
            names = [name for name, no in zip(names, blank, strict=True) if not no]
            tokens = [token for token, no in zip(tokens, blank, strict=True) if not no]
    asked = found.get("asked")
    row = make_row(tokens, names, text=text, intent=intent, edges=edges, asked=asked)
    for other in ("tags", "ner_tags"):
        if other != tags and isinstance(found.get(other), list) and words == "tokens":
            told = found[other]
            if all(isinstance(tag, str) for tag in told) and told != names:
                raise ContradictionError(f'"{tags}" and "{other}" differ: delete the wrong key')
    for key in ("slots", *_SPANS):
        if isinstance(found.get(key), list) and key != tags:
            _check_agreement(row, key, found[key], listed(found.get("unsure")))
    _check_frame(row, found.get("frame"), listed(found.get("unsure")))
    return row


def _check_frame(row: Row, frame: Any, unsure: list[Any]) -> None:
    """Check that a frame, where a line has one beside its tags, is that of the tags."""
    if not isinstance(frame, dict) or unsure:
        return
    ways = (_own(row, turned) for turned in (True, False))
    own, raw = (frame_of((one.name, str(one.value)) for one in way) for way in ways)
    told = {name: [one_line(str(v)) for v in listed(vs)] for name, vs in frame.items()}
    if offsets_of(row["text"], row["tokens"]) is not None and told not in (own, raw):
        name = next(one for one in {**told, **own} if told.get(one) != own.get(one))
        what = f'"frame" has {name} {shown(str(told.get(name)))}, "tags" have {own.get(name)}'
        raise ContradictionError(f"{what}: delete the key that is wrong")


def _own(row: Row, turned: bool) -> list[Marked]:
    """Return the slots of a row's tags by characters; `turned` from other schemes into IOB2."""
    offsets = offsets_of(row["text"], row["tokens"])
    if offsets is None:
        return []
    spans = spans_of(SCHEMES["IOB2"](row["tags"]) if turned else row["tags"])
    found = [(*characters_of(offsets, first, last), name) for first, last, name in spans]
    return [Marked(start, end, name, row["text"][start:end]) for start, end, name in found]


def _check_agreement(row: Row, key: str, slots: list[Any], unsure: list[Any]) -> None:
    """Check that slots, where a line has them beside its tags, are those of the tags.

    Raises
    ------
    ValueError
        If they are not: one of the two was corrected, and nobody knows which.
    """
    if offsets_of(row["text"], row["tokens"]) is None:
        return
    told = set()
    for slot in [*slots, *(unsure if key == "slots" else [])]:
        try:
            one = _marked(slot, key)
        except ValueError:
            return  # they are something else by that name
        there = row["text"][max(0, one.start) : max(0, one.end)]
        if one.value is not None and one_line(one.value) != there:
            what = f'"{key}" has {one.name} at {one.start}..{one.end}, {shown(there)}'
            raise ContradictionError(f"{what}, with the value {shown(one.value)}: mend one of them")
        told.add((one.name, one.start, one.end))
    own, raw = ({(one.name, one.start, one.end) for one in _own(row, way)} for way in (True, False))
    for name, start, end in sorted(told ^ own) if told != raw else []:
        who, other = (key, "tags") if (name, start, end) in told else ("tags", key)
        where = f"{name} at {start}..{end}"
        what = f'"{who}" has {where} and "{other}" has not'
        raise ContradictionError(f"{what}: delete the key that is wrong")


def _by_tokens(tokens: Any, spans: Any, intent: Any) -> Row:
    """Read an utterance whose slots are given by their first and last token."""
    if not isinstance(tokens, list) or not isinstance(spans, list):
        raise ValueError("tokenized_text and ner must be lists")
    found = []
    for one in spans:
        match one:
            case [int(first), int(last), str(name)]:
                found.append(Span(first, last + 1, slot_name(name)))
            case _:
                raise ValueError(
                    f"ner must be lists of first, last and name, got {shown(str(one))}"
                )
    return make_row(tokens, tags_of(found, len(tokens)), intent=intent)


def _annotated(
    found: Object, intent: Any, reading: Reading, path: Path | str, line: int | None
) -> Row:
    """Read an utterance with its slots in brackets, the name first."""
    annotated = found["annot_utt"]
    if not isinstance(annotated, str):
        raise ValueError("annot_utt must be a string")
    text, marked = bracketed(annotated, _ANNOTATED, lambda match: (match[1], match[2]))
    if isinstance(found.get("utt"), str) and found["utt"].split() != text.split():
        what = '"annot_utt" and "utt" hold different words'
        raise ContradictionError(f"{what}: delete the one that is wrong")
    return row_of(text, marked, reading, path, line, intent=intent)


def bracketed(
    annotated: str,
    pattern: re.Pattern[str],
    parse: Callable[[re.Match[str]], tuple[str, str]],
) -> tuple[str, list[Marked]]:
    """Take the slots out of a text in which they are marked.

    Parameters
    ----------
    annotated : str
        The text.
    pattern : re.Pattern
        A marked slot.
    parse : callable
        Gives its name and its value; an empty name leaves the value in the text alone.

    Returns
    -------
    str and list of Marked
        The text as it was said, and the slots in it.
    """
    text, done, marked = "", 0, []
    for match in pattern.finditer(annotated):
        name, value = parse(match)
        text += annotated[done : match.start()]
        if name:
            marked.append(Marked(len(text), len(text) + len(value), slot_name(name)))
        text += value
        done = match.end()
    return text + annotated[done:], marked
