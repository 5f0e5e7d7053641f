"""Simulated items for the ranker's first experience: what the strategies find for corrupted evidence.

What the simulation cannot have is made up beside it: confirmations that memory would hold, pictures where the
catalogue has no embeddings, pictures that were compared, and items that are not in the catalogue at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Candidate, Product
from booth.identify.corruption import RATES, WRONG, Rates, Vectors, barcode_state, corrupted, matched
from booth.identify.gtin import check_digit
from booth.identify.ranker.features import table_of
from booth.identify.ranker.fit import Example
from booth.identify.understanding.queries import understood
from booth.ports.finding import CatalogueIndex, Query, Strategy, Understand

RETRIEVED = 100
LEVELS = (0, 10, 30, 100)
"""What a bandit may take of each strategy; the ranker must order whatever it took."""
ALWAYS = ("exact_gtin", "memory")
WRONG_CODES = 0.01
"""Share of the codes read that are another product's, where nobody has counted them: stickers over codes,
neighbours in the picture, misreads. It is assumed. The simulation has more of them, so each counts less."""
SECOND_LOOK = 0.5
"""Share of the items that are ordered with words and compared pictures, the rest before those are there."""
COMPARED = 5
STRANGERS = 0.06
"""Share of the items that the catalogue does not have: new ones, and a neighbour's. It is assumed."""
REMEMBERED = 0.35
"""Share of the items for whose evidence something was confirmed before."""
REMEMBERED_RIGHT = 0.93
_SYLLABLES = ("ka", "lo", "mi", "ren", "tas", "vu", "zel", "dor", "pi", "shan", "bru", "eck")


@dataclass(frozen=True, slots=True)
class World:
    """What items are simulated from.

    Attributes:
        pool: a sample of the catalogue: the items, and what lies beside them.
        vectors: the embeddings that the index has of these products; None where they cannot be had: then
            `made_up` are shown, and found among the pool and what the other strategies found.
        pictures: (P, 256) float32, the made-up embeddings of the pool.
    """

    index: CatalogueIndex
    strategies: Sequence[Strategy]
    pool: Sequence[Product]
    made_up: Vectors
    pictures: FloatArray
    vectors: Vectors | None = None
    understand: Understand | None = None
    rates: Rates = field(default=RATES)


def examples(world: World, rng: np.random.Generator, items: int) -> Iterator[Example]:
    """Simulated items, each with what was found for it; none of an empty catalogue. Raises: StoreError."""
    if not world.pool:
        return
    popular = np.log1p([max(0.0, product.popularity) for product in world.pool]) + 1.0
    shares = popular / popular.sum()
    for _ in range(items):
        product = world.pool[int(rng.choice(len(world.pool), p=shares))]
        if rng.random() < STRANGERS:
            product = stranger(world.pool, product, rng)
        yield example(world, product, rng)


def example(world: World, product: Product, rng: np.random.Generator) -> Example:
    """One simulated item of this product. Raises: StoreError."""
    query, retrieved, products = simulated(world, product, rng)
    state = barcode_state(query, product.gtin)
    return Example(
        table_of(query, retrieved, products), product.gtin, state, natural_weight(state, world.rates)
    )


def simulated(
    world: World, product: Product, rng: np.random.Generator
) -> tuple[Query, dict[str, Sequence[Candidate]], dict[str, Product]]:
    """The evidence of one item, what a random slate took for it, and these products. Raises: StoreError."""
    query = corrupted(product, rng, world.rates, world.vectors or world.made_up, world.pool)
    second = rng.random() < SECOND_LOOK
    query = query if second else replace(query, words=())
    if world.understand is not None:
        query = understood(query, world.understand)
    retrieved = _retrieved(world, query, product, rng)
    gtins = dict.fromkeys(each.gtin for given in retrieved.values() for each in given)
    products = {each.gtin: each for each in world.index.get(list(gtins))}
    if world.vectors is None and query.embeddings is not None and "image" in retrieved:
        retrieved["image"] = _seen_alike(world, query, products)[: _level(rng)]
        found = {candidate.gtin for candidate in retrieved["image"]}
        products |= {each.gtin: each for each in world.pool if each.gtin in found}
    if second:
        query = replace(query, matched=_compared(query, product, retrieved, products, rng))
    return query, retrieved, products


