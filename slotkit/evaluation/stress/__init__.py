"""How a tagger stands up to what should not throw it: minimal pairs, and disturbed words.

"Arrive Taipei" and "leave Taipei" differ in one word, the cue, and the same Taipei must get
another slot. A tagger that looks at one word at a time cannot get both right; one that reads
forward can where the cue stands before the value, and not where it stands behind it.

A *role* is a slot whose kind of value other slots hold too (see `slotkit.text.kinds`). Words are
compared in lower case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from slotkit.evaluation.scoring import score
from slotkit.evaluation.stress.disturb import perturb
from slotkit.evaluation.stress.pairs import SIDES, WAYS, Pair, build_pairs
from slotkit.evaluation.stress.parsed import Utterance, find_roles
from slotkit.text.tags import spans_of

TagTokens = Callable[[list[list[str]]], list[list[str]]]


class Wrong(NamedTuple):
    """A pair that was not tagged right, and the tags that both utterances got."""

    pair: Pair
    predicted: list[list[str]]


class PairScore(NamedTuple):
    """The share of pairs of one way and side with both utterances right.

    `both` is in every tag, `both_roles` in border and slot of every gold span that is a role.
    """

    way: str
    side: str
    pairs: int
    both: float
    both_roles: float


class Disturbance(NamedTuple):
    """Span F1 (strict) and the share of utterances right in every tag, before and after.

    All figures are of the `utterances` that the disturbance changes.
    """

    name: str
    utterances: int
    f1_before: float
    f1_after: float
    exact_before: float
    exact_after: float


class StressReport(NamedTuple):
    """What `stress` finds.

    Parameters
    ----------
    roles : dict of str to list of str
        Each kind of value that several slots hold, and these slots.
    pairs : list of PairScore
        In the order of `WAYS` and `SIDES`; ways and sides without pairs are left out.
    disturbances : list of Disturbance
        Those that change an utterance.
    wrong : list of Wrong
        Every pair that is not right in every tag, in an order that the seed decides.
    """

    seed: int
    roles: dict[str, list[str]]
    pairs: list[PairScore]
    disturbances: list[Disturbance]
    wrong: list[Wrong]

    def to_json(self) -> dict[str, Any]:
        """Give the figures as what JSON holds, without the wrong pairs."""
        pairs = [row._asdict() for row in self.pairs]
        changes = [row._asdict() for row in self.disturbances]
        return {"seed": self.seed, "roles": self.roles, "pairs": pairs, "disturbances": changes}

    def describe(self, count: int) -> str:
        """Write the first `count` wrong pairs of each way and side, spans as [slot|words]."""
        lines: list[str] = []
        for way, side in product(WAYS, SIDES):
            found = [one for one in self.wrong if (one.pair.way, one.pair.side) == (way, side)]
            if found[:count]:
                lines += ["", f"# {way}, {side}: {len(found)} wrong"]
            for pair, predicted in found[:count]:
                lines.append("")
                for (tokens, tags), guess in zip((pair.first, pair.second), predicted, strict=True):
                    shown = "as gold" if guess == tags else annotate(tokens, guess)
                    lines += ["  gold       " + annotate(tokens, tags), "  predicted  " + shown]
        return "\n".join([*lines[1:], ""]) if lines else ""


def annotate(tokens: Sequence[str], tags: Sequence[str]) -> str:
    """Write an utterance with its spans in brackets.

    Examples
    --------
    >>> annotate(["to", "New", "York"], ["O", "B-city", "I-city"])
    'to [city|New York]'
    """
    written = list(tokens)
    for start, end, slot in reversed(spans_of(tags)):
        written[start:end] = [f"[{slot}|{' '.join(tokens[start:end])}]"]
    return " ".join(written)


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
    """
    roles = find_roles(train_tokens, train_tags)
    pairs = build_pairs(train_tokens, train_tags, tokens, tags, seed=seed)
    disturbed = perturb(train_tokens, train_tags, tokens, tags, seed=seed)
    gold = [Utterance(list(words), list(names)) for words, names in zip(tokens, tags, strict=True)]
    halves = [half for pair in pairs for half in (pair.first, pair.second)]
    changed = [found for rows in disturbed.values() for found in rows.values()]
    wanted = {tuple(words): words for words, _ in [*gold, *halves, *changed]}
    known = dict(zip(wanted, tag_tokens(list(wanted.values())), strict=True))

    def predict(rows: Iterable[Utterance]) -> list[list[str]]:
        return [known[tuple(words)] for words, _ in rows]

    def figures(rows: Sequence[Utterance]) -> tuple[float, float]:
        """Compute F1, and the share of utterances that are right in every tag."""
        right, found = [names for _, names in rows], predict(rows)
        return score(right, found), float(
            np.mean([one == row for one, row in zip(right, found, strict=True)])
        )

    disturbances = []
    for name, rows in disturbed.items():
        f1_before, exact_before = figures([gold[number] for number in rows])
        f1_after, exact_after = figures(list(rows.values()))
        exact = exact_before, exact_after
        disturbances.append(Disturbance(name, len(rows), f1_before, f1_after, *exact))
    results = [Wrong(pair, predict((pair.first, pair.second))) for pair in pairs]
    wrong = [one for one in results if one.predicted != [one.pair.first.tags, one.pair.second.tags]]
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
    right: defaultdict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for pair, predicted in results:
        gold = [pair.first.tags, pair.second.tags]
        role = all(
            {span for span in spans_of(tags) if span.slot in roles} <= set(spans_of(found))
            for tags, found in zip(gold, predicted, strict=True)
        )
        right[pair.way, pair.side].append((gold == predicted, role))
    return [
        PairScore(*row, len(right[row]), *np.mean(right[row], axis=0).tolist())
        for row in product(WAYS, SIDES)
        if row in right
    ]
