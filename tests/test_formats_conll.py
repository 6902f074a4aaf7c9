"""Columns of tokens and tags: comments, documents, texts, and odd tags."""

from __future__ import annotations

from pathlib import Path

import pytest

from formats import read_text
from slotkit.corpus import load_corpus
from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import make_row
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


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
