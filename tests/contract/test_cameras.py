"""What every camera driver keeps: one suite over all of them."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from booth import plugins
from booth.domain.device import Health
from booth.domain.picture import Frame
from booth.domain.terms import ClockDomain
from booth.errors import DeviceError, DeviceTimeout, InputError
from booth.events import Bus, Died
from booth.ports.devices import Camera
from booth.worker import Worker
from drivers import replay, simulated
from drivers.realsense import camera as realsense
from tests.contract.cameras_fakes import StripedScene, keep_captures, until
from tests.contract.cameras_genicam import genicam_simulated
from tests.contract.cameras_gige import gige_fake
from tests.contract.cameras_realsense import software_rig
from tests.contract.cameras_uvc import uvc_videos
from tests.contract.recordings_realsense import BAG, RecordedDevice, bag_options, stretch

READ_S = 10.0
OPEN_FILES = Path("/proc/self/fd")


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the cameras of one driver get what they show."""

    folder: Path
    recording: Callable[[], Path]
    ends: ExitStack


def simulated_array(setting: Setting) -> Sequence[Camera]:
    return simulated.cameras({"fps": 40}, StripedScene())


def replayed_photos(setting: Setting) -> Sequence[Camera]:
    for number in range(3):
        Image.new("RGB", (64, 48), (number, 0, 0)).save(setting.folder / f"{number}.png")
    return replay.cameras({"folder": str(setting.folder), "fps": 40}, None)


def replayed_captures(setting: Setting) -> Sequence[Camera]:
    return replay.cameras({"folder": str(keep_captures(setting.folder, 3)), "fps": 40}, None)


def realsense_software(setting: Setting) -> Sequence[Camera]:
    rig = setting.ends.enter_context(software_rig("111", "222"))
    return realsense.find(rig.options, lambda: rig.context)


def realsense_recording(setting: Setting) -> Sequence[Camera]:
    device = RecordedDevice(setting.recording())
    setting.ends.callback(device.unplug)
    return realsense.find(bag_options(fps=30), lambda: device.context)


def realsense_playback(setting: Setting) -> Sequence[Camera]:
    wish = {"serials": (), "playback": (str(setting.recording()),), "repeat": True}
    return realsense.find(bag_options(fps=30).model_copy(update=wish))


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Callable[[], Path]:
    """The bag's real pair, recorded often enough for several reads; made when it is first asked for."""
    made = tmp_path_factory.mktemp("recording") / "d435.db3"

    def get() -> Path:
        data: Path = request.getfixturevalue("shared_data")
        return made if made.exists() else stretch(data / BAG, made, pairs=60)

    return get


@pytest.fixture(
    params=[
        simulated_array,
        replayed_photos,
        replayed_captures,
        realsense_software,
        realsense_recording,
        realsense_playback,
        genicam_simulated,
        gige_fake,
        uvc_videos,
    ],
    ids=lambda make: make.__name__,
)
def cameras(
    request: pytest.FixtureRequest, tmp_path: Path, recording: Callable[[], Path]
) -> Iterator[Sequence[Camera]]:
    with ExitStack() as ends:
        found = request.param(Setting(tmp_path, recording, ends))
        for camera in found:
            ends.callback(camera.close)
        yield found


def read_three(camera: Camera) -> list[Frame]:
    camera.open()
    return [camera.read(READ_S) for _ in range(3)]


def test_every_camera_has_an_id_of_its_own_and_says_what_it_is(cameras: Sequence[Camera]) -> None:
    assert len({camera.camera_id for camera in cameras}) == len(cameras) > 0
    for camera in cameras:
        camera.open()
        assert camera.info.kind in plugins.names("booth.cameras")
        assert camera.info.serial
        assert camera.info.model


def test_a_frame_holds_colour_and_depth_of_one_size(cameras: Sequence[Camera]) -> None:
    for camera in cameras:
        for frame in read_three(camera):
            height, width = frame.rgb.shape[:2]
            assert frame.camera_id == camera.camera_id
            assert frame.rgb.dtype == np.uint8
            assert frame.rgb.shape == (height, width, 3)
            if frame.depth_mm is not None:
                assert frame.depth_mm.dtype == np.uint16
                assert frame.depth_mm.shape == (height, width)


def test_the_caller_owns_the_arrays_of_a_frame(cameras: Sequence[Camera]) -> None:
    for camera in cameras:
        first, second, _ = read_three(camera)
        for one, other in ((first.rgb, second.rgb), (first.depth_mm, second.depth_mm)):
            if one is None or other is None:
                continue
            before = other.copy()
            one.fill(7)
            assert not np.shares_memory(one, other)
            assert np.array_equal(other, before)


def test_a_frame_outlives_its_camera(cameras: Sequence[Camera]) -> None:
    for camera in cameras:
        frame = read_three(camera)[-1]
        before = frame.rgb.copy()
        camera.close()
        assert np.array_equal(frame.rgb, before)


