"""The one place where parts meet: built from the settings, started in order, stopped in reverse."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from booth import plugins
from booth.config import Config
from booth.domain.picture import Calibration, View
from booth.domain.sample import Closing
from booth.domain.terms import now
from booth.errors import ConfigError
from booth.events import Bus
from booth.feed import Feed
from booth.gallery.enrol import enrol
from booth.lane.examine import Examiner
from booth.lane.lane import Lane
from booth.lane.station import RunningStation
from booth.lane.tray import TrayWatch
from booth.lane.visit import Visit
from booth.ports.devices import Camera
from booth.ports.finding import CatalogueIndex
from booth.ports.outside import Remote
from booth.ports.scene import ItemWish, Scene
from booth.ports.screen import Screen
from booth.ports.seeing import Judge, Perception
from booth.ports.service import Service
from booth.store.calibrations import Calibrations
from booth.store.records import Recovery, SampleState
from booth.store.references import References
from booth.store.samples import Store
from booth.writer.courier import Courier
from booth.writer.writer import Writer

log = logging.getLogger(__name__)

REFERENCE_SEED = 1_000_000
"""Placements of reference pictures start here, far from the seeds of items."""

REFERENCE_TIMEOUT_S = 30.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Running:
    """A booth that runs: what its screen needs, and what tells of it."""

    station: RunningStation
    bus: Bus
    store: Store


@contextmanager
def running(config: Config, progress: Progress | None = None) -> Iterator[Running]:
    """Build and start the whole booth; it stops, in reverse, when the context ends.

    Raises:
        ConfigError, StoreError, ModelError, DeviceError: it cannot start.
    """
    settings = config.settings
    bus = Bus()
    scene = build_scene(config)
    cameras = build_cameras(config, scene)
    host = plugins.load("booth.hosts", settings.host.name)(host_options(config))
    examiner = build_examiner(config, scene.calibration if scene else None)
    with ExitStack() as stack:
        stack.enter_context(threadpool_limits(1))  # views and cameras already keep the cores busy
        store = stack.enter_context(open_store(config, recover=True))
        say_recovered(store.recovery)
        close_orphans(store)
        if examiner.calibration is not None:
            Calibrations(config.data_dir).keep(examiner.calibration)
        if scene is not None:
            stock(scene, cameras, examiner, settings.scene.references, progress)
        writer = Writer(store, bus)
        feeds = [Feed(camera, bus, settings.lane.frame_timeout_s) for camera in cameras]
        courier = Courier(store, writer, host, bus)
        tray = TrayWatch(examiner.calibration, settings.lane.settle_s)
        visit = Visit(settings.booth.id, examiner, writer, bus, settings.lane.undo_s)
        lane = Lane(visit, feeds, tray, examiner.calibration, bus, settings.lane.frame_timeout_s)
        station = RunningStation(lane, feeds, examiner.index, store, writer, bus, scene)
        parts: tuple[Service, ...] = (writer, courier, *feeds, lane)
        for part in parts:
            stack.callback(part.stop)
            part.start()
        stack.callback(writer.hurry)  # first of all: nobody may wait for a store that refuses
        yield Running(station, bus, store)


def open_store(config: Config, *, recover: bool = False) -> Store:
    """The local store. Raises: StoreError."""
    store = config.settings.store
    return Store.open(
        config.data_dir,
        high_water_free_mb=store.high_water_free_mb,
        ballast_mb=store.ballast_mb,
        recover=recover,
    )


def say_recovered(recovery: Recovery) -> None:
    """Say what an earlier run left behind; `booth doctor` goes on saying it."""
    for path in recovery.quarantined:
        log.error("a file or folder without a sample was left behind; it is now %s", path)
    for sample_id in recovery.flagged:
        log.error("sample %s is not what was kept, and is never sent: see `booth samples verify`", sample_id)


def close_orphans(store: Store) -> None:
    """Close samples that an earlier run kept and never closed, oldest first: they reach central storage."""
    for row in reversed(store.rows(limit=1_000_000, state=SampleState.KEPT)):
        closing = Closing(now(), "booth", row.gtin, "barcode" if row.gtin else "", person_outcome=None)
        store.close_sample(row.sample_id, closing)
        log.warning("sample %s was left open; it is closed as it was kept", row.sample_id)


def build_scene(config: Config) -> Scene | None:
    """What simulated cameras see; real ones need none. Raises: ConfigError."""
    if config.settings.cameras.driver != "simulated":
        return None
    scene: Scene = plugins.load("booth.scenes", config.settings.scene.name)(config.settings.scene.options)
    return scene


def build_cameras(config: Config, scene: Scene | None) -> Sequence[Camera]:
    """The cameras of the chosen driver; a `folder` among its options starts at the settings' own folder.

    Raises:
        ConfigError, InputError, DeviceError: there are none.
    """
    chosen = config.settings.cameras
    options = dict(chosen.options)
    if "folder" in options:
        options["folder"] = str(config.path(Path(str(options["folder"]))))
    cameras: Sequence[Camera] = plugins.load("booth.cameras", chosen.driver)(options, scene)
    ids = [camera.camera_id for camera in cameras]
    if not ids or len(set(ids)) < len(ids):
        raise ConfigError(f"cameras.driver '{chosen.driver}' gives no cameras, or two of one name: {ids}")
    return cameras


def build_perception(config: Config) -> Perception:
    """Who looks. Raises: ConfigError, ModelError."""
    chosen = config.settings.perception
    perception: Perception = plugins.load("booth.perceptions", chosen.name)(chosen.options)
    return perception


def build_judge(config: Config) -> Judge:
    """Who judges. Raises: ConfigError, ModelError."""
    chosen = config.settings.judge
    judge: Judge = plugins.load("booth.judges", chosen.name)(chosen.options)
    return judge


def build_index(config: Config) -> CatalogueIndex:
    """The catalogue. Raises: ConfigError, StoreError."""
    chosen = config.settings.identify
    index: CatalogueIndex = plugins.load("booth.indexes", chosen.index)(config.data_dir, chosen.options)
    return index


def build_examiner(config: Config, calibration: Calibration | None) -> Examiner:
    """The parts that see. Raises: ConfigError, ModelError, StoreError."""
    index = build_index(config)
    strategies = [
        plugins.load("booth.strategies", name)(index) for name in config.settings.identify.strategies
    ]
    return Examiner(
        build_perception(config),
        build_judge(config),
        index,
        strategies,
        References(config.data_dir),
        calibration,
    )


def build_screen(config: Config) -> Screen:
    """The touchscreen. Raises: ConfigError."""
    chosen = config.settings.screen
    screen: Screen = plugins.load("booth.screens", chosen.name)(chosen.options)
    return screen


def build_remote(config: Config) -> Remote:
    """Central storage. Raises: ConfigError, SyncError."""
    sync = config.settings.sync
    kind, separator, _ = sync.remote.partition("://")
    if not separator:
        raise ConfigError("sync.remote is not set; give file:///path or s3://bucket/prefix")
    remote: Remote = plugins.load("booth.remotes", kind)(sync.remote, sync.options)
    return remote


def host_options(config: Config) -> dict[str, object]:
    """The host's own options; the file host writes beside the store unless told otherwise."""
    chosen = config.settings.host
    if chosen.name == "file":
        folder = Path(str(chosen.options.get("folder", config.data_dir / "host")))
        return {**chosen.options, "folder": str(config.path(folder))}
    return dict(chosen.options)


