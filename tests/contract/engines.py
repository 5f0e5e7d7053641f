"""How the contract suite opens each catalogue index: new, empty, with its server where it needs one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from booth import plugins
from booth.ports.finding import CatalogueIndex
from tests.contract.postgres_server import shared_server

Opening = Callable[[Path], AbstractContextManager[CatalogueIndex]]
"""Opens an empty index with its files in the folder given, and closes it; skips, loudly, if it cannot."""


@contextmanager
def embedded(folder: Path) -> Iterator[CatalogueIndex]:
    """The embedded one needs a folder alone."""
    made: CatalogueIndex = plugins.load("booth.indexes", "embedded")(folder, {})
    yield made
    made.close()


@contextmanager
def postgres(folder: Path) -> Iterator[CatalogueIndex]:
    """PostgreSQL, in a schema of its own on one real server, emptied after use."""
    server = shared_server()
    made: CatalogueIndex = plugins.load("booth.indexes", "postgres")(
        folder, {"dsn": server.dsn(), "schema": "contract", "timeout_s": 10.0}
    )
    yield made
    made.close()
    server.empty("contract")


@contextmanager
def qdrant(folder: Path) -> Iterator[CatalogueIndex]:
    """Qdrant, in its client's local mode: no server of it can be started here."""
    made: CatalogueIndex = plugins.load("booth.indexes", "qdrant")(folder, {"path": ":memory:"})
    yield made
    made.close()


ENGINES: Mapping[str, Opening] = {"embedded": embedded, "postgres": postgres, "qdrant": qdrant}
