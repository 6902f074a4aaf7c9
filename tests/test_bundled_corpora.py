"""The bundled corpora: the output of their grammars, complete, and neither trivial nor leaking."""

from __future__ import annotations

import importlib.resources
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import Result

from slotkit.corpus.grammar.grammar import Grammar, load_grammar
from slotkit.text.tags import spans_of
from slotkit.text.tokenizer import tokenize

SPLITS = ("train", "validation", "test")
INTENTS = {"book", "change", "cancel", "price", "timetable", "status"}
PLACES = {"departure", "destination", "via"}
TIMES = {"departure_date", "departure_time", "arrival_date", "arrival_time", "return_date"}
OTHERS = {"tickets", "passenger", "class", "carrier", "price_limit", "seat"}
MIN_TEMPLATES = {"ticket_booking": 120, "ticket_booking_zh": 60}
# Of each file: its utterances. Files that are no splits hold what the test part of that name gives.
SIZES = {
    "ticket_booking": {
        **{"train": 22000, "validation": 1200, "test": 1000},
        **{"out_of_scope": 400, "asked": 400, "chat": 400},
    },
    "ticket_booking_zh": {
        **{"train": 16000, "validation": 1100, "test": 900},
        **{"out_of_scope": 400, "asked": 400, "chat": 400},
    },
}
# Of each part beside the splits: the least templates in train, validation and test; and the
# largest share of its texts in test that may stand in train: a value alone is soon said again.
PARTS = {
    "out_of_scope": ((250, 60, 60), 0.0),
    "asked": ((200, 60, 60), 0.2),
    "chat": ((150, 50, 50), 0.0),
}
_COMMAND = re.compile(r"slotkit generate (\S+\.grammar) (-n .*?) (?:-o|>>?) (\w+\.jsonl)")

Row = dict[str, Any]


class Bundled(NamedTuple):
    """A bundled corpus: its folder, its grammar, its rows by file."""

    name: str
    folder: Path
    grammar: Grammar
    rows: dict[str, list[Row]]


def read_bundled(name: str) -> Bundled:
    """Read a bundled corpus without the code that reads corpora."""
    folder = Path(str(importlib.resources.files("slotkit.corpora"))) / name
    rows = {}
    for split in SIZES[name]:
        text = (folder / f"{split}.jsonl").read_text(encoding="utf-8")
        rows[split] = [json.loads(line) for line in text.removesuffix("\n").split("\n")]
    return Bundled(name, folder, load_grammar(folder / f"{name}.grammar"), rows)


@pytest.fixture(scope="module", params=list(MIN_TEMPLATES))
def corpus(request: pytest.FixtureRequest) -> Bundled:
    """Read each of the bundled corpora."""
    return read_bundled(request.param)


def find_values(rows: list[Row], names: set[str]) -> list[str]:
    """Give the lower-cased values of some slots."""
    return [s["value"].lower() for row in rows for s in row["slots"] if s["name"] in names]


def test_the_splits_are_what_the_commands_of_the_readme_write(
    corpus: Bundled, tmp_path: Path, slotkit_command: Callable[..., Result]
) -> None:
    readme = (corpus.folder / "README.md").read_text(encoding="utf-8")
    made: dict[str, bytes] = defaultdict(bytes)
    for match in _COMMAND.finditer(readme):
        part = tmp_path / "part.jsonl"
        arguments = [corpus.folder / match[1], *match[2].split(), "-o", part]
        assert slotkit_command("generate", *arguments).exit_code == 0
        made[match[3]] += part.read_bytes()

    assert set(made) == {path.name for path in corpus.folder.glob("*.jsonl")}
    for name, content in made.items():
        assert content == (corpus.folder / name).read_bytes(), name
    assert {name: len(rows) for name, rows in corpus.rows.items()} == SIZES[corpus.name]


def test_every_row_agrees_with_itself(corpus: Bundled) -> None:
    for row in (row for rows in corpus.rows.values() for row in rows):
        words, offsets = tokenize(row["text"])
        keys = ["text", "tokens", "tags", "slots", "intent"]
        assert list(row) in (keys, [*keys, "asked"])
        assert row["tokens"] == words
        spans = [
            (slot, offsets[start][0], offsets[end - 1][1])
            for start, end, slot in spans_of(row["tags"])
        ]
        assert spans == [(slot["name"], slot["start"], slot["end"]) for slot in row["slots"]]
        assert all(row["text"][s["start"] : s["end"]] == s["value"] for s in row["slots"])


