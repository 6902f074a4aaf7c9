"""Pictures: what is drawn where, in which files, with which signs."""

from __future__ import annotations

import subprocess
import sys
from math import comb
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager

from slotkit.errors import MissingExtraError, SlotkitError
from slotkit.evaluation import pictures
from slotkit.evaluation.mistakes import Confusion

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RAW = [(0.95, 0.9, 40), (0.5, 0.75, 8), (0.7, 0.0, 0)]
TABLE = [
    Confusion(gold="to", predicted="from", count=5),
    Confusion(gold="from", predicted="to", count=3),
    Confusion(gold="from", predicted="from", count=2),
    Confusion(gold="day", predicted=None, count=1),
    Confusion(gold=None, predicted="day", count=1),
]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Keep figures and write none."""
    figures: list[Figure] = []
    monkeypatch.setattr(pictures, "_write", lambda figure, path: figures.append(figure))
    return figures


def keep_fonts(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let there be only these of the fonts that come with matplotlib."""
    fonts = [
        font
        for font in font_manager.fontManager.ttflist
        if font.name in names and "mpl-data" in font.fname
    ]
    assert {font.name for font in fonts} == set(names)
    monkeypatch.setattr(font_manager.fontManager, "ttflist", fonts)


def draw_text(folder: Path, table: list[Confusion]) -> list[str]:
    """Draw confusions and read what is written in the picture."""
    path = folder / "picture.svg"
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        pictures.confusion(path, table)
    elements = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(element.itertext()).strip() for element in elements]


# Files


@pytest.mark.parametrize(
    ("suffix", "beginning"), [(".png", b"\x89PNG"), (".PDF", b"%PDF"), (".svg", b"<?xml")]
)
def test_the_suffix_says_how_a_picture_is_written(
    tmp_path: Path, suffix: str, beginning: bytes
) -> None:
    one, other = tmp_path / f"one{suffix}", tmp_path / f"other{suffix}"
    one.write_text("what was there before")
    pictures.confusion(one, TABLE)
    pictures.reliability(str(other), {"raw": RAW}, {"raw": 0.1})

    assert one.read_bytes().startswith(beginning)
    assert other.read_bytes().startswith(beginning)
    assert sorted(tmp_path.iterdir()) == [one, other]


@pytest.mark.parametrize("name", ["picture.jpg", "picture", ".png"])
def test_another_suffix_is_refused_before_anything_is_drawn(name: str) -> None:
    message = "unknown suffix .* of .*picture|.png; choose from .pdf, .png, .svg"
    with pytest.raises(ValueError, match=message):
        pictures.confusion(name, TABLE)
    with pytest.raises(ValueError, match=message):
        pictures.reliability(name, {"raw": RAW}, {"raw": 0.1})


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "picture.png"
    with pytest.raises(SlotkitError) as caught:
        pictures.confusion(path, TABLE)

    assert str(caught.value) == f"{path}: cannot be written: No such file or directory"


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(MissingExtraError, match=r"pip install slotkit\[train\]"):
        pictures.confusion("picture.png", TABLE)
    with pytest.raises(MissingExtraError):
        pictures.reliability("picture.png", {"raw": RAW}, {"raw": 0.1})


