"""The words of a corpus' training part."""

from __future__ import annotations

import json
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

from slotkit.corpus import load_corpus
from slotkit.corpus.formats.find import bundled
from slotkit.errors import CorpusError


def train_words(corpus: str, **how: Any) -> Counter[str]:
    """Count the words of the training part; those of a bundled corpus without the train extra.

    Parameters
    ----------
    corpus, how
        As in `slotkit.corpus.load_corpus`.

    Raises
    ------
    CorpusError
        If the corpus has no training part, or as `load_corpus`.
    """
    folder = bundled().get(corpus)
    if folder is not None and not Path(corpus).exists():
        with (folder / "train.jsonl").open("rb") as file:
            return Counter(chain.from_iterable(json.loads(line)["tokens"] for line in file))
    splits = load_corpus(corpus, **how).splits
    if "train" not in splits:
        raise CorpusError("has no train split", corpus)
    return Counter(chain.from_iterable(splits["train"]["tokens"]))
