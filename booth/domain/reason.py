"""Why a place is thought damaged, as a person can see it: the place beside the like place of a reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.domain.verdict import Finding

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Reason:
    """One finding with its pictures, both upright, at one scale and with the same surroundings.

    Attributes:
        seen: (S, S, 3) uint8, the place as the item shows it.
        box: the place itself within both pictures: left, top, right and bottom as shares, 0..1.
        reference: (S, S, 3) uint8, the like place of the reference; None where nothing was compared, or where
            the reference's picture cannot be read any more.
    """

    finding: Finding
    seen: Rgb
    box: tuple[float, float, float, float]
    reference: Rgb | None = None
