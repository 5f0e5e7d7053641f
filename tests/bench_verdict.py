"""`make bench`: what a whole verdict costs beside the bare passes of the trunk that it is made of.

Six views with four references each, in the configuration that accuracy is measured in: locating, conditions,
the trunk's pass, alignment, the search both ways, the supervised heads, fusion. Each part runs in a process
of its own, so that its peak memory is its own. Where views are looked at in parallel, so they are here.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from booth.domain.percept import Gallery, Reference
from booth.domain.picture import Frame, View
from booth.domain.terms import DamageType
from booth.gallery.enrol import references_of
from booth.ports.scene import ItemWish, Scene
from models.judge import judge
from models.perception import perception
from models.synthetic.scene import scene
from models.trunk import Trunk

CAMERAS = 6
REFERENCES = 4
RUNS = 24
FEW, MANY = 10, 1_000
NOISE = 0.1
"""Of the spread of a channel: how far made-up references of a large gallery lie from a true one."""


def verdict_costs(runs: int = RUNS) -> dict[str, Any]:
    """Times in ms, memory in MB."""
    return {
        "six_views": _in_a_process("six", runs),
        "references": {str(count): _in_a_process("many", runs, count) for count in (FEW, MANY)},
    }


def six_views(runs: int) -> dict[str, Any]:
    """The whole verdict, its two halves, and as many bare passes."""
    stage = scene({"cameras": CAMERAS, "products": 2})
    look, one, trunk = perception({}), judge({}), Trunk()
    gallery = _enrolled(stage, look)
    stage.place(ItemWish(REFERENCES + 1, gallery.gtin, DamageType.TEAR))
    views = _views(stage)
    crops = [np.ascontiguousarray(view.frame.rgb) for view in views]
    percept = look.perceive(views, stage.calibration)
    one.judge(percept, gallery)
    with ThreadPoolExecutor(2) as pool:
        found = _timed(
            {
                "verdict": lambda: one.judge(look.perceive(views, stage.calibration), gallery),
                "perceiving": lambda: look.perceive(views, stage.calibration),
                "judging": lambda: one.judge(percept, gallery),
                "bare_one_core": lambda: [trunk.all_stages(crop) for crop in crops],
                "bare_two_cores": lambda: list(pool.map(trunk.all_stages, crops)),
            },
            runs,
        )
    bare = found["bare_one_core"]["p50_ms"]
    return {
        "views": CAMERAS,
        "references": REFERENCES,
        "runs": runs,
        **found,
        "ratio_to_bare": round(found["verdict"]["p50_ms"] / bare, 2),
        "ratio_to_bare_p95": round(found["verdict"]["p95_ms"] / found["bare_one_core"]["p95_ms"], 2),
        "cpu_ratio_to_bare": round(found["verdict"]["cpu_ms"] / found["bare_one_core"]["cpu_ms"], 2),
        "peak_mb": _peak_mb(),
    }


def many_references(runs: int, count: int) -> dict[str, Any]:
    """Judging one view against so many references of it."""
    stage = scene({"cameras": 1, "products": 2})
    look, one = perception({}), judge({})
    enrolled = _enrolled(stage, look)
    true = [reference for reference in enrolled.references if reference.variant == 0]
    gallery = replace(enrolled, version=f"{count}", references=tuple(_made_up(true, count)))
    stage.place(ItemWish(REFERENCES + 1, gallery.gtin))
    percept = look.perceive(_views(stage), stage.calibration)
    began = time.perf_counter()
    one.judge(percept, gallery)
    prepared_s = time.perf_counter() - began
    found = _timed(
        {
            "judging": lambda: one.judge(percept, gallery),
            "verdict": lambda: one.judge(look.perceive(_views(stage), stage.calibration), gallery),
        },
        runs,
    )
    return {**found, "made_ready_s": round(prepared_s, 2), "peak_mb": _peak_mb()}


def _enrolled(stage: Scene, look: Any) -> Gallery:
    gtin = stage.products[0].gtin
    found: list[Reference] = []
    for seed in range(REFERENCES):
        stage.place(ItemWish(seed, gtin))
        for view in _views(stage):
            found += references_of(look, view, stage.calibration)
    return Gallery(gtin, "1", "bench", tuple(found))


def _views(stage: Scene) -> list[View]:
    pictures = {name: stage.look(name) for name in stage.calibration.cameras}
    return [
        View(name, Frame(name, picture.rgb, picture.depth_mm, host_ns=0, sequence=0))
        for name, picture in pictures.items()
    ]


def _made_up(true: list[Reference], count: int) -> list[Reference]:
    """References a little beside true ones; their features are moved by a noise of which each sees a part."""
    rng = np.random.default_rng(0)
    patches = true[0].patches
    spread = patches.reshape(-1, patches.shape[2]).std(axis=0)
    noise = (NOISE * rng.standard_normal((2 * len(patches), *patches.shape[1:]))).astype(np.float32)
    rows = [(number % len(true), int(rng.integers(len(patches)))) for number in range(count)]
    return [
        replace(
            true[which],
            reference_id=f"{number:064x}",
            patches=np.asarray(
                true[which].patches + spread * noise[start : start + len(patches)], np.float32
            ),
        )
        for number, (which, start) in enumerate(rows)
    ]


def _timed(calls: Mapping[str, Callable[[], object]], runs: int) -> dict[str, dict[str, float]]:
    """Each call in turn, run by run, so that a busy moment falls on all of them."""
    wall: dict[str, list[float]] = {name: [] for name in calls}
    busy: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs + 1):
        for name, call in calls.items():
            began, cpu = time.perf_counter(), time.process_time()
            call()
            wall[name].append((time.perf_counter() - began) * 1e3)
            busy[name].append((time.process_time() - cpu) * 1e3)
    return {
        name: {
            "p50_ms": round(float(np.percentile(times[1:], 50)), 1),
            "p95_ms": round(float(np.percentile(times[1:], 95)), 1),
            "cpu_ms": round(float(np.median(busy[name][1:])), 1),
        }
        for name, times in wall.items()
    }


def _in_a_process(what: str, *numbers: int) -> dict[str, Any]:
    command = [sys.executable, "-m", __spec__.name, what, *map(str, numbers)]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, **one_thread})
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Print the costs as JSON; `six` and `many` are the parts that run by themselves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=("all", "six", "many"), default="all")
    parser.add_argument("runs", nargs="?", type=int, default=RUNS)
    parser.add_argument("count", nargs="?", type=int, default=FEW)
    told = parser.parse_args()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "all": lambda: verdict_costs(told.runs),
        "six": lambda: six_views(told.runs),
        "many": lambda: many_references(told.runs, told.count),
    }
    print(json.dumps(parts[told.what](), indent=2))


if __name__ == "__main__":
    main()
