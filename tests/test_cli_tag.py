"""``slotkit tag``: words, lines and JSON in; a coloured sentence or JSON out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import Result

from slotkit.model.file import load_model, save_model
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller

MakeModel = Callable[..., Model]
Run = Callable[..., Result]
TEXT = "arrive Taipei on 2nd"


def fix(model: Model, wanted: dict[str, str]) -> Model:
    """Set the weights of a one-layer feedforward tagger so that words get these tags, others O."""
    for name in model.weights:
        model.weights[name] = np.zeros_like(model.weights[name])
    embedding = model.weights["input.embedding.weight"]
    for unit, tag in enumerate(dict.fromkeys(wanted.values())):
        for word in (word for word, its in wanted.items() if its == tag):
            embedding[list(model.encoder.active(word)), unit] = 1
        model.weights["network.hidden.0.weight"][unit, unit] = 1
        model.weights["network.output.weight"][model.tags.index(tag), unit] = 20
    model.weights["network.output.bias"][0] = 10
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, make_model: MakeModel) -> Path:
    """Return a model that knows Taipei, Tokyo (a destination) and 2nd (a date)."""
    model = make_model("feedforward", encoder="one-of-n", window_size=0)
    place = tmp_path_factory.mktemp("tag") / "model"
    wanted = {"Taipei": "B-destination", "Tokyo": "B-destination", "2nd": "B-date"}
    save_model(fix(model, wanted), place)
    return place


@pytest.fixture
def run(slotkit_command: Run, folder: Path) -> Run:
    """Return ``slotkit tag`` with the model."""

    def tag(*arguments: object, **options: Any) -> Result:
        return slotkit_command("tag", "-m", folder, *arguments, **options)

    return tag


def test_the_words_are_one_utterance(run: Run) -> None:
    result = run(*TEXT.split())

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{TEXT}\n  destination = Taipei\n  date = 2nd\n"
    assert run(TEXT).stdout == result.stdout
    assert run("Taipei  or\tTokyo").stdout == "Taipei  or\tTokyo\n  destination = Taipei, Tokyo\n"
    assert run("hello").stdout == "hello\n  (no slots)\n"
    assert run("").stdout == "\n  (no slots)\n"


def test_a_terminal_has_colours(run: Run) -> None:
    result = run(TEXT, color=True)

    assert click.unstyle(result.stdout) == run(TEXT).stdout
    assert f"arrive {click.style('Taipei', fg='cyan', bold=True)} on " in result.stdout
    assert f"  {click.style('destination', fg='cyan')} = Taipei" in result.stdout
    assert f"  {click.style('date', fg='green')} = 2nd" in result.stdout


def test_the_terminal_takes_no_commands_from_a_text(run: Run) -> None:
    assert run("a\x1b[2J\x9bb\n", color=True).stdout == "a\\x1b[2J\\x9bb\\x0a\n  (no slots)\n"


def test_json_is_an_object(run: Run, folder: Path) -> None:
    found = json.loads(run(TEXT, "--json").stdout)

    assert found == SlotFiller.load(folder).tag(TEXT).to_json()
    assert list(found) == ["text", "tokens", "tags", "confidence", "slots", "unsure", "frame"]
    assert found["frame"] == {"destination": ["Taipei"], "date": ["2nd"]}
    assert found["slots"][0]["confidence"] == pytest.approx(1, abs=1e-3)


def test_slots_below_the_wanted_confidence_are_asked_back(run: Run, folder: Path) -> None:
    slots = {slot.name: slot.confidence for slot in SlotFiller.load(folder).tag(TEXT).slots}
    assert 0.999 < min(slots.values()) < max(slots.values()) < 1

    assert run(TEXT, "--min-confidence", 1).stdout == (
        f"{TEXT}\n  destination = Taipei?  (1.00)\n  date = 2nd?  (1.00)\n"
    )
    assert run(TEXT, "--min-confidence", 0.5).stdout == run(TEXT).stdout
    found = json.loads(run(TEXT, "--json", "--min-confidence", 1).stdout)
    assert (found["slots"], found["frame"]) == ([], {})
    assert [slot["value"] for slot in found["unsure"]] == ["Taipei", "2nd"]
    assert run(TEXT, "--min-confidence", 1.5).exit_code == 2


def test_stored_thresholds_hold_unless_another_confidence_is_asked_for(
    folder: Path, slotkit_command: Run, tmp_path: Path
) -> None:
    save_model(load_model(folder)._replace(thresholds={"date": 1.0}), tmp_path)
    words = ["tag", "-m", tmp_path, TEXT]

    shown = slotkit_command(*words).stdout
    assert shown == f"{TEXT}\n  destination = Taipei\n  date = 2nd?  (1.00)\n"
    assert "?" not in slotkit_command(*words, "--min-confidence", 0).stdout


def test_what_is_unsure_is_coloured_but_not_bold(run: Run) -> None:
    result = run(TEXT, "--min-confidence", 1, color=True)

    assert f"arrive {click.style('Taipei', fg='cyan', bold=False)} on " in result.stdout
    assert click.unstyle(result.stdout) == run(TEXT, "--min-confidence", 1).stdout


def test_the_n_best_taggings_are_shown_likeliest_first(run: Run, folder: Path) -> None:
    filler = SlotFiller.load(folder)
    ranked = filler.tag_n_best("to Taipei", 3)
    assert len({tuple(tagging.tags) for tagging in ranked}) == 3

    shown = run("to", "Taipei", "--n-best", 3).stdout.splitlines()
    assert [line for line in shown if line.startswith("to Taipei")] == [
        f"to Taipei  (probability {tagging.confidence:.3f})" for tagging in ranked
    ]
    assert shown[1] == "  destination = Taipei"
    assert "probability" not in run("to", "Taipei").stdout
    found = json.loads(run("to", "Taipei", "--n-best", 3, "--json").stdout)
    assert {key: value for key, value in found.items() if key != "n_best"} == ranked[0].to_json()
    assert [one["tags"] for one in found["n_best"]] == [tagging.tags for tagging in ranked]
    assert set(found["n_best"][0]) == {"tags", "confidence", "slots", "unsure", "frame"}
    assert [one["confidence"] for one in found["n_best"]] == [
        tagging.to_json()["confidence"] for tagging in ranked
    ]
    assert "n_best" not in json.loads(run("to Taipei", "--json").stdout)
    assert run("to Taipei", "--n-best", 0).exit_code == 2


def test_utterances_with_several_taggings_are_told_apart_by_an_empty_line(run: Run) -> None:
    blocks = run("-", "--n-best", 2, stdin="to Tokyo\nhello\n").stdout.split("\n\n")

    for block, text in zip(blocks, ("to Tokyo", "hello"), strict=True):
        first = [line for line in block.splitlines() if line[:1] != " "]
        assert [line.partition("  (")[0] for line in first] == [text, text]


def test_an_intent_is_a_line_of_its_own(
    slotkit_command: Run, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model("feedforward", encoder="one-of-n", window_size=0, intents=["ask", "book"])
    fix(model, {"Taipei": "B-destination"})
    model.weights["intent.bias"][:] = [0, np.log(3)]
    save_model(model, tmp_path)
    words = ["tag", "-m", tmp_path]

    shown = slotkit_command(*words, "to Taipei").stdout
    assert shown == "to Taipei\n  book  (0.75)\n  destination = Taipei\n"
    found = json.loads(slotkit_command(*words, "to Taipei", "--json").stdout)
    assert found["intent"] == {"name": "book", "confidence": pytest.approx(0.75, abs=1e-6)}
    assert slotkit_command(*words, "").stdout == "\n  (no slots)\n"  # nothing wants nothing


def test_probabilities_are_shown(run: Run, folder: Path) -> None:
    rows = json.loads(run(TEXT, "--json", "--probabilities").stdout)["probabilities"]
    lines = run(TEXT, "--probabilities").stdout.splitlines()

    assert [max(row, key=row.get) for row in rows] == ["O", "B-destination", "O", "B-date"]
    assert all(list(row) == SlotFiller.load(folder).tags for row in rows)
    assert all(sum(row.values()) == pytest.approx(1, abs=1e-5) for row in rows)
    assert [line.split()[:3] for line in lines[3:]] == [
        ["arrive", "O", "1.000"],
        ["Taipei", "B-destination", "1.000"],
        ["on", "O", "1.000"],
        ["2nd", "B-date", "1.000"],
    ]


def test_a_dash_reads_lines(run: Run) -> None:
    result = run("-", "--json", stdin=f"{TEXT}\n\nto Tokyo")
    texts = [json.loads(line)["text"] for line in result.stdout.splitlines()]

    assert texts == [TEXT, "", "to Tokyo"]
    assert run("-", stdin="to Tokyo\nhello\n").stdout == (
        "to Tokyo\n  destination = Tokyo\n\nhello\n  (no slots)\n"
    )
    assert run("-", stdin="").stdout == ""


def test_bom_crlf_and_odd_line_ends_are_taken(run: Run) -> None:
    content = "\ufefffrom Tokyo\r\nto\u2028Taipei\u0085\x0c\r\n\r\n".encode()
    found = [json.loads(line) for line in run("-", "--json", stdin=content).stdout.split("\n")[:-1]]

    assert [row["text"] for row in found] == ["from Tokyo", "to\u2028Taipei\u0085\x0c", ""]
    assert found[1]["frame"] == {"destination": ["Taipei"]}


def test_what_is_not_utf8_is_named(run: Run) -> None:
    result = run("-", "--json", stdin=b"to Tokyo\ncaf\xe9\n")

    assert result.exit_code == 1
    assert result.stderr == "Error: standard input:2: not UTF-8 at byte 4\n"
    assert len(result.stdout.splitlines()) == 1


def test_json_input_takes_edges(
    slotkit_command: Run, make_model: MakeModel, tmp_path: Path
) -> None:
    save_model(make_model("attention", attend="graph", edges="corpus", scale=2.0), tmp_path)
    filler = SlotFiller.load(tmp_path)
    rows: list[dict[str, Any]] = [
        {"text": TEXT, "edges": [[0, 3], [1, 2]]},
        {"text": TEXT, "edges": [], "tags": ["O"], "intent": "book"},
    ]
    lines = "\n\n".join(map(json.dumps, rows))

    result = slotkit_command(
        "tag", "-m", tmp_path, "-", "--json", "--probabilities", "--input", "json", stdin=lines
    )

    first, blank, second = result.stdout.splitlines()
    assert blank == ""  # the n-th answer is that to the n-th line
    assert [json.loads(first), json.loads(second)] == [
        filler.tag(row["text"], edges=row["edges"]).to_json(probabilities=True) for row in rows
    ]


def test_other_keys_of_a_line_stand_in_its_answer(
    slotkit_command: Run, make_model: MakeModel, tmp_path: Path
) -> None:
    save_model(make_model(), tmp_path)
    line = json.dumps({"id": "a-7", "text": TEXT, "turn": 2, "slots": [{"name": "old"}]})

    result = slotkit_command("tag", "-m", tmp_path, "-", "--json", "--input", "json", stdin=line)

    own = SlotFiller.load(tmp_path).tag(TEXT).to_json()
    assert json.loads(result.stdout) == {"id": "a-7", "turn": 2} | own


def test_a_home_in_the_variable_is_found(
    slotkit_command: Run, make_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(make_model(), tmp_path / "mine")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SLOTKIT_MODEL", "~/mine")

    assert slotkit_command("tag", TEXT).exit_code == 0


def test_the_command_works_inside_a_thread(
    slotkit_command: Run, make_model: MakeModel, tmp_path: Path
) -> None:
    save_model(make_model(), tmp_path)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(slotkit_command, "tag", "-m", tmp_path, TEXT).result().exit_code == 0


def test_the_package_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "slotkit", "--version"], capture_output=True, text=True, check=True
    )

    assert done.stdout.startswith("slotkit, version")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", 'expected {"text": "...", "edges": [...]}'),
        ('{"text": 3}', 'expected {"text": "...", "edges": [...]}'),
        ('{"text": "a b"}', "this tagger needs the edges of the utterance"),
        ('{"text": "a b", "edges": 3}', "edges must be a list of pairs of token indices, got 3"),
        (
            '{"text": "a b", "edges": [[0, 2]]}',
            "an edge must be two of the tokens 0..1, got [0, 2]",
        ),
        (
            '{"text": "a b", "edges": [' + "[" * 900 + "]" * 900 + "]}",
            "an edge must be two of the tokens 0..1, got [[[[[[[...]]]]]]]\n",
        ),
        ('{"text": "a b", "edges": [], "id": NaN}', "not JSON"),
        ('{"text": "a b", "edges": [], "id": [-1e999]}', "not JSON"),
    ],
)
def test_wrong_json_input_is_named(
    line: str, message: str, slotkit_command: Run, make_model: MakeModel, tmp_path: Path
) -> None:
    save_model(make_model("attention", attend="graph", edges="corpus"), tmp_path)
    stdin = '{"text": "a", "edges": []}\n' + line

    result = slotkit_command("tag", "-m", tmp_path, "--input", "json", "-", stdin=stdin)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: standard input:2: {message}")
    assert result.stderr.count("\n") == 1


def test_edges_for_a_tagger_that_takes_none_are_refused(run: Run) -> None:
    result = run("-", "--input", "json", stdin='{"text": "a b", "edges": [[0, 1]]}')

    assert result.exit_code == 1
    assert "standard input:1: this tagger takes no edges" in result.stderr


def test_usage_errors(slotkit_command: Run) -> None:
    for arguments in ([], ["hello", "--input", "json"], ["hello", "--input", "csv"], ["--jsn"]):
        result = slotkit_command("tag", *arguments)

        assert result.exit_code == 2
        assert "Error: " in result.stderr
    assert "nothing to tag: give the words, or -" in slotkit_command("tag").stderr


def test_words_that_look_like_options_have_their_place(run: Run) -> None:
    refused = run("-5", "degrees")

    assert refused.exit_code == 2
    assert "as in: slotkit tag -- -5 degrees" in refused.stderr
    assert run("--", "-5", "degrees").stdout.startswith("-5 degrees\n")
    assert "--json" in run("--jsn", "to").stderr  # as what may have been meant


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the stream")
def test_errors_never_stand_among_the_answers(tmp_path: Path) -> None:
    """Where the stream for them is closed, they are lost, and the exit code tells."""
    command = 'exec "$0" -m slotkit tag -m none to Rome 2>&-'
    done = subprocess.run(["sh", "-c", command, sys.executable], capture_output=True, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, b"")


def test_a_missing_model_is_one_line(
    slotkit_command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = slotkit_command("tag", "hello")

    assert result.exit_code == 1
    assert result.stderr == "Error: no model in slotkit-model: `slotkit train` makes one\n"


def test_the_model_is_the_option_else_the_environment_else_here(
    slotkit_command: Run,
    folder: Path,
    make_model: MakeModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three models, each with the tags of its own slot."""
    for slot in ("option", "environment", "here"):
        path = tmp_path / ("slotkit-model" if slot == "here" else slot)
        save_model(make_model("feedforward", tags=[f"B-{slot}"]), path)
    monkeypatch.chdir(tmp_path)
    here = slotkit_command("tag", "x").stdout
    monkeypatch.setenv("SLOTKIT_MODEL", "environment")
    environment = slotkit_command("tag", "x").stdout
    option = slotkit_command("tag", "-m", "option", "x").stdout

    assert [out.split()[1] for out in (here, environment, option)] == [
        "here",
        "environment",
        "option",
    ]


