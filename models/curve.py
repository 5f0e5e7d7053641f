"""How one kind of evidence adds to a logit: a rising broken line, however far out a value lies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from booth.errors import ModelError

FALLING = frozenset({"coverage"})
"""Kinds of which less is worse."""
REACH = 8.0
"""Spans beyond the fitted range at which evidence is cut: there it already adds by its logarithm alone."""


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
        references_usual: what references get hardly passes this; by how much they do is taken off an item's.
        references_spread: nor does their deviation; by how much it does an item's counts less.
    """

    low: float
    high: float
    usual: float
    knots: tuple[float, ...]
    slopes: tuple[float, ...]
    absent: float = 0.0
    references_usual: float | None = None
    references_spread: float | None = None

    def __post_init__(self) -> None:
        held = [one for one in (self.references_usual, self.references_spread) if one is not None]
        numbers = (self.low, self.high, self.usual, self.absent, *self.knots, *self.slopes, *held)
        if not all(math.isfinite(number) for number in numbers) or not self.low < self.high:
            raise ModelError("a curve of the fusion has numbers that are none, or no range")
        if len(self.knots) != len(self.slopes) or not self.knots or self.knots[0] != self.low:
            raise ModelError("a curve of the fusion needs a slope for each knot, from its low end on")
        if any(later <= earlier for earlier, later in pairwise(self.knots)) or min(self.slopes) < 0:
            raise ModelError("a curve of the fusion falls; it must rise")
        if self.references_spread is not None and self.references_spread <= 0:
            raise ModelError("a curve of the fusion has references without a spread")

    def of(self, kind: str, view: Mapping[str, float]) -> float:
        """What a view that has this kind of evidence adds to the logit."""
        return self.adds(self.held(kind, view))

    def held(self, kind: str, view: Mapping[str, float]) -> float:
        """The evidence of a view, more being worse, held against references that are themselves unusual."""
        value = 1.0 - view[kind] if kind in FALLING else view[kind]
        usual, spread = view.get(f"{kind}_usual"), view.get(f"{kind}_spread")
        if usual is None or spread is None or self.references_usual is None or self.references_spread is None:
            return value
        over = max(0.0, usual - self.references_usual)
        return self.usual + (value - over - self.usual) / max(1.0, spread / self.references_spread)

    def adds(self, value: float) -> float:
        """What a value adds to the logit; no value is too large."""
        return sum(slope * part for slope, part in zip(self.slopes, self.parts(value), strict=True))

    def parts(self, value: float) -> list[float]:
        """How far a value goes along the line from each knot to the next one."""
        at = self.within(value)
        ends = [*self.knots[1:], math.inf]
        first = min(at, ends[0]) - self.low
        return [
            first,
            *(max(0.0, min(at, end) - knot) for knot, end in zip(self.knots[1:], ends[1:], strict=True)),
        ]

    def within(self, value: float) -> float:
        """The value where it lies in the fitted range; beyond it, ever more slowly further out."""
        span = self.high - self.low
        if value > self.high:
            return self.high + span * math.log1p(min((value - self.high) / span, REACH))
        if value < self.low:
            return self.low - span * math.log1p(min((self.low - value) / span, REACH))
        return value
