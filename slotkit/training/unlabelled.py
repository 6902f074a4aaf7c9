"""Utterances without tags: a file of them, and what a tagger learns from their words alone.

Some words of an utterance are hidden, and the tagger says which they were by what its last hidden
layer makes of the others. So it learns from utterances that nobody has labelled which words stand
for each other and what stands around them; the training on tags then begins from these weights,
as from any trained model.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.encoders.encoder import normalise
from slotkit.errors import TrainingError
from slotkit.model.model import Model, states_size
from slotkit.text.tags import OUTSIDE
from slotkit.training.batches import IGNORED, Batch, Ints
from slotkit.training.optimizers import Optimizer, rate
from slotkit.training.prepare import prepare
from slotkit.training.recipe import Recipe
from slotkit.training.run import Run

_SEEN, _MOST_PASSES = 50_000, 30  # utterances that are looked at, each so often at most
_BATCH_SIZE = 32  # utterances of a step
_HIDDEN = 0.2  # share of the words
_LEARNING_RATE, _WEIGHT_DECAY, _LONGEST_GRADIENT = 0.004, 0.01, 5.0
_LEAST_COUNT, _MOST_WORDS = 2, 20_000  # words that are guessed: seen so often, the commonest


def learn_words(utterances: Sequence[list[str]], recipe: Recipe, start: Model | None) -> Model:
    """Train a tagger to say which words are hidden.

    Parameters
    ----------
    utterances : sequence of list of str
        Their tokens.
    recipe : Recipe
        Of the training on tags that is to follow.
    start : Model, optional
        What this begins from.

    Returns
    -------
    Model
        To begin from; without what stands above the last hidden layer, unless `start` had it.

    Raises
    ------
    TrainingError
        If no word occurs twice, or the recipe asks for edges that only a corpus has, or for an
        encoder that knows no words.
    """
    if recipe.edges == "corpus":
        raise TrainingError("--unlabelled has no edges; choose a rule with --edges")
    own = replace(recipe, augment=0.0, values=[], intent=False, ema_decay=0.0)
    rows = Dataset.from_dict(
        {
            "text": [" ".join(words) for words in utterances],
            "tokens": list(utterances),
            "tags": [[OUTSIDE] * len(words) for words in utterances],
            "intent": [""] * len(utterances),
        }
    )
    setup = prepare(rows, rows.select([0]), own, start)
    if not (setup.encoder.dimensions or setup.encoder.feature_size):
        raise TrainingError(f"--unlabelled teaches words, which encoder {own.encoder!r} has not")
    if start is not None:  # what it knows of tags and intents waits above
        pmi = np.zeros((len(start.intents), len(start.tags)), dtype=np.float32)
        setup = replace(
            setup,
            tags=start.tags,
            intents=start.intents,
            most_intents=start.most_intents,
            slot_intent_pmi=pmi if start.intents else None,
            scope=start.scope is not None,
        )
    run = Run(setup, own)
    setup.train.targets, count = _number_words(utterances, recipe)
    if not count:
        raise TrainingError(f"{recipe.unlabelled}: no word stands there twice, so none is learned")
    heads = nn.ModuleList(nn.Linear(states_size(run.model({})), count) for _ in run.ensemble)
    _train(run, heads.to(run.device))
    return run.trained_model({})


def _train(run: Run, heads: nn.ModuleList) -> None:
    """Run all passes: members of an ensemble learn the same side by side."""
    split, seed = run.setup.train, run.recipe.seed
    passes = min(_MOST_PASSES, max(1, round(_SEEN / len(split))))
    batches = math.ceil(len(split) / _BATCH_SIZE)
    weights = [*run.ensemble.parameters(), *heads.parameters()]
    optimizer = Optimizer("adamw", weights, lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    run.ensemble.train()
    for number in range(passes):
        random = np.random.default_rng([seed, number])
        torch.manual_seed(int(random.integers(2**62)))
        for done, batch in enumerate(split.shuffled(_BATCH_SIZE, random)):
            step = number * batches + done
            factor = rate("cosine", step, steps=passes * batches, warmup=batches)
            optimizer.lr = _LEARNING_RATE * factor
            optimizer.gradient.zero_()
            loss = _loss(run, heads, batch.to(run.device))
            torch.autograd.backward(loss)
            optimizer.clip(_LONGEST_GRADIENT)
            if not math.isfinite(loss.item()):
                raise TrainingError(f"{run.recipe.unlabelled}: the loss became {loss.item()}")
            optimizer.step()


def _loss(run: Run, heads: nn.ModuleList, batch: Batch) -> Tensor:
    """Compute the cross-entropy of a hidden word, summed over the members."""
    hidden = (torch.rand(batch.mask.shape, device=run.device) < _HIDDEN) & batch.mask  # (B, T)
    targets = batch.targets[hidden]
    extras = batch.extras([name for name in run.ensemble.extras if name == "edges"], 1.0)
    losses = []
    for member, head in zip(run.ensemble, heads, strict=True):
        vectors = member.input.embed(**batch.inputs()) * ~hidden.unsqueeze(2)
        states = member.states_of(vectors, batch.mask, **extras).hidden
        guessed = head(states[hidden])  # (N, V)
        losses.append(F.cross_entropy(guessed, targets, ignore_index=IGNORED, reduction="sum"))
    return torch.stack(losses).sum() / (targets != IGNORED).sum().clamp(min=1)


def _number_words(utterances: Iterable[list[str]], recipe: Recipe) -> tuple[Ints, int]:
    """Return of each token the number of its word, or `IGNORED`, and how many are guessed."""
    how = {"lower_case": recipe.lower_case, "fold_digits": recipe.fold_digits}
    looked_up = [normalise(word, **how) for words in utterances for word in words]
    common = Counter(looked_up).most_common(_MOST_WORDS)
    numbers = {word: n for n, (word, count) in enumerate(common) if count >= _LEAST_COUNT}
    found = [numbers.get(word, IGNORED) for word in looked_up]
    return np.array(found, dtype=np.int64), len(numbers)
