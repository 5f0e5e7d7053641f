"""Creates objects in a folder so that they are whole or not there, through a power cut.

obstore 0.12 creates local files atomically (an exclusive temporary file, then link(2)) but never fsyncs:
after a power cut the name can stand there with no bytes in it, and create-only means that it stays so.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from booth.store.durable import sync_folder, write_synced


def create_file(root: Path, key: str, data: bytes) -> bool:
    """Create `root/key` durably; False when it exists already. Raises: OSError.

    The temporary name ends in # and digits, which obstore leaves out of listings.
    """
    final = root / key
    _make_folders(root, final.parent)
    temporary = final.with_name(f"{final.name}#{os.getpid()}{secrets.randbelow(10**12):012}")
    try:
        write_synced(temporary, data)
        created = _link(temporary, final)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(final.parent)
    return created


def _link(temporary: Path, final: Path) -> bool:
    try:
        os.link(temporary, final)
    except FileExistsError:
        return False
    return True


def _make_folders(root: Path, folder: Path) -> None:
    levels = (level for level in (folder, *folder.parents) if level.is_relative_to(root))
    missing = [level for level in levels if not level.is_dir()]
    for level in reversed(missing):
        level.mkdir(exist_ok=True)
        sync_folder(level.parent)
