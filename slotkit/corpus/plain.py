"""Utterances without labels: a file with one a line."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from datasets import Dataset

from slotkit.corpus.columns import read_lists
from slotkit.errors import CorpusError
from slotkit.text.tokenizer import tokenize


class Plain(NamedTuple):
    """An utterance as it was given, and its tokens."""

    text: str
    tokens: list[str]


def read_plain(
    path: str,
    corpus: Mapping[str, Dataset],
    tokenizer: str,
    marked: Collection[str] = (),
    most_words: float = math.inf,
) -> tuple[list[Plain], Counter[str]]:
    """Read a file with an utterance a line; blank lines are none.

    Parameters
    ----------
    path : str
    corpus : mapping of str to Dataset
        The parts whose utterances are left out: what is tested, or held out, is not learned from.
    tokenizer, marked
        As of `slotkit.text.tokenizer.tokenize`.
    most_words : float
        Of an utterance.

    Returns
    -------
    list of Plain
    Counter of str
        How many lines were left out, by the part that they stand in.

    Raises
    ------
    CorpusError
        If the file cannot be read, a line is not UTF-8 or has too many words, or none is left.
    """
    known: dict[str, str] = {}
    for part, rows in corpus.items():
        known |= {_plain(tokens): part for tokens in read_lists(rows, "tokens")}
    kept: list[Plain] = []
    left_out: Counter[str] = Counter()
    try:
        with Path(path).open("rb") as file:
            for number, line in enumerate(file, start=1):
                raw = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                text = raw.decode().rstrip("\r\n")
                words = tokenize(text, tokenizer, marked).words
                if len(words) > most_words:
                    many = f"has {len(words)} words, more than the {most_words} learned positions"
                    raise CorpusError(many, path, number)
                if _plain(words) in known:
                    left_out[known[_plain(words)]] += 1
                elif words:
                    kept.append(Plain(text, words))
    except UnicodeDecodeError as error:
        raise CorpusError(f"not UTF-8 at byte {error.start + 1}", path, number) from error
    except (OSError, ValueError) as error:
        if isinstance(error, CorpusError):
            raise
        why = error.strerror if isinstance(error, OSError) else error
        raise CorpusError(f"cannot be read: {why}", path) from error
    if not kept:
        raise CorpusError("must hold an utterance a line that the corpus has not, got none", path)
    return kept, left_out


def _plain(words: Iterable[str]) -> str:
    """Write an utterance so that it is the same however it is cut and written."""
    return "".join(words).lower()
