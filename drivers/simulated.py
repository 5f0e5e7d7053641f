"""An array of simulated RGB-D cameras that look at one scene through imperfect sensors."""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from booth.domain.device import DeviceInfo
from booth.domain.picture import Frame, Picture
from booth.domain.terms import ClockDomain
from booth.errors import ConfigError, DeviceError, DeviceTimeout
from booth.ports.scene import Scene
from booth.ports.service import Options
from drivers.options import DriverOptions, checked
from drivers.pace import Pace
from drivers.plain import PlainCamera

BANK_MARGIN_PX = 64
"""The noise bank is larger than a picture by this much, so that each frame cuts it at another place."""


class SimulatedOptions(DriverOptions):
    """How good the sensors are; the defaults are near those of a stereo depth camera at one metre."""

    fps: float = Field(default=10.0, gt=0, le=1000)
    seed: int = Field(default=0, ge=0)
    noise_sd: float = Field(default=2.0, ge=0, le=64)
    """Deviation of the colour noise, in steps of 0..255."""
    depth_noise_mm: float = Field(default=2.0, ge=0, le=50)
    """Deviation of the depth noise at one metre, in mm; it grows with the square of the distance."""
    dropout: float = Field(default=0.01, ge=0, le=0.5)
    """Share of the depth readings that are missing from a frame."""


def cameras(options: Options, scene: Scene | None) -> Sequence[SimulatedCamera]:
    """One camera for each that the scene's calibration knows.

    Raises:
        ConfigError: an option is unknown or impossible, or there is no scene to look at.
    """
    known = checked(SimulatedOptions, options, "cameras.options")
    if scene is None:
        raise ConfigError("cameras.driver 'simulated' needs a scene to look at: set scene.name")
    return [SimulatedCamera(name, scene, known) for name in scene.calibration.cameras]


class SimulatedCamera(PlainCamera):
    """One camera of the scene; `unplug` and `plug_in` move its cable, from any thread."""

    def __init__(self, camera_id: str, scene: Scene, options: SimulatedOptions) -> None:
        self._camera_id = camera_id
        self._scene = scene
        self._options = options
        self._rng = np.random.default_rng([options.seed, zlib.crc32(camera_id.encode())])
        self._sensor: Sensor | None = None
        self._pace: Pace | None = None
        self._plugged = True

    @property
    def camera_id(self) -> str:
        """The name that the scene's calibration gives it."""
        return self._camera_id

    @property
    def info(self) -> DeviceInfo:
        """What it says of itself."""
        return DeviceInfo("simulated", self._camera_id, "simulated RGB-D camera")

    def unplug(self) -> None:
        """Pull the cable: the stream ends, and nothing opens until `plug_in`."""
        self._plugged = False
        self._pace = None

    def plug_in(self) -> None:
        """Put the cable back; the camera must be opened again."""
        self._plugged = True

    def open(self) -> None:
        """Start the frame clock. Raises: DeviceError when unplugged."""
        self._check_cable()
        self._pace = Pace(self._options.fps)

    def close(self) -> None:
        """Stop; harmless when closed already."""
        self._pace = None

    def read(self, timeout_s: float) -> Frame:
        """What the scene looks like at the next tick, seen through the sensor.

        Raises:
            DeviceTimeout: the next tick is further away than `timeout_s`.
            DeviceError: unplugged, or not open.
        """
        pace = self._streaming()
        tick = pace.wait(timeout_s)
        self._streaming()
        if tick is None:
            raise DeviceTimeout(f"camera {self._camera_id} gave no picture within {timeout_s:.2f} s")
        picture = self._scene.look(self._camera_id)
        host_ns = time.monotonic_ns()
        seen = self._seen(picture)
        stamp_ms = tick * 1000.0 / self._options.fps
        return Frame(self._camera_id, seen.rgb, seen.depth_mm, host_ns, tick, stamp_ms, ClockDomain.HARDWARE)

    def _streaming(self) -> Pace:
        self._check_cable()
        pace = self._pace
        if pace is None:
            raise DeviceError(f"camera {self._camera_id} is not open")
        return pace

    def _check_cable(self) -> None:
        if not self._plugged:
            raise DeviceError(f"camera {self._camera_id} does not answer: check its USB 3 cable")

    def _seen(self, picture: Picture) -> Picture:
        height, width = picture.rgb.shape[:2]
        if self._sensor is None or self._sensor.shape != (height, width):
            self._sensor = Sensor((height, width), self._options, self._rng)
        return self._sensor.expose(picture)


class Sensor:
    """Adds noise and dropouts, cut anew for each frame from a bank that is drawn once.

    Colour noise is Gaussian and independent of the signal; depth noise grows with the square of the distance,
    as triangulation gives it (Khoshelham and Elberink 2012, "Accuracy and Resolution of Kinect Depth Data for
    Indoor Mapping Applications", equation 6); dropouts come as patches of 3 x 3 pixels.
    """

    def __init__(self, shape: tuple[int, int], options: SimulatedOptions, rng: np.random.Generator) -> None:
        self.shape = shape
        self._rng = rng
        bank = (shape[0] + BANK_MARGIN_PX, shape[1] + BANK_MARGIN_PX)
        colour = np.rint(rng.standard_normal((*bank, 3), dtype=np.float32) * options.noise_sd)
        self._brighter = np.clip(colour, 0, 255).astype(np.uint8)
        self._darker = np.clip(-colour, 0, 255).astype(np.uint8)
        self._depth_noise = rng.standard_normal(bank, dtype=np.float32) * (options.depth_noise_mm / 1e6)
        lost = (rng.random(bank, dtype=np.float32) < options.dropout / 9).astype(np.uint8)
        patches = cv2.dilate(lost, np.ones((3, 3), np.uint8))
        self._kept = np.where(patches > 0, 0, 0xFFFF).astype(np.uint16)
        self._picture: Picture | None = None
        self._squared_mm2: NDArray[np.float32] = np.empty(0, np.float32)

    def expose(self, picture: Picture) -> Picture:
        """A noisy copy of the picture, in new arrays."""
        y, x = (int(offset) for offset in self._rng.integers(0, BANK_MARGIN_PX, 2))
        cut = np.s_[y : y + self.shape[0], x : x + self.shape[1]]
        rgb = cv2.subtract(cv2.add(picture.rgb, self._brighter[cut]), self._darker[cut])
        return Picture(rgb.astype(np.uint8, copy=False), self._measure(picture, cut))

    def _measure(self, picture: Picture, cut: tuple[slice, slice]) -> NDArray[np.uint16] | None:
        if picture.depth_mm is None:
            return None
        if picture is not self._picture:
            self._picture = picture
            self._squared_mm2 = np.square(picture.depth_mm, dtype=np.float32)
        error_mm = cv2.multiply(self._squared_mm2, self._depth_noise[cut])
        measured = cv2.add(picture.depth_mm, error_mm, dtype=cv2.CV_16U)
        return cv2.bitwise_and(measured, self._kept[cut]).astype(np.uint16, copy=False)
