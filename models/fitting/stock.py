"""Made-up shops: a few products each, with the picture, title and maker that a catalogue has, and a photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.fitting.held import in_hand, on_white
from models.fitting.ranges import articles
from models.training.families import identities, made_up
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
    """The products of one shop, drawn as those that the embedding learnt from."""
    rng = np.random.default_rng([DRAWN_FROM, seed])
    sold = identities(DRAWN_FROM + seed, count)
    return tuple(
        Stocked(
            str(one.number),
            one.family,
            _title(f"{one.flavour} {one.title}", rng) or one.brand,
            one.brand,
            _graded(iconic(one, rng), rng),
            photo(one, sold, rng),
        )
        for one in sold
    )


def strange_shop(seed: int, count: int = SHELF) -> tuple[Stocked, ...]:
    """The products of one shop, drawn by another hand: what an embedding finds there it finds elsewhere."""
    rng = np.random.default_rng([DRAWN_FROM, seed, 1])
    sold = articles(DRAWN_FROM + seed, count)
    return tuple(
        Stocked(
            str(number),
            one.family,
            _title(one.title, rng) or one.maker,
            one.maker,
            _graded(on_white(one, rng), rng),
            in_hand(one, sold, rng),
        )
        for number, one in enumerate(sold)
    )


def _graded(picture: Rgb, rng: np.random.Generator) -> Rgb:
    """A catalogue picture's own tones: rendered and graded for a screen, never those of a camera."""
    tone = (picture / 255.0) ** float(rng.uniform(0.7, 1.4))
    grey = tone.mean(axis=2, keepdims=True)
    vivid = grey + (tone - grey) * float(rng.uniform(0.7, 1.4))
    return np.asarray(255 * np.clip(vivid, 0, 1), np.uint8)


def _title(printed: str, rng: np.random.Generator) -> str:
    """The title in the catalogue's own words; may come out empty."""
    words = []
    for word in printed.split():
        draw = rng.random()
        if draw < RENAMED:
            words.append(made_up(rng))
        elif draw >= RENAMED + LOST:
            words.append(word)
    return " ".join(words)
