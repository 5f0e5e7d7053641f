"""The settings of a RealSense camera by name: a typed table, checked against the device's own ranges."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyrealsense2 as rs

from booth.domain.device import Control
from booth.errors import DeviceError, InputError

log = logging.getLogger(__name__)

STEP_SLACK = 1e-3
"""Share of a step by which a value may miss it: the SDK holds them as float32."""
SyncMode = Literal["none", "master", "slave"]
SYNC_MODES: Mapping[SyncMode, float] = {"none": 0, "master": 1, "slave": 2}
"""RS2_OPTION_INTER_CAM_SYNC_MODE of librealsense's rs_option.h: 0 default, 1 master, 2 slave."""
ON_OFF = ("off", "on")
PRESETS = (
    "custom",
    "default",
    "hand",
    "high_accuracy",
    "high_density",
    "medium_density",
    "remove_ir_pattern",
    "edge_enhancement",
)
"""rs2_rs400_visual_preset of librealsense's rs_advanced_mode_command.h and rs_option.h."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table.

    Attributes:
        stream: whose sensor has it.
        unit: as the SDK's own descriptions of the options give it.
        names: what 0, 1, 2, … mean, where they are names.
        manual_under: the automatic mode that has to be off for a value to last.
    """

    name: str
    stream: Literal["colour", "depth"]
    option: Any
    unit: str = ""
    names: tuple[str, ...] = ()
    manual_under: str = ""


SETTINGS = (
    Setting("visual_preset", "depth", rs.option.visual_preset, names=PRESETS),
    Setting("auto_exposure", "colour", rs.option.enable_auto_exposure, names=ON_OFF),
    Setting("auto_white_balance", "colour", rs.option.enable_auto_white_balance, names=ON_OFF),
    Setting("depth_auto_exposure", "depth", rs.option.enable_auto_exposure, names=ON_OFF),
    Setting("exposure", "colour", rs.option.exposure, "× 100 µs", manual_under="auto_exposure"),
    Setting("gain", "colour", rs.option.gain, manual_under="auto_exposure"),
    Setting("white_balance", "colour", rs.option.white_balance, "K", manual_under="auto_white_balance"),
    Setting("brightness", "colour", rs.option.brightness),
    Setting("contrast", "colour", rs.option.contrast),
    Setting("saturation", "colour", rs.option.saturation),
    Setting("sharpness", "colour", rs.option.sharpness),
    Setting("hue", "colour", rs.option.hue),
    Setting("gamma", "colour", rs.option.gamma),
    Setting("backlight_compensation", "colour", rs.option.backlight_compensation, names=ON_OFF),
    Setting("power_line", "colour", rs.option.power_line_frequency, names=("off", "50 Hz", "60 Hz", "auto")),
    Setting("depth_exposure", "depth", rs.option.exposure, "µs", manual_under="depth_auto_exposure"),
    Setting("depth_gain", "depth", rs.option.gain, manual_under="depth_auto_exposure"),
    Setting("laser_power", "depth", rs.option.laser_power, "mW"),
    Setting("emitter", "depth", rs.option.emitter_enabled, names=("off", "laser", "auto", "led")),
)
"""In the order in which they are set: a preset changes others, and automatic modes undo what they govern."""


def refuse_impossible(wishes: Mapping[str, Any]) -> None:
    """Check settings of booth.toml as far as it goes without the device.

    Raises:
        ValueError: a name is unknown, a value is no value, or two settings contradict each other.
    """
    known = {setting.name: setting for setting in SETTINGS}
    for name, value in wishes.items():
        if name not in known:
            raise ValueError(f"there is no setting '{name}'; there are: {', '.join(known)}")
        if not isinstance(value, (bool, int, float, str)) or (
            isinstance(value, float) and not math.isfinite(value)
        ):
            raise ValueError(f"{name} must be a number, true, false or a name")
        automatic = known[name].manual_under
        if automatic and wishes.get(automatic) in (True, 1, "on"):
            raise ValueError(f"{name} has no effect under {automatic} = {wishes[automatic]}: leave out one")


