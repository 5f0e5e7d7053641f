"""What the screen may ask of the running booth: the port Station over the lane, the feeds and the store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from booth.domain.device import DeviceStatus
from booth.domain.evidence import Understood
from booth.domain.picture import Capture, Frame
from booth.domain.product import Product
from booth.domain.sample import Amendment, Annotation, Disposition, Sample, SiteIdentity
from booth.domain.terms import Outcome
from booth.domain.verdict import Verdict
from booth.events import Bus, Died, FeedChanged, ItemChanged, TrayChanged, Trouble
from booth.feed.frames import Feed
from booth.lane.lane import Lane
from booth.lane.reasons import Reasons
from booth.ports.finding import CatalogueIndex, Understand
from booth.ports.scene import Scene
from booth.ports.screen import Found, Recent
from booth.ports.workbench import Workbench
from booth.store.samples import Store
from booth.writer.writer import Writer


class LastWords:
    """The last word on each camera, part, tray and item, for a screen that comes late.

    Every event passes under one lock, so that none falls between the last words and those that follow.
    """

    def __init__(self, bus: Bus) -> None:
        self._listeners = Bus()
        self._lock = threading.RLock()
        self._events: dict[tuple[type, str], object] = {}
        bus.subscribe(self._note)

    def subscribe(self, listener: Callable[[object], None]) -> Callable[[], None]:
        """Hand over the last words, then every later event, in order."""
        with self._lock:
            leave = self._listeners.subscribe(listener)
            for event in self._events.values():
                listener(event)
        return leave

    def _note(self, event: object) -> None:
        with self._lock:
            match event:
                case FeedChanged(camera_id=about) | Trouble(part=about) | Died(worker=about):
                    self._events[type(event), about] = event
                case TrayChanged() | ItemChanged():
                    self._events[type(event), ""] = event
                case _:
                    pass
            self._listeners.tell(event)


class Watched(Protocol):
    """What says how a device is doing."""

    def status(self) -> DeviceStatus: ...


class RunningStation:
    """See booth.ports.Station: every call returns at once and may come from any thread."""

    def __init__(
        self,
        lane: Lane,
        feeds: Sequence[Feed],
        others: Sequence[Watched],
        index: CatalogueIndex,
        understand: Understand,
        store: Store,
        writer: Writer,
        bus: Bus,
        scene: Scene | None,
        workbench: Workbench,
        reasons: Reasons,
        latest: LastWords | None = None,
    ) -> None:
        """Take in the parts; `latest` has heard the bus since before they were built, or is made now."""
        self._lane = lane
        self._devices: tuple[Watched, ...] = (*feeds, *others)
        self._feeds = {feed.camera_id: feed for feed in feeds}
        self._index = index
        self._understand = understand
        self._store = store
        self._writer = writer
        self._reasons = reasons
        self._latest = latest or LastWords(bus)
        self.booth_id = lane.visit.booth_id
        self.camera_ids = tuple(self._feeds)
        self.scene = scene
        self.workbench = workbench

    def tell_me(self, listener: Callable[[object], None]) -> Callable[[], None]:
        """The last words, then every later event; call what comes back to end it."""
        return self._latest.subscribe(listener)

    def devices(self) -> Sequence[DeviceStatus]:
        """Every device, as it is now."""
        return [device.status() for device in self._devices]

    def newest(self, camera_id: str) -> Frame | None:
        """The live picture."""
        return self._feeds[camera_id].newest()

    def search(self, text: str, limit: int = 20, without: Sequence[Understood] = ()) -> Found:
        """The catalogue, by typed words or digits."""
        understood = tuple(self._understand(text, without))
        hits = self._index.by_text(text, limit, understood)
        return Found(tuple(self._index.get([hit.gtin for hit in hits])), understood)

    def products(self, gtins: Sequence[str]) -> Sequence[Product]:
        """The catalogue's entries of these GTINs."""
        return self._index.get(gtins)

    def recent(self, limit: int = 20) -> Sequence[Recent]:
        """The last items, newest first."""
        return [self._titled(row) for row in self._store.recent(limit)]

    def open_sample(self, sample_id: str) -> Sample:
        """A kept item with its pictures. Raises: StoreError."""
        return self._store.load(sample_id)

    def explain(self, capture: Capture, verdict: Verdict) -> None:
        """Ask why a verdict is what it is."""
        self._reasons.ask(capture, verdict)

    def capture(self) -> None:
        """Take the picture now."""
        self._lane.ask(self._lane.capture_now)

    def identify_as(self, identity: SiteIdentity) -> None:
        """Set the site's identity of the item on the tray."""
        self._lane.ask(partial(self._lane.visit.identify_as, identity))

    def choose_product(self, gtin: str, typed: str = "") -> None:
        """Name the product; a second verdict follows."""
        self._lane.ask(partial(self._lane.visit.choose_product, gtin, typed))

    def answer(self, outcome: Outcome) -> None:
        """The associate's own answer."""
        self._lane.ask(partial(self._lane.visit.answer, outcome))

    def mark(self, annotation: Annotation) -> None:
        """Add or replace a mark."""
        self._lane.ask(partial(self._lane.visit.mark, annotation))

    def unmark(self, annotation_id: str) -> None:
        """Take a mark away."""
        self._lane.ask(partial(self._lane.visit.unmark, annotation_id))

    def decide(self, disposition: Disposition) -> None:
        """Say what happens to the item."""
        self._lane.ask(partial(self._lane.visit.decide, disposition))

    def save(self) -> None:
        """Close the item once the undo has run out."""
        self._lane.ask(self._lane.visit.save)

    def undo(self) -> None:
        """Take the save back while there is time."""
        self._lane.ask(self._lane.visit.undo)

    def amend(self, amendment: Amendment) -> None:
        """A later word on a closed sample."""
        self._lane.ask(partial(self._writer.amend, amendment))

    def _titled(self, row: Recent) -> Recent:
        product = self._index.by_gtin(row.title) if row.title else None
        return replace(row, title=product.title) if product else row
