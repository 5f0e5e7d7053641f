"""Scale, light, scanner and stack light are served by threads that outlive a pulled cable."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from booth.domain.device import DeviceState, Scan, Signal, WeightState
from booth.domain.terms import Outcome
from booth.errors import DeviceError
from booth.events import Bus, Died, FeedChanged, Item, ItemChanged, Phase, Scanned, Trouble
from booth.feed.beacons import BeaconFeed, signal_of
from booth.feed.lights import LightFeed
from booth.feed.scans import ScanFeed
from booth.feed.weights import WeightFeed
from booth.ports.service import Service
from tests.fakes import Heard, wait_until
from tests.feed.serial_fakes import FakeBeacon, FakeLight, FakeLine, FakeScale, FakeScanner


@contextmanager
def served(feed: Service, bus: Bus) -> Iterator[Heard]:
    heard = Heard()
    bus.subscribe(heard)
    feed.start()
    try:
        yield heard
    finally:
        feed.stop()
    assert not heard.of(Died)


def troubles(heard: Heard, part: str) -> list[Trouble]:
    return [trouble for trouble in heard.of(Trouble) if trouble.part == part]


def comes_back(line: FakeLine, heard: Heard, part: str) -> None:
    """Pull the cable, see it told, put it back, and see the end told."""
    opened = line.opened
    line.plugged = False
    wait_until(lambda: any("cable" in trouble.message for trouble in troubles(heard, part)))
    line.plugged = True
    wait_until(lambda: troubles(heard, part)[-1].over)
    assert line.opened > opened


def test_a_settled_weight_is_one_that_came_after_the_instant_and_is_stable() -> None:
    scale, bus = FakeScale(), Bus()
    feed = WeightFeed(scale, bus)
    with served(feed, bus):
        asked_ns = time.monotonic_ns()
        weight = feed.settled(asked_ns, 2.0)
        assert weight is not None
        assert weight.grams == 100.0
        assert weight.host_ns > asked_ns
        scale.state = WeightState.MOVING
        assert feed.settled(time.monotonic_ns() + 200_000_000, 0.5) is None


@pytest.mark.parametrize("state", [WeightState.OVER, WeightState.UNDER])
def test_out_of_range_is_no_weight(state: WeightState) -> None:
    scale, bus = FakeScale(), Bus()
    scale.state = state
    feed = WeightFeed(scale, bus)
    with served(feed, bus):
        assert feed.settled(0, 0.4) is None


def test_a_scale_that_is_pulled_has_no_weight_and_comes_back() -> None:
    scale, bus = FakeScale(), Bus()
    feed = WeightFeed(scale, bus)
    with served(feed, bus) as heard:
        assert feed.settled(0, 2.0) is not None
        scale.plugged = False
        wait_until(lambda: feed.status().state is DeviceState.LOST)
        assert feed.settled(0, 0.05) is None
        comes_back(scale, heard, "scale")
        assert feed.settled(0, 2.0) is not None


def test_a_silent_scale_is_opened_again() -> None:
    scale, bus = FakeScale(), Bus()
    with served(WeightFeed(scale, bus), bus):
        wait_until(lambda: scale.opened == 1)
        scale.silent = True
        wait_until(lambda: scale.opened == 2)


def test_the_light_burns_at_its_brightness_and_is_dark_when_the_booth_stops() -> None:
    light, bus = FakeLight(), Bus()
    with served(LightFeed(light, 0.7, bus), bus) as heard:
        wait_until(lambda: light.share == 0.7)
        comes_back(light, heard, "light")
        wait_until(lambda: light.share == 0.7)
    assert light.share == 0.0


def test_a_light_that_reports_a_fault_is_told_with_its_own_words() -> None:
    light, bus = FakeLight(), Bus()
    with served(LightFeed(light, 0.7, bus), bus) as heard:
        wait_until(lambda: light.share == 0.7)
        light.faulty = True
        wait_until(lambda: any("Err 5" in trouble.message for trouble in troubles(heard, "light")))


def test_a_light_that_is_gone_refuses_to_flash() -> None:
    light, bus = FakeLight(flash_s=0.2), Bus()
    light.plugged = False
    feed = LightFeed(light, 0.7, bus)
    with served(feed, bus) as heard:
        wait_until(lambda: bool(troubles(heard, "light")))
        with pytest.raises(DeviceError, match="light does not answer"):
            feed.flash()
        comes_back(light, heard, "light")
        assert feed.flash() <= time.monotonic_ns()
        assert light.flashes == 1


def test_every_scan_is_told_once_and_silence_is_no_fault() -> None:
    scanner, bus = FakeScanner(), Bus()
    with served(ScanFeed(scanner, bus), bus) as heard:
        for text in ("4006381333931", "LP-1"):
            scanner.codes.append(Scan(text, "", 0))
        wait_until(lambda: len(heard.of(Scanned)) == 2)
        assert [event.scan.text for event in heard.of(Scanned)] == ["4006381333931", "LP-1"]
        assert all(trouble.over for trouble in troubles(heard, "scanner"))
        comes_back(scanner, heard, "scanner")


def test_the_beacon_shows_the_item_and_puts_a_lost_camera_first() -> None:
    beacon, bus = FakeBeacon(), Bus()
    with served(BeaconFeed(beacon, bus), bus) as heard:
        wait_until(lambda: beacon.shown == [Signal.READY] * len(beacon.shown) != [])
        bus.tell(ItemChanged(Item(Phase.JUDGING)))
        wait_until(lambda: beacon.shown[-1] is Signal.BUSY)
        bus.tell(FeedChanged("left", DeviceState.LOST, "pulled"))
        wait_until(lambda: beacon.shown[-1] is Signal.FAULT)
        bus.tell(FeedChanged("left", DeviceState.LIVE))
        wait_until(lambda: beacon.shown[-1] is Signal.BUSY)
        comes_back(beacon, heard, "beacon")
        wait_until(lambda: beacon.shown[-1] is Signal.BUSY)
    assert beacon.shown[-1] is Signal.DARK


@pytest.mark.parametrize(
    ("item", "signal"),
    [
        (Item(Phase.PLACE), Signal.READY),
        (Item(Phase.PRODUCT), Signal.ASK),
        (Item(Phase.VERDICT), Signal.ASK),
        (Item(Phase.VERDICT, person_outcome=Outcome.DAMAGED), Signal.ALARM),
        (Item(Phase.VERDICT, person_outcome=Outcome.OK), Signal.READY),
        (Item(Phase.VERDICT, person_outcome=Outcome.UNSURE), Signal.ASK),
        (Item(Phase.CLOSED), Signal.READY),
    ],
)
def test_the_signal_follows_what_the_item_asks_for(item: Item, signal: Signal) -> None:
    assert signal_of(item) is signal


def test_a_flash_does_not_wait_for_ever_for_a_check_that_hangs() -> None:
    light, bus = FakeLight(flash_s=0.2), Bus()
    feed = LightFeed(light, 0.7, bus)
    with served(feed, bus):
        wait_until(lambda: light.share == 0.7)
        light.answers.clear()
        wait_until(light.checking.is_set)
        try:
            with pytest.raises(DeviceError, match="light does not answer"):
                feed.flash()
        finally:
            light.answers.set()
        wait_until(lambda: feed.status().received > 0)
        assert feed.flash() <= time.monotonic_ns()


def test_nobody_waits_for_the_weight_of_a_scale_that_is_gone() -> None:
    scale, bus = FakeScale(), Bus()
    scale.plugged = False
    feed = WeightFeed(scale, bus)
    with served(feed, bus):
        wait_until(lambda: feed.status().state is DeviceState.LOST)
        asked = threading.Thread(target=feed.settled, args=(time.monotonic_ns(), 60.0), daemon=True)
        asked.start()
        asked.join(5.0)
        assert not asked.is_alive()


def test_two_cameras_that_are_lost_at_once_are_both_remembered() -> None:
    bus = Bus()
    feed = BeaconFeed(FakeBeacon(), bus)
    names = [f"camera-{number}" for number in range(8)]

    def tell(name: str, state: DeviceState) -> None:
        for _ in range(300):
            bus.tell(FeedChanged(name, DeviceState.LIVE))
            bus.tell(FeedChanged(name, state))

    for state, signal in ((DeviceState.LOST, Signal.FAULT), (DeviceState.LIVE, Signal.READY)):
        threads = [threading.Thread(target=tell, args=(name, state)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20.0)
        assert feed.signal() is signal
    feed.stop()
