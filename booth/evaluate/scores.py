"""Which score of an item is measured: what all evidence says together, or one part of it alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from booth.domain.percept import Gallery, Percept

ViewEvidence = Mapping[str, float]
Fuse = Callable[[Sequence[ViewEvidence]], float]
"""The score, 0..1, of an item from the evidence of its views."""


class Score(StrEnum):
    """Which score is measured; every one but `fused` is a single kind of evidence."""

    FUSED = "fused"
    GALLERY = "gallery"
    SUPERVISED = "supervised"
    CONDITIONED = "conditioned"
    HEIGHT = "height"
    BESIDE = "beside"
    PARTS = "parts"


class Witness(Protocol):
    """Gives what each kind of evidence says of every view, by name; what is missing has no key."""

    def evidence(self, percept: Percept, gallery: Gallery | None) -> Sequence[ViewEvidence]:
        """One mapping a view, in the order of the percept's views. Raises: ModelError."""


def score_of(views: Sequence[ViewEvidence], score: Score, fuse: Fuse) -> float | None:
    """An item's score, of the worst of its views; None where no view has such evidence."""
    if score is Score.FUSED:
        return fuse(views)
    values = [_part(view, score) for view in views]
    return max((value for value in values if value is not None), default=None)


def _part(view: ViewEvidence, score: Score) -> float | None:
    if score is not Score.GALLERY:
        return view.get(score.value)
    if "foreign" not in view or "missing" not in view:
        return None
    return float(math.log((math.exp(view["foreign"]) + math.exp(view["missing"])) / 2 + 1e-12))
