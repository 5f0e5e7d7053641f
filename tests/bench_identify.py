"""`make bench`: what finding a product costs among 10,000 and 1,000,000, from ready evidence, on one core."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from booth import plugins
from booth.config import IdentifySection
from booth.domain.evidence import Understood
from booth.domain.percept import FloatArray
from booth.domain.picture import Frame, View
from booth.domain.product import Product
from booth.evaluate.finding.synthetic.catalogue import products
from booth.identify.bandit import cold_start as bandit_cold_start
from booth.identify.barcodes import read_codes
from booth.identify.corruption import corrupted, seeded_vectors
from booth.identify.finder import Learnt, SlateFinder
from booth.identify.memory import Memory
from booth.identify.ranker import cold_start as ranker_cold_start
from booth.identify.sampling import sampled
from booth.identify.understanding.understanding import Understanding
from booth.ports.finding import CatalogueIndex, Hit, Query, Sources
from booth.ports.scene import ItemWish
from booth.store.catalogue.embedded import index as embedded
from models import matching, words
from models.embedding import Embedder
from models.synthetic.scene import scene as synthetic_scene
from models.trunk import Trunk

SMALL = 10_000
QUERIES = 400
WARM_UP = 20
VECTOR_BATCH = 50_000
Answer = TypeVar("Answer")


class Timed:
    """A CatalogueIndex that notes how long its own calls take, those of one query together."""

    def __init__(self, index: CatalogueIndex) -> None:
        self._index = index
        self.spent_s = 0.0
        self.spent_cpu_s = 0.0

    @property
    def snapshot(self) -> str:
        return self._timed(lambda: self._index.snapshot)

    def count(self) -> int:
        return self._timed(self._index.count)

    def by_gtin(self, gtin: str) -> Product | None:
        return self._timed(lambda: self._index.by_gtin(gtin))

    def get(self, gtins: Sequence[str]) -> Sequence[Product]:
        return self._timed(lambda: self._index.get(gtins))

    def values(self, name: str) -> Mapping[str, int]:
        return self._timed(lambda: self._index.values(name))

    def by_gtin_mask(self, mask: str, limit: int) -> Sequence[Hit]:
        return self._timed(lambda: self._index.by_gtin_mask(mask, limit))

    def by_text(self, text: str, limit: int, understood: Sequence[Understood] = ()) -> Sequence[Hit]:
        return self._timed(lambda: self._index.by_text(text, limit, understood))

    def by_vector(self, embeddings: FloatArray, limit: int) -> Sequence[Hit]:
        return self._timed(lambda: self._index.by_vector(embeddings, limit))

    def by_ranges(self, ranges: Mapping[str, tuple[float, float]], limit: int) -> Sequence[Hit]:
        return self._timed(lambda: self._index.by_ranges(ranges, limit))

    def upsert(self, products: Iterable[Product]) -> int:
        return self._index.upsert(products)

    def upsert_vectors(self, vectors: Iterable[tuple[str, FloatArray]]) -> int:
        return self._index.upsert_vectors(vectors)

    def close(self) -> None:
        self._index.close()

    def _timed(self, call: Callable[[], Answer]) -> Answer:
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        answer = call()
        self.spent_s += time.perf_counter() - start_s
        self.spent_cpu_s += time.process_time() - start_cpu_s
        return answer


def identify_costs(sizes: Sequence[int], queries: int = QUERIES) -> dict[str, Any]:
    """p50 and p95 of a whole search and of its bare index calls, by the size of the catalogue.

    CPU time is what one core alone would take; by the clock a busy machine adds its waiting.
    """
    costs: dict[str, Any] = {str(size): _costs(size, queries) for size in sizes}
    smallest, largest = costs[str(sizes[0])], costs[str(sizes[-1])]
    costs["largest_over_smallest_cpu_p95"] = round(largest["cpu_p95_ms"] / smallest["cpu_p95_ms"], 2)
    return costs


def _costs(size: int, queries: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder, threadpool_limits(1):
        index = embedded(Path(folder), {})
        start_s = time.perf_counter()
        index.upsert(products(size, seed=11))
        built_s = time.perf_counter() - start_s
        _index_vectors(index, size)
        indexed_s = time.perf_counter() - start_s - built_s
        timed = Timed(index)
        finder, asked = _finder(timed, queries)
        times = np.array(list(_times(finder, timed, asked)))
        index.close()
    named = dict(zip(("", "cpu_", "index_", "index_cpu_"), times.T, strict=True))
    return {
        "n": len(times),
        **{f"{name}p50_ms": round(float(np.percentile(each, 50)), 2) for name, each in named.items()},
        **{f"{name}p95_ms": round(float(np.percentile(each, 95)), 2) for name, each in named.items()},
        "ratio": round(float(named["cpu_"].sum() / named["index_cpu_"].sum()), 2),
        "products_s": round(built_s, 1),
        "vectors_s": round(indexed_s, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _index_vectors(index: CatalogueIndex, size: int) -> None:
    """One embedding for each product; siblings near each other."""
    vectors = seeded_vectors()

    def rows() -> Iterator[tuple[str, FloatArray]]:
        for product in products(size, seed=11):
            yield product.gtin, vectors(product)

    index.upsert_vectors(rows())


def _finder(index: Timed, queries: int) -> tuple[SlateFinder, list[Query]]:
    rng, vectors = np.random.default_rng(3), seeded_vectors()
    understanding = Understanding(index)
    sources = Sources(index, Memory())
    strategies = [plugins.load("booth.strategies", name)(sources) for name in IdentifySection().strategies]
    sample = sampled(index, rng, queries + WARM_UP + 100)
    fitted = ranker_cold_start.cold_start(
        index, strategies, rng, 1_000, vectors=vectors, understand=understanding.of
    )
    bandit = bandit_cold_start.cold_start(
        index, strategies, sample, rng, understand=understanding.of, vectors=vectors, items=300
    )
    learnt = Learnt(bandit, fitted.ranker, fitted.ranker.limit)
    finder = SlateFinder(index, strategies, understanding.of, lambda: learnt, seed=0)
    others = sample[-100:]
    asked = [corrupted(each, rng, vectors=vectors, others=others) for each in sample[: queries + WARM_UP]]
    return finder, asked


def _times(
    finder: SlateFinder, index: Timed, asked: Sequence[Query]
) -> Iterator[tuple[float, float, float, float]]:
    """Of each query after the warm-up, in ms: all of it, by the clock and in CPU time; its index calls."""
    for number, query in enumerate(asked):
        index.spent_s = index.spent_cpu_s = 0.0
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        finder.find(query)
        took_s, took_cpu_s = time.perf_counter() - start_s, time.process_time() - start_cpu_s
        if number >= WARM_UP:
            yield took_s * 1e3, took_cpu_s * 1e3, index.spent_s * 1e3, index.spent_cpu_s * 1e3


def evidence_costs(views: int = 10) -> dict[str, float]:
    """What comes before a search, in CPU ms: for each view, and for each pair of pictures compared."""
    scene = synthetic_scene({"cameras": 2, "products": 2})
    (product, *_), cameras = scene.products, list(scene.calibration.cameras)
    rgbs = []
    for seed in range(views // len(cameras)):
        scene.place(ItemWish(seed, product.gtin))
        rgbs += [scene.look(camera).rgb for camera in cameras]
    seen = [View(f"v{number}", Frame("v", rgb, None, 0, number)) for number, rgb in enumerate(rgbs)]
    trunk, embedder, reader, matcher = Trunk(), Embedder(), words.reader({}), matching.matcher({})
    stages = trunk.all_stages(rgbs[0])
    points = [matcher.describe(rgb) for rgb in rgbs]
    return {
        "codes_ms": _cpu_ms(lambda view: read_codes([view]), seen),
        "trunk_ms": _cpu_ms(trunk.all_stages, rgbs),
        "embedding_ms": _cpu_ms(lambda rgb: embedder.embed(stages, rgb), rgbs),
        "words_ms": _cpu_ms(lambda view: reader.read([view]), seen),
        "points_ms": _cpu_ms(matcher.describe, rgbs),
        "pair_ms": _cpu_ms(lambda other: matcher.fit(points[0], other), points[1:]),
    }


def _cpu_ms(do: Callable[[Any], object], each: Sequence[Any]) -> float:
    """The median CPU time of one call, all threads together; the first one warms up."""
    do(each[0])
    took_ms = []
    for one in each:
        start_s = time.process_time()
        do(one)
        took_ms.append((time.process_time() - start_s) * 1e3)
    return round(float(np.median(took_ms)), 2)
