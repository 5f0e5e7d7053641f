"""Changes of the catalogue in Qdrant, batch by batch.

Qdrant has no transactions over several batches. What comes is checked whole before the first is written.
Where the server is lost between two, the state says that the change was begun and not ended; searches go on,
over products partly new and partly old, and giving the same change again mends it: every write replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from qdrant_client import QdrantClient, models

from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.errors import StoreError
from booth.identify.indexes.qdrant.collections import State, begin_change, write_state
from booth.identify.indexes.qdrant.points import PICTURES, WORDS, id_of, payload_of, sparse_of

BATCH = 500
Vectors = Iterable[tuple[str, FloatArray]]
_Kept = TypeVar("_Kept")


def write_products(client: QdrantClient, name: str, products: Iterable[Product]) -> int:
    """Add or replace all of them; gives the number of products written."""
    written: set[str] = set()
    state: State | None = None
    for batch in _batches((product.gtin, product) for product in products):
        state = state or begin_change(client, name)
        _write(client, name, batch)
        top = max(product.popularity for product in batch.values())
        state = replace(state, top_popularity=max(state.top_popularity, top))
        written.update(batch)
    if state:
        write_state(client, name, replace(state, torn=False))
    return len(written)


def write_vectors(client: QdrantClient, name: str, vectors: Callable[[], Vectors]) -> int:
    """Set all pictures, which are read twice; gives the number of rows written.

    Raises:
        StoreError: a product is unknown; nothing was written.
    """
    for batch in _batches(vectors()):
        _refuse_unknown(client, name, batch)
    state: State | None = None
    written = 0
    for batch in _batches(vectors()):
        state = state or begin_change(client, name)
        _set(client, name, batch)
        written += sum(len(rows) for rows in batch.values())
    if state:
        write_state(client, name, replace(state, torn=False))
    return written


def _batches(entries: Iterable[tuple[str, _Kept]]) -> Iterator[dict[str, _Kept]]:
    """By GTIN; of a GTIN that is in a batch twice the last counts."""
    batch: dict[str, _Kept] = {}
    for gtin, entry in entries:
        batch[gtin] = entry
        if len(batch) >= BATCH:
            yield batch
            batch = {}
    if batch:
        yield batch


def _write(client: QdrantClient, name: str, batch: dict[str, Product]) -> None:
    """Write what differs, with the pictures that were there."""
    found = {
        point.id: point
        for point in client.retrieve(name, [id_of(gtin) for gtin in batch], with_vectors=[PICTURES])
    }
    points = []
    for gtin, product in batch.items():
        known, payload = found.get(id_of(gtin)), payload_of(product)
        if known and known.payload == payload:
            continue
        vectors: dict[str, models.Vector] = {WORDS: sparse_of(product)}
        if known and isinstance(known.vector, dict) and PICTURES in known.vector:
            vectors[PICTURES] = known.vector[PICTURES]
        points.append(models.PointStruct(id=id_of(gtin), vector=vectors, payload=payload))
    if points:
        client.upsert(name, points)


def _refuse_unknown(client: QdrantClient, name: str, batch: dict[str, FloatArray]) -> None:
    found = client.retrieve(name, [id_of(gtin) for gtin in batch], with_payload=False)
    known = {point.id for point in found}
    for gtin in batch:
        if id_of(gtin) not in known:
            raise StoreError(f"there is no product {gtin!r} to have a picture")


def _set(client: QdrantClient, name: str, batch: dict[str, FloatArray]) -> None:
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
