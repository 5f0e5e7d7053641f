"""`make proof-unplug`: one of three RealSense devices is pulled and put back under a running booth, as JSON.

Twice over: a software device that falls silent or is destroyed, in turn; and a recording in the context of
the other two that the SDK removes or pauses, in turn. The exit code is 1 when a claim does not hold: nothing
dies, no memory leaks, the other two never stop, and every capture is complete or says what is missing.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from booth.domain.device import DeviceState
from tests.proofs.unplug_booth import OTHERS, PULLED, Booth, running_booth

LONG_RUN = 40
"""From so many cycles on, memory is measured."""
KEPT_BEFORE = 2200
"""Resident memory grows by some kB a kept sample until SQLite's page cache is full; then it is level."""
LONGEST_GAP_MS = 1000.0
"""A camera at 15 frames a second that is silent for so long has stopped."""
LOST_SHARE = 0.001
"""The devices' feeder and the booth are threads of one process, on cores that others may use too."""
LEAK_KB = 64.0
"""One frame of 320 x 240 in colour and depth takes 375 kB: a leak of one a cycle lies far above this."""


def main() -> int:
    """Pull the cable so often, and print what came of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cycles", type=int, default=100)
    cycles = options.parse_args().cycles
    told = {"software device": prove(cycles, shared=False), "recording": prove(cycles, shared=True)}
    print(json.dumps(told, indent=2))
    return 0 if all(holds for run in told.values() for holds in run["claims"].values()) else 1


def prove(cycles: int, shared: bool) -> dict[str, Any]:
    """Run the cycles; what was seen, and which claims hold."""
    kept = KEPT_BEFORE if cycles >= LONG_RUN else 0
    with tempfile.TemporaryDirectory() as folder, running_booth(Path(folder), shared, kept) as booth:
        booth.one_more_capture()
        before = {serial: feed.status().dropped for serial, feed in booth.feeds.items()}
        rss_kb = [_cycled(booth, kind) for kind in islice(cycle(booth.socket.kinds), cycles)]
        booth.one_more_capture()
        seen = {"cycles": cycles, **_seen(booth, before)}
    memory = slope(rss_kb[cycles // 2 :])
    series = {"rss_kb_every_10_cycles": rss_kb[::10]}
    return {**seen, "memory": {**series, "second_half": memory}, "claims": _claims(seen, memory)}


def slope(rss_kb: Sequence[float]) -> dict[str, Any]:
    """Resident memory by cycle: least-squares slope in kB a cycle, with its 95 % interval."""
    if len(rss_kb) < 3:
        return {"n": len(rss_kb)}
    fit = stats.linregress(np.arange(len(rss_kb)), rss_kb)
    half = float(stats.t.ppf(0.975, len(rss_kb) - 2) * fit.stderr)
    return {
        "n": len(rss_kb),
        "first_kb": rss_kb[0],
        "last_kb": rss_kb[-1],
        "slope_kb": round(float(fit.slope), 2),
        "from_kb": round(float(fit.slope) - half, 2),
        "to_kb": round(float(fit.slope) + half, 2),
    }


def _cycled(booth: Booth, kind: str) -> float:
    booth.pull_and_replug(kind)
    gc.collect()  # the errors of a loss hold its last frame in a circle until Python next looks for such
    resident_pages = int(Path("/proc/self/statm").read_text().split()[1])
    return resident_pages * os.sysconf("SC_PAGE_SIZE") / 1024


def _seen(booth: Booth, before: Mapping[str, int]) -> dict[str, Any]:
    statuses = {serial: feed.status() for serial, feed in booth.feeds.items()}
    cameras = {
        serial: {
            "state": str(status.state),
            "received": status.received,
            "dropped": status.dropped - before[serial],
            "longest_gap_ms": round(status.longest_gap_ms, 1),
            "reopened": status.reopened,
        }
        for serial, status in statuses.items()
    }
    captures = dict(booth.associate.captures)
    return {
        "pulled": PULLED,
        "cameras": cameras,
        "captures": captures,
        "unsound_captures": booth.associate.unsound,
        "died": booth.died,
    }


def _claims(seen: dict[str, Any], memory: dict[str, Any]) -> dict[str, bool]:
    others = [seen["cameras"][serial] for serial in OTHERS]
    return {
        "nothing died": not seen["died"],
        "every cycle came back": seen["cameras"][PULLED]["state"] == DeviceState.LIVE
        and seen["cameras"][PULLED]["reopened"] >= seen["cycles"],
        "the others never stopped": all(
            each["reopened"] == 0 and each["longest_gap_ms"] < LONGEST_GAP_MS for each in others
        ),
        "the others lost hardly a frame": all(
            each["dropped"] <= LOST_SHARE * each["received"] for each in others
        ),
        "captures were taken without it": seen["captures"].get("says what is missing", 0) > 0,
        "every capture is complete or says what is missing": not seen["unsound_captures"],
        "no leak": memory.get("to_kb", 0.0) <= LEAK_KB,
    }


if __name__ == "__main__":
    sys.exit(main())
