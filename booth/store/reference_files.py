"""The files of each reference: its picture, its depth, the features and the maps of them, in one folder."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import Reference
from booth.domain.picture import Picture
from booth.errors import StoreError
from booth.store import pictures
from booth.store.durable import place_file, place_folder, sha256_of
from booth.store.feature_files import decode_features, decode_maps, encode_features, encode_maps
from booth.store.turn import a_turn_to_write

PICTURE = f"picture{pictures.RGB}"
DEPTH = f"picture{pictures.DEPTH}"


class ReferenceFiles:
    """The folders under `gallery/kept`; what is written here is durable when a call returns."""

    def __init__(self, root: Path) -> None:
        self._gallery = root / "gallery"
        self.kept = self._gallery / "kept"

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the only turn to write; others wait for it, in this process and in any. Raises: StoreError."""
        with a_turn_to_write(self._gallery):
            yield

    def place(self, folder: str, files: Mapping[str, bytes]) -> None:
        """Write a whole folder; one without a row, which a crash left there, is moved aside.

        Raises:
            StoreError: the disk refuses.
        """
        final = self.kept / folder
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            if final.exists():
                aside = self._gallery / "aside"
                aside.mkdir(exist_ok=True)
                final.rename(aside / f"{folder}-{secrets.token_hex(4)}")
        except OSError as error:
            raise StoreError(f"{final} cannot be written: {error}") from error
        place_folder(files, self._temporary(), final)

    def put(self, folder: str, files: Mapping[str, bytes]) -> None:
        """Write files into a folder that is there. Raises: StoreError."""
        for name, data in files.items():
            place_file(data, self._temporary(), self.kept / folder / name)

    def drop(self, folder: str, names: Sequence[str]) -> None:
        """Remove files that no row names any more; what cannot be removed stays."""
        for name in filter(None, names):
            with suppress(OSError):
                (self.kept / folder / name).unlink(missing_ok=True)

    def remove(self, folder: str) -> None:
        """Remove a whole folder that no row names any more; the next turn sweeps what cannot be at once."""
        unnamed = self._temporary()
        with suppress(OSError):
            (self.kept / folder).rename(unnamed)
        shutil.rmtree(unnamed, ignore_errors=True)

    def read(self, folder: str, name: str, sha256: str = "") -> bytes:
        """A file, compared with its hash where one is given. Raises: StoreError."""
        path = self.kept / folder / name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}; enrol its picture again") from error
        if sha256 and sha256_of(data) != sha256:
            raise StoreError(f"{path} has changed since it was enrolled; enrol its picture again")
        return data

    def has_picture(self, folder: str) -> bool:
        """Whether the picture's file is there."""
        return (self.kept / folder / PICTURE).is_file()

    def picture(self, folder: str, depth_sha256: str = "") -> Picture:
        """The picture as it was taken; its depth too where a hash of it is given. Raises: StoreError."""
        rgb = np.asarray(pictures.decode(PICTURE, self.read(folder, PICTURE)), np.uint8)
        if not depth_sha256:
            return Picture(rgb)
        depth = pictures.decode(DEPTH, self.read(folder, DEPTH, depth_sha256))
        return Picture(rgb, np.asarray(depth, np.uint16))

    def _temporary(self) -> Path:
        """A name that the next writer's turn sweeps if a crash leaves it."""
        return self._gallery / f".{secrets.token_hex(8)}"


def folder_name(gtin: str, design: str, reference: Reference) -> str:
    """What a reference's folder is called: no part of it comes from outside."""
    parts = "\n".join((gtin, design, reference.view, reference.reference_id))
    return sha256_of(parts.encode())[:32]


def packed_picture(rgb: NDArray[np.uint8], depth_mm: NDArray[np.uint16] | None) -> dict[str, bytes]:
    """The files of a picture. Raises: StoreError."""
    files = {PICTURE: pictures.encode(PICTURE, rgb)}
    if depth_mm is not None:
        files[DEPTH] = pictures.encode(DEPTH, depth_mm)
    return files


def packed_looks(looks: Sequence[Reference]) -> tuple[dict[str, bytes], dict[str, str]]:
    """The files of a reference's features and maps, its turns' among them, and what its row says of them.

    Raises:
        StoreError: the looks do not fit together.
    """
    features = encode_features([look.patches for look in looks])
    rows, columns, _ = looks[0].patches.shape
    maps = encode_maps([(look.heights_mm, look.item) for look in looks], (rows, columns))
    trunk = sha256_of(looks[0].trunk.encode())[:12]
    files = {f"features-{trunk}.npy": features}
    said = {"features": f"features-{trunk}.npy", "sha256": sha256_of(features), "maps": "", "maps_sha256": ""}
    if maps:
        files[f"maps-{trunk}.npy"] = maps
        said |= {"maps": f"maps-{trunk}.npy", "maps_sha256": sha256_of(maps)}
    return files, said


def unpacked_looks(
    of: Reference, features: tuple[str, bytes], maps: tuple[str, bytes] | None
) -> list[Reference]:
    """A reference and its turns from their files, each a name and its contents.

    Args:
        of: what they have in common.

    Raises:
        StoreError: a file is not what its name says.
    """
    patches = decode_features(*features)
    said = decode_maps(*maps) if maps else [(None, None)] * len(patches)
    if len(said) != len(patches):
        raise StoreError(f"{features[0]} and its maps are not of one picture; enrol it again")
    return [
        Reference(of.reference_id, of.view, of.trunk, each, variant, heights, item, of.design)
        for variant, (each, (heights, item)) in enumerate(zip(patches, said, strict=True))
    ]
