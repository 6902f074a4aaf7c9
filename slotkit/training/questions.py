"""Questions that the tagger reads: words before the utterance, one for each slot asked after.

An answer is learned with its question and, less often, without, as of somebody who was not asked.
A quarter of all other utterances gets any question, so that the tagger knows those that pass over
it: what is out of scope, and orders, which fill what they say.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from datasets import Dataset, Features, Value

from slotkit.corpus.columns import read_lists
from slotkit.decoding.asked import question_words
from slotkit.text.tags import OUTSIDE

_OTHERS = 0.25  # share of the other utterances of train that get any question
_UNASKED = 0.25  # chance of an answer without its question to be taken in an epoch


def find_asked(train: Dataset) -> list[str]:
    """Return the slots that questions of train are after, and that its utterances fill."""
    if "asked" not in train.column_names:
        return []
    asked = {slot for slots in read_lists(train, "asked") for slot in slots}
    filled = {tag[2:] for tags in read_lists(train, "tags") for tag in tags if tag[:2] == "B-"}
    return sorted(asked & filled)


def put_questions(rows: Dataset, known: Collection[str], seed: int | None = None) -> Dataset:
    """Put before each utterance the words of its question.

    Parameters
    ----------
    rows : Dataset
        With ``tokens``, ``tags`` and ``asked``, which are changed.
    known : collection of str
        The slots that questions may be after.
    seed : int, optional
        Of the questions that are drawn for train; without it each utterance has its own.

    Returns
    -------
    Dataset
        With two columns more: ``answers``, whether an utterance has its own question, and
        ``chance``, of it to be taken in an epoch.
    """
    asked = [[slot for slot in slots if slot in known] for slots in read_lists(rows, "asked")]
    answers = [bool(slots) for slots in asked]
    taken, chances = [*range(len(rows))], [1.0] * len(rows)
    if seed is not None:
        random, choices = np.random.default_rng(seed), sorted(known)
        for row, chance in enumerate(random.random(len(rows)).tolist()):
            if not answers[row] and chance < _OTHERS:
                asked[row] = [choices[random.integers(len(choices))]]
        again = [row for row, one in enumerate(answers) if one]
        taken, asked = [*taken, *again], [*asked, *([] for _ in again)]
        answers += [False for _ in again]
        chances += [_UNASKED for _ in again]
    before = [question_words(slots, known) for slots in asked]
    columns = {
        name: [whole[row] for row in taken]
        for name, whole in ((name, rows[name][:]) for name in rows.column_names)
    }
    columns |= {
        "asked": asked,
        "tokens": _join(before, columns["tokens"]),
        "tags": _join([[OUTSIDE] * len(question) for question in before], columns["tags"]),
        "answers": answers,
        "chance": chances,
    }
    told = {"answers": Value("bool"), "chance": Value("float64")}
    return Dataset.from_dict(columns, features=Features(rows.features | told))


def _join(before: list[list[str]], behind: list[list[str]]) -> list[list[str]]:
    """Put lists before others."""
    return [[*one, *other] for one, other in zip(before, behind, strict=True)]
