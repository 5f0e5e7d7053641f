"""Joins what each kind of evidence says into one score."""

from __future__ import annotations

from collections.abc import Mapping

from booth.domain.terms import Outcome

GALLERY = "gallery"
SUPERVISED = "supervised"
UNKNOWN = 0.5
"""The score of an item of which nothing is known."""


def fused(evidence: Mapping[str, float]) -> float:
    """The score, 0..1, of the kinds of evidence that spoke; a kind that is missing is left out.

    The gallery alone decides until a supervised model is installed; then the larger of the two does, as
    each sees what the other cannot.
    """
    spoken = [evidence[kind] for kind in (GALLERY, SUPERVISED) if kind in evidence]
    return max(spoken, default=UNKNOWN)


def outcome_of(score: float, unsure_above: float, damaged_above: float) -> Outcome:
    """What two thresholds make of a score."""
    if score > damaged_above:
        return Outcome.DAMAGED
    return Outcome.UNSURE if score > unsure_above else Outcome.OK
