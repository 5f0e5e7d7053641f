"""A replay shows pictures and kept captures in order, in step, and says what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from booth.domain.picture import Frame
from booth.domain.terms import ClockDomain
from booth.errors import ConfigError, DeviceError, InputError
from booth.store.samples import Store
from drivers.replay import ReplayCamera, cameras
from tests.contract.cameras_fakes import keep_captures, until
from tests.samples import make_sample

READ_S = 10.0


def photos(folder: Path, *reds: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for place, red in enumerate(reds):
        Image.new("RGB", (8, 6), (red, 0, 0)).save(folder / f"{place:02d}.png")
    return folder


def replayed(folder: Path, **options: object) -> Sequence[ReplayCamera]:
    found = cameras({"folder": str(folder), "fps": 500, **options}, None)
    for camera in found:
        camera.open()
    return found


def red(frame: Frame) -> int:
    return int(frame.rgb[0, 0, 0])


def test_pictures_come_one_a_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    (camera,) = replayed(photos(tmp_path, 10, 20, 30))
    assert camera.camera_id == "photo"
    assert [red(camera.read(READ_S)) for _ in range(5)] == [10, 20, 30, 10, 20]


def test_a_plain_picture_has_no_depth_and_no_clock_of_its_own(tmp_path: Path) -> None:
    (camera,) = replayed(photos(tmp_path, 10))
    frame = camera.read(READ_S)
    assert frame.depth_mm is None
    assert frame.device_timestamp_ms is None
    assert frame.clock_domain is ClockDomain.NONE


def test_one_subfolder_a_camera_gives_cameras_in_step(tmp_path: Path) -> None:
    photos(tmp_path / "side", 1, 2)
    photos(tmp_path / "top", 101, 102)
    found = replayed(tmp_path)
    assert [camera.camera_id for camera in found] == ["side", "top"]
    assert [[red(camera.read(READ_S)) for camera in found] for _ in range(3)] == [
        [1, 101],
        [2, 102],
        [1, 101],
    ]


def test_subfolders_of_unequal_length_are_refused_with_their_counts(tmp_path: Path) -> None:
    photos(tmp_path / "side", 1, 2)
    photos(tmp_path / "top", 1)
    with pytest.raises(InputError, match="side 2, top 1"):
        replayed(tmp_path)


def test_kept_captures_come_with_depth_and_in_step(tmp_path: Path) -> None:
    found = replayed(keep_captures(tmp_path, 2))
    assert [camera.camera_id for camera in found] == ["left", "top"]
    for expected in ((0, 1), (10, 11), (0, 1)):
        frames = [camera.read(READ_S) for camera in found]
        assert tuple(red(frame) for frame in frames) == expected
        for frame in frames:
            assert frame.depth_mm is not None
            assert np.all(frame.depth_mm == 500 + red(frame))


def test_each_pose_of_a_kept_capture_is_a_step_of_the_same_cameras(tmp_path: Path) -> None:
    (camera,) = replayed(keep_captures(tmp_path, 2, ("top", "top#2")))
    assert camera.camera_id == "top"
    assert [red(camera.read(READ_S)) for _ in range(4)] == [0, 1, 10, 11]


def test_what_the_store_kept_is_shown_to_the_bit(tmp_path: Path) -> None:
    sample = make_sample(cameras=("top", "side view"), poses=2)
    with Store.open(tmp_path, high_water_free_mb=0, ballast_mb=0) as store:
        store.keep(sample)
    found = {camera.camera_id: camera for camera in replayed(tmp_path / "samples")}
    assert set(found) == {"top", "side view"}
    for pose in sample.capture.poses:
        for kept in pose:
            shown = found[kept.camera_id].read(READ_S)
            assert np.array_equal(shown.rgb, kept.rgb)
            assert shown.depth_mm is not None
            assert kept.depth_mm is not None
            assert np.array_equal(shown.depth_mm, kept.depth_mm)


def test_captures_that_lack_a_camera_are_left_out(tmp_path: Path) -> None:
    keep_captures(tmp_path, 3)
    (tmp_path / "sample-001" / "top.rgb.jxl").unlink()
    found = replayed(tmp_path)
    assert [[red(camera.read(READ_S)) for camera in found] for _ in range(2)] == [[0, 1], [20, 21]]


def test_captures_of_different_arrays_are_refused(tmp_path: Path) -> None:
    keep_captures(tmp_path / "one", 1, ("left",))
    keep_captures(tmp_path / "two", 1, ("top",))
    with pytest.raises(InputError, match="left, top"):
        replayed(tmp_path)


def test_a_replay_without_loop_is_over_and_stays_over(tmp_path: Path) -> None:
    (camera,) = replayed(photos(tmp_path, 10, 20), loop=False)
    assert [red(camera.read(READ_S)) for _ in range(2)] == [10, 20]
    with pytest.raises(DeviceError, match="is over"):
        camera.read(READ_S)
    camera.close()
    with pytest.raises(DeviceError, match="is over"):
        camera.open()


def test_held_pictures_are_shown_again_until_their_time_is_up(tmp_path: Path) -> None:
    photos(tmp_path / "side", 1, 2)
    photos(tmp_path / "top", 101, 102)
    side, top = replayed(tmp_path, hold_s=0.25, loop=False)
    shown = []

    def is_over() -> bool:
        try:
            shown.append((red(side.read(READ_S)), red(top.read(READ_S))))
        except DeviceError as error:
            return "is over" in str(error)
        return False

    until(is_over, "the held replay ends")
    assert shown == sorted(shown)
    assert len(shown) > len(set(shown))


def test_an_empty_folder_gives_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no pictures"):
        replayed(tmp_path)


def test_a_missing_folder_gives_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        replayed(tmp_path / "nowhere")


def test_a_missing_or_unknown_option_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cameras\.options\.folder"):
        cameras({}, None)
    with pytest.raises(ConfigError, match=r"cameras\.options\.lop"):
        replayed(photos(tmp_path, 1), lop=True)


@pytest.mark.parametrize("damage", [b"", b"this is text", b"\x89PNG\r\n\x1a\n"])
def test_a_bad_picture_is_named_and_passed_over(tmp_path: Path, damage: bytes) -> None:
    photos(tmp_path, 10, 20, 30)
    (tmp_path / "01.png").write_bytes(damage)
    (camera,) = replayed(tmp_path)
    assert red(camera.read(READ_S)) == 10
    with pytest.raises(DeviceError, match=r"01\.png"):
        camera.read(READ_S)
    camera.close()
    camera.open()
    assert red(camera.read(READ_S)) == 30


@pytest.mark.parametrize("kind", ["rgb", "depth"])
@pytest.mark.parametrize("keep_bytes", [0, 7, 20])
def test_a_truncated_kept_picture_is_named(tmp_path: Path, kind: str, keep_bytes: int) -> None:
    keep_captures(tmp_path, 1)
    damaged = tmp_path / "sample-000" / f"left.{kind}.jxl"
    damaged.write_bytes(damaged.read_bytes()[:keep_bytes])
    left, _ = replayed(tmp_path)
    with pytest.raises(DeviceError, match=rf"left\.{kind}\.jxl"):
        left.read(READ_S)


def test_a_kept_picture_that_claims_to_be_huge_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    keep_captures(tmp_path, 1)
    side = (3 << 1) | ((30_000 - 1) << 3)  # not small, selector 3, thirty bits; ratio 1 follows
    header = b"\xff\x0a" + (side | (1 << 33)).to_bytes(5, "little")
    (tmp_path / "sample-000" / "left.rgb.jxl").write_bytes(header + bytes(64))
    left, _ = replayed(tmp_path)
    with pytest.raises(DeviceError, match=r"left\.rgb\.jxl.*30000 x 30000 pixels"):
        left.read(READ_S)


def test_depth_that_does_not_fit_its_colour_is_refused(tmp_path: Path) -> None:
    keep_captures(tmp_path, 1)
    other = keep_captures(tmp_path / "other", 1) / "sample-000" / "left.rgb.jxl"
    other.replace(tmp_path / "sample-000" / "left.depth.jxl")
    left, _ = cameras({"folder": str(tmp_path / "sample-000"), "fps": 500}, None)
    left.open()
    with pytest.raises(DeviceError, match=r"left\.depth\.jxl"):
        left.read(READ_S)


def test_real_photographs_replay(shared_data: Path) -> None:
    (camera,) = replayed(shared_data / "damage" / "carton" / "intact")
    first, second = camera.read(READ_S), camera.read(READ_S)
    assert first.rgb.std() > 1
    assert not np.array_equal(first.rgb, second.rgb)
