"""What each catalogue index costs, one question at a time: the same products and questions for each engine.

`python -m tests.bench_remote_index` prints the figures as JSON. Remote engines run on this machine: these are
the figures of the engine, without a network between. Of Qdrant there is the client's local mode alone, which
compares every point in Python: its figures say nothing of a server's.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from booth.domain.product import Product
from booth.evaluate.finding.synthetic.catalogue import products
from booth.evaluate.finding.synthetic.queries import queries
from booth.ports.finding import VECTOR_SIZE, CatalogueIndex
from tests.contract.engines import ENGINES

PRODUCTS = 10_000
QUESTIONS = 200
SEED = 2_026
LIMIT = 100
USUAL = ("embedded", "postgres")
FEWER = {"qdrant": 10}
"""Questions at most, for an engine that takes seconds for each."""

Question = Callable[[CatalogueIndex], Any]


def remote_index_costs(
    engines: Sequence[str] = USUAL, count: int = PRODUCTS, questions: int = QUESTIONS
) -> dict[str, Any]:
    """Seconds to import, and milliseconds of each kind of question, for each engine."""
    catalogue = list(products(count, SEED))
    typed = queries(catalogue, SEED)[:questions]
    return {
        "products": count,
        **{name: _costs_of(name, catalogue, typed[: FEWER.get(name)]) for name in engines},
    }


def _costs_of(name: str, catalogue: Sequence[Product], typed: Sequence[tuple[str, str]]) -> dict[str, Any]:
    embeddings = np.random.default_rng(SEED).normal(size=(len(catalogue), 1, VECTOR_SIZE)).astype(np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=-1, keepdims=True)
    with tempfile.TemporaryDirectory() as folder, ENGINES[name](Path(folder)) as index:
        imported_s = _seconds(lambda: index.upsert(catalogue))
        pictured_s = _seconds(
            lambda: index.upsert_vectors(zip((p.gtin for p in catalogue), embeddings, strict=True))
        )
        rng = Random(SEED)
        asked = [(rng.choice(catalogue), rng.randrange(len(catalogue))) for _ in typed]
        kinds: dict[str, list[Question]] = {
            "gtin": [_by_gtin(product) for product, _ in asked],
            "get_100": [_get(rng.sample(catalogue, LIMIT)) for _ in asked],
            "mask": [_by_mask(product, rng) for product, _ in asked],
            "text": [_by_text(text) for text, _ in typed],
            "vector": [_by_vector(embeddings[at]) for _, at in asked],
            "ranges": [_by_ranges(product) for product, _ in asked],
        }
        figures = {kind: _figures(index, asking) for kind, asking in kinds.items()}
        text = _found(index, typed)
    return {
        "questions": len(typed),
        "import_s": round(imported_s, 2),
        "import_vectors_s": round(pictured_s, 2),
        **figures,
        "text_found": text,
    }


def _found(index: CatalogueIndex, typed: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """How often the product that was meant is among the first."""
    ranks = []
    for text, gtin in typed:
        numbers = [hit.gtin for hit in index.by_text(text, LIMIT)]
        ranks.append(numbers.index(gtin) + 1 if gtin in numbers else LIMIT + 1)
    within = {f"r@{k}": round(sum(rank <= k for rank in ranks) / len(ranks), 3) for k in (1, 10, LIMIT)}
    return {
        "n": len(typed),
        **within,
        "mrr": round(float(np.mean([rank <= LIMIT and 1 / rank for rank in ranks])), 3),
    }


def _figures(index: CatalogueIndex, questions: Sequence[Question]) -> dict[str, float]:
    questions[0](index)
    times_ms = [1_000 * _seconds(partial(question, index)) for question in questions]
    p50, p95 = np.percentile(times_ms, [50, 95])
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}


def _seconds(call: Callable[[], Any]) -> float:
    start_s = time.perf_counter()
    call()
    return time.perf_counter() - start_s


def _by_gtin(product: Product) -> Question:
    return lambda index: index.by_gtin(product.gtin)


def _get(wanted: Sequence[Product]) -> Question:
    return lambda index: index.get([product.gtin for product in wanted])


def _by_mask(product: Product, rng: Random) -> Question:
    missing = set(rng.sample(range(len(product.gtin)), 4))
    mask = "".join("?" if place in missing else digit for place, digit in enumerate(product.gtin))
    return lambda index: index.by_gtin_mask(mask, LIMIT)


def _by_text(text: str) -> Question:
    return lambda index: index.by_text(text, LIMIT)


def _by_vector(rows: np.ndarray[Any, np.dtype[np.float32]]) -> Question:
    return lambda index: index.by_vector(rows, LIMIT)


def _by_ranges(product: Product) -> Question:
    ranges = {
        name: (0.9 * getattr(product, name), 1.1 * getattr(product, name))
        for name in ("weight_g", "length_mm")
    }
    return lambda index: index.by_ranges(ranges, LIMIT)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", nargs="+", default=USUAL, choices=list(ENGINES))
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    arguments = parser.parse_args()
    json.dump(
        remote_index_costs(arguments.engines, arguments.products, arguments.questions), sys.stdout, indent=2
    )
    print()


if __name__ == "__main__":
    main()
