"""Simulated evidence: what a booth might see of a product that it knows, by chance and repeatable by seed.

It gives the learners their first experience, and the simulated booth its items. Nothing here is fitted to any
data that is scored; the rates stand in one table, each with its reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.domain.evidence import PartialCode, PrintedWord
from booth.domain.percept import FloatArray
from booth.domain.product import BarcodeRead, Product
from booth.identify.gtin import check_digit
from booth.identify.misreading import misread, mistyped, printed_words
from booth.ports.finding import VECTOR_SIZE, Query

Vectors = Callable[[Product], FloatArray]
"""Gives a product's reference embeddings, (R, 256) float32 of unit length."""

GOOD, PARTIAL, NONE, WRONG = STATES = ("good", "partial", "none", "wrong")
"""What a barcode may be."""
VIEWS = ("top", "left", "right")


@dataclass(frozen=True, slots=True)
class Rates:
    """How often what goes wrong; shares and probabilities 0..1, angles as cosines.

    Attributes:
        good: the code is read. On photos of codes 0.77 to 0.90 are read; in the booth it also faces away.
        partial: it is seen but smudged or torn, so that only some digits come out.
        wrong: another code is read: a sticker over it, a neighbour in the picture, a misread. Seldom, but
            frequent enough to be learnt from; the rest has no code in sight.
        wrong_known: share of the wrong codes that name another product of the catalogue.
        digit_lost: of each digit of a partial code; a smudge of about a third of its width.
        digit_misread: of each digit that is given; zxing-cpp and print readers confuse about one in fifty.
        words: a reader found words at all; the remaining items show a bare side, or it was too slow.
        typed: an associate typed something before the search, where a code was read …
        typed_without: … and where none was.
        embedding: something makes embeddings and the item was found in the picture.
        cosine: mean of a picture's cosine to the product's own reference, photo against iconic picture, …
        cosine_spread: … and its standard deviation.
        size: there is depth over the tray.
        size_noise_mm: a depth camera's error on an edge at a metre, plus …
        size_noise: … the share by which soft packs bulge and calibration is off.
        weight: there is a scale, and it stood still.
        weight_noise_g: a retail scale's division.
        weight_noise: the share by which net weights scatter.
        weight_off: the item is wet, opened, or in a bag: its weight says nothing.
        shortlist: the site knows the order or tote.
        shortlist_right: the item is on it; the rest were put in the wrong tote.
        shortlist_length: the longest one.
    """

    good: float = 0.55
    partial: float = 0.15
    wrong: float = 0.08
    wrong_known: float = 0.6
    digit_lost: float = 0.35
    digit_misread: float = 0.02
    words: float = 0.85
    typed: float = 0.03
    typed_without: float = 0.25
    embedding: float = 0.95
    cosine: float = 0.62
    cosine_spread: float = 0.14
    size: float = 0.7
    size_noise_mm: float = 3.0
    size_noise: float = 0.03
    weight: float = 0.7
    weight_noise_g: float = 2.0
    weight_noise: float = 0.02
    weight_off: float = 0.05
    shortlist: float = 0.25
    shortlist_right: float = 0.96
    shortlist_length: int = 12


RATES = Rates()


def corrupted(
    product: Product,
    rng: np.random.Generator,
    rates: Rates = RATES,
    vectors: Vectors | None = None,
    others: Sequence[Product] = (),
) -> Query:
    """What a booth might know of an item of this product; the same generator state gives the same answer.

    Args:
        vectors: the products' reference embeddings; None leaves embeddings away.
        others: further products of the catalogue: what is beside the item, on wrong stickers and on orders.
    """
    state = str(rng.choice(STATES, p=_shares(rates)))
    typed_rate = rates.typed if state == GOOD else rates.typed_without
    return Query(
        barcodes=_barcodes(product, state, rng, rates, others),
        partial_codes=_partial_codes(product, rng, rates) if state == PARTIAL else (),
        typed_text=mistyped(product, rng) if rng.random() < typed_rate else "",
        words=_words(product, rng, others) if rng.random() < rates.words else (),
        embeddings=_embeddings(product, rng, rates, vectors, others),
        size_mm=_size_mm(product, rng, rates) if rng.random() < rates.size else None,
        weight_g=_weight_g(product, rng, rates) if rng.random() < rates.weight else None,
        shortlist=_shortlist(product, rng, rates, others) if rng.random() < rates.shortlist else (),
    )


