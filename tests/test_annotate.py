"""``slotkit annotate``: the order, the file of answers, marks, and the whole in a terminal."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from slotkit.corpus import load_corpus
from slotkit.corpus.formats.characters import Marked
from slotkit.errors import CorpusError
from slotkit.labelling.answers import Answer, Answers, make_answer
from slotkit.labelling.beside import Beside, Trained
from slotkit.labelling.editor import Editor
from slotkit.labelling.order import Order
from slotkit.labelling.prelabel import f1_of, prelabel
from slotkit.labelling.session import Session, read_utterances
from slotkit.model.file import save_model
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller
from slotkit.text.tags import Span
from slotkit.text.tokenizer import tokenize
from terminal import Terminal

MakeModel = Callable[..., Model]
Run = Callable[..., Result]
TEXTS = ["leave Taipei  for Rome", "leave Oslo for New York", "我11月2日去台北", "cancel it"]


def words_of(*texts: str) -> list[list[str]]:
    return [text.split() for text in texts]


def drawn(order: Order, count: int, doubts: list[float] | None = None) -> list[int]:
    """Let an order choose so many."""
    shown: list[int] = []
    for _ in range(count):
        left = [one for one in range(count) if one not in shown]
        chosen = order.next(left, shown, None if doubts is None else np.array(doubts))
        assert chosen is not None
        shown.append(chosen)
    return shown


# The order


def test_the_most_doubtful_come_first() -> None:
    order = Order(words_of("a b", "c d", "e f"), seed=0)

    assert drawn(order, 3, [0.2, 0.9, 0.5]) == [1, 2, 0]


def test_what_is_like_the_last_comes_later() -> None:
    order = Order(words_of("to new york", "to new york please", "cancel it"), seed=0)

    assert drawn(order, 3, [0.9, 0.8, 0.4]) == [0, 2, 1]


def test_without_doubts_frequent_wording_comes_first_and_then_what_is_new() -> None:
    order = Order(words_of("fly to", "fly to", "fly to", "play it", "play it", "hm"), seed=0)

    chosen = drawn(order, 6)

    assert {chosen[0] // 3, chosen[1] // 3} == {0, 1}
    assert chosen[0] < 3


def test_each_time_that_a_word_is_shown_halves_its_worth() -> None:
    order = Order(words_of("fly to", "Fly to", "play it"), seed=0)
    before, after = order.novelty([]), order.novelty([0, 0])

    assert before == pytest.approx([2, 2, 2**0.5])
    assert after == pytest.approx([0.5, 0.5, 2**0.5])


def test_the_order_of_equals_is_that_of_the_seed() -> None:
    texts = words_of(*(f"word{number}" for number in range(20)))
    orders = [tuple(drawn(Order(texts, seed), 20)) for seed in (1, 1, 2)]

    assert orders[0] == orders[1] != orders[2]


def test_where_none_is_left_none_is_chosen() -> None:
    assert Order(words_of("a"), seed=0).next([], [0]) is None
    assert Order([], seed=0).next([], []) is None


# The marks


def test_a_run_is_drawn_and_given_to_a_slot() -> None:
    editor = Editor(5)
    editor.move(2)
    editor.move(1, extend=True)
    assert editor.run == (2, 4)

    editor.mark("to")

    assert editor.spans == [Span(2, 4, "to")]


def test_a_run_is_drawn_backwards_and_ends_with_the_words() -> None:
    editor = Editor(3)
    editor.move(9)
    editor.move(-9, extend=True)

    assert editor.run == (0, 3)


def test_a_new_mark_replaces_those_that_it_touches() -> None:
    editor = Editor(5, [Span(0, 2, "from"), Span(3, 4, "to"), Span(4, 5, "date")])
    editor.move(1)
    editor.move(2, extend=True)

    editor.mark("route")

    assert editor.spans == [Span(1, 4, "route"), Span(4, 5, "date")]


def test_within_a_mark_the_cursor_means_all_of_it_and_a_run_a_part() -> None:
    editor = Editor(4, [Span(1, 3, "from")])
    editor.mark("to")
    assert editor.spans == [Span(1, 3, "to")]

    editor.move(0, extend=True)
    editor.mark("city")
    assert editor.spans == [Span(1, 2, "city")]

    assert editor.take_away()
    assert editor.spans == []
    assert not editor.take_away()


# The file of answers


def test_an_answer_is_written_as_corpora_are(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    answers = Answers(path)
    tokens = tokenize(TEXTS[2]).words
    answers.add(make_answer(TEXTS[2], tokens, [Span(1, 5, "date"), Span(6, 8, "to")]))
    answers.add(make_answer("cancel it", ["cancel", "it"], None))

    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert [(slot["name"], slot["value"]) for slot in first["slots"]] == [
        ("date", "11月2日"),
        ("to", "台北"),
    ]
    assert all(TEXTS[2][s["start"] : s["end"]] == s["value"] for s in first["slots"])
    assert second == {"text": "cancel it", "answer": "skip"}
    corpus = load_corpus(path)
    assert corpus.splits["train"]["text"][:] == [TEXTS[2]]
    assert corpus.notes == ["train: 1 utterances left out, whose answer is skip"]


def test_what_others_have_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    theirs = b'{"tokens": ["to", "Rome"], "tags": ["O", "B-to"],  "id": 7}\r\n'
    theirs += b'\n{"text": "a", "slots": []}'
    path.write_bytes(theirs)
    answers = Answers(path)
    assert answers.found[0][:2] == ("to Rome", [Marked(3, 7, "to", "Rome")])
    assert answers.found[1][:2] == ("a", [])

    mine = make_answer("b", ["b"], [])
    answers.add(mine)
    assert path.read_bytes() == theirs + b"\n" + mine.line.encode() + b"\n"
    answers.take_back(mine)
    assert path.read_bytes() == theirs + b"\n"


@pytest.mark.parametrize("torn", [b'{"tex', b'{"text": "caf\xc3', b'{"text": "b", "tok'])
def test_a_torn_last_line_is_taken_off(torn: bytes, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    whole = make_answer("a", ["a"], []).line.encode() + b"\n"
    path.write_bytes(whole + torn)

    answers = Answers(path)
    assert (answers.torn, len(answers.found), answers.content()) == (torn, 1, whole)
    mine = make_answer("b", ["b"], [])
    answers.add(mine)
    assert path.read_bytes() == whole + mine.line.encode() + b"\n"


def test_an_answer_that_cannot_be_written_leaves_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answers.jsonl"
    session = Session(TEXTS, Answers(path))
    session.answer([])
    before, asked = path.read_bytes(), session.current

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        session.answer([])

    assert (path.read_bytes(), session.current) == (before, asked)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"leave Taipei\n", r":1: not JSON, so that this is no file of answers"),
        (b'{"text": "a", "slots": []}\n[1]\n', r":2: expected a JSON object, got '\[1\]'"),
        (b'{"text": "a"}\n', r':1: expected "tokens" with "tags"'),
        (b'{"text": "caf\xe9", "slots": []}\n', r":1: not UTF-8"),
        (b"[" * 100_000 + b"\n", r":1: "),
    ],
)
def test_a_file_of_something_else_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(content)

    with pytest.raises(CorpusError, match=message) as raised:
        Answers(path)
    assert "\n" not in str(raised.value)
    assert path.read_bytes() == content


# The session


def test_utterances_are_read_once_each(tmp_path: Path) -> None:
    path = tmp_path / "utterances.txt"
    path.write_bytes("\ufeffto Rome\r\n\n  \nto  Rome\nto Rome\n台北".encode())

    assert read_utterances(path) == ["to Rome", "to  Rome", "台北"]


def test_a_session_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    first = Session(TEXTS, Answers(path))
    asked = []
    for spans in ([Span(1, 2, "from")], None, []):
        asked.append(first.current)
        first.answer(spans)

    second = Session(TEXTS, Answers(path))

    assert len(set(asked)) == 3
    assert second.current == first.current not in asked
    assert (len(second.labelled), second.left, second.slots) == (2, 1, ["from"])
    second.answer([])
    assert second.current is None


def test_undo_takes_answers_back_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    first = Session(TEXTS, Answers(path))
    asked = [first.current]
    first.answer([Span(1, 2, "from")])
    kept = path.read_bytes()
    asked.append(first.current)
    first.answer(None)

    second = Session(TEXTS, Answers(path))  # of an earlier session too
    assert second.undo()
    assert (second.current, path.read_bytes()) == (asked[1], kept)
    assert second.undo()
    assert (second.current, path.read_bytes()) == (asked[0], b"")
    assert second.suggestion.spans == [Span(1, 2, "from")]
    assert not second.undo()
    second.answer([Span(1, 2, "to")])
    assert second.current == asked[1]


def test_what_is_undone_stands_on_whole_tokens(tmp_path: Path) -> None:
    """Of another tool it may cut them, and two slots may be on one."""
    path = tmp_path / "answers.jsonl"
    path.write_text(
        '{"tokens": ["New", "-", "York"], "tags": ["B-a", "O", "B-b"], "text": "New-York"}'
    )
    session = Session(["New-York"], Answers(path), tokenizer="whitespace")
    assert session.undo()

    assert session.suggestion.spans == [Span(0, 1, "a")]


def test_a_tagger_marks_and_orders_what_is_left(make_model: MakeModel, tmp_path: Path) -> None:
    filler = SlotFiller(make_model(decoder="crf"))
    session = Session(TEXTS, Answers(tmp_path / "answers.jsonl"))
    session.start_with(filler)

    taggings = filler.tag_batch(TEXTS)
    doubts = np.array([1 - tagging.confidence for tagging in taggings])
    order = Order([tokens.words for tokens in session.tokens], seed=0)
    assert session.current is not None
    assert session.current == order.next(range(4), [], doubts)
    tagging = taggings[session.current]
    offsets = session.tokens[session.current].offsets
    places = [(offsets[s.start][0], offsets[s.end - 1][1]) for s in session.suggestion.spans]
    assert places == [(slot.start, slot.end) for slot in tagging.slots]
    assert session.suggestion.confidence == tagging.confidence
    assert session.slots == ["date", "destination"]


def test_what_a_tagger_cannot_read_is_the_most_doubtful(make_model: MakeModel) -> None:
    filler = SlotFiller(make_model(), max_words=3)
    texts = ["to Rome", "to Rome on Monday"]

    short, long = prelabel(filler, texts, [tokenize(text) for text in texts])

    assert long == ([], 0.0)
    assert short.confidence == pytest.approx(filler.tag("to Rome").confidence)


def test_f1_counts_slots_that_are_the_same(make_model: MakeModel) -> None:
    filler = SlotFiller(make_model(scale=2.0))
    same = [
        Answer(text, [Marked(s.start, s.end, s.name) for s in filler.tag(text).slots], "")
        for text in ("Taipei Tokyo on 2nd", "to Paris please", "leave")
    ]
    found = sum(len(answer.slots or ()) for answer in same)
    assert found

    assert f1_of(filler, [*same, Answer("Tokyo", None, "")]) == 1
    more = [Answer(same[0].text, [*(same[0].slots or ()), Marked(0, 1, "other")], ""), *same[1:]]
    assert f1_of(filler, more) == pytest.approx(2 * found / (2 * found + 1))
    assert f1_of(filler, []) == 0


def test_a_new_tagger_leaves_what_is_begun(make_model: MakeModel, tmp_path: Path) -> None:
    desk_of = import_module("slotkit.cli.desk").Desk
    session = Session(["leave Taipei on 2nd"], Answers(tmp_path / "answers.jsonl"))
    waiting, begun = desk_of(session), desk_of(session)
    begun.press("l")
    session.use(SlotFiller(make_model(scale=2.0)))
    assert session.suggestion.spans

    for desk in (waiting, begun):
        desk.refresh()

    assert any("  (no slots)" in line for line in begun.lines())
    assert not any("  (no slots)" in line for line in waiting.lines())


def test_keys_are_told_apart() -> None:
    keys_of = import_module("slotkit.cli.screen").keys_of

    assert keys_of("a台\x1b[C\x1bOD\x1b[1;2C\r\x7f") == [
        *("a", "台", "right", "left", "extend right", "enter", "backspace")
    ]
    assert keys_of("\x1b[20~\x1bq") == ["escape", "q"]


# The training beside


def labelled(path: Path) -> bytes:
    """Write a file of ten answers."""
    answers = Answers(path)
    for city in ("Rome", "Oslo", "Lima", "Bonn", "Cairo"):
        for text, slot in (f"fly to {city}", "to"), (f"come from {city}", "from"):
            answers.add(make_answer(text, text.split(), [Span(2, 3, slot)]))
    return path.read_bytes()


def test_a_training_is_due_after_so_many_more(tmp_path: Path) -> None:
    beside = Beside(tmp_path / "answers.model")
    path = tmp_path / "answers.jsonl"
    labelled(path)
    ten = Answers(path).found
    empty, skipped = Answer("a", [], ""), Answer("b", None, "")

    assert beside.is_due(ten, 10)
    assert not beside.is_due(ten, 11)
    assert not beside.is_due(ten, 0)
    assert not beside.is_due([*ten[:9], skipped, skipped], 5)  # too few to learn from
    assert not beside.is_due([empty] * 20, 10)
    beside.utterances = 10
    assert not beside.is_due([*ten, *[empty] * 4], 5)
    assert beside.is_due([*ten, *[empty] * 5], 5)


def test_a_training_that_goes_on_is_ended(tmp_path: Path) -> None:
    beside = Beside(tmp_path / "answers.model")
    beside.start(labelled(tmp_path / "answers.jsonl"), 10)
    assert beside.running
    process = beside._process
    assert process is not None

    beside.stop()

    assert process.returncode is not None
    assert not beside.running
    assert beside.poll() is None
    assert not beside.taken
    assert beside.load() is None


@pytest.mark.parametrize("how", ["q", "\x03", "hang up"])
def test_quitting_ends_a_training(how: str, terminal: MakeTerminal) -> None:
    labelled(Path("u.jsonl"))
    Path("u.txt").write_text("fly to Paris\n")
    one = terminal("u.txt", "--every", "10")
    one.wait("training from 10 ...")
    if how == "hang up":
        one.close()
    else:
        assert one.quit(how) == {"q": 0, "\x03": 130}[how]

    with pytest.raises(ProcessLookupError):
        os.killpg(one.process.pid, 0)  # whom nobody is in


def test_why_a_training_fails_is_said(tmp_path: Path) -> None:
    beside = Beside(tmp_path / "answers.model")
    beside.start(b'{"text": "a"}\n', 1)
    assert beside._process is not None
    beside._process.wait()

    said = beside.poll()

    assert isinstance(said, str)
    assert "answers-1.jsonl:1: expected " in said


# Bad input


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (None, [], "utterances.txt: cannot be read: No such file or directory"),
        (b"", [], "utterances.txt: holds no utterance"),
        (b"to Rome\ncaf\xe9\nb\xe9\n", [], "utterances.txt:2: not UTF-8: byte 0xe9 at offset 11"),
        (b"a\x1b[2J\n", [], "utterances.txt:1: control character U+001B at column 2"),
        (b"a\n", ["-o", "no/a.jsonl"], "no: there is no such folder"),
        (b"a\n", ["-o", "."], ".: is no file"),
        (b"a\n", ["-o", "text"], "text:1: not JSON, so that this is no file of answers"),
        (b"a\n", ["-o", "utterances.txt"], "utterances.txt: holds the utterances; answers need"),
        (b"a\n", ["-m", "none"], "no model in none"),
        (b"a\n", ["-o", "mine.jsonl"], "mine.model: holds a model that labelling has not made"),
    ],
)
def test_bad_input_is_named_in_a_line(
    content: bytes | None, options: list[str], message: str, slotkit_command: Run
) -> None:
    Path("text").write_text("leave\n")
    Path("mine.model").mkdir()
    Path("mine.model", "config.json").write_text("{}")
    if content is not None:
        Path("utterances.txt").write_bytes(content)

    result = slotkit_command("annotate", "utterances.txt", *options)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {message}")
    assert result.stderr.count("\n") == 1


def test_without_a_terminal_nothing_is_asked(slotkit_command: Run) -> None:
    Path("utterances.txt").write_text("to Rome\n")

    result = slotkit_command("annotate", "utterances.txt", stdin="a\n")

    assert result.exit_code == 2
    assert result.stderr == (
        "Error: labelling needs a terminal: standard input or output is none\n"
    )
    assert not Path("utterances.jsonl").exists()


# In a terminal


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Return what runs ``slotkit annotate`` in a terminal."""
    pytest.importorskip("termios")
    made: list[Terminal] = []

    def run(*arguments: str) -> Terminal:
        made.append(Terminal(*arguments))
        return made[-1]

    yield run
    for one in made:
        one.close()


