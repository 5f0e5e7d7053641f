"""Draws a heat map and the places found over their picture, with a legend that a person understands."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.verdict import Finding, HeatMap, Verdict
from booth.evaluate.found import finding_line
from booth.regions import corners, laid

MIN_WIDTH_PX = 640
LEGEND_HEIGHT_PX = 84
LINE_HEIGHT_PX = 22
"""What the legend grows by for each place."""
FAINTEST = 0.2
"""Heat below this is left clear."""
LIMIT = 0.5
"""Heat above which damage is more likely than not; a line is drawn around it."""
COVER = (0.25, 0.7)
"""How much of the picture is hidden at the faintest and at the strongest heat."""
YELLOW, RED = np.array([255.0, 225.0, 0.0]), np.array([225.0, 0.0, 60.0])
INK = (40, 40, 40)
PAPER = (245, 245, 245)

Rgb = NDArray[np.uint8]


def overlay(rgb: Rgb, verdict: Verdict) -> Rgb:
    """The picture, (H, W, 3) uint8 RGB, under its heat maps, above a legend; small ones are enlarged.

    The places found are framed and numbered, and the legend says what carried each.
    """
    height, width = rgb.shape[:2]
    drawn = rgb.astype(np.float32)
    for heat in verdict.heat_maps:
        _lay(drawn, heat)
    shown = np.asarray(np.clip(drawn, 0, 255), np.uint8)
    if width < MIN_WIDTH_PX:
        size = (MIN_WIDTH_PX, round(height * MIN_WIDTH_PX / width))
        shown = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    for number, finding in enumerate(verdict.findings, start=1):
        _frame(shown, finding, str(number), shown.shape[1] / width)
    return np.vstack([shown, _legend(shown.shape[1], verdict)])


def _frame(shown: Rgb, finding: Finding, number: str, enlarged: float) -> None:
    """A frame about a place, and its number at the upper left corner, within the picture."""
    points = np.rint(corners(finding.place) * enlarged).astype(np.int32)
    thickness = max(1, round(shown.shape[1] / 500))
    for colour, width in ((PAPER, 3 * thickness), (INK, thickness)):
        cv2.polylines(shown, [points.reshape(-1, 1, 2)], True, colour, width, cv2.LINE_AA)
    scale = shown.shape[1] / 1000
    x = int(np.clip(points[0, 0] + 4 * thickness, 0, shown.shape[1] - 30 * scale))
    y = int(np.clip(points[0, 1] + 30 * scale, 30 * scale, shown.shape[0] - 1))
    for colour, width in ((PAPER, 4 * thickness), (INK, thickness)):
        cv2.putText(shown, number, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, colour, width, cv2.LINE_AA)


def _lay(drawn: NDArray[np.float32], heat: HeatMap) -> None:
    values = laid(np.asarray(heat.values, np.float32), heat.region, drawn.shape)
    strength = _strength(values)[..., None]
    cover = np.where(strength > 0, COVER[0] + (COVER[1] - COVER[0]) * strength, 0.0)
    drawn[:] = drawn * (1.0 - cover) + _colours(values) * cover
    outlines, _ = cv2.findContours(
        (values > LIMIT).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    thickness = max(1, round(drawn.shape[1] / 400))
    for colour, width in (((255.0, 255.0, 255.0), 3 * thickness), ((0.0, 0.0, 0.0), thickness)):
        cv2.drawContours(drawn, outlines, -1, colour, width, cv2.LINE_AA)


def _strength(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.clip((values - FAINTEST) / (1.0 - FAINTEST), 0.0, 1.0), np.float32)


def _colours(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """From yellow to red, (…, 3) float32 RGB; the outline says it to those who see no colour."""
    strength = _strength(values)[..., None]
    return np.asarray(YELLOW * (1.0 - strength) + RED * strength, np.float32)


def _legend(width: int, verdict: Verdict) -> Rgb:
    legend = np.full((LEGEND_HEIGHT_PX + LINE_HEIGHT_PX * len(verdict.findings), width, 3), PAPER, np.uint8)
    for number, finding in enumerate(verdict.findings, start=1):
        below = LEGEND_HEIGHT_PX + LINE_HEIGHT_PX * number - 8
        _write(legend, f"{number}  {finding_line(finding)}", (12, below), 0.5)
    line = f"{verdict.outcome.upper()}   score {verdict.score:.2f}   {verdict.references} references"
    _write(legend, line, (12, 24), 0.6)
    if not verdict.heat_maps:
        _write(legend, verdict.note, (12, 54), 0.5)
        return legend
    ramp = np.tile(np.linspace(FAINTEST, 1.0, 200, dtype=np.float32), (14, 1))
    legend[38:52, 12:212] = _colours(ramp).astype(np.uint8)
    limit = 12 + round(200 * (LIMIT - FAINTEST) / (1.0 - FAINTEST))
    cv2.line(legend, (limit, 34), (limit, 56), INK, 2)
    _write(legend, "where the evidence points to damage", (224, 50), 0.45)
    _write(legend, "outlined: more likely than not", (limit, 74), 0.45)
    return legend


def _write(picture: Rgb, line: str, at: tuple[int, int], scale: float) -> None:
    cv2.putText(picture, line, at, cv2.FONT_HERSHEY_SIMPLEX, scale, INK, 1, cv2.LINE_AA)
