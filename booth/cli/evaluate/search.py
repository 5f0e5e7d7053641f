"""`booth catalogue synthesize`: make up a catalogue and what people would type to find its products."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from booth.cli.context import AsJson, Groups, print_json, progress_bar
from booth.errors import InputError
from booth.evaluate.finding.synthetic.catalogue import MAX_PRODUCTS, products
from booth.evaluate.finding.synthetic.files import write_products, write_queries
from booth.evaluate.finding.synthetic.queries import Draw, queries

MAX_QUERIES = 100_000


def add_commands(groups: Groups) -> None:
    """Add `booth catalogue synthesize`."""
    groups["catalogue"].command("synthesize")(synthesize)


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
