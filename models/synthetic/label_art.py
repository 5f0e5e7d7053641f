"""Draws label art: brand, title, pictograms, small print and a true EAN-13, in print-like flat colours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from models.synthetic.palettes import Palette
from models.synthetic.pictograms import EMBLEMS
from models.synthetic.shapes import Colour

PX_PER_MM = 6
CODE_MODULE_PX = 4
"""0.67 mm a module: 200 %, the largest that the GS1 General Specifications allow for EAN-13."""

LAYOUTS = 4

Canvas = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""x, y, width, height in mm of the panel."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a label says; `code` is the GTIN-13 to print, and `print_state` how well it came out."""

    brand: str
    title: str
    size: str
    claim: str
    code: str
    print_state: str = "clear"


@dataclass(frozen=True, slots=True)
class Press:
    """How labels are printed: fineness, type face of OpenCV, and which layout of the main panel."""

    px_per_mm: float = PX_PER_MM
    font: str = "sans"
    layout: int = 0


_BOOTH_PRESS = Press()
_PRESS: ContextVar[Press] = ContextVar("press", default=_BOOTH_PRESS)


@contextmanager
def printing(press: Press) -> Iterator[None]:
    """All that is drawn within, in this thread, is drawn on this press."""
    token = _PRESS.set(press)
    try:
        yield
    finally:
        _PRESS.reset(token)


def px(length_mm: float) -> int:
    """A length on the label in pixels of the press."""
    return round(length_mm * _PRESS.get().px_per_mm)


def canvas(width_mm: float, height_mm: float, colour: Colour) -> Canvas:
    """An empty panel, (h, w, 3) uint8."""
    shape = (max(2, px(height_mm)), max(2, px(width_mm)), 3)
    return np.full(shape, colour, np.uint8)


def opaque(art: Canvas) -> NDArray[np.uint8]:
    """A panel as a texture, (h, w, 4)."""
    return np.dstack([art, np.full(art.shape[:2], 255, np.uint8)])


def face(width_mm: float, height_mm: float, words: Words, inks: Palette, seed: int) -> Canvas:
    """The main panel: colour band, emblem, brand, title, size and a claim, as the press lays them out."""
    rng = np.random.default_rng(seed)
    art = canvas(width_mm, height_mm, inks.base)
    layout = _PRESS.get().layout
    _ground(art, inks, rng, 3 if layout == 0 else 6)
    if layout == 3:
        _pile(art, (width_mm * 0.81, height_mm * 0.27), min(width_mm * 0.32, height_mm * 0.44), inks, rng)
    elif layout != 2:
        emblem_mm = min(width_mm * 0.30, height_mm * 0.42)
        across = 0.82 if layout == 0 else 0.18
        kind = int(rng.integers(len(EMBLEMS)))
        emblem(art, (width_mm * across, height_mm * 0.27), emblem_mm, inks, kind)
    if layout == 2:
        band(art, (0, 0.05 * height_mm, width_mm, 0.27 * height_mm), inks.accent)
    left, share = {0: (0.06, 0.60), 1: (0.36, 0.60), 2: (0.10, 0.80)}.get(layout, (0.05, 0.56))
    ink = inks.on_accent() if layout == 2 else inks.on_base()
    for words_, top, tall, colour, weight in (
        (words.brand, 0.07, 0.23, ink, 900 if layout != 3 else 700),
        (words.title, 0.335, 0.11, inks.on_base(), 500),
    ):
        box = (left * width_mm, top * height_mm, share * width_mm, tall * height_mm)
        text(art, words_, box, colour, weight, layout == 2)
    return art


def side(width_mm: float, height_mm: float, words: Words, inks: Palette, seed: int) -> Canvas:
    """A side panel: brand, title and a block of small print."""
    art = canvas(width_mm, height_mm, inks.base)
    band(art, (0, height_mm * 0.78, width_mm, height_mm * 0.22), inks.accent)
    text(
        art,
        words.brand,
        (0.05 * width_mm, 0.12 * height_mm, 0.42 * width_mm, 0.34 * height_mm),
        inks.on_base(),
        900,
    )
    text(
        art,
        words.title,
        (0.05 * width_mm, 0.50 * height_mm, 0.42 * width_mm, 0.18 * height_mm),
        inks.on_base(),
        500,
    )
    text(
        art,
        words.size,
        (0.05 * width_mm, 0.80 * height_mm, 0.3 * width_mm, 0.16 * height_mm),
        inks.on_accent(),
        800,
    )
    print_block(art, (0.54 * width_mm, 0.14 * height_mm, 0.40 * width_mm, 0.56 * height_mm), inks, seed)
    return art


