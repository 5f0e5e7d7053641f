"""Which damage is tolerable, and what is proposed for the item: a table over type, severity and part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from booth.domain.terms import DamageType, DispositionKind, Part, Severity
from booth.domain.tolerance import Tolerance
from booth.domain.verdict import Verdict

LIKELY = 0.5
"""A type of damage that is more likely than not counts, beside the likeliest; and so does a place's."""
ORDER = (
    DispositionKind.SELL,
    DispositionKind.DISCOUNT,
    DispositionKind.REFURBISH,
    DispositionKind.DONATE,
    DispositionKind.DISPOSE,
)
"""From the best that may happen to an item to the worst; `isolate` is a person's word alone."""
NOTHING_SAID = Tolerance(tolerable=False, disposition=None)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a site; the most specific one that holds decides."""

    rows: Sequence[Tolerance]

    def row_of(self, kind: DamageType | None, severity: Severity, part: Part | None) -> Tolerance:
        """What holds for one kind of damage; where no row does, nothing is tolerated nor proposed."""
        held = [row for row in self.rows if row.holds(kind, severity, part)]
        return max(held, key=lambda row: row.rank, default=NOTHING_SAID)

    def proposed(self, verdict: Verdict) -> DispositionKind | None:
        """The worst that any of the damage found asks for; None where any of it is left to a person."""
        kinds = [row.disposition for row in self._rows(verdict)]
        told = [kind for kind in kinds if kind is not None]
        return max(told, key=ORDER.index) if len(told) == len(kinds) else None

    def tolerates(self, verdict: Verdict) -> bool:
        """Whether all of the damage found is tolerable."""
        return all(row.tolerable for row in self._rows(verdict))

    def _rows(self, verdict: Verdict) -> list[Tolerance]:
        return [self.row_of(kind, verdict.severity, verdict.part) for kind in _types(verdict)]


def _types(verdict: Verdict) -> tuple[DamageType | None, ...]:
    """Every type of damage that was found; (None,) where no supervised model spoke."""
    return tuple(dict.fromkeys(_named(verdict))) or (None,)


def _named(verdict: Verdict) -> Iterator[DamageType]:
    if verdict.types:
        yield max(verdict.types, key=lambda kind: verdict.types[kind])
        yield from (kind for kind, score in verdict.types.items() if score >= LIKELY)
    for finding in verdict.findings:
        if finding.type is not None and finding.score >= LIKELY:
            yield finding.type