def stock(
    scene: Scene,
    cameras: Sequence[Camera],
    examiner: Examiner,
    references: int,
    progress: Progress | None,
) -> None:
    """Bring the simulated products into catalogue and gallery, as these cameras see them.

    What is there already stays; an enrolment that was cut off is made up for.
    """
    new = [product for product in scene.products if examiner.index.by_gtin(product.gtin) != product]
    if new:
        examiner.index.upsert(new)
    wishes = [
        ItemWish(REFERENCE_SEED + number, product.gtin)
        for product in scene.products
        for number in range(_enrolled(examiner, product.gtin, len(cameras)), references)
    ]
    with ExitStack() as stack:
        for camera in cameras if wishes else ():
            stack.callback(camera.close)
            camera.open()
        for done, wish in enumerate(wishes, start=1):
            scene.place(wish)
            views = [View(camera.camera_id, camera.read(REFERENCE_TIMEOUT_S)) for camera in cameras]
            enrol(examiner.perception, examiner.references, wish.gtin, views, scene.calibration)
            if progress:
                progress(done, len(wishes))
    scene.clear()


def _enrolled(examiner: Examiner, gtin: str, cameras: int) -> int:
    """From how many placements a product has references in every camera."""
    gallery = examiner.references.of(gtin, examiner.perception.trunk)
    if gallery is None:
        return 0
    views = Counter(reference.view for reference in gallery.references if reference.variant == 0)
    return min(views.values()) if len(views) == cameras else 0
