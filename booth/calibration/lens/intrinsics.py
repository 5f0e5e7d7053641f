"""Measures one camera's lens from views of a flat target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from booth.calibration.lens.coverage import SIDES, leaning, points_in_cells, tilts_of, views_in_cells
from booth.calibration.lens.model import (
    MODELS,
    PARAMETERS,
    UNDETERMINED,
    Lens,
    count_different,
    fit,
    heldout_rms_px,
    intrinsics_of,
    needed,
    residuals,
    usable,
)
from booth.calibration.outcome import Outcome
from booth.calibration.targets.board import Board, Sighting, board_text
from booth.domain.calibrating import Step
from booth.errors import InputError

FEWEST_VIEWS = 5
"""Three would determine the five numbers of a pinhole (Zhang 2000); two more let errors show."""
OUTLYING, GROSS, GROSS_PX = 2.5, 5.0, 1.0
"""A view is named from 2.5 times the middle view's error on, left out from 5 times and 1 px on."""
SIMPLER = 1.02
"""A model with fewer coefficients is taken when its held-out error is within this of the best."""
LIMIT_RMS_PX = 0.5
"""Corners of a sharp, flat print scatter by 0.1 to 0.3 px; a bent one, or one that moved, is beyond it."""
LIMIT_HELDOUT = 1.5
"""Of the error on fitted views: views that are enough for the coefficients stay near 1."""
LIMIT_FOCAL_STD = 0.005
"""Distances are as wrong as the focal length is: 3.5 mm at 0.7 m."""
LIMIT_ASPECT = 0.02
"""The pixels of camera sensors are square."""
LIMIT_CENTRE = 0.1
"""Of the picture's width and height; lenses are mounted better than that over their sensors."""
LEAST_CELLS = 15
"""Of 25; a lens that was looked at through its middle alone is not known at its edges."""


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A lens with the views that it rests on, by name.

    Attributes:
        left_out: views that do not fit the others, with their errors in px.
        heldout_px: the error on held-out views, for each model that was tried.
    """

    lens: Lens
    views: tuple[tuple[str, Sighting], ...]
    left_out: tuple[tuple[str, float], ...]
    heldout_px: Mapping[str, float]

    def seen(self) -> list[Sighting]:
        """The views without their names."""
        return [view for _, view in self.views]


def calibrate(board: Board, sightings: Sequence[Sighting], names: Sequence[str] = ()) -> Outcome:
    """Measure the lens that all the sightings were taken through.

    Args:
        names: what the views are called in the results, in the order of `sightings`.

    Raises:
        InputError: the views are of several cameras or sizes, or are too few or too much alike; the message
            says how many more are needed, and which.
    """
    solved = solve(board, sightings, names)
    views, lens = solved.seen(), solved.lens
    camera_id, (width, height) = views[0].camera_id, views[0].size_px
    flaws = flaws_of(solved)
    return Outcome(
        Step.INTRINSICS,
        {"camera": camera_id, "board": board_text(board), **results_of(solved)},
        passed=not flaws,
        advice=(*flaws, *_remarks(solved)),
        intrinsics={camera_id: intrinsics_of(lens, width, height)},
        details={
            f"{camera_id}/residuals": np.concatenate([residuals(board, lens, view) for view in views]),
            f"{camera_id}/coverage": points_in_cells(views),
        },
    )


def solve(board: Board, sightings: Sequence[Sighting], names: Sequence[str] = ()) -> Solved:
    """The lens, with the distortion model that held-out views ask for.

    Raises:
        InputError: as in `calibrate`.
    """
    labels = [*names, *(f"view {number + 1}" for number in range(len(names), len(sightings)))]
    named = [(label, each) for label, each in zip(labels, sightings, strict=True) if usable(board, each)]
    _check(board, [each for _, each in named], len(sightings))
    kept, left_out = _without_gross(board, named)
    views = [each for _, each in kept]
    tried = {model: heldout_rms_px(board, views, model) for model in MODELS}
    heldout = {model: error_px for model, error_px in tried.items() if np.isfinite(error_px)}
    if not heldout:
        raise InputError(UNDETERMINED)
    lens = fit(
        board, views, next(name for name in heldout if heldout[name] <= SIMPLER * min(heldout.values()))
    )
    if not np.isfinite(lens.std[:4]).all():
        raise InputError(UNDETERMINED)
    return Solved(lens, tuple(kept), tuple(left_out), heldout)


def _check(board: Board, views: Sequence[Sighting], looked_at: int) -> None:
    if len({view.camera_id for view in views}) > 1:
        raise InputError("the views are of several cameras: calibrate one after the other")
    sizes = sorted({view.size_px for view in views})
    if len(sizes) > 1:
        shown = ", ".join(f"{width} x {height}" for width, height in sizes)
        raise InputError(
            f"the pictures have several sizes ({shown}): take all with one setting of one camera"
        )
    different = count_different(views)
    if different < FEWEST_VIEWS:
        raise InputError(
            f"{board_text(board)} was seen well in {len(views)} of {looked_at} pictures, in {different} "
            f"different places, and a lens needs {FEWEST_VIEWS}: {needed(FEWEST_VIEWS - different)}"
        )


def _without_gross(
    board: Board, named: Sequence[tuple[str, Sighting]]
) -> tuple[list[tuple[str, Sighting]], list[tuple[str, float]]]:
    """The views that fit together, and those that do not, with their errors in px."""
    kept, left_out = list(named), list[tuple[str, float]]()
    while len(kept) > FEWEST_VIEWS:
        errors = fit(board, [view for _, view in kept], "k1 k2 p1 p2 k3").view_rms_px
        worst = int(np.argmax(errors))
        if errors[worst] < max(GROSS * np.median(errors), GROSS_PX):
            break
        left_out.append((kept.pop(worst)[0], float(errors[worst])))
    return kept, left_out


def results_of(solved: Solved) -> dict[str, object]:
    """The measures of a lens, JSON-ready."""
    lens = solved.lens
    tilts = [leaning(turned) for turned in lens.rotations]
    rows = zip(solved.views, lens.view_rms_px, tilts, lens.translations_mm, strict=True)
    return {
        "size_px": list(solved.views[0][1].size_px),
        "rms_px": lens.rms_px,
        "heldout_rms_px": solved.heldout_px[lens.model],
        "camera_matrix": lens.matrix.tolist(),
        "distortion": lens.distortion.tolist(),
        "std": {
            name: float(value) if np.isfinite(value) else None
            for name, value in zip(PARAMETERS, lens.std, strict=False)
        },
        "model": lens.model,
        "heldout_rms_px_by_model": dict(solved.heldout_px),
        "views": [
            {
                "name": name,
                "points": len(view.ids),
                "rms_px": float(rms),
                "right_deg": tilt.right_deg,
                "bottom_deg": tilt.bottom_deg,
                "distance_mm": float(np.linalg.norm(moved)),
            }
            for (name, view), rms, tilt, moved in rows
        ],
        "left_out": [{"name": name, "rms_px": rms} for name, rms in solved.left_out],
        "coverage": views_in_cells(solved.seen()).tolist(),
        "tilts": dict(zip(SIDES, tilts_of(tilts), strict=True)),
    }


def flaws_of(solved: Solved) -> list[str]:
    """Why the lens is not good enough to be accepted, one sentence each."""
    lens, heldout_px = solved.lens, solved.heldout_px[solved.lens.model]
    width, height = solved.views[0][1].size_px
    (fx, _, cx), (_, fy, cy), _ = lens.matrix.tolist()
    off = max(abs(cx - (width - 1) / 2) / width, abs(cy - (height - 1) / 2) / height)
    cells = int(np.count_nonzero(points_in_cells(solved.seen())))
    judged = [
        (
            lens.rms_px > LIMIT_RMS_PX,
            f"The error is {lens.rms_px:.2f} px, {LIMIT_RMS_PX} is the most: is the board flat?",
        ),
        (
            heldout_px > LIMIT_HELDOUT * lens.rms_px,
            f"Views that were held out miss by {heldout_px:.2f} px: {needed(0)}.",
        ),
        (
            max(lens.std[0] / fx, lens.std[1] / fy) > LIMIT_FOCAL_STD,
            f"The focal length is not sure (± {lens.std[0]:.1f} px): {needed(0)}.",
        ),
        (abs(fx / fy - 1) > LIMIT_ASPECT, "The pixels come out oblong: check the board's counts and print."),
        (off > LIMIT_CENTRE, "The optical axis lies far from the picture's middle: tilt the board more."),
        (cells < LEAST_CELLS, f"Only {cells} of 25 cells of the picture were seen: {needed(0)}."),
    ]
    return [sentence for failed, sentence in judged if failed]


def _remarks(solved: Solved) -> list[str]:
    limit = OUTLYING * float(np.median(solved.lens.view_rms_px))
    rows = zip(solved.views, solved.lens.view_rms_px, strict=True)
    outlying = [f"{name} ({rms:.2f} px)" for (name, _), rms in rows if rms > limit]
    remarks = [f"{name} was left out: it misses by {rms:.1f} px." for name, rms in solved.left_out]
    if outlying:
        remarks.append(f"Look at {', '.join(outlying)}: fits worse than the other views.")
    return remarks
