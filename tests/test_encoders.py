"""Words to active dimensions: what each encoder means, and what holds for all of them."""

from __future__ import annotations

import copy
import json
import unicodedata
from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cases import OF_WORDS, window
from slotkit.encoders.encoder import Encoder, Sum, normalise
from slotkit.encoders.hashing import Hashing
from slotkit.encoders.measure import collisions
from slotkit.encoders.shape import Shape
from slotkit.encoders.table import ENCODERS, encoder_from_config, make_encoder
from slotkit.encoders.words import OneOfN, Other
from slotkit.network.input import InputLayer

SPECS = [*OF_WORDS, "other+hashing", "hashing+one-of-n+other", "other+hashing+shape"]
TRAINING_TEXT = "from taipei to taipei at 7pm from banana # to x a i'd 11 to 台北 café"
WORDS = Counter(TRAINING_TEXT.split())
STRANGE = ["unseen", "", " ", "#", "\\", "\\#", "##", "🚆", "مرحبا", "e\u0301", "A" * 1000, "\x00"]

each_encoder = pytest.mark.parametrize("spec", SPECS)
any_text = st.text(max_size=20)


def fit(spec: str, **options: Any) -> Encoder:
    encoder = make_encoder(spec, **options)
    encoder.fit(WORDS)
    return encoder


def as_written(*names: str) -> dict[str, Any]:
    """Return the options with which these encoders keep words as they are written."""
    taken = {option for name in names for part in name.split("+") for option in offered(part)}
    return {option: False for option in ("lower_case", "fold_digits") if option in taken}


def offered(name: str) -> tuple[str, ...]:
    """Return the options of an encoder of the table."""
    return ENCODERS[name].options


# What holds for all


@each_encoder
def test_active_dimensions_are_different_and_exist(spec: str) -> None:
    encoder = fit(spec)

    for word in [*WORDS, *STRANGE]:
        for active in (encoder.active(word), encoder.unknown(word)):
            assert len(set(active)) == len(active)
            assert all(type(d) is int and 0 <= d < encoder.dimensions for d in active)


@each_encoder
def test_the_dense_vector_is_1_at_the_active_dimensions_and_0_elsewhere(spec: str) -> None:
    encoder = fit(spec)

    for word in [*WORDS, *STRANGE]:
        vector = encoder.vector(word)
        assert vector.dtype == np.float32
        assert vector.shape == (encoder.dimensions,)
        assert set(np.flatnonzero(vector)) == set(encoder.active(word))
        assert vector.sum() == len(encoder.active(word))


@each_encoder
def test_every_dimension_has_a_name_of_its_own_and_trained_words_use_them_all(spec: str) -> None:
    encoder = fit(spec)

    names = [encoder.describe(d) for d in range(encoder.dimensions)]

    # Parts of a sum may give the same name; other stands last in its own part.
    assert all(names)
    if "+" not in spec:
        assert len(set(names)) == len(names)
    assert {d for word in WORDS for d in encoder.active(word)} == set(range(encoder.dimensions))
    with pytest.raises(IndexError):
        encoder.describe(encoder.dimensions)


@each_encoder
def test_an_encoder_comes_back_from_its_configuration_as_json(spec: str) -> None:
    encoder = fit(spec, **as_written(spec))

    config = json.loads(json.dumps(encoder.to_config()))
    again = encoder_from_config(config)

    assert again.name == spec
    assert again.to_config() == encoder.to_config()
    assert again.dimensions == encoder.dimensions
    for word in [*WORDS, *STRANGE]:
        assert again.active(word) == encoder.active(word)
        assert again.unknown(word) == encoder.unknown(word)


@each_encoder
def test_the_order_of_the_training_words_does_not_matter(spec: str) -> None:
    encoder, other = fit(spec), make_encoder(spec)
    other.fit(dict(reversed(WORDS.items())))

    assert other.to_config() == encoder.to_config()


