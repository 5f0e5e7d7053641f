"""A tally counts rates, drops, gaps and reopenings."""

from __future__ import annotations

import pytest

from booth.domain.device import DeviceInfo, DeviceState
from booth.feed.tally import Tally

MS = 1_000_000


def tally() -> Tally:
    counted = Tally("left", DeviceInfo("fake", "1"))
    counted.changed(DeviceState.OPENING, "")
    counted.changed(DeviceState.LIVE, "")
    return counted


def test_a_device_that_gave_nothing_has_no_rate() -> None:
    assert tally().status(0).rate_hz is None


def test_the_rate_is_that_of_the_last_seconds() -> None:
    counted = tally()
    for number in range(30):
        counted.came(number * 100 * MS, number)
    status = counted.status(29 * 100 * MS)
    assert status.rate_hz == pytest.approx(10.0)
    assert (status.received, status.dropped) == (30, 0)
    assert status.longest_gap_ms == pytest.approx(100.0)


def test_a_silence_brings_the_rate_down_before_the_device_is_called_stale() -> None:
    counted = tally()
    for number in range(10):
        counted.came(number * 100 * MS, number)
    at_once, later = counted.status(900 * MS).rate_hz, counted.status(2900 * MS).rate_hz
    assert at_once is not None
    assert later is not None
    assert later < at_once / 2


def test_gaps_in_the_sequence_are_drops() -> None:
    counted = tally()
    for number, sequence in enumerate((1, 2, 5, 6, 10)):
        counted.came(number * MS, sequence)
    assert counted.status(0).dropped == 2 + 3


def test_opening_again_begins_a_new_sequence_and_counts_no_drop() -> None:
    counted = tally()
    counted.came(0, 100)
    counted.changed(DeviceState.LOST, "pulled")
    counted.changed(DeviceState.OPENING, "")
    counted.changed(DeviceState.LIVE, "")
    counted.came(5000 * MS, 1)
    status = counted.status(5000 * MS)
    assert (status.dropped, status.reopened, status.last_error) == (0, 1, "pulled")
    assert status.longest_gap_ms == 0.0


def test_a_device_that_was_silent_while_it_was_opened_again_counts_as_reopened() -> None:
    counted = tally()
    for state in (DeviceState.LOST, DeviceState.OPENING, DeviceState.STALE, DeviceState.LIVE):
        counted.changed(state, "")
    assert counted.status(0).reopened == 1
    for state in (DeviceState.STALE, DeviceState.LIVE):
        counted.changed(state, "")
    assert counted.status(0).reopened == 1
