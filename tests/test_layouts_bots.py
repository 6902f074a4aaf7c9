"""Files of LUIS, Snips and Lex, and documents that are of no tool."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from layouts import OBJECTS, problems, said, slots
from slotkit.corpus import load_corpus
from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.reading import How, Reading
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


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
