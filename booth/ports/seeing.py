"""Seeing: who looks at a capture, and who judges it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from booth.domain.percept import Gallery, Percept
from booth.domain.picture import Calibration, View
from booth.domain.verdict import Verdict
from booth.ports.service import Options


class Perception(Protocol):
    """Looks once at every view."""

    @property
    def trunk(self) -> str:
        """The version of the features that `perceive` makes."""

    def perceive(self, views: Sequence[View], calibration: Calibration | None) -> Percept:
        """Locate the item in each view and take its features. Raises: ModelError."""


class Judge(Protocol):
    """Says whether an item is damaged."""

    def judge(self, percept: Percept, gallery: Gallery | None) -> Verdict:
        """Compare with the gallery of the product, if there is one. Raises: ModelError."""


PerceptionFactory = Callable[[Options], Perception]
JudgeFactory = Callable[[Options], Judge]
