"""What the models say of an item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Region
from booth.domain.terms import DamageType, Outcome

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """Where one view looks damaged: `values` (rows, columns) float32 in 0..1 over `region`."""

    view: str
    region: Region
    values: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What the models say of one item; a person's word never overwrites it.

    Attributes:
        score: 0..1, higher is worse; `policy` says which thresholds made `outcome` of it.
        evidence: named figures that went into the score.
        types: score per damage type; empty where no supervised model spoke.
        references: how many reference pictures were compared.
        gtin: the product it was judged as, or empty.
        models: name and SHA-256 of every network that was used.
        note: one sentence for the screen where something is missing.
    """

    verdict_id: str
    made_at: datetime
    outcome: Outcome
    score: float
    gtin: str
    references: int
    evidence: Mapping[str, float] = field(default_factory=dict)
    types: Mapping[DamageType, float] = field(default_factory=dict)
    heat_maps: tuple[HeatMap, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)
    policy: str = ""
    note: str = ""
