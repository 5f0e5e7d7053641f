"""Captured sets: folders of items with depth, calibration and the truth about each, as a table tells it.

`items.csv` has a row an item; `captures/ITEM/` its views, `rigs/RIG/` what they were taken with.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Calibration, CameraCalibration, Frame, Picture, View
from booth.domain.terms import DamageType, Part, Severity
from booth.errors import InputError, StoreError
from booth.store.documents import dump, from_json, parse, to_json
from booth.store.picture_files import read_depth, read_picture

TABLE = "items.csv"
CAPTURES, RIGS, CALIBRATION = "captures", "rigs", "calibration.json"
RGB, DEPTH, MASK, ITEM = ".jpg", ".depth.png", ".mask.png", ".item.png"
EMPTY_RGB = ".png"
"""The empty tray's picture is kept without loss: every item is held against it."""
VIEWS = ("top", "side")
ROLES = ("reference", "pristine", "damaged")
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MAX_TABLE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CapturedItem:
    """One item as it was captured.

    Attributes:
        role: `reference`, `pristine` or `damaged`.
        decoy: the damage that the product's print shows, or empty.
        negative: what makes a good item look unlike its references, or empty.
        damage: None for a good item, as are `part` and, empty, `procedure`.
        share: the largest share, in any view, of the item's pixels that the damage covers; what was spilled
            beside the item counts.
        held_out: `family`, `procedure` or `family+procedure` where training never sees its like, else empty.
        turn_deg: how far it was turned on the tray from the way that its product usually lies.
    """

    item_id: str
    gtin: str
    product: str
    family: str
    role: str
    decoy: str = ""
    negative: str = ""
    damage: DamageType | None = None
    procedure: str = ""
    severity: Severity = Severity.NONE
    part: Part | None = None
    share: float = 0.0
    held_out: str = ""
    material: str = ""
    rig: str = ""
    seed: int = 0
    turn_deg: float = 0.0


COLUMNS = tuple(field.name for field in fields(CapturedItem))


@dataclass(frozen=True, slots=True)
class CapturedSet:
    """A folder's items, in the order of its table, and its rigs with pictures of their empty trays."""

    folder: Path
    items: tuple[CapturedItem, ...]
    rigs: Mapping[str, Calibration]

    def views(self, item: CapturedItem) -> tuple[View, ...]:
        """The pictures of an item.

        Raises:
            InputError: one is missing, damaged, or of another size than its depth or its camera.
        """
        folder = self.folder / CAPTURES / item.item_id
        cameras = self.rigs[item.rig].cameras if item.rig in self.rigs else {}
        return tuple(_view(folder, name, cameras.get(name)) for name in VIEWS)

    def masks(self, item: CapturedItem) -> dict[str, NDArray[np.uint8]]:
        """By view, (H, W) uint8: 0 is no damage, else 1 + the place of its type in DamageType.

        Raises:
            InputError: one is missing or damaged.
        """
        folder = self.folder / CAPTURES / item.item_id
        return {name: _grey(folder / f"{name}{MASK}") for name in VIEWS}


def is_captured_set(folder: Path) -> bool:
    """Whether a folder has the table of one."""
    return (folder / TABLE).is_file()


def read_captured(folder: Path) -> CapturedSet:
    """The items and rigs of a folder; pictures are read when they are asked for.

    Raises:
        InputError: the table or a rig is missing, empty, truncated, or says what cannot be.
    """
    items = _items(folder / TABLE)
    names = dict.fromkeys(item.rig for item in items)
    return CapturedSet(folder, items, {name: read_rig(folder / RIGS / name) for name in names})


def write_rig(folder: Path, calibration: Calibration) -> None:
    """Keep a calibration without its pictures; those lie beside it. Raises: OSError."""
    bare = replace(calibration, empty_tray={})
    (folder / CALIBRATION).write_bytes(dump(to_json(bare)) + b"\n")