def band(art: Canvas, box: Box, colour: Colour) -> None:
    """A filled rectangle."""
    x0, y0, x1, y1 = _pixels(box)
    art[max(0, y0) : y1, max(0, x0) : x1] = colour


def badge(art: Canvas, centre_mm: tuple[float, float], radius_mm: float, words: str, inks: Palette) -> None:
    """A round sticker with a short claim."""
    x, y, r = (px(value) for value in (*centre_mm, radius_mm))
    _disc(art, x, y, r, inks.accent)
    _disc(art, x, y, round(r * 0.88), inks.light)
    text(
        art,
        words,
        (
            centre_mm[0] - radius_mm * 0.7,
            centre_mm[1] - radius_mm * 0.3,
            radius_mm * 1.4,
            radius_mm * 0.6,
        ),
        inks.dark,
        800,
    )


def text(art: Canvas, words: str, box: Box, colour: Colour, weight: int, centred: bool = False) -> None:
    """One line, as large as fits the box."""
    x0, y0, x1, y1 = _pixels(box)
    font = cv2.FontFace(_PRESS.get().font)
    probe = _extent(words, font, 100, weight)
    size = int(100 * min((x1 - x0) / max(probe[0], 1), (y1 - y0) / 88.0))
    if size < 5 or not words:
        return
    width = _extent(words, font, size, weight)[0]
    left = x0 + ((x1 - x0) - width) // 2 if centred else x0
    baseline = (y0 + y1) // 2 + round(size * 0.35)
    cv2.putText(art, words, (left, baseline), colour, font, size, weight)


def print_block(art: Canvas, box: Box, inks: Palette, seed: int) -> None:
    """A light patch of small print, as on every back of every pack."""
    band(art, box, inks.light)
    rng = np.random.default_rng(seed)
    x, y, width, height = box
    line_mm = 2.6
    for index in range(int((height - 3) / line_mm)):
        words = " ".join(_SMALL[int(rng.integers(len(_SMALL)))] for _ in range(max(2, round(width / 8))))
        weight = 800 if index == 0 else 400
        text(art, words, (x + 1.5, y + 1.5 + index * line_mm, width - 3, line_mm * 0.8), inks.dark, weight)


def code_size_mm(module_px: int = CODE_MODULE_PX) -> tuple[float, float]:
    """Width and height of the printed code with its quiet zones and digits."""
    return 113 * module_px / PX_PER_MM, 50 * module_px / PX_PER_MM


