"""Exposure: clipped lights and shadows, the factor that mends it, noise, and flicker of the mains."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.sensor.exposure import measure, modulation_percent, noise_levels
from booth.errors import InputError
from tests.calibration.charts import encoded

HEIGHT, WIDTH = 240, 320


def tray(gain: float = 1.0, noise: float = 1.5, seed: int = 0) -> NDArray[np.uint8]:
    """A tray with a ramp of greys and a bright patch, linear 0.05 .. 0.8 times the gain."""
    linear = np.tile(np.linspace(0.05, 0.5, WIDTH), (HEIGHT, 1))
    linear[100:160, 120:200] = 0.8
    levels = encoded(np.dstack([linear * gain] * 3)) + np.random.default_rng(seed).normal(
        0, noise, (HEIGHT, WIDTH, 3)
    )
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def of(outcome: Outcome) -> Mapping[str, float]:
    found = outcome.results["top"]
    assert isinstance(found, dict)
    return found


def test_a_well_exposed_camera_passes() -> None:
    outcome = measure({"top": [tray(seed=seed) for seed in range(3)]}, {"top": 0.01})
    assert outcome.passed
    assert outcome.advice == ()
    assert of(outcome)["exposure_factor"] == pytest.approx(1.0, abs=0.1)
    assert of(outcome)["exposure_ms"] == 10.0


@pytest.mark.parametrize("gain", [0.2, 0.5])
def test_the_factor_mends_a_dark_picture(gain: float) -> None:
    outcome = measure({"top": [tray(gain)]})
    factor = of(outcome)["exposure_factor"]
    assert not outcome.passed
    assert any("multiply the exposure" in sentence for sentence in outcome.advice)
    assert measure({"top": [tray(gain * factor)]}).passed


def test_a_clipped_picture_asks_for_half_the_exposure() -> None:
    outcome = measure({"top": [tray(3.0)]})
    assert of(outcome)["exposure_factor"] == 0.5
    assert of(outcome)["clipped_percent"] > 10
    assert any("over-exposed" in sentence for sentence in outcome.advice)


def test_black_shadows_are_named() -> None:
    dark = tray()
    dark[:, :80] = 0
    assert any("is black" in sentence for sentence in measure({"top": [dark]}).advice)


@pytest.mark.parametrize("noise", [1.0, 3.0, 6.0])
def test_noise_is_measured_between_frames_and_within_one(noise: float) -> None:
    frames = [tray(0.8, noise, seed) for seed in (1, 2)]
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(float) for frame in frames]
    true = float(np.std(grey[0] - grey[1]) / np.sqrt(2))
    assert noise_levels(frames) == pytest.approx(true, rel=0.15)
    assert noise_levels(frames[:1]) == pytest.approx(true, rel=0.25)


def test_too_much_noise_asks_for_less_gain() -> None:
    assert any("lower the gain" in sentence for sentence in measure({"top": [tray(0.8, 9.0)]}).advice)


def test_whole_half_periods_of_the_mains_do_not_flicker() -> None:
    assert modulation_percent(0.01, 50) == pytest.approx(0, abs=1e-9)
    assert modulation_percent(0.02, 50) == pytest.approx(0, abs=1e-9)
    assert modulation_percent(1 / 120, 60) == pytest.approx(0, abs=1e-9)
    assert modulation_percent(0.0001, 50) > 99
    time_s = np.linspace(0, 0.004, 4001)
    light = [np.mean(np.sin(2 * np.pi * 100 * (time_s + start))) for start in np.linspace(0, 0.01, 200)]
    assert modulation_percent(0.004, 50) == pytest.approx(50 * np.ptp(light), abs=0.1)


def test_a_short_exposure_warns_of_flicker_unless_the_frames_are_steady() -> None:
    alone = measure({"top": [tray()]}, {"top": 0.003})
    steady = measure({"top": [tray(seed=seed) for seed in range(4)]}, {"top": 0.003})
    swinging = measure({"top": [tray(1 - 0.05 * (seed % 2), seed=seed) for seed in range(4)]})
    assert any("may flicker" in sentence for sentence in alone.advice)
    assert steady.passed
    assert any("flickers by" in sentence for sentence in swinging.advice)


@pytest.mark.parametrize("exposure_s", [0.0, -1.0, 33.0, float("nan")])
def test_an_impossible_exposure_time_is_refused(exposure_s: float) -> None:
    with pytest.raises(InputError, match="seconds"):
        measure({"top": [tray()]}, {"top": exposure_s})


def test_no_pictures_and_grey_ones_are_refused() -> None:
    cases: list[dict[str, list[NDArray[np.uint8]]]] = [
        {},
        {"top": []},
        {"top": [tray()[..., 0]]},
        {"top": [tray(), tray()[:100]]},
    ]
    for frames in cases:
        with pytest.raises(InputError):
            measure(frames)
