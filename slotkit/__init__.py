"""Slot filling: words in, slots out, by taggers that are small, fast and understandable.

With the model that `slotkit train` has put into ``slotkit-model``::

    slotkit.load("slotkit-model").tag("arrive Taipei on November 2nd").frame
    # {'destination': ['Taipei'], 'arrival_date': ['November 2nd']}

Training is ``slotkit.train(corpus, slotkit.make_recipe(), folder)``, with ``slotkit[train]``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from slotkit.version import __version__ as __version__

if TYPE_CHECKING:
    from pathlib import Path

    from slotkit.corpus import load_corpus
    from slotkit.errors import (
        CorpusError,
        MissingExtraError,
        ModelFileError,
        SlotkitError,
        TrainingError,
        UtteranceError,
    )
    from slotkit.loops import loops_in_use
    from slotkit.tagging.edits import Edit
    from slotkit.tagging.filler import SlotFiller
    from slotkit.tagging.result import Slot, Tagging
    from slotkit.tagging.trace import Trace
    from slotkit.text.tokenizer import tokenize
    from slotkit.training.loop import train
    from slotkit.training.recipe import Recipe, make_recipe

__all__ = [
    "CorpusError",
    "Edit",
    "MissingExtraError",
    "ModelFileError",
    "Recipe",
    "Slot",
    "SlotFiller",
    "SlotkitError",
    "Tagging",
    "Trace",
    "TrainingError",
    "UtteranceError",
    "load",
    "load_corpus",
    "loops_in_use",
    "make_recipe",
    "tokenize",
    "train",
]

# Where each name comes from; imported when it is first asked for.
_HOMES = dict.fromkeys(__all__, "errors") | {
    "Edit": "tagging.edits",
    "Slot": "tagging.result",
    "SlotFiller": "tagging.filler",
    "Tagging": "tagging.result",
    "Trace": "tagging.trace",
    "Recipe": "training.recipe",
    "load_corpus": "corpus",
    "loops_in_use": "loops",
    "make_recipe": "training.recipe",
    "train": "training.loop",
    "tokenize": "text.tokenizer",
}


def load(folder: str | Path) -> SlotFiller:
    """Read a model folder.

    Parameters
    ----------
    folder : str or Path
        As ``slotkit train`` writes it.

    Returns
    -------
    SlotFiller

    Raises
    ------
    ModelFileError
        If it is missing, cut short, altered, or from a newer format.
    """
    from slotkit.tagging.filler import SlotFiller

    return SlotFiller.load(folder)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "train":  # which needs torch
        with import_module(f"{__name__}.extras").extra("train"):
            import_module(f"{__name__}.training.loop")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
