"""What a piece of calibration work measured, as the lines of a table, the telling ones first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

NONE = "–"
MOST_LINES = 400
MOST_DEEP = 6
MOST_VALUES = 16
LONG = 22
FIRST = (
    "rms",
    "error",
    "delta_e",
    "worst",
    "moved",
    "turned",
    "mtf50",
    "uniformity",
    "clipped",
    "fill",
    "scale",
    "alignment",
)
"""A measure whose name holds one of these decides; the earlier, the higher it stands."""
LAST = (
    "std",
    "uncertainty",
    "matrix",
    "distortion",
    "residual",
    "views",
    "pose",
    "coverage",
    "model",
    "tilts",
    "board",
    "size",
    "camera",
    "left_out",
    "limit",
    "zones",
)
"""What only explains a measure."""
UNITS = {
    "px": "px",
    "mm": "mm",
    "deg": "°",
    "ms": "ms",
    "s": "s",
    "c": "°C",
    "g": "g",
    "percent": "%",
    "hz": "/s",
    "kb": "kB",
}
WORDS = {"rms": "RMS", "heldout": "held-out", "e": "E", "delta": "Δ", "mtf50": "MTF50"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: what was measured, of what, how much, in which unit."""

    label: str
    of: str
    value: str
    unit: str

    @property
    def is_long(self) -> bool:
        """Whether the value needs a line of its own."""
        return len(self.value) > LONG


def figures_of(results: Mapping[str, object]) -> list[Figure]:
    """Every number of `results`, however deep it lies, by how much it tells."""
    found: list[tuple[int, Figure]] = []
    for path, value in _leaves(results, ()):
        if len(found) == MOST_LINES:
            break
        found.append((_place(path), _figure(path, written(value))))
    return [figure for _, figure in sorted(found, key=lambda line: line[0])]


def changes_of(difference: Mapping[str, float]) -> list[Figure]:
    """How far a calibration moved, each with its sign; names such as `left.fx_px`."""
    lines = list(difference.items())[:MOST_LINES]
    return [_figure(tuple(name.split(".")), written(value, signed=True)) for name, value in lines]


def written(value: object, signed: bool = False) -> str:
    """A value as a person reads it, four digits of a number."""
    match value:
        case bool():
            return _yes_or_no(value)
        case int():
            return f"{value:+d}" if signed else str(value)
        case float():
            return _number(value, signed)
        case list() | tuple() if value:
            return _several(value)
        case _:
            return " ".join(str(value).split()) if value not in (None, "", [], ()) else NONE


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, Mapping) and len(path) < MOST_DEEP:
        for key, inside in value.items():
            yield from _leaves(inside, (*path, str(key)))
    else:
        yield path, value


def _place(path: tuple[str, ...]) -> int:
    whole = ".".join(path).lower()
    if any(word in whole for word in LAST):
        return len(FIRST) + 1
    return next((place for place, word in enumerate(FIRST) if word in path[-1].lower()), len(FIRST))


def _figure(path: tuple[str, ...], value: str) -> Figure:
    words = [word for word in path[-1].split("_") if word] or [path[-1]]
    unit = UNITS.get(words[-1], "") if len(words) > 1 else ""
    if unit:
        words = words[:-1]
    if unit and len(words) > 1 and words[-1] == "per":
        words, unit = words[:-1], f"/{unit}"
    label = _read(words)
    of = "  ·  ".join(_of(part) for part in path[:-1])
    return Figure(label[:1].upper() + label[1:], of, value, unit)


def _of(part: str) -> str:
    """A group's name in words; any other, such as a camera's id, as it is."""
    words = part.split("_")
    return _read(words) if any(word in WORDS or word in UNITS for word in words) else part


def _read(words: Sequence[str]) -> str:
    return " ".join(WORDS.get(word, word) for word in words)


def _number(value: float, signed: bool) -> str:
    if not math.isfinite(value):
        return NONE
    size = abs(value)
    if value == int(value) and size < 1e7:
        return f"{value:+.0f}" if signed else f"{value:.0f}"
    if size and (size < 5e-4 or size >= 1e7):
        return f"{value:+.2e}" if signed else f"{value:.2e}"
    places = 1 if size >= 100 else 2 if size >= 10 else 3
    return f"{value:+.{places}f}" if signed else f"{value:.{places}f}"


def _several(values: Sequence[object]) -> str:
    parts = [written(value) for value in values[:MOST_VALUES]]
    rest = len(values) - len(parts)
    return ("; " if any("," in part for part in parts) else ", ").join(parts) + (
        f" … (+{rest})" if rest else ""
    )


def _yes_or_no(value: bool) -> str:
    tr = QCoreApplication.translate
    return tr("Figures", "yes") if value else tr("Figures", "no")
