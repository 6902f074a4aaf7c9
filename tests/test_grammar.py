"""The grammar engine: each construct, each error, and what generating promises."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slotkit.corpus.grammar.grammar import Grammar, load_grammar
from slotkit.errors import CorpusError
from slotkit.text.tags import spans_of
from slotkit.text.tokenizer import tokenize

Write = Callable[[str | bytes], Path]
COFFEE = "[intent order]\n(please)? a <size=size> coffee\n[list size]\nsmall\nlarge\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a grammar file."""

    def write_grammar(content: str | bytes) -> Path:
        path = tmp_path / "some.grammar"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_grammar


@pytest.fixture
def load(write: Write) -> Callable[[str | bytes], Grammar]:
    """Return a function that writes and reads a grammar file."""
    return lambda content: load_grammar(write(content))


Load = Callable[[str | bytes], Grammar]


def make_texts(grammar: Grammar, count: int = 200, **options: Any) -> list[str]:
    """Generate and give the texts only."""
    return [row["text"] for row in grammar.generate(count, **{"seed": 1, **options})]


# ------------------------------------------------------------------------- constructs


@pytest.mark.parametrize(
    ("template", "texts"),
    [
        ("go home", {"go home"}),
        ("(a|b|c)", {"a", "b", "c"}),
        ("go( now|)", {"go", "go now"}),
        ("x (a)?", {"x", "x a"}),
        ("x (a|b)?", {"x", "x a", "x b"}),
        ("x (a (b|c)|d (e)?)", {"x a b", "x a c", "x d", "x d e"}),
        ("is it (far|late)?", {"is it", "is it far", "is it late"}),
        ("is it far?", {"is it far?"}),
        ("really(?)?", {"really", "really?"}),
        ("  two \t  blanks  ", {"two blanks"}),
        (r"\(a\|b\) \<c\> \\ \[d", {"(a|b) <c> \\ [d"}),
        (r"\# no comment", {"# no comment"}),
        ("a=b", {"a=b"}),
        ("7:30 is early", {"7:30 is early"}),
        ("到(台北|高雄)去", {"到台北去", "到高雄去"}),
    ],
)
def test_a_template_gives_exactly_what_it_says(load: Load, template: str, texts: set[str]) -> None:
    assert set(make_texts(load(f"[intent x]\n{template}\n"))) == texts


def test_an_optional_part_is_there_half_of_the_time(load: Load) -> None:
    number = "(0|1|2|3|4|5|6|7|8|9)"
    counts = Counter("yes" in text for text in make_texts(load(f"[intent x]\n{number * 4} (yes)?")))

    assert 70 < counts[True] < 130


def test_weights_set_how_often_a_line_is_drawn(load: Load) -> None:
    digits = "<d><d><d><d>"
    listing = "[list d]\n" + "\n".join("0123456789")
    texts = make_texts(load(f"[intent x]\n3: a {digits}\nb {digits}\n{listing}\n"), 1000)

    assert 690 < Counter(text[0] for text in texts)["a"] < 810


def test_an_empty_line_needs_its_weight(load: Load) -> None:
    assert set(make_texts(load("[intent x]\na<p>\n[list p]\n2:\n!\n"))) == {"a", "a!"}


def test_a_labelled_list_becomes_a_span_without_the_blanks_around_it(load: Load) -> None:
    grammar = load("[intent go]\nto   <to=city> , now\n[list city]\n\\ New   York\n")
    (row,) = grammar.generate(1, seed=0)

    assert row == {
        "text": "to New York , now",
        "tokens": ["to", "New", "York", ",", "now"],
        "tags": ["O", "B-to", "I-to", "O", "O"],
        "slots": [{"name": "to", "value": "New York", "start": 3, "end": 11}],
        "intent": "go",
    }
    assert list(row) == ["text", "tokens", "tags", "slots", "intent"]


def test_labels_may_stand_in_a_list_that_is_not_labelled(load: Load) -> None:
    grammar = load("[intent x]\ngo <way>\n[list way]\n<from=c> - <to=c>\n[list c]\nA\nB\n")
    (row,) = grammar.generate(1, seed=0)

    assert row["tags"] == ["O", "B-from", "O", "B-to"]


def test_adjacent_values_are_two_spans(load: Load) -> None:
    (row,) = load("[intent x]\n<a=l><a=l>\n[list l]\n台\n北\n").generate(1, seed=0)

    assert row["tags"] == ["B-a", "B-a"]


