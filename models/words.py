"""Reads what is printed on an item with rapidocr, whose wheel carries its networks: nothing is fetched.

An item lies on the tray in any direction. The detector finds lines of any direction, but cannot tell where
they begin. So the few largest lines are read both ways; what reads better gives the view's direction, and
every other line is read along it once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.evidence import PrintedWord
from booth.domain.picture import View
from booth.errors import ConfigError, ModelError
from booth.ports.service import Options

Rgb = NDArray[np.uint8]
Line = NDArray[np.float32]
"""(4, 2), the corners of a line of print as it is read: upper left, upper right, lower right, lower left."""

MIN_SIDE_PX = 736
"""Smaller pictures are enlarged for the detector: PaddleOCR's own `limit_side_len`."""
CONFIDENT = 0.5
"""Lines below this are not given: PaddleOCR's own `text_score`."""
PROBED = 3
"""How many of the largest lines are read both ways."""
SQUARE = 1.3
"""Longer over shorter side below which a line's shape does not tell its direction."""
LITTLE = 8
"""With fewer characters read than this in a view, it is looked at once more, turned by 90°."""
MIN_LINE_PX = 5.0
"""Lower print cannot be read; on a shelf behind the item there is much of it."""
MAX_LINES = 120
"""Of a picture full of print only the largest lines are read, which bounds the cost."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is looked at.

    Attributes:
        max_side_px: of the picture in which lines are sought; they are read in the full picture.
        turns: whether items lie in any direction; without, lines are read from left to right.
    """

    max_side_px: int = 960
    turns: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    line: Line
    text: str
    confidence: float

    @property
    def weight(self) -> float:
        """How much was read, and how surely."""
        return self.confidence * min(len(self.text), 12) if self.confidence >= CONFIDENT else 0.0


def reader(options: Options) -> RapidReader:
    """The entry point `rapidocr` of booth.readers; options: `max_side_px`, `turns`.

    Raises:
        ConfigError: an option is unknown or impossible.
        ModelError: rapidocr or its networks are missing.
    """
    unknown = sorted(set(options) - {"max_side_px", "turns"})
    if unknown:
        raise ConfigError(f"the reader has no option '{unknown[0]}'; it has max_side_px, turns")
    side, turns = options.get("max_side_px", 960), options.get("turns", True)
    if not isinstance(side, int) or isinstance(side, bool) or not 320 <= side <= 4_000:
        raise ConfigError("the reader's option max_side_px must be a whole number from 320 to 4000")
    if not isinstance(turns, bool):
        raise ConfigError("the reader's option turns must be true or false")
    return RapidReader(Settings(side, turns))


