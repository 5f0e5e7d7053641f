"""Stores to test with: small, with hardly any high-water mark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from booth.store.samples import Store

OpenStore = Callable[..., Store]


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[OpenStore]:
    """Opens the store under `tmp_path / "store"`; all that were opened are closed at the end."""
    with ExitStack() as stack:

        def opened(high_water_free_mb: int = 1, ballast_mb: int = 0) -> Store:
            root = tmp_path / "store"
            store = Store.open(root, high_water_free_mb=high_water_free_mb, ballast_mb=ballast_mb)
            return stack.enter_context(store)

        yield opened


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    """An empty store that takes samples in."""
    return open_store()
