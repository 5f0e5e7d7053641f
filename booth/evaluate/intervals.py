"""Exact intervals of shares that were counted."""

from __future__ import annotations


def clopper_pearson(count: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of a share at this level (Clopper and Pearson, 1934); (0, 1) of nothing."""
    from scipy.stats import beta

    tail = (1.0 - level) / 2
    low = float(beta.ppf(tail, count, n - count + 1)) if count else 0.0
    high = float(beta.ppf(1.0 - tail, count + 1, n - count)) if count < n else 1.0
    return low, high
