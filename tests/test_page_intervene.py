"""The view of interventions in a real browser: what it shows of edits is what Python says."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest

from browser import Browser, address, browser, numbers, opened, violations
from slotkit.inside.page import make_page
from slotkit.model.model import Model
from slotkit.tagging.edits import Edit
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.trace import Trace

__all__ = ["browser"]

MakeModel = Callable[..., Model]

A, B = "arrive Taipei on 2nd", "leave Taipei on 2nd"
CLOSE = 2e-3  # a share divides by what may be small
STATE = {"elman": ["0.h"], "gru": ["0.h"], "lstm": ["0.c", "0.out"]}


def intervene_page(model: Model, *texts: str) -> str:
    """Make a page with nothing but the view of interventions."""
    return make_page(model, "mine", texts or (A, B), views=["intervene"])


def telling(make_model: MakeModel, architecture: str, *, word: int = 3, **options: Any) -> Model:
    """Make a model that gives A and B different tags at a word, the last unless said."""
    for seed in range(60):
        model = make_model(
            architecture, window_size=0, scale=2.0, seed=seed, **{"hidden_size": 12, **options}
        )
        filler = SlotFiller(model)
        if filler.trace(A).tags[word] != filler.trace(B).tags[word]:
            return model
    raise AssertionError("no seed gives different tags")


def share(filler: SlotFiller, edits: Sequence[Edit], word: int = 3) -> float:
    """Compute the share of the way from A's decision to B's."""
    a, b, edited = filler.trace(A), filler.trace(B), filler.trace(A, edits)
    from_, to = a.columns.index(a.tags[word]), b.columns.index(b.tags[word])

    def m(trace: Trace) -> float:
        return float(trace.logits[word, to] - trace.logits[word, from_])

    return (m(edited) - m(a)) / (m(b) - m(a))


def taken(b: Trace, name: str, word: int = 2, units: list[int] | None = None) -> Edit:
    """Make the edit that takes B's numbers."""
    row = b[name][[word]]
    return Edit(name, row if units is None else row[:, units], words=[word], units=units)


@pytest.mark.parametrize("architecture", STATE)
def test_the_whole_state_moves_the_decision_wholly(
    browser: Browser, make_model: MakeModel, tmp_path: Path, architecture: str
) -> None:
    """Parts of it move it as far as they do in Python."""
    model = telling(make_model, architecture)
    filler = SlotFiller(model)
    b = filler.trace(B)
    names = STATE[architecture]
    memory = np.abs(filler.trace(A)[names[0]][2] - b[names[0]][2])
    ten = sorted(np.argsort(-memory, kind="stable")[:10].tolist())
    wanted = {
        "whole": [taken(b, name) for name in names],
        "ten": [taken(b, name, units=ten) for name in names],
    }
    if architecture == "lstm":
        wanted |= {"cell": [taken(b, "0.c")], "output": [taken(b, "0.out")]}

    with opened(browser, intervene_page(model), tmp_path, word=3) as tab:
        tab.get_by_role("button", name="Compare the parts").click()
        compared = numbers(tab, "part-share")
        assert {part for (part,) in compared} == set(wanted)
        for (part,), value in compared.items():
            assert abs(value - share(filler, wanted[part])) < CLOSE
        assert abs(compared["whole",] - 1) < CLOSE

        for part, said in {"whole": "whole state", "ten": "ten units"}.items():
            button = tab.get_by_role("button", name=said, exact=True)
            button.focus()
            tab.keyboard.press("Enter")
            (value,) = numbers(tab, "share").values()
            assert abs(value - share(filler, wanted[part])) < CLOSE
            edited = filler.trace(A, wanted[part])
            (m,) = numbers(tab, "m-edited").values()
            own, aim = numbers(tab, "m-a"), numbers(tab, "m-b")
            assert abs(m - (own[()] + value * (aim[()] - own[()]))) < CLOSE
            flips = tab.locator("#intervene-flips li").all_inner_texts()
            plain = filler.trace(A)
            assert flips == [
                f"{word}: {one} \u2192 {other}"
                for word, one, other in zip(plain.tokens, plain.tags, edited.tags, strict=True)
                if one != other
            ]
            assert tab.locator("#intervene-list li").count() == len(names)
            tab.get_by_role("button", name="Undo the last").click()
            assert "Nothing is edited." in tab.inner_text("#intervene")
        assert violations(tab) == []


@pytest.mark.parametrize(("way", "after"), [("ahead", 1), ("back", 3)])
def test_each_direction_has_a_state(
    browser: Browser, make_model: MakeModel, tmp_path: Path, way: str, after: int
) -> None:
    """That of `back` is put in after the word behind."""
    model = make_model("bidirectional", window_size=0, scale=2.0, num_layers=2)
    filler = SlotFiller(model)
    b = filler.trace(B)
    edits = [taken(b, f"{way}.{n}.{kind}", after) for kind in ("c", "out") for n in (0, 1)]
    with opened(browser, intervene_page(model), tmp_path, word=2, way=way) as tab:
        tab.get_by_role("button", name="whole state", exact=True).click()
        after_ = filler.trace(A, edits).softmax[2]
        for (tag,), value in numbers(tab, "softmax-after").items():
            assert abs(value - after_[model.tags.index(tag)]) < CLOSE
        assert tab.locator("#intervene-list li").count() == 4


