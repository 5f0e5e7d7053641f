"""Prints that look like damage and are none: cracks, tears, holes, stains and creases drawn on the label."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synthetic.damage_spill import TINTS
from models.synthetic.damage_spots import radius_mm, share_per_mm2, spot
from models.synthetic.shapes import Item, Sheet

DECOYS = ("crack", "tear", "hole", "spill", "crease")
"""What the print of a design may show."""

Floats = NDArray[np.float64]
Texture = NDArray[np.uint8]
PAPER = (236, 228, 214)
MARGIN_MM = 7.0
LEAST_PX_PER_MM = 2.0


def printed(item: Item, decoy: str, seed: int) -> Item:
    """The item with one or two decoys in its print, its geometry as it was; the same seed repeats them."""
    if not decoy:
        return item
    rng = np.random.default_rng([seed, 77])
    for _ in range(int(rng.integers(1, 3))):
        place = spot(item, rng, MARGIN_MM)
        share = float(rng.uniform(0.012, 0.06))
        reach = radius_mm(share, share_per_mm2(item, place.normal))
        reach = min(reach, 0.42 * min(place.sheet.size_mm()))
        changed = _drawn_on(place.sheet, (place.u, place.v), reach, decoy, rng)
        item = replace(item, sheets=tuple(changed if each is place.sheet else each for each in item.sheets))
    return item


def _drawn_on(
    sheet: Sheet, centre: tuple[float, float], reach_mm: float, decoy: str, rng: np.random.Generator
) -> Sheet:
    """The sheet with the decoy blended into its colours; what is cut out of it stays cut out."""
    texture = sheet.texture.copy()
    width, height = sheet.size_mm()
    if texture.shape[0] < LEAST_PX_PER_MM * height:
        size = (max(4, round(width * 3)), max(4, round(height * 3)))
        texture = np.asarray(cv2.resize(texture, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    scale = np.array(texture.shape[1::-1]) / (width, height)
    half = np.ceil(reach_mm * 1.6 * scale).astype(int)
    middle = np.round(np.array(centre) * texture.shape[1::-1]).astype(int)
    x0, y0 = np.maximum(middle - half, 0)
    x1, y1 = np.minimum(middle + half, texture.shape[1::-1])
    x = (np.arange(x0, x1) - middle[0]) / scale[0]
    y = (np.arange(y0, y1) - middle[1]) / scale[1]
    field = np.stack(np.meshgrid(x, y), axis=-1) / reach_mm
    window = texture[y0:y1, x0:x1, :3].astype(np.float64)
    drawn = _DRAWINGS[decoy](window, field, rng)
    texture[y0:y1, x0:x1, :3] = np.clip(drawn, 0, 255).astype(np.uint8)
    return replace(sheet, texture=texture)


def _hole(under: Floats, field: Floats, rng: np.random.Generator) -> Floats:
    """A ragged dark round with a torn paper rim and a shade inside its upper edge."""
    away = _ragged(field, rng, 0.62)
    rim = _step(away - 0.16 - 0.05 * _rough(field, rng, 9)[..., 0])
    inside = _step(away)
    depth = np.clip(0.55 + field[..., 1:] * 0.9, 0.15, 1.0)
    colour = np.array((40, 33, 28)) * depth
    out = under * (1 - rim) + np.array(PAPER) * (0.92 + 0.08 * _rough(field, rng, 16)) * rim
    return np.asarray(out * (1 - inside) + colour * inside)


def _tear(under: Floats, field: Floats, rng: np.random.Generator) -> Floats:
    """A gash with white fibrous lips, dark within, and a shaded curl along one side."""
    turn = rng.uniform(0, np.pi)
    along = field[..., 0] * np.cos(turn) + field[..., 1] * np.sin(turn)
    aside = field[..., 1] * np.cos(turn) - field[..., 0] * np.sin(turn)
    aside = aside + 0.12 * np.sin(along * 3 + rng.uniform(0, 6)) + 0.03 * _rough(field, rng, 10)[..., 0]
    gape = 0.26 * np.clip(1 - along**2, 0, None) ** 0.7
    inside = _step(np.abs(aside) - gape)
    lip = _step(np.abs(aside) - gape * 1.5 - 0.05 * (np.abs(along) < 1))
    curl = np.clip(1 - np.abs(aside - gape * 2.4) / np.maximum(gape, 0.02) / 1.2, 0, 1)[..., None]
    out = under * (1 - 0.45 * curl * (np.abs(along) < 1)[..., None])
    out = out * (1 - lip) + np.array(PAPER) * (0.94 + 0.06 * _rough(field, rng, 14)) * lip
    return np.asarray(out * (1 - inside) + np.array((58, 48, 40)) * inside)


def _crack(under: Floats, field: Floats, rng: np.random.Generator) -> Floats:
    """Dark branching lines with a light edge, as in glass or brittle plastic."""
    size = field.shape[:2]
    lines = np.zeros(size, np.uint8)
    scale = (size[1] - 1) / max(float(np.ptp(field[..., 0])), 1e-6)
    origin = np.array([-field[0, 0, 0], -field[0, 0, 1]]) * scale
    for angle in np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(4, 8)))):
        _branch(
            lines, origin, float(angle), 1.35 * scale * float(rng.uniform(0.6, 1)), rng, max(1, scale / 18)
        )
    dark = cv2.GaussianBlur(lines, (0, 0), 0.6).astype(np.float64)[..., None] / 255
    light = np.roll(dark, (1, 1), axis=(0, 1))
    inks = (np.array((24, 22, 24)), np.array((245, 245, 240)))
    ink, edge = inks if under.mean() > 95 else inks[::-1]
    out = under * (1 - 0.75 * light) + edge * 0.75 * light
    return np.asarray(out * (1 - dark) + ink * dark)


def _branch(
    lines: Texture, start: Floats, angle: float, length: float, rng: np.random.Generator, thick: float
) -> None:
    at = start
    for _ in range(7):
        angle += float(rng.normal(0, 0.35))
        end = at + length / 7 * np.array((np.cos(angle), np.sin(angle)))
        ends = [tuple(int(v) for v in np.round(p)) for p in (at, end)]
        cv2.line(lines, ends[0], ends[1], 255, max(1, round(thick)), cv2.LINE_AA)
        if thick > 0.8 and rng.random() < 0.35:
            _branch(lines, end, angle + float(rng.choice([-0.8, 0.8])), length * 0.4, rng, thick * 0.55)
        at, thick = end, thick * 0.9


def _spill(under: Floats, field: Floats, rng: np.random.Generator) -> Floats:
    """A splash with drops and runs, a darker rim and a painted gloss."""
    level = np.zeros(field.shape[:2])
    blobs = [(0.0, 0.0, 0.5)]
    for _ in range(9):
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 1.25)
        blobs.append((away * np.cos(angle), away * np.sin(angle), rng.uniform(0.06, 0.24)))
    blobs += [(0.12, 0.18 * step, 0.13) for step in range(2, 7)]
    for x, y, radius in blobs:
        level += radius**2 / np.maximum((field[..., 0] - x) ** 2 + (field[..., 1] - y) ** 2, 1e-3)
    wet = np.clip((level - 1) * 5, 0, 1)[..., None]
    rim = np.clip(1 - np.abs(level - 1.15) / 0.22, 0, 1)[..., None]
    tint = np.array(TINTS[int(rng.integers(len(TINTS)))])
    gloss = np.clip(1 - np.hypot(field[..., 0] + 0.17, field[..., 1] + 0.2) / 0.13, 0, 1)[..., None] * wet
    out = under * (1 - wet * (1 - tint) * 0.92) * (1 - 0.3 * rim * wet)
    return np.asarray(out * (1 - 0.8 * gloss) + 250 * 0.8 * gloss)


def _crease(under: Floats, field: Floats, rng: np.random.Generator) -> Floats:
    """Facets of light and dark with broken print along their edges, as crumpled board shows."""
    away = _ragged(field, rng, 0.95)
    within = np.clip(-away * 4, 0, 1)[..., None]
    corners = rng.uniform(-1, 1, (9, 2))
    square = np.sum((field[..., None, :] - corners) ** 2, axis=-1)
    order = np.sort(square, axis=-1)
    facet = rng.uniform(0.4, 1.45, 9)[np.argmin(square, axis=-1)][..., None]
    ridge = np.clip(1 - (np.sqrt(order[..., 1]) - np.sqrt(order[..., 0])) / 0.10, 0, 1)[..., None]
    out = under * (1 + (facet - 1) * within)
    worn = ridge * within * 0.8
    return np.asarray(out * (1 - worn) + np.array((222, 212, 196)) * worn)


def _ragged(field: Floats, rng: np.random.Generator, radius: float) -> Floats:
    """Distance beyond a ragged round outline, (h, w)."""
    angle = np.arctan2(field[..., 1], field[..., 0])
    edge = radius * (
        1 + 0.12 * np.sin(2 * angle + rng.uniform(0, 6)) + 0.10 * np.sin(5 * angle + rng.uniform(0, 6))
    )
    edge += 0.03 * np.sin(13 * angle + rng.uniform(0, 6))
    return np.hypot(field[..., 0], field[..., 1]) - edge


def _rough(field: Floats, rng: np.random.Generator, cells: int) -> Floats:
    """Smooth noise over the field, (h, w, 1)."""
    noise = rng.normal(0, 1, (cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(noise, field.shape[1::-1]), np.float64)[..., None]


def _step(away: Floats) -> Floats:
    """1 inside, 0 outside, softened over a little: (h, w) -> (h, w, 1)."""
    return np.asarray(np.clip(0.5 - away / 0.06, 0, 1)[..., None])


_DRAWINGS = {"crack": _crack, "tear": _tear, "hole": _hole, "spill": _spill, "crease": _crease}
