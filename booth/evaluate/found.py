"""Says in one line what was found at a place, and by which evidence."""

from __future__ import annotations

from booth.domain.verdict import Finding

NAMED = 0.1
"""Evidence that adds less to a place than this is not named."""


def finding_line(finding: Finding) -> str:
    """What was found at a place, by which evidence, in one line."""
    shares = sorted(finding.shares.items(), key=lambda each: -each[1])
    said = ", ".join(f"{kind} {round(100 * share)} %" for kind, share in shares if share >= NAMED)
    kind = f"  {finding.type.value}" if finding.type is not None else ""
    return f"{finding.view}  {finding.score:.2f}{kind}  {said or finding.carried_by}".rstrip()
