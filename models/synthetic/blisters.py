"""Builds blister packs of tablets: bubbles in two rows on a printed foil."""

from __future__ import annotations

import cv2
import numpy as np

from models.synthetic import label_art as art
from models.synthetic.label_art import Words
from models.synthetic.palettes import Palette
from models.synthetic.pouches import ripped
from models.synthetic.shapes import Item, Sheet, panel, plain, revolved, transformed
from models.synthetic.vessels import tablets

Size = tuple[float, float, float]
FOIL = (204, 206, 210)


def tablet_blister(words: Words, inks: Palette, size_mm: Size, form: str, seed: int) -> Item:
    """Tablets under clear bubbles on a card of foil; burst, some were pushed out and lie around."""
    length, width, height = size_mm
    rows, columns = 2 + seed % 2, 7 + (seed // 2) % 2
    card = art.canvas(length, width, FOIL)
    for step in np.arange(-width, length, 26.0):
        slant = np.array([(step, width * 0.66), (step + 5, width * 0.66), (step + 20, 0), (step + 15, 0)])
        shade = tuple(round(c * 0.94) for c in FOIL)
        cv2.fillPoly(card, [np.round(slant * art.px(100) / 100).astype(np.int32)], shade)
    art.band(card, (0, width * 0.68, length, width * 0.32), inks.base)
    art.text(card, words.brand, (5, width * 0.70, length * 0.36, width * 0.16), inks.on_base(), 900)
    art.text(card, words.title, (5, width * 0.87, length * 0.36, width * 0.09), inks.on_base(), 500)
    art.code(card, (length - 60, width * 0.70), words, 3, height_mm=width * 0.28)
    pitch = (length - 8) / columns, (width * 0.66 - 4) / rows
    radius = 0.38 * min(pitch)
    spots = [
        (4 + (column + 0.5) * pitch[0], 3 + (row + 0.5) * pitch[1])
        for row in range(rows)
        for column in range(columns)
    ]
    for spot in spots:
        _well(card, spot, radius)
    sheet = panel((-length / 2, width / 2, 1.4), (length, 0, 0), (0, -width, 0))
    sheets = [Sheet("card", sheet, art.opaque(card), inner=FOIL, gloss=0.45)]
    if form == "burst":
        sheets[0] = ripped(sheets[0], 0.08, seed)
    pushed = (
        set(np.random.default_rng(seed).permutation(len(spots))[:4].tolist()) if form == "burst" else set()
    )
    trifles = []
    shape = revolved([(0.1, height * 0.42), (radius * 0.75, height * 0.36), (radius, 0.0)], 1.6)
    for index, (x, y) in enumerate(spots):
        if index in pushed:
            continue
        pill = Sheet(f"pill {index}", shape, plain(inks.accent if seed % 3 else inks.light), gloss=0.75)
        sheets += transformed([pill], np.eye(3), (x - length / 2, width / 2 - y, 1.4))
        trifles.append((pill.name,))
    if pushed:
        sheets += tablets((6, -width / 2 - 24), (34, 14), 7, inks, seed)
    return Item(tuple(sheets), faces=("card",), trifles=tuple(trifles))


def _well(card: art.Canvas, centre_mm: tuple[float, float], radius_mm: float) -> None:
    """What shows where a tablet is gone: an empty bubble over foil burst in a star."""
    x, y, r = art.px(centre_mm[0]), art.px(centre_mm[1]), max(2, art.px(radius_mm))
    cv2.circle(card, (x, y), r, (150, 152, 158), -1, cv2.LINE_AA)
    cv2.circle(card, (x, y), max(1, round(r * 0.82)), (74, 74, 80), -1, cv2.LINE_AA)
    for angle in np.linspace(0, 2 * np.pi, 7, endpoint=False):
        tip = (round(x + 0.35 * r * np.cos(angle)), round(y + 0.35 * r * np.sin(angle)))
        rim = (round(x + 0.82 * r * np.cos(angle + 0.3)), round(y + 0.82 * r * np.sin(angle + 0.3)))
        cv2.line(card, rim, tip, (186, 188, 194), max(1, r // 6), cv2.LINE_AA)
