"""The policy in force, read again for every verdict: what is put into force holds from the next item on."""

from __future__ import annotations

from dataclasses import dataclass

from booth.domain.percept import Gallery, Percept
from booth.domain.verdict import Verdict
from booth.policy.policy import Policy
from booth.policy.table import Table
from booth.ports.seeing import Judge
from booth.store.policies import Policies


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """Decides by whatever is in force; any thread may call it."""

    policies: Policies
    table: Table

    def policy(self) -> Policy:
        """The policy in force now. Raises: StoreError when it is damaged."""
        return Policy(self.policies.in_force(), self.table)

    def decide(self, verdict: Verdict) -> Verdict:
        """The verdict with outcome, policy and proposed disposition. Raises: StoreError."""
        return self.policy().decide(verdict)


@dataclass(frozen=True, slots=True)
class DecidedJudge:
    """A judge whose verdicts carry the outcome of the policy in force; it fits the port Judge."""

    judging: Judge
    policy: PolicyInForce

    def judge(self, percept: Percept, gallery: Gallery | None) -> Verdict:
        """Judge, then decide. Raises: ModelError, StoreError."""
        return self.policy.decide(self.judging.judge(percept, gallery))
