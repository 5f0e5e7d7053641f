"""Captured sets of made-up products: one seed, one set of bytes; true masks; one error for a bad folder."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from booth.domain.terms import DamageType, Severity
from booth.errors import InputError
from booth.evaluate.captured import (
    CAPTURES,
    ITEM,
    RIGS,
    TABLE,
    VIEWS,
    CapturedItem,
    CapturedSet,
    read_captured,
)
from booth.store.picture_files import read_picture
from models.synthetic.captures import MINOR_LIMITS, Plan, type_of
from models.synthetic.command import synthesize, write_set
from models.synthetic.contact import ACROSS, SIDE_PX, write_sheet
from models.synthetic.products import FAMILIES

PLAN = Plan(seed=5, references=1, pristine=1, damaged=2)
PRODUCTS = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("set") / "captures"
    write_set(PLAN, PRODUCTS, out, 1, lambda done, total: None)
    return out


@pytest.fixture(scope="module")
def found(folder: Path) -> CapturedSet:
    return read_captured(folder)


def test_every_product_has_its_references_its_good_and_its_damaged_items(found: CapturedSet) -> None:
    roles = ["reference", "pristine", "damaged", "damaged"]
    assert [item.role for item in found.items] == roles * PRODUCTS
    assert len({item.product for item in found.items}) == PRODUCTS
    assert [item.damage for item in found.items if item.role == "damaged"] == list(DamageType)[:4]
    assert all(not item.procedure and item.severity is Severity.NONE for item in found.items[:2])


@pytest.mark.parametrize("damaged", [1, 2, 3, 4, 5, 6, 9])
def test_types_are_equally_frequent_and_every_family_meets_all_of_them(damaged: int) -> None:
    products = 24 * len(DamageType)
    drawn = [
        (number, type_of(number, damaged, index)) for number in range(products) for index in range(damaged)
    ]
    assert set(Counter(kind for _, kind in drawn).values()) == {products * damaged // len(DamageType)}
    assert len({(number % len(FAMILIES), kind) for number, kind in drawn}) == len(FAMILIES) * len(DamageType)


def test_what_is_told_of_a_set_while_it_is_written_ends_at_all_of_it(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_set(Plan(5, 1, 0, 0), 1, tmp_path / "one", 1, lambda done, total: told.append((done, total)))
    assert told == [(1, 1)]


def test_masks_tell_the_type_and_the_share_of_the_damage_and_nothing_of_good_items(
    folder: Path, found: CapturedSet
) -> None:
    for item in found.items:
        masks = found.masks(item)
        if item.damage is None:
            assert not any(mask.any() for mask in masks.values())
            continue
        number = 1 + list(DamageType).index(item.damage)
        assert set(np.unique(np.stack(list(masks.values())))) == {0, number}
        shares = [(mask > 0).sum() / _item_pixels(folder, item, view) for view, mask in masks.items()]
        assert item.share == pytest.approx(max(shares), abs=1e-5)
        assert (item.severity is Severity.MINOR) == (item.share <= MINOR_LIMITS[1])


def test_an_item_is_whole_in_its_pictures_and_rises_above_the_empty_tray(
    folder: Path, found: CapturedSet
) -> None:
    for item in found.items:
        empty = found.rigs[item.rig].empty_tray
        for view in found.views(item):
            shown = _item_mask(folder, item, view.name)
            assert not any(edge.any() for edge in (shown[0], shown[-1], shown[:, 0], shown[:, -1]))
            before, now = empty[view.name].depth_mm, view.frame.depth_mm
            assert before is not None
            assert now is not None
            read = shown & (before > 0) & (now > 0)
            assert np.median(before[read].astype(float) - now[read]) > 5.0


def test_depth_has_holes_and_the_views_of_different_rigs_differ(found: CapturedSet) -> None:
    depths = [view.frame.depth_mm for item in found.items for view in found.views(item)]
    assert all(depth is not None and 0.002 < (depth == 0).mean() < 0.05 for depth in depths)
    poses = {rig.cameras["top"].tray_from_camera for rig in found.rigs.values()}
    assert len(poses) > 1


def test_the_same_seed_gives_the_same_bytes_however_many_processes_write_them(
    folder: Path, tmp_path: Path
) -> None:
    write_set(PLAN, PRODUCTS, tmp_path / "again", 2, lambda done, total: None)
    assert _bytes_of(tmp_path / "again") == _bytes_of(folder)


def test_another_seed_gives_other_products(found: CapturedSet, tmp_path: Path) -> None:
    rows = write_set(Plan(6, 1, 0, 0), 1, tmp_path / "other", 1, lambda done, total: None)
    assert {row.gtin for row in rows}.isdisjoint(item.gtin for item in found.items)


def test_a_folder_that_is_not_empty_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(InputError, match="not empty"):
        write_set(PLAN, 1, tmp_path, 1, lambda done, total: None)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="not empty"):
        write_set(PLAN, 1, tmp_path / "file", 1, lambda done, total: None)


def test_nothing_to_write_is_refused_before_a_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to write"):
        synthesize(items=9, out=tmp_path / "none", references=0, pristine=0, damaged=0)
    assert not (tmp_path / "none").exists()


def test_a_sheet_shows_a_row_for_every_type_and_severity(found: CapturedSet, tmp_path: Path) -> None:
    write_sheet(tmp_path / "sheet.png", found)
    kinds = {(item.damage, item.severity) for item in found.items if item.damage is not None}
    assert read_picture(tmp_path / "sheet.png").shape == (SIDE_PX * len(kinds), SIDE_PX * ACROSS, 3)


def test_a_sheet_of_no_damage_and_a_sheet_nowhere_are_refused(found: CapturedSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no damaged item"):
        write_sheet(tmp_path / "sheet.png", replace(found, items=found.items[:2]))
    with pytest.raises(InputError, match="cannot be written"):
        write_sheet(tmp_path / "none" / "sheet.png", found)
    with pytest.raises(InputError, match="--sheet"):
        synthesize(items=9, out=tmp_path / "set", sheet=tmp_path / "none" / "sheet.png")
    assert not list(tmp_path.iterdir())


def test_a_set_that_was_broken_off_has_no_table_and_is_not_read(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_set(Plan(5, 1, 0, 0), 1, tmp_path / "half", 1, stop)
    assert not (tmp_path / "half" / TABLE).exists()
    with pytest.raises(InputError):
        read_captured(tmp_path / "half")


def _item_mask(folder: Path, item: CapturedItem, view: str) -> np.ndarray:
    return read_picture(folder / CAPTURES / item.item_id / f"{view}{ITEM}")[..., 0] > 0


def _item_pixels(folder: Path, item: CapturedItem, view: str) -> int:
    return int(_item_mask(folder, item, view).sum())


def _bytes_of(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.is_relative_to(folder / RIGS) for path in paths)
    assert len(VIEWS) == len({path.stem for path in paths if path.suffix == ".jpg"})
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}
