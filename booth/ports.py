"""The ports: what the booth asks of its cameras, scenes, networks, indexes, remotes, hosts and screens.

Each factory is what an entry point of the group of its name resolves to (see pyproject.toml). `options` is
the part's own table from booth.toml; a factory refuses unknown keys with ConfigError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from booth.domain.percept import Gallery, Percept
from booth.domain.picture import Calibration, DeviceInfo, Frame, Picture, View
from booth.domain.product import BarcodeRead, Candidate, Product
from booth.domain.sample import Amendment, Annotation, Disposition, Sample, SiteIdentity
from booth.domain.terms import DamageType, DispositionKind, Outcome, Severity
from booth.domain.verdict import Verdict

Options = Mapping[str, Any]


class Service(Protocol):
    """Something that runs on threads of its own, started in order and stopped in reverse."""

    def start(self) -> None: ...

    def stop(self) -> None:
        """Ask it to end and wait for it."""


class Camera(Protocol):
    """One camera; it blocks and owns no thread. One thread at a time calls it."""

    @property
    def camera_id(self) -> str: ...

    @property
    def info(self) -> DeviceInfo: ...

    def open(self) -> None:
        """Start streaming. Raises: DeviceError."""

    def read(self, timeout_s: float) -> Frame:
        """The next frame, its arrays owned by the caller.

        Raises:
            DeviceError: none came within `timeout_s`, or the camera is gone.
        """

    def close(self) -> None:
        """Stop streaming; harmless when closed already."""


@dataclass(frozen=True, slots=True)
class ItemWish:
    """What a simulated tray should carry: product, placement and damage follow from the seed."""

    seed: int
    gtin: str = ""
    damage: DamageType | None = None
    severity: Severity = Severity.MAJOR
    barcode: str = "clear"
    """`clear`, `smudged` or `missing`."""


class Scene(Protocol):
    """What simulated cameras see; any thread may call it."""

    @property
    def calibration(self) -> Calibration: ...

    @property
    def products(self) -> Sequence[Product]: ...

    def place(self, wish: ItemWish) -> None:
        """Lay an item on the tray, in place of what lay there."""

    def clear(self) -> None:
        """Empty the tray."""

    def look(self, camera_id: str) -> Picture:
        """The noiseless picture that this camera has now; rendered once an item."""


SceneFactory = Callable[[Options], Scene]
CameraFactory = Callable[[Options, Scene | None], Sequence[Camera]]


class Perception(Protocol):
    """Looks once at every view."""

    @property
    def trunk(self) -> str:
        """The version of the features that `perceive` makes."""

    def perceive(self, views: Sequence[View], calibration: Calibration | None) -> Percept:
        """Locate the item in each view and take its features. Raises: ModelError."""


class Judge(Protocol):
    """Says whether an item is damaged."""

    def judge(self, percept: Percept, gallery: Gallery | None) -> Verdict:
        """Compare with the gallery of the product, if there is one. Raises: ModelError."""


PerceptionFactory = Callable[[Options], Perception]
JudgeFactory = Callable[[Options], Judge]


@dataclass(frozen=True, slots=True)
class Query:
    """What is known of an item whose product is sought."""

    barcodes: tuple[BarcodeRead, ...] = ()
    typed_text: str = ""
    printed_words: tuple[str, ...] = ()
    percept: Percept | None = None
    size_mm: tuple[float, float, float] | None = None
    weight_g: float | None = None
    shortlist: tuple[str, ...] = ()


class CatalogueIndex(Protocol):
    """The searchable catalogue. Searches may come from any thread; upsert from one at a time."""

    @property
    def snapshot(self) -> str:
        """Changes whenever the catalogue does."""

    def by_gtin(self, gtin: str) -> Product | None: ...

    def by_gtin_mask(self, mask: str, limit: int) -> Sequence[Product]:
        """Products whose GTIN-13 fits thirteen characters of digits and `?`."""

    def by_text(self, text: str, limit: int) -> Sequence[tuple[Product, float]]:
        """Full text over title, brand, category and size, best first."""

    def by_ranges(self, ranges: Mapping[str, tuple[float, float]], limit: int) -> Sequence[Product]:
        """Products whose named measures (`weight_g`, `length_mm`, …) all lie within."""

    def upsert(self, products: Iterable[Product]) -> int:
        """Add or replace by GTIN in one transaction; gives the number written. Raises: StoreError."""


class Strategy(Protocol):
    """One way to propose products for an item."""

    @property
    def name(self) -> str: ...

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """At most `limit` candidates, best first."""


IndexFactory = Callable[[Path, Options], CatalogueIndex]
StrategyFactory = Callable[[CatalogueIndex], Strategy]


class Remote(Protocol):
    """Central object storage. Keys are `/`-separated; any thread may call it."""

    @property
    def address(self) -> str:
        """Where it is, without secrets."""

    def put_new(self, key: str, data: bytes) -> bool:
        """Create, never overwrite; False when the key exists already. Raises: SyncError."""

    def get(self, key: str) -> bytes | None:
        """The object, or None. Raises: SyncError."""

    def exists(self, key: str) -> bool:
        """Raises: SyncError."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key under `prefix`; a folder that cannot be listed by its own name, ending in a slash.

        Raises:
            SyncError: it cannot be reached, or nothing can be listed.
        """


class Host(Protocol):
    """The site's own system, which is told each item's disposition."""

    def deliver(self, sample_id: str, message: Mapping[str, object]) -> None:
        """Hand over once; the same sample id again must be harmless. Raises: DeviceError."""


RemoteFactory = Callable[[str, Options], Remote]
HostFactory = Callable[[Options], Host]


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """A row of the last items' list."""

    sample_id: str
    kept_at: str
    title: str
    outcome: Outcome | None
    disposition: DispositionKind | None
    closed: bool


