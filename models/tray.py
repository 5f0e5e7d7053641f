"""The empty tray as each camera sees it, at the size at which items are located."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray
from booth.domain.picture import Calibration, DepthCorrection, Frame, Picture
from models.heights import true_depth

WORKING_WIDTH_PX = 320
SMOOTHED = (3, 3)
LEAST_READ = 0.2
"""Share of a small window's depth that must have been read."""
KEPT = 24
"""Empty trays: more cameras than any array has."""


@dataclass(frozen=True, slots=True, eq=False)
class Tray:
    """The empty tray of one camera; either is None where it is unknown or of another size than the frame.

    Attributes:
        rgb: (h, w, 3) uint8.
        depth_mm: (h, w) float32, smoothed, NaN where none was read.
    """

    rgb: NDArray[np.uint8] | None = None
    depth_mm: FloatArray | None = None


class Trays:
    """Keeps what was made of each empty tray, whose picture comes with every item. Any thread may call it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Picture, DepthCorrection, Tray]] = OrderedDict()

    def of(self, frame: Frame, calibration: Calibration | None) -> Tray:
        """The empty tray that this frame's camera sees."""
        empty = calibration.empty_tray.get(frame.camera_id) if calibration else None
        if calibration is None or empty is None or empty.rgb.shape != frame.rgb.shape:
            return Tray()
        correction = calibration.depth.get(frame.camera_id, DepthCorrection())
        kept = self._kept.get(id(empty))
        if kept is not None and kept[0] is empty and kept[1] == correction:
            return kept[2]
        made = _made(empty, correction)
        self._kept[id(empty)] = (empty, correction, made)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return made


def step_of(rgb: NDArray[np.uint8]) -> int:
    """How many pixels of a picture one pixel at the working size stands for, each way."""
    width: int = rgb.shape[1]
    return max(1, round(width / WORKING_WIDTH_PX))


def thinned(rgb: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """A picture at the working size."""
    if step == 1:
        return rgb
    size = (math.ceil(rgb.shape[1] / step), math.ceil(rgb.shape[0] / step))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def thinned_depth(depth_mm: NDArray[np.uint16], correction: DepthCorrection, step: int) -> FloatArray:
    """Corrected depth at the working size: the mean of what is read around every `step`-th pixel, or NaN."""
    values = true_depth(depth_mm[::step, ::step], correction)
    read = np.isfinite(values)
    values[~read] = 0.0
    total, share = cv2.blur(values, SMOOTHED), cv2.blur(read.astype(np.float32), SMOOTHED)
    return np.asarray(np.where(share > LEAST_READ, total / np.maximum(share, LEAST_READ), np.nan), np.float32)


def _made(empty: Picture, correction: DepthCorrection) -> Tray:
    step = step_of(empty.rgb)
    rgb = thinned(empty.rgb, step)
    if empty.depth_mm is None or empty.depth_mm.shape != empty.rgb.shape[:2]:
        return Tray(rgb)
    return Tray(rgb, thinned_depth(empty.depth_mm, correction, step))
