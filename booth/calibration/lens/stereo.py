"""Measures how two cameras stand to each other, from pairs of views of a flat target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from booth.calibration.lens import intrinsics
from booth.calibration.lens.coverage import points_in_cells
from booth.calibration.lens.model import Lens, intrinsics_of, spread
from booth.calibration.outcome import Outcome
from booth.calibration.targets.board import Board, BoardKind, Floats, Sighting, board_text, points_mm
from booth.domain.calibrating import Step
from booth.errors import InputError

FEWEST_PAIRS = 3
"""One pair determines the pose; more tell whether the cameras moved between them."""
LIMIT_RMS_PX = 0.5
OUTLYING = 2.5
SETTLED = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 200, 1e-10)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """What both cameras saw of the board at one instant: (n,) ids, and (n, 2) px for each camera."""

    name: str
    ids: Any
    left_px: Floats
    right_px: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """How the right camera stands to the left one.

    Attributes:
        rotation, translation_mm: (3, 3) and (3,), from the left camera's axes to the right one's.
        pair_rms_px: (n, 2), left and right.
    """

    rms_px: float
    rotation: Floats
    translation_mm: Floats
    pair_rms_px: Floats


def calibrate(
    board: Board, left: Sequence[Sighting], right: Sequence[Sighting], names: Sequence[str] = ()
) -> Outcome:
    """Measure both lenses and how the cameras stand, from what they saw at the same instants.

    The outcome places no camera: where the cameras stand on the tray is for the calibration of the array.

    Args:
        names: what the pairs are called in the results, in the order of their instants.

    Raises:
        InputError: there are too few pairs, or too few views to know one of the lenses.
    """
    if left and right and left[0].camera_id == right[0].camera_id:
        raise InputError("the left and the right pictures are of one camera: name two")
    solved = [_alone(board, views) for views in (left, right)]
    pairs = pairs_of(board, left, right, names)
    if len(pairs) < FEWEST_PAIRS:
        raise InputError(
            f"both cameras saw {board_text(board)} together in {len(pairs)} of the pictures, {FEWEST_PAIRS} "
            "are needed: hold the board where both see it, and take both pictures at the same instant"
        )
    matching = _matching(board, pairs, [each.lens for each in solved])
    return _outcome(board, solved, matching, _joined(board, matching, solved))


def _alone(board: Board, views: Sequence[Sighting]) -> intrinsics.Solved:
    """The lens of one of the cameras, from its own views."""
    try:
        return intrinsics.solve(board, views, [f"pair {view.instant}" for view in views])
    except InputError as error:
        raise InputError(f"{views[0].camera_id if views else 'a camera'}: {error}") from error


def pairs_of(
    board: Board, left: Sequence[Sighting], right: Sequence[Sighting], names: Sequence[str]
) -> list[Pair]:
    """The views of the same instants, with the points that both saw, where those do not lie in one line."""
    instants = sorted({view.instant for view in (*left, *right)})
    labels = dict(zip(instants, names, strict=False))
    others = {view.instant: view for view in right}
    pairs = []
    for view in left:
        other = others.get(view.instant)
        if other is None:
            continue
        ids, mine, theirs = np.intersect1d(view.ids, other.ids, return_indices=True)
        if spread(board, ids):
            label = labels.get(view.instant, f"pair {view.instant}")
            pairs.append(Pair(label, ids, view.corners_px[mine], other.corners_px[theirs]))
    return pairs


def _matching(board: Board, pairs: Sequence[Pair], lenses: Sequence[Lens]) -> list[Pair]:
    """The pairs with the board the same way round in both pictures.

    A chessboard whose rows and columns are both even or both odd looks the same upside down; which way round
    the right camera saw it is told by the cameras' pose, which is the same for all pairs.
    """
    if board.kind is not BoardKind.CHESSBOARD or (board.columns + board.rows) % 2:
        return list(pairs)
    flipped = [replace(pair, right_px=pair.right_px[::-1].copy()) for pair in pairs]
    poses = [[_relative(board, each, lenses) for each in both] for both in zip(pairs, flipped, strict=True)]
    candidates = [pose for both in poses for pose in both]
    best = min(candidates, key=lambda pose: sum(min(_turn(pose, each) for each in both) for both in poses))
    chosen = []
    for same, turned, (one, other) in zip(pairs, flipped, poses, strict=True):
        chosen.append(same if _turn(best, one) <= _turn(best, other) else turned)
    return chosen


def _relative(board: Board, pair: Pair, lenses: Sequence[Lens]) -> Floats:
    """The rotation from the left camera to the right one that a pair alone gives, (3, 3)."""
    points = points_mm(board)[pair.ids]
    turned = [
        cv2.Rodrigues(cv2.solvePnP(points, corners, lens.matrix, lens.distortion)[1])[0]
        for corners, lens in zip((pair.left_px, pair.right_px), lenses, strict=True)
    ]
    return np.asarray(turned[1] @ turned[0].T, dtype=np.float64)


def _turn(one: Floats, other: Floats) -> float:
    """The angle between two rotations, in radians."""
    return float(np.linalg.norm(cv2.Rodrigues(one @ other.T)[0]))


def _joined(board: Board, pairs: Sequence[Pair], solved: Sequence[intrinsics.Solved]) -> Together:
    """The pose that suits all pairs; the lenses stay as each camera's own views gave them."""
    points = points_mm(board).astype(np.float32)
    known = [each for one in solved for each in (one.lens.matrix, _padded(one.lens.distortion))]
    fit: Any = cv2.stereoCalibrateExtended  # its stub has no room for an unknown pose
    rms, *_, rotation, translation, _, _, _, _, errors = fit(
        [points[pair.ids].reshape(-1, 1, 3) for pair in pairs],
        [pair.left_px.astype(np.float32).reshape(-1, 1, 2) for pair in pairs],
        [pair.right_px.astype(np.float32).reshape(-1, 1, 2) for pair in pairs],
        *known,
        _size(solved[0]),
        None,
        None,
        flags=cv2.CALIB_FIX_INTRINSIC + cv2.CALIB_RATIONAL_MODEL,
        criteria=SETTLED,
    )
    turned, moved, each = (np.asarray(value, np.float64) for value in (rotation, translation, errors))
    return Together(float(rms), turned, moved.ravel(), each)