@each_encoder
def test_fitting_again_forgets_the_words_before(spec: str) -> None:
    encoder, fresh = fit(spec), make_encoder(spec)
    encoder.fit({"new": 5})
    fresh.fit({"new": 5})

    assert encoder.to_config() == fresh.to_config()


@each_encoder
def test_the_bag_of_active_rows_is_the_dense_vector_times_the_weights(spec: str) -> None:
    """The sparse first layer, in torch and in NumPy, with a window."""
    encoder = fit(spec)
    utterance = ["from", "banana", "unseen", "7pm", "台北"]
    torch.manual_seed(0)
    layer = InputLayer(dimensions=encoder.dimensions, embedding_size=4, window_size=1).eval()
    table = layer.embedding.weight.detach()
    bags = [encoder.active(word) for word in utterance]
    starts = np.cumsum([0, *map(len, bags)])[:-1]

    dense = np.stack([encoder.vector(word) for word in utterance]) @ table.numpy()  # (T, E)
    ours = layer(
        active=torch.tensor([d for bag in bags for d in bag]),
        starts=torch.from_numpy(starts),
        words=torch.arange(len(bags))[None],
        mask=torch.ones(1, len(bags), dtype=torch.bool),
    )[0]
    rows = np.stack([table.numpy()[list(bag)].sum(axis=0) for bag in bags])

    np.testing.assert_allclose(rows, dense, atol=1e-6)
    expected = window(dense, 1)
    np.testing.assert_allclose(ours.detach().numpy(), expected, atol=1e-6)
    np.testing.assert_allclose(window(rows, 1), expected, atol=1e-6)


@each_encoder
@given(word=any_text)
def test_composed_and_decomposed_words_are_the_same(spec: str, word: str) -> None:
    encoder = fit(spec)
    forms = [unicodedata.normalize(form, word) for form in ("NFC", "NFD")]

    assert encoder.active(forms[0]) == encoder.active(forms[1])


@each_encoder
@pytest.mark.parametrize("letter", ["a", "\u0301\u0323", "北", "#"])
def test_a_word_of_a_million_characters_is_encoded_from_its_beginning(
    spec: str, letter: str
) -> None:
    encoder = fit(spec)

    assert len(encoder.active("bananas" + letter * 1_000_000)) < 100


# Normalisation


@pytest.mark.parametrize(
    ("lower_case", "fold_digits", "written"),
    [
        (True, True, "0:00pm"),
        (True, False, "7:30pm"),
        (False, True, "0:00PM"),
        (False, False, "7:30PM"),
    ],
)
def test_words_are_looked_up_as_the_options_say(
    lower_case: bool, fold_digits: bool, written: str
) -> None:
    assert normalise("7:30PM", lower_case=lower_case, fold_digits=fold_digits) == written
    for name in (name for name in OF_WORDS if "lower_case" in offered(name)):
        encoder = make_encoder(name, lower_case=lower_case, fold_digits=fold_digits)
        encoder.fit({"7:30PM": 2})
        assert (encoder.active("7:30pm") == encoder.active("7:30PM")) == lower_case
        assert (encoder.active("9:45PM") == encoder.active("7:30PM")) == fold_digits


def test_digits_of_any_script_are_digits() -> None:
    assert normalise("٣月１日²", lower_case=True, fold_digits=True) == "0月0日²"


def test_words_are_composed_whatever_the_options() -> None:
    assert normalise("cafe\u0301", lower_case=False, fold_digits=False) == "caf\u00e9"


# 1-of-N


def test_one_of_n_has_one_dimension_a_word_and_none_for_others() -> None:
    encoder = OneOfN()
    encoder.fit({"to": 3, "Taipei": 1, "TO": 1})

    assert encoder.dimensions == 2
    assert encoder.vector("taipei").tolist() == [1, 0]
    assert encoder.vector("To").tolist() == [0, 1]
    assert encoder.vector("unseen").tolist() == [0, 0]
    assert encoder.unknown("to") == ()


# Other


