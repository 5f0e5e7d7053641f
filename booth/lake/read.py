"""Asks the central tables with SQL: DuckDB over the Delta tables, through Arrow."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from booth.errors import InputError
from booth.lake.table import Table, tables_at
from booth.ports.service import Options

LATEST = """
CREATE VIEW latest AS
WITH RECURSIVE chain AS (
    SELECT booth_id, sample_id, amendment_id, changes, 1 AS depth FROM amendments WHERE predecessor = ''
    UNION ALL
    SELECT booth_id, sample_id, next.amendment_id, next.changes, chain.depth + 1
    FROM amendments AS next JOIN chain USING (booth_id, sample_id)
    WHERE next.predecessor = chain.amendment_id
), said AS (
    SELECT booth_id, sample_id, depth, changes->>'$.gtin' AS gtin,
        changes->>'$.person_outcome' AS outcome, changes->>'$.disposition.kind' AS kind
    FROM chain
), last_word AS (
    SELECT booth_id, sample_id, max(depth) AS amendments, arg_max(gtin, depth) AS gtin,
        arg_max(outcome, depth) AS outcome, arg_max(kind, depth) AS kind
    FROM said GROUP BY ALL
)
SELECT samples.* REPLACE (
    coalesce(last_word.gtin, samples.gtin) AS gtin,
    coalesce(last_word.outcome, samples.person_outcome) AS person_outcome,
    coalesce(last_word.kind, samples.disposition) AS disposition
), coalesce(last_word.amendments, 0) AS amendments
FROM samples LEFT JOIN last_word USING (booth_id, sample_id)
"""
"""The last word on each sample; arg_max leaves out the amendments that say nothing of a field (null)."""


def query(address: str, options: Options, sql: str) -> pa.Table:
    """The answer to `sql` over three views of the tables at `file:///path` or `s3://bucket/prefix`.

    `samples` is one row a sample as it was closed, `amendments` one row a later word, and `latest` the
    samples with the product, the person's answer and the disposition as the last word on each has them.

    Args:
        options: those of the remote.

    Raises:
        ConfigError: the address or an option is wrong.
        SyncError: a table cannot be reached.
        InputError: the SQL is wrong; the message is DuckDB's.
    """
    tables = tables_at(address, options)
    connection = duckdb.connect()
    try:
        connection.register("samples", _dataset(tables.samples))
        connection.register("amendments", _dataset(tables.amendments))
        connection.execute(LATEST)
        answer = connection.sql(sql)
        if answer is None:
            raise InputError("that SQL asks for no rows; use SELECT")
        return answer.to_arrow_table()
    except duckdb.Error as error:
        raise InputError(str(error)) from error
    finally:
        connection.close()


def _dataset(table: Table) -> object:
    found = table.open()
    return table.schema.empty_table() if found is None else found.to_pyarrow_dataset()
