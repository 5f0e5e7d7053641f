"""The plots of a calibration report, each one a PNG file that is sharp in print.

matplotlib is used without its global state, so that any thread may draw; it is imported late, for it is slow.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from booth.calibration.versions.history import Trend

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ARROWS_LIMIT = 800
"""More arrows than this hide each other."""
EDGE = timedelta(hours=12)
"""Free time beside the first and the last measure, so that a single one has an axis too."""
TOLD_LIMIT = 60
"""A map of so few cells tells its numbers."""
FLAT = 0.1
"""A map that spans less of its colours' range than this has no contours worth drawing: they are of noise."""
HEADROOM = 1.08
LONGEST_SHARE = 0.08
"""The length of a large residual's arrow, of the picture's width."""
TITLE: dict[str, Any] = {"fontsize": 9, "loc": "left", "parse_math": False}
SMALL: dict[str, Any] = {"fontsize": 7, "parse_math": False}
DPI = 200
MARKS = "osD^vPX*<>"
LINE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#444444", "#999933")
"""Okabe and Ito's palette, which the colour-blind can tell apart, less its yellow."""


def residual_quiver(name: str, residuals: NDArray[Any], size: tuple[int, int] | None = None) -> bytes:
    """Where in the picture the points lie, and how far the model puts them from where they were seen.

    Args:
        residuals: (n, 4) x, y, dx, dy in px.
        size: width and height of the picture, where they are known.
    """
    x, y, dx, dy = residuals[np.isfinite(residuals).all(axis=1)].T
    length = np.hypot(dx, dy)
    times = 1.0
    width, height = size or (float(x.max(initial=1.0)), float(y.max(initial=1.0)))
    figure, axes = new_axes(3.4, _height_in(3.4, width, height))
    if length.size:
        shown = np.linspace(0, length.size - 1, min(length.size, ARROWS_LIMIT)).astype(int)
        large_px = float(np.percentile(length, 98)) or 1.0
        times = LONGEST_SHARE * width / large_px
        arrows = axes.quiver(
            *(each[shown] for each in (x, y, dx, dy, length)),
            angles="xy", scale_units="xy", scale=1 / times, width=0.004,
            cmap="viridis", clim=(0, large_px),
        )  # fmt: skip
        _colour_bar(figure, arrows, axes, "px")
    rms_px = float(np.sqrt((length**2).mean())) if length.size else 0.0
    axes.set_title(f"{plain(name)}: {length.size} points, RMS {rms_px:.3g} px", **TITLE)
    axes.set_xlabel(f"x px; arrows × {times:.0f}", **SMALL)
    axes.set_ylabel("y px", **SMALL)
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    return png_of(figure)


def coverage_map(name: str, coverage: NDArray[Any]) -> bytes:
    """How many points were seen in each cell of the picture; an empty cell is crossed out.

    Args:
        coverage: (rows, columns).
    """
    figure, axes = new_axes(2.25, 1.9)
    axes.imshow(coverage, cmap="Greens", vmin=0, vmax=max(float(coverage.max(initial=0)), 1.0), aspect="auto")
    half = float(coverage.max(initial=0)) / 2
    for (row, column), count in np.ndenumerate(coverage):
        text, colour = (f"{count:.0f}", "white" if count > half else "black") if count else ("✕", "#b00020")
        axes.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
    empty = int((coverage == 0).sum())
    axes.set_title(f"{plain(name)}: {empty} of {coverage.size} cells empty", **TITLE)
    axes.set(xticks=[], yticks=[])
    return png_of(figure)


