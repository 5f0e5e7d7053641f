"""A logistic regression over the evidence of a view, for one situation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from booth.errors import ModelError
from models.curve import Curve

WAYS = ("foreign", "missing")
"""The two ways in which an item and its references are apart; they count as one `distance`."""
KINDS = ("distance", "coverage", "supervised", "conditioned", "height", "beside", "parts")
"""Every kind of evidence that has a curve."""
FALLING = frozenset({"coverage"})
"""Kinds of which less is worse."""
NUMBERS = ("bias", "per_doubling", "slope", "offset")
HIGHEST = 30.0
"""Logits much beyond it would become one score: they draw near to it."""
FARTHEST = 50.0
"""Beyond it, either way, the logarithm of a distance says no more."""


@dataclass(frozen=True, slots=True)
class Regression:
    """The logistic regression of one situation.

    Attributes:
        curves: by kind of evidence; a kind that has none says nothing here.
        bias: the logit where nothing adds.
        per_doubling: what twice the references add.
        slope: over 0, of the calibration on items: calibrated logit = slope · logit + offset.
    """

    curves: Mapping[str, Curve]
    bias: float = 0.0
    per_doubling: float = 0.0
    slope: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.bias, self.per_doubling, self.slope, self.offset)
        if not all(math.isfinite(number) for number in numbers) or self.slope <= 0:
            raise ModelError("a regression of the fusion has numbers that are none, or falls")
        strangers = sorted(set(self.curves) - set(KINDS))
        if strangers:
            raise ModelError(f"the fusion knows no evidence '{strangers[0]}'")
        object.__setattr__(self, "curves", MappingProxyType(dict(self.curves)))

    def logit(self, view: Mapping[str, float]) -> float:
        """The logit of a view before calibration."""
        values = values_of(view)
        added = sum(
            curve.adds(values[kind]) if kind in values else curve.absent
            for kind, curve in self.curves.items()
        )
        return self.bias + self.per_doubling * doublings(view) + added

    def calibrated(self, logit: float) -> float:
        """The logit of an item whose worst view has this one, within ±HIGHEST."""
        return HIGHEST * math.tanh((self.slope * logit + self.offset) / HIGHEST)

    def adds(self, view: Mapping[str, float]) -> dict[str, float]:
        """What each kind of evidence adds to the logit beyond what usual good items have, by its own name."""
        values = values_of(view)
        added = {
            kind: max(0.0, curve.adds(values[kind]) - curve.adds(curve.usual))
            for kind, curve in self.curves.items()
            if kind in values
        }
        return _by_ways(added, view)

    def document(self) -> dict[str, Any]:
        """Ready for JSON."""
        numbers = {name: getattr(self, name) for name in NUMBERS}
        curves = {kind: self.curves[kind].document() for kind in KINDS if kind in self.curves}
        return {**numbers, "curves": curves}

    @staticmethod
    def of_document(document: Mapping[str, Any]) -> Regression:
        """What `document` told. Raises: ModelError, KeyError, TypeError, ValueError, AttributeError."""
        curves = {kind: Curve.of_document(one) for kind, one in document["curves"].items()}
        return Regression(curves, **{name: float(document[name]) for name in NUMBERS})


def values_of(view: Mapping[str, float]) -> dict[str, float]:
    """The values of a view by kind, turned so that more is worse."""
    values = {kind: 1.0 - view[kind] if kind in FALLING else view[kind] for kind in KINDS if kind in view}
    ways = [max(-FARTHEST, min(FARTHEST, view[way])) for way in WAYS if way in view]
    if ways:
        values["distance"] = math.log(sum(math.exp(way) for way in ways) / len(ways))
    return values


def doublings(view: Mapping[str, float]) -> float:
    """How many times one reference was doubled."""
    return math.log2(max(1.0, view.get("references", 1.0)))


def _by_ways(added: dict[str, float], view: Mapping[str, float]) -> dict[str, float]:
    """What the distance adds, shared out between the two ways as they make it up."""
    if "distance" not in added:
        return added
    ways = {way: math.exp(max(-FARTHEST, min(FARTHEST, view[way]))) for way in WAYS if way in view}
    shared = {way: added["distance"] * one / sum(ways.values()) for way, one in ways.items()}
    return {**shared, **{kind: one for kind, one in added.items() if kind != "distance"}}
