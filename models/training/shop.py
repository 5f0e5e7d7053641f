"""The two pictures of a product: the iconic one on white, and the photo of it among others in a shop."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from models.training.camera import shot
from models.training.families import Identity, ink
from models.training.lettering import Canvas
from models.training.packs import Cutout, Pose, pack

ICONIC_PX = (150, 340)
PHOTO_PX = 336
FloatArray = NDArray[np.float32]


def iconic(identity: Identity, rng: np.random.Generator) -> Canvas:
    """A catalogue picture: the package on white, square or tight, sometimes seen at an angle."""
    yaw = float(rng.choice((0.0, 0.0, 0.0, 0.45, -0.45))) * rng.uniform(0.4, 1.2)
    cutout = pack(identity, Pose(yaw, float(rng.uniform(-0.6, 0.6))))
    height, width = cutout.shape[:2]
    margin = 1 + rng.uniform(0.02, 0.25)
    side = max(height, width) * margin
    wide, high = (side, side) if rng.random() < 0.75 else (width * margin, height * margin)
    ground = np.full((round(high), round(wide), 3), int(rng.choice((255, 255, 255, 246, 238))), np.uint8)
    matrix = np.array([[1, 0, (wide - width) / 2], [0, 1, (high - height) / 2]], np.float32)
    _lay(ground, cutout, np.vstack([matrix, [0, 0, 1]]))
    scale = rng.integers(*ICONIC_PX) / max(high, wide)
    small = cv2.resize(ground, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return _compressed(np.asarray(small, np.uint8), int(rng.integers(60, 96)))


def photo(identity: Identity, others: Sequence[Identity], rng: np.random.Generator) -> Canvas:
    """A photo of one package: before a shelf of others, in a hand or before something blurred."""
    high = PHOTO_PX
    wide = round(high * float(rng.choice((1.0, 1.0, 0.75, 1.33))))
    scene = _backdrop(wide, high, rng)
    cutout = pack(identity, Pose(_yaw(rng), float(rng.uniform(-0.9, 0.9))))
    share = float(np.clip(rng.normal(0.85, 0.2), 0.42, 1.35))
    scale = share * min(high / cutout.shape[0], wide / cutout.shape[1] * 1.15)
    x, y = wide * rng.normal(0.5, 0.07), high * rng.normal(0.5, 0.06)
    style = rng.random()
    if style < 0.6:
        _shelf(scene, (identity, cutout), others, (x, y, scale), rng)
    _lay(scene, cutout, _placed(cutout, x, y, scale, rng))
    if style > 0.8:
        _hand(scene, x, y, cutout.shape[0] * scale, rng)
    elif rng.random() < 0.25:
        _in_front(scene, others[int(rng.integers(len(others)))], rng)
    return shot(scene, rng)


def _yaw(rng: np.random.Generator) -> float:
    return float(np.clip(rng.normal(0, 0.28), -0.75, 0.75))


def _placed(cutout: Cutout, x: float, y: float, scale: float, rng: np.random.Generator) -> FloatArray:
    """The homography of a package whose middle comes to x, y: turned, tilted, seen from near."""
    height, width = cutout.shape[:2]
    angle = (
        rng.normal(0, 0.09) if rng.random() < 0.88 else rng.choice((1, 2, 3)) * np.pi / 2 + rng.normal(0, 0.2)
    )
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    lean = np.eye(3)
    lean[2, :2] = rng.normal(0, 0.16, 2) / (width, height)
    lean[0, 0], lean[1, 1] = rng.uniform(0.88, 1.0), rng.uniform(0.88, 1.0)
    turn = np.array([[cos, -sin, x], [sin, cos, y], [0, 0, 1]])
    return np.asarray(turn @ lean @ centre, np.float32)


def _lay(scene: Canvas, cutout: Cutout, matrix: FloatArray) -> None:
    """Blend a cut-out into the scene, smoothly also where it becomes smaller."""
    shrink = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    if shrink < 0.6:
        size = (max(2, round(cutout.shape[1] * shrink)), max(2, round(cutout.shape[0] * shrink)))
        ratio = np.diag([cutout.shape[1] / size[0], cutout.shape[0] / size[1], 1.0])
        cutout = np.asarray(cv2.resize(cutout, size, interpolation=cv2.INTER_AREA), np.uint8)
        matrix = np.asarray(matrix @ ratio, np.float32)
    window = _window(scene, cutout, matrix)
    part = scene[window]
    if part.size == 0:
        return
    shift = np.array([[1, 0, -window[1].start], [0, 1, -window[0].start], [0, 0, 1]], np.float32)
    laid = cv2.warpPerspective(cutout, shift @ matrix, (part.shape[1], part.shape[0]), flags=cv2.INTER_LINEAR)
    alpha = cv2.merge([laid[..., 3]] * 3)
    over = cv2.multiply(laid[..., :3], alpha, scale=1 / 255)
    part[:] = cv2.add(over, cv2.multiply(part, cv2.bitwise_not(alpha), scale=1 / 255))


def _window(scene: Canvas, cutout: Cutout, matrix: FloatArray) -> tuple[slice, slice]:
    """Rows and columns of the scene that a laid cut-out may touch."""
    height, width = cutout.shape[:2]
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float32)
    at = np.asarray(cv2.perspectiveTransform(corners, matrix))[0]
    low = np.clip(np.floor(at.min(axis=0)) - 1, 0, scene.shape[1::-1]).astype(int)
    high = np.clip(np.ceil(at.max(axis=0)) + 2, 0, scene.shape[1::-1]).astype(int)
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _shelf(
    scene: Canvas,
    own: tuple[Identity, Cutout],
    others: Sequence[Identity],
    place: tuple[float, float, float],
    rng: np.random.Generator,
) -> None:
    """A row of neighbours to both sides, some of them the same product, and the rail below."""
    x, y, scale = place
    bottom = y + own[1].shape[0] * scale / 2
    mates = [own[1] if rng.random() < 0.3 else _other(others, rng) for _ in range(4)]
    for side in (-1, 1):
        at = x + side * own[1].shape[1] * scale * 0.52
        for mate in mates[::side][:2]:
            size = scale * rng.uniform(0.85, 1.1)
            at += side * mate.shape[1] * size / 2
            _lay(scene, mate, _placed(mate, at, bottom - mate.shape[0] * size / 2, size, rng))
            at += side * mate.shape[1] * size * 0.52
    if rng.random() < 0.6 and bottom < len(scene) - 4:
        rail = slice(int(bottom), min(len(scene), int(bottom + rng.uniform(15, 45))))
        scene[rail] = ink(rng, (0.3, 0.95), (0.0, 0.3))
        tag = int(rng.uniform(0, scene.shape[1] * 0.8))
        cv2.rectangle(scene, (tag, rail.start + 3), (tag + 60, rail.stop - 3), (250, 250, 240), -1)
        cv2.putText(scene, f"{rng.uniform(0.5, 9):.2f}", (tag + 8, rail.stop - 8), 0, 0.5, (20, 20, 20), 1)


def _other(others: Sequence[Identity], rng: np.random.Generator) -> Cutout:
    return _standing(others[int(rng.integers(len(others)))])


@lru_cache(maxsize=128)
def _standing(identity: Identity) -> Cutout:
    """A neighbour, straight on, kept: it stands beside many products."""
    return pack(identity, Pose(0.0, 0.2))


def _in_front(scene: Canvas, other: Identity, rng: np.random.Generator) -> None:
    """Another package that hides a corner."""
    cutout = _standing(other)
    height, width = scene.shape[:2]
    x, y = width * float(rng.choice((-0.05, 1.05))), height * rng.uniform(0.5, 1.1)
    _lay(scene, cutout, _placed(cutout, x, y, rng.uniform(0.4, 0.8), rng))


def _hand(scene: Canvas, x: float, y: float, height: float, rng: np.random.Generator) -> None:
    """Four fingers from one side, over the lower half."""
    skin = np.array((224, 172, 140)) * rng.uniform(0.35, 1.1)
    side = float(rng.choice((-1, 1)))
    thick = rng.uniform(0.035, 0.06) * len(scene)
    for finger in range(4):
        row = y + height * 0.15 + finger * thick * 2.1
        tip = x + side * rng.uniform(0.12, 0.25) * scene.shape[1]
        start = (int(x + side * scene.shape[1] * 0.8), int(row + rng.uniform(-1, 2) * thick))
        shade = tuple(float(value) for value in np.clip(skin * rng.uniform(0.9, 1.05), 0, 255))
        cv2.line(scene, start, (int(tip), int(row)), shade, int(2 * thick), cv2.LINE_AA)


def _backdrop(width: int, height: int, rng: np.random.Generator) -> Canvas:
    """Something out of focus: a shelf's dark back, a floor, a wall."""
    coarse = rng.uniform(0, 1, (int(rng.integers(2, 9)), int(rng.integers(2, 9)), 3)).astype(np.float32)
    grey = coarse.mean(axis=2, keepdims=True)
    level, spread = rng.uniform(20, 220), rng.uniform(10, 130)
    mixed = level + spread * ((grey + rng.uniform(0, 0.8) * (coarse - grey)) - 0.5)
    kind = int(rng.choice((cv2.INTER_CUBIC, cv2.INTER_LINEAR, cv2.INTER_NEAREST)))
    large = np.asarray(cv2.resize(mixed, (width, height), interpolation=kind))
    return np.asarray(np.clip(large, 0, 255), np.uint8)


def _compressed(rgb: Canvas, quality: int) -> Canvas:
    """Through JPEG and back."""
    data = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
