"""Shows why: cuts each place that a verdict found out of its picture and out of the reference's, aside."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from booth.domain.picture import Capture, Frame, Region, View
from booth.domain.reason import Reason, Rgb
from booth.domain.verdict import Finding, Verdict
from booth.errors import BoothError, StoreError
from booth.events import Bus, Explained
from booth.lane.fitting import fitting
from booth.lane.patches import Box, box_within, cut, is_cuttable, is_within_item, like_window, window_about
from booth.ports.seeing import Perception
from booth.store.looks import Looks
from booth.worker import Worker

log = logging.getLogger(__name__)

POLL_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A verdict that somebody asks about, and the capture that it speaks of."""

    capture: Capture
    verdict: Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """One finding in its picture, with the window that is cut out about it."""

    capture: Capture
    rgb: Rgb
    gtin: str
    finding: Finding
    window: Region
    item: Region | None


class Reasons:
    """Answers the newest question with Explained; one that waits when the next comes is dropped.

    Any thread may ask.
    """

    def __init__(self, looks: Looks, perception: Perception, bus: Bus) -> None:
        """Take in the reference pictures, and what finds an item where nobody has looked at one yet."""
        self._looks = looks
        self._perception = perception
        self._bus = bus
        self._questions: queue.Queue[Question] = queue.Queue(1)
        self._door = threading.Lock()
        self._worker = Worker("reasons", bus, self._work)

    def start(self) -> None:
        """Start waiting for questions."""
        self._worker.start()

    def stop(self) -> None:
        """Let the answer that is being made end; a question that waits is dropped."""
        self._worker.stop(30.0)

    def ask(self, capture: Capture, verdict: Verdict) -> None:
        """Have a verdict explained; returns at once."""
        with self._door:
            with suppress(queue.Empty):
                self._questions.get_nowait()
            self._questions.put_nowait(Question(capture, verdict))

    def reasons(self, capture: Capture, verdict: Verdict) -> tuple[Reason, ...]:
        """Each finding with its pictures; on the thread that calls. One that names no view is left out."""
        return tuple(self._found(capture, verdict))

    def _work(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                question = self._questions.get(timeout=POLL_S)
            except queue.Empty:
                continue
            reasons = self.reasons(question.capture, question.verdict)
            self._bus.tell(Explained(question.verdict.verdict_id, reasons))

    def _found(self, capture: Capture, verdict: Verdict) -> Iterator[Reason]:
        frames = {view.name: view.frame for view in capture.views()}
        items = {heat.view: heat.region for heat in verdict.heat_maps if is_cuttable(heat.region)}
        for finding in verdict.findings:
            if finding.view not in frames or not is_cuttable(finding.place):
                log.warning("verdict %s names a place that no picture has", verdict.verdict_id)
                continue
            item = items.get(finding.view)
            window = window_about(finding.place, item)
            place = Place(capture, frames[finding.view].rgb, verdict.gtin, finding, window, item)
            box = box_within(finding.place, window)
            yield Reason(finding, cut(place.rgb, window), box, self._reference(place))

    def _reference(self, place: Place) -> Rgb | None:
        """The like place of the reference; None where there is none, or it cannot be read: that is logged."""
        like = place.finding.reference_place
        if not place.finding.reference_id or like is None:
            return None
        try:
            return self._like_patch(place, like)
        except BoothError as error:
            log.warning("a place is shown without its reference: %s", error)
            return None

    def _like_patch(self, place: Place, like: Box) -> Rgb:
        finding = place.finding
        if not is_within_item(like):
            raise StoreError(f"reference {finding.reference_id} has no such place")
        rgb, shown = self._looks.reference(place.gtin, finding.view, finding.reference_id)
        of_item = shown or self._located(place.capture, finding.view, rgb)
        one_camera = rgb.shape == place.rgb.shape
        return cut(
            rgb,
            like_window(place.window, finding.place, place.item, like, of_item, one_camera=one_camera),
        )

    def _located(self, capture: Capture, view: str, rgb: Rgb) -> Region:
        """Where the item is in a reference picture that nobody has looked at yet. Raises: ModelError."""
        frame = Frame(view, rgb, None, host_ns=0, sequence=0)
        calibration = fitting(capture.calibration, (frame,))
        return self._perception.perceive([View(view, frame)], calibration).views[0].region