def test_sequence_and_clocks_go_forward(cameras: Sequence[Camera]) -> None:
    for camera in cameras:
        frames = read_three(camera)
        for earlier, later in pairwise(frames):
            assert later.sequence > earlier.sequence
            assert earlier.host_ns < later.host_ns <= time.monotonic_ns()
            if later.device_timestamp_ms is not None and earlier.device_timestamp_ms is not None:
                assert later.device_timestamp_ms > earlier.device_timestamp_ms


def test_a_device_timestamp_names_its_clock(cameras: Sequence[Camera]) -> None:
    for camera in cameras:
        for frame in read_three(camera):
            assert (frame.device_timestamp_ms is None) == (frame.clock_domain is ClockDomain.NONE)


def refuses_to_read(camera: Camera) -> bool:
    """Whether it says that it is not open: a timeout would have it asked again."""
    with pytest.raises(DeviceError, match=camera.camera_id) as refused:
        camera.read(READ_S)
    return not isinstance(refused.value, DeviceTimeout)


def test_a_camera_that_was_never_opened_refuses_to_read(cameras: Sequence[Camera]) -> None:
    assert all(refuses_to_read(camera) for camera in cameras)


def test_closing_twice_is_harmless_and_ends_reading(cameras: Sequence[Camera]) -> None:
    for camera in cameras:
        read_three(camera)
        camera.close()
        camera.close()
        assert refuses_to_read(camera)


def test_opening_twice_is_harmless(cameras: Sequence[Camera]) -> None:
    for camera in cameras:
        camera.open()
        assert len(read_three(camera)) == 3


def test_a_camera_may_be_used_by_another_thread_than_the_one_that_made_it(cameras: Sequence[Camera]) -> None:
    frames: list[Frame] = []
    events: list[object] = []
    bus = Bus()
    bus.subscribe(events.append)

    def work(stopping: threading.Event) -> None:
        for camera in cameras:
            frames.extend(read_three(camera))
            camera.close()

    worker = Worker("reads", bus, work)
    worker.start()
    until(lambda: not worker.alive, "another thread has read")
    assert [event for event in events if isinstance(event, Died)] == []
    assert len(frames) == 3 * len(cameras)
    assert all(len(read_three(camera)) == 3 for camera in cameras)


def test_opening_and_closing_leaves_neither_files_open_nor_the_answer_to_ctrl_c_changed(
    cameras: Sequence[Camera],
) -> None:
    def cycle() -> int:
        for camera in cameras:
            camera.open()
            camera.read(READ_S)
            camera.close()
        return len(list(OPEN_FILES.iterdir()))

    answer = signal.getsignal(signal.SIGINT)
    held = cycle()
    until(lambda: min(cycle() for _ in range(3)) <= held, "nothing is left open")
    assert signal.getsignal(signal.SIGINT) is answer


def test_a_closed_camera_opens_again(cameras: Sequence[Camera]) -> None:
    for camera in cameras:
        read_three(camera)
        camera.close()
        assert len(read_three(camera)) == 3


def test_a_read_that_may_not_wait_long_enough_says_so(cameras: Sequence[Camera]) -> None:
    def refused(camera: Camera) -> bool:
        try:
            camera.read(0.001)
        except DeviceTimeout as error:
            return camera.camera_id in str(error)
        return False

    for camera in cameras:
        camera.open()
        camera.read(READ_S)
        until(lambda camera=camera: refused(camera), "a read with a short timeout is refused")  # type: ignore[misc]


def test_all_cameras_stream_at_once(cameras: Sequence[Camera]) -> None:
    for camera in cameras:
        camera.open()
    for _ in range(2):
        assert [camera.read(READ_S).camera_id for camera in cameras] == [each.camera_id for each in cameras]


def values_of(camera: Camera) -> dict[str, float]:
    return {control.name: control.value for control in camera.controls()}


def test_a_closed_camera_lists_no_settings_and_measures_nothing(cameras: Sequence[Camera]) -> None:
    for camera in cameras:
        assert list(camera.controls()) == []
        assert camera.health() == Health()
        camera.open()
        assert isinstance(camera.health(), Health)
        camera.close()
        assert list(camera.controls()) == []
        assert camera.health() == Health()


def test_a_setting_that_a_camera_does_not_have_is_refused_and_changes_nothing(
    cameras: Sequence[Camera],
) -> None:
    for camera in cameras:
        camera.open()
        before = values_of(camera)
        with pytest.raises(InputError, match=camera.camera_id):
            camera.adjust("no such setting", 1.0)
        assert values_of(camera) == before


def test_every_setting_takes_its_range_and_nothing_beyond(cameras: Sequence[Camera]) -> None:
    for camera in cameras:
        camera.open()
        for control in camera.controls():
            assert control.low <= control.value <= control.high
            camera.adjust(control.name, control.value)
            beyond = (control.high + max(1.0, control.step), control.low - max(1.0, control.step), math.nan)
            for value in beyond:
                with pytest.raises(InputError, match=control.name):
                    camera.adjust(control.name, value)
            assert values_of(camera)[control.name] == control.value


def test_a_camera_that_cannot_be_restarted_says_so_and_opens_again(cameras: Sequence[Camera]) -> None:
    for camera in cameras:
        read_three(camera)
        camera.close()
        with suppress(DeviceError):
            camera.restart()
        assert len(read_three(camera)) == 3
