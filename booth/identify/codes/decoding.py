"""The most probable code of a symbol and how sure each digit is, under its parities and its check digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.identify.codes.symbols import EAN13, UPCE, Layout
from booth.identify.gtin import GTIN_DIGITS, expand_upce

Logs = NDArray[np.float64]
Ints = NDArray[np.int64]
NEVER = -1e3


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """What the bars say.

    Attributes:
        gtin: the most probable code as GTIN-13.
        probability: of that code, given that there is one here.
        digits: probability of each digit in each place of the GTIN-13, (13, 10); of UPC-E, in each of its
            six cells, (6, 10).
    """

    gtin: str
    probability: float
    digits: Logs


@dataclass(frozen=True, slots=True, eq=False)
class _Cases:
    """Codes by the parities they would have; each case is a sum of digits times weights that ends in 0.

    Attributes:
        logs: log-likelihood of each digit in each cell, (b, n, 10).
        weights: of each cell in the check sum, (b, n).
        start: what the parities alone add to the sum, (b,).
        bonus: log-likelihood of what is fixed in the case, (b,).
    """

    logs: Logs
    weights: Ints
    start: Ints
    bonus: Logs


def decode(logs: Logs, layout: Layout) -> Decoded:
    """The code by its cells' log-likelihoods, (cells, 2, 10), as `log_probabilities` gives them."""
    cases = _upce_cases(logs, layout) if layout == UPCE else _ean_cases(logs, layout)
    forward, backward = _sums(cases)
    totals = forward[-1][:, 0] + cases.bonus
    total = float(np.logaddexp.reduce(totals))
    share = np.exp(totals - total)
    case, cells, best = _best(cases)
    probability = float(np.exp(best - total))
    marginals = np.einsum("b,bnd->nd", share, _marginals(cases, forward, backward))
    if layout == UPCE:
        return Decoded(_upce_gtin(case, cells), probability, marginals)
    if layout == EAN13:
        digits = np.vstack([share[None, :], marginals])
        return Decoded(_joined([case, *cells]), probability, digits)
    certain = np.eye(10)[[0] * (GTIN_DIGITS - len(cells))]
    return Decoded(_joined(cells).zfill(GTIN_DIGITS), probability, np.vstack([certain, marginals]))


def _ean_cases(logs: Logs, layout: Layout) -> _Cases:
    """One case for each first digit of EAN-13; only one for EAN-8."""
    parities = layout.parities()
    count, cells = len(parities), len(layout.cells)
    sets = np.hstack([parities, np.zeros((count, cells - layout.left), np.int64)])
    chosen = logs[np.arange(cells)[None, :], sets]
    weights = np.tile([3, 1], cells)[:cells]
    start = np.arange(count) if count > 1 else np.zeros(1, np.int64)
    return _Cases(chosen, np.tile(weights, (count, 1)), start, np.zeros(count))


def _upce_cases(logs: Logs, layout: Layout) -> _Cases:
    """A case for each check digit and last digit; the first five cells are free but for what is never printed.

    Zeros are suppressed in one way only, so that some digits never stand before some last digits.
    """
    parities = np.repeat(layout.parities(), 10, axis=0)
    last, check = np.tile(np.arange(10), 10), np.repeat(np.arange(10), 10)
    chosen = logs[np.arange(5)[None, :], parities[:, :5]].copy()
    chosen[last == 3, 2, :3] = NEVER
    chosen[last == 4, 3, 0] = NEVER
    chosen[last >= 5, 4, 0] = NEVER
    weights, fixed = _upce_weights(last)
    return _Cases(chosen, weights, (check + fixed) % 10, logs[5, parities[:, 5], last])


def _upce_weights(last: Ints) -> tuple[Ints, Ints]:
    """Weights of the first five digits in the long code's check sum, and what the last digit adds to it."""
    long = np.array([1, 3, 1, 3, 1, 3, 1, 3, 1, 3])
    places = {**dict.fromkeys((0, 1, 2), (0, 1, 7, 8, 9)), 3: (0, 1, 2, 8, 9), 4: (0, 1, 2, 3, 9)}
    weights = np.array([long[list(places.get(int(digit), (0, 1, 2, 3, 4)))] for digit in last])
    fixed = np.select([last < 3, last < 5], [last * long[2], 0 * last], last * long[9])
    return weights, fixed


def _sums(cases: _Cases) -> tuple[list[Logs], list[Logs]]:
    """Log of the summed likelihood of all digits so far that leave each remainder, from both ends, (b, 10)."""
    count, cells = cases.weights.shape
    forward = [_only(cases.start)]
    for cell in range(cells):
        steps = _steps(forward[-1], cases.weights[:, cell], -1) + cases.logs[:, cell][:, None, :]
        forward.append(np.logaddexp.reduce(steps, axis=2))
    backward = [_only(np.zeros(count, np.int64))]
    for cell in reversed(range(cells)):
        steps = _steps(backward[-1], cases.weights[:, cell], 1) + cases.logs[:, cell][:, None, :]
        backward.append(np.logaddexp.reduce(steps, axis=2))
    return forward, backward[::-1]


def _marginals(cases: _Cases, forward: list[Logs], backward: list[Logs]) -> Logs:
    """Probability of each digit in each cell of each case, (b, n, 10)."""
    rows = []
    for cell in range(cases.weights.shape[1]):
        after = _steps(backward[cell + 1], cases.weights[:, cell], 1)
        joint = forward[cell][:, :, None] + after + cases.logs[:, cell][:, None, :]
        rows.append(np.exp(np.logaddexp.reduce(joint, axis=1) - forward[-1][:, :1]))
    return np.stack(rows, axis=1)


def _best(cases: _Cases) -> tuple[int, list[int], float]:
    """The case, the digits and the log-likelihood of the most likely code (Viterbi)."""
    count, cells = cases.weights.shape
    score, came = _only(cases.start), []
    for cell in range(cells):
        steps = _steps(score, cases.weights[:, cell], -1) + cases.logs[:, cell][:, None, :]
        came.append(steps.argmax(axis=2))
        score = steps.max(axis=2)
    totals = score[:, 0] + cases.bonus
    case, remainder, digits = int(totals.argmax()), 0, []
    for cell in reversed(range(cells)):
        digit = int(came[cell][case, remainder])
        digits.append(digit)
        remainder = (remainder - digit * int(cases.weights[case, cell])) % 10
    return case, digits[::-1], float(totals[case])


def _only(remainder: Ints) -> Logs:
    logs = np.full((len(remainder), 10), -np.inf)
    logs[np.arange(len(remainder)), remainder % 10] = 0.0
    return logs


def _steps(logs: Logs, weights: Ints, sign: int) -> Logs:
    """Of each case, remainder and digit: the value at the remainder that lies a digit before or after."""
    digits = np.arange(10)
    at = (digits[None, :, None] + sign * weights[:, None, None] * digits[None, None, :]) % 10
    return np.asarray(np.take_along_axis(logs[:, :, None].repeat(10, axis=2), at, axis=1))


def _upce_gtin(case: int, cells: list[int]) -> str:
    check, last = case // 10, case % 10
    return expand_upce(_joined([0, *cells, last, check])) or ""


def _joined(digits: list[int]) -> str:
    return "".join(str(digit) for digit in digits)
