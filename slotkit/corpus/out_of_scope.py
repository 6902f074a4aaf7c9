"""Plain lines that are out of scope, beside the utterances of a corpus that are in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from datasets import Dataset, concatenate_datasets

from slotkit.corpus.plain import Plain
from slotkit.decoding.scope import OUT_OF_SCOPE
from slotkit.text.tags import OUTSIDE

_HELD_OUT = 10  # one line in ten goes to validation, where there is such a part


def to_rows(utterances: Sequence[Plain], like: Dataset) -> Dataset:
    """Make rows of utterances that are out of scope, with the columns of a split."""
    rows: dict[str, list[object]] = {
        "text": [one.text for one in utterances],
        "tokens": [one.tokens for one in utterances],
        "tags": [[OUTSIDE] * len(one.tokens) for one in utterances],
        "intent": [OUT_OF_SCOPE] * len(utterances),
    }
    columns = {name: rows.get(name, [[] for _ in utterances]) for name in like.column_names}
    return Dataset.from_dict(columns, features=like.features)


def add_to_split(split: Dataset, utterances: Sequence[Plain]) -> Dataset:
    """Add utterances that are out of scope at the end of a split."""
    return concatenate_datasets([split, to_rows(utterances, split)])


def add_to_training(
    splits: Mapping[str, Dataset], utterances: Sequence[Plain]
) -> dict[str, Dataset]:
    """Add them to train, and every tenth to validation where there is one."""
    held_out = np.arange(len(utterances)) % _HELD_OUT == 1
    held_out &= "validation" in splits
    added = dict(splits)
    for name, own in ("train", ~held_out), ("validation", held_out):
        if own.any():
            some = [one for one, here in zip(utterances, own.tolist(), strict=True) if here]
            added[name] = add_to_split(splits[name], some)
    return added
