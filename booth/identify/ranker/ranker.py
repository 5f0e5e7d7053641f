"""Orders the candidates of a search, and says how probable it is that the first one is the product."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Candidate, Product
from booth.errors import StoreError
from booth.identify.ranker.calibrate import SUMMARY, Isotonic, summary_of, threshold_for
from booth.identify.ranker.container import packed, unpacked
from booth.identify.ranker.features import FEATURES, Table, empty_table, table_of
from booth.identify.ranker.trees import Trees
from booth.ports.finding import Query

HeldOut = tuple[Sequence[float], Sequence[bool]]
"""What was said, 0..1, of items that nothing was fitted on, and whether the first was right."""
MAX_HELD_OUT = 100_000
FALSE_ACCEPTS = 0.01
"""The share of what is settled on by confidence alone that may be wrong, where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates in order.

    Attributes:
        candidates: best first, each product once; the strategy is the one that ranked it highest.
        confidence: 0..1, calibrated probability that the first is the product.
        table: the features of each, in whichever order.
    """

    candidates: tuple[Candidate, ...]
    confidence: float
    table: Table = field(default_factory=empty_table, compare=False)


class Ranker:
    """Learnt trees for the order, learnt trees and a monotone map for the confidence; any thread may ask."""

    def __init__(
        self, order: Trees, sure: Trees, calibration: Isotonic, held_out: HeldOut, version: str = ""
    ) -> None:
        """Put the parts together.

        Args:
            held_out: what it said of items it was not fitted on, and whether that was right.
        """
        self._order = order
        self._sure = sure
        self._calibration = calibration
        self._held_out = held_out
        self.version = version or f"ranker-{hashlib.sha256(self.to_bytes()).hexdigest()[:12]}"

    @cached_property
    def limit(self) -> float:
        """The limit for FALSE_ACCEPTS."""
        return self.limit_for(FALSE_ACCEPTS)

    def limit_for(self, false_accepts: float) -> float:
        """The confidence from which on a first candidate may be settled on by itself.

        Args:
            false_accepts: the share of what is settled so that may be wrong; the upper bound of that share,
                as seen on items held out, keeps it.

        Returns:
            2, which nothing reaches, where too few items were held out to say so.
        """
        return threshold_for(*self._held_out, false_accepts)

    def rank(
        self, query: Query, retrieved: Mapping[str, Sequence[Candidate]], products: Mapping[str, Product]
    ) -> Ranking:
        """Every candidate that is among the products, best first."""
        table = table_of(query, retrieved, products)
        if not table.gtins:
            return Ranking((), 0.0, table)
        scores = self.scores(table)
        best = _best_strategy(retrieved)
        order = np.argsort(-scores, kind="stable")
        candidates = tuple(
            Candidate(table.gtins[place], float(scores[place]), best[table.gtins[place]]) for place in order
        )
        return Ranking(candidates, self.confidence(table, scores), table)

    def scores(self, table: Table) -> FloatArray:
        """(N,) float32, higher is better; comparable within one query only."""
        return self._order.scores(table.values)

    def confidence(self, table: Table, scores: FloatArray) -> float:
        """0..1, how probable it is that the best of the scored candidates is the product."""
        (raw,) = self._sure.scores(summary_of(scores, table.values)[None])
        return self._calibration(float(raw))

    def to_bytes(self) -> bytes:
        """As one document, the same for the same ranker."""
        head = {
            "features": FEATURES,
            "calibration": {"raw": self._calibration.raw, "probability": self._calibration.probability},
            "held_out": self._held_out,
        }
        return packed(head, {"order": self._order.data, "sure": self._sure.data})

    @classmethod
    def from_bytes(cls, data: bytes, version: str = "") -> Ranker:
        """The ranker of a document. Raises: StoreError (damaged, hostile, or fitted on other features)."""
        head, parts = unpacked(data)
        if head.get("features") != list(FEATURES):
            raise StoreError("the ranker was fitted on other features; 'booth learn --cold' fits a new one")
        if set(parts) != {"order", "sure"}:
            raise StoreError("the ranker's state lacks its trees; 'booth learn --cold' fits a new one")
        calibration, held_out = _calibration(head), _held_out(head)
        order, sure = Trees(parts["order"], len(FEATURES)), Trees(parts["sure"], len(SUMMARY))
        return cls(order, sure, calibration, held_out, version)


def _calibration(head: Mapping[str, Any]) -> Isotonic:
    try:
        raw = np.array(head["calibration"]["raw"], np.float64)
        said = np.array(head["calibration"]["probability"], np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError("the ranker's calibration cannot be read; 'booth learn --cold' fits one") from error
    rises = raw.ndim == 1 and raw.shape == said.shape and len(raw) > 0
    if not rises or not np.isfinite(raw).all() or (np.diff(raw) < 0).any() or (np.diff(said) < 0).any():
        raise StoreError("the ranker's calibration does not rise; 'booth learn --cold' fits one")
    if not ((said >= 0) & (said <= 1)).all():
        raise StoreError("the ranker's calibration gives no probabilities; 'booth learn --cold' fits one")
    return Isotonic(tuple(raw.tolist()), tuple(said.tolist()))


def _held_out(head: Mapping[str, Any]) -> HeldOut:
    try:
        said, right = head["held_out"]
        pairs = [(float(a), bool(b)) for a, b in zip(said, right, strict=True)]
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(
            "the ranker's held-out items cannot be read; 'booth learn --cold' fits it anew"
        ) from error
    if len(pairs) > MAX_HELD_OUT or not all(0 <= a <= 1 for a, _ in pairs):
        raise StoreError("the ranker's held-out items are impossible; 'booth learn --cold' fits it anew")
    return [a for a, _ in pairs], [b for _, b in pairs]


def _best_strategy(retrieved: Mapping[str, Sequence[Candidate]]) -> dict[str, str]:
    """GTIN to the strategy that ranked it highest, the first of equals."""
    best: dict[str, tuple[int, str]] = {}
    for name, candidates in retrieved.items():
        for place, candidate in enumerate(candidates):
            if candidate.gtin not in best or place < best[candidate.gtin][0]:
                best[candidate.gtin] = (place, name)
    return {gtin: name for gtin, (_, name) in best.items()}
