"""A split as a model tags it: answers behind what was asked, utterances with their edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slotkit.errors import CorpusError
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.result import Tagging

if TYPE_CHECKING:
    from datasets import Dataset


def tag_split(model: Model, rows: Dataset) -> list[Tagging]:
    """Tag a split of a corpus.

    Raises
    ------
    CorpusError
        If the model was trained on a corpus' edges and this one has none.
    UtteranceError
        If the model cannot tag an utterance.
    """
    edges = rows["edges"][:] if "edges" in rows.column_names else None
    if edges is None and model.edges == "corpus":
        raise CorpusError("the corpus has no edges; this tagger was trained on those of its corpus")
    filler, tokens = SlotFiller(model), rows["tokens"][:]
    by_question: dict[tuple[str, ...], list[int]] = {}
    asked = rows["asked"][:] if "asked" in rows.column_names else [[]] * len(rows)
    for row, slots in enumerate(asked):
        known = tuple(slot for slot in slots if f"B-{slot}" in model.tags)
        by_question.setdefault(known, []).append(row)
    found: dict[int, Tagging] = {}
    for question, some in by_question.items():
        own = None if edges is None else [edges[row] for row in some]
        words = [tokens[row] for row in some]
        found |= zip(some, filler.fill_tokens(words, own, expect=question), strict=True)
    return [found[row] for row in range(len(rows))]
