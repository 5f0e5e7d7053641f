"""What the booth tells: frozen events on a bus that never blocks and never hides a listener's error."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from booth.domain.device import DeviceState, Scan
from booth.domain.picture import Capture
from booth.domain.product import Identification, Product
from booth.domain.reason import Reason
from booth.domain.sample import Annotation, Disposition, SiteIdentity
from booth.domain.terms import Outcome
from booth.domain.verdict import Verdict


class Placement(StrEnum):
    """What the tray looks like; the screen turns it into one instruction."""

    EMPTY = "empty"
    MOVING = "moving"
    STILL = "still"
    REMOVE = "remove"
    """The item is done: it must leave before the next."""


class Phase(StrEnum):
    """Where the item on the tray is in its flow."""

    PLACE = "place"
    JUDGING = "judging"
    PRODUCT = "product"
    """The associate must name the product."""
    VERDICT = "verdict"
    SAVED = "saved"
    """Saved, and the undo is still open."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """The item on the tray as it stands now; every change makes a new one."""

    phase: Phase = Phase.PLACE
    sample_id: str = ""
    capture: Capture | None = None
    identification: Identification | None = None
    product: Product | None = None
    gtin_source: str = ""
    verdict: Verdict | None = None
    person_outcome: Outcome | None = None
    identity: SiteIdentity = field(default_factory=SiteIdentity)
    """What the site calls it; from CLOSED on that of the next item, as far as it is known."""
    annotations: tuple[Annotation, ...] = ()
    disposition: Disposition | None = None
    kept: bool = False
    undo_until_ns: int = 0
    """`time.monotonic_ns()` at which a save becomes final; 0 when none is pending."""


@dataclass(frozen=True, slots=True)
class FeedChanged:
    """A camera came, went or is being opened; `message` says which cable."""

    camera_id: str
    state: DeviceState
    message: str = ""


@dataclass(frozen=True, slots=True)
class Scanned:
    """The hand scanner read a code."""

    scan: Scan


@dataclass(frozen=True, slots=True)
class TrayChanged:
    """The tray's placement changed."""

    placement: Placement


@dataclass(frozen=True, slots=True, eq=False)
class ItemChanged:
    """The item on the tray changed."""

    item: Item


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """Why a verdict is what it is: its places that can be shown, the worst first; none where none can."""

    verdict_id: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """The sample survives a power cut from now on."""

    sample_id: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The sample is final; only amendments may follow."""

    sample_id: str


@dataclass(frozen=True, slots=True)
class Dispatched:
    """The site's system has the disposition."""

    sample_id: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something is wrong that a person should see; `over` ends the trouble of the same `part`."""

    part: str
    message: str
    over: bool = False


@dataclass(frozen=True, slots=True)
class Died:
    """A worker ended by an exception: the process stops cleanly and is restarted from outside."""

    worker: str
    message: str


Listener = Callable[[object], None]


class Bus:
    """Hands each event to every listener, on the thread that tells it. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; call what comes back to remove it. Listeners must return at once."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def leave() -> None:
            with self._lock:
                self._listeners = tuple(kept for kept in self._listeners if kept is not listener)

        return leave

    def tell(self, event: object) -> None:
        """Hand `event` to everyone, past one that raises too; the first error is raised at the end."""
        errors: list[Exception] = []
        for listener in self._listeners:
            try:
                listener(event)
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]
