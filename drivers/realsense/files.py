"""RealSense recordings: where a camera records to, and the files that are played in place of cameras."""

from __future__ import annotations

import logging
import re
import shutil
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrealsense2 as rs

from booth.errors import ConfigError, DeviceError

log = logging.getLogger(__name__)

DB3_MAGIC = b"SQLite format 3\0"
"""A .db3 file is an SQLite database: https://www.sqlite.org/fileformat.html, section 1.3."""
BAG_MAGIC = b"#ROSBAG V2.0\n"
"""http://wiki.ros.org/Bags/Format/2.0"""
KEY = "cameras.options.playback"
MB = 1_000_000


def load(context: Any, files: tuple[str, ...]) -> Mapping[str, Any]:
    """The recordings as devices of the context, by the serial of the camera that each is of.

    Raises:
        ConfigError: one is missing, empty, cut short or no recording, or two are of one camera.
    """
    found: dict[str, Any] = {}
    of_file: dict[str, str] = {}
    for file in files:
        _check(Path(file))
        try:
            device = context.load_device(file)
            serial = str(device.get_info(rs.camera_info.serial_number))
        except RuntimeError as error:
            raise ConfigError(f"{KEY}: {file} is no RealSense recording, or damaged: {error}") from error
        if serial in found:
            raise ConfigError(
                f"{KEY}: {of_file[serial]} and {file} are both of camera {serial}: "
                "name one recording a camera"
            )
        found[serial], of_file[serial] = device, file
    return found


def has_ended(device: Any) -> bool:
    """Whether a playing recording came to its end. Raises: RuntimeError."""
    return bool(device.current_status() == rs.playback_status.stopped)


def _check(file: Path) -> None:
    """Refuse what the SDK would not explain. Raises: ConfigError."""
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            head = opened.read(32)
    except OSError as error:
        raise ConfigError(f"{KEY}: {file} cannot be read: {error.strerror or error}") from error
    if not size:
        raise ConfigError(f"{KEY}: {file} is empty: nothing was recorded")
    kinds = {".db3": DB3_MAGIC, ".bag": BAG_MAGIC}
    magic = kinds.get(file.suffix)
    if magic is None or not head.startswith(magic):
        raise ConfigError(f"{KEY}: {file} is no RealSense recording (.db3 or .bag, as the SDK writes them)")
    if magic == DB3_MAGIC and size < _told_size(head):
        raise ConfigError(f"{KEY}: {file} is cut short: {size} of {_told_size(head)} bytes are there")


def _told_size(head: bytes) -> int:
    """How long an SQLite file says it is: page size (1 stands for 65536) times the number of pages."""
    if len(head) < 32:
        return 32
    page_size = struct.unpack(">H", head[16:18])[0]
    pages: int = struct.unpack(">I", head[28:32])[0]
    return (65536 if page_size == 1 else int(page_size)) * pages


def free_mb_at(folder: Path) -> float:
    """How much of the disk is free."""
    return shutil.disk_usage(folder).free / MB


class Recording:
    """One file that a camera records to; it pauses before it fills the disk.

    Args:
        folder: is made when it is not there.
        free_mb: how much of the disk it leaves free.
        measure: how many MB are free at a folder.

    Raises:
        DeviceError: nothing can be written there, or too little is free.
    """

    def __init__(
        self, folder: Path, serial: str, free_mb: int, measure: Callable[[Path], float] = free_mb_at
    ) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.path = _new_file(folder, re.sub(r"[^\w.-]", "_", serial))
        except OSError as error:
            raise DeviceError(
                f"RealSense {serial} cannot record to {folder}, check cameras.options.record_folder: {error}"
            ) from error
        self._folder, self._serial, self._free_mb = folder, serial, free_mb
        self._measure = measure
        self._recorder: Any = None
        if self._is_full():
            self.discard()
            raise DeviceError(
                f"RealSense {serial} does not record: less than {free_mb} MB are free at {folder}; "
                "make room, or leave out cameras.options.record_folder"
            )

    def follow(self, device: Any) -> None:
        """Take charge of the SDK's recorder of a stream that has started."""
        self._recorder = device.as_recorder()

    def discard(self) -> None:
        """Nothing will be recorded."""
        self.path.unlink(missing_ok=True)

    def check(self) -> None:
        """Pause for good when the disk runs full. Raises: RuntimeError."""
        if self._recorder is not None and self._is_full():
            log.error("RealSense %s stops recording to %s: the disk is full", self._serial, self.path)
            self._recorder.pause()
            self._recorder = None

    def _is_full(self) -> bool:
        return self._measure(self._folder) < self._free_mb


def _new_file(folder: Path, serial: str) -> Path:
    """A file of its own, taken by making it: serial and time, to the microsecond. Raises: OSError."""
    path = folder / f"{serial}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.db3"
    path.touch(exist_ok=False)
    return path
