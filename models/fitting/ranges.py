"""Made-up ranges of cartons, drawn otherwise than what the embedding learnt from.

Weights that were fitted on pictures like those of its training would trust the embedding as it deserves
there, and nowhere else. These have another hand: flat print, heaps of speckled bodies, few inks.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.synthetic.label_art import PX_PER_MM, Box, Canvas, band, canvas, emblem, print_block, text
from models.synthetic.palettes import PALETTES, Palette
from models.synthetic.pictograms import EMBLEMS
from models.synthetic.shapes import Colour

DEPTH_PER_WIDTH = 0.85
"""A carton is a little less deep than it is wide."""
LARGEST_RANGE = 5
_SYLLABLES = (
    "ba", "ko", "li", "mer", "ta", "vo", "sun", "ri", "del", "fa", "no", "gra", "pe", "lux", "ha", "ym",
)  # fmt: skip
_KINDS = (
    "juice", "milk", "yoghurt", "soya", "drink", "nectar", "cream", "soup", "tea", "müsli", "mjölk", "fil",
)  # fmt: skip
_FLAVOURS = (
    "apple", "orange", "mango", "vanilla", "strawberry", "lemon", "coffee", "cherry", "natural", "light",
    "peach", "blueberry", "ginger", "mild", "classic", "organic", "äpple", "jordgubb", "hallon", "päron",
    "citron",
    "lactose free", "1,5%", "3%", "0,5%", "12%", "no sugar", "zero", "extra", "original", "summer", "winter",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Article:
    """One product of a range, as it says and as it looks.

    Attributes:
        family: the same number for the articles of one range.
        front: (h, w, 3) uint8, its main panel.
        side: (h, w, 3) uint8, the panel beside it.
    """

    family: int
    maker: str
    title: str
    front: Canvas
    side: Canvas


@dataclass(frozen=True, slots=True)
class _Design:
    """What the articles of one range share; boxes in mm."""

    seed: int
    maker: str
    kind: str
    inks: Palette
    width_mm: float
    height_mm: float
    brand_at: Box
    word_at: Box
    motif_at: Box
    recoloured: bool
    new_motif: bool


def articles(seed: int, count: int) -> tuple[Article, ...]:
    """The first `count` articles of a seed, range after range."""
    found: list[Article] = []
    while len(found) < count:
        family = len(found)
        rng = np.random.default_rng([seed, family])
        design = _design(seed * 1_000 + family, rng)
        flavours = rng.choice(_FLAVOURS, int(rng.integers(1, LARGEST_RANGE + 1)), replace=False)
        found.extend(_article(design, family, place, str(one)) for place, one in enumerate(flavours))
    return tuple(found[:count])


def _design(seed: int, rng: np.random.Generator) -> _Design:
    height, width = float(rng.uniform(34, 52)), float(rng.uniform(17, 28))
    brand, word, motif = (float(y) for y in rng.permutation([0.06, 0.26, 0.44]) * height)
    return _Design(
        seed,
        "".join(rng.choice(_SYLLABLES, int(rng.integers(2, 4)), replace=False).tolist()),
        str(rng.choice(_KINDS)),
        PALETTES[int(rng.integers(len(PALETTES)))],
        width,
        height,
        (width * 0.08, brand, width * 0.84, height * 0.15),
        (width * 0.10, word, width * 0.80, height * 0.10),
        (width * 0.05, motif, width * 0.90, height * 0.46),
        bool(rng.random() < 0.7),
        bool(rng.random() < 0.6),
    )


def _article(design: _Design, family: int, place: int, flavour: str) -> Article:
    rng = np.random.default_rng([design.seed, place, 1])
    inks = _inks(design, rng)
    side_mm = design.width_mm * DEPTH_PER_WIDTH
    side = canvas(side_mm, design.height_mm, inks.base)
    print_block(
        side, (side_mm * 0.1, design.height_mm * 0.2, side_mm * 0.8, design.height_mm * 0.5), inks, place
    )
    text(
        side, design.maker, (side_mm * 0.1, design.height_mm * 0.05, side_mm * 0.8, 5.0), inks.on_base(), 800
    )
    motif_seed = place if design.new_motif else 0
    front = _front(design, inks, flavour, motif_seed)
    return Article(family, design.maker, f"{design.kind} {flavour}", front, side)


def _inks(design: _Design, rng: np.random.Generator) -> Palette:
    """The range's inks; a recoloured article has an accent of its own, and now and then a base."""
    if not design.recoloured:
        return design.inks
    other = PALETTES[int(rng.integers(len(PALETTES)))]
    base = other.base if rng.random() < 0.3 else design.inks.base
    return Palette(base, _other_hue(other.accent, rng), design.inks.dark, design.inks.light)


