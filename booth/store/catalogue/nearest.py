"""Nearest embeddings: a scan of 256-bit codes gives a few hundred rows, whose small integers rank them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from booth.domain.percept import FloatArray
from booth.errors import InputError
from booth.ports.finding import VECTOR_SIZE, Hit
from booth.store.catalogue.bases import newest_base, place_base
from booth.store.catalogue.codes import Coder, Codes, coder_for
from booth.store.catalogue.pictures import Pictures, SmallInts, Vectors
from booth.store.catalogue.products import State
from booth.store.catalogue.sealed import Array

FOLDER = "vectors"
NEAR = 300
"""Rows that a scan gives for each query at least."""
NEAR_EACH = 10
"""Rows that all scans give for each product asked for. On 500,000 vectors whose spectrum falls as 1/sqrt(i)
3 give 0.98 of the true ten nearest and 0.45 of the hundred; 10 give 0.997 and 0.67, for 0.4 ms more."""

SAMPLE = 20_000
"""Products whose embeddings the codes are made for."""
CHUNK = 20_000

Owners = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
_NO_OWNERS = np.empty(0, np.int64)
_NO_ROWS = np.empty((0, VECTOR_SIZE), np.int8)
_NONE: Mapping[str, Array] = {
    "owners": _NO_OWNERS,
    "rows": _NO_ROWS,
    "codes": np.empty((0, VECTOR_SIZE // 8), np.uint8),
}


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Embeddings that are searched together.

    Attributes:
        owners: (N,) GTIN of each row.
        by_owner: (N,) rows by ascending GTIN.
        rows: (N, 256).
        codes: (N, 32).
        scanned: a faiss index of the codes.
    """

    owners: Owners
    by_owner: npt.NDArray[np.intp]
    rows: SmallInts
    codes: Codes
    scanned: Any

    @classmethod
    def of(cls, owners: Owners, rows: SmallInts, codes: Codes) -> Layer:
        """Make it ready to search."""
        import faiss

        scanned: Any = faiss.IndexBinaryFlat(VECTOR_SIZE)
        scanned.use_heap = False  # counting by distance costs half of it for a thousand rows
        scanned.add(np.ascontiguousarray(codes))
        return cls(owners, np.argsort(owners, kind="stable"), rows, codes, scanned)

    def rows_of(self, products: Owners) -> npt.NDArray[np.intp]:
        """Every row of these products."""
        starts = np.searchsorted(self.owners, products, "left", sorter=self.by_owner)
        ends = np.searchsorted(self.owners, products, "right", sorter=self.by_owner)
        return np.concatenate([np.empty(0, np.intp), *map(self._between, starts, ends)])

    def _between(self, start: int, end: int) -> npt.NDArray[np.intp]:
        return self.by_owner[start:end]

    def near(self, queries: FloatArray, coded: Codes, count: int) -> tuple[npt.NDArray[np.intp], Scores]:
        """Rows whose codes differ least from that of a query, and their best cosine over the queries."""
        import faiss

        count = min(count, len(self.owners))
        if not count:
            return np.empty(0, np.intp), np.empty(0, np.float32)
        faiss.omp_set_num_threads(1)  # of the calling thread; two cores see and judge meanwhile
        _, found = self.scanned.search(coded, count)
        rows = np.unique(found)
        small = self.rows[rows].astype(np.float32)
        lengths = np.sqrt(np.einsum("ij,ij->i", small, small))
        cosines: Scores = (small @ queries.T).max(axis=1) / np.maximum(lengths, 1.0)
        return rows, cosines