def slotkit_process(*arguments: str | bytes, **environment: str) -> subprocess.Popen[bytes]:
    """Start ``slotkit`` in a process of its own."""
    code = (
        "import sys; from importlib.metadata import entry_points; "
        "sys.exit([*entry_points(group='console_scripts', name='slotkit')][0].load()())"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | environment,
    )


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1", "C.UTF-8"])
def test_any_locale_and_any_bytes_do(locale: str, folder: Path) -> None:
    """What is not UTF-8 on the command line is a lone surrogate to Python: escaped in JSON."""
    words: list[str | bytes] = ["到", b"caf\xe9", "Taipei"]
    settings = {"LC_ALL": locale, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "1"}
    process = slotkit_process("tag", "-m", str(folder), "--json", *words, **settings)
    out, error = process.communicate()

    assert (process.returncode, error) == (0, b"")
    assert b'"\xe5\x88\xb0 caf\\udce9 Taipei"' in out
    found = json.loads(out)
    assert found["text"] == "到 caf\udce9 Taipei"
    assert found["slots"][0]["value"] == "Taipei" == found["text"][6 + 1 :]


def test_nothing_heavy_is_imported(folder: Path) -> None:
    code = (
        "import sys\n"
        "from importlib.metadata import entry_points\n"
        "main = [*entry_points(group='console_scripts', name='slotkit')][0].load()\n"
        f"main(['tag', '-m', {str(folder)!r}, 'to Taipei'], standalone_mode=False)\n"
        "heavy = ['torch', 'datasets', 'pyarrow', 'pandas', 'seqeval', 'sklearn', 'rich',\n"
        " 'matplotlib']\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "to Taipei\n  destination = Taipei\n[]\n"


def test_a_model_that_takes_marks_for_parts_of_words_is_said(
    slotkit_command: Run, make_model: MakeModel, tmp_path: Path
) -> None:
    save_model(make_model(tokenizer="whitespace"), tmp_path / "old")
    save_model(make_model(tokenizer="peeled"), tmp_path / "new")

    assert "training anew helps" in slotkit_command("tag", "-m", tmp_path / "old", TEXT).stderr
    assert slotkit_command("tag", "-m", tmp_path / "new", TEXT).stderr == ""