def test_one_list_gives_an_utterance_different_texts_as_long_as_it_has_some(load: Load) -> None:
    lists = "[list place]\n<city>\n[list city]\nA\nB\nC\n"
    for row in load(f"[intent x]\n<f=place> to <t=place> via <v=place>\n{lists}").generate(
        20, seed=3
    ):
        assert sorted(slot["value"] for slot in row["slots"]) == ["A", "B", "C"]
    (row,) = load("[intent x]\n<f=c> to <t=c>\n[list c]\nA\n").generate(1, seed=3)
    assert row["text"] == "A to A"


def test_sections_of_one_name_add_up_and_marks_keep_to_their_splits(load: Load) -> None:
    grammar = load(
        "[intent x]\n<c>\n[list c]\na\n[list c @validation @test]\nb\n[list c @test]\nc\n"
    )
    found = {split: set(make_texts(grammar, 50, split=split)) for split in ("train", "test")}

    assert found == {"train": {"a"}, "test": {"a", "b", "c"}}
    assert set(make_texts(grammar, 50, split="validation")) == {"a", "b"}


def test_comments_blank_lines_a_byte_order_mark_and_crlf_are_accepted(load: Load) -> None:
    grammar = load(b"\xef\xbb\xbf# hello\r\n\r\n[intent x]\r\n  # more\r\na\r\n")

    assert make_texts(grammar, 1) == ["a"]


def test_only_a_line_feed_ends_a_line(load: Load) -> None:
    assert make_texts(load("[intent x]\na\u2028b\u0085c\n"), 1) == ["a b c"]


# ------------------------------------------------------------------------------ noise


def test_lower_case_keeps_spans_right_where_a_letter_becomes_two(load: Load) -> None:
    grammar = load("[intent x]\nTo <t=c> Now\n[list c]\nİzmir\n[noise]\nlower_case 1\n")
    (row,) = grammar.generate(1, seed=0)

    assert row["text"] == "to i̇zmir now"
    assert row["tags"] == ["O", "B-t", "O"]


def test_no_punctuation_leaves_numbers_and_abbreviations_whole(load: Load) -> None:
    line = "ok, to <t=c>, at 7:30 p.m. or 11/2: yes?"
    grammar = load(
        f"[intent x]\n{line}\n[list c]\nSt. John's, Port-au-Prince\n[noise]\nno_punctuation 1\n"
    )
    (row,) = grammar.generate(1, seed=0)

    assert row["text"] == "ok to St John's Port-au-Prince at 7:30 p.m. or 11/2 yes"
    assert row["slots"][0]["value"] == "St John's Port-au-Prince"


def test_a_typo_changes_one_letter_behind_the_first_of_a_longer_word(load: Load) -> None:
    grammar = load("[intent x]\nvia <v=c> or 12345\n[list c]\nWarsaw\n[noise]\ntypo 1\n")
    texts = set(make_texts(grammar))

    assert len(texts) > 8
    for text in texts:
        value = re.fullmatch(r"via (W\w{4,6}) or 12345", text)
        assert value
        assert not set(value[1]) - set("Warsaw")


def test_noise_may_differ_between_splits(load: Load) -> None:
    grammar = load("[intent x]\nA\n[noise @test]\nlower_case 1\n")

    assert make_texts(grammar, 1) == ["A"]
    assert make_texts(grammar, 1, split="test") == ["a"]


# ------------------------------------------------------------------------- generating


def test_equal_seeds_give_equal_utterances_and_others_give_others(load: Load) -> None:
    lists = "[list n]\n" + "\n".join(map(str, range(50)))
    grammar = load(f"[intent x]\n<a=n> (or)? <b=n>\n{lists}\n")

    assert make_texts(grammar) == make_texts(grammar)
    assert make_texts(grammar) != make_texts(grammar, seed=2)
    assert make_texts(grammar)[:50] == make_texts(grammar, 50)


def test_what_a_seed_gives_never_changes(load: Load) -> None:
    """The numbers come from the Mersenne Twister's 53-bit floats alone."""
    grammar = load("[intent x]\n<n> <n> <n>\n[list n]\n" + "\n".join("abcdefghij") + "\n")

    assert make_texts(grammar, 4, seed=1) == ["i h c", "h a i", "e h c", "a f j"]


def test_utterances_are_not_repeated_until_there_are_no_more(load: Load) -> None:
    grammar = load("[intent x]\n(a|b|c|d) (a|b|c|d)\n")

    assert len(set(make_texts(grammar, 12))) == 12
    assert len(set(make_texts(grammar, 100))) == 16


