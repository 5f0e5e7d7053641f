"""The newest picture of a V4L2 device, on a class that queues buffers as OpenCV's does."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest

from booth.errors import DeviceError
from drivers.uvc.sources import SELECT_VARIABLE, Mode, V4l2Source
from tests.contract.cameras_fakes import until

FPS = 100.0
PERIOD_S = 1.0 / FPS
READ_S = 5.0
NODE = Path("/dev/video0")


class Queue:
    """`cv2.VideoCapture` on V4L2 as its source says: buffers fill in turn and wait; `waitAny` takes one
    ahead, which the next `grab` merely hands over; `retrieve` gives the buffer back to be filled.

    Picture n is n everywhere; its time is that of its exposure on the monotonic clock.
    """

    is_there: ClassVar[bool] = True
    fixed_width: ClassVar[int] = 0
    made: ClassVar[list[Queue]] = []

    def __init__(self, _path: str, backend: int) -> None:
        assert backend == cv2.CAP_V4L2
        self._wishes: dict[int, float] = {cv2.CAP_PROP_FRAME_WIDTH: 640, cv2.CAP_PROP_FRAME_HEIGHT: 480}
        self._begin_s = time.monotonic()
        self._full: list[int] = []
        self._held: int | None = None
        self._pending = False
        self._seen = 0
        self.is_gone = False
        self.clock_apart_s = 0.0
        self.made.append(self)

    def isOpened(self) -> bool:
        return self.is_there

    def set(self, key: int, value: float) -> bool:
        if key != cv2.CAP_PROP_FRAME_WIDTH or not self.fixed_width:
            self._wishes[key] = value
        return True

    def get(self, key: int) -> float:
        if key == cv2.CAP_PROP_POS_MSEC:
            assert self._held is not None
            return (self._begin_s + self._held * PERIOD_S + self.clock_apart_s) * 1000.0
        return self._wishes[key]

    def full(self) -> int:
        """How many buffers hold a picture; those exposed while none was free are lost."""
        exposed = int((time.monotonic() - self._begin_s) / PERIOD_S)
        room = int(self._wishes[cv2.CAP_PROP_BUFFERSIZE]) - len(self._full) - (self._held is not None)
        self._full += range(self._seen + 1, exposed + 1)[: max(0, room)]
        self._seen = max(self._seen, exposed)
        return len(self._full)

    def grab(self) -> bool:
        if self._pending:
            self._pending = False
            return True
        self._held = None
        until(lambda: self.full() > 0, "a picture comes")
        self._held = self._full.pop(0)
        return True

    def retrieve(self) -> tuple[bool, Any]:
        number, self._held, self._pending = self._held, None, False
        return number is not None, np.full((2, 2, 3), (number or 0) % 256, np.uint8)

    def release(self) -> None:
        self.is_gone = True

    @staticmethod
    def waitAny(streams: Sequence[Queue], timeout_ns: int) -> tuple[bool, list[int]]:
        assert timeout_ns > 0, "0 would wait for ever"
        one = streams[0]
        if one.is_gone:
            raise cv2.error("Error is reported for camera stream: 0")
        end_s = time.monotonic() + timeout_ns / 1e9
        while not one.full():
            if time.monotonic() >= end_s:
                return False, []
            time.sleep(0.0005)
        one._pending = one.grab()
        return True, [0]


def opened(buffers: int = 4, **mode: Any) -> tuple[V4l2Source, Queue]:
    source = V4l2Source(NODE, Mode(buffers=buffers, **mode), Queue)
    return source, Queue.made[-1]


def shown(source: V4l2Source) -> int:
    rgb = source.retrieve()
    assert rgb is not None
    return int(rgb[0, 0, 0])


@pytest.mark.parametrize("buffers", [2, 4])
def test_a_reader_that_is_fast_enough_misses_nothing_and_none_comes_twice(buffers: int) -> None:
    source, _ = opened(buffers)
    numbers = []
    for _ in range(5):
        assert source.grab(READ_S)
        numbers.append(shown(source))
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("buffers", [2, 4])
def test_after_a_pause_the_picture_is_a_new_one(buffers: int) -> None:
    source, queue = opened(buffers)
    source.grab(READ_S)
    shown(source)
    until(lambda: queue.full() == buffers, "all buffers are full")
    pause_s = time.monotonic()
    until(lambda: time.monotonic() > pause_s + 5 * PERIOD_S, "they grow old")
    asked = int((time.monotonic() - queue._begin_s) / PERIOD_S)
    assert source.grab(READ_S)
    assert shown(source) >= asked
    assert source.number >= buffers + 2


def test_pictures_that_were_passed_over_are_counted() -> None:
    source, queue = opened(4)
    source.grab(READ_S)
    before, first = source.number, shown(source)
    until(lambda: queue.full() == 2, "two lie ready")
    source.grab(READ_S)
    assert shown(source) - first == source.number - before


def test_a_wait_is_as_long_as_it_is_told() -> None:
    source, queue = opened()
    queue._begin_s = time.monotonic() + 1_000.0
    queue._full.clear()
    assert not source.grab(0.02)
    assert not source.grab(0.0)


def test_a_stamp_is_told_on_the_clock_of_the_day() -> None:
    source, _ = opened()
    source.grab(READ_S)
    stamp_ms = source.stamp_ms
    assert stamp_ms is not None
    assert abs(stamp_ms / 1000.0 - time.time()) < READ_S


def test_a_stamp_of_another_clock_is_left_out() -> None:
    source, queue = opened()
    source.grab(READ_S)
    queue.clock_apart_s = -1e6
    assert source.stamp_ms is None


def test_a_camera_that_is_gone_is_told() -> None:
    source, queue = opened()
    queue.is_gone = True
    with pytest.raises(DeviceError, match=r"/dev/video0 is gone.*cable"):
        source.grab(READ_S)
    source.close()


def test_the_mode_is_asked_for_in_the_order_that_v4l2_needs() -> None:
    _, queue = opened(width=1280, height=720, fps=15.0, fourcc="MJPG")
    keys = [key for key in queue._wishes if key not in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)]
    assert keys == [cv2.CAP_PROP_FOURCC, cv2.CAP_PROP_FPS, cv2.CAP_PROP_BUFFERSIZE]
    assert queue._wishes[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")


def test_a_size_that_the_camera_has_not_is_refused_and_it_is_let_go() -> None:
    class Stubborn(Queue):
        fixed_width = 640

    with pytest.raises(DeviceError, match=r"gives 640 x 720, not 1280 x 720.*v4l2-ctl"):
        V4l2Source(NODE, Mode(width=1280, height=720), Stubborn)
    assert Queue.made[-1].is_gone


def test_one_that_does_not_open_is_refused() -> None:
    class Absent(Queue):
        is_there = False

    with pytest.raises(DeviceError, match="cannot be opened"):
        V4l2Source(NODE, Mode(), Absent)


def test_opencvs_own_wait_is_shortened_but_not_against_the_users_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SELECT_VARIABLE, "7")
    opened()
    assert os.environ[SELECT_VARIABLE] == "7"
    monkeypatch.delenv(SELECT_VARIABLE)
    opened()
    assert os.environ[SELECT_VARIABLE] == "2"
