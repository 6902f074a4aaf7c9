"""A model on a labelled split: its scores, its mistakes, and how far to trust what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slotkit.decoding.intents import accuracy, split_intents
from slotkit.evaluation.calibration import Trust, measure
from slotkit.evaluation.evaluate import Report, evaluate, seen_values
from slotkit.evaluation.mistakes import Analysis, analyse
from slotkit.evaluation.scope import judge_scope
from slotkit.evaluation.tagged import tag_split
from slotkit.evaluation.thresholds import Judged, judge
from slotkit.model.model import Model
from slotkit.text.kinds import find_kinds, slot_values

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What `examine` finds.

    Parameters
    ----------
    report : Report
        Scores of spans.
    analysis : Analysis
        Their mistakes.
    before, after : Trust
        Confidences of the predicted spans at temperature 1 and at the model's.
    temperature : float
        The model's.
    intent : dict or None
        `slotkit.decoding.intents.accuracy`, and under ``unseen`` how often gold has each intent
        that training never saw; None from a model that tells no intents.
    thresholds : dict or None
        Of how many ``spans`` how many are ``sure``, and how many of these ``right``; None from a
        model without thresholds.
    scope : dict or None
        `slotkit.evaluation.scope.judge_scope`; None from a model that does not tell.
    predicted : list of list of str
        The tags of each utterance.
    """

    report: Report
    analysis: Analysis
    before: Trust
    after: Trust
    temperature: float
    intent: dict[str, Any] | None
    thresholds: dict[str, int] | None
    scope: dict[str, Any] | None
    predicted: list[list[str]]

    def to_json(self) -> dict[str, Any]:
        """Give the figures as what JSON holds: those of the report, and the others by name."""
        return self.report.to_json() | {
            "analysis": self.analysis.to_json(),
            "confidence": {"before": self.before.to_json(), "after": self.after.to_json()},
            "temperature": self.temperature,
            "intent": self.intent,
            "thresholds": self.thresholds,
            "scope": self.scope,
        }


def examine(model: Model, splits: Mapping[str, Dataset], name: str) -> Evaluation:
    """Score a model on a split of a corpus, and look at its mistakes.

    Parameters
    ----------
    model : Model
    splits : mapping of str to Dataset
        As `slotkit.corpus.load_corpus` gives them; train, if it is there, tells which values the
        model has seen and which slots hold the same kind of value.
    name : str
        The split.

    Returns
    -------
    Evaluation

    Raises
    ------
    CorpusError
        If the model was trained on a corpus' edges and this one has none.
    UtteranceError
        If the model cannot tag an utterance.
    """
    rows, train = splits[name], splits["train" if "train" in splits else name]
    tokens, gold, intents = rows["tokens"][:], rows["tags"][:], rows["intent"][:]
    taggings = tag_split(model, rows)
    judged, predicted = judge(taggings, gold), [tagging.tags for tagging in taggings]
    named = [tagging.intent.name if tagging.intent else "" for tagging in taggings]
    unscaled = judged
    if model.temperature != 1.0:
        unscaled = judge_split(model._replace(temperature=1.0), rows)
    seen = None
    if name != "train" and "train" in splits:
        seen = seen_values(train["tokens"], train["tags"])
    kinds = find_kinds(slot_values(train["tokens"], train["tags"]))
    intent = None
    if model.intents:
        parts = Counter(part for label in intents for part in split_intents(label))
        unseen = {label: count for label, count in parts.items() if label not in model.intents}
        intent = accuracy(intents, named) | {"unseen": unseen}
    thresholds = None
    if model.thresholds:
        sure = [one.right for one in judged if one.sure]
        thresholds = {"right": sum(sure), "sure": len(sure), "spans": len(judged)}
    return Evaluation(
        report=evaluate(tokens, gold, predicted, seen=seen, known_tags=model.tags),
        analysis=analyse(tokens, gold, predicted, intents=intents, kinds=kinds),
        before=_measure(unscaled),
        after=_measure(judged),
        temperature=model.temperature,
        intent=intent,
        thresholds=thresholds,
        scope=None if model.scope is None else judge_scope(taggings, gold, intents),
        predicted=predicted,
    )


def judge_split(model: Model, rows: Dataset) -> list[Judged]:
    """Hold every span that a model predicts in a split against gold.

    Raises
    ------
    CorpusError, UtteranceError
        As `examine`.
    """
    return judge(tag_split(model, rows), rows["tags"][:])


def _measure(judged: list[Judged]) -> Trust:
    """Measure how well confidences tell right spans from wrong ones."""
    return measure([one.confidence for one in judged], [one.right for one in judged])
