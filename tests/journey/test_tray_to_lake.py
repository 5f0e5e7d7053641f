"""One item's whole way: simulated tray, screen, store, upload, lake; read back with DuckDB."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from booth.assembly import parts
from booth.assembly.finding import build_index
from booth.assembly.running import running
from booth.cli.main import run
from booth.config import Config, read_config
from booth.lake.read import query
from booth.ports.screen import Rehearsal
from booth.store.learning import Learning
from booth.store.looks import Looks
from booth.store.references import References


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    """A booth with two cameras, a short undo, and central storage in a folder."""
    file = tmp_path / "booth.toml"
    file.write_text(
        f"""
        [booth]
        id = "dock-7"
        [scene]
        references = 1
        [scene.options]
        cameras = 2
        products = 1
        [lane]
        undo_s = 0.2
        settle_s = 0.2
        [store]
        high_water_free_mb = 0
        ballast_mb = 1
        [identify]
        simulated_items = 200
        [sync]
        remote = "file://{tmp_path}/central"
        """
    )
    return file


@pytest.fixture
def prepared(settings_file: Path) -> Config:
    """The same once it has started: products, references and a search that has learnt are there."""
    config = read_config(settings_file)
    with running(config):
        pass
    return config


def made(config: Config) -> tuple[object, ...]:
    """What a first start makes."""
    with (
        closing(Learning(config.data_dir)) as learning,
        closing(build_index(config)) as index,
        closing(Looks(config.data_dir)) as looks,
    ):
        lacking = looks.lacking(parts.build_perception(config).embedder)
        return learning.versions(), index.snapshot, lacking, References(config.data_dir).listing()


def test_an_item_reaches_the_lake_exactly_once(
    settings_file: Path, prepared: Config, qapp: QApplication, capsys: pytest.CaptureFixture[str]
) -> None:
    def booth(*arguments: str) -> Any:
        assert run(["--config", str(settings_file), *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    config, first_start = prepared, made(prepared)
    with running(config) as running_booth:
        assert made(config) == first_start
        rehearsal = Rehearsal(1, settings_file.parent / "out")
        lines = list(parts.build_screen(config).rehearse(running_booth.station, rehearsal))
        [row] = running_booth.store.rows()
        sample = running_booth.store.load(row.sample_id)
        files = running_booth.store.manifest(row.sample_id)["files"]
    assert row.state == "closed"
    assert sample.closing is not None
    assert sample.closing.disposition is not None
    assert [row.sample_id in line for line in lines] == [True]
    told = json.loads((config.data_dir / "host" / f"{row.sample_id}.json").read_text())
    assert sample.closing.disposition.kind in told.values()

    assert booth("sync")["upload"]["sent"] == [row.sample_id]
    assert booth("ingest")["samples"] == 1
    assert booth("sync")["upload"]["sent"] == []
    assert booth("ingest")["samples"] == 0

    address = config.settings.sync.remote
    table = query(
        address, {}, "SELECT sample_id, booth_id, gtin, disposition, len(files) AS files FROM samples"
    )
    assert table.to_pylist() == [
        {
            "sample_id": row.sample_id,
            "booth_id": "dock-7",
            "gtin": sample.closing.gtin,
            "disposition": sample.closing.disposition.kind,
            "files": len(files),
        }
    ]
