"""Made-up shops: a few products each, with the picture, title and maker that a catalogue has, and a photo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.families import Identity, identities, made_up
from models.training.shop import iconic, photo

Rgb = NDArray[np.uint8]

SHELF = 32
"""Products of one shop: several families, so that most have siblings."""
LOST, RENAMED = 0.2, 0.2
"""Shares of a title's words that the catalogue leaves out, and that it has in other words than the print."""
DRAWN_FROM = 700_000
"""Seeds from here on are drawn for fitting weights only: no network was trained on them."""


@dataclass(frozen=True, slots=True, eq=False)
class Stocked:
    """One product of a made-up shop.

    Attributes:
        family: the same number for siblings: one brand, one line, other flavours.
        picture: what the catalogue shows, (H, W, 3) uint8.
        photo: what is taken of it in the shop, (H, W, 3) uint8.
    """

    key: str
    family: int
    title: str
    maker: str
    picture: Rgb
    photo: Rgb


def shop(seed: int, count: int = SHELF) -> tuple[Stocked, ...]:
    """The products of one shop."""
    rng = np.random.default_rng([DRAWN_FROM, seed])
    sold = identities(DRAWN_FROM + seed, count)
    return tuple(
        Stocked(
            str(one.number), one.family, _title(one, rng), one.brand, iconic(one, rng), photo(one, sold, rng)
        )
        for one in sold
    )


def shops(count: int, first: int = 0) -> Iterator[tuple[Stocked, ...]]:
    """Shops one after the other."""
    return (shop(seed) for seed in range(first, first + count))


def _title(one: Identity, rng: np.random.Generator) -> str:
    """The title in the catalogue's own words."""
    words = []
    for word in f"{one.flavour} {one.title}".split():
        draw = rng.random()
        if draw < RENAMED:
            words.append(made_up(rng))
        elif draw >= RENAMED + LOST:
            words.append(word)
    return " ".join(words) or one.brand
