"""Settings, health, synchronisation and restart of RealSense cameras."""

from __future__ import annotations

from typing import Any

import pyrealsense2 as rs
import pytest

from booth.errors import ConfigError, DeviceError, DeviceTimeout, InputError
from drivers.realsense.camera import RealSenseCamera, cameras, find
from drivers.realsense.devices import RESET_WAIT_S, device_of, listed, restart
from drivers.realsense.health import self_check
from tests.contract.cameras_realsense import TEMPERATURE_C, SoftwareRig, software_rig

READ_S = 10.0


def of(rig: SoftwareRig, **options: Any) -> RealSenseCamera:
    return find(rig.options.model_copy(update=options), lambda: rig.context)[0]


def refusal(rig: SoftwareRig, **options: Any) -> str:
    camera = of(rig, **options)
    with pytest.raises(DeviceError) as refused:
        camera.open()
    assert camera.controls() == ()
    return str(refused.value)


def values(camera: RealSenseCamera) -> dict[str, float]:
    return {control.name: control.value for control in camera.controls()}


def test_the_settings_are_listed_with_their_ranges_while_the_camera_is_open() -> None:
    with software_rig("111") as rig:
        camera = of(rig)
        assert camera.controls() == ()
        camera.open()
        listed = {control.name: control for control in camera.controls()}
        camera.close()
        assert camera.controls() == ()
    laser, preset = listed["laser_power"], listed["visual_preset"]
    assert (laser.value, laser.low, laser.high, laser.step, laser.unit) == (150, 0, 360, 30, "mW")
    assert preset.choices[3] == "high_accuracy"
    assert listed["depth_exposure"].unit == "µs"
    assert listed["exposure"].unit == "× 100 µs"
    assert listed["auto_white_balance"].choices == ("off", "on")
    assert "contrast" not in listed


def test_a_setting_is_changed_on_the_sensor_that_has_it() -> None:
    with software_rig("111") as rig:
        camera = of(rig)
        camera.open()
        camera.adjust("depth_exposure", 9000)
        camera.adjust("exposure", 200)
        camera.close()
        assert rig.devices["111"].said(rs.option.exposure) == 9000
        assert rig.devices["111"].said(rs.option.exposure, "colour") == 200


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("laser_power", 361, "laser_power = 361 is not possible, it takes 0 to 360 mW in steps of 30"),
        ("laser_power", -30, "it takes 0 to 360 mW"),
        ("laser_power", 31, "in steps of 30"),
        ("laser_power", float("nan"), "laser_power = nan is not possible"),
        ("laser_power", float("inf"), "laser_power = inf is not possible"),
        ("emitter", 3, "it takes one of: off, laser, auto"),
        ("contrast", 1, "has no setting 'contrast'; it has: visual_preset"),
        ("", 1, "has no setting ''"),
    ],
)
def test_an_impossible_change_is_refused_with_the_range_and_changes_nothing(
    name: str, value: float, said: str
) -> None:
    with software_rig("111") as rig:
        camera = of(rig)
        camera.open()
        before = values(camera)
        with pytest.raises(InputError, match=said):
            camera.adjust(name, value)
        assert values(camera) == before
        camera.close()
        with pytest.raises(DeviceError, match="111 is not open"):
            camera.adjust("laser_power", 30)


def test_settings_of_the_configuration_hold_whenever_the_camera_is_opened() -> None:
    wishes = {
        "visual_preset": "high_accuracy",
        "laser_power": 300,
        "auto_white_balance": False,
        "exposure": 99,
    }
    with software_rig("111") as rig:
        camera = of(rig, controls=wishes)
        for _ in range(2):
            camera.open()
            now = values(camera)
            assert (now["visual_preset"], now["laser_power"], now["auto_white_balance"]) == (3, 300, 0)
            assert now["exposure"] == 99
            camera.adjust("laser_power", 30)
            camera.close()


def test_one_impossible_setting_of_the_configuration_is_told_and_none_is_set() -> None:
    with software_rig("111") as rig:
        said = refusal(rig, controls={"laser_power": 300, "exposure": 20000})
        assert "exposure = 20000 is not possible, it takes 1 to 10000 × 100 µs in steps of 1" in said
        assert "correct cameras.options.controls" in said
        assert rig.devices["111"].said(rs.option.laser_power) == 150
        assert "visual_preset = best is not possible" in refusal(rig, controls={"visual_preset": "best"})
        assert "has no setting 'contrast'" in refusal(rig, controls={"contrast": 50})


@pytest.mark.parametrize(
    ("controls", "said"),
    [
        ({"expo": 1}, "there is no setting 'expo'; there are: visual_preset"),
        ({"exposure": [1]}, "exposure must be a number, true, false or a name"),
        ({"exposure": float("nan")}, "exposure must be a number"),
        ({"exposure": 99, "auto_exposure": True}, "exposure has no effect under auto_exposure = True"),
    ],
)
def test_settings_that_no_camera_takes_stop_the_start(controls: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=rf"cameras\.options\.controls: .*{said}"):
        cameras({"serials": ["111"], "controls": controls}, None)


def test_health_tells_temperature_and_drops_while_open() -> None:
    with software_rig("111") as rig:
        camera = of(rig)
        assert camera.health().temperature_c is None
        camera.open()
        camera.read(READ_S)
        assert camera.health().temperature_c == TEMPERATURE_C
        assert camera.health().dropped is not None
        camera.close()
        assert camera.health().dropped is None


def test_numbers_that_were_left_out_are_counted_as_dropped() -> None:
    rig = SoftwareRig(("111",))
    camera = of(rig)
    camera.open()
    for number in (1, 2, 6):
        rig.feed_all(number)
        camera.read(READ_S)
    assert camera.health().dropped == 3
    camera.close()


