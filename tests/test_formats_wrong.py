"""What is wrong in a file is named, with its line, and counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from formats import STRICT, read_text
from slotkit.corpus.formats.reading import Reading
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


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
