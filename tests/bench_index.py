"""`make bench`: what the embedded catalogue costs to build, to change and to search, at two sizes.

The embeddings are made up: families of near duplicates on a spectrum that falls as 1/sqrt(i), which random
directions would not resemble. Searches run in a process of their own, so that its memory is a booth's.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from booth.domain.percept import FloatArray
from booth.domain.product import Product
from booth.evaluate.finding.synthetic.catalogue import products
from booth.ports.finding import VECTOR_SIZE
from booth.store.catalogue.embedded import Catalogue

SIZES = (10_000, 1_000_000)
CHANGES = 10_000
ROUNDS = 200
SEED = 5
FAMILY = 10


def index_costs(sizes: tuple[int, ...] = SIZES, folder: Path | None = None) -> dict[str, Any]:
    """Costs by size, in seconds to build and change, in ms to search."""
    with TemporaryDirectory(dir=folder) as scratch:
        return {str(size): _costs(size, Path(scratch) / str(size)) for size in sizes}


def _costs(size: int, folder: Path) -> dict[str, Any]:
    built = _in_a_process("build", folder, size)
    searched = _in_a_process("search", folder, size)
    return {**built, **searched}


def _in_a_process(what: str, folder: Path, size: int) -> dict[str, Any]:
    command = [sys.executable, "-m", __spec__.name, what, str(folder), str(size)]
    one_core = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, **one_core})
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def build(folder: Path, size: int) -> dict[str, Any]:
    """Fill an index, then change some of it."""
    catalogue = Catalogue(folder)
    found: dict[str, Any] = {}
    found["products_s"] = _seconds(lambda: catalogue.upsert(products(size, SEED)))
    gtins = [hit.gtin for hit in catalogue.by_gtin_mask("?" * 13, size)]
    found["vectors_s"] = _seconds(lambda: catalogue.upsert_vectors(_vectors(gtins)))
    changed = [_renamed(product) for product in catalogue.get(gtins[-CHANGES:])]
    found["changes_s"] = _seconds(lambda: catalogue.upsert(changed))
    found["change_one_s"] = _seconds(lambda: catalogue.upsert(changed[:1]))
    found["vector_changes_s"] = _seconds(lambda: catalogue.upsert_vectors(_vectors(gtins[:CHANGES])))
    found["check_s"] = _seconds(catalogue.check)
    catalogue.close()
    found["build_peak_mb"] = _peak_mb()
    found["disk_mb"] = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 2**20
    return found


def search(folder: Path, size: int) -> dict[str, Any]:
    """Open it, and search in every way."""
    started = time.perf_counter()
    catalogue = Catalogue(folder)
    found: dict[str, Any] = {"open_s": round(time.perf_counter() - started, 2)}
    rng = np.random.default_rng(1)
    gtins = [hit.gtin for hit in catalogue.by_gtin_mask("?" * 13, size)]
    sought = [catalogue.get([gtins[row]])[0] for row in rng.integers(0, len(gtins), ROUNDS)]
    pictures = iter(_directions(ROUNDS * 4, rng).reshape(ROUNDS, 4, VECTOR_SIZE))
    views = iter(_directions(ROUNDS * 4, rng).reshape(ROUNDS, 4, VECTOR_SIZE))
    many = iter(rng.integers(0, len(gtins), (ROUNDS, 300)))
    calls: dict[str, Callable[[Product], object]] = {
        "snapshot": lambda product: catalogue.snapshot,
        "by_gtin": lambda product: catalogue.by_gtin(product.gtin),
        "get_300": lambda product: catalogue.get([gtins[row] for row in next(many)]),
        "values": lambda product: catalogue.values("brand"),
        "by_gtin_mask": lambda product: catalogue.by_gtin_mask(
            "?" + product.gtin[1:7] + "???" + "?" * 3, 100
        ),
        "by_ranges": lambda product: catalogue.by_ranges(_near(product), 100),
        "by_vector": lambda product: catalogue.by_vector(next(pictures)[:1], 100),
        "by_vector_4": lambda product: catalogue.by_vector(next(views), 100),
        "by_text": lambda product: catalogue.by_text(product.title, 100),
    }
    for name, call in calls.items():
        found[name] = _latency(call, sought)
    return {**found, "peak_mb": _peak_mb(), **_resident_mb()}


def _latency(call: Callable[[Product], object], sought: list[Product]) -> dict[str, float]:
    spent_ms, cpu_ms = [], []
    for product in sought:
        started, cpu_started = time.perf_counter(), time.thread_time()
        call(product)
        spent_ms.append((time.perf_counter() - started) * 1e3)
        cpu_ms.append((time.thread_time() - cpu_started) * 1e3)
    p50, p95 = np.percentile(spent_ms, [50, 95])
    cpu = np.median(cpu_ms)
    return {"p50_ms": round(float(p50), 3), "p95_ms": round(float(p95), 3), "cpu_ms": round(float(cpu), 3)}


def _near(product: Product) -> dict[str, tuple[float, float]]:
    names = ("weight_g", "length_mm", "width_mm", "height_mm")
    return {name: (getattr(product, name) * 0.9, getattr(product, name) * 1.1) for name in names}


def _renamed(product: Product) -> Product:
    return Product(product.gtin, f"{product.title} new", product.brand, product.category, product.size)


def _vectors(gtins: list[str]) -> Iterator[tuple[str, FloatArray]]:
    rng = np.random.default_rng(0)
    rest = iter(gtins)
    while batch := list(islice(rest, 10_000)):
        yield from zip(batch, _directions(len(batch), rng)[:, np.newaxis], strict=True)


def _directions(count: int, rng: np.random.Generator) -> FloatArray:
    """(N, 256) of unit length."""
    spectrum = (np.arange(1, VECTOR_SIZE + 1) ** -0.5).astype(np.float32)
    families = rng.standard_normal((count // FAMILY + 1, VECTOR_SIZE), np.float32)
    own = rng.standard_normal((count, VECTOR_SIZE), np.float32)
    rows: FloatArray = (np.repeat(families, FAMILY, axis=0)[:count] + 0.5 * own) * spectrum
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return round(time.perf_counter() - started, 2)


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _resident_mb() -> dict[str, int]:
    """What is the process's own, and what of mapped files lies in memory and may go."""
    lines = Path("/proc/self/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    return {
        "own_mb": int(status["RssAnon"].split()[0]) // 1024,
        "mapped_mb": int(status["RssFile"].split()[0]) // 1024,
    }


def main() -> None:
    """Print the costs as JSON; `build` and `search` are the parts that run by themselves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=("all", "build", "search"), default="all")
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("size", nargs="?", type=int)
    told = parser.parse_args()
    if told.what == "all":
        print(json.dumps(index_costs(folder=told.folder), indent=2))
    else:
        print(json.dumps({"build": build, "search": search}[told.what](told.folder, told.size)))


if __name__ == "__main__":
    main()
