"""From the first candidate's margin to the probability that it is right, and the threshold to settle at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray
from booth.identify.ranker.features import FEATURES

SUMMARY = ("margin", "top", "gap_to_third", *(f"first_{name}" for name in FEATURES),
           *(f"lead_{name}" for name in FEATURES))  # fmt: skip
"""What confidence is reckoned from: the margin over the second, the first one's features, and its lead in
each."""
NO_RIVAL = 20.0
"""The margin over a second candidate that does not exist; scores of boosted trees stay well within it."""
CONFIDENCE_LEVEL = 0.95

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How automatic confirmation did at a threshold, on items that nothing was fitted on.

    Attributes:
        threshold: confidence from which on an item is accepted; above 1 where no threshold keeps the budget.
        upper: the Clopper-Pearson upper bound of the false-accept rate.
    """

    threshold: float
    n: int
    accepted: int
    wrong: int
    upper: float

    @property
    def rate(self) -> float:
        """Share of the accepted that were wrong."""
        return self.wrong / self.accepted if self.accepted else 0.0

    def figures(self) -> Mapping[str, float]:
        """As it is kept and printed."""
        return {
            "threshold": self.threshold, "accept_n": self.n, "accepted": self.accepted,
            "false_accepts": self.wrong, "false_accept_rate": self.rate, "false_accept_upper": self.upper,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A step-free monotone map from raw confidence to probability; both ascend."""

    raw: tuple[float, ...]
    probability: tuple[float, ...]

    def __call__(self, raw: float) -> float:
        """0..1."""
        return float(np.interp(raw, self.raw, self.probability))


def summary_of(scores: FloatArray, values: FloatArray) -> FloatArray:
    """(len(SUMMARY),) float32 for one query.

    Args:
        scores: (N,) at least one, in any order.
        values: (N, len(FEATURES)), the features of each.
    """
    order = np.argsort(-scores, kind="stable")[:3]
    first = scores[order[0]]
    second = scores[order[1]] if len(order) > 1 else first - NO_RIVAL
    third = scores[order[2]] if len(order) > 2 else first - NO_RIVAL
    rival = values[order[1]] if len(order) > 1 else np.zeros(values.shape[1], np.float32)
    head = np.array([first - second, first, first - third], np.float32)
    return np.concatenate([head, values[order[0]], values[order[0]] - rival]).astype(np.float32)


def isotonic(raw: Values, right: Values, weights: Values) -> Isotonic:
    """Pool adjacent violators (Ayer et al., 1955); a pool says (k + ½) / (n + 1), never quite 0 or 1."""
    order = np.argsort(raw, kind="stable")
    pools: list[list[float]] = []
    for x, y, w in zip(raw[order], right[order], weights[order], strict=True):
        pools.append([x * w, y * w, w])
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] >= pools[-1][1] * pools[-2][2]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    centres = [x / w for x, _, w in pools]
    said = np.maximum.accumulate([(y + 0.5) / (w + 1.0) for _, y, w in pools])
    return Isotonic(tuple(centres), tuple(float(value) for value in said))


def acceptance(confidences: Sequence[float], right: Sequence[bool], threshold: float) -> Acceptance:
    """What a threshold would have accepted."""
    taken = [good for confidence, good in zip(confidences, right, strict=True) if confidence >= threshold]
    wrong = len(taken) - sum(taken)
    return Acceptance(threshold, len(right), len(taken), wrong, upper_bound(wrong, len(taken)))


def threshold_for(confidences: Sequence[float], right: Sequence[bool], budget: float) -> float:
    """The lowest confidence at which the bound of the false-accept rate is within the budget, or 2: never."""
    order = np.argsort(-np.asarray(confidences, np.float64), kind="stable")
    wrong, best = 0, 2.0
    for taken, place in enumerate(order, start=1):
        wrong += not right[place]
        last = taken == len(order) or confidences[order[taken]] < confidences[place]
        if last and upper_bound(wrong, taken) <= budget:
            best = float(confidences[place])
    return best


def upper_bound(wrong: int, n: int) -> float:
    """The one-sided upper bound of a rate at CONFIDENCE_LEVEL (Clopper and Pearson, 1934)."""
    from scipy.stats import beta

    if n == 0 or wrong >= n:
        return 1.0
    return float(beta.ppf(CONFIDENCE_LEVEL, wrong + 1, n - wrong))


def reliability(
    confidences: Sequence[float], right: Sequence[bool], bins: int = 10
) -> list[dict[str, float]]:
    """Said against seen: in each bin of equal counts the mean confidence, the share that was right, and n."""
    order = np.argsort(np.asarray(confidences), kind="stable")
    rows = []
    for part in np.array_split(order, bins):
        if len(part):
            said = float(np.mean([confidences[place] for place in part]))
            seen = float(np.mean([right[place] for place in part]))
            rows.append({"n": len(part), "said": said, "seen": seen})
    return rows


def expected_error(rows: Sequence[Mapping[str, float]]) -> float:
    """The expected calibration error of a reliability table (Naeini et al., 2015)."""
    n = sum(row["n"] for row in rows)
    return sum(row["n"] * abs(row["said"] - row["seen"]) for row in rows) / n if n else 0.0
