"""Disturbances that leave the slots of an utterance as they are: typos, case, words left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import combinations

import numpy as np

from slotkit.evaluation.stress.cues import Cues
from slotkit.evaluation.stress.parsed import Utterance, find_roles, parse
from slotkit.text.spelling import misspell
from slotkit.text.tags import OUTSIDE

CASES = {"lower case": str.lower, "UPPER CASE": str.upper, "Title Case": str.title}


def perturb(
    train_tokens: Sequence[Sequence[str]],
    train_tags: Sequence[Sequence[str]],
    tokens: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]],
    *,
    seed: int = 1,
) -> dict[str, dict[int, Utterance]]:
    """Disturb labelled utterances, as `stress` takes them.

    Returns
    -------
    dict of str to dict of int to Utterance
        Of each disturbance the utterances that it changes, by their number; disturbances that
        change none are left out.

        - ``typo in a value``, ``typo outside``: a word of four letters or more is misspelt by
          one; outside, also a spare letter that has no case, such as a Chinese character, is
          replaced by another.
        - ``lower case``, ``UPPER CASE``, ``Title Case``.
        - ``word left out``: a spare one.

        A token is spare when it is in no span and beside none, no cue, and no word of its
        utterance is a value that is not labelled (what is taken back: "no, not Rome").
    """
    random = np.random.default_rng(seed)
    train = parse(train_tokens, train_tags, find_roles(train_tokens, train_tags))
    cue_words = Cues(train).words
    values = {tuple(map(str.lower, part.tokens)) for row in train for _, part in row.roles()}
    rows = [Utterance(list(words), list(names)) for words, names in zip(tokens, tags, strict=True)]
    free = [
        [i for i in _free(row, values) if row.tokens[i].lower() not in cue_words] for row in rows
    ]
    letters = sorted(
        {c for words, _ in rows for w in words if len(w) > 1 for c in w if c.isalpha()}
    )
    outside = {word for row in rows for word, tag in zip(*row, strict=True) if tag == OUTSIDE}
    caseless = {w for w in outside - cue_words if w.isalpha() and w.lower() == w.upper()}
    signs = sorted(w for w in caseless if len(w) == 1)

    def typo(word: str) -> list[str]:
        """Misspell a word, or replace a sign by another."""
        others = [sign for sign in signs if sign != word]
        if word in signs and others:
            return [others[int(random.integers(len(others)))]]
        tries = (misspell(word, letters, random) for _ in range(10))  # a letter may become itself
        return [next((new for new in tries if new != word), word)]

    def change(row: Utterance, places: Sequence[int], new: Callable[[str], list[str]]) -> Utterance:
        """Put a new word, or none, into one of some places."""
        if not places:
            return row
        place = places[int(random.integers(len(places)))]
        (words, names), put = row, new(row.tokens[place])
        return Utterance(
            [*words[:place], *put, *words[place + 1 :]],
            [*names[:place], *[names[place]] * len(put), *names[place + 1 :]],
        )

    changed: dict[str, list[Utterance]] = {"typo in a value": [], "typo outside": []}
    for row in rows:
        places = [i for i in _long(row) if row.tags[i] != OUTSIDE]
        changed["typo in a value"].append(change(row, places, typo))
    for row, spare in zip(rows, free, strict=True):
        places = [i for i in _long(row) if row.tags[i] == OUTSIDE]
        places += [i for i in spare if row.tokens[i] in signs]
        changed["typo outside"].append(change(row, places, typo))
    for name, case in CASES.items():
        changed[name] = [Utterance([case(word) for word in words], names) for words, names in rows]
    changed["word left out"] = [
        change(row, spare, lambda word: []) for row, spare in zip(rows, free, strict=True)
    ]
    found = {
        name: {i: new for i, new in enumerate(disturbed) if new.tokens and new != rows[i]}
        for name, disturbed in changed.items()
    }
    return {name: utterances for name, utterances in found.items() if utterances}


def _long(row: Utterance) -> list[int]:
    """Find the words that can be misspelt."""
    return [i for i, word in enumerate(row.tokens) if len(word) >= 4 and word.isalpha()]


def _free(row: Utterance, values: Collection[tuple[str, ...]]) -> list[int]:
    """Find the tokens in no span and beside none; none at all where a value is not labelled."""
    words, tags = [token.lower() for token in row.tokens], [OUTSIDE, *row.tags, OUTSIDE]
    for start, end in combinations(range(len(words) + 1), 2):
        if tuple(words[start:end]) in values and set(row.tags[start:end]) == {OUTSIDE}:
            return []
    return [i for i in range(len(words)) if set(tags[i : i + 3]) == {OUTSIDE}]