def _padded(distortion: Floats) -> Floats:
    """Eight coefficients, as both cameras need when one of them has them."""
    return np.concatenate([distortion, np.zeros(8 - len(distortion))])


def _outcome(
    board: Board, solved: Sequence[intrinsics.Solved], pairs: Sequence[Pair], together: Together
) -> Outcome:
    sides = dict(zip(("left", "right"), solved, strict=True))
    flaws = [f"{side}: {flaw}" for side, each in sides.items() for flaw in intrinsics.flaws_of(each)]
    if together.rms_px > LIMIT_RMS_PX:
        flaws.append(
            f"The pairs miss by {together.rms_px:.2f} px, {LIMIT_RMS_PX} is the most: are the pictures of "
            "each pair of the same instant, and did neither camera move?"
        )
    lenses = {side: intrinsics.results_of(each) for side, each in sides.items()}
    return Outcome(
        Step.STEREO,
        {"board": board_text(board), **_results(pairs, together), **lenses},
        passed=not flaws,
        advice=(*flaws, *_remarks(pairs, together)),
        intrinsics={_camera(each): intrinsics_of(each.lens, *_size(each)) for each in solved},
        details={f"{_camera(each)}/coverage": points_in_cells(each.seen()) for each in solved},
    )


def _remarks(pairs: Sequence[Pair], together: Together) -> list[str]:
    limit = OUTLYING * float(np.median(together.pair_rms_px))
    worse = [pair.name for pair, rms in zip(pairs, together.pair_rms_px, strict=True) if rms.max() > limit]
    return [f"Look at {', '.join(worse)}: fits worse than the other pairs."] if worse else []


def _camera(solved: intrinsics.Solved) -> str:
    return solved.views[0][1].camera_id


def _size(solved: intrinsics.Solved) -> tuple[int, int]:
    return solved.views[0][1].size_px


def _results(pairs: Sequence[Pair], together: Together) -> dict[str, object]:
    rotation = together.rotation
    return {
        "rms_px": together.rms_px,
        "baseline_mm": float(np.linalg.norm(together.translation_mm)),
        "translation_mm": together.translation_mm.tolist(),
        "rotation": rotation.tolist(),
        "rotation_deg": np.degrees(cv2.Rodrigues(rotation)[0]).ravel().tolist(),
        "pairs": [
            {
                "name": pair.name,
                "points": len(pair.ids),
                "left_rms_px": float(one),
                "right_rms_px": float(two),
            }
            for pair, (one, two) in zip(pairs, together.pair_rms_px.tolist(), strict=True)
        ],
    }
