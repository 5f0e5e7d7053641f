"""Says what is well, what is not, and what to do: devices, disk, models, store, clock, remote."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from booth.config import Config
from booth.domain.calibrating import Step
from booth.domain.device import DeviceInfo, is_same
from booth.errors import BoothError
from booth.ports.devices import Camera, Device
from booth.ports.outside import Remote
from booth.ports.seeing import Perception
from booth.store.calibrations import Calibrations
from booth.store.references import References
from booth.store.samples import DATABASE_FILE, Store
from booth.store.shelf import Shelf

BUILT = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock may be earlier than this."""
TIME_SYNCED = Path("/run/systemd/timesync/synchronized")
FRAME_TIMEOUT_S = 5.0


class State(StrEnum):
    """How a part is."""

    WELL = "well"
    CARE = "care"
    """It works, but someone should look at it."""
    ILL = "ill"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part's state, what was seen, and what to do about it (empty when well)."""

    part: str
    state: State
    seen: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """How to build what is examined; each raises BoothError when it cannot."""

    cameras: Callable[[], Sequence[Camera]]
    serial: Callable[[], Iterable[tuple[str, Device]]]
    plugged_in: Callable[[], Iterable[tuple[str, DeviceInfo | BoothError]]]
    perception: Callable[[], Perception]
    store: Callable[[], Store]
    remote: Callable[[], Remote]
    probe: Callable[[Remote], None]


def examine(config: Config, parts: Parts) -> Iterator[Finding]:
    """Every finding, as soon as it is made."""
    used: list[DeviceInfo] = []
    checks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("devices", lambda: _devices(parts, used)),
        ("devices", lambda: _serial(parts, used)),
        ("devices", lambda: _plugged_in(parts, used)),
        ("calibration", lambda: _calibration(config, datetime.now(UTC))),
        ("disk", lambda: _disk(config)),
        ("models", lambda: _models(config, parts)),
        ("store", lambda: _store(config, parts)),
        ("clock", lambda: _clock(datetime.now(UTC))),
        ("remote", lambda: _remote(config, parts)),
    )
    for part, check in checks:
        try:
            yield from check()
        except (BoothError, OSError) as error:
            yield Finding(part, State.ILL, str(error), "mend what the line names, then run doctor again")


def _devices(parts: Parts, used: list[DeviceInfo]) -> Iterator[Finding]:
    for camera in parts.cameras():
        name = f"devices/{camera.camera_id}"
        try:
            camera.open()
            frame = camera.read(FRAME_TIMEOUT_S)
        except BoothError as error:
            yield Finding(name, State.ILL, str(error), "see to what the line names")
            continue
        finally:
            camera.close()
            used.append(camera.info)  # its serial is known only once it was open
        height, width = frame.rgb.shape[:2]
        depth = "with depth" if frame.depth_mm is not None else "colour only"
        yield Finding(
            name, State.WELL, f"{camera.info.kind} {camera.info.serial}: {width} x {height}, {depth}"
        )


def _serial(parts: Parts, used: list[DeviceInfo]) -> Iterator[Finding]:
    for part, device in parts.serial():
        name = f"devices/{part}"
        try:
            device.open()
        except BoothError as error:
            yield Finding(name, State.ILL, str(error), "see to what the line names")
            continue
        finally:
            device.close()
        info = device.info
        used.append(info)
        seen = " ".join(word for word in (info.kind, info.serial, info.model, info.address) if word)
        yield Finding(name, State.WELL, seen)


def _plugged_in(parts: Parts, used: Sequence[DeviceInfo]) -> Iterator[Finding]:
    """What a driver finds that nobody uses, and what could not be looked for."""
    for driver, found in parts.plugged_in():
        if isinstance(found, BoothError):
            yield Finding(f"devices/{driver}", State.CARE, str(found), "see to what the line names")
        elif not any(is_same(found, info) for info in used):
            words = (found.kind, found.serial, found.model, found.address)
            seen = f"{' '.join(word for word in words if word)} is plugged in, and not in booth.toml"
            yield Finding(f"devices/{driver}", State.CARE, seen, "name it in booth.toml, or unplug it")


def _calibration(config: Config, present: datetime) -> Iterator[Finding]:
    store = Calibrations(config.data_dir)
    in_force = store.in_force()  # read as the booth reads it when it starts
    if in_force is None:
        remedy = "`booth calibrate --help`: lenses first, then the array, then the tray"
        yield Finding("calibration", State.CARE, "none is accepted: nothing is measured in mm", remedy)
        return
    version = in_force.version
    decision, drift = store.decision(version), store.runs(1, Step.DRIFT)
    age = f" {(present - decision.decided_at).days} days ago" if decision else ""
    seen = f"{version}, accepted{age}"
    last = drift[0] if drift and drift[0].based_on == version and not drift[0].passed else None
    if last is not None and last.results.get("verdict") == "unchecked":
        remedy = "clear the tray and the markers beside it, then `booth calibrate live drift`"
        yield Finding("calibration", State.CARE, f"{seen}; {' '.join(last.advice)}", remedy)
    elif last is not None:
        yield Finding("calibration", State.ILL, f"{seen}; {' '.join(last.advice)}", "calibrate again")
    else:
        yield Finding("calibration", State.WELL, seen)


