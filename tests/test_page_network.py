"""The page's network against NumPy: every case, every tensor, marginals, edits and influence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import tiny
from cases import CASES, OF_WORDS, Case, arrays, build, make_batch
from in_node import in_node, needs_node
from slotkit.encoders.encoder import Sum
from slotkit.encoders.lists import Lists
from slotkit.encoders.table import make_encoder
from slotkit.encoders.vectors import Vectors
from slotkit.inside.payload import make_payload
from slotkit.model.file import save_model
from slotkit.model.model import Model, weight_shapes
from slotkit.taggers.table import ARCHITECTURES, get_trace
from slotkit.tagging.edits import Edit
from slotkit.tagging.filler import SlotFiller

pytestmark = needs_node

TEXT = "arrive Taipei , please , (on 2nd"
OTHER = "leave Tokyo to , from please 台 Paris"
MOST = 1e-4  # that a logit may differ

# What stands between the network of a case and its numbers.
NETWORKS = """
import { NETWORKS } from "#inside/networks";
const weight = ([name, [shape, data]]) => [name, { shape, data: Float32Array.from(data) }];
answer(given.map(({ architecture, weights, x, args, edges }) => {
  const tensors = {};
  const probe = (name, t, row) => {
    (tensors[name] ??= [])[t] = [...row];
    return row;
  };
  const own = Object.fromEntries(Object.entries(weights).map(weight));
  const rows = x.map((row) => Float32Array.from(row));
  const { hidden } = NETWORKS[architecture](own, rows, probe, args, edges);
  return { tensors: Object.entries(tensors), hidden: hidden.map((row) => [...row]) };
}));
"""

# Opens models and runs what is asked of each.
TAGGERS = """
import { open } from "#inside/tagger";
const plain = (rows) => rows && rows.map((row) => [...row]);
const rows = (trace) => [...trace.tensors].map(([name, { axes, shape, rows }]) =>
  [name, axes, shape, plain(rows)]);
const asked = {
  run: (tagger, words, options) => {
    const trace = tagger.run(words, options);
    const { logits, softmax, legal, crf, best, tags, active } = trace;
    const numbers = [logits, softmax, legal, crf].map(plain);
    return { words, tensors: rows(trace), numbers, best, tags, active };
  },
  influence: (tagger, words, options) => plain(tagger.influence(words, options)),
  reach: (tagger, words, options) => tagger.reach(words, options),
  same: (tagger, words) => {
    const { tensors, logits } = tagger.run(words);
    return [...tensors].filter(([tensor, { rows }]) => {
      const again = tagger.run(words, { edits: [{ tensor, value: rows }] }).logits;
      return again.some((row, t) => row.some((one, k) => one !== logits[t][k]));
    });
  },
  limit: (tagger) => tagger.limit,
};
answer(given.map(({ payload, calls }) => {
  const tagger = open(payload);
  return calls.map(([what, text, options]) => {
    try {
      return asked[what](tagger, tagger.cut(text).words, options ?? {});
    } catch (error) {
      if (error instanceof RangeError) return { error: error.message };
      throw error;
    }
  });
}));
"""


def as_json(edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Write edits as the page takes them: rows are flat."""

    def value(edit: Edit) -> Any:
        given = np.asarray(edit.value)
        return given.reshape(len(given), -1).tolist() if given.ndim > 1 else given.tolist()

    return [edit._asdict() | {"value": value(edit)} for edit in edits]


def ask(models: Sequence[Model], calls: Sequence[Sequence[Any]]) -> Any:
    """Ask several things of each model: what, of which text, with which options."""
    several = zip(models, calls, strict=True)
    return in_node(TAGGERS, [{"payload": make_payload(m), "calls": own} for m, own in several])


def close(found: Any, wanted: Any, most: float = MOST) -> None:
    """Check that numbers differ by at most 1e-4, or where they are large by as much of each."""
    np.testing.assert_allclose(np.array(found), np.array(wanted), atol=most, rtol=1e-5)


