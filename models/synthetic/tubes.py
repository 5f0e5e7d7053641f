"""Builds tubes with a crimped end and flow-wrapped bars, the families that training never sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.synthetic import label_art as art
from models.synthetic.label_art import Words
from models.synthetic.palettes import Palette
from models.synthetic.pictograms import EMBLEMS
from models.synthetic.pouches import beans, peeled, ripped
from models.synthetic.shapes import Item, Sheet, loose, pillow, plain, revolved, transformed, turned
from models.synthetic.vessels import LAY_DOWN, closure

Size = tuple[float, float, float]


def tube(words: Words, inks: Palette, size_mm: Size, form: str, seed: int) -> Item:
    """A tube that lies on its side: round at the cap, flat at the crimp."""
    length, radius = size_mm[0], size_mm[1] / 2
    cap_mm = 22.0
    body_mm = length - cap_mm
    profile = [(radius * 0.45, body_mm), (radius * 0.95, body_mm - 6), (radius, body_mm - 9), (radius, 0.0)]
    points = revolved(profile)
    level = np.clip(points[..., 2] / (body_mm * 0.85), 0, 1)
    thick = 0.05 + 0.95 * np.sin(level * np.pi / 2)
    points[..., 0] *= thick
    points[..., 1] *= 1 + 0.45 * (1 - thick)
    lying = points @ LAY_DOWN.T + (-length / 2, 0, 0)
    lying[..., 2] += radius * thick + 0.3
    sheets = [Sheet("body", lying, _tube_label(words, inks, radius, body_mm, seed), gloss=0.35)]
    cap = closure(radius * 0.8, cap_mm, inks.dark)
    if form == "whole":
        sheets += transformed(cap, LAY_DOWN, (length / 2 - cap_mm, 0, radius))
    else:
        sheets += turned(loose(cap), 0.4, (length / 2 - 2, -52, 0))
    if form == "burst":
        sheets[0] = ripped(sheets[0], 0.10, seed)
        sheets += beans((length / 2 + 4, -4), (16, 14), 20, inks.light, seed)
    return Item(tuple(sheets), faces=("body",), units=(("cap", "cap top"),))


def flow_wrap(words: Words, inks: Palette, size_mm: Size, form: str, seed: int) -> Item:
    """A bar in film that lies flat, with ribbed seals at its two ends."""
    length, width, thickness = size_mm
    front, back = pillow(width, length, thickness, 9)
    rng = np.random.default_rng(seed)
    rows, columns = front.shape[:2]
    v = np.abs(np.linspace(-1, 1, rows))[:, None]
    pleats = np.abs(np.sin(np.linspace(0, rng.uniform(14, 24), columns) + rng.uniform(0, 6)))[None]
    front[..., 2] += 1.5 * pleats * np.clip((v - 0.6) / 0.3, 0, 1) * np.clip((0.96 - v) / 0.08, 0, 1)
    print_ = _bar_label(words, inks, (length, width), seed)
    quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    sheets = list(
        transformed(
            [
                Sheet("front", front, art.opaque(print_), inner=(190, 190, 194), gloss=0.6),
                Sheet("back", back, plain(inks.dark), inner=(150, 150, 154), gloss=0.5),
            ],
            -quarter,
        )
    )
    sheets = [sheet.moved(sheet.points * (1, 1, -1)) for sheet in sheets]
    if form == "open":
        sheets[0] = peeled(sheets[0], 0.28)
    if form == "burst":
        sheets[0] = ripped(sheets[0], 0.16, seed)
        end = float(sheets[0].points[0, :, 0].mean())
        sheets += beans((end * 1.12, -6), (14, 16), 22, (104, 64, 36), seed)
    return Item(tuple(sheets), faces=("front",))


def _tube_label(words: Words, inks: Palette, radius: float, length: float, seed: int) -> NDArray[np.uint8]:
    """Drawn lying: rows run from the back over the top (25 %) to the front (50 %) and below."""
    around = 2 * np.pi * radius
    label = art.canvas(length, around, inks.base)
    art.band(label, (0, 0.50 * around, length, 0.5 * around), inks.light)
    art.band(label, (length * 0.9, 0, length * 0.1, around), inks.accent)
    art.code(label, (8, 0.07 * around), words, 3, height_mm=0.14 * around)
    art.text(label, words.brand, (8, 0.25 * around, length * 0.6, 0.12 * around), inks.on_base(), 900)
    art.text(label, words.title, (8, 0.38 * around, length * 0.6, 0.07 * around), inks.on_base(), 500)
    art.emblem(label, (length * 0.78, 0.33 * around), 0.18 * around, inks, seed % len(EMBLEMS))
    art.print_block(label, (8, 0.53 * around, length * 0.7, 0.2 * around), inks, seed)
    return art.opaque(np.ascontiguousarray(np.rot90(label)))


def _bar_label(words: Words, inks: Palette, size_mm: tuple[float, float], seed: int) -> NDArray[np.uint8]:
    """Drawn lying and turned: columns of the sheet run across the bar, rows along it."""
    length, width = size_mm
    label = art.face(length, width, words, inks, seed)
    art.code(label, (length - 68, width * 0.62), words, 3, height_mm=width * 0.30)
    art.text(label, words.size, (12, width * 0.72, length * 0.2, width * 0.16), inks.dark, 800)
    seal, rib = art.px(8), max(2, art.px(1.5))
    ribs = np.where(np.arange(seal) % rib * 2 < rib, 1.0, 0.78)[None, :, None]
    for part in (label[:, :seal], label[:, -seal:]):
        part[:] = (np.array(inks.accent) * ribs).clip(0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.rot90(label))