def _disk(config: Config) -> Iterator[Finding]:
    folder = config.data_dir
    while not folder.exists():
        folder = folder.parent
    free_mb = shutil.disk_usage(folder).free // 2**20
    mark_mb = config.settings.store.high_water_free_mb
    seen = f"{free_mb} MB free at {config.data_dir}; intake stops below {mark_mb} MB"
    if problem := _cannot_write(folder):
        yield Finding("disk", State.ILL, problem, "mount it writable, or name another booth.data_dir")
    elif free_mb < mark_mb:
        yield Finding("disk", State.ILL, seen, "run `booth sync`, or free space on that disk")
    elif free_mb < 4 * mark_mb:
        yield Finding("disk", State.CARE, seen, "run `booth sync` soon")
    else:
        yield Finding("disk", State.WELL, seen)


def _cannot_write(folder: Path) -> str:
    """Why a nameless file cannot be made there, or empty."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f"{folder} cannot be written: {error.strerror}"


def _models(config: Config, parts: Parts) -> Iterator[Finding]:
    trunk = parts.perception().trunk
    yield Finding("models", State.WELL, f"trunk {trunk} loads, and its file is the pinned one")
    rows = References(config.data_dir).listing() if config.data_dir.exists() else []  # look, make nothing
    stale = sorted({row.gtin for row in rows if row.trunk != trunk})
    if stale:
        seen = f"{len(stale)} products have references of another trunk, such as {stale[0]}"
        yield Finding("models/gallery", State.CARE, seen, "enrol them again with `booth gallery enrol`")
    else:
        yield Finding(
            "models/gallery", State.WELL, f"{len({row.gtin for row in rows})} products have references"
        )


def _store(config: Config, parts: Parts) -> Iterator[Finding]:
    shelf = Shelf(config.data_dir)
    if not (config.data_dir / DATABASE_FILE).exists():
        yield _no_store(shelf)
        return
    with parts.store() as store:
        counts, problems = store.count(), store.problems()
    seen = ", ".join(f"{count} {state}" for state, count in counts.items())
    for problem in problems:
        remedy = "is the right disk mounted? Else bring the store back from a copy before the booth runs"
        yield Finding("store", State.ILL, problem, remedy)
    if counts.get("flagged", 0):
        remedy = "`booth samples verify` names them; their files changed or are missing"
        yield Finding("store", State.ILL, seen, remedy)
    elif not problems:
        yield Finding("store", State.WELL, seen)
    if aside := len(shelf.set_aside()):
        remedy = "nobody has a row for them: see what they are, then delete them"
        yield Finding("store/quarantine", State.CARE, f"{aside} things lie in {shelf.quarantined}", remedy)


def _no_store(shelf: Shelf) -> Finding:
    held = len(shelf.folders()) if shelf.samples.is_dir() else 0
    if held:
        remedy = "bring the database back before the booth runs: else they all go to quarantine"
        seen = f"{held} folders of samples lie in {shelf.samples}, but {DATABASE_FILE} is gone"
        return Finding("store", State.ILL, seen, remedy)
    remedy = "`booth run` makes one; if there was one, look whether its disk is mounted"
    return Finding("store", State.CARE, f"there is none at {shelf.root}", remedy)


def _clock(present: datetime) -> Iterator[Finding]:
    seen = f"{present:%Y-%m-%d %H:%M:%S} UTC"
    if not BUILT < present < BUILT + timedelta(days=20 * 365):
        yield Finding("clock", State.ILL, seen, "set the clock; samples are named by time")
    elif not TIME_SYNCED.exists():
        yield Finding(
            "clock", State.CARE, f"{seen}; not known to be synchronised", "enable systemd-timesyncd"
        )
    else:
        yield Finding("clock", State.WELL, seen)


def _remote(config: Config, parts: Parts) -> Iterator[Finding]:
    if not config.settings.sync.remote:
        remedy = "set sync.remote in booth.toml to file:///path or s3://bucket/prefix"
        yield Finding("remote", State.CARE, "none is set: samples stay on this booth", remedy)
        return
    remote = parts.remote()
    parts.probe(remote)
    seen = f"{remote.address} answers, and only one of two creates wins"
    if config.settings.sync.receipt_public_key:
        yield Finding("remote", State.WELL, seen)
    else:
        remedy = "set sync.receipt_public_key to what `booth ingest` prints"
        yield Finding(
            "remote", State.CARE, f"{seen}; receipts are not checked, so nothing is evicted", remedy
        )
