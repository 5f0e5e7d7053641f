"""What a site tolerates: a row for a kind of damage, and the rows that hold until it writes its own."""

from __future__ import annotations

from dataclasses import dataclass

from booth.domain.terms import DamageType, DispositionKind, Part, Severity


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What holds for a kind of damage; of `type`, `severity` and `part` one that is None is any of them.

    Attributes:
        tolerable: the item may be sold as it is, or for less.
        disposition: what is proposed for the item, or None where a person is to say.

    Raises:
        ValueError: it contradicts itself; the sentence says how.
    """

    tolerable: bool
    disposition: DispositionKind | None
    type: DamageType | None = None
    severity: Severity | None = None
    part: Part | None = None

    def __post_init__(self) -> None:
        if self.disposition is DispositionKind.ISOLATE:
            raise ValueError("disposition 'isolate' is a person's word; leave it out to have one decide")
        if self.disposition is DispositionKind.SELL and not self.tolerable:
            raise ValueError("disposition 'sell' needs tolerable = true")
        if self.tolerable and self.disposition not in (DispositionKind.SELL, DispositionKind.DISCOUNT):
            raise ValueError("tolerable = true needs disposition 'sell' or 'discount'")
        if self.severity is Severity.NONE:
            raise ValueError("severity 'none' is no damage: give 'minor' or 'major', or leave it out")

    def holds(self, kind: DamageType | None, severity: Severity, part: Part | None) -> bool:
        """Whether it holds for this damage; what is not known of it fits no row that asks for it."""
        return (
            self.type in (None, kind)
            and self.severity in (None, severity)
            and (self.part is None or self.part is part)
        )

    @property
    def rank(self) -> tuple[int, bool, bool]:
        """How specific it is: the more it names; of as many, the type before the part before the severity."""
        named = (self.type, self.severity, self.part)
        return sum(each is not None for each in named), self.type is not None, self.part is not None


def _refused(
    disposition: DispositionKind,
    type: DamageType | None = None,
    severity: Severity | None = None,
    part: Part | None = None,
) -> Tolerance:
    return Tolerance(False, disposition, type, severity, part)


TOLERANCES = (
    Tolerance(True, DispositionKind.SELL, DamageType.CRUSH, Severity.MINOR, Part.PACKAGING),
    Tolerance(True, DispositionKind.DISCOUNT, None, Severity.MINOR, Part.PACKAGING),
    _refused(DispositionKind.REFURBISH, None, Severity.MAJOR, Part.PACKAGING),
    _refused(DispositionKind.DISCOUNT, None, Severity.MINOR, Part.PRODUCT),
    _refused(DispositionKind.DISPOSE, None, Severity.MAJOR, Part.PRODUCT),
    _refused(DispositionKind.REFURBISH, DamageType.DECONSTRUCTION, None, Part.PACKAGING),
    *(_refused(DispositionKind.DISPOSE, DamageType.SPILLAGE, None, part) for part in (None, *Part)),
    *(_refused(DispositionKind.REFURBISH, DamageType.MISSING_UNIT, None, part) for part in (None, *Part)),
)
"""A dented carton is sold, other small scars of the packaging are discounted, what leaks is disposed of, what
lacks a part is made whole; where the models cannot tell part or severity, a person says."""
