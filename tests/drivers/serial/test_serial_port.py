"""Finding a serial port, and what one line keeps, on a pty of the test's own."""

from __future__ import annotations

import math
import os
import re
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.errors import ConfigError, DeviceError, DeviceTimeout
from drivers.options import checked
from drivers.serial.port import MOST_BYTES, SerialOptions, SerialPort

LINE = re.compile(rb"\r?\n")


class Pty:
    """A line whose other end the test holds."""

    def __init__(self) -> None:
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)

    def send(self, data: bytes) -> None:
        os.write(self.master, data)

    def pull(self) -> None:
        for end in (self.master, self._slave):
            os.close(end)


@pytest.fixture
def pty() -> Iterator[Pty]:
    made = Pty()
    yield made
    try:
        made.pull()
    except OSError:
        return


def soon(seconds: float = 0.3) -> float:
    return time.monotonic() + seconds


def port_on(path: str, **more: Any) -> SerialPort:
    return SerialPort("scale", SerialOptions(port=path), **more)


@pytest.mark.parametrize("what", ["missing", "folder", "file", "null"])
def test_what_is_no_serial_port_is_refused(tmp_path: Path, what: str) -> None:
    path = {
        "missing": tmp_path / "no",
        "folder": tmp_path,
        "file": tmp_path / "f",
        "null": Path("/dev/null"),
    }[what]
    if what == "file":
        path.write_text("S S 1.0 g\r\n")
    with pytest.raises(DeviceError, match=r"cannot be opened: .*check its cable"):
        port_on(str(path)).open()


def test_words_are_read_one_by_one_whatever_pieces_they_come_in(pty: Pty) -> None:
    port = port_on(pty.path)
    port.open()
    pty.send(b"one\r\ntwo\nth")
    assert [port.read(LINE, soon()), port.read(LINE, soon())] == [b"one\r\n", b"two\n"]
    pty.send(b"ree\r\n")
    assert port.read(LINE, soon()) == b"three\r\n"
    port.close()


@given(st.lists(st.binary(max_size=60).map(lambda word: word.replace(b"\n", b"")), max_size=6))
def test_what_is_sent_is_what_is_read(words: list[bytes]) -> None:
    pty = Pty()
    port = port_on(pty.path)
    port.open()
    pty.send(b"".join(word + b"\n" for word in words))
    end = re.compile(rb"\n")
    assert [port.read(end, soon(5.0)) for _ in words] == [word + b"\n" for word in words]
    port.close()
    pty.pull()


def test_half_a_word_from_before_it_was_closed_is_forgotten(pty: Pty) -> None:
    port = port_on(pty.path)
    port.open()
    pty.send(b"S S     12")
    with pytest.raises(DeviceTimeout, match="10 bytes and no whole word"):
        port.read(LINE, soon(0.1))
    port.close()
    port.open()
    pty.send(b"7\r\n")
    assert port.read(LINE, soon()) == b"7\r\n"
    port.close()


def test_what_comes_without_an_end_is_bounded(pty: Pty) -> None:
    port = port_on(pty.path)
    port.open()
    pty.send(b"x" * (MOST_BYTES + 100))
    with pytest.raises(DeviceError, match=r"noise without end.*9600 baud, 8 bits, parity none"):
        port.read(LINE, soon(1.0))
    pty.send(b"fine\r\n")
    assert port.read(LINE, soon()) == b"fine\r\n"
    port.close()


def test_two_halves_that_come_too_far_apart_are_never_one_word(pty: Pty) -> None:
    port = port_on(pty.path, gap_s=0.05)
    port.open()
    pty.send(b"40063")
    with pytest.raises(DeviceTimeout):
        port.read(LINE, soon(0.2))
    pty.send(b"4006381333931\r\n")
    with pytest.raises(DeviceError, match="half a word"):
        port.read(LINE, soon())
    pty.send(b"4006381333931\r\n")
    assert port.read(LINE, soon()) == b"4006381333931\r\n"
    port.close()


def test_a_pulled_line_is_gone_for_reading_writing_and_forgetting(pty: Pty) -> None:
    acts: list[Callable[[SerialPort], object]] = [
        lambda port: port.read(LINE, soon()),
        lambda port: port.write(b"SI\r\n", soon()),
        lambda port: port.forget(),
        lambda port: port.drain(0.05, soon()),
    ]
    for act in acts:
        line = Pty()
        port = port_on(line.path)
        port.open()
        line.pull()
        with pytest.raises(DeviceError, match="check its cable"):
            act(port)
        assert not port.is_open
        with pytest.raises(DeviceError, match="is not open"):
            act(port)
        port.close()


def test_a_line_that_takes_nothing_in_is_a_timeout(pty: Pty) -> None:
    port = port_on(pty.path)
    port.open()
    with pytest.raises(DeviceTimeout, match="takes nothing in"):
        port.write(b"x" * 200_000, soon(0.2))
    port.close()


def test_the_line_is_free_again_after_a_failed_open(pty: Pty) -> None:
    first, second = port_on(pty.path), port_on(pty.path)
    first.open()
    for _ in range(50):
        with pytest.raises(DeviceError, match="in use"):
            second.open()
    first.close()
    second.open()
    second.close()
    assert len(os.listdir("/proc/self/fd")) < 200


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"prt": "x"}, r"no setting 'scale\.options\.prt'; there are: port, "),
        ({}, r"scale\.options\.port: this setting is needed"),
        ({"port": ""}, r"scale\.options\.port: "),
        ({"port": "/dev/serial/a\0b"}, r"scale\.options\.port: no port is called '/dev/serial/a\\x00b'"),
        ({"port": "x", "parity": "mark"}, r"scale\.options\.parity: .*'none', 'even' or 'odd'"),
        ({"port": "x", "baud": 7}, r"scale\.options\.baud: .*50"),
        ({"port": "x", "timeout_s": math.inf}, r"scale\.options\.timeout_s: .*60"),
    ],
)
def test_an_option_that_is_unknown_missing_or_impossible_is_named(
    options: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        checked(SerialOptions, options, "scale.options")
