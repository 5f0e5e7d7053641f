"""Calibration records by version: kept whole, once, with their empty-tray pictures; never changed."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from booth.domain.picture import Calibration
from booth.errors import StoreError
from booth.store import documents, pictures
from booth.store.documents import Array
from booth.store.durable import place_folder, sync_folder
from booth.store.packing import check_id, stem_of

FOLDER = "calibrations"
RECORD_FILE = "calibration.json"


class Calibrations:
    """The records under one root, a folder for each version; any process reads, the intake process keeps."""

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER

    def keep(self, calibration: Calibration) -> None:
        """Keep a record durably; harmless when its version is there. Raises: StoreError."""
        check_id(calibration.version)
        if (self._folder / calibration.version).exists():
            return
        arrays: dict[str, Array] = {}
        for camera_id, picture in calibration.empty_tray.items():
            arrays[stem_of(camera_id) + pictures.RGB] = picture.rgb
            if picture.depth_mm is not None:
                arrays[stem_of(camera_id) + pictures.DEPTH] = picture.depth_mm
        files = {name: pictures.encode(name, array) for name, array in arrays.items()}
        document = documents.to_json(calibration, {id(array): name for name, array in arrays.items()})
        files[RECORD_FILE] = documents.dump({"format": documents.FORMAT, "calibration": document})
        temporary = self._folder / f".{calibration.version}-{secrets.token_hex(4)}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            sync_folder(self._folder.parent)
            place_folder(files, temporary, self._folder / calibration.version)
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be made: {error.strerror}") from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def load(self, version: str) -> Calibration:
        """The record of this version. Raises: StoreError."""
        check_id(version)
        folder = self._folder / version

        def read(name: str) -> bytes:
            try:
                return (folder / name).read_bytes()
            except OSError as error:
                raise StoreError(f"calibration {version}: {name} cannot be read: {error.strerror}") from error

        whole = documents.parse(read(RECORD_FILE))
        if not isinstance(whole, dict) or whole.get("format") != documents.FORMAT:
            raise StoreError(
                f"calibration {version} has a format that this version of the booth does not know"
            )
        return documents.from_json(
            Calibration, whole.get("calibration"), lambda name: pictures.decode(name, read(name))
        )

    def versions(self) -> list[str]:
        """Every version that is kept."""
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if not path.name.startswith("."))
