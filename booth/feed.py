"""One camera's thread: opens it, keeps only the newest frame, reopens it with back-off, and never dies."""

from __future__ import annotations

import logging
import threading
import time

from booth.domain.device import DeviceState
from booth.domain.picture import Frame
from booth.errors import DeviceError
from booth.events import Bus, FeedChanged
from booth.ports.devices import Camera
from booth.worker import Worker

log = logging.getLogger(__name__)

FIRST_BACKOFF_S = 0.2
LONGEST_BACKOFF_S = 5.0


class Feed:
    """The newest frame of one camera: a slot of size one, the oldest is dropped."""

    def __init__(self, camera: Camera, bus: Bus, frame_timeout_s: float) -> None:
        self.camera_id = camera.camera_id
        self._camera = camera
        self._bus = bus
        self._frame_timeout_s = frame_timeout_s
        self._arrived = threading.Condition()
        self._newest: Frame | None = None
        self._worker = Worker(f"feed {camera.camera_id}", bus, self._work)

    def start(self) -> None:
        """Start reading."""
        self._worker.start()

    def stop(self) -> None:
        """Stop reading and close the camera."""
        self._worker.stop(self._frame_timeout_s + 5.0)

    def newest(self) -> Frame | None:
        """The newest frame, or None while the camera is lost. Any thread may call it."""
        with self._arrived:
            return self._newest

    def after(self, host_ns: int, timeout_s: float) -> Frame | None:
        """The first frame that arrives later than `host_ns`, or None when none comes. Any thread."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._is_after(host_ns), timeout_s)
            return self._newest if self._is_after(host_ns) else None

    def _is_after(self, host_ns: int) -> bool:
        return self._newest is not None and self._newest.host_ns > host_ns

    def _work(self, stopping: threading.Event) -> None:
        backoff_s = FIRST_BACKOFF_S
        while not stopping.is_set():
            opened_at_s = time.monotonic()
            try:
                self._stream(stopping)
            except DeviceError as error:
                self._put(None)
                log.warning("camera %s lost: %s", self.camera_id, error)
                self._bus.tell(FeedChanged(self.camera_id, DeviceState.LOST, str(error)))
                if time.monotonic() - opened_at_s > LONGEST_BACKOFF_S:
                    backoff_s = FIRST_BACKOFF_S
                stopping.wait(backoff_s)
                backoff_s = min(2 * backoff_s, LONGEST_BACKOFF_S)

    def _stream(self, stopping: threading.Event) -> None:
        self._bus.tell(FeedChanged(self.camera_id, DeviceState.OPENING))
        try:
            self._camera.open()
            self._put(self._camera.read(self._frame_timeout_s))
            self._bus.tell(FeedChanged(self.camera_id, DeviceState.LIVE))
            while not stopping.is_set():
                self._put(self._camera.read(self._frame_timeout_s))
        finally:
            self._camera.close()

    def _put(self, frame: Frame | None) -> None:
        with self._arrived:
            self._newest = frame
            self._arrived.notify_all()