def test_jordan_hands_on_what_it_said(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = telling(make_model, "jordan", word=1)
    filler = SlotFiller(model)
    with opened(browser, intervene_page(model), tmp_path, word=1) as tab:
        tab.get_by_role("button", name="whole state", exact=True).click()
        (value,) = numbers(tab, "share").values()
        assert abs(value - share(filler, [taken(filler.trace(B), "fed", 1)], 1)) < CLOSE
        assert abs(value - 1) < CLOSE
        assert "fed back, all, at Taipei: taken from B at Taipei" in tab.inner_text("#intervene")


def test_tags_that_differ_by_transitions_alone_have_no_way(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = telling(make_model, "feedforward", decoder="crf", hidden_size=4)
    with opened(browser, intervene_page(model), tmp_path, word=3) as tab:
        assert "the transitions between tags decide" in tab.inner_text("#intervene")
        assert "NaN" not in tab.inner_text("#intervene")


def test_numbers_are_set_by_slider_button_and_from_the_other_sentence(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = telling(make_model, "lstm")
    filler = SlotFiller(model)
    b = filler.trace(B)

    with opened(browser, intervene_page(model), tmp_path, word=3) as tab:

        def moved() -> float:
            (value,) = numbers(tab, "share").values()
            return value

        tab.select_option("#intervene-word", "1")
        tab.get_by_role("button", name="Set to 0").click()
        assert abs(moved() - share(filler, [Edit("0.f", 0.0, words=[1])])) < CLOSE
        tab.get_by_role("button", name="Undo all").click()

        tab.locator("#intervene-value").focus()
        tab.keyboard.press("Home")
        for _ in range(25):
            tab.keyboard.press("ArrowRight")
        assert tab.locator("#intervene-list li").all_inner_texts() == [
            "forget gate f, all, at Taipei: 0.250"
        ]
        assert abs(moved() - share(filler, [Edit("0.f", 0.25, words=[1])])) < CLOSE

        tab.select_option("#intervene-tensor", "0.c")
        tab.select_option("#intervene-units", "one")
        tab.select_option("#intervene-which", "5")
        tab.get_by_role("button", name="Take B's numbers").click()
        edits = [Edit("0.f", 0.25, words=[1]), taken(b, "0.c", 1, [5])]
        assert abs(moved() - share(filler, edits)) < CLOSE
        tab.get_by_role("button", name="Undo the last").click()
        assert abs(moved() - share(filler, edits[:1])) < CLOSE

        tab.select_option("#intervene-units", "ten")
        tab.locator("#intervene-value").focus()
        for _ in range(3):
            tab.keyboard.press("ArrowLeft")
        assert tab.locator("#intervene-list li").count() == 2  # one for the slider's whole way
        tab.get_by_role("button", name="Undo all").click()
        assert abs(moved()) < CLOSE


def test_an_address_holds_the_edits(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = telling(make_model, "lstm")
    with opened(browser, intervene_page(model), tmp_path, word=3) as tab:
        tab.get_by_role("button", name="whole state", exact=True).click()
        assert "edits" in address(tab)
        part = next(one for one in address(tab).split("&") if one.startswith("edits="))
        edits = json.loads(unquote(part.removeprefix("edits=")))
    assert len(part) < 300  # of a transplant no number
    with opened(browser, intervene_page(model), tmp_path, word=3, edits=edits) as tab:
        (value,) = numbers(tab, "share").values()
        assert abs(value - 1) < CLOSE
        tab.fill("#text-b", "")
        assert "B has no such numbers, so that nothing changes" in tab.inner_text("#intervene-list")
        assert "With a sentence B" in tab.inner_text("#intervene")
    lost = {"tensor": "0.f", "from": "b", "word": 99, "units": [-1]}
    wrong: list[list[Any]] = [[None, 1, {}], [lost]]
    for broken in wrong:
        with opened(browser, intervene_page(model), tmp_path, edits=broken) as tab:
            assert "No tag changes." in tab.inner_text("#intervene")


@pytest.mark.parametrize(
    ("architecture", "tensor", "edit"),
    [
        ("attention", "0.part", Edit("0.part", 0.0, words=[1], units=[1])),
        ("attention", "position", Edit("position")),
        ("jordan", "fed", Edit("fed", 0.0, words=[1], units=[1])),
        ("feedforward", "0.h", Edit("0.h", 0.0, words=[1], units=[1])),
        ("convolution", "0.h", Edit("0.h", 0.0, words=[1], units=[1])),
    ],
)
def test_every_architecture_has_numbers_to_set(
    browser: Browser,
    make_model: MakeModel,
    tmp_path: Path,
    architecture: str,
    tensor: str,
    edit: Edit,
) -> None:
    model = make_model(architecture, scale=2.0)
    after = SlotFiller(model).trace(A, [edit])
    with opened(browser, intervene_page(model, A), tmp_path, word=1) as tab:
        tab.select_option("#intervene-tensor", tensor)
        tab.select_option("#intervene-word", "every" if edit.words is None else "1")
        if edit.units is not None:
            tab.select_option("#intervene-units", "one")
            tab.select_option("#intervene-which", "1")
        tab.get_by_role("button", name="Set to 0").click()
        for (tag,), value in numbers(tab, "softmax-after").items():
            assert abs(value - after.softmax[1, model.tags.index(tag)]) < 1e-4
        assert violations(tab) == []


def test_what_was_made_last_is_taken_back_first(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    """Also where it stands before others in the list, as a range does before single edges."""
    edits = [
        {"tensor": "mask", "value": 1, "words": [0], "units": [1], "step": 2},
        {"tensor": "0.part", "value": 0, "words": None, "units": [0], "step": 1},
    ]
    page = make_page(make_model("attention"), "mine", ["arrive Taipei"])
    with opened(browser, page, tmp_path, edits=edits) as tab:
        tab.locator("#intervene button", has_text="Undo the last").click()
        assert "0.part" in address(tab)
        assert "mask" not in address(tab)
