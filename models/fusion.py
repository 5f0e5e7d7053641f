"""Joins what each kind of evidence says of an item into one score: a monotone additive logistic regression.

Each kind of evidence adds to a view's logit by a rising broken line (a generalised additive model, Hastie and
Tibshirani 1986), so that more distance never lowers the score. An item's score is the largest of its views',
calibrated on items (Platt 1999). Opinions of a model are held against what it thinks of the references, as
far as these lie beyond what is usual: where it was never shown such pictures, it has less of a say.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from booth.errors import ModelError
from models.curve import Curve

FILE = "weights/fusion.json"
FORMAT = 2
UNKNOWN = 0.5
"""The score of an item of which nothing is known."""

KINDS = ("foreign", "missing", "coverage", "supervised", "conditioned", "height", "beside", "parts")
"""Every kind of evidence that counts; `references` beside them says how many pictures were compared."""
COMPARED = frozenset({"foreign", "missing", "conditioned"})
"""Kinds that only references can give."""
SEVERAL = 2
"""From so many references on they count as several."""
SITUATIONS = tuple(
    f"{count}, {depth}" for count in ("none", "one", "several") for depth in ("plain", "depth")
)
"""What a view can be judged by: how many references, and whether there was depth."""
HIGHEST = 30.0
"""Logits much beyond it would become one score: they draw near to it."""


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
        doublings = math.log2(max(1.0, view.get("references", 1.0)))
        added = sum(
            curve.of(kind, view) if kind in view else curve.absent for kind, curve in self.curves.items()
        )
        return self.bias + self.per_doubling * doublings + added

    def calibrated(self, logit: float) -> float:
        """The logit of an item whose worst view has this one, within ±HIGHEST."""
        return HIGHEST * math.tanh((self.slope * logit + self.offset) / HIGHEST)


@dataclass(frozen=True, slots=True)
class Fused:
    """What all evidence says together.

    Attributes:
        score: 0..1, higher is worse.
        worst: which view says so; 0 where no view had any evidence.
        shares: what each kind of evidence adds to it in that view; they sum to 1, or there are none.
    """

    score: float
    worst: int
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Fusion:
    """A regression for each of SITUATIONS. Raises: ModelError where one is missing or strange."""

    regressions: Mapping[str, Regression]
    fitted_on: str = ""

    def __post_init__(self) -> None:
        if set(self.regressions) != set(SITUATIONS):
            raise ModelError(f"the fusion needs one regression for each of: {'; '.join(SITUATIONS)}")
        object.__setattr__(self, "regressions", MappingProxyType(dict(self.regressions)))

    @property
    def sha256(self) -> str:
        """What a verdict names it by."""
        return hashlib.sha256(self.to_json()).hexdigest()

    def fuse(self, views: Sequence[Mapping[str, float]]) -> Fused:
        """The score of an item from the evidence of its views, by kind; what is missing has no key.

        Raises:
            ModelError: evidence is not a number.
        """
        logits = [(self.logit(view), index) for index, view in enumerate(views) if known(view)]
        if not logits:
            return Fused(UNKNOWN, 0, {})
        logit, worst = max(logits, key=lambda pair: (pair[0], -pair[1]))
        return Fused(1.0 / (1.0 + math.exp(-logit)), worst, self.shares(views[worst]))

    def logit(self, view: Mapping[str, float]) -> float:
        """The calibrated logit of one view that is `known`."""
        regression = self.regressions[situation_of(view)]
        return regression.calibrated(regression.logit(view))

    def shares(self, view: Mapping[str, float]) -> dict[str, float]:
        """What each kind of evidence adds beyond what it adds for usual good items; they sum to 1."""
        curves = self.regressions[situation_of(view)].curves
        added = {
            kind: max(0.0, curve.of(kind, view) - curve.adds(curve.usual))
            for kind, curve in curves.items()
            if kind in view
        }
        total = sum(added.values())
        if total <= 0:
            return {kind: 1.0 / len(added) for kind in added}
        return {kind: one / total for kind, one in added.items()}

    def to_json(self) -> bytes:
        """The one form that `from_json` reads."""
        body = {
            "format": FORMAT,
            "fitted_on": self.fitted_on,
            "situations": {name: _regression_json(self.regressions[name]) for name in SITUATIONS},
        }
        return (json.dumps({"sha256": _digest(body), **body}, indent=1) + "\n").encode()

    @staticmethod
    def from_json(data: bytes) -> Fusion:
        """The fusion that `to_json` wrote. Raises: ModelError: it is damaged, or of another format."""
        try:
            document = json.loads(data)
            situations = {name: _regression(one) for name, one in document["situations"].items()}
            fusion = Fusion(situations, str(document["fitted_on"]))
            intact = fusion.to_json() == data
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ModelError(f"models/{FILE} cannot be read: {error}; install the booth again") from error
        if not intact:
            raise ModelError(f"models/{FILE} is not as it was written; install the booth again")
        return fusion


def shipped() -> Fusion:
    """The fusion that the booth ships. Raises: ModelError."""
    try:
        data = (files("models") / FILE).read_bytes()
    except OSError as error:
        raise ModelError(f"models/{FILE} cannot be read; install the booth again") from error
    return Fusion.from_json(data)


def nominal() -> Fusion:
    """What holds until one is fitted: the limit that references tell of themselves scores 0.5."""
    distance = Curve(-3.0, 3.0, -0.3, (-3.0,), (2.0,))
    limit = -2 * distance.adds(0.0)
    opinion = Curve(-8.0, 8.0, -3.0, (-8.0, 0.0), (0.05, 1.0), 0.25, 0.0, 1.5)
    residual = Curve(0.0, 1.0, 0.1, (0.0, 0.5), (0.1, 6.0))
    others = {"height": residual, "beside": residual, "parts": residual}
    compared = {"foreign": distance, "missing": distance, "supervised": opinion, "conditioned": opinion}
    alone = {"supervised": Curve(-8.0, 8.0, -3.0, (-8.0,), (1.0,)), "beside": residual}
    by_count = {
        "none": Regression(alone, bias=-8.0),
        "one": Regression({**compared, **others}, bias=limit - 0.5),
        "several": Regression({**compared, **others}, bias=limit - 0.5),
    }
    return Fusion({name: by_count[name.split(",")[0]] for name in SITUATIONS}, "nothing: nominal weights")


def situation_of(view: Mapping[str, float]) -> str:
    """Which of SITUATIONS a view's evidence was gathered in."""
    depth = "depth" if "height" in view else "plain"
    if not COMPARED & view.keys():
        return f"none, {depth}"
    return f"{'several' if view.get('references', 1.0) >= SEVERAL else 'one'}, {depth}"


