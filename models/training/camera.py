"""What a hand-held camera does to a scene: light, colour, glare, blur, noise and JPEG."""

from __future__ import annotations

import cv2
import numpy as np

from models.training.lettering import Canvas


def shot(scene: Canvas, rng: np.random.Generator) -> Canvas:
    """A photo of a scene, (H, W, 3) uint8; it may come back smaller, as from a poor camera."""
    blurred = _blurred(_glared(scene, rng), rng)
    height, width = scene.shape[:2]
    scale = rng.uniform(0.45, 1.0)
    small = cv2.resize(blurred, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    exposed = _exposed(np.asarray(small, np.uint8), rng)
    noise = np.empty_like(exposed)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    cv2.randn(noise, np.zeros(3), np.full(3, rng.uniform(0, 9)))
    noisy = exposed + noise
    data = cv2.imencode(
        ".jpg", np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 96))]
    )[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _exposed(rgb: Canvas, rng: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """White balance, exposure, tone curve, and light that falls off to one side; 0..255 float32."""
    height, width = rgb.shape[:2]
    balance = np.exp(rng.normal(0, 0.11, 3)) * np.exp(rng.normal(-0.05, 0.28))
    curve = (np.arange(256)[:, None] / 255) ** np.exp(rng.normal(0, 0.2)) * balance * 255
    lifted = curve * rng.uniform(0.8, 1.0) + rng.uniform(0, 25)
    toned = cv2.LUT(rgb, np.clip(lifted, 0, 255).astype(np.float32)[:, None])
    slope = rng.normal(0, 0.25, 2)
    x, y = np.linspace(-0.5, 0.5, width, dtype=np.float32), np.linspace(-0.5, 0.5, height, dtype=np.float32)
    light = np.clip(1 + slope[0] * x[None] + slope[1] * y[:, None], 0.2, 1.8).astype(np.float32)
    grey = np.asarray(toned).mean(axis=2, keepdims=True)
    colourful = grey + (np.asarray(toned) - grey) * rng.uniform(0.55, 1.15)
    return np.asarray(colourful * light[..., None], np.float32)


def _blurred(rgb: Canvas, rng: np.random.Generator) -> Canvas:
    kind = rng.random()
    if kind < 0.35:
        return np.asarray(cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.5, 2.2)), np.uint8)
    if kind < 0.5:
        length = int(rng.integers(3, 10))
        kernel = np.zeros((length, length), np.float32)
        angle = rng.uniform(0, np.pi)
        middle, reach = (length - 1) / 2, (length - 1) / 2 * np.array([np.cos(angle), np.sin(angle)])
        (x0, y0), (x1, y1) = (np.round(middle + sign * reach).astype(int).tolist() for sign in (-1, 1))
        cv2.line(kernel, (x0, y0), (x1, y1), (1.0,))
        return np.asarray(cv2.filter2D(rgb, -1, kernel / kernel.sum()), np.uint8)
    return rgb


def _glared(rgb: Canvas, rng: np.random.Generator) -> Canvas:
    """One or two lamps mirrored in film."""
    if rng.random() > 0.35:
        return rgb
    height, width = rgb.shape[:2]
    spot = np.zeros((height // 4, width // 4), np.float32)
    for _ in range(int(rng.integers(1, 3))):
        centre = (int(rng.uniform(0, width / 4)), int(rng.uniform(0, height / 4)))
        axes = (int(rng.uniform(2, 12)), int(rng.uniform(3, 25)))
        cv2.ellipse(spot, centre, axes, float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(60, 220)), -1)
    soft = cv2.resize(cv2.GaussianBlur(spot, (0, 0), rng.uniform(1, 5)), (width, height))
    return np.asarray(np.clip(rgb + np.asarray(soft)[..., None], 0, 255), np.uint8)
