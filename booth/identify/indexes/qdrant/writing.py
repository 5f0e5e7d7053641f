"""Changes of the catalogue in Qdrant, batch by batch.

Qdrant has no transactions over several batches. What comes is checked whole before the first is written.
Where the server is lost between two, the state says that the change was begun and not ended; searches go on,
over products partly new and partly old, and giving the same change again mends it: every write replaces.
"""

from __future__ import annotations

from dataclasses import replace
from typing import IO

from qdrant_client import QdrantClient, models

from booth.errors import StoreError
from booth.identify.indexes.qdrant.collections import State, begin_change, write_state
from booth.identify.indexes.qdrant.points import FIELDS, PICTURES, WORDS, id_of, product_of, sparse_of
from booth.identify.indexes.qdrant.spool import Payloads, Pictures, payloads, pictures


def write_products(client: QdrantClient, name: str, file: IO[bytes]) -> int:
    """Add or replace all that was spooled; gives the number of products written."""
    written: set[str] = set()
    state: State | None = None
    for batch in payloads(file):
        state = state or begin_change(client, name)
        _write(client, name, batch)
        top = max(payload["popularity"] for payload in batch.values())
        state = replace(state, top_popularity=max(state.top_popularity, top))
        written.update(batch)
    if state:
        write_state(client, name, replace(state, torn=False))
    return len(written)


def _write(client: QdrantClient, name: str, batch: Payloads) -> None:
    """Write what differs, with the pictures that were there."""
    ids = [id_of(gtin) for gtin in batch]
    found = {point.id: point for point in client.retrieve(name, ids, with_vectors=[PICTURES])}
    points = []
    for gtin, payload in batch.items():
        known = found.get(id_of(gtin))
        if known and known.payload == payload:
            continue
        vectors: dict[str, models.Vector] = {
            WORDS: sparse_of(product_of({key: payload[key] for key in FIELDS}))
        }
        if known and isinstance(known.vector, dict) and PICTURES in known.vector:
            vectors[PICTURES] = known.vector[PICTURES]
        points.append(models.PointStruct(id=id_of(gtin), vector=vectors, payload=payload))
    if points:
        client.upsert(name, points)


def write_vectors(client: QdrantClient, name: str, file: IO[bytes]) -> int:
    """Set all pictures that were spooled; gives the number of rows written.

    Raises:
        StoreError: a product is unknown; nothing was written.
    """
    for batch in pictures(file):
        _refuse_unknown(client, name, batch)
    state: State | None = None
    written = 0
    for batch in pictures(file):
        state = state or begin_change(client, name)
        _set(client, name, batch)
        written += sum(len(rows) for rows in batch.values())
    if state:
        write_state(client, name, replace(state, torn=False))
    return written


def _refuse_unknown(client: QdrantClient, name: str, batch: Pictures) -> None:
    found = client.retrieve(name, [id_of(gtin) for gtin in batch], with_payload=False)
    unknown = {id_of(gtin): gtin for gtin in batch}
    for point in found:
        unknown.pop(int(point.id), None)
    for gtin in unknown.values():
        raise StoreError(f"there is no product {gtin!r} to have a picture")


def _set(client: QdrantClient, name: str, batch: Pictures) -> None:
    bare: list[models.ExtendedPointId] = [id_of(gtin) for gtin, rows in batch.items() if not len(rows)]
    if bare:
        client.delete_vectors(name, [PICTURES], bare)
    points = [
        models.PointVectors(id=id_of(gtin), vector={PICTURES: rows.tolist()})
        for gtin, rows in batch.items()
        if len(rows)
    ]
    if points:
        client.update_vectors(name, points)
