"""Looks once at every view: where the item is, and the trunk's patches over it."""

from __future__ import annotations

from collections.abc import Sequence

from booth.domain.percept import Percept, ViewPercept
from booth.domain.picture import Calibration, View
from booth.errors import ConfigError, ModelError
from booth.ports.seeing import Perception
from booth.ports.service import Options
from models.locate import locate
from models.patches import patches_of
from models.trunk import Trunk


def perception(options: Options) -> Perception:
    """The entry point `trunk` of booth.perceptions; it has no options.

    Raises:
        ConfigError: an option is unknown.
        ModelError: the network is missing, or is not the pinned one.
    """
    if options:
        raise ConfigError(f"perception.options has no key '{sorted(options)[0]}'")
    return TrunkPerception(Trunk())


class TrunkPerception:
    """Perception by the trunk, one pass a view; any thread may call it."""

    def __init__(self, trunk: Trunk) -> None:
        self._trunk = trunk

    @property
    def trunk(self) -> str:
        """The version of the features."""
        return self._trunk.version

    def perceive(self, views: Sequence[View], calibration: Calibration | None) -> Percept:
        """Locate the item in each view and take its features. Raises: ModelError."""
        return Percept(self.trunk, tuple(self._look(view, calibration) for view in views))

    def _look(self, view: View, calibration: Calibration | None) -> ViewPercept:
        rgb = view.frame.rgb
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
            raise ModelError(f"view {view.name} has no picture: its shape is {rgb.shape}")
        region = locate(view, calibration)
        crop = rgb[region.y : region.y + region.height, region.x : region.x + region.width]
        return ViewPercept(view.name, region, patches_of(self._trunk, crop))
