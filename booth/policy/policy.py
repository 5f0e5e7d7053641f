"""From a score to an outcome and a proposal, under thresholds that are named by their version.

A damage that the table tolerates stays a damage. The verdict says what was seen: `damaged`, its type,
where; the table only says what follows from it, here a proposal to sell. A verdict that said `ok` because
nobody minds would teach the next model that a crush is none, would count as a miss when the person calls it
what it is, and would hide a carrier that crushes every second carton.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from booth.domain.terms import Condition, DispositionKind, Outcome
from booth.domain.thresholds import NOMINAL, Thresholds
from booth.domain.verdict import Verdict
from booth.policy.table import Table

log = logging.getLogger(__name__)

BLIND = frozenset(
    {
        Condition.BLACK,
        Condition.SATURATED,
        Condition.BLURRED,
        Condition.NO_ITEM,
        Condition.OTHER_ITEM,
        Condition.MISSING_VIEW,
    }
)
"""What makes the score of a view meaningless; without a reference or depth it can still be judged."""
COUNTS = frozenset({"references", "views", "views_compared"})
"""Entries of a verdict's evidence that say how much was compared, and nothing of the item."""
OTHER_MODELS = "the thresholds were fitted for other models: nominal ones hold until 'booth policy fit'"
NOTHING_SEEN = "no view could be judged: a person decides"
NO_EVIDENCE = "nothing to judge it by: a person decides"
TOLERATED = "the site tolerates such damage"


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds and a table; any thread may call it."""

    thresholds: Thresholds
    table: Table

    @property
    def version(self) -> str:
        """The version that verdicts name."""
        return self.thresholds.version

    def decide(self, verdict: Verdict) -> Verdict:
        """The verdict with outcome, policy and proposed disposition; score and evidence stay as they were.

        Thresholds that were fitted on the scores of other networks are not used: the nominal ones decide,
        and the note says so. What cannot be judged is unsure, whatever its score.
        """
        thresholds, notes = self.thresholds, [verdict.note]
        if not thresholds.suits(verdict.models):
            log.warning(
                "policy %s was fitted for other models than verdict %s", self.version, verdict.verdict_id
            )
            thresholds = NOMINAL
            notes.append(OTHER_MODELS)
        outcome = thresholds.outcome_of(verdict.score)
        if reason := meaningless(verdict):
            outcome = Outcome.UNSURE
            notes = [verdict.note or reason]
        if outcome is Outcome.DAMAGED and self.table.tolerates(verdict):
            notes.append(TOLERATED)
        return replace(
            verdict,
            outcome=outcome,
            policy=thresholds.version,
            note="; ".join(filter(None, notes)),
            disposition=self._proposed(verdict, outcome),
        )

    def _proposed(self, verdict: Verdict, outcome: Outcome) -> DispositionKind | None:
        match outcome:
            case Outcome.OK:
                return DispositionKind.SELL
            case Outcome.DAMAGED:
                return self.table.proposed(verdict)
            case Outcome.UNSURE:
                return None


def meaningless(verdict: Verdict) -> str:
    """Why the verdict's score says nothing of the item, in a sentence; empty when it does."""
    if not verdict.evidence.keys() - COUNTS or not 0.0 <= verdict.score <= 1.0:
        return NO_EVIDENCE
    return NOTHING_SEEN if _all_blind(verdict) else ""


def _all_blind(verdict: Verdict) -> bool:
    found = [each for each in verdict.conditions if each.condition in BLIND]
    if any(not each.view and each.condition is not Condition.MISSING_VIEW for each in found):
        return True
    blind = {each.view for each in found if each.view}
    mapped = {heat.view for heat in verdict.heat_maps}
    if mapped:
        return mapped <= blind
    return bool(blind) and len(blind) >= verdict.evidence.get("views", 0.0)