class RapidReader:
    """One thread reads at a time; any thread may call it, and waits for its turn.

    A view of 348 px costs about 0.45 s on one core, one of 1280 x 960 with twenty lines about 1 s.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        """Load the networks. Raises: ModelError."""
        self._settings = settings or Settings()
        self._finds = _engine(finds=True)
        self._reads = _engine(finds=False)
        self._turn = threading.Lock()

    def read(self, views: Sequence[View]) -> Sequence[PrintedWord]:
        """Every line that is read with some confidence, in every view. Raises: ModelError."""
        return tuple(chain.from_iterable(self._words(view) for view in views))

    def _words(self, view: View) -> Iterator[PrintedWord]:
        rgb = view.frame.rgb
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0 or rgb.dtype != np.uint8:
            raise ModelError(f"view {view.name} has no picture to read: {rgb.dtype} of shape {rgb.shape}")
        with self._turn:
            reads = self._all(np.ascontiguousarray(rgb))
        for one in reads:
            if one.weight > 0:
                corners = tuple((float(x), float(y)) for x, y in one.line)
                yield PrintedWord(view.name, one.text, one.confidence, corners)

    def _all(self, rgb: Rgb) -> list[_Read]:
        if min(rgb.shape[:2]) < MIN_LINE_PX:
            return []
        reads = self._along(rgb, self._lines(rgb))
        if not self._settings.turns or sum(len(one.text) for one in reads if one.weight) >= LITTLE:
            return reads
        width = rgb.shape[1]
        turned = np.ascontiguousarray(np.rot90(rgb))
        back = [np.stack([width - 1 - line[:, 1], line[:, 0]], axis=1) for line in self._lines(turned)]
        again = self._along(rgb, [np.asarray(line, np.float32) for line in back])
        return max((reads, again), key=lambda each: sum(one.weight for one in each))

    def _lines(self, rgb: Rgb) -> list[Line]:
        """Every line of print, the largest first, its corners in no certain direction."""
        scaled, scale = _scaled(rgb, self._settings.max_side_px)
        try:
            found = self._finds(cv2.cvtColor(scaled, cv2.COLOR_RGB2BGR))
        except Exception as error:  # rapidocr and onnxruntime raise what they please
            raise ModelError(f"the print could not be found: {error}") from error
        boxes = [] if found.boxes is None else [np.asarray(box, np.float32) / scale for box in found.boxes]
        large = [box for box in boxes if min(_sides(box)) >= MIN_LINE_PX]
        return sorted(large, key=lambda box: -cv2.contourArea(box))[:MAX_LINES]

    def _along(self, rgb: Rgb, lines: Sequence[Line]) -> list[_Read]:
        """Read every line in the direction in which the largest read best."""
        if not self._settings.turns:
            return [self._one(rgb, _lengthwise(line)) for line in lines]
        probes = [self._better(rgb, _lengthwise(line)) for line in lines[:PROBED]]
        direction = _voted(probes)
        return [*probes, *(self._one(rgb, _directed(line, direction)) for line in lines[PROBED:])]

    def _better(self, rgb: Rgb, line: Line) -> _Read:
        ways = [line, np.roll(line, 2, axis=0)]
        if _elongation(line) < SQUARE:
            ways += [np.roll(line, 1, axis=0), np.roll(line, 3, axis=0)]
        return max((self._one(rgb, way) for way in ways), key=lambda read: (read.weight, read.confidence))

    def _one(self, rgb: Rgb, line: Line) -> _Read:
        crop = _unrolled(rgb, line)
        try:
            given = self._reads(cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))
        except Exception as error:  # rapidocr and onnxruntime raise what they please
            raise ModelError(f"a line of print could not be read: {error}") from error
        if not given.txts:
            return _Read(line, "", 0.0)
        return _Read(line, str(given.txts[0]).strip(), float(given.scores[0]))


def _engine(finds: bool) -> Any:
    """A rapidocr that only finds lines, or only reads them: each holds its own state."""
    settings = {
        "Global.use_det": finds,
        "Global.use_cls": False,
        "Global.use_rec": not finds,
        "Global.use_preprocess_img": False,
        "Global.log_level": "critical",
        "Det.limit_type": "max",
        "Det.limit_side_len": 4_096,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    try:
        from rapidocr import RapidOCR  # 0.4 s that every command would pay

        engine = RapidOCR(params=settings)
        engine(np.full((64, 320, 3), 255, np.uint8))  # loads the network, which is lazy
    except Exception as error:
        raise ModelError(
            f"rapidocr cannot be used: {error}; install the booth's requirements again"
        ) from error
    return engine


def _voted(probes: Iterable[_Read]) -> NDArray[np.float32]:
    """The unit vector along which the probes read, by how much each of them gave."""
    total = np.zeros(2, np.float32)
    for probe in probes:
        along = probe.line[1] - probe.line[0]
        total += probe.weight * along / max(1e-6, float(np.linalg.norm(along)))
    size = float(np.linalg.norm(total))
    return total / size if size > 1e-6 else np.array([1.0, 0.0], np.float32)


def _directed(line: Line, direction: NDArray[np.float32]) -> Line:
    """The line begun at the corner from which it is read along a direction."""
    if _elongation(line) >= SQUARE:
        lengthwise = _lengthwise(line)
        ways = [lengthwise, np.roll(lengthwise, 2, axis=0)]
    else:
        ways = [np.roll(line, turn, axis=0) for turn in range(4)]
    return max(ways, key=lambda way: float((way[1] - way[0]) @ direction))


def _lengthwise(line: Line) -> Line:
    """The line begun so that it runs along its longer side, rather to the right than to the left."""
    wide, high = _sides(line)
    along = line if wide >= high or _elongation(line) < SQUARE else np.roll(line, 1, axis=0)
    return along if along[1, 0] - along[0, 0] >= 0 else np.roll(along, 2, axis=0)


def _sides(line: Line) -> tuple[float, float]:
    wide = max(np.linalg.norm(line[1] - line[0]), np.linalg.norm(line[2] - line[3]))
    high = max(np.linalg.norm(line[3] - line[0]), np.linalg.norm(line[2] - line[1]))
    return float(wide), float(high)


def _elongation(line: Line) -> float:
    wide, high = _sides(line)
    return max(wide, high) / max(1e-6, min(wide, high))


def _unrolled(rgb: Rgb, line: Line) -> Rgb:
    """The line's own picture, upright."""
    wide, high = (max(4, round(side)) for side in _sides(line))
    upright = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    warp = cv2.getPerspectiveTransform(np.ascontiguousarray(line), upright)
    drawn = cv2.warpPerspective(
        rgb, warp, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(drawn, np.uint8)


def _scaled(rgb: Rgb, max_side_px: int) -> tuple[Rgb, float]:
    """The picture as the detector sees it, and how much larger that is."""
    shorter, longer = sorted(rgb.shape[:2])
    scale = min(max_side_px / longer, max(1.0, MIN_SIDE_PX / shorter))
    if scale == 1:
        return rgb, 1.0
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    way = cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(rgb, size, interpolation=way), np.uint8), scale
