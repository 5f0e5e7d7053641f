"""The most probable code of a symbol and how sure each digit is, under its parities and its check digit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from booth.identify.codes.symbols import EAN13, UPCE, Layout
from booth.identify.gtin import GTIN_DIGITS, expand_upce

Logs = NDArray[np.float64]
Ints = NDArray[np.int64]
NEVER = -1e3
"""The logarithm of what is next to impossible."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """What the bars say.

    Attributes:
        gtin: the most probable code as GTIN-13.
        probability: of that code, given that there is one here.
    """

    gtin: str
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class _Cases:
    """A symbology's codes by the parities they have: in each case digits times weights add up to 0 modulo 10.

    Attributes:
        sets: the number set of each cell, (b, n).
        weights: of each cell in the check sum, (b, n).
        start: what is fixed in the case adds to the sum, (b,).
    """

    sets: Ints
    weights: Ints
    start: Ints


def decode(logs: Logs, layout: Layout) -> Decoded:
    """The code by its cells' log-likelihoods, (cells, 2, 10), as `log_probabilities` gives them."""
    cases = _cases(layout)
    chosen, bonus = _chosen(logs[None], layout)
    total = _log_sum((_forward(chosen, cases)[-1][:, 0] + bonus)[None, :])[0]
    case, cells, best = _best(chosen, bonus, cases)
    return Decoded(_gtin(case, cells, layout), float(np.exp(best - total)))


def digit_probabilities(logs: Logs, layout: Layout) -> Logs:
    """Probability of each digit in each place of the GTIN-13 of an EAN-13 or EAN-8, (13, 10)."""
    cases = _cases(layout)
    chosen, _ = _chosen(logs[None], layout)
    forward, backward = _forward(chosen, cases), _backward(chosen, cases)
    totals = forward[-1][:, 0]
    share = np.exp(totals - _log_sum(totals[None, :])[0])
    marginals = np.einsum("b,bnd->nd", share, _marginals(chosen, cases, forward, backward))
    return _in_places(share, marginals, layout)


def best_code(logs: Logs, layout: Layout) -> str:
    """Only the most probable code, as GTIN-13."""
    case, cells, _ = _best(*_chosen(logs[None], layout), _cases(layout))
    return _gtin(case, cells, layout)


@lru_cache(maxsize=8)
def _cases(layout: Layout) -> _Cases:
    """Of EAN-13 one for each first digit, of EAN-8 one, of UPC-E one for each check digit and last digit."""
    parities = layout.parities()
    if layout == UPCE:
        last, check = np.tile(np.arange(10), 10), np.repeat(np.arange(10), 10)
        weights, fixed = _upce_weights(last)
        return _Cases(np.repeat(parities, 10, axis=0), weights, (check + fixed) % 10)
    count, cells = len(parities), len(layout.cells)
    sets = np.hstack([parities, np.zeros((count, cells - layout.left), np.int64)])
    start = np.arange(count) if layout == EAN13 else np.zeros(1, np.int64)
    return _Cases(sets, np.tile([3, 1], (count, cells))[:, :cells], start)


def _upce_weights(last: Ints) -> tuple[Ints, Ints]:
    """Weights of the first five digits in the long code's check sum, and what the last digit adds to it."""
    long = np.array([1, 3, 1, 3, 1, 3, 1, 3, 1, 3])
    places = {**dict.fromkeys((0, 1, 2), (0, 1, 7, 8, 9)), 3: (0, 1, 2, 8, 9), 4: (0, 1, 2, 3, 9)}
    weights = np.array([long[list(places.get(int(digit), (0, 1, 2, 3, 4)))] for digit in last])
    return weights, np.select([last < 3, last < 5], [last * long[2], 0 * last], last * long[9])


def _chosen(logs: Logs, layout: Layout) -> tuple[Logs, Logs]:
    """Log-likelihood of each digit in each cell of each case, (b, n, 10), and of what the case fixes, (b,).

    UPC-E suppresses zeros in one way only, so that some digits never stand before some last digits.
    """
    sets = _cases(layout).sets
    chosen = logs[0][np.arange(sets.shape[1])[None, :], sets]
    if layout != UPCE:
        return chosen, np.zeros(len(sets))
    last = np.tile(np.arange(10), 10)
    bonus = chosen[np.arange(len(last)), 5, last]
    free = chosen[:, :5].copy()
    free[last == 3, 2, :3] = NEVER
    free[last == 4, 3, 0] = NEVER
    free[last >= 5, 4, 0] = NEVER
    return free, bonus


