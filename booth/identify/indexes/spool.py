"""What is to be written, kept in a file first, so that an error in what comes writes nothing anywhere."""

from __future__ import annotations

import json
import struct
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.errors import StoreError
from booth.ports.finding import VECTOR_SIZE

FIELDS = (
    "gtin", "title", "brand", "category", "size",
    "weight_g", "length_mm", "width_mm", "height_mm", "popularity",
)  # fmt: skip
_HEAD = struct.Struct("<13sI")


@contextmanager
def spooled_products(products: Iterable[Product]) -> Iterator[IO[bytes]]:
    """All of them, a JSON document a line. Raises: StoreError: there is no room for them."""
    with _room() as file:
        for product in products:
            document = {name: getattr(product, name) for name in FIELDS} | {"extra": dict(product.extra)}
            _put(file, json.dumps(document).encode() + b"\n")
        yield file


@contextmanager
def spooled_vectors(vectors: Iterable[tuple[str, FloatArray]]) -> Iterator[IO[bytes]]:
    """All of them, checked before: GTIN, number of rows, rows. Raises: StoreError: there is no room."""
    with _room() as file:
        for gtin, rows in vectors:
            _put(file, _HEAD.pack(gtin.encode(), len(rows)) + rows.tobytes())
        yield file


def products_in(file: IO[bytes]) -> Iterator[Product]:
    """The products that were spooled, from the first on."""
    file.seek(0)
    for line in file:
        yield Product(**json.loads(line))


def vectors_in(file: IO[bytes]) -> Iterator[tuple[str, FloatArray]]:
    """The embeddings that were spooled, from the first on."""
    file.seek(0)
    while head := file.read(_HEAD.size):
        gtin, rows = _HEAD.unpack(head)
        values = np.frombuffer(file.read(rows * VECTOR_SIZE * 4), np.float32)
        yield gtin.decode(), values.reshape(-1, VECTOR_SIZE)


@contextmanager
def _room() -> Iterator[IO[bytes]]:
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 (closed below; only the opening may fail so)
    except OSError as error:
        raise StoreError(f"no temporary file can be made for the change: {error.strerror}") from error
    with file:
        yield file


def _put(file: IO[bytes], data: bytes) -> None:
    try:
        file.write(data)
    except OSError as error:
        raise StoreError(f"no room for the change among temporary files: {error.strerror}") from error