def barcode_state(query: Query, gtin: str) -> str:
    """Which of STATES the code of an item is in, its product being known."""
    read = {code.gtin for code in query.barcodes if code.gtin}
    if gtin in read:
        return GOOD
    if read:
        return WRONG
    return PARTIAL if query.partial_codes else NONE


def matched(gtin: str, candidates: Sequence[Product], rng: np.random.Generator) -> Mapping[str, float]:
    """Geometric fit of these products' references to an item whose product is `gtin`, 0..1.

    A product's own reference fits well in most pictures and not at all in some; its siblings share a logo;
    the rest fit by accident. The shares are guesses of the shape that SIFT with a homography gives.
    """
    own = next((candidate for candidate in candidates if candidate.gtin == gtin), None)
    return {candidate.gtin: _fit(candidate, gtin, own, rng) for candidate in candidates}


def _fit(candidate: Product, gtin: str, own: Product | None, rng: np.random.Generator) -> float:
    if candidate.gtin == gtin:
        return float(rng.beta(4, 3) if rng.random() < 0.85 else rng.beta(1, 12))
    sibling = own is not None and own.brand != "" and own.brand == candidate.brand
    return float(rng.beta(2, 6) if sibling else rng.beta(1, 25))


def seeded_vectors(seed: int = 0, family: float = 0.72) -> Vectors:
    """A reference embedding for each product, drawn by its name: siblings of one brand and category are near.

    Args:
        family: the cosine of two siblings is about the square of this.
    """
    spectrum = 1.0 / np.sqrt(np.arange(1, VECTOR_SIZE + 1))
    """Learnt embeddings use few directions much: their variance falls about as 1 over the rank."""

    def drawn(name: str) -> FloatArray:
        digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
        raw = np.random.default_rng(int.from_bytes(digest)).standard_normal(VECTOR_SIZE) * spectrum
        return np.asarray(raw / np.linalg.norm(raw), dtype=np.float32)

    def of(product: Product) -> FloatArray:
        mixed = family * drawn(f"{product.brand}/{product.category}")
        mixed = mixed + np.sqrt(1.0 - family**2) * drawn(product.gtin)
        return np.asarray(mixed / np.linalg.norm(mixed), dtype=np.float32)[None]

    return of


def _shares(rates: Rates) -> tuple[float, float, float, float]:
    return rates.good, rates.partial, 1.0 - rates.good - rates.partial - rates.wrong, rates.wrong


def _barcodes(
    product: Product, state: str, rng: np.random.Generator, rates: Rates, others: Sequence[Product]
) -> tuple[BarcodeRead, ...]:
    if state == GOOD:
        gtin, symbology = product.gtin, "EAN-13"
    elif state == WRONG:
        gtin, symbology = _wrong_gtin(product, rng, rates, others), "EAN-13"
    else:
        return ()
    seen_in = rng.permutation(len(VIEWS))[: 2 if rng.random() < 0.25 else 1]
    return tuple(BarcodeRead(VIEWS[view], symbology, gtin, gtin) for view in seen_in)


def _wrong_gtin(product: Product, rng: np.random.Generator, rates: Rates, others: Sequence[Product]) -> str:
    known = [other.gtin for other in _some(others, 4, rng) if other.gtin != product.gtin]
    if known and rng.random() < rates.wrong_known:
        return known[0]
    body = list(product.gtin[:12])
    for place in rng.choice(12, size=2, replace=False):
        body[place] = str((int(body[place]) + int(rng.integers(1, 10))) % 10)
    return "".join(body) + check_digit("".join(body))


def _partial_codes(product: Product, rng: np.random.Generator, rates: Rates) -> tuple[PartialCode, ...]:
    """A smudge hides neighbouring digits, and single ones are lost elsewhere."""
    hidden = rng.random(13) < rates.digit_lost / 3
    start = int(rng.integers(0, 13))
    hidden[start : start + int(rng.binomial(13, rates.digit_lost))] = True
    wrong = rng.random(13) < rates.digit_misread
    digits = [
        "?" if lost else str((int(digit) + int(rng.integers(1, 10))) % 10) if bad else digit
        for digit, lost, bad in zip(product.gtin, hidden, wrong, strict=True)
    ]
    given = 13 - int(hidden.sum())
    quality = float(np.clip((1.0 - rates.digit_misread) ** given + rng.normal(0.0, 0.08), 0.05, 1.0))
    source = "print" if rng.random() < 0.4 else "bars"
    return (PartialCode(VIEWS[0], "".join(digits), quality, source),) if given else ()


