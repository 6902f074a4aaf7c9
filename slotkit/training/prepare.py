"""What a training starts from: the splits encoded, and what its model says of words and tags."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from datasets import Dataset

from slotkit.corpus import Corpus
from slotkit.corpus.columns import count_tags, count_words, read_lists
from slotkit.decoding.asked import question_words
from slotkit.decoding.intents import IntentSets, find_intents, measure_pmi
from slotkit.decoding.marks import marks_of
from slotkit.decoding.scope import OUT_OF_SCOPE
from slotkit.encoders.encoder import Encoder
from slotkit.encoders.table import ENCODER_OPTIONS, ENCODERS, make_encoder
from slotkit.errors import CorpusError, TrainingError
from slotkit.model.model import Model
from slotkit.text.kinds import Value, find_kinds, slot_values
from slotkit.text.tags import OUTSIDE, split_tag
from slotkit.text.tokenizer import Found, find_tokenizer, marked_words
from slotkit.training.augment import CASES, Swapper, add_inside_tags, read_values
from slotkit.training.batches import Split
from slotkit.training.questions import find_asked, put_questions
from slotkit.training.recipe import Recipe
from slotkit.training.vector_files import read_vectors


@dataclass(frozen=True)
class Setup:
    """What a run starts from: the encoded splits, and what its model says of words and tags.

    Parameters
    ----------
    train, validation : Split
        Encoded.
    gold : list of list of str
        The tags of validation.
    encoder : Encoder
        Fitted on train.
    tags : list of str
        Those of train, ``O`` first.
    tokenizer : Found
        Which tokenizer, and how often it gives back the tokens of train.
    marked_words : list of str
        Of train, for a tokenizer that asks.
    value_marks : dict of str to list of str
        The marks at which values of each slot begin and end, in train and in word lists.
    unknown_tags : dict of str to int
        Tags of validation that train has not, and how often they occur.
    intents : list of str
        The single intents of train where they are to be learnt.
    most_intents : int
        How many of them stand together at most.
    slot_intent_pmi : array of float32, shape (I, K), or None
        What slots say of intents, where these are to be learnt.
    scope : bool
        Whether train has utterances that are out of scope, so that these can be told.
    start : Model or None
        The trained model that the run begins from.
    asked_slots : list of str
        The slots that questions of train are after, of which the tagger is told.
    """

    train: Split
    validation: Split
    gold: list[list[str]]
    encoder: Encoder
    tags: list[str]
    tokenizer: Found
    marked_words: list[str]
    value_marks: dict[str, tuple[list[str], list[str]]]
    unknown_tags: dict[str, int]
    intents: list[str]
    most_intents: int
    slot_intent_pmi: npt.NDArray[np.float32] | None
    scope: bool = False
    start: Model | None = None
    asked_slots: list[str] = field(default_factory=list)


def prepare(
    train: Dataset, validation: Dataset, recipe: Recipe, start: Model | None = None
) -> Setup:
    """Fit the encoder and the tags on train, and encode both splits.

    The encoder knows also what that of the model to begin from does.

    Raises
    ------
    TrainingError
        If the recipe asks for edges or intents that the corpus has not, learned positions end
        before an utterance does, or a word list is for no slot of the corpus.
    CorpusError
        If a word list is not what it must be.
    """
    if recipe.edges == "corpus" and "edges" not in train.column_names:
        raise TrainingError("the corpus has no edges; choose a rule with --edges")
    counted, words = count_tags(train), count_words(train)
    tokenizer, marked = find_cut(train, recipe)
    asked_slots = [] if recipe.edges == "corpus" else find_asked(train)
    to_learn = train  # behind questions, where an answer stands twice; what is counted is train's
    if asked_slots:
        words |= dict.fromkeys(question_words(asked_slots, asked_slots), len(train))
        to_learn = put_questions(train, asked_slots, recipe.seed)
        if "asked" in validation.column_names:
            validation = put_questions(validation, asked_slots)
    if recipe.arguments.get("positions") == "learned":
        for split, rows in (("train", to_learn), ("validation", validation)):
            lengths = [len(words) for words in rows["tokens"]]  # with those of questions
            if max(lengths) > recipe.arguments["max_length"]:
                raise TrainingError(
                    f"{split}: utterance {int(np.argmax(lengths)) + 1} has {max(lengths)} words, "
                    f"more than the {recipe.arguments['max_length']} learned positions; "
                    "raise --max-length, or take sinusoidal ones"
                )
    named, make_swapper = {OUTSIDE, *counted}, None
    values = slot_values(read_lists(train, "tokens"), read_lists(train, "tags"))
    lists: Mapping[str, set[Value]] = {}
    if recipe.augment:
        lists = read_values(recipe.values, sorted(values), tokenizer.name, marked)
        named = add_inside_tags(named, values, lists)
        seen = dict.fromkeys(w for held in lists.values() for value in held for w in value)
        words = dict.fromkeys(seen, 1) | words
        recased = (change(word) for word in words for change in CASES)
        words = dict.fromkeys(recased, 0) | words
    encoder = _make_encoder(recipe, values, lists)
    encoder.fit(words)
    if start is not None:
        encoder.join(start.encoder)
        marked = sorted({*marked, *start.marked_words})
    tags = sorted(named, key=lambda tag: (tag != OUTSIDE, split_tag(tag)[::-1]))
    intents, most = find_intents(train["intent"]) if recipe.intent else ([], 0)
    if recipe.intent and not intents:
        raise TrainingError("the corpus has no intents; leave out --intent")
    sets = IntentSets(intents, most) if intents else None
    slot_intent_pmi = None
    if intents:
        slot_intent_pmi = measure_pmi(intents, tags, train["intent"], read_lists(train, "tags"))
    if recipe.augment and values:

        def make_swapper(vocabulary: list[str]) -> Swapper:
            context_of = encoder.context if encoder.context_size else None
            share, seed = recipe.augment, recipe.seed
            return Swapper(values, lists, tags, share, vocabulary, seed, context_of)

    return Setup(
        train=Split(to_learn, encoder, tags, recipe.edges, make_swapper, sets),
        validation=Split(validation, encoder, tags, recipe.edges),
        gold=validation["tags"][:],
        encoder=encoder,
        tags=tags,
        tokenizer=tokenizer,
        marked_words=marked,
        value_marks=marks_of({slot: [*values[slot], *lists.get(slot, ())] for slot in values}),
        unknown_tags={t: n for t, n in count_tags(validation).items() if t not in counted},
        intents=intents,
        most_intents=most,
        slot_intent_pmi=slot_intent_pmi,
        scope=OUT_OF_SCOPE in train.unique("intent"),
        start=start,
        asked_slots=asked_slots,
    )


def find_cut(train: Dataset, recipe: Recipe) -> tuple[Found, list[str]]:
    """Find the tokenizer of train, and its marked words where it asks for them."""
    tokenizer = find_tokenizer(train["text"], train["tokens"], recipe.tokenizer)
    words = list(count_words(train)) if tokenizer.name == "peeled" else []
    return tokenizer, marked_words([words])


def _make_encoder(
    recipe: Recipe, values: Mapping[str, Counter[Value]], lists: Mapping[str, set[Value]]
) -> Encoder:
    """Build the encoder that a recipe asks for, not yet fitted."""
    names = recipe.encoder.split("+")
    options = {
        option: getattr(recipe, option)
        for option in ENCODER_OPTIONS
        if hasattr(recipe, option)
        and any(name in ENCODERS and option in ENCODERS[name].options for name in names)
    }
    if "vectors" in names:
        options["read"] = read_vectors
    if "lists" in names:
        kinds = find_kinds(values, lists)
        slots = {slot: kind for slot, kind in kinds.items() if kind in {kinds[s] for s in lists}}
        by_kind: dict[str, set[Value]] = {kind: set() for kind in slots.values()}
        for slot, held in lists.items():
            by_kind[kinds[slot]] |= held
        options |= {"lists": by_kind, "slots": slots}
    return make_encoder(recipe.encoder, **options)


def digest_of(corpus: Corpus, recipe: Recipe) -> str:
    """Digest the content of the corpus, and of word lists where there are any."""
    if not recipe.values:
        return corpus.fingerprint
    digest = hashlib.sha256(corpus.fingerprint.encode())
    for item in recipe.values:
        path = item.partition("=")[2]
        try:
            digest.update(hashlib.sha256(Path(path).read_bytes()).digest())
        except OSError as error:
            raise CorpusError(f"cannot be read: {error.strerror or error}", path) from error
    return digest.hexdigest()
