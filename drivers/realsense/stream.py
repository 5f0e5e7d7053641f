"""A running RealSense pipeline, and how its framesets become frames."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pyrealsense2 as rs
from numpy.typing import NDArray

from booth.domain.picture import Frame
from booth.domain.terms import ClockDomain

log = logging.getLogger(__name__)

CLOCK_DOMAINS = {
    rs.timestamp_domain.hardware_clock: ClockDomain.HARDWARE,
    rs.timestamp_domain.system_time: ClockDomain.SYSTEM,
    rs.timestamp_domain.global_time: ClockDomain.GLOBAL,
}
MOST_APART_PERIODS = 0.6
"""The SDK pairs what is nearest in time, half a period apart at most; just after the start it may not."""


class Stream:
    """A started pipeline that leaves its newest frameset in a queue of one.

    The queue is what `read` waits on, not the pipeline's own: that one answers the loss of its device by
    opening it again, and so waits 15 s for it (pipeline.cpp and config.cpp of librealsense: three times 5 s).
    For the same reason the device is given, not its serial number.

    Raises:
        RuntimeError: the device does not start in that mode.
    """

    def __init__(self, context: Any, device: Any, mode: Any) -> None:
        self.device = device
        self._pipeline = rs.pipeline(context)
        self._pipeline.set_device(device)
        self._queue = rs.frame_queue(1)
        # By name: a queue can be called, and as a callback it would take Python's lock for every frame.
        self.started = self._pipeline.start(config=mode, queue=self._queue).get_device()

    def wait(self, timeout_s: float) -> Any:
        """The next frameset, or None. Raises: RuntimeError."""
        came, frame = self._queue.try_wait_for_frame(max(1, int(timeout_s * 1000)))
        return frame.as_frameset() if came and frame.is_frameset() else None

    def stop(self) -> None:
        """Stop it; once."""
        for step in (self._quieten, self._pipeline.stop):
            try:
                step()
            except RuntimeError as error:  # a pipeline that lost its device has stopped itself
                log.info("a RealSense pipeline had stopped already: %s", error)

    def _quieten(self) -> None:
        """Have a playing recording give no more frames, and wait for those under way. Raises: RuntimeError.

        A frame that arrives while playing is stopped calls a callback that is no more, and the process dies
        of it (https://github.com/IntelRealSense/librealsense/issues/9446). Stopping ends the pause too.
        """
        if self.device.is_playback():
            playing = self.device.as_playback()
            if playing.current_status() == rs.playback_status.playing:
                playing.pause()


class Composer:
    """Makes frames of framesets: colour, and depth aligned to it, of one instant, copied out of the SDK.

    Aligning is most of its cost, and pyrealsense2 2.59 holds Python's lock meanwhile; OpenCV 5's
    registerDepth does not, and takes three times as long.

    Args:
        most_apart_ms: how far apart the two may be stamped; 0 means 0.6 of a period.
    """

    def __init__(self, camera_id: str, fps: int, most_apart_ms: float) -> None:
        self._camera_id = camera_id
        self._align = rs.align(rs.stream.color)
        self._most_apart_ms = most_apart_ms or MOST_APART_PERIODS * 1000.0 / fps
        self.refused = ""
        """Why the last frameset was refused, as the end of a sentence."""
        self.dropped = 0
        """Numbers that were left out between the framesets since `begin`."""
        self._last = (-1, -1)
        self._sequence = 0
        self._before_first = 0

    def begin(self) -> None:
        """Forget the numbers of the stream before."""
        self.refused, self.dropped = "", 0
        self._last = (-1, -1)
        self._before_first = 0

    def go_on(self) -> None:
        """Number what comes next after what came last, as a recording that starts again needs it."""
        self._last, self._before_first = (-1, -1), self._sequence

    def frame_of(self, frameset: Any, host_ns: int) -> Frame | None:
        """The frame, in new arrays; None when it is not whole. Raises: RuntimeError."""
        if not self._is_whole(frameset):
            return None
        aligned = self._align.process(frameset)
        colour, depth = aligned.get_color_frame(), aligned.get_depth_frame()
        self._sequence = self._before_first + colour.get_frame_number()
        return Frame(
            self._camera_id,
            np.array(colour.get_data(), dtype=np.uint8),
            in_mm(np.asanyarray(depth.get_data()), depth.get_units()),
            host_ns,
            self._sequence,
            colour.get_timestamp(),
            CLOCK_DOMAINS.get(colour.get_frame_timestamp_domain(), ClockDomain.NONE),
        )

    def _is_whole(self, frameset: Any) -> bool:
        colour, depth = frameset.get_color_frame(), frameset.get_depth_frame()
        if not colour or not depth:
            return False
        numbers = (colour.get_frame_number(), depth.get_frame_number())
        if numbers[0] == self._last[0] or numbers[1] == self._last[1]:
            return False  # the SDK fills a frameset with an older frame when one stream is late
        apart_ms = _apart_ms(colour, depth)
        if apart_ms > self._most_apart_ms:
            self.refused = f" (the last were {apart_ms:.0f} ms apart, apart_ms is {self._most_apart_ms:.0f})"
            return False
        if self._last[0] >= 0:
            self.dropped += max(0, numbers[0] - self._last[0] - 1)
        self._last = numbers
        return True


def in_mm(raw: NDArray[np.uint16], unit_m: float) -> NDArray[np.uint16]:
    """Depth in whole mm, in a new array; what is further than uint16 can say is no reading."""
    scale = unit_m * 1000.0
    if abs(scale - 1.0) < 1e-6:
        return np.array(raw, dtype=np.uint16)
    depth_mm = np.rint(raw.astype(np.float32) * np.float32(scale))
    return np.where(depth_mm <= 0xFFFF, depth_mm, 0).astype(np.uint16)


def _apart_ms(colour: Any, depth: Any) -> float:
    """Time between the two; 0 where their stamps are of different clocks and cannot be compared."""
    if colour.get_frame_timestamp_domain() != depth.get_frame_timestamp_domain():
        return 0.0
    return float(abs(colour.get_timestamp() - depth.get_timestamp()))
