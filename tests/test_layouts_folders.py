"""Folders of parts, what cannot be read, what is bad, and what is written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from layouts import COLUMNS, RASA, lines, said, slots
from slotkit.corpus import load_corpus
from slotkit.corpus.formats import FORMATS, WRITTEN, hub
from slotkit.corpus.formats.find import bundled, describe, find_parts, passed_over
from slotkit.corpus.formats.rows import Row, make_row
from slotkit.corpus.lint.reading import read_splits
from slotkit.corpus.write import save_corpus
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


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