def known(view: Mapping[str, float]) -> bool:
    """Whether there is any evidence in a view.

    Raises:
        ModelError: evidence is no number; it may be endless, what it is held against may not.
    """
    strange = [k for k, value in view.items() if math.isnan(value) or (k not in KINDS and math.isinf(value))]
    if strange:
        raise ModelError(f"the evidence '{strange[0]}' is not a number; nothing can be made of it")
    return any(kind in view for kind in KINDS)


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()


def _regression_json(one: Regression) -> dict[str, Any]:
    return {
        "bias": one.bias,
        "per_doubling": one.per_doubling,
        "slope": one.slope,
        "offset": one.offset,
        "curves": {kind: _curve_json(one.curves[kind]) for kind in KINDS if kind in one.curves},
    }


def _curve_json(curve: Curve) -> dict[str, Any]:
    return {
        "low": curve.low,
        "high": curve.high,
        "usual": curve.usual,
        "absent": curve.absent,
        "knots": list(curve.knots),
        "slopes": list(curve.slopes),
        "references_usual": curve.references_usual,
        "references_spread": curve.references_spread,
    }


def _regression(document: Mapping[str, Any]) -> Regression:
    numbers = {name: float(document[name]) for name in ("bias", "per_doubling", "slope", "offset")}
    curves = {kind: _curve(one) for kind, one in document["curves"].items()}
    return Regression(curves, **numbers)


def _curve(document: Mapping[str, Any]) -> Curve:
    return Curve(
        low=float(document["low"]),
        high=float(document["high"]),
        usual=float(document["usual"]),
        knots=tuple(float(knot) for knot in document["knots"]),
        slopes=tuple(float(slope) for slope in document["slopes"]),
        absent=float(document["absent"]),
        references_usual=_or_none(document["references_usual"]),
        references_spread=_or_none(document["references_spread"]),
    )


def _or_none(value: Any) -> float | None:
    return None if value is None else float(value)
