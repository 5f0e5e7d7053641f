"""Light on a plain sheet: falloff, a lamp on one side, flicker, daylight, and what is no sheet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.sensor.light import measure
from booth.errors import InputError
from tests.calibration.charts import encoded

HEIGHT, WIDTH = 360, 480
Y, X = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
Linear = NDArray[np.float64]


def picture(linear: Linear, seed: int = 0) -> NDArray[np.uint8]:
    noisy = encoded(np.dstack([linear] * 3)) + np.random.default_rng(seed).normal(0, 2, (HEIGHT, WIDTH, 3))
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def flat(level: float = 0.5) -> Linear:
    return np.full((HEIGHT, WIDTH), level)


def of(outcome: Outcome) -> Mapping[str, float]:
    found = outcome.results["top"]
    assert isinstance(found, dict)
    return found


def test_even_light_passes_without_advice() -> None:
    outcome = measure({"top": [picture(flat(), seed) for seed in range(3)]}, {"top": picture(flat(0.002))})
    found = of(outcome)
    assert outcome.passed
    assert outcome.advice == ()
    assert found["uniformity_min_over_mean"] > 0.98
    assert abs(found["corner_falloff_percent"]) < 1
    assert found["flicker_percent"] < 0.2
    assert found["banding_percent"] < 0.5
    assert found["ambient_percent"] == pytest.approx(0.5, abs=0.4)


@pytest.mark.parametrize("falloff", [0.2, 0.45])
def test_the_corners_falloff_is_found(falloff: float) -> None:
    outcome = measure({"top": [picture(0.6 * (1 - falloff * (X**2 + Y**2) / 2))]})
    found = of(outcome)
    assert found["corner_falloff_percent"] == pytest.approx(100 * falloff * 0.77, rel=0.03)
    assert outcome.passed is (falloff < 0.4)
    heat = outcome.details["top/heat"]
    assert heat.shape == (24, 32)
    assert np.nanmax(heat) == 1.0
    assert heat[0, 0] < heat[12, 16]


@pytest.mark.parametrize(
    ("linear", "words"),
    [
        (0.4 * (1 + 0.6 * X), "left side"),
        (0.4 * (1 - 0.6 * Y), "lower side"),
        (0.4 * (1 + 0.15 * X), "leans"),
    ],
)
def test_a_lamp_on_one_side_is_named_from_the_dark_side(linear: Linear, words: str) -> None:
    assert any(words in sentence for sentence in measure({"top": [picture(linear)]}).advice)


def test_flicker_of_whole_frames_and_in_bands_is_found() -> None:
    swinging = [picture(flat(0.4 * (1 + 0.04 * np.sin(2.1 * i))), i) for i in range(8)]
    banded = [picture(0.4 * (1 + 0.04 * np.sin(9 * Y + 2.1 * i)), i) for i in range(8)]
    whole, bands = measure({"top": swinging}), measure({"top": banded})
    swing = np.ptp([4 * np.sin(2.1 * i) for i in range(8)])
    assert of(whole)["flicker_percent"] == pytest.approx(swing, abs=0.3)
    assert of(whole)["banding_percent"] < 1.0
    assert of(bands)["banding_percent"] == pytest.approx(8.0, abs=2.0)
    for outcome in (whole, bands):
        assert not outcome.passed
        assert any("flickers" in sentence for sentence in outcome.advice)


def test_daylight_beside_the_lamps_is_a_share_of_the_light() -> None:
    outcome = measure({"top": [picture(flat(0.5))]}, {"top": picture(flat(0.06))})
    assert of(outcome)["ambient_percent"] == pytest.approx(12, abs=0.5)
    assert not outcome.passed
    assert any("comes from outside" in sentence for sentence in outcome.advice)


@pytest.mark.parametrize(("level", "word"), [(1.2, "over-exposed"), (0.02, "too dark")])
def test_a_wrong_exposure_is_advised_against(level: float, word: str) -> None:
    outcome = measure({"top": [picture(flat(level))]})
    assert not outcome.passed
    assert any(word in sentence for sentence in outcome.advice)


def test_a_small_sheet_is_measured_alone_and_a_larger_one_asked_for() -> None:
    linear = np.where((np.abs(X) < 0.6) & (np.abs(Y) < 0.6), 0.6, 0.1)
    outcome = measure({"top": [picture(linear)]})
    assert of(outcome)["sheet_share"] == pytest.approx(0.36, abs=0.1)
    assert of(outcome)["uniformity_min_over_mean"] > 0.97
    assert of(outcome)["corner_falloff_percent"] is None
    assert any("larger plain sheet" in sentence for sentence in outcome.advice)


def test_what_is_no_plain_sheet_is_one_clear_error() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    for frames in ([noise], [np.zeros_like(noise)], [], [noise, noise[:100]], [noise[:4, :4]]):
        with pytest.raises(InputError):
            measure({"top": frames})
    with pytest.raises(InputError):
        measure({})
    with pytest.raises(InputError):
        measure({"top": [picture(flat())]}, {"top": noise[:100]})
