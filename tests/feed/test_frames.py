"""A feed keeps the newest frame, reopens a camera that went, and never dies."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from booth.domain.device import DeviceState
from booth.domain.picture import Frame
from booth.errors import DeviceTimeout
from booth.events import Bus, Died, FeedChanged
from booth.feed.frames import Feed
from tests.fakes import FakeCamera, Heard, wait_until


class SilentCamera(FakeCamera):
    """A camera that is there and says nothing, but for the frames that it was told to give."""

    def __init__(self, camera_id: str, frames: int, cured_by_restart: bool = False) -> None:
        super().__init__(camera_id)
        self._frames = frames
        self._cured_by_restart = cured_by_restart

    def read(self, timeout_s: float) -> Frame:
        cured = self._cured_by_restart and self.restarted > 0
        if self._frames <= 0 and not cured:
            raise DeviceTimeout(f"camera {self.camera_id} gave no picture")
        self._frames -= 1
        return super().read(timeout_s)


@contextmanager
def running(camera: FakeCamera) -> Iterator[tuple[Feed, Heard]]:
    bus, heard = Bus(), Heard()
    bus.subscribe(heard)
    feed = Feed(camera, bus, frame_timeout_s=1.0)
    feed.start()
    try:
        yield feed, heard
    finally:
        feed.stop()


def states(heard: Heard) -> list[DeviceState]:
    return [event.state for event in heard.of(FeedChanged)]


def test_the_newest_frame_is_kept_and_older_ones_are_dropped() -> None:
    with running(FakeCamera("a")) as (feed, _):
        first = feed.after(0, 1.0)
        assert first is not None
        later = feed.after(time.monotonic_ns(), 1.0)
        assert later is not None
        assert later.sequence > first.sequence
        assert later.host_ns > first.host_ns


def test_after_gives_none_when_no_later_frame_comes() -> None:
    with running(FakeCamera("a")) as (feed, _):
        assert feed.after(time.monotonic_ns() + 10**12, 0.05) is None


def test_an_unplugged_camera_is_told_and_reopened() -> None:
    camera = FakeCamera("a")
    with running(camera) as (feed, heard):
        wait_until(lambda: DeviceState.LIVE in states(heard))
        camera.plugged = False
        wait_until(lambda: DeviceState.LOST in states(heard))
        assert feed.newest() is None
        lost = next(event for event in heard.of(FeedChanged) if event.state is DeviceState.LOST)
        assert "cable" in lost.message
        camera.plugged = True
        wait_until(lambda: states(heard).count(DeviceState.LIVE) == 2)
        assert feed.after(time.monotonic_ns(), 1.0) is not None
    assert not heard.of(Died)


def test_a_camera_that_is_missing_at_start_is_taken_when_it_comes() -> None:
    camera = FakeCamera("a")
    camera.plugged = False
    with running(camera) as (feed, heard):
        wait_until(lambda: DeviceState.LOST in states(heard))
        camera.plugged = True
        wait_until(lambda: feed.newest() is not None)


def test_three_silences_open_a_camera_again() -> None:
    camera = SilentCamera("a", frames=5)
    with running(camera) as (feed, heard):
        wait_until(lambda: camera.opened >= 2)
        told = states(heard)
        lost = [DeviceState.STALE, DeviceState.LOST]
        assert told[:4] == [DeviceState.OPENING, DeviceState.LIVE, *lost]
        assert feed.newest() is None


def test_a_camera_that_stays_silent_when_opened_again_is_restarted() -> None:
    camera = SilentCamera("a", frames=5, cured_by_restart=True)
    with running(camera) as (feed, heard):
        wait_until(lambda: states(heard).count(DeviceState.LIVE) == 2)
        assert camera.restarted == 1
        status = feed.status()
        assert (status.restarted, status.state) == (1, DeviceState.LIVE)
        assert "silent" in status.last_error


def test_a_camera_that_spoke_in_between_is_not_restarted() -> None:
    class Stuttering(SilentCamera):
        def open(self) -> None:
            super().open()
            self._frames = 2

    camera = Stuttering("a", frames=0)
    with running(camera):
        wait_until(lambda: camera.opened >= 4)
    assert camera.restarted == 0


def test_a_short_silence_is_told_and_ends() -> None:
    class Pausing(FakeCamera):
        reads = 0

        def read(self, timeout_s: float) -> Frame:
            self.reads += 1
            if self.reads in (3, 4):
                raise DeviceTimeout("camera a gave no picture")
            return super().read(timeout_s)

    camera = Pausing("a")
    with running(camera) as (_, heard):
        wait_until(lambda: states(heard).count(DeviceState.LIVE) == 2)
    assert states(heard)[:4] == [
        DeviceState.OPENING,
        DeviceState.LIVE,
        DeviceState.STALE,
        DeviceState.LIVE,
    ]
    assert camera.opened == 1


def test_no_picture_outlives_the_camera_that_fell_silent() -> None:
    frames: list[weakref.ref[Frame]] = []

    class Remembered(SilentCamera):
        def open(self) -> None:
            super().open()
            self._frames = 2

        def read(self, timeout_s: float) -> Frame:
            frame = super().read(timeout_s)
            frames.append(weakref.ref(frame.rgb))  # type: ignore[arg-type]
            return frame

    gc.disable()
    try:
        camera = Remembered("a", frames=0)
        with running(camera):
            wait_until(lambda: camera.opened >= 4)
            wait_until(lambda: sum(frame() is not None for frame in frames[:4]) == 0)
    finally:
        gc.enable()
