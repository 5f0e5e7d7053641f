"""Puts a front on its package: cartons, bottles, cans, jars, cups and pouches, cut out and shaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from models.training.families import Colour, Identity, ink
from models.training.fronts import base_ink, front
from models.training.lettering import Canvas, letter, word_mask
from models.training.pictures import fill

Cutout = NDArray[np.uint8]
"""(h, w, 4) uint8 RGBA."""
FloatArray = NDArray[np.float32]
PACK_PX = 320


@dataclass(frozen=True, slots=True)
class Pose:
    """How a package is turned to the eye; radians.

    Attributes:
        yaw: about its upright axis.
        light: from where it is lit, -1 left to 1 right.
    """

    yaw: float = 0.0
    light: float = -0.3


def pack(identity: Identity, pose: Pose) -> Cutout:
    """One package, upright, about 320 px high, cut out of its background."""
    return _FORMS[identity.form](identity, pose)


def aspect(identity: Identity) -> float:
    """Width over height of the front, by its line."""
    low, high = _ASPECTS[identity.form]
    return float(np.random.default_rng([identity.line_seed, 20]).uniform(low, high))


def _art(identity: Identity) -> Canvas:
    """The flat front, which the caller may change."""
    return _printed(identity, max(40, round(PACK_PX * aspect(identity))), PACK_PX).copy()


@lru_cache(maxsize=128)
def _printed(identity: Identity, width: int, height: int) -> Canvas:
    """A front, kept: its product is photographed several times in a row."""
    return front(identity, width, height)


def _carton(identity: Identity, pose: Pose) -> Cutout:
    """The front, and as much of a side as the turn shows."""
    art = _shaded(_art(identity), 1.0 - 0.12 * abs(pose.yaw))
    height, width = art.shape[:2]
    depth = width * float(np.random.default_rng([identity.line_seed, 21]).uniform(0.2, 0.7))
    wide, side_wide = width * np.cos(pose.yaw), depth * abs(np.sin(pose.yaw))
    if side_wide < 3:
        return _opaque(art)
    drop = height * 0.05 * abs(np.sin(pose.yaw))
    out = np.zeros((height, int(wide + side_wide) + 1, 4), np.uint8)
    edge = wide if pose.yaw > 0 else side_wide
    near = [(edge, 0), (edge, height)]
    ends = [(0, drop), (0, height - drop)], [(wide + side_wide, drop), (wide + side_wide, height - drop)]
    left, right = (_art(identity), _side(identity, art, depth))[:: 1 if pose.yaw > 0 else -1]
    dark = (1.0, 0.75)[:: 1 if pose.yaw > 0 else -1]
    _paste(out, _shaded(left, dark[0]), [*ends[0], *near])
    _paste(out, _shaded(right, dark[1]), [*near, *ends[1]])
    return out


def _gable(identity: Identity, pose: Pose) -> Cutout:
    """A carton with a sloping top and a cap, as milk and juice come in."""
    body = _carton(identity, pose)
    height, width = body.shape[:2]
    roof = max(8, round(height * 0.16))
    out = np.zeros((height + roof, width, 4), np.uint8)
    out[roof:] = body
    colour = tuple(round(c * 0.9) for c in base_ink(identity))
    inset = width * 0.06
    corners = np.array([(inset, 2), (width - inset, 2), (width, roof + 2), (0, roof + 2)])
    _polygon(out, corners, colour)  # type: ignore[arg-type]
    out[: max(3, roof // 4), round(inset) : round(width - inset), :3] = tuple(round(c * 0.75) for c in colour)
    rng = np.random.default_rng([identity.line_seed, 22])
    if rng.random() < 0.7:
        centre, radius = (round(width * 0.5), round(roof * 0.55)), max(3, round(roof * 0.32))
        cv2.circle(out, centre, radius, (*ink(rng, (0.2, 0.9), (0.2, 1.0)), 255), -1, cv2.LINE_AA)
    return out


def _bottle(identity: Identity, pose: Pose) -> Cutout:
    """A turned body with a label, a neck and a cap."""
    rng = np.random.default_rng([identity.line_seed, 23])
    width = max(50, round(PACK_PX * rng.uniform(0.26, 0.5)))
    shoulder, neck = rng.uniform(0.2, 0.38), rng.uniform(0.25, 0.55)
    cap_high = rng.uniform(0.05, 0.12)
    share = np.linspace(0, 1, PACK_PX)
    ease = 0.5 - 0.5 * np.cos(np.pi * np.clip((share - cap_high * 1.4) / (shoulder - cap_high), 0, 1))
    half = np.where(share < cap_high, neck * 1.05, neck + (1 - neck) * ease) * width / 2
    flesh = base_ink(identity) if rng.random() < 0.4 else ink(rng, (0.2, 0.9), (0.05, 0.8))
    tint = np.random.default_rng([identity.flavour_seed, 24])
    if rng.random() < 0.4:  # the liquid shows
        flesh = ink(tint, (0.3, 0.8), (0.4, 1.0))
    body = np.full((PACK_PX, width, 3), flesh, np.uint8)
    cap = ink(tint if rng.random() < 0.5 else rng, (0.15, 0.95), (0.1, 1.0))
    body[: round(cap_high * PACK_PX)] = cap
    top = shoulder + rng.uniform(0, 0.08) if rng.random() < 0.75 else cap_high * 1.3
    low = rng.uniform(0.86, 1.0)
    rows = slice(round(top * PACK_PX), round(low * PACK_PX))
    body[rows] = _printed(identity, width, rows.stop - rows.start)
    return _turned(body, half, pose, gloss=0.5)


def _can(identity: Identity, pose: Pose) -> Cutout:
    art = _art(identity)
    lid = max(4, round(len(art) * 0.035))
    art[:lid] = art[-lid:] = (176, 178, 182)
    half = np.full(len(art), art.shape[1] / 2)
    half[: lid * 2] *= np.linspace(0.9, 1.0, lid * 2)
    return _turned(art, half, pose, gloss=0.8)


def _jar(identity: Identity, pose: Pose) -> Cutout:
    rng = np.random.default_rng([identity.line_seed, 25])
    art = _art(identity)
    height, width = art.shape[:2]
    body = np.full_like(art, ink(np.random.default_rng([identity.flavour_seed, 26]), (0.2, 0.7), (0.3, 1.0)))
    lid = round(height * rng.uniform(0.12, 0.2))
    body[:lid] = ink(rng, (0.15, 0.9), (0.1, 0.9))
    top, low = lid + round(height * 0.1), height - round(height * 0.08)
    body[top:low] = cv2.resize(art, (width, low - top), interpolation=cv2.INTER_AREA)
    half = np.full(height, width / 2)
    half[:lid] *= 0.93
    return _turned(body, half, pose, gloss=0.6)


def _cup(identity: Identity, pose: Pose) -> Cutout:
    """A tub or a yoghurt cup: wider at its lid."""
    art = _art(identity)
    rng = np.random.default_rng([identity.line_seed, 27])
    height, width = art.shape[:2]
    art[: max(4, height // 18)] = (232, 232, 234) if rng.random() < 0.5 else base_ink(identity)
    half = np.linspace(1.0, rng.uniform(0.72, 0.95), height) * width / 2
    return _turned(art, half, pose, gloss=0.3)


def _pouch(identity: Identity, pose: Pose) -> Cutout:
    """A bag: wavy edges, a seam, and creases in the light."""
    art = _art(identity)
    rng = np.random.default_rng([identity.flavour_seed, 28, round(abs(pose.light) * 1e6)])
    height, width = art.shape[:2]
    seam = max(4, height // 22)
    art[:seam] = (art[:seam] * 0.8).astype(np.uint8)
    rough = rng.normal(0, 1, (int(rng.integers(5, 12)), int(rng.integers(3, 8)))).astype(np.float32)
    light = 1 + 0.1 * np.asarray(cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC))
    rim = np.sin(np.linspace(0.12, np.pi - 0.12, width)) ** 0.35
    lit = np.clip(art * (light * rim)[..., None], 0, 255).astype(np.uint8)
    waves = 1 - 0.03 * np.abs(np.asarray(cv2.resize(rough[:, :1], (1, height)))[:, 0])
    return _cut(lit, np.asarray(waves * width / 2, np.float64))


def _turned(body: Canvas, half: NDArray[np.float64], pose: Pose, gloss: float) -> Cutout:
    """A body of revolution, turned about its axis: the print slides round it, and light falls off."""
    height, width = body.shape[:2]
    place = (np.arange(width, dtype=np.float32) + 0.5) / width * 2 - 1
    angle = np.arcsin(np.clip(place, -1, 1)) + pose.yaw
    column = (np.sin(np.clip(angle, -1.571, 1.571)) + 1) / 2 * width - 0.5
    beyond = np.abs(angle) > 1.571
    column[beyond] = np.abs(width * 0.1 * (np.abs(angle[beyond]) - 1.571))
    bend = (np.sqrt(np.clip(1 - place**2, 0, 1)) - 1) * height * 0.02
    row = np.arange(height, dtype=np.float32)[:, None] - bend[None].astype(np.float32)
    columns = np.broadcast_to(column[None].astype(np.float32), (height, width))
    seen = cv2.remap(
        body, np.ascontiguousarray(columns), row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    normal = np.sqrt(np.clip(1 - (place - pose.light * 0.5) ** 2, 0.05, 1))
    shine = gloss * 90 * np.exp(-((place - pose.light) ** 2) / 0.008)
    lit = np.asarray(seen, np.float32) * (0.45 + 0.55 * normal)[None, :, None] + shine[None, :, None]
    return _cut(np.clip(lit, 0, 255).astype(np.uint8), half)


def _cut(art: Canvas, half: NDArray[np.float64]) -> Cutout:
    """Squeeze each row to its half width and cut it out."""
    height, width = art.shape[:2]
    place = np.arange(width, dtype=np.float32)[None] - width / 2 + 0.5
    column = place * (width / 2 / np.maximum(half, 1))[:, None] + width / 2 - 0.5
    rows = np.broadcast_to(np.arange(height, dtype=np.float32)[:, None], (height, width))
    squeezed = cv2.remap(art, column.astype(np.float32), np.ascontiguousarray(rows), cv2.INTER_LINEAR)
    alpha = np.clip((half[:, None] - np.abs(place)) * 255, 0, 255).astype(np.uint8)
    return np.dstack([np.asarray(squeezed, np.uint8), alpha])


def _side(identity: Identity, art: Canvas, depth: float) -> Canvas:
    rng = np.random.default_rng([identity.line_seed, 29])
    side = np.full((len(art), max(12, round(depth)), 3), base_ink(identity), np.uint8)
    height, width = side.shape[:2]
    white = (244, 244, 240)
    cv2.rectangle(side, (width // 8, height // 3), (width * 7 // 8, height * 4 // 5), white, -1)
    letter(side, word_mask(identity.brand, 0), (width * 0.1, height * 0.06, width * 0.8, height * 0.2), white)
    for index in range(int(rng.integers(4, 12))):
        y = height // 3 + 8 + index * 10
        cv2.line(side, (width // 6, y), (int(width * rng.uniform(0.5, 0.85)), y), (90, 90, 90), 1)
    return side


def _paste(out: Cutout, art: Canvas, corners: list[tuple[float, float]]) -> None:
    """Lay a picture into a quadrangle: upper left, lower left, upper right, lower right."""
    height, width = art.shape[:2]
    source = np.array([(0, 0), (0, height), (width, 0), (width, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, np.array(corners, np.float32))
    warped = cv2.warpPerspective(_opaque(art), matrix, (out.shape[1], out.shape[0]), flags=cv2.INTER_LINEAR)
    np.copyto(out, warped, where=warped[..., 3:] > out[..., 3:])


def _polygon(out: Cutout, corners: NDArray[np.float64], colour: Colour) -> None:
    colours, alpha = np.ascontiguousarray(out[..., :3]), np.ascontiguousarray(out[..., 3:].repeat(3, axis=2))
    fill(colours, corners, colour)
    fill(alpha, corners, (255, 255, 255))
    out[..., :3], out[..., 3] = colours, alpha[..., 0]


def _shaded(art: Canvas, level: float) -> Canvas:
    return art if level == 1.0 else np.asarray(art * np.float32(level), np.uint8)


def _opaque(art: Canvas) -> Cutout:
    return np.dstack([art, np.full(art.shape[:2], 255, np.uint8)])


_ASPECTS = {
    "carton": (0.45, 1.6), "gable": (0.38, 0.6), "bottle": (0.3, 0.5), "can": (0.5, 0.95), "jar": (0.6, 1.0),
    "cup": (0.75, 1.7), "pouch": (0.6, 1.2),
}  # fmt: skip

_FORMS: dict[str, Callable[[Identity, Pose], Cutout]] = {
    "carton": _carton, "gable": _gable, "bottle": _bottle, "can": _can, "jar": _jar, "cup": _cup,
    "pouch": _pouch,
}  # fmt: skip
