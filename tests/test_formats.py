"""What all formats share: what is written is read again, and what a row becomes in each."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats import BOS, EXACT, FILES, ROWS, SEQ, make_seq, read, read_text, utterances, write_rows
from slotkit.corpus import load_corpus
from slotkit.corpus.formats import FORMATS, WRITTEN
from slotkit.corpus.formats.find import find_parts
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Row, make_row
from slotkit.corpus.write import save_corpus
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


# What is written is read again


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


def test_a_line_break_in_a_text_becomes_a_blank(tmp_path: Path) -> None:
    line = '{"text": "to\\r\\nNew", "tokens": ["to", "New"], "tags": ["O", "O"]}'

    assert read_text("jsonl", line, tmp_path)[0]["text"] == "to  New"


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


# What is wrong


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
