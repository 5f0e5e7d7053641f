"""The Delta table: what the library does with repeated versions, and what ours does."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from booth.errors import SyncError
from booth.lake.table import APP, Table

SCHEMA = pa.schema([pa.field("batch", pa.int64())])


def rows_of(path: Path) -> list[int]:
    return sorted(DeltaTable(str(path)).to_pyarrow_table().column("batch").to_pylist())


def commit(table: DeltaTable, batch: int, retries: int | None) -> None:
    told = CommitProperties(app_transactions=[Transaction(APP, batch)], max_commit_retries=retries)
    write_deltalake(table, pa.table({"batch": [batch]}, SCHEMA), mode="append", commit_properties=told)


def test_the_library_accepts_a_repeated_version_so_the_check_is_ours(tmp_path: Path) -> None:
    path = tmp_path / "t"
    DeltaTable.create(str(path), SCHEMA)
    commit(DeltaTable(str(path)), 1, None)
    commit(DeltaTable(str(path)), 1, None)
    assert rows_of(path) == [1, 1]


def test_a_batch_that_the_table_has_is_not_appended_again(tmp_path: Path) -> None:
    table = Table(str(tmp_path / "t"), SCHEMA, {})
    assert table.append_once(1, [{"batch": 1}])
    assert not table.append_once(1, [{"batch": 1}])
    assert table.append_once(3, [{"batch": 3}])
    assert not table.append_once(2, [{"batch": 2}])
    assert rows_of(tmp_path / "t") == [1, 3]
    assert table.last_batch() == 3


def test_a_commit_between_check_and_append_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "t"

    class Beaten(Table):
        """Another ingester appends the same batch just after this one looked."""

        beaten = False

        def open(self) -> DeltaTable | None:
            seen = super().open()
            if seen is not None and not Beaten.beaten:
                Beaten.beaten = True
                commit(DeltaTable(str(path)), 1, 0)
            return seen

    DeltaTable.create(str(path), SCHEMA)
    assert not Beaten(str(path), SCHEMA, {}).append_once(1, [{"batch": 1}])
    assert rows_of(path) == [1]


def test_the_last_batch_survives_checkpoints(tmp_path: Path) -> None:
    table = Table(str(tmp_path / "t"), SCHEMA, {})
    for batch in range(1, 106):
        table.append_once(batch, [{"batch": batch}])
    assert list((tmp_path / "t" / "_delta_log").glob("*.checkpoint.parquet"))
    assert table.last_batch() == 105
    assert not table.append_once(105, [{"batch": 105}])


def test_a_table_that_is_none_gives_one_clear_line(tmp_path: Path) -> None:
    log = tmp_path / "t" / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{0:020}.json").write_bytes(b"")
    with pytest.raises(SyncError, match="the table cannot be") as caught:
        Table(str(tmp_path / "t"), SCHEMA, {}).append_once(1, [{"batch": 1}])
    assert "\n" not in str(caught.value)
