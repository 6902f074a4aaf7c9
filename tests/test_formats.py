"""Every format: what is written is read again, and what is wrong is named."""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotkit.corpus import load_corpus
from slotkit.corpus.formats import FORMATS, WRITTEN
from slotkit.corpus.formats.find import find_parts
from slotkit.corpus.formats.lines import columns, count_lines, peek, read_lines, text_file, unfit
from slotkit.corpus.formats.reading import ContradictionError, How, Reading
from slotkit.corpus.formats.rows import Row, make_row, offsets_of, shown
from slotkit.corpus.write import save_corpus
from slotkit.errors import CorpusError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the cache of every test to itself: notes of equal content name the file read first."""
    monkeypatch.setenv("SLOTKIT_CACHE", f"{tmp_path}-cache")


CONLL = "# intent: go\nto O\nNew B-to\nYork I-to\n\nat O\nnoon B-time\n"
JSONL = (
    '{"text": "to New York", "tokens": ["to", "New", "York"], "tags": ["O", "B-to", "I-to"], '
    '"intent": "go"}\n{"tokens": ["at", "noon"], "tags": ["O", "B-time"]}\n'
)
BOS = "BOS to New York EOS\tO O B-to I-to go\nBOS at noon EOS\tO O B-time\n"
SEQ = {"seq.in": "to New York\nat noon\n", "seq.out": "O B-to I-to\nO B-time\n", "label": "go\n\n"}
ROWS = [
    make_row(["to", "New", "York"], ["O", "B-to", "I-to"], intent="go"),
    make_row(["at", "noon"], ["O", "B-time"]),
]
FILES = {"conll": CONLL, "jsonl": JSONL, "bos": BOS}
EXACT = ["seq", "datasets", "jsonl", "bos", "conll"]  # what keeps tokens and tags as they are


def read(name: str, path: Path, how: How | None = None) -> list[Row]:
    """Read a split, or raise what is wrong with it."""
    reading = Reading(how)
    rows = list(FORMATS[name].read(path, reading))
    reading.check()
    return rows


STRICT = How(strict=True)


def read_text(name: str, text: str | bytes, folder: Path, how: How | None = None) -> list[Row]:
    """Read a file that holds a text."""
    path = folder / "part"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(name, path, how)


def write_rows(name: str, rows: Sequence[Row], path: Path) -> None:
    """Write a split in a format that is written."""
    write = FORMATS[name].write
    assert write is not None
    write(rows, path)


def make_seq(folder: Path, **texts: str | bytes) -> Path:
    """Write a folder of parallel files, some of them changed (``in``, ``out``, ``label``)."""
    path = folder / "seq"
    path.mkdir()
    for name, text in SEQ.items():
        changed = texts.get(name.removeprefix("seq."), text)
        (path / name).write_bytes(changed if isinstance(changed, bytes) else changed.encode())
    return path


# What is written is read again

CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=" ")
TOKENS = st.text(CHARACTERS, min_size=1, max_size=6)
TAGS = st.sampled_from(["O", "B-a", "I-a", "B-to.city-name", "I-Größe", "E-a", "S-a", "U-a", "L-a"])
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=6)


@st.composite
def utterances(draw: st.DrawFn) -> Row:
    """Make a row with any characters, gaps between the tokens, edges."""
    tokens = draw(st.lists(TOKENS, min_size=1, max_size=5))
    size = len(tokens)
    gaps = draw(st.lists(st.sampled_from(["", " ", "  "]), min_size=size + 1, max_size=size + 1))
    ends = st.integers(0, size - 1)
    edges = st.lists(st.lists(ends, min_size=2, max_size=2), max_size=3)
    return make_row(
        tokens,
        draw(st.lists(TAGS, min_size=size, max_size=size)),
        text=gaps[0] + "".join(token + gap for token, gap in zip(tokens, gaps[1:], strict=True)),
        intent=draw(PLAIN),
        edges=draw(edges),
        asked=draw(st.lists(PLAIN.filter(bool), max_size=2)),
    )


def kept(name: str, rows: Sequence[Row]) -> list[Row]:
    """Leave out of rows what a format cannot hold."""
    keeps = FORMATS[name].keeps
    return [
        Row(
            text=row["text"] if "text" in keeps else " ".join(row["tokens"]),
            tokens=row["tokens"],
            tags=row["tags"],
            intent=row["intent"],
            edges=row["edges"] if "edges" in keeps else [],
            asked=row["asked"] if "asked" in keeps else [],
        )
        for row in rows
    ]


@pytest.mark.parametrize("name", EXACT)
def test_what_is_written_is_read_again(name: str) -> None:
    @settings(max_examples=15 if name == "datasets" else 100)
    @given(st.lists(utterances(), min_size=1, max_size=4))
    def check(rows: list[Row]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "part")
            write_rows(name, rows, path)

            assert read(name, path) == kept(name, rows)

    check()


@pytest.mark.parametrize("name", WRITTEN)
def test_each_format_knows_its_own_files_and_no_others(name: str, tmp_path: Path) -> None:
    path = tmp_path / "part"
    write_rows(name, ROWS, path)

    assert next(other for other, form in FORMATS.items() if form.detect(path)) == name
    assert all(file.is_file() for file in FORMATS[name].files(path))


@pytest.mark.parametrize("text", ["import os\nO\n", "a line of prose\n", "[list x]\n", "{a: 1}\n"])
def test_other_text_is_in_no_format(text: str, tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_text(text)

    assert not any(form.detect(path) for form in FORMATS.values())


# What each format accepts


@pytest.mark.parametrize("name", FILES)
def test_the_same_rows_from_every_file_format(name: str, tmp_path: Path) -> None:
    assert read_text(name, FILES[name], tmp_path) == ROWS


def test_files_of_lines_are_written_as_they_are_read(tmp_path: Path) -> None:
    for name in ("conll", "bos", "seq"):
        write_rows(name, ROWS, tmp_path / name)

    assert (tmp_path / "bos").read_text() == BOS
    assert (tmp_path / "conll").read_text() == (
        "# intent: go\nto\tO\nNew\tB-to\nYork\tI-to\n\nat\tO\nnoon\tB-time\n\n"
    )
    assert {file.name: file.read_text() for file in (tmp_path / "seq").iterdir()} == SEQ


def test_the_same_rows_from_a_folder_of_parallel_files(tmp_path: Path) -> None:
    path = make_seq(tmp_path)

    assert read("seq", path) == ROWS
    (path / "label").unlink()
    assert read("seq", path) == [row | {"intent": ""} for row in ROWS]


@pytest.mark.parametrize("name", FILES)
def test_marks_line_ends_and_a_missing_last_one_change_nothing(name: str, tmp_path: Path) -> None:
    """A byte order mark, CRLF, and a file without a final line end."""
    clean = FILES[name].encode()

    for changed in (
        b"\xef\xbb\xbf" + clean,
        clean.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + clean.replace(b"\n", b"\r\n"),
        clean.rstrip(b"\n"),
    ):
        assert read_text(name, changed, tmp_path) == ROWS


def test_marks_and_line_ends_in_parallel_files(tmp_path: Path) -> None:
    changed = {
        name: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for name, text in SEQ.items()
    }
    path = make_seq(tmp_path, **{name.removeprefix("seq."): t for name, t in changed.items()})

    assert read("seq", path) == ROWS


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029", "\x0c", "\u00a0"])
def test_only_a_line_feed_ends_a_line_and_only_blanks_a_token(mark: str, tmp_path: Path) -> None:
    token = f"a{mark}b"
    row = make_row([token, "c"], ["O", "O"])

    assert read_text("conll", f"{token} O\nc O\n", tmp_path) == [row]
    assert read_text("bos", f"BOS {token} c EOS\tO O O\n", tmp_path) == [row]
    line = json.dumps({"tokens": [token, "c"], "tags": ["O", "O"]}, ensure_ascii=False)
    assert read_text("jsonl", line + "\n", tmp_path) == [row]
    files = {"in": f"{token} c\n", "out": "O O\n", "label": "\n"}
    assert read("seq", make_seq(tmp_path, **files)) == [row]


def test_conll_has_columns_between_comments_and_documents(tmp_path: Path) -> None:
    text = (
        "-DOCSTART- -X- -X- O\n\n# a comment\n#\n# NN O\n#hash NN B-tag\n\t\n-DOCSTART-\n"
        "# text: don't\n# edges: [[1, 0]]\ndo\tVB \tO\nn't\tRB\tB-not\t\n"
    )

    assert read_text("conll", text, tmp_path) == [
        make_row(["#", "#hash"], ["O", "B-tag"]),
        make_row(["do", "n't"], ["O", "B-not"], text="don't", edges=[[1, 0]]),
    ]


def test_what_looks_like_a_comment_of_conll_u_is_one(tmp_path: Path) -> None:
    text = "# sent_id = S-12\nfly\tO\n# text = vitamin B-12 O\nLima\tB-to\n\n#\tO\n#\tB-to\n"
    rows = read_text("conll", text, tmp_path)

    assert [row["tokens"] for row in rows] == [["fly", "Lima"], ["#", "#"]]


def test_a_line_that_lacks_the_column_of_the_tag_may_be_a_comment(tmp_path: Path) -> None:
    text = "sail VB O O\nLima NN B-to B-to\n# here\nnow RB O O\n"  # the tag is in column 3

    assert read_text("conll", text, tmp_path) == [
        make_row(["sail", "Lima", "now"], ["O", "B-to", "O"])
    ]


def test_a_text_without_tokens_is_passed_over(tmp_path: Path) -> None:
    rows = read_text("conll", "# text: to\n\n# text: at\n\nat O\n? O\n", tmp_path)

    assert rows == [make_row(["at", "?"], ["O", "O"])]


def test_the_text_of_conll_u_is_that_of_its_utterance(tmp_path: Path) -> None:
    text = "# text = don't\ndo O\nn't O\n\n#\ttext  = at\n# sent_id = 2\nat O\n"

    assert [row["text"] for row in read_text("conll", text, tmp_path)] == ["don't", "at"]


def test_words_of_several_tokens_and_those_left_out_are_no_tokens(tmp_path: Path) -> None:
    usual = "".join(f"{place}\ta\tO\n" for place in range(1, 41))
    text = "1-2\tdon't\tO\n1\tdo\tO\n2\tn't\tO\n2.1\tgone\tO\n10-12\tx\tO\n3\t7-9\tB-a\n"

    rows = read_text("conll", f"{usual}\n{text}", tmp_path)

    assert [row["tokens"] for row in rows] == [["a"] * 40, ["do", "n't", "7-9"]]


def test_a_file_is_known_by_one_tag_in_upper_case(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("to O\nVoss NN\nnow VB\n")
    (tmp_path / "y").write_text("to o\nVoss nn\nnow vb\n")

    with pytest.raises(CorpusError, match=r"x:2: unknown tag 'NN'.*\n.*x:3: unknown tag 'VB'"):
        load_corpus(tmp_path / "x")
    with pytest.raises(CorpusError, match="cannot tell the format"):
        load_corpus(tmp_path / "y")


def test_digits_of_places_are_taken_off_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("\u53bb0\tO\n\u53170\tB-LOC\n\u4eac1\tI-LOC\n")

    corpus = load_corpus(tmp_path / "x")

    assert corpus.splits["train"][0]["tokens"] == ["\u53bb", "\u5317", "\u4eac"]
    assert corpus.notes == ["x: the digit behind each character is taken off"]


def test_small_letters_of_prefixes_are_counted(tmp_path: Path) -> None:
    reading = Reading()
    (tmp_path / "part").write_text("to o\nSt b-port\nJohn I-port\n\nat O\n")

    rows = list(FORMATS["conll"].read(tmp_path / "part", reading))

    assert rows[0]["tags"] == ["O", "B-port", "I-port"]
    assert reading.changes[""] == {"tags with their prefix in lower case, read as in upper": 2}


@pytest.mark.parametrize("name", ["conll", "jsonl", "datasets"])
def test_texts_intents_and_what_stands_beside_come_back(name: str, tmp_path: Path) -> None:
    asked = ["time", "day"] if "asked" in FORMATS[name].keeps else []
    rows = [
        make_row(
            ["do", "n't"],
            ["O", "O"],
            text="don't",
            intent="go",
            edges=[[1, 0], [0, 0]],
            asked=asked,
        ),
        make_row(["at", "7"], ["O", "B-time"]),
    ]
    corpus = [Row(**row) for row in rows]

    assert save_corpus({"train": corpus}, tmp_path / "x", format=name) == []
    read = list(load_corpus(tmp_path / "x").splits["train"])
    assert [{"asked": [], **row} for row in read] == rows


ENDS = {
    "seq": "",
    "datasets": "",
    "brat": "",
    "spacy": ".spacy",
    "labelstudio": ".json",
    "doccano": ".jsonl",
    "jsonl": ".jsonl",
    "bos": ".iob",
    "rasa": ".yml",
    "inline": ".md",
    "conll": ".conll",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_split_is_named_as_files_of_its_format_are(name: str, tmp_path: Path) -> None:
    splits = {"train": ROWS, "test": ROWS}

    lost = save_corpus(
        {split: [Row(**row) for row in rows] for split, rows in splits.items()},
        tmp_path / "x",
        format=name,
    )

    listed = {"dataset_dict.json"} if name == "datasets" else set()
    ends = {f"train{ENDS[name]}", f"test{ENDS[name]}"}
    assert {file.name for file in (tmp_path / "x").iterdir()} == ends | listed
    wanted = {
        "rasa": ["utterances without an intent, which rasa wants: 'none'"],
        "brat": ["intents left out, which brat cannot hold"],
    }
    assert lost == [f"{split}: 1 {what}" for split in splits for what in wanted.get(name, [])]


@pytest.mark.parametrize("name", WRITTEN)
def test_formats_of_other_tools_are_read_with_a_word(name: str, tmp_path: Path) -> None:
    save_corpus({"train": [Row(**row) for row in ROWS]}, tmp_path / "x", format=name, alone=True)

    for asked in (None, name):
        reading = Reading()
        [part] = find_parts(tmp_path / "x", format=asked).values()
        assert len(list(part.rows(reading))) == len(ROWS)
        said = f"x: read in the format {name}; --format overrules"
        assert (said in reading.taken) is (asked is None and name not in EXACT)


@pytest.mark.parametrize("name", WRITTEN)
def test_what_a_format_does_not_hold_is_counted(name: str, tmp_path: Path) -> None:
    row = make_row(["do", "n't"], ["O", "O"], text="don't", intent="go", edges=[[1, 0]])

    lost = save_corpus({"train": [row]}, tmp_path / "x", format=name)

    without = {
        "texts left out": ("seq", "bos"),
        "intents left out": ("brat",),
        "utterances without their edges": tuple({*WRITTEN} - {"conll", "jsonl", "datasets"}),
    }
    assert lost == [
        f"train: 1 {what}, which {name} cannot hold"
        for what, names in without.items()
        if name in names
    ]


AGREEING = {
    "text": "fly to New York on May 2nd",
    "tokens": ["fly", "to", "New", "York", "on", "May", "2nd"],
    "tags": ["O", "O", "B-to", "I-to", "O", "B-date", "I-date"],
    "slots": [{"name": "to", "value": "New York", "start": 7, "end": 15}],
    "unsure": [{"name": "date", "value": "May 2nd", "start": 19, "end": 26}],
}


def test_slots_beside_tags_may_be_the_same(tmp_path: Path) -> None:
    (row,) = read_text("jsonl", json.dumps(AGREEING), tmp_path)

    assert row["tags"] == AGREEING["tags"]
    assert read_text("jsonl", json.dumps(AGREEING | {"slots": None}), tmp_path) == [row]


@pytest.mark.parametrize(
    "slots", [[{"name": "to", "start": [1], "end": 2}], [3], [{"name": []}], {"to": "York"}]
)
def test_other_things_called_slots_beside_tags_are_passed_over(
    slots: object, tmp_path: Path
) -> None:
    (row,) = read_text("jsonl", json.dumps(AGREEING | {"slots": slots}), tmp_path)

    assert row["tags"] == AGREEING["tags"]


@pytest.mark.parametrize("tokens", [3, [1, 2], None, ["fly"]])
def test_bad_tokens_beside_slots_are_named(tokens: object, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=":1: "):
        read_text("jsonl", json.dumps(AGREEING | {"tokens": tokens}), tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slots": []}, '"tags" has to at 7..15 and "slots" has not: delete the key that is wrong'),
        (
            {"slots": [{"name": "from", "start": 7, "end": 15}]},
            '"slots" has from at 7..15 and "tag',
        ),
        (
            {"slots": [{"name": "to", "start": 7, "end": 10}]},
            '"slots" has to at 7..10 and "tags" h',
        ),
        ({"tags": ["O"] * 7}, 'and "tags" has not: delete the key that is wrong'),
    ],
)
def test_slots_that_contradict_the_tags_are_refused(
    change: dict[str, object], message: str, tmp_path: Path
) -> None:
    lines = "\n".join(map(json.dumps, (AGREEING, AGREEING | change)))

    with pytest.raises(CorpusError, match=":2: ") as caught:
        read_text("jsonl", lines, tmp_path)

    assert message in str(caught.value)


def test_json_lines_are_what_the_tag_command_prints(tmp_path: Path) -> None:
    """Tokens with tags, or text with slots; an intent with a confidence; keys of no use."""
    slots = [{"name": "to", "value": "New York", "start": 3, "end": 11, "confidence": 0.5}]
    intent = {"name": "go", "confidence": 0.9}
    printed = {"text": "to New York", "slots": slots, "frame": {"to": ["New York"]}}
    tagged = {"tokens": ["to", "New", "York"], "tags": ["O", "B-to", "I-to"]}

    for keys in ({}, tagged):
        line = json.dumps(printed | keys | {"intent": intent, "probabilities": [[1.0]]})
        assert read_text("jsonl", line, tmp_path) == ROWS[:1]
    write_rows("jsonl", ROWS[:1], tmp_path / "written")
    written = json.loads((tmp_path / "written").read_text())
    del slots[0]["confidence"]
    assert written == printed | tagged | {"intent": "go"}


def test_a_line_break_in_a_text_becomes_a_blank(tmp_path: Path) -> None:
    line = '{"text": "to\\r\\nNew", "tokens": ["to", "New"], "tags": ["O", "O"]}'

    assert read_text("jsonl", line, tmp_path)[0]["text"] == "to  New"


def test_saved_datasets_may_have_labels_for_tags(tmp_path: Path) -> None:
    import datasets

    label = datasets.ClassLabel(names=["O", "B-to"])
    features = datasets.Features(
        {"id": datasets.Value("string"), "tokens": [datasets.Value("string")], "ner_tags": [label]}
        | {"intent": datasets.ClassLabel(names=["go", "stay"])}
    )
    row = {"id": "0", "tokens": ["to", "Rome"], "ner_tags": [0, 1], "intent": 1}
    from slotkit.corpus.formats.saved import quiet

    with quiet():
        datasets.Dataset.from_list([row], features=features).save_to_disk(str(tmp_path / "part"))

    assert read("datasets", tmp_path / "part") == [
        make_row(["to", "Rome"], ["O", "B-to"], intent="stay")
    ]


def test_documents_of_spacy_are_rows(tmp_path: Path) -> None:
    from spacy.tokens import Doc, DocBin, Span
    from spacy.vocab import Vocab

    vocab = Vocab()
    one = Doc(
        vocab, words=["to", " ", "New", "York", "\n"], spaces=[True, False, True, False, False]
    )
    one.ents = [Span(one, 2, 4, label="a place")]
    one.cats = {"stay": 0.2, "go": 0.7, "no": 0.0}
    one.spans["several"] = [Span(one, 0, 1, label="x")]
    two = Doc(vocab, words=["ahoy"], spaces=[False])
    two.cats = {"go": 0.0}
    (tmp_path / "part").write_bytes(DocBin(docs=[one, two]).to_bytes())
    docs = [two, Doc(vocab, words=[" "], spaces=[False]), two]
    (tmp_path / "bad").write_bytes(DocBin(docs=docs).to_bytes())
    reading = Reading()

    rows = list(FORMATS["spacy"].read(tmp_path / "part", reading))

    assert rows == [
        make_row(
            ["to", "New", "York"],
            ["O", "B-a_place", "I-a_place"],
            text="to  New York ",
            intent="go",
        ),
        make_row(["ahoy"], ["O"]),
    ]
    assert reading.changes == {"": {"tokens that are blank, joined to the one before": 2}}
    assert reading.left == {"groups of spans": {"several": 1}}
    with pytest.raises(CorpusError, match=r"bad:2: an utterance must have at least one token$"):
        read("spacy", tmp_path / "bad")


def test_documents_of_spacy_keep_all_blanks(tmp_path: Path) -> None:
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    rows = [
        make_row(["to", "Voss", "!"], ["O", "B-a", "O"], text="  to   Voss!  ", intent="go"),
        make_row(["to", "Voss"], ["O", "B-a"], text="to\u3000Voss "),
        make_row(["7", "am"], ["B-a", "I-a"], text="7am"),
    ]
    write_rows("spacy", rows, tmp_path / "part")

    docs = list(DocBin().from_bytes((tmp_path / "part").read_bytes()).get_docs(Vocab()))
    assert [doc.text for doc in docs] == [row["text"] for row in rows]
    assert [[token.text for token in doc] for doc in docs] == [
        ["  ", "to", "  ", "Voss", "!", " "],
        ["to", "\u3000", "Voss"],
        ["7", "am"],
    ]
    assert [[(ent.text, ent.label_) for ent in doc.ents] for doc in docs] == [
        [("Voss", "a")],
        [("Voss", "a")],
        [("7am", "a")],
    ]
    assert [doc.cats for doc in docs] == [{"go": 1.0}, {}, {}]
    assert read("spacy", tmp_path / "part") == rows


def test_what_zlib_has_made_smaller_is_of_spacy(tmp_path: Path) -> None:
    detect, path = FORMATS["spacy"].detect, tmp_path / "part"

    assert not detect(tmp_path)
    assert not detect(path)
    for content, known in (
        (zlib.compress(b""), True),  # eight bytes
        (zlib.compress(b"")[:7], False),
        (zlib.compress(bytes(range(256)) * 9), True),
        (b"to Voss\nto Moss\n", False),
        (b"", False),
    ):
        path.write_bytes(content)
        assert detect(path) is known
    path.write_bytes(zlib.compress(b"nothing of spaCy"))
    with pytest.raises(CorpusError, match=r"part: cannot be read as documents of spaCy: .+"):
        read("spacy", path)


def test_one_of_the_parallel_files_tells_their_format(tmp_path: Path) -> None:
    path = make_seq(tmp_path)
    (path / "seq.in").unlink()

    assert FORMATS["seq"].detect(path)
    with pytest.raises(CorpusError, match=r"seq\.in: cannot be read: No such file"):
        read("seq", path)
    (path / "seq.in").write_text("to\n")
    (path / "seq.out").unlink()
    assert FORMATS["seq"].detect(path)
    (path / "seq.in").unlink()
    assert not FORMATS["seq"].detect(path)


def test_lines_that_are_blank_in_all_parallel_files_are_passed_over(tmp_path: Path) -> None:
    blank = {"in": "\nto\n \nat\n", "out": "\nO\n\nO\n", "label": "\ngo\n\t\n\n"}
    path = make_seq(tmp_path, **blank)

    assert read("seq", path) == [make_row(["to"], ["O"], intent="go"), make_row(["at"], ["O"])]
    for name in ("seq.out", "label"):
        (path / "seq.in").write_text("to\n\nat\n")
        (path / "seq.out").write_text("O\nO\nO\n" if name == "seq.out" else "O\n\nO\n")
        (path / "label").write_text("\ngo\n\n" if name == "label" else "\n\n\n")
        with pytest.raises(CorpusError, match=r"seq\.in:2: an utterance must have at least one"):
            read("seq", path)


@pytest.mark.parametrize("name", ["in", "out", "label"])
def test_a_bad_line_of_parallel_files_is_one_bad_utterance(name: str, tmp_path: Path) -> None:
    files = {"in": "to\nat\nby\n", "out": "O\nO\nO\n", "label": "go\ngo\ngo\n"}
    path = make_seq(tmp_path, **files | {name: files[name].replace("\n", "\x07\n", 1)})
    reading = Reading(How(skip_bad=True))

    rows = list(FORMATS["seq"].read(path, reading))

    assert [row["tokens"] for row in rows] == [["at"], ["by"]]
    reading.check()
    (path / "label").write_text("go\n")
    assert list(FORMATS["seq"].read(path, reading)) == []
    with pytest.raises(CorpusError, match=r"label:2: expected 3 lines as in seq\.in, got 1"):
        reading.check()


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("BOS to EOS\tO O", True),
        ("BOS EOS", True),
        ("BOS EOSx", False),
        ("BOSto EOS", False),
        ("to EOS", False),
    ],
)
def test_the_first_line_tells_bos_and_eos(line: str, known: bool, tmp_path: Path) -> None:
    (tmp_path / "part").write_text(f"\n{line}\n")
    (tmp_path / "later").write_text(f"to\n{line}\n")

    assert FORMATS["bos"].detect(tmp_path / "part") is known
    assert not FORMATS["bos"].detect(tmp_path / "later")


def save_dataset(folder: Path, rows: list[dict[str, object]], **features: object) -> Path:
    """Save rows as the datasets library does."""
    import datasets

    from slotkit.corpus.formats.saved import quiet

    string = datasets.Value("string")
    columns = {"tokens": [string], "tags": [string]} | features
    with quiet():
        found = datasets.Dataset.from_list(rows, features=datasets.Features(columns))
        found.save_to_disk(str(folder / "part"))
    return folder / "part"


def test_labels_of_a_saved_dataset_must_be_among_their_names(tmp_path: Path) -> None:
    import datasets

    names = datasets.ClassLabel(names=["O", "B-to"])
    intents = datasets.ClassLabel(names=["go", "stay"])
    rows: list[dict[str, object]] = [
        {"tokens": ["to", "Rome"], "tags": tags, "intent": intent}
        for tags, intent in (([0, 1], 0), ([1, -1], 0), ([0, 1], None), ([0, None], 1), ([0], 1))
    ]
    rows.append({"tokens": ["to"], "tags": None, "intent": 1})
    rows.append({"tokens": ["to"], "tags": [0], "intent": -1})
    path = save_dataset(tmp_path, rows, tags=[names], intent=intents)
    reading = Reading()

    found = list(FORMATS["datasets"].read(path, reading))

    assert found == [
        make_row(["to", "Rome"], ["O", "B-to"], intent="go"),
        make_row(["to", "Rome"], ["O", "B-to"]),
    ]
    with pytest.raises(CorpusError) as caught:
        reading.check()
    assert [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()] == [
        "2: tags must be labels from 0 to 1, got [1, -1]",
        "4: tags must be a list of strings",
        "5: expected a tag for each token, got 1 for 2",
        "6: tags must be a list of strings",
        "7: intent must be labels from 0 to 1, got [-1]",
    ]


def test_a_saved_dataset_of_many_rows_is_read_and_written_in_pieces(tmp_path: Path) -> None:
    from slotkit.corpus.formats.saved import write_arrow

    rows = [make_row([f"a{number}"], ["O"], edges=[[0, 0]]) for number in range(2001)]
    write_rows("datasets", rows, tmp_path / "part")

    assert read("datasets", tmp_path / "part") == rows
    assert write_arrow(rows, tmp_path / "rows.arrow") == 2001
    bare = [{key: row[key] for key in row if key != "edges"} for row in rows[:2]]  # type: ignore[literal-required]
    write_rows("datasets", bare, tmp_path / "bare")  # type: ignore[arg-type]
    assert read("datasets", tmp_path / "bare") == [row | {"edges": []} for row in bare]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"_data_files": []}, "part: cannot be read as a saved dataset: there are no rows"),
        ({"_indices_data_files": [{"filename": "x"}]}, "it is a selection of rows: save it after"),
        ({"_indices_data_files": []}, None),
    ],
)
def test_what_a_saved_dataset_says_of_itself(
    change: dict[str, object], message: str | None, tmp_path: Path
) -> None:
    write_rows("datasets", ROWS, tmp_path / "part")
    state = json.loads((tmp_path / "part" / "state.json").read_text())
    (tmp_path / "part" / "state.json").write_text(json.dumps(state | change))

    if message is None:
        assert read("datasets", tmp_path / "part") == ROWS
    else:
        with pytest.raises(CorpusError, match=message):
            read("datasets", tmp_path / "part")
    for name in ("state.json", "dataset_info.json"):
        assert FORMATS["datasets"].detect(tmp_path / "part")
        (tmp_path / "part" / name).rename(tmp_path / "away")
        assert not FORMATS["datasets"].detect(tmp_path / "part")
        (tmp_path / "away").rename(tmp_path / "part" / name)


def test_progress_bars_are_off_in_quiet_and_as_they_were_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import datasets

    from slotkit.corpus.formats.saved import quiet

    disabled = datasets.are_progress_bars_disabled()
    try:
        for before in (True, False):
            (datasets.disable_progress_bars if before else datasets.enable_progress_bars)()
            with quiet():
                assert datasets.are_progress_bars_disabled()
            assert datasets.are_progress_bars_disabled() is before
        monkeypatch.setenv("HF_DATASETS_DISABLE_PROGRESS_BARS", "0")  # who sets it decides
        with quiet():
            assert not datasets.are_progress_bars_disabled()
    finally:
        (datasets.disable_progress_bars if disabled else datasets.enable_progress_bars)()


# Lines


@pytest.mark.parametrize(
    ("character", "said"),
    [
        *[(chr(code), f"control character U+{code:04X}") for code in (0, 8, 10, 11, 13, 31, 127)],
        *[(chr(code), f"control character U+{code:04X}") for code in (0x80, 0x84, 0x86, 0x9F)],
        *[(chr(code), f"lone surrogate U+{code:04X}") for code in (0xD800, 0xDFFF)],
        *[(chr(code), "") for code in (9, 12, 32, 126, 0x85, 0xA0, 0xD7FF, 0xE000, 0xFFFF)],
    ],
)
def test_characters_that_no_corpus_may_hold(character: str, said: str) -> None:
    assert unfit(f"ab{character}\x00") == (said or "control character U+0000") + (
        " at column 3" if said else " at column 4"
    )
    assert unfit(f"ab{character}") == (f"{said} at column 3" if said else None)


def test_the_first_lines_are_fifty_that_are_not_blank(tmp_path: Path) -> None:
    path = tmp_path / "part"

    assert peek(tmp_path) == []
    assert peek(path) == []
    path.write_bytes(b"\xef\xbb\xbf a\r\n\n \t\nb\xff\r\n")
    assert peek(path) == [" a", "b\ufffd"]
    path.write_text("".join(f"{number}\n\n" for number in range(60)))
    assert peek(path) == [str(number) for number in range(50)]
    path.write_text("a" * (1 << 18) + "b\nc\n")
    assert peek(path) == ["a" * (1 << 18)]


def test_blanks_and_tabs_alone_separate_columns() -> None:
    assert columns("\tto  New\t York? \u00a0\x0c") == ["to", "New", "York?", "\u00a0\x0c"]
    assert columns(" \t") == []


def test_a_mark_at_the_beginning_of_what_is_written_stays(tmp_path: Path) -> None:
    with text_file(tmp_path / "x") as write_line:
        write_line("\ufeffa")
        write_line("\ufeffb")
    with text_file(tmp_path / "y") as write_line:
        write_line("a")
        write_line("\ufeffb\r")

    assert (tmp_path / "x").read_bytes().decode() == "\ufeff\ufeffa\n\ufeffb\n"
    assert (tmp_path / "y").read_bytes().decode() == "a\n\ufeffb\r\n"


def test_the_byte_that_is_not_utf_8_is_counted_from_the_beginning(tmp_path: Path) -> None:
    reading = Reading()
    (tmp_path / "x").write_bytes(b"\xef\xbb\xbfab\r\nc\n\xef\xbb\xbf\xff\r\r\n")

    lines = list(read_lines(tmp_path / "x", reading))

    assert lines == [(1, "ab"), (2, "c"), (3, "\ufeff\ufffd\r")]
    with pytest.raises(CorpusError, match=r"x:3: not UTF-8: byte 0xff at offset 12$"):
        reading.check()
    with pytest.raises(CorpusError, match="y: cannot be read: No such file"):
        list(read_lines(tmp_path / "y", reading))
    assert count_lines(tmp_path / "x") == 3


# What came of reading


def test_of_a_line_and_of_a_file_each_problem_is_noted_once() -> None:
    reading = Reading()
    for path, line, message in (
        ("a", 1, "one"),
        ("a", 1, "what follows"),
        ("b", 1, "two"),
        ("a", 2, "three"),
        ("a", None, "four"),
        ("a", None, "five"),
        ("a", 2, "six"),
    ):
        reading.add(path, line, message)

    assert len(reading) == 6
    assert (reading.is_bad("a", 2), reading.is_bad("a", 1), reading.is_bad("c", 1)) == (
        True,
        False,
        False,
    )
    with pytest.raises(
        CorpusError, match=r"^a:1: one\nb:1: two\na:2: three\na: four\na: five\na:2"
    ):
        reading.check()


def test_what_is_left_out_or_contradicts_itself_is_no_problem() -> None:
    lenient = Reading(How(skip_bad=True), lenient=True)
    lenient.add("a", 1, ContradictionError("both"))
    lenient.add("a", 2, ValueError("bad"))
    lenient.add("a", 3, "worse")
    lenient.split = "test"
    lenient.add("b", 4, "other")
    strict = Reading(How(strict=True))
    strict.odd("what", "a", 1, "message", "fix")

    assert len(lenient) == 0
    lenient.check()
    assert lenient.contradictions == [("a", 1, "both", "")]
    assert lenient.notes() == [
        ": 2 utterances left out, which cannot be read",
        ": the first of those left out: a:2: bad",
        "test: 1 utterances left out, which cannot be read",
        "test: the first of those left out: b:4: other",
    ]
    lenient.add("a", None, "all of it", whole=True)
    assert len(lenient) == 1
    with pytest.raises(CorpusError, match="a: all of it"):
        lenient.check()
    assert (strict.oddities, strict.changes) == ([], {})
    with pytest.raises(CorpusError, match="a:1: message"):
        strict.check()


def test_notes_name_twenty_of_what_is_left_out(tmp_path: Path) -> None:
    reading = Reading()
    reading.take(tmp_path / "x", "so")
    reading.take("y", "so")
    reading.take("y", "so")
    reading.count("none", 0)
    reading.count("three", 2)
    reading.count("three")
    for number in range(20):
        reading.leave("twenty", str(number))
        reading.leave("more", str(number))
    reading.leave("twenty", "3")
    reading.leave("more", "20")
    reading.gather("a", ["x", "", "y", "x"])
    reading.gather("a", ["z", "x"])

    twenty = ", ".join(str(number) for number in range(20))
    assert reading.notes() == [
        "x: so",
        "y: so",
        ": 3 three",
        "left out, twenty: 21: " + twenty.replace("3", "3 (2)", 1),
        f"left out, more: 21: {twenty}, ...",
    ]
    assert list(reading.lists["a"]) == ["x", "y", "z"]


# Rows


def test_a_row_has_its_defaults_and_no_outer_blanks_in_its_intent() -> None:
    row = Row(text="a b", tokens=["a", "b"], tags=["O", "O"], intent="", edges=[], asked=[])

    assert make_row(["a", "b"], ["O", "O"]) == row
    assert make_row(["a", "b"], ["O", "O"], text="", intent=None, edges=None) == row
    assert make_row(["a"], ["O"], text="a\r\n", intent=" go on\t", edges=[[0, 0]], asked="x") == {
        "text": "a  ",
        "tokens": ["a"],
        "tags": ["O"],
        "intent": "go on",
        "edges": [[0, 0]],
        "asked": ["x"],
    }


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"tokens": ["a\tb"]}, r"a token must not be empty or hold a blank, got 'a\\tb'"),
        ({"tokens": ["a", " "], "tags": ["O", "O"]}, "or hold a blank, got ' '"),
        ({"tokens": ["a", "b c", ""], "tags": ["O"] * 3}, "or hold a blank, got 'b c'"),
        ({"tokens": "a"}, "tokens must be a list of strings"),
        ({"tags": ("O",)}, "tags must be a list of strings"),
        ({"tags": ["b-x"]}, "unknown tag 'b-x'; tags are O, B-slot or I-slot"),
        ({"tags": ["B-x y"]}, "unknown tag 'B-x y'"),
        ({"text": 3}, "text must be a string"),
        ({"intent": 3}, "intent must be a string"),
        ({"edges": 3}, "edges must be a list of pairs of token indices"),
        ({"edges": [(0, 0)]}, "edges must be a list of pairs of token indices"),
        ({"edges": [[0, 0, 0]]}, "edges must be a list of pairs of token indices"),
        ({"edges": [[0, -1]]}, r"edges must lie within the 1 tokens, got \[0, -1\]"),
        ({"text": "a\x00"}, r"text: control character U\+0000 at column 2"),
        ({"tokens": ["a\x07"]}, r"tokens: control character U\+0007 at column 2"),
    ],
)
def test_parts_of_a_row_that_do_not_fit_are_named(row: dict[str, Any], message: str) -> None:
    parts = {"tokens": ["a"], "tags": ["O"]} | row

    with pytest.raises(ValueError, match=f"^{message}" if message[0] != "o" else message):
        make_row(parts.pop("tokens"), parts.pop("tags"), **parts)


def test_long_values_are_cut_in_messages() -> None:
    assert shown("a" * 60) == f"'{'a' * 60}'"
    assert shown("a" * 61) == f"'{'a' * 60}'..."


# What is wrong


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("conll", "a O\nb\n", r'part:2: expected "token tag", got \'b\'$'),
        ("conll", "New York\tO\n", 'part:1: expected "token tag"'),
        ("conll", "a O\nb X-to\n", r"part:2: unknown tag 'X-to'; tags are O, B-slot or I-slot$"),
        ("conll", "a O\n\nb B-\n", "part:3: unknown tag 'B-'"),
        ("conll", "# intent: x\n\na O\n", "part:1: an utterance must have at least one token"),
        ("conll", "# edges: [[0, 1]]\na O\n", "part:1: edges must lie within the 1 tokens"),
        ("conll", "a O\n\n# edges: [[0, 1]]\nb O\n", "part:3: edges must lie within the 1 tok"),
        ("conll", "a O\n\nb O\n# edges: [[0, 1]]\n", "part:3: edges must lie within the 1 tok"),
        ("conll", "# edges: 0-1\na O\n", "part:1: edges must be pairs as"),
        ("conll", "a O\nb\x00 O\n", r"part:2: control character U\+0000 at column 2"),
        ("conll", "a O\rb O\r", r"part:1: control character U\+000D at column 4"),
        ("conll", b"a O\n\nb\xe9 O\n", "part:3: not UTF-8: byte 0xe9 at offset 6"),
        ("conll", b"\xef\xbb\xbfa\xff O\n", "part:1: not UTF-8: byte 0xff at offset 4"),
        ("bos", "a EOS\tO O x\n", 'part:1: expected "BOS tokens EOS<tab>tags intent"'),
        ("bos", "BOS a EOS O O x\n", 'part:1: expected "BOS tokens EOS<tab>tags intent"'),
        ("bos", "BOS a b EOS\tO O x\n", "part:1: unknown tag 'x'"),
        ("bos", "BOS a EOS\tO O x y\n", "part:1: expected a tag for each token, got 3 for 1"),
        ("bos", "BOS a EOS\tB-x O x\n", "part:1: expected the tag O for BOS, got 'B-x'"),
        ("bos", "BOS EOS\tO x\n", "part:1: an utterance must have at least one token"),
        ("jsonl", "{\n", "part:1: not JSON: .* at column 2"),
        ("jsonl", "[" * 100_000, "part:1: not JSON that can be read"),
        ("jsonl", '{"edges": ' + "9" * 5000 + "}", "part:1: not JSON that can be read"),
        ("jsonl", "[]", "part:1: expected a JSON object"),
        ("jsonl", '{"tokens": ["a"]}', 'part:1: expected "tokens" with "tags", or "text" with'),
        ("jsonl", '{"tokens": "a", "tags": ["O"]}', "part:1: tokens must be a list of strings"),
        ("jsonl", '{"tokens": ["a"], "tags": [1]}', "part:1: tags must be a list of strings"),
        ("jsonl", '{"tokens": [], "tags": []}', "part:1: an utterance must have at least one"),
        ("jsonl", '{"tokens": ["a b"], "tags": ["O"]}', "must not be empty or hold a blank, got"),
        ("jsonl", '{"tokens": [""], "tags": ["O"]}', "must not be empty or hold a blank, got ''"),
        ("jsonl", '{"tokens": ["a"], "tags": ["O", "O"]}', "got 2 for 1"),
        ("jsonl", '{"tokens": ["a"], "tags": ["O"], "text": 1}', "text must be a string"),
        ("jsonl", '{"text": 1, "slots": []}', "part:1: text must be a string"),
        ("jsonl", '{"tokens": ["a"], "tags": ["O"], "intent": 1}', "intent must be a string"),
        ("jsonl", '{"tokens": ["\\ud800"], "tags": ["O"]}', r"part:1: tokens: lone surr.*U\+D800"),
        ("jsonl", '{"tokens": ["a"], "tags": ["O"], "intent": "\\u0000"}', r"intent: .* U\+0000"),
        ("jsonl", '{"tokens": ["a"], "tags": ["O"], "edges": [[0, 1]]}', r"got \[0, 1\]"),
        ("jsonl", '{"tokens": ["a"], "tags": ["O"], "edges": [[0]]}', "must be a list of pairs"),
        ("jsonl", '{"tokens": ["a"], "tags": ["O"], "edges": [[0, true]]}', "list of pairs"),
    ],
)
def test_a_bad_line_is_named(name: str, text: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=message):
        read_text(name, text, tmp_path)


@pytest.mark.parametrize(
    ("slot", "message"),
    [
        ({"start": 0, "end": 4}, r"slot 'to' at 0\.\.4, 'to N', does not begin and end where"),
        ({"start": 3, "end": 12}, r"slot 'to' at 3\.\.12 leaves the text"),
        ({"start": 3, "end": 3}, r"slot 'to' at 3\.\.3 leaves the text"),
        ({"start": -3, "end": 2}, r"slot 'to' at -3\.\.2 leaves the text"),
        ({"start": 3}, "slot 'to' must have whole numbers as start and end"),
        (
            {"start": 3, "end": 6, "value": "Old"},
            r"slot 'to' at 3\.\.6 is 'New' in the text, but has",
        ),
        ({"start": 3, "end": 11}, r"slot 'to' at 7\.\.11 overlaps another"),
        ({"name": None}, 'a slot must be an object with "name", "start" and "end"'),
    ],
)
def test_a_slot_must_fit_the_tokens(slot: dict[str, object], message: str, tmp_path: Path) -> None:
    slots = [{"name": "to"} | slot, {"name": "to", "start": 7, "end": 11}]

    with pytest.raises(CorpusError, match=f"part:1: {message}"):
        read_text("jsonl", json.dumps({"text": "to New York", "slots": slots}), tmp_path, STRICT)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"in": "to New York\n"}, r"seq\.out:2: expected 1 lines as in seq\.in, got 2"),
        ({"label": "go\n"}, r"label:2: expected 2 lines as in seq\.in, got 1"),
        ({"out": "O B-to I-to\nO\n"}, r"seq\.out:2: expected a tag for each token, got 1 for 2"),
        ({"out": "O B-to I-to\nO X-time\n"}, r"seq\.out:2: unknown tag 'X-time'"),
        ({"in": "to New York\n\n"}, r"seq\.in:2: an utterance must have at least one token"),
        ({"in": b"to N\xff York\nat noon\n"}, r"seq\.in:1: not UTF-8: byte 0xff at offset 4"),
        ({"label": "go\nst\x07ay\n"}, r"label:2: control character U\+0007 at column 3"),
    ],
)
def test_parallel_files_must_agree(
    files: dict[str, str | bytes], message: str, tmp_path: Path
) -> None:
    with pytest.raises(CorpusError, match=message):
        read("seq", make_seq(tmp_path, **files))


def test_a_missing_parallel_file_is_named(tmp_path: Path) -> None:
    path = make_seq(tmp_path)
    (path / "seq.out").unlink()

    with pytest.raises(CorpusError, match=r"seq\.out: cannot be read: No such file"):
        read("seq", path)


@pytest.mark.parametrize("byte", range(0x80, 0x100))
def test_every_stray_byte_is_found_where_it_is(byte: int, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=f"part:2: not UTF-8: byte 0x{byte:02x} at offset 5$"):
        read_text("conll", b"a O\nb" + bytes([byte]) + b" O\n", tmp_path)


def test_the_first_twenty_problems_are_named_and_the_others_counted(tmp_path: Path) -> None:
    lines = ["bad" if number % 3 == 0 else "good O" for number in range(1, 91)]

    with pytest.raises(CorpusError) as caught:
        read_text("conll", "\n".join(lines), tmp_path)

    *named, last = str(caught.value).splitlines()
    place = tmp_path / "part"
    assert named == [f"{place}:{n}: expected \"token tag\", got 'bad'" for n in range(3, 61, 3)]
    assert last == "... and 10 more"
    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("count", "last"),
    [(19, "part:19: 19"), (20, "part:20: 20"), (21, "... and 1 more"), (22, "... and 2 more")],
)
def test_only_problems_beyond_the_twentieth_are_counted(count: int, last: str) -> None:
    problems = Reading()
    for line in range(1, count + 1):
        problems.add("part", line, f"{line}")

    with pytest.raises(CorpusError) as caught:
        problems.check()

    lines = str(caught.value).splitlines()
    assert len(problems) == count
    assert lines[:20] == [f"part:{line}: {line}" for line in range(1, min(count, 20) + 1)]
    assert lines[-1] == last
    assert len(lines) == min(count, 21)


def test_a_saved_dataset_must_have_the_columns_and_be_whole(tmp_path: Path) -> None:
    import datasets

    from slotkit.corpus.formats.saved import quiet

    with quiet():
        datasets.Dataset.from_list([{"words": ["a"]}]).save_to_disk(str(tmp_path / "part"))

    with pytest.raises(CorpusError, match=r"part: expected columns tokens and tags .*, got words"):
        read("datasets", tmp_path / "part")
    next((tmp_path / "part").glob("*.arrow")).write_bytes(b"x")
    with pytest.raises(CorpusError, match="part: cannot be read as a saved dataset: "):
        read("datasets", tmp_path / "part")


@pytest.mark.parametrize("name", ["../other/x.arrow", "/etc/hostname", "x.arrow", "link.arrow", 3])
def test_a_saved_dataset_opens_no_files_but_its_own(name: object, tmp_path: Path) -> None:
    write_rows("datasets", ROWS, tmp_path / "part")
    write_rows("datasets", ROWS, tmp_path / "other")
    arrow = next((tmp_path / "other").glob("*.arrow"))
    arrow.rename(tmp_path / "other" / "x.arrow")
    (tmp_path / "part" / "link.arrow").symlink_to(tmp_path / "other" / "x.arrow")
    state = json.loads((tmp_path / "part" / "state.json").read_text())
    state["_data_files"] = [{"filename": name}]
    (tmp_path / "part" / "state.json").write_text(json.dumps(state))

    with pytest.raises(CorpusError, match="which is no file of this folder"):
        read("datasets", tmp_path / "part")


def test_damage_to_a_saved_dataset_is_never_a_crash(tmp_path: Path) -> None:
    write_rows("datasets", ROWS * 50, tmp_path / "part")
    arrow = next((tmp_path / "part").glob("*.arrow"))
    whole, random = arrow.read_bytes(), np.random.default_rng(1)
    refused = 0
    for number in range(60):
        damaged = bytearray(whole)
        if number % 2:
            del damaged[int(random.integers(len(whole))) :]
        else:
            places = random.integers(len(whole), size=20)
            for place, byte in zip(places, random.bytes(20), strict=True):
                damaged[place] = byte
        arrow.write_bytes(damaged)
        try:
            read("datasets", tmp_path / "part")
        except CorpusError:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("bos", make_row(["a"], ["O"], intent="go now"), "bos cannot hold an intent with a blank"),
        ("conll", make_row(["-DOCSTART-"], ["O"]), "conll cannot hold the token '-DOCSTART-'"),
    ],
)
def test_what_a_format_cannot_hold_is_not_written(
    name: str, row: Row, message: str, tmp_path: Path
) -> None:
    with pytest.raises(CorpusError, match=message):
        write_rows(name, [row], tmp_path / "part")


@pytest.mark.parametrize("name", ["jsonl", "doccano", "labelstudio", "brat", "inline"])
def test_slots_have_no_place_in_a_text_of_other_words(name: str, tmp_path: Path) -> None:
    row = make_row(["Voss"], ["B-a"], text="Bergen")

    with pytest.raises(ValueError, match="the tokens must make up the text, got 'Bergen'"):
        write_rows(name, [row], tmp_path / "part")


def test_offsets_need_a_text_of_nothing_but_the_tokens() -> None:
    assert offsets_of(" a\u3000b ", ["a", "b"]) == [(1, 2), (3, 4)]
    assert offsets_of("a, b", ["a", "b"]) is None
    assert offsets_of("a b", ["a", "b", "c"]) is None
