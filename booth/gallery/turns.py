"""Small turns of a reference's region: with few references they stand for placements not yet seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from booth.domain.picture import Region

TURNS = ((5.0, 0.93), (-5.0, 1.07))
"""Degrees and scale: about what a careful placement leaves open."""


def turns_of(region: Region) -> Iterator[Region]:
    """The region turned about its middle, and grown or shrunk: what it holds turns and scales the other way.

    It may reach beyond the picture.
    """
    for degrees, scale in TURNS:
        width, height = round(region.width / scale), round(region.height / scale)
        yield replace(
            region,
            x=round(region.x + (region.width - width) / 2),
            y=round(region.y + (region.height - height) / 2),
            width=width,
            height=height,
            turn_deg=region.turn_deg + degrees,
        )
