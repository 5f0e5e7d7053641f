"""Fits a ranker: lambdarank for the order, its confidence by cross-fitting, its figures on items held out.

LightGBM is needed here only; what it fits is kept as ONNX (Burges, From RankNet to LambdaRank to LambdaMART,
2010; Ke et al., LightGBM, 2017). What is said of an item's confidence is learnt from orders that were fitted
without it (Chernozhukov et al., 2018).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray
from booth.errors import InputError
from booth.identify.ranker.calibrate import (
    SUMMARY,
    Isotonic,
    acceptance,
    expected_error,
    isotonic,
    reliability,
    summary_of,
)
from booth.identify.ranker.features import FEATURES, Table
from booth.identify.ranker.ranker import FALSE_ACCEPTS, HeldOut, Ranker
from booth.identify.ranker.trees import INPUT, Trees

MEASURED = 0.15
"""The share of the items that nothing is fitted on."""
LEAST = 60
"""Fewer items than these cannot be split."""
FOLDS = 3
"""With three, two thirds of the items order each third: near enough to what all of them will."""
_TREES: Mapping[str, Any] = {
    "num_threads": 1, "verbose": -1, "seed": 1, "deterministic": True, "force_row_wise": True,
    "feature_fraction": 0.8, "max_bin": 127,
}  # fmt: skip
_ORDER = {
    **_TREES, "objective": "lambdarank", "num_leaves": 15, "learning_rate": 0.1,
    "lambdarank_truncation_level": 10, "min_data_in_leaf": 20,
}  # fmt: skip
_SURE = {
    **_TREES, "objective": "regression", "num_leaves": 8, "learning_rate": 0.05,
    "min_data_in_leaf": 15, "lambda_l2": 5.0,
}  # fmt: skip
ORDER_ROUNDS, SURE_ROUNDS = 100, 120


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One item: its candidates, and which one it was.

    Attributes:
        truth: its GTIN, whether or not it is among the candidates or in the catalogue.
        state: of its barcode, one of booth.identify.corruption.STATES.
        weight: how much it counts for the confidence: simulated rarities are too frequent.
    """

    table: Table
    truth: str
    state: str
    weight: float = 1.0

    @property
    def place(self) -> int | None:
        """The row of the truth, or None where it is not among the candidates."""
        return self.table.gtins.index(self.truth) if self.truth in self.table.gtins else None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A ranker, and what was measured of it on items that nothing was fitted on."""

    ranker: Ranker
    figures: Mapping[str, float]


def fit(examples: Sequence[Example], rounds: int = ORDER_ROUNDS) -> Fitted:
    """Fit and measure.

    Raises:
        InputError: there are fewer than LEAST examples with candidates.
    """
    usable = [example for example in examples if example.table.gtins]
    if len(usable) < LEAST:
        raise InputError(
            f"{len(usable)} items with candidates are too few to fit a ranker; {LEAST} are needed"
        )
    split = len(usable) - round(len(usable) * MEASURED)
    fitting = usable[:split]
    sure, calibration, held_out = _fit_sure(fitting, rounds)
    ranker = Ranker(_fit_order(fitting, rounds), sure, calibration, held_out)
    return Fitted(ranker, measured(ranker, usable[split:]))


def measured(
    ranker: Ranker, examples: Sequence[Example], false_accepts: float = FALSE_ACCEPTS
) -> dict[str, float]:
    """How a ranker orders, how well it knows, and what it accepts at its threshold for a budget."""
    scored = [ranker.scores(example.table) for example in examples]
    pairs = list(zip(examples, scored, strict=True))
    said = [ranker.confidence(example.table, scores) for example, scores in pairs]
    right = [example.place == int(scores.argmax()) for example, scores in pairs]
    accepted = acceptance(said, right, ranker.limit_for(false_accepts))
    found = [rank for example, scores in pairs if (rank := rank_of(example, scores)) is not None]
    return {
        **ranks_figures(found, len(examples)),
        "retrieved": len(found) / max(1, len(examples)),
        "calibration_error": expected_error(reliability(said, right)),
        "brier": float(np.mean((np.array(said) - np.array(right)) ** 2)) if said else 0.0,
        **accepted.figures(),
    }


def rank_of(example: Example, scores: FloatArray) -> int | None:
    """The truth's rank from 1, equals before it counting, or None where it was not retrieved."""
    place = example.place
    if place is None:
        return None
    ahead = (scores > scores[place]).sum() + (scores[:place] == scores[place]).sum()
    return int(ahead) + 1


