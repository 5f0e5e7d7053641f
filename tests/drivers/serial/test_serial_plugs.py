"""Finding a serial port by path, name and serial number, among fake plugs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from booth.errors import ConfigError, DeviceError
from drivers.serial.plugs import connected, locate, serial_number


def plug(device: str, serial: str | None, location: str = "1-1:1.0", product: str | None = "FT232R") -> Any:
    return SimpleNamespace(
        device=device, serial_number=serial, location=location, product=product, vid=0x0403, pid=0x6001
    )


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    assert locate("/dev/ttyS7", lambda: [], tmp_path) == "/dev/ttyS7"


def test_a_serial_number_is_found_wherever_it_is_plugged_in_now(tmp_path: Path) -> None:
    plugged = [plug("/dev/ttyUSB0", "A"), plug("/dev/ttyUSB1", "B"), plug("/dev/ttyS0", None)]
    assert locate("B", lambda: plugged, tmp_path) == "/dev/ttyUSB1"
    assert locate("B", lambda: [plug("/dev/ttyUSB9", "B")], tmp_path) == "/dev/ttyUSB9"


@pytest.mark.parametrize("port", ["C", "", "None", "../A", "A/../A", "a"])
def test_what_is_not_plugged_in_is_refused_with_what_is(tmp_path: Path, port: str) -> None:
    with pytest.raises(DeviceError, match=r"no serial device .* \(there are: A, B\): check the cable"):
        locate(port, lambda: [plug("/dev/ttyUSB0", "A"), plug("/dev/ttyUSB1", "B")], tmp_path)


def test_two_devices_with_one_serial_number_are_refused_with_what_to_do(tmp_path: Path) -> None:
    twins = [plug("/dev/ttyUSB0", "A"), plug("/dev/ttyUSB1", "A", "1-2:1.0")]
    with pytest.raises(
        DeviceError, match=r"ttyUSB0 and /dev/ttyUSB1\): unplug one, or name each by .*by-path"
    ):
        locate("A", lambda: twins, tmp_path)


@pytest.mark.parametrize("full", [False, True])
def test_a_by_id_name_is_followed_and_refused_when_two_plugs_share_it(tmp_path: Path, full: bool) -> None:
    (tmp_path / "ttyUSB1").touch()
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    (by_id / "usb-FTDI_A-if00-port0").symlink_to(tmp_path / "ttyUSB1")
    name = f"{by_id}/usb-FTDI_A-if00-port0" if full else "usb-FTDI_A-if00-port0"
    here = str(tmp_path / "ttyUSB1")
    assert locate(name, lambda: [plug(here, "A")], by_id) == here
    assert locate(name, lambda: [], by_id) == here
    four_lines = [plug(here, "A", "1-1:1.0"), plug("/dev/ttyUSB2", "A", "1-1:1.1")]
    assert locate(name, lambda: four_lines, by_id) == here
    with pytest.raises(DeviceError, match="two serial devices have the serial number 'A'"):
        locate(name, lambda: [plug(here, "A"), plug("/dev/ttyUSB5", "A", "1-3:1.0")], by_id)


def test_discovery_takes_no_options_and_names_what_it_finds() -> None:
    for info in connected({}):
        assert info.kind == "serial"
        assert info.address.startswith("/dev/")
    with pytest.raises(ConfigError, match=r"devices\.serial\.port"):
        connected({"port": "/dev/ttyS0"})


def test_a_path_under_dev_serial_is_followed_to_the_device(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB3").touch()
    by_path = tmp_path / "by-path"
    by_path.mkdir()
    (by_path / "pci-usb-0:1").symlink_to(tmp_path / "ttyUSB3")
    assert locate(f"{by_path}/pci-usb-0:1", lambda: [], tmp_path / "by-id") == str(tmp_path / "ttyUSB3")


def test_the_plug_at_a_path_has_its_serial_number_or_none() -> None:
    plugs = [plug("/dev/ttyUSB0", "A"), plug("/dev/ttyS0", None)]
    found = [serial_number(path, lambda: plugs) for path in ("/dev/ttyUSB0", "/dev/ttyS0", "/dev/pts/1")]
    assert found == ["A", "", ""]
