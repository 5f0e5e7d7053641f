"""Which sealed arrays stand for most of the catalogue: the newest that are whole."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from pathlib import Path

from booth.store.catalogue.sealed import Array, Damaged, open_sealed, write_sealed

log = logging.getLogger(__name__)

FORMAT = 1


def newest_base(folder: Path, catalogue: str, revision: int) -> tuple[int, dict[str, Array]]:
    """The arrays of the latest revision up to this one; revision 0 and none where nothing whole is there."""
    there = _revisions(folder)
    found = _newest_whole(folder, catalogue, revision, there)
    if not found[0] and _revisions(folder) != there:  # another process made newer ones meanwhile
        return _newest_whole(folder, catalogue, revision, _revisions(folder))
    return found


def place_base(folder: Path, catalogue: str, revision: int, parts: Iterable[tuple[str, Array]]) -> None:
    """Write arrays of this revision, and drop the earlier ones; who has them open reads on.

    Raises:
        StoreError: the disk refuses.
    """
    write_sealed(folder / str(revision), _about(catalogue, revision), parts)
    for other in _revisions(folder):
        if other != revision:
            shutil.rmtree(folder / str(other), ignore_errors=True)


def _newest_whole(
    folder: Path, catalogue: str, revision: int, there: list[int]
) -> tuple[int, dict[str, Array]]:
    for made_of in sorted(there, reverse=True):
        if made_of > revision:
            log.warning("%s is newer than its catalogue; it is passed over", folder / str(made_of))
            continue
        try:
            return made_of, open_sealed(folder / str(made_of), _about(catalogue, made_of))
        except Damaged as error:
            log.warning("%s; it is made again", error)
    return 0, {}


def _about(catalogue: str, revision: int) -> dict[str, object]:
    return {"format": FORMAT, "catalogue": catalogue, "revision": revision}


def _revisions(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return [int(path.name) for path in folder.iterdir() if path.name.isascii() and path.name.isdigit()]
