"""Draws calibration targets true to size, for printing."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from booth.calibration.targets.board import Board, BoardKind, Floats, board_text
from booth.calibration.targets.markers import TAG_BORDER_MODULES, opencv_charuco, opencv_dictionary
from booth.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch

PAPERS_MM: Mapping[str, tuple[float, float]] = {
    "A0": (841, 1189),
    "A1": (594, 841),
    "A2": (420, 594),
    "A3": (297, 420),
    "A4": (210, 297),
    "A5": (148, 210),
    "letter": (215.9, 279.4),
    "legal": (215.9, 355.6),
    "tabloid": (279.4, 431.8),
}
"""Width and height, upright: ISO 216 and ANSI/ASME Y14.1."""
MARGIN_MM = 8.0
"""What most printers leave blank, with some white around the board, which the finders need."""
FOOT_MM = 14.0
"""Below the board: the ruler and what the board is."""
RULER_MM = 100.0
USUAL_SQUARES, USUAL_MARKER, USUAL_DICTIONARY = (8, 6), 0.7, "DICT_5X5_100"
"""The board that is drawn when none is named: markers that are found from afar, and white around them."""
MM_PER_INCH = 25.4


def size_mm(board: Board) -> tuple[float, float]:
    """The width and height of all that is printed of the board."""
    columns, rows = board.columns, board.rows
    match board.kind:
        case BoardKind.CHESSBOARD:
            return (columns + 1) * board.square_mm, (rows + 1) * board.square_mm
        case BoardKind.CHARUCO:
            return columns * board.square_mm, rows * board.square_mm
        case BoardKind.APRILGRID:
            pitch = board.square_mm + board.marker_mm
            return columns * pitch + board.marker_mm, rows * pitch + board.marker_mm


def layers(board: Board) -> tuple[tuple[bool, Floats], ...]:
    """What is printed, one layer over the other: whether it is black, and its rectangles.

    Each is (n, 4): x, y, width, height in mm from the board's upper left corner.
    """
    match board.kind:
        case BoardKind.CHESSBOARD:
            return ((True, _squares(board.columns + 1, board.rows + 1, board.square_mm, 0)),)
        case BoardKind.CHARUCO:
            return _charuco(board)
        case BoardKind.APRILGRID:
            return ((True, _aprilgrid(board)),)


def page(board: Board, paper: str) -> Figure:
    """One sheet with the board, a ruler and the board's name; data coordinates are mm from the upper left.

    Raises:
        InputError: there is no such paper, or the board does not fit on it.
    """
    from matplotlib.figure import Figure

    width, height = _sheet(board, paper)
    figure = Figure(figsize=(width / MM_PER_INCH, height / MM_PER_INCH))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    across, down = size_mm(board)
    left, top = (width - across) / 2, (height - FOOT_MM - down) / 2
    for black, rectangles in layers(board):
        axes.add_patch(_shape(rectangles, (left, top), "black" if black else "white"))
    _foot(axes, board, width, height)
    return figure


def write_target(board: Board, paper: str, path: Path) -> None:
    """Write the sheet as PDF, in vectors, to be printed at 100 %; whole, or not at all.

    Raises:
        InputError: the board does not fit on the paper, or the file cannot be written.
    """
    sheet = io.BytesIO()
    page(board, paper).savefig(
        sheet, format="pdf", metadata={"Title": board_text(board), "CreationDate": None}
    )
    whole = Path(os.path.realpath(path))
    temporary = whole.with_name(f".target-{os.getpid()}")
    try:
        if whole.exists() and not whole.is_file():  # a device, such as /dev/stdout, is not to be replaced
            whole.write_bytes(sheet.getvalue())
            return
        temporary.write_bytes(sheet.getvalue())
        temporary.replace(whole)
    except OSError as error:
        with suppress(OSError):  # there may be no such folder
            temporary.unlink()
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def board_for(paper: str) -> Board:
    """A ChArUco board that fills the paper, for whoever has none yet.

    Raises:
        InputError: there is no such paper.
    """
    unit = Board(BoardKind.CHARUCO, *USUAL_SQUARES, 1.0, USUAL_MARKER, USUAL_DICTIONARY)
    side_mm = float(np.floor(max(_scales(unit, _paper(paper)))))
    return replace(unit, square_mm=side_mm, marker_mm=round(side_mm * USUAL_MARKER, 1))


def _sheet(board: Board, paper: str) -> tuple[float, float]:
    """The paper's width and height, upright or turned, whichever takes the board."""
    upright = _paper(paper)
    for sheet in (upright, upright[::-1]):
        if _scale_to_fit(board, sheet) >= 1.0:
            return sheet
    raise InputError(_too_large(board, paper, upright))


def _paper(name: str) -> tuple[float, float]:
    known = {each.lower(): size for each, size in PAPERS_MM.items()}
    if name.lower() not in known:
        raise InputError(f"{name!r} is no paper that is known: {', '.join(PAPERS_MM)}")
    return known[name.lower()]


def _scale_to_fit(board: Board, sheet: tuple[float, float]) -> float:
    across, down = size_mm(board)
    return min((sheet[0] - 2 * MARGIN_MM) / across, (sheet[1] - 2 * MARGIN_MM - FOOT_MM) / down)


def _scales(board: Board, upright: tuple[float, float]) -> tuple[float, float]:
    """How much larger the board could be on the paper, upright and turned."""
    return _scale_to_fit(board, upright), _scale_to_fit(board, upright[::-1])


