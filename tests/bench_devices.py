"""`make bench`: what a frame costs each camera driver, and how many RGB-D streams this machine carries."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import pyrealsense2 as rs
from _pytest.outcomes import Skipped
from numpy.typing import NDArray

from booth.events import Bus
from booth.feed.frames import Feed
from booth.ports.devices import Camera
from booth.worker import Worker
from drivers import replay, simulated
from drivers.realsense import camera as realsense
from drivers.realsense.options import RealSenseOptions
from drivers.uvc import camera as uvc
from models.synthetic.scene import scene
from tests.contract.cameras_fakes import until
from tests.contract.cameras_genicam import genicam_simulated
from tests.contract.cameras_gige import fake_camera, small_camera
from tests.contract.cameras_realsense import SoftwareDevice, plain_optics

WIDTH, HEIGHT, FPS = 1280, 720, 15
ONE_CAMERA = {"cameras": 1, "products": 1, "width": WIDTH, "height": HEIGHT}
READ_S = 10.0
WARM_UP = 5
ARRIVED_SHARE = 0.99
"""Fewer frames than this, and the machine does not carry the streams."""
COUNTS = (1, 2, 4, 8, 12, 16, 20, 24, 32)


def frame_costs(frames: int) -> dict[str, Any]:
    """CPU time of the reading thread for each frame: waiting costs nothing, copying and converting do."""
    costs: dict[str, Any] = {}
    for name, cameras in _drivers().items():
        with ExitStack() as stack:
            try:
                camera = cameras(stack)[0]
            except Skipped as reason:
                costs[name] = f"not measured: {reason}"
                continue
            stack.callback(camera.close)
            camera.open()
            costs[name] = _cost(camera, frames)
    return costs


def streams(seconds: float) -> dict[str, Any]:
    """How many 1280 x 720 RGB-D streams at 15 fps arrive whole, through the SDK and the booth's own feeds.

    The devices are software ones, fed in this process (`fed_only_cpu` is what that takes while nobody reads):
    USB transfer, and the conversion of a real camera's YUYV to RGB, come on top.
    """
    rows = {}
    carried = 0
    for count in COUNTS:
        row = _carry(count, seconds)
        rows[str(count)] = row
        if row["arrived_share"] < ARRIVED_SHARE:
            break
        carried = count
    return {"size": f"{WIDTH} x {HEIGHT}", "fps": FPS, "carried": carried, "by_streams": rows}


def _drivers() -> Mapping[str, Callable[[ExitStack], Sequence[Camera]]]:
    return {
        "realsense": lambda stack: stack.enter_context(_fed(1)),
        "uvc (MJPG file)": _uvc,
        "genicam": lambda stack: genicam_simulated(None),
        "gige": _gige,
        "replay (JPEG files)": _replay,
        "simulated": lambda stack: simulated.cameras({"fps": 100}, scene(ONE_CAMERA)),
    }


def _uvc(stack: ExitStack) -> Sequence[Camera]:
    path = _folder(stack) / "video.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 100.0, (WIDTH, HEIGHT))
    for rgb in _pictures(300):
        writer.write(rgb)
    writer.release()
    return uvc.cameras({"devices": [str(path)], "fps": 100}, None)


def _gige(stack: ExitStack) -> Sequence[Camera]:
    stack.enter_context(fake_camera())
    settings = {"Width": float(WIDTH), "Height": float(HEIGHT), "AcquisitionFrameRate": 20.0}
    return [small_camera(settings=settings)]


def _replay(stack: ExitStack) -> Sequence[Camera]:
    folder = _folder(stack)
    for number, rgb in enumerate(_pictures(300)):
        cv2.imwrite(str(folder / f"{number:03d}.jpg"), rgb)
    return replay.cameras({"folder": str(folder), "fps": 100}, None)


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(TemporaryDirectory()))


def _pictures(count: int) -> Iterator[NDArray[np.uint8]]:
    """Smooth pictures with some noise, as photographs have it."""
    rng = np.random.default_rng(0)
    rough = rng.integers(0, 255, (HEIGHT // 16, WIDTH // 16, 3), dtype=np.uint8)
    smooth = cv2.resize(rough, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    noisy = np.clip(smooth + rng.normal(0, 3, smooth.shape), 0, 255).astype(np.uint8)
    for number in range(count):
        yield np.roll(noisy, number, axis=1)


def _cost(camera: Camera, frames: int) -> dict[str, Any]:
    for _ in range(WARM_UP):
        frame = camera.read(READ_S)
    times_ms = []
    for _ in range(frames):
        start_s = time.thread_time()
        frame = camera.read(READ_S)
        times_ms.append((time.thread_time() - start_s) * 1e3)
    height, width = frame.rgb.shape[:2]
    return {
        "size": f"{width} x {height}{' with depth' if frame.depth_mm is not None else ''}",
        "cpu_ms_p50": round(float(np.median(times_ms)), 2),
        "copy_ms": round(_copy_ms(frame.rgb, frame.depth_mm), 2),
    }


def _copy_ms(*arrays: Any) -> float:
    """What copying these arrays once takes: no driver can do with less."""
    start_s = time.thread_time()
    for _ in range(20):
        for array in arrays:
            if array is not None:
                array.copy()
    return (time.thread_time() - start_s) * 1e3 / 20


def _carry(count: int, seconds: float) -> dict[str, Any]:
    bus = Bus()
    with ExitStack() as stack:
        cameras = stack.enter_context(_fed(count))
        cpu_s, wall_s = time.process_time(), time.monotonic()
        threading.Event().wait(seconds)
        fed_only = (time.process_time() - cpu_s) / (time.monotonic() - wall_s)
        feeds = [Feed(camera, bus, 2.0) for camera in cameras]
        for feed in feeds:
            stack.callback(feed.stop)
            feed.start()
        until(lambda: all(feed.newest() for feed in feeds), "every stream begins")
        before = [feed.status().received for feed in feeds]
        cpu_s, wall_s = time.process_time(), time.monotonic()
        threading.Event().wait(seconds)
        took_s = time.monotonic() - wall_s
        arrived = [feed.status().received - one for feed, one in zip(feeds, before, strict=True)]
        return {
            "arrived_share": round(min(1.0, min(arrived) / (FPS * took_s)), 3),
            "longest_gap_ms": round(max(feed.status().longest_gap_ms for feed in feeds)),
            "cpu": round((time.process_time() - cpu_s) / took_s, 2),
            "fed_only_cpu": round(fed_only, 2),
        }


@contextmanager
def _fed(count: int) -> Iterator[Sequence[Camera]]:
    """So many software devices in one context, fed 15 pairs a second each."""
    context, lists = rs.context(), list[Any]()
    context.set_devices_changed_callback(lambda change: lists.append(change.get_new_devices()))
    devices = [
        SoftwareDevice(str(1000 + number), plain_optics(WIDTH, HEIGHT), fps=FPS) for number in range(count)
    ]
    for device in devices:
        device.device.add_to(context)
    until(lambda: len(context.query_devices()) == count, "software devices are listed")
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    depth = rng.integers(500, 900, (HEIGHT, WIDTH), dtype=np.uint16)

    def feed(stopping: threading.Event) -> None:
        number, start_s = 0, time.monotonic()
        while not stopping.wait(max(0.0, start_s + number / FPS - time.monotonic())):
            number += 1
            for device in devices:
                device.feed(number, rgb, depth)

    feeder = Worker("software cameras", Bus(), feed)
    feeder.start()
    serials = tuple(str(1000 + number) for number in range(count))
    options = RealSenseOptions(serials=serials, width=WIDTH, height=HEIGHT, fps=FPS)
    try:
        yield realsense.find(options, lambda: context)
    finally:
        assert feeder.stop()
