"""Holes and tears: the print is cut out, its rim shows fibres, the flap curls up and shows its liner."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synthetic.shapes import Colour, Item, Sheet

LINER = (222, 210, 190)
Outline = NDArray[np.float64]


def punctured(item: Item, major: bool, rng: np.random.Generator) -> Item:
    """A ragged hole, its rim bent inwards, the dark inside seen through it."""
    sheet, u, v = _target(item, rng)
    width, height = sheet.size_mm()
    radius = min(11.0 if major else 5.0, 0.3 * min(width, height))
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ragged = 1 + 0.10 * np.sin(angle * 2 + rng.uniform(0, 6)) + 0.10 * np.sin(angle * 5 + rng.uniform(0, 6))
    ragged += rng.normal(0, 0.07, 40)
    outline = np.stack([np.cos(angle) * 1.25, np.sin(angle)], axis=-1) * (radius * ragged)[:, None]
    cut = _cut(sheet, (u, v), outline, rim_mm=2.2)
    return _with(item, sheet, _bent_in(cut, (u * width, v * height), radius))


def torn(item: Item, major: bool, rng: np.random.Generator) -> Item:
    """A strip torn open: ragged gap, fibrous rim, and the strip curled back over its hinge."""
    sheet, u, v = _target(item, rng)
    width, height = sheet.size_mm()
    length = min(52.0 if major else 26.0, 0.62 * min(width, height))
    strip = length * 0.68
    along = np.linspace(0, 1, 22)
    half = strip / 2 * (1.0 - 0.30 * along**2)
    left, right = -half + rng.normal(0, 0.9, 22).cumsum() * 0.3, half + rng.normal(0, 0.9, 22).cumsum() * 0.3
    turn = _towards_viewer(sheet, u, v) + float(rng.uniform(-0.4, 0.4))
    local = np.vstack([np.stack([left, along * length], -1), np.stack([right, along * length], -1)[::-1]])
    local[21, 1] += length * 0.06
    start = np.array([0.0, -length * 0.5])
    outline = _spun(local + start, turn)
    cut = _cut(sheet, (u, v), outline, rim_mm=2.8, bare=sheet.under)
    flap = _flap(sheet, (u, v), local, start, turn, length, strip)
    changed = _with(item, sheet, cut)
    return replace(changed, sheets=(*changed.sheets, flap))


def _towards_viewer(sheet: Sheet, u: float, v: float) -> float:
    """How a strip must run so that its liner shows: forwards on top, upwards on a wall."""
    width, height = sheet.size_mm()
    turns = np.arange(4) * np.pi / 2
    steps = np.stack([-np.sin(turns) / width, np.cos(turns) / height], axis=-1)
    start = sheet.at(np.full(4, u), np.full(4, v))
    way = sheet.at(u + steps[:, 0], v + steps[:, 1]) - start
    rows, columns = sheet.points.shape[:2]
    upright = abs(sheet.normals()[int(v * (rows - 1)), int(u * (columns - 1)), 2]) < 0.5
    return float(turns[np.argmax(way[:, 2] if upright else -way[:, 1])])


def _target(item: Item, rng: np.random.Generator) -> tuple[Sheet, float, float]:
    name, u, v = item.targets[int(rng.integers(len(item.targets)))]
    sheet = next(sheet for sheet in item.sheets if sheet.name == name)
    return sheet, u + float(rng.uniform(-0.03, 0.03)), v + float(rng.uniform(-0.03, 0.03))


def _with(item: Item, old: Sheet, new: Sheet) -> Item:
    return replace(item, sheets=tuple(new if sheet is old else sheet for sheet in item.sheets))


def _cut(
    sheet: Sheet, centre: tuple[float, float], outline_mm: Outline, rim_mm: float, bare: Colour | None = None
) -> Sheet:
    """The texture without what lies in the outline, with a fibrous rim; `bare` fills it instead."""
    texture = sheet.texture.copy()
    scale = _px_per_mm(sheet)
    middle = np.array(centre) * texture.shape[1::-1]
    inside = _filled(texture.shape[:2], outline_mm * scale + middle)
    away = cv2.distanceTransform((inside == 0).astype(np.uint8), cv2.DIST_L2, 3)
    fine, coarse = (cv2.GaussianBlur(_noise(texture.shape[:2]), (0, 0), sigma) for sigma in (1.5, 9.0))
    fibres = fine * 2.5 + coarse * 18
    rim_px = rim_mm * float(scale.mean())
    rim = np.clip((rim_px * (1 + 0.5 * fibres) - away) / 3, 0, 1)[..., None]
    paper = np.array(LINER) * (1 + 0.04 * fibres[..., None])
    texture[..., :3] = np.clip(texture[..., :3] * (1 - rim) + paper * rim, 0, 255).astype(np.uint8)
    if bare is None:
        texture[inside > 0, 3] = 0
    else:
        texture[inside > 0, :3] = np.clip(np.array(bare) + 8 * fibres[inside > 0, None], 0, 255).astype(
            np.uint8
        )
    return replace(sheet, texture=texture, scar=away < rim_px * 1.5)


def _bent_in(sheet: Sheet, centre_mm: tuple[float, float], radius: float) -> Sheet:
    """The surface around a hole pushed in by what made it."""
    rows, columns = sheet.points.shape[:2]
    width, height = sheet.size_mm()
    x, y = np.meshgrid(np.linspace(0, width, columns), np.linspace(0, height, rows))
    away = np.hypot(x - centre_mm[0], y - centre_mm[1])
    push = np.clip(1 - away / (radius * 2.1), 0, 1) ** 1.5 * radius * 0.5
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


def _px_per_mm(sheet: Sheet) -> NDArray[np.float64]:
    return np.asarray(np.array(sheet.texture.shape[1::-1]) / np.array(sheet.size_mm()))


def _filled(shape: tuple[int, int], outline_px: Outline) -> NDArray[np.uint8]:
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(outline_px).astype(np.int32)], 255)
    return mask


def _spun(points: Outline, turn: float) -> Outline:
    cos, sin = np.cos(turn), np.sin(turn)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]))


def _noise(shape: tuple[int, int]) -> NDArray[np.float32]:
    return np.random.default_rng(shape[0]).normal(0, 1, shape).astype(np.float32)