def _too_large(board: Board, paper: str, upright: tuple[float, float]) -> str:
    scale = max(_scales(board, upright))
    side_mm = float(np.floor(board.square_mm * scale * 2) / 2) or board.square_mm * scale
    fitting = replace(board, square_mm=side_mm, marker_mm=board.marker_mm * side_mm / board.square_mm)
    takes = [name for name, size in PAPERS_MM.items() if max(_scales(board, size)) >= 1.0]
    kin = [name for name in takes if name.startswith("A") == paper.upper().startswith("A")]
    smallest = min(kin or takes, key=lambda name: PAPERS_MM[name], default="")
    across, down = size_mm(board)
    return (
        f"the board is {across:g} x {down:g} mm and does not fit on {paper} "
        f"({upright[0]:g} x {upright[1]:g} mm with margins and a ruler): "
        f"the largest that does is {board_text(fitting)}"
        + (f", or print it on {smallest}" if smallest else "")
    )


def _squares(columns: int, rows: int, side_mm: float, first: int) -> Floats:
    """Every second square; `first` is 0 where the upper left one is black."""
    places = [(x, y) for y in range(rows) for x in range(columns) if (x + y) % 2 == first]
    corners = np.array(places, dtype=np.float64) * side_mm
    return np.column_stack([corners, np.full((len(corners), 2), side_mm)])


def _charuco(board: Board) -> tuple[tuple[bool, Floats], ...]:
    """The squares, and the markers where OpenCV's board has them; an inverted board is the negative."""
    layout = opencv_charuco(board)
    places = np.asarray(layout.getObjPoints(), dtype=np.float64)[:, 0, :2]
    column, row = (places[0] // board.square_mm).astype(int)
    marked = int(column + row) % 2
    markers = np.concatenate(
        [
            _moved(_modules(board, int(number), board.marker_mm, 1), place)
            for number, place in zip(layout.getIds().ravel(), places, strict=True)
        ]
    )
    black = marked if board.inverted else 1 - marked
    squares = _squares(board.columns, board.rows, board.square_mm, black)
    if board.inverted:
        return (True, squares), (False, markers)
    return ((True, np.concatenate([squares, markers])),)


def _aprilgrid(board: Board) -> Floats:
    """The tags upwards from the lower left, and the small squares that their corners touch.

    The layout is that of kalibr's `kalibr_create_target_pdf`; its tags stand upside down to OpenCV's.
    """
    tag, gap = board.square_mm, board.marker_mm
    drawn = []
    for number in range(board.columns * board.rows):
        row, column = board.rows - 1 - number // board.columns, number % board.columns
        place = (gap + column * (tag + gap), gap + row * (tag + gap))
        drawn.append(_moved(_modules(board, number, tag, TAG_BORDER_MODULES, turned=True), place))
    between = np.stack(np.meshgrid(np.arange(board.columns + 1), np.arange(board.rows + 1)), axis=-1)
    small = between.reshape(-1, 2) * (tag + gap)
    return np.concatenate([*drawn, np.column_stack([small, np.full((len(small), 2), gap)])])


def _modules(board: Board, number: int, side_mm: float, border: int, turned: bool = False) -> Floats:
    """The black runs of a marker's rows, (n, 4) in mm from its upper left corner."""
    dictionary = opencv_dictionary(board)
    count = dictionary.markerSize + 2 * border
    picture = dictionary.generateImageMarker(number, count, borderBits=border)
    picture = picture[::-1, ::-1] if turned else picture
    runs = []
    for y, line in enumerate(picture):
        edges = np.flatnonzero(np.diff(np.concatenate([[1], line > 0, [1]]).astype(int)))
        runs += [(start, y, end - start, 1) for start, end in edges.reshape(-1, 2)]
    module_mm = side_mm / float(count)
    return np.array(runs, dtype=np.float64) * module_mm


def _moved(rectangles: Floats, by: Iterable[float]) -> Floats:
    shift = np.array([*by, 0.0, 0.0])
    return np.asarray(rectangles + shift)


def _shape(rectangles: Floats, at: tuple[float, float], colour: str) -> PathPatch:
    """One path for all rectangles, so that no hairline shows where two touch."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    x, y, width, height = _moved(rectangles, at).T
    corners = np.stack([(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)], axis=0)
    points = corners.transpose(2, 0, 1).reshape(-1, 2)
    codes = np.tile([Outline.MOVETO, *[Outline.LINETO] * 3, Outline.CLOSEPOLY], len(rectangles))
    return PathPatch(Outline(points, codes), facecolor=colour, edgecolor="none", linewidth=0, snap=False)


def _foot(axes: Axes, board: Board, width: float, height: float) -> None:
    """The ruler and the board's name."""
    y = height - MARGIN_MM - 6.0
    left = (width - RULER_MM) / 2
    for x0, x1, y0, y1 in (
        (left, left + RULER_MM, y, y),
        (left, left, y - 2, y + 2),
        (left + RULER_MM, left + RULER_MM, y - 2, y + 2),
    ):
        axes.plot([x0, x1], [y0, y1], color="black", linewidth=0.5, solid_capstyle="butt")
    note = f"{board_text(board)}   print at 100 %: this line is {RULER_MM:g} mm"
    axes.text(width / 2, y + 3.0, note, ha="center", va="top", fontsize=7)
