"""``hf:NAME``: a dataset from the Hugging Face hub, read only, asked for by this name alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slotkit.corpus.formats.saved import quiet
from slotkit.errors import CorpusError
from slotkit.extras import extra

if TYPE_CHECKING:
    import datasets

PREFIX = "hf:"


def load(source: str) -> datasets.DatasetDict:
    """Load a dataset with all its splits.

    Parameters
    ----------
    source : str
        ``hf:`` and the name that the hub knows it by.

    Raises
    ------
    CorpusError
        If there is no such dataset, or no way to the hub.
    """
    if source == PREFIX:
        raise CorpusError(f"expected a name behind {PREFIX}")
    with extra("train"):
        import datasets

    try:
        with quiet():
            return datasets.load_dataset(source.removeprefix(PREFIX))
    except Exception as error:  # of the hub, of the network, of what stands in the dataset
        line = next(iter(str(error).splitlines()), type(error).__name__)
        raise CorpusError(f"cannot be loaded from the hub: {line}", source) from error
