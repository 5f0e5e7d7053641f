"""One store at work while its system calls are traced or made to fail.

Run as `python -m tests.store.faulty ROOT ACT`; it prints `start` when the act begins, so that earlier calls
can be told apart, then `done` or the error.
"""

from __future__ import annotations

import sys
from pathlib import Path

from booth.errors import StoreError
from booth.store.samples import Store
from tests.samples import make_closing, make_sample, make_verdict


def act(store: Store, name: str) -> None:
    """One step in the life of the sample `s1`."""
    match name:
        case "keep":
            store.keep(make_sample("s1"))
        case "close":
            store.close_sample("s1", make_closing(verdicts=(make_verdict(),)))
        case "evict":
            store.evict("s1")


def main(root: Path, name: str) -> None:
    """Open the store and act."""
    with Store.open(root, high_water_free_mb=0, ballast_mb=1) as store:
        print("start", flush=True)
        try:
            act(store, name)
        except StoreError as error:
            print(error, flush=True)
        else:
            print("done", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
