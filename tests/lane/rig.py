"""A lane that runs over two fake cameras, a real store and a small catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from booth.domain.percept import Reference
from booth.domain.picture import Calibration
from booth.domain.product import Product
from booth.domain.sample import Closing, Disposition
from booth.domain.terms import DispositionKind, now
from booth.errors import StoreError
from booth.events import (
    Bus,
    Died,
    Item,
    ItemChanged,
    Phase,
    Trouble,
)
from booth.feed.frames import Feed
from booth.feed.lights import LightFeed
from booth.feed.weights import WeightFeed
from booth.gallery.candidates import Candidates
from booth.lane.array import Array
from booth.lane.examine import Examiner
from booth.lane.lane import Lane
from booth.lane.reasons import Reasons
from booth.lane.second_look import SecondLook
from booth.lane.station import RunningStation
from booth.lane.tray import TrayWatch
from booth.lane.visit import Visit
from booth.ports.devices import Light, Scale
from booth.ports.service import Service
from booth.store.calibrations import Calibrations
from booth.store.looks import Looks
from booth.store.references import References
from booth.store.samples import Store
from booth.store.standing import Standing
from booth.workbench.bench import Bench, Tray
from booth.writer.writer import Writer
from tests.fakes import (
    FakeCamera,
    FakeFinder,
    FakeIndex,
    FakeJudge,
    FakeLessons,
    FakePerception,
    FakeReader,
    Heard,
    empty_calibration,
    wait_until,
)

SOAP = Product("4006381333931", "Plain soap")


@dataclass
class Rig:
    """A running lane over two fake cameras."""

    cameras: tuple[FakeCamera, FakeCamera]
    perception: FakePerception
    judge: FakeJudge
    index: FakeIndex
    finder: FakeFinder
    reader: FakeReader
    lessons: FakeLessons
    calibration: Calibration
    lane: Lane
    station: RunningStation
    store: Store
    heard: Heard

    def item(self) -> Item:
        """The item as last told."""
        changes = self.heard.of(ItemChanged)
        return changes[-1].item if changes else Item()

    def wait_for(self, phase: Phase) -> Item:
        wait_until(lambda: self.item().phase is phase)
        return self.item()

    def place(self, level: int = 200) -> None:
        for camera in self.cameras:
            camera.show_item(level)

    def clear(self) -> None:
        for camera in self.cameras:
            camera.show_empty()

    def place_without_side(self) -> None:
        """Unplug the side camera, place an item, and wait until its missing picture is told."""
        wait_until(lambda: all(self.station.newest(name) for name in self.station.camera_ids))
        self.cameras[1].plugged = False
        wait_until(lambda: self.station.newest("side") is None)
        self.place()
        wait_until(lambda: any("side" in trouble.message for trouble in self.heard.of(Trouble)))

    def place_unknown(self) -> Item:
        """Place an item and call it unknown."""
        self.place()
        self.wait_for(Phase.PRODUCT)
        self.station.choose_product("")
        return self.wait_for(Phase.VERDICT)

    def save_unknown(self) -> Item:
        """Place an item, call it unknown and save it."""
        self.place_unknown()
        self.station.save()
        return self.item()

    def is_closed(self, item: Item) -> bool:
        """Whether the item is kept and closed: the writer does it after the screen was told."""
        try:
            return self.store.load(item.sample_id).closing is not None
        except StoreError:
            return False

    def closing_of(self, item: Item) -> Closing:
        closing = self.store.load(item.sample_id).closing
        assert closing is not None
        return closing


@contextmanager
def running(
    folder: Path,
    undo_s: float = 0.05,
    may_lack: int = 0,
    light: Light | None = None,
    scale: Scale | None = None,
) -> Iterator[Rig]:
    bus, heard = Bus(), Heard()
    bus.subscribe(heard)
    cameras = (FakeCamera("top"), FakeCamera("side"))
    calibration = empty_calibration("top", "side")
    perception, judge, index = FakePerception(), FakeJudge(), FakeIndex(SOAP)
    references = References(folder)
    patches = np.zeros((2, 2, 3), np.float32)
    references.add(
        SOAP.gtin, "1", Reference("ab" * 32, "top", "fake-trunk", patches), np.zeros((9, 9, 3), np.uint8)
    )
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(folder, high_water_free_mb=0, ballast_mb=0))
        writer = Writer(store, bus)
        feeds = [Feed(camera, bus, 1.0) for camera in cameras]
        finder, lessons, reader = FakeFinder(index), FakeLessons(), FakeReader()
        examiner = Examiner(perception, judge, index, finder, references, calibration, reader)
        candidates = Candidates(perception, references, Standing(folder), bus)
        visit = Visit("booth-1", examiner, writer, bus, undo_s, lessons, candidates)
        lit = LightFeed(light, 0.5, bus) if light else None
        weighed = WeightFeed(scale, bus) if scale else None
        array = Array(feeds, 1.0, may_lack, lit, weighed)
        second_look = SecondLook(bus)
        lane = Lane(visit, array, TrayWatch(calibration, 0.1), calibration, bus, second_look)
        tray = Tray(lane.hold, lane.go_on, lambda new: lane.ask(partial(lane.use, new)))
        workbench = Bench(feeds, Calibrations(folder), {}, tray, bus)
        serial = [feed for feed in (lit, weighed) if feed is not None]
        reasons, asides = Reasons(Looks(folder), perception, bus), (candidates, second_look)
        search = (index, lambda text, without: ())
        station = RunningStation(lane, feeds, serial, *search, store, writer, bus, None, workbench, reasons)
        parts: tuple[Service, ...] = (writer, *feeds, *serial, *asides, lane, workbench, reasons)
        for part in parts:
            stack.callback(part.stop)
            part.start()
        yield Rig(
            cameras,
            perception,
            judge,
            index,
            finder,
            reader,
            lessons,
            calibration,
            lane,
            station,
            store,
            heard,
        )
    assert not heard.of(Died)


def disposition() -> Disposition:
    return Disposition(DispositionKind.SELL, "anna", now())
