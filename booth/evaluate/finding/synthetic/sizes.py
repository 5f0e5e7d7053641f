"""How much is in a pack: how it is written on it, and what the pack then weighs and measures."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from types import MappingProxyType

G_PER_OZ = 28.349523125
ML_PER_FL_OZ = 29.5735295625
"""NIST Handbook 44, appendix C."""

SHAPES = MappingProxyType(
    {
        "aerosol": (3.5, 1.0, 1.0, 0.14),
        "bag": (2.0, 1.4, 0.5, 0.02),
        "bottle": (3.2, 1.0, 1.0, 0.06),
        "can": (1.4, 1.0, 1.0, 0.12),
        "carton": (2.2, 1.5, 0.8, 0.07),
        "flat": (1.8, 1.0, 0.25, 0.08),
        "jar": (1.4, 1.0, 1.0, 0.45),
        "pillbox": (1.8, 1.0, 1.0, 0.15),
        "pouch": (1.6, 1.0, 0.4, 0.04),
        "pump": (3.0, 1.1, 0.9, 0.10),
        "squeeze": (3.0, 1.1, 0.7, 0.08),
        "tub": (1.1, 1.0, 1.0, 0.08),
        "tube": (4.0, 1.2, 0.9, 0.10),
    }
)
"""Length : width : height of a pack, and what it weighs itself as a share of what is in it."""
FILLED = 0.72
"""The share of its box that a pack fills: a cylinder 0.785, less air under the lid."""

_UNITS = MappingProxyType(
    {
        "g": ("g", 1.0), "kg": ("g", 1000.0), "oz": ("g", G_PER_OZ),
        "ml": ("ml", 1.0), "cl": ("ml", 10.0), "l": ("ml", 1000.0), "fl oz": ("ml", ML_PER_FL_OZ),
        "pcs": ("pcs", 1.0), "pieces": ("pcs", 1.0), "ct": ("pcs", 1.0), "pack": ("pcs", 1.0),
    }
)  # fmt: skip
_WRITTEN = re.compile(r"(?:(\d+) ?x ?)?(\d+(?:[.,]\d+)?) ?(fl oz|[a-z]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Size:
    """So many packs of so much in each; `unit` is `g`, `ml` or `pcs`."""

    amount: float
    unit: str
    packs: int = 1


def written(size: Size, unit: str, spaced: bool, comma: bool = False) -> str:
    """The size in `unit`, one of those that `units_of` gives for it: `500 g`, `0,5kg`, `6 x 33cl`."""
    number = f"{size.amount / _UNITS[unit][1]:.3g}" if unit in {"oz", "fl oz"} else _exact(size, unit)
    number = number.replace(".", ",") if comma else number
    space = " " if spaced else ""
    times = f"{size.packs}{space}x{space}" if size.packs > 1 else ""
    return f"{times}{number}{space}{unit}"


def units_of(size: Size) -> tuple[str, ...]:
    """The units that a person may write it in, without ounces."""
    match size.unit:
        case "g":
            return ("g", "kg") if size.amount >= 250 else ("g",)
        case "ml":
            return (
                ("ml", "l", "cl") if size.amount >= 250 else ("ml", "cl") if size.amount >= 100 else ("ml",)
            )
    return ("pcs", "pieces", "ct", "pack")


def read_size(text: str) -> Size | None:
    """The size that `written` wrote so, to the precision of the text, or None."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or found[3].lower() not in _UNITS:
        return None
    unit, factor = _UNITS[found[3].lower()]
    return Size(float(found[2].replace(",", ".")) * factor, unit, int(found[1] or 1))


def measures_of(size: Size, shape: str, unit_g: float, unit_ml: float) -> tuple[float, float, float, float]:
    """Weight in g and length >= width >= height in mm of all packs together, side by side."""
    *sides, tare = SHAPES[shape]
    inside_g = size.amount * unit_g
    scale_mm = math.cbrt(size.amount * unit_ml * 1000.0 / FILLED / math.prod(sides))
    length_mm, width_mm, height_mm = (side * scale_mm for side in sides)
    columns = math.ceil(math.sqrt(size.packs))
    box_mm = sorted(
        (length_mm, width_mm * columns, height_mm * math.ceil(size.packs / columns)), reverse=True
    )
    return (inside_g * (1.0 + tare) * size.packs, box_mm[0], box_mm[1], box_mm[2])


def _exact(size: Size, unit: str) -> str:
    return f"{size.amount / _UNITS[unit][1]:.6g}"
