"""When the booth settles on a product by itself, and when it asks because code and other evidence disagree.

A code says one product. Pictures, words, size and weight are each asked whether they fit another candidate
clearly better than the code's; where they do, the code is not trusted, and the doubt names both. A code that
nothing speaks against settles its product, also where there is no other evidence at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from booth.domain.product import NO_PRODUCT, BarcodeRead, Product
from booth.identify.ranker.ranker import Ranking
from booth.ports.finding import Query

WEAK_SYMBOLOGY = "UPC-E"
"""Its check digit is coded in parity alone and it has no middle guard: it is misread out of longer codes."""
CODE_IS_RIGHT = 0.99
"""How sure a code is that was read well and that nothing speaks against; see WRONG_CODES of the ranker's
simulation, which is the rest."""
CODE_SUPPORTED = 0.95
"""From this confidence on a code whose product comes first is settled though something speaks against it: an
opened or wet item, a picture that fits badly. One code in twenty is so contested, most of them right."""
MIN_CODE_QUALITY = 0.5
"""A code read worse than this neither settles nor speaks against another."""
REMEMBERED = 0.6
"""What people confirmed for this very code outweighs it from this probability on."""
DISTRUST = 0.5
"""Below this confidence in the code's own product, it is more probable to be another."""
MEASURED_OFF = 0.25
"""A weight or size this far off, as a natural logarithm, is another product's: 28 %, several times what
scales and depth cameras err by."""
CLEARLY = {"pictures": 0.15, "words": 0.25, "typed words": 0.25}
"""How much better another candidate must fit by each kind of evidence, on their scales of 0..1."""
MAX_NAME = 60

Row = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Settled:
    """The product settled on, or empty: then the associate is asked.

    Attributes:
        doubt: why a code that was read is not trusted, in one sentence, or empty.
    """

    gtin: str
    doubt: str = ""


def settle(query: Query, ranking: Ranking, products: Mapping[str, Product], limit: float) -> Settled:
    """Settle where the confidence is at or above the limit and no code speaks against it; else say why not.

    May be asked again with more evidence, which can take back what was settled before.

    Args:
        limit: 0..1, the confidence that settles without a code; above 1 nothing is settled so.
    """
    codes = _codes(query.barcodes)
    known = [gtin for gtin in codes if gtin in ranking.table.gtins]
    if not ranking.candidates:
        return Settled(NO_PRODUCT)
    first = ranking.candidates[0].gtin
    if not codes:
        return Settled(first if ranking.confidence >= limit else NO_PRODUCT)
    if len(known) > 1:
        return Settled(NO_PRODUCT, _two_codes(known, products))
    if not known:
        return _unknown_code(codes, query.barcodes, first, ranking, products, limit)
    return _known_code(known[0], codes[known[0]], query.barcodes, ranking, products, limit)


def against(code: Row, other: Row) -> tuple[str, ...]:
    """The kinds of evidence that fit another candidate clearly better than the code's, by their features."""
    kinds = []
    if _pictures(other) - _pictures(code) >= CLEARLY["pictures"]:
        kinds.append("picture")
    if other["printed_cover"] - code["printed_cover"] >= CLEARLY["words"]:
        kinds.append("words")
    if other["typed_cover"] - code["typed_cover"] >= CLEARLY["typed words"]:
        kinds.append("what was typed")
    if code["size_off"] >= MEASURED_OFF and 0 <= other["size_off"] < MEASURED_OFF / 2:
        kinds.append("size")
    if code["weight_off"] >= MEASURED_OFF and 0 <= other["weight_off"] < MEASURED_OFF / 2:
        kinds.append("weight")
    return tuple(kinds)


