"""Each part of the booth, built as the settings say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from booth import plugins
from booth.config import Config
from booth.errors import ConfigError
from booth.ports.devices import Camera
from booth.ports.outside import Remote
from booth.ports.scene import Scene
from booth.ports.screen import Screen
from booth.ports.seeing import Judge, Perception
from booth.store.samples import Store


def open_store(config: Config, *, recover: bool = False) -> Store:
    """The local store. Raises: StoreError."""
    store = config.settings.store
    return Store.open(
        config.data_dir,
        high_water_free_mb=store.high_water_free_mb,
        ballast_mb=store.ballast_mb,
        recover=recover,
    )


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
