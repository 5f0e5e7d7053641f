"""The tables as a data scientist meets them: through DuckDB."""

from __future__ import annotations

from pathlib import Path

import pytest

from booth.domain.terms import Outcome
from booth.errors import ConfigError, InputError
from booth.lake.read import query
from booth.sync.upload import upload
from tests.lake.centrals import BOOTH, tables_in, take_in
from tests.samples import GTIN, make_amendment, make_closing, make_sample
from tests.sync.remotes import MemoryRemote, open_store


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two samples; the second is damaged, marked, and amended twice."""
    folder = tmp_path_factory.mktemp("central")
    remote = MemoryRemote()
    with open_store(tmp_path_factory.mktemp("store")) as store:
        for name, outcome in (("sample-a", Outcome.OK), ("sample-b", Outcome.DAMAGED)):
            store.keep(make_sample(name))
            store.close_sample(name, make_closing(outcome=outcome))
        first = make_amendment("sample-b", changes={"person_outcome": "ok", "gtin": "4012345678901"})
        store.amend(first)
        last: dict[str, object] = {"person_outcome": "unsure"}
        store.amend(make_amendment("sample-b", predecessor=first.amendment_id, changes=last))
        upload(store, remote)
    take_in(remote, folder)
    return folder


def ask(central: Path, sql: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = query(f"file://{central}", {}, sql).to_pylist()
    return rows


def test_a_row_says_what_was_known_at_closing(central: Path) -> None:
    names = (
        "sample_id, booth_id, gtin, gtin_source, verdict_outcome, person_outcome, disposition, tote, weight_g"
    )
    rows = ask(central, f"SELECT {names}, batch FROM samples ORDER BY sample_id")
    shared = {
        "booth_id": BOOTH,
        "gtin": GTIN,
        "gtin_source": "barcode",
        "verdict_outcome": "ok",
        "disposition": "sell",
        "tote": "T1",
        "weight_g": 250.0,
        "batch": 1,
    }
    assert rows == [
        {"sample_id": "sample-a", "person_outcome": "ok", **shared},
        {"sample_id": "sample-b", "person_outcome": "damaged", **shared},
    ]


def test_marks_evidence_and_files_can_be_unfolded(central: Path) -> None:
    marks = ask(
        central, "SELECT mark.type, mark.points[1].x AS x FROM samples, unnest(annotations) AS marks(mark)"
    )
    assert marks == [{"type": "crush", "x": 1.0}]
    assert ask(central, "SELECT DISTINCT evidence['foreign'] AS foreign FROM samples") == [{"foreign": 0.5}]
    files = ask(central, "SELECT count(DISTINCT file.sha256) AS n FROM samples, unnest(files) AS files(file)")
    assert files[0]["n"] == len(ask(central, "SELECT DISTINCT unnest(files).sha256 FROM samples"))


def test_latest_has_the_last_word_on_each_field(central: Path) -> None:
    rows = ask(central, "SELECT gtin, person_outcome, disposition, amendments FROM latest ORDER BY sample_id")
    assert rows == [
        {"gtin": GTIN, "person_outcome": "ok", "disposition": "sell", "amendments": 0},
        {"gtin": "4012345678901", "person_outcome": "unsure", "disposition": "sell", "amendments": 2},
    ]


def test_before_the_first_ingest_the_tables_are_empty(tmp_path: Path) -> None:
    assert ask(tmp_path, "SELECT count(*) AS n FROM latest") == [{"n": 0}]


def test_wrong_sql_and_a_wrong_address_give_one_error(central: Path) -> None:
    with pytest.raises(InputError, match="no_such_table"):
        ask(central, "SELECT * FROM no_such_table")
    with pytest.raises(InputError, match="SELECT"):
        ask(central, "-- nothing")
    with pytest.raises(ConfigError):
        query("central", {}, "SELECT 1")
    assert tables_in(central).samples.last_batch() == 1
