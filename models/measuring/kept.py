"""Perception that remembers: views of a captured set that were looked at before are not looked at again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from booth.domain.percept import Percept, ViewPercept
from booth.domain.picture import Calibration, Region, View
from booth.errors import InputError
from booth.ports.seeing import Perception
from models.percepts import Percepts, kept, percepts_folder


def remembering(perception: Perception, captures: Path) -> Perception:
    """The perception, with what was kept of a captured set where all of it was looked at."""
    try:
        return Remembering(perception, kept(percepts_folder(captures, perception.trunk)))
    except InputError:
        return perception


class Remembering:
    """Gives kept percepts of whole views with depth and calibration, and looks at every other view."""

    def __init__(self, perception: Perception, percepts: Percepts) -> None:
        self._perception = perception
        self._percepts = percepts
        self._known = {(row.picture, row.view): index for index, row in enumerate(percepts.rows)}

    @property
    def trunk(self) -> str:
        """The version of the features."""
        return self._perception.trunk

    @property
    def embedder(self) -> str:
        """The version of the embeddings, of which kept percepts have none."""
        return self._perception.embedder

    def perceive(
        self,
        views: Sequence[View],
        calibration: Calibration | None,
        regions: Mapping[str, Region] | None = None,
    ) -> Percept:
        """What was kept of each view, or a look at it. Raises: ModelError."""
        found = [self._view(view, calibration, (regions or {}).get(view.name)) for view in views]
        return Percept(self.trunk, tuple(found))

    def _view(self, view: View, calibration: Calibration | None, region: Region | None) -> ViewPercept:
        if region is None and calibration is not None and view.frame.depth_mm is not None:
            picture = hashlib.sha256(np.ascontiguousarray(view.frame.rgb).tobytes()).hexdigest()
            index = self._known.get((picture, view.name))
            if index is not None:
                return self._percepts.view(index)
        regions = {view.name: region} if region is not None else None
        return self._perception.perceive([view], calibration, regions).views[0]
