"""Finding the product: what is known of an item, the catalogue's index, and the strategies that search it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from booth.domain.evidence import PartialCode, PrintedWord, Understood
from booth.domain.percept import FloatArray
from booth.domain.product import BarcodeRead, Candidate, Identification, Product
from booth.domain.sample import SiteIdentity
from booth.ports.service import Options

VECTOR_SIZE = 256
"""The length of an embedding."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """What is known of an item whose product is sought; every kind of evidence may be missing.

    Attributes:
        embeddings: (V, 256) float32 of unit length, one row a view, or None.
        size_mm: length >= width >= height of the item's box, or None.
        weight_g: its weight, or None.
        shortlist: GTINs that the site expects of this order, tote or purchase order.
        understood: what the words, typed and printed, mean in this catalogue.
        without: what must not be understood, as a person took it away.
        matched: how well the local features of a product's references fit, by GTIN; 0..1, as far as compared.
    """

    barcodes: tuple[BarcodeRead, ...] = ()
    partial_codes: tuple[PartialCode, ...] = ()
    typed_text: str = ""
    words: tuple[PrintedWord, ...] = ()
    embeddings: FloatArray | None = None
    size_mm: tuple[float, float, float] | None = None
    weight_g: float | None = None
    shortlist: tuple[str, ...] = ()
    understood: tuple[Understood, ...] = ()
    without: tuple[Understood, ...] = ()
    matched: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What was known of an item, and what that found."""

    query: Query
    identification: Identification


class Hit(NamedTuple):
    """A product that a search found; scores are comparable within one answer only."""

    gtin: str
    score: float


class CatalogueIndex(Protocol):
    """The searchable catalogue. Searches may come from any thread; changes from one at a time."""

    @property
    def snapshot(self) -> str:
        """Changes whenever the catalogue does."""

    def count(self) -> int:
        """How many products there are."""

    def by_gtin(self, gtin: str) -> Product | None: ...

    def get(self, gtins: Sequence[str]) -> Sequence[Product]:
        """The products of these GTINs in their order; unknown ones are left out."""

    def values(self, name: str) -> Mapping[str, int]:
        """How many products have each value of `brand`, `category` or `size`."""

    def by_gtin_mask(self, mask: str, limit: int) -> Sequence[Hit]:
        """Products whose GTIN-13 fits thirteen characters of digits and `?`, most popular first."""

    def by_text(self, text: str, limit: int, understood: Sequence[Understood] = ()) -> Sequence[Hit]:
        """Full text over title, brand, category and size, best first; forgives typing errors.

        What is understood weighs more by its probability, and above 0.95 nothing else is given.
        """

    def by_vector(self, embeddings: FloatArray, limit: int) -> Sequence[Hit]:
        """Products by their reference pictures' embeddings: the best cosine over all pairs of a row and one.

        Args:
            embeddings: (V, 256) float32 of unit length.
        """

    def by_ranges(self, ranges: Mapping[str, tuple[float, float]], limit: int) -> Sequence[Hit]:
        """Products whose named measures (`weight_g`, `length_mm`, …) all lie within, the middle first."""

    def upsert(self, products: Iterable[Product]) -> int:
        """Add or replace by GTIN in one transaction; gives the number written. Raises: StoreError."""

    def upsert_vectors(self, vectors: Iterable[tuple[str, FloatArray]]) -> int:
        """Set each product's embeddings, (R, 256) float32 of unit length; gives the number of rows written.

        Raises:
            StoreError: a product is unknown, a vector is impossible, or the disk refuses.
        """

    def close(self) -> None:
        """Let go of files and connections."""


@runtime_checkable
class MaintainedIndex(CatalogueIndex, Protocol):
    """A catalogue that can be exchanged whole while it is searched, and proved."""

    def replace(self, products: Iterable[Product]) -> int:
        """Exchange all products at once, keep the embeddings of those that stay; gives the number written.

        Raises:
            StoreError: it cannot be done; whatever `products` raises, too, leaves the catalogue as it was.
        """

    def check(self) -> Sequence[str]:
        """Read every byte; one line for each file that is damaged. Raises: StoreError."""


class Memory(Protocol):
    """What was confirmed before for evidence like this."""

    def recall(self, query: Query, limit: int) -> Sequence[Hit]:
        """Products confirmed for the same codes or words, the most probable first; any thread."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What strategies may search."""

    index: CatalogueIndex
    memory: Memory


class Strategy(Protocol):
    """One way to propose products for an item."""

    @property
    def name(self) -> str: ...

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """At most `limit` candidates, best first; none where its evidence is missing."""


class Finder(Protocol):
    """Finds the product of an item by whatever is known of it; any thread may ask."""

    def find(self, query: Query) -> Identification:
        """Ranked candidates, with the log of how they were found. Raises: StoreError."""


class Lessons(Protocol):
    """Learns from what people confirmed; any thread may call it, and it returns at once."""

    def learn(self, sample_id: str, searches: Sequence[Search], gtin: str) -> None:
        """Log an item's searches, oldest first, with the product as confirmed; empty where it was not."""


class Shortlist(Protocol):
    """What the site expects to arrive; any thread may ask."""

    def expected(self, identity: SiteIdentity) -> Sequence[str]:
        """GTINs of this licence plate, tote or order; none where the site knows nothing of it."""


Understand = Callable[[str, Sequence[Understood]], Sequence[Understood]]
"""What the words of a text mean in this catalogue; what the second argument names, they do not mean."""
IndexFactory = Callable[[Path, Options], CatalogueIndex]
StrategyFactory = Callable[[Sources], Strategy]
ShortlistFactory = Callable[[Options], Shortlist]
