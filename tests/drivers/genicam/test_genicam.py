"""GenICam cameras, on the simulated devices of the producer in the `genicam` wheel."""

from __future__ import annotations

import gc
import math
import signal
import struct
import subprocess
import sys
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from booth.errors import BoothError, ConfigError, DeviceError, DeviceTimeout, InputError
from booth.events import Bus
from booth.worker import Worker
from drivers.found import Found, chosen, is_back, names_of, present
from drivers.genicam.camera import GenicamCamera, cameras, connected
from drivers.genicam.producers import PATHS_VARIABLE, producers
from tests.contract.cameras_fakes import until
from tests.contract.cameras_genicam import SIMULATED

READ_S = 5.0
TWINS = (Found("usb-1", "77", "left"), Found("usb-2", "77", "right"), Found("usb-3", "78"))


@pytest.fixture
def made() -> Iterator[list[GenicamCamera]]:
    found: list[GenicamCamera] = []
    yield found
    for camera in found:
        camera.close()


def opened(made: list[GenicamCamera], *names: str, **settings: Any) -> Sequence[GenicamCamera]:
    options = {**SIMULATED, "cameras": names, "settings": {**SIMULATED["settings"], **settings}}  # type: ignore[dict-item]
    made.extend(cameras(options, None))
    for camera in made:
        camera.open()
    return made


def message(kind: type[BoothError], options: dict[str, Any]) -> str:
    with pytest.raises(kind) as refused:
        cameras(options, None)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_all_devices_of_a_producer_are_found_with_their_serials() -> None:
    assert [(info.kind, info.serial, info.address) for info in connected({"producer": "simulated"})] == [
        ("genicam", "0", "VikyTL_DEV_red"),
        ("genicam", "1", "VikyTL_DEV_green"),
        ("genicam", "2", "VikyTL_DEV_blue"),
    ]


def test_without_names_every_connected_camera_is_used() -> None:
    assert [camera.camera_id for camera in cameras(SIMULATED, None)] == ["0", "1", "2"]


def test_a_frame_has_the_colours_of_the_device(made: list[GenicamCamera]) -> None:
    red, blue = opened(made, "VikyTL_DEV_red", "VikyTL_DEV_blue")
    assert ball(red) == [255, 0, 0]
    assert ball(blue) == [0, 0, 255]


def ball(camera: GenicamCamera) -> list[int]:
    """The saturated colour in a device's picture: each shows a ball of another."""
    rgb = camera.read(READ_S).rgb
    coloured = rgb[np.ptp(rgb, axis=2) == 255]
    return [int(value) for value in np.median(coloured, axis=0)]


def test_settings_are_made_when_it_is_opened(made: list[GenicamCamera]) -> None:
    camera = opened(made, "1", PixelFormat="Mono8", Width=200)[0]
    rgb = camera.read(READ_S).rgb
    assert rgb.shape == (400, 200, 3)
    assert np.array_equal(rgb[..., 0], rgb[..., 2])


@pytest.mark.parametrize(
    "settings", [{"Nope": 1}, {"Width": 1e9}, {"PixelFormat": "RGB565"}, {"Width": "wide"}]
)
def test_a_setting_that_the_camera_refuses_is_named_and_leaves_it_closed(
    made: list[GenicamCamera], settings: dict[str, Any]
) -> None:
    camera = cameras({**SIMULATED, "cameras": ["1"], "settings": settings}, None)[0]
    with pytest.raises(DeviceError, match=next(iter(settings))):
        camera.open()
    opened(made, "1")[0].read(READ_S)


def test_controls_have_ranges_and_change_until_it_is_closed(made: list[GenicamCamera]) -> None:
    camera = opened(made, "0")[0]
    rate = {control.name: control for control in camera.controls()}["AcquisitionFrameRate"]
    assert (rate.value, rate.low, rate.high, rate.unit) == (40.0, 1.0, 200.0, "Hz")
    camera.adjust("AcquisitionFrameRate", 50.0)
    assert {control.name: control.value for control in camera.controls()}["AcquisitionFrameRate"] == 50.0
    camera.close()
    assert camera.controls() == ()
    camera.open()
    assert {control.name: control.value for control in camera.controls()}["AcquisitionFrameRate"] == 40.0


