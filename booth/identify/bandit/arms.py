"""The strategies that the bandit chooses among, in their order, and what each level of each costs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STAGE_0 = ("exact_gtin", "memory")
"""Strategies that always run, before the bandit chooses; all of what they give is taken."""
ARMS = ("shortlist", "partial_gtin", "structured", "printed_text", "typed_text", "image", "size_weight")
"""Strategies that the bandit decides about, in the order in which it does."""
LEVELS = (0, 10, 30, 100)
"""How many of an arm's candidates may be taken; 0 is not running it."""
RETRIEVED = 100
"""So many candidates every strategy that runs gives, so that one confirmation labels every level."""

RUN_MS: Mapping[str, float] = MappingProxyType(
    {
        "shortlist": 0.1,
        "partial_gtin": 7.0,
        "structured": 0.9,
        "printed_text": 0.6,
        "typed_text": 0.6,
        "image": 2.4,
        "size_weight": 7.0,
    }
)
"""What it takes to run an arm, on one core with a million products: text 0.6 ms, understanding its words
0.3 ms, pictures 2.4 ms, a scan of a column (partial codes, measures) 7 ms; a shortlist is a few look-ups."""
TAKEN_MS = 0.002
"""What each candidate that is taken costs the ranker."""
PRICE_PER_MS = 0.016
"""What a millisecond costs, in items found: sixty are worth one item. All arms always then cost 0.3."""


def cost(arm: str, level: int) -> float:
    """What running an arm at this level costs, in items found."""
    return PRICE_PER_MS * (RUN_MS[arm] + TAKEN_MS * level) if level else 0.0


COSTS = tuple(tuple(cost(arm, level) for level in LEVELS) for arm in ARMS)
"""`cost` of each arm and level, in their order."""
