"""Fits the fusion on evidence rows of made-up products, and calibrates it on products left out of the fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from booth.errors import InputError
from booth.evaluate.rows import Row
from models.curve import FALLING, Curve
from models.fusion import KINDS, SITUATIONS, Fusion, Regression, known, situation_of

FloatArray = NDArray[np.float64]
View = Mapping[str, float]

FOLDS = 5
RIDGE = 1e-4
"""Per item, on slopes over the fitted range; the biases are free."""
LEAST_RISE = 0.02
"""What every kind adds at least from end to end of its range, so that it ranks where it is alone."""
SOFTNESS = 0.3
"""Of the maximum over views while fitting: log-sum-exp of logits divided by it."""
RANGE = (0.005, 0.98)
"""The fitted range: of the good views' values at its low end, of all views' at its high end."""
BENDS = (0.5, 0.8, 0.9, 0.97, 0.995)
"""Where a line may bend: quantiles of good views' values."""
OF_REFERENCES = 0.9
"""Of good views: what references get of the model beyond this share of them is unusual."""
DROPPED: Mapping[tuple[str, ...], float] = {
    ("height", "parts"): 0.3,
    ("beside",): 0.3,
    ("supervised", "conditioned"): 0.1,
    ("conditioned",): 0.05,
}
"""How often kinds are left out of an item together, as a booth without depth or empty tray has them not."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One item in one situation: its views' evidence, and the truth."""

    product: str
    damaged: bool
    views: tuple[View, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """What a fusion says of items whose products it was not fitted on.

    Attributes:
        scores: 0..1, calibrated; `damaged` is the truth.
    """

    scores: FloatArray
    damaged: NDArray[np.bool_]


def fit_fusion(
    rows: Sequence[Row], fitted_on: str, progress: Callable[[int, int], None] | None = None
) -> tuple[Fusion, dict[str, Calibrated]]:
    """The fusion of these rows, and by situation what it says of held-out products.

    A situation that the rows do not show takes the regression of the one most like it.

    Raises:
        InputError: there are too few products, or no good or no damaged item.
    """
    cases = cases_of(rows)
    regressions: dict[str, Regression] = {}
    held: dict[str, Calibrated] = {}
    for done, name in enumerate(SITUATIONS, start=1):
        if name in cases:
            regressions[name], held[name] = _fit_situation(cases[name])
        if progress:
            progress(done, len(SITUATIONS))
    if not regressions:
        raise InputError("a fusion needs items of 10 products, some good and some damaged, in each situation")
    return Fusion({name: _likest(regressions, name) for name in SITUATIONS}, fitted_on), held


def cases_of(rows: Sequence[Row], seed: int = 0) -> dict[str, list[Case]]:
    """The cases of each situation that has enough of them; evidence is left out of some at random."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[Case]] = {}
    for row in rows:
        views = _thinned(row.views, rng)
        seen = [view for view in views if known(view)]
        if seen:
            found.setdefault(situation_of(seen[0]), []).append(Case(row.product, row.damaged, tuple(seen)))
    return {name: cases for name, cases in found.items() if _enough(cases)}


def regression_of(cases: Sequence[Case]) -> Regression:
    """The logistic regression of one situation, not yet calibrated."""
    views = [view for case in cases for view in case.views]
    good = [view for case in cases if not case.damaged for view in case.views]
    curves = {kind: _shape(kind, good, views) for kind in KINDS if _told(kind, good) and _told(kind, views)}
    design = _Design(curves)
    matrix = np.array([design.row(view) for view in views])
    owner = np.repeat(np.arange(len(cases)), [len(case.views) for case in cases])
    damaged = np.array([case.damaged for case in cases], np.float64)
    return design.regression(_weights(matrix, owner, damaged, design.bounds()))


def calibration(logits: FloatArray, damaged: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset that make logits chances (Platt 1999, with his targets short of 0 and 1)."""
    high, low = (damaged.sum() + 1) / (damaged.sum() + 2), 1 / ((~damaged).sum() + 2)
    target = np.where(damaged, high, low)

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        z = weights[0] * logits + weights[1]
        gap = _chance(z) - target
        return float(np.mean(np.logaddexp(0, z) - target * z)), np.array(
            [np.mean(gap * logits), np.mean(gap)]
        )

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, bounds=[(1e-2, 1e2), (None, None)]).x
    return float(found[0]), float(found[1])


class _Design:
    """Turns a view into a row of the regression, and weights back into curves."""

    def __init__(self, curves: Mapping[str, Curve]) -> None:
        self._curves = curves

    def row(self, view: View) -> list[float]:
        """Ones, doublings of references, and of each kind its parts over knots and whether it is absent."""
        row = [1.0, math.log2(max(1.0, view.get("references", 1.0)))]
        for kind, curve in self._curves.items():
            row += _parts(kind, curve, view)
        return row

    def bounds(self) -> list[tuple[float | None, float | None]]:
        """Only the biases may fall."""
        bounds: list[tuple[float | None, float | None]] = [(None, None), (-1.0, 1.0)]
        for curve in self._curves.values():
            bounds += [*[(LEAST_RISE, None)] * len(curve.knots), (None, None)]
        return bounds

    def regression(self, weights: FloatArray) -> Regression:
        """The curves that the weights stand for."""
        curves, at = {}, 2
        for kind, curve in self._curves.items():
            count = len(curve.knots)
            slopes = [float(w) / (curve.high - curve.low) for w in weights[at : at + count]]
            curves[kind] = replace(curve, slopes=tuple(slopes), absent=float(weights[at + count]))
            at += count + 1
        return Regression(curves, bias=float(weights[0]), per_doubling=float(weights[1]))


