"""What `slotkit train` shows while it works: a bar on a terminal, else a line an epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from slotkit.encoders.encoder import parts_of
from slotkit.encoders.lists import Lists
from slotkit.encoders.vectors import Vectors
from slotkit.extras import extra
from slotkit.training.epoch import Epoch
from slotkit.training.folds import FOLDS
from slotkit.training.prepare import Setup
from slotkit.training.recipe import BY_SIZE, Recipe
from slotkit.training.run import Run

_NAMED = 5  # words
_FEW_STEPS = 800  # of training, with which the default tagger has hardly begun


class Display:
    """Progress of one training, on standard error.

    Parameters
    ----------
    recipe : Recipe
    quiet : bool
        Show nothing.
    """

    def __init__(self, recipe: Recipe, *, quiet: bool) -> None:
        self.recipe = recipe
        self.console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("loss {task.fields[loss]:.4f}  F1 {task.fields[f1]}"),
            TimeRemainingColumn(),
            console=self.console,
            disable=quiet or not self.console.is_terminal,
            transient=True,
        )
        self.task: TaskID | None = None
        self.done = self.batches = 0
        self.folded = False  # whether folds have held out what validation would be

    def __enter__(self) -> Display:
        self.progress.start()
        return self

    def __exit__(self, *problem: object) -> None:
        if not self.progress.disable:  # before 14.2 rich ends its line all the same
            self.progress.stop()

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self.console.print(line, markup=False)

    def started(self, setup: Setup, run: Run, epochs: range) -> None:
        """Say what is trained, and on what."""
        recipe = self.recipe
        parameters = sum(weight.numel() for weight in run.ensemble.parameters())
        held_out = f" and {len(setup.validation)} validation"
        chances = setup.train.chances
        again = 0 if chances is None else int((chances < 1).sum())  # not of the corpus
        self.say(
            f"{len(setup.train) - again} train{'' if self.folded else held_out} utterances, "
            f"{len(setup.tags)} tags, {setup.encoder.dimensions} dimensions ({recipe.encoder})"
        )
        if setup.start is not None:
            known = setup.start.encoder.names().get("embedding", [])
            rows = len(set(known) & set(setup.encoder.names().get("embedding", [])))
            tags = len(set(setup.tags) & set(setup.start.tags))
            self.say(
                f"from {recipe.unlabelled or recipe.start}: {tags} of {len(setup.tags)} tags, "
                f"{rows} of {setup.encoder.dimensions} dimensions, and the weights between"
            )
        name, rate, written = setup.tokenizer
        how = ", as people would write them; --tokenizer overrules" if written else ""
        self.say(
            f"tokenizer {name}: gives back the corpus' tokens of "
            f"{100 * rate:.1f} % of the utterances{how}"
        )
        if len(setup.tags) == 1:
            self.say("train has no slots: there is nothing to learn")
        if setup.unknown_tags:
            named = ", ".join(f"{tag} ({n})" for tag, n in sorted(setup.unknown_tags.items()))
            self.say(f"validation has tags that train has not; they count as misses: {named}")
        self.say(
            f"{recipe.tagger}: {parameters:,} parameters, seed {recipe.seed}, "
            f"threads {recipe.threads}, {recipe.device}"
        )
        if setup.asked_slots:
            self.say(
                f"questions after {len(setup.asked_slots)} slots are read before their {again} "
                "answers, which are learned without them too"
            )
        for part in parts_of(setup.encoder):
            if isinstance(part, Vectors):
                rare = ", ".join(part.missing[:_NAMED])
                without = f"; {len(part.missing)} training words have none ({rare})" if rare else ""
                self.say(f"vectors {part.vectors}: {part.count:,} words are kept{without}")
            elif isinstance(part, Lists):
                told = ", ".join(f"{kind} ({len(own):,})" for kind, own in part.lists.items())
                self.say(f"lists of values: {told}; slotkit exchange replaces them later")
        counted = f"{len(setup.train) - again} utterances"
        if again:
            counted += f" and {again} answers once more"
        self._say_pace(counted, run)
        self.batches = run.batches
        self.done = epochs.start * run.batches
        if self.task is not None:
            self.progress.remove_task(self.task)
        self.task = self.progress.add_task(
            f"epoch {epochs.start + 1}",
            total=epochs.stop * run.batches,
            completed=self.done,
            loss=0.0,
            f1="-",
        )

    def _say_pace(self, counted: str, run: Run) -> None:
        """Say how long training goes on, and why: because so many utterances are counted."""
        pace, steps = run.pace, run.batches * run.pace.epochs
        by_size = [name for name in BY_SIZE if getattr(self.recipe, name) is None]
        if by_size:
            given = ", ".join("--" + name.replace("_", "-") for name in by_size)
            most = "at most " if pace.keep_known < 1 else ""
            self.say(
                f"{counted} ask for {most}{steps:,} steps: {pace.epochs} epochs of "
                f"{run.batches} steps of {pace.batch_size}, learning rate "
                f"{pace.learning_rate:.3g}, dropout {pace.dropout:.3g}; {given} overrule"
            )
        elif steps < _FEW_STEPS:
            self.say(
                f"these are {steps} steps: with so few utterances "
                f"--epochs {-(-_FEW_STEPS // run.batches)} may do better"
            )
        if pace.adversarial and self.recipe.adversarial is None:
            self.say(
                "each step is followed by one with its words moved to where they are hardest to "
                "tag; --adversarial 0 leaves them where they are"
            )
        if pace.keep_known < 1:
            self.say(
                f"of what it tags surely an epoch takes {100 * pace.keep_known:.0f} %; "
                "--keep-known 1 takes all"
            )

    def each_fold(self, fold: int, f1: float) -> None:
        """Print a fold's line."""
        self.folded = True
        self.say(f"fold {fold} of {FOLDS}: F1 {100 * f1:.2f}")

    def each_batch(self, batch: int, batches: int, loss: float) -> None:
        """Move the bar."""
        assert self.task is not None
        completed = self.done + batch * self.batches / batches
        self.progress.update(self.task, completed=completed, loss=loss)

    def each_epoch(self, epoch: Epoch) -> None:
        """Print an epoch's line."""
        assert self.task is not None
        f1 = "-" if epoch.f1 is None else f"{100 * epoch.f1:.2f}"
        mark = "  best" if epoch.best and epoch.f1 is not None else ""
        self.done = epoch.epoch * self.batches
        self.progress.update(self.task, description=f"epoch {epoch.epoch + 1}", f1=f1)
        self.say(
            f"epoch {epoch.epoch:3}  loss {epoch.loss:.4f}  F1 {f1:>5}  "
            f"{epoch.seconds:5.1f} s{mark}"
        )


@contextmanager
def curves(folder: Path | None) -> Iterator[Callable[[Epoch], None]]:
    """Open a TensorBoard folder and give what writes an epoch into it; nothing without a folder.

    Raises
    ------
    MissingExtraError
        If TensorBoard is not installed.
    """
    if folder is None:
        yield lambda epoch: None
        return
    with extra("tensorboard"):
        from torch.utils.tensorboard import SummaryWriter
    with SummaryWriter(str(folder)) as writer:

        def draw(epoch: Epoch) -> None:
            writer.add_scalar("loss/train", epoch.loss, epoch.epoch)
            if epoch.f1 is not None:
                writer.add_scalar("f1/validation", epoch.f1, epoch.epoch)
            writer.add_scalar("learning_rate/train", epoch.learning_rate, epoch.epoch)
            writer.add_scalar("gradient_norm/train", epoch.gradient_norm, epoch.epoch)

        yield draw
