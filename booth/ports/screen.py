"""The screen, and what it may ask of the running booth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from booth.domain.device import DeviceStatus
from booth.domain.evidence import Understood
from booth.domain.picture import Capture, Frame
from booth.domain.product import Product
from booth.domain.sample import Amendment, Annotation, Disposition, Sample, SiteIdentity
from booth.domain.terms import DispositionKind, Outcome
from booth.domain.verdict import Verdict
from booth.ports.scene import Scene
from booth.ports.service import Options
from booth.ports.workbench import Workbench


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """A row of the last items' list."""

    sample_id: str
    kept_at: str
    title: str
    outcome: Outcome | None
    disposition: DispositionKind | None
    closed: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a typed search gave: products, best first, and what was understood of the words."""

    products: tuple[Product, ...] = ()
    understood: tuple[Understood, ...] = ()


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

    @property
    def workbench(self) -> Workbench:
        """Where a technician calibrates."""

    def devices(self) -> Sequence[DeviceStatus]:
        """Every device, as it is now."""

    def tell_me(self, listener: Callable[[object], None]) -> Callable[[], None]:
        """Subscribe to events; call what comes back to end it."""

    def newest(self, camera_id: str) -> Frame | None:
        """The live picture."""

    def search(self, text: str, limit: int = 20, without: Sequence[Understood] = ()) -> Found:
        """The catalogue, by typed words or digits; what is named in `without` is not to be understood."""

    def products(self, gtins: Sequence[str]) -> Sequence[Product]:
        """The catalogue's entries of these GTINs, in their order; unknown ones are left out."""

    def recent(self, limit: int = 20) -> Sequence[Recent]:
        """The last items, newest first."""

    def open_sample(self, sample_id: str) -> Sample:
        """A kept item with its pictures. Raises: StoreError."""

    def explain(self, capture: Capture, verdict: Verdict) -> None:
        """Ask why a verdict is what it is; Explained follows, unless another is asked about first."""

    def capture(self) -> None:
        """Take the picture now, without waiting for the tray to settle."""

    def identify_as(self, identity: SiteIdentity) -> None:
        """Set the site's identity of the item on the tray."""

    def choose_product(self, gtin: str, typed: str = "") -> None:
        """Name the product; a second verdict follows. An empty GTIN says that it cannot be found.

        Args:
            typed: what was typed to find it, to learn from.
        """

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
    """How a screen runs by itself: so many items, screenshots into a folder.

    Attributes:
        technician: whether a technician's round follows: the devices, a lens calibrated, the history.
    """

    items: int
    out: Path
    technician: bool = False


class Screen(Protocol):
    """The touchscreen."""

    def check(self) -> None:
        """Find out, before anything is started, whether `run` can show it. Raises: ConfigError."""

    def run(self, station: Station) -> int:
        """Show it until it is closed; gives the exit code. Call on the main thread."""

    def rehearse(self, station: Station, rehearsal: Rehearsal) -> Iterator[str]:
        """Drive the same screens offscreen by their own buttons; yields one line an item."""


ScreenFactory = Callable[[Options], Screen]
