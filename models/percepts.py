"""Percepts of a captured set, looked at once and kept: for training, fitting and measuring alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import Reference, ViewPercept
from booth.domain.picture import Region, View
from booth.domain.terms import Condition, DamageType
from booth.errors import InputError

if TYPE_CHECKING:
    from booth.evaluate.captured import CapturedItem, CapturedSet
from booth.ports.seeing import Perception
from booth.regions import crop

FORMAT = 1
INDEX = "percepts.jsonl"
MASK_SIDE = 64
SHAPES: Mapping[str, tuple[tuple[int, ...], type[np.generic]]] = {
    "patches": ((40, 40, 288), np.float16),
    "heights_mm": ((40, 40), np.float32),
    "item": ((40, 40), np.float16),
    "beside": ((40, 40), np.float16),
    "masks": ((len(DamageType), MASK_SIDE, MASK_SIDE), np.uint8),
}
"""What is kept of each view, a file each, one view after the other; a map that there is not is all NaN."""
LABELS = (
    "item_id", "gtin", "product", "family", "role", "decoy", "negative", "damage", "procedure", "severity",
    "part", "held_out", "material", "rig",
)  # fmt: skip
SAID = {"True": "1", "False": "", "None": ""}

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One view's labels.

    Attributes:
        labels: the item's, by the captured set's columns; empty where there is none.
        share: the largest share of the item that its damage covers in any view, 0..1.
        seen: the share of the item's pixels that the damage covers in this view; a spill may pass 1.
        region: x, y, width, height and turn of `ViewPercept.region`; `conditions` as there.
        picture: SHA-256 of the view's pixels.
    """

    view: str
    labels: Mapping[str, str]
    seed: int
    share: float
    seen: float
    region: tuple[int, int, int, int, float]
    conditions: tuple[str, ...]
    picture: str


@dataclass(frozen=True, slots=True, eq=False)
class Percepts:
    """The kept percepts of a captured set, in the order of its table, each item's views together.

    Attributes:
        trunk: the version of what looked.
        arrays: name to (N, …) as in SHAPES, mapped from their files.
    """

    trunk: str
    rows: tuple[Row, ...]
    arrays: Mapping[str, NDArray[Any]]

    def view(self, index: int) -> ViewPercept:
        """One view as the perception gave it; patches and shares in half precision."""
        row = self.rows[index]
        return ViewPercept(
            row.view,
            Region(*row.region),
            np.asarray(self.arrays["patches"][index], np.float32),
            self._map("heights_mm", index),
            self._map("item", index),
            self._map("beside", index),
            tuple(Condition(one) for one in row.conditions),
        )

    def reference(self, index: int) -> Reference:
        """One view as a reference of its product."""
        row, view = self.rows[index], self.view(index)
        heights_mm, item = view.heights_mm, view.item
        return Reference(row.picture, row.view, self.trunk, view.patches, 0, heights_mm=heights_mm, item=item)

    def items(self) -> dict[str, list[int]]:
        """The rows of each item, by its id."""
        found: dict[str, list[int]] = {}
        for index, row in enumerate(self.rows):
            found.setdefault(row.labels["item_id"], []).append(index)
        return found

    def _map(self, name: str, index: int) -> NDArray[np.float32] | None:
        values = np.asarray(self.arrays[name][index], np.float32)
        return None if np.isnan(values).all() else values


def look(captured: CapturedSet, perception: Perception, folder: Path, progress: Progress) -> Percepts:
    """Look at a captured set once, or go on where an earlier look was cut short.

    Args:
        progress: called with the items that are done, and all.

    Raises:
        InputError: the folder holds percepts of another set or another perception, is damaged, or cannot be
            written; or a picture cannot be read.
        ModelError: a network fails.
    """
    head = {"format": FORMAT, "trunk": perception.trunk, "set": _named(captured)}
    done = _resumed(folder, head)
    try:
        with ExitStack() as stack:
            files = {name: stack.enter_context((folder / f"{name}.bin").open("ab")) for name in SHAPES}
            index = stack.enter_context((folder / INDEX).open("a", encoding="utf-8"))
            for number, item in enumerate(captured.items):
                if number >= done:
                    rows = _looked(captured, item, perception, files)
                    index.write(json.dumps(rows) + "\n")
                    index.flush()
                progress(number + 1, len(captured.items))
    except OSError as error:
        raise InputError(f"{folder}: percepts cannot be kept: {error.strerror or error}") from error
    return kept(folder)


def percepts_folder(captures: Path, trunk: str) -> Path:
    """Where the percepts of a captured set lie, by the version of what looked."""
    return captures / "percepts" / trunk


def kept(folder: Path) -> Percepts:
    """The percepts that `look` kept. Raises: InputError where there are none, or they are damaged."""
    head, items = _index(folder)
    if len(items) != head["set"]["items"]:
        raise InputError(f"{folder}: percepts of {len(items)} of {head['set']['items']} items; look again")
    try:
        rows = tuple(_row(row) for item in items for row in item)
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(folder, error) from error
    return Percepts(
        head["trunk"], rows, {name: _mapped(folder / f"{name}.bin", name, len(rows)) for name in SHAPES}
    )


