"""How far a picture is from references, as the judge sees it: 1 is what good items hardly pass."""

from __future__ import annotations

import math
from collections.abc import Sequence

from booth.domain.percept import Gallery, Percept, Reference, ViewPercept
from booth.domain.picture import Region
from booth.domain.terms import Condition
from booth.domain.verdict import Verdict
from booth.ports.seeing import Judge
from booth.store.durable import sha256_of

Looks = Sequence[Reference]
"""A picture as it was taken, then turns of it."""
LOGARITHMS = ("foreign", "missing")
"""How judges name the two ways of comparison: each the logarithm of distance over limit."""
UNLIKE = 1.0
"""Farther from its references than this is unlike them: it is suspect as a reference, strange as an item."""
FAR = 20.0
"""A distance that is given where the judge's figures leave all bounds."""


def distance_of(verdict: Verdict) -> float | None:
    """How far its item is from the references; None where it was compared with none.

    Both ways count alike: what is foreign to the references, and what they have and it lacks.
    """
    if any(each.condition is Condition.OTHER_ITEM for each in verdict.conditions):
        return FAR
    evidence = verdict.evidence
    found = [math.exp(min(evidence[name], math.log(FAR))) for name in LOGARITHMS if name in evidence]
    return sum(found) / len(found) if found else None


def distance(judge: Judge, picture: Reference, others: Sequence[Looks]) -> float | None:
    """How far a picture is from others of its view; None where the judge cannot tell.

    Raises:
        ModelError: another trunk made them, or the networks fail.
    """
    rows, columns = picture.patches.shape[:2]
    seen = ViewPercept(
        picture.view, Region(0, 0, columns, rows), picture.patches, picture.heights_mm, picture.item
    )
    references = tuple(look for looks in others for look in looks)
    if not references:
        return None
    version = sha256_of("\n".join(f"{each.reference_id}|{each.variant}" for each in references).encode())
    gallery = Gallery("", picture.design, f"vetting-{picture.trunk}-{picture.view}-{version}", references)
    return distance_of(judge.judge(Percept(picture.trunk, (seen,)), gallery))
