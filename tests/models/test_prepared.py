"""A prepared gallery tells what fits, keeps designs apart, and names what does not belong."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.domain.percept import Gallery, Reference
from booth.errors import ModelError
from models.bank import COMPARED, MAX_PICTURES
from models.prepared import PreparedView, prepare

CHANNELS, SIDE, BORDER = 24, 24, 4
Patches = NDArray[np.float32]


def product(kind: int, seed: int, *, down: int = 0, right: int = 0) -> Patches:
    """A picture of one product, shifted by cells, with a little noise of its own."""
    side = SIDE + 2 * BORDER
    scenery = np.random.default_rng(kind).normal(size=(side, side, CHANNELS)).astype(np.float32)
    scenery = np.asarray(cv2.GaussianBlur(scenery, (0, 0), 1.5), np.float32) * 5
    noise = np.random.default_rng([seed, 1]).normal(size=(SIDE, SIDE, CHANNELS)) * 0.15
    top, left = BORDER + down, BORDER + right
    return np.asarray(scenery[top : top + SIDE, left : left + SIDE] + noise, np.float32)


def reference(name: str, patches: Patches, *, design: str = "1", variant: int = 0) -> Reference:
    return Reference(name, "top", "t1", patches, variant, design=design)


def ready(*references: Reference) -> PreparedView:
    return prepare(Gallery("4006381333931", "1", "1", references), "t1", (8, 16))["top"]


def four(kind: int = 1, design: str = "1") -> list[Reference]:
    return [reference(f"{design}-{seed}", product(kind, seed), design=design) for seed in range(4)]


def torn(patches: Patches) -> Patches:
    patches = patches.copy()
    patches[8:11, 12:15] += 2.0
    return patches


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-3, 3)])
def test_a_shifted_good_item_stays_within_the_limit_and_damage_passes_it(shift: tuple[int, int]) -> None:
    known = ready(*four())
    good = product(1, 50, down=shift[0], right=shift[1])
    found = known.compare(good)
    assert found.distance < known.limit < known.compare(torn(good)).distance
    assert abs(found.alignment.down - shift[0]) <= 1
    assert abs(found.alignment.right - shift[1]) <= 1
    assert found.forward.shape == found.backward.shape == found.nearest.shape == (SIDE, SIDE)


def test_each_patch_names_the_cell_of_the_reference_that_lies_there() -> None:
    found = ready(*four()).compare(product(1, 50, down=2, right=1))
    row, column = np.divmod(found.nearest[12, 12], SIDE)
    assert (row, column) == (14, 13)


def test_an_item_is_held_against_one_design_and_never_a_mix() -> None:
    known = ready(*four(1, "spring"), *four(2, "autumn"))
    mixed = product(1, 50)
    mixed[:, SIDE // 2 :] = product(2, 50)[:, SIDE // 2 :]
    assert known.compare(product(1, 50)).design == "spring"
    autumn = known.compare(product(2, 50))
    assert autumn.design == "autumn"
    assert known.references[autumn.reference].design == "autumn"
    assert autumn.distance < known.limit < known.compare(mixed).distance


def test_of_many_designs_the_right_one_is_found() -> None:
    known = ready(*(one for kind in range(1, 6) for one in four(kind, str(kind))))
    assert [known.compare(product(kind, 50)).design for kind in range(1, 6)] == list("12345")


def test_a_reference_of_another_product_is_named_and_left_out() -> None:
    stray = reference("stray", product(9, 0))
    known = ready(*four(), stray)
    assert known.odd == ("stray",)
    assert known.originals == 5
    assert stray not in known.references
    assert known.compare(product(9, 50)).distance > known.limit
    clean = ready(*four())
    assert clean.odd == ()
    assert known.compare(product(1, 50)).distance == pytest.approx(
        clean.compare(product(1, 50)).distance, rel=0.3
    )


def test_what_is_kept_of_many_references_is_bounded() -> None:
    known = ready(*(reference(str(seed), product(1, seed)) for seed in range(60)))
    assert known.originals == 60
    assert len(known.references) == MAX_PICTURES > COMPARED
    good = product(1, 500)
    assert known.compare(good).distance < known.limit < known.compare(torn(good)).distance


def test_one_reference_tells_its_limit_by_its_turns() -> None:
    turns = [reference("a", product(1, 1, down=turn), variant=turn) for turn in (1, 2)]
    known = ready(reference("a", product(1, 0)), *turns)
    good = product(1, 50)
    assert known.originals == len(known.references) == 1
    assert known.compare(good).distance < known.limit < known.compare(torn(good)).distance


def test_a_turn_that_fits_better_is_used() -> None:
    around = [np.ascontiguousarray(product(1, 10 + seed)[::-1, ::-1]) for seed in range(3)]
    known = ready(*four()[:3], *(reference(f"1-{seed}", around[seed], variant=1) for seed in range(3)))
    upside_down = np.ascontiguousarray(product(1, 50)[::-1, ::-1])
    found = known.compare(upside_down)
    assert found.alignment.variant == 1
    assert found.distance < known.limit


def test_coverage_counts_the_cells_of_the_item() -> None:
    known = ready(*four())
    item = np.zeros((SIDE, SIDE), np.float32)
    item[8:16, 8:16] = 1.0
    broken = product(1, 50)
    broken[8:16, 8:16] = product(3, 50)[8:16, 8:16]
    assert known.compare(broken, item).coverage < known.compare(broken).coverage


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(value: float) -> None:
    spoilt = product(1, 0)
    spoilt[3, 4, 5] = value
    with pytest.raises(ModelError, match="not finite"):
        ready(*four()).compare(spoilt)
    with pytest.raises(ModelError, match="not finite; enrol its picture again"):
        ready(*four(), reference("spoilt", spoilt))


def test_patches_without_cells_or_of_no_grid_are_refused() -> None:
    known = ready(*four())
    for patches in (np.zeros((0, 4, CHANNELS), np.float32), np.zeros((4, CHANNELS), np.float32)):
        with pytest.raises(ModelError, match="do not fit"):
            known.compare(patches)


def test_references_that_are_all_the_same_still_tell_damage() -> None:
    same = product(1, 0)
    known = ready(*(reference(str(number), same) for number in range(3)))
    assert np.isfinite(known.compare(same).distance)
    assert known.compare(torn(same)).distance > known.compare(same).distance
