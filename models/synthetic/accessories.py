"""Sticks a collector's token on an item: a small part that belongs to the product and may be missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.synthetic.damage_spots import Spot, radius_mm, share_per_mm2, spot
from models.synthetic.palettes import Palette
from models.synthetic.shapes import Item, Points, Sheet, plain, revolved

SHARE = 0.006
"""Which share of the item's pixels the token takes in its best view."""


def with_token(item: Item, inks: Palette, seed: int) -> Item:
    """The item with its token, on a place that the same seed repeats."""
    rng = np.random.default_rng([seed, 31])
    apart = {name for unit in item.units for name in unit}
    fixed = tuple(name for name in item.faces if name not in apart)
    place = spot(replace(item, faces=fixed), rng, 9.0)
    radius = radius_mm(SHARE, share_per_mm2(item, place.normal))
    puck = _on(place, revolved([(0.1, 2.6), (radius * 0.9, 2.6), (radius, 1.9), (radius, 0.0)], 1.6))
    glue = _on(place, revolved([(0.1, 0.25), (radius * 0.8, 0.25)], 2.5))
    parts = (
        Sheet("token", puck, np.vstack([plain(inks.accent), plain(inks.dark)]), gloss=0.5),
        Sheet("glue", glue, plain((222, 206, 160)), gloss=0.35),
    )
    return replace(item, sheets=(*item.sheets, *parts), trifles=(*item.trifles, ("token",)))


def _on(place: Spot, shape: Points) -> Points:
    """A shape that stands on z = 0, stood on a spot."""
    up, right = place.normal, place.right
    return np.asarray(
        place.at + shape[..., :1] * right + shape[..., 1:2] * np.cross(up, right) + shape[..., 2:] * up
    )
