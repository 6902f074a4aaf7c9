"""Tokens and their offsets, in every script."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slotkit.text.tokenizer import (
    TOKENIZERS,
    as_written,
    find_tokenizer,
    is_blank,
    marked_words,
    tokenize,
)

WHOLE = [name for name in TOKENIZERS if name != "peeled"]  # which drops nothing but blanks
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
RAINBOW = "\U0001f3f3\ufe0f\u200d\U0001f308"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
TAIWAN, JAPAN = "\U0001f1f9\U0001f1fc", "\U0001f1ef\U0001f1f5"
FLAG = TAIWAN[0]  # half of one
THUMB = "\U0001f44d\U0001f3fd"

CASES = {
    "": [],
    " \t\n\u3000\u00a0": [],
    "arrive Taipei on November 2nd": ["arrive", "Taipei", "on", "November", "2nd"],
    "Leave, please!": ["Leave", ",", "please", "!"],
    "I'd like rock'n'roll 'now'": ["I'd", "like", "rock'n'roll", "'", "now", "'"],
    "five o\u2019clock": ["five", "o\u2019clock"],
    "at 6 a.m. or 7:30pm.": ["at", "6", "a.m.", "or", "7:30pm", "."],
    "in the U.S., by 1,000.50 dollars": ["in", "the", "U.S.", ",", "by", "1,000.50", "dollars"],
    "a.b.c": ["a", ".", "b", ".", "c"],
    "e.g. I.": ["e.g.", "I", "."],
    "$250,": ["$", "250", ","],
    "new-york 11/2 snake_case": ["new", "-", "york", "11", "/", "2", "snake_case"],
    "cafe\u0301 Zu\u0308rich": ["cafe\u0301", "Zu\u0308rich"],
    "\u0301 a": ["\u0301", "a"],
    f"go{FAMILY}go {RAINBOW}!": ["go", FAMILY, "go", RAINBOW, "!"],
    f"{THUMB}{THUMB} {ENGLAND}": [THUMB, THUMB, ENGLAND],
    f"{TAIWAN}{JAPAN}{FLAG}": [TAIWAN, JAPAN, FLAG],
    # Andorra and Zambia, and neighbours of their letters, which make no flag; the lightest skin
    # and the darkest, and neighbours, which are none.
    "\U0001f1e6\U0001f1e9\U0001f1ff\U0001f1f2": ["\U0001f1e6\U0001f1e9", "\U0001f1ff\U0001f1f2"],
    "\U0001f1e5\U0001f1e5\U0001f200\U0001f200": [*"\U0001f1e5\U0001f1e5\U0001f200\U0001f200"],
    "\U0001f44d\U0001f3fb\U0001f44d\U0001f3ff": ["\U0001f44d\U0001f3fb", "\U0001f44d\U0001f3ff"],
    "\U0001f44d\U0001f3fa\U0001f400": ["\U0001f44d", "\U0001f3fa", "\U0001f400"],
    "1\ufe0f\u20e3 #\ufe0f\u20e3": ["1\ufe0f\u20e3", "#\ufe0f\u20e3"],
    "11月2日到達台北。": ["11", "月", "2", "日", "到", "達", "台", "北", "。"],
    "東京タワーへ": ["東", "京", "タ", "ワ", "ー", "へ"],
    "\u0e44\u0e1b\u0e17\u0e35\u0e48": ["\u0e44", "\u0e1b", "\u0e17\u0e35\u0e48"],
    "서울로 가요": ["서울로", "가요"],
    "\u05e9\u05dc\u05d5\u05dd, \u05e2\u05d5\u05dc\u05dd": [
        "\u05e9\u05dc\u05d5\u05dd",
        ",",
        "\u05e2\u05d5\u05dc\u05dd",
    ],
    "\u0627\u0644\u0642\u0650 \u0661\u0662": ["\u0627\u0644\u0642\u0650", "\u0661\u0662"],
    "\u0928\u092e\u0938\u094d\u0924\u0947": ["\u0928\u092e\u0938\u094d\u0924\u0947"],
    "a\0b": ["a", "\0", "b"],
    "x\ud800y": ["x", "\ud800", "y"],
}

# Letters and digits at both edges of the scripts without blanks, and their neighbours beyond.
UNSPACED = (
    "\u0e01\u0edf\u1000\u1099\u1780\u17f9\u3005\u3007\u3021\u312f\u31f0\u31ff"
    "\u3400\u9fff\uf900\ufad9\uff66\uff9f\U00020000\U0003134a"
)
SPACED = "\u0def\u0f00\u10a0\u176c\u1820\ua000\ufb00\uffa0"

# What the classes of the tokenizer turn on, so that random text meets its rules.
TEXTS = st.one_of(
    st.text(st.characters()),
    st.text(
        st.sampled_from(
            "aB7.:,'\u2019 -_\u200d\ufe0f\u0301\0\ud800月\u0e17\u0e35\n\u3000" + THUMB + TAIWAN
        )
    ),
)


def dropped(character: str, tokenizer: str) -> bool:
    """Tell whether a character is no part of a token."""
    return character.isspace() if tokenizer == "whitespace" else is_blank(character)


def test_what_nobody_sees_parts_words_and_is_none() -> None:
    assert tokenize("\ufeffto\u200bBergen\u200f, \u202bnow\u202c").words == [
        "to",
        "Bergen",
        ",",
        "now",
    ]


@pytest.mark.parametrize("text", CASES)
def test_words_are_those_that_a_reader_sees(text: str) -> None:
    assert tokenize(text).words == CASES[text]


@pytest.mark.parametrize(
    ("tokenizer", "words"),
    [
        ("words", ["去", "St", ".", "Louis", ",", "ok", "?"]),
        ("peeled", ["去St", "Louis", "ok"]),
        ("whitespace", ["去St.", "Louis,", "ok?"]),
        ("characters", [*"去St.Louis,ok?"]),
    ],
)
def test_there_are_four_tokenizers(tokenizer: str, words: list[str]) -> None:
    assert tokenize(" 去St. Louis,\u3000ok?\n", tokenizer).words == words


@pytest.mark.parametrize("letter", UNSPACED, ids=ascii)
def test_a_letter_of_a_script_without_blanks_is_a_word(letter: str) -> None:
    assert tokenize(f"a{letter}{letter}7").words == ["a", letter, letter, "7"]


@pytest.mark.parametrize("letter", SPACED, ids=ascii)
def test_letters_of_a_script_with_blanks_make_words_together(letter: str) -> None:
    assert tokenize(f"a{letter}{letter}7").words == [f"a{letter}{letter}7"]


@pytest.mark.parametrize("tokenizer", WHOLE)
@settings(max_examples=500)
@given(text=TEXTS)
def test_tokens_cover_all_but_the_blanks_in_order(tokenizer: str, text: str) -> None:
    words, offsets = tokenize(text, tokenizer)

    assert [text[start:end] for start, end in offsets] == words
    assert all(words)
    covered = [position for start, end in offsets for position in range(start, end)]
    assert covered == [i for i, character in enumerate(text) if not dropped(character, tokenizer)]


@pytest.mark.parametrize("tokenizer", WHOLE)
def test_every_character_is_a_token_or_a_blank(tokenizer: str) -> None:
    """All code points there are, lone surrogates and unassigned ones included."""
    characters = [chr(code) for code in range(sys.maxunicode + 1)]
    words = tokenize(" ".join(characters), tokenizer).words

    assert words == [character for character in characters if not dropped(character, tokenizer)]


@settings(max_examples=500)
@given(text=TEXTS, marked=st.sets(st.sampled_from(["st.", ",", "(", "o'", "?!", "你。"])))
def test_peeled_drops_blanks_and_marks_at_the_ends_of_words_alone(
    text: str, marked: set[str]
) -> None:
    words, offsets = tokenize(text, "peeled", marked)

    assert [text[start:end] for start, end in offsets] == words
    assert offsets == sorted(offsets)
    covered = {position for start, end in offsets for position in range(start, end)}
    for position in set(range(len(text))) - covered:
        assert is_blank(text[position]) or marked_words([["a" + text[position]]])
    for piece in text.split():
        if piece.isalnum() or piece.lower() in marked:
            assert piece in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("to (Taipei) on", ["to", "Taipei", "on"]),
        ("“Taipei”, «Rome»!", ["Taipei", ",", "Rome"]),
        ("*Taipei* Taipei🙂 \u200fTaipei\u200e", ["Taipei"] * 3),
        ("St. Louis... o'clock's?!", ["St.", "Louis", "o'clock's"]),
        ("d.c., (u.s.)", ["d.c", ",", "u.s"]),
        ("C# R&B 5% -3 $5", ["C#", "R&B", "5%", "-3", "$5"]),
        ("?! .", []),
    ],
)
def test_marks_are_peeled_off(text: str, words: list[str]) -> None:
    assert tokenize(text, "peeled", ["st.", ","]).words == words


def test_what_is_marked_is_what_training_has() -> None:
    tokens = [["St.", "Louis", ","], ["o'clock", "(", "st.", "-3"]]

    assert marked_words(tokens) == ["(", ",", "st."]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], ""),
        (["(", "Rome", ")", "or", "“", "Oslo", "”", "!"], "(Rome) or “Oslo”!"),
        (["去", "Rome", "or", "Oslo", "11", "月"], "去Rome or Oslo 11月"),
        (["#", "1", "-", "2"], "# 1 - 2"),
    ],
)
def test_tokens_are_joined_as_people_write(words: list[str], text: str) -> None:
    assert as_written(words) == text


def test_a_corpus_without_utterances_has_a_tokenizer_that_is_right_of_none() -> None:
    assert find_tokenizer([], []) == ("words", 0.0, True)
    assert find_tokenizer([], [], "characters") == ("characters", 0.0, True)


def test_the_tokenizer_is_the_first_that_gives_the_most_utterances_back() -> None:
    texts, tokens = ["a, b.", "c d", "e.f"], [["a", ",", "b", "."], ["c", "d"], ["e.f"]]

    assert find_tokenizer(texts, tokens) == ("peeled", 1.0, False)
    assert find_tokenizer(texts, tokens, "words") == ("words", 2 / 3, False)
    assert find_tokenizer(texts[:2], tokens[:2]) == ("words", 1.0, False)
    assert find_tokenizer(texts[1:2], [["x"]]) == ("words", 0.0, False)


def test_the_tokenizer_is_found_from_ten_thousand_utterances() -> None:
    texts, tokens = ["to  Rome"] * 10_001, [["to", "Rome"]] * 10_000

    assert find_tokenizer(texts, [*tokens, ["x"]]).rate == 1.0
    assert find_tokenizer(texts, [*tokens[1:], ["x"], ["x"]]).rate == 0.9999


def test_the_same_text_in_other_normal_forms_gives_the_same_words() -> None:
    composed, decomposed = "Zürich Québec", "Zu\u0308rich Que\u0301bec"

    assert len(tokenize(composed).words) == len(tokenize(decomposed).words) == 2


@pytest.mark.parametrize(
    "piece",
    [*"a7'.月\0\u0301\u200d", "a.", "a\u0301.", "7,", "7.a", "a'", FLAG, FAMILY],
    ids=ascii,
)
def test_a_megabyte_without_blanks_takes_linear_time(piece: str) -> None:
    """Quadratic time would take hours; the last letters make a long abbreviation fail."""
    text = piece * (1_000_000 // len(piece)) + "ab"
    offsets = tokenize(text).offsets

    assert (offsets[0][0], offsets[-1][1]) == (0, len(text))


@pytest.mark.parametrize(("piece", "left"), [("（", 0), ("?!", 0), ("\u200d", 0), ("“a”", 1)])
def test_a_piece_of_many_marks_is_peeled_in_linear_time(piece: str, left: int) -> None:
    """To look up what is left behind each of them would take minutes."""
    text = piece * (500_000 // len(piece))

    assert tokenize(text, "peeled", ["st.", ","]).words == [text[1:-1]] * left
