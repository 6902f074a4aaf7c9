"""Pictures of what a model does: how far its confidence holds, which slots it confuses.

Drawn by matplotlib straight into a file, without a window and without its global state. Both are
in one file for the palette, the axes and the saving that they share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from slotkit.errors import SlotkitError
from slotkit.evaluation.mistakes import Confusion
from slotkit.extras import extra
from slotkit.files import write_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]
Bin = tuple[float, float, int]  # mean confidence, share of right spans, spans

SUFFIXES = (".pdf", ".png", ".svg")

_MOST = 30  # slots on each side of a heat map
_LONGEST = 40  # signs of a slot's name
_CELL = 0.32  # inches
_ROOM = 0.02  # the less, the further are shares near 1 drawn apart
_TICKS = (0, 0.5, 0.8, 0.9, 0.95, 0.98, 1)
_LIMITS = (-0.05, 1.002)
_COVER = 0.95  # of what a calibrated model would do by chance
_PLAIN = (400, "normal", "regular", "book")  # weights of fonts
_BLUE, _GREY, _LIGHT = "#1f5fa8", "#777777", "#c9c9c9"


def check_suffix(path: str | Path) -> str:
    """Return the suffix of a picture's file, which says how it is written.

    Raises
    ------
    ValueError
        If it is not one of `SUFFIXES`.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"unknown suffix {suffix!r} of {path}; choose from {', '.join(SUFFIXES)}")
    return suffix


def reliability(
    path: str | Path, bins: Mapping[str, Sequence[Bin]], errors: Mapping[str, float]
) -> None:
    """Draw how often spans are right against how sure the model was of them.

    A point is a bin. The bar behind it covers 95 % of the shares that would come about if every
    span of the bin were right with its mean confidence (binomial): a point outside of it is
    hardly chance. Beneath stand the counts.

    Parameters
    ----------
    path : str or Path
        Where to write; the suffix is one of `SUFFIXES`.
    bins : mapping of str to sequence of (float, float, int)
        Of each series, as ``raw`` and ``scaled``, which are drawn side by side, the bins: mean
        confidence, share of right spans, number of spans. Bins without spans are left out.
    errors : mapping of str to float
        The calibration error of each series, as a fraction.

    Raises
    ------
    ValueError
        If there is no such suffix, or no series, or one without its error.
    SlotkitError
        If the file cannot be written.
    MissingExtraError
        If matplotlib is not installed.
    """
    check_suffix(path)
    if not bins or bins.keys() != errors.keys():
        raise ValueError(f"errors must be of the series {[*bins]}, got {[*errors]}")
    figure = _figure(4.6 * len(bins), 5.6)
    axes = figure.subplots(
        2, len(bins), sharex=True, sharey="row", squeeze=False, height_ratios=(4, 1)
    )
    for (name, points), above, beneath in zip(bins.items(), *axes, strict=True):
        points = sorted((p, right, count) for p, right, count in points if count)
        _draw_points(above, points)
        _draw_counts(beneath, points)
        above.set_title(f"{name}: calibration error {100 * errors[name]:.1f} %", fontsize=11)
    axes[0][0].set_ylabel("share of right spans")
    axes[1][0].set_ylabel("spans of a bin")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", bbox_to_anchor=(0.5, 0.02), frameon=False)
    _write(figure, path)


def confusion(path: str | Path, table: Iterable[Confusion]) -> None:
    """Draw which slots are predicted in the place of which.

    A row is a gold slot, a column a predicted one; only those that take part are there, and of
    those at most 30 on each side, of the most frequent confusions.

    Parameters
    ----------
    path : str or Path
        Where to write; the suffix is one of `SUFFIXES`.
    table : iterable of Confusion
        As `slotkit.evaluation.mistakes.analyse` counts them, the most frequent first.

    Raises
    ------
    ValueError
        If there is no such suffix.
    SlotkitError
        If the file cannot be written.
    MissingExtraError
        If matplotlib is not installed.
    """
    check_suffix(path)
    table = list(table)
    rows, columns = _sides(table)
    total = sum(one.count for one in table)
    shown = {
        (one.row, one.column): one.count
        for one in table
        if one.row in rows and one.column in columns
    }
    figure = _figure(_CELL * max(8, len(columns)), _CELL * max(3, len(rows)))
    labels, families, escaped = _legible([_short(name) for name in [*rows, *columns]])
    axes = figure.add_axes((0, 0, 1, 1))  # names beside it make the picture larger
    title = [f"Wrong spans by gold and predicted slot: {total:,}"]
    if sum(shown.values()) < total:
        title.append(f"({sum(shown.values()):,} of them shown: the most frequent confusions)")
    if escaped:
        title.append("(\\u and digits: signs that no font of this machine has)")
    axes.set_title("\n".join(title), fontsize=11)
    if not shown:
        axes.set_axis_off()
        _write(figure, path)
        return
    counts = np.array([[shown.get((row, column), 0) for column in columns] for row in rows])
    axes.imshow(np.ma.masked_equal(counts, 0), cmap="Blues", vmin=0, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = "white" if count > counts.max() / 2 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=color, fontsize=8)
    style: dict[str, Any] = {"fontfamily": families, "fontsize": 9, "parse_math": False}
    axes.set_yticks(range(len(rows)), labels[: len(rows)], **style)
    axes.set_xticks(range(len(columns)), labels[len(rows) :], rotation=90, **style)
    axes.set_xticks(np.arange(0.5, len(columns) - 1), minor=True)
    axes.set_yticks(np.arange(0.5, len(rows) - 1), minor=True)
    axes.grid(which="minor", color=_LIGHT, linewidth=0.5)
    axes.tick_params(which="both", length=0)
    axes.set(xlabel="predicted slot", ylabel="gold slot")
    _write(figure, path)


