"""Tears: a strip curled open, a split seam, a corner ripped off, each with fibrous rims."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synthetic.cuts import LINER, Outline, cut_from, drawn_seed, exchanged, filled, spun_by, strike
from models.synthetic.damage_spots import FACING, VIEWS, Spot, frame, share_per_mm2
from models.synthetic.shapes import Item, Sheet


def strip_flap(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A strip torn open: ragged gap, fibrous rim, and the strip curled back over its hinge."""
    place, reach = strike(item, share, rng)
    sheet, u, v = place.sheet, place.u, place.v
    width, height = sheet.size_mm()
    length = min(reach * 1.65, 0.8 * min(width, height))
    strip = length * float(rng.uniform(0.55, 0.8))
    along = np.linspace(0, 1, 22)
    half = strip / 2 * (1.0 - 0.30 * along**2)
    rough = length * 0.006
    left, right = (side * half + rng.normal(0, rough, 22).cumsum() for side in (-1, 1))
    turn = _towards_viewer(sheet, u, v) + float(rng.uniform(-0.5, 0.5))
    local = np.vstack([np.stack([left, along * length], -1), np.stack([right, along * length], -1)[::-1]])
    local[21, 1] += length * 0.06
    start = np.array([0.0, -length * 0.5])
    outline = spun_by(local + start, turn)
    cut = cut_from(sheet, (u, v), outline, rim_mm=length * 0.07, bare=sheet.under, seed=drawn_seed(rng))
    flap = _flap(sheet, (u, v), local, start, turn, length, strip)
    changed = exchanged(item, sheet, cut)
    return replace(changed, sheets=(*changed.sheets, flap))


