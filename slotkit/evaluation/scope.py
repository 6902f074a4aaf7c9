"""How well a tagger tells what is none of its business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slotkit.decoding.scope import OUT_OF_SCOPE
from slotkit.evaluation.calibration import auroc
from slotkit.evaluation.scoring import score
from slotkit.tagging.result import Tagging
from slotkit.text.tags import OUTSIDE


def judge_scope(
    taggings: Sequence[Tagging], gold: Sequence[Sequence[str]], intents: Sequence[str]
) -> dict[str, Any]:
    """Hold what is rejected against what is out of scope.

    Parameters
    ----------
    taggings : sequence of Tagging
        Of a model that tells.
    gold : sequence of sequence of str
        The tags of each utterance.
    intents : sequence of str
        Their labels; out of scope is `OUT_OF_SCOPE`.

    Returns
    -------
    dict
        ``in_scope`` and ``out_of_scope``, utterances of each kind; ``false_rejections``, of those
        in scope, and ``recall``, of those out of it, the shares that are rejected; ``filled``, of
        those out of scope, the share that fills a slot; ``auroc`` of the probability of being in
        scope; ``f1_after``, strict, with the slots of rejected utterances left out. None where
        there is nothing to tell it from.
    """
    inside = [label != OUT_OF_SCOPE for label in intents]
    rejected = [tagging.rejected for tagging in taggings]
    filled = [bool(tagging.slots) for tagging in taggings]
    kept = [
        [OUTSIDE] * len(tagging.tags) if tagging.rejected else tagging.tags for tagging in taggings
    ]
    outside = [not one for one in inside]
    sure = [1.0 if tagging.in_scope is None else tagging.in_scope for tagging in taggings]
    return {
        "in_scope": sum(inside),
        "out_of_scope": sum(outside),
        "false_rejections": _share(rejected, inside),
        "recall": _share(rejected, outside),
        "filled": _share(filled, outside),
        "auroc": auroc(sure, inside),
        "f1_after": score(gold, kept),
    }


def _share(found: Sequence[bool], among: Sequence[bool]) -> float | None:
    """Return the share of utterances, among some, of which something holds."""
    count = sum(among)
    if not count:
        return None
    return sum(a and b for a, b in zip(found, among, strict=True)) / count
