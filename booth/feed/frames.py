"""One camera's thread: keeps its newest frames, and says how it is."""

from __future__ import annotations

import threading
import time
from collections import deque

from booth.domain.device import DeviceInfo, DeviceState, DeviceStatus
from booth.domain.picture import Frame
from booth.errors import DeviceTimeout
from booth.events import Bus, FeedChanged
from booth.feed.supervise import Silences, Told, supervise
from booth.feed.tally import Tally
from booth.ports.devices import Camera
from booth.worker import Worker

RECENT = 3
"""So many frames are held, so that the one nearest in time to those of the other cameras can be taken."""
HEALTH_PERIOD_S = 2.0
STOP_S = 20.0
"""A restart may be under way, which waits for the device."""


class Feed:
    """The newest frames of one camera; the oldest are dropped."""

    def __init__(self, camera: Camera, bus: Bus, frame_timeout_s: float) -> None:
        self.camera_id = camera.camera_id
        self._camera = camera
        self._bus = bus
        self._frame_timeout_s = frame_timeout_s
        self._arrived = threading.Condition()
        self._recent: deque[Frame] = deque(maxlen=RECENT)
        self._tally = Tally(camera.camera_id, camera.info)
        self._told: tuple[DeviceState, str] | None = None
        self._worker = Worker(f"feed {camera.camera_id}", bus, self._work)

    @property
    def info(self) -> DeviceInfo:
        """What the camera says of itself."""
        return self._camera.info

    def start(self) -> None:
        """Start reading."""
        self._worker.start()

    def stop(self) -> None:
        """Stop reading and close the camera."""
        self._worker.stop(self._frame_timeout_s + STOP_S)

    def newest(self) -> Frame | None:
        """The newest frame, or None while the camera is lost or silent. Any thread may call it."""
        with self._arrived:
            return self._recent[-1] if self._recent else None

    def after(self, host_ns: int, timeout_s: float) -> Frame | None:
        """The newest frame that arrived later than `host_ns`, or None when none comes. Any thread."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._is_after(host_ns), timeout_s)
            return self._recent[-1] if self._is_after(host_ns) else None

    def all_after(self, host_ns: int) -> tuple[Frame, ...]:
        """The frames still held that arrived later than `host_ns`, oldest first. Any thread."""
        with self._arrived:
            return tuple(frame for frame in self._recent if frame.host_ns > host_ns)

    def status(self) -> DeviceStatus:
        """How the camera is doing. Any thread may call it."""
        return self._tally.status(time.monotonic_ns())

    def _is_after(self, host_ns: int) -> bool:
        return bool(self._recent) and self._recent[-1].host_ns > host_ns

    def _work(self, stopping: threading.Event) -> None:
        name = f"camera {self.camera_id}"
        supervise(name, self._camera, self._stream, self._tell, self._restart, stopping)

    def _stream(self, stopping: threading.Event, told: Told) -> None:
        silences = Silences(told)
        measured_at_s = 0.0
        while not stopping.is_set():
            try:
                frame = self._camera.read(self._frame_timeout_s)
            except DeviceTimeout as error:
                self._forget()
                if silences.missed(error):
                    raise
                continue
            self._put(frame)
            silences.heard()
            if time.monotonic() - measured_at_s > HEALTH_PERIOD_S:
                measured_at_s = time.monotonic()
                self._tally.measured(self._camera.info, self._camera.health().temperature_c)

    def _restart(self) -> None:
        self._tally.restarted()
        self._camera.restart()

    def _put(self, frame: Frame) -> None:
        self._tally.came(frame.host_ns, frame.sequence)
        with self._arrived:
            self._recent.append(frame)
            self._arrived.notify_all()

    def _forget(self) -> None:
        with self._arrived:
            self._recent.clear()

    def _tell(self, state: DeviceState, message: str) -> None:
        if state is DeviceState.LOST:
            self._forget()
        self._tally.changed(state, message)
        if (state, message) != self._told:
            self._told = (state, message)
            self._bus.tell(FeedChanged(self.camera_id, state, message))
