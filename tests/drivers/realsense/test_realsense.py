"""The RealSense driver on the SDK's own pipeline: devices in software, and a real D435's recording."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from booth.domain.device import DeviceState
from booth.domain.picture import Frame
from booth.domain.terms import ClockDomain
from booth.errors import ConfigError, DeviceError
from booth.events import Bus, FeedChanged
from booth.feed.frames import Feed
from booth.worker import Worker
from drivers.realsense.camera import RealSenseCamera, cameras, find
from drivers.realsense.options import RealSenseOptions
from tests.contract.cameras_fakes import until
from tests.contract.cameras_realsense import SoftwareRig, plain_optics, software_rig
from tests.contract.recordings_realsense import BAG, BAG_SERIAL, RecordedDevice, bag_options, stretch

READ_S = 10.0
SILENCE_S = 0.3


def of(rig: SoftwareRig) -> list[RealSenseCamera]:
    return list(find(rig.options, lambda: rig.context))


def of_recording(device: RecordedDevice, fps: int) -> RealSenseCamera:
    (camera,) = find(bag_options(fps), lambda: device.context)
    return camera


def error_of(camera: RealSenseCamera) -> str:
    """What the camera says once its device gives no more."""
    said: list[str] = []

    def refused() -> bool:
        try:
            camera.read(SILENCE_S)
        except DeviceError as error:
            said.append(str(error))
        return bool(said)

    until(refused, "the camera notices that it is unplugged")
    return said[0]


def frame_of_bag(camera: RealSenseCamera) -> Frame:
    """The bag's only frame, the camera left open.

    Playing starts with the first of two sensors; on a busy machine the only colour frame may have passed
    before the second one listens. Then the camera is opened again, as a feed does it.
    """
    seen: list[Frame] = []

    def came() -> bool:
        camera.open()
        try:
            seen.append(camera.read(1.0))
        except DeviceError:
            camera.close()
        return bool(seen)

    until(came, "the bag's only frame")
    return seen[0]


def is_one_instant(frame: Frame) -> bool:
    """Whether depth shows the number that colour shows; aligning leaves a seam without readings at times."""
    assert frame.depth_mm is not None
    readings = frame.depth_mm[frame.depth_mm > 0]
    return readings.size > frame.depth_mm.size / 2 and set(readings) == {500 + int(frame.rgb[0, 0, 0])}


def test_without_a_camera_the_factory_says_that_none_is_connected() -> None:
    with pytest.raises(DeviceError, match="no RealSense camera is connected"):
        cameras({}, None)


def test_options_are_checked_by_name() -> None:
    with pytest.raises(ConfigError, match=r"cameras\.options\.serial"):
        cameras({"serial": "1"}, None)
    with pytest.raises(ConfigError, match=r"cameras\.options\.fps"):
        cameras({"fps": 0}, None)


def test_a_camera_that_is_named_but_not_connected_asks_for_its_cable() -> None:
    (camera,) = cameras({"serials": ["4711"]}, None)
    assert camera.info.serial == "4711"
    with pytest.raises(DeviceError, match="4711 is not connected: check the USB 3 cable"):
        camera.open()


def test_without_serials_every_connected_camera_is_found() -> None:
    with software_rig("222", "111") as rig:
        found = find(RealSenseOptions(), lambda: rig.context)
        assert [camera.camera_id for camera in found] == ["111", "222"]


class DeadBus:
    """An SDK context whose USB bus does not answer."""

    def query_devices(self) -> object:
        raise RuntimeError("failed to set power state")


def test_a_bus_that_does_not_answer_is_told_and_tried_again_like_a_pulled_cable() -> None:
    (camera,) = find(RealSenseOptions(serials=("111",)), DeadBus)
    with pytest.raises(DeviceError, match="check the USB bus: failed to set power state"):
        camera.open()
    with pytest.raises(DeviceError, match="check the USB bus"):
        find(RealSenseOptions(), DeadBus)


def test_an_sdk_that_does_not_start_is_told() -> None:
    def broken() -> object:
        raise RuntimeError("no access to the USB bus")

    with pytest.raises(DeviceError, match="no access to the USB bus"):
        find(RealSenseOptions(), broken)


def test_a_mode_that_the_camera_does_not_have_is_named() -> None:
    with software_rig("111") as rig:
        (camera,) = find(RealSenseOptions(width=1280, height=720, fps=15), lambda: rig.context)
        with pytest.raises(DeviceError, match="111 does not start at 1280 x 720 at 15 fps"):
            camera.open()
        with pytest.raises(DeviceError, match="not open"):
            camera.read(SILENCE_S)


def test_two_cameras_stream_at_once_each_with_colour_and_depth_of_one_instant() -> None:
    with software_rig("111", "222") as rig:
        found = of(rig)
        for camera in found:
            camera.open()
        frames = [camera.read(READ_S) for _ in range(8) for camera in found]
        for camera in found:
            camera.close()
    assert [frame.camera_id for frame in frames] == ["111", "222"] * 8
    assert all(is_one_instant(frame) for frame in frames)
    assert {frame.clock_domain for frame in frames} == {ClockDomain.HARDWARE}
    assert [frame.rgb[0, 0, 0] for frame in frames] == [frame.sequence % 200 for frame in frames]


def test_the_camera_says_its_model_and_firmware_once_it_is_open() -> None:
    with software_rig("111") as rig:
        (camera,) = of(rig)
        camera.open()
        camera.close()
        assert (camera.info.model, camera.info.firmware) == ("Software D435", "1.2.3")


def test_depth_in_other_units_is_told_in_millimetres() -> None:
    with software_rig("111", unit_m=0.002) as rig:
        (camera,) = of(rig)
        camera.open()
        frame = camera.read(READ_S)
        camera.close()
    assert frame.depth_mm is not None
    assert set(frame.depth_mm[frame.depth_mm > 0]) == {2 * (500 + int(frame.rgb[0, 0, 0]))}


def test_a_camera_whose_feed_stops_says_which_cable_and_the_other_goes_on() -> None:
    with software_rig("111", "222") as rig:
        one, other = of(rig)
        one.open()
        other.open()
        one.read(READ_S)
        rig.unplug("111")
        assert "RealSense 111" in error_of(one)
        other.read(READ_S)
        after = other.read(READ_S)
        one.close()
        rig.plug_in("111")
        one.open()
        assert is_one_instant(one.read(READ_S))
        assert is_one_instant(after)
        one.close()
        other.close()


def test_a_camera_that_is_closed_while_it_is_read_says_so_like_any_loss() -> None:
    said: list[BaseException] = []

    def read(stopping: threading.Event) -> None:
        try:
            camera.read(READ_S / 10)
        except Exception as error:
            said.append(error)

    with software_rig("111") as rig:
        (camera,) = of(rig)
        camera.open()
        camera.read(READ_S)
        rig.unplug("111")
        error_of(camera)
        reader = Worker("reader", Bus(), read)
        reader.start()
        camera.close()
        assert reader.stop()
    assert [type(error) for error in said] == [DeviceError]


def test_a_feed_outlives_an_unplug_and_tells_which_cable() -> None:
    told: list[FeedChanged] = []
    bus = Bus()
    bus.subscribe(lambda event: told.append(event) if isinstance(event, FeedChanged) else None)
    with software_rig("111") as rig:
        feed = Feed(of(rig)[0], bus, frame_timeout_s=SILENCE_S)
        feed.start()
        until(lambda: feed.newest() is not None, "a first frame")
        rig.unplug("111")
        until(lambda: any(event.state is DeviceState.LOST for event in told), "the loss is told")
        rig.plug_in("111")
        until(lambda: feed.newest() is not None, "a frame after the cable is back")
        feed.stop()
    lost = next(event for event in told if event.state is DeviceState.LOST)
    assert "RealSense 111" in lost.message
    assert "check the USB 3 cable" in lost.message


def test_the_bag_of_a_real_camera_plays_through_load_device(shared_data: Path) -> None:
    device = RecordedDevice(shared_data / BAG)
    camera = of_recording(device, fps=6)
    frame = frame_of_bag(camera)
    camera.close()
    assert frame.camera_id == BAG_SERIAL
    assert camera.info.model == "Intel RealSense D435"
    assert camera.info.firmware == "05.09.14.00"
    assert frame.rgb.shape == (480, 640, 3)
    assert frame.rgb.std() > 10
    assert frame.depth_mm is not None
    assert frame.depth_mm.shape == (480, 640)
    assert frame.clock_domain is ClockDomain.HARDWARE
    assert frame.device_timestamp_ms == pytest.approx(360713.523, abs=0.001)


def test_the_bag_unplugged_in_mid_run_is_told_and_opens_again(shared_data: Path) -> None:
    device = RecordedDevice(shared_data / BAG)
    camera = of_recording(device, fps=6)
    first = frame_of_bag(camera)
    device.unplug()
    assert f"RealSense {BAG_SERIAL}" in error_of(camera)
    camera.close()
    with pytest.raises(DeviceError, match=f"{BAG_SERIAL} is not connected: check the USB 3 cable"):
        camera.open()
    device.plug_in()
    again = frame_of_bag(camera)
    camera.close()
    assert np.array_equal(first.rgb, again.rgb)


def test_a_long_recording_unplugged_in_mid_run_is_told_and_opens_again(
    shared_data: Path, tmp_path: Path
) -> None:
    device = RecordedDevice(stretch(shared_data / BAG, tmp_path / "d435.db3", pairs=30))
    camera = of_recording(device, fps=30)
    for _ in range(2):
        camera.open()
        camera.read(READ_S)
        device.unplug()
        assert "check the USB 3 cable" in error_of(camera)
        camera.close()
        device.plug_in()
    camera.open()
    assert camera.read(READ_S).camera_id == BAG_SERIAL
    camera.close()


def test_depth_is_aligned_to_colour_by_the_optics_of_the_camera() -> None:
    rig = SoftwareRig(("111",), optics=plain_optics(160, 120, apart_m=0.05))
    (camera,) = of(rig)
    camera.open()
    rgb, depth = np.zeros((120, 160, 3), np.uint8), np.zeros((120, 160), np.uint16)
    depth[:, 40:60] = 400
    rig.devices["111"].feed(1, rgb, depth)
    frame = camera.read(READ_S)
    camera.close()
    assert frame.depth_mm is not None
    columns = np.flatnonzero(frame.depth_mm[60])
    shift_px = 160 * 50 / 400
    assert abs(columns[0] - (40 + shift_px)) <= 1
    assert abs(columns[-1] - (59 + shift_px)) <= 1
    assert set(frame.depth_mm[60, columns]) == {400}


def test_every_frame_is_of_one_instant_however_often_the_camera_is_opened() -> None:
    with software_rig("111") as rig:
        (camera,) = of(rig)
        for _ in range(10):
            camera.open()
            frames = [camera.read(READ_S) for _ in range(3)]
            camera.close()
            assert all(is_one_instant(frame) for frame in frames)


def test_colour_and_depth_that_are_too_far_apart_are_refused_with_the_figure(shared_data: Path) -> None:
    device = RecordedDevice(shared_data / BAG)
    (camera,) = find(bag_options(fps=6).model_copy(update={"apart_ms": 100}), lambda: device.context)

    def refused() -> bool:
        camera.open()
        said = error_of(camera)
        camera.close()
        return "268 ms apart" in said

    until(refused, "the figure is told")
