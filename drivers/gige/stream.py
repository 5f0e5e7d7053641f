"""One camera that Aravis has open, and its stream: whole buffers, the newest first."""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_int, c_size_t, c_uint64
from dataclasses import dataclass

import numpy as np

from drivers.genicam.frames import RawImage
from drivers.gige.aravis import Aravis, AravisError
from drivers.gige.features import Features

log = logging.getLogger(__name__)

WHOLE = 0
"""ARV_BUFFER_STATUS_SUCCESS of arvbuffer.h: every packet came."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One picture in the stream's own memory, and what its leader says of it.

    Attributes:
        stamp_ns: the device's clock; 0 where it has none.
    """

    raw: RawImage
    stamp_ns: int
    block_id: int


class Link:
    """One open camera: its features and its stream.

    Raises:
        AravisError: it does not answer, or another computer holds it.
    """

    def __init__(self, aravis: Aravis, address: str) -> None:
        self._aravis = aravis
        self._camera = aravis.call("arv_camera_new", address.encode())
        self._device = aravis.call("arv_camera_get_device", self._camera)
        self.features = Features(aravis, self._device)
        self.stream: Stream | None = None

    def start(self, buffers: int, packet_bytes: int) -> Stream:
        """Begin to stream. Raises: AravisError."""
        if packet_bytes:
            self._aravis.call("arv_camera_gv_set_packet_size", self._camera, packet_bytes)
        self.stream = Stream(self._aravis, self._camera, buffers)
        return self.stream

    def is_held(self) -> bool:
        """Whether this computer still controls it; False soon after its heartbeat stops."""
        return bool(self._aravis.call("arv_gv_device_is_controller", self._device))

    def end(self) -> None:
        """Stop and let go; takes up to CLOSE_S when the camera was cut off."""
        if self.stream is not None:
            if self.is_held():
                self._stop()
            self.stream.release()
        self._aravis.call("g_object_unref", self._camera)

    def _stop(self) -> None:
        try:
            self._aravis.call("arv_camera_stop_acquisition", self._camera)
        except AravisError as error:
            log.info("a GigE Vision camera had gone before it was stopped: %s", error)


class Stream:
    """Receives from the moment it is made. One thread at a time.

    Raises:
        AravisError: the camera refuses, or does not answer.
    """

    def __init__(self, aravis: Aravis, camera: int, buffers: int) -> None:
        self._aravis = aravis
        self._camera = camera
        payload = aravis.call("arv_camera_get_payload", camera)
        self._stream: int | None = aravis.call("arv_camera_create_stream", camera, None, None)
        for _ in range(buffers):
            self._push(aravis.call("arv_buffer_new_allocate", payload))
        try:
            aravis.call("arv_camera_start_acquisition", camera)
        except AravisError:
            self.release()
            raise

    def release(self) -> None:
        """Let go of it and its buffers; harmless twice."""
        stream, self._stream = self._stream, None
        if stream is not None:
            self._aravis.call("g_object_unref", stream)

    def pass_over_old(self) -> None:
        """Give all buffers back when none was free: their pictures have waited for no one knows how long."""
        free, full = c_int(), c_int()
        self._aravis.call("arv_stream_get_n_buffers", self._stream, byref(free), byref(full))
        if free.value > 0:
            return
        for _ in range(full.value):
            self._push(self._try_pop())

    @contextmanager
    def newest(self, timeout_s: float) -> Iterator[Block | None]:
        """The newest whole picture for as long as it is looked at; None when none came in time."""
        buffer = self._aravis.call("arv_stream_timeout_pop_buffer", self._stream, int(timeout_s * 1e6))
        while buffer is not None and (newer := self._try_pop()) is not None:
            worse = newer if not self._is_whole(newer) and self._is_whole(buffer) else buffer
            self._push(worse)
            buffer = buffer if worse is newer else newer
        try:
            yield self._block(buffer) if buffer is not None and self._is_whole(buffer) else None
        finally:
            self._push(buffer)

    def lost(self) -> int:
        """Pictures that came with packets missing, or found no free buffer, by Aravis's own count."""
        whole, damaged, unheld = c_uint64(), c_uint64(), c_uint64()
        self._aravis.call(
            "arv_stream_get_statistics", self._stream, byref(whole), byref(damaged), byref(unheld)
        )
        return damaged.value + unheld.value

    def _try_pop(self) -> int | None:
        buffer: int | None = self._aravis.call("arv_stream_try_pop_buffer", self._stream)
        return buffer

    def _push(self, buffer: int | None) -> None:
        if buffer is not None and self._stream is not None:
            self._aravis.call("arv_stream_push_buffer", self._stream, buffer)

    def _is_whole(self, buffer: int) -> bool:
        return bool(self._aravis.call("arv_buffer_get_status", buffer) == WHOLE)

    def _block(self, buffer: int) -> Block:
        call = self._aravis.call
        size, padding, below = c_size_t(), c_int(), c_int()
        start = call("arv_buffer_get_image_data", buffer, byref(size))
        call("arv_buffer_get_image_padding", buffer, byref(padding), byref(below))
        data = np.ctypeslib.as_array((ctypes.c_uint8 * size.value).from_address(start or 0))
        raw = RawImage(
            data,
            call("arv_buffer_get_image_width", buffer),
            call("arv_buffer_get_image_height", buffer),
            call("arv_buffer_get_image_pixel_format", buffer),
            padding.value,
        )
        return Block(raw, call("arv_buffer_get_timestamp", buffer), call("arv_buffer_get_frame_id", buffer))
