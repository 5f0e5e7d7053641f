"""Exact intervals of shares that were counted."""

from __future__ import annotations

from booth.policy.shares import lower_bound, upper_bound


def clopper_pearson(count: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of a share at this level (Clopper and Pearson, 1934); (0, 1) of nothing."""
    one_sided = 0.5 + level / 2
    return lower_bound(count, n, one_sided), upper_bound(count, n, one_sided)
