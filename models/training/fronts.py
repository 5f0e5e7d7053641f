"""The front of a package as flat print: logo, title, flavour, picture and small print in a line's layout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from models.training.families import Colour, Identity, ink, readable
from models.training.lettering import FACES, Box, Canvas, letter, stamp, word_mask
from models.training.pictures import ball, fill, picture

SLOTS = ("logo", "title", "flavour", "picture", "print")


@dataclass(frozen=True, slots=True)
class Layout:
    """What all flavours of a line share: where things stand, and in which inks.

    Attributes:
        slots: (kind, top, height) from the top down, as shares of the front.
        tinted: whether the ground takes the flavour's colour.
    """

    slots: tuple[tuple[str, float, float], ...]
    align: float
    ground: Colour
    second: Colour
    pattern: int
    tinted: bool
    banded: bool
    title_face: int
    flavour_face: int


def front(identity: Identity, width_px: int, height_px: int) -> Canvas:
    """The front of one product, (height_px, width_px, 3) uint8; the same for the same identity."""
    layout = _layout(np.random.default_rng([identity.line_seed, 3]))
    flavour = np.random.default_rng([identity.flavour_seed, 4])
    line = np.random.default_rng([identity.line_seed, 5])
    tint = ink(flavour, (0.25, 0.8), (0.3, 1.0))
    ground = tint if layout.tinted else layout.ground
    art = np.full((height_px, width_px, 3), ground, np.uint8)
    _PATTERNS[layout.pattern](art, layout.second if layout.tinted else tint, line)
    for kind, top, height in sorted(layout.slots, key=lambda slot: slot[0] != "picture"):
        box = (width_px * 0.06, top * height_px, width_px * 0.88, height * height_px)
        _PRINTERS[kind](art, box, identity, layout, tint)
    _badges(art, identity, tint)
    return art


def base_ink(identity: Identity) -> Colour:
    """The colour of the rest of the package, such as its sides and its cap."""
    layout = _layout(np.random.default_rng([identity.line_seed, 3]))
    tint = ink(np.random.default_rng([identity.flavour_seed, 4]), (0.25, 0.8), (0.3, 1.0))
    return tint if layout.tinted else layout.ground


def _layout(rng: np.random.Generator) -> Layout:
    kinds = list(SLOTS)
    rng.shuffle(kinds)
    if rng.random() < 0.65:  # most brands stand above the rest
        kinds.remove("logo")
        kinds.insert(int(rng.random() < 0.2), "logo")
    shares = {"logo": 0.8, "title": 0.4, "flavour": 0.3, "picture": 1.3, "print": 0.25}
    heights = np.array([shares[kind] * rng.uniform(0.6, 1.6) for kind in kinds])
    heights *= rng.uniform(0.85, 0.97) / heights.sum()
    tops = np.concatenate([[0.0], np.cumsum(heights)[:-1]]) + (1 - heights.sum()) / 2
    pale = rng.random() < 0.4
    ground = ink(rng, (0.88, 0.99), (0.0, 0.6)) if pale else ink(rng, (0.1, 0.75), (0.2, 1.0))
    return Layout(
        tuple((k, float(t), float(h)) for k, t, h in zip(kinds, tops, heights, strict=True)),
        float(rng.choice((0.0, 0.5, 0.5, 0.5, 1.0))), ground, ink(rng, (0.15, 0.95), (0.1, 1.0)),
        int(rng.integers(len(_PATTERNS))), bool(rng.random() < 0.45), bool(rng.random() < 0.6),
        int(rng.integers(len(FACES))), int(rng.integers(len(FACES))),
    )  # fmt: skip


def _ground_at(art: Canvas, box: Box) -> Colour:
    x, y, width, height = (round(value) for value in box)
    part = art[max(y, 0) : y + max(height, 1), max(x, 0) : x + max(width, 1)]
    return tuple(int(value) for value in part.reshape(-1, 3).mean(axis=0))  # type: ignore[return-value]


def _logo(art: Canvas, box: Box, identity: Identity, layout: Layout, tint: Colour) -> None:
    """The brand on its plate: drawn from the brand's seed alone, so that all its lines carry the same."""
    rng = np.random.default_rng([identity.brand_seed, 6])
    plate, x, y, width, height = ink(rng, (0.15, 0.6), (0.4, 1.0)), *box
    kind = int(rng.integers(5))
    centre = (int(x + width / 2), int(y + height / 2))
    axes = (max(2, int(width * 0.48)), max(2, int(height * 0.48)))
    if kind == 0:
        cv2.ellipse(art, centre, axes, float(rng.uniform(-8, 8)), 0, 360, plate, -1, cv2.LINE_AA)
        cv2.ellipse(art, centre, (axes[0], axes[1]), 0, 0, 360, (250, 250, 250), 2, cv2.LINE_AA)
    elif kind == 1:
        art[max(int(y), 0) : int(y + height)] = plate
    elif kind == 2:
        lean = rng.uniform(-0.2, 0.2) * height
        corners = [
            (x, y + lean),
            (x + width, y - lean),
            (x + width, y + height - lean),
            (x, y + height + lean),
        ]
        fill(art, np.array(corners), plate)
    on = plate if kind < 3 else _ground_at(art, box)
    mask = word_mask(
        identity.brand, int(rng.integers(len(FACES))), float(rng.uniform(0.75, 1.5)),
        float(rng.choice((0.0, 0.0, 0.2, -0.1))), float(rng.choice((0.0, 0.0, 0.0, 0.35, -0.3))),
    )  # fmt: skip
    inks = np.random.default_rng([identity.brand_seed, 7])
    outline = ink(inks, (0.05, 0.95), (0.2, 1.0)) if inks.random() < 0.25 else None
    inner = (x + width * 0.1, y + height * 0.12, width * 0.8, height * 0.76)
    letter(art, mask, inner, readable(inks, on), 0.5 if kind < 3 else layout.align, outline)


