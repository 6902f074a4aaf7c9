"""Files of utterances without tags that a training takes beside its corpus."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from datasets import DatasetDict

from slotkit.corpus import Corpus
from slotkit.corpus.out_of_scope import add_to_training
from slotkit.corpus.plain import Plain, read_plain
from slotkit.model.model import Model
from slotkit.training.prepare import find_cut
from slotkit.training.recipe import Recipe
from slotkit.training.unlabelled import learn_words


def learn_file(
    corpus: Corpus, recipe: Recipe, start: Model | None, say: Callable[[str], None] | None
) -> tuple[Model, str]:
    """Learn the words of utterances without tags: what training begins from, the file's digest."""
    what = "the words of {} are learned"
    utterances, tokenizer, digest = _read_plain(corpus, recipe.unlabelled, recipe, what, say)
    words = [one.tokens for one in utterances]
    return learn_words(words, replace(recipe, tokenizer=tokenizer), start), digest


def add_out_of_scope(
    corpus: Corpus, recipe: Recipe, say: Callable[[str], None] | None
) -> tuple[Corpus, str]:
    """Add utterances that are out of scope to a corpus; return also their file's digest."""
    what = "{} out of scope"
    utterances, _, digest = _read_plain(corpus, recipe.out_of_scope, recipe, what, say)
    splits = DatasetDict(add_to_training(corpus.splits, utterances))
    return corpus._replace(splits=splits), digest


def _read_plain(
    corpus: Corpus, path: str, recipe: Recipe, what: str, say: Callable[[str], None] | None
) -> tuple[list[Plain], str, str]:
    """Read a file of utterances that the corpus has not, the tokenizer's name, and its digest."""
    tokenizer, marked = find_cut(corpus.splits["train"], recipe)
    positions = recipe.arguments.get("positions") == "learned"
    most_words = recipe.arguments["max_length"] if positions else math.inf
    utterances, left_out = read_plain(path, corpus.splits, tokenizer.name, marked, most_words)
    if say is not None:
        parts = ", ".join(f"{count} of {part}" for part, count in sorted(left_out.items()))
        more = f"; left out, for they stand in the corpus: {parts}" if parts else ""
        count = f"{len(utterances)} utterance" + "s" * (len(utterances) > 1)
        say(f"{path}: {what.format(count)}{more}")
    with Path(path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return utterances, tokenizer.name, digest
