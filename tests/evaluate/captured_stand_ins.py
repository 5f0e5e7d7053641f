"""A captured set in memory, and a witness of grey levels, for tests of evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from booth.domain.percept import Gallery, Percept
from booth.domain.picture import Calibration, Frame, View
from booth.domain.terms import DamageType, Severity
from booth.evaluate.captured import CapturedItem
from booth.evaluate.rows import WHOLE, Row

RIG = Calibration("rig", {})


def item(name: str, product: str, role: str, level: int) -> CapturedItem:
    """An item of a grey level, which is kept as its seed."""
    torn = DamageType.TEAR if role == "damaged" else None
    severity = Severity.MINOR if torn else Severity.NONE
    decoy = "hole" if name.endswith("g0") else ""
    return CapturedItem(
        f"{product}-{name}",
        "0",
        product,
        "carton",
        role,
        decoy,
        damage=torn,
        severity=severity,
        rig="rig",
        seed=level,
    )


@dataclass(slots=True)
class Captures:
    """Its items' pictures are made on demand; it counts how often each was asked for."""

    items: Sequence[CapturedItem]
    rigs: Mapping[str, Calibration] = field(default_factory=lambda: {"rig": RIG})
    asked: list[str] = field(default_factory=list)

    def views(self, item: CapturedItem) -> Sequence[View]:
        self.asked.append(item.item_id)
        depth = np.full((12, 16), 500, np.uint16)
        return [
            View(name, Frame(name, _picture(item.seed + shift), depth, host_ns=0, sequence=0))
            for shift, name in enumerate(("top", "side"))
        ]


def shop(products: int = 2, references: int = 4) -> Captures:
    """Products with references and good items near grey 100, and damaged ones near 200."""
    items = []
    for product in (f"p{number}" for number in range(products)):
        items += [item(f"r{n}", product, "reference", 100 + 2 * n) for n in range(references)]
        items += [item(f"g{n}", product, "pristine", 101 + n) for n in range(3)]
        items += [item(f"b{n}", product, "damaged", 200 + n) for n in range(3)]
    return Captures(items)


class GreyWitness:
    """Tells the distance in grey level from the nearest reference of the view."""

    def __init__(self, value: float | None = None) -> None:
        self.galleries: list[Gallery | None] = []
        self._value = value

    def evidence(self, percept: Percept, gallery: Gallery | None) -> Sequence[Mapping[str, float]]:
        self.galleries.append(gallery)
        return [self._view(view.view, float(view.patches.mean()), gallery) for view in percept.views]

    def _view(self, name: str, level: float, gallery: Gallery | None) -> dict[str, float]:
        told = {"supervised": level / 100 if self._value is None else self._value}
        if gallery is None:
            return told
        near = min(abs(level - float(r.patches.mean())) for r in gallery.references if r.view == name)
        count = sum(r.view == name and r.variant == 0 for r in gallery.references)
        return {**told, "foreign": near, "missing": near, "references": float(count)}


def rows_of(
    products: int = 20, good: int = 10, bad: int = 5, *, gap: float = 4.0, references: int = 4
) -> list[Row]:
    """Rows whose evidence is drawn: damaged items lie `gap` deviations above good ones."""
    rng = np.random.default_rng(0)
    found = []
    for product in range(products):
        for number in range(good + bad):
            damaged = number >= good
            types = ("crush", "spillage")
            level = float(rng.normal(gap if damaged else 0.0))
            found.append(
                Row(
                    item=f"{product}-{number}",
                    product=f"p{product}",
                    family="carton" if product % 2 else "pouch",
                    damage=types[number % 2] if damaged else "",
                    procedure=("press", "puddle beside")[number % 2] if damaged else "",
                    severity=("minor", "major")[number % 2] if damaged else "",
                    part="",
                    decoy=number == 0,
                    negative="tape" if number == 1 else "",
                    held_out="family" if product < 4 else "",
                    share=0.0,
                    variant=WHOLE,
                    references=references,
                    seeds=(0, 1),
                    views=({"supervised": level - 9}, {"supervised": level}),
                    plain={"colours": float(rng.random()), "edges": float(rng.random())},
                )
            )
    return found


def loudest(views: Sequence[Mapping[str, float]]) -> float:
    """A fusion of one kind of evidence: its logistic function."""
    return float(1 / (1 + np.exp(-max(view["supervised"] for view in views))))


def _picture(level: int) -> np.ndarray:
    rgb = np.full((12, 16, 3), level, np.uint8)
    rgb[::2, ::3] += 1
    return rgb
