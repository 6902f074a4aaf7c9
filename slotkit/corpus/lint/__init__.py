"""Mistakes of a labelled corpus, found without a model.

What is certain (an I- that continues nothing, a tag that training lacks) is told apart from what
is only suspect: words that are nearly always labelled and here are not. Words are compared in
lower case, as the encoders do by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from slotkit.corpus.formats.rows import Row
from slotkit.corpus.lint.borders import find_borders, find_edges
from slotkit.corpus.lint.findings import Finding, Place
from slotkit.corpus.lint.labels import (
    find_lookalikes,
    find_outside,
    find_two_kinds,
    find_two_labellings,
)
from slotkit.corpus.lint.misfits import find_cut_tokens
from slotkit.corpus.lint.names import find_near_labels
from slotkit.corpus.lint.splits import (
    find_in_train,
    find_rare,
    find_shared_templates,
    find_unseen_tags,
)
from slotkit.corpus.lint.spots import Utterance
from slotkit.corpus.lint.values import Values


def validate(splits: Mapping[str, Iterable[Row]]) -> list[Finding]:
    """Look for mistakes in a corpus.

    Parameters
    ----------
    splits : mapping of str to iterable of Row
        As `read_splits` or `load_corpus` gives them, tags in legal IOB2.

    Returns
    -------
    list of Finding
        By kind, in the order of `KINDS`; what is suspect by falling suspicion. "Nearly always"
        means that, with a confidence of nine in ten, it is so in more than half of such places:
        four times out of five will do, three out of four not.
    """
    utterances = [
        Utterance(Place(split, number), row)
        for split, rows in splits.items()
        for number, row in enumerate(rows, 1)
    ]
    values = Values(utterances)
    findings = [
        *find_cut_tokens(utterances),
        *find_edges(utterances, values),
        *find_borders(utterances, values),
        *find_two_labellings(utterances),
        *find_outside(utterances, values),
        *find_two_kinds(utterances, values),
        *find_lookalikes(utterances, values),
        *find_near_labels(utterances),
    ]
    if train := [one for one in utterances if one.place.split == "train"]:
        findings += [*find_in_train(utterances), *find_rare(train)]
        findings += [*find_unseen_tags(utterances), *find_shared_templates(utterances)]
    return findings
