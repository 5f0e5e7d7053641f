"""What a policy is set to, apart from what it has learnt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Chosen on simulated booths of other seeds than those that are reported.

    Attributes:
        alpha: how much of its uncertainty the policy explores with.
        slightest: the least spread of a value, in items found: what is worth about nothing is tried now and
            then, which costs about nothing, and lets the log judge policies that differ in it.
        epsilon: share of the choices that a coin makes, so that every set of arms may be logged.
        prior: precision of the prior of each coefficient.
        decay: what earlier evidence counts after one more item.
        found_weight: what an item that an arm before it has found counts for an arm: 1 makes p_K the
            probability of any item, less makes it that of items missed so far, which is what a slate is
            about.
        look_ahead: share of the value of later arms that is taken off an earlier one's.
    """

    alpha: float = 0.1
    slightest: float = 0.01
    epsilon: float = 0.03
    prior: float = 1.0
    decay: float = 0.9998
    found_weight: float = 0.3
    look_ahead: float = 1.0


SETTINGS = Settings()
LIMITS = {
    "alpha": (0.0, 100.0),
    "slightest": (1e-6, 1.0),
    "epsilon": (1e-4, 1.0),
    "prior": (1e-3, 1e6),
    "decay": (0.5, 1.0),
    "found_weight": (0.0, 1.0),
    "look_ahead": (0.0, 1.0),
}
"""Lowest and highest of each."""
