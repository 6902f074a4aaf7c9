"""Disturbances that leave the slots of an utterance as they are: typos, case, words left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import combinations

import numpy as np

from slotkit.augment import misspell
from slotkit.stress.cues import Cues
from slotkit.stress.parsed import Utterance, find_roles, parse
from slotkit.tags import OUTSIDE

CASES: dict[str, Callable[[str], str]] = {
    "lower case": str.lower,
    "UPPER CASE": str.upper,
    "Title Case": str.title,
}


def perturb(
    train_tokens: Sequence[Sequence[str]],
    train_tags: Sequence[Sequence[str]],
    tokens: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]],
    *,
    seed: int = 1,
) -> dict[str, dict[int, Utterance]]:
    """Disturb utterances in ways that leave their slots as they are.

    Parameters
    ----------
    train_tokens, train_tags, tokens, tags, seed
        As in `stress`.

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
    rows = [
        Utterance(list(words), list(labels)) for words, labels in zip(tokens, tags, strict=True)
    ]
    outside = [[i for i, tag in enumerate(row.tags) if tag == OUTSIDE] for row in rows]
    spare = [
        [i for i in _free(row, values) if row.tokens[i].lower() not in cue_words] for row in rows
    ]
    letters = sorted(
        {c for words, _ in rows for w in words if len(w) > 1 for c in w if c.isalpha()}
    )
    signs = sorted(
        {
            sign
            for (words, _), places in zip(rows, outside, strict=True)
            for sign in (words[i] for i in places)
            if len(sign) == 1 and sign.isalpha() and sign.upper() == sign and sign not in cue_words
        }
    )

    def typo(row: Utterance, places: Sequence[int], free: Sequence[int]) -> Utterance | None:
        """Misspell one of the words in `places`, or replace a sign in one of the `free` places."""
        words = row.tokens
        places = [i for i in places if len(words[i]) >= 4 and words[i].isalpha()]
        places += [i for i in free if words[i] in signs]
        if not places:
            return None
        place = places[int(random.integers(len(places)))]
        if words[place] in signs:
            return _put(row, place, [signs[int(random.integers(len(signs)))]])
        return _put(row, place, [misspell(words[place], letters, random)])

    def left_out(row: Utterance, free: Sequence[int]) -> Utterance | None:
        """Leave out one of the words in `free` places."""
        return _put(row, free[int(random.integers(len(free)))], []) if free else None

    changed: dict[str, list[Utterance | None]] = {
        "typo in a value": [
            typo(row, [i for i, tag in enumerate(row.tags) if tag != OUTSIDE], []) for row in rows
        ],
        "typo outside": [typo(*one) for one in zip(rows, outside, spare, strict=True)],
    }
    for name, case in CASES.items():
        changed[name] = [Utterance([case(w) for w in words], labels) for words, labels in rows]
    changed["word left out"] = [left_out(*one) for one in zip(rows, spare, strict=True)]
    found = {
        name: {
            number: new
            for number, (row, new) in enumerate(zip(rows, disturbed, strict=True))
            if new is not None and new.tokens and new != row
        }
        for name, disturbed in changed.items()
    }
    return {name: utterances for name, utterances in found.items() if utterances}


def _free(row: Utterance, values: Collection[tuple[str, ...]]) -> list[int]:
    """Find the tokens in no span and beside none; none at all where a value is not labelled."""
    words, tags = [token.lower() for token in row.tokens], [OUTSIDE, *row.tags, OUTSIDE]
    for start, end in combinations(range(len(words) + 1), 2):
        if tuple(words[start:end]) in values and set(row.tags[start:end]) == {OUTSIDE}:
            return []
    return [i for i in range(len(words)) if set(tags[i : i + 3]) == {OUTSIDE}]


def _put(row: Utterance, place: int, new: Sequence[str]) -> Utterance:
    """Put other tokens, or none, into the place of one."""
    tokens, tags = row
    return Utterance(
        [*tokens[:place], *new, *tokens[place + 1 :]],
        [*tags[:place], *[tags[place]] * len(new), *tags[place + 1 :]],
    )
