"""Pictures are compared point by point: the same article fits, a sibling fits less, a stranger does not."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.errors import ConfigError, ModelError
from models.matching import MIN_INLIERS, Evidence, SiftMatcher, fit_of, matcher
from models.planes import Points, Two, planes_between, plausible
from models.training.families import Identity, identities
from models.training.packs import Pose, pack

Rgb = NDArray[np.uint8]


def _siblings() -> tuple[Identity, Identity, Identity]:
    """Two flavours of one line of cartons, and a carton of another family."""
    cartons = [one for one in identities(31, 200) if one.form == "carton"]
    first, second = next((a, b) for a, b in pairwise(cartons) if a.family == b.family)
    return first, second, next(one for one in cartons if one.brand_seed != first.brand_seed)


def _on_white(one: Identity) -> Rgb:
    cutout = pack(one, Pose(0.0, 0.2))
    alpha = cutout[..., 3:] / 255.0
    flat = (cutout[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    bordered = cv2.copyMakeBorder(flat, 20, 20, 60, 60, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    scale = 220 / max(bordered.shape)
    return np.asarray(cv2.resize(bordered, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _taken(one: Identity, turn_deg: float = 25.0, light: float = 0.7) -> Rgb:
    """A turned, tilted, darker, blurred photo before a grey wall."""
    picture = _on_white(one)
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    tilted = corners * [1.1, 1.2] + [[10, 0], [-8, 12], [0, 0], [0, -10]]
    matrix = np.vstack([cv2.getRotationMatrix2D((width * 0.55, height * 0.6), turn_deg, 1.0), [0, 0, 1]])
    matrix[:2, 2] += (60, 40)
    placed = cv2.perspectiveTransform(np.asarray(tilted, np.float32)[:, None], matrix).astype(np.float32)
    warp = cv2.getPerspectiveTransform(corners, placed)
    drawn = cv2.warpPerspective(picture, warp, (360, 360), borderValue=(120, 120, 125))
    return (cv2.GaussianBlur(drawn, (0, 0), 0.8) * [light, light * 0.95, light * 0.9]).astype(np.uint8)


def _fit(seen: Rgb, reference: Rgb) -> float:
    comparer = matcher({})
    return comparer.fit(comparer.describe(seen), comparer.describe(reference))


def test_the_same_article_fits_better_than_its_sibling_and_a_stranger_does_not_fit() -> None:
    own, sibling, stranger = _siblings()
    seen = _taken(own)
    fits = [_fit(seen, _on_white(one)) for one in (own, sibling, stranger)]
    assert fits[0] > 0.5
    assert fits[0] > fits[1] > fits[2] or fits[0] > 0.5 > max(fits[1:])
    assert fits[2] < 0.1


@pytest.mark.parametrize("turn_deg", [0.0, 90.0, 180.0])
def test_an_article_is_found_in_any_direction(turn_deg: float) -> None:
    own = _siblings()[0]
    assert _fit(_taken(own, turn_deg), _on_white(own)) > 0.5


def test_a_mirrored_article_is_another() -> None:
    own = _siblings()[0]
    mirrored = np.ascontiguousarray(_taken(own)[:, ::-1])
    assert _fit(mirrored, _on_white(own)) < 0.5 * _fit(_taken(own), _on_white(own))


def test_what_is_found_twice_is_told_the_same() -> None:
    own, sibling, _ = _siblings()
    comparer = SiftMatcher()
    seen, reference = comparer.describe(_taken(own)), comparer.describe(_on_white(sibling))
    assert comparer.compare(seen, reference) == comparer.compare(seen, reference)


@pytest.mark.parametrize("shape", [(1, 1), (2, 900), (64, 64), (5, 5)])
def test_pictures_without_points_fit_nothing(shape: tuple[int, int]) -> None:
    blank = np.full((*shape, 3), 128, np.uint8)
    own = _on_white(_siblings()[0])
    assert matcher({}).describe(blank).count == 0
    assert _fit(blank, own) == 0.0
    assert _fit(own, blank) == 0.0
    assert _fit(blank, blank) == 0.0


def test_noise_fits_nothing() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 300, 3)).astype(np.uint8)
    assert _fit(noise, _on_white(_siblings()[0])) < 0.1


@pytest.mark.parametrize(
    "rgb", [np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)]
)
def test_what_is_no_picture_is_refused(rgb: NDArray[np.uint8]) -> None:
    with pytest.raises(ModelError, match="no picture"):
        matcher({}).describe(rgb)


@pytest.mark.parametrize("options", [{"speed": 1}, {"points": 3}, {"points": 2.5}, {"max_side_px": True}])
def test_impossible_options_are_named(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        matcher(options)


def test_more_points_that_agree_and_better_print_never_fit_less() -> None:
    fits = [fit_of(Evidence(inliers, 0.5, 0.1, 0.3)) for inliers in (0, MIN_INLIERS, 20, 60, 100)]
    assert fits == sorted(fits)
    assert fits[0] == 0.0
    prints = [fit_of(Evidence(40, print_, 0.1, 0.3)) for print_ in (-1.0, 0.0, 0.5, 1.0)]
    assert prints == sorted(prints)
    colours = [fit_of(Evidence(40, 0.5, colour, 0.3)) for colour in (1.0, 0.3, 0.0)]
    assert colours == sorted(colours)
    assert all(0.0 <= fit <= 1.0 for fit in (*fits, *prints, *colours))


@pytest.mark.parametrize(
    ("plane", "possible"),
    [
        (np.diag([1.0, 1.0, 1.0]), True),
        (np.array([[-1.0, 0, 100], [0, 1, 0], [0, 0, 1]]), False),
        (np.diag([0.01, 0.01, 1.0]), False),
        (np.diag([1.0, 0.1, 1.0]), False),
        (np.array([[1.0, 0, 0], [0, 1, 0], [0.03, 0, 1]]), False),
        (np.full((3, 3), np.nan), False),
    ],
    ids=["as it is", "mirrored", "tiny", "squeezed", "seen from the edge", "no numbers"],
)
def test_only_what_a_camera_can_see_is_plausible(plane: NDArray[np.float64], possible: bool) -> None:
    assert plausible(plane, (100, 100), (120, 120)) is possible


def test_a_plane_is_recovered_among_wrong_pairs() -> None:
    rng = np.random.default_rng(4)
    at = rng.uniform(0, 200, (80, 2)).astype(np.float32)
    words = np.abs(rng.normal(size=(80, 128))).astype(np.float32) ** 4
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    onto = (at @ np.array([[0.0, 0.8], [-0.8, 0.0]]) + [200, 30]).astype(np.float32)
    onto[50:] = rng.uniform(0, 250, (30, 2))
    reference = Points(at, np.full(80, 5.0, np.float32), np.zeros(80, np.float32), words)
    seen = Points(onto, np.full(80, 4.0, np.float32), np.full(80, np.pi / 2, np.float32), words)
    found = planes_between(Two.of(seen, reference, (260, 260), (200, 200)))[0]
    assert found.spots >= 45
    assert np.allclose(cv2.perspectiveTransform(at[:50, None], found.plane)[:, 0], onto[:50], atol=1.0)