class Station(Protocol):
    """What a screen may ask of the running booth; every call returns at once, from any thread.

    What the booth says comes as events (booth/events.py). `tell_me` hands the last word on each camera, part,
    tray and item, then every later event, to a callback,
    on the thread that told it.
    """

    @property
    def booth_id(self) -> str: ...

    @property
    def camera_ids(self) -> Sequence[str]: ...

    @property
    def scene(self) -> Scene | None:
        """The simulated tray, or None on real cameras."""

    def tell_me(self, listener: Callable[[object], None]) -> Callable[[], None]:
        """Subscribe to events; call what comes back to end it."""

    def newest(self, camera_id: str) -> Frame | None:
        """The live picture."""

    def search(self, text: str, limit: int = 20) -> Sequence[Product]:
        """The catalogue, by typed words or digits."""

    def recent(self, limit: int = 20) -> Sequence[Recent]:
        """The last items, newest first."""

    def open_sample(self, sample_id: str) -> Sample:
        """A kept item with its pictures. Raises: StoreError."""

    def capture(self) -> None:
        """Take the picture now, without waiting for the tray to settle."""

    def identify_as(self, identity: SiteIdentity) -> None:
        """Set the site's identity of the item on the tray."""

    def choose_product(self, gtin: str) -> None:
        """Name the product; a second verdict follows. An empty GTIN says that it cannot be found."""

    def answer(self, outcome: Outcome) -> None:
        """The associate's own answer to "is it damaged?"."""

    def mark(self, annotation: Annotation) -> None:
        """Add a mark, or replace the one of the same id."""

    def unmark(self, annotation_id: str) -> None: ...

    def decide(self, disposition: Disposition) -> None: ...

    def save(self) -> None:
        """Close the item once the undo time has run out."""

    def undo(self) -> None:
        """Take the save back while there is time."""

    def amend(self, amendment: Amendment) -> None:
        """A later word on a closed sample."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a screen runs by itself: so many items, screenshots into a folder."""

    items: int
    out: Path


class Screen(Protocol):
    """The touchscreen."""

    def check(self) -> None:
        """Find out, before anything is started, whether `run` can show it. Raises: ConfigError."""

    def run(self, station: Station) -> int:
        """Show it until it is closed; gives the exit code. Call on the main thread."""

    def rehearse(self, station: Station, rehearsal: Rehearsal) -> Iterator[str]:
        """Drive the same screens offscreen by their own buttons; yields one line an item."""


ScreenFactory = Callable[[Options], Screen]
