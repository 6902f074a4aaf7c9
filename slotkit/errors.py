"""The errors that slotkit raises on purpose.

SlotkitError
├── CorpusError        a corpus, grammar or other input file is not what it must be
├── ModelFileError     a model folder is missing, damaged or from another version
├── TrainingError      training cannot start or cannot go on
├── UtteranceError     an utterance that this model cannot tag
└── MissingExtraError  a part that needs more than the base install

Bad arguments are plain ``ValueError``. The command line turns a ``SlotkitError`` into one line
and exit code 1; anything else is a bug and shows its traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path  # slow to import, and tagging does without


class SlotkitError(Exception):
    """Any error that slotkit raises on purpose."""


class CorpusError(SlotkitError, ValueError):
    """A file of labelled utterances, or a grammar, cannot be used.

    Parameters
    ----------
    message : str
        What must hold and what was got.
    path : str or Path, optional
        The file; printed before the message.
    line : int, optional
        The line, counted from 1; printed behind the path.
    """

    def __init__(
        self, message: str, path: str | Path | None = None, line: int | None = None
    ) -> None:
        self.path = path
        self.line = line
        place = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        super().__init__(place + message)


class ModelFileError(SlotkitError):
    """A model folder is missing, cut short, altered, or written by a newer slotkit."""


class TrainingError(SlotkitError):
    """Training cannot start or cannot go on."""


class UtteranceError(SlotkitError, ValueError):
    """An utterance cannot be tagged by this model so: too long, bad edges, unknown slots."""


class MissingExtraError(SlotkitError, ImportError):
    """A part of slotkit needs modules that an extra brings and the base install leaves out.

    Parameters
    ----------
    extra : str
        The extra to install.
    """

    def __init__(self, extra: str) -> None:
        super().__init__(f'this needs "pip install slotkit[{extra}]"')
