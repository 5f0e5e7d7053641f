"""Reads from a JPEG XL file how large its picture says it is, without decoding it."""

from __future__ import annotations

from collections.abc import Iterator

from booth.errors import InputError

SIGNATURE = b"\xff\x0a"
CONTAINER = b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"
SIZE_BITS = (9, 13, 18, 30)
RATIOS = ((1, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
HEADER_BYTES = 16
"""More than the longest size header: two bytes of signature and 68 bits."""


def declared_size(data: bytes) -> tuple[int, int]:
    """Height and width in px, as the size header of ISO/IEC 18181-1 (clause D.2) gives them.

    Raises:
        InputError: the data is no JPEG XL file, or ends within its header.
    """
    codestream = next(_codestreams(data), b"")[:HEADER_BYTES]
    if not codestream.startswith(SIGNATURE):
        raise InputError("not a JPEG XL picture")
    bits = _Bits(codestream[len(SIGNATURE) :])
    small = bits.take(1) == 1
    height = _side(bits, small)
    ratio = bits.take(3)
    if ratio == 0:
        return height, _side(bits, small)
    wide, high = RATIOS[ratio]
    return height, height * wide // high


class _Bits:
    """Bits of a header, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._left = len(data) * 8
        self._value = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        if count > self._left:
            raise InputError("the JPEG XL header is cut short")
        taken = self._value & ((1 << count) - 1)
        self._value >>= count
        self._left -= count
        return taken


def _side(bits: _Bits, small: bool) -> int:
    if small:
        return 8 * (bits.take(5) + 1)
    return bits.take(SIZE_BITS[bits.take(2)]) + 1


def _codestreams(data: bytes) -> Iterator[bytes]:
    """The start of each codestream: the file itself, or the boxes of a container (ISO/IEC 18181-2)."""
    if not data.startswith(CONTAINER):
        yield data[:HEADER_BYTES]
        return
    at = len(CONTAINER)
    while at + 8 <= len(data):
        size, kind, start = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], at + 8
        if size == 1:
            size, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        if kind in (b"jxlc", b"jxlp"):
            start += 4 if kind == b"jxlp" else 0  # a part begins with its number
            yield data[start : start + HEADER_BYTES]
        if size < start - at:
            return  # the last box, or nonsense
        at += size