@pytest.mark.parametrize("split", SPLITS)
def test_every_split_has_all_slots_and_intents(corpus: Bundled, split: str) -> None:
    slots = {
        split: {s["name"] for row in rows for s in row["slots"]}
        for split, rows in corpus.rows.items()
    }
    intents = {split: {row["intent"] for row in rows} for split, rows in corpus.rows.items()}
    for part in corpus.rows.keys() - SPLITS:
        intents["test"] |= intents[part]

    assert slots[split] == slots["train"] >= PLACES | TIMES | OTHERS
    assert intents[split] == intents["train"] >= INTENTS


def find_templates(grammar: Grammar, part: str) -> set[str]:
    """Give the templates of a part as they are written, without their weights."""
    lines = grammar.path.read_text(encoding="utf-8").split("\n")
    weight = re.compile(r"^[\d.]+: +")
    return {weight.sub("", lines[line - 1].strip()) for _, line in grammar.templates(part)}


def test_the_templates_are_many_and_those_of_a_split_are_its_own(corpus: Bundled) -> None:
    templates = {split: find_templates(corpus.grammar, split) for split in SPLITS}
    structures = {
        re.sub(r"[^\W\d_]+(?![^<]*>)", "w", text) for text in set().union(*templates.values())
    }

    assert len(structures) >= MIN_TEMPLATES[corpus.name]
    for part in corpus.rows.keys() - SPLITS:
        for split, least in zip(SPLITS, PARTS[part][0], strict=True):
            own = find_templates(corpus.grammar, f"{split}-{part}")
            assert len(own) >= least, (split, part)
            templates[split] |= own
    assert not templates["train"] & templates["validation"]
    assert not (templates["train"] | templates["validation"]) & templates["test"]


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("names", [PLACES, {"passenger"}, {"carrier"}], ids=lambda n: min(n))
def test_a_fair_share_of_names_is_unseen(corpus: Bundled, split: str, names: set[str]) -> None:
    seen = set(find_values(corpus.rows["train"], names))
    values = find_values(corpus.rows[split], names)
    unseen = sum(value not in seen for value in values) / len(values)

    assert 0.2 <= unseen <= 0.8


def test_utterances_are_hardly_ever_repeated(corpus: Bundled) -> None:
    train = {row["text"].lower() for row in corpus.rows["train"]}
    for split, rows in corpus.rows.items():
        texts = [row["text"] for row in rows]
        questions = {(row["text"], *row.get("asked", ())) for row in rows}
        assert len(questions) >= 0.99 * len(texts)
        if split != "train":
            most = PARTS[split][1] if split in PARTS else 0.03
            assert sum(text.lower() in train for text in texts) <= most * len(texts), split


def test_a_word_alone_does_not_tell_its_tag(corpus: Bundled) -> None:
    """Each word's most frequent tag in train, "O" for an unseen word, is far from enough."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in corpus.rows["train"]:
        for token, tag in zip(row["tokens"], row["tags"], strict=True):
            counts[token.lower()][tag] += 1
    best = {word: found.most_common(1)[0][0] for word, found in counts.items()}
    right = guessed = labelled = 0
    for row in corpus.rows["test"]:
        gold = set(spans_of(row["tags"]))
        guess = set(spans_of([best.get(token.lower(), "O") for token in row["tokens"]]))
        right, guessed, labelled = (
            right + len(gold & guess),
            guessed + len(guess),
            labelled + len(gold),
        )

    assert 2 * right / (guessed + labelled) < 0.6


@pytest.fixture(scope="module")
def english() -> Bundled:
    """Read the English corpus."""
    return read_bundled("ticket_booking")


@pytest.mark.parametrize(
    ("pattern", "slots"),
    [
        (r"arrive [a-z]+ on ", ["destination", "arrival_date"]),
        (r"leave [a-z]+ on ", ["departure", "departure_date"]),
    ],
)
def test_arrive_and_leave_turn_the_slots_round(
    english: Bundled, pattern: str, slots: list[str]
) -> None:
    """What "arrive Taipei on November 2nd" and "leave ..." are tagged by is learnt from train."""
    rows = [row for row in english.rows["train"] if re.match(pattern, row["text"].lower())]

    assert len(rows) >= 10
    assert all([slot["name"] for slot in row["slots"]][:2] == slots for row in rows)
    for name in ("departure", "destination"):
        assert find_values(english.rows["train"], {name}).count("taipei") >= 5


def test_the_english_grammar_knows_the_world(english: Bundled) -> None:
    text = english.grammar.path.read_text(encoding="utf-8")
    sizes: Counter[str] = Counter()
    for title, body in re.findall(r"^\[list (\w+).*\]\n((?:[^\[\n].*\n)+)", text, re.MULTILINE):
        sizes[title] += len(body.splitlines())

    assert sizes["city"] >= 300
    assert sizes["carrier"] >= 60
    assert sizes["person"] >= 200
