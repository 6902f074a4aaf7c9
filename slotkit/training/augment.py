"""Value swapping: in training, the values of slots are exchanged for others of the same kind.

Slots that hold the same kind of value lend to each other, so that a network learns to read the
cue ("from", "to") and not the city. Of a kind with many words, which will be met with words that
nobody has seen, some are put together of two of its own: "Helsinki" and "Barcelona" to
"Helselona". Words get a typo now and then, those beside values too, so that not every word that is
new is taken for a value; and some utterances are written in another case. All of it is array work
on whole batches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from slotkit.errors import CorpusError, TrainingError
from slotkit.text.kinds import Value, find_kinds
from slotkit.text.spelling import LETTERS, blend, misspell
from slotkit.text.tags import split_tag
from slotkit.text.tokenizer import tokenize

Ints = npt.NDArray[np.int64]

_TYPOS = 0.05  # chance of a word that is swapped in to be misspelt
_TYPOS_BESIDE = 0.15  # and of any other word of an utterance that may have values swapped
_MISSPELT = 3  # ways in which each word is misspelt
_BLENDED = 0.3  # chance of a word of an open kind that is swapped in to be put together of two
_BLENDS = 3  # ways in which each word is put together with others
_DROPPED = 0.02  # chance of a value that is swapped in to lack what lists say of it
_OPEN = 100  # different words of letters that make a kind an open one
_RECASED = 0.1  # chance of an utterance that may have values swapped to change its case
CASES = (str.lower, str.upper, str.capitalize)


def read_values(
    given: Iterable[str], slots: Sequence[str], tokenizer: str, marked: Collection[str] = ()
) -> dict[str, set[Value]]:
    """Read word lists.

    Parameters
    ----------
    given : iterable of str
        ``slot=FILE`` each; a file has a value a line.
    slots : sequence of str
        The slots that there are.
    tokenizer, marked
        As of `slotkit.text.tokenizer.tokenize`, which cuts values into words.

    Returns
    -------
    dict of str to set of tuple of str
        The values of each slot.

    Raises
    ------
    TrainingError
        If a list is for a slot that is not among `slots`.
    CorpusError
        If a file cannot be read as UTF-8, or has an empty line or none.
    """
    values: dict[str, set[Value]] = {}
    for item in given:
        slot, _, name = item.partition("=")
        if slot not in slots:
            raise TrainingError(f"values: unknown slot {slot!r}; choose from {', '.join(slots)}")
        path = Path(name)
        try:
            lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode().split("\n")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise CorpusError("not UTF-8", path, line) from error
        except OSError as error:
            raise CorpusError(f"cannot be read: {error.strerror or error}", path) from error
        if lines[-1] == "":
            lines.pop()  # what follows the last line break is no line
        if not lines:
            raise CorpusError("must hold a value a line, got an empty file", path)
        for place, text in enumerate(lines, start=1):
            words = tokenize(text.removesuffix("\r"), tokenizer, marked).words
            if not words:
                raise CorpusError("must hold a value, got an empty line", path, place)
            values.setdefault(slot, set()).add(tuple(words))
    return values


def add_inside_tags(
    tags: Iterable[str],
    values: Mapping[str, Mapping[Value, int]],
    lists: Mapping[str, Iterable[Value]],
) -> set[str]:
    """Return tags, and the ``I-slot`` of each slot that can be lent a value of several words.

    Parameters
    ----------
    tags : iterable of str
    values : mapping of str to mapping of value to int
        How often training has each value of each slot.
    lists : mapping of str to iterable of value
        More values of some slots.
    """
    kinds = find_kinds(values, lists)
    long = {
        kinds[slot]
        for slot, held in values.items()
        if any(len(value) > 1 for value in (*held, *lists.get(slot, ())))
    }
    slots = {slot for slot, kind in kinds.items() if kind in long}
    tags = set(tags)
    return tags | {f"I-{slot}" for slot in slots if f"B-{slot}" in tags}


class Swapper:
    """Exchanges the values of batches of utterances.

    Parameters
    ----------
    values : mapping of str to Counter of value
        How often training has each value of each slot.
    lists : mapping of str to set of value
        More values of some slots.
    tags : sequence of str
        The K tags; an ``I-slot`` for each slot that may be lent several words.
    p : float
        The chance of an utterance to have its values exchanged.
    vocabulary : list of str
        The words of training in the order of their numbers; what is lent, and what becomes of it,
        is added at the end.
    seed : int
        For the misspellings and for what is put together of two words.
    context_of : callable, optional
        Returns the numbers of tokens that depend on their utterance, (T, C).
    """

    def __init__(
        self,
        values: Mapping[str, Counter[Value]],
        lists: Mapping[str, set[Value]],
        tags: Sequence[str],
        p: float,
        vocabulary: list[str],
        seed: int,
        context_of: Callable[[Sequence[str]], npt.NDArray[np.float32]] | None = None,
    ) -> None:
        self.p = p
        kinds = find_kinds(values, lists)
        names = sorted(set(kinds.values()))
        numbers = {word: number for number, word in enumerate(vocabulary)}

        def number_of(word: str) -> int:
            if word not in numbers:
                numbers[word] = len(vocabulary)
                vocabulary.append(word)
            return numbers[word]

        # All values of one kind after the other; those of kind k are firsts[k] : firsts[k + 1].
        by_kind: dict[str, set[Value]] = {name: set() for name in names}
        for slot, counted in values.items():
            by_kind[kinds[slot]].update(counted, lists.get(slot, ()))
        lent = [value for same in by_kind.values() for value in sorted(same)]
        self._firsts: Ints = np.cumsum([0, *map(len, by_kind.values())])
        self._words: Ints = np.array([number_of(w) for value in lent for w in value], dtype=int)
        self._lengths: Ints = np.array([len(value) for value in lent], dtype=int)
        self._starts: Ints = np.cumsum(self._lengths) - self._lengths

        self._context = None
        if context_of is not None:
            self._context = np.concatenate([context_of(value) for value in lent])

        halves = [split_tag(tag) for tag in tags]
        index = {tag: k for k, tag in enumerate(tags)}
        self._inside = np.array([prefix == "I" for prefix, _ in halves])
        self._continued = np.array(
            [index.get(f"I-{slot}", k) for k, (_, slot) in enumerate(halves)]
        )
        self._kind = np.array([names.index(kinds[s]) if s in kinds else -1 for _, s in halves])

        random = np.random.default_rng(seed)
        letters = sorted({letter for word in vocabulary for letter in word if letter.isalpha()})
        misspelt = [
            [number_of(misspell(word, letters, random)) for _ in range(_MISSPELT)]
            for word in vocabulary[:]
        ]
        # Whatever the case, but of what is put together of two: row 0 as it is, then one a case.
        spelt = len(vocabulary)
        recased = [[number_of(change(word)) for word in vocabulary[:spelt]] for change in CASES]
        blended: dict[int, list[int]] = {}
        for same in by_kind.values():
            words = sorted({w for value in same for w in value if LETTERS.fullmatch(w)})
            for word in words if len(words) >= _OPEN else ():
                others = [words[int(random.integers(len(words)))] for _ in range(_BLENDS)]
                blended[numbers[word]] = [number_of(blend(word, o, random)) for o in others]
        # What may become of a word: (ways, V) words.
        self._blended, self._misspelt, self._cases = (
            np.tile(np.arange(len(vocabulary)), (ways, 1))
            for ways in (_BLENDS, _MISSPELT, 1 + len(CASES))
        )
        self._blended[:, list(blended)] = np.array(list(blended.values())).T
        self._misspelt[:, : len(misspelt)] = np.array(misspelt).T
        self._cases[1:, :spelt] = recased

    def swap(
        self,
        words: Ints,
        targets: Ints,
        lengths: Ints,
        random: np.random.Generator,
        context: npt.NDArray[np.float32] | None = None,
    ) -> tuple[Ints, Ints, Ints, npt.NDArray[np.bool_], npt.NDArray[np.float32] | None]:
        """Exchange the values of some utterances of a batch.

        Parameters
        ----------
        words, targets : array of int, shape (N,)
            The numbers of the words and tags of all utterances, one after the other.
        lengths : array of int, shape (B,)
            Words of each utterance.
        random : Generator
        context : array of float32, shape (N, C), optional
            Numbers of the tokens that depend on their utterance.

        Returns
        -------
        words, targets, lengths : array of int
            The same of the utterances with their new values.
        changed : array of bool, shape (B,)
            Which have got any.
        context : array of float32, or None
            The same of the utterances with their new values, each of which is taken to have
            among others what it has alone, or now and then nothing.
        """
        # A segment is a span, or a word outside all spans.
        begins = np.flatnonzero(~self._inside[targets])
        sizes = np.diff(begins, append=len(words))
        tags = targets[begins]
        kinds = self._kind[tags]
        owner = np.repeat(np.arange(len(lengths)), lengths)[begins]
        chosen = random.random(len(lengths)) < self.p
        swapped = chosen[owner] & (kinds >= 0)
        first, last = self._firsts[kinds], self._firsts[kinds + 1]
        drawn = np.minimum(first + (random.random(len(kinds)) * (last - first)), last - 1)
        drawn = np.where(swapped, drawn, 0).astype(np.int64)

        starts = np.where(swapped, len(words) + self._starts[drawn], begins)
        sizes = np.where(swapped, self._lengths[drawn], sizes)
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1]) + np.repeat(starts - (ends - sizes), sizes)
        new_words = np.concatenate([words, self._words])[places]
        new_targets = np.repeat(self._continued[tags], sizes)
        new_targets[ends - sizes] = tags
        if context is not None:
            context = np.concatenate([context, self._context])[places]
        new_lengths = np.bincount(owner, weights=sizes, minlength=len(lengths)).astype(np.int64)

        typos = np.where(swapped, _TYPOS, _TYPOS_BESIDE * chosen[owner])
        for chances, table in (_BLENDED * swapped, self._blended), (typos, self._misspelt):
            changed = random.random(len(new_words)) < np.repeat(chances, sizes)
            which = random.integers(len(table), size=len(new_words))
            new_words = np.where(changed, table[which, new_words], new_words)
        if context is not None:  # nothing is to lean on it
            dropped = swapped & (random.random(len(swapped)) < _DROPPED)
            context = context * ~np.repeat(dropped, sizes)[:, None]
        case = random.integers(1, 1 + len(CASES), size=len(lengths))
        case *= chosen & (random.random(len(lengths)) < _RECASED)
        new_words = self._cases[np.repeat(case, new_lengths), new_words]
        values = np.bincount(owner, weights=swapped, minlength=len(lengths))
        return new_words, new_targets, new_lengths, values > 0, context