def natural_weight(state: str, rates: Rates) -> float:
    """How much an item counts so that wrong codes are as frequent as WRONG_CODES says."""
    if state != WRONG:
        return 1.0
    return min(1.0, WRONG_CODES * rates.good / max(1e-9, rates.wrong * (1.0 - WRONG_CODES)))


def stranger(pool: Sequence[Product], like: Product, rng: np.random.Generator) -> Product:
    """A product that the catalogue does not have: some of another's words, its own number and measures."""
    words = like.title.split()
    kept = [word for word in words if rng.random() < 0.4]
    made = ["".join(rng.choice(_SYLLABLES, size=2)) for _ in range(max(1, len(words) - len(kept)))]
    other = pool[int(rng.integers(len(pool)))]
    body = "21" + "".join(str(digit) for digit in rng.integers(0, 10, 10))
    scale = float(rng.uniform(0.4, 2.5))
    return replace(
        like,
        gtin=body + check_digit(body),
        title=" ".join([*kept, *made]),
        brand=like.brand if rng.random() < 0.4 else "".join(rng.choice(_SYLLABLES, size=3)),
        size=other.size,
        weight_g=like.weight_g * scale,
        height_mm=like.height_mm * scale ** (1 / 3),
    )


def _retrieved(
    world: World, query: Query, product: Product, rng: np.random.Generator
) -> dict[str, Sequence[Candidate]]:
    """What a random slate took; stage 0 always runs."""
    taken: dict[str, Sequence[Candidate]] = {}
    for strategy in world.strategies:
        name = strategy.name
        if name == "memory":
            taken[name] = _remembered(world, product, rng)
            continue
        level = RETRIEVED if name in ALWAYS else _level(rng)
        if level and name == "image" and world.vectors is None:
            taken[name] = []  # found among made-up pictures, once the others' products are known
        elif level:
            taken[name] = strategy.propose(query, RETRIEVED)[:level]
    return taken


def _level(rng: np.random.Generator) -> int:
    return LEVELS[int(rng.integers(len(LEVELS)))]


def _remembered(world: World, product: Product, rng: np.random.Generator) -> Sequence[Candidate]:
    if rng.random() >= REMEMBERED:
        return []
    others = [
        world.pool[int(place)].gtin for place in rng.integers(0, len(world.pool), int(rng.integers(0, 3)))
    ]
    known = world.index.by_gtin(product.gtin) is not None
    right = known and rng.random() < REMEMBERED_RIGHT
    first = product.gtin if right else world.pool[int(rng.integers(len(world.pool)))].gtin
    best = float(rng.beta(4, 2) if right else rng.beta(2, 4))
    gtins = dict.fromkeys([first, *others])
    return [Candidate(gtin, best / (1 + place) ** 2, "memory") for place, gtin in enumerate(gtins)]


def _seen_alike(world: World, query: Query, products: Mapping[str, Product]) -> Sequence[Candidate]:
    """By made-up pictures, the best cosine of each product first."""
    beside = list(products.values())
    others = [world.made_up(product) for product in beside]
    references = np.concatenate([world.pictures, *others])
    gtins = [product.gtin for product in (*world.pool, *beside)]
    cosines = (references @ np.asarray(query.embeddings).T).max(axis=1)
    best: dict[str, float] = {}
    for place in np.argsort(-cosines)[: 2 * RETRIEVED]:
        best.setdefault(gtins[place], float(cosines[place]))
    return [Candidate(gtin, cosine, "image") for gtin, cosine in list(best.items())[:RETRIEVED]]


def _compared(
    query: Query,
    product: Product,
    retrieved: Mapping[str, Sequence[Candidate]],
    products: Mapping[str, Product],
    rng: np.random.Generator,
) -> Mapping[str, float]:
    """The first few of each strategy are compared, as far as the catalogue has pictures of them."""
    if query.embeddings is None:
        return {}
    firsts = dict.fromkeys(each.gtin for given in retrieved.values() for each in given[:2])
    return matched(product.gtin, [products[gtin] for gtin in firsts if gtin in products][:COMPARED], rng)
