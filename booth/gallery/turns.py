"""Small turns of a reference picture: with few references they stand for placements not yet seen."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Region

TURNS = ((5.0, 0.93), (-5.0, 1.07))
"""Degrees and scale: about what a careful placement leaves open."""


def turns_of(rgb: NDArray[np.uint8], region: Region) -> Iterator[NDArray[np.uint8]]:
    """The region of a picture of (H, W, 3) uint8, turned and scaled about its middle; its size is kept.

    What comes in from outside the region is taken from the picture, and repeats its edge beyond it.
    """
    for degrees, scale in TURNS:
        middle = (region.x + region.width / 2, region.y + region.height / 2)
        matrix = cv2.getRotationMatrix2D(middle, degrees, scale)
        matrix[:, 2] -= (region.x, region.y)
        size = (region.width, region.height)
        turned = cv2.warpAffine(rgb, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        yield np.asarray(turned, np.uint8)
