"""Whether a calibration is one for the pictures that the cameras give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from booth.domain.picture import Calibration, Frame


def fitting(calibration: Calibration | None, frames: Iterable[Frame]) -> Calibration | None:
    """The calibration without the cameras whose frames have another size than their lens was measured at."""
    if calibration is None:
        return None
    wrong = {frame.camera_id for frame in frames if _wrong_size(calibration, frame)}
    if not wrong:
        return calibration
    right = {name: camera for name, camera in calibration.cameras.items() if name not in wrong}
    return replace(calibration, cameras=right)


def misfit(calibration: Calibration | None, frames: Iterable[Frame]) -> str:
    """What a technician must know of cameras that the calibration does not fit; empty when it fits."""
    wrong = [] if calibration is None else [_wrong_size(calibration, frame) for frame in frames]
    said = "; ".join(sentence for sentence in wrong if sentence)
    remedy = "set the camera back to that size in booth.toml, or calibrate its lens again"
    return f"{said}: {remedy}" if said else ""


def _wrong_size(calibration: Calibration, frame: Frame) -> str:
    camera = calibration.cameras.get(frame.camera_id)
    high, wide = frame.rgb.shape[:2]
    if camera is None or (camera.intrinsics.width, camera.intrinsics.height) == (wide, high):
        return ""
    lens = camera.intrinsics
    return (
        f"camera {frame.camera_id} gives pictures of {wide} x {high}, and was calibrated at "
        f"{lens.width} x {lens.height}"
    )
