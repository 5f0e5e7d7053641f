"""How the contract suite opens each catalogue index: new, empty, with its server where it needs one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from booth import plugins
from booth.ports.finding import CatalogueIndex

Opening = Callable[[Path], AbstractContextManager[CatalogueIndex]]
"""Opens an empty index with its files in the folder given, and closes it; skips, loudly, if it cannot."""


@contextmanager
def embedded(folder: Path) -> Iterator[CatalogueIndex]:
    """The embedded one needs a folder alone."""
    made: CatalogueIndex = plugins.load("booth.indexes", "embedded")(folder, {})
    yield made
    made.close()


ENGINES: Mapping[str, Opening] = {"embedded": embedded}
