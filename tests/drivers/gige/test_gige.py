"""GigE Vision cameras on a network that loses packets, and that loses and finds the camera."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from math import inf

import numpy as np
import pytest

from booth.errors import ConfigError, DeviceError, DeviceTimeout, InputError
from booth.events import Bus
from booth.feed.frames import Feed
from drivers.gige.aravis import Aravis
from drivers.gige.camera import CLOSE_S, LOST_AFTER_S, GigeCamera, cameras, connected
from tests.contract.cameras_fakes import until
from tests.contract.cameras_gige import SERIAL, SMALL, FakeCamera, fake_camera, small_camera

READ_S = 5.0
SHORT_S = 0.5
SHADES = 255


@pytest.fixture
def fake() -> Iterator[FakeCamera]:
    with fake_camera() as camera:
        yield camera


@pytest.fixture
def camera(fake: FakeCamera) -> Iterator[GigeCamera]:
    made = small_camera()
    yield made
    made.close()


@pytest.fixture
def searched(fake: FakeCamera) -> Iterator[GigeCamera]:
    """One that is looked for on the network each time it is opened."""
    made = small_camera(Aravis)
    yield made
    made.close()


def refusal(camera: GigeCamera) -> DeviceError | None:
    try:
        camera.read(SHORT_S)
    except DeviceError as error:
        return error
    return None


def is_lost(camera: GigeCamera) -> Callable[[], bool]:
    def asked() -> bool:
        error = refusal(camera)
        return error is not None and not isinstance(error, DeviceTimeout)

    return asked


def is_whole(rgb: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bool:
    """The fake camera shows a ramp, one shade a pixel to the right and one a line down; a hole breaks it."""
    grey = rgb[..., 0].astype(int)
    return bool(np.all(np.diff(grey, axis=0) % SHADES == 1) and np.all(np.diff(grey, axis=1) % SHADES == 1))


def test_it_is_found_with_serial_model_and_address(fake: FakeCamera) -> None:
    info = next(info for info in connected({}) if info.serial == SERIAL)
    assert (info.kind, info.model, info.address) == ("gige", "Aravis Fake", "127.0.0.1")


def test_a_frame_is_whole_and_has_the_size_that_was_set(camera: GigeCamera) -> None:
    camera.open()
    frame = camera.read(READ_S)
    assert frame.rgb.shape == (48, 64, 3)
    assert is_whole(frame.rgb)
    assert camera.health().dropped == 0


@pytest.mark.parametrize("lost_permille", [50, 100])
def test_on_a_network_that_loses_packets_only_whole_pictures_come_and_the_others_are_counted(
    lost_permille: int,
) -> None:
    with fake_camera(lost_permille):
        camera = small_camera()
        camera.open()
        try:
            frames = [camera.read(READ_S) for _ in range(30)]
            health = camera.health()
        finally:
            camera.close()
    assert all(is_whole(frame.rgb) for frame in frames)
    assert frames[-1].sequence - frames[0].sequence >= len(frames)
    assert health.dropped


def test_on_a_network_that_loses_everything_a_read_ends_in_time_and_says_so() -> None:
    with fake_camera(1000):
        camera = small_camera()
        camera.open()
        try:
            with pytest.raises(DeviceTimeout, match="packet size"):
                camera.read(SHORT_S)
        finally:
            camera.close()


def cut_off(fake: FakeCamera, camera: GigeCamera) -> None:
    """Kill the camera while it streams, and see that the loss is told in time."""
    camera.open()
    camera.read(READ_S)
    fake.kill()
    begun_s = time.monotonic()
    until(is_lost(camera), "the loss is told")
    assert time.monotonic() - begun_s < LOST_AFTER_S + SHORT_S


def test_a_camera_that_is_cut_off_is_told_in_time_and_streams_again(
    fake: FakeCamera, searched: GigeCamera
) -> None:
    cut_off(fake, searched)
    fake.start()
    searched.close()
    searched.close()
    searched.open()
    assert is_whole(searched.read(READ_S).rgb)


@pytest.mark.proof
def test_a_camera_that_stays_cut_off_closes_in_time_and_refuses_to_open_until_it_is_back(
    fake: FakeCamera, searched: GigeCamera
) -> None:
    camera = searched
    cut_off(fake, camera)
    begun_s = time.monotonic()
    camera.close()
    assert time.monotonic() - begun_s < CLOSE_S
    camera.close()
    with pytest.raises(DeviceError, match=SERIAL):
        camera.open()
    fake.start()
    camera.open()
    assert is_whole(camera.read(READ_S).rgb)


@pytest.mark.proof
def test_a_camera_that_is_cut_off_may_be_closed_before_that_is_known(
    fake: FakeCamera, camera: GigeCamera
) -> None:
    camera.open()
    camera.read(READ_S)
    fake.kill()
    begun_s = time.monotonic()
    camera.close()
    assert time.monotonic() - begun_s < CLOSE_S
    with pytest.raises(DeviceError, match="not open"):
        camera.read(SHORT_S)


def test_a_feed_brings_it_back_by_itself(fake: FakeCamera, camera: GigeCamera) -> None:
    feed = Feed(camera, Bus(), 1.0)
    feed.start()
    try:
        until(lambda: feed.newest() is not None, "it streams")
        fake.kill()
        until(lambda: feed.newest() is None, "it is lost")
        fake.start()
        for _ in range(4):  # closing what was cut off takes longer than one deadline
            if feed.after(time.monotonic_ns(), READ_S) is not None:
                break
        assert feed.newest() is not None
    finally:
        feed.stop()


def test_controls_have_ranges_choices_and_units(camera: GigeCamera) -> None:
    assert camera.controls() == ()
    camera.open()
    table = {control.name: control for control in camera.controls()}
    assert table["AcquisitionFrameRate"].value == SMALL["AcquisitionFrameRate"]
    assert (table["GainRaw"].low, table["GainRaw"].high, table["GainRaw"].step) == (0, 10, 1)
    assert table["GainAuto"].choices == ("Off", "Once", "Continuous")
    camera.adjust("GainRaw", 3)
    camera.adjust("TriggerMode", 1)
    table = {control.name: control for control in camera.controls()}
    assert table["GainRaw"].value == 3
    assert table["TriggerMode"].value == 1
    until(lambda: "trigger" in str(refusal(camera)), "it waits for its trigger")


@pytest.mark.parametrize(
    ("name", "value"), [("GainRaw", 11), ("TriggerMode", 0.5), ("GainAuto", float("inf")), ("Nope", 1)]
)
def test_an_impossible_adjustment_is_refused(camera: GigeCamera, name: str, value: float) -> None:
    camera.open()
    before = camera.controls()
    with pytest.raises(InputError, match=r"GainRaw|TriggerMode|GainAuto"):
        camera.adjust(name, value)
    assert camera.controls() == before


@pytest.mark.parametrize(
    "settings",
    [{"Nope": 1}, {"Width": "wide"}, {"Width": 64.5}, {"Height": inf}, {"PixelFormat": "RGB565"}],
)
def test_a_setting_that_it_refuses_is_named_and_leaves_it_free(
    fake: FakeCamera, camera: GigeCamera, settings: dict[str, float | str]
) -> None:
    wrong = small_camera(settings=settings)
    with pytest.raises(DeviceError, match=next(iter(settings))):
        wrong.open()
    camera.open()
    camera.read(READ_S)


def test_a_camera_that_another_program_holds_is_refused(camera: GigeCamera) -> None:
    camera.open()
    second = small_camera()
    with pytest.raises(DeviceError, match=f"{SERIAL} is held by another program"):
        second.open()
    assert is_whole(camera.read(READ_S).rgb)


def test_it_cannot_reset_itself_and_says_so(camera: GigeCamera) -> None:
    camera.open()
    with pytest.raises(DeviceError, match="close it"):
        camera.restart()
    camera.close()
    with pytest.raises(DeviceError, match="power"):
        camera.restart()
    camera.open()
    camera.read(READ_S)


def test_a_slow_reader_gets_no_old_picture(camera: GigeCamera) -> None:
    camera.open()
    before = camera.read(READ_S)
    stream = camera._link.stream if camera._link else None
    assert stream is not None
    until(lambda: stream.lost() > 5, "no buffer is free any more")
    later = camera.read(READ_S)
    assert later.sequence > before.sequence + 6


def test_without_aravis_the_package_is_named() -> None:
    with pytest.raises(ConfigError, match=r"apt-get install libaravis-0\.8-0"):
        Aravis("libaravis-none.so.0")


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="packet_bytes"):
        cameras({"packets": 1}, None)
