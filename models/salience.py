"""Finds the item from the picture alone: what has another colour or grain than the picture's border.

Ground is what at least two of eight stretches of the border have: an item that reaches the border hides one
or two. Histograms over quantised colour, and over brightness and grain in a small window, say how common a
pixel's look is there; rare looks that hang together are the item (border prior: Wei et al. 2012, "Geodesic
Saliency Using Background Priors").
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Ints = NDArray[np.int32]

BORDER_SHARE = 0.03
"""Width of the border over the picture's longer side."""
STRETCHES = 8
STRETCHES_OF_GROUND = 2
RARE = 0.003
"""A look that fewer of a stretch's pixels have is not the ground's."""
WINDOW_PX = 9
GAP_PX = 9
"""Gaps as narrow as print within a face are closed."""
THIN_PX = 5
"""What is thinner is a groove of the ground or an edge of something behind it."""
LEAST_SHARE, MOST_SHARE = 0.004, 0.9
"""Of the picture: below it is a speck, above it the border said nothing."""
PART_SHARE = 0.08
"""Beside the largest connected part, others of this share of it belong to the item."""
REACH = 0.2
"""And lie within this share of its size of it."""
REACH_OF_FACES = 0.6
FACE_GAP_PX = 15
SMOOTH = 5
"""Steps of grain: plain faces, with some print, are below; edges and grooves are not."""
RIVAL_SHARE = 0.6
"""What else stands out, near or far, may be no more than this, or it is not clear which the item is."""
EXPLAINED = 0.95
"""Share of the border beside the item whose look several stretches have."""
CLUTTER = 0.08
"""Of what is not the item, more than this may not stand out."""
MOST_OF_BORDER = 0.3
"""An item that covers more of the border is not one item on a ground."""


def salient(small: NDArray[np.uint8]) -> Mask | None:
    """The item in a picture of (H, W, 3) uint8, some 320 px wide: (H, W) uint8 of 0 and 1.

    Returns:
        None where it is not clear that one item lies on a ground.
    """
    height, width = small.shape[:2]
    if min(height, width) < 4 * WINDOW_PX:
        return None
    stretches = _stretches(height, width)
    lab = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.uint8)
    rare = _rare(*_colours(lab), stretches)
    grains, shape = _grains(lab[..., 0])
    grainy, smooth = _rare(grains, shape, stretches), np.asarray(grains % shape[1] < SMOOTH, np.uint8)
    gap, thin = np.ones((GAP_PX, GAP_PX), np.uint8), np.ones((THIN_PX, THIN_PX), np.uint8)
    joined = np.maximum(rare, cv2.erode(grainy, thin))
    closed = cv2.morphologyEx(cv2.morphologyEx(joined, cv2.MORPH_OPEN, thin), cv2.MORPH_CLOSE, gap)
    item = _item(np.asarray(closed, np.uint8))
    if item is None:
        return None
    grown = _grown(item, np.minimum(grainy, smooth))
    return grown if _stands_on_ground(grown, rare, stretches >= 0) else None


