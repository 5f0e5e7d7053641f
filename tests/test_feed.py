"""A feed keeps the newest frame, reopens a camera that went, and never dies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from booth.domain.device import DeviceState
from booth.events import Bus, Died, FeedChanged
from booth.feed.frames import Feed
from tests.fakes import FakeCamera, Heard, wait_until


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
