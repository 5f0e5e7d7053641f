"""Says what is well, what is not, and what to do: devices, disk, models, store, search, clock, remote."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from booth.config import Config
from booth.domain.calibrating import Step
from booth.domain.device import DeviceInfo, is_same
from booth.domain.thresholds import NOMINAL
from booth.errors import BoothError, StoreError
from booth.identify.bandit.policy import Bandit
from booth.identify.memory import Memory
from booth.identify.ranker.ranker import Ranker
from booth.ports.devices import Camera, Device
from booth.ports.finding import CatalogueIndex, MaintainedIndex
from booth.ports.outside import Remote
from booth.ports.seeing import Perception
from booth.store.calibrations import Calibrations
from booth.store.catalogue.embedded import OLDER_FILE
from booth.store.catalogue.generations import current, where
from booth.store.catalogue.text_seal import broken_of
from booth.store.catalogue.wording import FOLDER as TEXT_FOLDER
from booth.store.catalogue.wording import INDEX as TEXT_INDEX
from booth.store.gallery_schema import FILE_NAME as GALLERY_FILE
from booth.store.gallery_schema import ReferenceState
from booth.store.learning import FILE_NAME as LEARNING_FILE
from booth.store.learning import Learning
from booth.store.looks import Looks
from booth.store.policies import Policies
from booth.store.references import References
from booth.store.samples import DATABASE_FILE, Store
from booth.store.shelf import Shelf

BUILT = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock may be earlier than this."""
TIME_SYNCED = Path("/run/systemd/timesync/synchronized")
FRAME_TIMEOUT_S = 5.0
CATALOGUE_FOLDER = "catalogue"
WAITING = (ReferenceState.CANDIDATE, ReferenceState.VETTED)
LEARNT: dict[str, Callable[[bytes], object]] = {
    "bandit": Bandit.from_bytes,
    "memory": Memory.from_bytes,
    "ranker": Ranker.from_bytes,
}
"""Every kind of learning state, and what reads it."""


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
    catalogue: Callable[[], MaintainedIndex]
    """The booth's own one."""
    engine: Callable[[], CatalogueIndex | None]
    """The catalogue engine that is searched first, or None."""
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
        ("catalogue", lambda: _catalogue(config, parts)),
        ("catalogue/engine", lambda: _engine(config, parts)),
        ("catalogue/pictures", lambda: _pictures(config, parts)),
        ("learnt", lambda: _learnt(config)),
        ("policy", lambda: _policy(config)),
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
    stale = sorted(
        {row.gtin for row in rows if row.trunk != trunk and row.state is not ReferenceState.RETIRED}
    )
    if stale:
        seen = f"{len(stale)} products have references of another trunk, such as {stale[0]}"
        yield Finding("models/gallery", State.CARE, seen, "`booth gallery re-enrol`, or start `booth run`")
    else:
        yield Finding(
            "models/gallery", State.WELL, f"{len({row.gtin for row in rows})} products have references"
        )
    waiting = sorted({row.gtin for row in rows if row.state in WAITING})
    if waiting:
        seen = f"candidates of {len(waiting)} products wait for a person, such as those of {waiting[0]}"
        yield Finding("gallery", State.CARE, seen, "`booth gallery vet`, then `booth gallery report`")


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


def _catalogue(config: Config, parts: Parts) -> Iterator[Finding]:
    """Every byte of the booth's own catalogue; opening it makes anew what can be."""
    folder, name = config.data_dir / CATALOGUE_FOLDER, "catalogue"
    if (older := config.data_dir / OLDER_FILE).exists():
        remedy = "`booth catalogue import FILE`, if that was not done since; then delete it"
        yield Finding(name, State.CARE, f"{older} is of an older booth and is not read", remedy)
    if not folder.is_dir() or not (generation := current(folder)):
        seen = f"there is none at {folder}: only a person can name a product"
        yield Finding(name, State.CARE, seen, "`booth catalogue import FILE`")
        return
    text = broken_of(where(folder, generation) / TEXT_FOLDER / TEXT_INDEX)
    with closing(parts.catalogue()) as index:
        damaged, count = index.check(), index.count()
        seen = f"{count} products, snapshot {index.snapshot}, every byte as it was written"
    for problem in damaged:
        remedy = "`booth catalogue import --replace FILE` makes it anew, `booth run` its pictures"
        yield Finding(name, State.ILL, problem, remedy)
    if not count:
        yield Finding(name, State.CARE, "it is empty", "`booth catalogue import FILE`")
    elif not damaged:
        yield Finding(name, State.WELL, seen)
    if text:
        seen, remedy = f"{text}; it is made anew now", "look at the disk if this is said again"
        yield Finding("catalogue/text", State.CARE, f"the full text was damaged: {seen}", remedy)
    else:
        yield Finding("catalogue/text", State.WELL, "the full text is as it was written")