def _item(mask: Mask) -> Mask | None:
    """The largest connected part and what lies close to it; None where that is not clear."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0.0
    largest = float(areas.max())
    if not LEAST_SHARE * mask.size <= largest <= MOST_SHARE * mask.size:
        return None
    if areas.sum() - largest > RIVAL_SHARE * largest:
        return None
    kept = (areas >= PART_SHARE * largest) & _near(stats, int(areas.argmax()))
    return np.asarray(kept[labels], np.uint8)


def _grown(item: Mask, rare: Mask) -> Mask:
    """The item with faces that hang together with it less surely: print breaks up their grain."""
    left, top, width, height = cv2.boundingRect(item)
    reach = round(REACH_OF_FACES * max(width, height))
    rows = slice(max(0, top - reach), top + height + reach)
    columns = slice(max(0, left - reach), left + width + reach)
    near = np.maximum(rare[rows, columns], item[rows, columns])
    closed = cv2.morphologyEx(near, cv2.MORPH_CLOSE, np.ones((FACE_GAP_PX, FACE_GAP_PX), np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((GAP_PX, GAP_PX), np.uint8))
    _, labels = cv2.connectedComponents(np.maximum(opened, item[rows, columns]), connectivity=8)
    kept = np.zeros(labels.max() + 1, bool)
    kept[np.unique(labels[item[rows, columns] > 0])] = True
    grown = item.copy()
    grown[rows, columns] = kept[labels]
    return filled(grown)


def _near(stats: NDArray[Any], largest: int) -> NDArray[np.bool_]:
    """Which parts lie within reach of the largest one, by the upright rectangles around them."""
    left, top, width, height = (stats[:, column].astype(np.float64) for column in range(4))
    reach = REACH * max(width[largest], height[largest])
    across = np.maximum(left - left[largest] - width[largest], left[largest] - left - width)
    down = np.maximum(top - top[largest] - height[largest], top[largest] - top - height)
    return np.asarray(np.maximum(across, down) <= reach)


def _stands_on_ground(item: Mask, rare: Mask, border: NDArray[np.bool_]) -> bool:
    """Whether what is left beside the item is ground: a shelf of a shop, or a hand, is not."""
    if float(item[border].mean()) > MOST_OF_BORDER:
        return False
    left = item == 0
    explained = 1.0 - float(rare[border & left].mean())
    return explained >= EXPLAINED and float(rare[left].mean()) <= CLUTTER


def filled(mask: Mask) -> Mask:
    """A mask of 0 and 1 with its holes filled."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(mask.copy(), outlines, -1, 1, cv2.FILLED), np.uint8)


def _stretches(height: int, width: int) -> Ints:
    """Which stretch of the border each pixel is of, two a side, -1 within."""
    border = max(3, round(BORDER_SHARE * max(height, width)))
    found = np.full((height, width), -1, np.int32)
    for number, columns in enumerate((slice(None, width // 2), slice(width // 2, None))):
        found[:border, columns] = number
        found[-border:, columns] = 2 + number
    for number, rows in enumerate((slice(border, height // 2), slice(height // 2, -border))):
        found[rows, :border] = 4 + number
        found[rows, -border:] = 6 + number
    return found


def _colours(lab: NDArray[np.uint8]) -> tuple[Ints, tuple[int, ...]]:
    """Each pixel's bin of lightness and of the two colour axes; the axes' far ends are seldom seen."""
    bins = (lab >> 3).astype(np.int32)
    axes = np.clip(bins[..., 1:] - 8, 0, 15)
    return (bins[..., 0] * 16 + axes[..., 0]) * 16 + axes[..., 1], (32, 16, 16)


def _grains(light: NDArray[np.uint8]) -> tuple[Ints, tuple[int, ...]]:
    """Each pixel's bin of mean lightness and of its deviation in a small window, in logarithmic steps."""
    values = light.astype(np.float32)
    window = (WINDOW_PX, WINDOW_PX)
    mean = cv2.blur(values, window)
    variance = np.maximum(cv2.blur(values * values, window) - mean * mean, 0.0)
    levels = (mean / 12.0).astype(np.int32)
    steps = np.minimum(1.6 * np.log2(1.0 + np.sqrt(variance)), 7.0).astype(np.int32)
    return levels * 8 + steps, (22, 8)


def _rare(bins: Ints, shape: tuple[int, ...], stretches: Ints) -> Mask:
    """Where a look is rarer in the border than the ground's looks are."""
    count = int(np.prod(shape))
    border = stretches >= 0
    counts = np.bincount(stretches[border] * count + bins[border], minlength=STRETCHES * count)
    shares = counts.reshape(STRETCHES, count).astype(np.float32)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1.0)
    common = np.partition(shares, -STRETCHES_OF_GROUND, axis=0)[-STRETCHES_OF_GROUND].reshape(shape)
    for axis in range(len(shape)):
        common = 0.5 * common + 0.25 * (np.roll(common, 1, axis) + np.roll(common, -1, axis))
    return np.asarray(common.reshape(-1)[bins] < RARE, np.uint8)
