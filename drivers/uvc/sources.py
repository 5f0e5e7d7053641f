"""Where a UVC camera's pictures come from: a V4L2 device through OpenCV, or a video file in its place."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.errors import DeviceError
from drivers.pace import Pace

GLANCE_S = 0.001
"""The shortest wait that OpenCV can be asked for; it tells whether a picture lies ready."""

SELECT_VARIABLE = "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"
SELECT_S = 2
"""OpenCV's patience with the first two pictures of a stream, instead of 10 s; every later wait is exact."""

CLOCKS_APART_S = 60.0
"""Stamps further from this machine's clock than this are of another clock (kernel: `clock` of uvcvideo)."""


class Source(Protocol):
    """Gives the newest picture in two steps, so that several can be taken before any is decoded."""

    def grab(self, timeout_s: float) -> bool:
        """Take the newest picture, waiting where there is none yet. Raises: DeviceError: it is gone."""

    def retrieve(self) -> NDArray[np.uint8] | None:
        """What was taken, as (H, W, 3) RGB in new memory; None when it came damaged."""

    @property
    def number(self) -> int:
        """Of the picture that was taken, counted from 1, with those that were passed over."""

    @property
    def stamp_ms(self) -> float | None:
        """When it was taken, on this machine's clock since 1970, where the device tells it."""

    def close(self) -> None:
        """Let go; harmless twice."""


@dataclass(frozen=True, slots=True)
class Mode:
    """What the camera is asked for; None leaves it as it is."""

    width: int | None = None
    height: int | None = None
    fps: float | None = None
    fourcc: str | None = None
    buffers: int = 2


class V4l2Source:
    """One V4L2 device. One thread at a time.

    Its buffers fill and then wait, so the oldest picture comes first. Taking goes on until none lies ready;
    where all buffers were full, even the last may be old, and the next is waited for. One buffer alone would
    leave the camera none while a picture is decoded, and halve its rate.

    Args:
        kind: OpenCV's class, or one that behaves as it does.

    Raises:
        DeviceError: it cannot be opened, has no such mode, or gives nothing.
    """

    def __init__(self, path: Path, mode: Mode, kind: Any = cv2.VideoCapture) -> None:
        os.environ.setdefault(SELECT_VARIABLE, str(SELECT_S))
        self._path = path
        self._wait_any = kind.waitAny
        self._capture: Any = kind(str(path), cv2.CAP_V4L2)
        self.number = 0
        try:
            self._settle(mode)
        except BaseException:
            self.close()
            raise
        self._buffers = mode.buffers

    @property
    def stamp_ms(self) -> float | None:
        """V4L2 stamps with the monotonic clock; it is told on that of the day, as other drivers do."""
        now_s = time.monotonic()
        age_s = now_s - self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
        return (time.time() - age_s) * 1000.0 if 0 <= age_s < CLOCKS_APART_S else None

    def grab(self, timeout_s: float) -> bool:
        """Take the newest. Raises: DeviceError."""
        deadline_s = time.monotonic() + timeout_s
        taken = 0
        while taken < self._buffers and self._take(GLANCE_S):
            taken += 1
        return 0 < taken < self._buffers or self._take(deadline_s - time.monotonic())

    def retrieve(self) -> NDArray[np.uint8] | None:
        """Decode what was taken. Raises: DeviceError."""
        try:
            whole, bgr = self._capture.retrieve()
        except cv2.error as error:
            raise DeviceError(self._gone(error)) from error
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8) if whole and bgr.size else None

    def close(self) -> None:
        """Stop the stream."""
        self._capture.release()

    def _take(self, timeout_s: float) -> bool:
        try:
            ready, _ = self._wait_any([self._capture], int(max(timeout_s, GLANCE_S) * 1e9))
            if not ready:
                return False
            self._capture.grab()  # what waitAny took already; without it the next waitAny would take nothing
        except cv2.error as error:
            raise DeviceError(self._gone(error)) from error
        self.number += 1
        return True

    def _settle(self, mode: Mode) -> None:
        if not self._capture.isOpened():
            raise DeviceError(
                f"{self._path} cannot be opened: check its cable, that the booth's user is in the "
                f"group 'video', and that no other program uses it"
            )
        wishes = (
            (cv2.CAP_PROP_FOURCC, None if mode.fourcc is None else cv2.VideoWriter.fourcc(*mode.fourcc)),
            (cv2.CAP_PROP_FRAME_WIDTH, mode.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, mode.height),
            (cv2.CAP_PROP_FPS, mode.fps),
            (cv2.CAP_PROP_BUFFERSIZE, mode.buffers),
        )
        for key, value in wishes:
            if value is not None:
                self._capture.set(key, value)
        self._check(mode)
        if not self._capture.grab():
            raise DeviceError(
                f"{self._path} gives no picture: check its cable, and the bandwidth of its USB bus"
            )

    def _check(self, mode: Mode) -> None:
        width = int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        height = int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if (mode.width or width, mode.height or height) != (width, height):
            raise DeviceError(
                f"{self._path} gives {width} x {height}, not {mode.width} x {mode.height}: set one of the "
                f"sizes that 'v4l2-ctl --list-formats-ext' shows for its fourcc"
            )

    def _gone(self, error: cv2.error) -> str:
        return f"{self._path} is gone: check its cable: {str(error.err or error).strip()}"


class FileSource:
    """A video file that plays at its own pace, and is gone when it has ended. One thread at a time.

    Raises:
        DeviceError: it cannot be played.
    """

    def __init__(self, path: Path, mode: Mode) -> None:
        self._path = path
        self._capture: Any = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        fps = mode.fps or self._capture.get(cv2.CAP_PROP_FPS)
        if not self._capture.isOpened() or not 0 < fps <= 1000:
            self.close()
            raise DeviceError(f"{path} is no video that can be played: name a video file, or a camera")
        self._pace = Pace(fps)
        self.number = 0

    @property
    def stamp_ms(self) -> float | None:
        """None: its times are of the day that it was recorded."""
        return None

    def grab(self, timeout_s: float) -> bool:
        """Take the picture whose time it is, passing over earlier ones. Raises: DeviceError: it has ended."""
        tick = self._pace.wait(timeout_s)
        while tick is not None and self.number < tick:
            if not self._capture.grab():
                raise DeviceError(f"{self._path} has ended after {self.number} pictures: open it again")
            self.number += 1
        return tick is not None

    def retrieve(self) -> NDArray[np.uint8] | None:
        """Decode what was taken."""
        whole, bgr = self._capture.retrieve()
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8) if whole else None

    def close(self) -> None:
        """Let go of the file."""
        self._capture.release()
