"""Photographs made-up cartons: catalogue pictures on white, and hand-held pictures before a full shelf."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from models.fitting.ranges import Article
from models.synthetic.label_art import Canvas

PHOTO_PX = 348
CATALOGUE_PX = 198
"""What shops' pages show small."""
DISTANCE = 3.2
"""Of the camera, in heights of the carton."""
SHADES = {"front": 1.0, "side": 0.8, "left": 0.8, "top": 1.05}
Points = NDArray[np.float64]
Pose = tuple[float, float, float]
"""Yaw, pitch and roll in degrees."""


def on_white(article: Article, rng: np.random.Generator) -> Canvas:
    """The picture that a catalogue has of it: nearly frontal, (198, 198, 3) uint8."""
    picture = np.full((CATALOGUE_PX * 2, CATALOGUE_PX * 2, 3), 255, np.uint8)
    pose = (float(rng.uniform(-28, 8)), float(rng.uniform(-4, 12)), float(rng.uniform(-2, 2)))
    _draw(picture, article, pose, float(rng.uniform(0.86, 0.97)), (0.5, 0.5))
    size = (CATALOGUE_PX, CATALOGUE_PX)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def in_hand(article: Article, others: Sequence[Article], rng: np.random.Generator) -> Canvas:
    """A hand-held picture of it before a shelf of others, (348, 348, 3) uint8."""
    picture = _shelf(others, rng)
    roll = float(rng.normal(0, 17)) if rng.random() < 0.9 else float(rng.uniform(-180, 180))
    pose = (float(rng.uniform(-48, 35)), float(rng.uniform(-5, 38)), roll)
    centre = (float(rng.uniform(0.38, 0.62)), float(rng.uniform(0.42, 0.6)))
    _draw(picture, article, pose, float(rng.uniform(0.55, 0.95)), centre)
    _hand(picture, rng)
    return _exposed(picture, rng)


def _draw(picture: Canvas, article: Article, pose: Pose, extent: float, centre: tuple[float, float]) -> None:
    """Draw the faces that are seen, in perspective; `extent` is the longer side of all over the picture's."""
    height, width = article.front.shape[:2]
    faces = _faces(width, height, article.side.shape[1], pose)
    everything = np.vstack([points for points, _ in faces])
    span = np.ptp(everything, axis=0).max()
    middle = (everything.max(axis=0) + everything.min(axis=0)) / 2
    lid = np.full((8, 8, 3), article.side[2, 2], np.uint8)
    arts = {"front": article.front, "side": article.side, "left": article.side, "top": lid}
    size = picture.shape[0]
    for points, name in faces:
        placed = (points - middle) * (extent * size / span) + np.array(centre) * size
        _paste(picture, arts[name], placed, SHADES[name])


def _faces(width: float, height: float, depth: float, pose: Pose) -> list[tuple[Points, str]]:
    """The projected corners of each face that looks at the camera, from its upper left, clockwise."""
    x, y, z = width / 2, height / 2, depth / 2
    solid = {
        "front": [(-x, -y, -z), (x, -y, -z), (x, y, -z), (-x, y, -z)],
        "side": [(x, -y, -z), (x, -y, z), (x, y, z), (x, y, -z)],
        "left": [(-x, -y, z), (-x, -y, -z), (-x, y, -z), (-x, y, z)],
        "top": [(-x, -y, z), (x, -y, z), (x, -y, -z), (-x, -y, -z)],
    }
    rotation = _rotation(pose)
    seen = []
    for name, corners in solid.items():
        at = np.array(corners) @ rotation.T + np.array([0, 0, DISTANCE * height])
        points = at[:, :2] / at[:, 2:]
        if cv2.contourArea(points.astype(np.float32), oriented=True) > 0:
            seen.append((points, name))
    return seen


def _rotation(pose: Pose) -> Points:
    yaw, pitch, roll = np.deg2rad(pose)
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y, np.float64)


