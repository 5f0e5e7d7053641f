"""Lens files of other tools and of the booth itself: what can be read, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from booth.calibration.lens.files import read_lenses, read_places
from booth.domain.picture import Intrinsics
from booth.errors import InputError

GOOD = """
[cam_0]
size = [640, 480]
matrix = [[500.0, 0, 320], [0, 501, 240], [0, 0, 1]]
distortions = [0.1, 0.0, 0.0, 0.0, 0.0]
rotation = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
translation = [0.1, 0.2, 0.5]
[charuco]
columns = 4
"""
LENS = Intrinsics(640, 480, 500.0, 501.0, 320.0, 240.0, (0.1, 0.0, 0.0, 0.0, 0.0))


@pytest.mark.parametrize("text", [GOOD, GOOD.replace("[cam_0]", "[cameras.0]")])
def test_both_forms_of_table_are_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)

    assert read_lenses(path) == {"cam_0": LENS}


def test_what_the_booth_prints_for_one_camera_is_read(tmp_path: Path) -> None:
    path = tmp_path / "left.json"
    table = {
        "camera": "left",
        "size_px": [640, 480],
        "camera_matrix": LENS.matrix().tolist(),
        "distortion": list(LENS.distortion),
        "rms_px": 0.2,
    }
    path.write_text(json.dumps(table))

    assert read_lenses(path) == {"left": LENS}
    assert read_lenses(path, "cam_3") == {"cam_3": LENS}


def test_places_become_mm_from_the_camera_to_the_world(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD)

    place = read_places(path)["cam_0"]

    np.testing.assert_allclose(place @ [100, 200, 500, 1], [0, 0, 0, 1], atol=1e-9)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no table cam_N"),
        ("cam_0 = 3", "no table cam_N"),
        ("[cam_0]\n", "no 'size'"),
        ("[" * 5000, "TOML"),
        ("x = " + "[" * 5000, "TOML"),
        (GOOD.replace("matrix = [[500.0, 0, 320]", "matrix = [['a', 0, 320]"), "'matrix'"),
        (GOOD.replace("matrix = [[500.0, 0, 320], ", "matrix = ["), "'matrix'"),
        (GOOD.replace("500.0", "-500.0"), "no camera matrix"),
        (GOOD.replace("500.0", "nan"), "'matrix'"),
        (GOOD.replace("320]", "1e300]"), "centre"),
        (GOOD.replace("[0.1, 0.0", "[1e200, 0.0"), "not a lens's"),
        (GOOD.replace("[640, 480]", "[640, 10000000]"), "no size"),
        (GOOD.replace("[640, 480]", "[9223372036854775807, inf]"), "'size'"),
        (GOOD.replace("[0.1, 0.0, 0.0, 0.0, 0.0]", "[0.1]"), "1 numbers"),
        (GOOD.replace("[0.1, 0.0, 0.0, 0.0, 0.0]", str([0.0] * 1000)), "'distortions'"),
    ],
)
def test_a_hostile_file_gets_one_clear_word(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)

    with pytest.raises(InputError, match=said):
        read_lenses(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"3", b"\xff\xfe", b"[" * 100_000, b'{"camera": {}}'])
def test_json_that_is_no_lens_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lens.json"
    path.write_bytes(content)

    with pytest.raises(InputError, match=r"lens\.json"):
        read_lenses(path)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with path.open("wb") as file:
        file.truncate(10**9)

    with pytest.raises(InputError, match="not larger"):
        read_lenses(path)


def test_a_rotation_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD.replace("[[0, -1, 0]", "[[0, -2, 0]"))

    with pytest.raises(InputError, match="no rotation"):
        read_places(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_places(tmp_path / "nowhere.toml")
