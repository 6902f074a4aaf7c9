"""A tagger in training: its weights, their running mean, the optimizer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor

from slotkit.decoding.decoder import Decoder
from slotkit.decoding.marks import ValueMarks
from slotkit.model.model import SLOT_INTENT_PMI, Model, member_prefixes
from slotkit.model.weights import round_to_half
from slotkit.network.build import make_ensemble
from slotkit.network.ensemble import Ensemble
from slotkit.training.adversarial import hardest_move
from slotkit.training.batches import Batch, Split
from slotkit.training.epoch import Steps
from slotkit.training.loss import check_finite, tagging_loss
from slotkit.training.optimizers import Optimizer, as_vector, rate
from slotkit.training.order import draw_batches
from slotkit.training.prepare import Setup
from slotkit.training.recipe import Recipe
from slotkit.training.size import pace_of
from slotkit.training.start import take_over

# An utterance is known whose gold tags had more than this probability the last times it was taken:
# several, since not every time its values are exchanged.
_KNOWN, _TIMES = 0.9, 2

EachBatch = Callable[[int, int, float], None]


class Run:
    """A tagger in training: its weights, their running mean, the optimizer.

    Parameters
    ----------
    setup : Setup
    recipe : Recipe

    Attributes
    ----------
    longest : int or None
        Words of the longest utterance that it has learned from, which learned positions end at;
        None where the model that it begins from does not say.
    probabilities : array of float64, shape (2, N)
        Of all that is to be learned of each utterance, in the last steps that took it; at first 0.
    """

    def __init__(self, setup: Setup, recipe: Recipe) -> None:
        self.setup, self.recipe = setup, recipe
        self.pace = pace_of(recipe, len(setup.train))
        self._value_marks = ValueMarks(setup.tags, setup.value_marks)
        self.device = torch.device(recipe.device)
        torch.manual_seed(recipe.seed)
        self.sizes = {
            "input_size": (2 * recipe.window_size + 1) * recipe.embedding_size,
            "hidden_size": recipe.hidden_size,
            "num_tags": len(setup.tags),
        }
        self.ensemble = make_ensemble(
            self.model({}), input_dropout=self.pace.input_dropout, dropout=self.pace.dropout
        )
        self.longest: int | None = 0
        if setup.start is not None:
            self.longest = setup.start.training.get("longest")
            views = [{n: w.numpy() for n, w in m.state_dict().items()} for m in self.ensemble]
            take_over(views, self.model({}), setup.start)
        self.ensemble.to(self.device)
        self.batches = math.ceil(len(setup.train) / self.pace.batch_size)
        self.probabilities = np.zeros((_TIMES, len(setup.train)))
        self.take_weights()

    def take_weights(self) -> None:
        """Take the weights that the taggers have now: steps are theirs, and so is the mean."""
        self._averaged = deepcopy(self.ensemble)
        self._mean = as_vector(list(self._averaged.parameters()))
        recipe, weights = self.recipe, self.ensemble.parameters()
        self.optimizer = Optimizer(recipe.optimizer, weights, weight_decay=recipe.weight_decay)

    def train_epoch(self, epoch: int, each_batch: EachBatch | None = None) -> Steps:
        """Go through train once, past most of what is known.

        An utterance whose tags had a high probability when it was taken has next to nothing left
        to teach, and is taken with the chance `keep_known` of the pace.

        Parameters
        ----------
        epoch : int
            From 0.
        each_batch : callable, optional
            Called with the batches done, their number, and the loss of this one.

        Returns
        -------
        Steps

        Raises
        ------
        TrainingError
            If the loss or its gradient is not finite; names the utterances of the batch.

        References
        ----------
        After Jiang et al. 2019, Accelerating deep learning by focusing on the biggest losers.
        """
        recipe = self.recipe
        random = np.random.default_rng([recipe.seed, epoch])
        torch.manual_seed(int(random.integers(2**62)))
        self.ensemble.train()
        total = tokens = learning_rates = norms = 0.0
        train = self.setup.train
        known = self.probabilities.min(0) > _KNOWN
        if train.answers is not None:  # of which only the question may be known
            known &= ~train.answers
        keep = self.pace.keep_known
        chances = train.chances
        if keep < 1:
            chances = np.where(known, keep, 1.0) * (1.0 if chances is None else chances)
        drawn = draw_batches(train.lengths, self.pace.batch_size, random, chances)
        batches = max(1, len(drawn))  # at most self.batches, each of which stands for more
        # The mean looks back as many epochs, and so as fewer steps as these have.
        past = self.pace.ema_decay ** (self.batches / batches)
        for done, rows in enumerate(drawn):
            batch = train.batch(rows, word_dropout=recipe.word_dropout, random=random)
            step = epoch * self.batches + done * self.batches / batches
            learning_rate = self.pace.learning_rate * rate(
                recipe.schedule,
                step,
                steps=self.pace.epochs * self.batches,
                warmup=round(recipe.warmup * self.batches),
            )
            self.optimizer.lr = learning_rate
            if self.longest is not None:
                self.longest = max(self.longest, batch.mask.shape[1])
            loss, norm = self._step(batch.to(self.device), epoch)
            if self.pace.ema_decay:
                # A start counts in the mean, the random numbers before the first step do not.
                first = step == 0 and self.setup.start is None
                self._mean.lerp_(self.optimizer.weights, 1.0 if first else 1 - past)
            size = int(batch.mask.sum())
            total, tokens = total + loss * size, tokens + size
            learning_rates, norms = learning_rates + learning_rate, norms + norm
            if each_batch is not None:
                each_batch(done + 1, batches, loss)
        return Steps(total / max(tokens, 1.0), learning_rates / batches, norms / batches)

    def _step(self, batch: Batch, epoch: int) -> tuple[float, float]:
        """Learn from a batch, and once more where it is hardest to tag if words are moved.

        Returns the loss and the norm of its gradient, of the words as they are.
        """
        extras = batch.extras(self.ensemble.extras, epoch / self.pace.epochs)
        vectors = [member.input.embed(**batch.inputs()) for member in self.ensemble]
        if epsilon := self.pace.adversarial:
            for looked_up in vectors:
                looked_up.retain_grad()
        found = self._update(vectors, batch, extras, epoch)
        if epsilon:
            moved = [
                member.input.embed(**batch.inputs()) + hardest_move(x, batch.mask, epsilon)
                for member, x in zip(self.ensemble, vectors, strict=True)
            ]
            self._update(moved, batch, extras, epoch)
        return found

    def _update(
        self, vectors: list[Tensor], batch: Batch, extras: dict[str, Any], epoch: int
    ) -> tuple[float, float]:
        """Take one step down the loss; return it, for a member, and the norm of its gradient."""
        self.optimizer.gradient.zero_()
        loss = self._losses(vectors, batch, extras)
        torch.autograd.backward(loss)
        norm = self.optimizer.clip(self.recipe.max_grad_norm or math.inf)
        check_finite({"loss": loss.item(), "gradient": norm}, epoch, batch.rows)
        self.optimizer.step()
        return loss.item() / len(vectors), norm

    def _losses(self, vectors: list[Tensor], batch: Batch, extras: dict[str, Any]) -> Tensor:
        """Compute the sum of the members' losses from their words' vectors."""
        members = zip(self.ensemble, vectors, strict=True)
        losses = [tagging_loss(member, x, batch, extras) for member, x in members]
        each = torch.stack([loss.each for loss in losses]).mean(0)
        before = self.probabilities[:-1, batch.rows]
        now = np.exp(-each.double().cpu().numpy())
        self.probabilities[:, batch.rows] = np.concatenate([now[None], before])
        return torch.stack([loss.mean for loss in losses]).sum()

    @property
    def best_weights(self) -> Ensemble:
        """What to score and keep: with the running mean of the weights where there is one."""
        return self._averaged if self.pace.ema_decay else self.ensemble

    @torch.inference_mode()
    def predict(self, split: Split) -> list[list[str]]:
        """Tag a split: legal IOB2 for every utterance, in order."""
        ensemble = self.best_weights.eval()
        decoder = Decoder(self.setup.tags, ensemble.crf())
        tagged: list[list[str]] = [[] for _ in range(len(split))]
        for batch in split.in_order(8 * self.pace.batch_size):
            moved = batch.to(self.device)
            extras = moved.extras(ensemble.extras, 1.0)
            logits = ensemble(moved.inputs(), **extras).cpu().numpy()
            lengths = batch.mask.sum(1).numpy()
            for length in np.unique(lengths).tolist():
                own, rows = logits[lengths == length, :length], batch.rows[lengths == length]
                words = [split.tokens(row) for row in rows]
                self._value_marks.keep_off(own, words, decoder.decode)
                for row, best in zip(rows, decoder.decode_batch(own), strict=True):
                    tagged[row] = [self.setup.tags[k] for k in best.tolist()]
        return tagged

    def model(self, training: dict[str, Any]) -> Model:
        """Return what the model folder holds, but its weights."""
        return Model(
            tokenizer=self.setup.tokenizer.name,
            encoder=self.setup.encoder,
            embedding_size=self.recipe.embedding_size,
            window_size=self.recipe.window_size,
            architecture=self.recipe.tagger,
            arguments=self.sizes | self.recipe.arguments,
            tags=self.setup.tags,
            edges=self.recipe.edges,
            training=training,
            weights={},
            ensemble_size=self.recipe.ensemble_size,
            decoder=self.recipe.decoder,
            intents=self.setup.intents,
            most_intents=self.setup.most_intents,
            marked_words=self.setup.marked_words,
            value_marks=self.setup.value_marks,
            scope={"temperature": 1.0, "threshold": 0.0} if self.setup.scope else None,
            asked_slots=self.setup.asked_slots,
        )

    def trained_model(self, training: dict[str, Any]) -> Model:
        """Return what the model folder holds."""
        weights = {}
        prefixes = member_prefixes(self.recipe.ensemble_size)
        for prefix, member in zip(prefixes, self.best_weights, strict=True):
            for name, weight in member.state_dict().items():
                weights[prefix + name] = round_to_half(weight.cpu().numpy())
        if self.setup.slot_intent_pmi is not None:
            weights[SLOT_INTENT_PMI] = round_to_half(self.setup.slot_intent_pmi)
        return self.model(training | {"longest": self.longest})._replace(weights=weights)

    def tensors(self) -> dict[str, Tensor]:
        """Return all that the next epoch depends on."""
        named = {f"optimizer.{name}": memory for name, memory in self.optimizer.memory.items()}
        named |= {"weights": self.optimizer.weights, "mean": self._mean}
        return named | {"probabilities": torch.from_numpy(self.probabilities)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up what `tensors` gave."""
        self.optimizer.weights.copy_(tensors["weights"])
        self._mean.copy_(tensors["mean"])
        self.probabilities = tensors["probabilities"].numpy().copy()
        prefix = "optimizer."
        memory = {name: memory for name, memory in tensors.items() if name.startswith(prefix)}
        self.optimizer.memory = {
            name.removeprefix(prefix): own.to(self.device) for name, own in memory.items()
        }
