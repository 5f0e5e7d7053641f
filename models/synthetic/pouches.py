"""Builds filled pouches of film with crimped ends and a sample sachet stuck on."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synthetic import label_art as art
from models.synthetic.label_art import Words
from models.synthetic.palettes import Palette
from models.synthetic.shapes import Colour, Item, Points, Sheet, pillow, plain, revolved, turned

Size = tuple[float, float, float]


def pouch(words: Words, inks: Palette, size_mm: Size, form: str, seed: int) -> Item:
    """A sealed pouch that lies on its back, with a sample sachet stuck on it."""
    width, height, thickness = size_mm
    front, back = pillow(width, height, thickness, 12)
    front = front + _wrinkles(front, seed)
    label = art.face(width, height * 0.62, words, inks, seed)
    full = np.vstack(
        [art.canvas(width, height * 0.07, inks.dark), label, art.canvas(width, height * 0.31, inks.light)]
    )
    _crimps(full, height, inks)
    art.code(full, ((width - art.code_size_mm()[0]) / 2, height * 0.73), words, height_mm=height * 0.19)
    art.text(full, words.size, (width * 0.08, height * 0.445, width * 0.34, height * 0.055), inks.dark, 800)
    where = (width * 0.60, height * 0.44, width * 0.34, height * 0.20)
    _glue_place(full, where, inks)
    sheets = [Sheet("front", front, art.opaque(full), inner=(176, 178, 182), gloss=0.55)]
    sheets.append(Sheet("back", back, plain(inks.dark), inner=(120, 122, 126), gloss=0.5))
    sheets += _sachet(front, where, (width, height), inks)
    if form == "open":
        sheets[0] = peeled(sheets[0], 0.30)
    if form == "burst":
        sheets = [ripped(sheets[0], 0.13, seed), *sheets[1:]]
        sheets += beans((-4, height / 2 + 12), (34, 16), 30, (92, 56, 34), seed)
        sheets += beans((2, height / 2 - 16), (26, 6), 16, (92, 56, 34), seed + 1, thickness * 0.3)
    return Item(tuple(sheets), faces=("front",), units=(("sachet",),))


def peeled(front: Sheet, share: float) -> Sheet:
    """The film peeled off from the first row's end and rolled back, its inner side outwards."""
    points = front.points.copy()
    rows = points.shape[0]
    fold = max(2, round(share * (rows - 1)))
    hinge, inner = points[fold], points[fold + 1]
    away = hinge - inner
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
    reach = np.linalg.norm(points[:fold] - hinge, axis=-1, keepdims=True)
    radius = float(reach.max()) / 3.6
    up = np.array([0.0, 0.0, 1.0])
    roll = reach / radius
    points[:fold] = hinge + radius * (np.sin(roll) * away + (1 - np.cos(roll)) * up)
    hurt = np.zeros(points.shape[:2])
    hurt[: fold + 1] = 1.0
    return replace(front, points=points, hurt=hurt)


def ripped(sheet: Sheet, depth: float, seed: int) -> Sheet:
    """The sheet with its upper end torn away along a ragged line; `depth` is the share that is gone."""
    texture = sheet.texture.copy()
    height, width = texture.shape[:2]
    rng = np.random.default_rng(seed)
    coarse = np.interp(np.arange(width), np.linspace(0, width, 9), rng.normal(0, 0.035, 9))
    fine = np.interp(np.arange(width), np.linspace(0, width, 70), rng.normal(0, 0.007, 70))
    edge = (np.clip(depth + coarse + fine, 0.02, 0.9) * height)[None, :]
    row = np.arange(height)[:, None]
    texture[row < edge, 3] = 0
    rim = (row >= edge) & (row < edge + 8)
    texture[rim, :3] = (texture[rim, :3] * 0.25 + 235 * 0.75).astype(np.uint8)
    return replace(sheet, texture=texture, scar=row < edge + 30)


