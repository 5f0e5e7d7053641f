"""Recording RealSense cameras, and playing the recordings in their place."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyrealsense2 as rs
import pytest

from booth.errors import ConfigError, DeviceError, DeviceTimeout, InputError
from drivers.realsense.camera import RealSenseCamera, cameras, connected, find
from drivers.realsense.files import Recording
from drivers.realsense.options import RealSenseOptions
from tests.contract.cameras_realsense import TEMPERATURE_C, SoftwareRig, software_rig
from tests.contract.recordings_realsense import BAG, BAG_SERIAL

READ_S = 10.0
MODE = {"width": 160, "height": 120, "fps": 30}
FRAMES = 12


def record(folder: Path, *serials: str) -> list[Path]:
    """Each camera's recording, of some frames that the driver read."""
    with software_rig(*serials) as rig:
        for camera in find(
            rig.options.model_copy(update={"record_folder": str(folder)}), lambda: rig.context
        ):
            camera.open()
            for _ in range(FRAMES):
                camera.read(READ_S)
            camera.close()
    return sorted(folder.iterdir())


def play(*files: Path, **options: Any) -> RealSenseCamera:
    return find(RealSenseOptions(playback=tuple(str(file) for file in files), **MODE, **options))[0]


def read_to_the_end(camera: RealSenseCamera) -> tuple[int, DeviceError]:
    """How many frames came, each of one instant, and what was told then."""
    count = 0
    while True:
        try:
            frame = camera.read(READ_S)
        except DeviceError as error:
            return count, error
        count += 1
        assert frame.depth_mm is not None
        assert set(frame.depth_mm[frame.depth_mm > 0]) == {500 + int(frame.rgb[0, 0, 0])}


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("recordings"), "111")[0]


def test_each_opening_of_each_camera_records_to_a_file_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    record(folder, "111", "222")
    files = record(folder, "111")
    assert [file.name[:4] for file in files] == ["111-", "111-", "222-"]
    assert all(file.suffix == ".db3" and file.stat().st_size > 10_000 for file in files)


def test_a_recording_plays_as_the_camera_that_it_is_of(recording: Path) -> None:
    camera = play(recording)
    camera.open()
    assert (camera.camera_id, camera.info.model, camera.info.firmware) == ("111", "Software D435", "1.2.3")
    assert camera.health().temperature_c == TEMPERATURE_C
    assert camera.controls() == ()
    with pytest.raises(InputError, match="nothing can be set on it"):
        camera.adjust("laser_power", 30)
    count, _ = read_to_the_end(camera)
    assert count > FRAMES / 2
    camera.close()


def test_the_end_of_a_recording_is_told_and_it_does_not_open_again(recording: Path) -> None:
    camera = play(recording)
    camera.open()
    _, error = read_to_the_end(camera)
    assert not isinstance(error, DeviceTimeout)
    assert str(error) == (
        "the recording of RealSense 111 is at its end: start again, or set cameras.options.repeat = true"
    )
    camera.close()
    with pytest.raises(DeviceError, match="is at its end"):
        camera.open()
    with pytest.raises(DeviceError, match="111 is a recording and cannot be restarted"):
        camera.restart()


def test_a_recording_that_repeats_counts_on(recording: Path) -> None:
    camera = play(recording, repeat=True)
    camera.open()
    numbers = [camera.read(READ_S).sequence for _ in range(3 * FRAMES)]
    camera.close()
    assert numbers == sorted(set(numbers))
    assert numbers[-1] > 2 * FRAMES


def test_a_recording_that_is_closed_in_the_middle_starts_again_when_opened(recording: Path) -> None:
    camera = play(recording)
    for _ in range(3):
        camera.open()
        assert camera.read(READ_S).sequence <= FRAMES
        camera.close()


def test_the_bag_of_a_real_camera_plays(shared_data: Path) -> None:
    options = {"playback": str(shared_data / BAG), "width": 640, "height": 480, "fps": 6, "apart_ms": 300}
    (camera,) = cameras({**options, "repeat": True}, None)
    camera.open()
    frame = camera.read(READ_S)
    camera.close()
    assert frame.camera_id == BAG_SERIAL
    assert frame.rgb.std() > 10
    assert camera.info.address.endswith("USB 3.2")
    assert camera.info.firmware == "05.09.14.00"


def missing(folder: Path, whole: bytes) -> Path:
    return folder / "missing.db3"


def a_folder(folder: Path, whole: bytes) -> Path:
    (folder / "folder.db3").mkdir()
    return folder / "folder.db3"


