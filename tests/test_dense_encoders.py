"""Encoders with dense numbers: of a word, or of a token among others.

Two tiny ones stand for all: they train, save, load and tag, alone and beside the first kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from slotkit.corpus import Corpus
from slotkit.encoders.encoder import Encoder
from slotkit.encoders.table import ENCODERS, encoder_from_config, make_encoder
from slotkit.model.file import load_model, save_model
from slotkit.network.build import ensemble_of
from slotkit.tagging.filler import SlotFiller
from slotkit.training.batches import Split
from slotkit.training.recipe import make_recipe
from small import LEARNING, make_corpus, run

PLACES = {"rome", "taipei", "oslo", "lima", "cairo"}


class Letters(Encoder):
    """How long a word is, and its first letter: dense numbers of the word alone."""

    name = "letters"
    feature_size = 3

    def fit(self, words: Mapping[str, int]) -> None:
        pass

    def to_config(self) -> dict[str, Any]:
        return {"name": self.name}

    def features(self, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        rows = [(len(w) / 8, ord(w[0].lower()) % 7 / 7, w[0].isupper()) for w in tokens]
        return np.array(rows, dtype=np.float32).reshape(-1, 3)


class Pairs(Encoder):
    """Which words are in a list of values, and which begin one of two: looks at the utterance."""

    name = "pairs"
    context_size = 2

    def __init__(self, values: Sequence[Sequence[str]] = (("new", "york"),)) -> None:
        self.values = [tuple(value) for value in values]

    def fit(self, words: Mapping[str, int]) -> None:
        pass

    def to_config(self) -> dict[str, Any]:
        return {"name": self.name, "values": [list(value) for value in self.values]}

    def context(self, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        words, found = [word.lower() for word in tokens], np.zeros((len(tokens), 2), dtype="f4")
        for place, word in enumerate(words):
            found[place, 0] = word in PLACES
            found[place, 1] = tuple(words[place : place + 2]) in self.values
        return found


@pytest.fixture(autouse=True)
def in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put both into the table of encoders, which is all that a new one needs."""
    monkeypatch.setitem(ENCODERS, "letters", Letters)
    monkeypatch.setitem(ENCODERS, "pairs", Pairs)


each_spec = pytest.mark.parametrize(
    "spec", ["letters", "other+letters", "pairs+other", "letters+hashing+pairs"]
)


@each_spec
def test_it_is_built_again_from_what_it_says_of_itself(spec: str) -> None:
    encoder = make_encoder(spec)
    encoder.fit({"to": 2, "New": 1, "York": 1})
    again = encoder_from_config(encoder.to_config())

    tokens = ["to", "New", "York"]
    assert again.features(tokens).shape == (3, encoder.feature_size)
    np.testing.assert_array_equal(again.features(tokens), encoder.features(tokens))
    assert again.dimensions == encoder.dimensions
    assert again.context_size == 2 * ("pairs" in spec)
    if again.context_size:
        np.testing.assert_array_equal(again.context(tokens), encoder.context(tokens))
        assert again.context(tokens).any()


@each_spec
@pytest.mark.parametrize("options", [{}, {"augment": 0.5, "decoder": "crf", "window_size": 1}])
def test_it_trains_saves_loads_and_tags(spec: str, options: dict[str, Any], tmp_path: Path) -> None:
    recipe = make_recipe("elman", **{**LEARNING, "encoder": spec, "window_size": 2, **options})

    kept = run(tmp_path / "model", recipe)
    loaded = load_model(tmp_path / "model")
    save_model(loaded, tmp_path / "again")

    assert kept.f1 is not None
    assert kept.f1 > 0.5
    assert ("input.features.weight" in loaded.weights) == ("letters" in spec)
    assert ("input.context.weight" in loaded.weights) == ("pairs" in spec)
    taggings = [SlotFiller.load(tmp_path / name).tag("leave Oslo for New York") for name in FOLDERS]
    assert taggings[0].to_json(probabilities=True) == taggings[1].to_json(probabilities=True)


FOLDERS = ("model", "again")


@each_spec
def test_torch_says_what_numpy_says(spec: str, tmp_path: Path) -> None:
    """Also of words that training has not seen, alone and among others, in a window."""
    corpus: Corpus = make_corpus()
    recipe = make_recipe("bidirectional", **{**LEARNING, "encoder": spec, "epochs": 1})
    run(tmp_path, recipe, corpus)
    model = load_model(tmp_path)
    rows = corpus.splits["train"]
    ensemble, filler = ensemble_of(model).eval(), SlotFiller(model)
    batch = Split(rows, model.encoder, model.tags).batch(np.arange(len(rows)))

    with torch.no_grad():
        logits = ensemble(batch.inputs())

    for row, words in enumerate(rows["tokens"][:]):
        ours, theirs = filler.score(words).logits, logits[row, : len(words)].numpy()
        assert np.abs(ours - theirs).max() <= 1e-5 * max(1, np.abs(theirs).max())
    together = filler.tag_tokens(rows["tokens"][:])
    assert together == [filler.tag_tokens([words])[0] for words in rows["tokens"][:]]


def test_what_depends_on_the_word_alone_is_kept_for_it(tmp_path: Path) -> None:
    recipe = make_recipe("elman", **{**LEARNING, "encoder": "letters+pairs", "epochs": 1})
    run(tmp_path, recipe)
    filler = SlotFiller.load(tmp_path)
    encoder = filler._scorer._encoder
    words: list[list[str]] = []
    utterances: list[list[str]] = []

    def spy(method: Any, calls: list[list[str]]) -> Any:
        def asked(tokens: Sequence[str]) -> Any:
            calls.append(list(tokens))
            return method(tokens)

        return asked

    encoder.features = spy(encoder.features, words)  # type: ignore[method-assign]
    encoder.context = spy(encoder.context, utterances)  # type: ignore[method-assign]
    filler.tag("leave Oslo")
    filler.tag("Oslo leave")

    assert words == [["leave"], ["Oslo"]]
    assert utterances == [["leave", "Oslo"], ["Oslo", "leave"]]