def ranks_figures(ranks: Sequence[int], n: int) -> dict[str, float]:
    """R@1, R@5, R@10, MRR and nDCG@10 of the truths' ranks; those not retrieved count as misses."""
    at = np.array(ranks, np.float64)
    total = max(1, n)
    return {
        "n": n,
        **{f"r@{k}": float((at <= k).sum() / total) for k in (1, 5, 10)},
        "mrr": float((1.0 / at).sum() / total),
        "ndcg@10": float((1.0 / np.log2(1.0 + at[at <= 10])).sum() / total),
    }


def _fit_order(examples: Sequence[Example], rounds: int) -> Trees:
    """Only items whose product is among the candidates say how to order them."""
    told = [example for example in examples if example.place is not None]
    rows = np.concatenate([example.table.values for example in told]) if told else _no_rows()
    truths = np.concatenate([_label(example) for example in told]) if told else np.zeros(1)
    groups = [len(example.table.gtins) for example in told] or [1]
    return Trees(_boosted(_ORDER, rows, truths, rounds, FEATURES, groups=groups), len(FEATURES))


def _fit_sure(examples: Sequence[Example], rounds: int) -> tuple[Trees, Isotonic, HeldOut]:
    """Trees on all items; the monotone map on what trees without those items said of them."""
    rows, right = _summaries(examples, rounds)
    weights = np.array([example.weight for example in examples], np.float64)
    raw = np.zeros(len(examples))
    for held in _folds(len(examples)):
        data = _boosted(_SURE, rows[~held], right[~held], SURE_ROUNDS, SUMMARY, weights=weights[~held])
        raw[held] = Trees(data, len(SUMMARY)).scores(rows[held])
    calibration = isotonic(raw, right, weights)
    sure = Trees(_boosted(_SURE, rows, right, SURE_ROUNDS, SUMMARY, weights=weights), len(SUMMARY))
    said = [round(calibration(float(each)), 6) for each in raw]
    return sure, calibration, (said, [bool(each) for each in right])


def _summaries(examples: Sequence[Example], rounds: int) -> tuple[FloatArray, NDArray[np.float64]]:
    """(n, len(SUMMARY)) what orders without an item make of it, and (n,) whether their first is right."""
    rows = np.zeros((len(examples), len(SUMMARY)), np.float32)
    right = np.zeros(len(examples))
    for held in _folds(len(examples)):
        order = _fit_order([examples[place] for place in np.flatnonzero(~held).tolist()], rounds)
        for place in np.flatnonzero(held).tolist():
            scores = order.scores(examples[place].table.values)
            rows[place] = summary_of(scores, examples[place].table.values)
            right[place] = examples[place].place == int(scores.argmax())
    return rows, right


def _folds(count: int) -> list[NDArray[np.bool_]]:
    """Which of the items each fold holds out."""
    return [np.arange(count) % FOLDS == fold for fold in range(FOLDS)]


def _label(example: Example) -> NDArray[np.float64]:
    label = np.zeros(len(example.table.gtins))
    label[example.place] = 1.0
    return label


def _no_rows() -> FloatArray:
    return np.zeros((1, len(FEATURES)), np.float32)


def _boosted(
    parameters: Mapping[str, Any],
    rows: FloatArray,
    labels: NDArray[np.float64],
    rounds: int,
    names: Sequence[str],
    groups: Sequence[int] | None = None,
    weights: NDArray[np.float64] | None = None,
) -> bytes:
    """Fitted trees as ONNX."""
    import lightgbm
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = lightgbm.Dataset(rows, labels, group=groups, weight=weights, feature_name=list(names))
        booster = lightgbm.train(dict(parameters), data, rounds)
        shape = [(INPUT, FloatTensorType([None, len(names)]))]
        model = convert_lightgbm(booster, initial_types=shape, target_opset=15)
    return bytes(model.SerializeToString())
