"""How well products are found by what people type, beside a tuned BM25 in the same run."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from booth import plugins
from booth.domain.product import Product
from booth.errors import InputError, StoreError
from booth.evaluate.finding.bm25 import Bm25, Setting, tuned
from booth.evaluate.finding.synthetic.queries import Draw, queries
from booth.identify.catalogue_files import rows_of
from booth.identify.gtin import as_gtin13
from booth.identify.importing import TEXTS, import_catalogue
from booth.identify.strategies.structured import Structured
from booth.identify.strategies.typed_text import TypedText
from booth.identify.understanding.understanding import Understanding
from booth.ports.finding import CatalogueIndex, Query

DEPTH = 100
"""So many products are asked for, as the booth does."""
MAX_QUERIES = 100_000
MAX_TEXT = 10_000
TUNED_ON = 300
TUNING_SEED = 7_919
"""Which queries BM25 is tuned on, where none are given: others than those that are scored."""

Asked = Sequence[tuple[str, str]]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and on what BM25 is tuned; none given: on made-up queries for other products."""

    catalogue: Path
    queries: Path
    tuning: Path | None = None


def evaluate_search(plan: Plan, progress: Progress) -> dict[str, object]:
    """The figures of BM25, of typed text alone, and of it with what, if anything, was understood.

    Args:
        progress: told what is being done, how much of it is done, and of how much.

    Raises:
        InputError: the catalogue or the queries are not what they should be.
        StoreError: there is no room for the indexes.
    """
    asked = read_queries(plan.queries)
    given = read_queries(plan.tuning) if plan.tuning else None
    try:
        with TemporaryDirectory(prefix="booth-search-") as folder:
            return _measured(plan, asked, given, Path(folder), progress)
    except OSError as error:
        raise StoreError(f"the indexes cannot be written: {error.strerror or error}") from error


