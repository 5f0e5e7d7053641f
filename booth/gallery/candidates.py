"""Items that a person called good become candidates of their product's gallery, on a thread of their own.

An item is kept where the gallery is thin, or where it is unlike what the gallery has; never more of them than
a person may look through, so that a busy product fills no disk.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from booth.domain.percept import Percept, ViewPercept
from booth.domain.picture import Calibration, View
from booth.errors import BoothError
from booth.events import Bus, Trouble
from booth.gallery.closeness import UNLIKE
from booth.gallery.enrol import keep, with_turns
from booth.ports.seeing import Perception
from booth.store.gallery_schema import ReferenceState
from booth.store.reference_rows import KeptReference, Source
from booth.store.references import References
from booth.store.standing import Standing
from booth.worker import Worker

log = logging.getLogger(__name__)

QUEUE_SIZE = 4
"""Items that may wait: each has the pictures of all its views."""
POLL_S = 0.2
PART = "gallery"
ENOUGH = 8
"""References of one view after which a gallery is not thin any more."""
NEW = 0.9
"""An item this far from the references, 1 being what good items hardly pass, adds something to them."""
MOST_WAITING = 8
"""Items of a product, of the usual kind and of the strange kind each, that wait for a person at most."""
MOST_ACTIVE = 100
"""References of one view after which no usual item is kept any more."""


@dataclass(frozen=True, slots=True, eq=False)
class GoodItem:
    """An item that a person called good, of a product that is known.

    Attributes:
        calibration: as the views were looked at under it.
        distance: how far it was from the references, or None where it was compared with none.
    """

    sample_id: str
    gtin: str
    views: Sequence[View]
    percept: Percept
    calibration: Calibration | None
    distance: float | None


class Candidates:
    """Takes confirmed-good items in; any thread may offer them."""

    def __init__(self, perception: Perception, references: References, standing: Standing, bus: Bus) -> None:
        self._perception = perception
        self._references = references
        self._standing = standing
        self._bus = bus
        self._items: queue.Queue[GoodItem] = queue.Queue(QUEUE_SIZE)
        self._worker = Worker("candidates", bus, self._work)

    def start(self) -> None:
        """Start waiting for items."""
        self._worker.start()

    def stop(self) -> None:
        """Take in what waits, and stop."""
        self._worker.stop(30.0)

    def offer(self, item: GoodItem) -> None:
        """Have an item considered; returns at once. One that comes while others wait is passed over."""
        try:
            self._items.put_nowait(item)
        except queue.Full:
            log.info("sample %s is no candidate: others wait", item.sample_id)

    def _work(self, stopping: threading.Event) -> None:
        while not (stopping.is_set() and self._items.empty()):
            try:
                item = self._items.get(timeout=POLL_S)
            except queue.Empty:
                continue
            self._consider(item)

    def _consider(self, item: GoodItem) -> None:
        try:
            self._take_in(item)
        except BoothError as error:
            log.warning("sample %s is no candidate: %s", item.sample_id, error)
            self._bus.tell(Trouble(PART, f"a good item does not reach the gallery: {error}"))
        else:
            self._bus.tell(Trouble(PART, "", over=True))

    def _take_in(self, item: GoodItem) -> None:
        rows = self._standing.rows(item.gtin)
        why = why_kept(rows, item)
        if not why:
            return
        seen = {view.view: view for view in item.percept.views}
        version = item.calibration.version if item.calibration else ""
        state = ReferenceState.CANDIDATE
        source = Source("booth", why, state, item.sample_id, version, item.distance)
        for view in item.views:
            if view.name in seen and not seen[view.name].conditions:
                self._keep(item, view, seen[view.name], source)
        self._make_room(item.gtin)

    def _keep(self, item: GoodItem, view: View, seen: ViewPercept, source: Source) -> None:
        looks = with_turns(self._perception, view, item.calibration, seen, item.percept.trunk)
        keep(self._references, item.gtin, "1", looks, view, source)

    def _make_room(self, gtin: str) -> None:
        """Let go of the oldest strange candidates beyond those that may wait."""
        waiting = self._standing.rows(gtin, (ReferenceState.CANDIDATE,))
        strange = [row for row in waiting if _is_strange(row.distance) and row.sample]
        samples = list(dict.fromkeys(row.sample for row in strange if row.proposal is None))
        gone = set(samples[:-MOST_WAITING])
        if gone:
            self._standing.forget([row.number for row in strange if row.sample in gone])


def why_kept(rows: Sequence[KeptReference], item: GoodItem) -> str:
    """Why an item is worth keeping as a candidate of these references; empty where it is not."""
    if any(row.sample == item.sample_id for row in rows):
        return ""
    if _is_strange(item.distance):
        return f"called good, and unlike the references ({item.distance:.2f})"
    usual = {row.sample for row in rows if _waits(row) and row.sample and not _is_strange(row.distance)}
    fewest = min((_count(rows, view.name, item.percept.trunk) for view in item.views), default=MOST_ACTIVE)
    if len(usual) >= MOST_WAITING or fewest >= MOST_ACTIVE:
        return ""
    if fewest < ENOUGH:
        return "called good, while the gallery is thin"
    if item.distance is not None and item.distance > NEW:
        return f"called good, and new to the gallery ({item.distance:.2f})"
    return ""


def _is_strange(distance: float | None) -> bool:
    """Whether it is told as damaged or unsure: a mistake, or a design that the gallery lacks."""
    return distance is not None and distance > UNLIKE


def _waits(row: KeptReference) -> bool:
    return row.state in (ReferenceState.CANDIDATE, ReferenceState.VETTED)


def _count(rows: Sequence[KeptReference], view: str, trunk: str) -> int:
    """References of a view, those that wait among them."""
    there = (row for row in rows if row.view == view and row.trunk == trunk)
    return sum(row.state is not ReferenceState.RETIRED and not _is_strange(row.distance) for row in there)
