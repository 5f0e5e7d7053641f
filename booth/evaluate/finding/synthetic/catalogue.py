"""Makes up a catalogue, brand by brand: lines of siblings that differ in flavour, size or count only.

Nothing is kept but the brands' names, so that a million products stream in bounded memory. The first n of a
seed are the same however many are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random

from booth.domain.product import Product
from booth.evaluate.finding.synthetic.names import BrandNames, line_name
from booth.evaluate.finding.synthetic.sizes import Size, measures_of, units_of, written
from booth.evaluate.finding.synthetic.vocabulary import Kind, Vocabulary, read_vocabulary
from booth.identify.gtin import check_digit

IN_STORE = "29"
"""GS1 General Specifications, section 1.4.2: numbers that begin with 20 to 29 are no company's."""
COMPANIES = 100_000
ITEMS = 100_000
MAX_PRODUCTS = 2_000_000
MAX_POPULARITY = 1e6

_ORDERS = (("line", "noun", "variant"), ("line", "variant", "noun"), ("variant", "line", "noun"))


@dataclass(frozen=True, slots=True)
class _Brand:
    """A brand, and how it writes its titles."""

    name: str
    cased: Callable[[str], str]
    order: tuple[str, ...]
    names_itself: bool
    names_size: bool
    spaced: bool
    in_oz: bool
    largest_unit: bool
    strength: float


def products(count: int, seed: int) -> Iterator[Product]:
    """The first `count` products of this seed's catalogue: about 50 a brand, near duplicates together."""
    return islice(_endless(seed), count)


def _endless(seed: int) -> Iterator[Product]:
    words, brands = read_vocabulary(), BrandNames(read_vocabulary())
    rng = Random(f"brands {seed}")
    company, item = rng.randrange(COMPANIES), 0
    while True:
        own = Random(rng.getrandbits(64))
        if item > 0.8 * ITEMS or own.random() < 0.75:  # else one company has several brands
            company, item = (company + 7_919) % COMPANIES, 0  # a prime: each company once before any again
        brand = _brand(brands.next(own), own)
        for texts, measures in _of_brand(brand, words, own):
            item += own.choices((1, 2, 11), (0.9, 0.07, 0.03))[0]
            body = f"{IN_STORE}{company:05}{item % ITEMS:05}"
            yield Product(body + check_digit(body), *texts, *measures)


_Row = tuple[tuple[str, str, str, str], tuple[float, float, float, float, float]]


def _brand(name: str, rng: Random) -> _Brand:
    cased = rng.choices((str.title, str.upper, str.capitalize, str.lower), (0.8, 0.07, 0.1, 0.03))[0]
    return _Brand(
        rng.choices((str.title, str.upper, str.lower), (0.8, 0.16, 0.04))[0](name),
        cased,
        rng.choice(_ORDERS),
        rng.random() < 0.75,
        rng.random() < 0.65,
        rng.random() < 0.6,
        rng.random() < 0.08,
        rng.random() < 0.7,
        rng.lognormvariate(0.0, 1.2),
    )


def _of_brand(brand: _Brand, words: Vocabulary, rng: Random) -> Iterator[_Row]:
    home = rng.choice(words.kinds).department
    pool = [kind for kind in words.kinds if kind.department == home]
    wanted = 10 + int(rng.expovariate(0.1)) if rng.random() < 0.05 else 1 + int(rng.expovariate(0.5))
    kinds = rng.sample(pool, min(len(pool), wanted))
    if wanted > len(pool):
        kinds += rng.sample([kind for kind in words.kinds if kind.department != home], wanted - len(pool))
    for kind in kinds:
        lines = {line_name(words, kind.lines, rng) for _ in range(1 + int(rng.expovariate(1.2)))}
        for line in sorted(lines):
            yield from _of_line(brand, kind, line, words, rng)


def _of_line(brand: _Brand, kind: Kind, line: str, words: Vocabulary, rng: Random) -> Iterator[_Row]:
    """Each variant in each size; siblings share weight and box up to a per cent or two."""
    variants = rng.sample(kind.variants, min(len(kind.variants), 1 + int(rng.expovariate(0.22))))
    amounts = rng.sample(kind.amounts, min(len(kind.amounts), 1 + int(rng.expovariate(0.7))))
    sizes = [Size(amount, kind.unit) for amount in sorted(amounts)]
    sizes += [
        Size(size.amount, size.unit, rng.choice((2, 3, 4, 6, 8, 12))) for size in sizes if _packed(size, rng)
    ]
    filler = rng.choice(words.fillers) if rng.random() < 0.15 else ""
    strength = brand.strength * rng.lognormvariate(0.0, 0.8)
    measured = [
        (_on_pack(brand, size), measures_of(size, kind.shape, kind.unit_g, kind.unit_ml)) for size in sizes
    ]
    for variant in variants:
        for size, measures in measured:
            if rng.random() < 0.85:
                title = _title(brand, {"line": line, "noun": kind.noun, "variant": variant}, filler, size)
                texts = (title, brand.name, kind.category, size)
                popularity = round(min(MAX_POPULARITY, strength / (1.0 - rng.random())), 2)
                yield texts, (*_nearly(measures, rng), popularity)


def _nearly(measures: tuple[float, float, float, float], rng: Random) -> tuple[float, float, float, float]:
    weight_g, *sides_mm = (round(measure * rng.uniform(0.99, 1.01), 1) for measure in measures)
    height_mm, width_mm, length_mm = sorted(sides_mm)
    return weight_g, length_mm, width_mm, height_mm


def _packed(size: Size, rng: Random) -> bool:
    return size.unit != "pcs" and rng.random() < 0.15


def _on_pack(brand: _Brand, size: Size) -> str:
    if brand.in_oz and size.unit != "pcs":
        return written(size, "oz" if size.unit == "g" else "fl oz", spaced=True)
    units = units_of(size)
    if size.unit == "pcs":
        return written(size, units[len(brand.name) % len(units)], brand.spaced)
    large = brand.largest_unit and size.amount >= 1000
    return written(size, units[1] if large else units[0], brand.spaced)


def _title(brand: _Brand, parts: dict[str, str], filler: str, size: str) -> str:
    text = brand.cased(" ".join(parts[name] for name in brand.order if parts[name]))
    named = f"{brand.name} {text}" if brand.names_itself else text
    with_size = f"{named} {size}" if brand.names_size else named
    return f"{with_size}, {filler}" if filler else with_size
