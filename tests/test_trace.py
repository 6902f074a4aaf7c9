"""Seeing inside: every tensor of a trace, edits of them, and what influences what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import Result

import slotkit
from cases import Case, arrays, bind, build, each_case, make_batch
from slotkit.errors import UtteranceError
from slotkit.inside.views import VIEWS
from slotkit.model.file import save_model
from slotkit.model.model import Model
from slotkit.taggers.blocks.numpy_layers import ACTIVATIONS
from slotkit.taggers.table import ARCHITECTURES, get_architecture, get_trace
from slotkit.tagging.edits import Edit
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.trace import Trace

MakeModel = Callable[..., Model]
Array = npt.NDArray[np.float32]

TEXT = "arrive Taipei , please , on 2nd"
OTHER = "leave Taipei , please , on 2nd"
LENGTH = 7


def kept(case: Case, weights: Mapping[str, Any], x: Array, **extras: Any) -> dict[str, Array]:
    """Run a case's network word by word, and return its tensors."""
    rows: dict[str, list[tuple[int, Array]]] = {}

    def probe(name: str, t: int, row: Array) -> Array:
        rows.setdefault(name, []).append((t, row))
        return row

    get_trace(case.architecture)(weights, x, probe, **case.arguments, **extras)
    in_order = {name: sorted(found, key=lambda one: one[0]) for name, found in rows.items()}
    return {name: np.stack([row for _, row in found]) for name, found in in_order.items()}


def drawn(case: Case) -> tuple[dict[str, Any], Array, dict[str, Any]]:
    """Return a case's weights, an utterance and its extras."""
    inputs, _, extras = make_batch(case, [LENGTH])
    own = {name: one[0].numpy() for name, one in extras.items()}
    return arrays(build(case)), inputs[0].numpy(), own


@each_case
def test_the_network_word_by_word_is_the_one_that_tags(case: Case) -> None:
    weights, x, extras = drawn(case)

    hidden, logits = get_trace(case.architecture)(
        weights, x, lambda name, t, row: row, **case.arguments, **extras
    )

    for found, wanted in zip((hidden, logits), bind(case, weights)(x, **extras), strict=True):
        assert np.allclose(found, wanted, rtol=1e-5, atol=1e-5)


# The equations, with plain numbers


def logistic(x: Array) -> npt.NDArray[np.float64]:
    return 1 / (1 + np.exp(-x.astype(np.float64)))


def softmax(x: Array) -> npt.NDArray[np.float64]:
    raised = np.exp(x.astype(np.float64) - x.max())
    found: npt.NDArray[np.float64] = raised / raised.sum()
    return found


def close(one: Any, other: Any) -> bool:
    return bool(np.allclose(one, other, rtol=1e-4, atol=1e-5))


def check_lstm(seen: dict[str, Array], case: Case, way: str, last: int) -> None:
    g = np.tanh if case.arguments.get("activation", "tanh") == "tanh" else lambda x: x
    order = range(LENGTH) if last < 0 else reversed(range(LENGTH))
    c = np.zeros(8)
    for t in order:
        gates = sum(
            seen[f"{way}.{part}"][t] for part in ("wx", "uh", "cc") if f"{way}.{part}" in seen
        )
        for name, row in zip("ifzo", gates, strict=True):
            made = g(row) if name == "z" else logistic(row)
            assert close(seen[f"{way}.{name}"][t], made)
        i, f, z, o = (seen[f"{way}.{name}"][t] for name in "ifzo")
        c = f * c + i * z
        assert close(seen[f"{way}.c"][t], c)
        assert close(seen[f"{way}.out"][t], o * g(c))


def check_gru(seen: dict[str, Array], case: Case, way: str, last: int) -> None:
    order = range(LENGTH) if last < 0 else reversed(range(LENGTH))
    h = np.zeros(8)
    for t in order:
        wx, uh = seen[f"{way}.wx"][t], seen[f"{way}.uh"][t]
        assert close(seen[f"{way}.r"][t], logistic(wx[0] + uh[0]))
        assert close(seen[f"{way}.z"][t], logistic(wx[1] + uh[1]))
        n, z = np.tanh(wx[2] + seen[f"{way}.un"][t]), logistic(wx[1] + uh[1])
        h = z * h + (1 - z) * n
        assert close(seen[f"{way}.h"][t], h)


def check_elman(seen: dict[str, Array], case: Case, way: str, last: int) -> None:
    own = ACTIVATIONS[case.arguments.get("activation", "tanh")]
    assert close(seen[f"{way}.h"], own(seen[f"{way}.wx"] + seen[f"{way}.uh"]))
    first = 0 if last < 0 else LENGTH - 1
    assert not seen[f"{way}.uh"][first].any()


