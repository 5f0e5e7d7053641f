"""The pictures on a package: fruit, berries, leaves, splashes, bowls and hills, shaded like illustrations."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from models.training.families import Colour, ink
from models.training.lettering import Canvas

Draw = Callable[[Canvas, float, float, float, Colour, np.random.Generator], None]


def picture(art: Canvas, x: float, y: float, radius: float, flavour: np.random.Generator) -> None:
    """A group of one to three illustrations around a point, in the flavour's own colours; radius in px."""
    kind = int(flavour.integers(len(KINDS)))
    colour = ink(flavour, (0.3, 0.65), (0.4, 1.0))
    count = int(flavour.choice((1, 1, 2, 3)))
    size = radius / (1 + 0.35 * (count - 1))
    for index in range(count):
        angle = 2 * np.pi * (index / count + flavour.random() * 0.2)
        reach = 0.0 if count == 1 else radius - size
        KINDS[kind](art, x + reach * np.cos(angle), y + reach * np.sin(angle), size, colour, flavour)


def ball(art: Canvas, x: float, y: float, radius: float, colour: Colour, squeeze: float = 1.0) -> None:
    """A shaded ellipsoid: darker towards its rim, a highlight at its upper left."""
    left, top = int(x - radius), int(y - radius)
    side = int(2 * radius) + 1
    window = art[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)]
    if window.size == 0 or radius < 2:
        return
    rows = (np.arange(window.shape[0], dtype=np.float32)[:, None] + max(top, 0) - y) / radius
    columns = (np.arange(window.shape[1], dtype=np.float32)[None] + max(left, 0) - x) / (radius * squeeze)
    reach = rows**2 + columns**2
    light = 1.15 - 0.55 * np.minimum(reach, 1.0)
    shine = 150 * np.exp(-((rows + 0.4) ** 2 + (columns + 0.35) ** 2) / 0.05)
    shaded = np.array(colour, np.float32) * light[..., None] + shine[..., None]
    weight = np.clip((1 - reach) * radius / 2, 0, 1)[..., None]
    window[:] = np.clip(window * (1 - weight) + shaded * weight, 0, 255).astype(np.uint8)


def fill(art: Canvas, outline_px: NDArray[np.float64], colour: Colour) -> None:
    """A smooth polygon, (N, 2)."""
    cv2.fillPoly(art, [np.round(outline_px * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)


def _fruit(art: Canvas, x: float, y: float, r: float, colour: Colour, rng: np.random.Generator) -> None:
    ball(art, x, y, r, colour, float(rng.uniform(0.75, 1.0)))
    if rng.random() < 0.6:
        _leaf(art, x + r * 0.25, y - r * 0.85, r * 0.5, ink(rng, (0.2, 0.4), (0.4, 0.9)), rng)


def _slice(art: Canvas, x: float, y: float, r: float, colour: Colour, rng: np.random.Generator) -> None:
    light = tuple(min(255, round(c + (255 - c) * 0.7)) for c in colour)
    ball(art, x, y, r, colour)
    cv2.circle(art, (int(x), int(y)), int(r * 0.86), light, -1, cv2.LINE_AA)
    for angle in np.arange(0, 2 * np.pi, 2 * np.pi / int(rng.integers(6, 11))):
        spread = np.array([angle + 0.07, angle + 0.48])
        tips = np.stack([np.cos(spread), np.sin(spread)], axis=1) * r * 0.78
        fill(art, np.vstack([[[0.0, 0.0]], tips]) + np.array((x, y)), colour)


def _berries(art: Canvas, x: float, y: float, r: float, colour: Colour, rng: np.random.Generator) -> None:
    small = r * float(rng.uniform(0.25, 0.4))
    for _ in range(int(rng.integers(5, 10))):
        angle, reach = rng.uniform(0, 2 * np.pi), (r - small) * np.sqrt(rng.random())
        ball(art, x + reach * np.cos(angle), y + reach * np.sin(angle), small, colour)


def _leaf(art: Canvas, x: float, y: float, r: float, colour: Colour, rng: np.random.Generator) -> None:
    t = np.linspace(-1, 1, 20)
    half = np.cos(t * np.pi / 2) * rng.uniform(0.25, 0.5)
    outline = np.vstack([np.stack([t, half], 1), np.stack([t[::-1], -half[::-1]], 1)]) * r
    angle = rng.uniform(-1.2, 0.4)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    fill(art, outline @ turn + (x, y), colour)
    tip = np.array([[-r, 0], [r, 0]]) @ turn + (x, y)
    dark = tuple(round(c * 0.6) for c in colour)
    (x0, y0), (x1, y1) = tip.astype(int).tolist()
    cv2.line(art, (x0, y0), (x1, y1), dark, 1, cv2.LINE_AA)


def _splash(art: Canvas, x: float, y: float, r: float, colour: Colour, rng: np.random.Generator) -> None:
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    waves = sum(rng.uniform(0.05, 0.2) * np.sin(k * angles + rng.uniform(0, 6)) for k in (2, 3, 5, 7))
    for scale, lift in ((1.0, 0.0), (0.75, 0.45)):
        pale = tuple(round(c + (255 - c) * lift) for c in colour)
        reach = (0.7 + waves) * r * scale
        fill(art, np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], 1), pale)  # type: ignore[arg-type]
    for _ in range(4):
        angle = rng.uniform(0, 2 * np.pi)
        ball(art, x + r * np.cos(angle), y + r * np.sin(angle), r * 0.1, colour)


