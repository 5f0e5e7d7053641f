"""What makes an outcome of a score, and what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from booth.domain.terms import Outcome


@dataclass(frozen=True, slots=True)
class Thresholds:
    """One version of the two thresholds between which a person decides; kept for good, as verdicts name it.

    Attributes:
        unsure_above: above this score a person decides, 0..1.
        damaged_above: above this score the item is called damaged, `unsure_above` or more.
        budget: the share of good items that may be called damaged; 0 where none was fitted to.
        unsure: the share of good items that may not be called ok.
        basis: what it means to keep a budget, as in `booth.policy.budget`.
        models: name and SHA-256 of the networks whose scores it was fitted on.
        figures: what was measured when it was made.
        made_by: the command or person that made it.
        made_from: where the scores came from.
    """

    version: str
    unsure_above: float
    damaged_above: float
    made_at: datetime
    made_by: str = ""
    made_from: str = ""
    budget: float = 0.0
    unsure: float = 0.0
    basis: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)

    def outcome_of(self, score: float) -> Outcome:
        """What the thresholds make of a score; of one that is no number, unsure."""
        if score > self.damaged_above:
            return Outcome.DAMAGED
        return Outcome.OK if score <= self.unsure_above else Outcome.UNSURE

    def suits(self, models: Mapping[str, str]) -> bool:
        """Whether scores of these networks mean what the scores meant that it was fitted on.

        A judge names all that its scores rest on, whatever an item needed: one that names fewer is another
        judge, and its scores mean something else.
        """
        return not self.models or dict(self.models) == dict(models)


NOMINAL = Thresholds("nominal", 0.6, 0.8, datetime(2026, 11, 1, tzinfo=UTC), "booth", "no good items yet")
"""In force until a site's own are fitted: a calibrated score of 0.8 is four damaged items in five."""
