"""Galleries survive on disk, name their trunk, and never give out what has changed."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from booth.domain.percept import Gallery, Reference
from booth.errors import StoreError
from booth.store.feature_files import decode_features, encode_features
from booth.store.gallery_schema import ReferenceState
from booth.store.reference_files import PICTURE
from booth.store.references import References, reference_id_of

GTIN = "4006381333931"


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (16, 20, 3)).astype(np.uint8)


def reference(seed: int, trunk: str = "t1", view: str = "top") -> Reference:
    patches = np.random.default_rng(seed).normal(size=(4, 4, 6)).astype(np.float16).astype(np.float32)
    return Reference(reference_id_of(picture(seed)), view, trunk, patches)


def add(references: References, seed: int, trunk: str = "t1", view: str = "top", design: str = "1") -> bool:
    return references.add(GTIN, design, reference(seed, trunk, view), picture(seed))


def gallery_of(references: References, trunk: str = "t1") -> Gallery:
    found = references.of(GTIN, trunk)
    assert found is not None
    return found


def test_a_reference_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    turned = replace(reference(1), patches=reference(2).patches, variant=1)
    assert References(tmp_path).add(GTIN, "1", reference(1), picture(1), [turned])
    reopened = References(tmp_path)
    kept, variant = gallery_of(reopened).references
    assert (kept.reference_id, kept.view, kept.trunk, kept.variant) == (
        reference(1).reference_id,
        "top",
        "t1",
        0,
    )
    assert np.array_equal(kept.patches, reference(1).patches)
    assert variant.variant == 1
    assert np.array_equal(variant.patches, turned.patches)
    assert np.array_equal(reopened.picture(GTIN, "1", kept).rgb, picture(1))


def test_the_same_picture_is_kept_once(tmp_path: Path) -> None:
    references = References(tmp_path)
    assert [add(references, 1), add(references, 1), add(references, 1, view="side")] == [True, False, True]


def test_an_unknown_product_or_trunk_has_no_gallery(tmp_path: Path) -> None:
    references = References(tmp_path)
    add(references, 1)
    assert references.of("5449000000996", "t1") is None
    assert references.of(GTIN, "t2") is None


def test_another_trunk_takes_the_place_of_the_old_features(tmp_path: Path) -> None:
    references = References(tmp_path)
    add(references, 1)
    assert add(references, 1, trunk="t2")
    assert references.of(GTIN, "t1") is None
    assert len(gallery_of(references, "t2").references) == 1
    assert [row.trunk for row in references.listing()] == ["t2"]


def test_the_version_changes_with_every_reference(tmp_path: Path) -> None:
    references = References(tmp_path)
    add(references, 1)
    first = gallery_of(references)
    assert gallery_of(references) is first, "an unchanged gallery is not read again"
    add(references, 2)
    assert gallery_of(references).version != first.version
    assert gallery_of(References(tmp_path)).version == gallery_of(references).version


def test_the_listing_counts_by_design_view_and_trunk(tmp_path: Path) -> None:
    references = References(tmp_path)
    for seed, view, design in ((1, "top", "1"), (2, "top", "1"), (3, "side", "1"), (4, "top", "2")):
        add(references, seed, view=view, design=design)
    rows = [(row.design, row.view, row.references, row.state) for row in references.listing()]
    active = ReferenceState.ACTIVE
    assert rows == [("1", "side", 1, active), ("1", "top", 2, active), ("2", "top", 1, active)]
    assert all(row.gtin == GTIN and row.trunk == "t1" and row.enrolled_at for row in references.listing())


def test_features_that_changed_on_disk_are_not_given_out(tmp_path: Path) -> None:
    add(References(tmp_path), 1)
    (file,) = (tmp_path / "gallery" / "kept").glob("*/features-*.npy")
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    with pytest.raises(StoreError, match="has changed since it was enrolled"):
        References(tmp_path).of(GTIN, "t1")
    file.unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        References(tmp_path).of(GTIN, "t1")


def features_files(root: Path) -> list[Path]:
    return sorted((root / "gallery" / "kept").glob("*/features-*.npy"))


def test_a_damaged_reference_is_left_out_and_told_while_another_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    references = References(tmp_path)
    add(references, 1)
    add(references, 2)
    whole = gallery_of(references)
    features_files(tmp_path)[0].unlink()
    fresh = References(tmp_path)
    lacking = gallery_of(fresh)
    assert len(lacking.references) == 1
    assert lacking.version != whole.version
    assert features_files(tmp_path)[0].parent.name not in caplog.text
    assert "enrol its picture again" in caplog.text


@pytest.mark.parametrize("what", ["features", "picture", "folder"])
def test_enrolling_the_picture_again_mends_a_damaged_reference(tmp_path: Path, what: str) -> None:
    references = References(tmp_path)
    add(references, 1)
    add(references, 2)
    whole = gallery_of(references)
    (features, _) = features_files(tmp_path)
    if what == "features":
        features.write_bytes(features.read_bytes()[:-1])
    elif what == "picture":
        (features.parent / PICTURE).unlink()
    else:
        shutil.rmtree(features.parent)
    running = References(tmp_path)
    gallery_of(running)
    assert sorted(add(References(tmp_path), seed) for seed in (1, 2)) == [False, True]
    mended = gallery_of(running)
    assert mended.version == whole.version, "a running booth sees it without a new start"
    assert len(mended.references) == 2
    assert all(running.picture(GTIN, "1", one).rgb.shape == (16, 20, 3) for one in mended.references)


def test_memory_holds_a_bounded_number_of_galleries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booth.store.references.CACHED_BYTES", 2 * reference(1).patches.nbytes)
    references = References(tmp_path)
    gtins = ("4006381333931", "5449000000996", "9638507400004")
    for gtin in gtins:
        references.add(gtin, "1", reference(1), picture(1))
    first, *_ = [references.of(gtin, "t1") for gtin in gtins[:2]]
    assert references.of(gtins[0], "t1") is first, "it was asked for last"
    third = references.of(gtins[2], "t1")
    assert references.of(gtins[0], "t1") is first
    assert references.of(gtins[2], "t1") is third
    second = references.of(gtins[1], "t1")
    assert references.of(gtins[1], "t1") is second
    assert references.of(gtins[0], "t1") is not first


def test_files_that_a_crash_left_without_a_row_do_not_stand_in_the_way(tmp_path: Path) -> None:
    references = References(tmp_path)
    add(references, 1)
    (folder,) = (tmp_path / "gallery" / "kept").iterdir()
    aside = tmp_path / "aside"
    folder.rename(aside)
    other = tmp_path / "other"
    fresh = References(other)
    os.makedirs(other / "gallery" / "kept")
    aside.rename(other / "gallery" / "kept" / folder.name)
    assert add(fresh, 1)
    assert len(gallery_of(fresh).references) == 1


def test_a_hostile_gtin_or_view_never_becomes_a_path(tmp_path: Path) -> None:
    references = References(tmp_path / "root")
    hostile = Reference("../../x", "../../../etc", "../t", reference(1).patches)
    assert references.add("../../../tmp", "../", hostile, picture(1))
    outside = [path for path in tmp_path.iterdir() if path.name != "root"]
    assert outside == []
    assert all(len(path.name) == 32 for path in (tmp_path / "root" / "gallery" / "kept").iterdir())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    hnp.arrays(
        np.float16,
        hnp.array_shapes(min_dims=4, max_dims=4, max_side=4),
        elements=st.floats(-1000, 1000, width=16),
    )
)
def test_features_survive_the_round_trip(stacked: np.ndarray) -> None:
    variants = list(stacked.astype(np.float32))
    back = decode_features("x.npy", encode_features(variants))
    assert len(back) == len(variants)
    assert all(np.array_equal(one, two) for one, two in zip(back, variants, strict=True))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
def test_features_that_half_precision_cannot_hold_are_refused(value: float) -> None:
    with pytest.raises(StoreError, match="not finite, or too large"):
        encode_features([np.full((2, 2, 2), value, np.float32)])


def test_features_of_two_shapes_are_refused() -> None:
    with pytest.raises(StoreError, match="one shape"):
        encode_features([np.zeros((2, 2, 2), np.float32), np.zeros((2, 2, 3), np.float32)])


@pytest.mark.parametrize("data", [b"", b"text", b"\x93NUMPY\x01\x00"])
def test_what_is_no_file_of_features_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError, match="is not a file of features"):
        decode_features("x.npy", data)
