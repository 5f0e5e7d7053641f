"""Whether the files on the shelf are still what was kept."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator

from booth.errors import StoreError
from booth.store.durable import sha256_of
from booth.store.records import Verified
from booth.store.register import FileRow, Register
from booth.store.shelf import Shelf

DAMAGE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EIO})


def verify_all(shelf: Shelf, register: Register) -> Iterator[Verified]:
    """Re-hash every file of every sample that is not evicted, and flag what is not well.

    Raises:
        StoreError: the database refuses.
    """
    for sample_id in register.live():
        problem = changed_file(shelf, register.files(sample_id).values())
        if problem and sample_id in register.evicted():  # the sync was faster
            continue
        if problem:
            register.flag(sample_id, problem)
        yield Verified(sample_id, not problem, problem)


def read_checked(shelf: Shelf, file: FileRow) -> bytes:
    """The file's bytes. Raises: StoreError when they are gone or not what was kept."""
    data = shelf.read(file.folder, file.name)
    if len(data) != file.bytes or sha256_of(data) != file.sha256:
        raise StoreError(f"{file.name} is not what was kept: its SHA-256 differs")
    return data


def missing_file(shelf: Shelf, files: Iterable[FileRow]) -> str:
    """What is wrong by name and size alone, or empty. Raises: StoreError."""
    rows = list(files)
    sizes = {folder: shelf.sizes(folder) for folder in {file.folder for file in rows}}
    for file in rows:
        held = sizes[file.folder].get(file.name)
        if held is None:
            return f"{file.name} is missing"
        if held != file.bytes:
            return f"{file.name} has {held} bytes where {file.bytes} were kept"
    return ""


def changed_file(shelf: Shelf, files: Iterable[FileRow]) -> str:
    """What is wrong by content, or empty. Raises: StoreError when it cannot be said."""
    for file in files:
        try:
            read_checked(shelf, file)
        except StoreError as error:
            if not is_damage(error):
                raise
            return str(error)
    return ""


def is_damage(error: StoreError) -> bool:
    """Whether reading failed because of the file itself, not for want of handles, rights or memory."""
    cause = error.__cause__
    return not isinstance(cause, OSError) or cause.errno in DAMAGE
