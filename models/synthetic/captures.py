"""Plans and takes the captures of one product: references, pristine items, and damaged ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from booth.domain.terms import DamageType, Severity
from booth.evaluate.captured import CapturedItem
from models.synthetic import damage
from models.synthetic.light import QUICK
from models.synthetic.negatives import NEGATIVES, apply
from models.synthetic.products import FAMILIES, HELD_OUT_FAMILIES, Design, Form
from models.synthetic.render import Lay, Look
from models.synthetic.rigs import Booth, SetUp, booths, sensed, set_up, size_class, tray
from models.synthetic.shapes import Item, Sheet
from models.synthetic.stage import Stage, set_stage

PX_PER_MM = 2.5
OPEN = "open_by_design"
SHADOW, STRANGER = "shadow", "wrong_reference"
NEGATIVE_SHARE = 0.25
OPEN_SHARE = 0.05
STRANGER_SHARE = 0.03
MINOR_SHARE = 1.0 / 3.0
MINOR_LIMITS, MAJOR_LEAST = (0.002, 0.02), 0.02
"""Shares of the item's pixels, in the view that sees the damage best."""
TRIES = 5
TURNED_SHARE = 0.2
STRAIGHT_DEG, TURNED_DEG = 12.0, 45.0
MOVED_MM = 9.0
BARCODE = "clear"
"""On every item alike: a spoilt code that comes with damage more often than without would give it away."""
OUTER_SHARE = 0.3
"""What lies so dull is board; what shines more than the second is film."""
FILM_GLOSS = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """How many items of each product are captured, and what they may be.

    Attributes:
        held_out: whether procedures that training never uses are drawn too.
    """

    seed: int
    references: int = 4
    pristine: int = 3
    damaged: int = 3
    held_out: bool = False

    @property
    def of_each(self) -> int:
        """Items of one product."""
        return self.references + self.pristine + self.damaged


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A captured item: its row and, by view, its looks."""

    item: CapturedItem
    looks: dict[str, Look]


class Studio:
    """The booths of a set, each set up once for each class of sizes. One thread at a time."""

    def __init__(self, seed: int) -> None:
        self.booths = booths(seed)
        self._trays: dict[int, NDArray[np.float32]] = {}
        self._ready: dict[tuple[int, int], SetUp] = {}

    def set_up(self, booth: int, size: int) -> SetUp:
        """A booth, zoomed for a class of sizes."""
        if booth not in self._trays:
            self._trays[booth] = tray(self.booths[booth])
        if (booth, size) not in self._ready:
            self._ready[booth, size] = set_up(self.booths[booth], size, self._trays[booth])
        return self._ready[booth, size]


class Product:
    """Captures of one product, the same for the same plan and number.

    Args:
        number: of the product in the set, from 0.
        stranger: another product, of which a wrong reference may be.
        studio: where it is captured.
    """

    def __init__(self, plan: Plan, design: Design, number: int, stranger: Design, studio: Studio) -> None:
        self._plan, self._design, self._number, self._stranger = plan, design, number, stranger
        self._rng = np.random.default_rng([plan.seed, number, 5])
        chosen = self._rng.choice(len(studio.booths), 2, replace=False)
        size = size_class(_diameter_mm(design))
        self._set_ups = [studio.set_up(int(index), size) for index in chosen]
        self._open_seed = int(self._rng.integers(1 << 30)) if self._rng.random() < OPEN_SHARE else None
        self._bases: dict[int, Stage] = {}

    @property
    def set_ups(self) -> Sequence[SetUp]:
        """The booths that it was captured in."""
        return self._set_ups

    def captures(self) -> Iterator[Taken]:
        """References first, then good items, then damaged ones."""
        plan = self._plan
        strange = plan.references > 2 and self._rng.random() < STRANGER_SHARE
        for index in range(plan.references):
            kind = STRANGER if strange and index == plan.references - 1 else ""
            yield self._good("reference", index, kind)
        for index in range(plan.pristine):
            kinds = (*(one for one in NEGATIVES if one != OPEN), SHADOW)
            drawn = kinds[int(self._rng.integers(len(kinds)))]
            yield self._good("pristine", index, drawn if self._rng.random() < NEGATIVE_SHARE else "")
        for index in range(plan.damaged):
            yield self._damaged(index)

    def _good(self, role: str, index: int, kind: str) -> Taken:
        where = int(self._rng.integers(2))
        rng = np.random.default_rng(int(self._rng.integers(1 << 60)))
        stage = self._stage_of(where, kind, rng)
        lay = _lay(rng)
        negative = kind or (OPEN if self._open_seed is not None else "")
        row = replace(self._row(role, index, where, lay), negative=negative)
        return self._taken(row, stage, lay, rng)

    def _stage_of(self, where: int, kind: str, rng: np.random.Generator) -> Stage:
        lighting = self._set_ups[where].booth.lighting
        if kind == STRANGER:
            return set_stage(self._stranger.build(Form.WHOLE, BARCODE, PX_PER_MM), lighting, QUICK)
        if not kind:
            if where not in self._bases:
                self._bases[where] = set_stage(self._whole(), lighting, QUICK)
            return self._bases[where]
        item = self._whole()
        if kind == SHADOW:
            return set_stage(item, lighting, QUICK, shading=(_hand(item, self._set_ups[where].booth, rng),))
        return set_stage(apply(item, kind, rng), lighting, QUICK)

    def _damaged(self, index: int) -> Taken:
        """A damage that covers as much as its severity says; tried a few times, then kept as it came."""
        kind = type_of(self._number, self._plan.damaged, index)
        severity = Severity.MINOR if self._rng.random() < MINOR_SHARE else Severity.MAJOR
        taken: Taken | None = None
        for _ in range(TRIES):
            taken = self._tried(kind, severity, index)
            if taken is not None and _fits(taken.item):
                break
            severity = taken.item.severity if taken is not None else severity
        if taken is None:
            return self._damaged_otherwise(index, severity)
        return taken

    def _damaged_otherwise(self, index: int, severity: Severity) -> Taken:
        """Where a type cannot be done to a product: the next that can."""
        for kind in self._rng.permutation(np.array(list(DamageType))):
            taken = self._tried(DamageType(str(kind)), severity, index)
            if taken is not None:
                return taken
        raise AssertionError("a crush can be done to every product")

    def _tried(self, kind: DamageType, severity: Severity, index: int) -> Taken | None:
        other = Severity.MAJOR if severity is Severity.MINOR else Severity.MINOR
        for wanted in (severity, other):
            names = damage.choices(self._design, kind, wanted, self._plan.held_out)
            if names:
                return self._struck(kind, wanted, names[int(self._rng.integers(len(names)))], index)
        return None

    def _struck(self, kind: DamageType, severity: Severity, procedure: str, index: int) -> Taken:
        rng = np.random.default_rng(int(self._rng.integers(1 << 60)))
        where = int(rng.integers(2))
        item = damage.make(self._design, kind, severity, BARCODE, rng, procedure, PX_PER_MM)
        item = self._opened(item)
        lay = _lay(rng)
        stage = set_stage(item, self._set_ups[where].booth.lighting, QUICK)
        held = "procedure" if procedure in damage.HELD_OUT else ""
        row = replace(
            self._row("damaged", index, where, lay),
            damage=kind,
            procedure=procedure,
            severity=severity,
            part=damage.part_of(self._design, kind, procedure),
            held_out="+".join(filter(None, (self._family_held_out(), held))),
        )
        taken = self._taken(row, stage, lay, rng)
        return replace(taken, item=replace(row, share=_share(taken.looks)))

    def _whole(self) -> Item:
        return self._opened(self._design.build(Form.WHOLE, BARCODE, PX_PER_MM))

    def _opened(self, item: Item) -> Item:
        """An opening by design is the same on every item of the product."""
        return item if self._open_seed is None else apply(item, OPEN, np.random.default_rng(self._open_seed))

    def _taken(self, row: CapturedItem, stage: Stage, lay: Lay, rng: np.random.Generator) -> Taken:
        chosen = next(one for one in self._set_ups if one.name == row.rig)
        looks = {
            view: sensed(point.look(stage, lay), chosen.booth.sensors[view], rng)
            for view, point in chosen.viewpoints.items()
        }
        return Taken(row, looks)

    def _row(self, role: str, index: int, where: int, lay: Lay) -> CapturedItem:
        design = self._design
        return CapturedItem(
            item_id=f"p{self._number:05d}-{role[0]}{index:02d}",
            gtin=design.product.gtin,
            product=f"{self._plan.seed}-{self._number:05d}",
            family=design.kind.name,
            role=role,
            decoy=design.decoy,
            held_out=self._family_held_out(),
            material=_material(self._whole_gloss()),
            rig=self._set_ups[where].name,
            seed=self._plan.seed,
            turn_deg=float(np.degrees(lay.yaw)),
        )

    def _family_held_out(self) -> str:
        return "family" if self._design.kind in HELD_OUT_FAMILIES else ""

    def _whole_gloss(self) -> float:
        """Of the largest sheet of the whole item."""
        if not self._bases:
            self._stage_of(0, "", self._rng)
        sheets = next(iter(self._bases.values())).item.sheets
        return max(sheets, key=lambda sheet: float(np.prod(sheet.size_mm()))).gloss


def type_of(number: int, damaged: int, index: int) -> DamageType:
    """Types in turn over the damaged items of all products, so that they are equally frequent.

    Families come in turn, too. Where both turns share a beat, a family would always meet the same types:
    there the types move on by one whenever both have come round.
    """
    types, families = len(DamageType), len(FAMILIES)
    beat = types // math.gcd(types, damaged)
    moved = number // math.lcm(beat, families) if math.gcd(beat, families) > 1 else 0
    return tuple(DamageType)[(number * damaged + index + moved) % types]


def _fits(item: CapturedItem) -> bool:
    if item.severity is Severity.MINOR:
        return MINOR_LIMITS[0] <= item.share <= MINOR_LIMITS[1]
    return item.share >= MAJOR_LEAST


def _share(looks: dict[str, Look]) -> float:
    """The largest share of the item's pixels that the damage covers."""
    return max(float(look.damaged.sum() / max(1, look.item.sum())) for look in looks.values())


