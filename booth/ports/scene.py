"""Scenes: what simulated cameras see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Calibration, Picture
from booth.domain.product import Product
from booth.domain.terms import DamageType, Severity
from booth.ports.service import Options


@dataclass(frozen=True, slots=True)
class ItemWish:
    """What a simulated tray should carry: product, placement and damage follow from the seed."""

    seed: int
    gtin: str = ""
    damage: DamageType | None = None
    severity: Severity = Severity.MAJOR
    barcode: str = "clear"
    """`clear`, `smudged` or `missing`."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A flat print, such as a calibration target, that a simulated scene holds before its cameras.

    Attributes:
        rgb: (H, W, 3) uint8, the print as seen from its front.
        mm_per_px: how large it is printed.
        tray_from_sheet: a 4x4 rigid transform, row by row, in mm. The sheet's origin is its upper left
            corner, x runs to its right, y down, z away from who looks at its front.
    """

    rgb: NDArray[np.uint8]
    mm_per_px: float
    tray_from_sheet: tuple[float, ...]


class Scene(Protocol):
    """What simulated cameras see; any thread may call it."""

    @property
    def calibration(self) -> Calibration: ...

    @property
    def products(self) -> Sequence[Product]: ...

    def place(self, wish: ItemWish) -> None:
        """Lay an item on the tray, in place of what lay there."""

    def hold(self, sheet: Sheet) -> None:
        """Hold a printed sheet before the cameras, in place of what lay there.

        Raises:
            InputError: it has no print, no size, or its place is no rigid transform.
        """

    def clear(self) -> None:
        """Empty the tray."""

    def look(self, camera_id: str) -> Picture:
        """The noiseless picture that this camera has now; rendered once an item."""


SceneFactory = Callable[[Options], Scene]
