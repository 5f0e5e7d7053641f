"""UVC cameras, on video files and on a machine that is made of files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from booth.domain.terms import ClockDomain
from booth.errors import BoothError, ConfigError, DeviceError, DeviceTimeout, InputError
from drivers.uvc.camera import UvcCamera, UvcOptions, cameras, connected, find
from drivers.uvc.sources import Mode, Source, V4l2Source
from drivers.uvc.v4l2_nodes import Places, id_of, nodes, path_of
from tests.contract.cameras_uvc import PlayedSource, video

READ_S = 5.0


class Machine:
    """A machine with USB ports, as sysfs and udev show it."""

    def __init__(self, folder: Path) -> None:
        self.places = Places(folder / "sys" / "class", folder / "dev")
        self._devices = folder / "sys" / "devices"
        self._count = 0

    def plug(self, port: str, serial: str, product: str = "HD Webcam", by_id: str = "") -> Path:
        """A camera with its node for pictures and its node for metadata; gives the first."""
        usb = self._devices / port
        interface = usb / f"{port}:1.0"
        interface.mkdir(parents=True)
        for name, said in (("serial", serial), ("manufacturer", "Maker"), ("product", product)):
            (usb / name).write_text(f"{said}\n")
        (usb / "bcdDevice").write_text("0102\n")
        (usb / "authorized").write_text("1")
        first = self._node(interface, 0)
        self._node(interface, 1)
        for kind, name in (("by-path", f"pci-usb-{port}-video-index0"), ("by-id", by_id)):
            if name:
                link = self.places.dev / "v4l" / kind / name
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(first)
        return first

    def _node(self, interface: Path, index: int) -> Path:
        folder = self.places.sys / f"video{self._count}"
        folder.mkdir(parents=True)
        (folder / "index").write_text(f"{index}\n")
        (folder / "name").write_text("uvcvideo\n")
        (folder / "device").symlink_to(interface)
        node = self.places.dev / folder.name
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
        self._count += 1
        return node


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def on(machine: Machine, *devices: str, source: Source | None = None) -> Sequence[UvcCamera]:
    return find(UvcOptions(devices=devices), machine.places, lambda _path, _mode: source or PlayedSource())


def message(kind: type[BoothError], options: dict[str, object]) -> str:
    with pytest.raises(kind) as refused:
        cameras(options, None)
    return str(refused.value)


def played(tmp_path: Path, **options: object) -> UvcCamera:
    camera = cameras({"devices": [str(video(tmp_path / "some.mkv"))], **options}, None)[0]
    camera.open()
    return camera


def read_on(camera: UvcCamera) -> None:
    for _ in range(100):
        camera.read(READ_S)


def test_pictures_come_in_rgb_and_in_order(tmp_path: Path) -> None:
    camera = played(tmp_path, fps=50)
    for _ in range(5):
        frame = camera.read(READ_S)
        shade = frame.sequence - 1
        assert frame.rgb.shape == (48, 64, 3)
        assert np.all(np.abs(frame.rgb.astype(int) - (shade, 2 * shade, 200)) <= 3)
        assert frame.depth_mm is None
        assert frame.clock_domain is ClockDomain.NONE
    camera.close()


def test_a_video_plays_at_its_own_pace_and_a_slow_reader_gets_the_newest(tmp_path: Path) -> None:
    camera = played(tmp_path, fps=200)
    first = camera.read(READ_S)
    frames = [first]
    while frames[-1].host_ns < first.host_ns + 0.2e9:
        frames.append(camera.read(READ_S))
        cv2.GaussianBlur(np.zeros((600, 600, 3), np.uint8), (0, 0), 9)
    elapsed_s = (frames[-1].host_ns - first.host_ns) / 1e9
    assert frames[-1].sequence - first.sequence <= elapsed_s * 200 + 2
    camera.close()


def test_a_video_that_has_ended_is_a_loss_and_begins_again(tmp_path: Path) -> None:
    file = video(tmp_path / "short.mkv", frames=3)
    camera = cameras({"devices": [str(file)], "fps": 100}, None)[0]
    camera.open()
    with pytest.raises(DeviceError, match=r"short\.mkv has ended"):
        read_on(camera)
    camera.close()
    camera.open()
    assert camera.read(READ_S).sequence >= 1
    camera.close()


@pytest.mark.parametrize("content", [b"", b"no video", b"RIFF" + bytes(1_000), b"\x1aE\xdf\xa3" * 500])
def test_a_file_that_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "wrong.avi"
    file.write_bytes(content)
    camera = cameras({"devices": [str(file)]}, None)[0]
    with pytest.raises(DeviceError, match=r"wrong\.avi is no video"):
        camera.open()
    with pytest.raises(DeviceError, match="not open"):
        camera.read(READ_S)


def test_a_video_that_is_cut_short_ends_early(tmp_path: Path) -> None:
    whole = video(tmp_path / "whole.mkv", frames=60).read_bytes()
    file = tmp_path / "cut.mkv"
    file.write_bytes(whole[: len(whole) // 2])
    camera = cameras({"devices": [str(file)], "fps": 500}, None)[0]
    camera.open()
    with pytest.raises(DeviceError, match="has ended"):
        read_on(camera)
    camera.close()


def test_a_video_has_nothing_to_adjust(tmp_path: Path) -> None:
    camera = played(tmp_path)
    assert camera.controls() == ()
    with pytest.raises(InputError, match="exposure"):
        camera.adjust("exposure", 100)
    camera.close()
    wrong = cameras({"devices": [str(tmp_path / "some.mkv")], "controls": {"exposure": 100}}, None)[0]
    with pytest.raises(DeviceError, match=r"cameras\.options\.controls"):
        wrong.open()
    with pytest.raises(DeviceError, match="not open"):
        wrong.read(READ_S)


def test_a_picture_that_comes_damaged_is_passed_over_and_counted(machine: Machine) -> None:
    machine.plug("1-2", "S1")
    source = PlayedSource()
    camera = on(machine, "S1", source=source)[0]
    camera.open()
    camera.read(READ_S)
    source.is_damaged = True
    with pytest.raises(DeviceTimeout, match="S1"):
        camera.read(0.1)
    source.is_damaged = False
    camera.read(READ_S)
    dropped = camera.health().dropped
    camera.close()
    assert dropped is not None
    assert dropped > 0


def test_a_camera_that_is_gone_names_itself_and_its_cable(machine: Machine) -> None:
    machine.plug("1-2", "S1")
    source = PlayedSource()
    camera = on(machine, "S1", source=source)[0]
    camera.open()
    source.is_gone = True
    with pytest.raises(DeviceError, match=r"S1.*cable"):
        camera.read(READ_S)
    camera.close()
    assert source.is_closed


def test_stamps_of_this_machines_clock_are_told_as_such(machine: Machine) -> None:
    machine.plug("1-2", "S1")
    source = PlayedSource()
    source.stamp_ms = 1_700_000_000_000.0
    camera = on(machine, "S1", source=source)[0]
    camera.open()
    frame = camera.read(READ_S)
    camera.close()
    assert (frame.device_timestamp_ms, frame.clock_domain) == (1_700_000_000_000.0, ClockDomain.SYSTEM)


def test_only_the_node_that_gives_pictures_is_listed(machine: Machine) -> None:
    node = machine.plug("1-2", "S1", by_id="usb-Maker_HD_Webcam_S1-video-index0")
    machine.plug("1-3", "S2", "Other")
    first, second = nodes(machine.places)
    assert (first.device_id, first.serial, first.version) == ("pci-usb-1-2-video-index0", "S1", "0102")
    assert (first.vendor, first.model) == ("Maker", "HD Webcam")
    assert first.name == "usb-Maker_HD_Webcam_S1-video-index0"
    assert path_of(first, machine.places) == node
    assert second.model == "Other"


@pytest.mark.parametrize("wanted", ["S2", "pci-usb-1-3-video-index0", "by-id-name"])
def test_a_camera_goes_by_any_of_its_names(machine: Machine, wanted: str) -> None:
    machine.plug("1-2", "S1")
    machine.plug("1-3", "S2", by_id="by-id-name")
    camera = on(machine, wanted)[0]
    camera.open()
    camera.close()
    assert camera.camera_id == wanted
    assert (camera.info.serial, camera.info.model, camera.info.firmware) == ("S2", "Maker HD Webcam", "0102")


def test_two_cameras_with_one_serial_are_told_apart_by_their_sockets(machine: Machine) -> None:
    machine.plug("1-2", "200901010001")
    machine.plug("1-3", "200901010001")
    for devices in ((), ("200901010001",)):
        with pytest.raises(
            ConfigError, match=r"cameras\.options\.devices.*1-2-video-index0.*1-3-video-index0"
        ):
            on(machine, *devices)
    named = on(machine, "pci-usb-1-2-video-index0", "pci-usb-1-3-video-index0")
    assert len({camera.camera_id for camera in named}) == 2


def test_a_twin_that_is_plugged_in_later_stops_the_opening_and_not_the_booth(machine: Machine) -> None:
    machine.plug("1-2", "S1")
    camera = on(machine, "S1")[0]
    machine.plug("1-3", "S1")
    with pytest.raises(DeviceError, match="2 devices are called 'S1'"):
        camera.open()


def test_no_camera_at_all_says_so(machine: Machine) -> None:
    with pytest.raises(DeviceError, match="no camera is connected"):
        on(machine)
    assert list(nodes(Places(Path("/nowhere"), Path("/nowhere")))) == []


def test_one_that_is_named_may_come_later(machine: Machine) -> None:
    camera = on(machine, "S1")[0]
    with pytest.raises(DeviceError, match=r"S1 is not connected.*cable"):
        camera.open()
    machine.plug("1-2", "S1")
    camera.open()
    camera.read(READ_S)
    camera.close()


def test_a_path_leads_to_its_device(machine: Machine) -> None:
    machine.plug("1-2", "S1")
    wanted = machine.places.dev / "v4l" / "by-path" / "pci-usb-1-2-video-index0"
    assert id_of(wanted, machine.places) == "pci-usb-1-2-video-index0"
    assert id_of(Path("/dev/video77"), machine.places) == "/dev/video77"


def test_a_restart_switches_the_port_off_and_on(machine: Machine) -> None:
    machine.plug("1-2", "S1")
    camera = on(machine, "S1")[0]
    camera.open()
    with pytest.raises(DeviceError, match="close it"):
        camera.restart()
    camera.close()
    camera.restart()
    switch = machine.places.sys.parent / "devices" / "1-2" / "authorized"
    assert switch.read_text() == "1"
    switch.unlink()
    switch.mkdir()
    with pytest.raises(DeviceError, match="pull and plug"):
        camera.restart()


@pytest.mark.parametrize(
    "options",
    [
        {"device": ["a"]},
        {"fourcc": "MJPEG"},
        {"width": 0},
        {"fps": -1},
        {"buffers": 1},
        {"devices": ["a", "a"]},
    ],
)
def test_an_impossible_option_is_named(options: dict[str, object]) -> None:
    assert next(iter(options)) in message(ConfigError, options)


def test_a_device_that_cannot_be_opened_says_what_to_check(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="group 'video'"):
        V4l2Source(tmp_path / "video0", Mode())


def test_what_is_plugged_in_is_listed_with_serials() -> None:
    assert all(info.kind == "uvc" and info.serial and info.address for info in connected({}))


@pytest.mark.hardware
def test_a_real_camera_streams_adjusts_and_opens_again() -> None:
    camera = cameras({}, None)[0]
    for _ in range(2):
        camera.open()
        frames = [camera.read(READ_S) for _ in range(30)]
        assert [frame.sequence for frame in frames] == sorted({frame.sequence for frame in frames})
        assert frames[-1].clock_domain is ClockDomain.SYSTEM
        for control in camera.controls():
            camera.adjust(control.name, control.value)
        camera.close()


def test_an_opening_that_fails_half_way_leaves_the_camera_closed(machine: Machine) -> None:
    node = machine.plug("1-1", "A1")
    node.unlink()
    node.symlink_to("/dev/null")  # it opens, and knows no control
    source = PlayedSource()
    options = UvcOptions(devices=(str(node),), controls={"gain": 1.0})
    camera = find(options, machine.places, lambda _path, _mode: source)[0]
    for _ in range(2):
        with pytest.raises(DeviceError, match="is gone"):
            camera.open()
        assert source.is_closed
    with pytest.raises(DeviceError, match="not open"):
        camera.read(READ_S)


def test_one_camera_by_two_of_its_names_is_refused(machine: Machine) -> None:
    node = machine.plug("1-1", "A1")
    with pytest.raises(ConfigError, match=r"cameras\.options\.devices.*twice"):
        on(machine, "A1", str(node))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"devices": ""}, r'devices: write a list, such as \["first", "second"\]'),
        ({"devices": [""]}, "devices: an empty name"),
        ({"controls": 3}, "controls: write a table"),
        ({"fourcc": "éééé"}, "fourcc: write four letters such as MJPG"),
    ],
)
def test_an_impossible_option_is_named_with_what_to_write(options: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        cameras(options, None)
