"""Corpora found, repaired, kept in the cache, and converted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from command import run as run_command
from slotkit import corpus as module
from slotkit.corpus import Corpus, load_corpus
from slotkit.corpus.formats import FORMATS, WRITTEN, find, hub
from slotkit.corpus.write import save_corpus
from slotkit.errors import CorpusError, MissingExtraError

DATA = Path(os.environ.get("SLOTKIT_DATA", Path(__file__).parents[2] / "shared" / "data"))
TEXT = "to O\nNew B-to\nYork I-to\n\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the cache of every test to itself."""
    monkeypatch.setenv("SLOTKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def make(folder: Path, **texts: str) -> Path:
    """Write a folder of two-column files."""
    folder.mkdir()
    for name, text in texts.items():
        (folder / f"{name}.conll").write_text(text)
    return folder


def tags(corpus: Corpus, split: str = "train") -> list[list[str]]:
    return list(corpus.splits[split]["tags"])


def run(*arguments: str | Path) -> Result:
    return run_command(*arguments)


# Finding


def test_a_folder_has_a_split_for_each_name(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", train=TEXT, test=TEXT * 2, **{"my-dev.2": TEXT * 3}, latest="x")

    splits, notes, fingerprint, _ = load_corpus(folder)

    sizes = {split: len(rows) for split, rows in splits.items()}
    assert sizes == {"train": 1, "validation": 3, "test": 2}
    assert splits["train"].column_names == ["text", "tokens", "tags", "intent"]
    assert splits["train"][0] == {
        "text": "to New York",
        "tokens": ["to", "New", "York"],
        "tags": ["O", "B-to", "I-to"],
        "intent": "",
    }
    assert notes == []
    assert len(fingerprint) == 64


@pytest.mark.parametrize(
    ("name", "split"),
    [("x.txt", "train"), ("latest.txt", "train"), ("DEV.txt", "validation"), ("x.test", "test")],
)
def test_a_file_alone_is_the_split_of_its_name_else_train(
    name: str, split: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(TEXT)

    assert [*load_corpus(tmp_path / name).splits] == [split]


def test_edges_are_a_column_only_where_there_are_any(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", train=TEXT, test="# edges: [[0, 1]]\n" + TEXT)

    splits = load_corpus(folder).splits

    assert splits["train"][0]["edges"] == []
    assert splits["test"][0]["edges"] == [[0, 1]]


def test_bundled_corpora_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make(tmp_path / "c", train=TEXT)
    monkeypatch.setattr(find, "bundled", lambda: {"small": folder})

    assert tags(load_corpus("small")) == [["O", "B-to", "I-to"]]
    with pytest.raises(CorpusError, match=r"^no corpus 'smal': expected a path, hf:NAME for the"):
        load_corpus("smal")


def test_the_hub_is_asked_only_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    asked = []

    def load_dataset(name: str) -> datasets.DatasetDict:
        asked.append(name)
        if name == "none":
            raise ConnectionError("no way there\nand more")
        row = {"tokens": ["to", "Rome"], "tags": ["O", "B-to"]}
        return datasets.DatasetDict(dev=datasets.Dataset.from_list([row]))

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)

    assert tags(load_corpus("hf:some/name"), "validation") == [["O", "B-to"]]
    assert asked == ["some/name"]
    with pytest.raises(
        CorpusError, match=r"^hf:none: cannot be loaded from the hub: no way there$"
    ):
        load_corpus("hf:none")
    assert hub.PREFIX == "hf:"


@pytest.mark.parametrize("name", ["/tmp", "../x", "json", "csv", "a b", "a/b/c", "", ".", "a//b"])
def test_the_hub_alone_is_meant(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets, "load_dataset", lambda name: pytest.fail(f"asked for {name}"))

    with pytest.raises(CorpusError, match=r"no name of the hub|expected a name behind hf:"):
        load_corpus(f"hf:{name}")
    Path("mine").mkdir()
    with pytest.raises(CorpusError, match="a file or folder of that name lies here"):
        load_corpus("hf:mine")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"train": ""}, r"train\.conll: holds no utterances$"),
        ({"train": "\n \n\n"}, r"train\.conll: holds no utterances$"),
        ({"train": "# only a comment\n"}, r"train\.conll: cannot tell the format; choose from seq"),
        ({"train": "some prose\n"}, r"train\.conll: cannot tell the format; choose from seq, "),
        ({"train": "some\x01prose\n"}, r"train\.conll:1: control character U\+0001 at column 5"),
        ({"dev": TEXT, "valid": TEXT}, r"c: two are named validation: dev\.conll, valid\.conll"),
        ({"corpus": TEXT}, "c: expected a file or folder named one of train, test, valid, dev, "),
        ({"train-dev": TEXT}, "the name must hold one split, got train, validation"),
        ({"train": "a S-x\nb L-x\n"}, r"train\.conll: tags mix IOBES .* with BILOU"),
    ],
)
def test_a_corpus_that_cannot_be_used_says_why(
    files: dict[str, str], message: str, tmp_path: Path, cache: Path
) -> None:
    folder = make(tmp_path / "c", **files)

    with pytest.raises(CorpusError, match=message):
        load_corpus(folder)
    assert not cache.exists() or [*cache.iterdir()] == []
    result = run("convert", folder, tmp_path / "out", "--to", "jsonl")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert not (tmp_path / "out").exists()


