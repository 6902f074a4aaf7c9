"""Other lists of values for a trained model, without training."""

from __future__ import annotations

from collections.abc import Sequence

from slotkit.decoding.marks import marks_of
from slotkit.encoders.encoder import Encoder, Sum, parts_of
from slotkit.encoders.lists import Lists
from slotkit.errors import TrainingError
from slotkit.model.model import Model
from slotkit.training.augment import read_values


def exchange_lists(model: Model, given: Sequence[str]) -> tuple[Model, dict[str, int]]:
    """Exchange lists of a model for others.

    Parameters
    ----------
    model : Model
        Trained with ``values``.
    given : sequence of str
        ``slot=FILE`` each; a file has a value a line. All slots of the same kind share a list.

    Returns
    -------
    model : Model
        With the new lists.
    values : dict of str to int
        How many values the new list of each kind has.

    Raises
    ------
    TrainingError
        If the model has no lists, or none of a slot.
    CorpusError
        If a file cannot be read as UTF-8, or has an empty line or none.
    """
    parts = parts_of(model.encoder)
    found = next((part for part in parts if isinstance(part, Lists)), None)
    if found is None:
        raise TrainingError(
            "the model has no lists; slotkit train --values slot=FILE gives it some"
        )
    values = read_values(given, sorted(found.slots), model.tokenizer, model.marked_words)
    exchanged = found.exchanged(values)
    new: list[Encoder] = [exchanged if part is found else part for part in parts]
    marks = model.value_marks
    if marks is not None:  # values may begin and end with other marks than those of training
        marks = {slot: (list(first), list(last)) for slot, (first, last) in marks.items()}
        for slot, kind in found.slots.items():
            more = marks_of({slot: exchanged.lists[kind]}).get(slot)
            if more is not None:
                old = marks.get(slot, ([], []))
                marks[slot] = tuple(sorted({*a, *b}) for a, b in zip(old, more, strict=True))
    encoder = new[0] if len(new) == 1 else Sum(new)
    kinds = {found.slots[slot] for slot in values}
    return (
        model._replace(encoder=encoder, value_marks=marks),
        {kind: len(exchanged.lists[kind]) for kind in sorted(kinds)},
    )