def test_matplotlib_is_loaded_late_and_without_its_global_state(tmp_path: Path) -> None:
    code = f"""
import sys
from slotkit.evaluation import pictures
print("matplotlib" in sys.modules)
pictures.reliability({str(tmp_path / "x.png")!r}, {{"raw": {RAW}}}, {{"raw": 0.1}})
print("matplotlib.figure" in sys.modules, "matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "True", "False"]


# Confusions


def test_counts_stand_in_their_cells_and_zero_cells_are_blank(drawn: list[Figure]) -> None:
    pictures.confusion("picture.png", TABLE)
    [axes] = drawn[0].axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    columns = [label.get_text() for label in axes.get_xticklabels()]
    cells = {
        (rows[int(text.get_position()[1])], columns[int(text.get_position()[0])]): text.get_text()
        for text in axes.texts
    }

    assert rows == ["from", "to", "day", "(spurious)"]
    assert columns == ["from", "to", "day", "(missed)", "(wrong border)"]
    assert cells == {
        ("to", "from"): "5",
        ("from", "to"): "3",
        ("from", "(wrong border)"): "2",
        ("day", "(missed)"): "1",
        ("(spurious)", "day"): "1",
    }
    image = axes.images[0].get_array()
    assert image is not None
    assert np.ma.count(image) == len(TABLE)
    assert axes.get_title() == "Wrong spans by gold and predicted slot: 12"


def test_of_many_slots_the_most_frequent_confusions_are_shown(drawn: list[Figure]) -> None:
    """The last one joins slots that are there already."""
    table = [Confusion(gold=f"g{n}", predicted=f"p{n}", count=9) for n in range(40)]
    pictures.confusion("picture.png", [*table, Confusion(gold="g1", predicted="p2", count=4)])
    [axes] = drawn[0].axes

    assert len(axes.get_xticklabels()) == len(axes.get_yticklabels()) == 30
    assert [text.get_text() for text in axes.texts].count("4") == 1
    assert axes.get_title() == (
        "Wrong spans by gold and predicted slot: 364\n"
        "(274 of them shown: the most frequent confusions)"
    )


def test_long_names_keep_their_ends(tmp_path: Path) -> None:
    name = "beginning." + 60 * "x" + ".end"
    written = draw_text(tmp_path, [Confusion(gold=name, predicted="$x_y$", count=1)])

    (short,) = [text for text in written if text.startswith("beginning")]
    assert (len(short), short[-4:], short[19]) == (40, ".end", "…")
    assert "$x_y$" in written  # and is no formula


def test_signs_that_no_font_has_are_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_fonts(monkeypatch, "DejaVu Sans")
    written = draw_text(tmp_path, [Confusion(gold="出發é", predicted=None, count=1)])

    assert "\\u51fa\\u767cé" in written
    assert "(\\u and digits: signs that no font of this machine has)" in " ".join(written)


def test_another_font_is_taken_where_it_has_the_signs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_fonts(monkeypatch, "DejaVu Sans", "STIXGeneral", "STIXNonUnicode")
    table = [Confusion(gold="ᶎ一\ue000", predicted=None, count=1)]
    written = draw_text(tmp_path, table)
    pictures.confusion(tmp_path / "picture.png", table)  # where a missing sign would be a warning

    assert "ᶎ\\u4e00\ue000" in written


def test_without_confusions_the_picture_says_so(drawn: list[Figure], tmp_path: Path) -> None:
    pictures.confusion(tmp_path / "picture.png", [])

    assert drawn[0].axes[0].get_title() == "Wrong spans by gold and predicted slot: 0"


# Reliability


def test_points_chance_and_counts_are_where_they_belong(drawn: list[Figure]) -> None:
    pictures.reliability("x.png", {"raw": RAW, "scaled": RAW[:1]}, {"raw": 0.0789, "scaled": 0.05})
    raw, scaled, counts, _ = drawn[0].axes
    diagonal, points = raw.lines
    bars = [np.asarray(bar).tolist() for bar in raw.collections[0].get_segments()]  # type: ignore[attr-defined]

    assert raw.get_title() == "raw: calibration error 7.9 %"
    assert scaled.get_title() == "scaled: calibration error 5.0 %"
    assert np.asarray(diagonal.get_xydata()).tolist() == [[0, 0], [1, 1]]
    assert np.asarray(points.get_xydata()).tolist() == [[0.5, 0.75], [0.95, 0.9]]
    assert bars[0] == [[0.5, 1 / 8], [0.5, 7 / 8]]  # 7 in 256 have 0 or 1 right of 8, or 7 or 8
    stems = [np.asarray(stem).tolist() for stem in counts.collections[0].get_segments()]  # type: ignore[attr-defined]
    assert stems == [[[0.5, 0], [0.5, 8]], [[0.95, 0], [0.95, 40]]]
    assert (raw.get_ylabel(), counts.get_ylabel()) == ("share of right spans", "spans of a bin")
    assert counts.get_xlabel().startswith("mean confidence")


@given(st.floats(0.01, 0.99), st.integers(1, 60))
def test_chance_stays_between_the_bars_95_times_in_100(confidence: float, count: int) -> None:
    low, high = (round(share * count) for share in pictures._chance(confidence, count))
    odds = [
        comb(count, k) * confidence**k * (1 - confidence) ** (count - k) for k in range(count + 1)
    ]

    assert sum(odds[:low]) <= 0.025 + 1e-9
    assert sum(odds[high + 1 :]) <= 0.025 + 1e-9
    assert sum(odds[low : high + 1]) >= 0.95 - 1e-9


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_certainty_leaves_nothing_to_chance(certain: float) -> None:
    assert pictures._chance(certain, 5) == (certain, certain)


@pytest.mark.parametrize(
    "bins", [[], [(1.0, 1.0, 3)], [(0.2, 0.1, 1), (0.9, 1.0, 100_000)], [(0.5, 0.5, 0)]]
)
def test_any_bins_can_be_drawn(tmp_path: Path, bins: list[tuple[float, float, int]]) -> None:
    pictures.reliability(tmp_path / "x.png", {"raw": bins}, {"raw": 0.0})

    assert (tmp_path / "x.png").stat().st_size > 5000


def test_every_series_has_its_error() -> None:
    with pytest.raises(ValueError, match=r"errors must be of the series \['raw'\], got \[\]"):
        pictures.reliability("x.png", {"raw": RAW}, {})
    with pytest.raises(ValueError, match=r"errors must be of the series \[\], got \[\]"):
        pictures.reliability("x.png", {}, {})
