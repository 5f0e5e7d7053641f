"""Percepts with planted damage: smooth features per product, in which some items have a foreign square."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.terms import DamageType
from models.percepts import LABELS, SHAPES, Percepts, Row

ITEMS = 8
REFERENCES = 3
GOOD = 5


def planted(products: int, seed: int = 0) -> Percepts:
    """Of each product three references, two good and three damaged items, one view each."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    arrays: dict[str, list[NDArray[np.generic]]] = {name: [] for name in SHAPES}
    for product in range(products):
        base = np.concatenate([_smooth(rng) for _ in range(72)], axis=2)
        for item in range(ITEMS):
            row, found = _item(base, f"{seed}{product:03}", item, rng)
            rows.append(row)
            for name, values in found.items():
                arrays[name].append(values.astype(SHAPES[name][1]))
    return Percepts("planted", tuple(rows), {name: np.stack(many) for name, many in arrays.items()})


def _item(
    base: NDArray[np.float32], gtin: str, item: int, rng: np.random.Generator
) -> tuple[Row, dict[str, NDArray[np.generic]]]:
    steps = (int(rng.integers(-2, 3)), int(rng.integers(-2, 3)))
    patches = np.roll(base, steps, (0, 1)) + rng.normal(0, 0.2, base.shape)
    masks, labels = np.zeros(SHAPES["masks"][0], np.uint8), dict.fromkeys(LABELS, "")
    labels |= {"item_id": f"{gtin}-{item}", "gtin": gtin, "material": "card", "severity": "none"}
    labels["role"] = "reference" if item < REFERENCES else "pristine" if item < GOOD else "damaged"
    if item >= GOOD:
        damage, (top, left) = int(rng.integers(len(DamageType))), rng.integers(5, 30, 2).tolist()
        patches[top : top + 5, left : left + 5] += rng.normal(0, 1.5, 288)
        masks[damage, int(top * 1.6) : int(top * 1.6) + 8, int(left * 1.6) : int(left * 1.6) + 8] = 255
        labels |= {"damage": list(DamageType)[damage], "severity": "major"}
    share = 0.02 if item >= GOOD else 0.0
    row = Row("top", labels, 1000, share, share, (0, 0, 320, 320, 0.0), (), f"{gtin}-{item}")
    heights = np.full((40, 40), 50.0) + rng.normal(0, 1, (40, 40))
    nothing = np.full((40, 40), np.nan)
    whole = np.ones((40, 40))
    return row, {"patches": patches, "heights_mm": heights, "item": whole, "beside": nothing, "masks": masks}


def _smooth(rng: np.random.Generator) -> NDArray[np.float32]:
    coarse = rng.standard_normal((10, 10, 4)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (40, 40), interpolation=cv2.INTER_LINEAR), np.float32)
