"""Rows of `torture.py` about what is read: files of a corpus, and texts that are tagged."""

from __future__ import annotations

import json
import os
import random
import sys
import time
import warnings
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from torture_tools import Found, Peak, empty, in_child, is_line

from command import run as run_command
from slotkit.corpus import load_corpus
from slotkit.corpus.formats import FORMATS
from slotkit.errors import CorpusError, UtteranceError
from slotkit.model.file import save_model
from slotkit.taggers.table import ARCHITECTURES
from slotkit.tagging.filler import SlotFiller
from slotkit.text.tags import spans_of
from slotkit.text.tokenizer import TOKENIZERS, tokenize
from small import TEN
from tiny import TAGS, WORDS, make_model

LAYOUTS = ("conll", "jsonl", "bos", "seq")
CONTROL = [chr(c) for c in (*range(9), 11, *range(14, 32), *range(127, 133), *range(134, 160))]


def rows(count: int, chance: random.Random) -> list[dict[str, Any]]:
    """Make utterances of three to six words."""
    made = []
    for _ in range(count):
        cut = [word.partition("/")[::2] for word in chance.choice(TEN).split()]
        tokens, tags = [word for word, _ in cut], [tag or "O" for _, tag in cut]
        made.append({"text": " ".join(tokens), "tokens": tokens, "tags": tags, "intent": "go"})
    return made


def write(folder: Path, layout: str, some: list[dict[str, Any]], split: str = "train") -> Path:
    """Write a corpus of one part; return the folder."""
    entry = FORMATS[layout]
    assert entry.write is not None
    path = empty(folder) / f"{split}{entry.suffix}"
    entry.write([{**row, "edges": []} for row in some], path)  # type: ignore[list-item]
    return folder


