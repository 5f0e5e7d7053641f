"""Booths that differ: where their two cameras stand, how they are lit, and what their sensors do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Calibration, CameraCalibration, Intrinsics, Picture
from models.synthetic import rig
from models.synthetic.light import QUICK
from models.synthetic.render import Look, Viewpoint
from models.synthetic.rig import Lighting, Softbox

FloatArray = NDArray[np.float32]

SIDE_PX = 384
VIEWS = {"top": (-90.0, 65.0), "side": (-35.0, 35.0)}
"""Azimuth and elevation in degrees: from the front, 25 degrees off the vertical; from the front right."""
DISTANCE_MM = 660.0
SIZES_MM = (90.0, 110.0, 130.0, 155.0, 185.0, 220.0, 260.0, 310.0)
"""Cameras are set for items of up to such a diameter; a picture spans a quarter more."""
SPAN = 1.25
SPAN_MM = 14.0
RIGS = 8
DISPLAY_GAMMA = 2.2


@dataclass(frozen=True, slots=True)
class Sensor:
    """What one camera does to the light.

    Attributes:
        gains: on linear red, green and blue.
        noise: standard deviation of each level, of 255.
        blur_px: of the lens.
        quality: of the JPEG that the camera gives, 0..100.
        depth_noise: standard deviation of a depth reading as a share of the distance.
        holes: share of depth readings that are missing.
    """

    gains: tuple[float, float, float]
    noise: float
    blur_px: float
    quality: int
    depth_noise: float
    holes: float


@dataclass(frozen=True, slots=True)
class Booth:
    """One booth of a set: its lighting, sensors and tray, and its cameras but for their zoom."""

    name: str
    lighting: Lighting
    sensors: dict[str, Sensor]
    places: dict[str, tuple[float, float, float]]
    """Azimuth and elevation in degrees and distance in mm of each view's camera."""
    grey: float
    grain: float
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class SetUp:
    """A booth with its cameras zoomed for one size of items.

    Attributes:
        viewpoints: by view; one thread at a time looks through them.
    """

    name: str
    booth: Booth
    calibration: Calibration
    viewpoints: dict[str, Viewpoint]


def booths(seed: int, count: int = RIGS) -> tuple[Booth, ...]:
    """The booths of a set."""
    return tuple(_booth(index, np.random.default_rng([seed, index, 77])) for index in range(count))


def size_class(diameter_mm: float) -> int:
    """Which of SIZES_MM an item needs."""
    fitting = [index for index, size in enumerate(SIZES_MM) if diameter_mm <= size]
    return fitting[0] if fitting else len(SIZES_MM) - 1


def tray(booth: Booth) -> FloatArray:
    """Linear albedo of a booth's ground plane, as `rig.ground` gives it."""
    return rig.ground(booth.seed, booth.grey, booth.grain)


def set_up(booth: Booth, size: int, ground: FloatArray) -> SetUp:
    """Zoom a booth's cameras for a class of sizes, and take the pictures of its empty tray."""
    span = SIZES_MM[size] * SPAN + SPAN_MM
    cameras = {view: _camera(place, span) for view, place in booth.places.items()}
    viewpoints = {view: Viewpoint(camera, ground, booth.lighting, QUICK) for view, camera in cameras.items()}
    name = f"{booth.name}-{round(SIZES_MM[size])}"
    rng = np.random.default_rng([booth.seed, size, 78])
    empty = {
        view: sensed(point.empty(), booth.sensors[view], rng).picture for view, point in viewpoints.items()
    }
    return SetUp(name, booth, Calibration(name, cameras, empty_tray=empty), viewpoints)


