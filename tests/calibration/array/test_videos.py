"""Recorded sessions: what belongs together is read in one pass, what does not is refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from booth.calibration.array.videos import open_recording, pictures
from booth.errors import InputError

FRAMES = 8
HEADER = "sync_index,cam_id,frame_index,frame_time"


def write_video(path: Path, frames: int = FRAMES) -> None:
    """A video whose brightness counts the frames."""
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 6.0, (64, 48))
    for number in range(frames):
        video.write(np.full((48, 64, 3), 20 + 25 * number, np.uint8))
    video.release()


def write_session(folder: Path, cameras: int = 2, first: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{100 + n},{camera},{first + n},0.5" for n in range(FRAMES) for camera in range(cameras)]
    (folder / "timestamps.csv").write_text("\n".join([HEADER, *rows]))
    for camera in range(cameras):
        write_video(folder / f"cam_{camera}.mp4")


def brightness(folder: Path, every: int = 1) -> Sequence[tuple[int, int]]:
    recording = open_recording(folder).thinned(every)
    return [(instant, round(float(rgb.mean()))) for instant, rgb in pictures(recording, "cam_1")]


@pytest.mark.parametrize("first", [0, 26])
def test_every_instant_comes_with_its_own_frame(tmp_path: Path, first: int) -> None:
    write_session(tmp_path, first=first)

    seen = brightness(tmp_path)

    assert [instant for instant, _ in seen] == list(range(100, 108))
    assert [level for _, level in seen] == pytest.approx([20 + 25 * n for n in range(FRAMES)], abs=8)


def test_a_thinned_recording_skips_the_frames_between(tmp_path: Path) -> None:
    write_session(tmp_path)

    seen = brightness(tmp_path, every=3)

    assert [instant for instant, _ in seen] == [100, 103, 106]
    assert [level for _, level in seen] == pytest.approx([20, 95, 170], abs=8)


def test_a_table_that_passes_over_the_first_frames_does_not_shift_the_others(tmp_path: Path) -> None:
    """A camera whose first frames belong to no instant: the video still begins with them."""
    write_session(tmp_path)
    table = (tmp_path / "timestamps.csv").read_text().splitlines()
    kept = [line for line in table if line.split(",")[1:3] not in (["1", "0"], ["1", "1"])]
    (tmp_path / "timestamps.csv").write_text("\n".join(kept))

    seen = brightness(tmp_path)

    assert [instant for instant, _ in seen] == list(range(102, 108))
    assert [level for _, level in seen] == pytest.approx([20 + 25 * n for n in range(2, 8)], abs=8)


def test_videos_in_the_one_folder_below_are_found(tmp_path: Path) -> None:
    write_session(tmp_path / "calibration" / "extrinsic", cameras=3)

    assert set(open_recording(tmp_path).videos) == {"cam_0", "cam_1", "cam_2"}


def test_videos_in_several_folders_are_not_guessed_at(tmp_path: Path) -> None:
    write_session(tmp_path / "monday")
    write_session(tmp_path / "tuesday")

    with pytest.raises(InputError, match="several folders"):
        open_recording(tmp_path)


def test_a_video_that_is_missing_is_named(tmp_path: Path) -> None:
    write_session(tmp_path, cameras=3)
    (tmp_path / "cam_2.mp4").unlink()

    with pytest.raises(InputError, match="no video of cam_2"):
        open_recording(tmp_path)


def test_timestamps_of_other_cameras_are_refused(tmp_path: Path) -> None:
    write_session(tmp_path)
    (tmp_path / "timestamps.csv").write_text(f"{HEADER}\n1,7,1,0.1\n1,8,1,0.1\n")

    with pytest.raises(InputError, match=r"nothing of cam_0, cam_1"):
        open_recording(tmp_path)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "nothing of cam_0"),
        ("a,b\n1,2\n", "columns"),
        (f"{HEADER}\n1,0\n", "whole numbers"),
        (f"{HEADER}\n1,zero,1,0\n", "whole numbers"),
        (f"{HEADER}\n1,-1,1,0\n", "range"),
        (f"{HEADER}\n1,0,{10**30},0\n", "range"),
        (f"{HEADER}\n1,0,{'9' * 5000},0\n", "whole numbers"),
        (f"{HEADER}\n1,0,1,0\n2,0,1,0\n", "frame is named twice"),
        (f"{HEADER}\n1,0,1,0\n1,0,2,0\n", "instant is named twice"),
        (f'{HEADER}\n"{"x" * 200_000}",0,1,0\n', "no table"),
    ],
)
def test_a_hostile_table_gets_one_clear_word(tmp_path: Path, table: str, said: str) -> None:
    write_session(tmp_path)
    (tmp_path / "timestamps.csv").write_text(table)

    with pytest.raises(InputError, match=said):
        open_recording(tmp_path)


@pytest.mark.parametrize("table", [b"\xff\xfe\x00\x01", b"sync_index,cam_id,frame_index\n\x00\xff,\x80,\n"])
def test_a_table_that_is_no_text_is_refused(tmp_path: Path, table: bytes) -> None:
    write_session(tmp_path)
    (tmp_path / "timestamps.csv").write_bytes(table)

    with pytest.raises(InputError, match=r"timestamps\.csv"):
        open_recording(tmp_path)


def test_a_video_that_ends_too_soon_says_after_how_many(tmp_path: Path) -> None:
    write_session(tmp_path)
    write_video(tmp_path / "cam_1.mp4", frames=5)

    with pytest.raises(InputError, match="ends after 5 of the 8"):
        brightness(tmp_path)


def test_a_truncated_video_is_refused(tmp_path: Path) -> None:
    write_session(tmp_path)
    whole = (tmp_path / "cam_1.mp4").read_bytes()
    (tmp_path / "cam_1.mp4").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(InputError, match="truncated"):
        brightness(tmp_path)


@pytest.mark.parametrize("content", [b"", b"#EXTM3U\nhttp://example.invalid/1\n", b"\x89PNG\r\n\x1a\n" * 9])
def test_what_is_no_video_never_reaches_a_decoder(tmp_path: Path, content: bytes) -> None:
    write_session(tmp_path)
    (tmp_path / "cam_1.mp4").write_bytes(content)

    with pytest.raises(InputError, match="no MP4"):
        brightness(tmp_path)


def test_a_folder_without_videos_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cam_0\.mp4"):
        open_recording(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        open_recording(tmp_path / "nowhere")
