"""Looks once at every view: where the item is, and, from one pass over it, patches and the embedding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray, Percept, ViewPercept
from booth.domain.picture import Calibration, Region, View
from booth.errors import ConfigError, ModelError
from booth.ports.seeing import Perception
from booth.ports.service import Options
from booth.regions import crop_at_most, resampled
from models.beside import beside_of
from models.conditions import conditions_of
from models.embedding import DIMENSIONS, Embedder
from models.heights import heights_over
from models.locate import VERSION, Found, find
from models.patches import on_one_grid
from models.tray import Trays
from models.trunk import Trunk

LARGEST_CROP_PX = 640
"""Twice the side that the trunk looks at."""
SAMPLES = 4
"""Samples a cell each way when a map of the working size is laid on the patches' grid."""


def perception(options: Options) -> Perception:
    """The entry point `trunk` of booth.perceptions; it has no options.

    Raises:
        ConfigError: an option is unknown.
        ModelError: a network is missing, or is not the pinned one.
    """
    if options:
        raise ConfigError(f"perception.options has no key '{sorted(options)[0]}'")
    return TrunkPerception(Trunk(), Embedder())


class TrunkPerception:
    """Perception by the trunk, one pass a view; any thread may call it."""

    def __init__(self, trunk: Trunk, embedder: Embedder) -> None:
        self._trunk = trunk
        self._embedder = embedder
        self._trays = Trays()

    @property
    def trunk(self) -> str:
        """The version of the features: of the network, and of how items are located."""
        return f"{self._trunk.version}-l{VERSION}"

    @property
    def embedder(self) -> str:
        """The version of the embeddings, likewise."""
        return f"{self._embedder.version}-l{VERSION}"

    def perceive(
        self,
        views: Sequence[View],
        calibration: Calibration | None,
        regions: Mapping[str, Region] | None = None,
    ) -> Percept:
        """Locate the item in each view, take its features and embed it.

        Args:
            regions: by view name, where to look without locating; the other views are located.

        Raises:
            ModelError: a view has no picture, or a network fails.
        """
        known = regions or {}
        looks = [self._look(view, calibration, known.get(view.name)) for view in views]
        rows = np.array([row for _, row in looks], np.float32).reshape(-1, DIMENSIONS)
        return Percept(self.trunk, tuple(view for view, _ in looks), rows, self.embedder)

    def _look(
        self, view: View, calibration: Calibration | None, region: Region | None
    ) -> tuple[ViewPercept, FloatArray]:
        rgb = view.frame.rgb
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
            raise ModelError(f"view {view.name} has no picture: its shape is {rgb.shape}")
        found = find(view, calibration, self._trays)
        if region is not None:
            found = replace(found, region=region)
        seen = crop_at_most(rgb, found.region, LARGEST_CROP_PX)
        stages = self._trunk.all_stages(seen)
        patches = on_one_grid(stages[: len(self._trunk.pin.stages)])
        percept = described(view, found, seen, patches, calibration)
        return percept, self._embedder.embed(stages, seen)


def described(
    view: View,
    found: Found,
    seen: NDArray[np.uint8],
    patches: FloatArray,
    calibration: Calibration | None,
) -> ViewPercept:
    """What one look gives, the evidence that needs no network laid on the patches' grid.

    Args:
        seen: (H, W, 3) uint8, the region of the picture.
        patches: (rows, columns, channels) float32 of that region.
    """
    grid = (patches.shape[0], patches.shape[1])
    heights_mm = heights_over(view.frame, found.region, calibration, grid)
    item = None if found.mask is None else _gridded(found.mask.astype(np.float32), found, grid)
    sure = beside_of(found)
    return ViewPercept(
        view.name,
        found.region,
        patches,
        heights_mm=heights_mm,
        item=item,
        beside=None if sure is None else _gridded(sure, found, grid),
        conditions=conditions_of(found, seen, view.frame, heights_mm, item),
    )


def _gridded(values: FloatArray, found: Found, grid: tuple[int, int]) -> FloatArray:
    """The mean of values at the working size over each cell of the region."""
    rows, columns = grid
    size = (columns * SAMPLES, rows * SAMPLES)
    fine = resampled(values, found.region, size, beyond=0.0, step=found.step)
    return np.asarray(fine.reshape(rows, SAMPLES, columns, SAMPLES).mean(axis=(1, 3)), np.float32)
