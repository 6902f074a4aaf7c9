"""What training holds out of a corpus without a validation part, and evaluation looks at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from datasets import Dataset

from slotkit.errors import TrainingError

_HELD_OUT = 10  # one utterance in ten


def hold_out(splits: Mapping[str, Dataset]) -> tuple[Dataset, Dataset]:
    """Return train and validation; without validation, every tenth utterance of train is held out.

    Raises
    ------
    TrainingError
        If there is no train split, or too little in it.
    """
    if "train" not in splits:
        raise TrainingError(f"training needs a train split, the corpus has {', '.join(splits)}")
    train = splits["train"]
    if "validation" in splits:
        return train, splits["validation"]
    if len(train) < 2:
        raise TrainingError("without a validation split, training needs at least 2 utterances")
    held_out = np.arange(len(train)) % min(_HELD_OUT, len(train)) == 1
    return train.select(np.flatnonzero(~held_out)), train.select(np.flatnonzero(held_out))
