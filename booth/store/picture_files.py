"""Reads picture files from outside: the header is checked before anything is decoded."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from booth.errors import InputError

FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")
DEPTH_FORMATS = ("PNG", "TIFF")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
MAX_SIDE_PX = 16_384
MAX_PIXELS = 64_000_000
MAX_BYTES = 256 * 1024 * 1024


def pictures_in(folder: Path) -> list[Path]:
    """Every picture file under `folder`, sorted. Raises: InputError when there is none."""
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not found:
        raise InputError(f"{folder}: there are no pictures in it")
    return found


def read_picture(path: Path) -> NDArray[np.uint8]:
    """The picture as RGB, (H, W, 3) uint8, turned upright by its EXIF orientation.

    Raises:
        InputError: it is missing, empty, too large, truncated, or not a picture of a known format.
    """
    data = _bytes_of(path)
    mode = _checked_mode(path, data)
    if mode[0] in "IF":
        raise InputError(f"{path}: {mode} pixels are depth or raw data, not a colour picture")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            opaque = picture.convert("RGBA") if "transparency" in picture.info else picture
            upright = ImageOps.exif_transpose(opaque).convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path}: the picture is truncated or damaged: {error}") from error
    return np.asarray(upright)


def read_depth(path: Path) -> NDArray[np.uint16]:
    """The depth picture in mm, (H, W) uint16, 0 = no reading.

    Raises:
        InputError: it is missing, empty, too large, truncated, or not a grey PNG or TIFF of 16 bits.
    """
    data = _bytes_of(path)
    mode = _checked_mode(path, data)
    if not mode.startswith("I;16"):
        raise InputError(f"{path}: {mode} pixels are no depth: it is kept as a grey PNG of 16 bits, in mm")
    try:
        with Image.open(io.BytesIO(data), formats=DEPTH_FORMATS) as picture:
            depth = np.asarray(picture)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path}: the picture is truncated or damaged: {error}") from error
    return depth.astype(np.uint16)


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(f"{path}: {size / 2**20:.0f} MiB is more than a picture may have")
        if not (path.is_file() or path.is_dir()):
            raise InputError(f"{path}: this is no file")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if not data:
        raise InputError(f"{path}: the file is empty")
    return data


def _checked_mode(path: Path, data: bytes) -> str:
    """Pillow's name of the pixels' kind, once the header is found to be sound. Raises: InputError."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            (width, height), mode = picture.size, picture.mode
    except Image.DecompressionBombError as error:
        raise InputError(f"{path}: its header claims more pixels than a picture may have") from error
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise InputError(f"{path}: not a picture; {', '.join(FORMATS)} are read") from error
    if max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
        raise InputError(f"{path}: {width} x {height} pixels is more than a picture may have")
    return mode
