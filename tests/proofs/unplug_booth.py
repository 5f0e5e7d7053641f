"""A whole booth over three RealSense devices in software, one of which can be pulled in several ways."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from booth.domain.device import DeviceState
from booth.domain.picture import Calibration, CameraCalibration, Capture, Frame, Intrinsics, Picture
from booth.events import Bus, Died, Item, ItemChanged, Phase
from booth.feed.frames import Feed
from booth.lane.array import Array
from booth.lane.examine import Examiner
from booth.lane.lane import Lane
from booth.lane.second_look import SecondLook
from booth.lane.tray import TrayWatch
from booth.lane.visit import Visit
from booth.store.references import References
from booth.store.samples import Store
from booth.worker import Worker
from booth.writer.writer import Writer
from drivers.realsense.camera import find
from drivers.realsense.options import RealSenseOptions
from tests.contract.cameras_realsense import Optics, SoftwareRig, plain_optics
from tests.fakes import FakeFinder, FakeIndex, FakeJudge, FakeLessons, FakePerception
from tests.samples import make_closing, make_sample

PULLED, OTHERS = "222", ("111", "333")
SERIALS = (*OTHERS, PULLED)
WIDTH, HEIGHT, FPS = 320, 240, 15
FRAME_TIMEOUT_S = 0.25
SETTLE_S = 0.1
UNDO_S = 0.05
RECORDED_S = 4.0
DEADLINE_S = 60.0
TICK_S = 0.02


class TrayPicture:
    """What all cameras see: an empty tray, or one with an item; the first pixel tells the pair's number."""

    def __init__(self) -> None:
        self.empty = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
        self._item = self.empty.copy()
        self._item[60:180, 80:240] = 200
        self.is_there = False

    def paint(self, number: int, optics: Optics) -> NDArray[np.uint8]:
        """The picture of this pair."""
        rgb = (self._item if self.is_there else self.empty).copy()
        rgb[0, 0] = number % 200
        return rgb


class Associate:
    """Puts one item after the other on the tray, calls each unknown and saves it; counts the captures.

    A capture is sound when its frames are each of one instant, and they and what it calls absent are
    together all cameras, each once.
    """

    def __init__(self, tray: TrayPicture, lane: Lane, bus: Bus) -> None:
        self._tray = tray
        self._lane = lane
        self._item = Item()
        self._asked = Phase.PLACE
        self.captures = Counter[str]()
        self.unsound: list[str] = []
        bus.subscribe(self._hear)

    def work(self, stopping: threading.Event) -> None:
        """Until it is told to stop."""
        while not stopping.wait(TICK_S):
            phase = self._item.phase
            if phase is Phase.PLACE:
                self._tray.is_there = True
            elif phase is Phase.CLOSED:
                self._tray.is_there = False
            elif phase is not self._asked and phase is Phase.PRODUCT:
                self._lane.ask(lambda: self._lane.visit.choose_product(""))
            elif phase is not self._asked and phase is Phase.VERDICT:
                self._lane.ask(self._lane.visit.save)
            self._asked = phase

    def _hear(self, event: object) -> None:
        if not isinstance(event, ItemChanged):
            return
        before, self._item = self._item, event.item
        capture = event.item.capture
        if capture is not None and event.item.sample_id != before.sample_id:
            self._judge(capture)

    def _judge(self, capture: Capture) -> None:
        frames = [frame for pose in capture.poses for frame in pose]
        absent = [absence for absence in capture.absent if absence.state is not DeviceState.LIVE]
        named = sorted([frame.camera_id for frame in frames] + [absence.camera_id for absence in absent])
        if named != sorted(SERIALS) or not all(is_one_instant(frame) for frame in frames):
            self.unsound.append(f"{capture.capture_id}: {named}")
        self.captures["complete" if not absent else "says what is missing"] += 1


def is_one_instant(frame: Frame) -> bool:
    """Whether depth shows the number that colour shows; aligning leaves a seam without readings at times."""
    assert frame.depth_mm is not None
    readings = frame.depth_mm[frame.depth_mm > 0]
    return readings.size > frame.depth_mm.size / 2 and set(readings) == {500 + int(frame.rgb[0, 0, 0])}


class Socket(Protocol):
    """Where the pulled camera is plugged in: an SDK context, and the ways in which it can be pulled."""

    @property
    def context(self) -> Any: ...

    @property
    def kinds(self) -> Mapping[str, tuple[Callable[[], None], Callable[[], None]]]:
        """By name: how it is pulled, and how it is put back."""


class SoftwareSocket:
    """A software device: it falls silent, or is destroyed and another of its serial comes.

    It has a context of its own: the pipelines of others would keep listing a device that is no more, and the
    SDK crashes when such a one is asked for its serial (`software_device_info::create_device` gives null).
    """

    def __init__(self, tray: TrayPicture, stack: ExitStack) -> None:
        self._rig = SoftwareRig((PULLED,), optics=plain_optics(WIDTH, HEIGHT), paint=tray.paint, fps=FPS)
        start(self._rig.feeder, stack)
        self.context = self._rig.context
        self.kinds = {
            "silenced": (partial(self._rig.unplug, PULLED), partial(self._rig.plug_in, PULLED)),
            "destroyed": (partial(self._rig.destroy, PULLED), partial(self._rig.renew, PULLED)),
        }


