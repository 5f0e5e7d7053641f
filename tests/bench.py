"""`make bench`: how long the booth takes, as JSON: verdicts, samples kept, cameras, finding products.

Absolute times depend on the machine; what compares is the ratio to the bare model runs in the same process.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from booth.assembly.running import Running, running
from booth.config import Config, read_config
from booth.domain.sample import Disposition
from booth.domain.terms import DispositionKind, now
from booth.events import ItemChanged, Phase, Placement, TrayChanged
from booth.ports.scene import ItemWish
from booth.store.samples import Store
from models.trunk import SIDE_PX, Trunk
from tests.bench_devices import frame_costs, streams
from tests.bench_identify import SMALL, evidence_costs, identify_costs
from tests.bench_index import index_costs
from tests.bench_remote_index import remote_index_costs
from tests.bench_verdict import verdict_costs
from tests.samples import make_sample

VIEWS = (1, 2, 4, 6)
DEADLINE_S = 60.0


class Stopwatch:
    """Notes when the tray settled and when the verdict was told."""

    def __init__(self) -> None:
        self.settled_ns = 0
        self.judged_ns = 0
        self.phase = Phase.PLACE
        self._changed = threading.Condition()

    def __call__(self, event: object) -> None:
        with self._changed:
            if isinstance(event, TrayChanged) and event.placement is Placement.STILL:
                self.settled_ns = time.monotonic_ns()
            if isinstance(event, ItemChanged):
                self.phase = event.item.phase
                if self.phase in (Phase.PRODUCT, Phase.VERDICT) and not self.judged_ns:
                    self.judged_ns = time.monotonic_ns()
            self._changed.notify_all()

    def wait_for(self, *phases: Phase) -> None:
        """Wait until the item is in one of `phases`."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.phase in phases, DEADLINE_S):
                raise SystemExit(f"the item did not come to {phases} within {DEADLINE_S} s")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=12, help="items for each number of views")
    parser.add_argument("--samples", type=int, default=40, help="samples to keep")
    parser.add_argument("--frames", type=int, default=100, help="frames to read through each camera driver")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each number of streams is read")
    parser.add_argument("--products", type=int, default=1_000_000, help="products of the largest catalogue")
    arguments = parser.parse_args()
    figures = {
        "cores": os.cpu_count(),
        "tray_to_verdict": {str(views): tray_to_verdict(views, arguments.items) for views in VIEWS},
        "verdict": verdict_costs(),
        "keeping": keeping(arguments.samples),
        "frame_cost": frame_costs(arguments.frames),
        "streams": streams(arguments.seconds),
        "evidence": evidence_costs(),
        "identify": identify_costs((SMALL, arguments.products)),
        "index": index_costs((SMALL, arguments.products)),
        "engines": remote_index_costs(),
    }
    json.dump(figures, sys.stdout, indent=2)
    print()


def tray_to_verdict(views: int, items: int) -> dict[str, Any]:
    """From the settled tray to the told verdict, through the running booth, beside the bare model runs."""
    with tempfile.TemporaryDirectory() as folder:
        config = _config(Path(folder), views)
        with running(config) as booth:
            times_ms = [_one_item(booth, seed) for seed in range(items + 1)][1:]
            bare_ms = _bare_model_ms(views, items)
    p50, p95 = np.percentile(times_ms, [50, 95])
    bare = statistics.median(bare_ms)
    return {
        "items": items,
        "p50_ms": round(float(p50), 1),
        "p95_ms": round(float(p95), 1),
        "bare_model_p50_ms": round(bare, 1),
        "ratio": round(float(p50) / bare, 2),
    }


def keeping(samples: int) -> dict[str, Any]:
    """Samples kept a second, each of four 640 x 480 views with depth, lossless and fsynced."""
    cameras = ("a", "b", "c", "d")
    made = [make_sample(cameras=cameras, width=640, height=480, seed=seed) for seed in range(samples)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder), high_water_free_mb=0, ballast_mb=0) as store,
    ):
        start_s = time.perf_counter()
        for sample in made:
            store.keep(sample)
        took_s = time.perf_counter() - start_s
        kept_bytes = sum(row.bytes for row in store.rows(limit=samples))
    return {
        "samples": samples,
        "views": len(cameras),
        "kept_per_s": round(samples / took_s, 2),
        "mb_per_sample": round(kept_bytes / samples / 2**20, 2),
    }


def _config(folder: Path, views: int) -> Config:
    file = folder / "booth.toml"
    file.write_text(
        f"[scene]\nreferences = 4\n[scene.options]\ncameras = {views}\nproducts = 2\n"
        "[lane]\nundo_s = 0\nsettle_s = 0.2\n[store]\nhigh_water_free_mb = 0\nballast_mb = 0\n"
    )
    return read_config(file)


def _one_item(booth: Running, seed: int) -> float:
    station, watch = booth.station, Stopwatch()
    assert station.scene is not None
    leave = booth.bus.subscribe(watch)
    station.scene.place(ItemWish(seed))
    for camera_id in station.camera_ids:
        station.scene.look(camera_id)
    rendered_ns = time.monotonic_ns()  # a real tray needs no rendering: the clock starts after it
    watch.wait_for(Phase.PRODUCT, Phase.VERDICT)
    if watch.phase is Phase.PRODUCT:
        station.choose_product("")
        watch.wait_for(Phase.VERDICT)
    station.decide(Disposition(DispositionKind.SELL, "bench", now()))
    station.save()
    watch.wait_for(Phase.CLOSED, Phase.PLACE)
    station.scene.clear()
    watch.wait_for(Phase.PLACE)
    leave()
    return (watch.judged_ns - max(watch.settled_ns, rendered_ns)) / 1e6


def _bare_model_ms(views: int, runs: int) -> Sequence[float]:
    trunk = Trunk()
    rgb = np.random.default_rng(0).integers(0, 255, (SIDE_PX, SIDE_PX, 3)).astype(np.uint8)
    times_ms = []
    for _ in range(runs + 1):
        start_s = time.perf_counter()
        for _ in range(views):
            trunk.stages(rgb)
        times_ms.append((time.perf_counter() - start_s) * 1e3)
    return times_ms[1:]


if __name__ == "__main__":
    main()
