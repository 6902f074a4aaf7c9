"""Files of Rasa, in YAML, JSON and Markdown, and lines with slots in brackets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layouts import RASA, said, slots
from slotkit.corpus import load_corpus
from slotkit.corpus.formats.rows import make_row
from slotkit.corpus.write import save_corpus
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


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
