"""The inks that labels are printed in."""

from __future__ import annotations

from dataclasses import dataclass

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


def _luma(colour: Colour) -> float:
    """Perceived lightness, 0..255 (ITU-R BT.601)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
