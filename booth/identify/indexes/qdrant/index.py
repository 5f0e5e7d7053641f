"""The catalogue index over Qdrant: a server or cluster in production, the client's local mode in tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from qdrant_client import models

from booth.domain.evidence import Understood
from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.errors import ConfigError
from booth.identify.indexes import checking
from booth.identify.indexes.folding import typed_digits, typed_words
from booth.identify.indexes.qdrant import points
from booth.identify.indexes.qdrant.client import Connection, check_url
from booth.identify.indexes.qdrant.collections import State, ensure_collections, read_state
from booth.identify.indexes.qdrant.writing import write_products, write_vectors
from booth.identify.indexes.scoring import POPULARITY_GAIN, certain, ranked, weighed
from booth.identify.indexes.spool import products_in, spooled_products, spooled_vectors, vectors_in
from booth.ports.finding import Hit
from booth.ports.service import Options

TIMEOUT_S = 2.0
COLLECTION = "booth"
MIN_GTIN_DIGITS = 3
PREFETCHED = 2_000
SHORTLIST = 150
WITHIN = 2_000
"""So many products within ranges are ordered exactly; of more, those nearest to the middle are looked for."""
_OPTIONS = ("url", "path", "api_key", "collection", "timeout_s")
_COLLECTION = re.compile(r"[A-Za-z0-9_-]{1,60}")
_MOST_POPULAR = models.OrderBy(key="popularity", direction=models.Direction.DESC)


class QdrantIndex:
    """A CatalogueIndex in one collection. Any thread may search; one at a time may change it.

    A change is written batch by batch: while it is, searches find products partly new and partly old.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        """Make the collections where they are missing. Raises: StoreError."""
        self._connection = connection
        self._name = name
        with connection.lent() as client:
            ensure_collections(client, name, connection.is_local)

    @property
    def snapshot(self) -> str:
        """The catalogue's own name and how often it was changed. Raises: StoreError."""
        return self._state().snapshot

    def count(self) -> int:
        """How many products there are. Raises: StoreError."""
        with self._connection.lent() as client:
            return int(client.count(self._name).count)

    def by_gtin(self, gtin: str) -> Product | None:
        """The product of this GTIN-13. Raises: StoreError."""
        found = self.get([gtin])
        return found[0] if found else None

    def get(self, gtins: Sequence[str]) -> Sequence[Product]:
        """The known ones of these products, in the order asked. Raises: StoreError."""
        asked = [gtin for gtin in gtins if checking.is_gtin(gtin)]
        if not asked:
            return []
        ids = list(dict.fromkeys(points.id_of(gtin) for gtin in asked))
        with self._connection.lent() as client:
            records = client.retrieve(self._name, ids, with_payload=list(points.FIELDS))
        found = {product.gtin: product for product in map(_product_of, records)}
        return [found[gtin] for gtin in asked if gtin in found]

    def values(self, name: str) -> Mapping[str, int]:
        """How many products have each brand, category or size. Raises: InputError, StoreError."""
        checking.check_facet(name)
        with self._connection.lent() as client:
            most = client.count(self._name).count
            counted = client.facet(self._name, name, limit=max(1, most), exact=True)
        return {str(hit.value): hit.count for hit in counted.hits if hit.value != ""}

    def by_gtin_mask(self, mask: str, limit: int) -> Sequence[Hit]:
        """Products whose GTIN-13 fits, most popular first.

        Raises:
            InputError: the mask is not thirteen characters of digits and `?`.
            StoreError: the server is gone or refuses.
        """
        checking.check_mask(mask)
        return self._most_popular(points.fits_mask(mask), limit) if limit > 0 else []

    def by_text(self, text: str, limit: int, understood: Sequence[Understood] = ()) -> Sequence[Hit]:
        """Products by typed words, or by any part of the GTIN where digits alone were typed; best first.

        Qdrant shortlists by words, their beginnings and their misspellings, as a sparse vector weighed by
        rarity; the order is made here, by the words themselves. Nothing that is typed can be wrong.

        Raises:
            StoreError: the server is gone or refuses.
        """
        if limit <= 0:
            return []
        digits = typed_digits(text)
        if len(digits) >= MIN_GTIN_DIGITS and (found := self._by_digits(digits, limit)):
            return found
        words = typed_words(text) or typed_words(" ".join(part.value for part in understood))
        if not words:
            return []
        top = self._state().top_popularity
        products = self._shortlisted(words, understood, max(SHORTLIST, limit), top)
        return ranked(weighed(words, products), products, top, understood, limit)

    def by_vector(self, embeddings: FloatArray, limit: int) -> Sequence[Hit]:
        """Products by the best cosine over all pairs of a view and a reference.

        Raises:
            InputError: the embeddings are not (V, 256) numbers.
            StoreError: the server is gone or refuses.
        """
        checking.check_question(embeddings)
        if limit <= 0 or not len(embeddings):
            return []
        asked = [
            models.QueryRequest(
                query=[row.tolist()], using=points.PICTURES, limit=limit, with_payload=["gtin"]
            )
            for row in embeddings
        ]
        with self._connection.lent() as client:
            answers = client.query_batch_points(self._name, asked)
        best: dict[str, float] = {}
        for point in (point for answer in answers for point in answer.points):
            gtin = str((point.payload or {})["gtin"])
            best[gtin] = max(best.get(gtin, -1.0), float(point.score))
        ordered = sorted(best.items(), key=lambda entry: (-entry[1], entry[0]))
        return [Hit(gtin, score) for gtin, score in ordered[:limit]]

    def by_ranges(self, ranges: Mapping[str, tuple[float, float]], limit: int) -> Sequence[Hit]:
        """Products whose named measures all lie within, the middle first; an unknown one never fits.

        Raises:
            InputError: a measure of that name does not exist.
            StoreError: the server is gone or refuses.
        """
        checking.check_ranges(ranges)
        if limit <= 0 or any(low > high for low, high in ranges.values()):
            return []
        if not ranges:
            return self._most_popular(models.Filter(), limit)
        middles = checking.middles_of(ranges)
        scored = [
            (checking.off_middle(payload, middles), -payload["popularity"], payload["gtin"])
            for payload in self._within(ranges, middles, limit)
        ]
        return [Hit(gtin, 1.0 - off) for off, _, gtin in sorted(scored)[:limit]]

    def upsert(self, products: Iterable[Product]) -> int:
        """Add or replace by GTIN; gives the number of products written.

        Whatever `products` raises while it is read leaves the catalogue as it was. A server that is lost in
        the middle leaves it torn, as the snapshot says: the same change again mends it.

        Raises:
            StoreError: a product is impossible, or the server is gone or refuses.
        """
        with spooled_products(checking.checked_products(products)) as file, self._connection.lent() as client:
            return write_products(client, self._name, products_in(file))

    def upsert_vectors(self, vectors: Iterable[tuple[str, FloatArray]]) -> int:
        """Set products' embeddings; gives the rows written. Raises: StoreError, as `upsert`."""
        with spooled_vectors(checking.checked_vectors(vectors)) as file, self._connection.lent() as client:
            return write_vectors(client, self._name, lambda: vectors_in(file))

    def close(self) -> None:
        """Let go of the server or the folder."""
        self._connection.close()

    def _state(self) -> State:
        with self._connection.lent() as client:
            return read_state(client, self._name)

    def _by_digits(self, digits: str, limit: int) -> list[Hit]:
        """Those whose number begins so; if none does, those that hold the digits."""
        if len(digits) > len("4006381333931"):
            return []
        begun = self._most_popular(points.begins_with(digits), limit)
        return begun or self._most_popular(points.holds_digits(digits), limit)

    def _most_popular(self, condition: models.Filter, limit: int) -> list[Hit]:
        with self._connection.lent() as client:
            found, _ = client.scroll(
                self._name, condition, limit=limit, order_by=_MOST_POPULAR, with_payload=["gtin"]
            )
        return [Hit(str((record.payload or {})["gtin"]), 1.0) for record in found]

    def _shortlisted(
        self, words: Sequence[str], understood: Sequence[Understood], limit: int, top: float
    ) -> list[Product]:
        fitting = models.Prefetch(
            query=points.question_of(words),
            using=points.WORDS,
            filter=points.has_values(certain(understood)),
            limit=max(PREFETCHED, limit),
        )
        with self._connection.lent() as client:
            answer = client.query_points(
                self._name,
                prefetch=fitting,
                query=models.FormulaQuery(formula=_with_popularity(top), defaults={"bias": 0.0}),
                limit=limit,
                with_payload=list(points.FIELDS),
            )
        return [_product_of(point) for point in answer.points]

    def _within(
        self,
        ranges: Mapping[str, tuple[float, float]],
        middles: Mapping[str, tuple[float, float]],
        limit: int,
    ) -> list[dict[str, Any]]:
        """All that lie within; where they are too many, those of the smallest middle part that are enough."""
        found = self._scrolled(ranges)
        share = 0.5
        while len(found) >= max(WITHIN, limit) and share > 1e-3:
            inner = {
                name: (
                    middles[name][0] - share * middles[name][1],
                    middles[name][0] + share * middles[name][1],
                )
                if name in middles
                else bounds
                for name, bounds in ranges.items()
            }
            nearer = self._scrolled(inner)
            if len(nearer) < limit:
                break
            found, share = nearer, share / 2
        return found

    def _scrolled(self, ranges: Mapping[str, tuple[float, float]]) -> list[dict[str, Any]]:
        fields = ["gtin", "popularity", *ranges]
        with self._connection.lent() as client:
            found, _ = client.scroll(
                self._name, points.lies_within(ranges), limit=WITHIN, with_payload=fields
            )
        return [dict(record.payload or {}) for record in found]


