"""What lies beside the item: how surely the tray there differs from the empty tray."""

from __future__ import annotations

import cv2
import numpy as np

from booth.domain.percept import FloatArray
from models.locate import Found

RIM_PX = 6
"""The item's rim, at the working size, where its edge and its closest shadow blend into the tray."""
NARROW_PX = 7
"""What is narrower is the item's own seam, foot or shadow's edge, not something beside it."""


def beside_of(found: Found) -> FloatArray | None:
    """How surely each pixel of `found.small` beside the item is not the empty tray, (h, w) float32 in 0..1.

    Returns:
        None without a picture of the empty tray, or where no item was found.
    """
    if found.differing is None or found.mask is None:
        return None
    rim = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RIM_PX + 1,) * 2)
    item = cv2.dilate(found.mask, rim) > 0
    sure = np.where(item, np.float32(0), found.differing)
    narrow = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (NARROW_PX, NARROW_PX))
    return np.asarray(cv2.morphologyEx(sure, cv2.MORPH_OPEN, narrow), np.float32)