def _parts(kind: str, curve: Curve, view: View) -> list[float]:
    """How far a value goes along each part of the line, in spans, and 1 where it is absent."""
    if kind not in view:
        return [0.0] * len(curve.knots) + [1.0]
    value = curve.held(kind, view)
    return [*(part / (curve.high - curve.low) for part in curve.parts(value)), 0.0]


def _shape(kind: str, good: Sequence[View], views: Sequence[View]) -> Curve:
    """Range and knots of a kind, its slopes not yet known."""
    usual, every = _values(kind, good), _values(kind, views)
    low, high = float(np.quantile(usual, RANGE[0])), float(np.quantile(every, RANGE[1]))
    high = max(high, low + 1e-3)
    knots = [low]
    for bend in np.quantile(usual, BENDS).tolist():
        if bend > knots[-1] + 0.02 * (high - low) and bend < high - 0.02 * (high - low):
            knots.append(bend)
    of_references = [_of_references(f"{kind}_{what}", good) for what in ("usual", "spread")]
    return Curve(
        low, high, float(np.median(usual)), tuple(knots), tuple([0.0] * len(knots)), 0.0, *of_references
    )


def _values(kind: str, views: Sequence[View]) -> FloatArray:
    """The values of a kind, turned so that more is worse."""
    values = np.array([view[kind] for view in views if kind in view], np.float64)
    return 1.0 - values if kind in FALLING else values


def _of_references(name: str, good: Sequence[View]) -> float | None:
    """What is told of references of nine views in ten; None where nothing is told."""
    told = [view[name] for view in good if name in view]
    return float(np.quantile(told, OF_REFERENCES)) if told else None


def _weights(
    matrix: FloatArray,
    owner: NDArray[np.intp],
    damaged: FloatArray,
    bounds: Sequence[tuple[float | None, float | None]],
) -> FloatArray:
    """Weights under which the softly largest logit of each item's views tells the damaged ones."""
    starts = np.flatnonzero(np.r_[True, np.diff(owner) > 0])

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        z = matrix @ weights / SOFTNESS
        top = np.maximum.reduceat(z, starts)
        raised = np.exp(z - top[owner])
        total = np.add.reduceat(raised, starts)
        logit = SOFTNESS * (top + np.log(total))
        gap = (_chance(logit) - damaged) / len(damaged)
        slope = matrix.T @ (raised / total[owner] * gap[owner])
        ridge = RIDGE * np.r_[0.0, weights[1:]]
        fit = float(np.mean(np.logaddexp(0, logit) - damaged * logit))
        return fit + float(ridge @ weights) / 2, slope + ridge

    start = np.array([max(0.0, low or 0.0) for low, _ in bounds])
    options = {"maxiter": 600, "maxfun": 1200}
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds, options=options).x, np.float64)


def _fit_situation(cases: Sequence[Case]) -> tuple[Regression, Calibrated]:
    """The regression of all cases, calibrated on what those of other products say of each."""
    damaged = np.array([case.damaged for case in cases], bool)
    logits = np.empty(len(cases))
    for fold in range(FOLDS):
        inside = np.array([fold_of(case.product) == fold for case in cases], bool)
        one = regression_of([case for case, left in zip(cases, inside, strict=True) if not left])
        logits[inside] = [_logit(one, case) for case, left in zip(cases, inside, strict=True) if left]
    slope, offset = calibration(logits, damaged)
    regression = replace(regression_of(cases), slope=slope, offset=offset)
    return regression, Calibrated(_chance(slope * logits + offset), damaged)


def fold_of(product: str) -> int:
    """The fold of a product: the same in every situation and on every machine."""
    return sum(product.encode()) % FOLDS


def _logit(regression: Regression, case: Case) -> float:
    return max(regression.logit(view) for view in case.views)


def _thinned(views: Sequence[View], rng: np.random.Generator) -> list[dict[str, float]]:
    gone = {kind for kinds, often in DROPPED.items() if rng.random() < often for kind in kinds}
    return [{kind: value for kind, value in view.items() if kind not in gone} for view in views]


def _told(kind: str, views: Sequence[View]) -> bool:
    return sum(kind in view for view in views) >= 20


def _enough(cases: Sequence[Case]) -> bool:
    """Whether every fold and what is left of each has good and damaged items."""
    kinds = {(fold_of(case.product), case.damaged) for case in cases}
    return len(kinds) == 2 * FOLDS and len(cases) >= 20


def _likest(regressions: Mapping[str, Regression], name: str) -> Regression:
    count, depth = name.split(", ")
    order = [name, *(other for other in SITUATIONS if other.startswith(count)), *_by_depth(depth)]
    return next(regressions[other] for other in order if other in regressions)


def _by_depth(depth: str) -> list[str]:
    return sorted(SITUATIONS, key=lambda other: (depth not in other, -SITUATIONS.index(other)))


def _chance(logits: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -60, 60))), np.float64)