def files_of(folder: Path) -> list[Path]:
    """Return the files of a corpus."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


# 1


def _spoil(layout: str, lines: list[bytes], chance: random.Random) -> tuple[str, bytes]:
    """Make a bad line of a good one; tell the file of a folder that it belongs to."""
    good = lines[0]
    if layout == "conll":
        token, _, tag = good.partition(b"\t")
        bad = [token, token + b"\tX-to", token + b"\tB-", token + b"\x01\t" + tag]
        return "", chance.choice([*bad, b"\xff" + good, token + b" of\t" + tag])
    if layout == "jsonl":
        row = json.loads(good)
        del row["slots"], row["frame"]
        tags = row["tags"]
        changes = [{"tags": tags[1:]}, {"tags": 3}, {"tags": ["Q-x", *tags[1:]]}, {"tokens": []}]
        bad = [json.dumps(row | change).encode() for change in changes]
        return "", chance.choice([*bad, good[:-1], b"[1, 2]", b"7", b"\xff" + good])
    if layout == "bos":
        left, _, right = good.partition(b"\t")
        bad = [left, left + b"\t" + right[2:], left + b"\t" + right + b" O O", good[4:]]
        return "", chance.choice([*bad, left + b"\tB-x " + right[2:], b"\xff" + good])
    tags = lines[1]
    bad = [tags + b" O", tags.partition(b" ")[2], b"X-to " + tags.partition(b" ")[2], b""]
    return "seq.out", chance.choice([*bad, b"\xff" + tags])


def _with_bad(
    folder: Path, layout: str, good: int, bad: int, chance: random.Random, given: bool
) -> tuple[set[str], int]:
    """Write a corpus with bad lines, one an utterance; return their places, and what is good."""
    write(folder, layout, rows(good, chance))
    contents = {path: path.read_bytes().split(b"\n") for path in files_of(folder)}
    first = next(iter(contents))
    if layout == "seq":
        first = next(path for path in contents if path.name == "seq.in")
    begins = [
        number
        for number, line in enumerate(contents[first][:-1])
        if line and (layout != "conll" or b"\t" in line)
    ]
    if layout == "conll":  # one line of an utterance
        utterances: dict[int, list[int]] = {}
        for number in begins:
            start = number
            while start and contents[first][start - 1]:
                start -= 1
            utterances.setdefault(start, []).append(number)
        begins = [chance.choice(several) for several in utterances.values()]
    places = set()
    # By the first line the format is told, where it is not given.
    for number in chance.sample(begins[not given :], bad):
        path, lines = first, [contents[first][number]]
        if layout == "seq":
            path = first.with_name("seq.out")
            lines.append(contents[path][number])
        _, contents[path][number] = _spoil(layout, lines, chance)
        places.add(f"{path}:{number + 1}")
    for path, content in contents.items():
        path.write_bytes(b"\n".join(content))
    return places, len(begins) - bad


def malformed_lines(quick: bool, folder: Path) -> Found:
    """Twenty bad lines a file, each of which must be named; and many in one file."""
    chance, files = random.Random(1), 3 if quick else 125
    lines = named = counted = 0
    for layout in LAYOUTS:
        for number, bad in enumerate([20] * files + [500]):
            place, given = folder / "c", layout if number % 2 else None
            places, good = _with_bad(place, layout, 2 * bad + 20, bad, chance, bool(given))
            said: list[str] = []
            try:
                load_corpus(place, format=given)
            except CorpusError as error:
                said = str(error).splitlines()
            found = {": ".join(line.split(": ")[:1]) for line in said[:20]}
            last = [f"... and {bad - 20} more"] if bad > 20 else []
            right = found <= places and len(found) == 20 and said[20:] == last
            lines += min(bad, 20)
            named += len(found & places) if right else 0
            read = load_corpus(place, format=given, skip_bad=True)
            note = f"train: {bad} utterances left out, which cannot be read"
            counted += note in read.notes and len(read.splits["train"]) == good
    every = len(LAYOUTS) * (files + 1)
    return Found(
        (named, counted) == (lines, every),
        f"{named:,} of {lines:,} at their line, in {every} files; the rest counted; "
        f"--skip-bad counts them in {counted} of {every}",
    )


# 2


def scores(quick: bool, folder: Path) -> Found:
    """F1 by seqeval's default mode beside that of `spans_of`, on tags that need not be legal."""
    from seqeval.metrics import f1_score

    chance, different, count = random.Random(2), 0, 1_000 if quick else 20_000
    tags = ["O", "O", *(f"{prefix}-{slot}" for prefix in "BI" for slot in ("x", "y", "z-z"))]
    warnings.simplefilter("ignore")  # where there is nothing to divide by
    for _ in range(count):
        length = chance.randint(1, 12)
        gold, guess = ([chance.choice(tags) for _ in range(length)] for _ in range(2))
        for i in range(length):
            guess[i] = chance.choice([gold[i], gold[i], guess[i]])
        one, other = set(spans_of(gold)), set(spans_of(guess))
        own = 2 * len(one & other) / max(1, len(one) + len(other))
        different += abs(own - f1_score([gold], [guess])) > 1e-12
    return Found(not different, f"{different} differences in {count:,} sequences")


# 3


def nothing(quick: bool, folder: Path) -> Found:
    """Read files without utterances; tag texts without words."""
    refused, wanted, empty_ones, asked = 0, 0, 0, 0
    for layout in LAYOUTS:
        for content in (b"", b"\n", b" \n\t\n\n", b"\r\n\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"):
            place = write(folder / "c", layout, rows(1, random.Random(3)))
            for path in files_of(place):
                path.write_bytes(content)
            ended = run_command("train", place, "-o", folder / "model")
            refused += ended.exit_code == 1 and is_line(ended.stderr)
            wanted += 1
    for architecture in ARCHITECTURES:
        for tokenizer in TOKENIZERS:
            filler = SlotFiller(make_model(architecture, tokenizer=tokenizer, intents=["go"]))
            for text in ("", " ", "\n\t", "\u3000", "\u200b"):
                found = filler.tag(text)
                blank = not found.tokens or bool(text.strip())  # one tokenizer keeps U+200B
                empty_ones += blank and (bool(found.tokens) or not found.slots)
                asked += 1
    save_model(make_model(), folder / "tagger")
    ended = run_command("tag", "-m", folder / "tagger", "--json", "-", input="\n\n")
    lines = [json.loads(line)["slots"] for line in ended.stdout.splitlines()]
    return Found(
        (refused, empty_ones, lines) == (wanted, asked, [[], []]),
        f"{refused} of {wanted} files refused in a line; {empty_ones} of {asked} taggings empty",
    )


