"""The views of what units respond to, and of a training's epochs, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from browser import Browser, address, browser, numbers, opened, violations
from slotkit.inside.epochs import epochs
from slotkit.inside.match import match
from slotkit.inside.page import make_page
from slotkit.model.file import load_model
from slotkit.tagging.filler import SlotFiller
from slotkit.training.recipe import make_recipe
from small import LEARNING, TEN_CORPUS, run

__all__ = ["browser"]

TEXTS = ["leave Taipei for Rome", "three tickets on May second"]


class Trained(NamedTuple):
    """A page of a training, and what stands in it."""

    page: dict[str, str]
    match: dict[str, Any]
    epochs: dict[str, Any]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Train a small tagger and write its page in both languages."""
    folder = tmp_path_factory.mktemp("trained") / "model"
    recipe = make_recipe("lstm", **LEARNING | {"epochs": 9}, decoder="crf")
    run(folder, recipe, snapshots=True)
    filler = SlotFiller.load(folder)
    texts = TEN_CORPUS.splits["validation"]["text"]
    parts = {"match": match(filler, list(texts) * 2), "epochs": epochs(folder, TEXTS)}
    views = ["tags", "match", "epochs"]
    pages = {
        language: make_page(
            load_model(folder), "mine", TEXTS, language=language, views=views, parts=parts
        )
        for language in ("en", "zh")
    }
    return Trained(pages, **parts)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_wrong_on_a_phone_and_in_the_dark(
    browser: Browser, trained: Trained, tmp_path: Path, language: str, scheme: str
) -> None:
    with opened(browser, trained.page[language], tmp_path, width=360) as tab:
        tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
        said = tab.inner_text("#match") + tab.inner_text("#epochs")
        assert "match_" not in said
        assert "epochs_" not in said
        assert ("What units respond to" in said) is (language == "en")


def shown_places(tab: Any) -> list[int]:
    """Return the places of the contexts that are shown."""
    rows = tab.locator('[data-name="match.context"]')
    return [int(row.get_attribute("data-place")) for row in rows.all()]


def around(words: list[str], tokens: list[list[int]], place: int) -> list[str]:
    """Return the words up to three away from a place in its text."""
    start = 0
    for text in tokens:
        if place < start + len(text):
            break
        start += len(text)
    return words[max(start, place - 3) : min(start + len(text), place + 4)]


def test_a_unit_is_chosen_by_mouse_and_by_keyboard(
    browser: Browser, trained: Trained, tmp_path: Path
) -> None:
    first, second = trained.match["tensors"]
    assert (first["name"], second["name"]) == ("0.c", "0.out")
    with opened(browser, trained.page["en"], tmp_path) as tab:
        assert shown_places(tab) == first["contexts"][0][::2]
        tab.locator('[data-name="match.unit"][data-unit="3"]').click()
        assert shown_places(tab) == first["contexts"][3][::2]
        assert tab.locator("#match-unit").input_value() == "3"
        assert "unit=3" in address(tab)  # which views of memory show too
        assert "tensor=%22c%22" in address(tab)
        tab.keyboard.press("ArrowRight")
        tab.keyboard.press("Enter")
        assert shown_places(tab) == first["contexts"][4][::2]
        tab.locator("#match-tensor").select_option("1")
        assert shown_places(tab) == second["contexts"][0][::2]
        tab.locator("#match-unit").select_option("5")
        assert shown_places(tab) == second["contexts"][5][::2]

        place = second["contexts"][5][0]
        words = [trained.match["vocabulary"][k] for text in trained.match["tokens"] for k in text]
        assert tab.locator('[data-name="match.context"] mark').first.inner_text() == words[place]
        said = tab.locator('[data-name="match.context"] td').first.inner_text()
        assert said.strip("… ").split() == around(words, trained.match["tokens"], place)
        value = tab.locator('[data-name="match.context"] .number').first.get_attribute("data-value")
        assert float(value or "nan") == pytest.approx(second["contexts"][5][1] / 10)


def test_the_map_is_of_the_chosen_slot(browser: Browser, trained: Trained, tmp_path: Path) -> None:
    (tensor, _) = trained.match["tensors"]
    slot = tensor["slots"][0][0]
    with opened(browser, trained.page["en"], tmp_path) as tab:
        for chosen in ("", str(slot)):
            tab.locator("#match-slot").select_option(chosen)
            found = numbers(tab, "match.unit")
            for number, row in enumerate(tensor["slots"]):
                own = dict(zip(row[::2], row[1::2], strict=True))
                value = (own.get(slot, 0) if chosen else row[1] if row else 0) / 10
                assert found[(str(number),)] == pytest.approx(value)


def test_the_slider_shows_each_epoch(browser: Browser, trained: Trained, tmp_path: Path) -> None:
    kept = [one["epoch"] for one in trained.epochs["epochs"]]
    columns = trained.epochs["columns"]
    with opened(browser, trained.page["en"], tmp_path) as tab:
        slider = tab.locator("#epochs-slider")
        slider.focus()
        tab.keyboard.press("Home")
        for number, one in enumerate(trained.epochs["epochs"]):
            for place, text in enumerate(TEXTS):
                tab.locator("#epochs-text").select_option(str(place))
                said = one["texts"][place]
                tags = tab.locator('[data-name="epochs.tag"]').all_inner_texts()
                assert [tag.strip(" ◆\n") for tag in tags] == said["tags"], text
                for kind in ("softmax", "joint"):
                    tab.locator("#epochs-shares").select_option(kind)
                    for (word, tag), share in numbers(tab, "epochs.share").items():
                        assert [columns.index(tag), share] in said[kind][int(word)]
            row = trained.epochs["history"][kept[number] - 1]
            for name in ("f1", "loss", "learning_rate", "gradient_norm"):
                assert numbers(tab, f"epochs.{name}") == {(): row[name]}
            slider.focus()
            tab.keyboard.press("ArrowRight")
        assert tab.locator("output[for=epochs-slider]").inner_text().startswith(str(kept[-1]))


def test_curves_are_saved(browser: Browser, trained: Trained, tmp_path: Path) -> None:
    with opened(browser, trained.page["en"], tmp_path) as tab:
        with tab.expect_download() as waiting:
            tab.get_by_role("button", name="Save “gradient norm” as CSV").click()
        lines = waiting.value.path().read_text().splitlines()

        rows = [[row["epoch"], row["gradient_norm"]] for row in trained.epochs["history"]]
        assert lines[0] == "epoch,gradient_norm"
        assert [[float(cell) for cell in line.split(",")] for line in lines[1:]] == rows