def _title(art: Canvas, box: Box, identity: Identity, layout: Layout, tint: Colour) -> None:
    rng = np.random.default_rng([identity.line_seed, 8])
    words = identity.title.upper() if rng.random() < 0.5 else identity.title
    mask = word_mask(words, layout.title_face, float(rng.uniform(0.8, 1.3)))
    letter(art, mask, box, readable(rng, _ground_at(art, box)), layout.align)


def _flavour(art: Canvas, box: Box, identity: Identity, layout: Layout, tint: Colour) -> None:
    rng = np.random.default_rng([identity.line_seed, 9])
    ground = _ground_at(art, box)
    if layout.banded:
        ground = tint if not layout.tinted else layout.second
        x, y, width, height = box
        left = 0 if rng.random() < 0.5 else round(x)
        right = art.shape[1] if rng.random() < 0.5 else round(x + width)
        art[max(round(y), 0) : round(y + height), left:right] = ground
    x, y, width, height = box
    inner = (x + width * 0.04, y + height * 0.15, width * 0.92, height * 0.7)
    letter(art, word_mask(identity.flavour, layout.flavour_face), inner, readable(rng, ground), layout.align)


def _picture(art: Canvas, box: Box, identity: Identity, layout: Layout, tint: Colour) -> None:
    rng = np.random.default_rng([identity.line_seed, 10])
    x, y, width, height = box
    radius = min(width, height) / 2 * rng.uniform(0.85, 1.45)
    across = x + width * float(rng.choice((0.5, 0.5, 0.3, 0.7)))
    if rng.random() < 0.25:
        back = ink(rng, (0.4, 0.9), (0.1, 0.7))
        ball(art, across, y + height / 2, radius * 1.2, back)
    picture(art, across, y + height / 2, radius, np.random.default_rng([identity.flavour_seed, 11]))


def _print(art: Canvas, box: Box, identity: Identity, layout: Layout, tint: Colour) -> None:
    rng = np.random.default_rng([identity.line_seed, 12])
    x, y, width, height = box
    colour = readable(rng, _ground_at(art, box))
    lines = int(rng.integers(1, 4))
    for index in range(lines):
        words = " ".join(str(word) for word in rng.choice(SMALL, int(rng.integers(2, 5))))
        at = (x, y + height * index / lines, width * 0.7, height / lines * 0.8)
        letter(art, word_mask(words, 1), at, colour, layout.align)
    if rng.random() < 0.6:
        size = word_mask(str(rng.choice(SIZES)), 0)
        letter(art, size, (x + width * 0.7, y, width * 0.3, height), colour, 1.0)


def _badges(art: Canvas, identity: Identity, tint: Colour) -> None:
    rng = np.random.default_rng([identity.line_seed, 13])
    height, width = art.shape[:2]
    for _ in range(int(rng.choice((0, 0, 1, 1, 2)))):
        x, y = rng.uniform(0.12, 0.88) * width, rng.uniform(0.08, 0.92) * height
        radius = min(width, height) * rng.uniform(0.07, 0.13)
        colour = ink(rng, (0.25, 0.6), (0.5, 1.0))
        cv2.circle(art, (int(x), int(y)), int(radius), colour, -1, cv2.LINE_AA)
        box = (x - radius * 0.8, y - radius * 0.4, radius * 1.6, radius * 0.8)
        letter(art, word_mask(str(rng.choice(CLAIMS)), 0), box, readable(rng, colour))


