"""Settings: one booth.toml, overlaid by BOOTH_SECTION__KEY variables, read once and passed down."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from booth.domain.terms import DamageType, DispositionKind, Part, Severity
from booth.domain.tolerance import TOLERANCES, Tolerance
from booth.errors import ConfigError

FILE_NAME = "booth.toml"
PREFIX = "BOOTH_"


class Section(BaseModel):
    """A table of booth.toml; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BoothSection(Section):
    """Which booth this is, and where it keeps its data."""

    id: str = Field("booth-1", pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
    data_dir: Path = Path("var")

    @field_validator("data_dir")
    @classmethod
    def _names_a_folder(cls, path: Path) -> Path:
        if "\0" in str(path):
            raise ValueError("no folder has a NUL in its name")
        return path


class CamerasSection(Section):
    """The camera driver, and its own options."""

    driver: str = "simulated"
    options: dict[str, Any] = Field(default_factory=dict)


class DeviceSection(Section):
    """A device on a serial line, and its driver's own options; no driver means that there is none."""

    driver: str = ""
    options: dict[str, Any] = Field(default_factory=dict)


class LightSection(DeviceSection):
    """The light over the tray, and how bright it burns: 0..1 of what its lamps are rated for."""

    brightness: float = Field(0.8, ge=0, le=1)


class CalibrationSection(Section):
    """How often the fixed markers are looked at, and how far they may have moved."""

    drift_every_h: float = Field(8.0, gt=0, le=24 * 365)
    drift_limit_px: float = Field(1.5, gt=0, le=100)


class SceneSection(Section):
    """What simulated cameras see, and how many references of each simulated product are enrolled at start."""

    name: str = "synthetic"
    references: int = Field(4, ge=0, le=64)
    options: dict[str, Any] = Field(default_factory=dict)


class LaneSection(Section):
    """When a capture is taken, and how long a save can be undone."""

    settle_s: float = Field(0.6, gt=0, le=10)
    frame_timeout_s: float = Field(2.0, gt=0, le=30)
    undo_s: float = Field(5.0, ge=0, le=60)
    cameras_may_lack: int = Field(0, ge=0, le=63)
    """How many cameras may be missing or silent before a capture is refused; it says which were."""


class PartSection(Section):
    """A part chosen by name, with its own options."""

    name: str
    options: dict[str, Any] = Field(default_factory=dict)


class PerceptionSection(PartSection):
    """Who looks."""

    name: str = "trunk"


class JudgeSection(PartSection):
    """Who judges."""

    name: str = "fused"


class ToleranceSection(Section):
    """What holds for a kind of damage, see booth.domain.tolerance; a key that is left out is any of them."""

    tolerable: bool = False
    disposition: DispositionKind | None = None
    type: DamageType | None = None
    severity: Severity | None = None
    part: Part | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        self.row()
        return self

    def row(self) -> Tolerance:
        """As the policy reads it. Raises: ValueError when it contradicts itself."""
        return Tolerance(self.tolerable, self.disposition, self.type, self.severity, self.part)


class PolicySection(Section):
    """How many good items may be called damaged or asked about, and what follows from damage."""

    budget: float = Field(0.005, gt=0, lt=0.5)
    """The share of good items that `booth policy fit` lets the booth call damaged."""
    unsure: float = Field(0.05, gt=0, lt=0.5)
    """The share of good items that it lets the booth not call ok, those called damaged included."""
    table: tuple[ToleranceSection, ...] = tuple(ToleranceSection(**asdict(row)) for row in TOLERANCES)
    """The most specific row that holds decides; a table of the site's own replaces the whole of it."""

    @field_validator("table")
    @classmethod
    def _no_two_alike(cls, rows: tuple[ToleranceSection, ...]) -> tuple[ToleranceSection, ...]:
        seen: dict[tuple[object, ...], int] = {}
        for number, row in enumerate(rows):
            first = seen.setdefault((row.type, row.severity, row.part), number)
            if first != number:
                raise ValueError(f"rows {first} and {number} (from 0) are for the same damage")
        return rows


class ShortlistSection(Section):
    """Where the site says what it expects of a licence plate, tote or order; no name means nowhere."""

    name: str = ""
    options: dict[str, Any] = Field(default_factory=dict)


class IdentifySection(Section):
    """The catalogue's index, the strategies that search it, and when the booth settles by itself."""

    index: str = "embedded"
    options: dict[str, Any] = Field(default_factory=dict)
    strategies: tuple[str, ...] = (
        "exact_gtin",
        "memory",
        "shortlist",
        "partial_gtin",
        "structured",
        "printed_text",
        "typed_text",
        "image",
        "size_weight",
    )
    reader: str = "rapidocr"
    """What reads words at the second look; empty means that none are read."""
    matcher: str = "sift"
    """What compares pictures point by point at the second look; empty means nothing does."""
    shortlist: ShortlistSection = ShortlistSection()
    simulated_items: int = Field(1_500, ge=200, le=100_000)
    """From how many simulated items of the catalogue the search learns before its first real one. Twice as
    many cost twice the time, and raise R@1 on items held out by less than its own error."""
    false_accepts: float = Field(0.01, gt=0, lt=0.5)
    """Which share of the items that the booth settles without a whole code may be settled wrongly."""


class StoreSection(Section):
    """How much of the disk stays free."""

    high_water_free_mb: int = Field(500, ge=0)
    ballast_mb: int = Field(64, ge=0, le=4096)


class SyncSection(Section):
    """Central storage: `file:///path` or `s3://bucket/prefix`; empty means that nothing is sent."""

    remote: str = ""
    receipt_public_key: str = ""
    evict_after_days: int = Field(30, ge=0)
    options: dict[str, Any] = Field(default_factory=dict)


class LakeSection(Section):
    """The central side: where the key that signs receipts lies."""

    signing_key: Path = Path("lake-signing.key")


class HostSection(PartSection):
    """The site's own system."""

    name: str = "file"


class ScreenSection(PartSection):
    """The touchscreen."""

    name: str = "touch"


class Settings(BaseSettings):
    """Everything booth.toml may say."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__", toml_file=None
    )

    booth: BoothSection = BoothSection()
    cameras: CamerasSection = CamerasSection()
    scale: DeviceSection = DeviceSection()
    light: LightSection = LightSection()
    scanner: DeviceSection = DeviceSection()
    beacon: DeviceSection = DeviceSection()
    calibration: CalibrationSection = CalibrationSection()
    scene: SceneSection = SceneSection()
    lane: LaneSection = LaneSection()
    perception: PerceptionSection = PerceptionSection()
    judge: JudgeSection = JudgeSection()
    policy: PolicySection = PolicySection()
    identify: IdentifySection = IdentifySection()
    store: StoreSection = StoreSection()
    sync: SyncSection = SyncSection()
    lake: LakeSection = LakeSection()
    host: HostSection = HostSection()
    screen: ScreenSection = ScreenSection()


@dataclass(frozen=True, slots=True)
class Config:
    """The settings in force, and where each came from.

    Attributes:
        origins: dotted key to `default`, the file's name, or the environment variable's.
        home: the folder that relative paths start from.
    """

    settings: Settings
    origins: Mapping[str, str]
    home: Path

    @property
    def data_dir(self) -> Path:
        """The local store's folder, absolute."""
        return (self.home / self.settings.booth.data_dir).absolute()

    def path(self, relative: Path) -> Path:
        """A path from the settings, absolute."""
        return (self.home / relative).absolute()


def read_config(file: Path | None = None) -> Config:
    """Read the named file, or BOOTH_CONFIG's, or ./booth.toml when it is there.

    Raises:
        ConfigError: the file is missing or not TOML, or a key is unknown or impossible.
    """
    found = _find(file)
    _check_toml(found)
    _check_environment()
    layers = _layered(found)
    try:
        settings = layers()
    except ValidationError as error:
        raise ConfigError(_first_line(error, found)) from error
    except SettingsError as error:
        raise ConfigError(f"the environment: {error}; lists and tables are written as JSON") from error
    origins = dict(_origins(settings, found))
    return Config(settings, origins, found.parent.absolute() if found else Path.cwd())


def flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and their values; an empty table is a value."""
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _find(file: Path | None) -> Path | None:
    named = file or (Path(os.environ[f"{PREFIX}CONFIG"]) if f"{PREFIX}CONFIG" in os.environ else None)
    if named is not None:
        if not named.is_file():
            raise ConfigError(f"{named}: there is no such settings file")
        return named
    return Path(FILE_NAME) if os.path.lexists(FILE_NAME) else None


def _check_toml(file: Path | None) -> None:
    if file is None:
        return
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    for name, section in table.items():  # a variable laid over a wrong section would hide it
        if name in Settings.model_fields and not isinstance(section, Mapping):
            raise ConfigError(f"{file}: {name} must be a table: write [{name}] above its keys")


def _check_environment() -> None:
    """Refuse variables of sections that do not exist, which pydantic would pass over."""
    for variable in os.environ:
        section, nested, _ = variable.upper().removeprefix(PREFIX).lower().partition("__")
        ours = variable.upper().startswith(PREFIX) and nested
        if ours and section not in Settings.model_fields:
            raise ConfigError(f"{variable}: there is no section '{section}'")


def _layered(file: Path | None) -> type[Settings]:
    """Settings that read the environment over `file` over the defaults."""

    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (env_settings, TomlConfigSettingsSource(settings_cls, file)) if file else (env_settings,)

    return Layered


def _origins(settings: Settings, file: Path | None) -> Iterator[tuple[str, str]]:
    from_env = dict(flatten(EnvSettingsSource(Settings)()))
    from_file = dict(flatten(tomllib.loads(file.read_text("utf-8")))) if file else {}
    for key, _ in flatten(settings.model_dump()):
        if key in from_env:
            yield key, PREFIX + key.upper().replace(".", "__")
        else:
            yield key, str(file) if key in from_file else "default"


def _first_line(error: ValidationError, file: Path | None) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    variable = PREFIX + key.upper().replace(".", "__")
    section = PREFIX + key.upper().partition(".")[0]
    where = next((name for name in (variable, section) if name in os.environ), file or "the settings")
    if first["type"] == "extra_forbidden":
        return f"{where}: there is no setting '{key}'"
    return f"{where}: {key}: {first['msg']}"
