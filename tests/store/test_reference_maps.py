"""References keep heights, item maps, depth and design beside their patches; old galleries have none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from booth.domain.percept import Gallery, Reference
from booth.errors import StoreError
from booth.store.database import open_database, reading, writing
from booth.store.feature_files import decode_maps, encode_maps
from booth.store.gallery_schema import FILE_NAME, MIGRATIONS
from booth.store.reference_choice import MOST_GIVEN, TURNED_UP_TO, evenly
from booth.store.reference_files import DEPTH, PICTURE
from booth.store.reference_rows import Source
from booth.store.references import References, reference_id_of

GTIN = "4006381333931"
RGB = np.random.default_rng(0).integers(0, 255, (16, 20, 3)).astype(np.uint8)
DEPTH_MM = np.random.default_rng(1).integers(300, 900, (16, 20)).astype(np.uint16)


def picture(seed: int) -> np.ndarray:
    return RGB + np.uint8(seed % 256)


def reference(seed: int = 0, *, mapped: bool = True, variant: int = 0) -> Reference:
    rng = np.random.default_rng(seed)
    patches = rng.normal(size=(4, 4, 6)).astype(np.float16).astype(np.float32)
    heights = rng.uniform(0, 90, (4, 4)).astype(np.float32)
    heights[0, 0] = np.nan
    item = rng.uniform(0, 1, (4, 4)).astype(np.float32)
    maps = (heights, item) if mapped else (None, None)
    return Reference(reference_id_of(picture(seed)), "top", "t1", patches, variant, *maps)


def gallery_of(references: References, trunk: str = "t1") -> Gallery:
    found = references.of(GTIN, trunk)
    assert found is not None
    return found


def test_heights_and_item_map_come_back_as_they_were_kept_turns_among_them(tmp_path: Path) -> None:
    turn = replace(reference(3, variant=1), item=None)
    assert References(tmp_path).add(GTIN, "2", reference(), RGB, [turn])
    kept, turned = gallery_of(References(tmp_path)).references
    assert kept.heights_mm is not None
    assert kept.item is not None
    np.testing.assert_array_equal(kept.heights_mm, reference().heights_mm)
    np.testing.assert_array_equal(kept.item, reference().item)
    assert turned.heights_mm is not None
    np.testing.assert_array_equal(turned.heights_mm, turn.heights_mm)
    assert turned.item is None
    assert {kept.design, turned.design} == {"2"}


def test_a_reference_without_maps_has_none(tmp_path: Path) -> None:
    references = References(tmp_path)
    references.add(GTIN, "1", reference(mapped=False), RGB)
    (kept,) = gallery_of(references).references
    assert kept.heights_mm is None
    assert kept.item is None


def test_one_gallery_has_the_references_of_every_design(tmp_path: Path) -> None:
    references = References(tmp_path)
    for seed, design in ((0, "1"), (1, "1"), (2, "2")):
        references.add(GTIN, design, reference(seed), picture(seed))
    gallery = gallery_of(references)
    assert [one.design for one in gallery.references] == ["1", "1", "2"]
    assert gallery.design == "1, 2"


def test_depth_is_kept_beside_the_picture(tmp_path: Path) -> None:
    references = References(tmp_path)
    references.add(GTIN, "1", reference(), RGB, depth_mm=DEPTH_MM, source=Source("jo", calibration="c-7"))
    picture = References(tmp_path).picture(GTIN, "1", reference())
    np.testing.assert_array_equal(picture.rgb, RGB)
    assert picture.depth_mm is not None
    np.testing.assert_array_equal(picture.depth_mm, DEPTH_MM)


def test_depth_that_comes_later_is_added_once(tmp_path: Path) -> None:
    references = References(tmp_path)
    given = [None, DEPTH_MM, DEPTH_MM, None]
    added = [references.add(GTIN, "1", reference(), RGB, depth_mm=depth) for depth in given]
    assert added == [True, True, False, False]
    assert references.picture(GTIN, "1", reference()).depth_mm is not None


@pytest.mark.parametrize("name", [DEPTH, "maps"])
def test_a_damaged_depth_or_map_is_never_given_out_and_mended_by_enrolling_again(
    tmp_path: Path, name: str
) -> None:
    references = References(tmp_path)
    references.add(GTIN, "1", reference(), RGB, depth_mm=DEPTH_MM)
    (file,) = (tmp_path / "gallery" / "kept").glob(f"*/{name}*")
    file.write_bytes(file.read_bytes()[:-1])
    by_name: dict[str, Callable[[], object]] = {DEPTH: partial(references.picture, GTIN, "1", reference())}
    read = by_name.get(name, partial(references.of, GTIN, "t1"))
    with pytest.raises(StoreError, match="has changed since it was enrolled"):
        read()
    assert references.add(GTIN, "1", reference(), RGB, depth_mm=DEPTH_MM)
    assert len(gallery_of(references).references) == 1
    assert references.picture(GTIN, "1", reference()).depth_mm is not None


def test_features_of_an_older_trunk_are_removed_once_the_new_ones_count(tmp_path: Path) -> None:
    references = References(tmp_path)
    references.add(GTIN, "1", reference(), RGB)
    references.add(GTIN, "1", replace(reference(mapped=False), trunk="t2"), RGB)
    (folder,) = (tmp_path / "gallery" / "kept").iterdir()
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 2
    assert PICTURE in names
    assert gallery_of(references, "t2").references[0].heights_mm is None


def test_a_gallery_from_before_maps_were_kept_goes_on(tmp_path: Path) -> None:
    old = open_database(tmp_path / FILE_NAME, MIGRATIONS[:3])
    row = "'4006381333931', '1', 'top', 'ab', 'active', '2026-01-01T00:00:00+00:00', 't1', 'f', 'x.npy', '00'"
    columns = 'gtin, design, "view", reference_id, state, enrolled_at, trunk, folder, features, sha256'
    with writing(old) as connection:
        connection.execute(text(f"INSERT INTO reference ({columns}) VALUES ({row})"))
    old.dispose()
    references = References(tmp_path)
    assert [(each.references, each.state) for each in references.listing()] == [(1, "active")]
    with reading(open_database(tmp_path / FILE_NAME, MIGRATIONS)) as connection:
        changes = connection.execute(text("SELECT was, became, why FROM change")).all()
    assert [tuple(change) for change in changes] == [("", "active", "enrolled before changes were kept")]


def test_of_very_many_references_so_many_are_compared_with_as_memory_bears(tmp_path: Path) -> None:
    references = References(tmp_path)
    count = MOST_GIVEN + 5
    for seed in range(count):
        turn = replace(reference(seed), variant=1)
        references.add(GTIN, "1", reference(seed), picture(seed), [turn])
    gallery = gallery_of(references)
    assert len(gallery.references) == MOST_GIVEN
    assert all(one.variant == 0 for one in gallery.references)
    ids = [reference(seed).reference_id for seed in (0, count - 1)]
    assert [gallery.references[0].reference_id, gallery.references[-1].reference_id] == ids
    assert gallery_of(references) is gallery, "it is held like any other"


def test_few_references_are_compared_with_turns_and_all(tmp_path: Path) -> None:
    references = References(tmp_path)
    for seed in range(TURNED_UP_TO):
        turn = replace(reference(seed), variant=1)
        references.add(GTIN, "1", reference(seed), picture(seed), [turn])
    assert len(gallery_of(references).references) == 2 * TURNED_UP_TO


def test_evenly_takes_the_first_and_the_last() -> None:
    assert evenly(range(100), 4) == [0, 33, 66, 99]
    assert evenly([1, 2], 4) == [1, 2]


def test_maps_of_another_grid_are_refused() -> None:
    with pytest.raises(StoreError, match="does not lie on the patches' grid"):
        encode_maps([(np.zeros((3, 4), np.float32), None)], (4, 4))


@pytest.mark.parametrize("data", [b"", b"text", b"\x93NUMPY\x01\x00"])
def test_what_is_no_file_of_maps_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError, match="is not a file of"):
        decode_maps("x.npy", data)