def _forward(chosen: Logs, cases: _Cases) -> list[Logs]:
    """Log of the summed likelihood of the digits so far that leave each remainder, (b, 10)."""
    sums = [_only(cases.start)]
    for cell in range(chosen.shape[1]):
        sums.append(_log_sum(_stepped(sums[-1], cases.weights[:, cell], -1) + chosen[:, cell, None]))
    return sums


def _backward(chosen: Logs, cases: _Cases) -> list[Logs]:
    """The same of the digits still to come, that lead from each remainder to none."""
    sums = [_only(np.zeros_like(cases.start))]
    for cell in reversed(range(chosen.shape[1])):
        sums.append(_log_sum(_stepped(sums[-1], cases.weights[:, cell], 1) + chosen[:, cell, None]))
    return sums[::-1]


def _marginals(chosen: Logs, cases: _Cases, forward: list[Logs], backward: list[Logs]) -> Logs:
    """Probability of each digit in each cell of each case, (b, n, 10)."""
    rows = []
    for cell in range(chosen.shape[1]):
        after = _stepped(backward[cell + 1], cases.weights[:, cell], 1)
        joint = forward[cell][:, :, None] + after + chosen[:, cell, None]
        rows.append(np.exp(_log_sum(joint.transpose(0, 2, 1)) - forward[-1][:, :1]))
    return np.stack(rows, axis=1)


def _best(chosen: Logs, bonus: Logs, cases: _Cases) -> tuple[int, list[int], float]:
    """The case, the digits and the log-likelihood of the most likely code (Viterbi)."""
    score, came = _only(cases.start), []
    for cell in range(chosen.shape[1]):
        steps = _stepped(score, cases.weights[:, cell], -1) + chosen[:, cell, None]
        came.append(steps)
        score = steps.max(axis=2)
    totals = score[:, 0] + bonus
    case, remainder, digits = int(totals.argmax()), 0, []
    for cell in reversed(range(chosen.shape[1])):
        digit = int(came[cell][case, remainder].argmax())
        digits.append(digit)
        remainder = (remainder - digit * int(cases.weights[case, cell])) % 10
    return case, digits[::-1], float(totals[case])


def _only(remainder: Ints) -> Logs:
    logs = np.full((len(remainder), 10), NEVER)
    logs[np.arange(len(remainder)), remainder % 10] = 0.0
    return logs


def _stepped(logs: Logs, weights: Ints, sign: int) -> Logs:
    """Of each case, remainder and digit: the value at the remainder that lies a digit before or after."""
    return np.asarray(logs[np.arange(len(logs))[:, None, None], _steps()[sign][weights]])


@lru_cache(maxsize=1)
def _steps() -> dict[int, Ints]:
    """By sign: the remainder that each weight, remainder and digit lead to, (10, 10, 10)."""
    weight, remainder, digit = np.meshgrid(*[np.arange(10)] * 3, indexing="ij")
    return {sign: (remainder + sign * weight * digit) % 10 for sign in (-1, 1)}


def _log_sum(logs: Logs) -> Logs:
    """Logarithm of the sum over the last axis."""
    highest = logs.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(logs - highest).sum(axis=-1)) + highest[..., 0])


def _in_places(share: Logs, marginals: Logs, layout: Layout) -> Logs:
    """The cells' probabilities in the places of a GTIN-13, the first digit's by its parities."""
    if layout == EAN13:
        return np.vstack([share[None, :], marginals])
    zeros = np.eye(10)[[0] * (GTIN_DIGITS - len(marginals))]
    return np.vstack([zeros, marginals])


def _gtin(case: int, cells: list[int], layout: Layout) -> str:
    if layout == UPCE:
        return expand_upce(_joined([0, *cells, case % 10, case // 10])) or ""
    return _joined([case, *cells] if layout == EAN13 else cells).zfill(GTIN_DIGITS)


def _joined(digits: list[int]) -> str:
    return "".join(str(digit) for digit in digits)
