"""Makes a version of what a piece of calibration work gave, and keeps it with all that it rests on."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from booth.calibration.outcome import Outcome, applied
from booth.calibration.versions.difference import difference
from booth.domain.calibrating import CalibratedDevice, CalibrationRun, KeptPicture, Step
from booth.domain.picture import Calibration
from booth.domain.terms import new_id, now
from booth.errors import InputError
from booth.store.calibrations import Calibrations
from booth.store.durable import sha256_of

COPIES_MB = 200
"""Copies of pictures that one run may keep, so that it can be done again; 130 views of 1280 x 720."""
PNG_LEVEL = 1
"""zlib's fastest: 4 times as fast as its default, for a tenth more bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A picture, or another file, that the work rests on.

    Attributes:
        name: a file name for its copy, or the path that it was read from where there is no `data`.
        data: the file's bytes, to be copied; None to keep the hash alone.
    """

    name: str
    camera_id: str
    sha256: str
    data: bytes | None = None
    used: bool = True
    note: str = ""


def photographed(
    number: int, camera_id: str, rgb: NDArray[Any], *, used: bool = True, note: str = ""
) -> Evidence:
    """A picture that was taken for the work, as a PNG file.

    Args:
        number: tells it from the other pictures of the run.
        rgb: (H, W, 3) uint8.
    """
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(file, "PNG", compress_level=PNG_LEVEL)
    data = file.getvalue()
    return Evidence(f"{number:04d}.png", camera_id, sha256_of(data), data, used, note)


def recorded(
    outcome: Outcome,
    devices: Sequence[CalibratedDevice],
    pictures: Sequence[Evidence],
    made_by: str,
    store: Calibrations,
    in_force: Calibration | None = None,
    copies_mb: int = COPIES_MB,
) -> CalibrationRun:
    """Keep what came out as a new version, and what it would change of the calibration in force.

    Copies of pictures are kept up to `copies_mb`, used ones first; of a drift check that passed, none: it
    runs every shift, and there is nothing to do again.

    Args:
        in_force: what the cameras run under, when it is not what was accepted last in the store.

    Raises:
        InputError: a camera was placed whose lens is not known.
        StoreError: it cannot be kept.
    """
    pictures, version = tuple(_distinct(pictures)), new_id("calibration")
    before = in_force or store.in_force()
    after = _led_to(outcome, before, version)
    copied = _copied(outcome, pictures, copies_mb)
    run = CalibrationRun(
        version,
        outcome.step,
        now(),
        made_by,
        tuple(devices),
        tuple(_kept(each, each.name in copied) for each in pictures),
        outcome.results,
        outcome.passed,
        outcome.advice,
        before.version if before else "",
        difference(before, after) if after else {},
    )
    store.keep_run(run, after, copied, outcome.details)
    return run


def _led_to(outcome: Outcome, before: Calibration | None, version: str) -> Calibration | None:
    """The calibration with the outcome in its place, or None where it changes nothing."""
    measured = (outcome.intrinsics, outcome.poses, outcome.tray_plane, outcome.empty_tray, outcome.depth)
    if outcome.step is Step.DRIFT or not any((*measured, outcome.colour, outcome.markers)):
        return None
    lenses = outcome.intrinsics.keys() | (before.cameras.keys() if before else set())
    if unknown := outcome.poses.keys() - lenses:
        raise InputError(f"the lens of camera {min(unknown)} is not known: calibrate its intrinsics first")
    return applied(outcome, before, version)


def _distinct(pictures: Iterable[Evidence]) -> Iterator[Evidence]:
    """The pictures under file names that no two share: each camera may count its own."""
    taken: set[str] = set()
    for number, each in enumerate(pictures, start=1):
        shared = each.data is not None and each.name in taken
        name = f"{number:04d}-{each.name}" if shared else each.name
        taken.add(name)
        yield replace(each, name=name)


def _copied(outcome: Outcome, pictures: Iterable[Evidence], copies_mb: int) -> dict[str, bytes]:
    """The copies to keep, by name."""
    if outcome.step is Step.DRIFT and outcome.passed:
        return {}
    left_bytes = copies_mb * 2**20
    copies: dict[str, bytes] = {}
    for each in sorted(pictures, key=lambda each: not each.used):
        if each.data is not None and len(each.data) <= left_bytes:
            left_bytes -= len(each.data)
            copies[each.name] = each.data
    return copies


def _kept(picture: Evidence, copied: bool) -> KeptPicture:
    kept = KeptPicture(picture.name, picture.camera_id, picture.sha256, picture.used, picture.note)
    return kept if copied else replace(kept, note=f"{picture.note}; no copy kept".removeprefix("; "))