def test_other_has_one_more_dimension_that_all_unseen_words_share() -> None:
    encoder = Other(min_count=1)
    encoder.fit({"to": 3, "taipei": 1})

    assert encoder.dimensions == 3
    assert encoder.vector("to").tolist() == [0, 1, 0]
    assert encoder.vector("unseen").tolist() == [0, 0, 1]
    assert encoder.vector("other").tolist() == [0, 0, 1]
    assert encoder.describe(2) == "other"
    assert encoder.unknown("to") == (2,)


def test_a_word_other_is_not_the_dimension_other() -> None:
    encoder = Other(min_count=1)
    encoder.fit({"other": 1})

    assert encoder.active("other") == (0,)
    assert encoder.active("unseen") == (1,)


@pytest.mark.parametrize(
    ("min_count", "kept"), [(1, {"a", "b", "c"}), (2, {"b", "c"}), (3, {"c"}), (4, set())]
)
def test_rare_words_train_the_other_dimension(min_count: int, kept: set[str]) -> None:
    """Counts are of the word as it is looked up: "B" and "b" are one."""
    encoder = Other(min_count=min_count)
    encoder.fit({"a": 1, "b": 1, "B": 1, "c": 3})

    assert set(encoder.vocabulary) == kept
    for word in {"a", "b", "c"} - kept:
        assert encoder.active(word) == encoder.active("unseen") == (len(kept),)


# Hashing


@pytest.mark.parametrize(
    ("word", "letters", "pieces"),
    [
        ("bool", 3, "#bo boo ool ol#"),
        ("bool", 2, "#b bo oo ol l#"),
        ("bool", 1, "# b o l"),
        ("bool", 4, "#boo bool ool#"),
        ("bool", 6, "#bool#"),
        ("bool", 7, "#bool#"),
        ("banana", 3, "#ba ban ana nan na#"),
        ("to", 3, "#to to#"),
        ("a", 3, "#a#"),
        ("a", 9, "#a#"),
        ("", 3, "##"),
        ("北京", 3, "#北京 北京#"),
        ("Bool7", 3, "#bo boo ool ol0 l0#"),
    ],
)
def test_words_are_cut_into_pieces_each_once(word: str, letters: int, pieces: str) -> None:
    assert " ".join(Hashing(letters=letters).pieces(word)) == pieces


@pytest.mark.parametrize(
    ("one", "other"), [("#bo", "bo"), ("a#", "a"), ("#", ""), ("\\#", "#"), ("\\", "#")]
)
def test_a_literal_boundary_sign_is_told_apart_from_the_boundary(one: str, other: str) -> None:
    assert Hashing().pieces(one) != Hashing().pieces(other)
    assert Hashing(letters=1).pieces(one) != Hashing(letters=1).pieces(other)


@given(one=any_text, other=any_text)
def test_long_pieces_tell_all_words_apart(one: str, other: str) -> None:
    encoder = Hashing(lower_case=False, fold_digits=False, letters=99)
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)

    assert (encoder.pieces(one) == encoder.pieces(other)) == same


def test_a_new_word_made_of_known_pieces_is_not_out_of_vocabulary() -> None:
    encoder = Hashing()
    encoder.fit({"book": 1, "cool": 1})

    active = encoder.active("bool")

    assert [encoder.describe(d) for d in active] == ["#bo", "boo", "ool", "ol#"]
    assert encoder.unknown("bool") == active
    assert encoder.active("xyz") == ()


def test_a_piece_that_stands_twice_in_a_word_counts_once() -> None:
    encoder = Hashing()
    encoder.fit({"banana": 1})

    assert sorted(set(encoder.vector("banana"))) == [1]
    assert encoder.dimensions == 5


def test_a_very_long_word_is_cut() -> None:
    beginning = "".join(map(chr, range(0x4E00, 0x4E00 + 64)))

    assert Hashing().pieces(beginning + "x" * 10**6) == Hashing().pieces(beginning)
    assert len(Hashing().pieces(beginning)) == 64


