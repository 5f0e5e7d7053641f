"""The lane: waits for the tray to settle, takes the capture, has it examined, and hands it to the writer.

One thread owns the item on the tray; whatever the screen asks is queued to that thread.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from booth.domain.picture import Calibration, Capture, Frame
from booth.domain.terms import new_id, now
from booth.errors import BoothError, DeviceError, InputError
from booth.events import Bus, Phase, Placement, TrayChanged, Trouble
from booth.lane.array import Array
from booth.lane.fitting import misfit
from booth.lane.second_look import Errand, SecondLook
from booth.lane.tray import TrayWatch
from booth.lane.visit import Visit
from booth.worker import Worker

log = logging.getLogger(__name__)

PERIOD_S = 0.05
REQUESTS = 64


class Lane:
    """Watches the tray and owns the thread on which the visit goes on."""

    def __init__(
        self,
        visit: Visit,
        array: Array,
        tray: TrayWatch,
        calibration: Calibration | None,
        bus: Bus,
        second_look: SecondLook,
    ) -> None:
        self.visit = visit
        self._second_look = second_look
        self._array = array
        self._tray = tray
        self._calibration = calibration
        self._bus = bus
        self._held = threading.Event()
        self._door = threading.Lock()
        """Held while it is decided who has the tray: an item, or a calibration."""
        self._capturing = False
        self._must_clear = False
        """What lay there when a calibration ended is no item: the tray must be seen empty first."""
        self._placement: Placement | None = None
        self._lay_there = False
        self._lacks_pictures = False
        self._refused = False
        self._misfit = ""
        self._requests: queue.Queue[Callable[[], None]] = queue.Queue(REQUESTS)
        self._worker = Worker("lane", bus, self._work)

    def start(self) -> None:
        """Start watching the tray."""
        self._worker.start()

    def stop(self) -> None:
        """Stop; a pending save becomes final, an unsaved item stays kept and open."""
        self._worker.stop(30.0)
        self.visit.stop_hearing()

    def ask(self, request: Callable[[], None]) -> None:
        """Run `request` on the lane's thread soon. Any thread. Raises: BoothError when too much is asked."""
        try:
            self._requests.put_nowait(request)
        except queue.Full as error:
            raise BoothError("the booth is busy; try again in a moment") from error

    def hold(self) -> None:
        """Take no captures until `go_on`; any thread. Raises: InputError: an item is on the tray."""
        with self._door:
            if self._capturing or self.visit.item.phase not in (Phase.PLACE, Phase.CLOSED):
                raise InputError("an item is being inspected: save it and take it away first")
            self._held.set()

    def go_on(self) -> None:
        """Take captures again; any thread."""
        self._held.clear()

    def use(self, calibration: Calibration) -> None:
        """Take captures under another calibration from now on; on the lane's thread."""
        self._calibration = calibration
        self._tray.use(calibration)
        self.visit.use(calibration)

    def capture_now(self) -> None:
        """Take the capture without waiting for the tray to settle; on the lane's thread."""
        if self._held.is_set():
            raise InputError("a calibration is under way: leave it first")
        if self.visit.item.phase in (Phase.PLACE, Phase.CLOSED):
            self._take_capture(time.monotonic_ns())

    def _work(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            self._run_one_request()
            self.visit.note_stored()
            self._follow_tray()
            if self._requests.empty() and self.visit.undo_has_run_out():  # a waiting undo was in time
                self.visit.close()
        while not self._requests.empty():  # a save may be among them
            self._run_one_request()
        if self.visit.item.phase is Phase.SAVED:
            self.visit.close()

    def _run_one_request(self) -> None:
        try:
            request = self._requests.get(timeout=PERIOD_S)
        except queue.Empty:
            return
        try:
            request()
        except BoothError as error:
            log.warning("refused: %s", error)
            self._refused = True
            self._bus.tell(Trouble("request", str(error)))
        else:
            self._end_refusal()

    def _follow_tray(self) -> None:
        frames = self._array.newest()
        self._tell_misfit(misfit(self._calibration, frames.values()))
        placement = self._tray.look(frames, time.monotonic_ns())
        if self._has_left(frames):
            self.visit.leave()
        if self.visit.item.phase is Phase.CLOSED:
            placement = Placement.REMOVE
        self._tell_placement(placement)
        if placement is Placement.EMPTY:
            self._end_lack()
        if self._held.is_set():
            self._must_clear = self._tray.knows_empty and placement is not Placement.EMPTY
            return
        if placement is Placement.EMPTY:
            self._must_clear = False
        if self._must_clear:
            return
        if self.visit.item.phase is Phase.PLACE and placement is Placement.STILL:
            self._take_capture(max(frame.host_ns for frame in frames.values()))

    def _has_left(self, frames: Mapping[str, Frame]) -> bool:
        """Whether the item leaves now; one that was lifted before it was saved keeps its undo time."""
        phase = self.visit.item.phase
        if phase not in (Phase.SAVED, Phase.CLOSED):
            self._lay_there = False
            return False
        left = self._tray.has_left(frames)
        self._lay_there |= not left
        return left and (self._lay_there or phase is Phase.CLOSED)

    def _tell_placement(self, placement: Placement) -> None:
        if placement is not self._placement:
            self._placement = placement
            self._bus.tell(TrayChanged(placement))

    def _tell_misfit(self, sentence: str) -> None:
        if sentence != self._misfit:
            self._misfit = sentence
            self._bus.tell(Trouble("picture size", sentence, over=not sentence))

    def _end_refusal(self) -> None:
        if self._refused:
            self._refused = False
            self._bus.tell(Trouble("request", "", over=True))

    def _end_lack(self) -> None:
        if self._lacks_pictures:
            self._lacks_pictures = False
            self._bus.tell(Trouble("capture", "", over=True))

    def _take_capture(self, after_ns: int) -> None:
        with self._door:
            if self._held.is_set():
                return
            self._capturing = True
        try:
            self._capture(after_ns)
        finally:
            self._capturing = False

    def _capture(self, after_ns: int) -> None:
        try:
            shot = self._array.take(after_ns)
        except DeviceError as error:
            self._lacks_pictures = True
            self._bus.tell(Trouble("capture", str(error)))
            return
        self._end_lack()
        self._tray.remember({frame.camera_id: frame for frame in shot.frames})
        stood = replace(self._calibration, empty_tray={}) if self._calibration else None
        poses = (shot.frames,)
        self.visit.begin(
            Capture(new_id("capture"), now(), poses, stood, shot.weight_g, shot.spread_ms, shot.absent)
        )
        self._look_again()

    def _look_again(self) -> None:
        """Have the second look begun; what it finds comes back to the lane's thread."""
        look, sample_id = self.visit.second_look(), self.visit.item.sample_id
        if look is None:
            return

        def errand() -> None:
            search = look()
            self.ask(partial(self.visit.look_again, sample_id, search))

        self._second_look.send(Errand(sample_id, errand))
