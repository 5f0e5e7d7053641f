"""Looks at a capture once, and asks who it is and whether it is damaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from booth.domain.percept import Percept
from booth.domain.picture import Calibration, Capture
from booth.domain.product import Identification, Product
from booth.domain.verdict import Verdict
from booth.identify.identification import identify
from booth.lane.fitting import fitting
from booth.ports.finding import CatalogueIndex, Strategy
from booth.ports.seeing import Judge, Perception
from booth.store.references import References


@dataclass(frozen=True, slots=True)
class Examiner:
    """Perceive, identify, judge: the parts that see, and what they search.

    One thread calls it.
    """

    perception: Perception
    judge: Judge
    index: CatalogueIndex
    strategies: Sequence[Strategy]
    references: References
    calibration: Calibration | None

    def perceive(self, capture: Capture) -> Percept:
        """One look at every view; a camera that the calibration does not fit has none. Raises: ModelError."""
        views = tuple(capture.views())
        return self.perception.perceive(views, fitting(self.calibration, (view.frame for view in views)))

    def identify(self, capture: Capture, percept: Percept | None) -> Identification:
        """Which product it may be, and how that was found."""
        return identify(tuple(capture.views()), percept, self.index, self.strategies)

    def verdict(self, percept: Percept, gtin: str) -> Verdict:
        """Whether it is damaged; an empty GTIN has no references to compare with.

        Raises:
            ModelError: the networks fail.
            StoreError: no reference of the product can be read.
        """
        gallery = self.references.of(gtin, percept.trunk) if gtin else None
        return replace(self.judge.judge(percept, gallery), gtin=gtin)

    def product(self, gtin: str) -> Product | None:
        """The catalogue's entry, if it has one."""
        return self.index.by_gtin(gtin) if gtin else None