# 4


def single_bytes(quick: bool, folder: Path) -> Found:
    """Each byte, put anywhere: not UTF-8 is told by line and offset, control by its column."""
    chance, times = random.Random(4), 1 if quick else 10
    wrong = told = read = refused = 0
    path = empty(folder / "c") / "train.conll"
    whole = "".join(
        "".join(f"{t}\t{g}\n" for t, g in zip(row["tokens"], row["tags"], strict=True)) + "\n"
        for row in rows(40, chance)
    ).encode()
    for byte in range(256):
        for _ in range(times):
            at = chance.randrange(len(whole))
            path.write_bytes(whole[:at] + bytes([byte]) + whole[at:])
            line = 1 + whole.count(b"\n", 0, at)
            said = ""
            try:
                load_corpus(path)
            except CorpusError as error:
                said = str(error)
            code, column = f"U+{byte:04X}", at - whole.rfind(b"\n", 0, at)
            if byte >= 0x80:
                expected = f"{path}:{line}: not UTF-8: byte 0x{byte:02x} at offset {at}"
            elif chr(byte) in CONTROL or (byte == 13 and whole[at : at + 1] != b"\n"):
                expected = f"{path}:{line}: control character {code} at column {column}"
            elif said:  # it is text, and has spoilt a tag or parted a line
                near = tuple(f"{path}:{number}: " for number in (line, line + 1))
                refused += 1
                wrong += not all(one.startswith(near) for one in said.splitlines())
                continue
            else:
                read += 1
                continue
            told += said == expected
            wrong += said != expected
    return Found(
        not wrong,
        f"{256 * times:,} files: {told:,} told by line and offset or column, {refused} refused as "
        f"lines of no tag, {read:,} read; {wrong} wrong",
    )


# 5


def other_line_ends(quick: bool, folder: Path) -> Found:
    """Add what editors add, and what looks like a line end to some."""
    chance, tried, different = random.Random(5), 0, 0
    for layout in LAYOUTS:
        for _ in range(1 if quick else 10):
            some = rows(50, chance)
            clean = load_corpus(write(folder / "c", layout, some)).splits["train"][:]
            files = {path: path.read_bytes() for path in files_of(folder / "c")}
            for mark, end in ((b"\xef\xbb\xbf", b"\n"), (b"", b"\r\n"), (b"\xef\xbb\xbf", b"\r\n")):
                for path, content in files.items():
                    path.write_bytes(mark + content.replace(b"\n", end))
                tried += 1
                different += load_corpus(folder / "c").splits["train"][:] != clean
            for separator in ("\u2028", "\u2029", "\x85", "\x0c"):
                odd = [
                    row
                    | {
                        key: [word.replace("e", f"e{separator}") for word in row[key]]
                        if key == "tokens"
                        else row[key].replace("e", f"e{separator}")
                        for key in ("tokens", "text")
                    }
                    for row in some
                ]
                read = load_corpus(write(folder / "c", layout, odd)).splits["train"]
                tried += 1
                different += list(read["tokens"]) != [row["tokens"] for row in odd]
                different += list(read["tags"]) != clean["tags"]
    return Found(not different, f"{different} differences in {tried} files of 50 utterances")


# 6