@pytest.mark.parametrize(
    ("name", "value"),
    [("AcquisitionFrameRate", 201.0), ("AcquisitionFrameRate", float("nan")), ("Nope", 1.0), ("", 0.0)],
)
def test_an_impossible_adjustment_changes_nothing(made: list[GenicamCamera], name: str, value: float) -> None:
    camera = opened(made, "0")[0]
    before = camera.controls()
    with pytest.raises(InputError, match="AcquisitionFrameRate"):
        camera.adjust(name, value)
    assert camera.controls() == before


def test_a_closed_camera_has_nothing_to_adjust(made: list[GenicamCamera]) -> None:
    camera = cameras(SIMULATED, None)[0]
    with pytest.raises(InputError, match="closed"):
        camera.adjust("AcquisitionFrameRate", 20.0)


def test_opening_and_closing_one_camera_leaves_the_others_streaming(made: list[GenicamCamera]) -> None:
    first, second = opened(made, "0", "1")
    before = first.read(READ_S).sequence
    for _ in range(3):
        second.close()
        second.open()
        second.read(READ_S)
    assert first.read(READ_S).sequence > before


def test_a_camera_that_another_program_holds_is_refused_by_name(made: list[GenicamCamera]) -> None:
    camera = opened(made, "0")[0]
    twin = GenicamCamera("VikyTL_DEV_red", camera._harvest, camera._options)
    with pytest.raises(DeviceError, match="VikyTL_DEV_red"):
        twin.open()
    camera.read(READ_S)


def test_a_slow_reader_gets_no_old_picture(made: list[GenicamCamera]) -> None:
    camera = opened(made, "0")[0]
    acquirer = camera._acquirer
    before = camera.read(READ_S).sequence
    until(lambda: acquirer.data_streams[0].num_awaiting_delivery >= acquirer.num_buffers, "buffers full")
    assert camera.read(READ_S).sequence > before + acquirer.num_buffers


def test_other_threads_run_while_a_camera_is_waited_for(made: list[GenicamCamera]) -> None:
    camera = opened(made, "0")[0]
    camera.adjust("AcquisitionFrameRate", 1.0)
    turns = 0

    def count(stopping: Any) -> None:
        nonlocal turns
        while not stopping.wait(0.001):
            turns += 1

    worker = Worker("count", Bus(), count)
    worker.start()
    camera.read(READ_S)
    camera.read(READ_S)
    assert worker.stop()
    assert turns > 50  # the library itself would give up the interpreter's lock once a frame


def test_a_timeout_is_told_from_a_loss(made: list[GenicamCamera]) -> None:
    camera = opened(made, "0")[0]
    camera.adjust("AcquisitionFrameRate", 1.0)
    camera.read(READ_S)
    with pytest.raises(DeviceTimeout, match="0"):
        camera.read(0.01)


def test_ctrl_c_stays_what_it_was(made: list[GenicamCamera]) -> None:
    before = signal.getsignal(signal.SIGINT)
    opened(made, "0")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_device_that_cannot_reset_itself_says_so(made: list[GenicamCamera]) -> None:
    camera = opened(made, "0")[0]
    with pytest.raises(DeviceError, match="close it"):
        camera.restart()
    camera.close()
    with pytest.raises(DeviceError, match="cable"):
        camera.restart()


def test_a_camera_that_is_not_there_may_come_later() -> None:
    camera = cameras({**SIMULATED, "cameras": ["4711"]}, None)[0]
    with pytest.raises(DeviceError, match=r"4711.*there are: 0, 1, 2.*cable"):
        camera.open()


@pytest.mark.parametrize("wanted", ["77", ""])
def test_of_two_devices_with_one_serial_the_ids_tell_them_apart(wanted: str) -> None:
    twins = TWINS if wanted else (Found("usb-1", ""), Found("usb-2", ""))
    with pytest.raises(ConfigError, match=r"2 devices.*usb-1, usb-2"):
        chosen(twins, wanted)
    assert chosen(twins, "usb-2").device_id == "usb-2"


def test_two_devices_with_one_serial_stop_the_start_even_when_none_is_named() -> None:
    with pytest.raises(ConfigError, match=r"2 devices are called '77'.*usb-1, usb-2"):
        names_of((), TWINS)
    assert names_of(("usb-1", "right"), TWINS) == ("usb-1", "right")


