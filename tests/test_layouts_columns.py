"""Columns and tables of other tools: which column is which, and which scheme of tags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from layouts import COLUMNS, lines, said, slots
from slotkit.corpus import load_corpus
from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.columns import Layout, find_layout
from slotkit.corpus.formats.reading import How, Reading
from slotkit.corpus.lint.reading import read_splits
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


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
