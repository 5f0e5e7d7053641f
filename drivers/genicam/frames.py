"""What a GenICam buffer holds: pixels in one of the formats of PFNC, under a block id that wraps."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.errors import DeviceError

LAST_GEV1_BLOCK_ID = 0xFFFF
"""Block ids of GigE Vision 1.x count 1..65535 and go on with 1; 0 is reserved (GigE Vision 2.0, 23.1)."""


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """One 8-bit format of the Pixel Format Naming Convention (EMVA, PFNC 2.4), by name and number.

    Attributes:
        conversion: OpenCV's conversion to RGB; None where the pixels are RGB already.
    """

    name: str
    code: int
    channels: int
    conversion: int | None


FORMATS = (
    PixelFormat("Mono8", 0x01080001, 1, cv2.COLOR_GRAY2RGB),
    PixelFormat("BayerGR8", 0x01080008, 1, cv2.COLOR_BayerGRBG2RGB),
    PixelFormat("BayerRG8", 0x01080009, 1, cv2.COLOR_BayerRGGB2RGB),
    PixelFormat("BayerGB8", 0x0108000A, 1, cv2.COLOR_BayerGBRG2RGB),
    PixelFormat("BayerBG8", 0x0108000B, 1, cv2.COLOR_BayerBGGR2RGB),
    PixelFormat("RGB8", 0x02180014, 3, None),
    PixelFormat("BGR8", 0x02180015, 3, cv2.COLOR_BGR2RGB),
    PixelFormat("RGBa8", 0x02200016, 4, cv2.COLOR_RGBA2RGB),
    PixelFormat("BGRa8", 0x02200017, 4, cv2.COLOR_BGRA2RGB),
    PixelFormat("YUV422_8_UYVY", 0x0210001F, 2, cv2.COLOR_YUV2RGB_UYVY),
    PixelFormat("YUV422_8", 0x02100032, 2, cv2.COLOR_YUV2RGB_YUYV),
)


@dataclass(frozen=True, slots=True, eq=False)
class RawImage:
    """One picture as it lies in the device's buffer.

    Attributes:
        data: (N,) uint8, at least the `height` lines; still the buffer's own memory.
        pixel_format: the format's name or number.
        padding: bytes after each line.
    """

    data: NDArray[np.uint8]
    width: int
    height: int
    pixel_format: str | int
    padding: int = 0


def to_rgb(raw: RawImage) -> NDArray[np.uint8]:
    """The picture as (H, W, 3) uint8 in new memory; the buffer may be given back then.

    Raises:
        DeviceError: the format is none that is read here, or the buffer is shorter than its picture.
    """
    known = _format(raw.pixel_format)
    line = raw.width * known.channels
    size = (line + raw.padding) * raw.height
    if raw.width <= 0 or raw.height <= 0 or raw.data.size < size:
        raise DeviceError(
            f"a buffer of {raw.data.size} bytes cannot hold {raw.width} x {raw.height} pixels of {known.name}"
        )
    lines = raw.data[:size].reshape(raw.height, line + raw.padding)[:, :line]
    pixels = lines.reshape(raw.height, raw.width, known.channels) if known.channels > 1 else lines
    if known.conversion is None:
        return np.array(pixels, dtype=np.uint8)
    try:
        return np.asarray(cv2.cvtColor(pixels, known.conversion), dtype=np.uint8)
    except cv2.error as error:
        raise DeviceError(
            f"{raw.width} x {raw.height} pixels of {known.name} cannot be read: set an even Width"
        ) from error


def _format(wanted: str | int) -> PixelFormat:
    for known in FORMATS:
        if wanted in (known.name, known.code):
            return known
    said = f"0x{wanted:08x}" if isinstance(wanted, int) else wanted
    names = ", ".join(known.name for known in FORMATS)
    raise DeviceError(f"the pixel format {said} is not read here: set PixelFormat to one of {names}")


class BlockIds:
    """Makes a sequence number that only counts up out of block ids that wrap or start again."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._sequence = 0

    def sequence(self, block_id: int) -> int:
        """The number of this block, a gap for each block that is missing since the one before."""
        step = 1 if self._last is None else block_id - self._last
        if step <= 0 and self._last is not None and self._last <= LAST_GEV1_BLOCK_ID:
            step += LAST_GEV1_BLOCK_ID
        self._sequence += max(1, step)
        self._last = block_id
        return self._sequence