def sensed(look: Look, sensor: Sensor, rng: np.random.Generator) -> Look:
    """What a sensor makes of a noiseless look; the truth stays as it is."""
    seen = np.asarray(cv2.LUT(look.picture.rgb, _response(sensor)), np.float32)
    if sensor.blur_px > 0.2:
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), sensor.blur_px), np.float32)
    noise = rng.standard_normal(seen.shape, np.float32)
    noise *= np.float32(sensor.noise)
    noise += seen
    rgb = np.clip(noise, 0, 255, out=noise).astype(np.uint8)
    depth = look.picture.depth_mm
    return replace(look, picture=Picture(rgb, None if depth is None else _read(depth, sensor, rng)))


def _response(sensor: Sensor) -> FloatArray:
    """What each level of each channel becomes under a sensor's gains, (1, 256, 3), 0..255."""
    linear = (np.arange(256, dtype=np.float32)[:, None] / 255.0) ** np.float32(DISPLAY_GAMMA)
    clipped = np.clip(linear * np.array(sensor.gains, np.float32), 0.0, 1.0)
    return np.asarray(clipped ** np.float32(1 / DISPLAY_GAMMA) * 255.0, np.float32)[None]


def _read(depth: NDArray[np.uint16], sensor: Sensor, rng: np.random.Generator) -> NDArray[np.uint16]:
    """Depth in mm with its noise, alike over a few pixels as stereo matching has it, and with holes."""
    size = (depth.shape[1], depth.shape[0])
    coarse = rng.standard_normal((size[1] // 4, size[0] // 4), np.float32)
    noise = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    found = np.rint(np.clip(depth * (1 + sensor.depth_noise * noise), 0, 65535)).astype(np.uint16)
    lost = (rng.random((size[1] // 3, size[0] // 3)) < sensor.holes).astype(np.uint8)
    found[cv2.resize(lost, size, interpolation=cv2.INTER_NEAREST) > 0] = 0
    return np.asarray(found, np.uint16)


def _booth(index: int, rng: np.random.Generator) -> Booth:
    def near(value: float, share: float) -> float:
        return float(value * (1 + rng.uniform(-share, share)))

    lamps = tuple(
        Softbox(
            (near(lamp.centre[0], 0.18), near(lamp.centre[1], 0.18), near(lamp.centre[2], 0.10)),
            lamp.right,
            lamp.up,
            (near(lamp.colour[0], 0.15), near(lamp.colour[1], 0.12), near(lamp.colour[2], 0.15)),
        )
        for lamp in rig.SOFTBOXES
    )
    ambient = (near(rig.AMBIENT[0], 0.15), near(rig.AMBIENT[1], 0.12), near(rig.AMBIENT[2], 0.15))
    places = {
        view: (azimuth + rng.uniform(-4, 4), elevation + rng.uniform(-4, 4), near(DISTANCE_MM, 0.05))
        for view, (azimuth, elevation) in VIEWS.items()
    }
    exposure = near(1.0, 0.18)
    sensors = {view: _sensor(exposure, rng) for view in VIEWS}
    return Booth(
        f"r{index}",
        Lighting(lamps, ambient),
        sensors,
        places,
        float(rng.uniform(0.22, 0.52)),
        float(rng.uniform(0.02, 0.09)),
        int(rng.integers(1 << 30)),
    )


def _sensor(exposure: float, rng: np.random.Generator) -> Sensor:
    gains = exposure * rng.uniform(0.94, 1.06, 3)
    return Sensor(
        (float(gains[0]), float(gains[1]), float(gains[2])),
        float(rng.uniform(1.0, 3.5)),
        float(rng.uniform(0.0, 0.7)),
        int(rng.integers(84, 97)),
        float(rng.uniform(0.001, 0.003)),
        float(rng.uniform(0.005, 0.03)),
    )


def _camera(place: tuple[float, float, float], span_mm: float) -> CameraCalibration:
    azimuth, elevation, distance = place
    focal = distance * SIDE_PX / span_mm
    middle = (SIDE_PX - 1) / 2
    pose = rig.camera_pose(azimuth, elevation, distance)
    return CameraCalibration(
        Intrinsics(SIDE_PX, SIDE_PX, focal, focal, middle, middle),
        tuple(float(value) for value in pose.reshape(-1)),
    )
