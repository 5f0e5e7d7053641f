"""What the supervised model says of a product's references themselves: an item is held against that.

A print that looks torn, or a kind of picture that the model was never shown, moves its opinion of good items
and of their references alike. What counts is how far an item lies from its references, in the spread that
these have among themselves: their mean and deviation are found once, when a gallery is made ready, each
reference being left out of those it is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from booth.domain.percept import FloatArray, Reference, ViewPercept
from booth.domain.picture import Region
from models.supervised import Opinion

MOST = 6
"""References that are asked about; more would say little more."""
CONSULTED = 4
"""References that each of them is compared with at most."""
PRIOR_SPREAD = 1.0
"""The nominal deviation of good items, in logits; it counts as much as PRIOR_WEIGHT references."""
PRIOR_WEIGHT = 4.0


class Supervised(Protocol):
    """What looks at a view beside its references, as `models.supervised.Supervised` does."""

    def look(
        self, view: ViewPercept, keys: Sequence[FloatArray], heights: Sequence[FloatArray | None]
    ) -> Opinion:
        """Raises: ModelError."""


def usual_opinions(
    references: Sequence[Reference],
    keys: Sequence[FloatArray],
    supervised: Supervised,
    turns: Sequence[Reference] = (),
) -> dict[str, float]:
    """Figures to stand beside a view's evidence: `supervised_usual`, `supervised_spread`, and so on.

    Args:
        references: of one view, at least one; `keys` are what the model keeps of each.
        turns: small turns of them, which stand for other items where there is one reference alone.

    Returns:
        Mean and deviation of what the model says of them, by the name of the evidence; nothing of the
        comparison where there is nothing to compare.

    Raises:
        ModelError: the model fails.
    """
    heights = [reference.heights_mm for reference in references]
    opinions = []
    for index, reference in list(enumerate(references))[:MOST]:
        others = [other for other in range(len(references)) if other != index][:CONSULTED]
        held = [keys[other] for other in others], [heights[other] for other in others]
        opinions.append(supervised.look(_seen(reference), *held))
    if len(references) == 1:
        opinions += [supervised.look(_seen(turn), keys, heights) for turn in turns[:MOST]]
    told = {
        "supervised": [opinion.logit for opinion in opinions],
        "conditioned": [one.conditioned for one in opinions if one.conditioned is not None],
    }
    return {
        name: value
        for kind, values in told.items()
        if values
        for name, value in _spread(kind, values).items()
    }


def _seen(reference: Reference) -> ViewPercept:
    """A reference as an item, with what is known of it."""
    rows, columns = reference.patches.shape[:2]
    return ViewPercept(
        reference.view, Region(0, 0, columns, rows), reference.patches, reference.heights_mm, reference.item
    )


def _spread(kind: str, values: Sequence[float]) -> Mapping[str, float]:
    mean = float(np.mean(values))
    squares = float(np.sum(np.square(np.asarray(values) - mean))) + PRIOR_WEIGHT * PRIOR_SPREAD**2
    return {
        f"{kind}_usual": mean,
        f"{kind}_spread": float(np.sqrt(squares / (len(values) - 1 + PRIOR_WEIGHT))),
    }
