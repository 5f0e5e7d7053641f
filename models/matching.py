"""Compares two pictures point by point: SIFT, one plane's perspective, then print and colour over that plane.

Points alone cannot tell the articles of one range apart, for most of what they show is the same. So the plane
that the points agree on is unrolled onto the reference and compared tile by tile: the print by correlation,
the colour after the light's cast is taken out.

Points: Lowe, Distinctive Image Features from Scale-Invariant Keypoints, 2004; square-rooted as in
Arandjelović and Zisserman, Three Things Everyone Should Know to Improve Object Retrieval, 2012.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.errors import ConfigError, ModelError
from booth.ports.seeing import LocalFeatures
from booth.ports.service import Options
from models.planes import Found, Points, Two, planes_between
from models.tiles import Tiles, agreement, tiles_of

FloatArray = NDArray[np.float32]
MIN_INLIERS = 4
"""Three always fit an affine map."""
MIN_SIDE_PX = 400
"""Smaller pictures are enlarged: a packshot of 198 px else gives too few points."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is looked at; `max_side_px` and `points` set the cost."""

    max_side_px: int = 480
    points: int = 600


@dataclass(frozen=True, slots=True, eq=False)
class SiftFeatures:
    """The points of one picture, and the picture itself, whole and in tiles.

    Attributes:
        rgb: (h, w, 3) uint8, the working picture.
    """

    points: Points
    rgb: NDArray[np.uint8]
    tiles: Tiles

    @property
    def count(self) -> int:
        """How many points there are."""
        return len(self.points.at)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a comparison found; all 0 where no plane fits.

    Attributes:
        inliers: points of the reference that have a counterpart where the plane foretells it.
        print: -1..1, mean correlation of the tiles with any print.
        colour: 0 up to 2, how unlike the tiles' hues are.
        cast: how unlike the light is between red, green and blue, in log units.
    """

    inliers: int = 0
    print: float = 0.0
    colour: float = 0.0
    cast: float = 0.0


def matcher(options: Options) -> SiftMatcher:
    """The entry point `sift` of booth.matchers; options: `max_side_px`, `points`.

    Raises:
        ConfigError: an option is unknown or impossible.
    """
    bounds = {"max_side_px": (64, 2_000), "points": (16, 5_000)}
    for name, value in options.items():
        if name not in bounds:
            raise ConfigError(f"the matcher has no option '{name}'; it has {', '.join(bounds)}")
        low, high = bounds[name]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ConfigError(f"the matcher's option {name} must be a whole number from {low} to {high}")
    return SiftMatcher(Settings(**options))


class SiftMatcher:
    """Any thread may call it: nothing is kept between calls."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()

    def describe(self, rgb: NDArray[np.uint8]) -> SiftFeatures:
        """The points of a picture, (H, W, 3) uint8.

        Raises:
            ModelError: that is no picture.
        """
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0 or rgb.dtype != np.uint8:
            raise ModelError(f"there is no picture to take points of: {rgb.dtype} of shape {rgb.shape}")
        working = _working(rgb, self._settings.max_side_px)
        grey = cv2.cvtColor(working, cv2.COLOR_RGB2GRAY)
        sift = cv2.SIFT.create(nfeatures=self._settings.points, contrastThreshold=0.02)
        found, raw = sift.detectAndCompute(grey, None)
        return SiftFeatures(_points(found, raw), working, tiles_of(working))

    def fit(self, seen: LocalFeatures, reference: LocalFeatures) -> float:
        """0..1, how well the reference is found again in what is seen."""
        return fit_of(self.compare(cast(SiftFeatures, seen), cast(SiftFeatures, reference)))

    def compare(self, seen: SiftFeatures, reference: SiftFeatures) -> Evidence:
        """What `fit` is made of: that of the best plane, where several are found."""
        two = Two.of(seen.points, reference.points, _shape(seen.rgb), _shape(reference.rgb))
        found = planes_between(two)
        weighed = [_weighed(seen, reference, one) for one in found]
        return max(weighed, key=fit_of, default=Evidence())


def _weighed(seen: SiftFeatures, reference: SiftFeatures, found: Found) -> Evidence:
    alike = agreement(seen.rgb, reference.tiles, found.plane)
    return Evidence(found.spots, alike.print, alike.colour, alike.cast)


def fit_of(evidence: Evidence) -> float:
    """0..1, the probability that a comparison with this outcome shows the same article."""
    if evidence.inliers < MIN_INLIERS:
        return 0.0
    return float(1.0 / (1.0 + np.exp(-float(measures(evidence) @ WEIGHTS[1:] + WEIGHTS[0]))))


def measures(evidence: Evidence) -> NDArray[np.float64]:
    """(4,), what the log odds are linear in."""
    return np.array([np.log1p(evidence.inliers), evidence.print, evidence.colour, evidence.cast])


def _shape(rgb: NDArray[np.uint8]) -> tuple[int, int]:
    return rgb.shape[0], rgb.shape[1]


def _working(rgb: NDArray[np.uint8], max_side_px: int) -> NDArray[np.uint8]:
    longest = max(rgb.shape[:2])
    scale = min(max_side_px, max(MIN_SIDE_PX, longest)) / longest
    if scale == 1:
        return rgb
    size = (max(8, round(rgb.shape[1] * scale)), max(8, round(rgb.shape[0] * scale)))
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(rgb, size, interpolation=way), np.uint8)


def _points(found: Sequence[cv2.KeyPoint], given: object) -> Points:
    rows = np.array([(*one.pt, one.size, one.angle) for one in found], np.float32).reshape(-1, 4)
    raw = np.zeros((0, 128), np.float32) if given is None else np.asarray(given, np.float32)
    shares = raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-9)
    return Points(rows[:, :2].copy(), rows[:, 2], np.deg2rad(rows[:, 3]), np.sqrt(shares))


WEIGHTS = np.array([-2.306, 0.491, 3.091, -8.439, -1.662])
"""Intercept, then one for each of `measures`, by `booth train matching --shops 5` on made-up products."""
SIGNS = (1, 1, -1, -1)
"""Which way each may weigh, whatever the pictures are that it is fitted on."""