def _plain(art: Canvas, colour: Colour, rng: np.random.Generator) -> None:
    """No pattern."""


def _fade(art: Canvas, colour: Colour, rng: np.random.Generator) -> None:
    share = np.linspace(0, 1, art.shape[0], dtype=np.float32) ** rng.uniform(0.7, 3)
    share = (share if rng.random() < 0.6 else share[::-1])[:, None, None]
    art[:] = (art * (1 - share) + np.array(colour, np.float32) * share).astype(np.uint8)


def _split(art: Canvas, colour: Colour, rng: np.random.Generator) -> None:
    height, width = art.shape[:2]
    t = np.linspace(0, 1, 40)
    edge = rng.uniform(0.25, 0.75) + rng.uniform(-0.25, 0.25) * (t - 0.5)
    edge = edge + rng.uniform(-0.15, 0.15) * np.sin(np.pi * t * rng.integers(1, 3))
    foot = np.array([[width, height], [0, height]])
    fill(art, np.vstack([np.stack([t * width, edge * height], 1), foot]), colour)


def _stripes(art: Canvas, colour: Colour, rng: np.random.Generator) -> None:
    y, x = np.mgrid[: art.shape[0], : art.shape[1]]
    angle, period = float(rng.choice((0.0, np.pi / 2, rng.uniform(0, np.pi)))), rng.uniform(18, 90)
    phase = (x * np.cos(angle) + y * np.sin(angle)) % period < period * rng.uniform(0.2, 0.6)
    art[phase] = colour


def _dots(art: Canvas, colour: Colour, rng: np.random.Generator) -> None:
    step, radius = int(rng.integers(24, 70)), rng.uniform(0.1, 0.35)
    for row, y in enumerate(range(0, art.shape[0], step)):
        for x in range((row % 2) * step // 2, art.shape[1], step):
            cv2.circle(art, (x, y), max(1, int(step * radius)), colour, -1, cv2.LINE_AA)


def _rays(art: Canvas, colour: Colour, rng: np.random.Generator) -> None:
    height, width = art.shape[:2]
    centre, half = rng.uniform(0.2, 0.8, 2) * (width, height), rng.uniform(0.06, 0.14)
    for start in np.arange(0, 2 * np.pi, 0.4):
        tips = np.array(
            [[np.cos(start), np.sin(start)], [np.cos(start + half * 2), np.sin(start + half * 2)]]
        )
        fill(art, np.vstack([[[0.0, 0.0]], tips * 2 * height]) + centre, colour)


def _clouds(art: Canvas, colour: Colour, rng: np.random.Generator) -> None:
    """Soft noise of two octaves: wood, foam, cloth or a blurred photograph."""
    height, width = art.shape[:2]
    coarse = rng.random((int(rng.integers(3, 12)), int(rng.integers(3, 9))), np.float32)
    fine = rng.random((40, 30), np.float32)
    both = [np.asarray(cv2.resize(octave, (width, height)), np.float32) for octave in (coarse, fine)]
    alpha = np.asarray(np.clip((both[0] + 0.5 * both[1] - 0.5) * 400, 0, 255), np.uint8)
    stamp(art, alpha, 0, 0, colour)


def _frame(art: Canvas, colour: Colour, rng: np.random.Generator) -> None:
    edge = int(min(art.shape[:2]) * rng.uniform(0.03, 0.1))
    inside = art[edge:-edge, edge:-edge].copy()
    art[:] = colour
    art[edge:-edge, edge:-edge] = inside


_PATTERNS: tuple[Callable[[Canvas, Colour, np.random.Generator], None], ...] = (
    _plain, _plain, _fade, _split, _split, _stripes, _dots, _rays, _clouds, _frame,
)  # fmt: skip

_PRINTERS: dict[str, Callable[[Canvas, Box, Identity, Layout, Colour], None]] = {
    "logo": _logo, "title": _title, "flavour": _flavour, "picture": _picture, "print": _print,
}  # fmt: skip

CLAIMS = ("BIO", "NEW", "ECO", "+20%", "Vegan", "FAIR", "No 1", "100%", "1992")
SIZES = ("1 l", "500 ml", "330 ml", "250 g", "1 kg", "6 x 40 g", "200 g", "750 ml", "12 pcs")
SMALL = (
    "with", "real", "fruit", "from", "the", "best", "farms", "no", "added", "sugar", "rich", "in",
    "vitamin", "source", "of", "fibre", "shake", "well", "keep", "cool", "since", "pure", "taste",
    "quality", "gently", "pressed", "sun", "ripened",
)  # fmt: skip
