"""Finds the plane that two pictures' points agree on, from hypotheses of a single pair of points each.

Philbin et al., Object Retrieval with Large Vocabularies and Fast Spatial Matching, 2007: a SIFT point has
a scale and a direction, so one pair gives a whole similarity; there are so few that all are tried. The best
grow into affine maps, for which pairs are sought again (guided matching; Hartley and Zisserman, Multiple
View Geometry, section 11.6), and into a perspective only where that is plausible: a band of a few points
fixes an affine map, while a perspective runs wild beyond them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Indices = NDArray[np.intp]
Plane = NDArray[np.float64]
"""(3, 3), from the reference's pixels to those of what is seen."""

RATIO = 0.85
"""Nearest over second nearest distance. Lowe (2004) gives 0.8; the plane's check stands behind it."""
HYPOTHESES = 3
"""How many are grown: a shelf shows the same brand many times."""
MIN_PAIRS = 4
LOOSE_PX, LOOSE_SHARE = 8.0, 0.15
"""A similarity of one pair is off by so much, and by a share of the distance from that pair."""
REACH_PX = 6.0
"""How far from the plane's prediction a point may lie: panels bend."""
MAX_TURN = float(np.deg2rad(30.0))
MAX_LOG_SCALE = 0.5
"""How unlike in direction and scale two pairs of one plane may be."""
ALIKE = 0.85
"""Cosine of two square-rooted descriptors from which a pair is taken where the plane foretells it."""
SPOT_PX = 3.0
"""Points nearer than this count once: SIFT finds one blob in several scales and directions."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """The points of one picture.

    Attributes:
        at: (N, 2) float32, x and y.
        size: (N,) float32, px.
        angle: (N,) float32, rad.
        descriptors: (N, 128) float32 of unit length.
    """

    at: FloatArray
    size: FloatArray
    angle: FloatArray
    descriptors: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A plane, and the pairs that lie on it."""

    plane: Plane
    seen: Indices
    reference: Indices
    spots: int
    """How many different places of the reference they are."""


@dataclass(frozen=True, slots=True, eq=False)
class Two:
    """Two pictures' points, which of them look alike, and the height and width of both."""

    seen: Points
    reference: Points
    distinct: tuple[Indices, Indices]
    alike: tuple[Indices, Indices]
    cosine: FloatArray
    seen_shape: tuple[int, int]
    reference_shape: tuple[int, int]

    @classmethod
    def of(
        cls, seen: Points, reference: Points, seen_shape: tuple[int, int], reference_shape: tuple[int, int]
    ) -> Two:
        """Every point of the one is compared with every one of the other, once."""
        cosine = seen.descriptors @ reference.descriptors.T
        rows, columns = np.nonzero(cosine > ALIKE)
        alike = cosine[rows, columns]
        return cls(seen, reference, _distinct(cosine), (rows, columns), alike, seen_shape, reference_shape)


def planes_between(two: Two) -> list[Found]:
    """The planes that the most pairs agree on, best first; none where nothing plausible is found."""
    if len(two.distinct[0]) < MIN_PAIRS:
        return []
    grown = (_grown(two, chosen) for chosen in _hypotheses(two.seen, two.reference, two.distinct))
    found = sorted((one for one in grown if one is not None), key=lambda one: -one.spots)
    return [one for one in found if 2 * one.spots >= found[0].spots]


def _distinct(cosine: FloatArray) -> tuple[Indices, Indices]:
    """Indices of points of both that match, by the ratio test from what is seen to the reference.

    In that direction, for a shelf shows the same article many times over: then a point of the reference has
    several equally good counterparts, and none would be distinct.
    """
    if min(cosine.shape) < 2:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    best = cosine.argmax(axis=1)
    second, first = np.partition(cosine, cosine.shape[1] - 2, axis=1)[:, -2:].T
    near, next_near = np.maximum(2 - 2 * first, 0), np.maximum(2 - 2 * second, 1e-9)
    kept = np.flatnonzero(near < RATIO**2 * next_near)
    return kept, best[kept]


def _hypotheses(seen: Points, reference: Points, pairs: tuple[Indices, Indices]) -> list[NDArray[np.bool_]]:
    """For each of the best single pairs, which pairs agree with the similarity it gives."""
    a, b = pairs
    scale = seen.size[a] / reference.size[b]
    turn = seen.angle[a] - reference.angle[b]
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    offset = reference.at[b][None] - reference.at[b][:, None]
    x = cos[:, None] * offset[..., 0] - sin[:, None] * offset[..., 1] + seen.at[a, 0][:, None]
    y = sin[:, None] * offset[..., 0] + cos[:, None] * offset[..., 1] + seen.at[a, 1][:, None]
    wrong = np.hypot(x - seen.at[a, 0][None], y - seen.at[a, 1][None])
    reach = LOOSE_PX + LOOSE_SHARE * scale[:, None] * np.hypot(offset[..., 0], offset[..., 1])
    turned = np.abs((turn[:, None] - turn[None] + np.pi) % (2 * np.pi) - np.pi)
    scaled = np.abs(np.log(scale)[:, None] - np.log(scale)[None])
    agree = (wrong < reach) & (turned < MAX_TURN) & (scaled < MAX_LOG_SCALE)
    return _best(agree)


