"""Exports of tools for annotation, documents and YAML."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from layouts import lines, problems, said, slots
from slotkit.corpus import load_corpus
from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.document import Broken, load, unknown
from slotkit.corpus.formats.rows import make_row
from slotkit.corpus.write import save_corpus
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


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