_NODES = st.recursive(
    st.sampled_from(["a", "I'd", " ", ", ", "é", "台", "<l>", "<s=l>", "12", "-", "?"]),
    lambda inner: st.builds(
        lambda parts, mark: "(" + "|".join(parts) + ")" + mark,
        st.lists(st.lists(inner, max_size=3).map("".join), min_size=1, max_size=3),
        st.sampled_from(["", "?"]),
    ),
    max_leaves=12,
)


@given(st.lists(_NODES, min_size=1, max_size=6).map(" ".join), st.integers(0, 99))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_spans_fit_tokens_and_text_in_whatever_is_generated(
    tmp_path: Path, template: str, seed: int
) -> None:
    """Words that meet without a blank are refused; everything else agrees with itself."""
    path = tmp_path / "any.grammar"
    path.write_text(
        f"[intent x]\n\\>{template}\n[list l]\nNew York\no'clock\n北\n[noise]\ntypo 0.5\n",
        encoding="utf-8",
    )
    try:
        rows = list(load_grammar(path).generate(5, seed=seed))
    except CorpusError as error:
        assert "ends inside a token" in str(error)  # noqa: PT017
        return

    for row in rows:
        offsets = tokenize(row["text"]).offsets
        assert row["tokens"] == tokenize(row["text"]).words
        spans = [
            (offsets[s.start][0], offsets[s.end - 1][1], s.slot) for s in spans_of(row["tags"])
        ]
        assert spans == [(slot["start"], slot["end"], slot["name"]) for slot in row["slots"]]
        for slot in row["slots"]:
            assert slot["value"] == row["text"][slot["start"] : slot["end"]]


# ----------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("[intent x]\ngo (now\n", 2, r"'\(' is not closed"),
        ("[intent x]\ngo (a|(b)\n", 2, r"'\(' is not closed"),
        ("[intent x]\ngo now)\n", 2, r"'\)' stands outside brackets; write '\\\)'"),
        ("[intent x]\na|b\n", 2, r"'\|' stands outside brackets"),
        ("[intent x]\na > b\n", 2, "'>' stands outside brackets"),
        ("[intent x]\nto <city\n", 2, "'<' is not closed"),
        ("[intent x]\nto <a b>\n", 2, "expected <list> or <slot=list>, got '<a b>'"),
        ("[intent x]\nto <=a>\n", 2, "expected <list> or <slot=list>, got '<=a>'"),
        ("[intent x]\nto \\\n", 2, "at the end of the line takes nothing"),
        ("[intent x]\n" + "(" * 60 + ")" * 60, 2, "must not nest deeper than 50"),
        ("[intent x]\n0: a\n", 2, "weight must be a number > 0, got '0'"),
        ("[intent x]\n-1: a\n", 2, "weight must be a number > 0, got '-1'"),
        ("[intent x]\n1.2.3: a\n", 2, "weight must be a number > 0, got '1.2.3'"),
        ("[intent x]\na\n[colour y]\n", 3, r"expected \[intent NAME\].*got '\[colour y\]'"),
        ("[intent x y]\na\n", 1, r"expected \[intent NAME\].*got '\[intent x y\]'"),
        ("[intent]\na\n", 1, r"expected \[intent NAME\]"),
        ("[intent x @dev]\na\n", 1, "unknown mark '@dev'; choose from @train, @validation, @test"),
        ("a\n[intent x]\n", 1, "expected a section before 'a'"),
        ("[intent x]\na\n[noise]\nupper 1\n", 4, "unknown noise 'upper'; choose from lower_case"),
        ("[intent x]\na\n[noise]\ntypo 2\n", 4, r"typo must be a probability in 0\.\.1, got '2'"),
        ("[intent x]\na\n[noise]\ntypo\n", 4, r"typo must be a probability in 0\.\.1, got ''"),
        ("[intent x]\n<a>\n[list a]\n<b>\n[list b]\nx <a>\n", 6, "reaches itself: a -> b -> a"),
        ("[intent x]\nx\n[list a]\n(y|<a>)\n", 4, "list reaches itself: a -> a"),
        (
            "[intent x]\n<s=a>\n[list a]\n<b>\n[list b]\n<t=c>\n[list c]\nd\n",
            2,
            "slot 's' holds list 'a', which has slots of its own",
        ),
        (b"[intent x]\ngo \xff\n", 2, "not UTF-8: byte 0xff at position 4"),
        ("[intent x]\nto <city>\n", 2, "undefined list 'city'"),
    ],
)
def test_an_error_names_file_and_line(
    write: Write, content: str | bytes, line: int, message: str
) -> None:
    path = write(content)

    with pytest.raises(CorpusError, match=rf"some\.grammar:{line}: .*{message}") as caught:
        load_grammar(path)
    assert (caught.value.path, caught.value.line) == (path, line)


