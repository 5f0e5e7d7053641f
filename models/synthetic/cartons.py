"""Builds cartons, lying or standing, with a window over bars in their wrappers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.synthetic import label_art as art
from models.synthetic.label_art import Words
from models.synthetic.palettes import Palette
from models.synthetic.pictograms import EMBLEMS
from models.synthetic.shapes import (
    Colour,
    Item,
    Sheet,
    box_panels,
    loose,
    named,
    panel,
    pillow,
    plain,
    transformed,
    turned,
)

Size = tuple[float, float, float]
KRAFT: Colour = (168, 136, 98)
CARD: Colour = (214, 206, 192)
STAND = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
"""Turns what lies face up so that it stands, its face towards -y."""


def carton(words: Words, inks: Palette, size_mm: Size, form: str, seed: int) -> Item:
    """A carton that lies face up, with a window over three bars."""
    length, width, height = size_mm
    window = (6.0, 0.60 * width, length - 95.0, 0.34 * width)
    main = art.face(length, width, words, inks, seed)
    art.code(main, (length - 80, width - 36.5), words)
    art.text(main, words.size, (length - 78, 0.595 * width, length * 0.3, 0.062 * width), inks.dark, 800)
    sides = {name: art.side(length, height, words, inks, seed) for name in ("front", "back")}
    sides |= {name: art.side(width, height, words, inks, seed) for name in ("left", "right")}
    arts = {"top": main, "bottom": art.canvas(2, 2, inks.base), **sides}
    sheets = _box(size_mm, arts, form)
    sheets = [_windowed(sheet, window) if sheet.name == "top" else sheet for sheet in sheets]
    bars = _bars(words, inks, (window[2] / 3, window[3] + 14, 15))
    centre = (window[0] + window[2] / 2 - length / 2, width / 2 - window[1] - window[3] / 2)
    inside, units = _in_row(bars, window[2] / 3, (centre[0], centre[1], height - 19))
    floor = Sheet("cradle", box_panels(length - 2, width - 2, height - 22)["top"], plain(CARD), inner=CARD)
    sheets += [floor, *inside]
    if form == "burst":
        beside = (length / 2 + 30, -20, 1.9), (-12, -width / 2 - 42, 0.5), (52, -width / 2 - 36, 2.6)
        sheets += _strewn(bars, beside)
        sheets += _strewn(bars, ((22, 14, 0.9), (48, -16, 2.2)), height - 21)
    return Item(tuple(sheets), faces=("top", "front", "right"), units=units)


def tall_carton(words: Words, inks: Palette, size_mm: Size, form: str, seed: int) -> Item:
    """A carton that stands, its window in front and its code on the head."""
    length, width, height = size_mm
    window = (0.14 * length, 0.60 * height, 0.72 * length, 0.32 * height)
    main = art.face(length, height, words, inks, seed)
    art.badge(main, (length * 0.80, height * 0.49), length * 0.12, words.claim, inks)
    head = art.canvas(length, width, inks.base)
    art.text(head, words.brand, (5, 3, length * 0.5, width * 0.26), inks.on_base(), 900)
    art.text(head, words.size, (length * 0.62, 4, length * 0.3, width * 0.2), inks.on_base(), 700)
    art.code(head, ((length - art.code_size_mm()[0]) / 2, width - 38), words)
    flank = art.side(width, height * 0.5, words, inks, seed)
    lower = art.canvas(width, height * 0.5, inks.base)
    art.emblem(lower, (width / 2, height * 0.24), width * 0.5, inks, seed % len(EMBLEMS))
    flank = np.vstack([flank, lower])
    arts = {"top": head, "front": main, "back": main, "left": flank, "right": flank}
    sheets = _box(size_mm, {**arts, "bottom": art.canvas(2, 2, inks.base)}, form)
    sheets = [_windowed(sheet, window) if sheet.name == "front" else sheet for sheet in sheets]
    bars = _bars(words, inks, (window[2] / 3, window[3] + 10, 14))
    standing = transformed(bars, STAND, (0, 0, 0))
    middle = (0.0, -width / 2 + 17, height - window[1] - window[3] / 2)
    cradle = Sheet(
        "cradle",
        panel((-length / 2, -width / 2 + 22, height - 4), (length, 0, 0), (0, 0, 4 - height)),
        plain(CARD),
    )
    inside, units = _in_row(standing, window[2] / 3, middle)
    sheets += [cradle, *inside]
    if form == "burst":
        sheets += _strewn(
            bars, ((length / 2 + 38, -28, 1.9), (-30, -width / 2 - 44, 0.5), (36, -width / 2 - 50, 2.4))
        )
        sheets += transformed(standing, np.eye(3), (6, 4, height - 14))
    return Item(tuple(sheets), faces=("top", "front", "right"), units=units)


def _box(size_mm: Size, arts: dict[str, NDArray[np.uint8]], form: str) -> list[Sheet]:
    """Six printed panels; open or burst, the upper one has come apart into four flaps."""
    panels = box_panels(*size_mm)
    sheets = [
        Sheet(name, points, art.opaque(_edged(arts[name])), inner=KRAFT)
        for name, points in panels.items()
        if form == "whole" or name != "top"
    ]
    return sheets + ([] if form == "whole" else _flaps(size_mm, arts["top"]))


def _flaps(size_mm: Size, print_: NDArray[np.uint8]) -> list[Sheet]:
    """The upper panel in two halves and two dust flaps, bent open."""
    x, y, z = size_mm[0] / 2, size_mm[1] / 2, size_mm[2]
    half = print_.shape[0] // 2
    reach = min(y, 0.55 * x)
    board = art.opaque(art.canvas(10, 10, KRAFT))
    sheets: list[Sheet] = []
    for name, sign, angle, texture in (
        ("flap front", -1.0, 2.35, art.opaque(print_[half:])),
        ("flap back", 1.0, 1.75, art.opaque(print_[:half])),
    ):
        out = (0.0, sign * -np.cos(angle) * y, np.sin(angle) * y)
        tip, hinge = (-x, sign * y + out[1], z + out[2]), (-x, sign * y, z)
        start, down = (tip, (0.0, -out[1], -out[2])) if sign < 0 else (hinge, out)
        points = panel(start, (2 * x, 0, 0), down)
        sheets.append(Sheet(name, points, texture, inner=KRAFT, hurt=np.ones(points.shape[:2])))
    for name, sign, angle in (("flap left", -1.0, 2.1), ("flap right", 1.0, 2.6)):
        out = (sign * -np.cos(angle) * reach, 0.0, np.sin(angle) * reach)
        start = (sign * x + (out[0] if sign < 0 else 0), y * 0.94, z + (out[2] if sign < 0 else 0))
        right = (-out[0], 0.0, -out[2]) if sign < 0 else out
        points = panel(start, right, (0, -1.88 * y, 0))
        sheets.append(Sheet(name, points, board, inner=KRAFT, hurt=np.ones(points.shape[:2])))
    return sheets


def _windowed(sheet: Sheet, window_mm: art.Box) -> Sheet:
    """The panel with a round-cornered opening."""
    texture = sheet.texture.copy()
    x, y, width, height = (art.px(value) for value in window_mm)
    corner = art.px(5)
    row, column = np.mgrid[0 : texture.shape[0], 0 : texture.shape[1]]
    across = np.clip(np.abs(column - x - width / 2) - (width / 2 - corner), 0, None)
    along = np.clip(np.abs(row - y - height / 2) - (height / 2 - corner), 0, None)
    away = np.hypot(across, along)
    texture[away < corner + art.px(0.83), :3] = 235
    texture[away < corner, 3] = 0
    return replace(sheet, texture=texture)


def _edged(print_: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Folded board shows a lighter line along its edges."""
    edged = print_.copy()
    if min(edged.shape[:2]) > 20:
        line = max(1, art.px(0.667))
        for strip in (edged[:line], edged[-line:], edged[:, :line], edged[:, -line:]):
            strip[:] = (strip * 0.72 + 255 * 0.28).astype(np.uint8)
    return edged