def _known_code(
    gtin: str,
    quality: float,
    barcodes: Sequence[BarcodeRead],
    ranking: Ranking,
    products: Mapping[str, Product],
    limit: float,
) -> Settled:
    first = ranking.candidates[0].gtin
    code = ranking.table.row(gtin)
    if _others(barcodes, gtin):
        strange = next(iter(_others(barcodes, gtin)))
        return Settled(NO_PRODUCT, f"one code says {_name(products[gtin])}, another ({strange}) is not known")
    rival = _rival(gtin, ranking)
    kinds = against(code, ranking.table.row(rival)) if rival else ()
    enough = min(limit, CODE_SUPPORTED)
    if first != gtin or (kinds and ranking.confidence < enough):
        return Settled(NO_PRODUCT, _contradicted(gtin, rival, kinds, products))
    alone = not kinds and not _off(code)
    confidence = max(ranking.confidence, CODE_IS_RIGHT * quality) if alone else ranking.confidence
    if confidence >= enough:
        return Settled(gtin)
    return Settled(NO_PRODUCT, _unfitting(products[gtin], code))


def _unknown_code(
    codes: Mapping[str, float],
    barcodes: Sequence[BarcodeRead],
    first: str,
    ranking: Ranking,
    products: Mapping[str, Product],
    limit: float,
) -> Settled:
    strong = [gtin for gtin in codes if gtin in _others(barcodes, first)]
    remembered = ranking.table.row(first).get("memory_score", 0.0) >= REMEMBERED
    if ranking.confidence >= limit and (remembered or not strong):
        return Settled(first)
    if not strong or ranking.confidence < DISTRUST:
        return Settled(NO_PRODUCT)
    said = f"the code {strong[0]} is not in the catalogue; the other evidence says {_name(products[first])}"
    return Settled(NO_PRODUCT, said)


def _codes(barcodes: Sequence[BarcodeRead]) -> dict[str, float]:
    """GTINs read well enough, and how well."""
    read: dict[str, float] = {}
    for code in barcodes:
        if code.gtin and code.quality >= MIN_CODE_QUALITY:
            read[code.gtin] = max(read.get(code.gtin, 0.0), code.quality)
    return read


def _others(barcodes: Sequence[BarcodeRead], gtin: str) -> dict[str, None]:
    """Codes that say another number; a UPC-E may be a misread part of the longer code."""
    read = (code for code in barcodes if code.quality >= MIN_CODE_QUALITY and code.gtin)
    return dict.fromkeys(code.gtin for code in read if code.gtin != gtin and code.symbology != WEAK_SYMBOLOGY)


def _rival(gtin: str, ranking: Ranking) -> str:
    """The best candidate besides the code's."""
    return next((candidate.gtin for candidate in ranking.candidates if candidate.gtin != gtin), "")


def _off(row: Row) -> tuple[str, ...]:
    return tuple(kind for kind in ("weight", "size") if row[f"{kind}_off"] >= MEASURED_OFF)


def _pictures(row: Row) -> float:
    """How well pictures fit: point by point where they were compared, else by their embeddings."""
    return row["matched"] if row["matched"] >= 0 else row["image_score"]


def _two_codes(gtins: Sequence[str], products: Mapping[str, Product]) -> str:
    return f"one code says {_name(products[gtins[0]])}, another says {_name(products[gtins[1]])}"


def _contradicted(gtin: str, rival: str, kinds: Sequence[str], products: Mapping[str, Product]) -> str:
    said = _listed(kinds) or "the other evidence"
    verb = "say" if len(kinds) > 1 or kinds == ("words",) else "says"
    return f"the code says {_name(products[gtin])}; {said} {verb} {_name(products[rival])}"


def _unfitting(product: Product, row: Row) -> str:
    said = _listed(_off(row)) or "the other evidence"
    verb = "do" if len(_off(row)) > 1 else "does"
    return f"the code says {_name(product)}; {said} {verb} not fit it"


def _listed(kinds: Sequence[str]) -> str:
    """`picture, words and weight`."""
    return " and ".join(filter(None, (", ".join(kinds[:-1]), *kinds[-1:])))


def _name(product: Product) -> str:
    """Title and size, as a person knows the product; the number tells twins apart only where it must."""
    title = product.title[:MAX_NAME]
    return title if not product.size or product.size.lower() in title.lower() else f"{title} {product.size}"