def test_all_undefined_lists_are_named_at_once(load: Load) -> None:
    with pytest.raises(CorpusError) as caught:
        load("[intent x]\n<a> <s=b>\n[list c]\n(<d>|e)\n<a>\n")

    lines = str(caught.value).splitlines()
    assert [line.rpartition("/")[2] for line in lines] == [
        "some.grammar:2: undefined list 'a'",
        "some.grammar:2: undefined list 'b'",
        "some.grammar:4: undefined list 'd'",
        "some.grammar:5: undefined list 'a'",
    ]


def test_no_more_than_twenty_undefined_lists_are_named(load: Load) -> None:
    with pytest.raises(CorpusError, match="and 5 more") as caught:
        load("[intent x]\n" + "\n".join(f"<a{number}>" for number in range(25)))

    assert len(str(caught.value).splitlines()) == 21


@pytest.mark.parametrize("content", ["", "# nothing\n", "[list a]\nb\n"])
def test_a_grammar_without_intents_is_refused(load: Load, content: str) -> None:
    with pytest.raises(CorpusError, match=r"expected at least one \[intent NAME\] section"):
        load(content)


def test_a_file_that_is_not_there_is_a_corpus_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot be read: No such file"):
        load_grammar(tmp_path / "none.grammar")


def test_an_intent_or_list_without_lines_in_the_split_is_named(load: Load) -> None:
    grammar = load(
        "[intent a]\nx <c>\n[intent b @train]\ny\n[list c]\n<d>\n"
        "[list d @train]\nz\n[list unused @train]\nf"
    )

    assert make_texts(grammar, 2)
    with pytest.raises(CorpusError) as caught:
        grammar.generate(1, seed=1, split="test")
    assert [line.rpartition("/")[2] for line in str(caught.value).splitlines()] == [
        "some.grammar:3: intent 'b' has no lines in split 'test'",
        "some.grammar:6: list 'd' has no lines in split 'test'",
    ]


def test_a_section_that_is_empty_has_no_lines(load: Load) -> None:
    with pytest.raises(CorpusError, match="list 'c' has no lines in split 'train'"):
        load("[intent a]\n<c>\n[list c]\n").generate(1, seed=1)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("<s=c>ward", "slot 's' ends inside a token: 'West' in 'Westward'"),
        ("to <s=none>", "slot 's' has an empty value in 'to'"),
        ("<none>", "the template gives an empty utterance"),
    ],
)
def test_an_impossible_utterance_names_the_line_of_its_template(
    load: Load, template: str, message: str
) -> None:
    rows = load(f"[intent x]\n\n{template}\n[list c]\nWest\n[list none]\n1:\n").generate(1, seed=1)

    with pytest.raises(CorpusError, match=f":3: {message}"):
        next(rows)


PARTS = """[intent book]
to <to=city>
[intent inform asked=to,from @train-asked @test-asked]
<to=city>
[list city @train]
Oslo
[list city @test @validation]
Rome
[list city @train-asked]
Kiruna
"""


