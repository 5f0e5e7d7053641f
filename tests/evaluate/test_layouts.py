"""Folders are read in any known layout, and refused in one clear line in any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from booth.errors import InputError
from booth.evaluate.layouts import PHOTO, DamageSet, Item, read_layout
from tests.evaluate.stand_ins import write_flat, write_picture, write_trained


def names(items: tuple[Item, ...]) -> list[str]:
    return [shot.path.stem for item in items for shot in item.shots]


@pytest.mark.parametrize("folders", [("normal", "anomaly"), ("intact", "damaged")])
def test_both_flat_layouts_are_read(tmp_path: Path, folders: tuple[str, str]) -> None:
    found = read_layout(write_flat(tmp_path, 3, 2, folders))
    assert (names(found.pool), names(found.good), len(found.bad)) == (["00", "01", "02"],) * 2 + (2,)
    assert {shot.view for item in found.good for shot in item.shots} == {PHOTO}


def test_heat_maps_that_an_inspection_left_beside_pictures_are_not_counted(tmp_path: Path) -> None:
    folder = write_flat(tmp_path, 3, 2)
    for label in ("normal", "anomaly"):
        write_picture(folder / label / "00.heat.png", 9)
    found = read_layout(folder)
    assert (len(found.pool), len(found.bad)) == (3, 2)


def test_with_a_train_folder_all_of_test_is_scored(tmp_path: Path) -> None:
    found = read_layout(write_trained(tmp_path))
    drawn, good = found.draw(5, seed=0)
    assert (len(drawn), len(good), len(found.bad)) == (5, 5, 10)
    assert all("train" in item.shots[0].path.parts for item in drawn)


@pytest.mark.parametrize("seed", range(4))
def test_references_are_the_documented_draw_and_are_left_out(tmp_path: Path, seed: int) -> None:
    found = read_layout(write_flat(tmp_path, 9, 2))
    paths = np.array(sorted((tmp_path / "normal").iterdir()), dtype=object)
    expected = np.random.default_rng(seed).choice(paths, 4, replace=False).tolist()
    drawn, left = found.draw(4, seed)
    assert [item.shots[0].path for item in drawn] == expected
    assert {item.shots[0].path for item in left} == set(paths) - set(expected)


def test_a_group_joins_the_views_of_an_item(tmp_path: Path) -> None:
    for kind in ("intact", "damaged"):
        for serial in ("0012", "0034", "0056"):
            for side in ("top", "side"):
                write_picture(tmp_path / kind / f"{serial}_{side}.jpg", 90)
    for group in (r"^\d+", r"^(\d+)_"):
        found = read_layout(tmp_path, group=group)
        assert (len(found.pool), len(found.bad)) == (3, 3), "two folders are never joined"
        assert [shot.view for shot in found.pool[0].shots] == ["_side", "_top"]
    drawn, left = found.draw(1, seed=0)
    assert (len(drawn[0].shots), len(left)) == (2, 2)


def test_a_view_selects_files_by_name(tmp_path: Path) -> None:
    for kind in ("intact", "damaged"):
        for side in ("top", "side"):
            write_picture(tmp_path / kind / f"1_{side}.jpg", 90)
    found = read_layout(tmp_path, view="*_top*")
    assert names((*found.pool, *found.bad)) == ["1_top", "1_top"]
    with pytest.raises(InputError, match="fits the view"):
        read_layout(tmp_path, view="*_back*")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such folder"):
        read_layout(tmp_path / "none")


def test_an_unknown_layout_names_the_three_known_ones(tmp_path: Path) -> None:
    (tmp_path / "normal").mkdir()
    with pytest.raises(InputError, match=r"normal/ anomaly/, intact/ damaged/, or train/good/"):
        read_layout(tmp_path)


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    write_picture(tmp_path / "normal" / "1.png", 9)
    (tmp_path / "anomaly").mkdir()
    (tmp_path / "anomaly" / "notes.txt").write_text("none yet")
    with pytest.raises(InputError, match="no pictures"):
        read_layout(tmp_path)


def test_a_test_folder_without_bad_pictures_is_told(tmp_path: Path) -> None:
    write_picture(tmp_path / "train" / "good" / "1.png", 9)
    write_picture(tmp_path / "test" / "good" / "1.png", 9)
    with pytest.raises(InputError, match="no folder of bad pictures"):
        read_layout(tmp_path)


@pytest.mark.parametrize(
    ("group", "word"), [("([", "not a regular expression"), ("^[a-z]+$", "does not fit")]
)
def test_a_wrong_group_is_told(tmp_path: Path, group: str, word: str) -> None:
    with pytest.raises(InputError, match=word):
        read_layout(write_flat(tmp_path), group=group)


def test_too_many_references_are_told(tmp_path: Path) -> None:
    found: DamageSet = read_layout(write_flat(tmp_path, 3, 2))
    with pytest.raises(InputError, match="there are 3 good items"):
        found.draw(4, 0)
    with pytest.raises(InputError, match="leave no good item"):
        found.draw(3, 0)