def _looked(
    captured: CapturedSet, item: CapturedItem, perception: Perception, files: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Look at one item and append its arrays; gives its rows."""
    views = tuple(captured.views(item))
    percept = perception.perceive(views, captured.rigs[item.rig])
    masks = captured.masks(item)
    rows = []
    for view, seen in zip(views, percept.views, strict=True):
        laid, share = _masks(masks.get(view.name), seen)
        arrays = {
            "patches": seen.patches, "heights_mm": seen.heights_mm, "item": seen.item,
            "beside": seen.beside, "masks": laid,
        }  # fmt: skip
        for name, values in arrays.items():
            shape, kind = SHAPES[name]
            whole = np.full(shape, np.nan, kind) if values is None else np.asarray(values, kind)
            files[name].write(whole.reshape(shape).tobytes())
        rows.append(asdict(_labelled(item, view, seen, share)))
    for file in files.values():
        file.flush()
    return rows


def _labelled(item: CapturedItem, view: View, seen: ViewPercept, share: float) -> Row:
    region = seen.region
    return Row(
        view.name,
        {name: _said(getattr(item, name)) for name in LABELS},
        int(item.seed),
        float(item.share),
        share,
        (region.x, region.y, region.width, region.height, region.turn_deg),
        tuple(str(one) for one in seen.conditions),
        hashlib.sha256(np.ascontiguousarray(view.frame.rgb).tobytes()).hexdigest(),
    )


def _said(value: object) -> str:
    return SAID.get(str(value), str(value))


def _masks(mask: NDArray[np.uint8] | None, seen: ViewPercept) -> tuple[NDArray[np.uint8], float]:
    """How much of each cell each damage covers, (6, 64, 64) of 0..255, and its share of the item."""
    laid = np.zeros(SHAPES["masks"][0], np.uint8)
    if mask is None or not mask.any():
        return laid, 0.0
    for damage in np.unique(mask[mask > 0]):
        only = np.where(mask == damage, 255, 0).astype(np.uint8)
        upright = crop(np.repeat(only[..., None], 3, axis=2), seen.region)[..., 0]
        laid[damage - 1] = cv2.resize(upright, (MASK_SIDE, MASK_SIDE), interpolation=cv2.INTER_AREA)
    covered = 1.0 if seen.item is None else float(seen.item.mean())
    area = max(seen.region.width * seen.region.height * covered, 1.0)
    return laid, float(np.count_nonzero(mask) / area)


def _named(captured: CapturedSet) -> dict[str, Any]:
    """What tells one captured set from another."""
    digest = hashlib.sha256()
    for item in captured.items:
        digest.update(f"{item.item_id}|{item.seed}|{item.rig}|{item.share}\n".encode())
    return {"items": len(captured.items), "digest": digest.hexdigest()}


def _resumed(folder: Path, head: Mapping[str, Any]) -> int:
    """Start a folder, or cut one back to its last whole item; gives how many items are done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / INDEX).exists():
            (folder / INDEX).write_text(json.dumps(head) + "\n", "utf-8")
    except OSError as error:
        raise InputError(f"{folder}: percepts cannot be kept: {error.strerror or error}") from error
    found, items = _index(folder)
    if found != head:
        raise InputError(f"{folder}: percepts of another set, or by another perception; delete it first")
    views = sum(len(item) for item in items)
    lines = (folder / INDEX).read_bytes().splitlines(keepends=True)[: len(items) + 1]
    (folder / INDEX).write_bytes(b"".join(lines))
    for name in SHAPES:
        _cut(folder / f"{name}.bin", views * _row_bytes(name))
    return len(items)


def _cut(path: Path, size: int) -> None:
    with path.open("ab") as file:
        if file.tell() < size:
            raise InputError(
                f"{path}: {file.tell()} bytes, {size} are expected; delete the folder and look again"
            )
        file.truncate(size)


def _index(folder: Path) -> tuple[dict[str, Any], list[list[dict[str, Any]]]]:
    """The head, and each whole item's rows; a last line that was cut short is left out."""
    try:
        data = (folder / INDEX).read_bytes()
        head, *items = [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]
    except (OSError, ValueError) as error:
        raise _damaged(folder, error) from error
    known = isinstance(head, dict) and head.get("format") == FORMAT and {"trunk", "set"} <= set(head)
    if not known or not all(isinstance(item, list) for item in items):
        raise _damaged(folder, "its index is not what this version writes")
    return head, items


def _row(found: Mapping[str, Any]) -> Row:
    x, y, width, height, turn_deg = found["region"]
    rest = {**found, "region": (x, y, width, height, turn_deg), "conditions": tuple(found["conditions"])}
    return Row(**rest)


def _mapped(path: Path, name: str, count: int) -> NDArray[Any]:
    shape, kind = SHAPES[name]
    size = path.stat().st_size if path.is_file() else -1
    if size != count * _row_bytes(name):
        raise _damaged(path.parent, f"{path.name} has {size} bytes for {count} views")
    if count == 0:
        return np.zeros((0, *shape), kind)
    return np.memmap(path, kind, "r", shape=(count, *shape))


def _row_bytes(name: str) -> int:
    shape, kind = SHAPES[name]
    return int(np.prod(shape)) * np.dtype(kind).itemsize


def _damaged(folder: Path, why: object) -> InputError:
    return InputError(f"{folder}: these are no whole percepts: {why}; delete the folder and look again")
