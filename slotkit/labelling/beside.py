"""Training a tagger from the answers in a process of its own, while the labelling goes on.

The model folder holds the answers that it is trained from too, ``answers-25.jsonl`` of 25
labelled utterances: the file of answers itself goes on growing.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from slotkit.errors import SlotkitError
from slotkit.files import write_file
from slotkit.labelling.answers import Answer
from slotkit.model.file import load_model
from slotkit.tagging.filler import SlotFiller

LEAST = 10  # labelled utterances, below which there is nothing to learn from
_UNFINISHED = "checkpoint.json"  # which training leaves where it was stopped
_SNAPSHOT = "answers-{}.jsonl"  # with the number of labelled utterances
_SNAPSHOT_NAME = re.compile(r"answers-(\d+)\.jsonl")
_PATIENCE = 5.0  # seconds that a training has to end when it is told to


class Trained(NamedTuple):
    """A training that has ended well.

    Parameters
    ----------
    filler : SlotFiller
    utterances : int
        That it learned from.
    f1 : float
        Strict span F1 on what was held out.
    folds : bool
        Whether folds held it out, or one part.
    """

    filler: SlotFiller
    utterances: int
    f1: float
    folds: bool


class Beside:
    """Trains beside; at most one training at a time.

    Parameters
    ----------
    folder : Path
        Of the model.

    Attributes
    ----------
    utterances : int
        Labelled ones that the last training began with.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.utterances = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def taken(self) -> bool:
        """Whether something stands in the folder that no training of this kind has left."""
        held = self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir()))
        return held and not any(self.folder.glob(_SNAPSHOT.format("*")))

    @property
    def running(self) -> bool:
        """Whether a training is under way, or has ended and was not asked for yet."""
        return self._process is not None

    def is_due(self, answers: Sequence[Answer], every: int) -> bool:
        """Tell whether so many more are labelled than the last training began with.

        Not where one goes on, nor below `LEAST`, nor before any slot is marked.
        """
        slots = [answer.slots for answer in answers if answer.slots is not None]
        enough = len(slots) >= max(LEAST, self.utterances + every)
        return not self.running and every > 0 and enough and any(slots)

    def load(self) -> Trained | None:
        """Read the model of the last training; None where there is none, or it was stopped."""
        if (self.folder / _UNFINISHED).exists() or not (self.folder / "config.json").exists():
            return None
        model = load_model(self.folder)
        learned = _SNAPSHOT_NAME.search(str(model.training.get("source")))
        self.utterances = int(learned[1]) if learned else 0
        f1 = float(model.training.get("validation_f1") or 0.0)
        return Trained(SlotFiller(model), self.utterances, f1, bool(model.training.get("refit")))

    def start(self, content: bytes, utterances: int) -> None:
        """Begin to train from the content of a file of answers, with so many that are labelled.

        Raises
        ------
        OSError
            If the folder cannot be written, or no process be started.
        """
        self.folder.mkdir(exist_ok=True)
        snapshot = self.folder / _SNAPSHOT.format(utterances)
        write_file(snapshot, content)
        words = [sys.executable, "-m", "slotkit", "train", str(snapshot)]
        self._process = subprocess.Popen(
            [*words, "-o", str(self.folder), "--overwrite", "-q"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.utterances = utterances

    def poll(self) -> Trained | str | None:
        """Ask for what came of the training, once.

        Returns
        -------
        Trained, str or None
            Why it failed, in a line; None while it goes on, and where there is none.
        """
        if self._process is None or self._process.poll() is None:
            return None
        said = self._process.communicate()[1].strip()
        failed, self._process = self._process.returncode != 0, None
        if failed:
            return (said.splitlines() or ["it was stopped"])[-1].removeprefix("Error: ")
        try:
            found = self.load()
            for old in self.folder.glob(_SNAPSHOT.format("*")):
                if old.name != _SNAPSHOT.format(self.utterances):
                    old.unlink(missing_ok=True)
            return found or "it has left no model"
        except (SlotkitError, OSError) as error:
            return str(error)

    def stop(self) -> None:
        """End the training that goes on, and wait until it has ended."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        self._process = None