def _other_hue(colour: Colour, rng: np.random.Generator) -> Colour:
    hsv = cv2.cvtColor(np.array([[colour]], np.uint8), cv2.COLOR_RGB2HSV)
    hsv[0, 0, 0] = rng.integers(180)
    red, green, blue = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))[0, 0].tolist()
    return red, green, blue


def _front(design: _Design, inks: Palette, flavour: str, motif_seed: int) -> Canvas:
    art = canvas(design.width_mm, design.height_mm, inks.base)
    shared = np.random.default_rng([design.seed, 2])
    low = float(shared.uniform(0.78, 0.9)) * design.height_mm
    band(art, (0, low, design.width_mm, design.height_mm - low), inks.accent)
    _motif(art, design.motif_at, inks, np.random.default_rng([design.seed, motif_seed, 3]))
    mark = (design.width_mm * float(shared.uniform(0.15, 0.85)), low + 0.3 * (design.height_mm - low))
    emblem(art, mark, design.width_mm * 0.22, inks, int(shared.integers(len(EMBLEMS))))
    text(art, design.maker.upper(), design.brand_at, inks.on_base(), 900, True)
    shown = flavour.upper() if shared.random() < 0.6 else flavour
    text(art, shown, design.word_at, inks.on_base(), 700, True)
    line = (design.width_mm * 0.1, low + 0.5 * (design.height_mm - low), design.width_mm * 0.8, 3.4)
    text(art, f"{design.kind} 1 l", line, inks.on_accent(), 600, True)
    return art


def _motif(art: Canvas, box_mm: Box, inks: Palette, rng: np.random.Generator) -> None:
    """A heap of shaded, speckled bodies: what a photo of fruit or grain gives a detector of points."""
    x, y, width, height = (value * PX_PER_MM for value in box_mm)
    for _ in range(int(rng.integers(4, 11))):
        ink = (inks.accent, inks.dark, inks.light)[int(rng.choice(3, p=[0.6, 0.2, 0.2]))]
        centre = (x + width * float(rng.uniform(0.1, 0.9)), y + height * float(rng.uniform(0.1, 0.9)))
        _body(art, centre, width * float(rng.uniform(0.08, 0.26)), ink, rng)


def _body(
    art: Canvas, centre: tuple[float, float], radius: float, ink: Colour, rng: np.random.Generator
) -> None:
    squeeze, turn_deg = float(rng.uniform(0.5, 1.0)), float(rng.uniform(0, 180))
    at = (round(centre[0]), round(centre[1]))
    for ring, shade in zip(np.linspace(1.0, 0.2, 5), np.linspace(0.55, 1.25, 5), strict=True):
        axes = (max(1, round(radius * ring)), max(1, round(radius * ring * squeeze)))
        cv2.ellipse(art, at, axes, turn_deg, 0, 360, _shaded(ink, shade), -1, cv2.LINE_AA)
    for _ in range(int(rng.integers(0, 14))):
        spot = np.array(at) + rng.normal(0, radius * 0.4, 2)
        size = max(1, round(radius * float(rng.uniform(0.03, 0.12))))
        shade = float(rng.uniform(0.3, 1.6))
        cv2.circle(art, (round(spot[0]), round(spot[1])), size, _shaded(ink, shade), -1, cv2.LINE_AA)


def _shaded(ink: Colour, shade: float) -> list[float]:
    return [min(255.0, channel * shade) for channel in ink]