def _paste(picture: Canvas, art: Canvas, corners: Points, light: float) -> None:
    height, width = art.shape[:2]
    quad = corners.astype(np.float32)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    shrink = float(np.sqrt(width * height / max(1.0, cv2.contourArea(quad))))
    smooth = cv2.GaussianBlur(art, (0, 0), 0.4 * shrink) if shrink > 1.2 else art
    lit = np.clip(smooth * light, 0, 255).astype(np.uint8)
    warp = cv2.getPerspectiveTransform(source, quad)
    drawn = cv2.warpPerspective(lit, warp, (picture.shape[1], picture.shape[0]))
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 255)
    picture[mask > 0] = drawn[mask > 0]


def _shelf(others: Sequence[Article], rng: np.random.Generator) -> Canvas:
    """Rows of other articles, smaller and out of focus."""
    picture = np.full((PHOTO_PX, PHOTO_PX, 3), int(rng.integers(40, 215)), np.uint8)
    row_px = PHOTO_PX // int(rng.integers(2, 5))
    for top in range(0, PHOTO_PX, row_px):
        left = -int(rng.integers(0, 40))
        while left < PHOTO_PX:
            one = others[int(rng.integers(len(others)))]
            height = round(row_px * 0.84)
            width = max(8, round(height * one.front.shape[1] / one.front.shape[0]))
            small = np.asarray(cv2.resize(one.front, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
            for _ in range(int(rng.integers(1, 4))):
                _put(picture, small, left, top + round(row_px * 0.08))
                left += width + int(rng.integers(1, 8))
    blurred = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.5, 2.5)))
    return np.ascontiguousarray(blurred * float(rng.uniform(0.4, 1.0)), dtype=np.uint8)


def _put(picture: Canvas, small: Canvas, left: int, top: int) -> None:
    x0, x1 = max(0, left), min(picture.shape[1], left + small.shape[1])
    bottom = min(picture.shape[0], top + small.shape[0])
    if x0 < x1 and top < bottom:
        picture[top:bottom, x0:x1] = small[: bottom - top, x0 - left : x1 - left]


def _hand(picture: Canvas, rng: np.random.Generator) -> None:
    """An arm, and a thumb over a part of the item."""
    skin = (np.array([205, 150, 125]) * rng.uniform(0.5, 1.1)).tolist()
    size = picture.shape[0]
    at = np.array([rng.uniform(0.2, 0.4), rng.uniform(0.45, 0.8)]) * size
    start = np.array([rng.uniform(-0.1, 0.25), rng.uniform(0.7, 1.1)]) * size
    thumb, elbow = np.round(at).astype(int).tolist(), np.round(start).astype(int).tolist()
    cv2.line(picture, elbow, thumb, skin, round(size * 0.11), cv2.LINE_AA)
    axes = (round(size * float(rng.uniform(0.07, 0.13))), round(size * float(rng.uniform(0.035, 0.06))))
    cv2.ellipse(picture, thumb, axes, float(rng.uniform(-50, 20)), 0, 360, skin, -1, cv2.LINE_AA)


def _exposed(picture: Canvas, rng: np.random.Generator) -> Canvas:
    """What light, lens, sensor and file format do to it."""
    slope = np.linspace(rng.uniform(0.7, 1.0), rng.uniform(0.8, 1.2), picture.shape[1])[None, :, None]
    lit = np.clip(picture / 255.0 * slope * rng.uniform(0.82, 1.12, 3), 0, 1) ** float(rng.uniform(0.7, 1.35))
    blurred = cv2.GaussianBlur(255.0 * lit, (0, 0), float(rng.uniform(0.3, 1.5)))
    noisy = np.clip(blurred + rng.normal(0, rng.uniform(1, 6), blurred.shape), 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 92))]
    packed = cv2.imencode(".jpg", noisy[..., ::-1], quality)[1]
    return np.ascontiguousarray(np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR))[..., ::-1], np.uint8)
