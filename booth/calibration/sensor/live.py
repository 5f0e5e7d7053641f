"""The measures of depth, colour, light, focus and exposure from the frames that cameras give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.sensor import colour, depth, exposure, focus, light
from booth.calibration.targets.board import Board
from booth.domain.calibrating import Step
from booth.domain.picture import Frame, Intrinsics
from booth.errors import InputError

Frames = Mapping[str, Sequence[Frame]]

STEPS = (Step.DEPTH, Step.COLOUR, Step.LIGHT, Step.FOCUS, Step.EXPOSURE)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known besides the frames; each step takes what it needs.

    Attributes:
        board: the target of DEPTH and FOCUS.
        lenses: for DEPTH, of each camera id.
        before: for FOCUS, the `results` of the run that was accepted last.
        dark: for LIGHT, a picture of each camera id with the booth's light off.
        exposure_s: for EXPOSURE, where it is known.
    """

    board: Board | None = None
    lenses: Mapping[str, Intrinsics] = field(default_factory=dict)
    before: Mapping[str, object] | None = None
    dark: Mapping[str, NDArray[np.uint8]] | None = None
    exposure_s: Mapping[str, float] | None = None


def measured(step: Step, frames: Frames, known: Known) -> Outcome:
    """Carry out one step on frames of a still scene, raw as the cameras gave them.

    Raises:
        InputError: what the step needs is missing, or the frames do not show it.
    """
    if not any(frames.values()):
        raise InputError("no camera gave a picture: see `booth devices list`")
    rgb = {camera_id: [frame.rgb for frame in all_of] for camera_id, all_of in frames.items()}
    match step:
        case Step.DEPTH:
            return depth.measure(_board(known, step), _with_depth(frames), known.lenses)
        case Step.COLOUR:
            return colour.measure({camera_id: all_of[-1] for camera_id, all_of in rgb.items() if all_of})
        case Step.LIGHT:
            return light.measure(rgb, known.dark)
        case Step.FOCUS:
            return focus.measure(_board(known, step), rgb, known.before)
        case Step.EXPOSURE:
            return exposure.measure(rgb, known.exposure_s)
        case _:
            raise InputError(f"'{step}' is not measured from frames alone: choose one of {', '.join(STEPS)}")


def _board(known: Known, step: Step) -> Board:
    if known.board is None:
        raise InputError(f"{step} needs a target: name the board, such as chessboard:9x6:25mm")
    return known.board


def _with_depth(frames: Frames) -> dict[str, list[depth.ColourAndDepth]]:
    """The frames of the cameras that have depth, or gave none at all. Raises: InputError: none has depth."""
    pairs = {
        camera_id: [(frame.rgb, frame.depth_mm) for frame in all_of if frame.depth_mm is not None]
        for camera_id, all_of in frames.items()
    }
    found = {camera_id: of for camera_id, of in pairs.items() if of or not frames[camera_id]}
    if not any(found.values()):
        raise InputError("no camera gave depth: choose cameras that have it, and switch it on")
    return found
