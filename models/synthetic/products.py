"""The made-up catalogue: a seed gives name, measures, inks and GTIN; the kind gives the geometry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from booth.domain.product import Product
from models.synthetic import blisters, cartons, pouches, sets, tubes, vessels
from models.synthetic.accessories import with_token
from models.synthetic.decoys import DECOYS, printed
from models.synthetic.label_art import LAYOUTS, PX_PER_MM, Press, Words, printing
from models.synthetic.palettes import PALETTES, Palette, mixed
from models.synthetic.shapes import Item


class Form(StrEnum):
    """How an item is put together."""

    WHOLE = "whole"
    OPEN = "open"
    """A flap, a lid or a seal has come open; nothing has run out."""
    BURST = "burst"


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of packaging.

    Attributes:
        build: (words, inks, size in mm, form as text, seed) -> Item, standing on z = 0 around the origin.
        size_mm: length, width, height before the product's own scale.
        outer: its outermost layer is packaging that does not hold the product itself.
        corners: its faces are panels with corners of their own.
        opens: it is built open and burst as well as whole.
        units: it has a unit, a cap or a sachet that may be missing; `filled` ones can be emptied.
        tablets: it has many small units.
    """

    name: str
    build: Callable[[Words, Palette, tuple[float, float, float], str, int], Item]
    size_mm: tuple[float, float, float]
    titles: tuple[tuple[str, str, str], ...]
    """Title, category and size of what comes in it."""
    grams_per_cm3: float
    outer: bool = False
    corners: bool = True
    opens: bool = True
    units: bool = True
    filled: bool = False
    tablets: bool = False


@dataclass(frozen=True, slots=True)
class Design:
    """One product, ready to be built in any form.

    Attributes:
        decoy: the damage that its print shows, one of `DECOYS`, or "".
        token: whether a collector's token sticks on it.
    """

    product: Product
    kind: Kind
    words: Words
    inks: Palette
    size_mm: tuple[float, float, float]
    seed: int
    decoy: str = ""
    token: bool = False
    font: str = "sans"
    layout: int = 0

    def build(self, form: Form, print_state: str, px_per_mm: float = PX_PER_MM) -> Item:
        """The item, standing on z = 0 around the origin, its print this fine."""
        words = replace(self.words, print_state=print_state)
        with printing(Press(px_per_mm, self.font, self.layout)):
            item = self.kind.build(words, self.inks, self.size_mm, form.value, self.seed)
            if form is Form.WHOLE and self.token:
                item = with_token(item, self.inks, self.seed)
            return printed(item, self.decoy, self.seed)

    @property
    def small_parts(self) -> bool:
        """Whether it has a part of 0.2 to 2 % of its pixels that may be missing."""
        return self.token or self.kind.tablets


def catalogue(seed: int, count: int, held_out: bool = False) -> tuple[Design, ...]:
    """The first `count` products of a seed; the kinds take turns.

    The first seven are one plain product of each of `KINDS`; all others vary in measures, inks, type face
    and layout, and about a third has a decoy in its print. With `held_out` about a fifth is of a family that
    training never sees; without it none is, and those of the same index are else the same.
    """
    return tuple(_design(seed, index, held_out) for index in range(count))


def check_digit(twelve: str) -> str:
    """The thirteenth digit of a GTIN-13 (GS1 General Specifications, section 7.9)."""
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(twelve))
    return str(-total % 10)


def _design(seed: int, index: int, held_out: bool) -> Design:
    if index < len(KINDS):
        return _plain(seed, index, KINDS[index])
    rng = np.random.default_rng([seed, index, 1])
    others = index % len(FAMILIES), int(rng.integers(len(HELD_OUT_FAMILIES)))
    fresh = bool(rng.random() < HELD_OUT_SHARE) and held_out
    kind = HELD_OUT_FAMILIES[others[1]] if fresh else FAMILIES[others[0]]
    return _varied(_plain(seed, index, kind), rng)


def _plain(seed: int, index: int, kind: Kind) -> Design:
    rng = np.random.default_rng([seed, index])
    title, category, size = kind.titles[int(rng.integers(len(kind.titles)))]
    brand = BRANDS[(int(rng.integers(len(BRANDS))) + index) % len(BRANDS)]
    scale = rng.uniform(0.94, 1.06)
    size_mm = (kind.size_mm[0] * scale, kind.size_mm[1] * scale, kind.size_mm[2] * scale)
    # GS1 leaves prefixes 20 to 29 to each house's own use, so that no real product is meant.
    twelve = f"29{seed % 1000:03d}{index % 10000:04d}{int(rng.integers(1000)):03d}"
    gtin = twelve + check_digit(twelve)
    inks = PALETTES[(seed * 3 + index * 7) % len(PALETTES)]
    claim = CLAIMS[int(rng.integers(len(CLAIMS)))]
    popularity = round(float(rng.uniform(0.05, 1.0)), 3)
    product = Product(
        gtin=gtin,
        title=f"{brand} {title} {size}",
        brand=brand,
        category=category,
        size=size,
        popularity=popularity,
        extra={"packaging": kind.name},
    )
    words = Words(brand, title, size, claim, gtin)
    return _measured(Design(product, kind, words, inks, size_mm, seed * 1009 + index))


