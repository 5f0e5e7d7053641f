"""One item's identification: read the codes, ask the strategies, settle only where nothing contradicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from booth.domain.percept import Percept
from booth.domain.picture import View
from booth.domain.product import NO_PRODUCT, BarcodeRead, Candidate, Identification
from booth.identify.barcodes import read_barcodes
from booth.ports.finding import CatalogueIndex, Query, Strategy

PER_STRATEGY = 20
"""How many candidates are taken from each strategy."""
WEAK_SYMBOLOGY = "UPC-E"
"""Its check digit is coded in parity alone and it has no middle guard: it is misread out of longer codes."""


def identify(
    views: Sequence[View],
    percept: Percept | None,
    index: CatalogueIndex,
    strategies: Sequence[Strategy],
    typed: str = "",
) -> Identification:
    """Read the barcodes in `views` and search for the product. Any thread.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    return identify_codes(read_barcodes(views), percept, index, strategies, typed)


def identify_codes(
    barcodes: Sequence[BarcodeRead],
    percept: Percept | None,
    index: CatalogueIndex,
    strategies: Sequence[Strategy],
    typed: str = "",
) -> Identification:
    """Search for the product with the barcodes read already; every strategy runs, in the order given.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    snapshot = index.snapshot
    embeddings = percept.embeddings if percept else None
    query = Query(barcodes=tuple(barcodes), typed_text=typed, embeddings=embeddings)
    taken = {strategy.name: list(strategy.propose(query, PER_STRATEGY)) for strategy in strategies}
    return Identification(
        barcodes=query.barcodes,
        candidates=_union(taken.values()),
        gtin=_settled(query.barcodes, index),
        strategies={name: len(candidates) for name, candidates in taken.items()},
        propensities=dict.fromkeys(taken, 1.0),
        snapshot=snapshot,
    )


def _union(taken: Iterable[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """Each product once, as the first strategy that proposed it ranked it."""
    union: dict[str, Candidate] = {}
    for candidates in taken:
        for candidate in candidates:
            union.setdefault(candidate.gtin, candidate)
    return tuple(union.values())


def _settled(barcodes: Sequence[BarcodeRead], index: CatalogueIndex) -> str:
    """The one known GTIN that was read; empty when there is none, or another code speaks against it.

    An unknown UPC-E does not speak against it: it may be a misread part of the longer code.
    """
    read = dict.fromkeys(code.gtin for code in barcodes if code.gtin)
    known = [gtin for gtin in read if index.by_gtin(gtin) is not None]
    strong = {code.gtin for code in barcodes if code.gtin and code.symbology != WEAK_SYMBOLOGY}
    if len(known) != 1 or strong - set(known):
        return NO_PRODUCT
    return known[0]
