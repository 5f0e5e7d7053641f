"""Whether a camera is exposed well: clipped lights and shadows, level, noise, and mains flicker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.sensor.colour_difference import linear_of
from booth.calibration.sensor.levels import Flicker, check, flicker
from booth.domain.calibrating import Step
from booth.errors import InputError

Frames = Sequence[NDArray[np.uint8]]

BRIGHT, DARK = 254, 2
CLIPPED_MAX_PERCENT = 1.0
"""Glints on foil may clip; a label that does is lost."""
SHADOW_MAX_PERCENT = 10.0
"""Black print is black; a tenth of the picture is not."""
TARGET_LEVEL = 235
"""Where the brightest half percent should lie, sRGB-encoded: a twelfth of the range is left for glints."""
TOP_SHARE = 0.995
FACTOR_GOOD = (0.8, 1.6)
"""Exposures between need no change: a third of a stop too bright, two thirds too dark."""
UNKNOWN_FACTOR = 0.5
"""When much is clipped nobody knows how bright it was: halve the exposure and look again."""
NOISE_MAX_LEVELS = 4.0
"""Twice what a well-lit 8-bit camera shows; faint damage such as a scuff spans about ten levels."""
NOISE_TRIM = 6.0
"""Times the median difference of two frames, 4 deviations: what differs more has moved."""
FLICKER_MAX_PERCENT = 2.0
"""As in the measure of the light: less cannot be told from rounding."""
MAINS_HZ = (50.0, 60.0)
MODULATION_MAX_PERCENT = 10.0
"""Of a lamp without smoothing; LED drivers that smooth well leave a tenth of it, which then is below 1 %."""
LONGEST_EXPOSURE_S = 10.0


@dataclass(frozen=True, slots=True)
class Exposed:
    """How one camera's pictures are exposed.

    Attributes:
        level: mean of the picture, sRGB-encoded 0..255.
        top_level: where the brightest half percent begins, in the brightest channel.
        noise_levels: standard deviation of one pixel, sRGB-encoded.
        factor: what to multiply the exposure time by.
        modulation_percent: for each mains frequency in Hz, what a lamp that goes dark twice a period still
            swings by in pictures of this exposure time.
    """

    level: float
    top_level: float
    clipped_percent: float
    shadow_percent: float
    noise_levels: float
    factor: float
    flicker: Flicker | None
    exposure_s: float | None
    modulation_percent: Mapping[float, float]


def measure(frames: Mapping[str, Frames], exposure_s: Mapping[str, float] | None = None) -> Outcome:
    """Look at the exposure of every camera, best with a bright and a dark item on the tray.

    Args:
        frames: one or more pictures (H, W, 3) uint8 of one still scene; three or more tell flicker.
        exposure_s: exposure times, where they are known.

    Raises:
        InputError: there are no pictures, they differ in size, or an exposure time is impossible.
    """
    if not frames:
        raise InputError("there are no pictures to judge the exposure by")
    known = exposure_s or {}
    found = {name: _exposed(name, pictures, known.get(name)) for name, pictures in frames.items()}
    faults = {name: _faults(one) for name, one in found.items()}
    return Outcome(
        Step.EXPOSURE,
        {name: _results(one) for name, one in found.items()},
        passed=not any(faults.values()),
        advice=tuple(f"{name}: {said}" for name, all_said in faults.items() for said in all_said),
    )


def modulation_percent(exposure_s: float, mains_hz: float) -> float:
    """What is left of light that swings fully at twice the mains frequency, averaged over an exposure.

    The mean of a sine over a window is sinc(2·f·t) of its amplitude.
    """
    return 100 * abs(float(np.sinc(2 * mains_hz * exposure_s)))


def noise_levels(frames: Frames) -> float:
    """Standard deviation of one pixel: between two frames where there are, else within one.

    Within one it is Immerkaer's estimate ("Fast noise variance estimation", CVIU 64, 1996), on the flatter
    half of the picture, because texture would count as noise.
    """
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in frames[:2]]
    if len(grey) == 2:
        apart = grey[0] - grey[1]
        apart -= apart.mean()
        usual = np.abs(apart) <= max(NOISE_TRIM * float(np.median(np.abs(apart))), 3.0)
        return float(apart[usual].std() / np.sqrt(2))
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(grey[0], -1, mask)) / 6
    texture = cv2.blur(response, (9, 9))
    return float(np.sqrt(np.pi / 2) * response[texture <= np.median(texture)].mean())


def _exposed(camera_id: str, frames: Frames, exposure_s: float | None) -> Exposed:
    check(camera_id, frames)
    if exposure_s is not None and not 0 < exposure_s <= LONGEST_EXPOSURE_S:
        raise InputError(f"{camera_id}: an exposure of {exposure_s} s is impossible; give it in seconds")
    brightest = np.concatenate([frame.max(axis=2).ravel() for frame in frames])
    top = float(np.quantile(brightest, TOP_SHARE))
    clipped = 100 * float(np.mean(brightest >= BRIGHT))
    wanted, there = linear_of(np.array([TARGET_LEVEL, max(top, 1.0)]))
    factor = UNKNOWN_FACTOR if clipped > CLIPPED_MAX_PERCENT else float(wanted / there)
    return Exposed(
        float(np.mean([frame.mean() for frame in frames])),
        top,
        clipped,
        100 * float(np.mean(brightest <= DARK)),
        noise_levels(frames),
        factor,
        flicker(frames),
        exposure_s,
        {} if exposure_s is None else {hz: modulation_percent(exposure_s, hz) for hz in MAINS_HZ},
    )


def _results(one: Exposed) -> dict[str, object]:
    results: dict[str, object] = {
        "level_mean": round(one.level, 2),
        "level_top": round(one.top_level, 1),
        "clipped_percent": round(one.clipped_percent, 3),
        "shadow_percent": round(one.shadow_percent, 3),
        "noise_levels": round(one.noise_levels, 3),
        "exposure_factor": round(one.factor, 3),
        "flicker_percent": None if one.flicker is None else round(one.flicker.swing_percent, 3),
        "banding_percent": None if one.flicker is None else round(one.flicker.banding_percent, 3),
    }
    if one.exposure_s is not None:
        results["exposure_ms"] = round(1000 * one.exposure_s, 4)
        results["suggested_exposure_ms"] = round(1000 * one.exposure_s * one.factor, 4)
        for hz, left in one.modulation_percent.items():
            results[f"modulation_{hz:.0f}hz_percent"] = round(left, 2)
    return results


def _faults(one: Exposed) -> list[str]:
    said = []
    if one.clipped_percent > CLIPPED_MAX_PERCENT:
        said.append(f"{one.clipped_percent:.1f} % is over-exposed: halve the exposure and look again.")
    elif not FACTOR_GOOD[0] <= one.factor <= FACTOR_GOOD[1]:
        word = "dark" if one.factor > 1 else "bright"
        said.append(f"the picture is too {word}: multiply the exposure by {one.factor:.2f}.")
    if one.shadow_percent > SHADOW_MAX_PERCENT:
        said.append(f"{one.shadow_percent:.0f} % is black: light the tray more evenly.")
    if one.noise_levels > NOISE_MAX_LEVELS:
        said.append(f"pixels are noisy by {one.noise_levels:.1f} levels: lower the gain and add light.")
    return said + _flicker_faults(one)


def _flicker_faults(one: Exposed) -> list[str]:
    seen = one.flicker
    swing = 0.0 if seen is None else seen.worst_percent
    said = [f"the light flickers by {swing:.1f} % between frames."] if swing > FLICKER_MAX_PERCENT else []
    # Steady frames prove more than the exposure time alone: then the lamps are smoothed.
    if one.exposure_s is None or (seen is not None and not said):
        return said
    if min(one.modulation_percent.values()) > MODULATION_MAX_PERCENT:
        said.append(
            f"an exposure of {1000 * one.exposure_s:.2f} ms may flicker under lamps on the mains: use a "
            "multiple of 10 ms at 50 Hz, or of 8.33 ms at 60 Hz."
        )
    return said
