"""Builds sets whose units are seen from above: cups in a tray of card, cells on a blister card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.synthetic import label_art as art
from models.synthetic.cartons import KRAFT
from models.synthetic.label_art import Words
from models.synthetic.palettes import Palette
from models.synthetic.pictograms import EMBLEMS
from models.synthetic.pouches import ripped
from models.synthetic.shapes import (
    Item,
    Sheet,
    box_panels,
    loose,
    panel,
    plain,
    revolved,
    transformed,
    turned,
)
from models.synthetic.vessels import LAY_DOWN, disc

Size = tuple[float, float, float]


def tray_pack(words: Words, inks: Palette, size_mm: Size, form: str, seed: int) -> Item:
    """Six cups in an open tray of card."""
    length, width, height = size_mm
    sheets = _tray_walls(words, inks, size_mm, seed)
    lid = _foil(words, inks, seed)
    fallen_out = (2, 5) if form == "burst" else ()
    units: list[tuple[str, ...]] = []
    places = [
        ((column - 1) * length / 3 * 0.985, (0.5 - row) * width / 2 * 0.97)
        for row in range(2)
        for column in range(3)
    ]
    for index, (x, y) in enumerate(places):
        cup = transformed(_cup(length / 6 - 2.2, height - 2, lid, inks, index), np.eye(3), (x, y, 1.2))
        if index not in fallen_out:
            sheets += cup
            units.append(tuple(sheet.name for sheet in cup))
    if form == "open":
        sheets = [_collapsed(sheet) if sheet.name == "right" else sheet for sheet in sheets]
    if form == "burst":
        fallen = transformed(
            _cup(length / 6 - 2.2, height - 2, lid, inks, 6), LAY_DOWN, (0, 0, length / 6 - 2.2)
        )
        sheets += turned(loose(fallen), -0.7, (length / 2 + 8, -6, 0))
        sheets += transformed(
            loose(_cup(length / 6 - 2.2, height - 2, lid, inks, 7)), np.eye(3), (18, -width / 2 - 40, 0.3)
        )
        sheets = [_collapsed(sheet) if sheet.name == "right" else sheet for sheet in sheets]
    foils = tuple(f"foil {index}" for index in range(6) if index not in fallen_out)
    return Item(tuple(sheets), faces=("front", *foils), units=tuple(units))


def _tray_walls(words: Words, inks: Palette, size_mm: Size, seed: int) -> list[Sheet]:
    """The printed walls of the tray and its floor."""
    length, width, height = size_mm
    wall = height * 0.68
    front = art.canvas(length, wall, inks.base)
    art.code(front, (length - 80, 2), words, height_mm=wall - 4)
    art.text(front, words.brand, (5, 3, length - 92, wall * 0.5), inks.on_base(), 900)
    art.text(front, words.title, (5, wall * 0.58, length - 92, wall * 0.26), inks.on_base(), 500)
    flank = art.side(width, wall, words, inks, seed)
    arts = {"front": front, "back": art.side(length, wall, words, inks, seed), "left": flank, "right": flank}
    sheets = [
        Sheet(name, points, art.opaque(arts[name]), inner=KRAFT)
        for name, points in box_panels(length, width, wall).items()
        if name in arts
    ]
    floor = box_panels(length, width, 1.0)["top"]
    sheets.append(Sheet("floor", floor, plain(KRAFT), inner=KRAFT))
    return sheets


def blister(words: Words, inks: Palette, size_mm: Size, form: str, seed: int) -> Item:
    """Four cells in a bubble on a printed card."""
    width, height = size_mm[:2]
    card = art.face(width, height, words, inks, seed)
    art.code(card, ((width - art.code_size_mm()[0]) / 2, height - 37), words)
    bay = (width * 0.10, height * 0.44, width * 0.80, height * 0.32)
    art.band(card, bay, tuple(round(c * 0.75) for c in inks.light))  # type: ignore[arg-type]
    for slot in range(4):
        art.band(
            card, (bay[0] + (slot + 0.12) * bay[2] / 4, bay[1] + 3, bay[2] / 4 * 0.76, bay[3] - 6), inks.dark
        )
    sheets = [
        Sheet(
            "card",
            panel((-width / 2, height / 2, 1.2), (width, 0, 0), (0, -height, 0)),
            art.opaque(card),
            gloss=0.2,
        )
    ]
    radius = bay[2] / 8 * 0.80
    centre_y = height / 2 - bay[1] - bay[3] / 2
    units: list[tuple[str, ...]] = []
    for slot in range(4):
        x = -width / 2 + bay[0] + (slot + 0.5) * bay[2] / 4
        cell = transformed(_cell(radius, bay[3] - 10, inks, slot), np.eye(3), (x, centre_y, 1.2))
        if form == "open" and slot == 3:
            cell = turned(loose(_cell(radius, bay[3] - 10, inks, slot)), 0.5, (width / 2 + 18, 10, 0))
        if form != "burst" or slot != 2:
            sheets += cell
            units.append(tuple(sheet.name for sheet in cell))
    if form == "burst":
        sheets += turned(loose(_cell(radius, bay[3] - 10, inks, 5)), 1.1, (width / 2 + 26, -20, 0))
        sheets += turned(loose(_cell(radius, bay[3] - 10, inks, 6)), 0.3, (width / 2 + 34, 40, 0))
        sheets[0] = ripped(sheets[0], 0.14, seed)
    return Item(tuple(sheets), faces=("card",), units=tuple(units))


def _cup(radius: float, height: float, foil: NDArray[np.uint8], inks: Palette, index: int) -> list[Sheet]:
    """A tapered cup with a foil lid."""
    body = revolved(
        [(radius, height - 1), (radius, height - 3), (radius * 0.95, height - 4), (radius * 0.8, 0)]
    )
    skin = np.vstack([np.tile(plain(inks.light), (3, 1, 1)), np.tile(plain(inks.accent), (3, 1, 1))])
    lid, texture = disc(radius * 1.02, foil)
    wall = Sheet(f"cup {index}", body, skin, inner=inks.light, gloss=0.3)
    filling, round_ = disc(radius * 0.93, art.opaque(art.canvas(2, 2, (238, 222, 176))))
    food = Sheet(f"filling {index}", filling + np.array((0, 0, height - 11)), round_, gloss=0.3)
    foiled = lid + np.array((0, 0, height - 0.9))
    return [wall, food, Sheet(f"foil {index}", foiled, texture, inner=(205, 205, 208), gloss=0.35)]


def _foil(words: Words, inks: Palette, seed: int) -> NDArray[np.uint8]:
    """The print of a lid, 52 mm square before it is cut round."""
    lid = art.canvas(52, 52, inks.base)
    art.emblem(lid, (26, 18), 20, inks, seed % len(EMBLEMS))
    art.band(lid, (0, 30, 52, 12), inks.light)
    art.text(lid, words.brand, (9, 31.5, 34, 9), inks.dark, 900, True)
    return art.opaque(lid)


def _cell(radius: float, length: float, inks: Palette, index: int) -> Sequence[Sheet]:
    """A cell that lies along y: a sleeve, two bright ends and a tip."""
    profile = [
        (0.1, length), (radius * 0.3, length), (radius * 0.3, length - 2), (radius * 0.96, length - 2.2),
        (radius, length - 3), (radius, 1), (radius * 0.96, 0.2), (0.1, 0),
    ]  # fmt: skip
    skin = art.opaque(art.canvas(20, length, inks.accent))
    rows = skin.shape[0]
    skin[: round(rows * 0.24), :, :3] = (206, 206, 210)
    skin[round(rows * 0.24) : round(rows * 0.44), :, :3] = inks.dark
    skin[round(rows * 0.86) :, :, :3] = (196, 196, 200)
    lie = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    cell = Sheet(f"cell {index}", revolved(profile, 2.0), skin, gloss=0.6)
    return transformed([cell], lie, (0, -length / 2, radius))


def _collapsed(wall: Sheet) -> Sheet:
    """The right wall folded outwards onto the tray."""
    points = wall.points.copy()
    height = points[..., 2].copy()
    points[..., 0] += height * 0.85
    points[..., 2] = 0.4 + height * 0.5
    return replace(wall, points=points, hurt=np.ones(points.shape[:2]))
