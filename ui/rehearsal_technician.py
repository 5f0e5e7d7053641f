"""A technician's round by the screen's own buttons: the devices, a lens, what came of it, the history."""

from __future__ import annotations

from collections.abc import Iterator

from booth.domain.calibrating import Step
from booth.domain.device import DeviceState
from booth.errors import BoothError
from booth.ports.screen import Station
from booth.ports.workbench import BenchPhase, BenchState, Watched
from ui.hands import Hands
from ui.technician import Technician
from ui.window import Window

COLLECT_S = 120.0
"""The longest from one picked view to the next."""
BEGIN_S = 20.0
SOLVE_S = 300.0
TELLING = 8
"""From so many picked views on, a picture of the page shows what it is for."""


class TechniciansRound:
    """Walks through the technician's part of a shown window. Main thread only."""

    def __init__(self, window: Window, station: Station, hands: Hands) -> None:
        self._window = window
        self._station = station
        self._hands = hands

    def walk(self) -> Iterator[str]:
        """One line for each stop.

        Raises:
            BoothError: a step did not come in time, or a part of the booth died.
        """
        self._hands.click("technician")
        self._hands.wait("the technician's menu", lambda: self._page is self._window.technician.menu)
        self._hands.shoot("technician")
        yield self._look_at_devices()
        yield self._calibrate_lens()
        yield self._look_at_history()
        self._hands.click("technician_back")
        self._hands.wait("the way out", lambda: self._window.page is not self._part)

    @property
    def _part(self) -> Technician:
        return self._window.technician

    @property
    def _page(self) -> object:
        return self._part.page if self._window.page is self._part else None

    @property
    def _state(self) -> BenchState:
        return self._part.calibrate.state

    def _look_at_devices(self) -> str:
        self._hands.click("menu:devices")
        self._hands.wait("the devices", lambda: self._page is self._part.devices and self._part.devices.rows)
        self._part.devices.pull()
        self._hands.shoot("devices")
        devices = self._station.devices()
        live = sum(status.state is DeviceState.LIVE for status in devices)
        self._hands.click("technician_back")
        return f"devices  {live} of {len(devices)} live"

    def _calibrate_lens(self) -> str:
        part, hands = self._part, self._hands
        camera_id = self._station.camera_ids[0]
        hands.click("menu:calibrate")
        hands.click(f"step:{Step.INTRINSICS.value}", part)
        hands.click(f"camera:{camera_id}", part)
        hands.shoot("calibrate")
        hands.click("begin", part)
        self._wait_for("the target to be looked for", BenchPhase.WATCHING, BEGIN_S)
        self._collect(camera_id)
        hands.click("solve", part)
        self._wait_for("the lens", BenchPhase.DONE, SOLVE_S)
        hands.spin()
        hands.shoot("calibrated")
        return self._decide(camera_id)

    def _collect(self, camera_id: str) -> None:
        hands, page = self._hands, self._part.calibrate.watching
        told = hands.reached(lambda: self._is_telling(camera_id), COLLECT_S)
        if told:
            hands.shoot("watching")
        while not self._watched(camera_id).enough:
            self._wait_for_view(camera_id)
        hands.wait("the button", page.solve.isEnabled)
        hands.shoot("watching")

    def _wait_for_view(self, camera_id: str) -> None:
        """Wait for another view, however slowly the machine shows the target."""
        before = self._watched(camera_id).picked

        def came() -> bool:
            watched = self._watched(camera_id)
            return watched.enough or watched.picked > before

        self._hands.wait(f"a view after {before} of them", came, COLLECT_S)

    def _is_telling(self, camera_id: str) -> bool:
        watched = self._watched(camera_id)
        return watched.enough or (watched.picked >= TELLING and len(watched.corners_px) > 0)

    def _watched(self, camera_id: str) -> Watched:
        if self._state.phase is BenchPhase.FAILED or camera_id not in self._state.cameras:
            raise BoothError(f"the calibration of {camera_id} has stopped: {self._state.message}")
        return self._state.cameras[camera_id]

    def _decide(self, camera_id: str) -> str:
        run = self._state.run
        if run is None:
            raise BoothError("the workbench is done and has no run")
        picked = self._watched(camera_id).picked
        self._hands.click("accept" if run.passed else "reject", self._part)
        self._hands.wait("the word to be kept", lambda: self._page is self._part.history)
        word = "accepted" if run.passed else "rejected"
        return f"{run.version}  {run.step}  {camera_id}  {picked} views  {word}"

    def _look_at_history(self) -> str:
        self._hands.wait("the runs", lambda: self._part.history.rows)
        self._hands.shoot("history")
        count = len(self._part.history.rows)
        self._hands.click("technician_back")
        return f"history  {count} of the last runs"

    def _wait_for(self, what: str, phase: BenchPhase, timeout_s: float) -> None:
        """Wait for a phase; a failure ends the round with its own message."""
        self._hands.wait(what, lambda: self._state.phase in (phase, BenchPhase.FAILED), timeout_s)
        if self._state.phase is not phase:
            raise BoothError(f"{what} did not come: {self._state.message}")