class RecordingSocket:
    """A recording in the context of the other cameras, which the SDK itself adds and removes, and pauses."""

    def __init__(self, context: Any, recording: Path) -> None:
        self.context = context
        self._file = str(recording)
        self._device: Any = None
        self.kinds = {"unloaded": (self._unload, self._load), "paused": (self._pause, self._resume)}
        self._load()

    def _load(self) -> None:
        self._device = self.context.load_device(self._file)

    def _unload(self) -> None:
        self._device = None
        self.context.unload_device(self._file)

    def _pause(self) -> None:
        self._device.pause()

    def _resume(self) -> None:
        self._device.resume()


@dataclass
class Booth:
    """The running booth, and the socket of the camera that is pulled."""

    feeds: dict[str, Feed]
    associate: Associate
    socket: Socket
    died: list[str]

    def pull_and_replug(self, kind: str) -> None:
        """One cycle: pulled, noticed, captured without, put back, live again. Raises: TimeoutError."""
        pull, put_back = self.socket.kinds[kind]
        wait_until(self._is_live, "it streams")
        pull()
        wait_until(self._is_lost, "its loss is noticed")
        self.one_more_capture()
        put_back()
        wait_until(self._is_live, "it streams again")

    def one_more_capture(self) -> None:
        """Wait for a capture that began after now: of two more, the second did."""
        count = self.associate.captures.total() + 2
        wait_until(lambda: self.associate.captures.total() >= count, "captures go on")

    def _is_live(self) -> bool:
        feed = self.feeds[PULLED]
        return feed.status().state is DeviceState.LIVE and feed.newest() is not None

    def _is_lost(self) -> bool:
        feed = self.feeds[PULLED]
        return feed.status().state is DeviceState.LOST and feed.newest() is None


@contextmanager
def running_booth(folder: Path, shared: bool, kept: int = 0) -> Iterator[Booth]:
    """The booth with its real feeds, array, lane, writer and store; only its networks are stand-ins.

    Args:
        shared: whether the pulled camera is a recording in the context of the other two, or a software
            device in a context of its own.
        kept: how many samples the store holds before, so that its caches do not grow meanwhile.
    """
    tray, bus = TrayPicture(), Bus()
    died: list[str] = []
    bus.subscribe(lambda event: died.append(str(event)) if isinstance(event, Died) else None)
    with ExitStack() as stack:
        rig = SoftwareRig(OTHERS, optics=plain_optics(WIDTH, HEIGHT), paint=tray.paint, fps=FPS)
        start(rig.feeder, stack)
        software = SoftwareSocket(tray, stack)
        options = rig.options.model_copy(update={"serials": (PULLED,)})
        socket: Socket = software
        if shared:
            recording = record(options, software.context, folder / "recordings")
            socket = RecordingSocket(rig.context, recording)
        cameras = [*find(rig.options, lambda: rig.context), *find(options, lambda: socket.context)]
        feeds = {camera.camera_id: Feed(camera, bus, FRAME_TIMEOUT_S) for camera in cameras}
        store = stack.enter_context(Store.open(folder, high_water_free_mb=0, ballast_mb=0))
        lane = lane_of(list(feeds.values()), store, tray, stack, bus, folder, kept)
        associate = Associate(tray, lane, bus)
        for part in (*feeds.values(), lane, Worker("associate", bus, associate.work)):
            start(part, stack)
        yield Booth(feeds, associate, socket, died)


def lane_of(
    feeds: Sequence[Feed],
    store: Store,
    tray: TrayPicture,
    stack: ExitStack,
    bus: Bus,
    folder: Path,
    kept: int,
) -> Lane:
    """The lane and its writer, which is started, and has kept and closed so many samples."""
    lens = Intrinsics(WIDTH, HEIGHT, WIDTH, WIDTH, WIDTH / 2, HEIGHT / 2)
    pose = tuple(float(value) for value in np.eye(4).ravel())
    calibration = Calibration(
        "software-1",
        {serial: CameraCalibration(lens, pose) for serial in SERIALS},
        empty_tray=dict.fromkeys(SERIALS, Picture(tray.empty)),
    )
    index = FakeIndex()
    examiner = Examiner(
        FakePerception(), FakeJudge(), index, FakeFinder(index), References(folder), calibration
    )
    writer = Writer(store, bus)
    start(writer, stack)
    for _ in range(kept):
        sample = make_sample()
        writer.keep(sample)
        writer.close(sample.sample_id, make_closing())
    visit = Visit("booth-1", examiner, writer, bus, UNDO_S, FakeLessons())
    second_look = SecondLook(bus)
    start(second_look, stack)
    array, watch = Array(feeds, FRAME_TIMEOUT_S, 1), TrayWatch(calibration, SETTLE_S)
    return Lane(visit, array, watch, calibration, bus, second_look)


def record(options: RealSenseOptions, context: Any, folder: Path) -> Path:
    """What the pulled camera streams in a short time, recorded by the driver."""
    wish = {"record_folder": str(folder), "record_free_mb": 0}
    (camera,) = find(options.model_copy(update=wish), lambda: context)
    camera.open()
    end_s = time.monotonic() + RECORDED_S
    while time.monotonic() < end_s:
        camera.read(DEADLINE_S)
    camera.close()
    return next(folder.iterdir())


def start(part: Any, stack: ExitStack) -> None:
    """Start it now and stop it at the end."""
    stack.callback(part.stop)
    part.start()


def wait_until(reached: Callable[[], bool], what: str) -> None:
    """Wait for a condition; fails after the deadline."""
    end_s = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not reached():
        if time.monotonic() > end_s:
            raise TimeoutError(f"not within {DEADLINE_S:.0f} s: {what}")
        pause.wait(TICK_S)
