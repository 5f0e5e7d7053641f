"""How well embeddings find the product: recall at 1 and 5 among iconic pictures, and between booth views."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.training.features import Features

FloatArray = NDArray[np.float32]


def recall(features: Features, rows: FloatArray) -> dict[str, float]:
    """Photos against all iconic pictures, siblings included, by cosine; `rows` (N, 256) of all pictures."""
    iconic, photos = (np.flatnonzero(features.kind == kind) for kind in ("iconic", "photo"))
    ranks = _ranks(rows[photos] @ rows[iconic].T, features.product[photos], features.product[iconic])
    close = rows[photos] @ rows[iconic].T
    best = features.family[iconic][close.argmax(axis=1)] == features.family[photos]
    return {
        "n": len(photos), "products": len(iconic), "r@1": float((ranks < 1).mean()),
        "r@5": float((ranks < 5).mean()), "r@10": float((ranks < 10).mean()), "family@1": float(best.mean()),
    }  # fmt: skip


def booth_recall(features: Features, rows: FloatArray, views: int) -> dict[str, float]:
    """A second placement's item, by its views, among the first placements of all products.

    The score of a product is the mean over the query's views of the nearest of the product's views.
    """
    products = np.unique(features.product)
    by_product = rows.reshape(len(products), -1, views, rows.shape[1])
    first, second = by_product[:, 0], by_product[:, 1]
    score = np.einsum("qvd,pwd->qpvw", second, first).max(axis=3).mean(axis=2)
    ranks = _ranks(score, products, products)
    return {
        "n": len(products), "r@1": float((ranks < 1).mean()), "r@5": float((ranks < 5).mean()),
    }  # fmt: skip


def _ranks(score: FloatArray, wanted: NDArray[np.int64], found: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many other products score higher than the wanted one."""
    own = np.where(wanted[:, None] == found[None], score, -2).max(axis=1)
    return np.asarray((score > own[:, None]).sum(axis=1), np.int64)