class Controls:
    """What can be set on one device.

    Args:
        device: an SDK device; one thread at a time may use it.
    """

    def __init__(self, serial: str, device: Any) -> None:
        self._serial = serial
        self._found = {setting.name: (setting, sensor) for setting, sensor in _offered(device)}

    def listed(self) -> tuple[Control, ...]:
        """Every setting as it stands. Raises: DeviceError: the device does not answer."""
        return tuple(self._control(name) for name in self._found)

    def adjust(self, name: str, value: object) -> None:
        """Set one.

        Raises:
            InputError: there is none of that name, or it does not take that value; nothing is changed.
            DeviceError: the device refuses.
        """
        self._write(name, self._number(name, value))

    def apply(self, wishes: Mapping[str, Any]) -> None:
        """Set several, or none when one of them is impossible.

        Raises:
            InputError: the device has none of that name, or does not take that value.
            DeviceError: the device refuses.
        """
        numbers = {name: self._number(name, value) for name, value in wishes.items()}
        for name in self._found:
            if name in numbers:
                self._write(name, numbers[name])

    def _number(self, name: str, value: object) -> float:
        if name not in self._found:
            has = f"it has: {', '.join(self._found)}" if self._found else "nothing can be set on it"
            raise InputError(f"RealSense {self._serial} has no setting '{name}'; {has}")
        control = self._control(name)
        number = _as_number(control, value)
        if number is None:
            raise InputError(f"RealSense {self._serial}: {name} = {value} is not possible, {_range(control)}")
        return number

    def _control(self, name: str) -> Control:
        setting, sensor = self._found[name]
        try:
            reach = sensor.get_option_range(setting.option)
            value = sensor.get_option(setting.option)
        except RuntimeError as error:
            raise DeviceError(f"RealSense {self._serial} does not tell its {name}: {error}") from error
        unit = "µs" if setting.option == rs.option.exposure and sensor.is_depth_sensor() else setting.unit
        return Control(name, value, reach.min, reach.max, reach.step, unit, _choices(setting, reach))

    def _write(self, name: str, number: float) -> None:
        setting, sensor = self._found[name]
        try:
            sensor.set_option(setting.option, number)
        except RuntimeError as error:
            raise DeviceError(f"RealSense {self._serial} refuses {name} = {number:g}: {error}") from error


def synchronise(device: Any, serial: str, sync: SyncMode) -> None:
    """Make it give the trigger, follow it, or run freely. Raises: DeviceError, RuntimeError."""
    sensors = [each for each in device.query_sensors() if each.supports(rs.option.inter_cam_sync_mode)]
    if not sensors:
        if sync == "none":
            return
        raise DeviceError(
            f"RealSense {serial} has no sync cable to be the {sync} on: "
            "leave it out of cameras.options.sync and cameras.options.master"
        )
    sensor, wanted = sensors[0], SYNC_MODES[sync]
    if sensor.get_option(rs.option.inter_cam_sync_mode) != wanted:  # it outlives the booth that set it
        sensor.set_option(rs.option.inter_cam_sync_mode, wanted)


def _offered(device: Any) -> Iterator[tuple[Setting, Any]]:
    """The rows of the table that the device has and lets be set.

    A D405 has one sensor for both streams: then the colour names say it all.
    """
    sensors = device.query_sensors()
    of = {"colour": _sensor_of(sensors, rs.stream.color), "depth": _sensor_of(sensors, rs.stream.depth)}
    seen = set()
    for setting in SETTINGS:
        place = of[setting.stream]
        if place is None or (place, setting.option) in seen:
            continue
        sensor = sensors[place]
        if sensor.supports(setting.option) and not sensor.is_option_read_only(setting.option):
            seen.add((place, setting.option))
            yield setting, sensor


def _sensor_of(sensors: list[Any], stream: Any) -> int | None:
    for place, sensor in enumerate(sensors):
        if any(profile.stream_type() == stream for profile in sensor.get_stream_profiles()):
            return place
    return None


def _choices(setting: Setting, reach: Any) -> tuple[str, ...]:
    low, high = int(reach.min), int(reach.max)
    if not setting.names or reach.step != 1 or low < 0 or high >= len(setting.names):
        return ()
    return setting.names[low : high + 1]


def _as_number(control: Control, value: object) -> float | None:
    """The value as the device takes it, or None when it does not."""
    if isinstance(value, str):
        return control.low + control.choices.index(value) if value in control.choices else None
    if not isinstance(value, (bool, int, float)) or not control.low <= value <= control.high:
        return None
    steps = (float(value) - control.low) / control.step if control.step > 0 else 0.0
    return float(value) if abs(steps - round(steps)) <= STEP_SLACK else None


def _range(control: Control) -> str:
    if control.choices:
        return f"it takes one of: {', '.join(control.choices)}"
    unit = f" {control.unit}" if control.unit else ""
    return f"it takes {control.low:g} to {control.high:g}{unit} in steps of {control.step:g}"
