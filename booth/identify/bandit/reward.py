"""What an item earned: one if its product is among what was taken, less what the search cost."""

from __future__ import annotations

from collections.abc import Mapping

from booth.identify.bandit.arms import ARMS, RETRIEVED, STAGE_0, cost

Ranks = Mapping[str, int | None]
"""Rank of the truth, from 0, in what each strategy that ran gave; None where it was not there."""


def reward(ranks: Ranks, levels: Mapping[str, int]) -> float:
    """What a slate earned on an item whose product is known.

    Args:
        ranks: of every strategy that ran; one that ran and is not in `levels` is of stage 0.
        levels: the level of each arm.
    """
    return float(found(ranks, levels)) - spent(levels)


def found(ranks: Ranks, levels: Mapping[str, int]) -> bool:
    """Whether the truth is among what was taken."""
    return found_at_once(ranks) or any(_within(ranks.get(arm), levels.get(arm, 0)) for arm in ARMS)


def found_at_once(ranks: Ranks) -> bool:
    """Whether stage 0 gave the truth, whatever the slate."""
    return any(_within(ranks.get(name), RETRIEVED) for name in STAGE_0)


def spent(levels: Mapping[str, int]) -> float:
    """What a slate costs, found or not."""
    return sum(cost(arm, levels.get(arm, 0)) for arm in ARMS)


def _within(rank: int | None, level: int) -> bool:
    return rank is not None and rank < level