def _words(product: Product, rng: np.random.Generator, others: Sequence[Product]) -> tuple[PrintedWord, ...]:
    beside = _some(others, 1, rng)
    read = [misread(word, rng) for word in printed_words(product, beside[0] if beside else None, rng)]
    return tuple(
        PrintedWord(VIEWS[int(rng.integers(len(VIEWS)))], text, confidence)
        for text, confidence in read
        if text
    )


def _embeddings(
    product: Product,
    rng: np.random.Generator,
    rates: Rates,
    vectors: Vectors | None,
    others: Sequence[Product],
) -> FloatArray | None:
    """One row a view: the product's own reference, turned away towards a mixture of other products'.

    A mixture of others turns within the directions that the embedding uses, as real pictures do; isotropic
    noise in 256 dimensions would hardly ever confuse two products.
    """
    if vectors is None or rng.random() >= rates.embedding:
        return None
    references = vectors(product)
    if not len(references):
        return None
    own = references[int(rng.integers(len(references)))]
    cosine = float(np.clip(rng.normal(rates.cosine, rates.cosine_spread), 0.05, 0.98))
    away = _unit(rng.standard_normal(VECTOR_SIZE)) * 0.3
    for other in _some(others, 3, rng):
        away = away + _first(vectors(other)) * rng.choice((-1.0, 1.0))
    rows = [_turned(own, away, float(np.clip(cosine - gap, 0.02, 0.98)), rng) for gap in (0.0, 0.15)]
    return np.asarray(rows, dtype=np.float32)


def _turned(
    own: FloatArray, away: NDArray[np.float64], cosine: float,
    rng: np.random.Generator,
) -> FloatArray:  # fmt: skip
    """A unit vector at exactly this cosine to `own`, turned towards `away`."""
    towards = away + 0.3 * _unit(rng.standard_normal(VECTOR_SIZE))
    across = _unit(towards - own * float(towards @ own))
    return np.asarray(cosine * own + np.sqrt(1.0 - cosine**2) * across, dtype=np.float32)


def _unit(
    vector: NDArray[np.float64],
) -> NDArray[np.float64]:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


def _first(references: FloatArray) -> FloatArray:
    return references[0] if len(references) else np.zeros(VECTOR_SIZE, np.float32)


def _size_mm(product: Product, rng: np.random.Generator, rates: Rates) -> tuple[float, float, float] | None:
    sides = np.array([product.length_mm, product.width_mm, product.height_mm])
    if not (sides > 0).all():
        return None
    noisy = sides * rng.normal(1.0, rates.size_noise, 3) + rng.normal(0.0, rates.size_noise_mm, 3)
    long, middle, short = sorted(np.maximum(noisy, 1.0).tolist(), reverse=True)
    return long, middle, short


def _weight_g(product: Product, rng: np.random.Generator, rates: Rates) -> float | None:
    if product.weight_g <= 0:
        return None
    factor = rng.uniform(0.3, 1.8) if rng.random() < rates.weight_off else rng.normal(1.0, rates.weight_noise)
    return float(max(0.5, product.weight_g * factor + rng.normal(0.0, rates.weight_noise_g)))


def _shortlist(
    product: Product, rng: np.random.Generator, rates: Rates, others: Sequence[Product]
) -> tuple[str, ...]:
    expected = [other.gtin for other in _some(others, int(rng.integers(0, rates.shortlist_length)), rng)]
    if rng.random() < rates.shortlist_right:
        expected.append(product.gtin)
    unique = list(dict.fromkeys(expected))
    rng.shuffle(unique)
    return tuple(unique)


def _some(others: Sequence[Product], count: int, rng: np.random.Generator) -> list[Product]:
    """So many products, drawn with replacement: fast however many there are."""
    if not others or count <= 0:
        return []
    return [others[place] for place in rng.integers(0, len(others), count)]
