"""A session of labelling: which utterances there are, what is asked, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from slotkit.corpus.formats.lines import read_lines
from slotkit.corpus.formats.reading import Reading
from slotkit.errors import CorpusError
from slotkit.labelling.answers import Answer, Answers, make_answer
from slotkit.labelling.order import Array, Order
from slotkit.labelling.prelabel import Suggestion, prelabel, put_on
from slotkit.tagging.filler import SlotFiller
from slotkit.text.tags import Span
from slotkit.text.tokenizer import Tokens, tokenize


def read_utterances(path: Path) -> list[str]:
    """Read a file with an utterance a line: each once, and blank lines passed over.

    Raises
    ------
    CorpusError
        If the file cannot be read, a line is not UTF-8 or holds control characters, or there is
        no utterance.
    """
    reading = Reading()
    texts: dict[str, None] = {}
    for _, line in read_lines(path, reading):
        reading.check()
        if tokenize(line).words:
            texts[line] = None
    if not texts:
        raise CorpusError("holds no utterance", path)
    return list(texts)


class Session:
    """What is labelled, and how far it has come.

    Parameters
    ----------
    texts : iterable of str
        The utterances, each once and with at least one word.
    answers : Answers
        Where answers are kept; utterances that have one are not asked again.
    seed : int
        Decides between utterances that are worth the same.
    tokenizer : str
        What cuts the texts.

    Attributes
    ----------
    current : int or None
        The number of the utterance that is asked; None where all are answered.
    labelled, skipped : list of Answer
        What the file holds, in its order.
    slots : list of str
        The slots that are known, in the order in which they became so.
    """

    def __init__(
        self, texts: Iterable[str], answers: Answers, *, seed: int = 0, tokenizer: str = "words"
    ) -> None:
        self.texts = list(texts)
        self.tokens: list[Tokens] = [tokenize(text, tokenizer) for text in self.texts]
        self._answers = answers
        self._order = Order([tokens.words for tokens in self.tokens], seed)
        self._suggestions: dict[int, Suggestion] = {}
        self._doubts: Array | None = None
        self._history: list[tuple[int, Answer]] = []
        self.slots: list[str] = []
        numbers = {text: number for number, text in enumerate(self.texts)}
        for answer in answers.found:
            self._know(one.name for one in answer.slots or ())
            if answer.text in numbers:
                self._history.append((numbers[answer.text], answer))
        self._others = [answer for answer in answers.found if answer.text not in numbers]
        self.current = self._next()

    def _know(self, slots: Iterable[str]) -> None:
        self.slots += [slot for slot in dict.fromkeys(slots) if slot not in self.slots]

    def _next(self) -> int | None:
        shown = list(dict.fromkeys(number for number, _ in self._history))
        return self._order.next(self._left(), shown, self._doubts)

    def _left(self) -> list[int]:
        done = {number for number, _ in self._history}
        return [number for number in range(len(self.texts)) if number not in done]

    @property
    def left(self) -> int:
        """How many utterances are not answered."""
        return len(self.texts) - len({number for number, _ in self._history})

    @property
    def answers(self) -> list[Answer]:
        """What the file holds."""
        return [*self._others, *(answer for _, answer in self._history)]

    @property
    def labelled(self) -> list[Answer]:
        """What was labelled, skipped ones left out."""
        return [answer for answer in self.answers if answer.slots is not None]

    @property
    def suggestion(self) -> Suggestion:
        """What is marked on the utterance that is asked: by a tagger, or by what was undone."""
        return self._suggestions.get(-1 if self.current is None else self.current, _NOTHING)

    def use(self, filler: SlotFiller) -> None:
        """Let a tagger mark what is left, and decide by its doubts what is asked after this."""
        self._know(tag[2:] for tag in filler.tags if tag.startswith("B-"))
        left = self._left()
        found = prelabel(filler, [self.texts[n] for n in left], [self.tokens[n] for n in left])
        self._suggestions = dict(zip(left, found, strict=True))
        doubts = np.ones(len(self.texts))
        doubts[left] = [1 - (one.confidence or 0.0) for one in found]
        self._doubts = doubts

    def start_with(self, filler: SlotFiller) -> None:
        """Let a tagger mark and order all that is left, what is asked now too."""
        self.use(filler)
        self.current = self._next()

    def answer(self, spans: Iterable[Span] | None) -> None:
        """Keep what was marked, or None for an utterance to skip, and go to the next.

        Raises
        ------
        OSError
            If it cannot be kept; then nothing has changed.
        """
        assert self.current is not None
        made = make_answer(self.texts[self.current], self.tokens[self.current].words, spans)
        self._answers.add(made)
        self._know(one.name for one in made.slots or ())
        self._history.append((self.current, made))
        self.current = self._next()

    def undo(self) -> bool:
        """Go back to the utterance that was answered last, and take its answer back.

        Returns
        -------
        bool
            False where there is none.

        Raises
        ------
        OSError
            If the file cannot be written; then nothing has changed.
        """
        if not self._history:
            return False
        number, answer = self._history[-1]
        self._answers.take_back(answer)
        self._history.pop()
        self.current = number
        if answer.slots is not None:
            self._suggestions[number] = Suggestion(put_on(self.tokens[number], answer.slots), None)
        return True


_NOTHING = Suggestion([], None)
