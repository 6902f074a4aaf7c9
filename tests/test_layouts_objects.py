"""Objects of JSON of other tools: keys, offsets, and values of other types."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from layouts import OBJECTS, lines, said, slots
from slotkit.corpus import load_corpus
from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.lint.reading import read_splits
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


# Objects of JSON


@pytest.mark.parametrize("intent", ["go", {"name": "go", "confidence": 0.5}])
@pytest.mark.parametrize("layout", OBJECTS)
def test_objects_are_told_by_their_keys(layout: str, intent: object, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(lines(OBJECTS[layout][0] | {"intent": intent}))
    reading = Reading()

    [row] = FORMATS["jsonl"].read(tmp_path / "x", reading)

    reading.check()
    assert (row["text"], slots(row), row["intent"]) == ("sail Bergen", [("port", "Bergen")], "go")
    assert row["tokens"] == ["sail", "Bergen"]
    assert reading.notes() == ([f"x: {OBJECTS[layout][1]}"] if OBJECTS[layout][1] else [])


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"text": "to Voss"}, 'expected "tokens" with "tags", or "text" with "slots"'),
    ({"spans": []}, 'expected "tokens" with "tags", or "text" with "slots"'),
    ({"tokens": ["to"], "text": "to", "slots": []}, 'expected "tokens" with "tags"'),
    ({"tokenized_text": ["to"]}, 'expected "tokens" with "tags"'),
    ({"text": "to", "slots": {}}, "text must be a string and slots a list"),
    ({"text": "to", "spans": {}}, "spans must be a list of slots with their characters"),
    ({"text": "to", "label": [[0, 2]]}, "a slot must be an object with a name, a start and an end"),
    ({"text": "to", "label": [3]}, "a slot must be an object with a name, a start and an end"),
    ({"text": "to", "label": [[0, 2, " "]]}, "a slot must be an object with a name, a start and"),
    ({"text": "to", "spans": [{"start": 0, "end": 2, "label": []}]}, "a slot must be an object"),
    ({"text": "to", "slots": [{"start": 0, "end": 2}]}, 'an object with "name", "start" and "end"'),
    ({"text": "to", "label": [[0, 2.5, "x"]]}, "slot 'x' must have whole numbers as start and end"),
    ({"text": "to", "label": [[False, 2, "x"]]}, "slot 'x' must have whole numbers as start and"),
    (
        {"text": "to", "spans": [{"start": 0, "end": 2, "label": "x", "text": "at"}]},
        "slot 'x' at 0..2 is 'to' in the text, but has the value 'at'",
    ),
    (
        {"text": "7", "slots": [{"start": 0, "end": 1, "name": "x", "value": 8}]},
        "slot 'x' at 0..1 is '7' in the text, but has the value '8'",
    ),
    ({"tokenized_text": "to", "ner": []}, "tokenized_text and ner must be lists"),
    ({"tokenized_text": ["to"], "ner": 3}, "tokenized_text and ner must be lists"),
    ({"tokenized_text": ["to"], "ner": [[0, 0]]}, "ner must be lists of first, last and name, got"),
    ({"annot_utt": 3}, "annot_utt must be a string"),
    (
        {"annot_utt": "to [x : Voss]", "utt": "to Moss"},
        '"annot_utt" and "utt" hold different words: delete the one that is wrong',
    ),
]


@pytest.mark.parametrize(("row", "message"), UNFIT)
def test_what_is_wrong_with_an_object_is_said(
    row: dict[str, Any], message: str, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text(lines(row))
    reading = Reading()

    assert list(FORMATS["jsonl"].read(tmp_path / "x", reading)) == []
    with pytest.raises(CorpusError) as caught:
        reading.check()
    assert str(caught.value).startswith(f"{tmp_path}/x:1: ")
    assert message in str(caught.value)


def test_edges_beside_slots_are_read(tmp_path: Path) -> None:
    row = {"text": "to Voss", "slots": [], "edges": [[1, 0]]}
    (tmp_path / "x.jsonl").write_text(lines(row))

    assert load_corpus(tmp_path / "x.jsonl").splits["train"][0]["edges"] == [[1, 0]]


def test_names_with_blanks_become_one_word(tmp_path: Path) -> None:
    rows = [
        {"text": "Voss", "label": [[0, 4, " sea  port "]]},
        {"tokenized_text": ["Voss"], "ner": [[0, 0, "sea port"]]},
        {"annot_utt": "[ sea port : Voss ]"},
    ]
    (tmp_path / "x.jsonl").write_text(lines(*rows))

    corpus = load_corpus(tmp_path / "x.jsonl", format="jsonl")

    assert said(corpus) == [("Voss", [("sea_port", "Voss")], "")] * 3


def test_comments_of_annotators_are_named(tmp_path: Path) -> None:
    row = {"text": "Voss", "label": [], "Comments": ["sure?", {"type": "doubt"}], "comments": [3]}
    (tmp_path / "x.jsonl").write_text(lines(row))

    assert load_corpus(tmp_path / "x.jsonl").notes[-1] == (
        "left out, comments: 3: Comments, doubt, comments"
    )


def test_blank_lines_between_objects_are_passed_over(tmp_path: Path) -> None:
    row = {"partition": "train", "tokens": ["to"], "tags": ["O"]}
    parts = ["train", "test", "train", None, "dev", "beta"]
    rows = [row | {"partition": part} for part in parts]
    (tmp_path / "x.jsonl").write_text("\n" + "\n \n".join(map(json.dumps, rows)) + "\n\n")

    corpus = load_corpus(tmp_path / "x.jsonl")

    sizes = {split: len(found) for split, found in corpus.splits.items()}
    assert sizes == {"train": 2, "validation": 1, "test": 1}


def test_rows_are_not_parted_where_the_first_names_no_part(tmp_path: Path) -> None:
    row = {"tokens": ["to"], "tags": ["O"]}
    parts: list[dict[str, Any]] = [{}, {"partition": "train"}, {"partition": "test"}]
    (tmp_path / "x.jsonl").write_text(lines(*[row | part for part in parts]))

    assert {
        split: len(rows) for split, rows in load_corpus(tmp_path / "x.jsonl").splits.items()
    } == {"train": 3}


def test_most_lines_tell_whether_a_file_has_lines_of_json(tmp_path: Path) -> None:
    row = {"tokens": ["to"], "tags": ["O"]}
    (tmp_path / "x").write_text("to Voss\nto Moss\n" + lines(row))
    (tmp_path / "y").write_text("\n7\n" + lines(row, {}))

    assert not FORMATS["jsonl"].detect(tmp_path / "x")
    assert FORMATS["jsonl"].detect(tmp_path / "y")
    with pytest.raises(CorpusError, match=r"y:2: expected a JSON object, got '7'"):
        load_corpus(tmp_path / "y")


# Offsets


OFFSETS: list[tuple[str, int, int, str]] = [
    ("Ann's boat", 0, 3, "Ann"),
    ("le port d'Arles", 10, 15, "Arles"),
    ("at 7:30-8:30", 3, 7, "7:30"),
    ("a nonstop train", 5, 9, "nonstop"),
    ("sail to Voss ", 8, 13, "Voss"),
    ("sail to Voss", 7, 12, "Voss"),
    ("🚢🚢 to Voss", 8, 12, "Voss"),
    ("über Voss", 6, 10, "Voss"),
    ("Voss Moss", 0, 6, "Voss"),
]


@pytest.mark.parametrize(("text", "start", "end", "value"), OFFSETS)
def test_no_offset_refuses_a_corpus(
    text: str, start: int, end: int, value: str, tmp_path: Path
) -> None:
    row = {"text": text, "slots": [{"name": "x", "start": start, "end": end}]}
    (tmp_path / "x.jsonl").write_text(lines(row))

    corpus = load_corpus(tmp_path / "x.jsonl")

    assert slots(corpus.splits["train"][0]) == [("x", value)]
    assert len(corpus.notes) == (0 if text[start:end] == value and "'" not in text else 1)


def test_a_slot_within_a_token_is_refused_on_request_and_a_finding(tmp_path: Path) -> None:
    row = {"text": "a nonstop", "slots": [{"name": "x", "start": 5, "end": 9}]}
    (tmp_path / "x.jsonl").write_text(lines({"text": "a", "slots": []}, row))

    with pytest.raises(CorpusError, match=r"x\.jsonl:2: slot 'x' at 5\.\.9, 'stop', does not beg"):
        load_corpus(tmp_path / "x.jsonl", strict=True)
    [misfit] = [one for one in read_splits(tmp_path / "x.jsonl")[1] if one.kind == "misfit"]
    assert (misfit.line, misfit.fix) == (2, "2..9, 'nonstop'")


def test_of_slots_that_overlap_the_longer_is_kept(tmp_path: Path) -> None:
    row = {"text": "to New York now", "label": [[3, 6, "a"], [3, 11, "b"], [7, 11, "c"]]}
    (tmp_path / "x.jsonl").write_text(lines(row))

    corpus = load_corpus(tmp_path / "x.jsonl")

    assert slots(corpus.splits["train"][0]) == [("b", "New York")]
    assert corpus.notes[-1] == "train: 2 slots left out, which overlap a longer one"


def test_a_rare_apostrophe_does_not_cut_all_texts(tmp_path: Path) -> None:
    plain = {"text": "don't go to Voss", "slots": [{"name": "x", "start": 12, "end": 16}]}
    rare = {"text": "Ann's boat", "slots": [{"name": "x", "start": 0, "end": 3}]}
    (tmp_path / "x.jsonl").write_text(lines(*[plain] * 150, rare))

    rows = load_corpus(tmp_path / "x.jsonl").splits["train"]

    assert rows[0]["tokens"] == ["don't", "go", "to", "Voss"]
    assert rows[150]["tokens"] == ["Ann's", "boat"]
    often = load_corpus(tmp_path / "x.jsonl", tokenizer="apart").splits["train"]
    assert often[150]["tokens"] == ["Ann", "'", "s", "boat"]


MENDED: list[tuple[str, list[tuple[int, int]], list[tuple[str, str, str]]]] = [
    (
        "to Voss ",
        [(3, 8)],
        [("slots that take in blanks, read without", "takes in blanks", "3..7, 'Voss'")],
    ),
    (
        "to Voss",
        [(2, 7)],
        [("slots that take in blanks, read without", "takes in blanks", "3..7, 'Voss'")],
    ),
    (
        "a nonstop",
        [(5, 9)],
        [
            (
                "slots that cut a token, put on whole ones",
                "'stop', does not begin and end where tokens do, in 'a nonstop'",
                "2..9, 'nonstop'",
            )
        ],
    ),
    (
        "a\u200bb",
        [(1, 2)],
        [
            (
                "slots left out, of no token",
                "does not begin and end where tokens do: there are none, in 'a\\u200bb'",
                "",
            )
        ],
    ),
    (
        "New York",
        [(0, 3), (0, 8)],
        [
            (
                "slots left out, which overlap a longer one",
                "slot 'x' at 0..3 overlaps another",
                "the longer, x",
            )
        ],
    ),
    ("to Voss", [(3, 7), (3, 7)], []),
    ("to Voss", [(0, 2), (3, 7)], []),
]


@pytest.mark.parametrize(("text", "places", "odd"), MENDED)
def test_what_is_mended_is_told_with_what_it_is_read_as(
    text: str, places: list[tuple[int, int]], odd: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    path, reading = tmp_path / "x.jsonl", Reading()
    marked = [{"name": "x", "start": start, "end": end} for start, end in places]
    path.write_text(lines({"text": text, "slots": marked}))

    [_] = FORMATS["jsonl"].read(path, reading)

    assert dict(reading.changes.get("", {})) == {what: 1 for what, _, _ in odd}
    assert [(one.place, one.line, one.fix) for one in reading.oddities] == [
        (path, 1, fix) for _, _, fix in odd
    ]
    for one, (_, message, _) in zip(reading.oddities, odd, strict=True):
        assert one.message.endswith(message)
    reading.check()


def test_only_characters_beyond_the_first_plane_are_two_units(tmp_path: Path) -> None:
    text = "\U00010000\uffff to Voss"  # the first of two units, the last of one
    (tmp_path / "x.jsonl").write_text(lines({"text": text, "label": [[7, 11, "port"]]}))

    corpus = load_corpus(tmp_path / "x.jsonl")

    assert slots(corpus.splits["train"][0]) == [("port", "Voss")]
    assert corpus.notes[-1] == "train: 1 utterances with offsets in UTF-16 units, read as such"


def test_curly_apostrophes_ask_to_be_cut_too(tmp_path: Path) -> None:
    row = {"text": "Ann\u2019s boat", "slots": [{"name": "x", "start": 0, "end": 3}]}
    (tmp_path / "x.jsonl").write_text(lines(row))

    corpus = load_corpus(tmp_path / "x.jsonl")

    assert corpus.splits["train"][0]["tokens"] == ["Ann", "\u2019", "s", "boat"]
    assert corpus.notes == [
        "tokenizer apart: 1 slots of 1 end at apostrophes, where texts are cut too; "
        "--tokenizer overrules"
    ]


# What is of another type than the tool writes


_LIST = {"subLists": [{"list": 5}]}


_TASK = {"data": {"text": "sail Bergen"}, "annotations": [{"result": []}]}


OF_OTHER_TYPES: list[tuple[str | None, Any]] = [
    (None, {"rasa_nlu_data": 5}),
    (None, {"rasa_nlu_data": {"entity_synonyms": [{"value": "a", "synonyms": 5}]}}),
    (None, {"luis_schema_version": "7", "utterances": [], "closedLists": [_LIST]}),
    (None, {"intents": {"a": {"utterances": []}}, "entities": [5]}),
    (None, {"intents": {"a": {"utterances": []}}, "entities": {"a": {"data": 5}}}),
    (None, {"intents": {"a": {"utterances": []}}, "entities": {"a": {"data": [{"synonyms": 5}]}}}),
    (None, [["sail", {"entities": []}]] * 10 + [5]),
    (None, [{**_TASK, "annotations": 5}]),
    (None, [{**_TASK, "annotations": [{"result": 5}]}]),
    (None, [{**_TASK, "annotations": [{"result": [{"value": {"choices": []}}]}]}]),
    (None, [{"data": [5], "isTemplate": False}]),
    (None, {"slots": []}),
    (None, {"text": "a", "label": [], "relations": 5}),
    (None, '[a][{"entity": "b"}, 5, {}]'),
    ("labelstudio", '{"text": "a"}\n{"text": "b"}\n'),
    ("labelstudio", "[,"),
    ("labelstudio", "sail O\n"),
]


@pytest.mark.parametrize(("name", "content"), OF_OTHER_TYPES)
def test_what_is_of_another_type_is_left_out_or_refused(
    name: str | None, content: Any, tmp_path: Path
) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / "part").write_text(text)

    with suppress(CorpusError):
        read_splits(tmp_path / "part", format=name)


def test_a_row_of_a_table_with_many_values_takes_no_minutes(tmp_path: Path) -> None:
    many = 1000
    text = f"text,port\n{'Voss ' * many},{';'.join(['voss'] * many)}\nto Voss,Voss\n"
    (tmp_path / "part").write_text(text)

    splits, findings, _ = read_splits(tmp_path / "part")

    assert splits["train"][0]["tags"] == ["B-port"] * many
    assert not findings
