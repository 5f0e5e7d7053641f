"""Fits one camera's lens to views of a flat target, and says how well it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.calibration.targets.board import Board, Floats, Sighting, points_mm
from booth.domain.picture import Intrinsics
from booth.errors import InputError

Singles = NDArray[np.float32]
FEWEST_POINTS = 6
SAME_VIEW = 0.01
"""Two views whose points lie closer than this share of the picture's width are one."""
SETTLED = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 200, 1e-10)
FOLDS = 5
MODELS: Mapping[str, int] = {
    "k1 k2 p1 p2": cv2.CALIB_FIX_K3,
    "k1 k2 p1 p2 k3": 0,
    "k1 k2 p1 p2 k3 k4 k5 k6": cv2.CALIB_RATIONAL_MODEL,
}
"""The distortion models of OpenCV that are tried, the simplest first."""
PARAMETERS = ("fx_px", "fy_px", "cx_px", "cy_px", "k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")


WANTED_VIEWS = (
    "with the board tilted by 20° to 40° to the left, right, top and bottom, "
    "and moved into the picture's corners"
)
UNDETERMINED = f"the views determine no camera: take more pictures, {WANTED_VIEWS}"


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """One fit of a camera to its views.

    Attributes:
        matrix: (3, 3), px.
        distortion: (5,) or (8,), OpenCV's order.
        std: the standard deviation of each of PARAMETERS, as far as they are fitted.
        rotations, translations_mm: (n, 3), the board in the camera, view by view.
        view_rms_px: (n,).
    """

    model: str
    rms_px: float
    matrix: Floats
    distortion: Floats
    std: Floats
    rotations: Floats
    translations_mm: Floats
    view_rms_px: Floats


def usable(board: Board, sighting: Sighting) -> bool:
    """Whether a view has enough points, and not all in one line."""
    return spread(board, sighting.ids)


def spread(board: Board, ids: NDArray[np.int64]) -> bool:
    """Whether points of the board are enough to tell its pose: some, and not all in one line."""
    if len(ids) < FEWEST_POINTS:
        return False
    plane = points_mm(board)[ids, :2]
    return int(np.linalg.matrix_rank(plane - plane[0])) == 2


def fit(board: Board, views: Sequence[Sighting], model: str) -> Lens:
    """Fit a model to views, with OpenCV's bundle adjustment (Zhang 2000).

    Raises:
        InputError: the views do not determine a camera.
    """
    objects, corners = _as_opencv(board, views)
    guess: tuple[Any, Any] = (None, None)
    try:
        rms, matrix, distortion, turned, moved, std, _, each = cv2.calibrateCameraExtended(
            objects, corners, views[0].size_px, *guess, flags=MODELS[model], criteria=SETTLED
        )
    except cv2.error as error:
        raise InputError(UNDETERMINED) from error
    if not (np.isfinite(rms) and np.isfinite(matrix).all() and np.isfinite(distortion).all()):
        raise InputError(UNDETERMINED)
    coefficients = len(model.split())
    return Lens(
        model,
        float(rms),
        _floats(matrix),
        _floats(distortion).ravel()[: max(5, coefficients)],
        _floats(std).ravel()[: 4 + coefficients],
        _floats(turned).reshape(-1, 3),
        _floats(moved).reshape(-1, 3),
        _floats(each).ravel(),
    )


def _floats(values: object) -> Floats:
    return np.asarray(values, dtype=np.float64)


def heldout_rms_px(board: Board, views: Sequence[Sighting], model: str) -> float:
    """The error on views that the lens was not fitted to; only the board's pose is fitted there.

    It is inf where fewer views do not determine so many coefficients.
    """
    folds = min(FOLDS, len(views))
    squares: list[Floats] = []
    for fold in range(folds):
        try:
            lens = fit(board, [view for index, view in enumerate(views) if index % folds != fold], model)
        except InputError:
            return float("inf")
        squares += [residuals(board, lens, view)[:, 2:] ** 2 for view in views[fold::folds]]
    mean = float(np.concatenate(squares).sum(axis=1).mean())
    return float(np.sqrt(mean)) if np.isfinite(mean) else float("inf")


def residuals(board: Board, lens: Lens, view: Sighting) -> Floats:
    """What a view shows less what the lens predicts, the board's pose fitted: (n, 4) x, y, dx, dy in px."""
    points = points_mm(board)[view.ids]
    _, turned, moved = cv2.solvePnP(points, view.corners_px, lens.matrix, lens.distortion)
    turned, moved = cv2.solvePnPRefineLM(
        points, view.corners_px, lens.matrix, lens.distortion, turned, moved, SETTLED
    )
    predicted, _ = cv2.projectPoints(points, turned, moved, lens.matrix, lens.distortion)
    return np.column_stack([view.corners_px, view.corners_px - predicted.reshape(-1, 2)])


def intrinsics_of(lens: Lens, width: int, height: int) -> Intrinsics:
    """The lens as the booth keeps it."""
    (fx, _, cx), (_, fy, cy), _ = lens.matrix.tolist()
    return Intrinsics(width, height, fx, fy, cx, cy, tuple(lens.distortion.tolist()))


def count_different(views: Sequence[Sighting]) -> int:
    """How many of the views show the board in a place or a pose of its own."""
    different: list[Sighting] = []
    for view in views:
        if all(apart(view, other) > SAME_VIEW for other in different):
            different.append(view)
    return len(different)


def apart(one: Sighting, other: Sighting) -> float:
    """How far the points that two views share lie apart in the middle, as a share of the picture's width."""
    _, mine, theirs = np.intersect1d(one.ids, other.ids, return_indices=True)
    if not len(mine):
        return 1.0
    distances = np.linalg.norm(one.corners_px[mine] - other.corners_px[theirs], axis=1)
    return float(np.median(distances)) / one.size_px[0]


def needed(more: int) -> str:
    """What to tell a person whose views do not do."""
    count = {0: "more pictures", 1: "one more picture"}.get(more, f"{more} more pictures")
    return f"take {count}, {WANTED_VIEWS}"


def _as_opencv(board: Board, views: Sequence[Sighting]) -> tuple[list[Singles], list[Singles]]:
    points = points_mm(board).astype(np.float32)
    return (
        [points[view.ids].reshape(-1, 1, 3) for view in views],
        [view.corners_px.astype(np.float32).reshape(-1, 1, 2) for view in views],
    )
