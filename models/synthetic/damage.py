"""Damages an item, geometry and appearance together, and leaves the truth of it in the sheets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from booth.domain.terms import DamageType, Part, Severity
from booth.errors import InputError
from models.synthetic.cuts import cut_out, pierced_twice, punctured
from models.synthetic.damage_crush import corner_blow, creased_edge, flattened_flank
from models.synthetic.damage_opening import came_off, popped
from models.synthetic.damage_spill import puddle_beside, splashed, wet_patch
from models.synthetic.damage_tear import ripped_corner, split_seam, strip_flap
from models.synthetic.damage_units import emptied, trifle_absent, unit_absent
from models.synthetic.label_art import PX_PER_MM
from models.synthetic.products import Design, Form
from models.synthetic.shapes import Item

Change = Callable[[Item, float, np.random.Generator], Item]

SHARES = {Severity.MINOR: (0.0055, 0.0125), Severity.MAJOR: (0.04, 0.12)}
"""Which share of the item's pixels a damage aims to cover in the view that sees it best."""


def make(
    design: Design,
    damage: DamageType | None,
    severity: Severity,
    print_state: str,
    rng: np.random.Generator,
    procedure: str = "",
    px_per_mm: float = PX_PER_MM,
) -> Item:
    """The item of a design with one damage, or whole where there is none or its severity is none.

    Without a procedure, one that is not held out and applies is drawn; where none applies at this severity,
    one that applies at the other.

    Raises:
        InputError: no such procedure, or it does not apply to the design.
    """
    if damage is None or severity is Severity.NONE:
        return design.build(Form.WHOLE, print_state, px_per_mm)
    name = procedure or _drawn(design, damage, severity, rng)
    chosen = _found(damage, name)
    item = design.build(chosen.form, print_state, px_per_mm)
    share = float(rng.uniform(*SHARES[severity]))
    return item if chosen.change is None else chosen.change(item, share, rng)


def procedures(damage: DamageType) -> tuple[str, ...]:
    """The names of all ways to do this damage, those held out included."""
    return tuple(each.name for each in PROCEDURES if each.damage is damage)


def choices(design: Design, damage: DamageType, severity: Severity, held_out: bool) -> tuple[str, ...]:
    """Which procedures apply to a design at a severity; `held_out` adds those that training never uses."""
    return tuple(
        each.name
        for each in PROCEDURES
        if each.damage is damage and (held_out or each.name not in HELD_OUT) and _fits(design, each, severity)
    )


def applies(
    design: Design, damage: DamageType, procedure: str = "", severity: Severity | None = None
) -> bool:
    """Whether this damage can be done to this design: by this procedure, at this severity, or by any."""
    names = (procedure,) if procedure else procedures(damage)
    wanted = (Severity.MINOR, Severity.MAJOR) if severity is None else (severity,)
    return any(_fits(design, _found(damage, name), each) for name in names for each in wanted)


def part_of(design: Design, damage: DamageType, procedure: str) -> Part:
    """What is hurt: outer packaging that may be recycled, or the product and what holds it."""
    chosen = _found(damage, procedure)
    return Part.PACKAGING if design.kind.outer and chosen.outside else Part.PRODUCT


@dataclass(frozen=True, slots=True)
class Procedure:
    """One way to do one type of damage.

    Attributes:
        change: (item, share of its pixels, rng) -> damaged item, or None where the form alone is the damage.
        outside: it hurts the outermost layer alone.
        needs: what the design must have: "", "units", "trifles", "parts" (either), "fillings",
            "corners", "openings" or "contents".
    """

    damage: DamageType
    name: str
    change: Change | None
    form: Form = Form.WHOLE
    outside: bool = True
    needs: str = ""
    severities: tuple[Severity, ...] = (Severity.MINOR, Severity.MAJOR)


PROCEDURES = (
    Procedure(DamageType.CRUSH, "corner_blow", corner_blow),
    Procedure(DamageType.CRUSH, "flattened_flank", flattened_flank),
    Procedure(DamageType.CRUSH, "creased_edge", creased_edge),
    Procedure(DamageType.TEAR, "strip_flap", strip_flap),
    Procedure(DamageType.TEAR, "split_seam", split_seam),
    Procedure(DamageType.TEAR, "ripped_corner", ripped_corner, needs="corners"),
    Procedure(DamageType.HOLE, "puncture", punctured),
    Procedure(DamageType.HOLE, "pierced_twice", pierced_twice),
    Procedure(DamageType.HOLE, "cut_out", cut_out),
    Procedure(DamageType.DECONSTRUCTION, "popped", popped),
    Procedure(
        DamageType.DECONSTRUCTION, "opened", None, Form.OPEN, needs="openings", severities=(Severity.MAJOR,)
    ),
    Procedure(
        DamageType.DECONSTRUCTION, "burst", None, Form.BURST, False, "contents", severities=(Severity.MAJOR,)
    ),
    Procedure(DamageType.DECONSTRUCTION, "came_off", came_off, outside=False, needs="parts"),
    Procedure(DamageType.SPILLAGE, "wet_patch", wet_patch),
    Procedure(DamageType.SPILLAGE, "puddle_beside", puddle_beside, outside=False),
    Procedure(DamageType.SPILLAGE, "splashed", splashed),
    Procedure(
        DamageType.MISSING_UNIT, "unit_absent", unit_absent, Form.WHOLE, False, "units", (Severity.MAJOR,)
    ),
    Procedure(DamageType.MISSING_UNIT, "trifle_absent", trifle_absent, Form.WHOLE, False, "trifles"),
    Procedure(DamageType.MISSING_UNIT, "emptied", emptied, Form.WHOLE, False, "fillings"),
)

HELD_OUT = frozenset({"creased_edge", "ripped_corner", "cut_out", "came_off", "splashed", "emptied"})
"""One procedure of each type, which training never uses."""


def _found(damage: DamageType, name: str) -> Procedure:
    for each in PROCEDURES:
        if each.damage is damage and each.name == name:
            return each
    raise InputError(f"no procedure '{name}' for {damage}: choose one of {', '.join(procedures(damage))}")


def _drawn(design: Design, damage: DamageType, severity: Severity, rng: np.random.Generator) -> str:
    other = Severity.MINOR if severity is Severity.MAJOR else Severity.MAJOR
    names = choices(design, damage, severity, False) or choices(design, damage, other, False)
    if not names:
        raise InputError(f"{damage} cannot be done to {design.product.title} ({design.kind.name})")
    return names[int(rng.integers(len(names)))]


def _fits(design: Design, procedure: Procedure, severity: Severity) -> bool:
    if severity not in procedure.severities:
        return False
    kind, minor = design.kind, severity is Severity.MINOR
    has = {
        "": True,
        "units": kind.units,
        "trifles": design.small_parts if minor else kind.tablets,
        "parts": design.token if minor else kind.units or kind.tablets,
        "fillings": kind.tablets if minor else kind.filled,
        "corners": kind.corners,
        "openings": kind.opens,
        "contents": kind.opens or kind.tablets,
    }
    return has[procedure.needs]
