"""Holes and tears: the print is cut out, its rim shows fibres, the flap curls up and shows its liner."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synthetic.damage_spots import FACING, VIEWS, Spot, frame, radius_mm, share_per_mm2, spot
from models.synthetic.shapes import Colour, Item, Sheet

LINER = (222, 210, 190)
Outline = NDArray[np.float64]


def punctured(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A ragged hole, its rim bent inwards, the dark inside seen through it."""
    place, reach = _place(item, share * 0.9, rng)
    radius = max(reach * 0.70, 1.6)
    rim = radius * 0.22
    outline = _round(radius, rng) * (1.15, 0.87)
    cut = _cut(place.sheet, (place.u, place.v), outline, rim, seed=_seed(rng))
    return _with(item, place.sheet, _bent_in(cut, place, radius))


def pierced_twice(item: Item, share: float, rng: np.random.Generator) -> Item:
    """Two or three ragged holes side by side, as a fork leaves them."""
    place, reach = _place(item, share * 0.9, rng, widen=1.7)
    count = int(rng.integers(2, 4))
    radius = max(reach * 0.70 / float(np.sqrt(count)), 1.4)
    width, height = place.sheet.size_mm()
    turn = float(rng.uniform(0, np.pi))
    sheet = place.sheet
    for index in range(count):
        along = (index - (count - 1) / 2) * radius * float(rng.uniform(2.9, 3.6))
        u, v = place.u + np.cos(turn) * along / width, place.v + np.sin(turn) * along / height
        outline = _round(radius, rng)
        sheet = _cut(sheet, (float(u), float(v)), outline, radius * 0.25, seed=_seed(rng))
    return _with(item, place.sheet, _bent_in(sheet, place, radius))


def cut_out(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A piece cut out with a blade: straight, clean edges and the dark inside."""
    place, reach = _place(item, share, rng)
    corners = int(rng.integers(3, 6))
    angle = np.sort((np.arange(corners) + rng.uniform(-0.28, 0.28, corners)) * 2 * np.pi / corners)
    outline = np.stack([np.cos(angle) * 1.25, np.sin(angle) * 0.95], axis=-1) * reach * 1.1
    outline = _spun(outline, float(rng.uniform(0, np.pi)))
    cut = _cut(place.sheet, (place.u, place.v), outline, min(0.8, reach * 0.1), seed=_seed(rng), ragged=0.2)
    return _with(item, place.sheet, _bent_in(cut, place, reach * 0.6))


def strip_flap(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A strip torn open: ragged gap, fibrous rim, and the strip curled back over its hinge."""
    place, reach = _place(item, share, rng)
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
    outline = _spun(local + start, turn)
    cut = _cut(sheet, (u, v), outline, rim_mm=length * 0.07, bare=sheet.under, seed=_seed(rng))
    flap = _flap(sheet, (u, v), local, start, turn, length, strip)
    changed = _with(item, sheet, cut)
    return replace(changed, sheets=(*changed.sheets, flap))


def split_seam(item: Item, share: float, rng: np.random.Generator) -> Item:
    """A long ragged split that gapes, its lips turned outwards."""
    place, reach = _place(item, share, rng)
    width, height = place.sheet.size_mm()
    long = min(reach * 3.4, 0.75 * max(width, height))
    half = max(reach**2 * 2.2 / long * 0.55, 0.9)
    along = np.linspace(-0.5, 0.5, 26)
    gape = half * np.clip(1 - (2 * along) ** 2, 0, 1) ** 0.7
    bend = rng.normal(0, long * 0.009, 26).cumsum()
    upper, lower = bend + gape + rng.normal(0, half * 0.16, 26), bend - gape + rng.normal(0, half * 0.16, 26)
    outline = np.vstack([np.stack([along * long, upper], -1), np.stack([along * long, lower], -1)[::-1]])
    turn = (0.0 if width > height else np.pi / 2) + float(rng.uniform(-0.35, 0.35))
    spun = _spun(outline - outline.mean(axis=0), turn)
    cut = _cut(place.sheet, (place.u, place.v), spun, rim_mm=half * 0.45, seed=_seed(rng))
    return _with(item, place.sheet, _lipped(cut, place, long, half, turn))


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
    weight = np.where(seen > FACING, seen, 0.01 * np.maximum(seen, 0) + 1e-6) * (high > 0.3 * high.max())
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
    cut = _cut(sheet, (u, v), outline, rim, bare=sheet.under, seed=_seed(rng))
    return _with(item, sheet, cut)


def _place(item: Item, share: float, rng: np.random.Generator, widen: float = 1.0) -> tuple[Spot, float]:
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


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


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


def _with(item: Item, old: Sheet, new: Sheet) -> Item:
    return replace(item, sheets=tuple(new if sheet is old else sheet for sheet in item.sheets))


def _cut(
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
    middle = np.array(centre) * texture.shape[1::-1]
    inside = _filled(texture.shape[:2], outline_mm * scale + middle)
    away = cv2.distanceTransform((inside == 0).astype(np.uint8), cv2.DIST_L2, 3)
    px_per_mm = float(scale.mean())
    fibres = ragged * _fibres(texture.shape[:2], px_per_mm, seed)
    rim_px = rim_mm * px_per_mm
    rim = np.clip((rim_px * (1 + 0.5 * fibres) - away) / max(1.0, px_per_mm / 2), 0, 1)[..., None]
    paper = np.array(LINER) * (1 + 0.04 * fibres[..., None])
    texture[..., :3] = np.clip(texture[..., :3] * (1 - rim) + paper * rim, 0, 255).astype(np.uint8)
    if bare is None:
        texture[inside > 0, 3] = 0
    else:
        filling = np.array(bare) + 8 * fibres[inside > 0, None]
        texture[inside > 0, :3] = np.clip(filling, 0, 255).astype(np.uint8)
    scar = away < rim_px * 1.5
    if sheet.scar is not None:
        scar |= cv2.resize(sheet.scar.astype(np.uint8), scar.shape[::-1]) > 0
    return replace(sheet, texture=texture, scar=scar)


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
    flat = _spun(np.stack([across, along], axis=-1).reshape(-1, 2) + start_mm, turn)
    width, height = sheet.size_mm()
    uv = flat / (width, height) + centre
    hinge = _spun(np.stack([across, np.zeros_like(along)], axis=-1).reshape(-1, 2) + start_mm, turn)
    base_uv = hinge / (width, height) + centre
    step = _spun(np.array([[0.0, 1.0]]), turn)[0] / (width, height)
    base = sheet.at(base_uv[:, 0], base_uv[:, 1])
    tangent = sheet.at(base_uv[:, 0] + step[0], base_uv[:, 1] + step[1]) - base
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
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
    inside = _filled((size[1], size[0]), (outline_mm + np.array((reach, 0.0))) * scale)
    cut = texture.copy()
    cut[..., 3] = inside
    return cut


def _filled(shape: tuple[int, int], outline_px: Outline) -> NDArray[np.uint8]:
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(outline_px).astype(np.int32)], 255)
    return mask


def _spun(points: Outline, turn: float) -> Outline:
    cos, sin = np.cos(turn), np.sin(turn)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]))
