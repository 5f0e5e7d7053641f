"""The workbench: one job at a time, watched, solved, recorded and decided on a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from booth.calibration.versions.accepting import accept, reject
from booth.calibration.versions.recording import recorded
from booth.domain.calibrating import CalibrationRun, Decision, Step
from booth.domain.picture import Calibration
from booth.errors import BoothError, InputError
from booth.events import Bus
from booth.feed.frames import Feed
from booth.ports.workbench import BenchPhase, BenchState, Job
from booth.store.calibrations import Calibrations
from booth.workbench.collect import Collector, CollectorFactory, devices_of
from booth.workbench.hand import Hand
from booth.workbench.shift import ShiftCheck
from booth.worker import Worker

log = logging.getLogger(__name__)

PERIOD_S = 0.05
REQUESTS = 16


@dataclass(frozen=True, slots=True)
class Tray:
    """What the workbench asks of who inspects items, so that the two never meet on the tray.

    Attributes:
        hold: take no captures. Raises: InputError: an item is being inspected.
        go_on: take captures again.
        use: take captures under another calibration from now on.
    """

    hold: Callable[[], None]
    go_on: Callable[[], None]
    use: Callable[[Calibration], None]


class Bench:
    """See booth.ports.workbench.Workbench; a Service whose thread does all the looking and solving.

    Args:
        hand: shows the target where the cameras are simulated; a person does so elsewhere.
        shift: the check that is made while no job is open.
    """

    def __init__(
        self,
        feeds: Sequence[Feed],
        store: Calibrations,
        collectors: Mapping[Step, CollectorFactory],
        tray: Tray,
        bus: Bus,
        hand: Hand | None = None,
        shift: ShiftCheck | None = None,
    ) -> None:
        self._shift = shift
        self._hand = hand
        self._feeds = {feed.camera_id: feed for feed in feeds}
        self._store = store
        self._collectors = collectors
        self._tray = tray
        self._state = BenchState()
        self._collector: Collector | None = None
        self._seen: dict[str, int] = {}
        self._looks: Counter[str] = Counter()
        self._door = threading.Lock()
        """Held while it is decided whether a job is let in, and whether the tray is free again."""
        self._entering = False
        """A job was let in, and waits for the workbench's own thread."""
        self._requests: queue.Queue[Callable[[], None]] = queue.Queue(REQUESTS)
        self._worker = Worker("workbench", bus, self._work)

    def start(self) -> None:
        """Be ready for jobs."""
        self._worker.start()

    def stop(self) -> None:
        """Drop an open job; one that is being solved is waited for."""
        self._worker.stop(60.0)
        if self._shift is not None:
            self._shift.stop_hearing()

    def state(self) -> BenchState:
        """How it stands; any thread."""
        return self._state

    def begin(self, job: Job) -> None:
        """Start watching. Raises: InputError."""
        with self._door:
            if self._entering or self._state.phase in (BenchPhase.WATCHING, BenchPhase.SOLVING):
                raise InputError("a calibration is under way: leave it first")
            self._entering = True
        try:
            self._let_in(job)
        except BoothError:
            with self._door:
                self._entering = False
                self._open_tray()
            raise

    def _let_in(self, job: Job) -> None:
        unknown = [camera_id for camera_id in job.camera_ids if camera_id not in self._feeds]
        if unknown:
            there = ", ".join(self._feeds)
            raise InputError(f"there is no camera '{unknown[0]}'; there are: {there}")
        if job.step not in self._collectors:
            raise InputError(f"the step '{job.step}' needs picture files: see `booth calibrate --help`")
        cameras = job.camera_ids or tuple(self._feeds)
        collector = self._collectors[job.step](job, cameras, self._store)
        self._tray.hold()
        self._ask(lambda: self._begin(job, collector))

    def solve(self) -> None:
        """Compute with what was picked so far."""
        self._ask(self._solve)

    def decide(self, accepted: bool, decided_by: str) -> None:
        """Keep the person's word on the run, and end the job."""
        self._ask(lambda: self._decide(accepted, decided_by))

    def leave(self) -> None:
        """End the job; what was not solved is dropped."""
        self._ask(self._leave)

    def runs(self, limit: int = 20) -> tuple[CalibrationRun, ...]:
        """The last runs, newest first. Raises: StoreError."""
        return tuple(self._store.runs(limit))

    def decisions(self) -> Mapping[str, Decision]:
        """The last word on each version. Raises: StoreError."""
        return self._store.decisions()

    def in_force(self) -> str:
        """The version that captures are taken under, or empty. Raises: StoreError."""
        return self._store.version_in_force()

    def _ask(self, request: Callable[[], None]) -> None:
        try:
            self._requests.put_nowait(request)
        except queue.Full as error:
            raise BoothError("the workbench is busy; try again in a moment") from error

    def _work(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                work = self._requests.get(timeout=PERIOD_S)
            except queue.Empty:
                work = self._watch
            try:
                work()
            except BoothError as error:
                log.warning("calibration: %s", error)
                self._state = replace(self._state, phase=BenchPhase.FAILED, message=str(error))

    def _begin(self, job: Job, collector: Collector) -> None:
        try:
            self._collector = collector
            self._seen.clear()
            self._looks.clear()
            if self._hand is not None:
                self._hand.begin(job, job.camera_ids or tuple(self._feeds))
            self._state = BenchState(BenchPhase.WATCHING, job, collector.watched())
        finally:
            self._entering = False

    def _watch(self) -> None:
        collector, job = self._collector, self._state.job
        if job is None and self._shift is not None:
            self._shift.make_when_due()
        if collector is None or job is None or self._state.phase is not BenchPhase.WATCHING:
            return
        newest = {name: self._feeds[name].newest() for name in job.camera_ids or self._feeds}
        fresh = {
            name: frame
            for name, frame in newest.items()
            if frame is not None and frame.sequence != self._seen.get(name)
        }
        if fresh:
            self._seen.update({name: frame.sequence for name, frame in fresh.items()})
            collector.look(fresh)
            self._looks.update(fresh.keys())
            self._state = replace(self._state, cameras=collector.watched())
        if self._hand is not None:
            self._hand.work(sum(each.picked for each in self._state.cameras.values()), self._looks)

    def _solve(self) -> None:
        collector, job = self._collector, self._state.job
        if collector is None or job is None or self._state.phase is not BenchPhase.WATCHING:
            return
        self._state = replace(self._state, phase=BenchPhase.SOLVING, message="")
        outcome = collector.solve()
        devices = devices_of(self._feeds[name] for name in job.camera_ids or self._feeds)
        run = recorded(outcome, devices, collector.evidence(), job.made_by, self._store)
        self._state = replace(self._state, phase=BenchPhase.DONE, run=run)

    def _decide(self, accepted: bool, decided_by: str) -> None:
        run = self._state.run
        if run is None:
            return
        (accept if accepted else reject)(self._store, run.version, decided_by)
        calibration = self._store.in_force() if accepted else None
        if calibration is not None:
            self._tray.use(calibration)
        self._leave()

    def _leave(self) -> None:
        self._collector = None
        if self._hand is not None:
            self._hand.leave()
        with self._door:
            self._state = BenchState()
            self._open_tray()

    def _open_tray(self) -> None:
        """Let items in again, unless a job is open or has been let in meanwhile."""
        if self._state.phase is BenchPhase.IDLE and not self._entering:
            self._tray.go_on()