def _measured(design: Design) -> Design:
    """The design whose product has its measures and weight."""
    length, width, height = design.size_mm
    product = replace(
        design.product,
        weight_g=round(length * width * height / 1000 * design.kind.grams_per_cm3, 1),
        length_mm=round(length, 1),
        width_mm=round(width, 1),
        height_mm=round(height, 1),
    )
    return replace(design, product=product)


def _varied(design: Design, rng: np.random.Generator) -> Design:
    """The design with measures, inks, a type face, a layout, a token and a decoy of its own."""
    length, width, height = design.size_mm
    stretch = rng.uniform(0.86, 1.14, 3)
    if width == height:
        stretch[2] = stretch[1]
    if length == width:
        stretch[1] = stretch[0]
    size_mm = (length * stretch[0], width * stretch[1], height * stretch[2])
    decoy = DECOYS[int(rng.integers(len(DECOYS)))] if rng.random() < DECOY_SHARE else ""
    brand = design.words.brand if rng.random() < 0.3 else _brand(rng)
    words = replace(design.words, brand=brand, claim=CLAIMS[int(rng.integers(len(CLAIMS)))])
    return _measured(
        replace(
            design,
            product=replace(design.product, brand=brand, title=f"{brand} {words.title} {words.size}"),
            words=words,
            inks=mixed(rng),
            size_mm=size_mm,
            decoy=decoy,
            token=bool(rng.random() < TOKEN_SHARE),
            font=("sans", "italic")[int(rng.random() < 0.3)],
            layout=int(rng.integers(LAYOUTS)),
        )
    )


def _brand(rng: np.random.Generator) -> str:
    """A made-up name of two or three syllables."""
    count = int(rng.integers(2, 4))
    name = "".join(SYLLABLES[int(index)] for index in rng.integers(len(SYLLABLES), size=count))
    return name.capitalize() if rng.random() < 0.7 else name.upper()


HELD_OUT_SHARE = 0.2
DECOY_SHARE = 1 / 3
TOKEN_SHARE = 0.6

SYLLABLES = (
    "ba", "ro", "ni", "vel", "ka", "mo", "li", "san", "tor", "fe", "zu", "pa", "del", "ri", "co", "len",
    "va", "mir", "go", "tes", "hal", "bo", "nu", "ster",
)  # fmt: skip

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
    ), 0.35, outer=True, filled=True),
    Kind("bottle", vessels.bottle, (188, 60, 60), (
        ("Citrus Soap", "household", "400 ml"),
        ("Herb Shampoo", "care", "400 ml"),
        ("Vital Caps", "health", "120 pcs"),
    ), 0.7, corners=False),
    Kind("pouch", pouches.pouch, (122, 172, 42), (
        ("Dark Roast", "coffee", "250 g"),
        ("Cocoa Nibs", "pantry", "200 g"),
        ("Red Beans", "pantry", "300 g"),
    ), 0.45, filled=True),
    Kind("tray pack", sets.tray_pack, (166, 114, 46), (
        ("Vanilla Cups", "dairy", "6 x 60 g"),
        ("Apple Puree", "snacks", "6 x 70 g"),
        ("Rice Pudding", "dairy", "6 x 65 g"),
    ), 0.6, outer=True, filled=True),
    Kind("tall carton", cartons.tall_carton, (108, 64, 132), (
        ("Honey Pops", "cereal", "375 g"),
        ("Green Tea", "tea", "40 bags"),
        ("Corn Crisps", "cereal", "300 g"),
    ), 0.3, outer=True, filled=True),
    Kind("jar", vessels.jar, (84, 84, 98), (
        ("Vitamin C", "health", "90 pcs"),
        ("Zinc Tablets", "health", "60 pcs"),
        ("Mint Drops", "sweets", "150 g"),
    ), 0.5, corners=False),
    Kind("blister", sets.blister, (118, 168, 20), (
        ("Cells AA", "power", "4 pcs"),
        ("Cells C", "power", "4 pcs"),
        ("Long Life", "power", "4 pcs"),
    ), 0.7, outer=True),
)  # fmt: skip

FAMILIES = (
    *KINDS,
    Kind("tablet blister", blisters.tablet_blister, (124, 84, 9), (
        ("Throat Ease", "health", "10 pcs"),
        ("Magnesium", "health", "12 pcs"),
        ("Chewing Gum", "sweets", "14 pcs"),
    ), 0.6, opens=False, units=False, filled=True, tablets=True),
)  # fmt: skip
"""What training may see."""

HELD_OUT_FAMILIES = (
    Kind("tube", tubes.tube, (176, 46, 46), (
        ("Tooth Gel", "care", "75 ml"),
        ("Hand Cream", "care", "100 ml"),
        ("Tomato Paste", "pantry", "150 g"),
    ), 0.7, corners=False),
    Kind("flow wrap", tubes.flow_wrap, (168, 66, 26), (
        ("Nut Bar", "snacks", "60 g"),
        ("Wafer", "sweets", "75 g"),
        ("Protein Bar", "snacks", "55 g"),
    ), 0.6, units=False),
)  # fmt: skip
"""What training never sees."""
