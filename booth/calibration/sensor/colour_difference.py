"""How different two colours look: sRGB to CIELAB under D65, and CIEDE2000."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

XYZ_FROM_LINEAR = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""From the primaries and the white of IEC 61966-2-1, to seven places."""
WHITE_D65 = XYZ_FROM_LINEAR.sum(axis=1)


def linear_of(encoded: NDArray[Any]) -> Floats:
    """Linear 0..1 of sRGB bytes of any shape (IEC 61966-2-1)."""
    share = np.asarray(encoded, np.float64) / 255
    return np.asarray(np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4))


def lab(linear: Floats) -> Floats:
    """CIELAB of linear sRGB, (n, 3) (CIE 15:2004)."""
    relative = np.clip(linear @ XYZ_FROM_LINEAR.T / WHITE_D65, 0, None)
    bent = np.where(relative > 216 / 24389, np.cbrt(relative), (24389 / 27 * relative + 16) / 116)
    x, y, z = bent.T
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def ciede2000(first: Floats, second: Floats) -> Floats:
    """The difference of CIELAB colours (n, 3), (n,).

    Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", Color Res. Appl. 30, 2005, equations 2-22.
    """
    mean_chroma = (np.hypot(*first[:, 1:].T) + np.hypot(*second[:, 1:].T)) / 2
    stretch = 1 + 0.5 * (1 - _high_chroma(mean_chroma))
    (light1, chroma1, hue1), (light2, chroma2, hue2) = (_polar(c, stretch) for c in (first, second))
    grey = chroma1 * chroma2 == 0
    apart = hue2 - hue1
    turn = np.where(grey, 0.0, apart - np.where(np.abs(apart) > 180, np.copysign(360, apart), 0))
    hue = np.where(grey, hue1 + hue2, hue1 + turn / 2) % 360
    light, chroma = (light1 + light2) / 2, (chroma1 + chroma2) / 2
    weight_light = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    weight_chroma = 1 + 0.045 * chroma
    weight_hue = 1 + 0.015 * chroma * _hue_weight(hue)
    by_light = (light2 - light1) / weight_light
    by_chroma = (chroma2 - chroma1) / weight_chroma
    by_hue = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn / 2)) / weight_hue
    blue = np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))) * 2 * _high_chroma(chroma)
    squared = by_light**2 + by_chroma**2 + by_hue**2 - blue * by_chroma * by_hue
    return np.asarray(np.sqrt(np.maximum(squared, 0)))


def _polar(colour: Floats, stretch: Floats) -> tuple[Floats, Floats, Floats]:
    """Lightness, chroma and hue in degrees, with a* stretched."""
    light, a, b = colour.T
    return light, np.hypot(a * stretch, b), np.degrees(np.arctan2(b, a * stretch)) % 360


def _high_chroma(chroma: Floats) -> Floats:
    """Near 1 for saturated colours."""
    return np.asarray(np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))


def _hue_weight(hue: Floats) -> Floats:
    def wave(times: float, phase_deg: float) -> Floats:
        return np.asarray(np.cos(np.radians(times * hue + phase_deg)))

    return np.asarray(1 - 0.17 * wave(1, -30) + 0.24 * wave(2, 0) + 0.32 * wave(3, 6) - 0.20 * wave(4, -63))
