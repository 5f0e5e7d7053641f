"""The made-up catalogue: a seed gives name, measures, inks and GTIN; the kind gives the geometry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from booth.domain.product import Product
from models.synthetic import cartons, pouches, sets, vessels
from models.synthetic.label_art import Words
from models.synthetic.palettes import PALETTES, Palette
from models.synthetic.shapes import Item


class Form(StrEnum):
    """How an item is put together."""

    WHOLE = "whole"
    BURST = "burst"
    SHORT = "short"
    """A unit, a cap or a sample is missing."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of packaging.

    Attributes:
        build: (words, inks, size in mm, form as text, seed) -> Item, standing on z = 0 around the origin.
        size_mm: length, width, height before the product's own scale.
    """

    name: str
    build: Callable[[Words, Palette, tuple[float, float, float], str, int], Item]
    size_mm: tuple[float, float, float]
    titles: tuple[tuple[str, str, str], ...]
    """Title, category and size of what comes in it."""
    grams_per_cm3: float


@dataclass(frozen=True, slots=True)
class Design:
    """One product, ready to be built in any form."""

    product: Product
    kind: Kind
    words: Words
    inks: Palette
    size_mm: tuple[float, float, float]
    seed: int

    def build(self, form: Form, print_state: str) -> Item:
        """The item, standing on z = 0 around the origin."""
        spoken = self.words
        words = Words(spoken.brand, spoken.title, spoken.size, spoken.claim, spoken.code, print_state)
        return self.kind.build(words, self.inks, self.size_mm, form.value, self.seed)


def catalogue(seed: int, count: int) -> tuple[Design, ...]:
    """The first `count` products of a seed; the kinds take turns."""
    return tuple(_design(seed, index) for index in range(count))


def check_digit(twelve: str) -> str:
    """The thirteenth digit of a GTIN-13 (GS1 General Specifications, section 7.9)."""
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(twelve))
    return str(-total % 10)


def _design(seed: int, index: int) -> Design:
    rng = np.random.default_rng([seed, index])
    kind = KINDS[index % len(KINDS)]
    title, category, size = kind.titles[int(rng.integers(len(kind.titles)))]
    brand = BRANDS[(int(rng.integers(len(BRANDS))) + index) % len(BRANDS)]
    scale = rng.uniform(0.94, 1.06)
    size_mm = (kind.size_mm[0] * scale, kind.size_mm[1] * scale, kind.size_mm[2] * scale)
    # GS1 leaves prefixes 20 to 29 to each house's own use, so that no real product is meant.
    twelve = f"29{seed % 1000:03d}{index % 10000:04d}{int(rng.integers(1000)):03d}"
    gtin = twelve + check_digit(twelve)
    inks = PALETTES[(seed * 3 + index * 7) % len(PALETTES)]
    claim = CLAIMS[int(rng.integers(len(CLAIMS)))]
    length, width, height = size_mm
    product = Product(
        gtin=gtin,
        title=f"{brand} {title} {size}",
        brand=brand,
        category=category,
        size=size,
        weight_g=round(length * width * height / 1000 * kind.grams_per_cm3, 1),
        length_mm=round(length, 1),
        width_mm=round(width, 1),
        height_mm=round(height, 1),
        popularity=round(float(rng.uniform(0.05, 1.0)), 3),
        extra={"packaging": kind.name},
    )
    return Design(product, kind, Words(brand, title, size, claim, gtin), inks, size_mm, seed * 1009 + index)


BRANDS = (
    "Norvik", "Lumera", "Bramble", "Oatsy", "Kestrel", "Solenne", "Tanja", "Mivolo", "Havre", "Pomelo",
    "Juniper", "Aldea", "Fjell", "Orzo", "Calluna", "Vesper",
)  # fmt: skip

CLAIMS = ("NEW", "BIO", "+10%", "TOP", "FAIR", "MILD")

KINDS = (
    Kind("carton", cartons.carton, (165, 118, 44), (
        ("Oat Bars", "snacks", "3 x 40 g"),
        ("Almond Bites", "snacks", "3 x 35 g"),
        ("Fig Slices", "snacks", "120 g"),
    ), 0.35),
    Kind("bottle", vessels.bottle, (188, 60, 60), (
        ("Citrus Soap", "household", "400 ml"),
        ("Herb Shampoo", "care", "400 ml"),
        ("Vital Caps", "health", "120 pcs"),
    ), 0.7),
    Kind("pouch", pouches.pouch, (122, 172, 42), (
        ("Dark Roast", "coffee", "250 g"),
        ("Cocoa Nibs", "pantry", "200 g"),
        ("Red Beans", "pantry", "300 g"),
    ), 0.45),
    Kind("tray pack", sets.tray_pack, (166, 114, 46), (
        ("Vanilla Cups", "dairy", "6 x 60 g"),
        ("Apple Puree", "snacks", "6 x 70 g"),
        ("Rice Pudding", "dairy", "6 x 65 g"),
    ), 0.6),
    Kind("tall carton", cartons.tall_carton, (108, 64, 132), (
        ("Honey Pops", "cereal", "375 g"),
        ("Green Tea", "tea", "40 bags"),
        ("Corn Crisps", "cereal", "300 g"),
    ), 0.3),
    Kind("jar", vessels.jar, (84, 84, 98), (
        ("Vitamin C", "health", "90 pcs"),
        ("Zinc Tablets", "health", "60 pcs"),
        ("Mint Drops", "sweets", "150 g"),
    ), 0.5),
    Kind("blister", sets.blister, (118, 168, 20), (
        ("Cells AA", "power", "4 pcs"),
        ("Cells C", "power", "4 pcs"),
        ("Long Life", "power", "4 pcs"),
    ), 0.7),
)  # fmt: skip
