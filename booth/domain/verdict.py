"""What the models say of an item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Region
from booth.domain.terms import Condition, DamageType, DispositionKind, Outcome, Part, Severity

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """Where one view looks damaged: `values` (rows, columns) float32 in 0..1 over `region`."""

    view: str
    region: Region
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that looks damaged, and why.

    Attributes:
        place: where, within the picture of `view`.
        score: 0..1, as in the heat map.
        carried_by: the name of the evidence that says so most, as in `Verdict.evidence`.
        shares: what each kind of evidence adds to the score here, by name; they sum to 1.
        type: the most likely damage, or None where no supervised model spoke.
        reference_id: the reference that the place was compared with, or empty.
        reference_place: the like place in that reference: left, top, right and bottom as shares, 0..1, of the
            region in which its picture shows the item; None where there is none.
    """

    view: str
    place: Region
    score: float
    carried_by: str
    shares: Mapping[str, float] = field(default_factory=dict)
    type: DamageType | None = None
    reference_id: str = ""
    reference_place: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class ViewCondition:
    """What kept one view from being judged as it should be; an empty view is the whole capture."""

    view: str
    condition: Condition


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What the models say of one item; a person's word never overwrites it.

    Attributes:
        score: 0..1, higher is worse, a calibrated chance that the item is damaged where enough was known to
            calibrate it; `policy` names the version of the policy that made `outcome` of it.
        evidence: named figures that went into the score.
        types: score per damage type; empty where no supervised model spoke.
        references: how many reference pictures were compared.
        gtin: the product it was judged as, or empty.
        models: name and SHA-256 of every network that was used.
        note: one sentence for the screen where something is missing.
        severity: how bad it is, of what was found; none where no supervised model spoke.
        part: what is damaged, where a model could tell.
        disposition: what the policy's table proposes, or None where it proposes nothing.
        findings: the places that look damaged, the worst first.
        conditions: what kept views from being judged as they should be.
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
    severity: Severity = Severity.NONE
    part: Part | None = None
    disposition: DispositionKind | None = None
    findings: tuple[Finding, ...] = ()
    conditions: tuple[ViewCondition, ...] = ()
