"""The most specific row decides, the worst damage counts, and what is unknown is not tolerated."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import pytest

from booth.domain.picture import Region
from booth.domain.terms import DamageType, DispositionKind, Outcome, Part, Severity, now
from booth.domain.tolerance import TOLERANCES, Tolerance
from booth.domain.verdict import Finding, Verdict
from booth.policy.table import Table

DEFAULTS = Table(TOLERANCES)
ANY = Tolerance(False, DispositionKind.DONATE)
CRUSH = Tolerance(True, DispositionKind.DISCOUNT, type=DamageType.CRUSH)
PACKAGING = Tolerance(True, DispositionKind.SELL, part=Part.PACKAGING)
MINOR = Tolerance(False, DispositionKind.REFURBISH, severity=Severity.MINOR)
MINOR_CRUSH = Tolerance(False, DispositionKind.DISPOSE, DamageType.CRUSH, Severity.MINOR)


def damaged(
    *types: DamageType,
    severity: Severity = Severity.NONE,
    part: Part | None = None,
    found: DamageType | None = None,
    surely: float = 0.9,
) -> Verdict:
    findings = (Finding("top", Region(0, 0, 9, 9), surely, "supervised", type=found),) if found else ()
    return Verdict(
        "v",
        now(),
        Outcome.DAMAGED,
        0.9,
        "",
        1,
        types=dict.fromkeys(types, 0.8),
        severity=severity,
        part=part,
        findings=findings,
    )


@pytest.mark.parametrize("rows", list(permutations((ANY, CRUSH, PACKAGING, MINOR, MINOR_CRUSH)))[::7])
def test_the_most_specific_row_wins_in_whatever_order_they_stand(rows: tuple[Tolerance, ...]) -> None:
    table = Table(rows)
    assert table.row_of(DamageType.CRUSH, Severity.MINOR, Part.PACKAGING) is MINOR_CRUSH
    assert table.row_of(DamageType.CRUSH, Severity.MAJOR, Part.PACKAGING) is CRUSH
    assert table.row_of(DamageType.TEAR, Severity.MINOR, Part.PACKAGING) is PACKAGING
    assert table.row_of(DamageType.TEAR, Severity.MINOR, Part.PRODUCT) is MINOR
    assert table.row_of(None, Severity.NONE, None) is ANY


def test_without_a_row_nothing_is_tolerated_nor_proposed() -> None:
    verdict = damaged(DamageType.TEAR, severity=Severity.MAJOR, part=Part.PRODUCT)
    assert Table(()).proposed(verdict) is None
    assert not Table(()).tolerates(verdict)


def test_what_the_models_cannot_tell_is_left_to_a_person() -> None:
    assert DEFAULTS.proposed(damaged()) is None
    assert DEFAULTS.proposed(damaged(DamageType.CRUSH, severity=Severity.MINOR)) is None
    assert not DEFAULTS.tolerates(damaged(DamageType.CRUSH, part=Part.PACKAGING))


def test_of_several_damages_the_worst_counts() -> None:
    dent = damaged(DamageType.CRUSH, severity=Severity.MINOR, part=Part.PACKAGING)
    assert DEFAULTS.proposed(dent) is DispositionKind.SELL
    assert DEFAULTS.tolerates(dent)
    leaking = damaged(
        DamageType.CRUSH, severity=Severity.MINOR, part=Part.PACKAGING, found=DamageType.SPILLAGE
    )
    assert DEFAULTS.proposed(leaking) is DispositionKind.DISPOSE
    assert not DEFAULTS.tolerates(leaking)
    unknown = Table((Tolerance(True, DispositionKind.SELL, DamageType.CRUSH),))
    assert unknown.proposed(damaged(DamageType.CRUSH, DamageType.TEAR)) is None


def test_a_place_that_is_likely_whole_decides_nothing() -> None:
    crushed = {"severity": Severity.MINOR, "part": Part.PACKAGING, "found": DamageType.SPILLAGE}
    faint = damaged(DamageType.CRUSH, **crushed, surely=0.35)  # type: ignore[arg-type]
    assert DEFAULTS.proposed(faint) is DispositionKind.SELL
    assert DEFAULTS.proposed(replace(faint, types={})) is DispositionKind.DISCOUNT
    clear = damaged(DamageType.CRUSH, **crushed, surely=0.5)  # type: ignore[arg-type]
    assert DEFAULTS.proposed(clear) is DispositionKind.DISPOSE


def test_no_default_tolerates_a_damaged_product_a_leak_or_a_missing_part() -> None:
    for kind, severity, part in product(DamageType, Severity, (None, *Part)):
        row = DEFAULTS.row_of(kind, severity, part)
        mild = severity is Severity.MINOR and part is Part.PACKAGING
        grave = kind in (DamageType.SPILLAGE, DamageType.MISSING_UNIT, DamageType.DECONSTRUCTION)
        assert row.tolerable is (mild and not grave)
        assert row.disposition is not DispositionKind.ISOLATE


@pytest.mark.parametrize(
    ("tolerable", "disposition", "severity", "said"),
    [
        (False, DispositionKind.ISOLATE, None, "isolate"),
        (False, DispositionKind.SELL, None, "tolerable = true"),
        (True, DispositionKind.DISPOSE, None, "'sell' or 'discount'"),
        (True, None, None, "'sell' or 'discount'"),
        (False, None, Severity.NONE, "'none' is no damage"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(
    tolerable: bool, disposition: DispositionKind | None, severity: Severity | None, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Tolerance(tolerable, disposition, severity=severity)