def heat_map(
    name: str, values: NDArray[Any], unit: str = "", least: tuple[float, float] | None = None
) -> bytes:
    """A map over the picture, such as the light that falls on the tray; one with both signs shows zero white.

    Args:
        values: (rows, columns); NaN where nothing was measured.
        least: what the colours span at least, so that mere noise does not look like a fault.
    """
    figure, axes = new_axes(3.4, _height_in(3.4, values.shape[1], values.shape[0]))
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    bottom, top = (low, high) if least is None else (min(low, least[0]), max(high, least[1]))
    ends, colours = (bottom, top if top > bottom else bottom + 1e-9), "inferno"
    if bottom < 0 < top:
        ends, colours = (-max(-bottom, top), max(-bottom, top)), "RdBu_r"
    image = axes.imshow(values, cmap=colours, vmin=ends[0], vmax=ends[1])
    if values.size <= TOLD_LIMIT:
        for (row, column), value in np.ndenumerate(values):
            box = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 1}
            axes.text(column, row, f"{value:.3g}", ha="center", va="center", fontsize=7, bbox=box)
    elif colours == "inferno" and high - low > FLAT * (ends[1] - ends[0]) and min(values.shape) > 1:
        axes.contour(np.nan_to_num(values, nan=low), levels=5, colors="white", linewidths=0.4, alpha=0.7)
    _colour_bar(figure, image, axes, unit)
    axes.set_title(f"{plain(name)}: {low:.3g} to {high:.3g}", **TITLE)
    axes.set(xticks=[], yticks=[])
    return png_of(figure)


def over_time(trend: Trend) -> bytes:
    """A measure by the time at which it was made, and its limit, dashed."""
    figure, axes = new_axes(6.9, 2.0)
    for index, points in enumerate(trend.lines.values()):
        made_at, measured = zip(*points, strict=True)
        colour, mark = LINE_COLOURS[index % len(LINE_COLOURS)], MARKS[index % len(MARKS)]
        axes.plot(made_at, measured, color=colour, marker=mark, markersize=3, linewidth=1)
    _legend_of(axes, list(trend.lines))
    _time_axis(axes, [made_at for points in trend.lines.values() for made_at, _ in points])
    values = [value for points in trend.lines.values() for _, value in points]
    if min(values) >= 0:
        axes.set_ylim(0, HEADROOM * max(*values, trend.limit or 0, 1e-9))
    if trend.limit is not None:
        axes.axhline(trend.limit, color="#b00020", linestyle="--", linewidth=1)
    axes.set_title(plain(trend.measure), **TITLE)
    axes.set_xlabel("UTC", **SMALL)
    axes.set_ylabel(trend.unit, **SMALL)
    axes.grid(axis="y", linewidth=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return png_of(figure)


def plain(text: str) -> str:
    """A text as fonts can show it."""
    return "".join(mark if mark.isprintable() else "�" for mark in text)[:80]


def new_axes(width_in: float, height_in: float) -> tuple[Figure, Axes]:
    """An empty figure with one plot, that no global state knows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained", dpi=DPI)
    axes = figure.add_subplot()
    axes.tick_params(labelsize=7)
    return figure, axes


def png_of(figure: Figure) -> bytes:
    """The figure as a PNG file, DPI pixels an inch."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _height_in(width_in: float, width: float, height: float) -> float:
    """How high a plot with a picture of this shape, its title and its colour bar must be."""
    return float(np.clip(0.76 * width_in * height / width, 0.8, 2 * width_in)) + 0.5


def _time_axis(axes: Axes, times: Sequence[datetime]) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    axes.set_xlim(min(times) - EDGE, max(times) + EDGE)  # type: ignore[arg-type]
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.xaxis.get_offset_text().set_fontsize(7)


def _legend_of(axes: Axes, names: Sequence[str]) -> None:
    """Names in the order of the lines, beside the plot; never read as formulas."""
    legend = axes.legend(
        axes.lines, [""] * len(names), loc="center left", bbox_to_anchor=(1, 0.5), frameon=False
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set(text=plain(name), fontsize=7, parse_math=False)


def _colour_bar(figure: Figure, shown: Any, axes: Axes, unit: str) -> None:
    bar = figure.colorbar(shown, ax=axes, fraction=0.046, pad=0.03)
    bar.ax.tick_params(labelsize=7)
    bar.set_label(unit, fontsize=7)
