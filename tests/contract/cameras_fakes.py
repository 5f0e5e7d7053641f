"""What camera tests need besides cameras: a small scene, kept captures on disk, waiting with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from booth.domain.picture import Calibration, CameraCalibration, Intrinsics, Picture
from booth.domain.product import Product
from booth.ports.scene import ItemWish, Sheet
from booth.store import pictures

HEIGHT, WIDTH = 48, 64
DEADLINE_S = 10.0


class StripedScene:
    """A scene of flat pictures: the item's seed is its colour; depth has one hole in a corner."""

    def __init__(self, camera_ids: Sequence[str] = ("left", "top"), with_depth: bool = True) -> None:
        self._with_depth = with_depth
        intrinsics = Intrinsics(WIDTH, HEIGHT, 60.0, 60.0, WIDTH / 2, HEIGHT / 2)
        identity = tuple(float(value) for value in np.eye(4).ravel())
        known = {name: CameraCalibration(intrinsics, identity) for name in camera_ids}
        self._calibration = Calibration("fake-1", known)
        self._seed = 0
        self._pictures = self._rendered()

    @property
    def calibration(self) -> Calibration:
        return self._calibration

    @property
    def products(self) -> Sequence[Product]:
        return ()

    def place(self, wish: ItemWish) -> None:
        self._seed = wish.seed
        self._pictures = self._rendered()

    def hold(self, sheet: Sheet) -> None:
        self.place(ItemWish(int(sheet.rgb.mean()) // 2))

    def clear(self) -> None:
        self.place(ItemWish(0))

    def look(self, camera_id: str) -> Picture:
        return self._pictures[camera_id]

    def _rendered(self) -> dict[str, Picture]:
        rgb = np.full((HEIGHT, WIDTH, 3), 100 + self._seed, np.uint8)
        depth_mm = np.full((HEIGHT, WIDTH), 700 + self._seed, np.uint16)
        depth_mm[:4, :4] = 0
        return {
            name: Picture(rgb, depth_mm if self._with_depth else None) for name in self._calibration.cameras
        }


def keep_captures(folder: Path, count: int, views: Sequence[str] = ("left", "top")) -> Path:
    """Kept captures as the store lays them; picture n is of colour and depth 10 n + the view's place."""
    for number in range(count):
        sample = folder / f"sample-{number:03d}"
        sample.mkdir(parents=True)
        (sample / "sample.json").write_text("{}")
        for place, view in enumerate(views):
            value = 10 * number + place
            rgb = np.full((HEIGHT, WIDTH, 3), value, np.uint8)
            depth_mm = np.full((HEIGHT, WIDTH), 500 + value, np.uint16)
            stem = view.replace("#", "%23")
            (sample / f"{stem}.rgb.jxl").write_bytes(pictures.encode(f"{stem}.rgb.jxl", rgb))
            (sample / f"{stem}.depth.jxl").write_bytes(pictures.encode(f"{stem}.depth.jxl", depth_mm))
    return folder


def until(reached: Callable[[], bool], what: str) -> None:
    """Wait for a condition; fails after the deadline."""
    end_s = time.monotonic() + DEADLINE_S
    while not reached():
        assert time.monotonic() < end_s, f"not within {DEADLINE_S:.0f} s: {what}"
        time.sleep(0.002)
