"""Puts a calibration in force on a person's word, after saying what speaks against it."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterator, Mapping

from booth.domain.calibrating import CalibrationRun, Decision, Step
from booth.domain.picture import Calibration
from booth.domain.terms import now
from booth.errors import InputError, StoreError
from booth.store.calibrations import Calibrations
from booth.store.durable import sha256_of

log = logging.getLogger(__name__)

NAME_LIMIT = 100
REASON_LIMIT = 1000


def accept(store: Calibrations, version: str, decided_by: str, although: str = "") -> Decision:
    """Put a run's calibration in force, from the next start on.

    Args:
        although: why, when something speaks against it; it is kept with the decision.

    Raises:
        InputError: something speaks against it and no reason is given, or nobody is named.
        StoreError: there is no such run, it is damaged, others decide meanwhile, or the disk refuses.
    """
    said = store.decisions()
    against = objections(store, version)
    if against and not although.strip():
        raise InputError(f"{version} is not accepted: {' '.join(against)}")
    decision = _decision(version, True, decided_by, although)
    store.decide(decision, after=said)
    return decision


def reject(store: Calibrations, version: str, decided_by: str, reason: str = "") -> Decision:
    """Keep that a run is not to be used; one in force makes way for the one accepted before it.

    Raises:
        InputError: nobody is named.
        StoreError: there is no such run, or the disk refuses.
    """
    decision = _decision(version, False, decided_by, reason)
    store.decide(decision)
    return decision


def objections(store: Calibrations, version: str) -> tuple[str, ...]:
    """What speaks against accepting a run, one sentence each; empty when nothing does.

    Raises:
        StoreError: there is no such run, or it is damaged.
    """
    return tuple(_objections(store, version))


def accepted_results(store: Calibrations, step: Step) -> Mapping[str, object] | None:
    """What the run that was accepted last found in this step; None when there is none. Raises: StoreError."""
    run = accepted_run(store, step)
    return run.results if run else None


def accepted_run(store: Calibrations, step: Step, before: str = "") -> CalibrationRun | None:
    """The run of this step that was accepted last, of those that can be read; None when there is none.

    Args:
        before: only runs older than this version.

    Raises:
        StoreError: the decisions cannot be read.
    """
    for version, decision in reversed(store.decisions().items()):
        if before and version >= before:
            continue
        try:
            if decision.accepted and (run := store.run(version)).step is step:
                return run
        except StoreError as error:  # nobody knows of which step it was
            log.error("an accepted calibration is passed over: %s", error)
    return None


def _objections(store: Calibrations, version: str) -> Iterator[str]:
    run = store.run(version)
    if problems := store.problems(version):
        raise StoreError(f"{problems[0]}; calibrate again")
    if not run.passed:
        yield "It did not pass."
    decision = store.decision(version)
    if decision is not None and not decision.accepted:
        because = f": {decision.reason}" if decision.reason else ""
        yield f"{decision.decided_by} rejected it on {decision.decided_at:%Y-%m-%d}{because}."
    if undone := _undone(store, run):
        yield (
            f"It was measured under {run.based_on or 'no calibration'} and would undo what"
            f" {store.version_in_force()} changed since: {', '.join(undone)}; calibrate again under that one."
        )


def _undone(store: Calibrations, run: CalibrationRun) -> list[str]:
    """The parts that were changed since the run was measured, which it would set back."""
    if not store.carries(run.version):
        return []
    try:
        current = store.in_force()
    except StoreError:  # what is in force is damaged: nothing is left to be undone
        return []
    if current is None or current.version in (run.version, run.based_on):
        return []
    base = _parts(_base(store, run))
    fresh = _parts(store.load(run.version)).items() - base.items()
    since = _parts(current).items() - base.items()
    return sorted(dict(since).keys() - dict(fresh).keys())


def _base(store: Calibrations, run: CalibrationRun) -> Calibration:
    try:
        return store.load(run.based_on) if run.based_on else Calibration("", {})
    except StoreError:  # then all that is in force now counts as changed since
        return Calibration("", {})


def _parts(calibration: Calibration) -> dict[str, Hashable]:
    """What is calibrated one by one, by the name that a technician is told."""
    parts: dict[str, Hashable] = {"the tray's plane": calibration.tray_plane}
    for camera_id, camera in calibration.cameras.items():
        parts[f"the lens of {camera_id}"] = camera.intrinsics
        parts[f"the place of {camera_id}"] = camera.tray_from_camera
    for camera_id, depth in calibration.depth.items():
        parts[f"the depth of {camera_id}"] = depth
    for camera_id, colour in calibration.colour.items():
        parts[f"the colours of {camera_id}"] = colour
    for camera_id, picture in calibration.empty_tray.items():
        depth_bytes = b"" if picture.depth_mm is None else picture.depth_mm.tobytes()
        parts[f"the empty tray of {camera_id}"] = sha256_of(picture.rgb.tobytes() + depth_bytes)
    if calibration.markers:
        parts["the markers"] = tuple(sorted(calibration.markers.items()))
    return parts


def _decision(version: str, accepted: bool, decided_by: str, reason: str) -> Decision:
    decision = Decision(version, accepted, now(), decided_by.strip(), reason.strip())
    if not decision.decided_by or len(decision.decided_by) > NAME_LIMIT:
        raise InputError(f"say who decides, in 1 to {NAME_LIMIT} characters")
    if len(decision.reason) > REASON_LIMIT:
        raise InputError(f"a reason has at most {REASON_LIMIT} characters")
    return decision
