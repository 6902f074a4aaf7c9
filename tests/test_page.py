"""The page of `slotkit inspect` in a real browser: its frame, tags, words, and prediction."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from browser import Browser, address, browser, numbers, opened, violations
from slotkit.inside.page import LARGEST, make_page
from slotkit.inside.views import VIEWS, views_of
from slotkit.model.file import save_model
from slotkit.model.model import Model
from slotkit.taggers.table import ARCHITECTURES
from slotkit.tagging.filler import SlotFiller

__all__ = ["browser"]

MakeModel = Callable[..., Model]
Slotkit = Callable[..., Result]

A, B = "arrive Taipei on 2nd", "leave Taipei on 2nd"


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_has_a_page_in_which_nothing_goes_wrong(
    browser: Browser, make_model: MakeModel, tmp_path: Path, architecture: str
) -> None:
    model = make_model(architecture, decoder="crf", encoder="other+hashing+shape")
    page = make_page(model, "mine", [A, B])

    with opened(browser, page, tmp_path) as tab:
        assert violations(tab) == []
        trace = SlotFiller(model).trace(A)
        assert tab.locator('td[data-name="tag"]').all_inner_texts() == trace.tags
        for kind in ("softmax", "legal", "crf"):
            for (word, tag), value in numbers(tab, kind).items():
                number = getattr(trace, kind)[int(word), trace.columns.index(tag)]
                assert abs(value - number) < 1e-5


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1200, "dark")])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_phone_and_the_dark_are_served_too(
    browser: Browser, make_model: MakeModel, tmp_path: Path, width: int, scheme: str, language: str
) -> None:
    page = make_page(make_model(encoder="other+hashing"), "mine", [A, B], language=language)
    with opened(browser, page, tmp_path, width=width) as tab:
        tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        said = tab.inner_text("#page")
        assert ("Sentence A" in said) is (language == "en")
        assert not re.search(r"\b(tags|word|page|memory|gates)_[a-z]+", said)  # names of strings


def test_typing_moves_every_view(browser: Browser, make_model: MakeModel, tmp_path: Path) -> None:
    model = make_model(scale=2.0, encoder="other+hashing")
    filler = SlotFiller(model)
    with opened(browser, make_page(model, "mine", [A]), tmp_path) as tab:
        for text in ("leave Tokyo", "please arrive , in Paris", "台 Taipei 🙂"):
            tab.fill("#text-a", text)
            tab.wait_for_function(
                "n => document.querySelectorAll('td[data-name=tag]').length === n",
                arg=len(filler.tag(text).tokens),
            )
            assert tab.locator('td[data-name="tag"]').all_inner_texts() == filler.tag(text).tags
        tab.fill("#text-a", "  ")
        assert tab.inner_text('[role="alert"]') == "Type a sentence."
        tab.fill("#text-a", "word " * 61)
        assert "61 words are more than this page takes: 60." in tab.inner_text('[role="alert"]')


def test_a_word_is_chosen_by_mouse_and_by_keyboard(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model(encoder="other+hashing")
    with opened(browser, make_page(model, "mine", [A]), tmp_path) as tab:
        tab.get_by_role("button", name="Look at Taipei").click()
        pieces = tab.locator('[data-name="active"]').all_inner_texts()
        assert pieces == SlotFiller(model).trace(A).active[1]
        tab.get_by_role("button", name="Look at 2nd").focus()
        tab.keyboard.press("Enter")
        assert (
            tab.locator('[data-name="active"]').all_inner_texts()
            == (SlotFiller(model).trace(A).active[3])
        )
        assert "word=3" in address(tab)
    with opened(browser, make_page(model, "mine", [A]), tmp_path, word=1, a="Tokyo 台") as tab:
        assert tab.locator('button[aria-pressed="true"]').first.inner_text() == "台"


def test_a_reader_predicts_before_the_result_is_shown(
    browser: Browser, make_model: MakeModel, tmp_path: Path
) -> None:
    model = make_model(scale=2.0)
    tag = SlotFiller(model).tag(A).tags[0]
    with opened(browser, make_page(model, "mine", [A]), tmp_path) as tab:
        tab.get_by_label("Predict first").check()
        assert tab.locator("td[data-name=tag]").count() == 0
        tab.locator("#predict-tag").select_option(tag)
        tab.get_by_role("button", name="Show the result").click()
        assert tab.inner_text(".answer") == f"You said {tag}, and so does the tagger."
        tab.fill("#text-a", "Tokyo")  # hides it again
        tab.wait_for_selector("#predict")
        tab.locator("#predict-tag").focus()
        tab.keyboard.press("End")
        tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        assert tab.inner_text(".answer").startswith("You said ")


def test_figures_are_saved(browser: Browser, make_model: MakeModel, tmp_path: Path) -> None:
    with opened(browser, make_page(make_model(), "mine", [A]), tmp_path) as tab:
        for kind, begins in (("SVG", "<svg"), ("CSV", "word,tag,softmax,legal\n")):
            with tab.expect_download() as waiting:
                tab.locator("#figure-lattice button", has_text=kind).click()
            saved = Path(waiting.value.path()).read_text(encoding="utf-8")
            assert saved.startswith(begins)
            assert "var(--" not in saved


def test_markup_stays_text(browser: Browser, make_model: MakeModel, tmp_path: Path) -> None:
    """In a text, a tag, the name of a model, and the address."""
    evil = "</script><script>document.title='x'</script><img src=x onerror=alert(1)>"
    model = make_model(tags=["O", f"B-{evil}", f"I-{evil}"], scale=2.0)
    page = make_page(model, f"{evil}{{data}}", [evil, evil])
    with opened(browser, page, tmp_path, a=f"{evil} Taipei", b=evil) as tab:
        assert tab.inner_text("h1") == f"{evil}{{data}}"
        assert tab.title() == f"{evil}{{data}}"
        assert tab.locator("#page img, #page script").count() == 0
        assert tab.locator("td[data-name=tag]").all_inner_texts() == (
            SlotFiller(model).tag(f"{evil} Taipei").tags
        )


# The command


def test_the_command_writes_a_page(
    make_model: MakeModel, slotkit_command: Slotkit, tmp_path: Path
) -> None:
    save_model(make_model(), tmp_path / "model")

    done = slotkit_command("inspect", tmp_path / "model", "arrive Taipei")

    page = (tmp_path / "inspect.html").read_text(encoding="utf-8")
    assert len(page) < LARGEST
    assert done.exit_code == 0
    assert "inspect.html: tags, word, " in done.stderr
    assert "http" not in re.sub(r"base64,[^\"]*", "", page).replace("http-equiv", "")

    default = slotkit_command("inspect", tmp_path / "model", "-o", "other.html")
    assert 'opens with "arrive Taipei on November 2nd"' in default.stderr


def test_the_numbers_alone(make_model: MakeModel, slotkit_command: Slotkit, tmp_path: Path) -> None:
    import json

    save_model(make_model("lstm"), tmp_path / "model")
    done = slotkit_command("inspect", tmp_path / "model", A, B, "--json")

    found = json.loads(done.stdout)
    filler = SlotFiller.load(tmp_path / "model")
    assert [one["text"] for one in found["texts"]] == [A, B]
    assert np.allclose(found["texts"][1]["influence"], filler.influence(B))
    assert found["views"] == views_of(make_model("lstm"))
    assert not (tmp_path / "inspect.html").exists()


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (
            ["model", "--view", "attention"],
            "lstm has no view 'attention'; choose from tags, word",
            2,
        ),
        (["model", "--view", "nothing"], "unknown view 'nothing'; choose from tags, word", 2),
        (["model", "a", "b", "c"], "two sentences at most are compared, got 3", 2),
        (["model", "word " * 5001], "5,001 words are more than max_words, 5,000", 1),
        (["model", "--json", "--match", "ticket_booking"], "leave out --match and --view", 2),
        (["nowhere"], "nowhere", 1),
        (["model", "a", "-o", "nowhere/page.html"], "cannot be written", 1),
    ],
)
def test_bad_input_is_a_line(
    make_model: MakeModel,
    slotkit_command: Slotkit,
    tmp_path: Path,
    arguments: list[str],
    said: str,
    code: int,
) -> None:
    save_model(make_model("lstm"), tmp_path / "model")
    done = slotkit_command("inspect", *arguments)

    assert done.exit_code == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "inspect.html").exists()


def test_a_damaged_model_is_said_as_tag_says_it(
    make_model: MakeModel, slotkit_command: Slotkit, tmp_path: Path
) -> None:
    save_model(make_model("lstm"), tmp_path / "model")
    (weights,) = (tmp_path / "model").glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-3])

    one = slotkit_command("inspect", tmp_path / "model")
    other = slotkit_command("tag", "-m", tmp_path / "model", "arrive")
    assert one.exit_code == other.exit_code == 1
    assert one.stderr == other.stderr


def test_every_view_of_the_page_is_in_the_table() -> None:
    text = (Path(__file__).parent.parent / "slotkit/inside/page/views.js").read_text()
    assert re.findall(r"^  (\w+): \[", text, flags=re.MULTILINE) == list(VIEWS)


def test_a_model_without_room_leaves_what_it_says(
    browser: Browser,
    make_model: MakeModel,
    slotkit_command: Slotkit,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("slotkit.inside.page.LARGEST", 1000)
    for architecture in ("bidirectional", "attention"):
        save_model(make_model(architecture, decoder="crf", scale=2.0), tmp_path / architecture)
        done = slotkit_command("inspect", tmp_path / architecture, A, B)
        assert (
            "0.001 MB are the most: it holds what the tagger says of its sentences" in done.stderr
        )

        page = (tmp_path / "inspect.html").read_text(encoding="utf-8")
        assert '"members":[]' in page
        with opened(browser, page, tmp_path) as tab:
            filler = SlotFiller.load(tmp_path / architecture)
            assert tab.locator("td[data-name=tag]").all_inner_texts() == filler.tag(A).tags
            assert tab.get_attribute("#text-a", "readonly") is not None
            assert "too large to be carried by a page" in tab.inner_text("header")