def beans(
    centre_mm: tuple[float, float],
    spread_mm: tuple[float, float],
    count: int,
    colour: Colour,
    seed: int,
    base_mm: float = 0.0,
) -> list[Sheet]:
    """Beans strewn around a point of the tray."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(0.05, np.pi - 0.05, 7)
    shape = revolved([(4.0 * float(np.sin(a)), 3.0 * float(np.cos(a))) for a in angles], 2.0) * (
        1.5,
        1.0,
        1.0,
    )
    sheets: list[Sheet] = []
    for index in range(count):
        x, y = rng.normal(0, 0.65, 2) * spread_mm + centre_mm
        shade = rng.uniform(0.75, 1.2)
        skin = plain(_shaded(colour, shade))
        bean = Sheet(f"bean {index}", shape, skin, gloss=0.3, hurt=np.ones(shape.shape[:2]))
        lift = base_mm + 3.0 + float(index % 4 == 0) * 3
        sheets += turned([bean], float(rng.uniform(0, np.pi)), (float(x), float(y), lift))
    return sheets


def _shaded(colour: Colour, shade: float) -> Colour:
    red, green, blue = (min(255, int(channel * shade)) for channel in colour)
    return red, green, blue


def _wrinkles(front: Points, seed: int) -> Points:
    """Height offsets of film: ripples that die out towards the filled middle, (R, C, 3)."""
    rows, columns = front.shape[:2]
    rng = np.random.default_rng(seed)
    u, v = np.linspace(-1, 1, columns)[None], np.linspace(-1, 1, rows)[:, None]
    ends = np.clip((np.abs(v) - 0.55) / 0.3, 0, 1) * np.clip((0.93 - np.abs(v)) / 0.1, 0, 1)
    ripple = sum(
        rng.uniform(0.4, 1.0) * np.sin(u * rng.uniform(7, 19) + v * rng.uniform(-4, 4) + rng.uniform(0, 6))
        for _ in range(4)
    )
    offsets = np.zeros_like(front)
    offsets[..., 2] = np.abs(ripple) * ends * 0.75 * np.clip((1 - np.abs(u)) * 6, 0, 1)
    return offsets


def _crimps(print_: NDArray[np.uint8], height_mm: float, inks: Palette) -> None:
    """Ribbed seals at both ends."""
    seal = art.px(10)
    rib = max(2, art.px(1.5))
    ribs = np.where(np.arange(seal) % rib * 9 < 4 * rib, 1.0, 0.80)[:, None, None]
    for part in (print_[:seal], print_[-seal:]):
        part[:] = (np.array(inks.dark) * ribs + 30 * (ribs - 0.8)).clip(0, 255).astype(np.uint8)


def _glue_place(print_: NDArray[np.uint8], box: art.Box, inks: Palette) -> None:
    """What shows where the sachet came off: a dashed outline and two dabs of glue."""
    x, y, width, height = box
    art.band(print_, box, tuple(round(c * 0.93) for c in inks.light))  # type: ignore[arg-type]
    art.text(print_, "+1 FREE", (x + 3, y + height * 0.4, width - 6, height * 0.2), inks.dark, 800, True)
    for part in (0.16, 0.84):
        centre = (art.px(x + width / 2), art.px(y + height * part))
        cv2.ellipse(
            print_, centre, (art.px(width / 3), art.px(2.667)), 0, 0, 360, (226, 206, 150), -1, cv2.LINE_AA
        )


def _sachet(front: Points, box: art.Box, size_mm: tuple[float, float], inks: Palette) -> list[Sheet]:
    """A flat sachet that follows the pouch under it."""
    x, y, width, height = box
    carrier = Sheet("carrier", front, plain(inks.light))
    u, v = np.meshgrid(
        np.linspace(x, x + width, 16) / size_mm[0], np.linspace(y, y + height, 16) / size_mm[1]
    )
    a, b = np.meshgrid(np.linspace(-1, 1, 16), np.linspace(-1, 1, 16))
    points = carrier.at(u, v)
    points[..., 2] += 0.8 + 3.2 * (1 - a**4) * (1 - b**4)
    print_ = art.canvas(width, height, inks.accent)
    art.band(print_, (0, 0, width, 3), inks.light)
    art.band(print_, (0, height - 3, width, 3), inks.light)
    art.text(print_, "+1", (width * 0.2, height * 0.18, width * 0.6, height * 0.4), inks.light, 900, True)
    art.text(print_, "FREE", (width * 0.2, height * 0.62, width * 0.6, height * 0.2), inks.light, 800, True)
    return [Sheet("sachet", points, art.opaque(print_), gloss=0.5)]
