"""Runs what asks for `index` once for each catalogue index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from booth import plugins
from booth.ports.finding import CatalogueIndex
from tests.contract.engines import ENGINES
from tests.contract.products import PRODUCTS


@pytest.fixture(params=plugins.names("booth.indexes"))
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CatalogueIndex]:
    with ENGINES[request.param](tmp_path / "catalogue") as made:
        made.upsert(PRODUCTS)
        yield made
