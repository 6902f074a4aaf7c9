"""The page of the lectures' worked examples."""

from __future__ import annotations

from slotkit.inside.page import write_html
from slotkit.inside.paths import paths
from slotkit.inside.waiting import waiting
from slotkit.inside.worked.table import WORKED, work


def make_lectures(language: str = "en") -> str:
    """Write the page of all worked examples, of learning rates, and of what waits for what.

    Parameters
    ----------
    language : str
        ``en`` or ``zh``, in which it opens; a reader may change it.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    MissingExtraError
        If torch is not installed, whose optimizers take some of the steps.
    """
    data = {
        "language": language,
        "worked": [work(name).to_json() for name in WORKED],
        "paths": paths(),
        "waiting": waiting(),
    }
    return write_html("lectures", "slotkit", data)
