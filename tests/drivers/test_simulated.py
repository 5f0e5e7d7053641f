"""The simulated cameras see their scene through noise, and can be unplugged."""

from __future__ import annotations

import numpy as np
import pytest

from booth.domain.picture import Frame
from booth.domain.terms import ClockDomain
from booth.errors import ConfigError, DeviceError
from booth.events import Bus
from booth.feed.frames import Feed
from booth.ports.scene import ItemWish
from drivers.simulated import SimulatedCamera, cameras
from tests.contract.cameras_fakes import StripedScene, until

READ_S = 10.0
FAST = {"fps": 500}


def opened(scene: StripedScene, **options: float) -> SimulatedCamera:
    camera = cameras({**FAST, **options}, scene)[0]
    camera.open()
    return camera


def colours(frame: Frame) -> list[int]:
    return [int(value) for value in frame.rgb.ravel()]


def test_there_is_one_camera_for_each_that_the_calibration_knows() -> None:
    found = cameras({}, StripedScene(("left", "right", "top")))
    assert [camera.camera_id for camera in found] == ["left", "right", "top"]


def test_without_a_scene_there_is_nothing_to_look_at() -> None:
    with pytest.raises(ConfigError, match=r"scene\.name"):
        cameras({}, None)


def test_an_unknown_option_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"cameras\.options\.fsp"):
        cameras({"fsp": 10}, StripedScene())


@pytest.mark.parametrize(("key", "value"), [("fps", 0), ("dropout", 2), ("noise_sd", "loud"), ("seed", -1)])
def test_an_impossible_option_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"cameras\.options\.{key}"):
        cameras({key: value}, StripedScene())


def test_noise_differs_from_frame_to_frame_around_the_true_picture() -> None:
    camera = opened(StripedScene(), noise_sd=2.0)
    first, second = camera.read(READ_S), camera.read(READ_S)
    assert not np.array_equal(first.rgb, second.rgb)
    assert abs(np.mean(colours(first)) - 100) < 0.5
    assert 1.5 < np.std(colours(first)) < 2.5


def test_depth_noise_grows_with_the_square_of_the_distance() -> None:
    scene = StripedScene()
    camera = opened(scene, dropout=0.0, depth_noise_mm=10.0)
    spreads = []
    for distance_mm in (700, 850):
        scene.place(ItemWish(distance_mm - 700))
        depth_mm = camera.read(READ_S).depth_mm
        assert depth_mm is not None
        spreads.append(float(np.std(depth_mm[8:, 8:])))
    assert spreads[1] / spreads[0] == pytest.approx((850 / 700) ** 2, rel=0.1)


def test_dropouts_are_as_frequent_as_asked_and_missing_depth_stays_missing() -> None:
    depths = [opened(StripedScene(), dropout=0.1, seed=seed).read(READ_S).depth_mm for seed in range(5)]
    shares = []
    for depth_mm in depths:
        assert depth_mm is not None
        assert not depth_mm[:4, :4].any()
        shares.append(float(np.mean(depth_mm[4:] == 0)))
    assert 0.05 < np.mean(shares) < 0.15


def test_without_noise_the_picture_is_the_scene_and_still_a_copy() -> None:
    scene = StripedScene()
    frame = opened(scene, noise_sd=0.0, depth_noise_mm=0.0, dropout=0.0).read(READ_S)
    true = scene.look("left")
    assert np.array_equal(frame.rgb, true.rgb)
    assert frame.depth_mm is not None
    assert true.depth_mm is not None
    assert np.array_equal(frame.depth_mm, true.depth_mm)
    assert not np.shares_memory(frame.rgb, true.rgb)
    assert not np.shares_memory(frame.depth_mm, true.depth_mm)


def test_a_scene_without_depth_gives_colour_alone() -> None:
    assert opened(StripedScene(with_depth=False)).read(READ_S).depth_mm is None


def test_the_same_seed_gives_the_same_noise_and_each_camera_its_own() -> None:
    one, same = (opened(StripedScene(), seed=3).read(READ_S) for _ in range(2))
    other = opened(StripedScene(), seed=4).read(READ_S)
    second = cameras({**FAST, "seed": 3}, StripedScene())[1]
    second.open()
    assert np.array_equal(one.rgb, same.rgb)
    assert not np.array_equal(one.rgb, other.rgb)
    assert not np.array_equal(one.rgb, second.read(READ_S).rgb)


def test_a_new_item_is_seen_in_the_next_frame() -> None:
    scene = StripedScene()
    camera = opened(scene, noise_sd=0.0)
    camera.read(READ_S)
    scene.place(ItemWish(50))
    assert set(colours(camera.read(READ_S))) == {150}


def test_frames_carry_the_device_clock() -> None:
    frame = opened(StripedScene()).read(READ_S)
    assert frame.clock_domain is ClockDomain.HARDWARE
    assert frame.device_timestamp_ms == pytest.approx(frame.sequence * 1000 / 500)


def test_an_unplugged_camera_names_its_cable_until_it_is_plugged_in_and_opened() -> None:
    camera = opened(StripedScene())
    camera.read(READ_S)
    camera.unplug()
    with pytest.raises(DeviceError, match="left does not answer: check its USB 3 cable"):
        camera.read(READ_S)
    camera.close()
    with pytest.raises(DeviceError, match="cable"):
        camera.open()
    camera.plug_in()
    with pytest.raises(DeviceError, match="not open"):
        camera.read(READ_S)
    camera.open()
    assert camera.read(READ_S).camera_id == "left"


def test_a_feed_outlives_an_unplug() -> None:
    camera = cameras(FAST, StripedScene())[0]
    feed = Feed(camera, Bus(), frame_timeout_s=READ_S)
    feed.start()
    until(lambda: feed.newest() is not None, "a first frame")
    camera.unplug()
    until(lambda: feed.newest() is None, "the feed notices")
    camera.plug_in()
    until(lambda: feed.newest() is not None, "a frame after the cable is back")
    feed.stop()
