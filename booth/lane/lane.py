"""The lane: waits for the tray to settle, takes the capture, has it examined, and hands it to the writer.

One thread owns the item on the tray; whatever the screen asks is queued to that thread.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from booth.domain.percept import Percept
from booth.domain.picture import Capture, Frame
from booth.domain.product import NO_PRODUCT, Identification
from booth.domain.sample import Annotation, Closing, Disposition, Sample, SiteIdentity
from booth.domain.terms import Outcome, new_id, now
from booth.domain.verdict import Verdict
from booth.errors import BoothError, InputError, ModelError, StoreError
from booth.events import Bus, Item, ItemChanged, Phase, Placement, Stored, TrayChanged, Trouble
from booth.feed import Feed
from booth.lane.examine import Examiner
from booth.lane.tray import TrayWatch
from booth.worker import Worker
from booth.writer.writer import Writer

log = logging.getLogger(__name__)

Seen = TypeVar("Seen")

PERIOD_S = 0.05
REQUESTS = 64
OPEN_PHASES = frozenset({Phase.PRODUCT, Phase.VERDICT})


@dataclass(frozen=True, slots=True)
class LaneTimes:
    """How long the lane waits for frames of a capture, and for an undo."""

    frame_timeout_s: float
    undo_s: float


class Lane:
    """The item on the tray, from placement to closing."""

    def __init__(
        self,
        booth_id: str,
        feeds: Sequence[Feed],
        tray: TrayWatch,
        examiner: Examiner,
        writer: Writer,
        bus: Bus,
        times: LaneTimes,
    ) -> None:
        self.booth_id = booth_id
        self._feeds = tuple(feeds)
        self._tray = tray
        self._examiner = examiner
        self._writer = writer
        self._bus = bus
        self._times = times
        self._item = Item()
        self._percept: Percept | None = None
        self._later_verdicts: tuple[Verdict, ...] = ()
        self._placement: Placement | None = None
        self._last_stored = ""
        self._requests: queue.Queue[Callable[[], None]] = queue.Queue(REQUESTS)
        self._leave = bus.subscribe(self._hear)
        self._worker = Worker("lane", bus, self._work)

    def start(self) -> None:
        """Start watching the tray."""
        self._worker.start()

    def stop(self) -> None:
        """Stop; a pending save becomes final, an unsaved item stays kept and open."""
        self._leave()
        self._worker.stop(30.0)

    def ask(self, request: Callable[[], None]) -> None:
        """Run `request` on the lane's thread soon. Any thread. Raises: BoothError when too much is asked."""
        try:
            self._requests.put_nowait(request)
        except queue.Full as error:
            raise BoothError("the booth is busy; try again in a moment") from error

    # What may be asked; each runs on the lane's thread.

    def capture_now(self) -> None:
        """Take the capture without waiting for the tray to settle."""
        if self._item.phase in (Phase.PLACE, Phase.CLOSED):
            self._take_capture(time.monotonic_ns())

    def identify_as(self, identity: SiteIdentity) -> None:
        """Set the site's identity; it may come before the item does, from the closing of the last one on.

        Raises:
            InputError: the item is saved, and the undo is still open.
        """
        if self._item.phase is Phase.SAVED:
            raise InputError("this item is saved: undo to change its plate, or wait for the next item")
        self._change(replace(self._item, identity=identity))

    def choose_product(self, gtin: str) -> None:
        """Name the product; the kept percept is judged again as that product, beside the first verdict.

        Raises:
            InputError: the catalogue does not have it.
            StoreError: the catalogue cannot be read.
        """
        if self._item.phase not in OPEN_PHASES:
            return
        product = self._examiner.product(gtin)
        if gtin and product is None:
            raise InputError(f"there is no product {gtin} in the catalogue")
        source = "associate" if gtin else ""
        named = replace(self._item, product=product, gtin_source=source, phase=Phase.VERDICT)
        self._change(replace(named, verdict=self._second_verdict(gtin)))

    def answer(self, outcome: Outcome) -> None:
        """The associate's own answer."""
        if self._item.phase in OPEN_PHASES:
            self._change(replace(self._item, person_outcome=outcome))

    def mark(self, annotation: Annotation) -> None:
        """Add a mark, or replace the one of the same id."""
        if self._item.phase in OPEN_PHASES:
            others = self._marks_without(annotation.annotation_id)
            self._change(replace(self._item, annotations=(*others, annotation)))

    def unmark(self, annotation_id: str) -> None:
        """Take a mark away."""
        if self._item.phase in OPEN_PHASES:
            self._change(replace(self._item, annotations=self._marks_without(annotation_id)))

    def decide(self, disposition: Disposition) -> None:
        """Say what happens to the item."""
        if self._item.phase in OPEN_PHASES:
            self._change(replace(self._item, disposition=disposition))

    def save(self) -> None:
        """Close the item once the undo has run out."""
        if self._item.phase is Phase.VERDICT:
            until_ns = time.monotonic_ns() + int(self._times.undo_s * 1e9)
            self._change(replace(self._item, phase=Phase.SAVED, undo_until_ns=until_ns))

    def undo(self) -> None:
        """Take the save back while there is time."""
        if self._item.phase is Phase.SAVED:
            self._change(replace(self._item, phase=Phase.VERDICT, undo_until_ns=0))

    def _hear(self, event: object) -> None:
        if isinstance(event, Stored):
            self._last_stored = event.sample_id

    def _work(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            self._run_one_request()
            self._note_stored()
            self._follow_tray()
            if self._undo_has_run_out():
                self._close()
        while not self._requests.empty():  # a save may be among them
            self._run_one_request()
        if self._item.phase is Phase.SAVED:
            self._close()

    def _run_one_request(self) -> None:
        try:
            request = self._requests.get(timeout=PERIOD_S)
        except queue.Empty:
            return
        try:
            request()
        except BoothError as error:
            log.warning("refused: %s", error)
            self._bus.tell(Trouble("request", str(error)))
        else:
            self._bus.tell(Trouble("request", "", over=True))

    def _undo_has_run_out(self) -> bool:
        """Whether a save becomes final; an undo that waits to be heard was asked in time."""
        saved = self._item.phase is Phase.SAVED and self._requests.empty()
        return saved and time.monotonic_ns() >= self._item.undo_until_ns

    def _note_stored(self) -> None:
        if not self._item.kept and self._item.sample_id and self._last_stored == self._item.sample_id:
            self._change(replace(self._item, kept=True))

    def _follow_tray(self) -> None:
        frames = self._newest()
        placement = self._tray.look(frames, time.monotonic_ns())
        if self._item.phase in (Phase.SAVED, Phase.CLOSED) and self._tray.has_left(frames):
            self._leave_tray()
        if self._item.phase is Phase.CLOSED:
            placement = Placement.REMOVE
        self._tell_placement(placement)
        if self._item.phase is Phase.PLACE and placement is Placement.STILL:
            self._take_capture(max(frame.host_ns for frame in frames.values()))

    def _leave_tray(self) -> None:
        if self._item.phase is Phase.SAVED:
            self._close()
        self._change(Item(identity=self._item.identity))

    def _newest(self) -> Mapping[str, Frame]:
        newest = {feed.camera_id: feed.newest() for feed in self._feeds}
        return {camera_id: frame for camera_id, frame in newest.items() if frame is not None}

    def _tell_placement(self, placement: Placement) -> None:
        if placement is not self._placement:
            self._placement = placement
            self._bus.tell(TrayChanged(placement))

    def _take_capture(self, after_ns: int) -> None:
        frames = [feed.after(after_ns, self._times.frame_timeout_s) for feed in self._feeds]
        missing = [feed.camera_id for feed, frame in zip(self._feeds, frames, strict=True) if frame is None]
        if missing:
            self._bus.tell(Trouble("capture", f"no picture from {', '.join(missing)}; check the cable"))
            return
        self._bus.tell(Trouble("capture", "", over=True))
        taken = tuple(frame for frame in frames if frame is not None)
        self._tray.remember({frame.camera_id: frame for frame in taken})
        calibration = self._examiner.calibration
        stood = replace(calibration, empty_tray={}) if calibration else None
        capture = Capture(new_id("capture"), now(), (taken,), stood)
        self._examine(new_id(self.booth_id), capture)

    def _examine(self, sample_id: str, capture: Capture) -> None:
        judging = Item(Phase.JUDGING, sample_id, capture, identity=self._item.identity)
        self._change(judging)
        self._later_verdicts = ()
        self._percept = self._seen(
            "models", "the item is kept unjudged", lambda: self._examiner.perceive(capture)
        )
        identification = self._identified(capture)
        verdict = self._judged(identification.gtin)
        verdicts = (verdict,) if verdict else ()
        self._writer.keep(Sample(sample_id, self.booth_id, now(), capture, identification, verdicts))
        product = self._seen(
            "product", "its name is not known", lambda: self._examiner.product(identification.gtin)
        )
        self._change(
            replace(
                judging,
                phase=Phase.VERDICT if product else Phase.PRODUCT,
                identification=identification,
                product=product,
                gtin_source="barcode" if product else "",
                verdict=verdict,
            )
        )

    def _identified(self, capture: Capture) -> Identification:
        found = self._seen(
            "catalogue",
            "the item is kept without a product",
            lambda: self._examiner.identify(capture, self._percept),
        )
        return found or Identification()

    def _judged(self, gtin: str) -> Verdict | None:
        percept = self._percept
        if percept is None:
            return None
        return self._seen("judge", "the item is kept unjudged", lambda: self._examiner.verdict(percept, gtin))

    def _seen(self, part: str, lacking: str, look: Callable[[], Seen]) -> Seen | None:
        """What `look` finds; None, with what is lacking told as Trouble, when models or store refuse."""
        try:
            found = look()
        except (ModelError, StoreError) as error:
            log.warning("%s: %s", lacking, error)
            self._bus.tell(Trouble(part, f"{lacking}: {error}"))
            return None
        self._bus.tell(Trouble(part, "", over=True))
        return found

    def _second_verdict(self, gtin: str) -> Verdict | None:
        first = self._item.verdict
        if first is not None and first.gtin == gtin:
            return first
        verdict = self._judged(gtin)
        if verdict is not None:
            self._later_verdicts = (*self._later_verdicts, verdict)
        return verdict

    def _marks_without(self, annotation_id: str) -> tuple[Annotation, ...]:
        return tuple(mark for mark in self._item.annotations if mark.annotation_id != annotation_id)

    def _close(self) -> None:
        item = self._item
        closing = Closing(
            closed_at=now(),
            closed_by=item.disposition.decided_by if item.disposition else "",
            gtin=item.product.gtin if item.product else NO_PRODUCT,
            gtin_source=item.gtin_source,
            person_outcome=item.person_outcome,
            identity=item.identity,
            annotations=item.annotations,
            disposition=item.disposition,
            verdicts=self._later_verdicts,
        )
        self._writer.close(item.sample_id, closing)
        log.info("sample %s closed", item.sample_id)
        self._change(replace(item, phase=Phase.CLOSED, undo_until_ns=0, identity=SiteIdentity()))

    def _change(self, item: Item) -> None:
        self._item = item
        self._bus.tell(ItemChanged(item))
