"""The camera array: one frame of each camera, taken together under the light."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from booth.domain.device import DeviceState
from booth.domain.picture import Absence, Frame
from booth.domain.terms import ClockDomain
from booth.errors import DeviceError
from booth.feed.frames import Feed
from booth.feed.lights import LightFeed
from booth.feed.weights import WeightFeed

ONE_CLOCK = frozenset({ClockDomain.GLOBAL, ClockDomain.SYSTEM})
"""Stamps of these domains are on this machine's clock, so that those of several cameras can be compared."""
EXPOSURE_PERIODS = 2.0
"""A frame arrives at most so many of its camera's periods after its exposure began: the exposure takes one at
most, and read-out and transfer together another, or the next frame would find them busy."""
UNKNOWN_HZ = 15.0
"""The rate of a camera that has not been counted yet."""
WEIGHT_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """Between which instants on `time.monotonic_ns()` a frame of one camera must arrive."""

    after_ns: int
    until_ns: int | None = None

    def holds(self, frame: Frame) -> bool:
        """Whether the frame arrived in it."""
        return frame.host_ns > self.after_ns and (self.until_ns is None or frame.host_ns <= self.until_ns)


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What the array gave at one instant; see Capture for `spread_ms` and `absent`."""

    frames: tuple[Frame, ...]
    absent: tuple[Absence, ...]
    spread_ms: float | None
    weight_g: float | None = None


class Array:
    """Every camera of the booth, its light and its scale. The lane's thread alone takes shots.

    Args:
        may_lack: how many cameras may be missing from a shot.
    """

    def __init__(
        self,
        feeds: Sequence[Feed],
        frame_timeout_s: float,
        may_lack: int = 0,
        light: LightFeed | None = None,
        scale: WeightFeed | None = None,
    ) -> None:
        self._feeds = tuple(feeds)
        self._frame_timeout_s = frame_timeout_s
        self._may_lack = may_lack
        self._light = light
        self._scale = scale

    def newest(self) -> Mapping[str, Frame]:
        """The newest frame of every camera that has one."""
        newest = {feed.camera_id: feed.newest() for feed in self._feeds}
        return {camera_id: frame for camera_id, frame in newest.items() if frame is not None}

    def take(self, after_ns: int) -> Shot:
        """Frames that arrived later than `after_ns`, as near to each other in time as the cameras allow.

        Raises:
            DeviceError: more cameras than may be missing gave nothing, or the light does not flash.
        """
        windows = self._lit(after_ns)
        deadline_s = time.monotonic() + self._frame_timeout_s
        for feed, window in zip(self._feeds, windows, strict=True):
            if not (self._may_lack and feed.status().state is DeviceState.LOST):
                feed.after(window.after_ns, _left_s(deadline_s, window))
        held = [
            tuple(filter(window.holds, feed.all_after(window.after_ns)))
            for feed, window in zip(self._feeds, windows, strict=True)
        ]
        absent = tuple(
            self._absence(feed) for feed, frames in zip(self._feeds, held, strict=True) if not frames
        )
        there = [frames for frames in held if frames]
        if not there or len(absent) > self._may_lack:
            raise DeviceError(
                "; ".join(f"no picture from {each.camera_id}: {each.message}" for each in absent)
            )
        frames = nearest(there)
        weight = self._scale.settled(after_ns, WEIGHT_TIMEOUT_S) if self._scale else None
        return Shot(frames, absent, spread_ms(frames), weight.grams if weight else None)

    def _lit(self, after_ns: int) -> list[Window]:
        """When each camera's frame must arrive to have been exposed under the light."""
        light = self._light
        if light is None or light.flash_s == 0:
            return [Window(after_ns)] * len(self._feeds)
        flashed_ns = light.flash()
        until_ns = flashed_ns + int(light.flash_s * 1e9)
        rates_hz = [feed.status().rate_hz or UNKNOWN_HZ for feed in self._feeds]
        exposed_ns = [int(EXPOSURE_PERIODS / rate_hz * 1e9) for rate_hz in rates_hz]
        return [Window(max(after_ns, flashed_ns + each), until_ns) for each in exposed_ns]

    def _absence(self, feed: Feed) -> Absence:
        status = feed.status()
        live = status.state is DeviceState.LIVE
        if not live:
            return Absence(feed.camera_id, status.state, status.last_error or "it is being opened")
        flashed = self._light is not None and self._light.flash_s > 0
        why = (
            "no frame fell into the light's flash: lengthen it"
            if flashed
            else "none in time; check the cable"
        )
        return Absence(feed.camera_id, DeviceState.STALE, why)


def nearest(held: Sequence[Sequence[Frame]]) -> tuple[Frame, ...]:
    """One frame of each camera, such that no other choice lies nearer together in time; the newest of such.

    Args:
        held: the frames of each camera, at least one.
    """
    one_clock = _one_clock(held)

    def instant_ms(frame: Frame) -> float:
        return _instant_ms(frame, one_clock)

    def extent_ms(frames: Sequence[Frame]) -> tuple[float, float]:
        """How long they span, and how old their first is."""
        instants_ms = [instant_ms(frame) for frame in frames]
        return max(instants_ms) - min(instants_ms), -min(instants_ms)

    choices: list[tuple[Frame, ...]] = []
    for first_ms in (instant_ms(frame) for frames in held for frame in frames):
        later = [[frame for frame in frames if instant_ms(frame) >= first_ms] for frames in held]
        if all(later):
            choices.append(tuple(min(frames, key=instant_ms) for frames in later))
    return min(choices, key=extent_ms)


def spread_ms(frames: Sequence[Frame]) -> float | None:
    """The longest time between two of the frames; None for fewer than two.

    On the cameras' common clock where all of them have one, else by their arrival at this machine.
    """
    if len(frames) < 2:
        return None
    one_clock = _one_clock([frames])
    instants_ms = [_instant_ms(frame, one_clock) for frame in frames]
    return max(instants_ms) - min(instants_ms)


def _one_clock(held: Sequence[Sequence[Frame]]) -> bool:
    every = [frame for frames in held for frame in frames]
    domains = {frame.clock_domain for frame in every}
    stamped = all(frame.device_timestamp_ms is not None for frame in every)
    return stamped and len(domains) == 1 and domains <= ONE_CLOCK


def _instant_ms(frame: Frame, one_clock: bool) -> float:
    if one_clock and frame.device_timestamp_ms is not None:
        return frame.device_timestamp_ms
    return frame.host_ns / 1e6


def _left_s(deadline_s: float, window: Window) -> float:
    """How long to wait for a frame: past the light's end, one that comes was not lit."""
    until_s = deadline_s if window.until_ns is None else min(deadline_s, window.until_ns / 1e9)
    return max(0.0, until_s - time.monotonic())
