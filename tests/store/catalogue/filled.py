"""A small catalogue with everything in it, and what every kind of search of it gives."""

from __future__ import annotations

from pathlib import Path

from booth.store.catalogue.embedded import Catalogue
from booth.store.catalogue.generations import CURRENT
from tests.contract.products import COFFEE, PRODUCTS, TEA, directions


def filled(folder: Path, many: int = 20_000) -> Catalogue:
    """The products and pictures of the contract suite; where `many` is few, in sealed arrays."""
    made = Catalogue(folder, recheck_s=0.0, many=many)
    made.upsert(PRODUCTS)
    made.upsert_vectors([(TEA.gtin, directions(0.0, 0.5)), (COFFEE.gtin, directions(2.0))])
    return made


def generation(folder: Path) -> Path:
    """The folder of the generation in force."""
    return folder / (folder / CURRENT).read_text()


def answers(catalogue: Catalogue) -> list[object]:
    """One of every kind of search."""
    return [
        catalogue.count(),
        catalogue.get([TEA.gtin, COFFEE.gtin]),
        [hit.gtin for hit in catalogue.by_text("lavazza", 10)],
        [(hit.gtin, round(hit.score, 3)) for hit in catalogue.by_vector(directions(0.1), 10)],
        catalogue.by_gtin_mask("?" * 13, 10),
        catalogue.by_ranges({"weight_g": (100, 600)}, 10),
        catalogue.values("brand"),
    ]
