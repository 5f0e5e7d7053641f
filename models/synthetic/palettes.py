"""The inks that labels are printed in."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

from models.synthetic.shapes import Colour


@dataclass(frozen=True, slots=True)
class Palette:
    """The four inks of a label, sRGB."""

    base: Colour
    accent: Colour
    dark: Colour
    light: Colour

    def on_base(self) -> Colour:
        """The ink that reads well on the base."""
        return self.light if _luma(self.base) < 150 else self.dark

    def on_accent(self) -> Colour:
        """The ink that reads well on the accent."""
        return self.light if _luma(self.accent) < 120 else self.dark


PALETTES = (
    Palette((28, 84, 120), (245, 178, 62), (12, 36, 60), (248, 244, 232)),
    Palette((206, 62, 48), (250, 214, 110), (92, 20, 22), (255, 247, 236)),
    Palette((52, 122, 84), (226, 196, 84), (18, 56, 40), (244, 246, 232)),
    Palette((240, 196, 66), (206, 74, 50), (74, 40, 20), (255, 250, 232)),
    Palette((104, 62, 130), (240, 150, 170), (46, 24, 66), (248, 242, 250)),
    Palette((236, 228, 212), (186, 88, 56), (60, 44, 38), (255, 253, 248)),
    Palette((38, 44, 56), (86, 190, 180), (16, 18, 26), (240, 244, 246)),
    Palette((226, 122, 60), (60, 96, 120), (84, 36, 14), (255, 246, 234)),
    Palette((150, 196, 214), (24, 74, 112), (16, 46, 74), (250, 253, 255)),
    Palette((232, 150, 160), (126, 34, 62), (78, 18, 40), (255, 248, 248)),
)


def mixed(rng: np.random.Generator) -> Palette:
    """Inks of their own: a base of any hue, an accent that stands off it, a dark and a light that read."""
    hue = float(rng.uniform())
    base = _ink(hue, float(rng.uniform(0.08, 0.85)), float(rng.uniform(0.18, 0.95)))
    other = hue + float(rng.choice([0.08, 0.33, 0.5, 0.62])) + float(rng.normal(0, 0.03))
    accent = _ink(other, float(rng.uniform(0.4, 0.9)), float(rng.uniform(0.35, 0.95)))
    dark = _ink(
        hue + float(rng.normal(0, 0.05)), float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.10, 0.30))
    )
    light = _ink(other, float(rng.uniform(0.0, 0.10)), float(rng.uniform(0.93, 1.0)))
    return Palette(base, accent, dark, light)


def _ink(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _luma(colour: Colour) -> float:
    """Perceived lightness, 0..255 (ITU-R BT.601)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
