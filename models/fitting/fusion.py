"""Fits the fusion on evidence rows of made-up products, and calibrates it on products left out of the fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from booth.errors import InputError
from booth.evaluate.rows import Row
from models.curve import Curve
from models.fusion import LEARNT, OF_REFERENCES, SITUATIONS, Fusion, known, situation_of
from models.regression import KINDS, Regression, doublings, values_of

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
DOUBTED = (0.93, 0.985)
"""Where the model is doubted, and distrusted: quantiles of what references of made-up products get of it."""
DROPPED: Mapping[tuple[str, ...], float] = {
    ("height", "parts"): 0.3,
    ("beside",): 0.3,
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
    whole = {name: _likest(regressions, name) for name in SITUATIONS}
    return Fusion(whole, *doubts_of(rows), fitted_on=fitted_on), held


def cases_of(rows: Sequence[Row], seed: int = 0) -> dict[str, list[Case]]:
    """The cases of each situation that has enough of them; evidence is left out of some at random.

    Every item is there with and without what the supervised model says of it.
    """
    rng = np.random.default_rng(seed)
    found: dict[str, list[Case]] = {}
    for row in rows:
        thinned = _thinned(row.views, rng)
        for views in (thinned, [_without(view, LEARNT) for view in thinned]):
            seen = tuple(view for view in views if known(view))
            if seen:
                found.setdefault(situation_of(seen[0]), []).append(Case(row.product, row.damaged, seen))
    return {name: cases for name, cases in found.items() if _enough(cases)}


def doubts_of(rows: Sequence[Row]) -> tuple[float, float]:
    """From where on the supervised model is doubted, and distrusted, by what references get of it."""
    told = [view[OF_REFERENCES] for row in rows for view in row.views if OF_REFERENCES in view]
    if not told:
        return 2.0, 4.0
    doubted, distrusted = np.quantile(told, DOUBTED).tolist()
    return float(doubted), float(max(distrusted, doubted + 0.5))


def regression_of(cases: Sequence[Case]) -> Regression:
    """The logistic regression of one situation, not yet calibrated."""
    views = [view for case in cases for view in case.views]
    good = [values_of(view) for case in cases if not case.damaged for view in case.views]
    every = [values_of(view) for view in views]
    curves = {kind: _shape(kind, good, every) for kind in KINDS if _told(kind, good)}
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
        row, values = [1.0, doublings(view)], values_of(view)
        for kind, curve in self._curves.items():
            row += _parts(curve, values.get(kind))
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


def _parts(curve: Curve, value: float | None) -> list[float]:
    """How far a value goes along each part of the line, in spans, and 1 where it is absent."""
    if value is None:
        return [0.0] * len(curve.knots) + [1.0]
    return [*(part / (curve.high - curve.low) for part in curve.parts(value)), 0.0]


def _shape(kind: str, good: Sequence[View], every: Sequence[View]) -> Curve:
    """Range and knots of a kind, its slopes not yet known, from the values of views."""
    usual = np.array([values[kind] for values in good if kind in values])
    low = float(np.quantile(usual, RANGE[0]))
    high = float(np.quantile([values[kind] for values in every if kind in values], RANGE[1]))
    high = max(high, low + 1e-3)
    knots = [low]
    for bend in np.quantile(usual, BENDS).tolist():
        if bend > knots[-1] + 0.02 * (high - low) and bend < high - 0.02 * (high - low):
            knots.append(bend)
    return Curve(low, high, float(np.median(usual)), tuple(knots), tuple([0.0] * len(knots)))


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


def _without(view: View, kinds: frozenset[str]) -> dict[str, float]:
    return {kind: value for kind, value in view.items() if kind not in kinds}


def _told(kind: str, views: Sequence[View]) -> bool:
    return sum(kind in view for view in views) >= 20


def _enough(cases: Sequence[Case]) -> bool:
    """Whether every fold and what is left of each has good and damaged items."""
    kinds = {(fold_of(case.product), case.damaged) for case in cases}
    return len(kinds) == 2 * FOLDS and len(cases) >= 20


def _likest(regressions: Mapping[str, Regression], name: str) -> Regression:
    """The regression of the situation that shares most with this one, the number of references first."""
    count, depth, model = name.split(", ")

    def unlike(other: str) -> tuple[bool, bool, bool, int]:
        its_count, its_depth, its_model = other.split(", ")
        return its_model != model, its_count != count, its_depth != depth, -SITUATIONS.index(other)

    return regressions[min(regressions, key=unlike)]


def _chance(logits: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -60, 60))), np.float64)
