"""How well a tagger tells what is none of its business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from slotkit.decoding.scope import OUT_OF_SCOPE
from slotkit.evaluation.calibration import auroc
from slotkit.evaluation.scoring import score
from slotkit.evaluation.tagged import tag_split
from slotkit.evaluation.thresholds import lower_bound
from slotkit.model.model import Model
from slotkit.tagging.result import Tagging
from slotkit.text.tags import OUTSIDE

if TYPE_CHECKING:
    from datasets import Dataset

MOST_REJECTED = 0.02  # share of utterances in scope that training allows to be rejected


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


def reject_few(probabilities: Sequence[float], share: float) -> float:
    """Find the largest threshold below which few of the utterances in scope lie.

    Parameters
    ----------
    probabilities : sequence of float
        Of utterances in scope, to be so.
    share : float
        So many are rejected that with 95 % no more than this share ever are.
    """
    ordered = sorted(probabilities)
    return ordered[most_rejected(len(ordered), share)] if share and ordered else 0.0


def most_rejected(count: int, share: float) -> int:
    """Find how many of so many may be rejected, so that with 95 % no more than a share ever are.

    By Wilson's bound, see `slotkit.evaluation.thresholds.lower_bound`; 0 where even none rejected
    would not speak for it.

    Examples
    --------
    >>> most_rejected(700, 0.02), most_rejected(100, 0.02)
    (7, 0)
    """
    rejected = 0
    while rejected + 1 < count and 1 - lower_bound(count - rejected - 1, count) <= share:
        rejected += 1
    return rejected


def scope_threshold(model: Model, rows: Dataset, share: float) -> dict[str, Any]:
    """Choose the threshold of scope on a split: it, ``in_scope`` utterances, those ``rejected``."""
    taggings = tag_split(model, rows)
    told = [
        1.0 if tagging.in_scope is None else tagging.in_scope
        for tagging, label in zip(taggings, rows["intent"][:], strict=True)
        if label != OUT_OF_SCOPE
    ]
    threshold = reject_few(told, share)
    rejected = sum(one < threshold for one in told)
    return {"threshold": threshold, "in_scope": len(told), "rejected": rejected}


def _share(found: Sequence[bool], among: Sequence[bool]) -> float | None:
    """Return the share of utterances, among some, of which something holds."""
    count = sum(among)
    if not count:
        return None
    return sum(a and b for a, b in zip(found, among, strict=True)) / count
