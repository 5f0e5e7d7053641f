"""A calibration record is kept whole under its version, and comes back to the bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from booth.domain.picture import Picture
from booth.errors import StoreError
from booth.store.calibrations import Calibrations
from tests.fakes import empty_calibration


def test_a_record_comes_back_with_its_empty_tray_pictures(tmp_path: Path) -> None:
    depth_mm = np.arange(72 * 96, dtype=np.uint16).reshape(72, 96)
    top = Picture(np.full((72, 96, 3), 7, np.uint8), depth_mm)
    kept = replace(empty_calibration("top", "side"), empty_tray={"top": top})
    Calibrations(tmp_path).keep(kept)
    again = Calibrations(tmp_path).load(kept.version)
    assert again.cameras == kept.cameras
    assert again.tray_plane == kept.tray_plane
    assert np.array_equal(again.empty_tray["top"].rgb, top.rgb)
    assert again.empty_tray["top"].depth_mm is not None
    assert np.array_equal(again.empty_tray["top"].depth_mm, depth_mm)


def test_a_version_is_never_changed(tmp_path: Path) -> None:
    records = Calibrations(tmp_path)
    first = empty_calibration("top")
    records.keep(first)
    records.keep(replace(first, tray_plane=(0.0, 1.0, 0.0, 5.0)))
    assert records.load(first.version).tray_plane == first.tray_plane
    assert records.versions() == [first.version]


@pytest.mark.parametrize("version", ["nowhere", "../../etc", ""])
def test_a_version_that_is_not_there_or_hostile_is_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(StoreError):
        Calibrations(tmp_path).load(version)


def test_a_record_that_cannot_be_kept_gives_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "calibrations").write_text("a file where a folder belongs")
    with pytest.raises(StoreError, match="calibrations cannot be made"):
        Calibrations(tmp_path).keep(empty_calibration("top"))
    assert [path.name for path in tmp_path.iterdir()] == ["calibrations"]
