"""The process that the kill test kills: keeps samples, and says before and after each what it does.

Run as `python -m tests.store.keeper ROOT COUNT SEED`; it starts at the first line on standard input. `begin
ID` comes before a keep, `told ID` once it has returned. What was told must never be lost.
"""

from __future__ import annotations

import sys
from pathlib import Path

from booth.store.samples import Store
from tests.samples import make_sample


def main(root: Path, count: int, seed: int) -> None:
    """Keep `count` samples in the store under `root`."""
    sys.stdin.readline()
    with Store.open(root, high_water_free_mb=1, ballast_mb=1) as store:
        for number in range(count):
            sample = make_sample(f"run{seed}-{number}", seed=seed + number)
            print(f"begin {sample.sample_id}", flush=True)
            store.keep(sample)
            print(f"told {sample.sample_id}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
