"""What the contract suite of the catalogue indexes puts in, and how it reads what comes out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.ports.finding import VECTOR_SIZE, CatalogueIndex, Hit

TEA = Product(
    "4006381333931", "Grüner Tee", "Müller", "Getränke > Tee", "100 g", 112.0, 120.0, 60.0, 40.0, 5.0,
    {"colour": "grün"},
)  # fmt: skip
TEAPOT = Product("4006381333948", "Teapot of glass", "Bodum", "Kitchen", "1 l", 800.0, popularity=1.0)
COFFEE = Product(
    "5901234123457", "Coffee beans", "Lavazza", "Drinks", "500 g", 512.0, 200.0, 90.0, 60.0, 90.0
)
UPC = Product("0036602301467", "Cough drops", "Ricola", "Health", "45 g", 50.0, popularity=2.0)
PRODUCTS = (TEA, TEAPOT, COFFEE, UPC)


def directions(*angles: float) -> FloatArray:
    """(R, 256) vectors of unit length in one plane, whose cosines are those of their angles' differences."""
    plane = np.random.default_rng(7).normal(size=(2, VECTOR_SIZE))
    axes = np.linalg.qr(plane.T)[0].T
    made: FloatArray = (np.stack([np.cos(angles), np.sin(angles)], 1) @ axes).astype(np.float32)
    return made


def numbers(found: Sequence[Hit]) -> list[str]:
    return [hit.gtin for hit in found]


def titles(index: CatalogueIndex, found: Sequence[Hit]) -> list[str]:
    products = index.get([hit.gtin for hit in found])
    assert len(products) == len(found)
    return [product.title for product in products]