def test_a_format_can_be_asked_for(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", train="BOS O\nEOS O\n")

    assert tags(load_corpus(folder, format="conll")) == [["O", "O"]]
    with pytest.raises(CorpusError, match=r'train\.conll:1: expected "BOS tokens EOS'):
        load_corpus(folder, format="bos")
    with pytest.raises(CorpusError, match=r"train\.conll: not a folder in the format seq"):
        load_corpus(folder, format="seq")
    with pytest.raises(ValueError, match="unknown format 'xml'; choose from seq, datasets, "):
        load_corpus(folder, format="xml")


# Reading


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ("O B-to I-to", None),
        ("O I-to I-to", "train: 1 tags read from IOB1"),
        ("O B-to E-to", "train: 1 tags read from IOBES"),
        ("U-at B-to L-to", "train: 2 tags read from BILOU"),
        ("B-at I-to I-to", "train: 1 I- tags that continue nothing read as B-"),
    ],
)
def test_other_schemes_become_iob2_and_are_noted(
    given: str, note: str | None, tmp_path: Path
) -> None:
    lines = [f"x {tag}" for tag in given.split()]
    folder = make(tmp_path / "c", train="\n".join(lines))
    first = "B-at" if given[0] in "BU" else "O"

    for _ in range(2):  # built, and from the cache
        corpus = load_corpus(folder)
        assert tags(corpus) == [[first, "B-to", "I-to"]]
        assert corpus.notes == ([note] if note else [])