def _diameter_mm(design: Design) -> float:
    """Of what stands on the tray, seen from above; tall things reach further in the oblique view."""
    low, high = design.build(Form.WHOLE, BARCODE, 0.5).bounds()
    length, width, height = (float(value) for value in np.asarray(high) - np.asarray(low))
    return float(np.sqrt(length**2 + width**2 + (0.8 * height) ** 2)) + 8.0


def _material(gloss: float) -> str:
    if gloss < OUTER_SHARE:
        return "board"
    return "film" if gloss > FILM_GLOSS else "coated"


def _lay(rng: np.random.Generator) -> Lay:
    x, y = rng.uniform(-MOVED_MM, MOVED_MM, 2)
    yaw = rng.uniform(-STRAIGHT_DEG, STRAIGHT_DEG)
    if rng.random() < TURNED_SHARE:
        yaw = rng.uniform(-TURNED_DEG, TURNED_DEG) + (180.0 if rng.random() < 0.3 else 0.0)
    return Lay(float(x), float(y), float(np.radians(yaw)))


def _hand(item: Item, booth: Booth, rng: np.random.Generator) -> Sheet:
    """Something as large as a hand between the main lamp and the item, out of the cameras' sight."""
    lamp = np.array(booth.lighting.lamps[0].centre)
    low, high = item.bounds()
    target = np.array([*(low[:2] + (high[:2] - low[:2]) * rng.uniform(0.2, 0.8, 2)), 0.0])
    centre = target + (lamp - target) * rng.uniform(0.35, 0.55)
    half = rng.uniform(25.0, 55.0, 2)
    x, y = np.meshgrid(np.linspace(-half[0], half[0], 4), np.linspace(-half[1], half[1], 4))
    points = np.stack([x, y, np.zeros_like(x)], axis=-1) + centre
    texture: NDArray[np.uint8] = np.full((4, 4, 4), 255, np.uint8)
    return Sheet("hand", points, texture)