def test_a_part_has_templates_of_its_own_and_the_lists_of_its_split(load: Load) -> None:
    grammar = load(PARTS)

    assert set(make_texts(grammar, 9)) == {"to Oslo"}
    rows = list(grammar.generate(9, seed=1, split="train-asked"))
    assert {row["text"] for row in rows} == {"Oslo", "Kiruna"}
    assert all(row["asked"] == ["to", "from"] and row["intent"] == "inform" for row in rows)
    (row,) = grammar.generate(1, seed=1, split="test-asked")
    assert row["text"] == "Rome"
    with pytest.raises(ValueError, match="choose from train, validation, test, train-asked, test"):
        grammar.generate(1, seed=1, split="train-chat")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("[list c asked=to]", "asked= belongs to intents"),
        ("[noise @train-asked]", "unknown mark '@train-asked'"),
        ("[list c @train-]", "unknown mark '@train-'"),
        ("[intent x @dev-asked]", "unknown mark '@dev-asked'.*such as @train-asked"),
    ],
)
def test_what_a_header_cannot_say(load: Load, header: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        load(f"[intent a]\nx\n{header}\n")


def test_an_unknown_split_is_a_value_error(load: Load) -> None:
    with pytest.raises(
        ValueError, match="unknown split 'dev'; choose from train, validation, test"
    ):
        load(COFFEE).generate(1, seed=1, split="dev")


# ------------------------------------------------------------------------ the command


def test_the_command_writes_a_line_an_utterance(
    write: Write, tmp_path: Path, slotkit_command: Callable[..., Result]
) -> None:
    path, target = write(COFFEE), tmp_path / "made.jsonl"
    printed = slotkit_command("generate", path, "-n", 3, "--seed", 7)
    written = slotkit_command("generate", path, "-n", 3, "--seed", 7, "-o", target)

    assert (printed.exit_code, written.exit_code, written.stdout) == (0, 0, "")
    assert "train 3 utterances, seed 7" in written.stderr
    assert target.read_bytes() == printed.stdout_bytes
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert rows == list(load_grammar(path).generate(3, seed=7))


def test_the_example_of_the_help_is_what_the_command_prints(
    write: Write, slotkit_command: Callable[..., Result]
) -> None:
    shown = slotkit_command("generate", "--help").output
    made = slotkit_command("generate", write(COFFEE), "-n", 2, "--seed", 1).stdout

    for line in COFFEE.splitlines() + [line[:47] for line in made.splitlines()]:
        assert line in shown


def test_a_bad_grammar_leaves_the_old_file_alone(
    write: Write, tmp_path: Path, slotkit_command: Callable[..., Result]
) -> None:
    target = tmp_path / "made.jsonl"
    target.write_text("old")
    result = slotkit_command(
        "generate", write("[intent x]\n(a|<s=c>b)\n[list c]\nx\n"), "-o", target
    )

    assert result.exit_code == 1
    assert "some.grammar:2: slot 's' ends inside a token" in result.stderr
    assert target.read_text() == "old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["made.jsonl", "some.grammar"]


def test_a_file_that_cannot_be_written_is_one_line(
    write: Write, tmp_path: Path, slotkit_command: Callable[..., Result]
) -> None:
    result = slotkit_command("generate", write(COFFEE), "-o", tmp_path / "no" / "made.jsonl")

    assert result.exit_code == 1
    assert "cannot be written: No such file or directory" in result.stderr


@pytest.mark.parametrize("arguments", [["-n", "0"], ["--split", "dev"], ["--seed", "-1"]])
def test_bad_options_are_usage_errors(
    write: Write, slotkit_command: Callable[..., Result], arguments: list[str]
) -> None:
    assert slotkit_command("generate", write(COFFEE), *arguments).exit_code == 2


def test_generating_loads_nothing_that_only_training_needs(write: Write) -> None:
    code = (
        "import sys; from slotkit.cli import main; "
        f"main(['generate', {str(write(COFFEE))!r}, '-n', '1'], standalone_mode=False); "
        "print([name for name in ('torch', 'datasets', 'seqeval') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_lists_that_stand_too_deep_in_each_other_are_refused(tmp_path: Path) -> None:
    lists = "".join(f"[list l{i}]\n<l{i + 1}>\n" for i in range(3000))
    path = tmp_path / "deep.grammar"
    path.write_text(f"[intent a]\n<l0>\n{lists}[list l3000]\nx\n")

    with pytest.raises(CorpusError, match=r"deep\.grammar:\d+: more than 100 lists stand in each"):
        load_grammar(path)


def test_lists_that_double_come_to_an_end(tmp_path: Path) -> None:
    lists = "".join(f"[list l{i}]\n<l{i + 1}> <l{i + 1}>\n" for i in range(22))
    path = tmp_path / "double.grammar"
    path.write_text(f"[intent a]\n<l0>\n{lists}[list l22]\nx\n")

    with pytest.raises(CorpusError, match=r"double\.grammar:2: .* draws more than 20,000 times"):
        list(load_grammar(path).generate(1, seed=1))


def test_long_lines_that_double_come_to_an_end(tmp_path: Path) -> None:
    lists = "".join(f"[list l{i}]\n<l{i + 1}> <l{i + 1}>\n" for i in range(13))
    path = tmp_path / "long.grammar"
    path.write_text(f"[intent a]\n<l0>\n{lists}[list l13]\n{'(a|b)' * 30}{'x' * 3000}\n")

    with pytest.raises(CorpusError, match=r"long\.grammar:2: .* draws over 1,000,000 letters"):
        list(load_grammar(path).generate(1, seed=1))