def read_queries(path: Path) -> list[tuple[str, str]]:
    """(text, GTIN-13) of each row of a CSV file with the columns `text` and `gtin`.

    Raises:
        InputError: it is no such file; the message names the line.
    """
    made: list[tuple[str, str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if not {"text", "gtin"} <= set(reader.fieldnames or ()):
                raise InputError(f"{path}: the first line must name the columns text and gtin")
            for row in reader:
                made.append(_query_of(row, f"{path}: line {reader.line_num}"))
                if len(made) > MAX_QUERIES:
                    raise InputError(f"{path}: there are more than {MAX_QUERIES:,} queries")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: this is no CSV file in UTF-8: {error}") from error
    if not made:
        raise InputError(f"{path}: there are no queries in it")
    return made


def _query_of(row: Mapping[str, str | None], where: str) -> tuple[str, str]:
    text, gtin = row["text"] or "", as_gtin13(row["gtin"] or "")
    if None in row or not text.strip() or len(text) > MAX_TEXT:
        raise InputError(f"{where}: a query is a text of 1 to {MAX_TEXT:,} characters, and a GTIN")
    if gtin is None:
        raise InputError(f"{where}: {(row['gtin'] or '')[:40]!r} is no GTIN")
    return text, gtin


def _measured(
    plan: Plan, asked: Asked, given: Asked | None, folder: Path, progress: Progress
) -> dict[str, object]:
    index: CatalogueIndex = plugins.load("booth.indexes", "embedded")(folder / "catalogue", {})
    try:
        began = time.perf_counter()
        import_catalogue(plan.catalogue, index, lambda done, total: progress("indexing", done, total))
        built_s = time.perf_counter() - began
        _check_known(index, asked, plan.queries)
        bm25, others = _beside(plan.catalogue, {gtin for _, gtin in asked}, folder / "bm25", progress)
        setting = _tuned(bm25, given or others, progress)
        figures = _figures(index, bm25, setting, asked, progress)
        about = {"n": len(asked), "products": index.count(), "built_s": built_s}
    finally:
        index.close()
    return {**about, "bm25_setting": asdict(setting), **figures}


def _beside(catalogue: Path, wanted: set[str], folder: Path, progress: Progress) -> tuple[Bm25, Asked]:
    """BM25 over the same file, and queries to tune it on, for none of the products that are sought."""
    draw = Draw(TUNED_ON, TUNING_SEED)

    def passing() -> Iterator[Product]:
        for product in _products(catalogue, progress):
            if product.gtin not in wanted:
                draw.see(product)
            yield product

    folder.mkdir()
    bm25 = Bm25(folder, passing())
    return bm25, queries(draw.drawn(), TUNING_SEED)


def _products(path: Path, progress: Progress) -> Iterator[Product]:
    """The products of a catalogue file that was imported before: what the import refused is left out."""
    for row in rows_of(path, lambda done, total: progress("indexing for BM25", done, total)):
        gtin = None if row.problem else as_gtin13(str(row.cells["gtin"]))
        if gtin:
            title, brand, category, size = (str(row.cells.get(name) or "") for name in TEXTS)
            popularity = _popularity(row.cells.get("popularity"))
            yield Product(gtin, title, brand, category, size, popularity=popularity)


def _popularity(cell: object) -> float:
    try:
        value = float(str(cell))
    except ValueError:
        return 0.0
    return value if math.isfinite(value) and value > 0.0 else 0.0


def _check_known(index: CatalogueIndex, asked: Asked, path: Path) -> None:
    known = {product.gtin for product in index.get(list({gtin for _, gtin in asked}))}
    unknown = [gtin for _, gtin in asked if gtin not in known]
    if unknown:
        raise InputError(
            f"{path}: the catalogue has no product {unknown[0]} ({len(unknown):,} queries ask for such ones)"
        )


def _tuned(bm25: Bm25, tuning: Asked, progress: Progress) -> Setting:
    """The setting with the fewest misses; among equals the one that has the product further up."""

    def score(setting: Setting) -> float:
        ranks = [_rank(gtin, bm25.search(text, 10, setting)) for text, gtin in tuning]
        found = [rank for rank in ranks if rank]
        return len(found) + sum(1.0 / rank for rank in found) / (len(tuning) + 1.0)

    return tuned(score, lambda done, total: progress("tuning BM25", done, total))


def _figures(
    index: CatalogueIndex, bm25: Bm25, setting: Setting, asked: Asked, progress: Progress
) -> dict[str, object]:
    understanding = Understanding(index)
    understanding.of("a")  # its dictionaries are made once a snapshot
    typed, structured = TypedText(index), Structured(index)

    def understood(text: str) -> list[str]:
        query = Query(typed_text=text, understood=understanding.of(text))
        candidates = structured.propose(query, DEPTH) or typed.propose(query, DEPTH)
        return [each.gtin for each in candidates]

    ways: dict[str, Callable[[str], Sequence[str]]] = {
        "bm25": lambda text: bm25.search(text, DEPTH, setting),
        "typed_text": lambda text: [each.gtin for each in typed.propose(Query(typed_text=text), DEPTH)],
        "structured": understood,
    }
    return {way: _scored(ask, asked, partial(progress, way)) for way, ask in ways.items()}


def _scored(
    ask: Callable[[str], Sequence[str]], asked: Asked, told: Callable[[int, int], None]
) -> dict[str, float]:
    ranks, took_ms = [], []
    for done, (text, gtin) in enumerate(asked):
        began = time.perf_counter()
        found = ask(text)
        took_ms.append((time.perf_counter() - began) * 1000.0)
        ranks.append(_rank(gtin, found))
        if done % 20 == 0:
            told(done, len(asked))
    return {**ranking_figures(ranks), **_latency(took_ms)}


def ranking_figures(ranks: Sequence[int]) -> dict[str, float]:
    """The figures of the places, from 1, at which what was sought was found; 0 where it was not.

    NDCG with one relevant product: Järvelin and Kekäläinen, Cumulated gain-based evaluation, 2002.
    """
    n = len(ranks)
    ten = [rank for rank in ranks if 0 < rank <= 10]
    first = sum(rank == 1 for rank in ranks)
    return {
        "n": n,
        "correct": first,
        "correct_rate": first / n,
        "r@1": first / n,
        "r@5": sum(rank <= 5 for rank in ten) / n,
        "r@10": len(ten) / n,
        "mrr": sum(1.0 / rank for rank in ranks if rank) / n,
        "ndcg@10": sum(1.0 / math.log2(1.0 + rank) for rank in ten) / n,
        "missed@10": n - len(ten),
    }


def _latency(took_ms: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(took_ms, (50, 95))
    return {"p50_ms": float(p50), "p95_ms": float(p95)}


def _rank(gtin: str, found: Sequence[str]) -> int:
    return found.index(gtin) + 1 if gtin in found else 0
