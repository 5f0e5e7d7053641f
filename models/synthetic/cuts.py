"""Holes: print cut out, its rim fibrous and bent inwards; what is gone is kept as missing."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synthetic.damage_spots import VIEWS, Spot, radius_mm, share_per_mm2, spot
from models.synthetic.shapes import Colour, Item, Sheet

LINER = (222, 210, 190)
Outline = NDArray[np.float64]


def punctured(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A ragged hole, its rim bent inwards, the dark inside seen through it."""
    place, reach = strike(item, share * 0.9, rng)
    radius = max(reach * 0.70, 1.6)
    rim = radius * 0.22
    outline = _round(radius, rng) * (1.15, 0.87)
    cut = cut_from(place.sheet, (place.u, place.v), outline, rim, seed=drawn_seed(rng))
    return exchanged(item, place.sheet, _bent_in(cut, place, radius))


def pierced_twice(item: Item, share: float, rng: np.random.Generator) -> Item:
    """Two or three ragged holes side by side, as a fork leaves them."""
    place, reach = strike(item, share * 0.9, rng, widen=1.7)
    count = int(rng.integers(2, 4))
    radius = max(reach * 0.70 / float(np.sqrt(count)), 1.4)
    width, height = place.sheet.size_mm()
    turn = float(rng.uniform(0, np.pi))
    sheet = place.sheet
    for index in range(count):
        along = (index - (count - 1) / 2) * radius * float(rng.uniform(2.9, 3.6))
        u, v = place.u + np.cos(turn) * along / width, place.v + np.sin(turn) * along / height
        outline = _round(radius, rng)
        sheet = cut_from(sheet, (float(u), float(v)), outline, radius * 0.25, seed=drawn_seed(rng))
    return exchanged(item, place.sheet, _bent_in(sheet, place, radius))


def cut_out(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A piece cut out with a blade: straight, clean edges and the dark inside."""
    place, reach = strike(item, share, rng)
    corners = int(rng.integers(3, 6))
    angle = np.sort((np.arange(corners) + rng.uniform(-0.28, 0.28, corners)) * 2 * np.pi / corners)
    outline = np.stack([np.cos(angle) * 1.25, np.sin(angle) * 0.95], axis=-1) * reach * 1.1
    outline = spun_by(outline, float(rng.uniform(0, np.pi)))
    cut = cut_from(
        place.sheet, (place.u, place.v), outline, min(0.8, reach * 0.1), seed=drawn_seed(rng), ragged=0.2
    )
    return exchanged(item, place.sheet, _bent_in(cut, place, reach * 0.6))


def strike(item: Item, share: float, rng: np.random.Generator, widen: float = 1.0) -> tuple[Spot, float]:
    """Where to strike, and the radius in mm of a disc that takes the share there."""
    guess = radius_mm(share, share_per_mm2(item, np.array(VIEWS[0])))
    place = spot(item, rng, guess * widen)
    width, height = place.sheet.size_mm()
    reach = min(radius_mm(share, place.share_per_mm2), 0.45 * min(width, height))
    return place, reach


def _round(radius: float, rng: np.random.Generator) -> Outline:
    """A ragged round outline, (40, 2) mm."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ragged = 1 + 0.12 * np.sin(angle * 2 + rng.uniform(0, 6)) + 0.12 * np.sin(angle * 5 + rng.uniform(0, 6))
    ragged += rng.normal(0, 0.07, 40)
    return np.asarray(np.stack([np.cos(angle), np.sin(angle)], axis=-1) * (radius * ragged)[:, None])


def drawn_seed(rng: np.random.Generator) -> int:
    """A seed of its own for a part of the drawing."""
    return int(rng.integers(2**31))


def exchanged(item: Item, old: Sheet, new: Sheet) -> Item:
    """The item with a cut sheet, and with what was cut out of it among what is missing."""
    sheets = tuple(new if sheet is old else sheet for sheet in item.sheets)
    gone = _gone(old, new)
    return replace(item, sheets=sheets, missing=(*item.missing, gone) if gone is not None else item.missing)


def _gone(old: Sheet, new: Sheet) -> Sheet | None:
    """The piece of the old sheet that is cut out of the new one, or None where nothing is."""
    before = old.texture[..., 3]
    if before.shape != new.texture.shape[:2]:
        shape = new.texture.shape[1::-1]
        before = np.asarray(cv2.resize(before, shape, interpolation=cv2.INTER_NEAREST), np.uint8)
    gone = (before >= 128) & (new.texture[..., 3] < 128)
    rows, columns = np.flatnonzero(gone.any(axis=1)), np.flatnonzero(gone.any(axis=0))
    if len(rows) == 0:
        return None
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    height, width = gone.shape
    u, v = np.meshgrid(np.linspace(left, right, 14) / width, np.linspace(top, bottom, 14) / height)
    points = old.at(u.ravel(), v.ravel()).reshape(14, 14, 3)
    piece = np.zeros((bottom - top, right - left, 4), np.uint8)
    piece[..., 3] = np.where(gone[top:bottom, left:right], 255, 0)
    return Sheet(old.name, points, piece)


def cut_from(
    sheet: Sheet,
    centre: tuple[float, float],
    outline_mm: Outline,
    rim_mm: float,
    bare: Colour | None = None,
    seed: int = 0,
    ragged: float = 1.0,
) -> Sheet:
    """The texture without what lies in the outline, with a fibrous rim; `bare` fills it instead."""
    texture = _fine(sheet)
    scale = np.array(texture.shape[1::-1]) / np.array(sheet.size_mm())
    px_per_mm = float(scale.mean())
    outline_px = outline_mm * scale + np.array(centre) * texture.shape[1::-1]
    rim_px = rim_mm * px_per_mm
    window, outline_px = _window(texture.shape[:2], outline_px, 3 * rim_px + 3)
    print_ = texture[window]
    inside = filled(print_.shape[:2], outline_px) > 0
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 3)
    fibres = ragged * _fibres(print_.shape[:2], px_per_mm, seed)
    rim = np.clip((rim_px * (1 + 0.5 * fibres) - away) / max(1.0, px_per_mm / 2), 0, 1)[..., None]
    paper = np.array(LINER) * (1 + 0.04 * fibres[..., None])
    print_[..., :3] = np.clip(print_[..., :3] * (1 - rim) + paper * rim, 0, 255).astype(np.uint8)
    if bare is None:
        print_[inside, 3] = 0
    else:
        filling = np.array(bare) + 8 * fibres[inside, None]
        print_[inside, :3] = np.clip(filling, 0, 255).astype(np.uint8)
    return replace(
        sheet, texture=texture, scar=_scarred(sheet, texture.shape[:2], window, away < rim_px * 1.5)
    )


