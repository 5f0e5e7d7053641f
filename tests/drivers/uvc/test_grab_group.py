"""Cameras whose pictures are taken together, and one of them hangs, is lost or is decoded slowly."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from booth.errors import DeviceError
from booth.events import Bus
from booth.worker import Worker
from drivers.uvc.grab_group import GrabGroup, Seat, Shot
from tests.contract.cameras_fakes import until
from tests.contract.cameras_uvc import PlayedSource

READ_S = 5.0
PATIENCE_S = 0.06
PERIOD_S = 0.02


class Reader:
    """One camera's thread, as a feed has it: reads, and keeps what came."""

    def __init__(self, group: GrabGroup, source: PlayedSource) -> None:
        self._group = group
        self.seat: Seat = group.join(source)
        self.shots: list[Shot] = []
        self.refusals: list[str] = []
        self.worker = Worker("reader", Bus(), self._work)

    def _work(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                shot = self._group.shot(self.seat, 0.5)
            except DeviceError as error:
                self.refusals.append(str(error))
                return
            if shot is not None:
                self.shots.append(shot)


@contextmanager
def reading(sources: Sequence[PlayedSource]) -> Iterator[list[Reader]]:
    group = GrabGroup(PATIENCE_S)
    readers = [Reader(group, source) for source in sources]
    for reader in readers:
        reader.worker.start()
    try:
        yield readers
    finally:
        for reader in readers:
            reader.worker.ask_to_stop()
        assert all([reader.worker.stop() for reader in readers])
        for reader in readers:
            group.leave(reader.seat)


def have(readers: Sequence[Reader], count: int) -> None:
    already = [len(reader.shots) for reader in readers]
    until(
        lambda: all(len(each.shots) >= had + count for each, had in zip(readers, already, strict=True)),
        f"{count} pictures more of each",
    )


def test_every_camera_gives_pictures_that_only_get_newer() -> None:
    with reading([PlayedSource(), PlayedSource(), PlayedSource()]) as readers:
        have(readers, 10)
    for reader in readers:
        numbers = [shot.number for shot in reader.shots]
        assert numbers == sorted(set(numbers))


def test_slow_decoding_does_not_part_the_pictures() -> None:
    sources = [PlayedSource(decode_s=0.03) for _ in range(4)]
    group = GrabGroup(PATIENCE_S)
    seats = [group.join(source) for source in sources]
    shots = [group.shot(seat, READ_S) for seat in seats]
    taken_ns = [shot.host_ns for shot in shots if shot is not None]
    assert len(taken_ns) == 4
    assert [len(source.taken_s) for source in sources] == [1, 1, 1, 1]
    spread_s = max(source.taken_s[0] for source in sources) - min(source.taken_s[0] for source in sources)
    assert spread_s < 3 * 0.03  # read one after the other, three decodings would lie between them


def test_a_picture_is_told_by_when_it_was_taken() -> None:
    group = GrabGroup(PATIENCE_S)
    seat = group.join(PlayedSource(decode_s=0.1))
    shot = group.shot(seat, READ_S)
    assert shot is not None
    assert time.monotonic_ns() - shot.host_ns > 0.1e9


def test_a_camera_that_hangs_holds_up_no_other() -> None:
    hung = PlayedSource()
    with reading([PlayedSource(), hung, PlayedSource()]) as readers:
        have(readers, 3)
        hung.is_hung = True
        have([readers[0], readers[2]], 20)
        silent = len(readers[1].shots)
        hung.is_hung = False
        until(lambda: len(readers[1].shots) > silent + 3, "it comes back by itself")


def test_all_cameras_may_hang_and_come_back() -> None:
    sources = [PlayedSource(), PlayedSource()]
    with reading(sources) as readers:
        have(readers, 2)
        for source in sources:
            source.is_hung = True
        until(lambda: all(reader.seat.is_late for reader in readers), "both are late")
        for source in sources:
            source.is_hung = False
        have(readers, 3)


def test_a_camera_that_is_lost_is_told_to_its_own_reader_only() -> None:
    lost = PlayedSource()
    with reading([PlayedSource(), lost]) as readers:
        have(readers, 2)
        lost.is_gone = True
        until(lambda: bool(readers[1].refusals), "its reader is told")
        have(readers[:1], 10)
    assert readers[0].refusals == []
    assert "check its cable" in readers[1].refusals[0]


def test_a_wait_ends_in_time() -> None:
    source = PlayedSource()
    source.is_hung = True
    group = GrabGroup(PATIENCE_S)
    seat = group.join(source)
    assert group.shot(seat, 0.1) is None
    assert group.shot(seat, 0.0) is None


def test_one_that_left_is_closed_once_for_all_and_others_go_on() -> None:
    sources = [PlayedSource(), PlayedSource()]
    group = GrabGroup(PATIENCE_S)
    seats = [group.join(source) for source in sources]
    assert group.shot(seats[0], READ_S) is not None
    group.leave(seats[1])
    group.leave(seats[1])
    assert sources[1].is_closed
    with pytest.raises(DeviceError, match="not open"):
        group.shot(seats[1], READ_S)
    assert group.shot(seats[0], READ_S) is not None


def test_cameras_come_and_go_while_others_are_read() -> None:
    with reading([PlayedSource()]) as readers:
        group = readers[0]._group
        for _ in range(10):
            seat = group.join(PlayedSource())
            assert group.shot(seat, READ_S) is not None
            group.leave(seat)
        have(readers, 3)