def same_trace(found: Any, filler: SlotFiller, text: str, edits: Sequence[Edit] = ()) -> None:
    """Check a trace of the page's against Python's, tensor by tensor."""
    wanted = filler.trace(text, edits)
    assert found["words"] == wanted.tokens
    assert [name for name, *_ in found["tensors"]] == list(wanted.tensors)
    for name, axes, shape, rows in found["tensors"]:
        assert axes == list(wanted.axes[name]), name
        assert shape == list(wanted[name].shape), name
        close(np.array(rows).reshape(shape), wanted[name])
    numbers = zip(found["numbers"], ("logits", "softmax", "legal", "crf"), strict=True)
    for own, name in numbers:
        theirs = getattr(wanted, name)
        assert (own is None) is (theirs is None)
        if theirs is not None:
            close(own, theirs)
    assert found["tags"] == wanted.tags
    assert found["best"] == [filler.tags.index(tag) for tag in wanted.tags]
    describe = filler._model.encoder.describe
    assert [[describe(d) for d in some] for some in found["active"]] == wanted.active


# Networks alone


def drawn(case: Case, length: int) -> tuple[dict[str, Any], npt.NDArray[Any], dict[str, Any]]:
    """Return a case's weights, an utterance and its extras."""
    inputs, _, extras = make_batch(case, [length], seed=length)
    own = {name: one[0].numpy() for name, one in extras.items()}
    return arrays(build(case)), inputs[0].numpy(), own


def test_every_case_has_the_same_tensors_row_by_row() -> None:
    each = [(one.values[0], length) for one in CASES for length in (1, 7)]
    given = []
    for case, length in each:
        weights, x, extras = drawn(case, length)
        given.append(
            {
                "architecture": case.architecture,
                "weights": {n: [w.shape, w.ravel().tolist()] for n, w in weights.items()},
                "x": x.tolist(),
                "args": case.arguments,
                "edges": extras["edges"].tolist() if extras else None,
            }
        )
    for (case, length), found in zip(each, in_node(NETWORKS, given), strict=True):
        weights, x, extras = drawn(case, length)
        rows: dict[str, dict[int, Any]] = {}

        def probe(name: str, t: int, row: Any, rows: Any = rows) -> Any:
            rows.setdefault(name, {})[t] = row.ravel()
            return row

        hidden, _ = get_trace(case.architecture)(weights, x, probe, **case.arguments, **extras)
        assert [name for name, _ in found["tensors"]] == list(rows), case
        for name, own in found["tensors"]:
            close(own, [rows[name][t] for t in range(length)])
        close(found["hidden"], hidden)


# Whole taggers


def with_vectors() -> Vectors:
    """Make an encoder of word vectors, fitted."""

    def read(_: str, wanted: Any, room: int) -> tuple[list[str], npt.NDArray[np.float32]]:
        words = ["arrive", "taipei", "0nd", "台", "Zürich", "#nd"]
        random = np.random.default_rng(0)
        return words, random.standard_normal((len(words), 5)).astype(np.float32)

    encoder = Vectors(vectors="some", read=read)
    encoder.fit({"arrive": 1})
    return encoder


LISTS = Lists(
    lists={"10": [["2nd"]], "9": [["on", "2nd"]], "city": [["Taipei"], ["arrive", "taipei"]]},
    slots={"date": "9", "destination": "city"},
)


def with_encoder(model: Model, *parts: Any, seed: int = 0) -> Model:
    """Give a model another encoder."""
    model = model._replace(encoder=parts[0] if len(parts) == 1 else Sum(parts), weights={})
    random = np.random.default_rng(seed)
    for name, shape in weight_shapes(model).items():
        model.weights[name] = random.standard_normal(shape).astype(np.float32)
    return model


def models_of_all() -> list[Model]:
    """Make a tagger of every architecture and cell."""
    made = [tiny.make_model(one) for one in ARCHITECTURES if one != "convolution"]
    made += [tiny.make_model("bidirectional", cell=cell) for cell in ("elman", "jordan", "gru")]
    made += [tiny.make_model("lstm", gates=gates) for gates in ("x", "xhc", "xhc-diagonal")]
    made += [tiny.make_model("gru", reset="before", decoder="crf")]
    made += [tiny.make_model("attention", attend="graph", positions="learned", max_length=16)]
    made += [tiny.make_model("attention", attend="range:1", decoder="crf")]
    return [*made, tiny.make_model("convolution", width=3, scale=0.5)]