# Shape


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("Taipei", "Xx"),
        ("taipei", "x"),
        ("TAIPEI", "X"),
        ("a", "x"),
        ("A", "X"),
        ("McDonald", "XxXx"),
        ("O'Hare", "X'Xx"),
        ("7:30pm", "d:dx"),
        ("1,234.50", "d,d.d"),
        ("٣月", "dx"),  # a digit is a digit in any script
        ("台北", "x"),
        ("ǅ", "X"),  # a title-case letter, neither upper nor lower
        ("...", "."),
        ("?!", "?!"),
        ("", ""),
    ],
)
def test_the_shape_says_what_kinds_of_characters_follow_each_other(word: str, shape: str) -> None:
    encoder = Shape()
    encoder.fit({word: 1})

    assert encoder.dimensions == 1
    assert encoder.describe(0) == shape


def test_words_of_one_shape_share_a_dimension_and_other_shapes_have_none() -> None:
    encoder = Shape()
    encoder.fit({"Taipei": 3, "to": 2, "Rome": 1})

    assert encoder.dimensions == 2
    assert encoder.active("Lima") == encoder.active("Taipei") != encoder.active("to")
    assert encoder.active("USA") == encoder.active("7pm") == ()


def test_a_dropped_word_keeps_its_shape() -> None:
    """Of a word that training has not seen the shape is still to be seen."""
    encoder = fit("other+shape")
    assert isinstance(encoder, Sum)
    other, shape = encoder.parts

    dropped = encoder.unknown("banana")

    assert list(dropped) == [other.dimensions - 1, other.dimensions + shape.active("banana")[0]]


def test_a_shape_tells_case_apart_where_the_other_parts_do_not() -> None:
    encoder = make_encoder("other+shape", min_count=1)
    encoder.fit({"May": 1, "may": 1})
    assert isinstance(encoder, Sum)
    other = encoder.parts[0]

    assert other.active("May") == other.active("may")
    assert encoder.active("May") != encoder.active("may")


# Sums


def test_a_sum_puts_the_vectors_one_after_the_other() -> None:
    encoder = fit("other+hashing", letters=2, min_count=1)
    other, hashing = fit("other", min_count=1), fit("hashing", letters=2)

    assert encoder.dimensions == other.dimensions + hashing.dimensions
    for word in [*WORDS, *STRANGE]:
        expected = np.concatenate([other.vector(word), hashing.vector(word)])
        assert np.array_equal(encoder.vector(word), expected)
    assert encoder.describe(0) == other.describe(0)
    assert encoder.describe(other.dimensions) == hashing.describe(0)


def test_a_dropped_word_keeps_its_pieces_and_loses_its_own_dimension() -> None:
    encoder = fit("one-of-n+other+hashing", min_count=1)
    assert isinstance(encoder, Sum)
    one, other, hashing = encoder.parts

    dropped = encoder.unknown("banana")

    first = one.dimensions
    expected = [first + other.dimensions - 1]
    expected += [first + other.dimensions + d for d in hashing.active("banana")]
    assert list(dropped) == expected


# Options and configurations


def test_options_go_to_the_parts_that_have_them() -> None:
    encoder = make_encoder("other+hashing", letters=4, min_count=5, lower_case=False)
    assert isinstance(encoder, Sum)
    other, hashing = encoder.parts

    assert isinstance(other, Other)
    assert isinstance(hashing, Hashing)
    assert (other.min_count, other.lower_case) == (5, False)
    assert (hashing.letters, hashing.lower_case) == (4, False)


