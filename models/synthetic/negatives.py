"""Changes of good items that are no damage: tape, a sticker, ripples, an opening by design, a new lot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.errors import InputError
from models.synthetic import label_art as art
from models.synthetic.damage_spots import Spot, mean_colour, printed_under, radius_mm, spot
from models.synthetic.palettes import PALETTES
from models.synthetic.shapes import Item, Sheet, steps

Texture = NDArray[np.uint8]
LIFT_MM = 0.35
BOARD_GLOSS = 0.25
"""What shines more is film or plastic, in which no opening is cut."""
FLASHES = ("NEW", "BIO", "+20%", "2026", "TOP", "1+1", "ECO", "-30%")


def apply(item: Item, kind: str, rng: np.random.Generator) -> Item:
    """The item after a change that leaves it good.

    An opening by design belongs to the product: give its references the same one, by the same state of rng.

    Raises:
        InputError: no such kind; NEGATIVES lists them.
    """
    change = _CHANGES.get(kind)
    if change is None:
        raise InputError(f"no hard negative '{kind}': choose one of {', '.join(NEGATIVES)}")
    return change(item, rng)


def _taped(item: Item, rng: np.random.Generator) -> Item:
    """A strip of clear or brown tape over the print."""
    place = spot(item, rng, 5.0)
    width, height = place.sheet.size_mm()
    size = (min(float(rng.uniform(40, 110)), 0.9 * width), min(float(rng.uniform(12, 26)), 0.5 * height))
    under = printed_under(place, size)
    clear = rng.random() < 0.6
    ink, level = ((225, 220, 205), 0.30) if clear else ((176, 132, 84), 0.82)
    print_ = (under[..., :3] * (1 - level) + np.array(ink) * level).astype(np.uint8)
    print_[:1], print_[-1:] = 235, 235
    return _with_patch(item, place, size, np.dstack([print_, under[..., 3]]), "tape", 0.75)


def _relabelled(item: Item, rng: np.random.Generator) -> Item:
    """A stock sticker over the print, with a price or a code of the house."""
    place = spot(item, rng, 8.0)
    area = radius_mm(float(rng.uniform(0.02, 0.07)), place.share_per_mm2) ** 2 * np.pi
    width = float(np.sqrt(area * rng.uniform(1.3, 2.4)))
    size = (width, float(area / width))
    paper = [(250, 250, 246), (255, 226, 92), (250, 168, 76), (206, 232, 206)][int(rng.integers(4))]
    print_ = art.canvas(*size, paper)
    inks = PALETTES[int(rng.integers(len(PALETTES)))]
    price = f"{rng.integers(1, 30)}.{rng.integers(10, 99)}"
    art.text(print_, price, (size[0] * 0.08, size[1] * 0.08, size[0] * 0.84, size[1] * 0.42), inks.dark, 900)
    bars = np.repeat(rng.random(max(4, print_.shape[1] // 3)) < 0.5, 3)[: print_.shape[1]]
    low = round(print_.shape[0] * 0.62), round(print_.shape[0] * 0.9)
    print_[low[0] : low[1], : len(bars)][:, bars] = 20
    return _with_patch(item, place, size, art.opaque(print_), "sticker", 0.15)


def _other_lot(item: Item, rng: np.random.Generator) -> Item:
    """Another lot: its number, its date, and now and then another claim in a flash."""
    place = spot(item, rng, 6.0)
    inks = PALETTES[int(rng.integers(len(PALETTES)))]
    ground = mean_colour(place)
    size = (float(rng.uniform(24, 40)), 9.0)
    print_ = art.canvas(*size, ground)
    ink = (30, 30, 32) if sum(ground) > 330 else (235, 235, 230)
    for row, words in enumerate(
        (f"L{rng.integers(10**5, 10**6)}", f"{rng.integers(1, 29)}.{rng.integers(1, 13)}.28")
    ):
        art.text(print_, words, (1, 0.6 + row * 4.2, size[0] - 2, 3.9), ink, 500)
    item = _printed(item, place, size, art.opaque(print_))
    if rng.random() < 0.6:
        flash = spot(item, rng, 9.0)
        radius = float(np.clip(radius_mm(float(rng.uniform(0.01, 0.03)), flash.share_per_mm2), 5, 16))
        disc = art.canvas(2 * radius, 2 * radius, ground)
        art.badge(disc, (radius, radius), radius, FLASHES[int(rng.integers(len(FLASHES)))], inks)
        y, x = np.mgrid[0 : disc.shape[0], 0 : disc.shape[1]]
        round_ = np.hypot(x / disc.shape[1] - 0.5, y / disc.shape[0] - 0.5) < 0.5
        item = _printed(
            item, flash, (2 * radius, 2 * radius), np.dstack([disc, round_.astype(np.uint8) * 255])
        )
    return item


def _rippled(item: Item, rng: np.random.Generator) -> Item:
    """Shrink film over the faces: ripples that catch the lamps."""
    sheets = [_filmed(sheet, rng) if sheet.name in item.faces else sheet for sheet in item.sheets]
    return replace(item, sheets=tuple(sheets))


def _filmed(sheet: Sheet, rng: np.random.Generator) -> Sheet:
    rows, columns = sheet.points.shape[:2]
    width, height = sheet.size_mm()
    x, y = np.meshgrid(np.linspace(0, width, columns), np.linspace(0, height, rows))
    ripple = np.zeros((rows, columns))
    turn = float(rng.uniform(0, np.pi))
    for _ in range(4):
        way = turn + float(rng.normal(0, 0.35))
        along = x * np.cos(way) + y * np.sin(way)
        bend = 4 * np.sin((y * np.cos(way) - x * np.sin(way)) / rng.uniform(14, 30))
        ripple += rng.uniform(0.2, 0.6) * np.abs(
            np.sin((along + bend) / rng.uniform(3.2, 8) + rng.uniform(0, 6))
        )
    edge = np.minimum(np.minimum(x, width - x), np.minimum(y, height - y))
    ripple *= np.clip(edge / 5, 0, 1) * 1.15
    bright = sheet.texture.copy()
    bright[..., :3] = (bright[..., :3] * 0.92 + 16).astype(np.uint8)
    return replace(
        sheet,
        points=sheet.points + sheet.normals() * ripple[..., None],
        texture=bright,
        gloss=max(sheet.gloss, 0.85),
    )


def _opening(item: Item, rng: np.random.Generator) -> Item:
    """A clean opening with a printed rim, as for a thumb, a hook or a look at the goods."""
    place = spot(item, rng, 9.0)
    if place.sheet.gloss > BOARD_GLOSS:
        return _easy_open(item, place, rng)
    reach = radius_mm(float(rng.uniform(0.006, 0.03)), place.share_per_mm2)
    width, height = place.sheet.size_mm()
    texture = place.sheet.texture.copy()
    scale = texture.shape[1] / width, texture.shape[0] / height
    y, x = np.mgrid[0 : texture.shape[0], 0 : texture.shape[1]]
    long = float(rng.uniform(0.0, 1.0)) * reach
    half = reach * (1.0 if long < 0.3 * reach else 0.62)
    across = np.clip(np.abs(x / scale[0] - place.u * width) - long, 0, None)
    away = np.hypot(across, y / scale[1] - place.v * height)
    rim = float(rng.uniform(1.0, 2.2))
    texture[away < half + rim, :3] = [(240, 240, 236), (32, 34, 40), (214, 60, 48)][int(rng.integers(3))]
    texture[away < half, 3] = 0
    opened = replace(place.sheet, texture=texture)
    return replace(item, sheets=tuple(opened if each is place.sheet else each for each in item.sheets))


def _easy_open(item: Item, place: Spot, rng: np.random.Generator) -> Item:
    """Film and plastic: a perforation to open it along, with arrows."""
    size = (float(rng.uniform(34, 60)), float(rng.uniform(7, 12)))
    print_ = np.dstack([art.canvas(*size, (238, 236, 230)), art.canvas(*size, (0, 0, 0))[..., :1]])
    height, width = print_.shape[:2]
    dash = np.arange(width) // max(2, width // 24) % 2 == 0
    middle, thick = height // 2, max(1, height // 9)
    print_[middle - thick : middle + thick, dash, 3] = 255
    for x in (width // 5, width // 2, 4 * width // 5):
        arrow = np.array([(x, middle - 3 * thick), (x + 4 * thick, 1), (x - 4 * thick, 1)], np.int32)
        cv2.fillPoly(print_, [arrow], (214, 60, 48, 255))
    return _printed(item, place, size, np.ascontiguousarray(print_))


def _printed(item: Item, place: Spot, size_mm: tuple[float, float], print_: Texture) -> Item:
    """The print drawn into the sheet itself, upright on it."""
    sheet = place.sheet
    width, height = sheet.size_mm()
    texture = sheet.texture.copy()
    if texture.shape[0] < height:
        texture = np.asarray(cv2.resize(texture, (round(width * 3), round(height * 3))), np.uint8)
    scale = texture.shape[1] / width, texture.shape[0] / height
    shape = max(2, round(size_mm[0] * scale[0])), max(2, round(size_mm[1] * scale[1]))
    small = cv2.resize(print_, shape, interpolation=cv2.INTER_AREA)
    x0 = int(np.clip(place.u * texture.shape[1] - shape[0] / 2, 0, max(0, texture.shape[1] - shape[0])))
    y0 = int(np.clip(place.v * texture.shape[0] - shape[1] / 2, 0, max(0, texture.shape[0] - shape[1])))
    window = texture[y0 : y0 + shape[1], x0 : x0 + shape[0]]
    small = small[: window.shape[0], : window.shape[1]]
    ink = small[..., 3] > 127
    window[ink, :3] = small[ink, :3]
    changed = replace(sheet, texture=texture)
    return replace(item, sheets=tuple(changed if each is sheet else each for each in item.sheets))


def _with_patch(
    item: Item, place: Spot, size_mm: tuple[float, float], texture: Texture, name: str, gloss: float
) -> Item:
    """A thin patch that follows the sheet under it."""
    width, height = place.sheet.size_mm()
    u = place.u + np.linspace(-0.5, 0.5, steps(size_mm[0])) * size_mm[0] / width
    v = place.v + np.linspace(-0.5, 0.5, steps(size_mm[1])) * size_mm[1] / height
    grid_u, grid_v = np.meshgrid(u, v)
    carrier = place.sheet.moved(place.sheet.points + place.sheet.normals() * LIFT_MM)
    points = carrier.at(grid_u.ravel(), grid_v.ravel()).reshape(*grid_u.shape, 3)
    patch = Sheet(name, points, np.ascontiguousarray(texture), inner=(230, 226, 216), gloss=gloss)
    return replace(item, sheets=(*item.sheets, patch))


_CHANGES: dict[str, Callable[[Item, np.random.Generator], Item]] = {
    "open_by_design": _opening,
    "wrinkled_film": _rippled,
    "tape": _taped,
    "relabelled": _relabelled,
    "other_lot": _other_lot,
}

NEGATIVES = tuple(_CHANGES)
"""Kinds of hard negatives."""
