"""The training loop: train on train, choose the epoch on validation, keep the best.

Every epoch draws its random numbers from (seed, epoch) alone, so that a resumed run goes on to
the same bytes as one that was never stopped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from datasets import concatenate_datasets
from torch import Tensor

from slotkit.corpus import Corpus, load_corpus
from slotkit.corpus.hold_out import hold_out
from slotkit.decoding.asked import Asked
from slotkit.errors import TrainingError
from slotkit.evaluation.scoring import score
from slotkit.model.file import load_model, save_model
from slotkit.model.snapshots import remove_snapshots, save_snapshot
from slotkit.training.calibrate import FITTED, calibrate
from slotkit.training.checkpoint import (
    digest_start,
    load_checkpoint,
    pack_start,
    remove_checkpoint,
    save_checkpoint,
    unpack_start,
    write_history,
)
from slotkit.training.epoch import Epoch
from slotkit.training.folder import check_free, writing
from slotkit.training.folds import cross_validate, is_small
from slotkit.training.plain_files import add_out_of_scope, learn_file
from slotkit.training.prepare import Setup, digest_of, prepare
from slotkit.training.recipe import Recipe
from slotkit.training.run import EachBatch, Run
from slotkit.training.size import pace_of
from slotkit.training.start import check_start
from slotkit.training.vector_files import digest_vectors

_UNSAVED = 1.0  # seconds of training that are lost at most where an epoch takes less
# What a model says of its training; the last are digests of what it learned from beside a corpus.
_SAID = ("source", "fingerprint", "recipe", "vectors", "out_of_scope", "start", "unlabelled")


def train(
    corpus: Corpus | str | Path,
    recipe: Recipe,
    folder: str | Path,
    *,
    source: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    resume: bool = False,
    snapshots: bool = False,
    started: Callable[[Setup, Run, range], None] | None = None,
    each_batch: EachBatch | None = None,
    each_epoch: Callable[[Epoch], None] | None = None,
    each_fold: Callable[[int, float], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> Epoch:
    """Train a tagger and keep the best epoch in a model folder.

    After every epoch the folder holds a checkpoint, the history, and the best model so far;
    what is interrupted loses its unfinished epoch alone.

    Parameters
    ----------
    corpus : Corpus, str or Path
        With train, and validation or enough to hold some out; else what `load_corpus` finds.
    recipe : Recipe
        As `slotkit.make_recipe` gives it.
    folder : str or Path
        The model folder; made at the end of the first epoch.
    source : mapping of str to JSON value, optional
        Where the corpus came from and how training was called, kept in the model.
    overwrite : bool
        Whether to replace what is in the folder.
    resume : bool
        Go on from the checkpoint in `folder`, which must be of the same corpus and recipe.
    snapshots : bool
        Keep the weights of every epoch, for `slotkit.model.snapshots.read_snapshots`; a training
        that is resumed goes on as it began.
    started, each_batch, each_epoch, each_fold, say : callable, optional
        Told about the setup and the epochs ahead; every batch (done, of how many, loss); every
        epoch; every fold of a small corpus (its number, F1); what is to be said in a line.

    Returns
    -------
    Epoch
        The one that the folder holds.

    Raises
    ------
    CorpusError
        If the corpus cannot be read.
    ModelFileError
        If the model to start from cannot be read.
    TrainingError
        If something is in the folder that is not to be replaced, or training cannot start,
        resume, or go on.
    ValueError
        If the recipe does not fit the architecture, or the model to start from.

    Examples
    --------
    ::

        recipe = slotkit.make_recipe("elman", epochs=5)
        kept = slotkit.train("ticket_booking", recipe, "elman-model")
        kept.f1, slotkit.load("elman-model").tag("leave Taipei").frame
    """
    folder = Path(folder)
    if not (overwrite or resume):
        check_free(folder)
    if not isinstance(corpus, Corpus):
        source = source or {"corpus": str(corpus), "format": None}
        corpus = load_corpus(corpus)
    with writing(folder):
        callbacks = (started, each_batch, each_epoch, each_fold, say)
        return _train(corpus, recipe, folder, source, resume, snapshots, callbacks)


def _train(
    corpus: Corpus,
    recipe: Recipe,
    folder: Path,
    source: Mapping[str, Any] | None,
    resume: bool,
    snapshots: bool,
    callbacks: tuple[Callable[..., None] | None, ...],
) -> Epoch:
    """Train into a folder that nobody else writes into."""
    torch.set_num_threads(recipe.threads)
    outside = None
    if recipe.out_of_scope:
        corpus, outside = add_out_of_scope(corpus, recipe, callbacks[4])
    small = is_small(corpus.splits, recipe)
    splits = (corpus.splits["train"],) * 2 if small else hold_out(corpus.splits)
    fingerprint = digest_of(corpus, recipe)
    state: dict[str, Any] = {
        "source": dict(source or {}),
        "fingerprint": fingerprint,
        "recipe": recipe.to_config(),
        "refit": None,
        "snapshots": snapshots,
        "history": [],
    }
    vectors = digest_vectors(recipe.vectors) if recipe.vectors else None
    if vectors is not None:
        state["vectors"] = vectors
    if outside is not None:
        state["out_of_scope"] = outside
    tensors: dict[str, Tensor] | None = None
    start = None
    if recipe.start and not resume:
        start = load_model(recipe.start)
        check_start(recipe.start, start, recipe.to_config())
        state["start"] = digest_start(start)
    if resume:
        state, tensors = load_checkpoint(folder)
        start = unpack_start(tensors)
        write_history(folder, state)  # which may have been killed before it was written
        if state["fingerprint"] != fingerprint:
            raise TrainingError(
                "the corpus has changed since; training cannot resume; --corpus names where it is"
            )
        if state.get("vectors") != vectors:
            raise TrainingError("the word vectors have changed since; training cannot resume")
        if state.get("out_of_scope") != outside:
            raise TrainingError("--out-of-scope has changed since; training cannot resume")
        if state["recipe"] != recipe.to_config():
            raise TrainingError("the recipe has changed since; training cannot resume")
        where = {key: value for key, value in (source or {}).items() if key in ("corpus", "path")}
        state["source"] |= where  # it may have been moved
    elif recipe.unlabelled:
        start, state["unlabelled"] = learn_file(corpus, recipe, start, callbacks[4])
    if state["refit"] is None and small:
        found = cross_validate(corpus.splits["train"], recipe, callbacks[3], start)
        epochs = pace_of(recipe, len(splits[0])).epochs
        said = {"epochs": epochs, "of": epochs, "f1": found.f1, "deviation": found.deviation}
        state["refit"] = said | found.temperatures
    if state["refit"] is None:
        run = Run(prepare(*splits, recipe, start), recipe)
        best = _epochs(run, state, tensors, folder, callbacks)
        model = load_model(folder)
        temperatures = calibrate([(model, splits[1])], splits[0])
        save_model(model._replace(**temperatures), folder)
        if not recipe.refit:
            remove_checkpoint(folder)
            return best
        chosen = {"epochs": best.epoch, "of": run.pace.epochs, "f1": best.f1}
        state["refit"], tensors = chosen | temperatures, None
    everything = splits[0] if small else concatenate_datasets(list(splits))
    moved = pace_of(recipe, len(splits[0])).adversarial  # as it was chosen with
    recipe = replace(recipe, epochs=state["refit"]["of"], adversarial=moved)
    run = Run(prepare(everything, splits[1], recipe, start), recipe)
    last = _epochs(run, state, tensors, folder, callbacks)
    # Of what has now seen validation it would tell nothing: the temperatures stay.
    kept = {name: number for name, number in state["refit"].items() if name in FITTED}
    if kept["asked"] is not None:
        kept["asked"] = Asked(*kept["asked"])  # which a checkpoint holds as a list
    save_model(load_model(folder)._replace(**kept), folder)
    remove_checkpoint(folder)
    if not small:
        return last
    said = state["refit"]
    return replace(last, kind="folds", f1=said["f1"], deviation=said["deviation"])


def _epochs(
    run: Run,
    state: dict[str, Any],
    tensors: dict[str, Tensor] | None,
    folder: Path,
    callbacks: tuple[Callable[..., None] | None, ...],
) -> Epoch:
    """Run the epochs of one stage that are not done yet; return the one that is kept."""
    started, each_batch, each_epoch, *_ = callbacks
    refit = state["refit"]
    kind = "validation" if refit is None else "refit"
    done = [Epoch(**row) for row in state["history"] if row["kind"] == kind]
    if tensors is not None:
        run.restore(tensors)
    best = next((row for row in reversed(done) if row.best), None)
    last = run.pace.epochs if refit is None else refit["epochs"]
    ahead = range(len(done), last)
    run.longest = state.get("longest") if done else run.longest
    if started is not None:
        started(run.setup, run, ahead)
    saved = -math.inf
    packed = pack_start(run.setup.start)
    for number in ahead:
        if refit is None and best is not None and number - best.epoch >= run.pace.patience:
            break
        begun = time.perf_counter()
        steps = run.train_epoch(number, each_batch)
        state["longest"] = run.longest
        f1 = None
        if refit is None:
            f1 = score(run.setup.gold, run.predict(run.setup.validation))
        better = number + 1 == last if f1 is None else best is None or f1 > (best.f1 or 0.0)
        seconds = round(time.perf_counter() - begun, 3)
        epoch = Epoch(kind, number + 1, steps.loss, f1, better, seconds)
        epoch = replace(epoch, **steps._asdict())
        state["history"].append(asdict(epoch))
        if refit is None and number == 0:
            remove_checkpoint(folder)  # of another training, which this one replaces
        if number == 0:
            remove_snapshots(folder)  # of it, or of the training before the refit
        chosen = refit["f1"] if refit else f1
        said = {name: state[name] for name in _SAID if name in state}
        kept = {"epoch": epoch.epoch, "validation_f1": chosen, "refit": refit is not None}
        if better:
            best = epoch
            save_model(run.trained_model(said | kept), folder)
        if state.get("snapshots"):
            held = None if best is None else best.epoch
            save_snapshot(folder, run.trained_model(said | kept), epoch.epoch, held)
        late = time.perf_counter() - saved > _UNSAVED
        if refit is None or late or better:  # of many short epochs not each is saved
            save_checkpoint(folder, state, run.tensors() | packed)
            saved = time.perf_counter()
        if each_epoch is not None:
            each_epoch(epoch)
    assert best is not None
    return best
