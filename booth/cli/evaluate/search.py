"""`booth evaluate search`: how well products are found by what people type; `booth catalogue synthesize`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bar, progress_bars
from booth.errors import InputError
from booth.evaluate.finding.synthetic.catalogue import MAX_PRODUCTS, products
from booth.evaluate.finding.synthetic.files import write_products, write_queries
from booth.evaluate.finding.synthetic.queries import Draw, queries

MAX_QUERIES = 100_000


def add_commands(groups: Groups) -> None:
    """Add `booth evaluate search` and `booth catalogue synthesize`."""
    groups["evaluate"].command("search")(search)
    groups["catalogue"].command("synthesize")(synthesize)


def search(
    catalogue: Annotated[Path, typer.Option(help="CSV or Parquet with at least gtin and title.")],
    queries_file: Annotated[Path, typer.Option("--queries", help="CSV with the columns text and gtin.")],
    tuning: Annotated[
        Path | None,
        typer.Option("--tune-queries", help="Other queries to tune BM25 on; else some are made up."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure how well products are found by what people type, beside a tuned BM25 with fuzzy terms."""
    from booth.evaluate.finding.search import Plan, evaluate_search

    with progress_bars() as told:
        figures = evaluate_search(Plan(catalogue, queries_file, tuning), told)
    if as_json:
        print_json(figures)
    else:
        _print(figures)


def _print(figures: Mapping[str, Any]) -> None:
    names = ("r@1", "r@10", "mrr", "ndcg@10", "missed@10", "p50_ms", "p95_ms")
    ways = [(way, one) for way, one in figures.items() if isinstance(one, dict) and "mrr" in one]
    rows = [(way, *(f"{one[name]:.4g}" for name in names)) for way, one in ways]
    title = (
        f"{figures['n']:,} queries, {figures['products']:,} products, indexed in {figures['built_s']:.0f} s"
    )
    print_table(("by", *names), rows, title=title)


def synthesize(
    count: Annotated[int, typer.Option("--products", min=1, max=MAX_PRODUCTS, help="How many products.")],
    out: Annotated[Path, typer.Option(help="The CSV file to write.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    queries_out: Annotated[
        Path | None, typer.Option("--queries", help="A CSV file for typed queries, with the GTIN sought.")
    ] = None,
    n_queries: Annotated[int, typer.Option(min=1, max=MAX_QUERIES)] = 1_000,
    query_seed: Annotated[int, typer.Option(help="Which products are sought, and how they are typed.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make up a catalogue of near duplicates; its GTINs begin with 29 and belong to nobody."""
    if queries_out is not None and queries_out.resolve() == out.resolve():
        raise InputError(f"{out}: catalogue and queries cannot be the same file")
    draw = Draw(n_queries if queries_out else 0, query_seed)
    with progress_bar("Making up products") as progress:
        stream = draw.passing(products(count, seed))
        written = write_products(out, stream, lambda done: progress(done, count))
    made = queries(draw.drawn(), query_seed)
    if queries_out is not None:
        write_queries(queries_out, made)
    if as_json:
        print_json({"products": written, "queries": len(made)})
    else:
        print(f"{written:,} products written" + (f", {len(made):,} queries" if made else ""))
