"""Made-up product families: a brand's lines, and the flavours in which each line comes."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

Colour = tuple[int, int, int]

FORMS = ("carton", "carton", "gable", "bottle", "bottle", "can", "jar", "cup", "pouch", "pouch", "carton")
LARGEST_FAMILY = 6


@dataclass(frozen=True, slots=True)
class Identity:
    """One product: what it says, and the seeds from which its brand, line and flavour are drawn.

    Attributes:
        number: its place in the list, from 0.
        family: which products are its siblings: one brand, one line, other flavours.
    """

    number: int
    family: int
    brand: str
    title: str
    flavour: str
    form: str
    brand_seed: int
    line_seed: int
    flavour_seed: int


def identities(seed: int, count: int) -> tuple[Identity, ...]:
    """The first `count` products of a seed, family after family."""
    found: list[Identity] = []
    family = 0
    while len(found) < count:
        found.extend(_family(seed, family, len(found)))
        family += 1
    return tuple(found[:count])


def _family(seed: int, family: int, first: int) -> list[Identity]:
    """One line; two of three follow a brand that the line before had."""
    rng = np.random.default_rng([seed, family, 1])
    brand_seed = seed * 1_000_003 + (family // 3 if rng.random() < 0.67 else 500_000 + family)
    brand_rng = np.random.default_rng([brand_seed, 2])
    flavours = rng.choice(len(FLAVOURS), int(rng.integers(1, LARGEST_FAMILY + 1)), replace=False)
    title = " ".join(str(word) for word in rng.choice(TITLES, int(rng.integers(1, 3)), replace=False))
    brand, form = made_up(brand_rng), str(rng.choice(FORMS))
    line_seed = seed * 1_000_003 + family
    return [
        Identity(
            first + index, family, brand, title, FLAVOURS[int(which)], form, brand_seed, line_seed,
            line_seed * 101 + int(which),
        )
        for index, which in enumerate(flavours)
    ]  # fmt: skip


def made_up(rng: np.random.Generator) -> str:
    """A word that can be spoken and means nothing."""
    count = int(rng.choice((1, 2, 2, 2, 3, 3)))
    word = "".join(
        str(rng.choice(_ONSETS)) + str(rng.choice(_NUCLEI)) + str(rng.choice(_CODAS)) for _ in range(count)
    )
    return word.upper() if rng.random() < 0.4 else word.capitalize()


def ink(rng: np.random.Generator, lightness: tuple[float, float], saturation: tuple[float, float]) -> Colour:
    """A colour of any hue within bounds of HLS lightness and saturation, 0..1."""
    red, green, blue = colorsys.hls_to_rgb(
        float(rng.random()), float(rng.uniform(*lightness)), float(rng.uniform(*saturation))
    )
    return round(red * 255), round(green * 255), round(blue * 255)


def luma(colour: Colour) -> float:
    """Perceived lightness, 0..255 (ITU-R BT.601)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def readable(rng: np.random.Generator, ground: Colour) -> Colour:
    """An ink that stands out from a ground."""
    if luma(ground) > 140:
        return ink(rng, (0.05, 0.3), (0.2, 1.0)) if rng.random() < 0.8 else (20, 20, 24)
    return (250, 248, 242) if rng.random() < 0.7 else ink(rng, (0.75, 0.95), (0.3, 1.0))


_ONSETS = (
    "b", "br", "c", "d", "f", "fl", "g", "gr", "h", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t",
    "v", "w", "z", "", "y",
)  # fmt: skip
_NUCLEI = ("a", "e", "i", "o", "u", "a", "e", "o", "ei", "oa", "y")
_CODAS = ("", "", "", "l", "n", "r", "s", "x", "ck", "m", "nd", "t")

TITLES = (
    "Juice", "Nectar", "Smoothie", "Milk", "Oat Drink", "Yoghurt", "Cream", "Butter", "Quark", "Kefir",
    "Soy", "Ice Tea", "Soda", "Water", "Cola", "Crisps", "Crackers", "Cookies", "Muesli", "Flakes",
    "Rice", "Pasta", "Penne", "Noodles", "Soup", "Sauce", "Ketchup", "Mustard", "Pesto", "Beans", "Peas",
    "Tuna", "Olives", "Honey", "Jam", "Spread", "Chocolate", "Bar", "Gums", "Mints", "Coffee", "Espresso",
    "Cocoa", "Tea", "Sugar", "Flour", "Salt", "Spice", "Oil", "Vinegar", "Shampoo", "Soap", "Lotion",
    "Detergent", "Tablets", "Wipes", "Paste", "Candles", "Snack", "Mix", "Classic", "Original", "Organic",
    "Fresh", "Light", "Family", "Premium", "Active", "Kids", "Protein", "Zero", "Gold", "Selection",
    "Natural",
)  # fmt: skip

FLAVOURS = (
    "Apple", "Orange", "Grapefruit", "Mango", "Peach", "Pear", "Cherry", "Strawberry", "Raspberry",
    "Blueberry", "Cranberry", "Lemon", "Lime", "Banana", "Pineapple", "Passion Fruit", "Coconut",
    "Vanilla", "Chocolate", "Caramel", "Hazelnut", "Almond", "Walnut", "Honey", "Cinnamon", "Ginger",
    "Mint", "Lavender", "Rose", "Melon", "Kiwi", "Fig", "Plum", "Grape", "Natural", "Original", "Mild",
    "Strong", "Low Fat", "3 % Fat", "0.5 % Fat", "Light", "No Sugar", "Sea Salt", "Paprika", "Chili",
    "Onion", "Garlic", "Basil", "Tomato", "Cheese", "Pepper", "Curry", "Herbs", "Rosemary", "Mushroom",
    "Spinach", "Carrot", "Pumpkin", "Beetroot", "Cucumber", "Aloe", "Green Tea", "Dark", "White", "Whole",
    "Red Fruit", "Tropical",
)  # fmt: skip
