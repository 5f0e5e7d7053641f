from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from booth.calibration.targets.board import Board, Floats, board_from, board_text, points_mm
from booth.calibration.targets.detect import find
from booth.calibration.targets.drawing import PAPERS_MM, board_for, page, size_mm, write_target
from booth.errors import InputError
from booth.store.picture_files import read_picture

TEXTS = (
    "chessboard:9x6:25mm",
    "charuco:5x7:30mm:21mm:DICT_5X5_100",
    "charuco:6x8:30mm:21mm:DICT_5X5_100:legacy",
    "charuco:4x5:54mm:40.5mm:DICT_4X4_1000:inverted",
    "aprilgrid:6x6:30mm:9mm",
)
DPI = 127
"""Five pixels a millimetre."""


def drawn(board: Board, paper: str) -> np.ndarray:
    figure = page(board, paper)
    figure.set_dpi(DPI)
    canvas: Any = FigureCanvasAgg(figure)
    pixels, (width, height) = canvas.print_to_buffer()
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 4)[:, :, :3].copy()


def scale_of(board: Board, corners_px: Floats, ids: np.ndarray) -> tuple[float, float]:
    """Pixels a millimetre, along rows and along columns."""
    plane = points_mm(board)[ids, :2]
    fitted = np.linalg.lstsq(np.column_stack([plane, np.ones(len(plane))]), corners_px, rcond=None)[0]
    assert np.abs(fitted[[0, 1], [1, 0]]).max() < 1e-3
    return float(fitted[0, 0]), float(fitted[1, 1])


@pytest.mark.parametrize("text", TEXTS)
def test_the_drawn_board_is_found_whole_and_true_to_size(text: str) -> None:
    board = board_from(text)
    sighting = find(board, drawn(board, "A3"))
    assert sighting is not None
    assert len(sighting.ids) == len(points_mm(board))
    assert scale_of(board, sighting.corners_px, sighting.ids) == pytest.approx((5.0, 5.0), rel=1e-3)


RENDERERS = {
    "gs": ["gs", "-q", "-dSAFER", "-sDEVICE=pnggray", f"-r{DPI}", "-o", "page.png", "target.pdf"],
    "pdftoppm": ["pdftoppm", "-r", str(DPI), "-png", "-singlefile", "target.pdf", "page"],
}


@pytest.mark.parametrize("text", [TEXTS[0], TEXTS[3]])
def test_the_pdf_on_paper_is_true_to_size(tmp_path: Path, text: str) -> None:
    command = next((line for name, line in RENDERERS.items() if shutil.which(name)), None)
    if command is None:
        pytest.skip(f"one of {', '.join(RENDERERS)} must be installed to look at a PDF")
    board = board_from(text)
    write_target(board, "A3", tmp_path / "target.pdf")
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    sighting = find(board, read_picture(tmp_path / "page.png"))
    assert sighting is not None
    assert scale_of(board, sighting.corners_px, sighting.ids) == pytest.approx((5.0, 5.0), rel=1e-3)


def test_the_pdf_is_as_large_as_the_paper(tmp_path: Path) -> None:
    write_target(board_from(TEXTS[1]), "A3", tmp_path / "target.pdf")
    data = (tmp_path / "target.pdf").read_bytes()
    box = data.split(b"/MediaBox [")[1].split(b"]")[0].split()
    assert [float(side) / 72 * 25.4 for side in box[2:]] == pytest.approx([297, 420], abs=0.01)


def test_the_ruler_on_the_page_is_a_hundred_millimetres() -> None:
    figure = page(board_from("chessboard:5x4:20mm"), "A4")
    line = figure.axes[0].lines[0].get_xdata()
    assert np.ptp(np.asarray(line, dtype=float)) == pytest.approx(100.0)
    assert "chessboard:5x4:20mm" in figure.axes[0].texts[0].get_text()


def test_a_board_that_does_not_fit_is_refused_with_the_largest_that_does() -> None:
    with pytest.raises(
        InputError, match=r"does not fit on A4.*chessboard:9x6:25.5mm, or print it on A3"
    ) as refused:
        page(board_from("chessboard:9x6:30mm"), "A4")
    fitting = str(refused.value).split("largest that does is ")[1].split(",")[0]
    page(board_from(fitting), "A4")


def test_a_board_that_fits_no_paper_is_refused() -> None:
    with pytest.raises(InputError, match="does not fit"):
        page(board_from("chessboard:9x6:500mm"), "A0")


def test_paper_that_is_not_known_is_named() -> None:
    with pytest.raises(InputError, match=r"'B7' is no paper.*A4"):
        board_for("B7")


@pytest.mark.parametrize("paper", PAPERS_MM)
def test_the_usual_board_fills_each_paper(paper: str) -> None:
    board = board_for(paper)
    page(board, paper.upper())
    assert board_from(board_text(board)) == board
    assert max(size_mm(board)) > 0.7 * min(PAPERS_MM[paper])


def test_a_place_that_cannot_be_written_to_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_target(board_from(TEXTS[0]), "A3", tmp_path / "missing" / "target.pdf")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link.pdf"
    os.mkfifo(pipe)
    link.symlink_to(tmp_path / "kept.pdf")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 2**18)
    write_target(board_from(TEXTS[0]), "A3", pipe)
    write_target(board_from(TEXTS[0]), "A3", link)
    received = os.read(reader, 2**18)
    os.close(reader)
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert received == (tmp_path / "kept.pdf").read_bytes()


def test_a_sheet_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    taken = tmp_path / "target.pdf"
    taken.mkdir()
    with pytest.raises(InputError, match=r"target\.pdf: cannot be written"):
        write_target(board_from(TEXTS[0]), "A3", taken)
    assert list(tmp_path.iterdir()) == [taken]
