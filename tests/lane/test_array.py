"""The array takes the frames nearest in time, under the light, and names the cameras that it lacks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.domain.device import DeviceState
from booth.domain.picture import Frame
from booth.domain.terms import ClockDomain
from booth.errors import DeviceError
from booth.events import Bus, Phase, Trouble
from booth.feed.frames import Feed
from booth.feed.lights import LightFeed
from booth.feed.weights import WeightFeed
from booth.lane.array import Array, nearest, spread_ms
from booth.ports.service import Service
from booth.store.samples import Store
from tests.fakes import FakeCamera, wait_until
from tests.feed.serial_fakes import FakeLight, FakeScale
from tests.lane.rig import running

RGB = np.zeros((2, 2, 3), np.uint8)
MS = 1_000_000


def frame(camera_id: str, host_ms: float, device_ms: float | None = None) -> Frame:
    domain = ClockDomain.NONE if device_ms is None else ClockDomain.GLOBAL
    return Frame(camera_id, RGB, None, int(host_ms * MS), 1, device_ms, domain)


def test_the_spread_is_measured_by_arrival_without_a_common_clock() -> None:
    assert spread_ms([frame("a", 10), frame("b", 13), frame("c", 11)]) == pytest.approx(3)
    assert spread_ms([frame("a", 10, 5), frame("b", 13)]) == pytest.approx(3)


def test_the_spread_is_measured_on_the_common_clock_where_there_is_one() -> None:
    assert spread_ms([frame("a", 10, 1000.0), frame("b", 90, 1000.5)]) == pytest.approx(0.5)


def test_one_frame_has_no_spread() -> None:
    assert spread_ms([frame("a", 10)]) is None


@given(st.lists(st.lists(st.integers(0, 1000), min_size=1, max_size=3), min_size=2, max_size=4))
def test_no_other_choice_of_frames_lies_nearer_together(instants_ms: list[list[int]]) -> None:
    held = [[frame(str(camera), at) for at in each] for camera, each in enumerate(instants_ms)]
    chosen = spread_ms(nearest(held))
    assert chosen == min(spread_ms(others) or 0.0 for others in product(*held))


def test_of_frames_that_lie_equally_near_the_newest_are_taken() -> None:
    held = [[frame("a", 10), frame("a", 20)], [frame("b", 11), frame("b", 21)]]
    assert [each.host_ns // MS for each in nearest(held)] == [20, 21]


def test_a_frame_without_a_stamp_is_never_measured_against_one_with_a_stamp() -> None:
    unstamped = replace(frame("b", 12), clock_domain=ClockDomain.GLOBAL)
    assert spread_ms([frame("a", 10, 1_700_000_000_000.0), unstamped]) == pytest.approx(2)


@contextmanager
def array(*cameras: FakeCamera, may_lack: int = 0, light: FakeLight | None = None) -> Iterator[Array]:
    bus, scale = Bus(), FakeScale()
    feeds = [Feed(camera, bus, 0.5) for camera in cameras]
    lit = LightFeed(light, 0.5, bus) if light else None
    weighed = WeightFeed(scale, bus)
    with ExitStack() as stack:
        services: list[Service] = [*feeds, weighed, *([lit] if lit else [])]
        for service in services:
            stack.callback(service.stop)
            service.start()
        wait_until(lambda: all(feed.newest() for feed in feeds if feed.camera_id != "absent"))
        if lit:
            wait_until(lambda: lit.status().state is DeviceState.LIVE)
        yield Array(feeds, 0.5, may_lack, lit, weighed)


def unplugged(camera_id: str = "absent") -> FakeCamera:
    camera = FakeCamera(camera_id)
    camera.plugged = False
    return camera


def test_a_shot_holds_a_frame_of_every_camera_their_spread_and_the_weight() -> None:
    with array(FakeCamera("a"), FakeCamera("b")) as both:
        after_ns = time.monotonic_ns()
        shot = both.take(after_ns)
    assert [each.camera_id for each in shot.frames] == ["a", "b"]
    assert all(each.host_ns > after_ns for each in shot.frames)
    assert shot.spread_ms == pytest.approx(spread_ms(shot.frames))
    assert shot.absent == ()
    assert shot.weight_g == 100.0


def test_a_missing_camera_refuses_the_shot_by_name() -> None:
    with array(FakeCamera("a"), unplugged()) as one, pytest.raises(DeviceError, match="absent"):
        one.take(time.monotonic_ns())


def test_where_the_site_allows_it_the_missing_camera_is_named_with_its_state_and_reason() -> None:
    with array(FakeCamera("a"), unplugged(), may_lack=1) as one:
        shot = one.take(time.monotonic_ns())
    assert [each.camera_id for each in shot.frames] == ["a"]
    (absence,) = shot.absent
    assert (absence.camera_id, absence.state) == ("absent", DeviceState.LOST)
    assert "cable" in absence.message


def test_no_shot_is_empty_however_much_may_be_lacking() -> None:
    with array(unplugged(), may_lack=5) as none, pytest.raises(DeviceError, match="absent"):
        none.take(time.monotonic_ns())


def test_frames_of_a_pulsed_light_are_those_that_it_lit() -> None:
    light = FakeLight(flash_s=0.5)
    with array(FakeCamera("a"), FakeCamera("b"), light=light) as both:
        asked_ns = time.monotonic_ns()
        shot = both.take(asked_ns)
    assert light.flashes == 1
    assert all(each.host_ns > asked_ns for each in shot.frames)


def test_a_slow_camera_takes_nothing_of_the_flash_from_the_others() -> None:
    light, slow = FakeLight(flash_s=0.3), FakeCamera("slow")
    slow.period_s = 0.4
    with array(FakeCamera("a"), slow, light=light, may_lack=1) as both:
        shot = both.take(time.monotonic_ns())
    assert [each.camera_id for each in shot.frames] == ["a"]
    (absence,) = shot.absent
    assert absence.camera_id == "slow"


def test_no_frame_is_taken_that_arrived_before_the_flash_or_after_it() -> None:
    light = FakeLight(flash_s=0.2)
    with array(FakeCamera("a"), light=light) as one:
        shot = one.take(time.monotonic_ns())
    (taken,) = shot.frames
    assert light.flashed_ns < taken.host_ns <= light.flashed_ns + 200 * MS + 50 * MS


def test_a_flash_too_short_for_the_cameras_says_so() -> None:
    light = FakeLight(flash_s=0.001)
    with array(FakeCamera("a"), light=light, may_lack=1) as one, pytest.raises(DeviceError, match="flash"):
        one.take(time.monotonic_ns())


def test_the_booth_goes_on_with_the_rest_and_the_capture_says_what_is_missing(tmp_path: Path) -> None:
    with running(tmp_path, may_lack=1) as rig:
        wait_until(lambda: all(rig.station.newest(name) for name in rig.station.camera_ids))
        rig.cameras[1].plugged = False
        wait_until(lambda: rig.station.newest("side") is None)
        rig.place()
        item = rig.wait_for(Phase.PRODUCT)
        wait_until(lambda: rig.item().kept)
        assert not [each for each in rig.heard.of(Trouble) if each.part == "capture" and not each.over]
        sample_id = item.sample_id
    with Store.open(tmp_path, high_water_free_mb=0, ballast_mb=0) as store:
        kept = store.load(sample_id).capture
    assert [view.name for view in kept.views()] == ["top"]
    assert [(each.camera_id, each.state) for each in kept.absent] == [("side", DeviceState.LOST)]


def test_the_spread_of_a_kept_capture_is_read_back(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.place()
        item = rig.wait_for(Phase.PRODUCT)
        wait_until(lambda: rig.item().kept)
        told = item.capture
        kept = rig.store.load(item.sample_id).capture
    assert told is not None
    assert kept.spread_ms == told.spread_ms
    assert kept.spread_ms is not None
    assert 0 <= kept.spread_ms < 1000
