"""Joins what each kind of evidence says of an item into one score: a monotone additive logistic regression.

Each kind of evidence adds to a view's logit by a rising broken line (a generalised additive model, Hastie and
Tibshirani 1986), so that more distance never lowers the score. An item's score is the largest of its views',
calibrated on items (Platt 1999). The supervised model has a say where it calls the references good: where it
was never shown such pictures it calls even these damaged, and the other evidence decides without it.
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
from models.regression import KINDS, WAYS, Regression

FILE = "weights/fusion.json"
FORMAT = 3
UNKNOWN = 0.5
"""The score of an item of which nothing is known."""

EVIDENCE = frozenset({*WAYS, *KINDS} - {"distance"})
"""Every kind of evidence that counts; `references` beside them says how many pictures were compared."""
COMPARED = frozenset({*WAYS, "conditioned"})
"""Kinds that only references can give."""
LEARNT = frozenset({"supervised", "conditioned"})
"""Kinds that the supervised model gives."""
OF_REFERENCES = "supervised_usual"
"""Stands beside them: the mean of the logits that it gives the references."""
SEVERAL = 2
"""From so many references on they count as several."""
SITUATIONS = tuple(
    f"{count}, {depth}, {model}"
    for count in ("none", "one", "several")
    for depth in ("plain", "depth")
    for model in ("model", "bare")
)
"""What a view can be judged by: how many references, whether there was depth, and the supervised model."""


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
    """A regression for each of SITUATIONS.

    Attributes:
        doubted_from: where references get higher logits than this, the supervised model has less of a say,
        distrusted_from: and none from here on.

    Raises:
        ModelError: one is missing or strange.
    """

    regressions: Mapping[str, Regression]
    doubted_from: float
    distrusted_from: float
    fitted_on: str = ""

    def __post_init__(self) -> None:
        if set(self.regressions) != set(SITUATIONS):
            raise ModelError(f"the fusion needs one regression for each of: {'; '.join(SITUATIONS)}")
        if not -math.inf < self.doubted_from < self.distrusted_from < math.inf:
            raise ModelError("the fusion must doubt its model before it distrusts it")
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
        return sum(weight * self._logit(one) for one, weight in self._told(view))

    def shares(self, view: Mapping[str, float]) -> dict[str, float]:
        """What each kind of evidence adds beyond what it adds for usual good items; they sum to 1."""
        added = dict.fromkeys(sorted(EVIDENCE & view.keys()), 0.0)
        for told, weight in self._told(view):
            for kind, one in self.regressions[situation_of(told)].adds(told).items():
                added[kind] += weight * one
        total = sum(added.values())
        if total <= 0:
            return {kind: 1.0 / len(added) for kind in added}
        return {kind: one / total for kind, one in added.items()}

    def trust(self, view: Mapping[str, float]) -> float:
        """How much of a say the supervised model has in a view, 0..1, by what it says of the references."""
        usual = view.get(OF_REFERENCES, -math.inf)
        left = (self.distrusted_from - usual) / (self.distrusted_from - self.doubted_from)
        return max(0.0, min(1.0, left))

    def _told(self, view: Mapping[str, float]) -> list[tuple[Mapping[str, float], float]]:
        """The view with and without the supervised model, each with its say; what has none is left out."""
        trust = self.trust(view)
        bare = {kind: value for kind, value in view.items() if kind not in LEARNT}
        if trust == 1.0 or not EVIDENCE & bare.keys():
            return [(view, 1.0)]
        return [(bare, 1.0)] if trust == 0.0 else [(view, trust), (bare, 1.0 - trust)]

    def _logit(self, view: Mapping[str, float]) -> float:
        regression = self.regressions[situation_of(view)]
        return regression.calibrated(regression.logit(view))

    def to_json(self) -> bytes:
        """The one form that `from_json` reads."""
        body = {
            "format": FORMAT,
            "fitted_on": self.fitted_on,
            "doubted_from": self.doubted_from,
            "distrusted_from": self.distrusted_from,
            "situations": {name: self.regressions[name].document() for name in SITUATIONS},
        }
        return (json.dumps({"sha256": _digest(body), **body}, indent=1) + "\n").encode()

    @staticmethod
    def from_json(data: bytes) -> Fusion:
        """The fusion that `to_json` wrote. Raises: ModelError: it is damaged, or of another format."""
        try:
            document = json.loads(data)
            told = {name: Regression.of_document(one) for name, one in document["situations"].items()}
            doubts = (float(document["doubted_from"]), float(document["distrusted_from"]))
            fusion = Fusion(told, *doubts, fitted_on=str(document["fitted_on"]))
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
    distance = Curve(-3.0, 3.0, -0.3, (-3.0,), (4.0,))
    opinion = Curve(-8.0, 8.0, -3.0, (-8.0, 0.0), (0.05, 1.0), 0.25)
    residual = Curve(0.0, 1.0, 0.1, (0.0, 0.5), (0.1, 6.0))
    compared = {"distance": distance, "height": residual, "beside": residual, "parts": residual}
    learnt = {"supervised": opinion, "conditioned": opinion}
    alone = {"supervised": Curve(-8.0, 8.0, -3.0, (-8.0,), (1.0,)), "beside": residual}
    by_situation = {
        "none": Regression(alone, bias=-8.0),
        "bare": Regression(compared, bias=-distance.adds(0.0)),
        "model": Regression({**compared, **learnt}, bias=-distance.adds(0.0) - 0.5),
    }
    regressions = {
        name: by_situation["none" if name.startswith("none") else name.split(", ")[2]] for name in SITUATIONS
    }
    return Fusion(regressions, 2.0, 4.0, "nothing: nominal weights")


def situation_of(view: Mapping[str, float]) -> str:
    """Which of SITUATIONS a view's evidence was gathered in."""
    depth = "depth" if "height" in view else "plain"
    model = "model" if LEARNT & view.keys() else "bare"
    if not COMPARED & view.keys():
        return f"none, {depth}, {model}"
    return f"{'several' if view.get('references', 1.0) >= SEVERAL else 'one'}, {depth}, {model}"


def known(view: Mapping[str, float]) -> bool:
    """Whether there is any evidence in a view.

    Raises:
        ModelError: evidence is no number; it may be endless, what it is held against may not.
    """
    strange = [
        kind
        for kind, value in view.items()
        if math.isnan(value) or (kind not in EVIDENCE and math.isinf(value))
    ]
    if strange:
        raise ModelError(f"the evidence '{strange[0]}' is not a number; nothing can be made of it")
    return bool(EVIDENCE & view.keys())


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()