def _engine(config: Config, parts: Parts) -> Iterator[Finding]:
    name, chosen = "catalogue/engine", config.settings.identify.index
    try:
        engine = parts.engine()
        if engine is None:
            return
        with closing(engine):
            yield Finding(name, State.WELL, f"{chosen} answers, with {engine.count()} products")
    except StoreError as error:
        remedy = "the booth searches its own copy until the engine answers again"
        yield Finding(name, State.CARE, f"{chosen}: {error}", remedy)


def _pictures(config: Config, parts: Parts) -> Iterator[Finding]:
    """Whether every reference picture can be searched by."""
    name, embedder = "catalogue/pictures", parts.perception().embedder
    if not (config.data_dir / GALLERY_FILE).exists():
        return
    if not embedder:
        yield Finding(name, State.CARE, "nothing makes embeddings", "name another `perception` in booth.toml")
        return
    with closing(Looks(config.data_dir)) as looks:
        lacking, unreadable = len(looks.lacking(embedder)), looks.without_picture()
    for path in unreadable[:1]:
        seen = f"{len(unreadable)} reference pictures are gone, such as {path}"
        yield Finding(name, State.ILL, seen, "bring them back, or enrol those products again")
    if lacking:
        seen = f"{lacking} reference pictures have no embedding of {embedder}"
        yield Finding(name, State.CARE, seen, "`booth run` makes them when it starts")
    elif not unreadable:
        yield Finding(name, State.WELL, f"every reference picture has an embedding of {embedder}")


def _learnt(config: Config) -> Iterator[Finding]:
    """What is in force of each kind, read as the booth reads it, and what is logged to learn from."""
    if not (config.data_dir / LEARNING_FILE).exists():
        yield Finding(
            "learnt", State.CARE, "nothing was learnt yet", "`booth run` begins, once there are products"
        )
        return
    with closing(Learning(config.data_dir)) as learning:
        for kind, read in LEARNT.items():
            yield _learnt_kind(learning, kind, read)
        logged, known = learning.counts()
    yield Finding("learnt/log", State.WELL, f"{logged} searches are logged, {known} of them confirmed")


def _learnt_kind(learning: Learning, kind: str, read: Callable[[bytes], object]) -> Finding:
    name = f"learnt/{kind}"
    try:
        state = learning.in_force(kind)
        if state is None:
            return Finding(name, State.CARE, "none is in force", "`booth learn --cold`, or start `booth run`")
        read(state.document)
    except BoothError as error:
        remedy = (
            f"`booth learn versions {kind}`, then `booth learn use {kind} VERSION`; or `booth learn --cold`"
        )
        return Finding(name, State.ILL, str(error), remedy)
    return Finding(name, State.WELL, f"{state.version}, made by {state.made_by}")


def _policy(config: Config) -> Iterator[Finding]:
    """The thresholds in force."""
    thresholds = Policies(config.data_dir).in_force()
    seen = (
        f"{thresholds.version}: unsure above {thresholds.unsure_above:g}, "
        f"damaged above {thresholds.damaged_above:g}"
    )
    if thresholds is NOMINAL:
        remedy = "`booth policy fit`, once enough good items are confirmed: it says how many"
        yield Finding("policy", State.CARE, seen, remedy)
    else:
        yield Finding("policy", State.WELL, seen)


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
