"""Products, and the search for which one it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from booth.domain.evidence import PartialCode, PrintedWord, Understood

NO_PRODUCT = ""
"""The GTIN of an item whose product nobody has named yet."""


@dataclass(frozen=True, slots=True)
class Product:
    """A catalogue entry, keyed by its GTIN-13; measures are 0 where the catalogue has none."""

    gtin: str
    title: str
    brand: str = ""
    category: str = ""
    size: str = ""
    weight_g: float = 0.0
    length_mm: float = 0.0
    width_mm: float = 0.0
    height_mm: float = 0.0
    popularity: float = 0.0
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BarcodeRead:
    """A code read in one view.

    Attributes:
        text: what the code says, as printed.
        gtin: the same as GTIN-13, or empty where it is not a GTIN.
        corners: four (x, y) in the view's picture.
        quality: 0..1, how sure it is that this code is printed there, by how far its scan lines agree.
    """

    view: str
    symbology: str
    text: str
    gtin: str
    corners: tuple[tuple[float, float], ...] = ()
    quality: float = 1.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """One product a strategy proposes; a higher score is a better match."""

    gtin: str
    score: float
    strategy: str


@dataclass(frozen=True, slots=True)
class Identification:
    """Ranked candidates, and the log of how they were found: enough to reckon what another policy had earned.

    Attributes:
        barcodes: every code that was read, in any view.
        candidates: best first.
        gtin: the product the booth settled on by itself, or empty: then the associate is asked.
        strategies: name of each strategy that could run, with the level chosen for it: how many of its
            candidates were taken; 0 is a strategy that did not run.
        propensities: probability of that level, given the context and the levels chosen before it.
        snapshot: the catalogue version that was searched.
        confidence: 0..1, calibrated probability that the first candidate is the product.
        doubt: why a code that was read is not trusted, in one sentence, or empty.
        retrieved: name of each strategy that ran, with all GTINs it gave, best first, taken or not.
        scores: the scores of these, in the same order.
        matched: how well the pictures of a product fitted point by point, by GTIN, as far as compared.
        embeddings: one text a view, see booth/identify/embedding_log.py: what a replay searches with.
        context: what the levels were chosen by, as numbers.
        bandit: version of the policy that chose them.
        ranker: version of the ranker that ordered the candidates.
    """

    barcodes: tuple[BarcodeRead, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    gtin: str = NO_PRODUCT
    strategies: Mapping[str, int] = field(default_factory=dict)
    propensities: Mapping[str, float] = field(default_factory=dict)
    snapshot: str = ""
    confidence: float = 0.0
    doubt: str = ""
    partial_codes: tuple[PartialCode, ...] = ()
    words: tuple[PrintedWord, ...] = ()
    understood: tuple[Understood, ...] = ()
    typed_text: str = ""
    size_mm: tuple[float, float, float] | None = None
    weight_g: float | None = None
    shortlist: tuple[str, ...] = ()
    retrieved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    context: tuple[float, ...] = ()
    bandit: str = ""
    ranker: str = ""
    scores: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    matched: Mapping[str, float] = field(default_factory=dict)
    embeddings: tuple[str, ...] = ()
