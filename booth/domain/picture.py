"""What cameras give, and what is known of where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from booth.domain.device import DeviceState
from booth.domain.terms import ClockDomain


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a picture, in pixels.

    Attributes:
        turn_deg: how far it is turned clockwise about its middle, as seen in the picture; 0 is upright. What
            is cut out of it is turned back, so that the item lies straight.
    """

    x: int
    y: int
    width: int
    height: int
    turn_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """A pinhole camera with OpenCV's distortion coefficients (k1, k2, p1, p2, k3, …)."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...] = ()

    def matrix(self) -> NDArray[np.float64]:
        """The camera matrix, (3, 3)."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1]], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class CameraCalibration:
    """Where one camera stands: `tray_from_camera` is a 4x4 rigid transform, row by row, in mm.

    The camera's axes are OpenCV's: x right, y down, z forward.
    """

    intrinsics: Intrinsics
    tray_from_camera: tuple[float, ...]

    def pose(self) -> NDArray[np.float64]:
        """The transform from camera to tray coordinates, (4, 4)."""
        return np.array(self.tray_from_camera, dtype=np.float64).reshape(4, 4)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Colour and depth of one view, together.

    Attributes:
        rgb: (H, W, 3) uint8.
        depth_mm: (H, W) uint16 aligned to colour, 0 = no reading; None where the camera has no depth.
    """

    rgb: NDArray[np.uint8]
    depth_mm: NDArray[np.uint16] | None = None


@dataclass(frozen=True, slots=True)
class DepthCorrection:
    """True depth in mm = `scale` · measured depth + `offset_mm`."""

    scale: float = 1.0
    offset_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class ColourCorrection:
    """Linear RGB of the camera times this 3x3 matrix, row by row, is linear sRGB (`rgb @ matrix`)."""

    matrix: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """One version of what is known of the array; plain pictures have none.

    Attributes:
        version: names the record in every capture taken under it.
        tray_plane: (a, b, c, d) with a·x + b·y + c·z + d = 0 in tray coordinates, unit normal.
        empty_tray: a picture of the empty tray for each camera id that has one.
        depth: how depth readings are corrected, for each camera id that was measured.
        colour: how colours are corrected, for each camera id that was measured.
        markers: the fixed markers beside the tray by id (`apriltag36h11:3`): x, y, z of four corners, in mm.
    """

    version: str
    cameras: Mapping[str, CameraCalibration]
    tray_plane: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 0.0)
    empty_tray: Mapping[str, Picture] = field(default_factory=dict)
    depth: Mapping[str, DepthCorrection] = field(default_factory=dict)
    colour: Mapping[str, ColourCorrection] = field(default_factory=dict)
    markers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One camera, one instant: colour and depth in one piece.

    Attributes:
        rgb: (H, W, 3) uint8, 0..255.
        depth_mm: (H, W) uint16, aligned to colour, 0 = no reading; None where there is no depth.
        host_ns: `time.monotonic_ns()` when the frame reached this machine.
        device_timestamp_ms: the device's own stamp in `clock_domain`, or None.
        sequence: counts up from the device or the driver; a gap is a dropped frame.
    """

    camera_id: str
    rgb: NDArray[np.uint8]
    depth_mm: NDArray[np.uint16] | None
    host_ns: int
    sequence: int
    device_timestamp_ms: float | None = None
    clock_domain: ClockDomain = ClockDomain.NONE


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One frame of a capture under the name that galleries and annotations know it by."""

    name: str
    frame: Frame


@dataclass(frozen=True, slots=True)
class Absence:
    """A camera that gave nothing to a capture, how it was then, and why."""

    camera_id: str
    state: DeviceState
    message: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """All frames of one item, in one or more poses, with what was known when they were taken.

    Attributes:
        calibration: where the cameras stood, without the empty-tray pictures: those are kept once a version.
        spread_ms: the longest time between two frames of one pose; on the cameras' common clock where they
            have one, else by arrival. None for one camera, and in captures from before it was measured.
        absent: the array's cameras that are missing from it.
    """

    capture_id: str
    taken_at: datetime
    poses: tuple[tuple[Frame, ...], ...]
    calibration: Calibration | None = None
    weight_g: float | None = None
    spread_ms: float | None = None
    absent: tuple[Absence, ...] = ()

    def views(self) -> Iterator[View]:
        """Every frame with its view name: the camera's id, and `#2`, `#3`… from the second pose on."""
        for index, frames in enumerate(self.poses):
            for frame in frames:
                name = frame.camera_id if index == 0 else f"{frame.camera_id}#{index + 1}"
                yield View(name, frame)
