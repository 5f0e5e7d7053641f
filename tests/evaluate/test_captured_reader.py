"""Captured sets read back as they were written; what is cut short or hostile is refused in one line."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from booth.domain.picture import Calibration, CameraCalibration, Intrinsics
from booth.domain.terms import DamageType, Part, Severity
from booth.errors import InputError
from booth.evaluate.captured import (
    CAPTURES,
    COLUMNS,
    RIGS,
    TABLE,
    VIEWS,
    CapturedItem,
    is_captured_set,
    read_captured,
    row_of,
    write_rig,
)

WIDTH, HEIGHT = 16, 12
GOOD = CapturedItem("p0-r0", "4006381333931", "p0", "carton", "reference", rig="r0-90", seed=3)
TORN = CapturedItem(
    "p0-d0",
    "4006381333931",
    "p0",
    "carton",
    "damaged",
    decoy="hole",
    damage=DamageType.TEAR,
    procedure="strip",
    severity=Severity.MINOR,
    part=Part.PACKAGING,
    share=0.0125,
    held_out="family+procedure",
    material="board",
    rig="r0-90",
    seed=3,
    turn_deg=-171.5,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pose = tuple(float(value) for value in np.eye(4).reshape(-1))
    camera = CameraCalibration(Intrinsics(WIDTH, HEIGHT, 20.0, 20.0, 7.5, 5.5), pose)
    rig = tmp_path / RIGS / "r0-90"
    rig.mkdir(parents=True)
    write_rig(rig, Calibration("r0-90", dict.fromkeys(VIEWS, camera)))
    for view in VIEWS:
        _picture(rig / f"{view}.png", 90)
        _depth(rig / f"{view}.depth.png")
    for item in (GOOD, TORN):
        place = tmp_path / CAPTURES / item.item_id
        place.mkdir(parents=True)
        for view in VIEWS:
            _picture(place / f"{view}.jpg", 140)
            _depth(place / f"{view}.depth.png")
            mask = np.zeros((HEIGHT, WIDTH), np.uint8)
            mask[2:4, 3:9] = 2 if item is TORN else 0
            cv2.imwrite(str(place / f"{view}.mask.png"), mask)
    _table(tmp_path, GOOD, TORN)
    return tmp_path


def test_a_set_reads_back_as_it_was_written(folder: Path) -> None:
    found = read_captured(folder)
    assert is_captured_set(folder)
    assert found.items == (GOOD, TORN)
    assert set(found.rigs["r0-90"].empty_tray) == set(VIEWS)
    views = found.views(TORN)
    assert [view.name for view in views] == list(VIEWS)
    assert all(view.frame.rgb.shape == (HEIGHT, WIDTH, 3) for view in views)
    assert all(view.frame.depth_mm is not None and (view.frame.depth_mm == 640).all() for view in views)
    assert all(np.unique(mask).tolist() == [0, 2] for mask in found.masks(TORN).values())
    assert not any(mask.any() for mask in found.masks(GOOD).values())


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("item_id", "../../secret", "folder"),
        ("item_id", "/etc", "folder"),
        ("item_id", "", "folder"),
        ("rig", "..", "folder"),
        ("rig", "no-such-rig", "no-such-rig"),
        ("role", "scrap", "scrap"),
        ("damage", "melted", "melted"),
        ("severity", "fatal", "fatal"),
        ("part", "soul", "soul"),
        ("share", "nan", "share"),
        ("share", "-0.1", "share"),
        ("share", "much", "much"),
        ("turn_deg", "inf", "turn_deg"),
        ("seed", "first", "first"),
    ],
)
def test_a_row_that_says_what_cannot_be_is_refused_by_its_word(
    folder: Path, column: str, value: str, named: str
) -> None:
    _table(folder, GOOD, TORN, last={column: value})
    with pytest.raises(InputError, match=named):
        read_captured(folder)


def _cut(table: Path) -> None:
    table.write_bytes(table.read_bytes()[:-30])


def _without_a_column(table: Path) -> None:
    table.write_text(table.read_text("utf-8").replace("severity", "grade"), "utf-8")


def _bare_header(table: Path) -> None:
    table.write_text(",".join(COLUMNS) + "\n", "utf-8")


SPOILT: dict[str, Callable[[Path], object]] = {
    "gone": lambda table: table.unlink(),
    "empty": lambda table: table.write_bytes(b""),
    "only a header": _bare_header,
    "cut short": _cut,
    "a column too few": _without_a_column,
    "no text": lambda table: table.write_bytes(b"\xff\xfe\x00\x00" * 9),
    "an open quote": lambda table: table.write_text(table.read_text("utf-8") + '"p9', "utf-8"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_table_is_one_clear_error(folder: Path, how: str) -> None:
    SPOILT[how](folder / TABLE)
    with pytest.raises(InputError, match=r"items\.csv"):
        read_captured(folder)


def test_an_item_named_twice_is_refused(folder: Path) -> None:
    _table(folder, TORN, TORN)
    with pytest.raises(InputError, match="twice"):
        read_captured(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert not is_captured_set(tmp_path / "none")
    with pytest.raises(InputError):
        read_captured(tmp_path / "none")


def test_a_calibration_cut_short_is_refused(folder: Path) -> None:
    path = folder / RIGS / "r0-90" / "calibration.json"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(InputError, match=r"calibration\.json"):
        read_captured(folder)


@pytest.mark.parametrize("name", ["top.jpg", "side.depth.png"])
def test_a_picture_cut_short_is_refused_when_it_is_asked_for(folder: Path, name: str) -> None:
    found = read_captured(folder)
    path = folder / CAPTURES / TORN.item_id / name
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match=name):
        found.views(TORN)
    assert len(found.views(GOOD)) == len(VIEWS)


def test_a_picture_of_another_size_than_its_camera_is_refused(folder: Path) -> None:
    found = read_captured(folder)
    cv2.imwrite(str(folder / CAPTURES / GOOD.item_id / "top.jpg"), np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(InputError, match="differ in size"):
        found.views(GOOD)


def _table(folder: Path, *items: CapturedItem, last: dict[str, str] | None = None) -> None:
    rows = [row_of(item) for item in items]
    rows[-1].update(last or {})
    with (folder / TABLE).open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _picture(path: Path, level: int) -> None:
    cv2.imwrite(str(path), np.full((HEIGHT, WIDTH, 3), level, np.uint8))


def _depth(path: Path) -> None:
    cv2.imwrite(str(path), np.full((HEIGHT, WIDTH), 640, np.uint16))
