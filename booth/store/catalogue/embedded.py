"""The embedded catalogue index: a million products in a folder, changed and replaced while it is searched."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

from booth.domain.evidence import Understood
from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.errors import ConfigError, InputError, StoreError
from booth.ports.finding import Hit
from booth.ports.service import Options
from booth.store.catalogue.generation import MANY, PICTURES_FILE, PRODUCTS_FILE, Generation
from booth.store.catalogue.generations import AWAY, NEW, current, publish, where
from booth.store.catalogue.schema import FACETS
from booth.store.database import is_damaged
from booth.store.turn import PATIENCE_S, a_turn_to_write

FOLDER = "catalogue"
OLDER_FILE = "catalogue.sqlite"
"""Where the catalogue lay before; it is not read any more."""
RECHECK_S = 1.0
"""How old a search's idea of the catalogue may be when another process changed it."""
_log = logging.getLogger(__name__)


class Catalogue:
    """A CatalogueIndex in one folder. Any thread may search; one at a time, of any process, may change it."""

    def __init__(self, folder: Path, *, recheck_s: float = RECHECK_S, many: int = MANY) -> None:
        """Open or create it; what is damaged and can be made again is.

        Args:
            many: so many products are written in place. More are written into a copy, which then takes over:
                while SQLite writes what its memory does not hold, nobody reads.

        Raises:
            StoreError: it cannot be opened.
        """
        self._folder, self._recheck_s, self._many = folder, recheck_s, many
        self._changing = threading.Lock()
        self._values: dict[tuple[str, str], Mapping[str, int]] = {}
        if not current(folder):
            self._create()
        self._name = current(folder)
        self._generation = self._opened(self._name)
        self._checked_s = time.monotonic()
        if self._generation.is_unsettled:
            self._settle()

    @property
    def snapshot(self) -> str:
        """The catalogue's own name, and how often products and pictures were changed. Raises: StoreError."""
        return self._now().view.snapshot

    def count(self) -> int:
        """How many products there are. Raises: StoreError."""
        return self._now().view.products.size

    def by_gtin(self, gtin: str) -> Product | None:
        """The product of this GTIN-13. Raises: StoreError."""
        return self._now().products.by_gtin(gtin)

    def get(self, gtins: Sequence[str]) -> Sequence[Product]:
        """The known ones of these products, in the order asked. Raises: StoreError."""
        return self._now().products.get(gtins)

    def values(self, name: str) -> Mapping[str, int]:
        """How many products have each brand, category or size, where they have one.

        Raises:
            InputError: it is none of these.
            StoreError: the catalogue cannot be read.
        """
        if name not in FACETS:
            raise InputError(f"there is no field {name[:40]!r}; there are: {', '.join(FACETS)}")
        generation = self._now()
        key = (generation.view.snapshot, name)
        if key not in self._values:
            kept = {known: counts for known, counts in self._values.items() if known[0] == key[0]}
            self._values = {**kept, key: generation.products.values(name)}
        return self._values[key]

    def by_gtin_mask(self, mask: str, limit: int) -> Sequence[Hit]:
        """Products whose GTIN-13 fits, most popular first.

        Raises:
            InputError: the mask is not thirteen characters of digits and `?`.
            StoreError: the catalogue cannot be read.
        """
        return self._now().view.columns.by_mask(mask, limit)

    def by_text(self, text: str, limit: int, understood: Sequence[Understood] = ()) -> Sequence[Hit]:
        """Products by words, or by the start or any part of a GTIN where digits alone were typed; best first.

        Raises:
            StoreError: the catalogue cannot be read.
        """
        return self._now().view.by_text(text, limit, understood)

    def by_vector(self, embeddings: FloatArray, limit: int) -> Sequence[Hit]:
        """Products by the best cosine over all pairs of a row and a reference picture's embedding.

        Raises:
            InputError: the embeddings are not (V, 256) numbers.
            StoreError: the catalogue cannot be read.
        """
        return self._now().view.vectors.by_vector(embeddings, limit)

    def by_ranges(self, ranges: Mapping[str, tuple[float, float]], limit: int) -> Sequence[Hit]:
        """Products whose named measures all lie within, the middle first; an unknown measure never fits.

        Raises:
            InputError: a measure of that name does not exist, or a bound is no number.
            StoreError: the catalogue cannot be read.
        """
        return self._now().view.columns.by_ranges(ranges, limit)

    def upsert(self, products: Iterable[Product]) -> int:
        """Add or replace by GTIN in one transaction; gives the number of products written.

        Whatever `products` raises while it is read leaves the catalogue as it was.

        Raises:
            StoreError: the disk refuses, another process is writing, or a product is impossible (its GTIN is
                not thirteen digits, its title is empty, a measure or popularity is negative or no number).
        """
        rest = iter(products)
        first = list(islice(rest, self._many + 1))
        if not first:
            return 0
        with self._alone():
            if len(first) > self._many:
                return self._rebuilt(chain(first, rest), anew=False)
            return self._generation.upsert(first)

    def upsert_vectors(self, vectors: Iterable[tuple[str, FloatArray]]) -> int:
        """Set products' embeddings in one transaction; gives the number of rows written.

        Raises:
            StoreError: a product is unknown, a vector is impossible, the disk refuses or another process is
                writing; nothing was written.
        """
        with self._alone():
            return self._generation.upsert_vectors(vectors)

    def replace(self, products: Iterable[Product]) -> int:
        """Exchange the whole catalogue at once; products that stay keep their embeddings.

        Raises:
            StoreError: as `upsert`; then the catalogue stays as it was.
        """
        with self._alone():
            return self._rebuilt(products, anew=True)

    def check(self) -> Sequence[str]:
        """Read every byte; says what is wrong with what cannot be made again. Raises: StoreError."""
        return self._now().damage()

    def close(self) -> None:
        """Let go of the files."""
        self._generation.close()

    def _now(self) -> Generation:
        """What is in force; whoever comes first in a second looks for changes of other processes."""
        if time.monotonic() - self._checked_s >= self._recheck_s and self._changing.acquire(blocking=False):
            try:
                self._look()
            except StoreError as error:
                _log.warning("the catalogue is searched as it was: %s", error)
            finally:
                self._checked_s = time.monotonic()
                self._changing.release()
        return self._generation

    def _opened(self, name: str) -> Generation:
        folder = where(self._folder, name)
        products = folder / PRODUCTS_FILE
        if not products.is_file() or not products.stat().st_size:
            raise StoreError(f"{products} is missing or empty; {AWAY.format(self._folder)}")
        try:
            return Generation(folder, self._many)
        except StoreError as error:
            if is_damaged(error):
                raise StoreError(f"{error}; {AWAY.format(self._folder)}") from error.__cause__
            raise

    def _look(self) -> None:
        name = current(self._folder)
        if name == self._name:
            self._generation.refresh()
        else:
            self._generation, self._name = self._opened(name), name
            _log.info("the catalogue is now %s", self._generation.view.snapshot)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only one, of threads and processes, who changes the catalogue, and know its newest state."""
        if not self._changing.acquire(timeout=PATIENCE_S):
            raise StoreError("the catalogue is being written for too long; try again when that is done")
        try:
            with a_turn_to_write(self._folder):
                self._look()
                yield
        finally:
            self._changing.release()

    def _rebuilt(self, products: Iterable[Product], *, anew: bool) -> int:
        """Write into a new generation beside, which then takes over."""
        new = self._folder / NEW
        try:
            new.mkdir()
            if not anew:
                for name in (PRODUCTS_FILE, PICTURES_FILE):
                    shutil.copyfile(self._generation.folder / name, new / name)
            written = self._built(new, products, anew=anew)
            publish(self._folder)
        except OSError as error:
            raise StoreError(f"{new} cannot be written: {error.strerror}") from error
        finally:
            shutil.rmtree(new, ignore_errors=True)
        self._look()
        return written

    def _built(self, new: Path, products: Iterable[Product], *, anew: bool) -> int:
        generation = Generation(new, self._many)
        try:
            written = generation.upsert(products, spill=True)
            if anew:
                generation.carry_over(self._generation)
        finally:
            generation.close()
        return written

    def _create(self) -> None:
        with a_turn_to_write(self._folder):
            if not current(self._folder):
                (self._folder / NEW).mkdir()
                Generation(self._folder / NEW).close()
                publish(self._folder)

    def _settle(self) -> None:
        try:
            with a_turn_to_write(self._folder, patience_s=0.0):
                self._generation.settle()
        except StoreError as error:
            _log.warning("the catalogue is searched as it is: %s", error)


def index(path: Path, options: Options) -> Catalogue:
    """Entry point of group `booth.indexes`: the catalogue below folder `path`; it has no options.

    Raises:
        ConfigError: an option was given.
        StoreError: the catalogue cannot be opened.
    """
    if options:
        raise ConfigError(f"the embedded catalogue has no option {sorted(options)[0]!r}")
    catalogue = Catalogue(path / FOLDER)
    if (path / OLDER_FILE).exists() and not catalogue.count():
        _log.warning("%s is of an older booth and is not read: import the products again", path / OLDER_FILE)
    return catalogue
