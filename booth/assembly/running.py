"""The running booth: every part built, started in order, and stopped in reverse."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from booth import plugins
from booth.assembly import parts
from booth.assembly.bench import build_workbench
from booth.assembly.devices import build_serial
from booth.assembly.examining import build_examiner
from booth.assembly.finding import build_finding
from booth.assembly.galleries import build_candidates, renew_gallery
from booth.assembly.learning import prepare
from booth.assembly.stock import Progress, stock, true_calibration
from booth.config import Config
from booth.domain.sample import Closing
from booth.domain.terms import now
from booth.events import Bus
from booth.feed.frames import Feed
from booth.lane.array import Array
from booth.lane.lane import Lane
from booth.lane.reasons import Reasons
from booth.lane.second_look import SecondLook
from booth.lane.station import LastWords, RunningStation
from booth.lane.tray import TrayWatch
from booth.lane.visit import Visit
from booth.store.calibrations import Calibrations
from booth.store.records import Recovery, SampleState
from booth.store.samples import Store
from booth.writer.courier import Courier
from booth.writer.writer import Writer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """A booth that runs: what its screen needs, and what tells of it."""

    station: RunningStation
    bus: Bus
    store: Store


@contextmanager
def running(config: Config, progress: Progress | None = None) -> Iterator[Running]:
    """Build and start the whole booth; it stops, in reverse, when the context ends.

    Raises:
        ConfigError, StoreError, ModelError, DeviceError: it cannot start.
    """
    settings = config.settings
    bus = Bus()
    latest = LastWords(bus)  # an engine that is gone is told while the parts are built
    scene = parts.build_scene(config)
    cameras = parts.build_cameras(config, scene)
    serial = build_serial(config, bus)
    host = plugins.load("booth.hosts", settings.host.name)(parts.host_options(config))
    calibrations = Calibrations(config.data_dir)
    with ExitStack() as stack:
        stack.enter_context(threadpool_limits(1))  # views and cameras already keep the cores busy
        store = stack.enter_context(parts.open_store(config, recover=True))
        say_recovered(store.recovery)
        close_orphans(store)
        calibration = true_calibration(scene, calibrations) if scene else calibrations.in_force()
        finding = build_finding(config, bus)
        stack.callback(finding.close)
        examiner = build_examiner(config, finding, calibration)
        renew_gallery(config, examiner, progress)
        if scene is not None:
            stock(scene, cameras, examiner, settings.scene.references, progress)
        prepare(config, finding, examiner, progress)
        writer = Writer(store, bus)
        feeds = [Feed(camera, bus, settings.lane.frame_timeout_s) for camera in cameras]
        courier = Courier(store, writer, host, bus)
        learner, second_look, wanted = finding.learner, SecondLook(bus), settings.lane
        tray = TrayWatch(examiner.calibration, wanted.settle_s)
        candidates = build_candidates(config, examiner, bus)
        visit = Visit(settings.booth.id, examiner, writer, bus, wanted.undo_s, learner, candidates)
        array = Array(feeds, wanted.frame_timeout_s, wanted.cameras_may_lack, serial.light, serial.scale)
        lane = Lane(visit, array, tray, examiner.calibration, bus, second_look)
        workbench = build_workbench(config, feeds, lane, bus, scene)
        reasons = Reasons(finding.looks, examiner.perception, bus)
        search = (finding.index, finding.understand)
        station = RunningStation(
            lane, feeds, serial.all(), *search, store, writer, bus, scene, workbench, reasons, latest
        )
        own = (learner, candidates, second_look, lane, workbench, reasons)
        for service in (writer, courier, *feeds, *serial.all(), *own):
            stack.callback(service.stop)
            service.start()
        stack.callback(writer.hurry)  # first of all: nobody may wait for a store that refuses
        yield Running(station, bus, store)


def say_recovered(recovery: Recovery) -> None:
    """Say what an earlier run left behind; `booth doctor` goes on saying it."""
    for path in recovery.quarantined:
        log.error("a file or folder without a sample was left behind; it is now %s", path)
    for sample_id in recovery.flagged:
        log.error("sample %s is not what was kept, and is never sent: see `booth samples verify`", sample_id)


def close_orphans(store: Store) -> None:
    """Close samples that an earlier run kept and never closed, oldest first: they reach central storage."""
    for row in reversed(store.rows(limit=1_000_000, state=SampleState.KEPT)):
        closing = Closing(now(), "booth", row.gtin, "barcode" if row.gtin else "", person_outcome=None)
        store.close_sample(row.sample_id, closing)
        log.warning("sample %s was left open; it is closed as it was kept", row.sample_id)