def split_seam(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A long ragged split that gapes, its lips turned outwards."""
    place, reach = strike(item, share, rng)
    width, height = place.sheet.size_mm()
    long = min(reach * 3.4, 0.75 * max(width, height))
    half = max(reach**2 * 2.2 / long * 0.55, 0.9)
    along = np.linspace(-0.5, 0.5, 26)
    gape = half * np.clip(1 - (2 * along) ** 2, 0, 1) ** 0.7
    bend = rng.normal(0, long * 0.009, 26).cumsum()
    upper, lower = bend + gape + rng.normal(0, half * 0.16, 26), bend - gape + rng.normal(0, half * 0.16, 26)
    outline = np.vstack([np.stack([along * long, upper], -1), np.stack([along * long, lower], -1)[::-1]])
    turn = (0.0 if width > height else np.pi / 2) + float(rng.uniform(-0.35, 0.35))
    spun = spun_by(outline - outline.mean(axis=0), turn)
    cut = cut_from(place.sheet, (place.u, place.v), spun, rim_mm=half * 0.45, seed=drawn_seed(rng))
    return exchanged(item, place.sheet, _lipped(cut, place, long, half, turn))


def ripped_corner(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A corner of a panel ripped off along a ragged line; what was behind it shows."""
    sheets = [sheet for sheet in item.sheets if sheet.name in item.faces]
    ends = [
        (sheet, u, v, frame(sheet, 0.08 + 0.84 * u, 0.08 + 0.84 * v))
        for sheet in sheets
        for u in (0.0, 1.0)
        for v in (0.0, 1.0)
    ]
    seen = np.array([float((VIEWS @ end[3][1]).max()) for end in ends])
    high = np.array([float(end[0].at(np.array([end[1]]), np.array([end[2]]))[0, 2]) for end in ends])
    whole = np.array([bool(end[0].solid()[-int(end[2]), -int(end[1])]) for end in ends])
    weight = (
        np.where(seen > FACING, seen, 0.01 * np.maximum(seen, 0) + 1e-6)
        * (high > 0.3 * high.max())
        * np.where(whole, 1.0, 1e-6)
    )
    sheet, u, v, (_, normal, _, _) = ends[int(rng.choice(len(ends), p=weight / weight.sum()))]
    area = share / share_per_mm2(item, normal)
    across = float(np.sqrt(2 * area) * rng.uniform(0.8, 1.25))
    down = 2 * area / across
    steps = np.linspace(0, 1, 18)
    line = np.stack([across * (1 - steps), down * steps], axis=-1)
    line += rng.normal(0, 0.035 * np.sqrt(area), (18, 2)) * (np.sin(np.pi * steps) > 0.1)[:, None]
    outline = np.vstack([[[-3.0, -3.0], [across, -3.0]], line, [[-3.0, down]]])
    outline *= np.where(np.array([u, v]) > 0.5, -1, 1)
    rim = max(1.0, 0.09 * float(np.sqrt(area)))
    cut = cut_from(sheet, (u, v), outline, rim, bare=sheet.under, seed=drawn_seed(rng))
    return exchanged(item, sheet, cut)


def _lipped(sheet: Sheet, place: Spot, long: float, half: float, turn: float) -> Sheet:
    """The surface along a split bent outwards."""
    width, height = sheet.size_mm()
    rows, columns = sheet.points.shape[:2]
    x, y = np.meshgrid(np.linspace(0, width, columns), np.linspace(0, height, rows))
    x, y = x - place.u * width, y - place.v * height
    along = x * np.cos(turn) + y * np.sin(turn)
    aside = np.abs(y * np.cos(turn) - x * np.sin(turn))
    lift = np.clip(1 - aside / (half * 4 + 4), 0, 1) * np.clip(1 - (2 * along / long) ** 2, 0, 1)
    return sheet.moved(sheet.points + sheet.normals() * (lift * min(half * 1.2, 6.0))[..., None])


def _towards_viewer(sheet: Sheet, u: float, v: float) -> float:
    """How a strip must run so that its liner shows: forwards on top, upwards on a wall."""
    width, height = sheet.size_mm()
    turns = np.arange(4) * np.pi / 2
    steps = np.stack([-np.sin(turns) / width, np.cos(turns) / height], axis=-1)
    start = sheet.at(np.full(4, u), np.full(4, v))
    way = sheet.at(u + steps[:, 0], v + steps[:, 1]) - start
    upright = abs(frame(sheet, u, v)[1][2]) < 0.5
    return float(turns[np.argmax(way[:, 2] if upright else -way[:, 1])])


def _flap(
    sheet: Sheet,
    centre: tuple[float, float],
    outline_mm: Outline,
    start_mm: Outline,
    turn: float,
    length: float,
    strip: float,
) -> Sheet:
    """The torn strip, rolled up over its hinge at the strip's far end."""
    reach = strip * 0.75
    across, along = np.meshgrid(np.linspace(-reach, reach, 15), np.linspace(0, length * 1.08, 22))
    flat = spun_by(np.stack([across, along], axis=-1).reshape(-1, 2) + start_mm, turn)
    width, height = sheet.size_mm()
    uv = flat / (width, height) + centre
    hinge = spun_by(np.stack([across, np.zeros_like(along)], axis=-1).reshape(-1, 2) + start_mm, turn)
    base_uv = hinge / (width, height) + centre
    step = spun_by(np.array([[0.0, 1.0]]), turn)[0] / (width, height)
    base = sheet.at(base_uv[:, 0], base_uv[:, 1])
    tangent = sheet.at(base_uv[:, 0] + step[0], base_uv[:, 1] + step[1]) - base
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    side = sheet.at(base_uv[:, 0] + step[1], base_uv[:, 1] - step[0]) - base
    normal = np.cross(tangent, side)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    radius = length / 1.95
    roll = along.reshape(-1, 1) / radius
    points = base + radius * (np.sin(roll) * tangent + (1 - np.cos(roll)) * normal) + 0.4 * normal
    texture = _strip_texture(sheet, uv.reshape(22, 15, 2), outline_mm, reach, length)
    shape = (22, 15)
    return Sheet("flap", points.reshape(*shape, 3), texture, inner=LINER, gloss=0.05, hurt=np.ones(shape))


def _strip_texture(
    sheet: Sheet, uv: Outline, outline_mm: Outline, reach: float, length: float
) -> NDArray[np.uint8]:
    """The print of the strip, cut along the same ragged outline."""
    size = (240, 360)
    dense = cv2.resize(uv.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    height, width = sheet.texture.shape[:2]
    texture: NDArray[np.uint8] = cv2.remap(  # type: ignore[assignment]
        sheet.texture,
        dense[..., 0] * width,
        dense[..., 1] * height,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    scale = np.array([size[0] / (2 * reach), size[1] / (length * 1.08)])
    inside = filled((size[1], size[0]), (outline_mm + np.array((reach, 0.0))) * scale)
    cut = texture.copy()
    cut[..., 3] = inside
    return cut
