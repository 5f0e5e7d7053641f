"""Cameras that show a folder of pictures, or of kept captures, as if they were taken now."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from numpy.typing import NDArray
from pydantic import Field

from booth.domain.device import DeviceInfo
from booth.domain.picture import Frame, Picture
from booth.errors import DeviceError, DeviceTimeout, InputError, StoreError
from booth.ports.scene import Scene
from booth.ports.service import Options
from booth.store import pictures
from booth.store.picture_files import MAX_BYTES, MAX_PIXELS, SUFFIXES, pictures_in, read_picture
from drivers.jpegxl import declared_size
from drivers.options import DriverOptions, checked
from drivers.pace import Pace
from drivers.plain import PlainCamera

log = logging.getLogger(__name__)

ONLY_CAMERA = "photo"
"""The camera's id where a folder holds pictures and no subfolder a camera."""

VIEW = re.compile(r"(?P<camera>.+?)(?:#(?P<pose>[2-9]|[1-9][0-9]+))?")


class ReplayOptions(DriverOptions):
    """What is shown, and how fast."""

    folder: Path
    fps: float = Field(default=10.0, gt=0, le=1000)
    loop: bool = True
    hold_s: float = Field(default=0.0, ge=0, le=3600)
    """How long every picture is shown, on all cameras alike; 0 shows the next one at each read."""


@dataclass(frozen=True, slots=True)
class Still:
    """The files of one picture."""

    rgb: Path
    depth: Path | None = None


def cameras(options: Options, scene: Scene | None) -> Sequence[ReplayCamera]:
    """One camera for each that the folder has pictures of.

    Raises:
        ConfigError: an option is unknown, missing or impossible.
        InputError: the folder is missing, has no pictures, or not as many of each camera.
    """
    known = checked(ReplayOptions, options, "cameras.options")
    clock = ReplayClock()
    return [ReplayCamera(name, stills, known, clock) for name, stills in reel_of(known.folder).items()]


def reel_of(folder: Path) -> Mapping[str, Sequence[Still]]:
    """The pictures of each camera, all equally many: those at one place were taken together.

    Kept captures (`<view>.rgb.jxl`, one folder a sample) come in the order of their folders' names, each pose
    a step of its own. Plain pictures lie in the folder itself, or in one subfolder a camera.

    Raises:
        InputError: the folder is missing, has no pictures, or not as many of each camera.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    try:
        return _laid_out(folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}") from error


class ReplayClock:
    """When the replay began, for all of its cameras; any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._start_s: float | None = None

    def elapsed_s(self) -> float:
        """Seconds since it was first asked."""
        with self._lock:
            now_s = time.monotonic()
            if self._start_s is None:
                self._start_s = now_s
            return now_s - self._start_s


class ReplayCamera(PlainCamera):
    """One camera of a replay. Its place in the reel outlives `close`: a replay that is over stays over."""

    def __init__(
        self, camera_id: str, stills: Sequence[Still], options: ReplayOptions, clock: ReplayClock
    ) -> None:
        self._camera_id = camera_id
        self._stills = stills
        self._options = options
        self._clock = clock
        self._pace: Pace | None = None
        self._next = 0
        self._sequence = 0
        self._shown: tuple[int, Picture] | None = None

    @property
    def camera_id(self) -> str:
        """The subfolder's name, the kept view's camera, or `photo`."""
        return self._camera_id

    @property
    def info(self) -> DeviceInfo:
        """What it says of itself."""
        return DeviceInfo(
            "replay", self._camera_id, f"{len(self._stills)} pictures of {self._options.folder}"
        )

    def open(self) -> None:
        """Start, or go on where it was. Raises: DeviceError when the replay is over."""
        self._place()
        self._pace = Pace(self._options.fps)

    def close(self) -> None:
        """Stop; harmless when closed already."""
        self._pace = None

    def read(self, timeout_s: float) -> Frame:
        """The picture whose turn it is, at the next tick; one that cannot be read is passed over next time.

        Raises:
            DeviceTimeout: the next tick is further away than `timeout_s`.
            DeviceError: not open, over, or a bad file.
        """
        if self._pace is None:
            raise DeviceError(f"camera {self._camera_id} is not open")
        self._place()
        if self._pace.wait(timeout_s) is None:
            raise DeviceTimeout(f"camera {self._camera_id} gave no picture within {timeout_s:.2f} s")
        index = self._place()
        self._next += 1
        picture = self._load(index)
        self._sequence += 1
        depth_mm = None if picture.depth_mm is None else picture.depth_mm.copy()
        return Frame(self._camera_id, picture.rgb.copy(), depth_mm, time.monotonic_ns(), self._sequence)

    def _place(self) -> int:
        """The index of the picture whose turn it is. Raises: DeviceError when the replay is over."""
        hold_s = self._options.hold_s
        place = int(self._clock.elapsed_s() / hold_s) if hold_s > 0 else self._next
        if place >= len(self._stills) and not self._options.loop:
            raise DeviceError(f"camera {self._camera_id}: the replay of {self._options.folder} is over")
        return place % len(self._stills)

    def _load(self, index: int) -> Picture:
        if self._shown is None or self._shown[0] != index:
            try:
                self._shown = index, load(self._stills[index])
            except InputError as error:
                raise DeviceError(f"camera {self._camera_id}: {error}") from error
        return self._shown[1]


