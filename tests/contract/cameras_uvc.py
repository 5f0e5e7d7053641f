"""UVC cameras without hardware: video files in their place, and devices that are played."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.errors import DeviceError
from booth.ports.devices import Camera
from drivers.uvc import camera as uvc

HEIGHT, WIDTH = 48, 64


class WithFolder(Protocol):
    """A setting that has a folder to write into."""

    @property
    def folder(self) -> Path: ...


def video(path: Path, frames: int = 600, fps: float = 30.0) -> Path:
    """A lossless video; picture n is red n, green 2 n, blue 200 (n up to 100, then again)."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"FFV1"), fps, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for number in range(frames):
        shade = number % 100
        writer.write(np.full((HEIGHT, WIDTH, 3), (200, 2 * shade, shade), np.uint8))
    writer.release()
    return path


def uvc_videos(setting: WithFolder) -> Sequence[Camera]:
    files = [video(setting.folder / name) for name in ("left.mkv", "right.mkv")]
    return uvc.cameras({"devices": [str(file) for file in files], "fps": 40}, None)


class PlayedSource:
    """A device that fills one buffer after another at a rate, and may be held up, cut off or damaged.

    Its picture is its number everywhere; `decode_s` is how long it is decoded.
    """

    def __init__(self, fps: float = 50.0, decode_s: float = 0.0) -> None:
        self._period_s = 1.0 / fps
        self._decode_s = decode_s
        self._begin_s = time.monotonic()
        self.number = 0
        self.stamp_ms: float | None = None
        self.taken_s: list[float] = []
        self.is_hung = False
        self.is_gone = False
        self.is_damaged = False
        self.is_closed = False

    def grab(self, timeout_s: float) -> bool:
        if self.is_gone:
            raise DeviceError("it is gone: check its cable")
        ready_s = self._begin_s + (self.number + 1) * self._period_s
        wait_s = timeout_s if self.is_hung else min(timeout_s, max(0.0, ready_s - time.monotonic()))
        time.sleep(max(0.0, wait_s))
        if self.is_hung or time.monotonic() < ready_s:
            return False
        self.number = int((time.monotonic() - self._begin_s) / self._period_s)
        self.taken_s.append(time.monotonic())
        return True

    def retrieve(self) -> NDArray[np.uint8] | None:
        assert not self.is_closed
        time.sleep(self._decode_s)
        return None if self.is_damaged else np.full((2, 2, 3), self.number % 256, np.uint8)

    def close(self) -> None:
        self.is_closed = True
