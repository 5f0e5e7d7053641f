"""Draws a heat map over its picture, with a legend that a person understands."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.verdict import HeatMap, Verdict

MIN_WIDTH_PX = 640
LEGEND_HEIGHT_PX = 84
FAINTEST = 0.25
STRONGEST_COVER = 0.65
INK = (40, 40, 40)
PAPER = (245, 245, 245)

Rgb = NDArray[np.uint8]


def overlay(rgb: Rgb, verdict: Verdict) -> Rgb:
    """The picture, (H, W, 3) uint8 RGB, under its heat maps, above a legend; small ones are enlarged."""
    height, width = rgb.shape[:2]
    drawn = rgb.astype(np.float32)
    for heat in verdict.heat_maps:
        _lay(drawn, heat)
    shown = np.asarray(np.clip(drawn, 0, 255), np.uint8)
    if width < MIN_WIDTH_PX:
        size = (MIN_WIDTH_PX, round(height * MIN_WIDTH_PX / width))
        shown = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    return np.vstack([shown, _legend(shown.shape[1], verdict)])


def _lay(drawn: NDArray[np.float32], heat: HeatMap) -> None:
    area = heat.region
    part = drawn[area.y : area.y + area.height, area.x : area.x + area.width]
    values = cv2.resize(heat.values, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_LINEAR)
    cover = STRONGEST_COVER * np.clip((values - FAINTEST) / (1.0 - FAINTEST), 0.0, 1.0)[..., None]
    part[:] = part * (1.0 - cover) + _colours(np.asarray(values, np.float32)) * cover


def _colours(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """From yellow over red to purple, (…, 3) float32 RGB: a scale that colour-blind people can read too."""
    levels = (255 * (1.0 - np.clip(values, 0.0, 1.0))).astype(np.uint8)
    bgr = cv2.applyColorMap(np.atleast_2d(levels), cv2.COLORMAP_INFERNO)
    return np.asarray(bgr[..., ::-1], np.float32)


def _legend(width: int, verdict: Verdict) -> Rgb:
    legend = np.full((LEGEND_HEIGHT_PX, width, 3), PAPER, np.uint8)
    line = f"{verdict.outcome.upper()}   score {verdict.score:.2f}   {verdict.references} references"
    _write(legend, line, (12, 24), 0.6)
    if not verdict.heat_maps:
        _write(legend, verdict.note, (12, 54), 0.5)
        return legend
    ramp = np.tile(np.linspace(FAINTEST, 1.0, 200, dtype=np.float32), (14, 1))
    legend[38:52, 12:212] = _colours(ramp).astype(np.uint8)
    half = 12 + round(200 * (0.5 - FAINTEST) / (1.0 - FAINTEST))
    cv2.line(legend, (half, 34), (half, 56), INK, 2)
    _write(legend, "like the references", (12, 72), 0.4)
    _write(legend, "| limit of good items", (half + 90, 72), 0.4)
    _write(legend, "unlike them: foreign or missing", (224, 50), 0.45)
    return legend


def _write(picture: Rgb, line: str, at: tuple[int, int], scale: float) -> None:
    cv2.putText(picture, line, at, cv2.FONT_HERSHEY_SIMPLEX, scale, INK, 1, cv2.LINE_AA)
