"""How one kind of evidence adds to a logit: a rising broken line, however far out a value lies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from booth.errors import ModelError

REACH = 8.0
"""Spans beyond the fitted range at which evidence is cut: there it already adds by its logarithm alone."""
NUMBERS = ("low", "high", "usual", "absent")


@dataclass(frozen=True, slots=True)
class Curve:
    """How one kind of evidence adds to a logit.

    Attributes:
        low: the least value that was seen in fitting; from there outwards it counts by its logarithm.
        high: the greatest one, likewise.
        usual: the median of good items; what a value adds is told against it.
        knots: rising values between `low` and `high`, the first of them `low`.
        slopes: of the line from each knot to the next one, the last to the end; none below 0.
        absent: what is added where this kind is missing.
    """

    low: float
    high: float
    usual: float
    knots: tuple[float, ...]
    slopes: tuple[float, ...]
    absent: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.low, self.high, self.usual, self.absent, *self.knots, *self.slopes)
        if not all(math.isfinite(number) for number in numbers) or not self.low < self.high:
            raise ModelError("a curve of the fusion has numbers that are none, or no range")
        if len(self.knots) != len(self.slopes) or not self.knots or self.knots[0] != self.low:
            raise ModelError("a curve of the fusion needs a slope for each knot, from its low end on")
        if any(later <= earlier for earlier, later in pairwise(self.knots)) or min(self.slopes) < 0:
            raise ModelError("a curve of the fusion falls; it must rise")

    def adds(self, value: float) -> float:
        """What a value adds to the logit; no value is too large."""
        return sum(slope * part for slope, part in zip(self.slopes, self.parts(value), strict=True))

    def parts(self, value: float) -> list[float]:
        """How far a value goes along the line from each knot to the next one."""
        at = self.within(value)
        ends = [*self.knots[1:], math.inf]
        later = zip(self.knots[1:], ends[1:], strict=True)
        return [min(at, ends[0]) - self.low, *(max(0.0, min(at, end) - knot) for knot, end in later)]

    def within(self, value: float) -> float:
        """The value where it lies in the fitted range; beyond it, ever more slowly further out."""
        span = self.high - self.low
        if value > self.high:
            return self.high + span * math.log1p(min((value - self.high) / span, REACH))
        if value < self.low:
            return self.low - span * math.log1p(min((self.low - value) / span, REACH))
        return value

    def document(self) -> dict[str, Any]:
        """Ready for JSON."""
        told: dict[str, Any] = {name: getattr(self, name) for name in NUMBERS}
        return {**told, "knots": list(self.knots), "slopes": list(self.slopes)}

    @staticmethod
    def of_document(document: Mapping[str, Any]) -> Curve:
        """What `document` told. Raises: ModelError, KeyError, TypeError, ValueError."""
        knots = tuple(float(knot) for knot in document["knots"])
        slopes = tuple(float(slope) for slope in document["slopes"])
        return Curve(**{name: float(document[name]) for name in NUMBERS}, knots=knots, slopes=slopes)
