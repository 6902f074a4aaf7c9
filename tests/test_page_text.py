"""The page's text against Python's: tokens, dimensions of words, lists, edges, marks, decoding."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from in_node import in_node, needs_node
from slotkit.decoding.decoder import Decoder
from slotkit.decoding.lattice import lattices
from slotkit.decoding.marks import ValueMarks, is_mark
from slotkit.encoders.encoder import Encoder, normalise
from slotkit.encoders.lists import Lists, fold
from slotkit.encoders.table import make_encoder
from slotkit.encoders.vectors import spellings
from slotkit.text.edges import EDGE_RULES, adjacency
from slotkit.text.tokenizer import TOKENIZERS, marked_words, tokenize

pytestmark = needs_node

KNOWN = """
arrive leave Taipei O'Hare o'clock 7:30pm 1,000 a.m. U.S.A. St. C# R&B 5% don't it’s
bool banana McDonald iPhone 2nd ... e.g. No.1 10:00:00 x_y __ -- (Rome) “Rome” 'Rome'
Zürich naïve Straße ẞ İstanbul ısparta ΣΊΣΥΦΟΣ ΣΑΣ Οδός ﬁn ŉ ǅ ᾳ ᏣᎳᎩ ꭰꭱ Việt é é
11月2日到達台北 到達 台北市。 東京へ行く ﾄｳｷｮｳ カタカナ ๑๒ กรุงเทพ ທ່ານ ភ្នំពេញ မြန်မာ
नमस्ते مرحبا שלום ＴＡＩＰＥＩ ２０２４年 ４：３０ ！？ ² ½ Ⅷ ① ⑽ ㉈ 〇 々 𠮷野家 👍🏽
👨‍👩‍👧 🇹🇼🇯🇵 🇹 ❤️ ☎ ©2024 $5 €3
"""
WORDS = KNOWN.split()
BLANKS = ["  ", "\t", "\u3000", "\xa0", "\x1c", "\x85", "\u2028", "\u200b", "\u200e", "\ufeff"]
LONE = ["\ud800", "\udfff", "\ud83d"]  # halves of surrogates
RANGES = (
    *((0x20, 0x7F), (0xA0, 0x250), (0x2B0, 0x400), (0x400, 0x460), (0x590, 0x700), (0x900, 0x980)),
    *((0xE00, 0xF00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x1E00, 0x2000), (0x2000, 0x2BFF)),
    *((0x3000, 0x3200), (0x4E00, 0x4F00), (0xFE00, 0xFE10), (0xFF00, 0xFFF0), (0x1F1E0, 0x1F700)),
    *((0x10A40, 0x10A48), (0x20000, 0x20010), (0xE0020, 0xE0080)),
)


def texts(count: int = 1000, seed: int = 0) -> list[str]:
    """Draw texts: a third of known words, a third with some of any character, the rest odd."""
    chance = random.Random(seed)

    def character() -> str:
        while True:
            found = chr(chance.randrange(*chance.choice(RANGES)))
            if unicodedata.category(found) not in ("Cn", "Cs"):
                return found

    def odd() -> str:
        if chance.random() < 0.05:
            return chance.choice(LONE) + "x"  # so that no two of them are a pair
        several = "".join(character() for _ in range(chance.randrange(1, 6)))
        return several if chance.random() < 0.5 else several + chance.choice(WORDS) + character()

    drawn = []
    for number in range(count):
        pieces = [
            odd() if chance.random() < number % 3 / 2 else chance.choice(WORDS)
            for _ in range(chance.randrange(12))
        ]
        blanks = [chance.choice([" ", " ", " ", "", chance.choice(BLANKS)]) for _ in pieces]
        drawn.append("".join(a + b for a, b in zip(pieces, blanks, strict=True)))
    return [*drawn, "", "x" * 70, "é" * 1001, "Ａ" * 65]


TEXTS = texts()
MARKED = ["st.", "(rome)", ",", "!", "'rome'"]


def units(text: str) -> list[int]:
    """Return where each character begins in UTF-16, and the end."""
    sizes = (2 if character > "\uffff" else 1 for character in text)
    return list(accumulate(sizes, initial=0))


def test_a_thousand_texts_are_cut_alike_by_every_tokenizer() -> None:
    script = """
    import { tokenize } from "#text/tokenizer";
    const { texts, names, marked } = given;
    answer(names.map((name) => texts.map((text) => tokenize(text, name, marked))));
    """
    found = in_node(script, {"texts": TEXTS, "names": [*TOKENIZERS], "marked": MARKED})

    assert len(TEXTS) >= 1000
    for name, several in zip(TOKENIZERS, found, strict=True):
        for text, own in zip(TEXTS, several, strict=True):
            wanted, at = tokenize(text, name, MARKED), units(text)
            assert own["words"] == wanted.words, (name, text)
            assert own["offsets"] == [[at[start], at[end]] for start, end in wanted.offsets]


def fitted(words: Sequence[str]) -> list[Encoder]:
    """Return encoders of all kinds of which words have dimensions, fitted to these words."""
    options: list[dict[str, Any]] = [
        *({"spec": "one-of-n", "lower_case": low, "fold_digits": low} for low in (True, False)),
        {"spec": "other", "min_count": 1},
        *({"spec": "hashing", "letters": letters} for letters in (1, 3)),
        {"spec": "hashing", "letters": 3, "lower_case": False, "fold_digits": False},
        {"spec": "shape"},
        {"spec": "other+hashing+shape"},
    ]
    encoders = [make_encoder(**one) for one in options]
    for encoder in encoders:
        encoder.fit(dict.fromkeys(words, 2))
    return encoders


def test_words_have_the_same_dimensions() -> None:
    words = sorted(
        {word for text in TEXTS for name in TOKENIZERS for word in tokenize(text, name).words}
    )
    encoders = fitted(words[::2])
    script = """
    import { encoderFromConfig } from "#encoder/table";
    answer(given.configs.map((config) => {
      const encoder = encoderFromConfig(config);
      const names = [...Array(encoder.dimensions).keys()].map((one) => encoder.describe(one));
      return { names, active: given.words.map((word) => encoder.active(word)) };
    }));
    """
    found = in_node(script, {"configs": [one.to_config() for one in encoders], "words": words})

    for encoder, own in zip(encoders, found, strict=True):
        assert own["names"] == [encoder.describe(d) for d in range(encoder.dimensions)]
        for word, active in zip(words, own["active"], strict=True):
            assert active == list(encoder.active(word)), (encoder.name, word)


def test_words_are_written_alike_for_vectors_and_lists() -> None:
    words = [word for text in TEXTS for word in text.split()]
    script = """
    import { fold } from "#encoder/lists";
    import { spellings } from "#encoder/vectors";
    import { normalise } from "#encoder/words";
    answer(given.map((word) => [fold(word), spellings(word), normalise(word, true, true)]));
    """
    for word, (folded, forms, written) in zip(words, in_node(script, words), strict=True):
        assert folded == fold(word), word
        assert forms == spellings(word), word
        assert written == normalise(word, lower_case=True, fold_digits=True), word


def test_lists_find_the_same_values() -> None:
    chance = random.Random(0)
    names = ["New", "York", "Wollongong", "Zürich", "Kaohsiung", "City", "of", "Straße", "台", "北"]

    def value() -> list[str]:
        return [chance.choice(names) for _ in range(chance.randrange(1, 4))]

    def misspelt(word: str) -> str:
        place = chance.randrange(len(word))
        other = chance.choice(["", "x", word[place] * 2, word[place].upper()])
        return word[:place] + other + word[place + 1 :] or "x"

    several = [
        Lists(lists={kind: [value() for _ in range(8)] for kind in ("b", "10", "9")})
        for _ in range(20)
    ]
    tokens = [
        [misspelt(w) if chance.random() < 0.3 else w for w in value() + value() + value()]
        for _ in range(60)
    ]
    script = """
    import { encoderFromConfig } from "#encoder/table";
    const of = (encoder, words) => encoder.context(words).map((row) => [...row]);
    answer(given.configs.map((config) => {
      const encoder = encoderFromConfig(config);
      return given.tokens.map((words) => of(encoder, words));
    }));
    """
    found = in_node(script, {"configs": [one.to_config() for one in several], "tokens": tokens})

    assert any(number for one in found for rows in one for row in rows for number in row)
    for encoder, own in zip(several, found, strict=True):
        assert own == [encoder.context(words).tolist() for words in tokens]


def test_edges_are_those_of_the_rules() -> None:
    cut = [tokenize(text).words for text in TEXTS[:300]]
    script = """
    import { EDGE_RULES, adjacency } from "#text/edges";
    const of = (rule, words) => adjacency(rule(words), words.length);
    const each = (rule) => given.map((words) => of(rule, words));
    answer(Object.entries(EDGE_RULES).map(([name, rule]) => [name, each(rule)]));
    """
    for name, several in in_node(script, cut):
        rule = EDGE_RULES[name]
        assert several == [adjacency(rule(words), len(words)).tolist() for words in cut]


TAGS = ["O", "B-to", "I-to", "B-on", "I-on", "I-constructor", "B-constructor", "B-alone", "I-none"]


def drawn_logits(seed: int, length: int) -> Any:
    """Draw logits, some of them far apart."""
    chance = np.random.default_rng(seed)
    scale = (1, 5, 400, 3000)[seed % 4]
    return (scale * chance.standard_normal((length, len(TAGS)))).astype(np.float32)


def test_marginals_and_the_best_sequence_are_the_same_however_far_scores_lie_apart() -> None:
    chance = np.random.default_rng(0)
    K = len(TAGS)
    crf = {
        name: (3 * chance.standard_normal(shape)).astype(np.float32)
        for name, shape in (("transitions", (K, K)), ("start", (K,)), ("end", (K,)))
    }
    several = [drawn_logits(seed, seed % 9 + 1) for seed in range(200)]
    script = """
    import { makeChain, makeMarginals, viterbi } from "#decoding/chain";
    const logits = given.logits.map((one) => one.map((row) => Float32Array.from(row)));
    answer([null, given.crf].map((crf) => {
      const chain = makeChain(given.tags, crf);
      return [1, 0.7, 2].map((temperature) => {
        const marginals = makeMarginals(chain, temperature);
        const plain = (one) => marginals(one).map((row) => [...row]);
        return logits.map((one) => [plain(one), viterbi(chain, one)]);
      });
    }));
    """
    flat = {name: w.ravel().tolist() for name, w in crf.items()}
    given = {"tags": TAGS, "crf": flat, "logits": [one.tolist() for one in several]}
    for own, weights in zip(in_node(script, given), (None, crf), strict=True):
        decoder = Decoder(TAGS, weights)
        for found, temperature in zip(own, (1, 0.7, 2), strict=True):
            for logits, (marginals, best) in zip(several, found, strict=True):
                wanted = lattices(decoder.chain, logits[None], temperature)[0].marginals()
                np.testing.assert_allclose(marginals, wanted, atol=1e-5)
                assert best == decoder.decode(logits).tolist()


def test_marks_are_kept_off_the_ends_of_values() -> None:
    chance = random.Random(0)
    some = [
        "Rome",
        "(",
        ")",
        "-",
        "'",
        '"',
        "_",
        "\u200b",
        "🙂",
        "to",
        "½",
        "$",
        "...",
        "“",
        "”",
        "‘",
        "’",
    ]
    marks = {"to": [["(", "$"], [")"]], "constructor": [[], ["-"]]}
    cases = [[chance.choice(some) for _ in range(chance.randrange(1, 10))] for _ in range(300)]
    logits = [drawn_logits(4 * seed, len(words)) for seed, words in enumerate(cases)]
    script = """
    import { makeChain, viterbi } from "#decoding/chain";
    import { isMark, keepOff } from "#decoding/marks";
    const { tags, cases, some, logits } = given;
    const chain = makeChain(tags);
    const lowered = (marks, words, t) =>
      keepOff(tags, marks, logits[t].map((row) => Float32Array.from(row)), words, (one) =>
        viterbi(chain, one)).map((row) => [...row]);
    answer({
      marks: some.map(isMark),
      lowered: given.marks.map((marks) => cases.map((words, t) => lowered(marks, words, t))),
    });
    """
    given = {"tags": TAGS, "cases": cases, "some": some, "marks": [marks, None]}
    found = in_node(script, given | {"logits": [one.tolist() for one in logits]})

    assert found["marks"] == [is_mark(one) for one in some]
    decoder = Decoder(TAGS)
    for own, told in zip(found["lowered"], (marks, None), strict=True):
        keeper = ValueMarks(TAGS, told)
        for words, given_logits, rows in zip(cases, logits, own, strict=True):
            wanted = given_logits.copy()
            keeper.keep_off(wanted[None], [words], decoder.decode)
            np.testing.assert_allclose(rows, wanted, atol=1e-4)


def test_the_words_with_marks_are_those_of_a_corpus() -> None:
    """As a trained tagger has them, with the texts themselves."""
    several = [text.split() for text in TEXTS[:100]]
    marked = marked_words(several)
    script = """
    import { tokenize } from "#text/tokenizer";
    answer(given.texts.map((text) => tokenize(text, "peeled", given.marked).words));
    """
    found = in_node(script, {"texts": TEXTS, "marked": marked})

    assert found == [tokenize(text, "peeled", frozenset(marked)).words for text in TEXTS]