def test_whole_taggers_give_the_same_numbers_and_tags() -> None:
    """Encoders by windows by decoders; of a model with a temperature, of members, of a folder."""
    marks = {"date": [["("], [","]]}
    models = models_of_all()
    for number, encoder in enumerate([*OF_WORDS, "+".join(OF_WORDS)]):
        for window_size in (0, 2):
            for decoder in ("softmax", "crf"):
                model = tiny.make_model(
                    ARCHITECTURES[number % 4 + 1],
                    encoder=encoder,
                    window_size=window_size,
                    decoder=decoder,
                )
                models.append(model._replace(temperature=1.7, value_marks=marks))
    base = tiny.make_model("bidirectional", decoder="crf")
    other = make_encoder("other")
    other.fit({"arrive": 2, "on": 2})
    models += [
        with_encoder(base, with_vectors()),
        with_encoder(base, LISTS),
        with_encoder(base, other, with_vectors(), LISTS),
    ]
    texts = [TEXT, OTHER, "( on 2nd ) , Taipei ' to '", "x"]
    found = ask(models, [[["run", text] for text in texts]] * len(models))
    for model, own in zip(models, found, strict=True):
        filler = SlotFiller(model)
        for text, trace in zip(texts, own, strict=True):
            same_trace(trace, filler, text)
            tagging = filler.tag(text)
            close(trace["numbers"][3] or trace["numbers"][2], tagging.probabilities)
            assert trace["tags"] == tagging.tags
            close(trace["numbers"][0], filler.score(tagging.tokens).logits)


def test_the_page_reads_a_folder_and_rounds_nothing(tmp_path: Path) -> None:
    """Weights that are halves travel as such, all others as they are."""
    model = tiny.make_model(decoder="crf", ensemble_size=2)
    halves = {name: w.astype(np.float16).astype(np.float32) for name, w in model.weights.items()}
    save_model(model._replace(weights=halves), tmp_path / "half")

    half, exact = make_payload(tmp_path / "half"), make_payload(model, "exact")

    assert (half["name"], exact["name"]) == ("half", "exact")
    for payload, kind in ((half, "float16"), (exact, "float32")):
        assert {array["dtype"] for own in payload["members"] for array in own.values()} == {kind}
        assert payload["crf"]["end"]["shape"] == [5]
    calls = [["run", TEXT, {"member": member}] for member in range(2)]
    payloads = [{"payload": one, "calls": calls} for one in (half, exact)]
    fillers = SlotFiller.load(tmp_path / "half"), SlotFiller(model)
    for filler, found in zip(fillers, in_node(TAGGERS, payloads), strict=True):
        for member, trace in enumerate(found):
            close(trace["numbers"][0], filler.trace(TEXT, member=member).logits, 1e-5)


def test_a_text_without_words_has_no_numbers() -> None:
    ((trace, influence, reach),) = ask(
        [tiny.make_model()], [[[w, "  "] for w in ("run", "influence", "reach")]]
    )

    assert (trace["words"], trace["tensors"], trace["tags"]) == ([], [], [])
    assert trace["numbers"] == [[], [], [], None]
    assert (influence, reach) == ([], [])


# Edits


def test_edits_give_what_they_give_in_python() -> None:
    """Of every tensor a unit of a word, and the row of another text; then what has a name."""
    models = models_of_all()
    edits: list[list[list[Edit]]] = []
    for model in models:
        other = SlotFiller(model).trace(OTHER)
        own = [[Edit(name, 0.25, [0, 2], [0])] for name in other.tensors]
        own += [
            [Edit(name, array[[1]], [3])]
            for name, array in other.tensors.items()
            if name != "mask" and array.shape[-1] != 8
        ]
        own.append(
            [
                Edit("word", np.array([1, 2, 3])),
                Edit("word", 0.5, [1]),
                Edit("window", units=[0, 2]),
            ]
        )
        own.append([Edit("window", np.array([[[1, 2, 3], [4, 5, 6]]]), [4], [0, 1])])
        if "0.part" in other.tensors:
            own += [[Edit("position")], [Edit("0.part", units=[1])], [Edit("0.head", units=[3])]]
            own += [[Edit("mask", 0, [2], [1, 3])], [Edit("mask", 1, [0], [5, 6])]]
        if "fed" in other.tensors:
            own.append([Edit("fed", np.eye(5)[2], [2])])
        edits.append(own)
    calls = [[["run", TEXT, {"edits": as_json(e)}] for e in own] for own in edits]
    for model, own, found in zip(models, edits, ask(models, calls), strict=True):
        filler = SlotFiller(model)
        for some, trace in zip(own, found, strict=True):
            same_trace(trace, filler, TEXT, some)


