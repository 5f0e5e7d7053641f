"""What the strategies say of each candidate: ranks, scores, and how many of them agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Candidate

ARMS = (
    "exact_gtin", "memory", "shortlist", "partial_gtin", "structured",
    "printed_text", "typed_text", "image", "size_weight",
)  # fmt: skip
"""Strategies with features of their own; any other one still counts among those that agree."""
ABSOLUTE = ("exact_gtin", "memory", "partial_gtin", "image")
"""Those whose scores mean the same in every answer: views, probabilities, a cosine."""
FUSION_K = 10.0
"""Reciprocal rank fusion damps ranks by this (Cormack, Clarke, Büttcher, 2009; 60 for longer lists)."""

Columns = dict[str, FloatArray]
NAMES = (
    *(f"{arm}_{what}" for arm in ARMS for what in ("rank", "share")),
    *(f"{arm}_score" for arm in ABSOLUTE),
    "image_gap", "arms", "best_rank", "fused",
)  # fmt: skip


def arm_columns(retrieved: Mapping[str, Sequence[Candidate]], places: Mapping[str, int]) -> Columns:
    """The columns NAMES, (N,) float32 each; ranks are reciprocal, 0 where a strategy did not give it.

    Args:
        places: GTIN to row.
    """
    count = len(places)
    columns = {name: np.zeros(count, np.float32) for name in NAMES}
    fused, agree, best = (np.zeros(count, np.float32) for _ in range(3))
    for arm, candidates in retrieved.items():
        rows = np.array([places[each.gtin] for each in candidates if each.gtin in places], np.intp)
        scores = _finite([each.score for each in candidates if each.gtin in places])
        ranks = np.arange(len(rows), dtype=np.float32)
        np.add.at(fused, rows, 1.0 / (FUSION_K + ranks))
        np.add.at(agree, rows, 1.0)
        np.maximum.at(best, rows, 1.0 / (1.0 + ranks))
        if arm in ARMS and len(rows):
            columns[f"{arm}_rank"][rows] = 1.0 / (1.0 + ranks)
            columns[f"{arm}_share"][rows] = scores / max(float(np.abs(scores).max()), 1e-9)
            if arm in ABSOLUTE:
                columns[f"{arm}_score"][rows] = scores
    image = columns["image_score"]
    columns["image_gap"] = image - image.max(initial=0.0)
    columns |= {"fused": fused, "arms": agree, "best_rank": best}
    return columns


def _finite(scores: Sequence[float]) -> FloatArray:
    """Scores of strategies that anyone may write."""
    return np.nan_to_num(np.array(scores, np.float32), nan=0.0, posinf=1e6, neginf=-1e6)
