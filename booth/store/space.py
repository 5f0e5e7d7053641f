"""Room on the disk: a mark above which intake stays away from, and a ballast to let go of in need.

A full disk refuses even `DELETE`, because SQLite writes its journal first. So intake stops while there is
room left, and should something else fill the disk, the ballast makes place for tombstones.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from booth.errors import StoreError
from booth.store.database import disk_is_full

T = TypeVar("T")

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Room:
    """The room on the disk that holds `root`."""

    root: Path
    high_water_free_mb: int
    ballast_mb: int

    @property
    def ballast(self) -> Path:
        """The file that is let go of when the disk is full."""
        return self.root / "ballast"

    def check(self) -> None:
        """Raises: StoreError when less is free than the high-water mark asks for."""
        free_mb = self._free_mb()
        if free_mb < self.high_water_free_mb:
            raise StoreError(
                f"the disk is nearly full: {free_mb:.0f} MB are free under {self.root}, intake needs "
                f"{self.high_water_free_mb} MB; run the sync, or free space on this disk"
            )

    def hold_ballast(self) -> None:
        """Put the ballast down, unless that would cross the high-water mark."""
        size = self.ballast_mb * MIB
        held = self.ballast.stat().st_size if self.ballast.exists() else 0
        if held == size or self._free_mb() + held / MIB < self.high_water_free_mb + self.ballast_mb:
            return
        self.release_ballast()
        try:
            _reserve(self.ballast, size)
        except OSError:  # another time: a store without ballast still keeps
            self.ballast.unlink(missing_ok=True)

    def release_ballast(self) -> bool:
        """Let go of the ballast; False when there was none. Raises: StoreError."""
        try:
            self.ballast.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreError(f"{self.ballast} cannot be removed: {error}") from error
        return True

    def insist(self, write: Callable[[], T]) -> T:
        """Write to the database, on a full disk a second time without the ballast. Raises: StoreError."""
        try:
            return write()
        except StoreError as error:
            if not disk_is_full(error) or not self.release_ballast():
                raise
        return write()

    def _free_mb(self) -> float:
        try:
            return shutil.disk_usage(self.root).free / MIB
        except OSError as error:
            raise StoreError(f"{self.root} cannot be reached: {error}") from error


def _reserve(path: Path, size: int) -> None:
    if size == 0:
        return
    with path.open("xb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
        os.fsync(file.fileno())