def test_one_camera_gives_the_trigger_and_the_others_follow() -> None:
    with software_rig("111", "222") as rig:
        for device in rig.devices.values():
            device.offer_sync()
        options = rig.options.model_copy(update={"master": "222"})
        for camera in find(options, lambda: rig.context):
            camera.open()
            camera.close()
        assert rig.devices["111"].said(rs.option.inter_cam_sync_mode) == 2
        assert rig.devices["222"].said(rs.option.inter_cam_sync_mode) == 1
        camera = of(rig)
        camera.open()
        camera.close()
        assert rig.devices["111"].said(rs.option.inter_cam_sync_mode) == 0


def test_a_camera_without_a_sync_cable_refuses_to_be_synchronised() -> None:
    with software_rig("111") as rig:
        assert "111 has no sync cable to be the slave on" in refusal(rig, sync={"111": "slave"})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sync": {"111": "genlock"}}, r"cameras\.options\.sync\.111"),
        ({"master": "333"}, "'333' is to be synchronised and is not among 'serials'"),
        ({"master": "111", "sync": {"111": "master"}}, "'master' and 'sync' say the same thing"),
        ({"serials": ["111", "111"]}, "'111' stands there twice: name each camera once"),
    ],
)
def test_options_that_contradict_each_other_stop_the_start(options: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        cameras({"serials": ["111"], **options}, None)


def test_two_devices_of_one_serial_are_told_apart_by_nobody_and_that_is_said() -> None:
    rig = SoftwareRig(("111",))
    camera = of(rig)
    rig.renew("111", beside=True)
    with pytest.raises(DeviceError, match=r"two RealSense devices have the serial 111 .*unplug one of them"):
        camera.open()
    with pytest.raises(DeviceError, match="two RealSense devices have the serial 111"):
        find(rig.options.model_copy(update={"serials": ()}), lambda: rig.context)


class BusyBus:
    """A context that lists only devices that stream, which must not be asked anything."""

    def __init__(self, count: int) -> None:
        self._count = count

    def query_devices(self) -> BusyBus:
        return self

    def __len__(self) -> int:
        return self._count

    def contains(self, device: object) -> bool:
        return True

    def __getitem__(self, index: int) -> object:
        raise RuntimeError("a streaming device was asked for its serial")


def test_a_camera_that_is_away_is_looked_for_without_disturbing_those_that_stream() -> None:
    with pytest.raises(DeviceError, match="333 is not connected"):
        device_of(BusyBus(2), "333", ["111", "222"])
    assert listed(BusyBus(2)) == []


def test_a_camera_that_comes_back_is_found_beside_those_that_stream() -> None:
    with software_rig("111", "222") as rig:
        one, other = find(rig.options, lambda: rig.context)
        for _ in range(2):
            one.open()
            other.open()
            assert other.read(READ_S).camera_id == "222"
            other.close()
        one.close()


def test_silence_is_a_timeout_that_names_the_cable() -> None:
    rig = SoftwareRig(("111",))
    camera = of(rig)
    camera.open()
    with pytest.raises(
        DeviceTimeout, match=r"RealSense 111 gave no colour and depth .* check the USB 3 cable"
    ):
        camera.read(0.05)
    camera.close()


def test_a_device_that_cannot_be_reset_says_so() -> None:
    with software_rig("111") as rig:
        camera = of(rig)
        camera.open()
        with pytest.raises(
            DeviceError, match="111 cannot be restarted from here, pull and plug its USB 3 cable"
        ):
            camera.restart()
        camera.open()
        assert camera.read(READ_S).camera_id == "111"
        camera.close()


class ResettingBus:
    """A context with one device that is listed again only some time after its reset."""

    def __init__(self, back_after_s: float) -> None:
        self.waited_s = 0.0
        self.was_reset = False
        self._back_after_s = back_after_s

    def query_devices(self) -> list[ResettingBus]:
        return [self] if not self.was_reset or self.waited_s >= self._back_after_s else []

    def get_info(self, what: object) -> str:
        return "111"

    def is_playback(self) -> bool:
        return False

    def hardware_reset(self) -> None:
        self.was_reset = True

    def pause(self, seconds: float) -> None:
        self.waited_s += seconds


def test_a_restart_leaves_the_device_alone_and_then_waits_until_it_is_listed() -> None:
    bus = ResettingBus(back_after_s=RESET_WAIT_S + 3)
    restart(bus, "111", bus.pause)
    assert bus.was_reset
    assert RESET_WAIT_S + 3 <= bus.waited_s < RESET_WAIT_S + 4


def test_a_restart_of_a_device_that_stays_away_ends_with_what_to_do() -> None:
    bus = ResettingBus(back_after_s=1000)
    with pytest.raises(DeviceError, match="did not come back within 35 s of its restart: pull and plug"):
        restart(bus, "111", bus.pause)
    with pytest.raises(DeviceError, match="111 is not connected"):
        restart(bus, "111", bus.pause)


def test_a_self_check_is_refused_where_the_device_has_none() -> None:
    with software_rig("111") as rig, pytest.raises(DeviceError, match="111 cannot check itself"):
        self_check(of(rig))


@pytest.mark.hardware
def test_a_connected_camera_checks_its_calibration_itself() -> None:
    serial = listed(rs.context())[0][0]
    (camera,) = cameras({"serials": [serial]}, None)
    assert isinstance(camera, RealSenseCamera)
    assert abs(self_check(camera)["health"]) < 10


@pytest.mark.hardware
def test_a_connected_camera_comes_back_from_its_restart() -> None:
    serial = listed(rs.context())[0][0]
    (camera,) = cameras({"serials": [serial]}, None)
    camera.restart()
    camera.open()
    assert camera.read(READ_S).camera_id == serial
    camera.close()
