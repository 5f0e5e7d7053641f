"""Colours against a drawn chart: a known wrong matrix is undone, and what is no good chart is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.sensor.chart import find_chart, likeness, references
from booth.calibration.sensor.colour import measure
from booth.calibration.sensor.colour_difference import ciede2000, lab, linear_of
from booth.errors import InputError
from booth.store.picture_files import read_picture
from tests.calibration.charts import WRONG, drawn, encoded, seen

SHARMA = (
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
    ((50.0, 2.8361, -74.02), (50.0, 0.0, -82.7485), 3.4412),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, -1.1848, -84.8006), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, -0.9009, -85.5211), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.001), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0012), 7.2195),
    ((50.0, -0.001, 2.49), (50.0, 0.0009, -2.49), 4.8045),
    ((50.0, -0.001, 2.49), (50.0, 0.001, -2.49), 4.8045),
    ((50.0, -0.001, 2.49), (50.0, 0.0011, -2.49), 4.7461),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((50.0, 2.5, 0.0), (50.0, 3.1736, 0.5854), 1.0000),
    ((50.0, 2.5, 0.0), (50.0, 3.2972, 0.0), 1.0000),
    ((50.0, 2.5, 0.0), (50.0, 1.8634, 0.5757), 1.0000),
    ((50.0, 2.5, 0.0), (50.0, 3.2592, 0.335), 1.0000),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((61.2901, 3.7196, -5.3901), (61.4292, 2.248, -4.962), 1.8731),
    ((35.0831, -44.1164, 3.7933), (35.0232, -40.0716, 1.5901), 1.8645),
    ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
    ((36.4612, 47.858, 18.3852), (36.2715, 50.5065, 21.2231), 1.4146),
    ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
    ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
)
"""Table 1 of Sharma, Wu and Dalal, 2005."""
PUBLISHED = {0: (115, 82, 68), 2: (98, 122, 157), 14: (175, 54, 60), 18: (243, 243, 242), 22: (85, 85, 85)}
"""sRGB of some patches as the chart's maker published them; OpenCV's record is of another printing."""


def of(outcome: Outcome, camera_id: str = "top") -> Mapping[str, float]:
    found = outcome.results[camera_id]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(("first", "second", "difference"), SHARMA)
def test_differences_are_those_of_the_published_pairs(
    first: tuple[float, ...], second: tuple[float, ...], difference: float
) -> None:
    one, other = np.array([first]), np.array([second])
    assert ciede2000(one, other)[0] == pytest.approx(difference, abs=1e-4)
    assert ciede2000(other, one)[0] == pytest.approx(difference, abs=1e-4)


def test_white_and_black_are_where_cielab_has_them() -> None:
    assert lab(np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])) == pytest.approx(
        np.array([[100, 0, 0], [0, 0, 0]]), abs=1e-6
    )


def test_the_references_are_the_published_colours() -> None:
    for patch, srgb in PUBLISHED.items():
        published = lab(linear_of(np.array([srgb])))
        assert ciede2000(lab(references()[patch][None]), published)[0] < 3.0


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_known_wrong_matrix_is_undone(turns: int) -> None:
    outcome = measure({"top": seen(turns=turns, at=(200, 40) if turns == 1 else (150, 110))})
    found = of(outcome)
    matrix = np.array(outcome.colour["top"].matrix).reshape(3, 3)
    assert outcome.passed
    assert outcome.advice == ()
    assert WRONG @ matrix == pytest.approx(np.eye(3), abs=0.01)
    assert found["delta_e00_before_mean"] > 5
    assert found["delta_e00_after_mean"] < 0.3
    assert found["delta_e00_held_out_mean"] < 0.4


def test_patches_left_out_of_the_fit_are_further_off_than_those_in_it() -> None:
    rng = np.random.default_rng(2)
    odd = drawn()
    for row in range(4):
        for column in range(6):
            patch = odd[38 + row * 94 : 118 + row * 94, 38 + column * 94 : 118 + column * 94]
            patch *= rng.normal(1, 0.08, 3)
    found = of(measure({"top": seen(chart=odd)}))
    assert found["delta_e00_held_out_mean"] > 1.1 * found["delta_e00_after_mean"] > 0.5


def test_a_true_camera_is_left_nearly_as_it_is() -> None:
    outcome = measure({"top": seen(matrix=np.eye(3))})
    assert np.array(outcome.colour["top"].matrix).reshape(3, 3) == pytest.approx(np.eye(3), abs=0.02)
    assert of(outcome)["delta_e00_before_mean"] < 0.5


def test_over_exposed_patches_are_not_used_and_too_many_give_no_correction() -> None:
    some, many = measure({"top": seen(gain=1.5)}), measure({"top": seen(gain=2.5)})
    assert some.passed
    assert WRONG * 1.5 @ np.array(some.colour["top"].matrix).reshape(3, 3) == pytest.approx(
        np.eye(3), abs=0.02
    )
    assert of(some)["patches_clipped"] > 0
    assert not many.passed
    assert not many.colour
    for outcome in (some, many):
        assert any("shorten the exposure" in sentence for sentence in outcome.advice)


def test_a_dark_chart_is_advised_against() -> None:
    assert any("dark" in sentence for sentence in measure({"top": seen(gain=0.2)}).advice)


@pytest.mark.parametrize("at", [(-250, 110), (500, 110), (150, 420)])
def test_half_a_chart_is_none(at: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="whole chart"):
        measure({"top": seen(at=at)})


@pytest.mark.parametrize("rows", [2, 3])
def test_a_chart_with_covered_rows_is_none(rows: int) -> None:
    with pytest.raises(InputError, match="whole chart"):
        measure({"top": seen(chart=drawn(rows))})


def test_a_room_is_no_chart(shared_data: Path) -> None:
    for number in range(5):
        room = read_picture(shared_data / "cameras" / "rgbd_pairs" / "color" / f"0000{number}.jpg")
        assert find_chart(room) is None


@pytest.mark.parametrize("matrix", [WRONG, np.eye(3), np.diag([0.5, 0.8, 1.0]), np.diag([1.0, 0.6, 0.3])])
@pytest.mark.parametrize("gain", [0.1, 1.0, 3.0])
def test_a_chart_is_known_under_any_light(matrix: NDArray[np.float64], gain: float) -> None:
    found = find_chart(seen(matrix=matrix, gain=gain))
    assert found is not None
    assert likeness(found.linear) > 0.9


def _without_a_chart() -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    squares = np.kron(np.indices((9, 12)).sum(axis=0) % 2, np.ones((60, 60)))
    patches = rng.integers(0, 256, (4, 6, 3), np.uint8)
    return [
        np.full((480, 640, 3), 128, np.uint8),
        np.zeros((480, 640, 3), np.uint8),
        rng.integers(0, 256, (480, 640, 3), np.uint8),
        np.dstack([np.where(squares > 0, 255, 0).astype(np.uint8)] * 3),
        np.asarray(cv2.resize(patches, (600, 400), interpolation=cv2.INTER_NEAREST), np.uint8),
        np.zeros((1, 1, 3), np.uint8),
    ]


@pytest.mark.parametrize("index", range(6))
def test_a_picture_without_a_chart_ends_in_one_clear_error(index: int) -> None:
    picture = _without_a_chart()[index]
    assert find_chart(picture) is None
    with pytest.raises(InputError, match="no colour chart"):
        measure({"top": picture})


def test_patches_of_other_colours_are_no_chart() -> None:
    swapped = np.ascontiguousarray(drawn()[..., ::-1])
    with pytest.raises(InputError, match="no colour chart"):
        measure({"top": seen(chart=swapped, matrix=np.eye(3))})


def test_one_camera_without_a_chart_fails_beside_one_with_it() -> None:
    outcome = measure({"top": seen(), "left": _without_a_chart()[0]})
    assert not outcome.passed
    assert set(outcome.colour) == {"top"}
    assert any(sentence.startswith("left: it sees no") for sentence in outcome.advice)


def test_glare_on_a_patch_leaves_it_out() -> None:
    picture = seen()
    chart = find_chart(picture)
    assert chart is not None
    x, y = chart.corners_px[9].mean(axis=0).astype(int)
    picture[y - 20 : y, x - 20 : x + 20] = 255
    found = of(measure({"top": picture}))
    assert found["patches_used"] in (22, 23)


def test_an_unknown_chart_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="sg140"):
        measure({"top": seen()}, "sg140")


def test_encoding_is_undone_by_decoding() -> None:
    linear = np.linspace(0, 1, 50)
    assert linear_of(encoded(linear)) == pytest.approx(linear, abs=1e-9)
