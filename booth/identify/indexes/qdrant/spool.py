"""What is to be written, kept in a file first, so that an error in what comes writes nothing."""

from __future__ import annotations

import json
import struct
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.identify.indexes.qdrant.points import payload_of
from booth.ports.finding import VECTOR_SIZE

BATCH = 500
_HEAD = struct.Struct("<13sI")

Payloads = dict[str, dict[str, Any]]
Pictures = dict[str, FloatArray]


@contextmanager
def spooled_products(products: Iterable[Product]) -> Iterator[IO[bytes]]:
    """All of them, a JSON document a line."""
    with tempfile.TemporaryFile() as file:
        for product in products:
            file.write(json.dumps(payload_of(product)).encode() + b"\n")
        yield file


@contextmanager
def spooled_vectors(vectors: Iterable[tuple[str, FloatArray]]) -> Iterator[IO[bytes]]:
    """All of them: GTIN, number of rows, rows."""
    with tempfile.TemporaryFile() as file:
        for gtin, rows in vectors:
            file.write(_HEAD.pack(gtin.encode(), len(rows)) + rows.tobytes())
        yield file


def payloads(file: IO[bytes]) -> Iterator[Payloads]:
    """In batches by GTIN, from the beginning; of a GTIN that is in a batch twice the last counts."""
    file.seek(0)
    batch: Payloads = {}
    for line in file:
        payload = json.loads(line)
        batch[payload["gtin"]] = payload
        if len(batch) >= BATCH:
            yield batch
            batch = {}
    if batch:
        yield batch


def pictures(file: IO[bytes]) -> Iterator[Pictures]:
    """In batches by GTIN, from the beginning; of a GTIN that is in a batch twice the last counts."""
    file.seek(0)
    batch: Pictures = {}
    while head := file.read(_HEAD.size):
        gtin, rows = _HEAD.unpack(head)
        values = np.frombuffer(file.read(rows * VECTOR_SIZE * 4), np.float32)
        batch[gtin.decode()] = values.reshape(-1, VECTOR_SIZE)
        if len(batch) >= BATCH:
            yield batch
            batch = {}
    if batch:
        yield batch