def _best(agree: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    free = np.ones(len(agree), np.bool_)
    best: list[NDArray[np.bool_]] = []
    for _ in range(HYPOTHESES):
        counts = np.where(free, (agree & free[None]).sum(axis=1), 0)
        first = int(counts.argmax())
        if counts[first] < MIN_PAIRS - 1:
            break
        best.append(agree[first])
        free &= ~agree[first]
    return best


def _grown(two: Two, chosen: NDArray[np.bool_]) -> Found | None:
    a, b = two.distinct[0][chosen], two.distinct[1][chosen]
    plane: Plane | None = None
    for reach in (2.5 * REACH_PX, REACH_PX):
        plane = _affine(two.reference.at[b], two.seen.at[a])
        if plane is None or not plausible(plane, two.reference_shape, two.seen_shape):
            return None
        a, b = _guided(two, plane, reach)
        if len(a) < MIN_PAIRS:
            return None
    assert plane is not None
    return _in_perspective(two, Found(plane, a, b, _spots(two.reference.at[b])))


def _in_perspective(two: Two, found: Found) -> Found:
    """The same plane with perspective, where more points agree on that and it is plausible."""
    if found.spots < 3 * MIN_PAIRS:
        return found
    at, onto = two.reference.at[found.reference], two.seen.at[found.seen]
    given, _ = cv2.findHomography(at, onto, cv2.RANSAC, REACH_PX, maxIters=200)
    if given is None:
        return found
    plane = np.asarray(given, np.float64)
    if not plausible(plane, two.reference_shape, two.seen_shape):
        return found
    a, b = _guided(two, plane, REACH_PX)
    spots = _spots(two.reference.at[b])
    return Found(plane, a, b, spots) if spots > found.spots else found


def _affine(at: FloatArray, onto: FloatArray) -> Plane | None:
    """Least squares, twice: the second time without the pairs that the first leaves far off."""
    rows = np.column_stack([at, np.ones(len(at))])
    kept = np.ones(len(at), np.bool_)
    for _ in range(2):
        if kept.sum() < MIN_PAIRS - 1:
            return None
        solved, _, rank, _ = np.linalg.lstsq(rows[kept], onto[kept], rcond=None)
        if rank < 3:
            return None
        wrong = np.linalg.norm(rows @ solved - onto, axis=1)
        kept = wrong <= max(REACH_PX, 2.5 * float(np.median(wrong)))
    return np.vstack([solved.T, [0.0, 0.0, 1.0]])


def _guided(two: Two, plane: Plane, reach_px: float) -> tuple[Indices, Indices]:
    """For each point of the reference the most alike point near where the plane foretells it, if any."""
    foretold = cv2.perspectiveTransform(two.reference.at[:, None], plane)[:, 0]
    rows, columns = two.alike
    wrong = two.seen.at[rows] - foretold[columns]
    near = np.flatnonzero((wrong**2).sum(axis=1) < reach_px**2)
    order = near[np.lexsort((-two.cosine[near], columns[near]))]
    kept = order[np.unique(columns[order], return_index=True)[1]]
    return rows[kept], columns[kept]


def _spots(at: FloatArray) -> int:
    return len(np.unique(np.round(at / SPOT_PX), axis=0))


def plausible(plane: Plane, reference_shape: tuple[int, int], seen_shape: tuple[int, int]) -> bool:
    """Whether a camera can see the reference so: not mirrored or folded, neither tiny, huge nor squeezed."""
    height, width = reference_shape
    if not np.all(np.isfinite(plane)):
        return False
    corners = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float32)
    depths = np.hstack([corners[:, 0], np.ones((4, 1))]) @ plane[2]
    if depths.min() <= 0 or depths.max() > 3 * depths.min():
        return False
    quad = np.asarray(cv2.perspectiveTransform(corners, plane), np.float32)
    area = cv2.contourArea(quad, oriented=True)
    whole = float(seen_shape[0] * seen_shape[1])
    if not cv2.isContourConvex(quad) or not 0.01 * whole <= area <= 8 * whole:
        return False
    singular = np.linalg.svd(plane[:2, :2], compute_uv=False)
    return bool(singular[0] < 4 * singular[1])
