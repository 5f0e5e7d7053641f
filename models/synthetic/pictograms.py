"""Outlines of the emblems on labels, in units of their radius, with the ink of each part."""

from __future__ import annotations

import numpy as np


def _arc(start: float, stop: float, radius: float = 1.0) -> list[tuple[float, float]]:
    angles = np.linspace(start, stop, 24)
    return [(radius * float(np.cos(a)), radius * float(np.sin(a))) for a in angles]


def _star(points: int, inner: float) -> list[tuple[float, float]]:
    angles = np.arange(points * 2) * np.pi / points - np.pi / 2
    radii = np.where(np.arange(points * 2) % 2 == 0, 1.1, inner)
    return [(float(r * np.cos(a)), float(r * np.sin(a))) for r, a in zip(radii, angles, strict=True)]


_LEAF = [
    (x, float(s * 0.5 * np.cos(x * np.pi / 2))) for s in (1, -1) for x in np.linspace(-s, s, 16).tolist()
]
_DROP = [(0.0, -1.1), *[(0.72 * x, 0.3 + 0.72 * y) for x, y in _arc(-0.45, np.pi + 0.45)]]

EMBLEMS: tuple[tuple[tuple[list[tuple[float, float]], str], ...], ...] = (
    ((_LEAF, "light"), ([(-1.1, -0.04), (0.9, -0.04), (0.9, 0.04), (-1.1, 0.04)], "dark")),
    ((_star(12, 0.78), "light"), (_arc(0, 2 * np.pi, 0.6), "base")),
    ((_DROP, "light"), ([(0.35 * x - 0.15, 0.35 + 0.35 * y) for x, y in _arc(0, 2 * np.pi)], "base")),
    (([(-1.1, 0.7), (-0.3, -0.7), (0.4, 0.7)], "light"), ([(-0.2, 0.7), (0.5, -0.2), (1.1, 0.7)], "dark")),
    (
        ([(-0.8, -0.3), (0.8, -0.3), (0.5, 0.8), (-0.5, 0.8)], "light"),
        ([(-0.8, -0.3), (0.8, -0.3), (0.74, -0.1), (-0.74, -0.1)], "dark"),
    ),
    ((_star(5, 0.5), "light"),),
)