def _draw_points(axes: Axes, points: Sequence[Bin]) -> None:
    """Draw the points of a reliability diagram, how far chance may move them, and the diagonal."""
    confidences = [confidence for confidence, _, _ in points]
    chance = [_chance(confidence, count) for confidence, _, count in points]
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle="--", label="calibrated")
    axes.vlines(
        confidences,
        [low for low, _ in chance],
        [high for _, high in chance],
        color=_LIGHT,
        linewidth=6,
        label=f"where chance puts {100 * _COVER:.0f} % of the bins of a calibrated model",
    )
    shares = [right for _, right, _ in points]
    axes.plot(confidences, shares, "o-", color=_BLUE, markersize=4, label="bins of this model")
    axes.set_yscale("function", functions=(_stretch, _shrink))
    axes.set_ylim(*_LIMITS)
    axes.set_yticks(_TICKS, map(str, _TICKS))
    axes.grid(color=_LIGHT, linewidth=0.5)


def _draw_counts(axes: Axes, points: Sequence[Bin]) -> None:
    """Draw how many spans each bin has."""
    counts = [count for _, _, count in points]
    least, most = 0.0, max(counts, default=1)
    if most > 20 * min(counts, default=1):
        least = 0.5
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylim(least, 1.2 * most)
    axes.vlines(
        [confidence for confidence, _, _ in points], least, counts, color=_BLUE, linewidth=4
    )
    axes.set_xscale("function", functions=(_stretch, _shrink))
    axes.set(xlim=_LIMITS, xlabel="mean confidence of a bin, stretched near 1")
    axes.set_xticks(_TICKS, map(str, _TICKS))


def _stretch(p: Floats) -> Floats:
    """Give the room near 1 that good models need: 0.9 is about half way."""
    return -np.log10(1 + _ROOM - p)


def _shrink(place: Floats) -> Floats:
    """Undo `_stretch`."""
    return 1 + _ROOM - 10**-place


def _chance(p: float, n: int) -> tuple[float, float]:
    """Give the central shares of right spans if `n` spans are right with chance `p` (binomial).

    Examples
    --------
    >>> low, high = _chance(0.5, 100)
    >>> float(low), float(high)
    (0.4, 0.6)
    """
    if not 0 < p < 1:
        return p, p
    right = np.arange(1, n + 1)
    ways = np.concatenate([[0.0], np.cumsum(np.log((n + 1 - right) / right))])
    odds = np.exp(ways + np.arange(n + 1) * np.log(p) + np.arange(n, -1, -1) * np.log1p(-p))
    below = np.cumsum(odds)
    low, high = np.searchsorted(below, [(1 - _COVER) / 2, (1 + _COVER) / 2])
    return low / n, min(high, n) / n


def _sides(table: Iterable[Confusion]) -> tuple[list[str], list[str]]:
    """Choose the rows and the columns: slots by falling count, what is no slot at the end."""
    counts: Counter[str] = Counter()
    rows: set[str] = set()
    columns: set[str] = set()
    for one in table:
        if len(rows | {one.row}) <= _MOST and len(columns | {one.column}) <= _MOST:
            rows.add(one.row)
            columns.add(one.column)
            counts.update({one.row: one.count, one.column: one.count})
    slots = sorted(counts, key=lambda name: (-counts[name], name))
    order = sorted(slots, key=lambda name: name if name.startswith("(") else "")
    return [name for name in order if name in rows], [name for name in order if name in columns]


def _short(name: str) -> str:
    """Cut what would make the picture too wide."""
    half = _LONGEST // 2
    return name if len(name) <= _LONGEST else f"{name[: half - 1]}…{name[-half:]}"


def _legible(names: Sequence[str]) -> tuple[list[str], list[str], bool]:
    """Find fonts that have all signs of the names, and escape the signs that none has.

    Returns
    -------
    list of str, list of str, bool
        The names, the families of fonts to set them in, and whether anything was escaped.
    """
    from matplotlib import font_manager, rcParams

    families = list(rcParams["font.family"])
    missing = _missing(font_manager.findfont(font_manager.FontProperties()), set("".join(names)))
    fonts = [font for font in font_manager.fontManager.ttflist if "Last Resort" not in font.name]
    while missing and fonts:
        left = {font.fname: _missing(font.fname, missing) for font in fonts}
        best = min(
            fonts,
            key=lambda font: (
                len(left[font.fname]),
                font.style != "normal",
                font.weight not in _PLAIN,
                font.name,
            ),
        )
        if len(left[best.fname]) == len(missing):
            break
        families.append(best.name)
        missing = left[best.fname]
    escape = {ord(sign): sign.encode("ascii", "backslashreplace").decode() for sign in missing}
    return [name.translate(escape) for name in names], families, bool(missing)


def _missing(font: str, signs: set[str]) -> set[str]:
    """Return the signs that a font does not have."""
    from matplotlib.font_manager import get_font

    try:
        face = get_font(font)
    except (OSError, RuntimeError):  # removed since the list of fonts was made, or damaged
        return signs
    return {sign for sign in signs if not face.get_char_index(ord(sign))}


def _figure(width: float, height: float) -> Figure:
    """Make an empty figure of so many inches."""
    with extra("train"):
        from matplotlib.figure import Figure
    return Figure(figsize=(width, height))


def _write(figure: Figure, path: str | Path) -> None:
    """Write a figure as its suffix says, all of it or nothing."""
    content = BytesIO()
    figure.savefig(content, format=check_suffix(path)[1:], dpi=150, bbox_inches="tight")
    try:
        write_file(Path(path), content.getvalue())
    except OSError as error:
        raise SlotkitError(f"{path}: cannot be written: {error.strerror or error}") from error
