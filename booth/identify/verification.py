"""Compares the item's views point by point with the reference pictures of the first few candidates."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import View
from booth.domain.product import Candidate
from booth.ports.seeing import LocalFeatures, Matcher

Rgb = NDArray[np.uint8]
Pictures = Callable[[str], Sequence[Rgb]]

KEPT = 128
"""Products whose described references are kept; each picture's points take about 1 MB."""
PER_PRODUCT = 4
"""Reference pictures compared of one product."""
COMPARED = 20
"""Candidates compared: at about 8 ms a pair, that costs a third of reading the words of one view."""


class Verification:
    """Keeps the described references of the products compared last; any thread may call it."""

    def __init__(
        self, matcher: Matcher, reference_pictures: Pictures, limit: int = COMPARED, kept: int = KEPT
    ) -> None:
        """Compare no more than `limit` products an item, and keep the references of `kept`.

        Args:
            reference_pictures: gives the pictures of a GTIN, (H, W, 3) uint8 each, the best first.
        """
        self._matcher = matcher
        self._pictures = reference_pictures
        self._limit = max(0, limit)
        self._size = max(1, kept)
        self._kept: OrderedDict[str, tuple[LocalFeatures, ...]] = OrderedDict()
        self._door = threading.Lock()

    def matched(self, views: Sequence[View], candidates: Sequence[Candidate]) -> Mapping[str, float]:
        """For each of the first few products that have references, the best fit of any view to any.

        Returns:
            GTIN to 0..1; products without reference pictures are left out.

        Raises:
            ModelError: a picture cannot be compared.
            StoreError: a reference picture cannot be read.
        """
        gtins = list(dict.fromkeys(candidate.gtin for candidate in candidates))[: self._limit]
        if not gtins:
            return {}
        seen = [self._matcher.describe(view.frame.rgb) for view in views]
        references = {gtin: self._references(gtin) for gtin in gtins}
        return {gtin: self._best(seen, known) for gtin, known in references.items() if known and seen}

    def forget(self) -> None:
        """Let go of all references; after the catalogue or a gallery changed."""
        with self._door:
            self._kept.clear()

    def _best(self, seen: Sequence[LocalFeatures], references: Sequence[LocalFeatures]) -> float:
        return max(self._matcher.fit(view, reference) for view in seen for reference in references)

    def _references(self, gtin: str) -> tuple[LocalFeatures, ...]:
        with self._door:
            if gtin in self._kept:
                self._kept.move_to_end(gtin)
                return self._kept[gtin]
        pictures = self._pictures(gtin)[:PER_PRODUCT]
        described = tuple(self._matcher.describe(picture) for picture in pictures)
        with self._door:
            self._kept[gtin] = described
            self._kept.move_to_end(gtin)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return described


def verify(
    views: Sequence[View],
    candidates: Sequence[Candidate],
    reference_pictures: Pictures,
    matcher: Matcher,
    limit: int = COMPARED,
) -> Mapping[str, float]:
    """As `Verification.matched`, once, with nothing kept. Raises: ModelError."""
    return Verification(matcher, reference_pictures, limit).matched(views, candidates)
