"""Looks at a capture: who it is and whether it is damaged; and once more, for what takes longer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from booth.domain.percept import Percept
from booth.domain.picture import Calibration, Capture, View
from booth.domain.product import Product
from booth.domain.sample import SiteIdentity
from booth.domain.thresholds import NOMINAL
from booth.domain.tolerance import TOLERANCES
from booth.domain.verdict import Verdict
from booth.gallery.looks import cropped
from booth.identify.evidence import first_look, with_words
from booth.identify.verification import Verification
from booth.lane.fitting import fitting
from booth.policy.policy import Policy
from booth.policy.table import Table
from booth.ports.finding import CatalogueIndex, Finder, Query, Search, Shortlist
from booth.ports.seeing import Judge, Perception, Reader
from booth.store.references import References


class Decides(Protocol):
    """What makes an outcome of a verdict's score."""

    def decide(self, verdict: Verdict) -> Verdict:
        """The verdict with outcome, policy and proposed disposition. Raises: StoreError."""


BEFORE_ANY_FIT = Policy(NOMINAL, Table(TOLERANCES))


@dataclass(frozen=True, slots=True)
class Examiner:
    """Perceive, identify, judge: the parts that see, and what they search.

    The lane's thread calls it; `look_again` and `search` may be called from any other.

    Attributes:
        reader: reads words at the second look, or None.
        verification: compares pictures at the second look, or None.
        shortlist: what the site expects, or None.
        policy: what makes an outcome of a score.
    """

    perception: Perception
    judge: Judge
    index: CatalogueIndex
    finder: Finder
    references: References
    calibration: Calibration | None
    reader: Reader | None = None
    verification: Verification | None = None
    shortlist: Shortlist | None = None
    policy: Decides = BEFORE_ANY_FIT

    def perceive(self, capture: Capture) -> Percept:
        """One look at every view; a camera that the calibration does not fit has none. Raises: ModelError."""
        views = tuple(capture.views())
        percept = self.perception.perceive(views, self._fitting(views))
        return replace(percept, absent=tuple(each.camera_id for each in capture.absent))

    def identify(self, capture: Capture, percept: Percept | None, identity: SiteIdentity) -> Search:
        """Which product it may be, and how that was found. Raises: StoreError."""
        expected = self.shortlist.expected(identity) if self.shortlist else ()
        calibration = self._fitting(tuple(capture.views()))
        return self._found(first_look(capture, percept, calibration, expected))

    def look_again(self, capture: Capture, percept: Percept | None, first: Search) -> Search:
        """The same with printed words and with pictures compared; takes seconds.

        Raises:
            ModelError: words cannot be read.
            StoreError: catalogue or references cannot be read.
        """
        views = tuple(capture.views())
        words = self.reader.read(views) if self.reader else ()
        found = self._found(with_words(first.query, words)) if words else first
        if self.verification is None:
            return found
        items = [_cropped(view, percept) for view in views]
        matched = self.verification.matched(items, found.identification.candidates)
        return self._found(replace(found.query, matched=matched))

    def look_for(self, query: Query, typed: str) -> Search:
        """The same with typed words. Raises: StoreError."""
        return self._found(replace(query, typed_text=typed))

    def verdict(self, percept: Percept, gtin: str) -> Verdict:
        """Whether it is damaged; an empty GTIN has no references to compare with.

        Raises:
            ModelError: the networks fail.
            StoreError: no reference of the product, or not the policy, can be read.
        """
        gallery = self.references.of(gtin, percept.trunk) if gtin else None
        return self.policy.decide(replace(self.judge.judge(percept, gallery), gtin=gtin))

    def product(self, gtin: str) -> Product | None:
        """The catalogue's entry, if it has one."""
        return self.index.by_gtin(gtin) if gtin else None

    def _found(self, query: Query) -> Search:
        return Search(query, self.finder.find(query))

    def _fitting(self, views: Sequence[View]) -> Calibration | None:
        return fitting(self.calibration, (view.frame for view in views))


def _cropped(view: View, percept: Percept | None) -> View:
    """The part of a view that shows the item: the tray around it looks alike in every picture."""
    regions = {seen.view: seen.region for seen in percept.views} if percept else {}
    rgb = cropped(view.frame.rgb, regions.get(view.name))
    return View(view.name, replace(view.frame, rgb=rgb, depth_mm=None))
