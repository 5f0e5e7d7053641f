"""Finding the product: the catalogue's index, and the strategies that search it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from booth.domain.percept import Percept
from booth.domain.product import BarcodeRead, Candidate, Product
from booth.ports.service import Options


@dataclass(frozen=True, slots=True)
class Query:
    """What is known of an item whose product is sought."""

    barcodes: tuple[BarcodeRead, ...] = ()
    typed_text: str = ""
    printed_words: tuple[str, ...] = ()
    percept: Percept | None = None
    size_mm: tuple[float, float, float] | None = None
    weight_g: float | None = None
    shortlist: tuple[str, ...] = ()


class CatalogueIndex(Protocol):
    """The searchable catalogue. Searches may come from any thread; upsert from one at a time."""

    @property
    def snapshot(self) -> str:
        """Changes whenever the catalogue does."""

    def by_gtin(self, gtin: str) -> Product | None: ...

    def by_gtin_mask(self, mask: str, limit: int) -> Sequence[Product]:
        """Products whose GTIN-13 fits thirteen characters of digits and `?`."""

    def by_text(self, text: str, limit: int) -> Sequence[tuple[Product, float]]:
        """Full text over title, brand, category and size, best first."""

    def by_ranges(self, ranges: Mapping[str, tuple[float, float]], limit: int) -> Sequence[Product]:
        """Products whose named measures (`weight_g`, `length_mm`, …) all lie within."""

    def upsert(self, products: Iterable[Product]) -> int:
        """Add or replace by GTIN in one transaction; gives the number written. Raises: StoreError."""


class Strategy(Protocol):
    """One way to propose products for an item."""

    @property
    def name(self) -> str: ...

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """At most `limit` candidates, best first."""


IndexFactory = Callable[[Path, Options], CatalogueIndex]
StrategyFactory = Callable[[CatalogueIndex], Strategy]
