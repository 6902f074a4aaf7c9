"""The taggers that people would take instead, trained and run on the same utterances.

    python benchmarks/peers.py train NAME CORPUS MODEL
    python benchmarks/peers.py tag NAME MODEL < lines > json

Each is set up as its documentation suggests for such a task. Features and glue are in Python, as
their users would write them.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

Tokens = list[str]
Tags = list[str]


class Peer(ABC):
    """A tagger of somebody else."""

    @abstractmethod
    def train(self, parts: dict[str, list[tuple[Tokens, Tags]]], model: Path) -> None:
        """Train on ``train`` (and ``validation``) and write the model."""

    @abstractmethod
    def load(self, model: Path) -> None:
        """Read the model."""

    @abstractmethod
    def tag(self, tokens: Tokens) -> Tags:
        """Tag one utterance."""


def _shape(word: str) -> str:
    return "".join("X" if c.isupper() else "x" if c.isalpha() else "d" for c in word)[:4]


def _features(words: Tokens, t: int) -> list[str]:
    """Window of two words, affixes, shape and bigrams."""
    word = words[t]
    found = [
        "bias",
        f"w={word}",
        f"shape={_shape(word)}",
        *(f"p{n}={word[:n]}" for n in (1, 2, 3)),
        *(f"s{n}={word[-n:]}" for n in (1, 2, 3)),
    ]
    for d in (-2, -1, 1, 2):
        found.append(f"{d}={words[t + d]}" if 0 <= t + d < len(words) else f"{d}=")
    if t:
        found.append(f"b-={words[t - 1]}|{word}")
    if t + 1 < len(words):
        found.append(f"b+={word}|{words[t + 1]}")
    return found


class CRFsuite(Peer):
    """sklearn-crfsuite: L-BFGS with both penalties at 0.1, 100 iterations."""

    def train(self, parts: dict[str, list[tuple[Tokens, Tags]]], model: Path) -> None:
        import sklearn_crfsuite

        crf = sklearn_crfsuite.CRF(
            c1=0.1, c2=0.1, max_iterations=100, model_filename=str(model), keep_tempfiles=True
        )
        rows = parts["train"]
        crf.fit([[_features(w, t) for t in range(len(w))] for w, _ in rows], [t for _, t in rows])

    def load(self, model: Path) -> None:
        import pycrfsuite

        self._tagger = pycrfsuite.Tagger()
        self._tagger.open(str(model))

    def tag(self, tokens: Tokens) -> Tags:
        found: Tags = self._tagger.tag([_features(tokens, t) for t in range(len(tokens))])
        return found


class VowpalWabbit(Peer):
    """Vowpal Wabbit's search task, five passes over the same features."""

    _options = "--quiet --search_task sequence --search_history_length 2 -b 22"

    def _lines(self, words: Tokens, tags: Tags | None = None) -> str:
        clean = [word.replace(":", "_").replace("|", "_") for word in words]
        labels = [str(1 + self._tags.index(tag)) for tag in tags] if tags else [""] * len(words)
        return "\n".join(
            f"{label} | {' '.join(f.replace('|', '&') for f in _features(clean, t))}"
            for t, label in enumerate(labels)
        )

    def train(self, parts: dict[str, list[tuple[Tokens, Tags]]], model: Path) -> None:
        from vowpalwabbit import Workspace

        rows = list(parts["train"])
        self._tags = sorted({tag for _, tags in rows for tag in tags})
        vw = Workspace(f"{self._options} --search {len(self._tags)} -f {model}")
        shuffle = random.Random(1)
        for _ in range(5):
            shuffle.shuffle(rows)
            for words, tags in rows:
                examples = vw.parse(self._lines(words, tags))
                vw.learn(examples)
                vw.finish_example(examples)
        vw.finish()
        model.with_suffix(".json").write_text(json.dumps(self._tags))

    def load(self, model: Path) -> None:
        from vowpalwabbit import Workspace

        self._tags = json.loads(model.with_suffix(".json").read_text())
        self._vw = Workspace(f"--quiet -t -i {model}")

    def tag(self, tokens: Tokens) -> Tags:
        examples = self._vw.parse(self._lines(tokens))
        self._vw.predict(examples)
        found = [self._tags[one.get_multiclass_prediction() - 1] for one in examples]
        self._vw.finish_example(examples)
        return found


class SpaCy(Peer):
    """spaCy's ``ner``, trained by its own command with its own configuration for efficiency."""

    def _doc(self, vocab: Any, words: Tokens, tags: Tags | None = None) -> Any:
        from spacy.tokens import Doc
        from spacy.training import biluo_tags_to_spans, iob_to_biluo

        doc = Doc(vocab, words=words)
        if tags:
            doc.set_ents(biluo_tags_to_spans(doc, iob_to_biluo(tags)))
        return doc

    def train(self, parts: dict[str, list[tuple[Tokens, Tags]]], model: Path) -> None:
        from spacy.cli.init_config import init_config
        from spacy.cli.train import train
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab

        vocab = Vocab()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for part, rows in parts.items():
                docs = [self._doc(vocab, words, tags) for words, tags in rows]
                DocBin(docs=docs).to_disk(folder / f"{part}.spacy")
            init_config(pipeline=["ner"], optimize="efficiency").to_disk(folder / "config.cfg")
            paths = {"paths.train": "train.spacy", "paths.dev": "validation.spacy"}
            paths = {option: str(folder / file) for option, file in paths.items()}
            train(folder / "config.cfg", folder, overrides=paths)
            shutil.copytree(folder / "model-best", model, dirs_exist_ok=True)

    def load(self, model: Path) -> None:
        import spacy

        self._nlp = spacy.load(model)

    def tag(self, tokens: Tokens) -> Tags:
        doc = self._doc(self._nlp.vocab, tokens)
        for _, pipe in self._nlp.pipeline:
            doc = pipe(doc)
        return [f"{t.ent_iob_}-{t.ent_type_}" if t.ent_type_ else "O" for t in doc]


PEERS: dict[str, type[Peer]] = {"crfsuite": CRFsuite, "vowpal-wabbit": VowpalWabbit, "spacy": SpaCy}


def main() -> None:
    """Train a peer, or tag lines with one."""
    verb, name, *places = sys.argv[1:]
    peer = PEERS[name]()
    if verb == "train":
        from slotkit.corpus import load_corpus

        splits = load_corpus(places[0]).splits
        parts = {
            part: list(zip(splits[part]["tokens"], splits[part]["tags"], strict=True))
            for part in ("train", "validation")
        }
        peer.train(parts, Path(places[1]))
        return
    peer.load(Path(places[0]))
    for line in sys.stdin:
        tokens = line.split()
        print(json.dumps({"tokens": tokens, "tags": peer.tag(tokens) if tokens else []}))


if __name__ == "__main__":
    main()
