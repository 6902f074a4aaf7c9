"""How a tagger stands up to what should not throw it: minimal pairs, and disturbed words.

"Arrive Taipei" and "leave Taipei" differ in one word, the cue, and the same Taipei must get
another slot. A tagger that looks at one word at a time cannot get both right; one that reads
forward can where the cue stands before the value, and not where it stands behind it.

A *role* is a slot whose kind of value other slots hold too (see `slotkit.kinds`). Words are
compared in lower case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from slotkit.scoring import score
from slotkit.stress.disturb import CASES, perturb
from slotkit.stress.pairs import SIDES, WAYS, Pair, build_pairs
from slotkit.stress.parsed import Utterance, find_roles
from slotkit.stress.report import Disturbance, PairScore, StressReport, Wrong, annotate
from slotkit.tags import spans_of

__all__ = [
    "CASES",
    "SIDES",
    "WAYS",
    "Disturbance",
    "Pair",
    "PairScore",
    "StressReport",
    "TagTokens",
    "Utterance",
    "Wrong",
    "annotate",
    "build_pairs",
    "find_roles",
    "perturb",
    "stress",
]

TagTokens = Callable[[list[list[str]]], list[list[str]]]


def stress(
    tag_tokens: TagTokens,
    train_tokens: Sequence[Sequence[str]],
    train_tags: Sequence[Sequence[str]],
    tokens: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]],
    *,
    seed: int = 1,
) -> StressReport:
    """Try a tagger on minimal pairs and on disturbed utterances.

    Parameters
    ----------
    tag_tokens : callable
        From the tokens of utterances to the tags of each, as `SlotFiller.tag_tokens`.
    train_tokens, train_tags
        Labelled utterances from which kinds and cues are learned.
    tokens, tags
        The labelled utterances to try it on, IOB2.
    seed : int
        For what is drawn: pairs where there are more than 1,000 of a way, letters, words.

    Returns
    -------
    StressReport
    """
    roles = find_roles(train_tokens, train_tags)
    pairs = build_pairs(train_tokens, train_tags, tokens, tags, seed=seed)
    gold = [
        Utterance(list(words), list(labels)) for words, labels in zip(tokens, tags, strict=True)
    ]
    disturbed = perturb(train_tokens, train_tags, tokens, tags, seed=seed)
    halves = [half for pair in pairs for half in (pair.first, pair.second)]
    changed = [found for rows in disturbed.values() for found in rows.values()]
    wanted = {tuple(words): list(words) for words, _ in [*gold, *halves, *changed]}
    known = dict(zip(wanted, tag_tokens(list(wanted.values())), strict=True))

    def figures(utterances: Sequence[Utterance]) -> tuple[float, float]:
        """Compute F1, and the share of utterances that are right in every tag."""
        right = [row.tags for row in utterances]
        found = [known[tuple(row.tokens)] for row in utterances]
        return score(right, found), float(
            np.mean([a == b for a, b in zip(right, found, strict=True)])
        )

    disturbances = []
    for name, rows in disturbed.items():
        f1_before, exact_before = figures([gold[number] for number in rows])
        f1_after, exact_after = figures(list(rows.values()))
        disturbances.append(
            Disturbance(
                name=name,
                utterances=len(rows),
                f1_before=f1_before,
                f1_after=f1_after,
                exact_before=exact_before,
                exact_after=exact_after,
            )
        )
    results = [
        Wrong(pair, (known[tuple(pair.first.tokens)], known[tuple(pair.second.tokens)]))
        for pair in pairs
    ]
    wrong = [one for one in results if one.predicted != (one.pair.first.tags, one.pair.second.tags)]
    order = np.random.default_rng(seed).permutation(len(wrong))
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for slot, kind in roles.items():
        kinds[kind].append(slot)
    return StressReport(
        seed=seed,
        roles=dict(kinds),
        pairs=_pair_scores(results, roles),
        disturbances=disturbances,
        wrong=[wrong[number] for number in order],
    )


def _pair_scores(results: Iterable[Wrong], roles: Mapping[str, str]) -> list[PairScore]:
    """Count the pairs with both utterances right."""
    counted: defaultdict[tuple[int, int], list[tuple[bool, bool]]] = defaultdict(list)
    for pair, predicted in results:
        halves = list(zip((pair.first.tags, pair.second.tags), predicted, strict=True))
        right = all(gold == found for gold, found in halves)
        role = all(
            {s for s in spans_of(g) if s.slot in roles} <= set(spans_of(f)) for g, f in halves
        )
        counted[WAYS.index(pair.way), SIDES.index(pair.side)].append((right, role))
    scores = []
    for (way, side), found in sorted(counted.items()):
        both, both_roles = np.mean(found, axis=0).tolist()
        scores.append(
            PairScore(
                way=WAYS[way], side=SIDES[side], pairs=len(found), both=both, both_roles=both_roles
            )
        )
    return scores