def a_file(name: str, cut: Callable[[bytes], bytes]) -> Callable[[Path, bytes], Path]:
    def make(folder: Path, whole: bytes) -> Path:
        (folder / name).write_bytes(cut(whole))
        return folder / name

    make.__name__ = name
    return make


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (missing, "missing.db3 cannot be read: No such file or directory"),
        (a_folder, "folder.db3 cannot be read: Is a directory"),
        (a_file("empty.db3", lambda whole: b""), "empty.db3 is empty: nothing was recorded"),
        (a_file("empty.bag", lambda whole: b""), "empty.bag is empty"),
        (a_file("head.db3", lambda whole: whole[:20]), "head.db3 is cut short: 20 of 32 bytes"),
        (a_file("half.db3", lambda whole: whole[: len(whole) // 2]), "half.db3 is cut short"),
        (a_file("end.db3", lambda whole: whole[:-100]), "end.db3 is cut short"),
        (a_file("text.db3", lambda whole: b"hello\n" * 100), "text.db3 is no RealSense recording"),
        (a_file("words.txt", lambda whole: whole), "words.txt is no RealSense recording"),
        (a_file("wrong.bag", lambda whole: whole), "wrong.bag is no RealSense recording"),
        (a_file("noise.bag", lambda whole: b"#ROSBAG V2.0\n" + b"x" * 999), "noise.bag is no RealSense"),
        (a_file("noise.db3", lambda whole: whole[:100] + b"x" * len(whole)), "noise.db3 is no RealSense"),
        (a_file("zeros.db3", lambda whole: whole[:32] + bytes(len(whole))), "zeros.db3 is no RealSense"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_no_recording_stops_the_start_with_one_line(
    make: Callable[[Path, bytes], Path], said: str, tmp_path: Path, recording: Path
) -> None:
    file = make(tmp_path, recording.read_bytes())
    with pytest.raises(ConfigError, match=r"cameras\.options\.playback: ") as refused:
        cameras({"playback": [str(file)]}, None)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_two_recordings_of_one_camera_are_refused_by_name(tmp_path: Path, recording: Path) -> None:
    other = tmp_path / "other.db3"
    other.write_bytes(recording.read_bytes())
    with pytest.raises(ConfigError, match=r"both of camera 111: name one recording a camera") as refused:
        play(recording, other)
    assert str(recording) in str(refused.value)
    assert str(other) in str(refused.value)
    with pytest.raises(ConfigError, match="stands there twice"):
        cameras({"playback": [str(other), str(other)]}, None)


@pytest.mark.parametrize("more", [{"serials": ["111"]}, {"record_folder": "there"}])
def test_a_recording_is_neither_chosen_by_serial_nor_recorded(more: dict[str, Any], recording: Path) -> None:
    with pytest.raises(ConfigError, match="leave out"):
        cameras({"playback": str(recording), **more}, None)


def test_a_mode_that_the_recording_does_not_have_is_named(recording: Path) -> None:
    (camera,) = cameras({"playback": str(recording)}, None)
    with pytest.raises(DeviceError, match="111 does not start at 1280 x 720 at 15 fps"):
        camera.open()


def test_a_folder_that_cannot_be_written_is_named_and_the_camera_stays_closed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with software_rig("111") as rig:
        wish = {"record_folder": str(tmp_path / "file" / "inside")}
        (camera,) = find(rig.options.model_copy(update=wish), lambda: rig.context)
        with pytest.raises(DeviceError, match=r"111 cannot record .*check cameras\.options\.record_folder"):
            camera.open()
        assert camera.controls() == ()


def test_a_disk_with_too_little_room_is_not_recorded_to(tmp_path: Path) -> None:
    with software_rig("111") as rig:
        wish = {"record_folder": str(tmp_path), "record_free_mb": 10**9}
        (camera,) = find(rig.options.model_copy(update=wish), lambda: rig.context)
        with pytest.raises(DeviceError, match="less than 1000000000 MB are free"):
            camera.open()
    assert not list(tmp_path.iterdir())


def test_a_mode_that_the_camera_refuses_leaves_no_recording(tmp_path: Path) -> None:
    with software_rig("111") as rig:
        wish = {"record_folder": str(tmp_path), "width": 1280}
        (camera,) = find(rig.options.model_copy(update=wish), lambda: rig.context)
        with pytest.raises(DeviceError, match="does not start"):
            camera.open()
    assert not list(tmp_path.iterdir())


class Pausable:
    """A recorder that notes its pauses."""

    def __init__(self) -> None:
        self.pauses = 0

    def as_recorder(self) -> Pausable:
        return self

    def pause(self) -> None:
        self.pauses += 1


def test_recording_pauses_once_and_for_good_before_the_disk_is_full(tmp_path: Path) -> None:
    free_mb = [100.0, 100.0, 9.0, 9.0, 100.0]
    recording, recorder = Recording(tmp_path, "111", 10, lambda folder: free_mb.pop(0)), Pausable()
    recording.follow(recorder)
    pauses = []
    for _ in range(4):
        recording.check()
        pauses.append(recorder.pauses)
    assert pauses == [0, 1, 1, 1]
    assert recording.path.exists()


def test_a_process_that_ends_with_an_open_camera_ends_in_peace(recording: Path) -> None:
    lines = (
        "from drivers.realsense.camera import cameras",
        f"(camera,) = cameras({ {'playback': str(recording), 'repeat': True, **MODE}!r}, None)",
        "camera.open()",
        "print(camera.read(10.0).camera_id)",
    )
    ended = subprocess.run(
        [sys.executable, "-c", "; ".join(lines)], capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "111\n", "")


def test_without_a_camera_nothing_is_discovered() -> None:
    assert connected({}) == []


def test_a_camera_that_comes_after_the_start_is_opened_at_the_next_try() -> None:
    rig = SoftwareRig(())
    (camera,) = find(RealSenseOptions(serials=("111",), **MODE), lambda: rig.context)
    with pytest.raises(DeviceError, match="111 is not connected"):
        camera.open()
    rig.renew("111")
    camera.open()
    rig.feed_all(1)
    assert camera.read(READ_S).sequence == 1
    camera.close()


def test_a_recording_taken_out_of_the_context_is_told_as_unplugged(recording: Path) -> None:
    context = rs.context()
    device = context.load_device(str(recording))
    (camera,) = find(RealSenseOptions(serials=("111",), **MODE), lambda: context)
    camera.open()
    assert np.any(camera.read(READ_S).rgb)
    del device
    context.unload_device(str(recording))

    _, error = read_to_the_end(camera)
    assert not isinstance(error, DeviceTimeout)
    assert "111 was unplugged: check the USB 3 cable" in str(error)
    camera.close()