def load(still: Still) -> Picture:
    """Read the files of one picture.

    Raises:
        InputError: one is missing, too large, damaged, or colour and depth differ in size.
    """
    if not still.rgb.name.endswith(pictures.RGB):
        return Picture(read_picture(still.rgb))
    rgb = _decoded(still.rgb)
    depth_mm = None if still.depth is None else _decoded(still.depth)
    if depth_mm is not None and depth_mm.shape != rgb.shape[:2]:
        raise InputError(
            f"{still.depth}: {depth_mm.shape} does not fit its colour picture of {rgb.shape[:2]}"
        )
    return Picture(rgb, depth_mm)


def _decoded(path: Path) -> NDArray[Any]:
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if not data:
        raise InputError(f"{path}: {size} bytes are no picture")
    try:
        height, width = declared_size(data)
        if height * width > MAX_PIXELS:
            raise InputError(f"{width} x {height} pixels is more than a picture may have")
        return pictures.decode(path.name, data)
    except (InputError, StoreError) as error:
        raise InputError(f"{path}: the picture is damaged: {error}") from error


def _laid_out(folder: Path) -> Mapping[str, Sequence[Still]]:
    kept = sorted(folder.rglob(f"*{pictures.RGB}"))
    if kept:
        return _captures(folder, kept)
    if any(_is_picture(path) for path in folder.iterdir()):
        return {ONLY_CAMERA: [Still(path) for path in sorted(folder.iterdir()) if _is_picture(path)]}
    pictures_in(folder)
    return _subfolders(folder)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _subfolders(folder: Path) -> Mapping[str, Sequence[Still]]:
    inside = sorted(path for path in folder.iterdir() if path.is_dir())
    found = {path.name: sorted(file for file in path.rglob("*") if _is_picture(file)) for path in inside}
    reel = {name: [Still(path) for path in paths] for name, paths in found.items() if paths}
    if len({len(stills) for stills in reel.values()}) > 1:
        counts = ", ".join(f"{name} {len(stills)}" for name, stills in reel.items())
        raise InputError(f"{folder}: every camera's subfolder needs as many pictures as the others: {counts}")
    return reel


def _captures(folder: Path, kept: Sequence[Path]) -> Mapping[str, Sequence[Still]]:
    steps: dict[tuple[Path, int], dict[str, Still]] = {}
    for rgb in kept:
        stem = rgb.name.removesuffix(pictures.RGB)
        view = VIEW.fullmatch(unquote(stem))
        if view is None:
            raise InputError(f"{rgb}: its name does not say which view it is")
        depth = rgb.with_name(stem + pictures.DEPTH)
        step = steps.setdefault((rgb.parent, int(view["pose"] or 1)), {})
        step[view["camera"]] = Still(rgb, depth if depth.is_file() else None)
    names = sorted({name for step in steps.values() for name in step})
    whole = [step for _, step in sorted(steps.items()) if len(step) == len(names)]
    if not whole:
        raise InputError(f"{folder}: no capture in it has a picture of each camera: {', '.join(names)}")
    if len(whole) < len(steps):
        log.warning("%s: %d captures lack a camera and are left out", folder, len(steps) - len(whole))
    return {name: [step[name] for step in whole] for name in names}
