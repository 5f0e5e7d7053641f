"""A catalogue index on a remote engine that answers from the booth's own copy while the engine is gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from booth.domain.evidence import Understood
from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.errors import StoreError
from booth.identify.indexes.checking import checked_vectors
from booth.identify.indexes.spool import products_in, spooled_products, spooled_vectors, vectors_in
from booth.ports.finding import CatalogueIndex, Hit

FIRST_BACKOFF_S = 1.0
LONGEST_BACKOFF_S = 60.0

Tell = Callable[[str, bool], None]
"""Told once what is wrong, `(message, False)`, and once that it is over, `(message, True)`."""
_Answer = TypeVar("_Answer")


class FallingBack:
    """A CatalogueIndex; any thread may search it, one at a time may change it.

    The engine that is gone is tried again by a search, after a back-off; that search pays for it what the
    engine's own time limits allow, all others are answered at once. It starts no thread.

    Changes go to both: to the engine first, and when that refuses, nothing was changed here. When the engine
    took the change and the own copy cannot (its disk is full), the engine has it and the copy has not: the
    error says so, and the same change given again mends it. What other booths change in the engine is not in
    this copy.
    """

    def __init__(
        self,
        remote_factory: Callable[[], CatalogueIndex],
        embedded: CatalogueIndex,
        tell: Tell,
        name: str = "remote",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the engine; one that cannot be reached is told, and the own copy answers.

        Args:
            name: what the engine is called in the snapshot and to people, such as `postgres`.
            clock: seconds that never go back.

        Raises:
            ConfigError: the engine's options are wrong.
        """
        self._open, self._embedded, self._tell = remote_factory, embedded, tell
        self._name, self._clock = name, clock
        self._lock = threading.RLock()  # a listener may ask for the snapshot
        self._opening = threading.Lock()
        self._remote: CatalogueIndex | None = None
        self._is_gone = False
        self._losses = 0
        self._retry_at_s = 0.0
        self._backoff_s = FIRST_BACKOFF_S
        try:
            self._opened()
        except StoreError as error:
            self._lose(error, self._losses)

    @property
    def snapshot(self) -> str:
        """The engine that answers now, a colon, and its snapshot. Raises: StoreError."""
        named = (f"{self._name}:", "embedded:")
        return self._ask(lambda index: named[index is self._embedded] + index.snapshot)

    def count(self) -> int:
        """How many products there are. Raises: StoreError."""
        return self._ask(lambda index: index.count())

    def by_gtin(self, gtin: str) -> Product | None:
        """The product of this GTIN-13. Raises: StoreError."""
        return self._ask(lambda index: index.by_gtin(gtin))

    def get(self, gtins: Sequence[str]) -> Sequence[Product]:
        """The known ones of these products, in the order asked. Raises: StoreError."""
        return self._ask(lambda index: index.get(gtins))

    def values(self, name: str) -> Mapping[str, int]:
        """How many products have each brand, category or size. Raises: InputError, StoreError."""
        return self._ask(lambda index: index.values(name))

    def by_gtin_mask(self, mask: str, limit: int) -> Sequence[Hit]:
        """Products whose GTIN-13 fits, most popular first. Raises: InputError, StoreError."""
        return self._ask(lambda index: index.by_gtin_mask(mask, limit))

    def by_text(self, text: str, limit: int, understood: Sequence[Understood] = ()) -> Sequence[Hit]:
        """Products by typed words, best first. Raises: StoreError."""
        return self._ask(lambda index: index.by_text(text, limit, understood))

    def by_vector(self, embeddings: FloatArray, limit: int) -> Sequence[Hit]:
        """Products by their reference pictures' embeddings. Raises: InputError, StoreError."""
        return self._ask(lambda index: index.by_vector(embeddings, limit))

    def by_ranges(self, ranges: Mapping[str, tuple[float, float]], limit: int) -> Sequence[Hit]:
        """Products whose named measures all lie within. Raises: InputError, StoreError."""
        return self._ask(lambda index: index.by_ranges(ranges, limit))

    def upsert(self, products: Iterable[Product]) -> int:
        """Add or replace by GTIN in the engine, then here; gives the number of products written.

        Raises:
            StoreError: the engine is gone or refuses, and nothing was changed here; or the own copy refuses.
        """
        with spooled_products(products) as file:
            return self._change(lambda index: index.upsert(products_in(file)))

    def upsert_vectors(self, vectors: Iterable[tuple[str, FloatArray]]) -> int:
        """Set embeddings in the engine, then here; gives the rows written. Raises: as `upsert`."""
        with spooled_vectors(checked_vectors(vectors)) as file:
            return self._change(lambda index: index.upsert_vectors(vectors_in(file)))

    def close(self) -> None:
        """Let go of both."""
        with self._opening:
            if self._remote is not None:
                self._remote.close()
        self._embedded.close()

    def _ask(self, question: Callable[[CatalogueIndex], _Answer]) -> _Answer:
        losses = self._losses_before_trying()
        if losses is not None:
            try:
                answer = question(self._opened())
            except StoreError as error:
                self._lose(error, losses)
            else:
                self._regain(losses)
                return answer
        return question(self._embedded)

    def _change(self, change: Callable[[CatalogueIndex], int]) -> int:
        with self._lock:
            losses = self._losses
        written = change(self._opened())
        self._regain(losses)
        try:
            change(self._embedded)
        except StoreError as error:
            raise StoreError(
                f"{self._name} took the change, the booth's own copy did not; give it again: {error}"
            ) from error
        return written

    def _losses_before_trying(self) -> int | None:
        """How often it was lost so far, or None: do not ask. While it is gone, one search a back-off may."""
        with self._lock:
            if self._is_gone:
                now_s = self._clock()
                if now_s < self._retry_at_s:
                    return None
                self._retry_at_s = now_s + LONGEST_BACKOFF_S  # nobody else, until this one knows
            return self._losses

    def _opened(self) -> CatalogueIndex:
        with self._opening:
            if self._remote is None:
                self._remote = self._open()
            return self._remote

    def _lose(self, error: StoreError, losses: int) -> None:
        """Take it for gone, for longer if it was before; what was asked before that loss tells no more."""
        with self._lock:
            if losses != self._losses:
                return
            self._losses += 1
            was_gone, self._is_gone = self._is_gone, True
            self._backoff_s = min(2.0 * self._backoff_s, LONGEST_BACKOFF_S) if was_gone else FIRST_BACKOFF_S
            self._retry_at_s = self._clock() + self._backoff_s
            if not was_gone:
                self._tell(f"the catalogue is searched in the booth's own copy: {error}", False)

    def _regain(self, losses: int) -> None:
        with self._lock:
            if losses == self._losses and self._is_gone:
                self._is_gone = False
                self._tell(f"the catalogue is searched in {self._name} again", True)
