"""The controls of a V4L2 device, on a kernel that is played."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from booth.errors import InputError
from drivers.settings import wanted_value
from drivers.uvc.v4l2_controls import (
    GET_CONTROL,
    KNOWN,
    MENU,
    QUERY,
    QUERY_CONTROL,
    QUERY_MENU,
    SET_CONTROL,
    VALUE,
    Controls,
    OpenDevice,
)

AUTO, EXPOSURE, FOCUS = (KNOWN[name][0] for name in ("auto_exposure", "exposure", "autofocus"))
MENU_NAMES = {1: b"Manual Mode", 3: b"Aperture Priority Mode"}


class Kernel:
    """A webcam's controls, as the C structures of videodev2.h say them."""

    def __init__(self) -> None:
        self.values = {AUTO: 3, EXPOSURE: 156, FOCUS: 1}
        self.flags = {AUTO: 0, EXPOSURE: 0x10, FOCUS: 0}
        self.shape = {AUTO: (3, 0, 3, 1), EXPOSURE: (1, 3, 2047, 1), FOCUS: (2, 0, 1, 1)}

    def ioctl(self, request: int, structure: bytes) -> bytes:
        match request:
            case request if request == QUERY_CONTROL:
                number = QUERY.unpack(structure)[0]
                self._must_have(number)
                kind, low, high, step = self.shape[number]
                return QUERY.pack(number, kind, b"whatever", low, high, step, low, self.flags[number])
            case request if request == QUERY_MENU:
                number, place, _ = MENU.unpack(structure)
                if place not in MENU_NAMES:
                    raise OSError(errno.EINVAL, "Invalid argument")
                return MENU.pack(number, place, MENU_NAMES[place])
            case request if request == GET_CONTROL:
                number, _ = VALUE.unpack(structure)
                return VALUE.pack(number, self.values[number])
            case _:
                assert request == SET_CONTROL
                number, value = VALUE.unpack(structure)
                self.values[number] = value
                self.flags[EXPOSURE] = 0 if self.values[AUTO] == 1 else 0x10
                return structure

    def _must_have(self, number: int) -> None:
        if number not in self.shape:
            raise OSError(errno.EINVAL, "Invalid argument")


def test_requests_are_those_of_the_kernel() -> None:
    """The numbers that a C compiler makes of videodev2.h on x86-64."""
    assert (QUERY_CONTROL, QUERY_MENU, GET_CONTROL, SET_CONTROL) == (
        0xC0445624,
        0xC02C5625,
        0xC008561B,
        0xC008561C,
    )


def test_a_menu_keeps_the_devices_own_numbers() -> None:
    table = {control.name: control for control in Controls(Kernel().ioctl).table()}
    auto = table["auto_exposure"]
    assert (auto.value, auto.low, auto.high) == (3, 0, 3)
    assert auto.choices == ("", "Manual Mode", "", "Aperture Priority Mode")
    assert table["autofocus"].choices == ("off", "on")


def test_what_cannot_be_set_now_is_left_out_until_it_can() -> None:
    kernel = Kernel()
    controls = Controls(kernel.ioctl)
    assert "exposure" not in {control.name for control in controls.table()}
    controls.put("auto_exposure", 1)
    table = {control.name: control for control in controls.table()}
    assert (table["exposure"].value, table["exposure"].high, table["exposure"].unit) == (156, 2047, "100 µs")
    controls.put("exposure", 200)
    assert kernel.values[EXPOSURE] == 200


def test_a_device_that_is_gone_is_not_taken_for_one_without_controls() -> None:
    def gone(_request: int, _structure: bytes) -> bytes:
        raise OSError(errno.ENODEV, "No such device")

    with pytest.raises(OSError, match="No such device"):
        Controls(gone).table()


def test_a_file_that_is_no_device_has_no_controls(tmp_path: Path) -> None:
    file = tmp_path / "plain"
    file.touch()
    device = OpenDevice(file)
    with pytest.raises(OSError, match="Inappropriate ioctl"):
        device.controls.table()
    device.close()
    device.close()
    with pytest.raises(OSError, match="closed"):
        device.controls.table()


@pytest.mark.parametrize("value", [-1.0, 4.0, 1.5, float("nan"), float("inf")])
def test_a_value_that_is_no_choice_names_the_choices_or_the_range(value: float) -> None:
    with pytest.raises(InputError, match="auto_exposure"):
        wanted_value("S1", Controls(Kernel().ioctl).table(), "auto_exposure", value)
