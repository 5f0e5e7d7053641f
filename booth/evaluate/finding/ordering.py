"""Orders candidates by what pictures and words say of each: a conditional logit with a handful of weights.

P(candidate) is proportional to exp(weights · traits) over the candidates of one item (McFadden, Conditional
Logit Analysis of Qualitative Choice Behavior, 1974).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TRAITS = ("cosine", "fit", "listed", "listed_share", "printed", "printed_share")
UNFIT = 6.0
"""A fit is taken as log odds, and cut off at this."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found of one candidate; None where it was not looked for.

    Attributes:
        cosine: of the embeddings, -1..1.
        fit: of the points, 0..1.
        listed: how much of what was read speaks for title and maker, and which share of them was read.
        printed: the same of what is printed on the reference picture.
    """

    cosine: float | None = None
    fit: float | None = None
    listed: tuple[float, float] | None = None
    printed: tuple[float, float] | None = None

    def traits(self) -> tuple[float, ...]:
        """What the weights apply to, in the order of TRAITS; what is missing is 0, or the lowest fit."""
        listed, printed = self.listed or (0.0, 0.0), self.printed or (0.0, 0.0)
        return (self.cosine or 0.0, _log_odds(self.fit or 0.0), *listed, *printed)


def scores(evidence: Mapping[str, Evidence], weights: Sequence[float]) -> dict[str, float]:
    """A score for each candidate; higher is more probable."""
    return {
        key: sum(weight * trait for weight, trait in zip(weights, one.traits(), strict=True))
        for key, one in evidence.items()
    }


def rank_of(key: str, scored: Mapping[str, float]) -> int:
    """The place of a candidate, from 1; behind all that score the same."""
    return sum(score >= scored[key] for score in scored.values())


def _log_odds(fit: float) -> float:
    if fit <= 0.0 or fit >= 1.0:
        return math.copysign(UNFIT, fit - 0.5)
    return max(-UNFIT, min(UNFIT, math.log(fit / (1.0 - fit))))


# Fitted by `booth train order --shops 2` on 64 photos of made-up products, drawn unlike what the embedding
# learnt from; nothing that is evaluated had a part in it.
FIRST_LOOK = (12.434, 0.0, 0.0, 0.0, 0.0, 0.0)
PICTURES = (6.823, 1.025, 0.0, 0.0, 0.0, 0.0)
FIRST_LOOK_WITH_WORDS = (6.370, 0.0, 0.276, 0.030, 0.950, 5.052)
PICTURES_WITH_WORDS = (3.814, 0.695, 0.141, 0.428, 0.445, 4.097)
