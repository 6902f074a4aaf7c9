"""What train and the other splits share and should not, and what train has too little of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from slotkit.corpus.formats.rows import Row
from slotkit.corpus.lint.findings import RARE, Finding, Place, listed, times
from slotkit.corpus.lint.spots import Utterance, Words, each_span


def measure(splits: Mapping[str, Iterable[Row]]) -> dict[str, dict[str, int]]:
    """Count the utterances of each split.

    Returns
    -------
    dict of str to dict of str to int
        ``utterances``; ``repeats``, those whose text stands earlier in the split; ``in_train``,
        those whose text stands in train (0 for train itself).
    """
    texts = {
        split: [tuple(map(str.lower, row["tokens"])) for row in rows]
        for split, rows in splits.items()
    }
    train = set(texts.get("train", []))
    return {
        split: {
            "utterances": len(words),
            "repeats": len(words) - len(set(words)),
            "in_train": 0 if split == "train" else sum(one in train for one in words),
        }
        for split, words in texts.items()
    }


def find_in_train(utterances: Iterable[Utterance]) -> Iterator[Finding]:
    """Find the texts of the other splits that stand in train."""
    texts: defaultdict[tuple[str, Words], list[Utterance]] = defaultdict(list)
    for one in utterances:
        texts[one.place.split, one.words].append(one)
    for (split, words), found in texts.items():
        if split != "train" and ("train", words) in texts:
            places = tuple(one.place for one in found)
            train = listed(one.place for one in texts["train", words])
            message = f"{listed(places)} as {train}: {found[0].row['text']}"
            yield Finding(kind="in_train", message=message, places=places, count=len(places))


_SHARED = 0.8  # of a part's texts: from here on they come from the templates of train
_FEW = 20  # texts that tell nothing


def find_shared_templates(utterances: Iterable[Utterance]) -> Iterator[Finding]:
    """Find the parts whose texts, their values left out, stand in train too: drawn from one list.

    A tagger then knows them by heart, and scores on them say nothing of what people say. Counted
    are texts that are not in train themselves.
    """
    templates: defaultdict[str, defaultdict[Words, list[Utterance]]]
    templates = defaultdict(lambda: defaultdict(list))
    texts: defaultdict[str, set[Words]] = defaultdict(set)
    for one in utterances:
        split = one.place.split
        if one.spans and (split == "train" or one.words not in texts["train"]):
            templates[split][_template(one)].append(one)
            texts[split].add(one.words)
    train = templates.pop("train", defaultdict(list))
    for split, found in templates.items():
        total = sum(map(len, found.values()))
        shared = {template: several for template, several in found.items() if template in train}
        count = sum(map(len, shared.values()))
        if total < _FEW or count < _SHARED * total:
            continue
        examples = (
            f"{one.shown()}  as {train[template][0].place}"
            for template, several in shared.items()
            for one in several
        )
        yield Finding(
            kind="shared_templates",
            message=f"{split}: {count:,} of {total:,} texts with slots and not in train themselves",
            places=tuple(one.place for several in shared.values() for one in several),
            count=count,
            examples=tuple(examples),
            fix="templates of its own for each part, as parts of a grammar have",
        )


def _template(one: Utterance) -> Words:
    """Return the words of an utterance, with the name of each slot in place of its value."""
    words, done = list[str](), 0
    for start, end, slot in one.spans:
        words += [*one.words[done:start], f"[{slot}]"]
        done = end
    return (*words, *one.words[done:])


def find_rare(train: Iterable[Utterance]) -> Iterator[Finding]:
    """Find the slots of which train has few spans, the rarest first."""
    places: defaultdict[str, list[Place]] = defaultdict(list)
    for spot in each_span(train):
        places[spot.slot].append(spot.utterance.place)
    for slot, found in sorted(places.items(), key=lambda item: (len(item[1]), item[0])):
        if len(found) < RARE:
            yield _report("rare", slot, found)


def find_unseen_tags(utterances: Iterable[Utterance]) -> Iterator[Finding]:
    """Find the tags of the other splits that train does not have, the most frequent first."""
    places: defaultdict[tuple[str, str], list[Place]] = defaultdict(list)
    for one in utterances:
        for tag in one.row["tags"]:
            places[one.place.split, tag].append(one.place)
    for (_, tag), found in sorted(places.items(), key=lambda item: -len(item[1])):
        if ("train", tag) not in places:
            yield _report("unseen_tag", tag, found)


def _report(kind: str, name: str, places: Sequence[Place]) -> Finding:
    """Report a slot or tag, with all places where it stands."""
    message = f"{name} {times(len(places))}: {listed(places)}"
    found = tuple(dict.fromkeys(places))
    return Finding(kind=kind, message=message, places=found, count=len(places))
