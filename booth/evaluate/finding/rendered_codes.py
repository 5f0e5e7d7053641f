"""Renders EAN and UPC symbols and spoils them, seeded: what the code readers are chosen and checked on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from booth.identify.gtin import as_gtin13, check_digit, expand_upce

Gray = NDArray[np.uint8]
SYMBOLOGIES = ("EAN13", "UPCA", "EAN8", "UPCE")


@dataclass(frozen=True, slots=True)
class Spoiling:
    """How a symbol is spoilt.

    Attributes:
        px_per_module: how fine the picture resolves it.
        blur: deviation of the Gaussian, in modules.
        noise: deviation of the sensor's noise, in grey levels.
        turn_deg: by which it lies turned.
        tilt: share by which one side of it is further away.
        smudge: share of its width that is smeared along the bars' row.
        cut: share of its width that is torn off at one end.
        stroke: bars of dirt drawn across it.
    """

    px_per_module: float = 2.0
    blur: float = 0.3
    noise: float = 4.0
    turn_deg: float = 0.0
    tilt: float = 0.0
    smudge: float = 0.0
    cut: float = 0.0
    stroke: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A picture with one spoilt symbol.

    Attributes:
        corners: upper left, upper right, lower right, lower left of the bars as drawn, x and y.
    """

    gray: Gray
    gtin: str
    symbology: str
    corners: tuple[tuple[float, float], ...]


def drawn_spoiling(rng: np.random.Generator, hard: float = 1.0) -> Spoiling:
    """A random one; `hard` 0 spoils nothing, 1 so much that about half of the symbols cannot be read."""
    kind = rng.integers(4)
    return Spoiling(
        px_per_module=float(rng.uniform(1.1, 3.0 - 1.2 * hard)),
        blur=float(rng.uniform(0.2, 0.3 + 0.9 * hard)),
        noise=float(rng.uniform(1.0, 2.0 + 10.0 * hard)),
        turn_deg=float(rng.normal(0, 6) + 90 * rng.integers(4)),
        tilt=float(rng.uniform(0, 0.4)),
        smudge=float(rng.uniform(0, 0.35 * hard)) if kind == 1 else 0.0,
        cut=float(rng.uniform(0, 0.3 * hard)) if kind == 2 else 0.0,
        stroke=int(rng.integers(1, 4)) if kind == 3 else 0,
    )


def random_text(rng: np.random.Generator, symbology: str) -> str:
    """Digits of a code of one of SYMBOLOGIES."""
    length = {"EAN13": 12, "UPCA": 11, "EAN8": 7, "UPCE": 6}[symbology]
    low = np.array([0, 0, 3, 1, 1, 0]) if symbology == "UPCE" else np.zeros(length, np.int64)
    body = "".join(str(digit) for digit in rng.integers(low, 10))
    if symbology != "UPCE":
        return body + check_digit(body)
    return next(text for digit in range(10) if expand_upce(text := f"0{body}{digit}"))


def render(text: str, symbology: str, spoiling: Spoiling, rng: np.random.Generator) -> Rendered:
    """The symbol on a printed ground, as a camera sees it."""
    module = 8
    symbol = _ink(text, symbology, module)
    symbol = _spoilt(symbol, spoiling, module, rng)
    height, width = symbol.shape
    margin = round(0.45 * width)
    ground = _ground((height + 2 * margin, width + 2 * margin), module, rng)
    quiet = 9 * module
    top, left = margin, margin
    ground[top - module : top + height + 3 * module, left - quiet : left + width + quiet] = 246
    ground[top : top + height, left : left + width] = symbol
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    corners += np.array([left, top])
    gray, placed = _seen(ground, corners, spoiling, module, rng)
    gtin = expand_upce(text) if symbology == "UPCE" else as_gtin13(text)
    return Rendered(gray, gtin or "", symbology, tuple((float(x), float(y)) for x, y in placed))


def _ink(text: str, symbology: str, module: int) -> Gray:
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, symbology))
    row = np.asarray(code.to_image(scale=1, add_quiet_zones=False))[0]
    row = row[np.flatnonzero(row < 128)[0] : np.flatnonzero(row < 128)[-1] + 1]
    bars = np.where(np.repeat(row, module) < 128, 30, 246).astype(np.uint8)
    return np.repeat(bars[None, :], 40 * module, axis=0)


def _spoilt(symbol: Gray, spoiling: Spoiling, module: int, rng: np.random.Generator) -> Gray:
    spoilt = symbol.copy()
    height, width = symbol.shape
    if spoiling.smudge:
        span = max(1, round(spoiling.smudge * width))
        start = int(rng.integers(0, width - span))
        smeared = cv2.blur(spoilt[:, start : start + span], (7 * module, 3))
        spoilt[:, start : start + span] = (0.9 * smeared + 10).astype(np.uint8)
    if spoiling.cut:
        span = round(spoiling.cut * width)
        spoilt[:, slice(0, span) if rng.integers(2) else slice(width - span, width)] = 150
    for _ in range(spoiling.stroke):
        (x1, y1), (x2, y2) = rng.uniform((0, 0), (width, height), (2, 2)).astype(int).tolist()
        shade = int(rng.choice([20, 128, 246]))
        cv2.line(spoilt, (x1, y1), (x2, y2), shade, int(rng.uniform(1, 4) * module))
    return spoilt


def _ground(shape: tuple[int, int], module: int, rng: np.random.Generator) -> Gray:
    ground = np.full(shape, int(rng.integers(90, 235)), np.uint8)
    for _ in range(6):
        at = (int(rng.integers(0, shape[1])), int(rng.integers(0, shape[0])))
        words = "".join(chr(int(letter)) for letter in rng.integers(65, 91, 7))
        cv2.putText(ground, words, at, cv2.FONT_HERSHEY_SIMPLEX, module / 4, int(rng.integers(0, 255)), 6)
    return ground


def _seen(
    ground: Gray, corners: NDArray[np.float64], spoiling: Spoiling, module: int, rng: np.random.Generator
) -> tuple[Gray, NDArray[np.float64]]:
    """The picture through a lens, and where its corners lie then."""
    scale = spoiling.px_per_module / module
    height, width = ground.shape
    radians = np.radians(spoiling.turn_deg)
    turn = np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]])
    quad = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - (width / 2, height / 2)
    narrow = 1 - spoiling.tilt * (quad[:, 0] > 0)
    quad = (quad * narrow[:, None]) @ turn.T * scale
    low, high = quad.min(axis=0), quad.max(axis=0)
    size = np.ceil(high - low).astype(int)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, (quad - low).astype(np.float32))
    sharp = cv2.GaussianBlur(ground, (0, 0), np.hypot(spoiling.blur * module, 0.35 / scale))
    seen = cv2.warpPerspective(sharp, matrix, (int(size[0]), int(size[1])), borderValue=128).astype(
        np.float64
    )
    seen = seen * rng.uniform(0.5, 0.95) + rng.uniform(0, 12) + rng.normal(0, spoiling.noise, seen.shape)
    placed = cv2.perspectiveTransform(corners[None].astype(np.float64), matrix.astype(np.float64))[0]
    return np.clip(seen, 0, 255).astype(np.uint8), np.asarray(placed)
