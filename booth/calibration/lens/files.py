"""Reads lenses, and where cameras stand, from files that other tools or the booth itself have written."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from booth.calibration.poses import inverse, transform
from booth.domain.picture import Intrinsics
from booth.errors import InputError

Floats = NDArray[np.float64]

MAX_BYTES = 4 * 2**20
MAX_SIDE_PX = 16_384
COEFFICIENTS = (0, 4, 5, 8, 12, 14)
"""How many distortion coefficients OpenCV knows what to do with (`projectPoints`)."""
FURTHEST = 3.0
"""Half pictures from the middle to the optical axis; one cut from a larger picture may have it outside."""
STRONGEST = 1e4
"""No coefficient that was fitted is near it, those of the rational model neither."""
M_TO_MM = 1000.0


def read_lenses(path: Path, camera_id: str = "") -> dict[str, Intrinsics]:
    """The lens of each camera in a file.

    A TOML file has a table `cam_N`, or `cameras.N`, for each camera, with `size`, `matrix` and `distortions`
    (as the caliscope project writes them); its cameras are called `cam_N`. A JSON file is what
    `booth calibrate intrinsics --json` prints for one camera.

    Args:
        camera_id: what the camera of a JSON file is called, when not as the file says.

    Raises:
        InputError: it cannot be read, or holds no lens that can be.
    """
    if path.suffix.lower() != ".json":
        keys = ("size", "matrix", "distortions")
        return {name: _lens(path, name, table, keys) for name, table in _tables(path).items()}
    table = _parsed(path, "JSON", json.loads)
    name = camera_id or str(table.get("camera") or "camera")
    return {name: _lens(path, name, table, ("size_px", "camera_matrix", "distortion"))}


def read_places(path: Path) -> dict[str, Floats]:
    """`world_from_camera`, (4, 4) in mm, of each camera of such a TOML file.

    The file's `rotation` and `translation`, in m, take a point from the world to the camera.

    Raises:
        InputError: it cannot be read, or a camera has no place in it.
    """
    places = {}
    for name, table in _tables(path).items():
        rotation = _numbers(path, name, table, "rotation", (3, 3))
        if np.abs(rotation @ rotation.T - np.eye(3)).max() > 1e-3 or np.linalg.det(rotation) < 0:
            raise InputError(f"{path}: {name}: 'rotation' is no rotation")
        shift = _numbers(path, name, table, "translation", (3,)) * M_TO_MM
        places[name] = inverse(transform(rotation, shift))
    return places


def _tables(path: Path) -> Mapping[str, Mapping[str, Any]]:
    whole = _parsed(path, "TOML", tomllib.loads)
    inner = whole.get("cameras")
    named = {f"cam_{key}": value for key, value in inner.items()} if isinstance(inner, dict) else whole
    tables: Mapping[str, Any] = {key: named[key] for key in named if key.startswith("cam_")}
    found = {key: table for key, table in tables.items() if isinstance(table, dict)}
    if not found:
        raise InputError(f"{path}: it has no table cam_N, nor cameras.N, with a camera's matrix")
    return found


def _parsed(path: Path, kind: str, parse: Any) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: a file of lenses is not larger than {MAX_BYTES // 2**20} MiB")
        if not path.is_file():
            raise InputError(f"{path}: this is no file")
        whole = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: this is not {kind}: {error}") from error
    if not isinstance(whole, dict):
        raise InputError(f"{path}: it holds no lens")
    return whole


def _lens(path: Path, name: str, table: Mapping[str, Any], keys: tuple[str, str, str]) -> Intrinsics:
    width, height = _numbers(path, name, table, keys[0], (2,))
    matrix = _numbers(path, name, table, keys[1], (3, 3))
    bent = _numbers(path, name, table, keys[2], (-1,))
    if not (1 <= width <= MAX_SIDE_PX and 1 <= height <= MAX_SIDE_PX):
        raise InputError(f"{path}: {name}: '{keys[0]}' is no size of a picture")
    if not (0 < matrix[0, 0] < 1e6 and 0 < matrix[1, 1] < 1e6):
        raise InputError(f"{path}: {name}: '{keys[1]}' is no camera matrix")
    if not (abs(2 * matrix[0, 2] / width - 1) < FURTHEST and abs(2 * matrix[1, 2] / height - 1) < FURTHEST):
        raise InputError(f"{path}: {name}: the centre in '{keys[1]}' lies far outside of the picture")
    if np.abs(bent).max(initial=0.0) > STRONGEST:
        raise InputError(f"{path}: {name}: '{keys[2]}' are not a lens's")
    if len(bent) not in COEFFICIENTS:
        raise InputError(f"{path}: {name}: '{keys[2]}' has {len(bent)} numbers, not one of {COEFFICIENTS}")
    focal, centre = (float(matrix[0, 0]), float(matrix[1, 1])), (float(matrix[0, 2]), float(matrix[1, 2]))
    return Intrinsics(int(width), int(height), *focal, *centre, tuple(float(value) for value in bent))


def _numbers(path: Path, name: str, table: Mapping[str, Any], key: str, shape: tuple[int, ...]) -> Floats:
    try:
        found = np.asarray(table[key], dtype=np.float64)
        if found.size > 64 or not np.isfinite(found).all():
            raise ValueError("they are too many, or not finite")
        return found.reshape(shape)
    except KeyError as error:
        raise InputError(f"{path}: {name}: there is no '{key}'") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{path}: {name}: '{key}' does not hold the numbers that it should") from error