def test_a_text_that_is_not_its_tokens_is_replaced_and_noted(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", train="# text: to  New York\n" + TEXT + "# text: gone\n" + TEXT)

    splits, notes, *_ = load_corpus(folder)

    assert list(splits["train"]["text"]) == ["to  New York", "to New York"]
    assert notes == ["train: 1 texts that are not their tokens replaced by these"]


def test_problems_of_all_splits_are_named_together(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", train=TEXT + "x\n", dev="y\n" + TEXT, test=TEXT)

    result = run("convert", folder, tmp_path / "out", "--to", "seq")

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"Error: {folder}/train.conll:5: expected \"token tag\", got 'x'",
        f"{folder}/dev.conll:1: expected \"token tag\", got 'y'",
    ]


@pytest.mark.skipif(not DATA.is_dir(), reason="ATIS is not there; see SLOTKIT_DATA")
def test_both_layouts_of_atis_hold_the_same() -> None:
    seq, bos = load_corpus(DATA / "atis"), load_corpus(DATA / "atis-iob")

    assert {split: len(rows) for split, rows in seq.splits.items()} == {
        "train": 4478,
        "validation": 500,
        "test": 893,
    }
    for split, rows in seq.splits.items():
        assert rows[:] == bos.splits[split][:]
    assert seq.notes == bos.notes == []


# The cache


def test_a_changed_file_never_gives_the_old_rows(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", train=TEXT)
    file = folder / "train.conll"
    stamp = file.stat()
    before = load_corpus(folder)

    file.write_text(TEXT.replace("York", "Cork"))  # as long, and made as old
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    after = load_corpus(folder)

    assert after.splits["train"][0]["tokens"] == ["to", "New", "Cork"]
    assert before.splits["train"][0]["tokens"] == ["to", "New", "York"]
    assert before.fingerprint != after.fingerprint


def test_equal_content_is_read_once(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_corpus(make(tmp_path / "c", train=TEXT))
    (entry,) = cache.iterdir()
    monkeypatch.setattr(module, "_build", lambda *_: pytest.fail("read again"))

    second = load_corpus(make(tmp_path / "d", train=TEXT))

    assert second.fingerprint == first.fingerprint
    assert [*cache.iterdir()] == [entry]


def test_the_same_bytes_in_another_format_or_by_other_code_are_read_again(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(tmp_path / "c", train=TEXT)
    load_corpus(folder)
    monkeypatch.setattr(module, "_code", lambda: "newer")
    load_corpus(folder)

    assert len([*cache.iterdir()]) == 2


def damage_by_cutting(entry: Path) -> None:
    arrow = entry / "train.arrow"
    arrow.write_bytes(arrow.read_bytes()[:-200])


def damage_by_losing_rows(entry: Path) -> None:
    from slotkit.corpus.formats.saved import write_arrow

    write_arrow([], entry / "train.arrow")


def damage_by_removing(entry: Path) -> None:
    (entry / "corpus.json").unlink()


@pytest.mark.parametrize("damage", [damage_by_cutting, damage_by_losing_rows, damage_by_removing])
def test_a_damaged_entry_is_made_again(damage: Any, tmp_path: Path, cache: Path) -> None:
    folder = make(tmp_path / "c", train=TEXT)
    load_corpus(folder)
    damage(*cache.iterdir())

    assert tags(load_corpus(folder)) == [["O", "B-to", "I-to"]]
    assert len([*cache.iterdir()]) == 1


def test_a_file_that_changes_while_it_is_read_is_no_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    folder = make(tmp_path / "c", train=TEXT)
    build = module._build

    def slow(*arguments: Any) -> None:
        build(*arguments)
        (folder / "train.conll").write_text(TEXT * 2)

    monkeypatch.setattr(module, "_build", slow)

    with pytest.raises(CorpusError, match="c: the corpus changed while it was read"):
        load_corpus(folder)
    assert [*cache.iterdir()] == []


def test_two_at_once_do_not_disturb_each_other(tmp_path: Path, cache: Path) -> None:
    folder = make(tmp_path / "c", train=TEXT * 50)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(load_corpus(folder).splits["train"])))
        for _ in range(6)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [50] * 6
    assert len([*cache.iterdir()]) == 1


def test_without_a_place_for_the_cache_a_folder_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SLOTKIT_CACHE", str(tmp_path / "file"))

    assert tags(load_corpus(make(tmp_path / "c", train=TEXT))) == [["O", "B-to", "I-to"]]
    assert (tmp_path / "file").read_text() == "not a folder"


def test_the_cache_has_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLOTKIT_CACHE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    load_corpus(make(tmp_path / "c", train=TEXT))

    assert (tmp_path / "xdg" / "slotkit").is_dir()
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    load_corpus(tmp_path / "c")
    assert (tmp_path / "home" / ".cache" / "slotkit").is_dir()


def test_what_killed_programs_left_is_swept_after_a_day(tmp_path: Path, cache: Path) -> None:
    for name, age in ("tmp-old", 2), ("tmp-new", 0):
        (cache / name).mkdir(parents=True)
        stamp = (cache / name).stat().st_mtime - age * 24 * 60 * 60
        os.utime(cache / name, (stamp, stamp))
    load_corpus(make(tmp_path / "c", train=TEXT))

    assert sorted(entry.name for entry in cache.glob("tmp-*")) == ["tmp-new"]


# Writing


@pytest.mark.parametrize("name", WRITTEN)
def test_a_converted_corpus_is_the_same_corpus(name: str, tmp_path: Path) -> None:
    texts = {"train": "# intent: go\n" + TEXT, "dev": TEXT * 2, "test": TEXT}
    if name == "rasa":  # which has an intent for everything
        texts = {
            split: text.replace(TEXT, "# intent: go\n" + TEXT) for split, text in texts.items()
        }
        texts["train"] = "# intent: go\n" + TEXT
    if name == "brat":  # which has none
        texts["train"] = TEXT
    folder = make(tmp_path / "c", **texts)
    result = run("convert", folder, tmp_path / "out", "--to", name)

    assert result.exit_code == 0, result.output
    assert result.stdout == f"{tmp_path}/out: train 1, validation 2, test 1 utterances\n"
    assert result.stderr == ""
    before, after = load_corpus(folder).splits, load_corpus(tmp_path / "out").splits
    assert {split: rows[:] for split, rows in after.items()} == {
        split: rows[:] for split, rows in before.items()
    }
    again = run("convert", tmp_path / "out", tmp_path / "back", "--to", "conll")
    assert again.exit_code == 0, again.output
    assert (tmp_path / "back" / "train.conll").read_text() == texts["train"].replace(
        " O", "\tO"
    ).replace(" B", "\tB").replace(" I", "\tI")


def test_a_converted_saved_corpus_is_one_for_its_library(tmp_path: Path) -> None:
    import datasets

    run("convert", make(tmp_path / "c", train=TEXT), tmp_path / "out", "--to", "datasets")

    assert [*datasets.load_from_disk(str(tmp_path / "out"))] == ["train"]
    assert not datasets.are_progress_bars_disabled()


@pytest.mark.parametrize("name", WRITTEN)
def test_a_split_alone_becomes_a_split_alone(name: str, tmp_path: Path) -> None:
    folder = make(tmp_path / "c", test=TEXT)
    result = run("convert", folder / "test.conll", tmp_path / "test", "--to", name)

    assert result.exit_code == 0, result.output
    assert FORMATS[name].detect(tmp_path / "test")
    assert tags(load_corpus(tmp_path / "test"), "test") == [["O", "B-to", "I-to"]]


def test_what_a_format_cannot_hold_is_said(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", train="# text: to  New York\n# edges: [[0, 1]]\n" + TEXT)
    result = run("convert", folder, tmp_path / "out", "--to", "bos")

    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "train: 1 texts left out, which bos cannot hold",
        "train: 1 utterances without their edges, which bos cannot hold",
    ]


def test_nothing_is_overwritten_unless_asked_and_then_nothing_else(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", train=TEXT)
    out = make(tmp_path / "out", train=TEXT * 2, dev=TEXT)
    (out / "README.md").write_text("kept")

    refused = run("convert", folder, out, "--to", "jsonl")
    assert (refused.exit_code, refused.stderr) == (
        1,
        f"Error: {out}: exists already; --overwrite replaces it\n",
    )
    assert sorted(p.name for p in out.iterdir()) == ["README.md", "dev.conll", "train.conll"]
    for name, expected in (
        ("datasets", ["README.md", "dataset_dict.json", "train"]),
        (
            "seq",
            ["README.md", "train"],
        ),
        ("jsonl", ["README.md", "train.jsonl"]),
    ):
        result = run("convert", folder, out, "--to", name, "--overwrite")
        assert result.exit_code == 0, result.output
        assert sorted(p.name for p in out.iterdir()) == expected
        assert len(load_corpus(out).splits["train"]) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c", "cache", "out"]


def test_what_is_no_corpus_is_never_overwritten(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", train=TEXT)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter").write_text("dear")
    (tmp_path / "letter").write_text("dear")
    (tmp_path / "empty").mkdir()

    for name in "home", "letter":
        result = run("convert", folder, tmp_path / name, "--to", "jsonl", "--overwrite")
        assert result.exit_code == 1
        assert "is no corpus, and is not overwritten" in result.stderr
    assert run("convert", folder, tmp_path / "empty", "--to", "jsonl").exit_code == 0
    file = folder / "train.conll"
    result = run("convert", folder, file, "--to", "jsonl", "--overwrite")
    assert f"{file}: is a file, which this format does not write; remove it first" in result.stderr
    assert file.read_text() == TEXT


def test_a_corpus_may_be_converted_onto_itself(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", train=TEXT)
    file = folder / "train.conll"

    assert run("convert", file, file, "--to", "jsonl", "--overwrite").exit_code == 0
    assert json.loads(file.read_text())["tokens"] == ["to", "New", "York"]


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", train=TEXT, test="# intent: go now\n" + TEXT)
    out = tmp_path / "out"

    result = run("convert", folder, out, "--to", "bos")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: bos cannot hold an intent with a blank: 'go now'\n",
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c", "cache"]
    result = run("convert", folder, tmp_path / "no" / "out", "--to", "jsonl")
    assert result.stderr.endswith("no/out: cannot be written: No such file or directory\n")
    with pytest.raises(CorpusError, match="cannot be written"):
        save_corpus({"train": []}, Path("/dev/null/out"), format="jsonl")


def test_an_unknown_format_is_a_usage_error(tmp_path: Path) -> None:
    for option in "--to", "--format":
        result = run("convert", make(tmp_path / option, train=TEXT), "out", option, "xml")

        assert result.exit_code == 2
        assert "'xml' is not one of 'seq', 'datasets', " in result.stderr


# The base install


def test_a_missing_library_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)

    with pytest.raises(MissingExtraError, match=r'^this needs "pip install slotkit\[train\]"$'):
        load_corpus("ticket_booking")


def test_the_bundled_corpora_are_listed_without_datasets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [json.dumps({"tokens": ["to", "Rome"], "tags": ["O", "B-to"]})] * 1200
    folder = make(tmp_path / "c")
    (folder / "train.jsonl").write_text("\n".join(rows))
    monkeypatch.setattr(find, "bundled", lambda: {"small": folder})
    monkeypatch.setitem(sys.modules, "datasets", None)

    assert run("corpora").stdout.startswith("small: train 1,200\n  to\nrecall:D, ")
    listed = json.loads(run("corpora", "--json").stdout)
    assert list(listed) == ["small", "recall:8", "first", "order"]
    assert listed["small"] == {"sizes": {"train": 1200}, "slots": ["to"]}


def test_finding_a_corpus_loads_nothing_heavy() -> None:
    code = "import sys, slotkit.corpus; print({'datasets', 'torch', 'pyarrow'} & {*sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout == "set()\n"


def test_a_corpus_survives_the_folder_it_came_from(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", train=TEXT)
    corpus = load_corpus(folder)
    shutil.rmtree(folder)

    assert tags(corpus) == [["O", "B-to", "I-to"]]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["eng.train", "eng.testa", "eng.testb"], ["train", "validation", "test"]),
        (["trainset.txt", "devset.txt", "TEST.TXT"], ["train", "validation", "test"]),
    ],
)
def test_names_of_splits(names: list[str], found: list[str], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).write_text(TEXT)

    assert list(load_corpus(tmp_path).splits) == found


def test_what_is_passed_over_is_said(tmp_path: Path) -> None:
    for name in ("train.txt", "eval.txt", "held.conll"):
        (tmp_path / name).write_text(TEXT)
    for name in ("README.md", "train_notes.md", "train.log"):
        (tmp_path / name).write_text("This is about the corpus.\n")
    corpus = load_corpus(tmp_path)

    assert list(corpus.splits) == ["train"]
    assert corpus.notes[0] == (
        "passed over, for their names hold none of the splits: eval.txt, held.conll"
    )
    assert load_corpus(tmp_path).notes == corpus.notes  # from the cache too


def test_what_is_damaged_in_the_cache_is_built_anew(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "train.conll"
    path.write_text(TEXT)
    before = load_corpus(path).splits["train"][:]
    (kept,) = cache.glob("*/train.arrow")
    content = bytearray(kept.read_bytes())
    content[content.index(b"York")] ^= 1
    kept.write_bytes(content)

    assert load_corpus(path).splits["train"][:] == before


def test_a_note_that_is_damaged_in_the_cache_is_made_anew(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "train.conll"
    path.write_text("x I-to\n\n" + TEXT * 9)
    before = load_corpus(path).notes
    (kept,) = cache.glob("*/corpus.json")
    content = kept.read_bytes()
    for at in range(len(content)):
        kept.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert load_corpus(path).notes == before

    assert before == ["train: 1 I- tags that continue nothing read as B-"]