def control_characters(quick: bool, folder: Path) -> Found:
    """In a text they are tokens or part of one; in a corpus they are errors with a column."""
    kept = told = tried = 0
    filler = SlotFiller(make_model())
    save_model(make_model(), folder / "model")
    for character in ["\0", *CONTROL]:
        text = f"leave Tai{character}pei{character} {character} on 2nd"
        found = filler.tag(text)
        whole = "".join(found.tokens) == "".join(text.split())  # five of them are white space
        kept += whole and all(text[s.start : s.end] == s.value for s in found.slots)
        for layout in LAYOUTS:
            place = write(folder / "c", layout, rows(5, random.Random(6)))
            path = next(iter(files_of(place)))
            if layout == "seq":
                path = path.with_name("seq.in")
            lines = path.read_text().split("\n")
            lines[1] = lines[1][:7] + character + lines[1][7:] if layout != "conll" else lines[1]
            if layout == "conll":
                lines[0] = character + lines[0]
            path.write_text("\n".join(lines))
            number, column = (1, 1) if layout == "conll" else (2, 8)
            place_of = f"U+{ord(character):04X} at column {column}"
            try:
                load_corpus(place)
            except CorpusError as error:
                told += str(error).splitlines()[0] == (
                    f"{path}:{number}: control character {place_of}"
                )
            tried += 1
    ended = run_command("tag", "-m", folder / "model", "--", "to \x1b[31m\0 Paris")
    quiet = ended.exit_code == 0 and "\x1b" not in ended.stdout and "\0" not in ended.stdout
    return Found(
        kept == len(CONTROL) + 1 and told == tried and quiet,
        f"{kept} of {len(CONTROL) + 1} kept in texts; {told} of {tried} told at their column; "
        "none reaches a terminal",
    )


# 7 and 8


def long_token(quick: bool, folder: Path) -> Found:
    """Tag a token of a million characters, by every architecture and every way to cut."""
    slowest, right, tried = 0.0, 0, 0
    for architecture in ARCHITECTURES:
        for tokenizer in TOKENIZERS:
            if tokenizer == "characters":  # to which it is a million tokens
                continue
            filler = SlotFiller(make_model(architecture, tokenizer=tokenizer))
            tokens = ("a" * 1_000_000, "ab1" * 333_333, "1.5" * 333_333, "é" * 1_000_000)
            for token in tokens[: 1 if quick else None]:
                text = f"leave {token} on 2nd"
                begun = time.process_time()
                found = filler.tag(text)
                slowest = max(slowest, time.process_time() - begun)
                right += token in found.tokens
                right -= any(text[s.start : s.end] != s.value for s in found.slots)
                tried += 1
    return Found(
        right == tried and slowest < 1.0,
        f"{right} of {tried} whole; slowest {slowest:.2f} s of CPU",
    )


def many_words(quick: bool, folder: Path) -> Found:
    """Tag a text of 100,000 words, without being asked for it and with."""
    count = 20_000 if quick else 100_000
    words = " ".join(WORDS[i % len(WORDS)] for i in range(count))
    cases: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in ARCHITECTURES]
    cases.append(("attention", {"attend": "range:8"}))
    refused, told, linear = 0, [], 0
    for architecture, options in cases:
        model = make_model(architecture, **options)
        filler = SlotFiller(model)
        for call, given in ((filler.tag, words), (filler.tag_batch, [words])):
            try:
                call(given)  # type: ignore[operator]
            except UtteranceError as error:
                refused += is_line(str(error)) and "max_words" in str(error)
        if architecture == "attention" and not options:
            continue

        def tag(model: Any = model) -> tuple[float, float, int]:
            filler = SlotFiller(model, max_words=count)
            begun = time.process_time()
            with Peak() as peak:
                found = filler.tag(words)
            return time.process_time() - begun, peak.grown, len(found.tags)

        seconds, grown, tags = in_child(tag)
        linear += tags == count and seconds < 30 and grown < 1000
        told.append((seconds, grown))
    slowest, largest = (max(numbers) for numbers in zip(*told, strict=True))
    save_model(make_model(), folder / "model")
    ended = run_command("tag", "-m", folder / "model", "-", input=words)
    line = ended.exit_code == 1 and is_line(ended.stderr)
    return Found(
        (refused, linear, line) == (2 * len(cases), len(told), True),
        f"{count:,} words: {refused} of {2 * len(cases)} refused in a line; with max_words raised "
        f"{linear} of {len(told)} tag it: {slowest:.1f} s and {largest:.0f} MB at most",
    )


