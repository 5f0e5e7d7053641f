"""The workbench over the booth's own cameras; apart from the other parts, as it loads all of calibration."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from booth.assembly.stock import true_calibration
from booth.config import Config
from booth.domain.picture import Calibration
from booth.events import Bus
from booth.feed.frames import Feed
from booth.lane.lane import Lane
from booth.ports.scene import Scene
from booth.store.calibrations import Calibrations
from booth.workbench.bench import Bench, Tray
from booth.workbench.hand import Hand
from booth.workbench.shift import ShiftCheck
from booth.workbench.steps import COLLECTORS


def build_workbench(
    config: Config, feeds: Sequence[Feed], lane: Lane, bus: Bus, scene: Scene | None
) -> Bench:
    """Where a technician calibrates, on the booth's own cameras."""

    def use(calibration: Calibration) -> None:
        lane.ask(partial(lane.use, calibration))

    tray = Tray(lane.hold, lane.go_on, use)
    store, wanted = Calibrations(config.data_dir), config.settings.calibration
    shift = ShiftCheck(feeds, store, bus, wanted.drift_every_h, wanted.drift_limit_px)
    return Bench(feeds, store, COLLECTORS, tray, bus, Hand(scene) if scene else None, shift)


def lone_workbench(config: Config, feeds: Sequence[Feed], bus: Bus, scene: Scene | None) -> Bench:
    """A workbench where nobody inspects items. Raises: StoreError."""
    store, idle = Calibrations(config.data_dir), Tray(lambda: None, lambda: None, lambda _: None)
    if scene is not None:
        true_calibration(scene, store)
    return Bench(feeds, store, COLLECTORS, idle, bus, Hand(scene) if scene else None)
