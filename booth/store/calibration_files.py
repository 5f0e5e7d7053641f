"""The files of one calibration version: records, runs, what the report plots, and the hashes of all."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np

from booth.domain.calibrating import CalibrationRun
from booth.domain.picture import Calibration
from booth.errors import StoreError
from booth.store import documents, pictures
from booth.store.documents import Array
from booth.store.durable import sha256_of
from booth.store.packing import stem_of

RECORD_FILE = "calibration.json"
RUN_FILE = "run.json"
DETAILS_FILE = "details.npz"
HASHES_FILE = "SHA256SUMS"

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
HASH_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def pack_calibration(calibration: Calibration) -> dict[str, bytes]:
    """The files of a record. Raises: StoreError."""
    arrays: dict[str, Array] = {}
    for camera_id, picture in calibration.empty_tray.items():
        arrays[stem_of(camera_id) + pictures.RGB] = picture.rgb
        if picture.depth_mm is not None:
            arrays[stem_of(camera_id) + pictures.DEPTH] = picture.depth_mm
    files = {name: pictures.encode(name, array) for name, array in arrays.items()}
    document = documents.to_json(calibration, {id(array): name for name, array in arrays.items()})
    files[RECORD_FILE] = documents.dump({"format": documents.FORMAT, "calibration": document})
    return files


def pack_run(
    run: CalibrationRun,
    calibration: Calibration | None,
    copies: Mapping[str, bytes],
    details: Mapping[str, Array],
) -> dict[str, bytes]:
    """The files of a run, with the hash of each. Raises: StoreError when they do not fit together."""
    if calibration is not None and calibration.version != run.version:
        raise StoreError(f"the run {run.version} would lead to the calibration {calibration.version}")
    files = pack_calibration(calibration) if calibration is not None else {}
    files[RUN_FILE] = documents.dump({"format": documents.FORMAT, "run": documents.to_json(run)})
    files[DETAILS_FILE] = _pack_details(details)
    known = {picture.name: picture.sha256 for picture in run.pictures}
    for name, data in copies.items():
        _check_copy(name, data, known, files)
        files[name] = data
    files[HASHES_FILE] = "".join(f"{sha256_of(data)}  {name}\n" for name, data in files.items()).encode()
    return files


def unpack_calibration(version: str, folder: Path) -> Calibration:
    """The record in this folder. Raises: StoreError."""
    whole = _document(version, folder, RECORD_FILE)
    return documents.from_json(
        Calibration, whole.get("calibration"), lambda name: pictures.decode(name, read_checked(folder, name))
    )


def unpack_run(version: str, folder: Path) -> CalibrationRun:
    """The run in this folder. Raises: StoreError."""
    if is_record_alone(folder):
        raise StoreError(
            f"calibration {version} was kept without a run: nothing says who made it, and from what"
        )
    run = documents.from_json(CalibrationRun, _document(version, folder, RUN_FILE).get("run"))
    if run.version != version:
        raise StoreError(f"calibration {version}: its run is that of {run.version}")
    return run


def unpack_details(version: str, folder: Path) -> dict[str, Array]:
    """The arrays that the report plots, by name. Raises: StoreError."""
    data = read_checked(folder, DETAILS_FILE)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            return {unquote(name): kept[name] for name in kept.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise StoreError(f"calibration {version}: {DETAILS_FILE} is damaged: {error}") from error


def is_record_alone(folder: Path) -> bool:
    """Whether a record was kept here without a run, and so without hashes."""
    of_a_run = (folder / RUN_FILE).exists() or (folder / HASHES_FILE).exists()
    return (folder / RECORD_FILE).is_file() and not of_a_run


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 by file name of a run's folder; empty for a record that was kept without a run.

    Raises:
        StoreError: there is no such version, or its list of hashes is damaged.
    """
    if not folder.is_dir():
        raise StoreError(f"there is no calibration {folder.name}; see `booth calibrate list`")
    if is_record_alone(folder):
        return {}
    lines = _read(folder, HASHES_FILE).decode("utf-8", "replace").splitlines()
    matches = [HASH_LINE.fullmatch(line) for line in lines]
    found = {match[2]: match[1] for match in matches if match}
    if len(found) != len(lines) or RUN_FILE not in found:
        raise StoreError(f"calibration {folder.name}: {HASHES_FILE} is damaged")
    return found


def read_checked(folder: Path, name: str) -> bytes:
    """A file, its hash compared where there is one. Raises: StoreError."""
    wanted = hashes(folder)
    data = _read(folder, name)
    if wanted and wanted.get(name) != sha256_of(data):
        raise StoreError(f"calibration {folder.name}: {name} is not what was kept")
    return data


def problems(folder: Path) -> Iterator[str]:
    """What is wrong with the files of a version, every one hashed again."""
    try:
        names = list(hashes(folder))
    except StoreError as error:
        yield str(error)
        return
    yield from filter(None, (problem(folder, name) for name in names))


def problem(folder: Path, name: str) -> str:
    """What is wrong with one file of a run, hashed again; empty when nothing is. Raises: StoreError."""
    sha256 = hashes(folder).get(name)
    if sha256 is None:
        return f"calibration {folder.name}: it keeps no {name[:120]!r}"
    try:
        with (folder / name).open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError as error:
        return f"calibration {folder.name}: {name} cannot be read: {error.strerror}"
    return "" if same else f"calibration {folder.name}: {name} is not what was kept"


def _check_copy(name: str, data: bytes, known: Mapping[str, str], files: Mapping[str, bytes]) -> None:
    if not SAFE_NAME.fullmatch(name) or name in files or name == HASHES_FILE:
        raise StoreError(f"{name[:120]!r} cannot name a picture of a calibration run")
    if known.get(name) != sha256_of(data):
        raise StoreError(f"{name} is not the picture that the calibration run names")


def _pack_details(details: Mapping[str, Array]) -> bytes:
    """An `.npz` by hand: `numpy.savez` takes names as keywords, and some names are its own."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in details.items():
            with archive.open(f"{quote(name)}.npy", "w", force_zip64=True) as member:
                try:
                    np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
                except ValueError as error:
                    raise StoreError(f"{name} cannot be kept with a calibration: {error}") from error
    return file.getvalue()


def _document(version: str, folder: Path, name: str) -> dict[str, object]:
    whole = documents.parse(read_checked(folder, name))
    if not isinstance(whole, dict) or whole.get("format") != documents.FORMAT:
        raise StoreError(f"calibration {version} has a format that this version of the booth does not know")
    return whole


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise StoreError(f"calibration {folder.name}: {name} cannot be read: {error.strerror}") from error
