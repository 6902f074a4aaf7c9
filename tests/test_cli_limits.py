"""What a command refuses in one line: numbers out of range, odd files, a disk that is full."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from slotkit.corpus import load_corpus
from slotkit.corpus.formats import find
from slotkit.errors import CorpusError
from slotkit.model.file import save_model
from slotkit.model.model import Model

Run = Callable[..., Result]
MakeModel = Callable[..., Model]


def refuse(result: Result, message: str) -> None:
    """Assert that a command ended with this in its last line and without a traceback."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code
    assert message in result.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("trian", "No such command 'trian'. Did you mean 'train'?"),
        ("fly", "No such command 'fly'. Choose from train, tag, chat, resolve,"),
        ("train --threads 99999999", "--threads': 99999999 is not in the range 1<=x<=1024"),
        ("train --ensemble-size 1001", "--ensemble-size': 1001 is not in the range 1<=x<=1000"),
        ("train --num-layers 1001", "--num-layers': 1001 is not in the range 1<=x<=1000"),
        ("train --tagger attention --attend range:9999999999", "must be all, range:R or graph"),
        ("train --seed 9223372036854775807 --seeds 2", "9223372036854775807 is the last"),
        ("train --hidden-size 9999999", "there is not enough memory for such a tagger"),
        ("train --resume --overwrite", "--overwrite replaces it; leave it out"),
        ("tag --min-confidence nan a", "nan is not a finite number"),
        ("thresholds model --precision nan", "nan is not a finite number"),
        ("convert ticket_booking - --to jsonl", "cannot go to standard output"),
        ("validate hf:", "expected a name behind hf:"),
        pytest.param(
            f"validate {os.devnull}",
            "neither a file nor a folder",
            marks=pytest.mark.skipif(os.name != "posix", reason="a device is a file there"),
        ),
    ],
)
def test_it_is_said_in_one_line(
    words: str,
    message: str,
    slotkit_command: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)

    refuse(slotkit_command(*words.split()), message)

    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("words", ["taggers", "corpora", "generate {grammar}", "tag -m {model} -"])
def test_a_full_disk_is_one_line(words: str, tmp_path: Path, make_model: MakeModel) -> None:
    save_model(make_model(), tmp_path / "model")
    (tmp_path / "a.grammar").write_text("[intent order]\ncoffee\n")
    named = words.format(grammar=tmp_path / "a.grammar", model=tmp_path / "model")
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [str(Path(sys.executable).with_name("slotkit")), *named.split()],
            input=b"a coffee\n",
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )

    assert ended.returncode == 1
    assert ended.stderr.decode() == "Error: cannot read or write: No space left on device\n"


def test_without_standard_input_nothing_is_read() -> None:
    tag = import_module("slotkit.cli.tag")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", None)
        with pytest.raises(click.UsageError, match="standard input is closed"):
            tag.command.main(["-"], standalone_mode=False)


def test_what_is_read_is_not_written_over(
    slotkit_command: Run, tmp_path: Path, make_model: MakeModel
) -> None:
    grammar, corpus = tmp_path / "a.grammar", tmp_path / "corpus"
    grammar.write_text("[intent order]\ncoffee\n")
    corpus.mkdir()
    (corpus / "test.jsonl").write_text(json.dumps({"tokens": ["to"], "tags": ["O"]}))
    save_model(make_model(), tmp_path / "model")
    before = {path: path.read_bytes() for path in (grammar, corpus / "test.jsonl")}

    refuse(slotkit_command("generate", grammar, "-o", grammar), "is the grammar itself")
    errors = slotkit_command(
        "evaluate", tmp_path / "model", corpus, "--errors", corpus / "test.jsonl"
    )
    refuse(errors, "--errors is part of the corpus")

    assert before == {path: path.read_bytes() for path in before}


def trained_on(corpus: Path, model: Model, **said: Any) -> Model:
    """Say in a model that it was trained on a corpus."""
    source = {"corpus": str(corpus), "format": None}
    found = load_corpus(str(corpus))
    model.training.update(source=source, fingerprint=found.fingerprint, recipe={}, **said)
    return model


@pytest.fixture
def only_train(tmp_path: Path) -> Path:
    """Return a corpus of one part."""
    corpus = tmp_path / "mine.jsonl"
    rows = [{"tokens": ["to", f"Rome{n}"], "tags": ["O", "O"]} for n in range(20)]
    corpus.write_text("\n".join(map(json.dumps, rows)))
    return corpus


@pytest.mark.parametrize("named", [True, False])
def test_of_a_corpus_of_one_part_what_was_held_out_is_looked_at(
    named: bool, only_train: Path, slotkit_command: Run, tmp_path: Path, make_model: MakeModel
) -> None:
    folder = tmp_path / "model"
    save_model(trained_on(only_train, make_model()), folder)
    words = ["evaluate", folder, *([only_train] if named else [])]

    usual = slotkit_command(*words)
    whole = slotkit_command(*words, "--split", "train")

    assert f"{only_train}, validation: 2 utterances" in usual.stdout
    assert "what training held out is looked at, 2 utterances; --split train takes" in usual.stderr
    assert f"{only_train}, train: 20 utterances" in whole.stdout
    assert whole.stderr == ""


def test_what_a_refit_has_seen_tells_nothing(
    only_train: Path, slotkit_command: Run, tmp_path: Path, make_model: MakeModel
) -> None:
    save_model(trained_on(only_train, make_model(), refit=True), tmp_path / "model")

    refuse(slotkit_command("evaluate", tmp_path / "model"), "was trained on all of it, so that")


def test_a_corpus_that_has_changed_since_training_is_said(
    only_train: Path, slotkit_command: Run, tmp_path: Path, make_model: MakeModel
) -> None:
    save_model(trained_on(only_train, make_model()), tmp_path / "model")
    with only_train.open("a") as file:
        file.write("\n" + json.dumps({"tokens": ["to", "Oslo"], "tags": ["O", "O"]}))

    said = slotkit_command("evaluate", tmp_path / "model").stderr

    assert "is not as it was when the model was trained on it" in said


@pytest.mark.parametrize("words", ["evaluate", "stress", "thresholds --precision 0.9"])
@pytest.mark.parametrize("format_", [None, "jsonl", "no such", 7])
def test_the_corpus_of_a_model_that_is_gone_is_named(
    words: str, format_: object, slotkit_command: Run, tmp_path: Path, make_model: MakeModel
) -> None:
    model = make_model()
    model.training["source"] = {"corpus": str(tmp_path / "gone"), "format": format_}
    save_model(model, tmp_path / "model")
    verb, *options = words.split()

    result = slotkit_command(verb, tmp_path / "model", *options)

    refuse(result, f"no corpus '{tmp_path / 'gone'}'")


def test_sources_that_are_not_installed_have_no_corpora(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "slotkit.corpora", None)

    assert find.bundled() == {}
    with pytest.raises(CorpusError, match="one of those bundled: none"):
        find.find_parts("ticket_booking")


def test_no_unused_objects_are_looked_for_when_the_program_ends() -> None:
    code = (
        "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > 0))\n"
        "from slotkit.cli import main; main(['corpora'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )

    assert ended.stdout.splitlines()[-1] == "True"