MakeTerminal = Callable[..., Terminal]


def answers_in(path: Path) -> list[tuple[str, list[tuple[str, str]] | None]]:
    """Return the texts of a file, and name and value of their slots."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        for slot in row.get("slots", ()):
            assert row["text"][slot["start"] : slot["end"]] == slot["value"]
    return [
        (row["text"], None)
        if row.get("answer") == "skip"
        else (row["text"], [(slot["name"], slot["value"]) for slot in row["slots"]])
        for row in rows
    ]


def test_utterances_are_marked_skipped_undone_and_gone_on_with(
    terminal: MakeTerminal, slotkit_command: Run
) -> None:
    import termios

    Path("u.txt").write_text("我11月2日去台北\n我11月2日去台北\n", encoding="utf-8")
    answers = Path("u.jsonl")
    one = terminal("u.txt")
    assert "0 labelled, 0 skipped, 1 left" in one.wait("? help")
    one.press("?", "closes it")
    one.press(" ", "? help")
    one.press("\x1b[CLLL", "? help")
    one.press("ndate", "slot: date_ (new)")
    assert "11月2日" in one.press("\r", "? help")
    one.press("lllll", "? help")
    one.press("H", "? help")
    one.press("nto\r", "台北")
    one.press("a", "all are answered")
    labelled = [("我11月2日去台北", [("date", "11月2日"), ("to", "台北")])]
    assert answers_in(answers) == labelled
    one.press("u", "0 labelled, 0 skipped, 1 left")
    one.wait("? help")
    assert answers_in(answers) == []
    one.press("s", "0 labelled, 1 skipped, 0 left")
    one.wait("all are answered")
    one.press("u", "? help")  # what was marked before is not marked any more
    assert one.quit() == 0
    assert termios.tcgetattr(one.its) == one.modes
    assert answers_in(answers) == []

    two = terminal("u.txt", "-o", "u.jsonl")
    two.wait("? help")
    two.press("\r", "1 labelled, 0 skipped, 0 left")
    assert two.quit("\x03") == 130
    assert termios.tcgetattr(two.its) == two.modes
    assert answers_in(answers) == [("我11月2日去台北", [])]
    assert slotkit_command("validate", "u.jsonl").exit_code == 0


def test_names_are_given_by_number_and_completed(terminal: MakeTerminal) -> None:
    Path("u.txt").write_text("from Oslo to Rome\n")
    Answers(Path("u.jsonl")).add(
        make_answer("a b", ["a", "b"], [Span(0, 1, "departure"), Span(1, 2, "destination")])
    )
    one = terminal("u.txt")
    one.wait("? help")
    one.press("l2", "Oslo")
    one.press("lx", "there is no mark here")
    one.press("lnde\t", "slot: de_")
    one.press("p\t", "slot: departure_")
    one.press("\r", "Rome")
    one.wait("? help")
    one.press("hhx", "? help")
    one.press("1", "? help")
    one.press("a", "all are answered")
    assert one.quit() == 0

    assert answers_in(Path("u.jsonl"))[1:] == [
        ("from Oslo to Rome", [("departure", "Oslo"), ("departure", "Rome")])
    ]


def test_a_kill_loses_nothing(terminal: MakeTerminal) -> None:
    texts = [f"fly to {city}" for city in ("Rome", "Oslo", "Lima")]
    Path("u.txt").write_text("\n".join(texts))
    one = terminal("u.txt")
    one.wait("? help")
    one.press("lln", "slot: _")
    one.press("to\ra", "1 labelled, 0 skipped, 2 left")
    one.press("a", "2 labelled, 0 skipped, 1 left")
    one.press("l", "? help")
    one.process.send_signal(signal.SIGKILL)
    one.process.wait()

    kept = answers_in(Path("u.jsonl"))
    assert [len(slots or ()) for _, slots in kept] == [1, 0]
    two = terminal("u.txt")
    two.wait("2 labelled, 0 skipped, 1 left")
    two.press("a", "3 labelled, 0 skipped, 0 left")
    assert two.quit() == 0
    assert sorted(text for text, _ in answers_in(Path("u.jsonl"))) == sorted(texts)


def test_a_model_marks_first(terminal: MakeTerminal, make_model: MakeModel, tmp_path: Path) -> None:
    model = make_model(scale=2.0)
    save_model(model, tmp_path / "model")
    text = "leave Taipei on 2nd"
    tagging = SlotFiller(model).tag(text)
    assert tagging.slots
    Path("u.txt").write_text(text)
    one = terminal("u.txt", "-m", "model")
    one.wait(f"({tagging.confidence:.2f})")
    one.press("a", "all are answered")
    assert one.quit() == 0

    assert answers_in(Path("u.jsonl")) == [(text, [(s.name, s.value) for s in tagging.slots])]


def test_a_tagger_is_trained_beside_and_marks_what_is_left(terminal: MakeTerminal) -> None:
    labelled(Path("u.jsonl"))
    Path("u.txt").write_text("come from Rome\nfly to Oslo please\nfly to Paris\n")
    Path("u.model").mkdir()
    Path("u.model", "answers-3.jsonl").touch()  # of one before
    one = terminal("u.txt", "--every", "10")
    one.wait("training from 10 ...")
    one.wait("trained from 10, F1 ")
    one.wait("  (")  # how sure it is
    one.press("a", "11 labelled")
    one.wait("  (")
    assert one.quit() == 0

    assert [path.name for path in Path("u.model").glob("answers-*")] == ["answers-10.jsonl"]
    found = Beside(Path("u.model")).load()
    assert isinstance(found, Trained)
    assert (found.utterances, found.folds) == (10, True)
    assert found.filler.tag("fly to Oslo").frame == {"to": ["Oslo"]}
    Path("u.model", "answers-20.jsonl").touch()  # of a training that was killed
    stopped = Beside(Path("u.model"))
    assert stopped.load() is not None
    assert stopped.utterances == 10
    two = terminal("u.txt", "--every", "10")  # by the tagger of before, which is not trained anew
    assert "  (" in two.wait("? help")
    assert two.quit() == 0
