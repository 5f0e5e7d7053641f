"""One whole catalogue in a folder: two databases, and what is made from them, searched as of one revision."""

from __future__ import annotations

import logging
import re
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from booth.domain.evidence import Understood
from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.errors import StoreError
from booth.ports.finding import Hit
from booth.store.catalogue.columns import ColumnSearch, open_columns, place_columns
from booth.store.catalogue.nearest import VectorSearch, open_vectors, place_vectors
from booth.store.catalogue.pictures import Pictures
from booth.store.catalogue.products import Products, State
from booth.store.catalogue.text import TextIndex
from booth.store.catalogue.wording import catch_up_text, open_text, revision_of
from booth.store.database import is_damaged
from booth.store.turn import a_turn_to_write

PRODUCTS_FILE = "products.sqlite"
PICTURES_FILE = "pictures.sqlite"
MANY = 20_000
"""So many changes over a base, read again with each further one, are made into a new base."""
MIN_DIGITS = 3
_DIGITS = re.compile(r"[0-9]+")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """What searches see: it never changes, but for the full text, which is searched at its newest."""

    products: State
    pictures: State
    columns: ColumnSearch
    vectors: VectorSearch
    text: TextIndex

    @property
    def snapshot(self) -> str:
        """Names the catalogue and the revision of either database."""
        return f"{self.products.name}-{self.products.revision}-{self.pictures.revision}"

    def by_text(self, text: str, limit: int, understood: Sequence[Understood]) -> list[Hit]:
        """Digits alone are the start of a GTIN, or else any part of one; other text is words."""
        digits = re.sub(r"[\s\-]+", "", text[:100])
        if not understood and MIN_DIGITS <= len(digits) <= 14 and _DIGITS.fullmatch(digits):
            found = self._by_digits(digits, limit)
            if found:
                return found
        return self.text.search(text, limit, understood)

    def _by_digits(self, digits: str, limit: int) -> list[Hit]:
        """As EAN-13, UPC-A, EAN-8 and GTIN-14 are begun; if none is, those that hold the digits."""
        begun = {digits, "0" + digits, "00000" + digits} | ({digits[1:]} if len(digits) == 14 else set())
        found = self._union([f"{start:?<13}" for start in begun if len(start) <= 13], limit)
        held = [f"{'?' * place}{digits}".ljust(13, "?") for place in range(14 - len(digits))]
        return found or self._union(held, limit)

    def _union(self, masks: Sequence[str], limit: int) -> list[Hit]:
        found = {hit for mask in masks for hit in self.columns.by_mask(mask, limit)}
        return sorted(found, key=lambda hit: (-hit.score, hit.gtin))[: max(0, limit)]


class Generation:
    """A catalogue that is open. Searches from any thread; changes from who holds the turn to write.

    The files are let go of when nobody holds the object any more: searches that run may end first.
    """

    def __init__(self, folder: Path, many: int = MANY) -> None:
        """Open or create it; what lags behind the databases catches up. Raises: StoreError."""
        self.folder, self._many = folder, many
        self.products = Products(folder / PRODUCTS_FILE)
        self.pictures = Pictures(folder / PICTURES_FILE)
        self._closing = weakref.finalize(self, _close, self.products, self.pictures)
        products = self._of_one_catalogue()
        pictures = self.pictures.state()
        self.view = View(
            products,
            pictures,
            open_columns(folder, self.products, products, None),
            open_vectors(folder, self.pictures, pictures, None),
            open_text(folder, self.products),
        )

    def upsert(self, products: Iterable[Product], *, spill: bool = False) -> int:
        """Add or replace products, and bring up what is made from them. Raises: StoreError."""
        written = self.products.upsert(products, spill=spill)
        if written:
            self._see_products(self.products.state(), may_write=True)
            catch_up_text(self.folder, self.view.text, self.products, self.view.products)
        return written

    def upsert_vectors(self, vectors: Iterable[tuple[str, FloatArray]]) -> int:
        """Set embeddings, and bring up what is made from them. Raises: StoreError."""
        written = self.pictures.upsert(vectors, self.products)
        self._see_pictures(self.pictures.state(), may_write=True)
        return written

    def carry_over(self, older: Generation) -> None:
        """Take the embeddings of products that stay, as far as they are whole. Raises: StoreError."""
        try:
            self.pictures.carry_over(older.pictures, self.products)
        except StoreError as error:
            if not is_damaged(error):
                raise
            _log.warning("%s: `booth run` makes it anew from the reference pictures", error)
        self._see_pictures(self.pictures.state(), may_write=True)

    def refresh(self) -> None:
        """See what other processes changed; the full text only once nobody writes it. Raises: StoreError."""
        products, view = self.products.state(), self.view
        if products != view.products:
            self._see_products(products)
        pictures = self.pictures.state()
        if pictures != view.pictures:
            self._see_pictures(pictures)
        if view.text.revision != revision_of(products):
            try:
                self.view = replace(self.view, text=open_text(self.folder, self.products, patience_s=0.0))
            except StoreError as error:
                _log.info("the full text stays as it was for now: %s", error)

    @property
    def is_unsettled(self) -> bool:
        """Whether so much lies over the bases that they should be made anew."""
        return max(self.view.columns.changes, self.view.vectors.changes) > self._many

    def settle(self) -> None:
        """Make anew the bases that much lies over; only who holds the turn to write. Raises: StoreError."""
        self._see_products(self.products.state(), may_write=True)
        self._see_pictures(self.pictures.state(), may_write=True)

    def damage(self) -> list[str]:
        """What is wrong with its files; reads all of them. Raises: StoreError."""
        found = {self.products.path: self.products.damage(), self.pictures.path: self.pictures.damage()}
        return [f"{path}: {said}" for path, said in found.items() if said]

    def close(self) -> None:
        """Let go of the files at once."""
        self._closing()
        self.view.text.close()

    def _of_one_catalogue(self) -> State:
        """The products' state; where the pictures were lost, the catalogue gets another name.

        Under its old name everyone would believe that it has pictures, and nobody would give them again.
        """
        products, pictures = self.products.state(), self.pictures.state()
        if products.revision and not pictures.revision and pictures.name != products.name:
            with a_turn_to_write(self.folder):
                if self.pictures.state().name != self.products.state().name:
                    _log.warning("%s was lost; `booth run` makes it anew", self.pictures.path)
                    self.pictures.belong_to(self.products.rename().name)
                products = self.products.state()
        self.pictures.belong_to(products.name)
        return products

    def _see_products(self, state: State, *, may_write: bool = False) -> None:
        known = self.view.columns
        if may_write and self.products.changes(known.made_of) > self._many:
            columns = place_columns(self.folder, self.products, state)
        else:
            columns = open_columns(self.folder, self.products, state, known)
        self.view = replace(self.view, products=state, columns=columns)

    def _see_pictures(self, state: State, *, may_write: bool = False) -> None:
        known = self.view.vectors
        changes = self.pictures.changes(known.made_of)
        if may_write and changes > self._many:
            vectors = place_vectors(self.folder, self.pictures, state, known, changes)
        else:
            vectors = open_vectors(self.folder, self.pictures, state, known)
        self.view = replace(self.view, pictures=state, vectors=vectors)


def _close(products: Products, pictures: Pictures) -> None:
    products.close()
    pictures.close()
