"""The views of the page, and which of them a tagger has."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slotkit.encoders.encoder import parts_of
from slotkit.model.model import Model

_RECURRENT = ("elman", "jordan", "lstm", "gru", "bidirectional")


def _is_recurrent(model: Model) -> bool:
    return model.architecture in _RECURRENT


def _has_gates(model: Model) -> bool:
    cell = model.arguments.get("cell", model.architecture)
    return cell in ("lstm", "gru")


def _attends(model: Model) -> bool:
    return model.architecture == "attention"


def _all(model: Model) -> bool:
    return True


# View -> whether a model has it; in their order on the page.
VIEWS: dict[str, Callable[[Model], bool]] = {
    "tags": _all,
    "word": _all,
    "influence": _all,
    "memory": _is_recurrent,
    "gates": _has_gates,
    "attention": _attends,
    "positions": _attends,
    "intervene": _all,
    "match": _all,
    "epochs": _all,
}


def views_of(model: Model) -> list[str]:
    """Return the names of the views that a model has, in their order on the page."""
    return [name for name, fits in VIEWS.items() if fits(model)]


def choose_views(model: Model, names: Sequence[str] = ()) -> list[str]:
    """Return the views of these names; all that a model has, unless given.

    Raises
    ------
    ValueError
        If there is no such view, or this model has none; says which it has.
    """
    own = views_of(model)
    for name in names:
        if name not in own:
            what = f"{model.architecture} has no view" if name in VIEWS else "unknown view"
            raise ValueError(f"{what} {name!r}; choose from {', '.join(own)}")
    return [name for name in own if name in names or not names]


def language_of(model: Model) -> str:
    """Return the language of a page on a model: ``zh`` where tokens are mostly characters."""
    words = [
        word
        for part in parts_of(model.encoder)
        for word in getattr(part, "vocabulary", ())
        if word.isalpha()
    ]
    chinese = sum("\u3400" <= word[0] <= "\u9fff" for word in words)
    return "zh" if 3 * chinese > len(words) else "en"


def first_texts(language: str) -> tuple[str, str]:
    """Return the lectures' two sentences, which only memory tells apart."""
    if language == "zh":
        return "11月2日到达台北", "11月2日离开台北"
    return "arrive Taipei on November 2nd", "leave Taipei on November 2nd"
