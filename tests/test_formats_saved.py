"""Datasets that were saved, and documents of spaCy."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from formats import ROWS, read, save_dataset, write_rows
from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import make_row
from slotkit.errors import CorpusError

pytestmark = pytest.mark.usefixtures("own_cache")


# What each format accepts


def test_saved_datasets_may_have_labels_for_tags(tmp_path: Path) -> None:
    import datasets

    label = datasets.ClassLabel(names=["O", "B-to"])
    features = datasets.Features(
        {"id": datasets.Value("string"), "tokens": [datasets.Value("string")], "ner_tags": [label]}
        | {"intent": datasets.ClassLabel(names=["go", "stay"])}
    )
    row = {"id": "0", "tokens": ["to", "Rome"], "ner_tags": [0, 1], "intent": 1}
    from slotkit.corpus.formats.saved import quiet

    with quiet():
        datasets.Dataset.from_list([row], features=features).save_to_disk(str(tmp_path / "part"))

    assert read("datasets", tmp_path / "part") == [
        make_row(["to", "Rome"], ["O", "B-to"], intent="stay")
    ]


def test_documents_of_spacy_are_rows(tmp_path: Path) -> None:
    from spacy.tokens import Doc, DocBin, Span
    from spacy.vocab import Vocab

    vocab = Vocab()
    one = Doc(
        vocab, words=["to", " ", "New", "York", "\n"], spaces=[True, False, True, False, False]
    )
    one.ents = [Span(one, 2, 4, label="a place")]
    one.cats = {"stay": 0.2, "go": 0.7, "no": 0.0}
    one.spans["several"] = [Span(one, 0, 1, label="x")]
    two = Doc(vocab, words=["ahoy"], spaces=[False])
    two.cats = {"go": 0.0}
    (tmp_path / "part").write_bytes(DocBin(docs=[one, two]).to_bytes())
    docs = [two, Doc(vocab, words=[" "], spaces=[False]), two]
    (tmp_path / "bad").write_bytes(DocBin(docs=docs).to_bytes())
    reading = Reading()

    rows = list(FORMATS["spacy"].read(tmp_path / "part", reading))

    assert rows == [
        make_row(
            ["to", "New", "York"],
            ["O", "B-a_place", "I-a_place"],
            text="to  New York ",
            intent="go",
        ),
        make_row(["ahoy"], ["O"]),
    ]
    assert reading.changes == {"": {"tokens that are blank, joined to the one before": 2}}
    assert reading.left == {"groups of spans": {"several": 1}}
    with pytest.raises(CorpusError, match=r"bad:2: an utterance must have at least one token$"):
        read("spacy", tmp_path / "bad")


def test_documents_of_spacy_keep_all_blanks(tmp_path: Path) -> None:
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    rows = [
        make_row(["to", "Voss", "!"], ["O", "B-a", "O"], text="  to   Voss!  ", intent="go"),
        make_row(["to", "Voss"], ["O", "B-a"], text="to\u3000Voss "),
        make_row(["7", "am"], ["B-a", "I-a"], text="7am"),
    ]
    write_rows("spacy", rows, tmp_path / "part")

    docs = list(DocBin().from_bytes((tmp_path / "part").read_bytes()).get_docs(Vocab()))
    assert [doc.text for doc in docs] == [row["text"] for row in rows]
    assert [[token.text for token in doc] for doc in docs] == [
        ["  ", "to", "  ", "Voss", "!", " "],
        ["to", "\u3000", "Voss"],
        ["7", "am"],
    ]
    assert [[(ent.text, ent.label_) for ent in doc.ents] for doc in docs] == [
        [("Voss", "a")],
        [("Voss", "a")],
        [("7am", "a")],
    ]
    assert [doc.cats for doc in docs] == [{"go": 1.0}, {}, {}]
    assert read("spacy", tmp_path / "part") == rows


def test_what_zlib_has_made_smaller_is_of_spacy(tmp_path: Path) -> None:
    detect, path = FORMATS["spacy"].detect, tmp_path / "part"

    assert not detect(tmp_path)
    assert not detect(path)
    for content, known in (
        (zlib.compress(b""), True),  # eight bytes
        (zlib.compress(b"")[:7], False),
        (zlib.compress(bytes(range(256)) * 9), True),
        (b"to Voss\nto Moss\n", False),
        (b"", False),
    ):
        path.write_bytes(content)
        assert detect(path) is known
    path.write_bytes(zlib.compress(b"nothing of spaCy"))
    with pytest.raises(CorpusError, match=r"part: cannot be read as documents of spaCy: .+"):
        read("spacy", path)


def test_labels_of_a_saved_dataset_must_be_among_their_names(tmp_path: Path) -> None:
    import datasets

    names = datasets.ClassLabel(names=["O", "B-to"])
    intents = datasets.ClassLabel(names=["go", "stay"])
    rows: list[dict[str, object]] = [
        {"tokens": ["to", "Rome"], "tags": tags, "intent": intent}
        for tags, intent in (([0, 1], 0), ([1, -1], 0), ([0, 1], None), ([0, None], 1), ([0], 1))
    ]
    rows.append({"tokens": ["to"], "tags": None, "intent": 1})
    rows.append({"tokens": ["to"], "tags": [0], "intent": -1})
    path = save_dataset(tmp_path, rows, tags=[names], intent=intents)
    reading = Reading()

    found = list(FORMATS["datasets"].read(path, reading))

    assert found == [
        make_row(["to", "Rome"], ["O", "B-to"], intent="go"),
        make_row(["to", "Rome"], ["O", "B-to"]),
    ]
    with pytest.raises(CorpusError) as caught:
        reading.check()
    assert [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()] == [
        "2: tags must be labels from 0 to 1, got [1, -1]",
        "4: tags must be a list of strings",
        "5: expected a tag for each token, got 1 for 2",
        "6: tags must be a list of strings",
        "7: intent must be labels from 0 to 1, got [-1]",
    ]


def test_a_saved_dataset_of_many_rows_is_read_and_written_in_pieces(tmp_path: Path) -> None:
    from slotkit.corpus.formats.saved import write_arrow

    rows = [make_row([f"a{number}"], ["O"], edges=[[0, 0]]) for number in range(2001)]
    write_rows("datasets", rows, tmp_path / "part")

    assert read("datasets", tmp_path / "part") == rows
    assert write_arrow(rows, tmp_path / "rows.arrow") == 2001
    bare = [{key: row[key] for key in row if key != "edges"} for row in rows[:2]]  # type: ignore[literal-required]
    write_rows("datasets", bare, tmp_path / "bare")  # type: ignore[arg-type]
    assert read("datasets", tmp_path / "bare") == [row | {"edges": []} for row in bare]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"_data_files": []}, "part: cannot be read as a saved dataset: there are no rows"),
        ({"_indices_data_files": [{"filename": "x"}]}, "it is a selection of rows: save it after"),
        ({"_indices_data_files": []}, None),
    ],
)
def test_what_a_saved_dataset_says_of_itself(
    change: dict[str, object], message: str | None, tmp_path: Path
) -> None:
    write_rows("datasets", ROWS, tmp_path / "part")
    state = json.loads((tmp_path / "part" / "state.json").read_text())
    (tmp_path / "part" / "state.json").write_text(json.dumps(state | change))

    if message is None:
        assert read("datasets", tmp_path / "part") == ROWS
    else:
        with pytest.raises(CorpusError, match=message):
            read("datasets", tmp_path / "part")
    for name in ("state.json", "dataset_info.json"):
        assert FORMATS["datasets"].detect(tmp_path / "part")
        (tmp_path / "part" / name).rename(tmp_path / "away")
        assert not FORMATS["datasets"].detect(tmp_path / "part")
        (tmp_path / "away").rename(tmp_path / "part" / name)


def test_progress_bars_are_off_in_quiet_and_as_they_were_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import datasets

    from slotkit.corpus.formats.saved import quiet

    disabled = datasets.are_progress_bars_disabled()
    try:
        for before in (True, False):
            (datasets.disable_progress_bars if before else datasets.enable_progress_bars)()
            with quiet():
                assert datasets.are_progress_bars_disabled()
            assert datasets.are_progress_bars_disabled() is before
        monkeypatch.setenv("HF_DATASETS_DISABLE_PROGRESS_BARS", "0")  # who sets it decides
        with quiet():
            assert not datasets.are_progress_bars_disabled()
    finally:
        (datasets.disable_progress_bars if disabled else datasets.enable_progress_bars)()


# What is wrong


def test_a_saved_dataset_must_have_the_columns_and_be_whole(tmp_path: Path) -> None:
    import datasets

    from slotkit.corpus.formats.saved import quiet

    with quiet():
        datasets.Dataset.from_list([{"words": ["a"]}]).save_to_disk(str(tmp_path / "part"))

    with pytest.raises(CorpusError, match=r"part: expected columns tokens and tags .*, got words"):
        read("datasets", tmp_path / "part")
    next((tmp_path / "part").glob("*.arrow")).write_bytes(b"x")
    with pytest.raises(CorpusError, match="part: cannot be read as a saved dataset: "):
        read("datasets", tmp_path / "part")


@pytest.mark.parametrize("name", ["../other/x.arrow", "/etc/hostname", "x.arrow", "link.arrow", 3])
def test_a_saved_dataset_opens_no_files_but_its_own(name: object, tmp_path: Path) -> None:
    write_rows("datasets", ROWS, tmp_path / "part")
    write_rows("datasets", ROWS, tmp_path / "other")
    arrow = next((tmp_path / "other").glob("*.arrow"))
    arrow.rename(tmp_path / "other" / "x.arrow")
    (tmp_path / "part" / "link.arrow").symlink_to(tmp_path / "other" / "x.arrow")
    state = json.loads((tmp_path / "part" / "state.json").read_text())
    state["_data_files"] = [{"filename": name}]
    (tmp_path / "part" / "state.json").write_text(json.dumps(state))

    with pytest.raises(CorpusError, match="which is no file of this folder"):
        read("datasets", tmp_path / "part")


def test_damage_to_a_saved_dataset_is_never_a_crash(tmp_path: Path) -> None:
    write_rows("datasets", ROWS * 50, tmp_path / "part")
    arrow = next((tmp_path / "part").glob("*.arrow"))
    whole, random = arrow.read_bytes(), np.random.default_rng(1)
    refused = 0
    for number in range(60):
        damaged = bytearray(whole)
        if number % 2:
            del damaged[int(random.integers(len(whole))) :]
        else:
            places = random.integers(len(whole), size=20)
            for place, byte in zip(places, random.bytes(20), strict=True):
                damaged[place] = byte
        arrow.write_bytes(damaged)
        try:
            read("datasets", tmp_path / "part")
        except CorpusError:
            refused += 1
    assert refused > 50
