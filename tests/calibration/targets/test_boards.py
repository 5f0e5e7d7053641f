from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.calibration.targets.board import Board, BoardKind, board_from, board_text, points_mm
from booth.errors import InputError

LENGTHS = st.floats(0.5, 500.0, allow_nan=False, allow_infinity=False)
COUNTS = st.integers(3, 20)


@st.composite
def boards(draw: st.DrawFn) -> Board:
    kind = draw(st.sampled_from(list(BoardKind)))
    columns, rows, side_mm = draw(COUNTS), draw(COUNTS), draw(LENGTHS)
    match kind:
        case BoardKind.CHESSBOARD:
            return Board(kind, columns, rows, side_mm)
        case BoardKind.CHARUCO:
            marker_mm = side_mm * draw(st.floats(0.3, 0.9))
            flags = draw(st.booleans()), draw(st.booleans())
            return Board(kind, columns, rows, side_mm, marker_mm, "DICT_6X6_1000", *flags)
        case BoardKind.APRILGRID:
            gap_mm = side_mm * draw(st.floats(0.21, 0.9))
            return Board(kind, columns, rows, side_mm, gap_mm, "DICT_APRILTAG_36h11")


@given(boards())
def test_a_board_is_read_as_it_was_written(board: Board) -> None:
    assert board_from(board_text(board)) == board


@given(boards())
def test_every_point_has_a_place_of_its_own_in_the_plane(board: Board) -> None:
    points = points_mm(board)
    assert (points[:, 2] == 0).all()
    assert len(np.unique(points.round(6), axis=0)) == len(points)


def test_lengths_are_read_in_their_units() -> None:
    assert board_from("chessboard:9x6:1in").square_mm == pytest.approx(25.4)
    assert board_from("chessboard:9x6:2.5cm").square_mm == pytest.approx(25.0)
    assert board_from("charuco:4x5:54mm:0.75:DICT_4X4_1000").marker_mm == pytest.approx(40.5)
    assert board_from("aprilgrid:6x6:30mm:0.3").marker_mm == pytest.approx(9.0)


def test_the_tags_of_an_aprilgrid_count_upwards_from_the_lower_left() -> None:
    points = points_mm(board_from("aprilgrid:3x2:30mm:0.3")).reshape(-1, 4, 3)
    assert points[0, 0].tolist() == [0, 39, 0]
    assert points[3, 0].tolist() == [0, 0, 0]
    assert points[1, 2].tolist() == [69, 69, 0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "draughts:9x6:25mm",
        "chessboard",
        "chessboard:9x6",
        "chessboard:9x6:25",
        "chessboard:9x6:25mm:more",
        "chessboard:2x2:25mm",
        "chessboard:0x6:25mm",
        "chessboard:999x6:25mm",
        "chessboard:-9x6:25mm",
        "chessboard:9x6:0mm",
        "chessboard:9x6:1e9mm",
        "chessboard:9x6:nanmm",
        "charuco:4x5:54mm:54mm:DICT_4X4_1000",
        "charuco:4x5:54mm:0.75:DICT_9X9_1",
        "charuco:4x5:54mm:0.75:__doc__",
        "charuco:40x50:54mm:0.75:DICT_4X4_50",
        "charuco:2x2:54mm:0.75:DICT_4X4_50",
        "charuco:4x5:54mm:0.75:DICT_4X4_50:upside",
        "charuco:4x5:54mm:0.75:DICT_4X4_50:legacy:legacy",
        "aprilgrid:40x40:30mm:0.3",
        "chessboard:9x6:" + "2" * 5000 + "mm",
        "chessboard:٩x٦:25mm\x00",
    ],
)
def test_nonsense_is_refused_with_the_forms_that_are_read(text: str) -> None:
    with pytest.raises(InputError, match="chessboard:9x6:25mm"):
        board_from(text)


def test_a_share_is_written_as_the_length_that_it_is() -> None:
    assert (
        board_text(board_from("charuco:8x6:19mm:0.7:DICT_5X5_100")) == "charuco:8x6:19mm:13.3mm:DICT_5X5_100"
    )