def test_a_device_goes_by_its_user_defined_name_too() -> None:
    assert chosen(TWINS, "right").device_id == "usb-2"
    assert chosen(TWINS, "78").device_id == "usb-3"


def test_a_camera_that_is_named_twice_is_refused() -> None:
    assert "twice" in message(ConfigError, {**SIMULATED, "cameras": ["0", "0"]})


def test_a_producer_path_that_does_not_exist_says_what_to_do(tmp_path: Path) -> None:
    for wrong in (tmp_path / "none.cti", tmp_path):
        said = message(ConfigError, {"producer": str(wrong)})
        assert str(wrong) in said
        assert ".cti" in said


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"not a library" * 1_000, b"\0" * 1_000_000])
def test_a_file_that_is_no_library_is_no_producer(tmp_path: Path, content: bytes) -> None:
    wrong = tmp_path / "wrong.cti"
    wrong.write_bytes(content)
    assert "install the producer again" in message(ConfigError, {"producer": str(wrong)})


def test_a_library_that_is_no_producer_is_refused() -> None:
    library = Path(struct.__file__).parent / "lib-dynload"
    some = next(iter(sorted(library.glob("_*.so"))))
    assert "no GenTL producer" in message(ConfigError, {"producer": str(some)})


def test_a_producer_that_is_cut_short_does_not_take_the_booth_with_it(tmp_path: Path) -> None:
    whole = producers(["simulated"])[0].read_bytes()
    code = (
        "import sys; from pathlib import Path; from booth.errors import ConfigError; "
        "from drivers.genicam.camera import cameras\n"
        "for length in map(int, sys.argv[2:]):\n"
        "    cut = Path(sys.argv[1]) / f'{length}.cti'\n"
        "    try:\n        cameras({'producer': str(cut)}, None)\n"
        "    except ConfigError as error: print(error)\n"
    )
    lengths = [64, 500, 4_096, 100_000, len(whole) // 2]
    for length in lengths:
        (tmp_path / f"{length}.cti").write_bytes(whole[:length])
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), *map(str, lengths)],
        capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("cut short") == len(lengths)


def test_producers_announce_themselves_in_the_environment(tmp_path: Path) -> None:
    simulated = producers(["simulated"])[0]
    known = {PATHS_VARIABLE: f"{tmp_path}::{simulated.parent}"}
    assert list(producers([], known)) == [simulated]
    with pytest.raises(ConfigError, match=PATHS_VARIABLE):
        producers([], {PATHS_VARIABLE: str(tmp_path)})


def test_nothing_of_a_closed_camera_stays_in_memory(made: list[GenicamCamera]) -> None:
    camera = opened(made, "0")[0]
    acquirer = camera._acquirer
    held = (weakref.ref(acquirer), weakref.ref(acquirer.remote_device.node_map))
    del acquirer
    camera.close()
    gc.collect()
    assert [each() for each in held] == [None, None]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"Width": math.inf}, "it takes numbers"),
        ({"Width": 320.5}, "it takes whole numbers"),
        ({"Width": 1e30}, "it takes whole numbers"),
        ({"AcquisitionFrameRate": math.nan}, "it takes"),
    ],
)
def test_a_setting_of_the_wrong_kind_is_refused_by_name(
    made: list[GenicamCamera], settings: dict[str, float], said: str
) -> None:
    with pytest.raises(DeviceError, match=f"refuses {next(iter(settings))}.*{said}"):
        opened(made, "0", **settings)


def test_one_camera_by_two_of_its_names_is_refused() -> None:
    said = message(ConfigError, {**SIMULATED, "cameras": ["0", "VikyTL_DEV_red"]})
    assert "cameras.options.cameras" in said
    assert "twice" in said


def test_a_twin_that_is_plugged_in_during_a_reset_is_a_fault_of_the_devices() -> None:
    with pytest.raises(DeviceError, match="usb-1, usb-2"):
        present(TWINS, "77")
    assert not is_back(lambda: present(TWINS, "77"), 0.01)
    assert is_back(lambda: present(TWINS, "78"), READ_S)