def check_jordan(seen: dict[str, Array], case: Case, way: str, last: int) -> None:
    name = way.rpartition("0")[0]
    logits = seen[f"{name}logits"]
    order = list(range(LENGTH)) if last < 0 else list(reversed(range(LENGTH)))
    assert not seen[f"{name}fed"][order[0]].any()
    for before, t in pairwise(order):
        assert close(seen[f"{name}fed"][t], softmax(logits[before]))
    assert close(seen[f"{way}.h"], np.tanh(seen[f"{way}.wx"] + seen[f"{way}.vy"]))


CELLS = {"lstm": check_lstm, "gru": check_gru, "elman": check_elman, "jordan": check_jordan}


@each_case
def test_every_tensor_follows_from_those_before_it(case: Case) -> None:
    weights, x, extras = drawn(case)
    seen = kept(case, weights, x, **extras)

    layers = range(case.arguments["num_layers"])
    if case.architecture == "bidirectional":
        check = CELLS[case.arguments["cell"]]
        for layer in layers:
            if check is not check_jordan or not layer:
                check(seen, case, f"ahead.{layer}", -1)
                check(seen, case, f"back.{layer}", LENGTH)
    elif case.architecture in CELLS:
        for layer in layers if case.architecture != "jordan" else [0]:
            CELLS[case.architecture](seen, case, str(layer), -1)
    elif case.architecture == "attention":
        check_attention(seen, layers)
    elif case.architecture == "convolution":
        below = [None, *(seen[f"{layer}.h"] for layer in layers)]
        for layer in layers:
            bias = weights[f"layers.{layer}.bias"]
            made = np.maximum(seen[f"{layer}.parts"].sum(axis=1) + bias, 0)
            assert close(seen[f"{layer}.h"], made if below[layer] is None else made + below[layer])
            assert not seen[f"{layer}.parts"][0][: case.arguments["width"] // 2].any()
    else:
        for layer in layers:
            below_it = x if not layer else seen[f"{layer - 1}.h"]
            W, b = weights[f"hidden.{layer}.weight"], weights[f"hidden.{layer}.bias"]
            assert close(seen[f"{layer}.h"], np.maximum(below_it @ W.T + b, 0))


def check_attention(seen: dict[str, Array], layers: range) -> None:
    mask = seen["mask"] > 0
    assert mask.diagonal().all()
    x = seen["x"]
    for layer in layers:
        q, k, v = (seen[f"{layer}.{part}"] for part in "qkv")
        weights = seen[f"{layer}.weights"]
        for t in range(LENGTH):
            for head in range(q.shape[1]):
                scores = [q[t, head] @ k[s, head] / np.sqrt(q.shape[2]) for s in range(LENGTH)]
                assert close(seen[f"{layer}.scores"][t, head], scores)
                own = weights[t, head]
                assert (own[~mask[t]] == 0).all()  # exactly
                assert close(own.sum(), 1)
                assert close(own[mask[t]], softmax(np.array(scores, dtype=np.float32)[mask[t]]))
                assert close(seen[f"{layer}.head"][t, head], own @ v[:, head])
        assert close(seen[f"{layer}.attended"], x + seen[f"{layer}.part"].sum(axis=1))
        x = seen[f"{layer}.x"]


# A whole tagger


def fillers(make_model: MakeModel) -> list[SlotFiller]:
    """Make a tagger of every architecture, with and without a CRF and a window."""
    made = []
    for number, architecture in enumerate(ARCHITECTURES):
        for decoder in ("softmax", "crf"):
            width = {"width": 3} if architecture == "convolution" else {}
            model = make_model(architecture, decoder=decoder, window_size=number % 3, **width)
            made.append(SlotFiller(model))
    return made


def test_a_trace_says_what_the_tagger_says(make_model: MakeModel) -> None:
    for filler in fillers(make_model):
        trace, tagging = filler.trace(TEXT), filler.tag(TEXT)
        assert np.allclose(trace.logits, filler.score(tagging.tokens).logits, atol=1e-4)
        assert trace.tags == tagging.tags
        last = trace.legal if trace.crf is None else trace.crf
        assert np.allclose(last, tagging.probabilities, atol=1e-4)
        assert np.allclose(trace.softmax.sum(axis=1), 1)
        assert all(len(array) == LENGTH for array in trace.tensors.values())
        for name, array in trace.tensors.items():
            assert len(trace.axes[name]) == array.ndim, name


def test_what_is_legal_and_what_the_logits_say_are_told_apart(make_model: MakeModel) -> None:
    """In a feedforward tagger another word before it moves what is legal, never the logits."""
    filler = SlotFiller(make_model("feedforward", window_size=0, scale=0.5))
    one, other = filler.trace("on 2nd"), filler.trace("Taipei 2nd")

    assert np.array_equal(one.logits[1], other.logits[1])
    assert np.abs(one.legal[1] - other.legal[1]).max() > 1e-3


def test_an_edit_that_changes_nothing_changes_nothing(make_model: MakeModel) -> None:
    for filler in fillers(make_model):
        trace = filler.trace(TEXT)
        for name, array in trace.tensors.items():
            again = filler.trace(TEXT, [Edit(name, array)])
            assert np.array_equal(again.logits, trace.logits), name


def test_an_edit_acts_where_the_tensor_is_made(make_model: MakeModel) -> None:
    """What is made before it stays, and what it is set to is what is there."""
    for filler in fillers(make_model):
        trace = filler.trace(TEXT)
        names = list(trace.tensors)
        for number, name in enumerate(names):
            moved = filler.trace(TEXT, [Edit(name, 0.25, words=[0], units=[0])])
            assert (moved[name][0][0] == 0.25).all()
            if name != "logits":  # until the network begins, one tensor is made after the other
                made = [before for before in names[:number] if before in ("word", "window")]
                assert all(np.array_equal(moved[before], trace[before]) for before in made)


@pytest.mark.parametrize("gates", ["x", "xh", "xhc", "xhc-diagonal"])
@pytest.mark.parametrize("cell", ["alone", "ahead", "back"])
def test_who_takes_over_the_whole_state_goes_on_as_the_other(
    make_model: MakeModel, cell: str, gates: str
) -> None:
    options: dict[str, Any] = {"window_size": 0}
    if cell == "alone":
        model = make_model("lstm", gates=gates, **options)
    else:
        model = make_model("bidirectional", cell="lstm", **options)
    filler, way = SlotFiller(model), "" if cell == "alone" else f"{cell}."
    a, b = "arrive Taipei on 2nd", "leave Taipei on 2nd"
    if cell == "back":
        a, b = "Taipei on 2nd arrive", "Taipei on 2nd leave"
    at = 2 if cell == "back" else 1
    one, other = filler.trace(a), filler.trace(b)
    state = [f"{way}0.c", f"{way}0.out"]

    moved = filler.trace(b, [Edit(name, one[name][[at]], words=[at]) for name in state])

    after = slice(0, at) if cell == "back" else slice(at + 1, None)
    assert np.array_equal(moved[f"{way}0.out"][after], one[f"{way}0.out"][after])
    if cell == "alone":
        assert np.array_equal(moved.logits[after], one.logits[after])
        if gates != "x":
            assert not np.array_equal(other.logits[after], one.logits[after])


def test_positions_a_window_an_edge_and_a_head_are_edits(make_model: MakeModel) -> None:
    with_positions, without = (
        SlotFiller(make_model("attention", positions=positions, num_layers=1))
        for positions in ("sinusoidal", "none")
    )
    off = with_positions.trace(TEXT, [Edit("position")])
    assert np.allclose(off.logits, without.trace(TEXT).logits, atol=1e-5)

    window = SlotFiller(make_model("feedforward", window_size=1)).trace(
        TEXT, [Edit("window", units=[0, 2])]
    )
    assert not window["window"][:, [0, 2]].any()

    near = SlotFiller(make_model("attention", attend="range:1", num_layers=1))
    cut = near.trace(TEXT, [Edit("mask", 0.0, words=[2], units=[3])])
    joined = near.trace(TEXT, [Edit("mask", 1.0, words=[2], units=[6])])
    assert (cut["0.weights"][2, :, 3] == 0).all()
    assert (joined["0.weights"][2, :, 6] > 0).all()
    others = [0, 1, 3, 4, 5, 6]
    assert np.array_equal(joined.logits[others], near.trace(TEXT).logits[others])

    silent = near.trace(TEXT, [Edit("0.part", units=[1])])
    assert not silent["0.part"][:, 1].any()
    assert not np.array_equal(silent.logits, near.trace(TEXT).logits)


def test_influence_is_exactly_what_a_network_can_reach(make_model: MakeModel) -> None:
    position = np.arange(LENGTH)
    ahead = position[:, None] - position
    text = "arrive Taipei to Tokyo from Paris on"
    for filler in fillers(make_model):
        model = filler._model
        if model.architecture == "jordan":
            continue  # a distribution is small, and fades from word to word
        reach = get_architecture(model.architecture).reach(model.arguments)
        w = model.window_size
        before, after = (LENGTH if far is None else far + w for far in (reach.before, reach.after))
        reached = (ahead <= before) & (-ahead <= after)
        found = filler.influence(text)
        assert ((found > 0) == reached).all(), model.architecture


def test_members_of_an_ensemble_are_looked_at_one_by_one(make_model: MakeModel) -> None:
    filler = SlotFiller(make_model("elman", ensemble_size=2))
    both = [filler.trace("arrive Taipei", member=member).logits for member in range(2)]

    assert np.allclose(np.mean(both, axis=0), filler.score(["arrive", "Taipei"]).logits, atol=1e-5)
    with pytest.raises(ValueError, match="member must be from 0 to 1, got 2"):
        filler.trace("arrive", member=2)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (Edit("0.f"), "no tensor '0.f'; choose from word, window, ahead.0.wx, "),
        (Edit("ahead.0.f", words=[9]), "names word 9, but there are 2"),
        (Edit("ahead.0.f", units=[4]), r"ahead.0.f names one of \[4\], but there are 4"),
        (Edit("ahead.0.f", np.zeros(3)), r"an array of shape \(2, 4\), got \(3,\)"),
    ],
)
def test_what_fits_no_tensor_is_refused(make_model: MakeModel, edit: Edit, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SlotFiller(make_model()).trace("arrive Taipei", [edit])


def test_a_word_must_have_one_to_attend_to(make_model: MakeModel) -> None:
    with pytest.raises(ValueError, match="leaves a word without any to attend to"):
        SlotFiller(make_model("attention")).trace("arrive Taipei", [Edit("mask", words=[0])])


def test_what_cannot_be_tagged_cannot_be_traced(make_model: MakeModel) -> None:
    filler = SlotFiller(make_model("attention", positions="learned", max_length=2))
    with pytest.raises(UtteranceError, match="learned positions end at 2"):
        filler.trace("arrive Taipei on 2nd")
    with pytest.raises(UtteranceError, match="takes no edges"):
        filler.trace("arrive", edges=[(0, 0)])
    with pytest.raises(UtteranceError, match="overflow"):
        filler.trace("arrive", [Edit("logits", float("inf"))])
    with pytest.raises(TypeError, match="text must be a string"):
        filler.trace(3)  # type: ignore[arg-type]


def test_a_text_without_words_has_no_tensors(make_model: MakeModel) -> None:
    trace = SlotFiller(make_model()).trace("  ")

    assert (trace.tokens, trace.tags, trace.tensors) == ([], [], {})
    assert trace.logits.shape == (0, 5)
    assert trace.to_json()["tensors"] == {}
    assert SlotFiller(make_model()).influence("").shape == (0, 0)


# As JSON, and in a notebook


def test_a_trace_is_json_with_named_axes(make_model: MakeModel) -> None:
    trace = SlotFiller(make_model("attention", decoder="crf")).trace(TEXT)
    found = json.loads(json.dumps(trace.to_json()))

    weights = found["tensors"]["1.weights"]
    assert weights["axes"] == ["word", "head", "word"]
    assert np.allclose(weights["values"], trace["1.weights"], atol=1e-6)
    assert trace.crf is not None
    assert np.allclose(found["crf"], trace.crf, atol=1e-6)
    assert found["active"][1] == ["taipei", "#ta", "tai", "aip", "ipe", "pei", "ei#"]
    assert found["tags"] == trace.tags


def test_a_notebook_shows_markup_as_text(make_model: MakeModel) -> None:
    tags = ["O", "B-<b>", "I-<b>"]
    trace: Trace = SlotFiller(make_model("lstm", tags=tags)).trace("<script> Taipei")
    page = trace._repr_html_()

    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert "<code>0.f</code> 4 × 4 (word, unit)" in page


def test_the_command_prints_a_trace(
    make_model: MakeModel, slotkit_command: Callable[..., Result], tmp_path: Path
) -> None:
    save_model(make_model("lstm"), tmp_path / "model")
    filler = SlotFiller.load(tmp_path / "model")

    one = slotkit_command("tag", "-m", tmp_path / "model", "--json", "--trace", "arrive Taipei")
    found = json.loads(one.stdout)
    assert found["trace"] == json.loads(json.dumps(filler.trace("arrive Taipei").to_json()))

    lines = b"arrive Taipei\n\nleave\n"
    several = slotkit_command(
        "tag", "-m", tmp_path / "model", "--json", "--trace", "-", stdin=lines
    )
    answers = [json.loads(line) for line in several.stdout.splitlines()]
    assert [len(answer["trace"]["tokens"]) for answer in answers] == [2, 0, 1]

    wrong = slotkit_command("tag", "-m", tmp_path / "model", "--trace", "arrive")
    assert wrong.exit_code == 2
    assert "--trace is for machines: add --json" in wrong.stderr


def test_the_code_of_the_page_on_traces_runs(
    make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parent.parent / "docs" / "inside.md").read_text(encoding="utf-8")
    filler = SlotFiller(make_model())
    monkeypatch.setattr(slotkit, "load", lambda folder: filler)
    names: dict[str, Any] = {"slotkit": slotkit}
    for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL):
        exec(block, names)
    assert names["moved"].tensors.keys() == names["arrive"].tensors.keys()
    for name in re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE):
        assert name in VIEWS
