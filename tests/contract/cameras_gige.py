"""A GigE Vision camera without hardware: the one that Aravis fakes, on a loopback of its own."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from booth.ports.devices import Camera
from drivers.found import Found
from drivers.gige import camera as gige
from drivers.gige.aravis import Aravis
from tests.contract.cameras_fakes import until

PROGRAM = "arv-fake-gv-camera-0.8"
SERIAL = "B001"
CLONE_NEWNET = 0x40000000
CONTROL_PORT = 3956
SMALL = {"Width": 64, "Height": 48, "AcquisitionFrameRate": 40.0}
"""One picture is four packets: leader, two of pixels, trailer. It resends none, so larger ones never come
whole over a bad network."""


class WithEnds(Protocol):
    """A setting that ends what was begun for it."""

    @property
    def ends(self) -> ExitStack: ...


class FakeCamera:
    """The fake camera's process; it can be killed, and started again at the same address."""

    def __init__(self, lost_permille: int = 0) -> None:
        self._lost_permille = lost_permille
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Switch it on, and wait until it answers."""
        command = [PROGRAM, "-i", "lo", "-s", SERIAL, "-r", str(self._lost_permille)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self._answers, f"{PROGRAM} answers on lo")

    def kill(self) -> None:
        """Switch it off in the middle of what it does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(10)

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            pytest.skip("another program holds the port of GigE Vision on lo: root gets a loopback apart")
        sockets = Path("/proc/thread-self/net/udp").read_text()
        return f":{CONTROL_PORT:04X} " in sockets


@contextmanager
def fake_camera(lost_permille: int = 0) -> Iterator[FakeCamera]:
    """A camera that answers; skips, saying what is missing, where there is no Aravis."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"no {PROGRAM}: apt-get install aravis-tools")
    camera = FakeCamera(lost_permille)
    with own_loopback():
        try:
            camera.start()
            yield camera
        finally:
            camera.kill()


@contextmanager
def own_loopback() -> Iterator[None]:
    """A network apart for this thread and those that it starts, where that is allowed: it needs root."""
    library = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as before:
        if os.geteuid() != 0 or library.unshare(CLONE_NEWNET) != 0:
            yield
            return
        try:
            _switch_on_loopback()
            yield
        finally:
            library.setns(before.fileno(), CLONE_NEWNET)


def _switch_on_loopback() -> None:
    """What `ip link set lo up` does: SIOCSIFFLAGS with IFF_UP, netdevice(7)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x1))


class Remembering(Aravis):
    """Knows where the fake camera is: to ask the network takes a second each time."""

    def found(self) -> Sequence[Found]:
        return [Found("127.0.0.1", SERIAL, vendor="Aravis", model="Fake")]


def small_camera(aravis: type[Aravis] = Remembering, **options: object) -> gige.GigeCamera:
    """The fake camera by its serial number, with pictures of four packets; it is not looked for before."""
    known = gige.GigeOptions.model_validate({"cameras": [SERIAL], "settings": SMALL, **options})
    return gige.GigeCamera(SERIAL, aravis(), known)


def gige_fake(setting: WithEnds) -> Sequence[Camera]:
    setting.ends.enter_context(fake_camera())
    return [small_camera()]
