"""The taggers that people would take instead, trained and run on the same utterances.

    python benchmarks/peers.py train NAME CORPUS MODEL
    python benchmarks/peers.py tag NAME MODEL < lines > json

Each is set up as its documentation suggests for such a task. Features and glue are in Python, as
their users would write them.
"""

from __future__ import annotations

import json
import random
import sys
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
    """spaCy's ``ner`` in its efficiency configuration, 30 passes or 1,600 steps without gain."""

    _passes, _patience = 30, 1600

    def _doc(self, nlp: Any, words: Tokens, tags: Tags | None = None) -> Any:
        from spacy.tokens import Doc
        from spacy.training import biluo_tags_to_spans, iob_to_biluo

        doc = Doc(nlp.vocab, words=words)
        if tags:
            doc.set_ents(biluo_tags_to_spans(doc, iob_to_biluo(tags)))
        return doc

    def train(self, parts: dict[str, list[tuple[Tokens, Tags]]], model: Path) -> None:
        import spacy
        from spacy.training import Example
        from spacy.util import minibatch

        random.seed(1)
        nlp = spacy.blank("en")
        nlp.add_pipe("ner")
        made = {
            part: [
                Example(self._doc(nlp, words), self._doc(nlp, words, tags)) for words, tags in rows
            ]
            for part, rows in parts.items()
        }
        optimizer = nlp.initialize(lambda: made["train"])
        best = step = best_step = 0.0
        for _ in range(self._passes):
            random.shuffle(made["train"])
            for batch in minibatch(made["train"], size=64):
                nlp.update(batch, sgd=optimizer, drop=0.1)
                step += 1
            f1 = nlp.evaluate(made["validation"])["ents_f"]
            if f1 > best:
                best, best_step = f1, step
                nlp.to_disk(model)
            elif step - best_step > self._patience:
                break

    def load(self, model: Path) -> None:
        import spacy

        self._nlp = spacy.load(model)

    def tag(self, tokens: Tokens) -> Tags:
        doc = self._doc(self._nlp, tokens)
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