@pytest.mark.parametrize(
    ("spec", "options", "message"),
    [
        (
            "two-of-n",
            {},
            "unknown encoder 'two-of-n'; choose from one-of-n, other, hashing, shape",
        ),
        ("", {}, "unknown encoder ''"),
        ("other+", {}, "unknown encoder ''"),
        ("other+other", {}, "encoder 'other' stands twice in 'other\\+other'"),
        ("one-of-n", {"min_count": 2}, "encoder 'one-of-n' has no option 'min_count'"),
        ("other", {"letters": 2}, "encoder 'other' has no option 'letters'"),
        ("shape", {"lower_case": False}, "encoder 'shape' has no option 'lower_case'"),
        ("other", {"min_count": 0}, "^min_count must be >= 1, got 0$"),
        ("hashing", {"letters": 0}, "^letters must be >= 1, got 0$"),
    ],
)
def test_bad_options_are_refused(spec: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_encoder(spec, **options)


ONE = {"name": "one-of-n", "lower_case": True, "fold_digits": True, "vocabulary": ["a", "b"]}
HASHING = ONE | {"name": "hashing", "letters": 3}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "unknown encoder None"),
        (ONE | {"name": "two-of-n"}, "unknown encoder 'two-of-n'"),
        (ONE | {"name": ["other"]}, r"unknown encoder \['other'\]"),
        (ONE | {"letters": 3}, "encoder 'one-of-n' lacks or does not know: letters"),
        ({"name": "one-of-n"}, "lacks or does not know: fold_digits, lower_case, vocabulary"),
        (ONE | {"vocabulary": "ab"}, "encoder 'one-of-n' must have a list of words"),
        (ONE | {"vocabulary": [1]}, "encoder 'one-of-n' must have a list of words"),
        (ONE | {"vocabulary": ["a", "a"]}, "encoder 'one-of-n' has a word twice"),
        (ONE | {"lower_case": 1}, "lower_case must be bool, got 1"),
        (HASHING | {"letters": True}, "letters must be int, got True"),
        (HASHING | {"letters": 2.0}, "letters must be int, got 2.0"),
        (HASHING | {"letters": 0}, "letters must be >= 1, got 0"),
        ({"name": "sum"}, "a sum of encoders has a name and two or more parts"),
        ({"name": "sum", "parts": []}, "a sum of encoders has a name and two or more parts"),
        ({"name": "sum", "parts": [ONE]}, "a sum of encoders has a name and two or more parts"),
        ({"name": "sum", "parts": "ab"}, "a sum of encoders has a name and two or more parts"),
        ({"name": "sum", "parts": ["a", "b"]}, "parts of a sum of encoders must be encoders"),
        (
            {"name": "sum", "parts": [ONE, {"name": "sum", "parts": [ONE, HASHING]}]},
            "parts of a sum of encoders must be encoders, and no sums",
        ),
        (
            {"name": "sum", "parts": [ONE, HASHING], "more": 1},
            "a sum of encoders has a name and two or more parts, and nothing else",
        ),
        ({"name": "sum", "parts": [ONE, ONE | {"vocabulary": [None]}]}, "a list of words"),
    ],
)
def test_bad_configurations_are_refused(config: dict[str, Any], message: str) -> None:
    before = copy.deepcopy(config)

    with pytest.raises(ValueError, match=message):
        encoder_from_config(config)

    assert config == before


# Collisions


def test_words_that_share_all_their_pieces_collide() -> None:
    """Counted by hand: bananana has the pieces of banana; Bool is bool, and 12 is 47."""
    words = ["banana", "bool", "Bool", "bananana", "look", "12", "bananananana", "47", "cool"]
    encoder = Hashing()
    encoder.fit(dict.fromkeys(words, 1))

    assert collisions(encoder, words) == [
        ["banana", "bananana", "bananananana"],
        ["bool", "Bool"],
        ["12", "47"],
    ]
    assert collisions(Hashing(letters=9, vocabulary=[]), ["a", "b"]) == [["a", "b"]]


def test_the_order_of_letters_is_lost_in_pieces_of_one() -> None:
    encoder = Hashing(letters=1)
    encoder.fit({"abc": 1})

    assert collisions(encoder, ["abc", "cab", "ab", "abc"]) == [["abc", "cab"]]


def test_words_in_a_vocabulary_do_not_collide() -> None:
    encoder = OneOfN()
    encoder.fit(WORDS)

    assert collisions(encoder, WORDS) == []
    assert collisions(encoder, ["unseen", "to", "new"]) == [["unseen", "new"]]
