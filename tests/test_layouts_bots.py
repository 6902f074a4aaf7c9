"""Exports of tools for bots: each told by its content, each read with its slots and intents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from layouts import OBJECTS, RASA, problems, said, slots
from slotkit.corpus import load_corpus
from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.reading import How, Reading
from slotkit.corpus.formats.rows import make_row
from slotkit.corpus.write import save_corpus
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


# Bots


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