class VectorSearch:
    """Products by their pictures. It never changes; any thread may search."""

    def __init__(self, made_of: int, coder: Coder, base: Layer, parts: Sequence[Vectors]) -> None:
        """Lay what was set since revision `made_of` over the base."""
        self.made_of, self.coder, self.base = made_of, coder, base
        changed = np.concatenate([_NO_OWNERS, *(part.products for part in parts)])
        owners = np.concatenate([_NO_OWNERS, *(part.owners for part in parts)])
        rows = np.concatenate([_NO_ROWS, *(part.rows for part in parts)])
        self.delta = Layer.of(owners, rows, coder.code(rows))
        self.changes = len(changed)
        self.alive: npt.NDArray[np.bool_] | None = None
        if self.changes:
            self.alive = np.ones(len(base.owners), np.bool_)
            self.alive[base.rows_of(changed)] = False
        self._layers = ((base, self.alive), (self.delta, None))

    def by_vector(self, embeddings: FloatArray, limit: int) -> list[Hit]:
        """Each product once, by the best cosine of any of its rows with any query, -1..1.

        Raises:
            InputError: the embeddings are not (V, 256) numbers.
        """
        queries = np.ascontiguousarray(embeddings, np.float32)
        if queries.ndim != 2 or queries.shape[1] != VECTOR_SIZE or not np.isfinite(queries).all():
            raise InputError(f"a search by picture needs (V, {VECTOR_SIZE}) numbers, not {queries.shape}")
        if limit <= 0 or not len(queries):
            return []
        coded = self.coder.code(queries)
        found = [_best(layer, alive, queries, coded, limit) for layer, alive in self._layers]
        owners, cosines = (np.concatenate(parts) for parts in zip(*found, strict=True))
        owners, cosines = _each_once(owners, cosines)
        return [
            Hit(f"{gtin:013}", cosine)
            for gtin, cosine in zip(owners[:limit].tolist(), cosines[:limit].tolist(), strict=True)
        ]


def open_vectors(folder: Path, pictures: Pictures, state: State, known: VectorSearch | None) -> VectorSearch:
    """The vectors as of `state`; the base of `known` is used again. Raises: StoreError."""
    if known is not None:
        made_of, coder, base = known.made_of, known.coder, known.base
    else:
        made_of, arrays = newest_base(folder / FOLDER, state.name, state.revision)
        coder = Coder(arrays["middle"][0], arrays["rotation"]) if arrays else coder_for(_NO_ROWS)
        base = Layer.of(**{name: arrays.get(name, none) for name, none in _NONE.items()})
    return VectorSearch(made_of, coder, base, list(pictures.changed(made_of)))


def place_vectors(
    folder: Path, pictures: Pictures, state: State, known: VectorSearch, changes: int
) -> VectorSearch:
    """Make the vectors of this revision into the base; so many products changed. Raises: StoreError."""
    few = changes < len(known.base.owners)
    parts = _merged(open_vectors(folder, pictures, state, known)) if few else _anew(pictures)
    place_base(folder / FOLDER, state.name, state.revision, parts)
    return open_vectors(folder, pictures, state, None)


def _anew(pictures: Pictures) -> Iterator[tuple[str, Array]]:
    coder = coder_for(pictures.sample(SAMPLE))
    yield from coder.parts()
    yield from _NONE.items()
    for part in pictures.changed(0):
        yield "owners", part.owners
        yield "rows", part.rows
        yield "codes", coder.code(part.rows)


def _merged(known: VectorSearch) -> Iterator[tuple[str, Array]]:
    """What is alive of the base, then the changes: to code a million vectors again takes seconds."""
    yield from known.coder.parts()
    yield from _NONE.items()
    for layer, alive in ((known.base, known.alive), (known.delta, None)):
        for start in range(0, len(layer.owners), CHUNK):
            part = slice(start, start + CHUNK)
            arrays: tuple[Array, ...] = (layer.owners, layer.rows, layer.codes)
            for name, array in zip(_NONE, arrays, strict=True):
                yield name, array[part] if alive is None else array[part][alive[part]]


def _best(
    layer: Layer, alive: npt.NDArray[np.bool_] | None, queries: FloatArray, coded: Codes, limit: int
) -> tuple[Owners, Scores]:
    """Look at more rows until enough different products are among them."""
    count = max(NEAR, NEAR_EACH * limit // len(queries))
    while True:
        rows, cosines = layer.near(queries, coded, count)
        if alive is not None:
            rows, cosines = rows[alive[rows]], cosines[alive[rows]]
        owners, best = _each_once(layer.owners[rows], cosines)
        if len(owners) >= limit or count >= len(layer.owners):
            return owners, best
        count *= 4


def _each_once(owners: Owners, cosines: Scores) -> tuple[Owners, Scores]:
    """Of each product its best row; the best first, the lower GTIN where that is equal."""
    order = np.lexsort((owners, -cosines))
    _, first = np.unique(owners[order], return_index=True)
    best = order[np.sort(first)]
    return owners[best], cosines[best]