# 9


def many_lines(quick: bool, folder: Path) -> Found:
    """Read a corpus larger than what is kept of it."""
    lines, path = 50_000 if quick else 1_000_000, folder / "train.conll"
    words = [f"word{number % 5000}\t{'B-to' if number % 7 == 0 else 'O'}\n" for number in range(9)]
    with path.open("w") as file:
        for _ in range(lines // 10):
            file.writelines([*words, "\n"])

    def read() -> tuple[float, float, int]:
        small = write(folder / "small", "conll", rows(100, random.Random(9)))
        load_corpus(small)  # so that the libraries are there
        begun = time.perf_counter()
        with Peak() as peak:
            count = len(load_corpus(path).splits["train"])
        return peak.grown, time.perf_counter() - begun, count

    grown, seconds, count = in_child(read)
    return Found(
        grown < 200 and count == lines // 10,
        f"{lines:,} lines, {count:,} utterances: {grown:.0f} MB above, {seconds:.0f} s",
    )


# 10

_FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
_RAINBOW, _THUMB, _FLAG = "\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f44d\U0001f3fd", "\U0001f1f9"
_PIECES = (
    *("a", "B", "é", "e\u0301", "ß", "I\u0307", "7", "1,000", ".", ",", "'", "’", "-", "\u200d"),
    *(_FAMILY, _RAINBOW, _THUMB, _FLAG, 2 * _FLAG, "1\ufe0f\u20e3", "\u0301", "𠀀", "st.", "to "),
    *("\u05e9\u05dc\u05d5\u05dd", "\u0644\u0650", "\u202e", "\u2067", "\u200f", "\0", "\ud800"),
    *("月", "台北", "東京タワー", "서울", "\u0e44\u0e1b\u0e17\u0e35", "\u0928\u0938\u094d\u0924"),
    *("\ufeff", "\u2028", " ", " ", " ", "\t", "\n", "\u3000", "\u00a0", " Taipei", " 2nd "),
)


def odd_texts(quick: bool, folder: Path) -> Found:
    """Offsets of tokens and slots are of the text as it was given."""
    chance, count, wrong, tokens, slots = random.Random(10), 3_000 if quick else 100_000, 0, 0, 0
    marked = frozenset({"st.", ",", "."})
    fillers = [
        SlotFiller(make_model(name, tokenizer=cut, scale=2.0, intents=["go", "ask"]))
        for name, cut in zip(ARCHITECTURES, [*TOKENIZERS, *TOKENIZERS], strict=False)
    ]
    for first in range(0, count, 500):
        texts = []
        for _ in range(min(500, count - first)):
            pieces = [chance.choice(_PIECES) for _ in range(chance.randint(0, 12))]
            if chance.random() < 0.3:
                pieces.append(chr(chance.randrange(chance.choice([0x3000, 0x110000]))))
            texts.append("".join(pieces))
        for text in texts:
            for name in TOKENIZERS:
                cut = tokenize(text, name, marked)
                end = 0
                for word, (start, stop) in zip(cut.words, cut.offsets, strict=True):
                    wrong += text[start:stop] != word or not end <= start < stop
                    end = stop
                tokens += len(cut.words)
        for found in fillers[first // 500 % len(fillers)].tag_batch(texts):
            for slot in (*found.slots, *found.unsure):
                wrong += found.text[slot.start : slot.end] != slot.value or not slot.value
                slots += 1
    return Found(
        not wrong,
        f"{count:,} texts by {len(TOKENIZERS)} tokenizers, {tokens:,} tokens and {slots:,} slots: "
        f"{wrong} wrong",
    )


# 11


def unseen_tags(quick: bool, folder: Path) -> Found:
    """Tags that training never saw are counted, and are misses."""
    chance, corpora, wrong, spans = random.Random(11), 2 if quick else 20, 0, 0
    save_model(make_model(scale=2.0), folder / "model")
    filler = SlotFiller.load(folder / "model")
    for _ in range(corpora):
        tokens, tags = [], []
        for _ in range(100):
            length = chance.randint(1, 8)
            tokens.append([chance.choice(WORDS) for _ in range(length)])
            row = ["O"]
            for _ in range(length):
                other = chance.choice(["O", *TAGS, "B-seat", "B-price", f"I{row[-1][1:]}"])
                legal = other[0] != "I" or (row[-1] != "O" and other[1:] == row[-1][1:])
                row.append(other if legal else "O")
            tags.append(row[1:])
        some = [
            {"text": " ".join(t), "tokens": t, "tags": g, "intent": ""}
            for t, g in zip(tokens, tags, strict=True)
        ]
        write(folder / "c", "jsonl", some, "test")
        ended = run_command("evaluate", folder / "model", folder / "c", "--json")
        said = json.loads(ended.stdout)
        gold = [{(i, *s) for s in spans_of(row)} for i, row in enumerate(tags)]
        found = [
            {(i, *s) for s in spans_of(row)} for i, row in enumerate(filler.tag_tokens(tokens))
        ]
        right = sum(len(one & other) for one, other in zip(gold, found, strict=True))
        total = sum(map(len, gold))
        unseen = Counter(tag for row in tags for tag in row if tag not in filler.tags)
        expected = 2 * right / max(1, total + sum(map(len, found)))
        wrong += said["support"] != total or said["unseen_tags"] != dict(unseen)
        wrong += abs(said["f1"] - expected) > 1e-9 or not unseen
        wrong += any(said["slots"][slot]["f1"] for slot in ("seat", "price"))
        spans += total
    return Found(not wrong, f"{corpora} corpora, {spans:,} gold spans; {wrong} wrong figures")


# 25


def cache(quick: bool, folder: Path) -> Found:
    """Read a corpus again: the same, changed, and with its cache damaged."""
    chance, wrong, damaged = random.Random(25), [0, 0, 0], 0
    kept = empty(folder / "cache")
    os.environ["SLOTKIT_CACHE"] = str(kept)

    def whole(path: Path) -> tuple[Any, ...]:
        corpus = load_corpus(path)
        splits = {name: split[:] for name, split in corpus.splits.items()}
        return splits, corpus.notes, corpus.fingerprint, dict(corpus.lists)

    for layout in LAYOUTS:
        some = rows(50, chance)
        some[0]["tags"] = ["I-to", *some[0]["tags"][1:]]  # of which a note is made
        place = write(folder / "c", layout, some)
        empty(kept)
        before = whole(place)
        entries = sorted(kept.iterdir())
        again = whole(write(folder / "d", layout, some))
        wrong[0] += again != before or sorted(kept.iterdir()) != entries
        for _ in range(5):
            path = chance.choice(files_of(place))
            content = bytearray(path.read_bytes())
            at = chance.choice([i for i, b in enumerate(content) if chr(b).islower()])
            content[at : at + 1] = chance.choice([b"", b"zz"])
            path.write_bytes(content)
            with suppress(CorpusError):  # it is read, and no corpus any more
                wrong[1] += whole(place)[2] == before[2]
        place = write(folder / "c", layout, some)
        for path in files_of(entries[0]):
            content = path.read_bytes()
            for _ in range(10 if quick else 60):
                at = chance.randrange(len(content))
                bad = content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)])
                path.write_bytes(bad + (b"" if chance.random() < 0.2 else content[at + 1 :]))
                damaged += 1
                try:
                    read = whole(place)
                except Exception as error:
                    read = (repr(error),)
                if read != before:
                    wrong[2] += 1
                    print(f"cache: {path.name} at {at}: {read!s:.400}", file=sys.stderr)
                path.write_bytes(content)
    return Found(
        not any(wrong),
        f"equal and changed: {wrong[0] + wrong[1]} of {6 * len(LAYOUTS)} wrong; damaged at "
        f"{damaged} places: {wrong[2]} read wrong",
    )