def _bowl(art: Canvas, x: float, y: float, r: float, colour: Colour, rng: np.random.Generator) -> None:
    food = ink(rng, (0.35, 0.75), (0.2, 0.8))
    for _ in range(14):
        dx, dy = rng.uniform(-0.7, 0.7), rng.uniform(-0.45, 0.0)
        ball(art, x + dx * r, y + dy * r, r * 0.2, food)
    t = np.linspace(0, np.pi, 30)
    fill(art, np.stack([x + r * np.cos(t), y + r * 0.75 * np.sin(t)], 1), colour)


def _hills(art: Canvas, x: float, y: float, r: float, colour: Colour, rng: np.random.Generator) -> None:
    t = np.linspace(-1, 1, 30)
    for lift, share in ((-0.3, 0.35), (0.1, 0.15), (0.45, 0.0)):
        shade = tuple(round(c + (255 - c) * share) for c in colour)
        ridge = lift + 0.18 * np.sin(t * rng.uniform(2, 5) + rng.uniform(0, 6))
        edge = np.stack([x + t * r * 1.3, y + ridge * r], 1)
        foot = np.array([[x + 1.3 * r, y + r], [x - 1.3 * r, y + r]])
        fill(art, np.vstack([edge, foot]), shade)  # type: ignore[arg-type]


def _grains(art: Canvas, x: float, y: float, r: float, colour: Colour, rng: np.random.Generator) -> None:
    long, thin, tilt = rng.uniform(0.12, 0.3), rng.uniform(0.05, 0.12), rng.uniform(0, 180)
    for _ in range(int(rng.integers(25, 50))):
        angle, reach = rng.uniform(0, 2 * np.pi), r * np.sqrt(rng.random())
        centre = (int(x + reach * np.cos(angle)), int(y + reach * np.sin(angle)))
        axes = (max(1, int(long * r)), max(1, int(thin * r)))
        shade = tuple(int(np.clip(c * rng.uniform(0.75, 1.2), 0, 255)) for c in colour)
        cv2.ellipse(art, centre, axes, tilt + rng.uniform(-40, 40), 0, 360, shade, -1, cv2.LINE_AA)


def _star(art: Canvas, x: float, y: float, r: float, colour: Colour, rng: np.random.Generator) -> None:
    points = int(rng.integers(4, 14))
    angles = np.arange(points * 2) * np.pi / points + rng.uniform(0, 1)
    reach = np.where(np.arange(points * 2) % 2 == 0, 1.0, rng.uniform(0.4, 0.8)) * r
    fill(art, np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], 1), colour)
    ball(art, x, y, r * 0.4, ink(rng, (0.4, 0.8), (0.3, 1.0)))


KINDS: tuple[Draw, ...] = (_fruit, _fruit, _slice, _berries, _leaf, _splash, _bowl, _hills, _grains, _star)
