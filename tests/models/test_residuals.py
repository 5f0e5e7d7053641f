"""Heights, the tray and the parts speak up for what is wrong, and only for that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from booth.domain.percept import FloatArray, Reference, ViewPercept
from booth.domain.picture import Region
from models.residuals import beside_residual, height_residual, parts_residual

GRID = (40, 40)
PATCHES = np.zeros((*GRID, 1), np.float32)


def heights(seed: int, *, noise_mm: float = 1.0, down: int = 0, across: int = 0) -> FloatArray:
    """A tray of six cans, 50 mm high, on cardboard of 5 mm, with a camera's noise."""
    found = np.zeros(GRID, np.float32)
    found[6 + down : 34 + down, 5 + across : 35 + across] = 5
    for row in (7, 21):
        for column in (6, 16, 26):
            found[row + down : row + 12 + down, column + across : column + 8 + across] = 50
    return np.asarray(found + np.random.default_rng(seed).normal(0, noise_mm, GRID), np.float32)


def outline(down: int = 0, across: int = 0) -> FloatArray:
    found = np.zeros(GRID, np.float32)
    found[6 + down : 34 + down, 5 + across : 35 + across] = 1
    return found


def view(
    heights_mm: FloatArray | None, item: FloatArray | None, beside: FloatArray | None = None
) -> ViewPercept:
    return ViewPercept("top", Region(0, 0, 100, 100), PATCHES, heights_mm, item, beside)


def reference(seed: int, heights_mm: FloatArray | None = None) -> Reference:
    known = heights(seed) if heights_mm is None else heights_mm
    return Reference(str(seed), "top", "t", PATCHES, heights_mm=known, item=outline())


REFERENCES = [reference(1), reference(2)]


@pytest.mark.parametrize(("down", "across"), [(0, 0), (2, -1), (-2, 3)])
def test_a_good_item_that_lies_a_little_elsewhere_fits(down: int, across: int) -> None:
    good = view(heights(9, down=down, across=across), outline(down, across))
    height, parts = height_residual(good, REFERENCES), parts_residual(good, REFERENCES)
    assert height is not None
    assert parts is not None
    assert height.score < 1
    assert parts.score < 0.01


def test_a_missing_can_is_seen_in_height_and_in_parts_where_it_was() -> None:
    short = heights(9)
    short[7:19, 16:24] -= 45
    height, parts = (each(view(short, outline()), REFERENCES) for each in (height_residual, parts_residual))
    assert height is not None
    assert parts is not None
    assert height.score > 20
    assert parts.score > 0.04
    for residual in (height, parts):
        assert residual.map.shape == GRID
        assert residual.map[13, 20] > 0.5
        assert residual.map[27, 20] == 0


def test_a_dent_grows_the_score_and_noise_hides_a_small_one() -> None:
    scores = []
    for depth_mm in (0, 4, 12):
        dented = heights(9)
        dented[7:19, 16:24] -= depth_mm
        found = height_residual(view(dented, outline()), REFERENCES)
        assert found is not None
        scores.append(found.score)
    assert scores == sorted(scores)
    assert scores[2] > scores[0] + 4
    noisy = heights(9, noise_mm=8.0)
    found = height_residual(view(noisy, outline()), REFERENCES)
    assert found is not None
    assert found.score < scores[2]


def test_the_reference_that_fits_best_decides() -> None:
    other = reference(3, heights(3) + 30)
    good = height_residual(view(heights(9), outline()), [other, *REFERENCES])
    assert good is not None
    assert good.score < 1


def test_a_piece_less_of_several_counts() -> None:
    three, two = np.zeros(GRID, np.float32), np.zeros(GRID, np.float32)
    for column in (2, 15, 28):
        three[10:30, column : column + 8] = 1
    two[10:30, 2:10] = two[10:30, 28:36] = 1
    known = replace(REFERENCES[0], item=three, heights_mm=None)
    whole, broken = (parts_residual(view(None, item), [known]) for item in (three, two))
    assert whole is not None
    assert broken is not None
    assert whole.score == 0
    assert broken.score > 0.25


def test_a_puddle_beside_the_item_scores_by_its_size_and_a_seam_does_not() -> None:
    dry, seam, small, large = (np.zeros(GRID, np.float32) for _ in range(4))
    seam[35:37] = 1
    small[35:39, 4:8] = 1
    large[34:40, 2:20] = 0.8
    scores = []
    for beside in (dry, seam, small, large):
        found = beside_residual(view(None, outline(), beside))
        assert found is not None
        scores.append(found.score)
    assert scores[:2] == [0, 0]
    assert 0 < scores[2] < scores[3]


@pytest.mark.parametrize(
    "lost", ["no depth", "all unread", "no reference", "references without depth", "other grid"]
)
def test_missing_evidence_is_no_score(lost: str) -> None:
    seen, known = view(heights(9), outline()), list(REFERENCES)
    match lost:
        case "no depth":
            seen = view(None, outline())
        case "all unread":
            seen = view(np.full(GRID, np.nan, np.float32), outline())
        case "no reference":
            known = []
        case "references without depth":
            known = [replace(each, heights_mm=None) for each in known]
        case _:
            known = [replace(each, patches=np.zeros((20, 20, 1), np.float32)) for each in known]
    assert height_residual(seen, known) is None


def test_without_an_outline_or_an_empty_tray_nothing_is_said() -> None:
    assert parts_residual(view(heights(9), None), REFERENCES) is None
    assert parts_residual(view(heights(9), np.zeros(GRID, np.float32)), REFERENCES) is None
    assert beside_residual(view(heights(9), outline())) is None


def test_holes_in_the_depth_are_no_difference() -> None:
    holed = heights(9)
    holed[np.random.default_rng(0).random(GRID) < 0.3] = np.nan
    found = height_residual(view(holed, outline()), REFERENCES)
    assert found is not None
    assert found.score < 1
    assert np.isfinite(found.map).all()
