"""``hf:NAME``: a dataset from the Hugging Face hub, read only, asked for by this name alone."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from slotkit.corpus.formats.saved import quiet
from slotkit.errors import CorpusError
from slotkit.extras import extra

if TYPE_CHECKING:
    import datasets

PREFIX = "hf:"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)


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
    name = source.removeprefix(PREFIX)
    with extra("train"):
        import datasets
        from datasets import packaged_modules

    if not _NAME.fullmatch(name) or name in packaged_modules._PACKAGED_DATASETS_MODULES:
        raise CorpusError(
            f"no name of the hub: expected {PREFIX}NAME or {PREFIX}OWNER/NAME", source
        )
    if os.path.lexists(name):
        raise CorpusError(f"a file or folder of that name lies here; leave {PREFIX} out", source)
    try:
        with quiet():
            return datasets.load_dataset(name)
    except Exception as error:  # of the hub, of the network, of what stands in the dataset
        line = next(iter(str(error).splitlines()), type(error).__name__)
        raise CorpusError(f"cannot be loaded from the hub: {line}", source) from error
