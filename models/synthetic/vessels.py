"""Builds bottles and jars: bodies of revolution with a label around them, a cap, and tablets inside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.synthetic import label_art as art
from models.synthetic.label_art import Words
from models.synthetic.palettes import Palette
from models.synthetic.pictograms import EMBLEMS
from models.synthetic.shapes import (
    Colour,
    Item,
    Points,
    Sheet,
    loose,
    panel,
    plain,
    revolved,
    transformed,
    turned,
)

Size = tuple[float, float, float]

BARE: Colour = (203, 202, 198)
"""The plastic under a label, dull with old glue."""

LAY_DOWN = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
"""Turns an upright bottle so that its mouth points along +x and its label's front stays towards -y."""


def bottle(words: Words, inks: Palette, size_mm: Size, form: str, seed: int) -> Item:
    """A bottle that lies on its side; burst, it has lost its cap and tablets have run out."""
    length, radius = size_mm[0], size_mm[1] / 2
    neck = radius * 0.42
    profile = [
        (neck, length - 5), (neck, length - 24), (radius * 0.55, length - 29), (radius * 0.92, length - 48),
        (radius, length - 58), (radius, 7), (radius * 0.88, 1), (0.1, 0),
    ]  # fmt: skip
    body = _wrapped(
        revolved(profile), profile, _bottle_label(words, inks, radius, length - 74), 10, length - 64, inks
    )
    parts = [Sheet("body", body[0], body[1], inner=(60, 52, 46), gloss=0.45, under=BARE)]
    cap = closure(neck * 1.35, 26, inks.accent)
    lying = list(transformed(parts, LAY_DOWN, (-length / 2, 0, radius)))
    if form == "whole":
        lying += transformed(cap, LAY_DOWN, (length / 2 - 26, 0, radius))
    else:
        lying += turned(loose(cap), 0.4, (length / 2 - 4, -58, 0))
    if form == "burst":
        lying += tablets((length / 2 + 2, 0), (26, 30), 16, inks, seed)
    return Item(tuple(lying), faces=("body",), units=(("cap", "cap top"),))


def jar(words: Words, inks: Palette, size_mm: Size, form: str, seed: int) -> Item:
    """A wide jar that stands; its code is on the lid."""
    radius, height = size_mm[0] / 2, size_mm[2]
    rim = height - 16
    profile = [
        (radius * 0.86, height - 3), (radius * 0.86, rim), (radius, rim - 8),
        (radius, 5), (radius * 0.94, 0.6), (0.1, 0),
    ]  # fmt: skip
    label = _jar_label(words, inks, radius, rim - 22)
    body = _wrapped(revolved(profile), profile, label, 10, rim - 12, inks)
    sheets = [Sheet("body", body[0], body[1], inner=(70, 64, 60), gloss=0.4, under=BARE)]
    filling = disc(radius * 0.84, art.opaque(art.canvas(2, 2, (112, 84, 62))))
    sheets += transformed([Sheet("filling", filling[0], filling[1])], np.eye(3), (0, 0, height - 42))
    lid = closure(radius * 0.95, 18, inks.accent, _lid_art(words, inks, radius * 0.95))
    if form == "burst":
        sheets += tablets((0, 0), (radius * 0.5, radius * 0.5), 22, inks, seed, base_mm=height - 42)
        sheets += turned(loose(lid), 0.0, (-radius - 52, -34, 0))
        sheets += tablets((radius + 30, -22), (22, 36), 18, inks, seed + 1)
    else:
        seal = disc(radius * 0.85, art.opaque(art.canvas(2, 2, (206, 206, 210))))
        sheets += transformed([Sheet("seal", seal[0], seal[1], gloss=0.5)], np.eye(3), (0, 0, height - 3.5))
    if form == "open":
        sheets += turned(loose(lid), 0.0, (radius + 34, -44, 0))
    if form == "whole":
        sheets += transformed(lid, np.eye(3), (0, 0, rim))
    return Item(tuple(sheets), faces=("body", "cap top"), units=(("cap", "cap top"),))


def closure(
    radius: float, height: float, colour: Colour, top: NDArray[np.uint8] | None = None
) -> list[Sheet]:
    """A ribbed cap that stands on z = 0; `top` is the print on it."""
    wall = revolved([(radius * 0.96, height), (radius, height - 1.5), (radius, 0)], 2.0)
    ribs = np.zeros((8, 240, 3), np.uint8)
    ribs[:] = np.where((np.arange(240) % 6 < 3)[None, :, None], colour, np.array(colour) * 0.86)
    points, texture = disc(radius * 0.965, art.opaque(art.canvas(2, 2, colour)) if top is None else top)
    crown = Sheet("cap top", points + np.array((0, 0, height)), texture, inner=colour, gloss=0.3, under=BARE)
    return [Sheet("cap", wall, art.opaque(ribs), inner=colour, gloss=0.3), crown]


def disc(radius: float, texture: NDArray[np.uint8]) -> tuple[Points, NDArray[np.uint8]]:
    """A flat round plate at z = 0: a square whose corners are cut out of its texture."""
    if texture.shape[0] < 64:
        texture = np.broadcast_to(texture[:1, :1], (256, 256, 4)).copy()
    height, width = texture.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    cut = texture.copy()
    cut[np.hypot((x + 0.5) / width - 0.5, (y + 0.5) / height - 0.5) > 0.5, 3] = 0
    return panel((-radius, radius, 0), (2 * radius, 0, 0), (0, -2 * radius, 0), 1.5), cut


