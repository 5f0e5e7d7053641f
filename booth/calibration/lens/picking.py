"""Picks the views of a live camera that a lens is measured from, and says which one is wanted next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.calibration.lens.coverage import CELLS, Tilt, cells_of, tilt_of, tilts_of, views_in_cells
from booth.calibration.lens.model import apart, usable
from booth.calibration.targets.board import Board, Sighting
from booth.calibration.targets.problems import problems_seen
from booth.ports.workbench import Watched

WANTED = 15
MOST = 40
"""More views cost time and add little."""
WANTED_TILTS = 2
"""To each side."""
WANTED_CELLS = 20
"""Of 25, the four corners among them."""
STILL = 0.002
"""Of the picture's width: a board that moved less since the last look is held still."""
ELSEWHERE, TURNED = 0.05, 0.02
"""Of the picture's width: how far a new view lies from those taken, and one that only leans otherwise."""
ASK_AFTER, ASK_EVERY = 10, 50
"""Looks without a board before what is wrong is looked into, which takes up to a second, and between."""

SHOW = "Show the board to this camera."
HOLD = "Hold the board still."
TILTS = tuple(
    f"Tilt the board by about 30° and hold it: its {side} side away from the camera."
    for side in ("left", "right", "upper", "lower")
)
CORNERS = {
    (0, 0): "Move the board into the upper left corner of the picture.",
    (0, CELLS - 1): "Move the board into the upper right corner of the picture.",
    (CELLS - 1, 0): "Move the board into the lower left corner of the picture.",
    (CELLS - 1, CELLS - 1): "Move the board into the lower right corner of the picture.",
}
EDGES = "Move the board to where the picture's cells are still empty."
ELSE = "Show the board in another place, nearer, further away or turned."


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A view that was picked, and how the board leant in it."""

    sighting: Sighting
    tilt: Tilt


class Picker:
    """Picks views of one camera. One thread uses it."""

    def __init__(self, board: Board, wanted: int = WANTED) -> None:
        """Nothing is picked yet; `wanted` views are enough when they cover the picture and lean each way."""
        self._board = board
        self._wanted = wanted
        self._taken: list[Taken] = []
        self._last: Sighting | None = None
        self._unseen = 0
        self._hint = SHOW

    def offer(self, sighting: Sighting | None, rgb: NDArray[np.uint8]) -> bool:
        """Look at what `find` gave for the newest picture; True when the view was picked.

        Args:
            rgb: that picture, (H, W, 3) or (H, W) uint8.
        """
        before, self._last = self._last, sighting
        if sighting is None or not usable(self._board, sighting):
            self._hint = self._trouble(rgb)
            return False
        self._unseen = 0
        if before is None or apart(sighting, before) > STILL:
            self._hint = HOLD if self._adds(sighting) else self.next_wanted()
            return False
        return self._pick(sighting, rgb)

    def sightings(self) -> tuple[Sighting, ...]:
        """The views that were picked, in order."""
        return tuple(taken.sighting for taken in self._taken)

    def watched(self) -> Watched:
        """How far it is, for the screen."""
        return Watched(
            corners_px=self._last.corners_px if self._last else np.zeros((0, 2)),
            coverage=views_in_cells(self.sightings()),
            picked=len(self._taken),
            tilts=tilts_of(taken.tilt for taken in self._taken),
            hint="" if self.enough() else self._hint,
            enough=self.enough(),
        )

    def enough(self) -> bool:
        """Whether the views will do: many enough, leaning to every side, and over all of the picture."""
        return len(self._taken) >= self._wanted and not self._lacking()

    def next_wanted(self) -> str:
        """Which view would add most."""
        return next(iter(self._lacking()), ELSE)

    def _lacking(self) -> list[str]:
        tilts = tilts_of(taken.tilt for taken in self._taken)
        cells = views_in_cells(self.sightings())
        lacking = [hint for hint, count in zip(TILTS, tilts, strict=True) if count < WANTED_TILTS]
        lacking += [hint for place, hint in CORNERS.items() if not cells[place]]
        if np.count_nonzero(cells) < WANTED_CELLS:
            lacking.append(EDGES)
        return lacking

    def _pick(self, sighting: Sighting, rgb: NDArray[np.uint8]) -> bool:
        if not self._adds(sighting):
            self._hint = self.next_wanted()
            return False
        problem = problems_seen(self._board, rgb, sighting)
        if problem:
            self._hint = problem
            return False
        self._taken.append(Taken(sighting, tilt_of(self._board, sighting)))
        self._hint = self.next_wanted()
        return True

    def _adds(self, sighting: Sighting) -> bool:
        """Whether a view tells something that those taken do not."""
        if len(self._taken) >= MOST:
            return False
        nearest = min((apart(sighting, taken.sighting) for taken in self._taken), default=1.0)
        counts = tilts_of(taken.tilt for taken in self._taken)
        sides = tilt_of(self._board, sighting).sides()
        if any(leans and count < WANTED_TILTS for leans, count in zip(sides, counts, strict=True)):
            return nearest > TURNED
        fresh = bool(np.any((cells_of(sighting) > 0) & (views_in_cells(self.sightings()) == 0)))
        return nearest > ELSEWHERE and (fresh or len(self._taken) < self._wanted)

    def _trouble(self, rgb: NDArray[np.uint8]) -> str:
        """Why there is no board: looked into now and then, since it takes long."""
        self._unseen += 1
        if self._unseen % ASK_EVERY == ASK_AFTER:
            return problems_seen(self._board, rgb)
        return self._hint if self._unseen > ASK_AFTER else SHOW
