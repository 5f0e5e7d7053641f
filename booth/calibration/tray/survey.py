"""All that is measured of a tray in one go: its plane, its empty picture, the markers fixed beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from booth.calibration.outcome import Outcome, applied
from booth.calibration.targets.board import Board, Sighting
from booth.calibration.tray.empty import empty_tray
from booth.calibration.tray.fixed_markers import Located, as_kept, locate
from booth.calibration.tray.plane import measure
from booth.domain.calibrating import Step
from booth.domain.picture import Calibration, Picture
from booth.errors import InputError

MAX_ERROR_PX = 2.0
"""A corner that several cameras see lies within this where the calibration holds."""


def survey(
    calibration: Calibration,
    board: Board | None = None,
    sightings: Sequence[Sighting] = (),
    empty: Mapping[str, Sequence[Picture]] | None = None,
    dictionary: str = "",
    thickness_mm: float = 0.0,
    compare: bool = True,
) -> Outcome:
    """Measure what there are pictures of, each part in the tray frame that the one before it gave.

    Args:
        sightings: of the board lying flat; none leaves the tray where it was.
        empty: several frames of the empty tray for each camera.
        dictionary: of the fixed markers, which are looked for in the pictures of the empty tray.
        compare: False when the old pictures of the empty tray mean nothing any more.

    Raises:
        InputError: there is nothing to measure, or a part cannot be.
    """
    parts: list[Outcome] = []
    after = calibration
    if board is not None and sightings:
        parts.append(measure(board, sightings, after, thickness_mm))
        after = applied(parts[-1], after, after.version)
    if empty:
        parts.append(empty_tray(empty, after, compare))
        after = applied(parts[-1], after, after.version)
    if empty and dictionary:
        pictures = {camera_id: after.empty_tray[camera_id].rgb for camera_id in empty}
        parts.append(marked(locate(pictures, after, dictionary)))
    if not parts:
        raise InputError("there is nothing to measure: no board was seen on the tray, and no empty tray")
    return together(parts)


def marked(found: Located) -> Outcome:
    """The fixed markers as a part of the tray's calibration. Raises: InputError: there are none."""
    if not found.corners:
        raise InputError("no marker was found beside the tray: are they of this dictionary, and in view?")
    advice = [
        f"marker {name} does not fit ({error_px:.1f} px): it, or the array, moved meanwhile"
        for name, error_px in found.error_px.items()
        if error_px > MAX_ERROR_PX
    ]
    alone = [name for name, cameras in found.seen_by.items() if len(cameras) == 1]
    if alone:
        advice.append(
            f"seen by one camera only, and so placed on the tray's plane: {', '.join(alone)}; "
            "move them to where two cameras see them"
        )
    rows = {
        name: {
            "seen_by": list(found.seen_by[name]),
            "error_px": found.error_px[name],
            "side_mm": float(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).mean()),
        }
        for name, corners in found.corners.items()
    }
    return Outcome(
        Step.TRAY,
        {"markers": rows},
        passed=max(found.error_px.values()) <= MAX_ERROR_PX,
        advice=tuple(advice),
        markers={name: as_kept(corners) for name, corners in found.corners.items()},
    )


def together(parts: Sequence[Outcome]) -> Outcome:
    """Several parts of one step as one; what a later part says of the same thing counts."""
    whole = parts[0]
    for part in parts[1:]:
        whole = replace(
            whole,
            results={**whole.results, **part.results},
            passed=whole.passed and part.passed,
            advice=(*whole.advice, *part.advice),
            poses={**whole.poses, **part.poses},
            tray_plane=part.tray_plane or whole.tray_plane,
            empty_tray={**whole.empty_tray, **part.empty_tray},
            markers=part.markers or whole.markers,
            details={**whole.details, **part.details},
        )
    return whole
