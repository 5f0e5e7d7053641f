"""A heat map over a turned region is drawn where the region lies in the picture."""

from __future__ import annotations

import numpy as np

from booth.domain.picture import Region
from booth.domain.terms import Outcome, now
from booth.domain.verdict import HeatMap, Verdict
from booth.evaluate.overlay import LEGEND_HEIGHT_PX, overlay


def test_heat_follows_the_turn_of_its_region() -> None:
    rgb = np.full((480, 640, 3), 128, np.uint8)
    values = np.zeros((40, 40), np.float32)
    values[:, 32:] = 1.0
    heat = HeatMap("top", Region(220, 140, 200, 200, 90.0), values)
    verdict = Verdict("v", now(), Outcome.DAMAGED, 0.9, "", 1, heat_maps=(heat,))
    drawn = overlay(rgb, verdict)[:-LEGEND_HEIGHT_PX].astype(int)
    hot = np.abs(drawn - 128).max(axis=2) > 40
    assert hot[310:330, 250:390].all()  # what was right in the region lies below in the picture
    assert not hot[150:280].any()
    assert not hot[360:].any()
