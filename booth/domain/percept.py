"""What one look at a capture gives, and the references it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Region
from booth.domain.terms import Condition

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class ViewPercept:
    """What one look at one view gives.

    Attributes:
        region: where the item was found in the picture.
        patches: (rows, columns, channels) float32, the trunk's features over `region`.
        heights_mm: (rows, columns) float32, height over the tray, NaN where none was read; None where there
            is no depth.
        item: (rows, columns) float32 in 0..1, the share of each cell that is the item; None where nothing
            could tell.
        beside: (rows, columns) float32 in 0..1, how surely the tray beside the item differs from the empty
            tray, 0 on the item; None without a picture of the empty tray.
        conditions: what is wrong with this view.
    """

    view: str
    region: Region
    patches: FloatArray
    heights_mm: FloatArray | None = None
    item: FloatArray | None = None
    beside: FloatArray | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Percept:
    """What one look at a capture gives; made once, used by identify and judge alike.

    Attributes:
        trunk: the version of the network that made it; features of two versions never mix.
        embeddings: (V, 256) float32 of unit length, one row a view, or None where nothing makes them.
        embedder: the version of the head that made them; those of two versions never mix.
        absent: views that should have been taken and are not there.
    """

    trunk: str
    views: tuple[ViewPercept, ...]
    embeddings: FloatArray | None = None
    embedder: str = ""
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The features of one vetted picture of a pristine product, from one view.

    Attributes:
        reference_id: the SHA-256 of the picture's pixels.
        patches: (rows, columns, channels) float32, as in ViewPercept.
        variant: 0 is the picture as it was taken; higher ones are turns of it, made at enrolment.
        heights_mm: (rows, columns) float32, as in ViewPercept, or None.
        item: (rows, columns) float32, as in ViewPercept, or None.
        design: the design version of the packaging that it shows.
    """

    reference_id: str
    view: str
    trunk: str
    patches: FloatArray
    variant: int = 0
    heights_mm: FloatArray | None = None
    item: FloatArray | None = None
    design: str = "1"


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """The references of one product in one design; `version` changes whenever a reference does."""

    gtin: str
    design: str
    version: str
    references: tuple[Reference, ...]