def tablets(
    centre_mm: tuple[float, float],
    spread_mm: tuple[float, float],
    count: int,
    inks: Palette,
    seed: int,
    base_mm: float = 0.0,
) -> tuple[Sheet, ...]:
    """Capsules in two colours, strewn around a point of the tray."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, np.pi, 8)
    profile = [(4.6 * np.sin(a) + 0.05, 4.6 * np.cos(a) + (4.5 if a < np.pi / 2 else -4.5)) for a in angles]
    shape = revolved(profile, 2.2)
    halves = np.vstack([plain(inks.accent), plain(inks.light)])
    sheets: list[Sheet] = []
    for index in range(count):
        spot = rng.normal(0, 0.6, 2) * spread_mm + centre_mm
        lift = base_mm + 4.7 + (index % 3 == 0) * 1.5
        lying = transformed([Sheet(f"tablet {index}", shape, halves, gloss=0.4)], LAY_DOWN)
        hurt = [
            Sheet(s.name, s.points, s.texture, gloss=0.4, hurt=np.ones(s.points.shape[:2])) for s in lying
        ]
        sheets += turned(hurt, float(rng.uniform(0, 2 * np.pi)), (float(spot[0]), float(spot[1]), lift))
    return tuple(sheets)


def _wrapped(
    points: Points,
    profile: list[tuple[float, float]],
    label: NDArray[np.uint8],
    low_mm: float,
    high_mm: float,
    inks: Palette,
) -> tuple[Points, NDArray[np.uint8]]:
    """The body with the label laid around it between two heights of its axis."""
    corners = np.array(profile)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    skin = art.canvas(2 * np.pi * corners[:, 0].max(), float(along[-1]), inks.light)
    heights, places = corners[::-1, 1], along[::-1]
    top, bottom = (art.px(float(np.interp(z, heights, places))) for z in (high_mm, low_mm))
    rows = np.linspace(0, label.shape[0] - 1, bottom - top).round().astype(int)
    columns = np.linspace(0, label.shape[1] - 1, skin.shape[1]).round().astype(int)
    skin[top:bottom] = label[rows][:, columns]
    return points, art.opaque(skin)


def _bottle_label(words: Words, inks: Palette, radius: float, length: float) -> NDArray[np.uint8]:
    """Drawn lying: rows run from the back over the top (25 %) to the front (50 %) and below."""
    around = 2 * np.pi * radius
    label = art.canvas(length, around, inks.base)
    art.band(label, (0, 0.06 * around, length, 0.20 * around), inks.light)
    art.code(label, ((length - art.code_size_mm()[0]) / 2, 0.095 * around), words, height_mm=0.15 * around)
    art.band(label, (0, 0.26 * around, length, 0.018 * around), inks.accent)
    art.text(label, words.brand, (5, 0.29 * around, length * 0.62, 0.11 * around), inks.on_base(), 900)
    art.text(label, words.title, (5, 0.405 * around, length * 0.62, 0.055 * around), inks.on_base(), 500)
    art.emblem(label, (length * 0.83, 0.365 * around), 0.15 * around, inks, int(radius * 10) % len(EMBLEMS))
    art.band(label, (0, 0.47 * around, length, 0.07 * around), inks.accent)
    art.text(label, words.size, (5, 0.48 * around, length * 0.5, 0.05 * around), inks.on_accent(), 800)
    art.print_block(label, (5, 0.58 * around, length - 10, 0.2 * around), inks, int(radius))
    return np.rot90(label)


def _jar_label(words: Words, inks: Palette, radius: float, height: float) -> NDArray[np.uint8]:
    around = 2 * np.pi * radius
    label = art.canvas(around, height, inks.base)
    art.band(label, (0, 0.80 * height, around, 0.2 * height), inks.accent)
    for centre, kind in ((0.5, 0), (0.17, 1), (0.83, 1)):
        left = centre * around - 0.15 * around
        if kind:
            art.text(
                label,
                words.brand,
                (left, 0.10 * height, 0.30 * around, 0.24 * height),
                inks.on_base(),
                900,
                True,
            )
            art.print_block(
                label, (left + 0.03 * around, 0.40 * height, 0.24 * around, 0.34 * height), inks, 5
            )
            continue
        emblem = int(radius * 7) % len(EMBLEMS)
        art.emblem(label, (centre * around, 0.19 * height), 0.30 * height, inks, emblem)
        art.text(
            label, words.brand, (left, 0.37 * height, 0.30 * around, 0.22 * height), inks.on_base(), 900, True
        )
        art.text(
            label, words.title, (left, 0.63 * height, 0.30 * around, 0.12 * height), inks.on_base(), 500, True
        )
        art.text(
            label,
            words.size,
            (left, 0.83 * height, 0.30 * around, 0.13 * height),
            inks.on_accent(),
            800,
            True,
        )
    return label


def _lid_art(words: Words, inks: Palette, radius: float) -> NDArray[np.uint8]:
    module_px = 3
    width, height = art.code_size_mm(module_px)
    lid = art.canvas(radius * 2, radius * 2, inks.accent)
    art.text(lid, words.brand, (radius * 0.5, radius * 0.22, radius, radius * 0.4), inks.dark, 900, True)
    art.code(lid, (radius - width / 2, radius * 1.08 - height / 2), words, module_px)
    art.text(
        lid,
        words.size,
        (radius * 0.6, radius * 1.5, radius * 0.8, radius * 0.22),
        inks.on_accent(),
        700,
        True,
    )
    return art.opaque(lid)