def _window(
    shape: tuple[int, int], outline_px: Outline, margin: float
) -> tuple[tuple[slice, slice], Outline]:
    """The part of a texture around an outline, and the outline in it; at least one texel is left."""
    low = np.clip(np.floor(outline_px.min(axis=0) - margin), 0, np.array(shape[::-1]) - 1).astype(int)
    high = np.clip(np.ceil(outline_px.max(axis=0) + margin), low + 1, shape[::-1]).astype(int)
    return (slice(low[1], high[1]), slice(low[0], high[0])), outline_px - low


def _scarred(
    sheet: Sheet, shape: tuple[int, int], window: tuple[slice, slice], fresh: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """The sheet's scars and a fresh one, (h, w)."""
    scar = np.zeros(shape, np.bool_)
    if sheet.scar is not None:
        scar |= cv2.resize(sheet.scar.astype(np.uint8), shape[::-1]) > 0
    scar[window] |= fresh
    return scar


def _fine(sheet: Sheet) -> NDArray[np.uint8]:
    """A copy of the texture, fine enough for an edge to be ragged in it."""
    texture = sheet.texture
    width, height = sheet.size_mm()
    if texture.shape[0] >= 1.5 * height:
        return texture.copy()
    size = (max(4, round(width * 2.5)), max(4, round(height * 2.5)))
    return np.asarray(cv2.resize(texture, size, interpolation=cv2.INTER_NEAREST), np.uint8)


def _fibres(shape: tuple[int, int], px_per_mm: float, seed: int) -> NDArray[np.float32]:
    """Roughness of torn paper: fine and coarse noise, made small and enlarged."""
    rng = np.random.default_rng(seed)
    total = np.zeros(shape, np.float32)
    for cell_mm, level in ((0.5, 0.55), (2.5, 0.6)):
        cells = tuple(max(2, min(400, round(side / px_per_mm / cell_mm))) for side in shape)
        noise = rng.normal(0, level, cells).astype(np.float32)
        total += cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return total


def _bent_in(sheet: Sheet, place: Spot, radius: float) -> Sheet:
    """The surface around a hole pushed in by what made it."""
    rows, columns = sheet.points.shape[:2]
    width, height = sheet.size_mm()
    x, y = np.meshgrid(np.linspace(0, width, columns), np.linspace(0, height, rows))
    away = np.hypot(x - place.u * width, y - place.v * height)
    push = np.clip(1 - away / (radius * 2.1 + 2), 0, 1) ** 1.5 * radius * 0.5
    return sheet.moved(sheet.points - sheet.normals() * push[..., None])


def filled(shape: tuple[int, int], outline_px: Outline) -> NDArray[np.uint8]:
    """255 within an outline, (h, w)."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(outline_px).astype(np.int32)], 255)
    return mask


def spun_by(points: Outline, turn: float) -> Outline:
    """Points (N, 2) turned about the origin by radians."""
    cos, sin = np.cos(turn), np.sin(turn)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]))
