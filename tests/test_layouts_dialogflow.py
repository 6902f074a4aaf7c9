"""Exports of Dialogflow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from layouts import problems, said
from slotkit.corpus import load_corpus
from slotkit.corpus.formats import FORMATS
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


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
