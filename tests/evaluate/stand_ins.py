"""Parts that fit the ports, and folders of small pictures, for tests of evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from booth.domain.percept import Gallery, Percept, ViewPercept
from booth.domain.picture import Calibration, Region, View
from booth.domain.terms import Outcome, new_id, now
from booth.domain.verdict import HeatMap, Verdict


class MeanColour:
    """Sees the mean colour of each view."""

    trunk = "fake-trunk"
    embedder = ""

    def __init__(self) -> None:
        self.looks = 0

    def perceive(
        self,
        views: Sequence[View],
        calibration: Calibration | None,
        regions: Mapping[str, Region] | None = None,
    ) -> Percept:
        self.looks += 1
        return Percept(self.trunk, tuple(self._look(view) for view in views))

    def _look(self, view: View) -> ViewPercept:
        height, width = view.frame.rgb.shape[:2]
        colour = view.frame.rgb.reshape(-1, 3).mean(axis=0).astype(np.float32)
        return ViewPercept(view.name, Region(0, 0, width, height), np.tile(colour, (4, 4, 1)))


class ColourJudge:
    """Scores the distance in colour from the nearest reference of the view; remembers what it was shown."""

    def __init__(self) -> None:
        self.galleries: list[Gallery | None] = []

    def judge(self, percept: Percept, gallery: Gallery | None) -> Verdict:
        self.galleries.append(gallery)
        scores = [self._score(view, gallery) for view in percept.views] if gallery else [0.5]
        return Verdict(
            new_id("verdict"),
            now(),
            Outcome.UNSURE,
            max(scores),
            "",
            len(gallery.references) if gallery else 0,
            evidence={"gallery": max(scores)} if gallery else {},
            heat_maps=tuple(
                HeatMap(view.view, view.region, np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4))
                for view in percept.views
            )
            if gallery
            else (),
        )

    def _score(self, view: ViewPercept, gallery: Gallery) -> float:
        distances = [
            float(np.abs(view.patches - reference.patches).mean()) / 255
            for reference in gallery.references
            if reference.view == view.view
        ]
        return min(distances, default=0.5)


def write_picture(path: Path, level: int) -> Path:
    """A grey picture; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rgb = np.full((12, 16, 3), level, np.uint8)
    rgb[::2, ::3] += 1
    assert cv2.imwrite(str(path), rgb)
    return path


def write_flat(
    folder: Path, good: int = 6, bad: int = 4, names: tuple[str, str] = ("normal", "anomaly")
) -> Path:
    """Good items near grey 50, bad ones near 200."""
    for index in range(good):
        write_picture(folder / names[0] / f"{index:02d}.png", 50 + index)
    for index in range(bad):
        write_picture(folder / names[1] / f"{index:02d}.png", 200 + index)
    return folder


def write_trained(folder: Path) -> Path:
    """The layout with a folder to train on."""
    for index in range(5):
        write_picture(folder / "train" / "good" / f"{index}.png", 50 + index)
        write_picture(folder / "test" / "good" / f"{index}.png", 60 + index)
        write_picture(folder / "test" / "torn" / f"{index}.png", 180 + index)
        write_picture(folder / "test" / "wet" / f"{index}.png", 220 + index)
    return folder
