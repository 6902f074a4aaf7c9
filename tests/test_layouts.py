"""Layouts of other tools: each told by its content, each read with its slots and intents."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from slotkit.corpus import Corpus, load_corpus
from slotkit.corpus.formats import FORMATS, WRITTEN, hub
from slotkit.corpus.formats.columns import Layout, find_layout
from slotkit.corpus.formats.document import Broken, load, unknown
from slotkit.corpus.formats.find import bundled, describe, find_parts, passed_over
from slotkit.corpus.formats.reading import How, Reading
from slotkit.corpus.formats.rows import Row, make_row, offsets_of
from slotkit.corpus.lint.reading import read_splits
from slotkit.corpus.write import save_corpus
from slotkit.errors import CorpusError
from slotkit.text.tags import spans_of


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the cache of every test to itself: notes of equal content name the file read first."""
    monkeypatch.setenv("SLOTKIT_CACHE", f"{tmp_path}-cache")


def lines(*values: Any) -> str:
    """Write values as lines of JSON."""
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def slots(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the slots of a row with their values, as the text has them."""
    offsets = offsets_of(row["text"], row["tokens"])
    assert offsets is not None
    return [
        (name, row["text"][offsets[start][0] : offsets[end - 1][1]])
        for start, end, name in spans_of(row["tags"])
    ]


def said(corpus: Corpus, split: str = "train") -> list[tuple[str, list[tuple[str, str]], str]]:
    """Return text, slots and intent of each utterance."""
    return [(row["text"], slots(row), row["intent"]) for row in corpus.splits[split]]


COLUMNS = {
    "probabilities": "sail\tO\t0.98\nBergen\tB-port\t0.7\n",
    "lower case": "sail o\nBergen b-port\n",
    "gold and predicted": "sail O O\nBergen B-port O\n\nat O O\nVoss B-port B-port\n",
    "the tag first": "O\tsail\nB-port\tBergen\n",
    "numbered": "1\tsail\tO\n2\tBergen\tB-port\n\n1\tnow\tO\n",
    "numbered from 0, more behind": "0 sail O - -\n1 Bergen B-port - -\n",
    "parts of speech and chunks": "sail VB B-VP O\nBergen NNP B-NP B-port\n",
    "features": "1\tsail\t_\tVERB\t_\tTag=O\n2\tBergen\t_\tX\t_\tSpaceAfter=No|Tag=B-port\n",
    "documents": "#begin document (x); part 000\nx 0 0 sail VB * - - - - * -\n"
    "x 0 1 Bergen NNP * - - - - (port) -\n\n#end document\n",
    "comments with tags at their ends": "# sent_id = B-12\nsail\tO\nBergen\tB-port\n",
    "two hashes": "## no-1\tsail to <Bergen:port>\nsail\tO\nBergen\tB-port\n",
    "single marks": "sail O\nBergen S-port\n",
    "BMES": "sail O\nBergen S-port\n\nto O\nSt B-port\nJohn M-port\ns E-port\n",
    "bars": "sail|O Bergen|B-port\n",
    "bars and parts of speech": "sail|VB|O Bergen|NNP|B-port\n",
    "a table of tokens": "sentence_id,token,tag\n1,sail,O\n1,Bergen,B-port\n2,now,O\n",
    "a table of tokens, Kaggle's": "Sentence #;Word;POS;Tag\nS: 1;sail;VB;O\n;Bergen;NNP;B-port\n",
    "a table of utterances": "id\tutterance\tslot_labels\n7\tsail Bergen\tO B-port\n",
    "a table of slots": "query,intent,port\nsail Bergen,,Bergen\n",
    "a tree": "sail Bergen\tsail Bergen\t[IN: sail [SL:port Bergen ] ]\n".replace("IN:", "IN:-"),
    "brackets": "sail [Bergen](port)\n",
    "bullets": '- sail [Bergen]{"entity": "port", "value": "BGO"}\n',
    "lists in objects": lines({"text": ["sail", "Bergen"], "slot": ["O", "B-port"]}),
    "ner_tags": lines({"tokens": ["sail", "Bergen"], "ner_tags": ["O", "B-port"]}),
    "tokens by number": lines({"tokenized_text": ["sail", "Bergen"], "ner": [[1, 1, "port"]]}),
    "annot_utt": lines({"utt": "sail Bergen", "annot_utt": "sail [port : Bergen]"}),
    "label": lines({"text": "sail Bergen", "label": [[5, 11, "port"]]}),
    "entities": lines(
        {
            "text": "sail Bergen",
            "entities": [{"label": "port", "start_offset": 5, "end_offset": 11}],
            "relations": [],
        }
    ),
    "spans": lines({"text": "sail Bergen", "spans": [{"start": 5, "end": 11, "label": "port"}]}),
    "pairs": lines(["sail Bergen", {"entities": [[5, 11, "port"]]}]),
    "pairs in a list": json.dumps([["sail Bergen", {"entities": [[5, 11, "port"]]}]], indent=1),
    "rows in a list": json.dumps([{"tokens": ["sail", "Bergen"], "tags": ["O", "B-port"]}]),
    "tasks": json.dumps(
        [
            {
                "data": {"text": "sail Bergen"},
                "annotations": [
                    {"result": [{"value": {"start": 5, "end": 11, "labels": ["port"]}}]},
                ],
            }
        ]
    ),
    "short tasks": json.dumps(
        [{"text": "sail Bergen", "ner": [{"start": 5, "end": 11, "labels": ["port"]}]}]
    ),
}


@pytest.mark.parametrize("layout", COLUMNS)
def test_a_layout_is_told_by_its_content(layout: str, tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_text(COLUMNS[layout])

    row = said(load_corpus(path))[0]

    assert row[:2] == ("sail Bergen", [("port", "Bergen")])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("去0\tO\n北0\tB-LOC\n京1\tI-LOC\n", "北 京"),
        ("배\tB-THING\n \tO\n서0\tO\n".replace("0", ""), "배"),
        ("王 B-LOC\n小 M-LOC\n明 E-LOC\n，O O\n", "王 小 明"),
    ],
)
def test_layouts_of_characters(text: str, value: str, tmp_path: Path) -> None:
    (tmp_path / "part").write_text(text)

    [(_, [(_, found)], _)] = said(load_corpus(tmp_path / "part"))

    assert found == value


def test_a_blank_token_joins_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "part").write_text("## x-1\t<배:T>가 온다\n배\tB-T\n가\tO\n \tO\n온\tO\n다\tO\n")

    corpus = load_corpus(tmp_path / "part")

    assert said(corpus) == [("배가 온다", [("T", "배")], "")]
    assert corpus.notes == ["train: 1 tokens that are blank, joined to the one before"]


# Objects of JSON


SPOT = {"start": 5, "end": 11}
OBJECTS: dict[str, tuple[dict[str, Any], str]] = {
    "tags": ({"tokens": ["sail", "Bergen"], "tags": ["O", "B-port"]}, ""),
    "ner_tags": (
        {"tokens": ["sail", "Bergen"], "ner_tags": ["O", "B-port"]},
        'tokens are read from "tokens", their tags from "ner_tags"',
    ),
    "labels of tokens": (
        {"tokens": ["sail", "Bergen"], "labels": ["O", "B-port"], "text": "sail Bergen"},
        'tokens are read from "tokens", their tags from "labels"',
    ),
    **{
        f"{key} of a list": (
            {"text": ["sail", "Bergen"], key: ["O", "B-port"]},
            f'tokens are read from "text", their tags from "{key}"',
        )
        for key in ("slot", "slots", "labels", "tags")
    },
    "slots": ({"text": "sail Bergen", "slots": [SPOT | {"name": "port"}]}, ""),
    "a value": (
        {"text": "sail Bergen", "slots": [SPOT | {"name": "port", "value": "Bergen", "text": 3}]},
        "",
    ),
    **{
        f"a list of {key}": (
            {"text": "sail Bergen", key: [[5, 11, "port"]]},
            f'slots are read from "{key}"',
        )
        for key in ("label", "labels", "entities", "spans")
    },
    **{
        f"named by {key}": (
            {"text": "sail Bergen", "spans": [SPOT | {key: "port"}]},
            'slots are read from "spans"',
        )
        for key in ("name", "label", "entity", "labels", "slot", "slot_name")
    },
    "several names": (
        {"text": "sail Bergen", "spans": [SPOT | {"labels": ["port", "town"], "text": "Bergen"}]},
        'slots are read from "spans"',
    ),
    "offsets by their long names": (
        {
            "text": "sail Bergen",
            "entities": [{"label": "port", "start_offset": 5, "end_offset": 11}],
        },
        'slots are read from "entities"',
    ),
    "more in a list": (
        {"text": "sail Bergen", "label": [[5, 11, "port", "more"]], "spans": [[0, 4, "x"]]},
        'slots are read from "label"',
    ),
    "tokens as objects, of Prodigy": (
        {
            "text": "sail Bergen",
            "tokens": [{"text": "sail", "id": 0}, {"text": "Bergen", "id": 1}],
            "spans": [SPOT | {"label": "port", "token_start": 1}],
        },
        'slots are read from "spans"',
    ),
    "tokens by number": ({"tokenized_text": ["sail", "Bergen"], "ner": [[1, 1, "port"]]}, ""),
    "ner that is something else": (
        {"text": "sail Bergen", "slots": [SPOT | {"name": "port"}], "ner": 3},
        "",
    ),
    "both": ({"utt": "sail  Bergen", "annot_utt": "sail [port : Bergen]"}, ""),
}


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


# Which column is which


OF_THREE = "of 3 columns, 1 is read as the token and 3 as the tag"
TWO_OF_3 = "of 3 columns, 2 is read as the token and 3 as the tag"
OVERRULES = "; --columns overrules"
LAYOUTS: list[tuple[list[str], Layout]] = [
    ([], Layout(0, -1, "tag", False, False, False, "")),
    (["sail", "Bergen"], Layout(0, -1, "tag", False, False, False, "")),
    (["sail O"], Layout(0, -1, "tag", False, False, True, "")),
    (["sail VB", "Bergen NNP"], Layout(0, -1, "tag", False, False, False, "")),
    (["O O", "O B-port"], Layout(0, -1, "tag", False, False, True, "")),
    (["sail O", "to", "Bergen B-port"], Layout(0, -1, "tag", False, False, True, "")),
    (["to O"] * 9 + ["Voss x"], Layout(0, -1, "tag", False, False, True, "")),
    (["to O"] * 8 + ["Voss x"], Layout(0, -1, "tag", False, False, False, "")),
    (
        ["B-port Voss"],
        Layout(
            1,
            0,
            "tag",
            False,
            False,
            True,
            "of 2 columns, 2 is read as the token and 1 as the tag" + OVERRULES,
        ),
    ),
    (
        ["sail O VB", "Voss B-a NN"],
        Layout(
            0,
            1,
            "tag",
            False,
            False,
            True,
            "of 3 columns, 1 is read as the token and 2 as the tag" + OVERRULES,
        ),
    ),
    # Several columns of tags: the last, but where it is predicted from the one before.
    (
        ["sail O B-port", "to O O"],
        Layout(0, -1, "tag", False, False, True, OF_THREE + " (tags stand in 2 too)" + OVERRULES),
    ),
    (
        ["x B-a B-a", "x B-b B-x"],
        Layout(
            0,
            1,
            "tag",
            False,
            False,
            True,
            "of 3 columns, 1 is read "
            "as the token and 2 as the tag (3 has the same labels: predictions)" + OVERRULES,
        ),
    ),
    (
        ["x B-a B-a", "x B-b B-x", "x B-c B-y"],
        Layout(0, -1, "tag", False, False, True, OF_THREE + " (tags stand in 2 too)" + OVERRULES),
    ),
    (
        ["x B-a NN B-a"],
        Layout(
            0,
            -1,
            "tag",
            False,
            False,
            True,
            "of 4 columns, 1 is read as the "
            "token and 4 as the tag (tags stand in 2 too)" + OVERRULES,
        ),
    ),
    (
        ["x B-a B-b B-c"],
        Layout(
            0,
            -1,
            "tag",
            False,
            False,
            True,
            "of 4 columns, 1 is read as the "
            "token and 4 as the tag (tags stand in 2, 3 too)" + OVERRULES,
        ),
    ),
    # Numbers of tokens.
    (
        ["1 sail O", "2 Voss B-a", "1 to O"],
        Layout(
            1,
            -1,
            "tag",
            True,
            False,
            True,
            "of 3 columns, 2 is read as the token and 3 as the tag" + OVERRULES,
        ),
    ),
    (
        ["0 sail O", "1 Voss B-a", "0 to O"],
        Layout(
            1,
            -1,
            "tag",
            True,
            False,
            True,
            "of 3 columns, 2 is read as the token and 3 as the tag" + OVERRULES,
        ),
    ),
    (["2 sail O", "3 Voss B-a"], Layout(1, -1, "tag", False, False, True, TWO_OF_3 + OVERRULES)),
    (["1 sail O", "3 Voss B-a"], Layout(1, -1, "tag", False, False, True, TWO_OF_3 + OVERRULES)),
    (["1 O", "2 O"], Layout(0, -1, "tag", False, False, True, "")),
    # Features and brackets.
    (
        ["sail Tag=O _", "Voss Tag=B-a _"],
        Layout(
            0,
            1,
            "feature",
            False,
            False,
            False,
            "of 3 columns, 1 is read as the token and 2 as the tag" + OVERRULES,
        ),
    ),
    (["Tag=B-a x", "Tag=O y"], Layout(0, -1, "tag", False, False, False, "")),
    (["sail *", "Voss (port)"], Layout(0, -1, "bracket", False, False, False, "")),
    (
        ["sail * VB", "Voss (port) NN"],
        Layout(
            0,
            1,
            "bracket",
            False,
            False,
            False,
            "of 3 columns, 1 is read as the token and 2 as the tag" + OVERRULES,
        ),
    ),
    (["sail *", "Voss )port("], Layout(0, -1, "tag", False, False, False, "")),
    (["* sail", "(port) Voss"], Layout(0, -1, "tag", False, False, False, "")),
    # CoNLL-2012: its part and the number of the token stand before the token.
    *[
        (
            [f"{start} sail VB * - - - - * -", f"{start} Voss NN * - - - - (port) -"],
            Layout(
                token - 1,
                10,
                "bracket",
                False,
                False,
                False,
                f"of 12 columns, {token} is read as the token and 11 as the tag" + OVERRULES,
            ),
        )
        for start, token in (("x 0 0", 4), ("x y 0", 4), ("x 0 y", 4))
    ],
    (
        ["x 0 0 sail VB * - - - * -", "x 0 0 Voss NN * - - - (port) -"],
        Layout(
            3,
            9,
            "bracket",
            False,
            False,
            False,
            "of 11 columns, 4 is read as the token and 10 as the tag" + OVERRULES,
        ),
    ),
    # Characters with their places.
    (["a0 O", "b1 O"], Layout(0, -1, "tag", False, True, True, "")),
    (["a0 O", "Voss O"], Layout(0, -1, "tag", False, False, True, "")),
    (["a1 O", "b2 O"], Layout(0, -1, "tag", False, False, True, "")),
]


@pytest.mark.parametrize(("text", "layout"), LAYOUTS)
def test_columns_are_told_from_what_stands_in_them(text: list[str], layout: Layout) -> None:
    found = find_layout([line.split() for line in text])

    assert found._replace(width=0) == layout


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ([], (1, 2), (0, 1, "tag", False)),
        (["sail O"], (1, -1), (0, -1, "tag", False)),
        (["sail O", "Voss B-a x"], (1, 3), (0, 2, "tag", False)),
        (["x O", "x B-a Voss O"], (3, -1), (2, -1, "tag", False)),
        (["O sail", "B-a Voss"], (2, 1), (1, 0, "tag", False)),
        (["sail Tag=O B-x", "Voss Tag=B-a O"], (1, 2), (0, 1, "feature", False)),
        (["sail * B-x", "Voss (port) O"], (1, 2), (0, 1, "bracket", False)),
        (["sail VB O", "Voss NN O"], (1, 2), (0, 1, "tag", False)),
        (["x a0 O", "x b1 O"], (2, 3), (1, 2, "tag", True)),
        (["x a0 O", "x b1 O"], (4, 3), (3, 2, "tag", False)),
    ],
)
def test_columns_that_are_given_are_taken(
    text: list[str], columns: tuple[int, int], expected: tuple[int, int, str, bool]
) -> None:
    token, tag, style, placed = expected

    found = find_layout([line.split() for line in text], columns)

    assert found == Layout(token, tag, style, False, placed, False, "")


def test_a_column_that_a_line_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("sail O\nVoss NN B-port\n")

    with pytest.raises(CorpusError, match=r"x:1: expected \"token tag\", got 'sail O'$"):
        load_corpus(tmp_path / "x", columns=(1, 3))


def test_brackets_stay_open_until_they_are_closed(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("to *\nSaint (port*\nJohn *\ns *)\nnow *\nVoss (port)\nnow *\n")

    row = load_corpus(tmp_path / "x").splits["train"][0]

    assert row["tags"] == ["O", "B-port", "I-port", "I-port", "O", "B-port", "O"]


def test_a_feature_that_begins_as_a_tag_does_is_none(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(
        "to\tCase=Obl|Tag=O\nVoss\tCase=Obl|Tag=b-port|X=y\nnow\tCase=B-x y\n"
    )

    row = load_corpus(tmp_path / "x").splits["train"][0]

    assert row["tags"] == ["O", "B-port", "O"]


# Bots


RASA = """version: "3.1"
nlu:
- intent: sail   # a comment
  examples: |
    - to [Bergen](port) [tomorrow]{"entity": "day", "role": "start"}

    - [BGO]{"entity": "port", "value": "Bergen", "group": "1"} please
- intent: greet
  examples:
  - text: |
      ahoy
    metadata: {sentiment: neutral}
- lookup: port
  examples: |
    - Bergen
    - Voss
- synonym: Saint John
  examples: |
    - St. John
- regex: code
  examples: |
    - [A-Z]{3}
rules:
- rule: say ahoy
"""


def test_rasa(tmp_path: Path) -> None:
    (tmp_path / "nlu.yml").write_text(RASA)

    corpus = load_corpus(tmp_path / "nlu.yml")

    assert said(corpus) == [
        ("to Bergen tomorrow", [("port", "Bergen"), ("day.start", "tomorrow")], "sail"),
        ("BGO please", [("port", "BGO")], "sail"),
        ("ahoy", [], "greet"),
    ]
    assert dict(corpus.lists) == {
        "port": (["Bergen", "BGO", "Voss"], ["port"]),
        "Saint John": (["Saint John", "St. John"], []),
    }
    assert corpus.notes == [
        "nlu.yml: read in the format rasa; --format overrules",
        "train: 1 roles read as the end of a slot's name, as in entity.role",
        "left out, groups: 1: 1",
        "left out, regexes: 1: code [A-Z]{3}",
        "left out, parts that hold no utterances: 1: rules",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[Bergen](port)", '[Bergen]{"entity": }'), r"nlu\.yml:5: expected JSON as"),
        (("[Bergen](port)", '[Bergen]{"role": "x"}'), r"nlu\.yml:5: expected an entity's name"),
        (("nlu:", "nlu: ["), r"nlu\.yml:\d+: not YAML: "),
        (("  examples: |", "\texamples: |"), r"nlu\.yml:4: not YAML: "),
    ],
)
def test_what_is_wrong_in_rasa_has_its_line(
    change: tuple[str, str], message: str, tmp_path: Path
) -> None:
    (tmp_path / "nlu.yml").write_text(RASA.replace(*change, 1))

    with pytest.raises(CorpusError, match=message):
        load_corpus(tmp_path / "nlu.yml")


def test_rasa_in_json(tmp_path: Path) -> None:
    data = {
        "common_examples": [
            {
                "text": "to Bergen",
                "intent": "sail",
                "entities": [{"start": 3, "end": 9, "value": "bgo", "entity": "port"}],
            },
            {"text": "ahoy", "intent": "greet"},
        ],
        "regex_features": [{"name": "zip", "pattern": "[0-9]{5}"}],
        "lookup_tables": [
            {"name": "port", "elements": ["Voss"]},
            {"name": "sea", "elements": "seas.txt"},
        ],
        "entity_synonyms": [{"value": "Oslo", "synonyms": ["OSL"]}],
    }
    (tmp_path / "x.json").write_text(json.dumps({"rasa_nlu_data": data}))

    corpus = load_corpus(tmp_path / "x.json")

    assert said(corpus) == [("to Bergen", [("port", "Bergen")], "sail"), ("ahoy", [], "greet")]
    assert {name: values for name, (values, _) in corpus.lists.items()} == {
        "port": ["Voss", "bgo", "Bergen"],
        "Oslo": ["Oslo", "OSL"],
    }
    assert corpus.notes[1:] == [
        "left out, regexes: 1: zip",
        "left out, lookups in other files: 1: sea seas.txt",
    ]


def test_markdown_of_rasa(tmp_path: Path) -> None:
    (tmp_path / "nlu.md").write_text(
        "## intent:sail\n- to [BGO](port:Bergen)\n* [Voss](port)\n\n## synonym:Oslo\n- OSL\n"
        "## regex:zip\n- [0-9]{5}\n## lookup:port\n- Moss\n## intent:greet\n- ahoy\n"
    )

    corpus = load_corpus(tmp_path / "nlu.md")

    assert said(corpus) == [
        ("to BGO", [("port", "BGO")], "sail"),
        ("Voss", [("port", "Voss")], "sail"),
        ("ahoy", [], "greet"),
    ]
    assert {name: values for name, (values, _) in corpus.lists.items()} == {
        "port": ["Bergen", "BGO", "Moss"],
        "Oslo": ["Oslo", "OSL"],
    }
    assert corpus.notes[1:] == ["left out, regexes: 1: zip [0-9]{5}"]


def test_lines_of_brackets_may_have_headings_bullets_and_escapes(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(
        "# Greetings\n##intent:sail\n-  to [Voss](port)\n### more\n\n"
        "+ to [\\[Moss\\]](port) \\# 1\n\\- - a [b](x) c\\\\d\n## intent: greet\n*\tahoy\n"
    )

    assert said(load_corpus(tmp_path / "x.md")) == [
        ("to Voss", [("port", "Voss")], "sail"),
        ("to [Moss] # 1", [("port", "[Moss]")], "sail"),
        ("- - a b c\\d", [("x", "b")], "sail"),
        ("ahoy", [], "greet"),
    ]


def test_of_several_entities_the_first_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(
        'to [Voss][{"entity": "port", "role": "to"}, {"entity": "town"}] [2](n)\n'
    )

    corpus = load_corpus(tmp_path / "x.md")

    assert said(corpus) == [("to Voss 2", [("port.to", "Voss"), ("n", "2")], "")]
    assert corpus.notes[1:] == [
        "train: 1 roles read as the end of a slot's name, as in entity.role",
        "left out, second entities of a value: 1: town",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('[a]{"entity": ' + "[" * 100_000 + "}", "expected JSON as"),
        ('[a]{"role": "x"}', "expected an entity's name, got 'None'"),
        ('[a]{"entity": ""}', "expected an entity's name, got ''"),
        ("to [Voss](port", r"expected \[value\]\(slot\), got brackets that are not closed: 'to "),
    ],
)
def test_brackets_that_are_none_are_named(line: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(f"to [Voss](port)\n{line}\n")

    with pytest.raises(CorpusError, match=rf"x\.md:2: {message}"):
        load_corpus(tmp_path / "x.md", format="inline")


def test_slots_are_written_in_brackets_below_their_intents(tmp_path: Path) -> None:
    rows = [
        make_row(["to", "Voss"], ["O", "B-port"]),
        make_row(["-", "a", "[", "b"], ["O", "B-x", "O", "O"], text=" - a [b", intent="stay"),
        make_row(["[", "a", "]"], ["B-x", "I-x", "I-x"], text="[a]", intent="stay"),
        make_row(["#", "one"], ["O", "B-a:b"], intent="go on"),
        make_row(["a\\b"], ["B-x/y"]),
    ]
    save_corpus({"train": rows}, tmp_path / "x.md", format="inline", alone=True)

    assert (tmp_path / "x.md").read_text() == (
        "to [Voss](port)\n## intent:stay\n \\- [a](x) \\[b\n[\\[a\\]](x)\n"
        '## intent:go on\n\\# [one]{"entity": "a:b"}\n## intent:\n[a\\\\b]{"entity": "x/y"}\n'
    )
    assert said(load_corpus(tmp_path / "x.md", format="inline")) == [
        (row["text"], slots(row), row["intent"]) for row in rows
    ]


RASA_LISTS = """nlu:
- intent: sail
  examples:
  - to [Voss](port)
  - text: to [Moss](port)
  - "- from [Oslo](port)"
- intent: greet
  examples: >

    ahoy [you]{"entity": }
- regex: zip
- weather: fine
  fog: none
version: "3.1"
"""


def test_examples_of_rasa_may_be_a_list_or_folded(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text(RASA_LISTS)

    with pytest.raises(CorpusError, match=r"x\.yml:10: expected JSON as"):
        load_corpus(tmp_path / "x.yml")
    (tmp_path / "x.yml").write_text(RASA_LISTS.replace('{"entity": }', "(who)"))
    corpus = load_corpus(tmp_path / "x.yml")
    assert said(corpus) == [
        ("to Voss", [("port", "Voss")], "sail"),
        ("to Moss", [("port", "Moss")], "sail"),
        ("from Oslo", [("port", "Oslo")], "sail"),
        ("ahoy you", [("who", "you")], "greet"),
    ]
    assert corpus.notes[1:] == [
        "left out, regexes: 1: zip",
        "left out, parts that hold no utterances: 1: weather, fog",
    ]


def test_rasa_is_written_intent_by_intent(tmp_path: Path) -> None:
    intents = ["go", "no", "go", "\u8d70: 1", "a/b.c", "Off", "-x"]
    rows = [make_row([f"a{n}"], ["B-x"], intent=intent) for n, intent in enumerate(intents)]
    save_corpus({"train": rows}, tmp_path / "x.yml", format="rasa", alone=True)

    assert (tmp_path / "x.yml").read_text() == (
        'version: "3.1"\nnlu:\n'
        "- intent: go\n  examples: |\n    - [a0](x)\n    - [a2](x)\n"
        '- intent: "no"\n  examples: |\n    - [a1](x)\n'
        '- intent: "\u8d70: 1"\n  examples: |\n    - [a3](x)\n'
        "- intent: a/b.c\n  examples: |\n    - [a4](x)\n"
        '- intent: "Off"\n  examples: |\n    - [a5](x)\n'
        '- intent: "-x"\n  examples: |\n    - [a6](x)\n'
    )


def test_links_of_prose_are_no_slots(tmp_path: Path) -> None:
    (tmp_path / "part").write_text("# Slots\n\nSee [the guide](docs/guide.md) and [this](x.md).\n")

    with pytest.raises(CorpusError, match="cannot tell the format"):
        load_corpus(tmp_path / "part")


def test_luis_counts_to_the_last_character(tmp_path: Path) -> None:
    document = {
        "luis_schema_version": "7.0.0",
        "closedLists": [
            {"name": "sea", "subLists": [{"canonicalForm": "North Sea", "list": ["NS"]}]}
        ],
        "regex_entities": [{"name": "zip"}],
        "patterns": [{"pattern": "to {port}"}],
        "utterances": [
            {
                "text": "from bergen",
                "intent": "sail",
                "entities": [
                    {"entity": "port", "role": "from", "startPos": 5, "endPos": 10},
                ],
            }
        ],
    }
    (tmp_path / "x.json").write_text(json.dumps(document))

    corpus = load_corpus(tmp_path / "x.json")

    assert said(corpus) == [("from bergen", [("port.from", "bergen")], "sail")]
    assert [*corpus.lists.values()] == [(["North Sea", "NS"], [])]
    assert corpus.notes[-2:] == ["left out, regexes: 1: zip", "left out, patterns: 1: to {port}"]


PIECES = [{"text": "to "}, {"text": "Bergen", "entity": "port", "slot_name": "target"}]


@pytest.mark.parametrize(
    ("document", "slot"),
    [
        ({"intents": {"sail": {"utterances": [{"data": PIECES}]}}, "entities": {}}, "target"),
        ({"sail": [{"data": [PIECES[0], {"text": "Bergen", "entity": "port"}]}]}, "port"),
    ],
)
def test_both_forms_of_snips(document: dict[str, Any], slot: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(document, indent=2))

    assert said(load_corpus(tmp_path / "x.json")) == [("to Bergen", [(slot, "Bergen")], "sail")]


LISTED = [layout for layout in OBJECTS if layout != "tags of a list"]


@pytest.mark.parametrize("layout", LISTED)
def test_what_lines_of_json_hold_may_be_a_list(layout: str, tmp_path: Path) -> None:
    path, reading = tmp_path / "x.json", Reading()
    path.write_text(json.dumps([OBJECTS[layout][0] | {"intent": "go"}]))

    assert FORMATS["json"].detect(path)
    [row] = FORMATS["json"].read(path, reading)
    reading.check()
    assert (row["text"], slots(row), row["intent"]) == ("sail Bergen", [("port", "Bergen")], "go")


PAIR: list[Any] = ["to Voss", {"entities": [[3, 7, "port"]]}]
NOT_KNOWN: list[Any] = [
    *[
        [{key: []}]
        for key in (
            *("tokens", "tags", "ner_tags", "tokenized_text", "ner", "text", "slots", "slot"),
            *("entities", "spans", "label", "labels"),
        )
    ],
    [["to"]],
    [["to", {"entities": []}, 3]],
    [[3, {"entities": []}]],
    [["to", []]],
    [["to", {"spans": []}]],
    [*[PAIR] * 9, ["to"]],
    [],
    {"intents": {"go": {}}, "entities": {}},
    {"intents": {"go": [{"utterances": []}]}},
    {"intents": [{"utterances": []}]},
    {"go": [], "stay": []},
    {"go": []},
    {"go": {"data": []}},
    {"go": [{"data": "to"}]},
    {"go": [{"data": []}, 3]},
    {"go": [{"data": []}], "stay": [{"data": []}]},
    {"luis_schema_version": "7"},
    {"utterances": []},
    {"resource": {}},
    {"resource": 3},
]


@pytest.mark.parametrize("document", NOT_KNOWN)
def test_documents_of_no_tool_are_in_no_format(document: Any, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(document, indent=1))

    assert not FORMATS["json"].detect(tmp_path / "x.json")
    with pytest.raises(CorpusError, match="JSON of no known layout"):
        list(FORMATS["json"].read(tmp_path / "x.json", Reading()))


@pytest.mark.parametrize(
    "document", [{"sampleUtterances": []}, {"resource": {"intents": [], "name": "x"}}]
)
def test_templates_of_lex_are_refused(document: Any, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(document, indent=1))

    with pytest.raises(CorpusError, match=r"x\.json: utterances of Lex are templates"):
        load_corpus(tmp_path / "x.json")


def problems(name: str, document: Any, folder: Path, *, indent: int | None = 1) -> list[str]:
    """Return what is wrong with a document, without its path."""
    path, reading = folder / "x.json", Reading(How(skip_bad=False))
    path.write_text(document if isinstance(document, str) else json.dumps(document, indent=indent))
    list(FORMATS[name].read(path, reading))
    with pytest.raises(CorpusError) as caught:
        reading.check()
    return [line.removeprefix(str(path)) for line in str(caught.value).splitlines()]


def test_what_is_wrong_in_documents_of_bots_is_named(tmp_path: Path) -> None:
    entity = {"entity": "port", "start": 3, "end": 7}
    rasa = [
        {"text": "to Voss", "entities": [entity | {"start": "3"}]},
        {"text": "to Moss", "entities": [entity | {"entity": ""}]},
        {"text": 33, "entities": [entity]},
        {"intent": "go"},
    ]
    luis = [{"text": "to Voss", "entities": [{"entity": "port", "startPos": 3}]}, {"text": ""}]

    assert problems("json", {"rasa_nlu_data": {"common_examples": rasa}}, tmp_path) == [
        ":5: expected whole numbers as start and end, got ['3', 7]",
        ":15: expected an entity's name, got ''",
        ": utterance 3: text must be a string",
        ": utterance 4: text must be a string",
    ]
    assert problems("json", {"luis_schema_version": "7", "utterances": luis}, tmp_path) == [
        ":5: expected whole numbers as startPos and endPos, got [3, None]",
        ": utterance 2: an utterance must have at least one token",
    ]
    snips = {"go": [{"data": [{"text": "to "}, {"entity": "port"}]}, {"data": [3]}]}
    assert problems("json", snips, tmp_path) == [
        ':6: expected pieces with a "text" each',
        ': utterance 2: expected pieces with a "text" each',
    ]
    dataset = {"intents": {"go": {"utterances": [{"data": 3}, {}]}}}
    assert problems("json", dataset, tmp_path) == [
        f': utterance {number}: expected pieces with a "text" each' for number in (1, 2)
    ]
    rows = [{"text": "to", "slots": []}, 3, {"text": "Voss", "slots": 3}, {"tokens": []}]
    assert problems("json", rows, tmp_path) == [
        ": utterance 2: expected an object",
        ":8: text must be a string and slots a list",
        ': utterance 4: expected "tokens" with "tags", or "text" with "slots"',
    ]
    assert problems("json", '{"go": [\n{"data": }]}', tmp_path) == [
        ":2: not JSON: Expecting value at column 10"
    ]


def test_a_broken_document_is_no_bad_utterance_that_can_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"go": [\n')
    reading = Reading(How(skip_bad=True))

    assert list(FORMATS["json"].read(tmp_path / "x.json", reading)) == []
    with pytest.raises(CorpusError, match=r"x\.json:2: not JSON"):
        reading.check()


def test_all_examples_and_lists_of_rasa_are_read(tmp_path: Path) -> None:
    data = {
        "entity_examples": [
            {
                "text": "to BGO",
                "entities": [
                    {"start": 3, "end": 6, "value": "Bergen", "entity": "sea port", "role": "to"}
                ],
            }
        ],
        "intent_examples": [{"text": "ahoy", "intent": "greet", "entities": None}, 3],
        "common_examples": [{"text": "go", "intent": "sail"}],
        "entity_synonyms": [{"value": "Oslo"}, 3],
        "lookup_tables": [{"name": "sea", "elements": ["North", 7]}],
    }
    (tmp_path / "x.json").write_text(json.dumps({"rasa_nlu_data": data}))

    corpus = load_corpus(tmp_path / "x.json")

    assert said(corpus) == [
        ("go", [], "sail"),
        ("to BGO", [("sea_port.to", "BGO")], ""),
        ("ahoy", [], "greet"),
    ]
    assert {name: values for name, (values, _) in corpus.lists.items()} == {
        "sea": ["North", "7"],
        "Oslo": ["Oslo"],
        "sea port": ["Bergen", "BGO"],
    }


def test_lists_and_inner_entities_of_luis(tmp_path: Path) -> None:
    document = {
        "luis_schema_version": "7.0.0",
        "closedLists": [
            {"name": "sea", "subLists": [{"canonicalForm": "North"}, {"list": ["NS"]}]}
        ],
        "phraselists": [{"name": "ships", "words": "boat,ferry"}, {"name": "none"}],
        "regex_entities": [{"name": "zip"}],
        "utterances": [
            {
                "text": "at 7 to New York",
                "entities": [
                    {
                        "entity": "a place",
                        "startPos": 8,
                        "endPos": 15,
                        "children": [{"entity": "state", "startPos": 8, "endPos": 10}],
                    },
                    {"entity": "hour", "startPos": 3, "endPos": 3},
                ],
            },
            "x",
        ],
    }
    (tmp_path / "x.json").write_text(json.dumps(document))

    corpus = load_corpus(tmp_path / "x.json")

    assert said(corpus) == [("at 7 to New York", [("hour", "7"), ("a_place", "New York")], "")]
    assert {name: values for name, (values, _) in corpus.lists.items()} == {
        "sea": ["North", "NS"],
        "ships": ["boat", "ferry"],
        "none": [],
    }
    assert corpus.notes[1:] == [
        "left out, regexes: 1: zip",
        "left out, entities within others: 1: state",
    ]


def test_pieces_are_slots_by_their_most_exact_name(tmp_path: Path) -> None:
    pieces = [
        {"text": "to "},
        {"text": "Voss", "alias": "alias", "slot_name": "slot", "entity": "entity"},
        {"text": " ", "entity": "blank"},
        {"text": "Moss", "alias": "the alias", "meta": "@meta", "entity": ""},
        {"text": " by ", "slot_name": None},
        {"text": "sea", "entity": "way", "meta": "@meta"},
    ]
    entities = {
        "way": {
            "data": [
                {"value": "sea", "synonyms": ["the sea"]},
                {"value": None, "synonyms": None},
                ["land", 7],
                "sea",
                "air",
            ]
        },
        "built_in": {},
        "none": 3,
    }
    document = {"intents": {"go": {"utterances": [{"data": pieces}, 3]}}, "entities": entities}
    (tmp_path / "x.json").write_text(json.dumps(document))

    corpus = load_corpus(tmp_path / "x.json")

    found = [("slot", "Voss"), ("the_alias", "Moss"), ("way", "sea")]
    assert said(corpus) == [("to Voss Moss by sea", found, "go")]
    assert dict(corpus.lists) == {
        "way": (["sea", "the sea", "land", "7", "air"], ["way"]),
        "built_in": ([], []),
    }
    reading = Reading()
    list(FORMATS["json"].read(tmp_path / "x.json", reading))
    assert reading.uses == {
        "entity": {"slot": None},
        "meta": {"the_alias": None},
        "way": {"way": None},
    }


def test_an_intent_a_file_is_one_part(tmp_path: Path) -> None:
    for intent in "sail", "row":
        (tmp_path / f"train_{intent}.json").write_text(json.dumps({intent: [{"data": PIECES}]}))
    (tmp_path / "validate_sail.json").write_text(json.dumps({"sail": [{"data": PIECES}]}))

    corpus = load_corpus(tmp_path)

    assert [intent for _, _, intent in said(corpus)] == ["row", "sail"]
    assert len(corpus.splits["validation"]) == 1
    assert any("2 files are read as one part" in note for note in corpus.notes)


def test_yaml_of_snips(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "type: intent\nname: sail\nslots:\n- name: target\n  entity: port\nutterances:\n"
        "- to [target](Bergen)\n- from [source:port](Voss) please\n---\n"
        "type: entity\nname: port\nvalues:\n- Moss\n- [Bergen, BGO]\n"
    )

    corpus = load_corpus(tmp_path / "x.yaml")

    assert said(corpus) == [
        ("to Bergen", [("target", "Bergen")], "sail"),
        ("from Voss please", [("source", "Voss")], "sail"),
    ]
    assert dict(corpus.lists) == {"port": (["Moss", "Bergen", "BGO"], ["target", "source"])}


def test_an_export_of_dialogflow(tmp_path: Path) -> None:
    (tmp_path / "x" / "intents").mkdir(parents=True)
    (tmp_path / "x" / "entities").mkdir()
    says = [
        {
            "data": [{"text": "to "}, {"text": "Bergen", "alias": "target", "meta": "@port"}],
            "isTemplate": False,
        },
        {"data": [{"text": "to @port:target"}], "isTemplate": True},
    ]
    (tmp_path / "x" / "intents" / "sail_usersays_en.json").write_text(json.dumps(says))
    (tmp_path / "x" / "intents" / "sail.json").write_text('{"name": "sail"}')
    (tmp_path / "x" / "entities" / "port_entries_en.json").write_text(
        json.dumps([{"value": "Bergen", "synonyms": ["Bergen", "BGO"]}])
    )

    corpus = load_corpus(tmp_path / "x")

    assert said(corpus) == [("to Bergen", [("target", "Bergen")], "sail")]
    assert dict(corpus.lists) == {"port": (["Bergen", "BGO"], ["target"])}
    assert corpus.notes[-1].startswith("left out, templates, without values: 1: ")


def test_parts_of_snips_that_are_no_utterances_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "# a comment\ntype : intent\nname: sail\nslots:\n- name: a b\n- entity: sea\n- 3\n"
        "- name: c\n  entity: sea\nutterances:\n- to [a b](Voss) [c](x) [d](\n---\n"
        "type: entity\nname: port\n---\n"
        "kind: x\n---\n- 1\n---\ntype: intent\nname: none\n---\nname: only\n"
    )

    corpus = load_corpus(tmp_path / "x.yaml")
    reading = Reading()
    list(FORMATS["snips"].read(tmp_path / "x.yaml", reading))

    assert said(corpus) == [("to Voss x [d](", [("a_b", "Voss"), ("c", "x")], "sail")]
    assert corpus.notes[1:] == [
        "left out, parts that hold no utterances: 4: entity port, ? (2), only",
    ]
    assert reading.uses == {"a b": {"a_b": None}, "sea": {"c": None}}


def test_what_is_wrong_in_yaml_of_snips_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "type: intent\nname: sail\nutterances:\n- to Voss\n- ' '\n- [x]\n- to Moss\n"
    )

    with pytest.raises(CorpusError, match=r"x\.yaml:5: an utterance must .*\n.*x\.yaml:6: an utt"):
        load_corpus(tmp_path / "x.yaml")
    corpus = load_corpus(tmp_path / "x.yaml", skip_bad=True)
    assert [text for text, _, _ in said(corpus)] == ["to Voss", "to Moss"]


def usersays(*texts: str, **more: Any) -> list[dict[str, Any]]:
    """Make utterances as Dialogflow has them."""
    return [{"data": [{"text": text}], "isTemplate": False} | more for text in texts]


def test_an_intent_of_dialogflow_alone(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "sail_on_usersays_en.json").write_text(json.dumps(usersays("to Voss")))
    (folder / "x.json").write_text(json.dumps(usersays("to Moss")))
    (folder / "port_entries_en.json").write_text('[{"value": "Voss"}]')

    assert said(load_corpus(folder / "sail_on_usersays_en.json")) == [("to Voss", [], "sail_on")]
    assert said(load_corpus(folder / "x.json")) == [("to Moss", [], "")]
    assert said(load_corpus(folder)) == [("to Voss", [], "sail_on")]
    assert dict(load_corpus(folder).lists) == {"port": (["Voss"], [])}
    assert FORMATS["dialogflow"].files(folder / "x.json") == [folder / "x.json"]
    assert [file.name for file in FORMATS["dialogflow"].files(folder)] == [
        "sail_on_usersays_en.json",
        "port_entries_en.json",
    ]


@pytest.mark.parametrize(
    "document", [[], [3], [{"data": []}], [{"isTemplate": True}], {"data": 1, "isTemplate": 1}]
)
def test_other_lists_are_none_of_dialogflow(document: Any, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(document))

    assert not FORMATS["dialogflow"].detect(tmp_path / "x.json")
    assert not FORMATS["dialogflow"].detect(tmp_path)
    assert not FORMATS["dialogflow"].detect(tmp_path / "y")


def test_what_stands_behind_a_template_of_dialogflow_is_read(tmp_path: Path) -> None:
    rows = [*usersays("to @port:port", isTemplate=True), *usersays("to Voss")]
    (tmp_path / "go_usersays_en.json").write_text(json.dumps(rows))

    corpus = load_corpus(tmp_path / "go_usersays_en.json")

    assert said(corpus) == [("to Voss", [], "go")]
    assert corpus.notes == [
        "go_usersays_en.json: read in the format dialogflow; --format overrules",
        "left out, templates, without values: 1: [{'text': 'to @port:port'}]",
    ]
    rows = [*usersays(""), {"data": "ab", "isTemplate": False}, {"data": [], "isTemplate": False}]
    assert problems("dialogflow", rows, tmp_path) == [
        ": utterance 1: an utterance must have at least one token",
        ': utterance 2: expected pieces with a "text" each',
        ": utterance 3: an utterance must have at least one token",
    ]


def test_languages_of_dialogflow_are_read_as_one_and_that_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    for language in "nb", "en":
        path = folder / f"go_usersays_{language}.json"
        path.write_text(json.dumps(usersays(f"to {language}")))

    corpus = load_corpus(folder)

    assert [text for text, _, _ in said(corpus)] == ["to en", "to nb"]
    assert corpus.notes[1:] == ["x: read in the languages en, nb"]


def test_what_is_wrong_in_an_export_of_dialogflow_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "x" / "intents"
    folder.mkdir(parents=True)
    rows = [*usersays("to Voss"), 3, {"data": [{"text": "ahoy"}, {}]}, {"data": [3]}]
    template = {"data": [{"text": "to @port:port " + "x" * 90}], "isTemplate": True}
    (folder / "a_usersays_en.json").write_text("[\n{]")
    (folder / "b_usersays_en.json").write_text('{"data": 1}')
    (folder / "c_usersays_en.json").write_text(json.dumps([*rows[:3], template], indent=1))
    (tmp_path / "x" / "entities").mkdir()
    (tmp_path / "x" / "entities" / "port_entries_en.json").write_text('{"value": 1}')

    with pytest.raises(CorpusError) as caught:
        load_corpus(tmp_path / "x")
    assert [one.removeprefix(f"{folder}/") for one in str(caught.value).splitlines()] == [
        "a_usersays_en.json:2: not JSON: Expecting property name enclosed in double quotes at "
        "column 2",
        "b_usersays_en.json: JSON of no known layout: an object with the keys data",
        'c_usersays_en.json: utterance 2: expected pieces with a "text" each',
        'c_usersays_en.json:14: expected pieces with a "text" each',
    ]
    with pytest.raises(
        CorpusError, match=r"a_usersays_en\.json:2: .*\n.*b_usersays_en\.json: JSON"
    ):
        load_corpus(tmp_path / "x", skip_bad=True)
    (folder / "a_usersays_en.json").unlink()
    (folder / "b_usersays_en.json").unlink()
    corpus = load_corpus(tmp_path / "x", skip_bad=True)
    assert said(corpus) == [("to Voss", [], "c")]
    assert corpus.notes[-1] == (
        "left out, templates, without values: 1: [{'text': 'to @port:port xxxxxxxxxxxxxxx"
    )
    assert dict(corpus.lists) == {}


# Tables


def table(text: str, folder: Path) -> tuple[list[tuple[str, list[tuple[str, str]], str]], Reading]:
    """Read a table."""
    path, reading = folder / "x.csv", Reading()
    path.write_text(text)
    assert FORMATS["csv"].detect(path)
    rows = list(FORMATS["csv"].read(path, reading))
    return [(row["text"], slots(row), row["intent"]) for row in rows], reading


TABLES: list[tuple[str, list[tuple[str, list[tuple[str, str]], str]], str]] = [
    (
        "Sentence #;Word;POS;Tag\nS: 1;sail;VB;O\n;\tSt ;NNP;b-port\n;John;NNP;I-port\n\n"
        "S: 2;now;RB;O\nS: 2;!;.;O\n",
        [("sail St John", [("port", "St John")], ""), ("now !", [], "")],
        "token from 'word', tags from 'tag', utterance from 'sentence #'",
    ),
    (
        "token\ttag\nsail\tO\nVoss\tB-port\n",
        [("sail Voss", [("port", "Voss")], "")],
        "token from 'token', tags from 'tag'",
    ),
    (
        "doc-id,words,chunk,ner\n1,Voss,O,B-port\n",
        [("Voss", [("port", "Voss")], "")],
        "token from 'words', tags from 'ner', utterance from 'doc-id'",
    ),
    (
        'id,Utterance,Slots,Intent\n7,to  Voss,o B-port, go \n8,"at, 7",O B-time,\n',
        [("to Voss", [("port", "Voss")], "go"), ("at, 7", [("time", "7")], "")],
        "text from 'utterance', tags from 'slots', intent from 'intent'",
    ),
    (
        "text,label,a port,time,id,split\n"
        "Voss or voss at 7,go,Voss; voss ;,7,to,train\n\n ,,,,,\nahoy,greet,,,,\n",
        [
            ("Voss or voss at 7", [("a_port", "Voss"), ("a_port", "voss"), ("time", "7")], "go"),
            ("ahoy", [], "greet"),
        ],
        "text from 'text', intent from 'label', slots a port, time",
    ),
    (
        "query\tport\nto Bergen\tbergen\n",
        [("to Bergen", [("port", "Bergen")], "")],
        "text from 'query', slots port",
    ),
    (
        'message,a,b\n"in Rome, or\nRomeo",Romeo,Rome\n',
        [("in Rome, or Romeo", [("b", "Rome"), ("a", "Romeo")], "")],
        "text from 'message', slots a, b",
    ),
    (
        "sentence,a\nnonstop now,stop\n",
        [("nonstop now", [("a", "nonstop")], "")],
        "text from 'sentence', slots a",
    ),
    (
        'text;hour\n"at 7, 8, 9";7\n',
        [("at 7, 8, 9", [("hour", "7")], "")],
        "text from 'text', slots hour",
    ),
    (
        "query,port\nvoss to Voss,Voss\n",
        [("voss to Voss", [("port", "Voss")], "")],
        "text from 'query', slots port",
    ),
    (
        "utt,a,b\ngo to Voss,Voss,x\n",
        [("go to Voss", [("a", "Voss")], "")],
        "text from 'utt', slots a, b",
    ),
]


@pytest.mark.parametrize(("text", "expected", "read_as"), TABLES)
def test_tables_are_told_by_their_headings(
    text: str,
    expected: list[tuple[str, list[tuple[str, str]], str]],
    read_as: str,
    tmp_path: Path,
) -> None:
    found, reading = table(text, tmp_path)

    reading.check()
    assert found == expected
    assert list(reading.taken) == [f"x.csv: read as a table: {read_as}"]


@pytest.mark.parametrize(
    "text",
    [
        "text,port\n",
        "text\nto Voss\n",
        "text,port\nto Voss\n",
        "text,text\nto Voss,Voss\n",
        "text,port,O\nto Voss,Voss,Voss\n",
        "said,port\nto Voss,Voss\n",
        "text,port\nto Voss,\n",
        "text,port\nto Voss,Moss\nto Moss,Voss\nto Moss,Moss\n",
        "text,id\nto Voss,Voss\n",
        "text,intent\nto Voss,Voss\n",
        "word,tag\nto Voss,O\n",
        "word\nO\nO\n",
    ],
)
def test_other_tables_hold_no_utterances(text: str, tmp_path: Path) -> None:
    path, reading = tmp_path / "x.csv", Reading(How(skip_bad=True))
    path.write_text(text)

    assert not FORMATS["csv"].detect(path)
    assert list(FORMATS["csv"].read(path, reading)) == []
    with pytest.raises(CorpusError, match=r"x\.csv:1: expected a heading with a column for texts"):
        reading.check()


def test_values_that_do_not_stand_in_their_text_are_told(tmp_path: Path) -> None:
    found, reading = table("text,port,to\nto Voss,Voss,Voss\nto Moss,Moss,\n", tmp_path)

    assert found == [
        ("to Voss", [("port", "Voss")], ""),
        ("to Moss", [("port", "Moss")], ""),
    ]
    assert reading.changes[""] == {"values left out, which do not stand in their text": 1}
    [odd] = reading.oddities
    assert (odd.line, odd.message) == (2, "to 'Voss' does not stand in 'to Voss'")
    assert odd.fix == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "text,port\nto Voss,Voss\nto Moss\n\x07,\nto Oslo,Oslo,x\n,Voss\n",
            [
                (3, "expected 2 columns, got 1"),
                (4, "control character U+0007 at column 1"),
                (5, "expected 2 columns, got 3"),
                (6, "an utterance must have at least one token"),
            ],
        ),
        (
            "text,tags\nto Voss,O B-a\nto Moss,O O\nto Oslo,O\n",
            [(4, "expected a tag for each token, got 1 for 2")],
        ),
        (
            "sent_id,word,tag\n1,to,O\n1,Voss,B-a\n2,x,O\n2,,O\n3,now,O\n",
            [(4, "a token must not be empty or hold a blank, got ''")],
        ),
    ],
)
def test_what_is_wrong_in_a_table_has_its_line(
    text: str, expected: list[tuple[int, str]], tmp_path: Path
) -> None:
    _, reading = table(text, tmp_path)

    with pytest.raises(CorpusError) as caught:
        reading.check()
    assert str(caught.value).splitlines() == [
        f"{tmp_path}/x.csv:{line}: {message}" for line, message in expected
    ]


@pytest.mark.parametrize(
    "name", ["Text", "utterance", "sentence", "query", "utt", "question", "message", "tokens"]
)
def test_headings_of_texts(name: str, tmp_path: Path) -> None:
    found, _ = table(f"port,{name}\nVoss,to Voss\n", tmp_path)

    assert found == [("to Voss", [("port", "Voss")], "")]


@pytest.mark.parametrize(
    "name", ["intent", " Intents ", "intent_label", "label", "class", "category"]
)
def test_headings_of_intents(name: str, tmp_path: Path) -> None:
    found, _ = table(f"text,{name},port\ngo to Voss,go,Voss\n", tmp_path)

    assert found == [("go to Voss", [("port", "Voss")], "go")]


@pytest.mark.parametrize(
    "name", ["id", "index", "", "split", "partition", "locale", "language", "lang"]
)
def test_headings_of_what_is_no_slot(name: str, tmp_path: Path) -> None:
    found, _ = table(f"{name},text,port\nto,to Voss,Voss\n", tmp_path)

    assert found == [("to Voss", [("port", "Voss")], "")]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        *[(name, "word") for name in ("sent", "Sentence", "sentence #", "sentence_id", "sent-no")],
        *[(name, "word") for name in ("sentnumber", "sent idx", "doc_id", "document id", "DocID")],
        *[("sent", word) for word in ("words", "token", "tokens")],
    ],
)
def test_headings_of_tokens(name: str, word: str, tmp_path: Path) -> None:
    found, _ = table(f"{name};{word};tag\n1;to;O\n1;Voss;B-port\n2;now;O\n", tmp_path)

    assert found == [("to Voss", [("port", "Voss")], ""), ("now", [], "")]


def test_a_cell_that_is_too_long_ends_a_table(tmp_path: Path) -> None:
    long = "x" * 140_000 + ",Voss\n"
    _, reading = table("text,port\n" + "to Voss,Voss\n" * 60 + long + "\x07,\n", tmp_path)

    with pytest.raises(CorpusError, match=r"x\.csv:62: no row of a table: field larger than"):
        reading.check()
    (tmp_path / "x.csv").write_text("text,port\n" + long)
    assert not FORMATS["csv"].detect(tmp_path / "x.csv")


def test_a_bad_token_of_a_table_spoils_its_utterance_alone(tmp_path: Path) -> None:
    rows = "1,to,O\n1,Voss,X-port\n2,to,O\n2,Moss,B-port\n3,at,O\n3,Oslo,Y\n"
    text = "sent,token,tag\n" + "0,ahoy,O\n" * 60 + rows
    found, reading = table(text, tmp_path)

    assert [text for text, _, _ in found] == [" ".join(["ahoy"] * 60), "to Moss"]
    with pytest.raises(CorpusError, match=r"csv:62: unknown tag 'X-port'.*\n.*csv:66: unknown"):
        reading.check()


# Documents and YAML


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({str(n): n for n in range(9)}, "an object with the keys 0, 1, 2, 3, 4, 5, 6, 7"),
        ([{str(n): n for n in range(9)}, 3], "a list of objects with 0, 1, 2, 3, 4, 5, 6, 7"),
        ([[]], "a list of list"),
        ([], "a list of list"),
        (["a"], "a list of str"),
        (3, "int"),
    ],
)
def test_documents_of_no_known_layout_are_described(document: Any, said: str) -> None:
    assert unknown(document) == f"JSON of no known layout: {said}"


def test_a_document_is_one_value_of_json(tmp_path: Path) -> None:
    path = tmp_path / "x"

    assert load(tmp_path) is None
    assert load(path) is None
    for number, (content, expected) in enumerate(
        [
            (b'\xef\xbb\xbf {"a":\r\n1}\n', {"a": 1}),
            (b"\n[1,\n2]", [1, 2]),
            (b'{"a": 1}\n', {"a": 1}),
            (b'{"a": 1}\n{"a": 2}\n', None),
            (b"[1]\nx\n", None),
            (b"3\n", None),
            (b'"a"\n', None),
            (b"", None),
            (b'{"a":\n"\xff"}', None),
            (b"[" * 100_000 + b"\nx\n", ("not JSON that can be read", None)),
            (b'{"a":\n 1,}', ("not JSON: ", 2)),
            (b"{\n" + b'"a": ' + b"9" * 5000 + b"}", ("not JSON that can be read", None)),
            (b"[\n" * 100_000, ("not JSON that can be read", None)),
        ]
    ):
        path.write_bytes(content)
        os.utime(path, ns=(number, number))
        found = load(path)
        if isinstance(expected, tuple):
            assert isinstance(found, Broken)
            assert found.message.startswith(expected[0])
            assert found.line == expected[1]
            assert found.line or found.message == expected[0]
        else:
            assert found == expected
    path.write_text("[1]")
    os.utime(path, ns=(1, 1))
    assert load(path) == [1]
    path.write_text("[2]")
    os.utime(path, ns=(2, 2))
    assert load(path) == [2]  # as long, but newer
    path.write_text("[34]")
    os.utime(path, ns=(2, 2))
    assert load(path) == [34]  # as old, but longer


def test_the_line_of_a_document_is_told_where_a_text_stands_once(tmp_path: Path) -> None:
    texts = ["\u00e9 7", "twice", "twice", "once"]
    document = [{"text": text, "slots": 3} for text in texts]

    message = "text must be a string and slots a list"
    assert problems("json", document, tmp_path) == [
        f":3: {message}",  # as \\u00e9
        f": utterance 2: {message}",
        f": utterance 3: {message}",
        f":15: {message}",
    ]
    plain = json.dumps(document, indent=1, ensure_ascii=False)
    assert problems("json", plain, tmp_path)[0] == f":3: {message}"
    assert problems("json", f"\n{plain}", tmp_path)[0] == f":4: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nlu:\n- [a\n", r"x:\d: not YAML: .+"),
        ("nlu:\n\ta: b\n", "x:2: not YAML: found character that cannot start any token"),
        ("nlu: *a\n", "x:1: not YAML: found undefined alias"),
        ("nlu: \ufffe\n", "x: not YAML: .+"),
        ("nlu: " + "[" * 20_000, "x.*: not YAML.*"),
    ],
)
def test_what_is_no_yaml_is_named(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(text)

    with pytest.raises(CorpusError, match=message):
        load_corpus(tmp_path / "x", format="rasa")


def test_yaml_needs_no_library_in_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_text("nlu:\n- intent: go\n  examples: ahoy\n")
    (tmp_path / "deep").write_text("nlu: " + "[" * 2000 + "]" * 2000 + "\n")
    monkeypatch.delattr("yaml.CSafeLoader", raising=False)

    assert said(load_corpus(tmp_path / "x")) == [("ahoy", [], "go")]
    with pytest.raises(CorpusError, match="deep: not YAML that can be read: too deep"):
        load_corpus(tmp_path / "deep")


def test_what_aliases_repeat_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(
        "a: &a {intent: go, examples: [&b to, *b, to]}\nnlu: [*a, *a, {intent: x, examples: by}]\n"
        "---\n---\n- nlu\n---\n[nlu]: 3\n"
    )

    corpus = load_corpus(tmp_path / "x", format="rasa")

    assert said(corpus) == [("to", [], "go"), ("to", [], "go"), ("by", [], "x")]
    assert corpus.notes == ["left out, parts that hold no utterances: 2: a, "]


# Splits


@pytest.mark.parametrize(
    ("name", "split"),
    [
        *[(name, "train") for name in ("train", "my-Train.txt", "trainset2", "training", "x")],
        *[(name, "validation") for name in ("valid", "x_dev", "validation.1", "devset", "testa")],
        *[(name, "validation") for name in ("eng.testa", "validate_x")],
        *[(name, "test") for name in ("test", "testset", "eng.testb", "1test2")],
        *[(name, "train") for name in ("latest", "devs", "tests", "trained")],
        ("dev-valid", "validation"),
    ],
)
def test_words_of_names_tell_splits(name: str, split: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("to O\n")

    assert [*find_parts(tmp_path / name)] == [split]


def test_what_lies_beside_splits_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    for name in ("train", "more.conll", ".hidden", "dev.conll"):
        (folder / name).write_text("to O\n")
    (folder / "README").write_text("prose of no format\n")
    (folder / "dev_notes.md").write_text("prose of no format\n")
    (folder / "dataset_dict.json").write_text('{"splits": []}')

    assert {split: part.place for split, part in find_parts(folder).items()} == {
        "train": folder / "train",
        "validation": folder / "dev.conll",
    }
    assert passed_over(folder) == ["more.conll"]
    assert passed_over(folder / "train") == []
    assert passed_over(tmp_path / "y") == []


def test_files_of_no_split_may_be_one_corpus_together(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    for name in "ab":
        (folder / f"{name}.md").write_text(f"## intent:{name}\n- to [Voss](port)\n")

    corpus = load_corpus(folder)

    assert [intent for _, _, intent in said(corpus)] == ["a", "b"]
    assert "x: 2 files are read as one part: a.md, b.md" in corpus.notes
    assert passed_over(folder) == []
    part = find_parts(folder)["train"]
    assert (part.format, part.place, part.files) == (
        "inline",
        folder,
        [folder / "a.md", folder / "b.md"],
    )
    (folder / "c.yml").write_text("nlu:\n- intent: c\n  examples: ahoy\n")
    with pytest.raises(CorpusError, match="x: expected a file or folder named one of train, test"):
        find_parts(folder)


def test_the_content_of_a_part_is_its_bytes_and_their_sizes(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "seq.in").write_text("to\n")
    (folder / "seq.out").write_text("O\n" * 5)
    part = find_parts(folder)["train"]

    assert b"".join(part.content()) == b"3\nto\n10\n" + b"O\n" * 5
    (folder / "seq.out").unlink()
    with pytest.raises(CorpusError, match=r"seq\.out: cannot be read: No such file"):
        list(part.content())


def test_a_corpus_is_described_by_its_sizes_and_slots(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "train").write_text("to O\nVoss B-port\nat I-a\n\nto O\n")
    (folder / "dev").write_text("to O\n")

    assert describe(folder) == ({"train": 2, "validation": 1}, ["a", "port"])
    (folder / "dev").write_text("to O\nx\n")
    with pytest.raises(CorpusError, match="dev:2: expected"):
        describe(folder)


@pytest.mark.parametrize(
    ("parts", "splits"),
    [
        (["train", "dev", "beta", "train"], {"train": 2, "validation": 1}),
        (["dev", "valid"], {"train": 2}),
        (["train", "beta"], {"train": 2}),
        (["alpha", "beta"], {"train": 2}),
    ],
)
def test_rows_are_parted_where_they_name_two_splits(
    parts: list[str], splits: dict[str, int], tmp_path: Path
) -> None:
    rows = [{"partition": part, "tokens": ["to"], "tags": ["O"]} for part in parts]
    (tmp_path / "x").write_text(lines(*rows))

    found = load_corpus(tmp_path / "x").splits

    assert {split: len(rows) for split, rows in found.items()} == splits
    part = next(iter(find_parts(tmp_path / "x").values()))
    assert (part.format, part.place, part.files) == ("jsonl", tmp_path / "x", [tmp_path / "x"])
    assert b"".join(part.content()).endswith(lines(*rows).encode())


def test_only_a_format_of_folders_is_asked_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "train"
    folder.mkdir()
    (folder / "x").write_text("to O\n")

    for name, kind in (("conll", "file"), ("jsonl", "file")):
        (tmp_path / "y").mkdir(exist_ok=True)
        with pytest.raises(CorpusError, match="y: expected a file or folder named one of"):
            find_parts(tmp_path / "y", format=name)
        with pytest.raises(CorpusError, match=f"train: not a {kind} in the format {name}"):
            find_parts(tmp_path, format=name)
    for name in ("seq", "brat", "datasets"):
        with pytest.raises(CorpusError, match=f"x: not a folder in the format {name}"):
            find_parts(folder / "x", format=name)
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "x")
    with pytest.raises(CorpusError, match="x: neither a file nor a folder"):
        find_parts(tmp_path / "pipe" / "x")


def test_folders_with_rows_for_training_are_bundled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b", "a", "none"):
        (tmp_path / "x" / name).mkdir(parents=True)
    (tmp_path / "x" / "a" / "train.jsonl").write_text("")
    (tmp_path / "x" / "b" / "train.jsonl").write_text("")
    (tmp_path / "x" / "none" / "test.jsonl").write_text("")

    def missing(package: str) -> Path:
        raise ModuleNotFoundError(package)

    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path / "x")
    assert list(bundled().items()) == [(name, tmp_path / "x" / name) for name in "ab"]
    monkeypatch.setattr("importlib.resources.files", missing)
    assert bundled() == {}


def test_splits_of_the_hub_are_told_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for names, message in (
        (["all"], "hf:x: expected a split named one of train, test, valid, dev, validation"),
        (["dev", "valid"], "hf:x: two are named validation"),
    ):
        monkeypatch.setattr(hub, "load", lambda _, names=names: dict.fromkeys(names))
        with pytest.raises(CorpusError, match=message):
            find_parts("hf:x")
    names = ["test", "all", "train"]
    monkeypatch.setattr(hub, "load", lambda _: dict.fromkeys(names))
    parts = find_parts("hf:x")
    assert [(split, part.format, part.files) for split, part in parts.items()] == [
        ("train", "hf", []),
        ("test", "hf", []),
    ]


# Schemes


def test_odd_tags_are_named_with_how_often_they_stand(tmp_path: Path) -> None:
    usual = "to O\nNew B-a\nYork I-a\n\n" * 200
    odd = "in O\nLos B-a\nA E-a\n\n" * 2 + "to S-b\n\nto S-c\n\nto S-b\n\nto S-d\n\n"
    (tmp_path / "x").write_text(usual + odd)

    assert load_corpus(tmp_path / "x").notes == [
        "train: 6 tags of another scheme than IOB2, which nearly all utterances are in, read as "
        "B- or I-: E-a 2 times, S-b 2 times, S-c once and 1 more; --scheme overrules"
    ]


@pytest.mark.parametrize(("usual", "apart"), [(99, False), (98, True)])
def test_apostrophes_are_cut_where_more_than_a_hundredth_ask_for_it(
    usual: int, apart: bool, tmp_path: Path
) -> None:
    plain = {"text": "to Voss", "slots": [{"name": "x", "start": 3, "end": 7}]}
    cut = {"text": "Ann's boat", "slots": [{"name": "x", "start": 0, "end": 3}]}
    (tmp_path / "x").write_text(lines(*[plain] * usual, cut))

    corpus = load_corpus(tmp_path / "x")

    assert (corpus.splits["train"][usual]["tokens"][0] == "Ann") is apart
    told = load_corpus(tmp_path / "x", tokenizer="words").splits["train"]
    assert told[usual]["tokens"] == ["Ann's", "boat"]


def test_a_scheme_that_is_given_is_taken_for_all_splits(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "train").write_text("a I-x\nb I-x\n\na I-x\nb B-x\n")
    (folder / "test").write_text("# edges: [[0, 0]]\na I-x\n\na O\nb I-x\n")

    told = load_corpus(folder)
    given = load_corpus(folder, scheme="IOB2")

    assert told.notes == ["train: 2 tags read from IOB1", "test: 2 tags read from IOB1"]
    assert given.notes == [
        "train: 2 I- tags that continue nothing read as B-",
        "test: 2 I- tags that continue nothing read as B-",
    ]
    assert told.splits["train"]["tags"][:] == given.splits["train"]["tags"][:]
    assert [row["edges"] for row in given.splits["test"]] == [[[0, 0]], []]
    (folder / "test").write_text("# a\n")
    with pytest.raises(CorpusError, match="test: holds no utterances"):
        load_corpus(folder, scheme="IOB2", format="conll")


# Tools for annotation


def test_only_what_was_accepted_is_read(tmp_path: Path) -> None:
    spans = [{"start": 0, "end": 4, "label": "port"}]
    rows = [{"text": "Voss", "spans": spans, "answer": one} for one in ("accept", "reject")]
    (tmp_path / "x.jsonl").write_text(lines(*rows, rows[1]))

    corpus = load_corpus(tmp_path / "x.jsonl")

    assert len(corpus.splits["train"]) == 1
    assert corpus.notes[-1] == "train: 2 utterances left out, whose answer is reject"


def test_relations_are_named(tmp_path: Path) -> None:
    row = {
        "text": "Voss",
        "entities": [{"label": "port", "start_offset": 0, "end_offset": 4}],
        "relations": [{"from_id": 1, "to_id": 1, "type": "near"}],
    }
    (tmp_path / "x.jsonl").write_text(lines(row))

    assert "left out, relations: 1: near" in load_corpus(tmp_path / "x.jsonl").notes


def test_tasks_of_label_studio(tmp_path: Path) -> None:
    region = {"type": "labels", "value": {"start": 5, "end": 9, "text": "Voss", "labels": ["port"]}}
    choice = {"type": "choices", "value": {"choices": ["sail"]}}
    relation = {"type": "relation", "from_id": "a", "to_id": "b"}
    result = {"result": [region, choice, relation]}
    tasks = [
        {"data": {"text": "🚢 to Voss"}, "annotations": [{"was_cancelled": True}, result]},
        {"data": {"text": "ahoy"}, "annotations": []},
        {"data": {"message": "to Voss"}, "annotations": [{"result": []}, {"result": []}]},
    ]
    region["value"]["start"], region["value"]["end"] = 6, 10  # type: ignore[index]
    (tmp_path / "x.json").write_text(json.dumps(tasks))

    corpus = load_corpus(tmp_path / "x.json")

    assert said(corpus) == [("🚢 to Voss", [("port", "Voss")], "sail"), ("to Voss", [], "")]
    assert corpus.notes[1:] == [
        "train: 1 utterances with offsets in UTF-16 units, read as such",
        "train: 1 tasks left out, which nobody annotated",
        "train: 1 tasks with several annotations, of which the first is read",
        "left out, relations and what else is no span: 1: relation",
    ]


REGION = {"start": 3, "end": 7, "labels": ["sea port", "x"]}
SEVERAL: list[tuple[dict[str, Any], tuple[str, list[tuple[str, str]], str]]] = [
    (
        {"data": {"text": "to Voss"}, "completions": [{"result": [{"value": REGION}]}]},
        ("to Voss", [("sea_port", "Voss")], ""),
    ),
    (
        {
            "data": {"id": 3, "said": "to Voss"},
            "annotations": [
                3,
                {"was_cancelled": True, "result": []},
                {"result": [3, {"value": REGION | {"text": "Voss"}}, {"value": {"choices": [7]}}]},
            ],
        },
        ("to Voss", [("sea_port", "Voss")], "7"),
    ),
    (
        {"data": {"text": "ahoy", "other": "to Voss"}, "annotations": [{"result": None}]},
        ("ahoy", [], ""),
    ),
    ({"text": "to Voss", "l": [REGION], "intent": "go"}, ("to Voss", [("sea_port", "Voss")], "go")),
    (
        {"text": "to Voss", "l": [REGION], "sentiment": "+"},
        ("to Voss", [("sea_port", "Voss")], "+"),
    ),
    ({"text": "to Voss", "l": [REGION], "intent": {}}, ("to Voss", [("sea_port", "Voss")], "")),
    ({"text": "ahoy", "choices": [], "l": 3}, ("ahoy", [], "")),
]


def test_tasks_have_their_texts_regions_and_choices(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([task for task, _ in SEVERAL]))

    corpus = load_corpus(tmp_path / "x.json", format="labelstudio")

    assert said(corpus) == [expected for _, expected in SEVERAL]
    assert corpus.notes == []


TASK: dict[str, Any] = {"data": {"text": "to Voss"}, "annotations": []}


@pytest.mark.parametrize(
    "document",
    [
        [],
        TASK,
        [3],
        [{"annotations": []}],
        [{"data": {"text": "to"}}],
        [{"data": "to", "annotations": []}],
        [{"text": "to", "l": []}],
        [{"text": 3, "l": [REGION]}],
        [{"said": "to", "l": [REGION]}],
        [{"text": "to", "l": [{"start": 0, "end": 1}]}],
        [{"text": "to", "l": [{"start": 0, "labels": ["x"]}]}],
        [{"text": "to", "l": REGION}],
        [TASK, 3],
        [*[TASK] * 9, 3],
    ],
)
def test_what_is_no_list_of_tasks(document: Any, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(document))

    assert not FORMATS["labelstudio"].detect(tmp_path / "x.json")


def test_what_is_wrong_with_tasks_is_named(tmp_path: Path) -> None:
    def task(text: Any, *values: Any) -> dict[str, Any]:
        result = [{"value": value} for value in values]
        return {"data": {"text": text}, "annotations": [{"result": result}]}

    tasks: list[Any] = [task("ahoy")] * 10
    tasks += [
        3,
        task("one", {"start": 0, "end": 3}),
        task("two", {"start": 0, "end": 3, "labels": []}),
        task("three", {"start": 0, "labels": ["x"]}),
        task("four", {"start": 0, "end": 4, "labels": ["x"], "text": "five"}),
        task("six", {"start": 0.5, "end": 3, "labels": ["x"]}),
        {"data": {"a": "to", "b": "at"}, "annotations": [{"result": []}]},
        {"text": "seven", "l": [{"start": 0, "end": 3, "labels": ["x"]}, 3]},
    ]
    (tmp_path / "x.json").write_text(json.dumps(tasks))
    assert FORMATS["labelstudio"].detect(tmp_path / "x.json")

    found = problems("labelstudio", tasks, tmp_path)

    lines = json.dumps(tasks, indent=1).splitlines()
    assert [found[0], found[6]] == [
        ": utterance 11: expected a task",
        ": utterance 17: text must be a string",
    ]
    assert [
        lines[int(one.split(":")[1]) - 1].strip() + one[one.index(": ") :]
        for one in [*found[1:6], *found[7:]]
    ] == [
        '"text": "one": a region must have labels',
        '"text": "two": a region must have labels',
        '"text": "three": a region must have whole numbers as start and end',
        "\"text\": \"four\": slot 'x' at 0..4 is 'four' in the text, but has the value 'five'",
        '"text": "six": a region must have whole numbers as start and end',
        '"text": "seven",: a region must have labels',
    ]


def test_tasks_are_written_as_label_studio_has_them(tmp_path: Path) -> None:
    rows = [
        make_row(["\U0001f6a2", "to", "Voss"], ["O", "O", "B-port"], intent="go"),
        make_row(["ahoy"], ["O"]),
        make_row(["7", "am"], ["B-hour", "B-half"], text="7am"),
    ]
    save_corpus({"train": rows}, tmp_path / "x.json", format="labelstudio", alone=True)

    def result(name: str, source: str, kind: str, **value: Any) -> dict[str, Any]:
        return {"id": name, "from_name": source, "to_name": "text", "type": kind, "value": value}

    def labels(name: str, start: int, end: int, text: str, label: str) -> dict[str, Any]:
        value = {"start": start, "end": end, "text": text, "labels": [label]}
        return result(name, "label", "labels", **value)

    results = [
        [
            labels("1-1", 6, 10, "Voss", "port"),
            result("1-intent", "intent", "choices", choices=["go"]),
        ],
        [],
        [labels("3-1", 0, 1, "7", "hour"), labels("3-2", 1, 3, "am", "half")],
    ]
    text = (tmp_path / "x.json").read_text()
    assert json.loads(text) == [
        {"id": number, "data": {"text": row["text"]}, "annotations": [{"result": result}]}
        for number, (row, result) in enumerate(zip(rows, results, strict=True), 1)
    ]
    assert len(text.splitlines()) == 5
    assert "\U0001f6a2" in text


def test_labels_are_written_as_doccano_has_them(tmp_path: Path) -> None:
    rows = [
        make_row(["\U0001f6a2", "to", "Voss"], ["O", "O", "B-port"], intent="go"),
        make_row(["7", "am"], ["B-hour", "B-half"], text="7am"),
    ]
    save_corpus({"train": rows}, tmp_path / "x.jsonl", format="doccano", alone=True)

    assert (tmp_path / "x.jsonl").read_text() == (
        '{"id": 1, "text": "\U0001f6a2 to Voss", "label": [[5, 9, "port"]], "intent": "go"}\n'
        '{"id": 2, "text": "7am", "label": [[0, 1, "hour"], [1, 3, "half"]]}\n'
    )


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ('{"text": "to", "label": []}\nx\n', True),
        ('\n{"text": "to", "labels": []}\n', True),
        ('{"text": "to", "entities": 3, "relations": 3}\n', True),
        ('{"text": "to", "label": "x", "labels": []}\n', True),
        ('{"text": "to", "entities": []}\n', False),
        ('{"text": "to", "relations": []}\n', False),
        ('{"text": "to", "label": "x"}\n', False),
        ('{"text": ["to"], "labels": ["O"]}\n', False),
        ('{"label": []}\n', False),
        ('["text", "label"]\n', False),
        ('{"a": 1}\n{"text": "to", "label": []}\n', False),
        ("[" * 100_000 + "\n", False),
        ("to\n", False),
        ("", False),
    ],
)
def test_the_first_line_tells_whether_a_file_is_of_doccano(
    text: str, known: bool, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text(text)

    assert FORMATS["doccano"].detect(tmp_path / "x") is known


def test_of_a_tree_the_slots_right_under_it_are_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(
        "sail\tdon't go to St John!\t [IN:GO do n't go [SL:TO to [IN:FIND [SL:PORT St ] John ] ] !"
        " [SL:NONE ] ]\n\n[IN:A 7 ]\t7 \n"
    )

    corpus = load_corpus(tmp_path / "x")

    assert said(corpus) == [
        ("don't go to St John!", [("TO", "to St John")], "GO"),
        ("7 ", [], "A"),
    ]
    assert corpus.notes[1:] == [
        "left out, what stands deeper in a tree: 2: IN:FIND, SL:PORT",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("to\tVoss", "expected a tree as .* in a column, got 'to"),
        ("[SL:X to ]", "expected a tree as"),
        ("[IN:X to ] ]", r"a bracket too many in '\[IN:X to \] \]'"),
        ("[IN:X [SL:Y to ]", r"a bracket too few in '\[IN:X \[SL:Y to \]'"),
        ("[IN: to ]", r"a bracket too many in '\[IN: to \]'"),
        ("[IN:X to", r"expected a tree as \[IN:.*, got '\[IN:X to'"),
        ("[IN:X ]", "an utterance must have at least one token"),
    ],
)
def test_what_is_wrong_with_a_tree_is_said(line: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(f"[IN:X to ]\n{line}\n")

    with pytest.raises(CorpusError, match=f"x:2: {message}"):
        load_corpus(tmp_path / "x")


def test_only_the_first_lines_tell_trees_and_bars(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("to\nto\n[IN:X to ]\n")
    (tmp_path / "y").write_text("to\nto|O\n")
    (tmp_path / "z").write_text("to|O |O\n")

    assert not FORMATS["trees"].detect(tmp_path / "x")
    assert not FORMATS["pipes"].detect(tmp_path / "y")
    assert not FORMATS["pipes"].detect(tmp_path / "z")


def test_a_bar_may_be_a_token(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("to|o Voss|NNP|b-port ||O |x|O\n")

    [row] = load_corpus(tmp_path / "x", format="pipes").splits["train"]

    assert row["tokens"] == ["to", "Voss", "|", "|"]
    assert row["tags"] == ["O", "B-port", "O", "O"]
    (tmp_path / "x").write_text("to|O\nto|O Voss\n")
    with pytest.raises(CorpusError, match=r"""x:2: expected "token\|tag", got 'Voss'"""):
        load_corpus(tmp_path / "x")


def test_brat(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"to Voss\r\n\r\nfrom New York\r\n")
    (folder / "a.ann").write_text(
        "T1\tport 3 7\tVoss\nT2\tport 16 19;20 24\tNew York\n"
        "R1\tnear Arg1:T1 Arg2:T2\n#1\tnote T1\tx\n"
    )

    corpus = load_corpus(folder)

    assert said(corpus) == [
        ("to Voss", [("port", "Voss")], ""),
        ("from New York", [("port", "New York")], ""),
    ]
    assert corpus.notes[1:] == [
        "train: 1 spans of several pieces, read as one with what stands between",
        "left out, relations: 1: near Arg1:T1 Arg2:T2",
        "left out, notes: 1: note T1",
    ]


def make_brat(folder: Path, text: str, ann: str) -> Path:
    """Write a text and its spans."""
    folder.mkdir()
    (folder / "a.txt").write_text(text)
    (folder / "a.ann").write_text(ann)
    return folder


def test_what_is_no_span_in_brat_is_named(tmp_path: Path) -> None:
    ann = "T1\tport 3 7\n\nR1\tnear Arg1:T1\nE1\tsail:T1\nA1\tsure T1\nM1\tkind T1\tx\n"
    ann += "N1\tReference T1 Wiki:1\tVoss\n#1\tnote T1\n*\tEquiv T1 T2\n" + "R" * 50 + "\n"

    corpus = load_corpus(make_brat(tmp_path / "x", "to Voss\n", ann))

    assert said(corpus) == [("to Voss", [("port", "Voss")], "")]
    assert corpus.notes[1:] == [
        f"left out, relations: 2: near Arg1:T1, {'R' * 40}",
        "left out, events: 1: sail:T1",
        "left out, attributes: 2: sure T1, kind T1",
        "left out, links: 1: Reference T1 Wiki:1",
        "left out, notes: 1: note T1",
        "left out, equivalences: 1: Equiv T1 T2",
    ]


def test_spans_of_brat_count_from_the_beginning_of_their_file(tmp_path: Path) -> None:
    rows = [
        make_row(["to", "Voss"], ["O", "B-port"], text="to  Voss"),
        make_row(["at", "7", "now"], ["O", "B-time", "B-x"]),
        make_row(["ahoy"], ["O"]),
        make_row(["\u00e9", "\U0001f6a2"], ["B-x", "B-y"]),
    ]
    save_corpus({"train": rows}, tmp_path / "x", format="brat", alone=True)

    assert (tmp_path / "x" / "text.txt").read_text() == (
        "to  Voss\nat 7 now\nahoy\n\u00e9 \U0001f6a2\n"
    )
    assert (tmp_path / "x" / "text.ann").read_text() == (
        "T1\tport 4 8\tVoss\nT2\ttime 12 13\t7\nT3\tx 14 17\tnow\n"
        "T4\tx 23 24\t\u00e9\nT5\ty 25 26\t\U0001f6a2\n"
    )
    assert said(load_corpus(tmp_path / "x")) == [(row["text"], slots(row), "") for row in rows]


def test_what_is_wrong_in_a_text_of_brat_has_its_line(tmp_path: Path) -> None:
    text = "to Voss\nto Mo\x00ss\n\u200b\n\u200b\nto Oslo\n"
    ann = "T1\tport 3 7\tVoss\nT2\tport 17 18\nT3\tport 70 80\nX\nT4 x\nT5\tport 24 28\tOslo\n"
    folder = make_brat(tmp_path / "x", text, ann)

    with pytest.raises(CorpusError) as caught:
        load_corpus(folder)

    places = [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]
    assert [place[: place.index(" ")] for place in places] == [
        "a.txt:2:",
        "a.ann:5:",
        "a.ann:2:",
        "a.txt:4:",
        "a.ann:3:",
    ]
    assert places[2].endswith("an utterance must have at least one token")
    assert places[4].endswith("a span leaves the text")
    corpus = load_corpus(folder, skip_bad=True)
    assert [text for text, _, _ in said(corpus)] == ["to Voss", "to Oslo"]


def test_a_text_of_brat_alone_is_none_of_its_pairs(tmp_path: Path) -> None:
    folder = make_brat(tmp_path / "x", "to Voss\n", "T1\tport 3 7\tVoss\n")
    detect = FORMATS["brat"].detect

    assert detect(folder)
    assert detect(folder / "a.ann")
    assert not detect(folder / "a.txt")
    (folder / "b.ann").write_text("")
    assert not detect(folder)
    assert not detect(folder / "b.ann")
    assert not detect(folder / "c.ann")
    assert FORMATS["brat"].files(folder / "a.ann") == [folder / "a.ann", folder / "a.txt"]


def test_pairs_of_brat_are_splits_by_their_names(tmp_path: Path) -> None:
    for split in "train", "test":
        (tmp_path / f"{split}.txt").write_text("to Voss\n")
        (tmp_path / f"{split}.ann").write_text("T1\tport 3 7\tVoss\n")

    assert {*load_corpus(tmp_path).splits} == {"train", "test"}


@pytest.mark.parametrize(
    ("ann", "message"),
    [
        ("T1\tport 3 7\tBergen\n", r"a\.ann:1: .* has the value 'Bergen'"),
        ("T1 port 3 7\n", r'a\.ann:1: expected "T1<tab>name start end<tab>text"'),
        ("T1\tport 30 70\n", r"a\.ann:1: a span leaves the text"),
    ],
)
def test_what_is_wrong_in_brat_has_its_line(ann: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.txt").write_text("to Voss\n")
    (tmp_path / "x" / "a.ann").write_text(ann)

    with pytest.raises(CorpusError, match=message):
        load_corpus(tmp_path / "x")


# What cannot be read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (lines({"tokens": ["a"], "ner_tags": [3]}), r'x\.json:1: "ner_tags" are numbers, and noth'),
        ('{"sampleUtterances": ["to {port}"]}', r"x\.json: utterances of Lex are templates"),
        ('{\n "what": 1}', r"x\.json: JSON of no known layout: an object with the keys what"),
        ('[{"a": 1}]', r"x\.json: JSON of no known layout: a list of objects with a"),
        ("[1, 2]", r"x\.json: JSON of no known layout: a list of int"),
        ('{\n "rasa_nlu_data": {,\n}', r"x\.json:2: not JSON: .* at column \d+"),
        ("[\n" * 100_000, r"x\.json: not JSON that can be read"),
    ],
)
def test_what_is_no_layout_says_why(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)

    with pytest.raises(CorpusError, match=message):
        load_corpus(tmp_path / "x.json")


def test_what_is_wrong_in_a_document_has_its_line(tmp_path: Path) -> None:
    document = [["to Voss", {"entities": [[3, 7, "port"]]}], ["ahoy", {"entities": [[3, 70, "p"]]}]]
    (tmp_path / "x.json").write_text(json.dumps(document, indent=1))
    at = (tmp_path / "x.json").read_text().splitlines().index('  "ahoy",') + 1

    with pytest.raises(CorpusError, match=rf"x\.json:{at}: slot 'p' at 3\.\.70 leaves the text"):
        load_corpus(tmp_path / "x.json")


# Partitions, columns and schemes that are told


def test_rows_that_name_their_part_are_parted(tmp_path: Path) -> None:
    rows = [
        {"partition": part, "utt": f"to {part}", "annot_utt": f"to [port : {part}]"}
        for part in ("train", "dev", "test", "train")
    ]
    (tmp_path / "en.jsonl").write_text(lines(*rows))

    sizes = {
        split: len(found) for split, found in load_corpus(tmp_path / "en.jsonl").splits.items()
    }

    assert sizes == {"train": 2, "validation": 1, "test": 1}


def test_columns_overrule_what_was_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("sail O O\nBergen B-port B-town\nVoss O I-port\n")
    told = load_corpus(tmp_path / "x")

    assert slots(told.splits["train"][0]) == [("port", "Bergen")]
    assert told.notes == [
        "x: of 3 columns, 1 is read as the token and 2 as the tag (3 has the same labels: "
        "predictions); --columns overrules"
    ]
    other = load_corpus(tmp_path / "x", columns=(1, -1))
    assert slots(other.splits["train"][0]) == [("town", "Bergen"), ("port", "Voss")]


@pytest.mark.parametrize("columns", ["0,1", "1", "1,2,3", "a,b", "1,-0"])
def test_columns_must_be_two_numbers(
    columns: str, slotkit_command: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("sail O\n")
    done = slotkit_command("validate", tmp_path / "x", "--columns", columns)

    assert done.exit_code == 2
    assert "expected two columns as 1,-1" in done.stderr


def test_one_odd_tag_does_not_decide_the_scheme(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("to O\nNew B-a\nYork I-a\n\n" * 12 + "in O\nLos B-a\nAngeles E-a\n")

    corpus = load_corpus(tmp_path / "x")

    assert slots(corpus.splits["train"][12]) == [("a", "Los Angeles")]
    [note] = corpus.notes
    assert note.startswith("train: 1 tags of another scheme than IOB2")
    assert note.endswith("E-a once; --scheme overrules")
    with pytest.raises(CorpusError, match=r"x: utterance 13: E-a is not of IOB2"):
        load_corpus(tmp_path / "x", strict=True)
    assert "train: 1 tags read from IOBES" in load_corpus(tmp_path / "x", scheme="IOBES").notes
    [odd] = [one for one in read_splits(tmp_path / "x")[1] if one.kind == "odd_prefix"]
    assert (odd.places[0].utterance, odd.fix) == (13, "I-a, as it is read")


def test_unknown_schemes_and_tokenizers_are_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("to O\n")

    with pytest.raises(ValueError, match="unknown scheme 'IOB3'; choose from IOB2, IOB1, IOBES"):
        load_corpus(tmp_path / "x", scheme="IOB3")
    with pytest.raises(ValueError, match="unknown tokenizer 'x'; choose from words, apart"):
        load_corpus(tmp_path / "x", tokenizer="x")


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


# What is bad


def test_bad_utterances_are_left_out_on_request_and_counted(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"to O\nVoss B-a\n\nbad\nVoss B-a\n\nat O\nMo\xffss B-a\n\nto O\n")

    with pytest.raises(CorpusError, match=r"x:4: expected .*\n.*x:8: not UTF-8"):
        load_corpus(tmp_path / "x")
    corpus = load_corpus(tmp_path / "x", skip_bad=True)
    assert [text for text, _, _ in said(corpus)] == ["to Voss", "to"]
    assert corpus.notes == [
        "train: 2 utterances left out, which cannot be read",
        f"train: the first of those left out: {tmp_path}/x:4: expected \"token tag\", got 'bad'",
    ]


def test_a_corpus_of_nothing_but_bad_utterances_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"tokens": 1}\n{"tokens": 2}\n')

    with pytest.raises(CorpusError, match=r"x\.jsonl: holds no utterances"):
        load_corpus(tmp_path / "x.jsonl", skip_bad=True)


def test_rows_that_contradict_themselves_are_findings(tmp_path: Path) -> None:
    row = {"text": "to Voss", "tokens": ["to", "Voss"], "tags": ["O", "B-a"]}
    (tmp_path / "x.jsonl").write_text(lines(row, row | {"slots": []}, row))

    splits, findings, _ = read_splits(tmp_path / "x.jsonl")

    assert len(splits["train"]) == 2
    [found] = [one for one in findings if one.kind == "disagree"]
    assert found.line == 2
    assert found.message == '"tags" has a at 3..7 and "slots" has not: delete the key that is wrong'


# Writing


ROWS = [
    make_row(["from", "New", "York"], ["O", "B-a", "I-a"], intent="go"),
    make_row(["(", "Voss", ")"], ["O", "B-a.b_c", "O"], text="(Voss)", intent="go"),
    make_row(["-", "a", "[", "b"], ["O", "B-x", "O", "O"], text="- a [b", intent="stay"),
    make_row(["🚢", "Voss", "🚢"], ["O", "B-a", "B-b"], text="🚢 Voss🚢", intent="go"),
    make_row(["去", "台", "北"], ["O", "B-a", "I-a"], text="去台北", intent="走"),
    make_row(["#", "one"], ["O", "B-a:b"], intent="走"),
]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_keeps_all_slots(name: str, tmp_path: Path) -> None:
    rows: list[Row] = [{**row} for row in ROWS]
    notes = save_corpus({"train": rows}, tmp_path / "out", format=name)

    back = said(load_corpus(tmp_path / "out"))

    kept = FORMATS[name].keeps
    bare = [{**row, "text": " ".join(row["tokens"])} for row in ROWS]
    written = ROWS if "text" in kept else bare
    expected = [(str(row["text"]), slots(row), str(row["intent"])) for row in written]
    if "intent" not in kept:
        expected = [(text, values, "") for text, values, _ in expected]
        assert notes == ["train: 6 intents left out, which brat cannot hold"]
    assert sorted(back) == sorted(expected)
    if name != "rasa":  # where those of an intent stand together
        assert back == expected


@pytest.mark.parametrize("name", WRITTEN)
def test_atis_comes_back_from_every_format(name: str, atis: Path, tmp_path: Path) -> None:
    rows = load_corpus(atis).splits["train"].select(range(300))
    save_corpus({"train": rows}, tmp_path / "out", format=name)

    back = load_corpus(tmp_path / "out").splits["train"]

    keeps_intent = "intent" in FORMATS[name].keeps
    expected = [(row["text"], slots(row), row["intent"] * keeps_intent) for row in rows]
    assert sorted(said(load_corpus(tmp_path / "out"))) == sorted(expected)
    assert len(back) == 300


def test_brackets_that_rasa_cannot_hold_are_refused(tmp_path: Path) -> None:
    row = make_row(["see", "[x](y)"], ["O", "O"], intent="go")

    with pytest.raises(CorpusError, match="rasa: brackets cannot stand in a text here"):
        save_corpus({"train": [row]}, tmp_path / "out", format="rasa")
    assert not (tmp_path / "out").exists()


def test_lists_of_values_become_files(
    tmp_path: Path, slotkit_command: Callable[..., Result]
) -> None:
    (tmp_path / "nlu.yml").write_text(RASA)
    done = slotkit_command("convert", tmp_path / "nlu.yml", tmp_path / "out", "--to", "jsonl")

    folder = tmp_path / "out.values"
    assert done.exit_code == 0, done.output
    assert (folder / "port.txt").read_text() == "Bergen\nBGO\nVoss\n"
    assert (folder / "Saint_John.txt").read_text() == "Saint John\nSt. John\n"
    assert f"list port: 3 values; slotkit train --values port={folder}/port.txt\n" in done.stderr
    again = slotkit_command("convert", tmp_path / "nlu.yml", tmp_path / "new", "--to", "jsonl")
    assert again.exit_code == 0
    (tmp_path / "out").unlink()
    third = slotkit_command("convert", tmp_path / "nlu.yml", tmp_path / "out", "--to", "jsonl")
    assert third.exit_code == 1
    assert "port.txt: exists already; --overwrite replaces it" in third.stderr


def test_every_format_that_is_found_can_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text(COLUMNS["brackets"])

    assert [part.format for part in find_parts(path).values()] == ["inline"]
    assert said(load_corpus(path, format="inline")) == said(load_corpus(path))
    with pytest.raises(CorpusError, match=r"x:1: unknown tag"):
        load_corpus(path, format="conll")


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\ufeff", "\x0c"])
def test_what_yaml_cannot_hold_is_refused(mark: str, tmp_path: Path) -> None:
    row = make_row(["to", f"a{mark}b"], ["O", "O"], intent="go")

    with pytest.raises(CorpusError, match=rf"rasa: YAML cannot hold U\+{ord(mark):04X} here"):
        save_corpus({"train": [row]}, tmp_path / "out", format="rasa")
    save_corpus({"train": [make_row(["a\u00a0b"], ["O"])]}, tmp_path / "out", format="rasa")
    assert load_corpus(tmp_path / "out").splits["train"]["text"][:] == ["a\u00a0b"]


@pytest.mark.parametrize("name", ["seq", "conll", "bos", "jsonl", "spacy"])
def test_a_byte_order_mark_may_be_a_token(name: str, tmp_path: Path) -> None:
    rows = [make_row(["\ufeff", "to"], ["O", "B-a"]), make_row(["\ufeffx"], ["B-a"])]
    save_corpus({"train": [{**row} for row in rows]}, tmp_path / "out", format=name)

    assert load_corpus(tmp_path / "out").splits["train"]["tokens"][:] == [
        ["\ufeff", "to"],
        ["\ufeffx"],
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


# Other inputs of the same kinds


@pytest.mark.parametrize(
    "text",
    [
        "1\tsail\tO\n1\tBergen\tB-port\n2\tnow\tO\n",  # the number of the sentence
        "7\t1\tsail\tO\n7\t2\tBergen\tB-port\n",
        "a.txt sail O\na.txt Bergen B-port\na.txt now O\n",
        "0\t4\tsail\tO\n5\t11\tBergen\tB-port\n",
        "1.\tsail\tO\n2.\tBergen\tB-port\n",
        "en:sail\tO\nen:Bergen\tB-port\n",
        "1\tsail\t_\tO\n2-3\tBergens\t_\t_\n2\tBergen\t_\tB-port\n",
        "sail\tO\nBergen\tB-port\n\n# a comment O\nto\tO\n",
    ],
)
def test_what_stands_beside_tokens_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(text)

    text, values, _ = said(load_corpus(tmp_path / "x"))[0]

    assert text.split()[:2] == ["sail", "Bergen"]
    assert values == [("port", "Bergen")]


def test_brackets_among_tokens_are_no_slots(tmp_path: Path) -> None:
    row = {"text": "see [this](link) in Voss", "slots": [{"name": "a", "start": 20, "end": 24}]}
    (tmp_path / "x.jsonl").write_text(lines(row))
    corpus = load_corpus(tmp_path / "x.jsonl")
    save_corpus(corpus.splits, tmp_path / "out", format="conll")

    assert said(load_corpus(tmp_path / "out")) == said(corpus)


LEAVING = {"text": "to Voss", "tokens": ["to", "Voss"], "tags": ["O", "B-a"]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tags": ["O", "S-a"], "slots": [{"name": "b", "start": 3, "end": 7}]}, '"tags" has a at'),
        (
            {"slots": [{"name": "a", "start": 3, "end": 7, "value": "Moss"}]},
            "with the value 'Moss'",
        ),
        ({"frame": {"b": ["Voss"]}}, '"frame" has b'),
        ({"ner_tags": ["O", "B-b"]}, '"tags" and "ner_tags" differ'),
        ({"entities": [[3, 7, "b"]]}, '"tags" has a at 3..7 and "entities" has not'),
        ({"spans": [{"start": 0, "end": 2, "label": "a"}]}, '"spans" has a at 0..2'),
    ],
)
def test_keys_that_contradict_each_other_are_refused(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    (tmp_path / "x.jsonl").write_text(lines(LEAVING, LEAVING | change))

    with pytest.raises(CorpusError, match=r"x\.jsonl:2: ") as caught:
        load_corpus(tmp_path / "x.jsonl")
    assert message in str(caught.value)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(
        lines(LEAVING)
        + '{"text": "a", "slots": [{"name": "x", "start": 0, "end": 1}], "slots": []}'
    )

    with pytest.raises(CorpusError, match=r'x\.jsonl:2: the key "slots" stands twice'):
        load_corpus(tmp_path / "x.jsonl")


def test_rows_of_no_partition_are_counted(tmp_path: Path) -> None:
    rows = [{"utt": "a", "annot_utt": "a", "partition": one} for one in ("train", "test", "else")]
    (tmp_path / "x.jsonl").write_text(lines(*rows, {"utt": "a", "annot_utt": "a"}))

    notes = load_corpus(tmp_path / "x.jsonl").notes

    assert "train: 2 utterances left out, of no partition that is read" in notes


def test_blank_lines_end_the_utterances_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("token,tag\nto,O\nVoss,B-a\n\nat,O\nnoon,B-t\n")

    texts = [text for text, _, _ in said(load_corpus(tmp_path / "x.csv"))]

    assert texts == ["to Voss", "at noon"]


def test_a_bad_line_of_a_table_leaves_out_its_utterance(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(
        "doc_id,sent_id,token,tag\n1,0,to,O\n1,0,Vo,ss,B-a\n1,1,at,O\n1,1,noon,B-t\n"
    )

    corpus = load_corpus(tmp_path / "x.csv", skip_bad=True)

    assert [text for text, _, _ in said(corpus)] == ["at noon"]
    assert "train: 1 utterances left out, which cannot be read" in corpus.notes


@pytest.mark.parametrize("slip", ["[Voss] (a)", "[Voss(a)", "[Voss][a]", "【Voss】(a)", "Voss](a)"])
def test_slips_in_brackets_are_told(slip: str, tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(f"from [Moss](b)\nto {slip}\n")

    with pytest.raises(CorpusError, match=r"x\.md:2: "):
        load_corpus(tmp_path / "x.md", strict=True)


def test_headings_and_comments_of_markdown(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(
        "##Intent: go\n- to [Voss](a) <!-- far -->\n## lookup:a\nlists/a.txt\n## else\n"
    )

    corpus = load_corpus(tmp_path / "x.md")

    assert said(corpus) == [("to Voss", [("a", "Voss")], "go")]
    assert corpus.notes[1:] == [
        "left out, lookups in other files: 1: a lists/a.txt",
        "left out, other headings: 1: else",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "domain\tutterance\tsemantic_parse\na\tset six\t[IN:SET set [SL:TIME six ] ]\n",
            ("set six", [("TIME", "six")], "SET"),
        ),
        (
            lines({"text": "to Voss", "cats": ["go"], "entities": [], "relations": []}),
            ("to Voss", [], "go"),
        ),
        (lines({"text": "to Voss", "answer": "accept"}), ("to Voss", [], "")),
        (
            json.dumps(
                [{"text": "hi"}, {"text": "Voss", "x": [{"start": 0, "end": 4, "labels": ["a"]}]}]
            ),
            ("hi", [], ""),
        ),
        (
            lines({"tokens": ["배", " ", "온"], "ner_tags": ["B-a", "O", "O"]}),
            ("배 온", [("a", "배")], ""),
        ),
    ],
)
def test_layouts_as_they_are_found(
    text: str, expected: tuple[str, list[tuple[str, str]], str], tmp_path: Path
) -> None:
    (tmp_path / "part").write_text(text)

    assert said(load_corpus(tmp_path / "part"))[0] == expected


def test_what_is_not_legal_among_marked_ends_is_counted_and_found(tmp_path: Path) -> None:
    marked = "to O\nNew B-a\nYork E-a\n\n"
    (tmp_path / "x").write_text(marked * 15 + "to O\nLos B-a\nAngeles I-a\n")

    assert "train: 1 utterances that are not legal IOBES, read all the same" in (
        load_corpus(tmp_path / "x").notes
    )
    [odd] = [one for one in read_splits(tmp_path / "x")[1] if one.kind == "odd_prefix"]
    assert odd.places[0].utterance == 16


def test_a_line_break_in_a_text_contradicts_nothing(tmp_path: Path) -> None:
    slot = {"name": "a", "value": "New\nYork", "start": 3, "end": 11}
    row = {"text": "to New\nYork", "tokens": ["to", "New", "York"], "tags": ["O", "B-a", "I-a"]}
    (tmp_path / "x.jsonl").write_text(lines(row | {"slots": [slot], "frame": {"a": ["New\nYork"]}}))

    assert said(load_corpus(tmp_path / "x.jsonl")) == [("to New York", [("a", "New York")], "")]
