"""What one confirmation says of each arm at each level."""

from __future__ import annotations

import numpy as np

from booth.identify.bandit.arms import ARMS, LEVELS, STAGE_0
from booth.identify.bandit.reward import Ranks, found_at_once
from booth.identify.bandit.ridge import Array

GROUPS = ("stage_0", *ARMS)
"""What is learnt of: stage 0 as a whole, then each arm."""


def labels_of(ranks: Ranks, found_weight: float) -> tuple[Array, Array]:
    """Labels (groups, levels above 0) and weights (groups,) of one confirmed item.

    No answer is missing, not zero: what did not run gets no weight. By the chain rule the product of what
    each arm misses is right if each is the probability among items that the arms before it missed; so items
    that they found weigh only `found_weight` for the arms after them.
    """
    labels = np.zeros((len(GROUPS), len(LEVELS) - 1))
    weights = np.zeros(len(GROUPS))
    seen = found_at_once(ranks)
    if any(name in ranks for name in STAGE_0):
        labels[0], weights[0] = float(seen), 1.0
    for place, arm in enumerate(ARMS, start=1):
        if arm not in ranks:
            continue
        rank = ranks[arm]
        weights[place] = found_weight if seen else 1.0
        if rank is not None:
            labels[place] = [float(rank < level) for level in LEVELS[1:]]
            seen = seen or bool(rank < LEVELS[-1])
    return labels, weights