def test_an_edit_that_changes_nothing_changes_nothing() -> None:
    models = models_of_all()

    assert ask(models, [[["same", TEXT]]] * len(models)) == [[[]]] * len(models)


@pytest.mark.parametrize("way", ["", "ahead.", "back."])
def test_who_takes_over_the_whole_state_goes_on_as_the_other(way: str) -> None:
    """The logits too, where the other direction has seen the same."""
    model = tiny.make_model("bidirectional" if way else "lstm", window_size=0, num_layers=2)
    words, at = ["arrive", "Taipei", "on", "2nd", "please"], 2
    texts = [
        " ".join([first, *words[1:-1], last])
        for first, last in (
            ("arrive", "please"),
            ("arrive", "to") if way == "back." else ("leave", "please"),
        )
    ]
    one = SlotFiller(model).trace(texts[0])
    names = [f"{way}{layer}.{part}" for layer in (0, 1) for part in ("c", "out")]
    state = [Edit(name, one[name][[at]], [at]) for name in names]

    ((first, moved),) = ask(
        [model], [[["run", texts[0]], ["run", texts[1], {"edits": as_json(state)}]]]
    )

    after = slice(0, at) if way == "back." else slice(at + 1, None)
    rows = [{name: rows for name, _, _, rows in trace["tensors"]} for trace in (first, moved)]
    close(rows[0][f"{way}1.out"][after], rows[1][f"{way}1.out"][after], 1e-6)
    if not way:
        close(first["numbers"][0][after], moved["numbers"][0][after], 1e-6)


def test_an_order_is_that_of_the_words_with_positions_in_place() -> None:
    order = [4, 2, 0, 1, 3]
    words = ["arrive", "Taipei", "on", "2nd", "please"]
    turned = " ".join(words[word] for word in order)
    models = [
        tiny.make_model("attention", positions=positions, window_size=0)
        for positions in ("none", "sinusoidal")
    ]
    models += [
        tiny.make_model("lstm"),
        tiny.make_model("attention", positions="none", attend="graph", window_size=0),
    ]
    edges = [[0, 3], [1, 2]]
    calls = [["run", " ".join(words), {"order": order}], ["run", " ".join(words)]]
    calls.append(
        ["run", " ".join(words), {"order": order, "edits": as_json([Edit("word", 0.5, [4])])}]
    )
    calls.append(["run", " ".join(words), {"order": [0, 1, 2, 3, 3]}])
    graph = [["run", " ".join(words), {"edges": edges, "order": one}] for one in (order, None)]
    graph.append(
        [
            "run",
            " ".join(words),
            {"order": order, "edits": as_json([Edit("mask", 0, [1], [2])]), "edges": edges},
        ]
    )
    graph.append(
        ["run", " ".join(words), {"edits": as_json([Edit("mask", 0, [1], [2])]), "edges": edges}]
    )

    found = ask(models, [calls, calls, calls, graph])

    for model, (permuted, usual, edited, wrong) in zip(models[:3], found[:3], strict=True):
        filler = SlotFiller(model)
        close(np.array(permuted["numbers"][0])[order], filler.trace(turned).logits)
        at = order.index(4)
        close(
            np.array(edited["numbers"][0])[order],
            filler.trace(turned, [Edit("word", 0.5, [at])]).logits,
        )
        same = np.allclose(permuted["numbers"][0], usual["numbers"][0], atol=1e-5)
        assert same is (model.arguments.get("positions") == "none")
        assert "must name each of the 5 words once" in wrong["error"]
    for one, other in (found[3][:2], found[3][2:]):
        close(one["numbers"][0], other["numbers"][0], 1e-5)
        for (name, _, _, rows), (*_, same_rows) in zip(
            one["tensors"], other["tensors"], strict=True
        ):
            assert np.allclose(rows, same_rows, atol=1e-5), name