def read_rig(folder: Path) -> Calibration:
    """A calibration with the pictures of the empty tray. Raises: InputError."""
    path = folder / CALIBRATION
    try:
        calibration = from_json(Calibration, parse(path.read_bytes()))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except StoreError as error:
        raise InputError(f"{path} is no calibration: {error}") from error
    empty = {
        name: Picture(read_picture(folder / f"{name}{EMPTY_RGB}"), _depth(folder, name))
        for name in calibration.cameras
        if _is_safe(name, path)
    }
    return replace(calibration, empty_tray=empty)


def row_of(item: CapturedItem) -> dict[str, str]:
    """An item as a row of the table."""
    values: dict[str, Any] = {name: getattr(item, name) for name in COLUMNS}
    values["share"] = f"{item.share:.5f}"
    values["turn_deg"] = f"{item.turn_deg:.1f}"
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _items(path: Path) -> tuple[CapturedItem, ...]:
    try:
        if path.stat().st_size > MAX_TABLE_BYTES:
            raise InputError(f"{path} is larger than a table of items may be")
        with path.open(newline="", encoding="utf-8") as opened:
            rows = csv.DictReader(opened, strict=True)
            if rows.fieldnames is None or set(COLUMNS) - set(rows.fieldnames):
                raise InputError(f"{path} lacks columns; it needs {', '.join(COLUMNS)}")
            found = tuple(_item(row, f"{path}, line {rows.line_num}") for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no table of captured items: {error}") from error
    if not found:
        raise InputError(f"{path} has no item")
    if len({item.item_id for item in found}) != len(found):
        raise InputError(f"{path} names an item twice")
    return found


def _item(row: Mapping[str, str | None], where: str) -> CapturedItem:
    if any(row.get(name) is None for name in COLUMNS):
        raise InputError(f"{where} is cut short")
    said = {name: str(row[name]) for name in COLUMNS}
    _is_safe(said["item_id"], where)
    _is_safe(said["rig"], where)
    if said["role"] not in ROLES:
        raise InputError(f"{where}: role '{said['role']}' is none of {', '.join(ROLES)}")
    values: dict[str, Any] = dict(said)
    try:
        values["damage"] = DamageType(said["damage"]) if said["damage"] else None
        values["severity"] = Severity(said["severity"]) if said["severity"] else Severity.NONE
        values["part"] = Part(said["part"]) if said["part"] else None
        values["seed"] = int(said["seed"])
        values["share"], values["turn_deg"] = float(said["share"]), float(said["turn_deg"])
    except ValueError as error:
        raise InputError(f"{where}: {error}") from error
    if not np.isfinite(values["turn_deg"]):
        raise InputError(f"{where}: turn_deg {said['turn_deg']} is no angle")
    if not 0.0 <= values["share"] < 1e6:
        raise InputError(f"{where}: share {said['share']} is no share")
    return CapturedItem(**values)


def _is_safe(name: str, where: object) -> bool:
    """Names become paths. Raises: InputError where one could lead elsewhere."""
    if SAFE_NAME.fullmatch(name) is None:
        raise InputError(f"{where}: '{name[:60]}' cannot be the name of a folder")
    return True


def _view(folder: Path, name: str, camera: CameraCalibration | None) -> View:
    rgb, depth = read_picture(folder / f"{name}{RGB}"), _depth(folder, name)
    sizes = {rgb.shape[:2], depth.shape}
    if camera is not None:
        sizes.add((camera.intrinsics.height, camera.intrinsics.width))
    if len(sizes) > 1:
        raise InputError(f"{folder / name}: colour, depth and the rig's camera differ in size")
    return View(name, Frame(name, rgb, depth, 0, 0))


def _depth(folder: Path, name: str) -> NDArray[np.uint16]:
    return read_depth(folder / f"{name}{DEPTH}")


def _grey(path: Path) -> NDArray[np.uint8]:
    return np.ascontiguousarray(read_picture(path)[..., 0])
