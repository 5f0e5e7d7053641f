"""The catalogue index over PostgreSQL with pgvector: a server, a cluster with replicas, or a managed one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pgvector import Vector

from booth.domain.evidence import Understood
from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.errors import ConfigError
from booth.identify.indexes import checking
from booth.identify.indexes.folding import typed_digits, typed_words
from booth.identify.indexes.postgres.connections import WRITE_TIMEOUT_S, Connections
from booth.identify.indexes.postgres.schema import COLUMNS, ensure_tables
from booth.identify.indexes.postgres.text import meant_by, shortlisted
from booth.identify.indexes.postgres.writing import write_products, write_vectors
from booth.identify.indexes.scoring import ranked
from booth.ports.finding import Hit
from booth.ports.service import Options

TIMEOUT_S = 2.0
SCHEMA = "booth"
MIN_GTIN_DIGITS = 3
OVERSCAN = 4
"""So many times more pictures are fetched than products are wanted: a product may have several."""
MAX_NEAR = 10_000
"""Nor are more pictures fetched than these, however few products they are of."""
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,40}")
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM product"
_NEAR = """
WITH asked AS MATERIALIZED (SELECT text::vector AS view FROM unnest(%s::text[]) AS text)
SELECT near.gtin, max(near.cosine) AS best, count(*) FROM asked CROSS JOIN LATERAL (
    SELECT v.gtin, -(v.embedding <#> asked.view) AS cosine FROM picture v
    ORDER BY v.embedding <#> asked.view LIMIT %s) near
GROUP BY near.gtin ORDER BY best DESC, near.gtin
"""


class PostgresIndex:
    """A CatalogueIndex in one schema of a database. Any thread may search; one at a time may change it."""

    def __init__(self, connections: Connections, schema: str) -> None:
        """Make the tables where they are missing. Raises: StoreError."""
        self._connections = connections
        with connections.lent() as connection:
            ensure_tables(connection, schema)

    @property
    def snapshot(self) -> str:
        """The catalogue's own name and how often it was changed. Raises: StoreError."""
        name, revision = self._rows("SELECT name, revision FROM state")[0]
        return f"{name}-{revision}"

    def count(self) -> int:
        """How many products there are. Raises: StoreError."""
        return int(self._rows("SELECT products FROM state")[0][0])

    def by_gtin(self, gtin: str) -> Product | None:
        """The product of this GTIN-13. Raises: StoreError."""
        found = self.get([gtin])
        return found[0] if found else None

    def get(self, gtins: Sequence[str]) -> Sequence[Product]:
        """The known ones of these products, in the order asked. Raises: StoreError."""
        asked = [gtin for gtin in gtins if checking.is_gtin(gtin)]
        rows = self._rows(f"{_SELECT} WHERE gtin = ANY(%s)", (asked,)) if asked else []
        found = {row[0]: _product_of(row) for row in rows}
        return [found[gtin] for gtin in asked if gtin in found]

    def values(self, name: str) -> Mapping[str, int]:
        """How many products have each brand, category or size. Raises: InputError, StoreError."""
        checking.check_facet(name)
        return dict(self._rows(f"SELECT {name}, count(*) FROM product WHERE {name} <> '' GROUP BY {name}"))

    def by_gtin_mask(self, mask: str, limit: int) -> Sequence[Hit]:
        """Products whose GTIN-13 fits, most popular first; from either end it is found by an index.

        Raises:
            InputError: the mask is not thirteen characters of digits and `?`.
            StoreError: the server is gone or refuses.
        """
        checking.check_mask(mask)
        return self._masked([mask.replace("?", "_")], limit) if limit > 0 else []

    def by_text(self, text: str, limit: int, understood: Sequence[Understood] = ()) -> Sequence[Hit]:
        """Products by typed words, or by any part of the GTIN where digits alone were typed; best first.

        Nothing that is typed can be wrong. Raises: StoreError.
        """
        if limit <= 0:
            return []
        digits = typed_digits(text)
        if len(digits) >= MIN_GTIN_DIGITS and (found := self._by_digits(digits, limit)):
            return found
        words = typed_words(text) or typed_words(" ".join(part.value for part in understood))
        if not words:
            return []
        with self._connections.lent() as connection:
            typed, rows, top = shortlisted(connection, meant_by(connection, words), understood, limit)
        return ranked(typed, [_product_of(row) for row in rows], top, understood, limit)

    def by_vector(self, embeddings: FloatArray, limit: int) -> Sequence[Hit]:
        """Products by the best cosine over all pairs of a view and a reference.

        Raises:
            InputError: the embeddings are not (V, 256) numbers.
            StoreError: the server is gone or refuses.
        """
        checking.check_question(embeddings)
        views = [Vector(row).to_text() for row in embeddings]
        if not views or limit <= 0:
            return []
        pictures = OVERSCAN * limit
        rows = self._rows(_NEAR, (views, pictures))
        while len(rows) < limit and pictures < MAX_NEAR and sum(row[2] for row in rows) >= pictures:
            pictures *= OVERSCAN
            rows = self._rows(_NEAR, (views, pictures))
        return [Hit(gtin, float(cosine)) for gtin, cosine, _ in rows[:limit]]

    def by_ranges(self, ranges: Mapping[str, tuple[float, float]], limit: int) -> Sequence[Hit]:
        """Products whose named measures all lie within, the middle first; an unknown one never fits.

        Raises:
            InputError: a measure of that name does not exist.
            StoreError: the server is gone or refuses.
        """
        checking.check_ranges(ranges)
        if limit <= 0:
            return []
        within = " AND ".join(f"{name} > 0 AND {name} BETWEEN %s AND %s" for name in ranges) or "true"
        middles = checking.middles_of(ranges)
        off = " + ".join(["0.0", *(f"abs({name} - %s) / %s" for name in middles)])
        select = (
            f"SELECT gtin, {off} AS off FROM product WHERE {within} ORDER BY off, popularity DESC LIMIT %s"
        )
        values = [*(value for pair in middles.values() for value in pair)]
        values += [float(bound) for pair in ranges.values() for bound in pair]
        rows = self._rows(select, (*values, limit))
        return [Hit(gtin, 1.0 - float(off) / max(1, len(ranges))) for gtin, off in rows]

    def upsert(self, products: Iterable[Product]) -> int:
        """Add or replace by GTIN in one transaction; gives the number of products written.

        Whatever `products` raises while it is read leaves the catalogue as it was.

        Raises:
            StoreError: a product is impossible, or the server is gone or refuses.
        """
        with self._connections.lent(WRITE_TIMEOUT_S) as connection:
            return write_products(connection, checking.checked_products(products))

    def upsert_vectors(self, vectors: Iterable[tuple[str, FloatArray]]) -> int:
        """Set products' embeddings in one transaction; gives the rows written. Raises: StoreError."""
        with self._connections.lent(WRITE_TIMEOUT_S) as connection:
            return write_vectors(connection, checking.checked_vectors(vectors))

    def close(self) -> None:
        """Let go of the connections."""
        self._connections.close()

    def _by_digits(self, digits: str, limit: int) -> list[Hit]:
        """Those whose number begins so, as EAN-13, UPC-A or EAN-8; else those that hold the digits."""
        begins = [f"{zeros}{digits}%" for zeros in ("", "0", "00000")]
        return self._masked(begins, limit) or self._masked([f"%{digits}%"], limit)

    def _masked(self, patterns: Sequence[str], limit: int) -> list[Hit]:
        tests = []
        for pattern in patterns:
            known = re.split(r"[_%]", pattern)
            ends = len(known[-1]) > len(known[0])
            tests.append(("reverse(gtin) LIKE %s", pattern[::-1]) if ends else ("gtin LIKE %s", pattern))
        select = (
            f"SELECT gtin FROM product WHERE {' OR '.join(test for test, _ in tests)} "
            "ORDER BY popularity DESC, gtin LIMIT %s"
        )
        return [Hit(row[0], 1.0) for row in self._rows(select, (*(value for _, value in tests), limit))]

    def _rows(self, select: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._connections.lent() as connection:
            return connection.execute(select, values).fetchall()


def index(path: Path, options: Options) -> PostgresIndex:
    """Entry point of group `booth.indexes`; the folder `path` is not used.

    Options: `dsn`, the address as libpq takes it, so that its password may come from a password file;
    `schema`, default `booth`; `timeout_s`, default 2.

    Raises:
        ConfigError: an option is unknown, missing or impossible.
        StoreError: the server cannot be reached, or its tables are another version's.
    """
    unknown = sorted(set(options) - {"dsn", "schema", "timeout_s"})
    if unknown:
        raise ConfigError(
            f"the index postgres has no option {unknown[0][:40]!r}; it has dsn, schema, timeout_s"
        )
    dsn, schema = options.get("dsn"), options.get("schema", SCHEMA)
    if not isinstance(dsn, str) or not dsn.strip():
        raise ConfigError("identify.options.dsn is missing: write postgresql://user@host:5432/database")
    if not isinstance(schema, str) or not _SCHEMA.fullmatch(schema) or schema.startswith("pg_"):
        raise ConfigError("identify.options.schema must be a name of a-z, 0-9 and _, not beginning with pg_")
    timeout_s = checking.checked_timeout(options.get("timeout_s", TIMEOUT_S))
    return PostgresIndex(Connections(dsn, timeout_s, schema), schema)


def _product_of(row: Sequence[Any]) -> Product:
    fields: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    return Product(**{**fields, "extra": json.loads(row[-1])})
