"""Looks once at every view: where the item is, and, from one pass over it, patches and the embedding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from booth.domain.percept import FloatArray, Percept, ViewPercept
from booth.domain.picture import Calibration, Region, View
from booth.errors import ConfigError, ModelError
from booth.ports.seeing import Perception
from booth.ports.service import Options
from booth.regions import crop
from models.embedding import DIMENSIONS, Embedder
from models.locate import locate
from models.patches import on_one_grid
from models.trunk import Trunk


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

    @property
    def trunk(self) -> str:
        """The version of the features."""
        return self._trunk.version

    @property
    def embedder(self) -> str:
        """The version of the embeddings."""
        return self._embedder.version

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
        region = region or locate(view, calibration)
        seen = crop(rgb, region)
        stages = self._trunk.all_stages(seen)
        patches = on_one_grid(stages[: len(self._trunk.pin.stages)])
        return ViewPercept(view.name, region, patches), self._embedder.embed(stages, seen)
