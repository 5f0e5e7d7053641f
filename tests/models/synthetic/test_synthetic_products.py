"""Made-up products: many, each its own, some with print that looks like damage, and changes that are none."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from booth.errors import InputError
from models.synthetic import negatives
from models.synthetic.decoys import DECOYS
from models.synthetic.products import (
    FAMILIES,
    HELD_OUT_FAMILIES,
    KINDS,
    Design,
    Form,
    catalogue,
    check_digit,
)
from models.synthetic.shapes import Item

COARSE = 2.0
HELD_OUT = {kind.name for kind in HELD_OUT_FAMILIES}


@pytest.fixture(scope="module")
def designs() -> dict[str, Design]:
    found: dict[str, Design] = {}
    for design in catalogue(1042, 120, held_out=True)[7:]:
        found.setdefault(design.kind.name, replace(design, decoy=""))
    return found


def bytes_of(item: Item) -> bytes:
    return b"".join(sheet.points.tobytes() + sheet.texture.tobytes() for sheet in item.sheets)


def test_two_thousand_products_are_distinct() -> None:
    products = catalogue(1000, 2000, held_out=True)
    looks = {(d.words.brand, d.kind.name, d.inks, d.size_mm, d.font, d.layout) for d in products}
    assert len(looks) == len({d.product.gtin for d in products}) == 2000
    assert all(d.product.gtin[-1] == check_digit(d.product.gtin[:12]) for d in products)


def test_a_held_out_family_is_never_in_the_training_catalogue() -> None:
    assert {design.kind.name for design in catalogue(1000, 300)} == {kind.name for kind in FAMILIES}
    assert not {design.kind.name for design in catalogue(1000, 300)} & HELD_OUT


def test_about_a_fifth_is_of_a_held_out_family_and_the_rest_is_as_without() -> None:
    mixed, plain = catalogue(3000, 600, held_out=True), catalogue(3000, 600)
    fresh = [design.kind.name in HELD_OUT for design in mixed]
    assert 0.15 < np.mean(fresh) < 0.25
    assert {design.kind.name for design in mixed} >= HELD_OUT
    assert all(one == other for one, other, new in zip(mixed, plain, fresh, strict=True) if not new)


def test_the_first_of_every_kind_is_plain_and_about_a_third_of_the_others_has_a_decoy() -> None:
    products = catalogue(5, 800)
    plain, varied = products[: len(KINDS)], products[len(KINDS) :]
    assert not any(design.decoy or design.token or design.layout for design in plain)
    counts = Counter(design.decoy for design in varied)
    assert set(counts) == {"", *DECOYS}
    assert 0.28 < 1 - counts[""] / len(varied) < 0.39


@pytest.mark.parametrize("form", list(Form))
def test_the_same_design_is_built_the_same_every_time(designs: dict[str, Design], form: Form) -> None:
    for design in designs.values():
        assert bytes_of(design.build(form, "clear", COARSE)) == bytes_of(design.build(form, "clear", COARSE))


def test_every_sheet_has_a_name_of_its_own_and_every_named_part_is_there(designs: dict[str, Design]) -> None:
    for design in designs.values():
        item = design.build(Form.WHOLE, "clear", COARSE)
        names = [sheet.name for sheet in item.sheets]
        assert len(names) == len(set(names))
        parts = {name for unit in (*item.units, *item.trifles) for name in unit}
        assert {*item.faces, *parts} <= set(names)
        assert all(np.isfinite(sheet.points).all() for sheet in item.sheets)
        assert min(float(sheet.points[..., 2].min()) for sheet in item.sheets) > -1.5


@pytest.mark.parametrize("decoy", DECOYS)
def test_a_decoy_changes_print_and_no_geometry(designs: dict[str, Design], decoy: str) -> None:
    for design in designs.values():
        before = design.build(Form.WHOLE, "clear", COARSE)
        after = replace(design, decoy=decoy).build(Form.WHOLE, "clear", COARSE)
        reprinted = 0
        for one, other in zip(before.sheets, after.sheets, strict=True):
            assert np.array_equal(one.points, other.points)
            assert other.hurt is None
            assert other.scar is None
            assert (one.texture[..., 3] < 128).any() == (other.texture[..., 3] < 128).any()
            reprinted += not np.array_equal(one.texture, other.texture)
        assert reprinted >= 1, design.kind.name
        assert after.puddle is None
        assert not after.missing


def test_the_references_of_a_decoy_show_the_same_print(designs: dict[str, Design]) -> None:
    design = replace(designs["carton"], decoy="hole")
    prints = [design.build(Form.WHOLE, state, COARSE) for state in ("clear", "clear")]
    assert bytes_of(prints[0]) == bytes_of(prints[1])


@pytest.mark.parametrize("kind", negatives.NEGATIVES)
def test_a_hard_negative_changes_the_item_and_hurts_nothing(designs: dict[str, Design], kind: str) -> None:
    for design in designs.values():
        before = design.build(Form.WHOLE, "clear", COARSE)
        after = negatives.apply(before, kind, np.random.default_rng(2))
        assert bytes_of(before) != bytes_of(after)
        assert after.puddle is None
        assert not after.missing
        assert all(sheet.hurt is None and sheet.scar is None for sheet in after.sheets)
        for one, other in zip(before.sheets, after.sheets, strict=False):
            assert np.abs(one.points - other.points).max() < 4.0


def test_an_unknown_hard_negative_is_refused(designs: dict[str, Design]) -> None:
    with pytest.raises(InputError, match="tape"):
        negatives.apply(
            designs["jar"].build(Form.WHOLE, "clear", COARSE), "glitter", np.random.default_rng(0)
        )


def test_coarser_print_is_smaller_and_shows_the_same(designs: dict[str, Design]) -> None:
    fine = designs["carton"].build(Form.WHOLE, "clear")
    coarse = designs["carton"].build(Form.WHOLE, "clear", COARSE)
    for one, other in zip(fine.sheets, coarse.sheets, strict=True):
        assert np.array_equal(one.points, other.points)
        means = [sheet.texture[..., :3].mean() for sheet in (one, other)]
        assert means[0] == pytest.approx(means[1], abs=12)
    assert fine.sheets[0].texture.size > 6 * coarse.sheets[0].texture.size