# Influence and reach


def gentle(model: Model) -> Model:
    """Make small weights, of which rounding loses no change, and large ones of what is fed back."""
    random = np.random.default_rng(1)
    for name, weight in model.weights.items():
        size = 3.0 if name.endswith("weight_y") else 1.0 if "embedding" in name else 0.5
        model.weights[name] = (size * random.standard_normal(weight.shape)).astype(np.float32)
    return model


def test_influence_is_python_s_and_is_where_words_can_reach() -> None:
    options: list[tuple[str, dict[str, Any]]] = [(one, {}) for one in ARCHITECTURES]
    options += [("bidirectional", {"cell": cell}) for cell in ("elman", "jordan", "gru")]
    options += [("attention", {"attend": attend}) for attend in ("range:0", "range:1", "graph")]
    options += [("attention", {"attend": "graph", "edges": "repeats", "num_layers": 1})]
    options += [("convolution", {"num_layers": 1, "width": 5})]
    models = [
        gentle(tiny.make_model(one, hidden_size=16, window_size=w, **own))
        for one, own in options
        for w in (0, 1)
    ]
    text = "arrive to Taipei on to please Paris 2nd"
    cut = {"edits": as_json([Edit("mask", 0, [3], [1, 2])])}
    calls: list[list[list[Any]]] = [[["influence", text], ["reach", text]] for _ in models]
    for model, own in zip(models, calls, strict=True):
        if model.architecture == "attention":
            own += [["influence", text, cut], ["reach", text, cut]]
            own += [
                [one, text, {"order": [3, 0, 1, 2, 7, 4, 6, 5]}] for one in ("influence", "reach")
            ]
    for model, found in zip(models, ask(models, calls), strict=True):
        wanted = SlotFiller(model).influence(text)
        close(found[0], wanted)
        for influence, reach in zip(found[::2], found[1::2], strict=True):
            assert ((np.array(influence) > 0) == np.array(reach)).all(), model.arguments


# What cannot be


def test_what_cannot_be_is_refused_in_a_line() -> None:
    models = [
        tiny.make_model(),
        tiny.make_model("attention", positions="learned", max_length=4),
        tiny.make_model("attention", attend="graph", edges="corpus"),
    ]
    calls: list[list[Any]] = [
        [
            ["run", TEXT, {"edits": as_json([edit])}]
            for edit in (
                Edit("0.f"),
                Edit("word", words=[9]),
                Edit("word", units=[3]),
                Edit("word", np.zeros(2)),
                Edit("logits", 1e39),
            )
        ]
        + [["run", TEXT, {"edges": [[0, 1]]}], ["limit", ""]],
        [["run", TEXT], ["limit", ""]],
        [
            ["run", TEXT],
            ["run", TEXT, {"edges": [[0, 9]]}],
            ["run", TEXT, {"edges": [[0, 1]], "edits": as_json([Edit("mask", words=[1])])}],
        ],
    ]
    first, learned, graph = ask(models, calls)

    wanted = [
        "no tensor '0.f'; choose from word, window, ahead.0.wx, ",
        "an edit names word 9, but there are 8",
        "an edit of word names one of [3], but there are 3",
        "an edit of word takes a number or an array of shape (8, 3)",
        "the tagger's numbers overflow on these 8 words",
        "this tagger takes no edges",
    ]
    for one, said in zip(first, wanted, strict=False):
        assert one["error"].startswith(said)
    assert first[-1] == 60
    assert "an utterance has 8 words, but the learned positions end at 4" in learned[0]["error"]
    assert learned[1] == 4
    assert "needs the edges of the utterance" in graph[0]["error"]
    assert "an edge must be two of the tokens 0..7" in graph[1]["error"]
    assert "leaves a word without any to attend to" in graph[2]["error"]
