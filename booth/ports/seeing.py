"""Seeing: who looks at a capture, and who judges it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from booth.domain.evidence import PrintedWord
from booth.domain.percept import Gallery, Percept
from booth.domain.picture import Calibration, Region, View
from booth.domain.verdict import Verdict
from booth.ports.service import Options


class Perception(Protocol):
    """Looks once at every view."""

    @property
    def trunk(self) -> str:
        """The version of the features that `perceive` makes."""

    @property
    def embedder(self) -> str:
        """The version of the embeddings that it makes; empty where it makes none."""

    def perceive(
        self,
        views: Sequence[View],
        calibration: Calibration | None,
        regions: Mapping[str, Region] | None = None,
    ) -> Percept:
        """Locate the item in each view and take its features.

        Args:
            regions: by view name, where to look without locating; the other views are located.

        Raises:
            ModelError: a view has no picture, or a network fails.
        """


class Judge(Protocol):
    """Says whether an item is damaged."""

    def judge(self, percept: Percept, gallery: Gallery | None) -> Verdict:
        """Compare with the gallery of the product, if there is one. Raises: ModelError."""


class Reader(Protocol):
    """Reads what is printed on an item; slow, so never before the verdict. Any thread may call it."""

    def read(self, views: Sequence[View]) -> Sequence[PrintedWord]:
        """Every word or line in every view. Raises: ModelError."""


class LocalFeatures(Protocol):
    """Points of one picture and what they look like; only its own Matcher looks inside."""

    @property
    def count(self) -> int: ...


class Matcher(Protocol):
    """Compares two pictures point by point, and checks that the points fit one plane's perspective.

    Any thread may call it.
    """

    def describe(self, rgb: NDArray[np.uint8]) -> LocalFeatures:
        """The points of a picture, (H, W, 3) uint8."""

    def fit(self, seen: LocalFeatures, reference: LocalFeatures) -> float:
        """0..1, how well the reference is found again in what is seen."""


ReaderFactory = Callable[[Options], Reader]
MatcherFactory = Callable[[Options], Matcher]
PerceptionFactory = Callable[[Options], Perception]
JudgeFactory = Callable[[Options], Judge]
