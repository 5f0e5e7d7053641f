"""What is done to made-up items: every procedure shows, in the size that its severity asks for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from booth.domain.terms import DamageType, Part, Severity
from booth.errors import InputError
from models.synthetic import damage
from models.synthetic.products import FAMILIES, HELD_OUT_FAMILIES, Design, Form, catalogue
from models.synthetic.shapes import Item
from tests.models.synthetic.splats import share

COARSE = 1.5
"""px of print a mm: enough to see what is cut."""
BOTH = (Severity.MINOR, Severity.MAJOR)
EVERY = [(kind, name) for kind in DamageType for name in damage.procedures(kind)]


@pytest.fixture(scope="module")
def designs() -> dict[str, Design]:
    """One varied product of every family, each with a token."""
    found: dict[str, Design] = {}
    for design in catalogue(1042, 120, held_out=True)[7:]:
        found.setdefault(design.kind.name, replace(design, token=True, decoy=""))
    assert len(found) == len(FAMILIES) + len(HELD_OUT_FAMILIES)
    return found


def made(design: Design, kind: DamageType, severity: Severity, name: str, seed: int = 3) -> Item:
    rng = np.random.default_rng(seed)
    return damage.make(design, kind, severity, "clear", rng, name, COARSE)


def changed(before: Item, after: Item) -> bool:
    """Whether geometry moved, was cut or taken away, or something was spilled."""
    if after.puddle is not None or after.missing or len(before.sheets) != len(after.sheets):
        return True
    pairs = zip(before.sheets, after.sheets, strict=True)
    return any(not np.array_equal(one.points, other.points) or other.scar is not None for one, other in pairs)


@pytest.mark.parametrize(("kind", "name"), EVERY, ids=[name for _, name in EVERY])
def test_a_procedure_changes_and_shows_on_every_family_that_it_applies_to(
    designs: dict[str, Design], kind: DamageType, name: str
) -> None:
    shown = 0
    for index, design in enumerate(designs.values()):
        severity = next((each for each in (BOTH[index % 2], *BOTH) if _fits(design, kind, name, each)), None)
        if severity is None:
            continue
        item = made(design, kind, severity, name)
        assert changed(design.build(Form.WHOLE, "clear", COARSE), item), design.kind.name
        shown += share(item) > 0.0005 if shown < 1 else True
    assert shown >= 2


@pytest.mark.parametrize(("kind", "name"), EVERY, ids=[name for _, name in EVERY])
def test_minor_damage_covers_up_to_two_percent_and_major_damage_more(
    designs: dict[str, Design], kind: DamageType, name: str
) -> None:
    for severity, low, high in ((Severity.MINOR, 0.002, 0.022), (Severity.MAJOR, 0.018, 1.0)):
        fitting = [design for design in designs.values() if _fits(design, kind, name, severity)]
        shares = [share(made(design, kind, severity, name, 6)) for design in fitting[:2]]
        assert all(low <= each <= high for each in shares), (severity, shares)


def _fits(design: Design, kind: DamageType, name: str, severity: Severity) -> bool:
    return damage.applies(design, kind, name, severity)


def test_the_same_seed_gives_the_same_item_and_another_seed_another(designs: dict[str, Design]) -> None:
    items = [made(designs["carton"], DamageType.TEAR, Severity.MAJOR, "", seed) for seed in (4, 4, 5)]
    bytes_ = [
        b"".join(sheet.points.tobytes() + sheet.texture.tobytes() for sheet in item.sheets) for item in items
    ]
    assert bytes_[0] == bytes_[1] != bytes_[2]


def test_every_type_has_two_procedures_to_train_on_and_one_held_out() -> None:
    for kind in DamageType:
        names = set(damage.procedures(kind))
        assert len(names - damage.HELD_OUT) >= 2
        assert len(names & damage.HELD_OUT) == 1


def test_a_procedure_held_out_is_never_drawn_and_never_offered_for_training(
    designs: dict[str, Design],
) -> None:
    for design in designs.values():
        for kind in DamageType:
            for severity in BOTH:
                assert not set(damage.choices(design, kind, severity, False)) & damage.HELD_OUT
                assert set(damage.choices(design, kind, severity, False)) <= set(
                    damage.choices(design, kind, severity, True)
                )


def test_crush_tear_hole_and_spillage_apply_to_every_family_and_a_missing_unit_to_most(
    designs: dict[str, Design],
) -> None:
    for design in designs.values():
        for kind in set(DamageType) - {DamageType.MISSING_UNIT}:
            assert all(damage.choices(design, kind, severity, False) for severity in BOTH)
        assert damage.applies(design, DamageType.MISSING_UNIT)
    bare = replace(designs["flow wrap"], token=False)
    assert not damage.applies(bare, DamageType.MISSING_UNIT)
    with pytest.raises(InputError, match="missing_unit"):
        made(bare, DamageType.MISSING_UNIT, Severity.MAJOR, "")


def test_an_unknown_procedure_is_refused_with_those_there_are(designs: dict[str, Design]) -> None:
    with pytest.raises(InputError, match="puncture"):
        made(designs["jar"], DamageType.HOLE, Severity.MINOR, "moths")


def test_no_severity_is_no_damage(designs: dict[str, Design]) -> None:
    item = made(designs["pouch"], DamageType.HOLE, Severity.NONE, "puncture")
    assert not changed(designs["pouch"].build(Form.WHOLE, "clear", COARSE), item)


def test_a_puddle_beside_leaves_the_item_dry(designs: dict[str, Design]) -> None:
    for design in designs.values():
        item = made(design, DamageType.SPILLAGE, Severity.MAJOR, "puddle_beside")
        assert item.puddle is not None
        low, high = item.bounds()
        for x, y, _, radius in item.puddle.blobs:
            outside = max(low[0] - x, x - high[0], low[1] - y, y - high[1])
            assert outside > 0.9 * radius


def test_outer_packaging_is_told_from_the_product(designs: dict[str, Design]) -> None:
    parts = {
        ("carton", DamageType.TEAR, "strip_flap"): Part.PACKAGING,
        ("carton", DamageType.DECONSTRUCTION, "burst"): Part.PRODUCT,
        ("carton", DamageType.SPILLAGE, "wet_patch"): Part.PACKAGING,
        ("bottle", DamageType.TEAR, "strip_flap"): Part.PRODUCT,
        ("tray pack", DamageType.MISSING_UNIT, "unit_absent"): Part.PRODUCT,
        ("pouch", DamageType.SPILLAGE, "puddle_beside"): Part.PRODUCT,
    }
    for (family, kind, name), part in parts.items():
        assert damage.part_of(designs[family], kind, name) is part
