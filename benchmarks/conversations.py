"""How many conversations with a booking bot come all the way to the right frame.

    python benchmarks/conversations.py --model en=MODEL --model zh=MODEL [--misspelt] [--seed 1]

Plays ``tests/conversations_en.jsonl`` and ``_zh.jsonl``: what a user says, in order, whatever the
bot answers; then the frame must be the one that is written there, to the last value. With
``--misspelt`` one word of each text has a wrong letter, and a name in the frame may have it too;
Chinese has no words of letters and stays.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

import slotkit
from slotkit.frames import Dialogue, Frames, Turn, read_frames
from slotkit.frames.schema import check_arguments
from slotkit.text.spelling import LETTERS, misspell
from slotkit.values.fold import is_chinese

TESTS = Path(__file__).parent.parent / "tests"


def main() -> None:
    """Play the conversations of each language and print the share that comes through."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", action="append", required=True, metavar="LANGUAGE=FOLDER")
    parser.add_argument("--misspelt", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--turns", action="store_true", help="show every turn of what fails")
    given = parser.parse_args()
    for language, _, folder in (one.partition("=") for one in given.model):
        frames = read_frames()
        dialogue = Dialogue(slotkit.load(folder), frames, language)
        random = np.random.default_rng(given.seed)
        right = total = 0
        for conversation in read(TESTS / f"conversations_{language}.jsonl"):
            wrong_words: dict[str, str] = {}
            if given.misspelt:
                texts = [misspell_once(text, random, wrong_words) for text in conversation["turns"]]
                conversation["turns"] = texts
            turns = play(dialogue, conversation)
            wrong = difference(conversation, turns[-1], frames, language, wrong_words)
            total += 1
            right += not wrong
            if wrong:
                print(f"{language} {conversation['name']}: {wrong}")
                for text, turn in zip(conversation["turns"], turns, strict=True):
                    if given.turns:
                        print(f"    > {text}\n      {turn.say}")
        print(f"{language}: {right} of {total}, {100 * right / total:.0f} %")


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Read conversations."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def play(dialogue: Dialogue, conversation: dict[str, Any]) -> list[Turn]:
    """Say what the user says, turn by turn."""
    state, turns = None, []
    for text in conversation["turns"]:
        turn = dialogue.turn(state, text, now=datetime.fromisoformat(conversation["now"]))
        state = json.loads(json.dumps(turn.state))  # as a program would keep it
        turns.append(turn)
    return turns


def difference(
    conversation: dict[str, Any],
    last: Turn,
    frames: Frames,
    language: str,
    wrong_words: dict[str, str],
) -> str:
    """Say how a frame differs from what it should be; nothing where it does not."""
    text = json.dumps(last.frame, ensure_ascii=False)
    for wrong_word, word in wrong_words.items():
        text = text.replace(wrong_word, word)
    found, wanted = json.loads(text), conversation["frame"]
    if conversation["intent"] is not None and last.intent is not None:
        # Names are those of the lists of names: 成都 is Chengdu.
        now = datetime.fromisoformat(conversation["now"])
        found, _ = check_arguments(frames, last.intent, found, now=now, language=language)
        wanted, problems = check_arguments(
            frames, conversation["intent"], wanted, now=now, language=language
        )
        if problems:
            raise SystemExit(f"{conversation['name']}: {problems}")
    slots = [
        f"{slot} is {found.get(slot)!r}, not {wanted.get(slot)!r}"
        for slot in sorted({*found, *wanted})
        if found.get(slot) != wanted.get(slot)
    ]
    if last.intent != conversation["intent"] and not slots:
        slots = [f"intent is {last.intent!r}"]
    if not slots and not last.done and conversation["intent"] is not None:
        slots = [f"not confirmed, but asked: {last.say}"]
    return "; ".join(slots)


def misspell_once(text: str, random: np.random.Generator, wrong_words: dict[str, str]) -> str:
    """Misspell one word of a text that has one, and note which one it was."""
    words = [word for word in LETTERS.finditer(text) if not is_chinese(word[0])]
    if not words:
        return text
    word = words[int(random.integers(len(words)))]
    letters = sorted({letter for letter in text.casefold() if letter.isalpha()})
    wrong_word = misspell(word[0], letters, random)
    wrong_words[wrong_word] = word[0]
    return text[: word.start()] + wrong_word + text[word.end() :]


if __name__ == "__main__":
    main()