def code(
    art: Canvas,
    left_top_mm: tuple[float, float],
    words: Words,
    module_px: int = CODE_MODULE_PX,
    height_mm: float = 100.0,
) -> None:
    """The EAN-13 on a white patch; smudged it is smeared beyond reading, missing the patch stays bare."""
    symbol = _symbol(words.code, module_px)
    symbol = symbol[max(0, symbol.shape[0] - round(height_mm * PX_PER_MM)) :]
    match words.print_state:
        case "missing":
            symbol = np.full_like(symbol, 244)
        case "smudged":
            symbol = _smeared(symbol)
        case _:
            pass
    scale = _PRESS.get().px_per_mm / PX_PER_MM
    if scale != 1:
        symbol = np.asarray(
            cv2.resize(symbol, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
    x, y = (px(value) for value in left_top_mm)
    height = min(symbol.shape[0], art.shape[0] - y)
    width = min(symbol.shape[1], art.shape[1] - x)
    art[y : y + height, x : x + width] = symbol[symbol.shape[0] - height :, :width, None]


def emblem(art: Canvas, centre_mm: tuple[float, float], size_mm: float, inks: Palette, kind: int) -> None:
    """A round pictogram: leaf, sun, drop, peaks, cup or star."""
    x, y, r = (px(value) for value in (*centre_mm, size_mm / 2))
    _disc(art, x, y, r, inks.light)
    _disc(art, x, y, round(r * 0.9), inks.accent)
    for outline, ink in EMBLEMS[kind % len(EMBLEMS)]:
        shape = np.array(outline, np.float64) * r * 0.62 + (x, y)
        fill = {"light": inks.light, "dark": inks.dark, "base": inks.base}[ink]
        _fill(art, shape, fill)


def _ground(art: Canvas, inks: Palette, rng: np.random.Generator, kinds: int) -> None:
    """A sweep of accent and light across the lower part, and one of six patterns above it."""
    height, width = art.shape[:2]
    ink = tuple(round(base * 0.91 + dark * 0.09) for base, dark in zip(inks.base, inks.dark, strict=True))
    shade = (ink[0], ink[1], ink[2])
    match int(rng.integers(kinds)):
        case 0:
            for start in np.arange(0.0, 2 * np.pi, 0.4):
                angles = np.array([start, start + 0.2])
                tips = np.stack([np.cos(angles), np.sin(angles)], axis=-1) * 2 * width
                _fill(art, np.vstack([[[0.0, 0.0]], tips]) + np.array([width * 0.82, height * 0.27]), shade)
        case 1:
            for x, y in rng.uniform(0, 1, (14, 2)):
                _disc(art, round(x * width), round(y * height * 0.55), round(width * 0.035), shade)
        case 2:
            slant = np.array([[0.42, 0], [0.66, 0], [0.34, 0.7], [0.10, 0.7]])
            _fill(art, slant * (width, height), shade)
        case pattern:
            art[_pattern(art.shape[:2], pattern, rng)] = shade
    _sweep(art, inks, rng)


def _pattern(shape: tuple[int, int], kind: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Where slanted stripes (3), checks (4) or rings (5) are printed."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] / shape[1]
    pitch = float(rng.uniform(0.05, 0.16))
    slope = float(rng.uniform(-1.0, 1.0))
    match kind:
        case 3:
            return np.asarray((x + slope * y) / pitch % 1 < 0.5)
        case 4:
            return np.asarray((x / pitch % 1 < 0.5) ^ (y / pitch % 1 < 0.5))
        case _:
            return np.asarray(np.hypot(x - rng.uniform(), y - rng.uniform(0, 0.4)) / pitch % 1 < 0.4)


def _pile(
    art: Canvas, centre_mm: tuple[float, float], size_mm: float, inks: Palette, rng: np.random.Generator
) -> None:
    """A heap of round shaded goods, as a photograph of the contents."""
    for _ in range(int(rng.integers(6, 14))):
        x, y = centre_mm + rng.normal(0, 0.22, 2) * size_mm
        radius = size_mm * float(rng.uniform(0.10, 0.24))
        level = float(rng.uniform(0.65, 1.15))
        for step, (ink, shade) in enumerate(((inks.dark, 1.0), (inks.accent, level), (inks.light, 0.9))):
            colour = tuple(int(min(255, channel * shade)) for channel in ink)
            at = px(x - 0.12 * step * radius), px(y - 0.15 * step * radius)
            _disc(art, *at, max(1, px(radius * (1.0, 0.93, 0.25)[step])), colour)  # type: ignore[arg-type]


def _sweep(art: Canvas, inks: Palette, rng: np.random.Generator) -> None:
    height, width = art.shape[:2]
    x = np.linspace(0, 1, 64)
    bend, tilt = rng.uniform(-0.12, 0.12), rng.uniform(-0.06, 0.06)
    for level, ink in ((0.50, inks.accent), (0.545, inks.light)):
        y = level + tilt * (x - 0.5) + bend * np.sin(np.pi * x)
        edge = np.stack([x * width, y * height], axis=-1)
        outline = np.vstack([edge, [[width, height], [0, height]]])
        _fill(art, outline, ink)


def _fill(art: Canvas, outline_px: NDArray[np.float64], colour: Colour) -> None:
    cv2.fillPoly(art, [np.round(outline_px * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)


def _extent(words: str, font: Any, size: int, weight: int) -> tuple[int, int]:
    rect = cast(Any, cv2).getTextSize((1, 1), words, (0, 0), font, size, weight)
    return int(rect[2]), int(rect[3])


def _disc(art: Canvas, x: int, y: int, radius: int, colour: Colour) -> None:
    cv2.circle(art, (x, y), max(1, radius), colour, -1, cv2.LINE_AA)


def _pixels(box: Box) -> tuple[int, int, int, int]:
    x, y, width, height = box
    return px(x), px(y), px(x + width), px(y + height)


def _symbol(gtin: str, module_px: int) -> Canvas:
    barcode = zxingcpp.create_barcode(gtin, zxingcpp.BarcodeFormat.EAN13)
    image = np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=module_px, add_hrt=True), np.uint8)
    return np.maximum(image[-50 * module_px :], 18)


def _smeared(symbol: Canvas) -> Canvas:
    """Dragged along the code by a wet finger: no row keeps its edges."""
    width = symbol.shape[1]
    dragged = cv2.blur(symbol, (max(3, width // 9), 5))
    grain = np.random.default_rng(width).normal(0, 9, symbol.shape)
    return np.clip(dragged * 0.92 + grain, 0, 255).astype(np.uint8)


_SMALL: tuple[str, ...] = (
    "ingredients", "water", "sugar", "salt", "store cool", "dry place", "best before", "see lid", "per 100 g",
    "energy", "kJ", "fat", "protein", "fibre", "shake well", "keep closed", "may contain", "nuts", "recycle",
    "packed in", "origin", "net", "drained", "weight", "serving", "contains", "natural",
)  # fmt: skip
