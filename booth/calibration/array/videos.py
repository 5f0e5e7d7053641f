"""Videos of several cameras that a table of timestamps puts together: which pictures are of one instant."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.errors import InputError

COLUMNS = ("sync_index", "cam_id", "frame_index")
MAX_BYTES = 64 * 2**20
MAX_SIDE_PX = 16_384
TIMESTAMPS = "timestamps.csv"
MP4 = b"ftyp"
"""What stands at byte 4 of an MP4 file (ISO/IEC 14496-12, section 4.3)."""
QUIET = ("OPENCV_FFMPEG_LOGLEVEL", "-8")
"""AV_LOG_QUIET: the decoder would print lines of its own; OpenCV reads this once, at the first video."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame of one video; the pictures of one instant have the same number."""

    instant: int
    frame: int


@dataclass(frozen=True, slots=True)
class Recording:
    """The videos of one session.

    Attributes:
        videos: the file of each camera, by its id, such as `cam_0`.
        shots: the frames of each camera that belong to an instant, in their order, numbered as in the table.
        spans: the first and the last number that the table has of each camera.
    """

    videos: Mapping[str, Path]
    shots: Mapping[str, tuple[Shot, ...]]
    spans: Mapping[str, tuple[int, int]]

    @property
    def instants(self) -> tuple[int, ...]:
        """Every instant that a camera has a frame of, in order."""
        return tuple(sorted({shot.instant for shots in self.shots.values() for shot in shots}))

    def thinned(self, every: int) -> Recording:
        """The same with one in `every` instants."""
        kept = set(self.instants[::every])
        shots = {
            camera_id: tuple(shot for shot in mine if shot.instant in kept)
            for camera_id, mine in self.shots.items()
        }
        return Recording(self.videos, shots, self.spans)


def open_recording(folder: Path, timestamps: Path | None = None) -> Recording:
    """The videos `cam_N.mp4` of a folder, or of the one folder below it that has any, and their table.

    Args:
        timestamps: the table, when it is not `timestamps.csv` beside the videos; of its columns
            `sync_index`, `cam_id` and `frame_index` count.

    Raises:
        InputError: there are no videos or no table, or they do not belong together.
    """
    videos = _videos_in(folder)
    table = timestamps or next(iter(videos.values())).parent / TIMESTAMPS
    shots = _read_table(table)
    if missing := sorted(videos.keys() - shots.keys()):
        raise InputError(f"{table}: it says nothing of {', '.join(missing)}: is it of another session?")
    if strange := sorted(shots.keys() - videos.keys()):
        raise InputError(f"{folder}: there is no video of {', '.join(strange)}, which {table.name} names")
    ordered = {camera_id: tuple(shots[camera_id]) for camera_id in videos}
    spans = {camera_id: (mine[0].frame, mine[-1].frame) for camera_id, mine in ordered.items()}
    return Recording(videos, ordered, spans)


def pictures(recording: Recording, camera_id: str) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The instants of one camera with their pictures, (H, W, 3) uint8 RGB, read in one pass.

    Raises:
        InputError: the video is no video, or ends too soon.
    """
    path, wanted = recording.videos[camera_id], recording.shots[camera_id]
    _check_kind(path)
    os.environ.setdefault(*QUIET)
    video = cv2.VideoCapture(str(path))
    try:
        if not video.isOpened():
            raise InputError(f"{path}: the video is truncated or damaged: it has no index")
        _check_size(path, video)
        at = _first_number(video, *recording.spans[camera_id]) - 1
        for done, shot in enumerate(wanted):
            while at < shot.frame and video.grab():
                at += 1
            seen, bgr = video.retrieve() if at == shot.frame else (False, None)
            if not seen or bgr is None:
                raise InputError(f"{path}: the video ends after {done} of the {len(wanted)} frames wanted")
            yield shot.instant, np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
    finally:
        video.release()


def _videos_in(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    found = sorted(folder.glob("cam_*.mp4")) or sorted(folder.rglob("cam_*.mp4"))
    if len({path.parent for path in found}) > 1:
        raise InputError(f"{folder}: several folders below it have videos: name one of them")
    if len(found) < 2:
        raise InputError(f"{folder}: two videos at least, cam_0.mp4, cam_1.mp4, …, belong there")
    return {path.stem: path for path in found}


def _read_table(path: Path) -> dict[str, list[Shot]]:
    """The frames of each camera in order."""
    found: dict[str, list[Shot]] = {}
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: a table of timestamps is not larger than {MAX_BYTES // 2**20} MiB")
        with path.open(newline="", encoding="utf-8") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                camera_id, shot = _row(path, number, row)
                found.setdefault(camera_id, []).append(shot)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: this is no table of timestamps: {error}") from error
    return {camera_id: _ordered(path, camera_id, shots) for camera_id, shots in found.items()}


def _row(path: Path, number: int, row: Mapping[str, str | None]) -> tuple[str, Shot]:
    try:
        instant, camera, frame = (int(row[name] or "") for name in COLUMNS)
    except KeyError as error:
        raise InputError(f"{path}: the columns {', '.join(COLUMNS)} belong there") from error
    except ValueError as error:
        raise InputError(f"{path}: line {number}: {', '.join(COLUMNS)} must be whole numbers") from error
    if not (0 <= instant < 2**31 and 0 <= camera < 1000 and 0 <= frame < 2**31):
        raise InputError(f"{path}: line {number}: a number is out of its range")
    return f"cam_{camera}", Shot(instant, frame)


def _ordered(path: Path, camera_id: str, shots: list[Shot]) -> list[Shot]:
    """The frames by their numbers, none of them twice."""
    if len({shot.frame for shot in shots}) < len(shots):
        raise InputError(f"{path}: {camera_id}: a frame is named twice")
    if len({shot.instant for shot in shots}) < len(shots):
        raise InputError(f"{path}: {camera_id}: an instant is named twice")
    return sorted(shots, key=lambda shot: shot.frame)


def _first_number(video: cv2.VideoCapture, first: int, last: int) -> int:
    """Which number of the table the video's first frame has.

    It is 0, unless the video is shorter than the table goes: then both were cut from a longer recording, in
    which the numbers began earlier.
    """
    return first if last >= video.get(cv2.CAP_PROP_FRAME_COUNT) else 0


def _check_kind(path: Path) -> None:
    """What is no MP4 file must not reach a decoder that tries every format that it knows."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if head[4:] != MP4:
        raise InputError(f"{path}: this is no MP4 video")


def _check_size(path: Path, video: cv2.VideoCapture) -> None:
    sides = (video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT))
    if not all(1 <= side <= MAX_SIDE_PX for side in sides):
        raise InputError(f"{path}: {sides[0]:.0f}x{sides[1]:.0f} px is no size of a picture")
