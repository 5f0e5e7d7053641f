"""Says what a calibration command found, and keeps it as a new version."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from booth.cli.context import print_json, print_table, settings
from booth.config import flatten
from booth.domain.calibrating import CalibratedDevice, CalibrationRun
from booth.errors import BoothError, InputError
from booth.store.calibrations import Calibrations

if TYPE_CHECKING:  # they load OpenCV, which would slow down the start of every other command
    from booth.calibration.outcome import Outcome
    from booth.calibration.versions.recording import Evidence

KEEP: ContextVar[bool] = ContextVar("KEEP", default=True)
"""Whether runs are kept; `booth calibrate --no-keep …` says no."""

UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
STEM_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Looked:
    """A picture file that a command read.

    Attributes:
        note: why it was left out, when `used` is False.
    """

    path: Path
    camera_id: str
    used: bool = True
    note: str = ""


def keep(
    outcome: Outcome,
    devices: Sequence[CalibratedDevice],
    pictures: Sequence[Looked],
    made_by: str,
    as_json: bool,
) -> CalibrationRun | None:
    """Keep the run in the local store, and print the results and the advice, the version among them.

    The results are printed even when they cannot be kept, with an empty version; only then comes the error.

    Returns:
        The run as it was kept, or None with `--no-keep`.

    Raises:
        InputError: a picture has gone meanwhile, or a camera was placed whose lens is not known.
        ConfigError, StoreError: it cannot be kept.
    """
    run, refused = None, None
    if KEEP.get():
        try:
            run = _recorded(outcome, devices, pictures, made_by)
        except BoothError as error:
            refused = error
    say(outcome, run.version if run else "", as_json)
    if refused is not None:
        raise type(refused)(f"the results are not kept: {refused}") from refused
    return run


def _recorded(
    outcome: Outcome, devices: Sequence[CalibratedDevice], pictures: Sequence[Looked], made_by: str
) -> CalibrationRun:
    from booth.calibration.versions.recording import recorded

    store = Calibrations(settings().data_dir)
    return recorded(outcome, devices, tuple(_evidence(pictures)), made_by, store)


def say(outcome: Outcome | CalibrationRun, version: str, as_json: bool) -> None:
    """Print the results and the advice; an empty version was not kept."""
    from booth.calibration.versions.tables import shown

    if as_json:
        end = {"passed": outcome.passed, "advice": list(outcome.advice), "version": version}
        print_json({**outcome.results, **end})
        return
    print_table(
        ("measure", "value"),
        [(name, shown(value)) for name, value in flatten(outcome.results)],
        title=str(outcome.step),
    )
    print("passed" if outcome.passed else "did not pass")
    for sentence in outcome.advice:
        print(f"→ {sentence}")
    if version:
        print(f"kept as {version}: see `booth calibrate show`, `accept` and `report`")


def _evidence(pictures: Sequence[Looked]) -> Iterator[Evidence]:
    """Each file with its hash; those that are small enough to be copied with their bytes."""
    from booth.calibration.versions.recording import COPIES_MB, Evidence

    left_bytes = COPIES_MB * 2**20
    for number, looked in enumerate(pictures, start=1):
        try:
            size = looked.path.stat().st_size
            if size > left_bytes:
                yield _hashed(looked)
                continue
            data = looked.path.read_bytes()
        except OSError as error:
            raise InputError(f"{looked.path}: cannot be read again: {error.strerror}") from error
        left_bytes -= len(data)
        name = f"{number:04d}-{UNSAFE.sub('_', looked.path.name)[-STEM_LIMIT:]}"
        sha256 = hashlib.sha256(data).hexdigest()
        yield Evidence(name, looked.camera_id, sha256, data, looked.used, looked.note)


def _hashed(looked: Looked) -> Evidence:
    from booth.calibration.versions.recording import Evidence

    with looked.path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Evidence(str(looked.path.absolute()), looked.camera_id, sha256, None, looked.used, looked.note)