def index(path: Path, options: Options) -> QdrantIndex:
    """Entry point of group `booth.indexes`; the folder `path` is not used.

    Options: `url` of a server, or `path` of a folder or `:memory:` for the client's local mode, which is for
    tests; `api_key`; `collection`, default `booth`; `timeout_s`, default 2, in whole seconds.

    Raises:
        ConfigError: an option is unknown, missing or impossible.
        StoreError: the server cannot be reached, or its collections are another version's.
    """
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown:
        known = ", ".join(_OPTIONS)
        raise ConfigError(f"the index qdrant has no option {unknown[0][:40]!r}; it has {known}")
    url, folder, key = options.get("url", ""), options.get("path", ""), options.get("api_key")
    if not isinstance(url, str) or not isinstance(folder, str) or bool(url) == bool(folder):
        raise ConfigError("the index qdrant needs identify.options.url or identify.options.path")
    if url:
        check_url(url)
    if key is not None and (not isinstance(key, str) or not key.isascii() or not key.isprintable()):
        raise ConfigError("identify.options.api_key must be a line of plain text")
    name = options.get("collection", COLLECTION)
    if not isinstance(name, str) or not _COLLECTION.fullmatch(name):
        raise ConfigError("identify.options.collection must be a name of letters, digits, _ and -")
    timeout_s = checking.checked_timeout(options.get("timeout_s", TIMEOUT_S))
    return QdrantIndex(Connection(url, folder, key, timeout_s), name)


def _with_popularity(top: float) -> models.MultExpression:
    share = POPULARITY_GAIN / max(1.0, points.bias_of(top))
    gain = models.SumExpression(sum=[1.0, models.MultExpression(mult=[share, "bias"])])
    return models.MultExpression(mult=["$score", gain])


def _product_of(record: models.Record | models.ScoredPoint) -> Product:
    return points.product_of(record.payload or {})
