"""One calibration store at work while its system calls are made to fail, or while others write too.

Run as `python -m tests.store.run_keeper ROOT ACT NUMBER`; it prints `start`, then `done` or the error.
"""

from __future__ import annotations

import sys
from pathlib import Path

from booth.errors import StoreError
from booth.store.calibrations import Calibrations
from tests.calibration_runs import PICTURE, make_decision, make_details, make_led_to, make_run

DATA = b"png" * 5000


def act(store: Calibrations, name: str, number: int) -> None:
    """Keep the run of this number, or say a word on it."""
    match name:
        case "keep":
            run = make_run(number, pictures={PICTURE: DATA})
            store.keep_run(run, make_led_to(number), {PICTURE: DATA}, make_details())
        case "decide":
            store.decide(make_decision(number))
        case "decide-often":
            for turn in range(10):
                store.decide(make_decision(number, accepted=bool(turn % 2)))


def main(root: Path, name: str, number: int) -> None:
    """Act once."""
    print("start", flush=True)
    try:
        act(Calibrations(root), name, number)
    except StoreError as error:
        print(error, flush=True)
    else:
        print("done", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