def _bars(words: Words, inks: Palette, size_mm: Size) -> tuple[Sheet, ...]:
    """One bar in its wrapper, lying face up."""
    width, height, thickness = size_mm
    front, back = pillow(width * 0.93, height, thickness, 5)
    print_ = art.canvas(width, height, inks.accent)
    art.band(print_, (0, height * 0.30, width, height * 0.40), inks.light)
    art.text(
        print_, words.brand, (width * 0.08, height * 0.38, width * 0.84, height * 0.24), inks.dark, 900, True
    )
    skin = Sheet("bar", front, art.opaque(print_), gloss=0.5)
    return (skin, Sheet("bar back", back, plain(inks.accent), gloss=0.4))


def _in_row(
    bar: Sequence[Sheet], pitch_mm: float, middle: Size
) -> tuple[list[Sheet], tuple[tuple[str, ...], ...]]:
    """Three bars side by side, and the names of each one's sheets."""
    sheets: list[Sheet] = []
    units: list[tuple[str, ...]] = []
    for slot in range(3):
        place = (middle[0] + (slot - 1) * pitch_mm, middle[1], middle[2])
        placed = named(turned(bar, 0.0, place), f"{slot}")
        sheets += placed
        units.append(tuple(sheet.name for sheet in placed))
    return sheets, tuple(units)


def _strewn(bar: Sequence[Sheet], places: Sequence[Size], base_mm: float = 0.0) -> list[Sheet]:
    """Bars at (x, y, yaw), on the tray or so far above it."""
    return [sheet for x, y, yaw in places for sheet in turned(loose(bar), yaw, (x, y, base_mm))]
