"""What is left of a catalogue whose writer is killed, wherever it stands: all that was said to be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from booth.store.catalogue.embedded import Catalogue
from tests.contract.products import directions
from tests.store.catalogue.run_writer import widgets

REPOSITORY = Path(__file__).parents[3]


def killed_after(folder: Path, first: int, acknowledged: int) -> int:
    """Let a process write until it has said so often that it has, then kill it; the last change it named."""
    command = [sys.executable, "-m", "tests.store.catalogue.run_writer", str(folder), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(acknowledged)]
        writer.kill()
    return int(said[-1])


@pytest.mark.timeout(300)
def test_whatever_was_acknowledged_is_found_after_a_kill(tmp_path: Path) -> None:
    first = 0
    for acknowledged in (1, 2, 3):
        last = killed_after(tmp_path, first, acknowledged)
        catalogue = Catalogue(tmp_path)
        assert catalogue.check() == []
        found = {hit.gtin for hit in catalogue.by_gtin_mask("?" * 13, 10_000)}
        assert len(found) == catalogue.count() == len(catalogue.by_ranges({"weight_g": (0, 1e9)}, 10_000))
        for product in [product for change in range(last + 1) for product in widgets(change)]:
            assert catalogue.by_gtin(product.gtin) == product
            assert product.gtin in found
        newest = widgets(last)[0]
        assert catalogue.by_text(newest.title, 1)[0].gtin == newest.gtin
        assert catalogue.by_vector(directions(newest.weight_g), 1)[0].score == pytest.approx(1.0, abs=1e-3)
        catalogue.close()
        first = last + 1
