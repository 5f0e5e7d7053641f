"""Codes in made-up views that turn, spoil and hide them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from booth.domain.picture import Frame, View
from booth.domain.product import BarcodeRead
from booth.identify.barcodes import read_barcodes
from booth.identify.codes.checking import checked
from booth.identify.codes.conflicts import Found, settled
from booth.identify.codes.regions import regions_of
from tests.identify.rendered import gray_view, raw_gtins, rendered

GTIN = "4006381333931"


def view(rgb: NDArray[np.uint8], name: str = "top") -> View:
    return View(name, Frame(name, np.ascontiguousarray(rgb), None, 0, 0))


def printed(text: str = GTIN, symbology: str = "EAN13", scale: int = 3) -> NDArray[np.uint8]:
    """A code on white, (H, W, 3)."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, symbology))
    picture = np.pad(np.asarray(code.to_image(scale=scale)), 40, constant_values=255)
    return np.repeat(picture[:, :, None], 3, axis=2)


def clean_code() -> tuple[NDArray[np.uint8], tuple[tuple[float, float], ...]]:
    """A code in grey, and where its bars stand."""
    gray = printed()[:, :, 0]
    rows, columns = np.nonzero(gray < 100)
    left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return np.ascontiguousarray(gray), tuple((float(x), float(y)) for x, y in corners)


def turned(rgb: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    """The picture in the middle of a white one of twice its width, turned."""
    height, width = rgb.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += width - np.array([width / 2, height / 2])
    white = (255, 255, 255)
    return np.asarray(cv2.warpAffine(rgb, matrix, (2 * width, 2 * width), borderValue=white), np.uint8)


def gtins(reads: tuple[BarcodeRead, ...]) -> set[str]:
    return {read.gtin for read in reads if read.gtin}


def test_a_clean_code_is_sure() -> None:
    (read,) = read_barcodes([view(printed())])
    assert read.quality > 0.99


def test_a_wrong_code_with_a_right_check_digit_is_put_right() -> None:
    """On rendered codes zxing-cpp is wrong now and then; what is given then is right, or nothing."""
    spoilt = list(rendered(seed=1, count=32))
    raw = [(one.gtin, set(raw_gtins(one.gray))) for one in spoilt]
    given = [(one.gtin, gtins(read_barcodes([gray_view(one.gray)]))) for one in spoilt]
    read = sum(gtin in read for gtin, read in raw)
    assert sum(gtin in read for gtin, read in given) > read
    assert [(gtin, read) for gtin, read in given if read - {gtin}] == []


def test_the_check_finds_a_wrong_code_out() -> None:
    gray, corners = clean_code()
    right = checked(gray, corners, "EAN-13", GTIN)
    wrong = checked(gray, corners, "EAN-13", "4006381333948")
    assert right is not None
    assert right.gtin == GTIN
    assert right.quality > 0.99
    assert wrong is not None
    assert wrong.gtin == GTIN


@pytest.mark.parametrize("corners", [(), ((0, 0), (1, 0), (1, 1), (0, 1)), ((float("nan"),) * 2,) * 4])
def test_impossible_corners_are_not_checked(corners: tuple[tuple[float, float], ...]) -> None:
    gray, _ = clean_code()
    assert checked(gray, corners, "EAN-13", GTIN) is None


def test_half_of_a_book_code_is_no_upce() -> None:
    """The left half of an EAN-13 looks like UPC-E of number system 1, which GS1 does not know."""
    rgb = printed("9780441014989")
    rgb[:, 40 + 50 * 3 + 6 :] = 255
    assert gtins(read_barcodes([view(rgb)])) == set()


def test_short_patterns_without_a_check_digit_are_no_codes() -> None:
    assert read_barcodes([view(printed("64", "ITF"))]) == ()
    assert [read.text for read in read_barcodes([view(printed("123456", "ITF"))])] == ["123456"]


def test_a_japanese_book_has_one_gtin() -> None:
    reads = read_barcodes([view(printed("9784872348880"), "top"), view(printed("1920081045006"), "side")])
    assert [(read.text, read.gtin) for read in reads] == [
        ("9784872348880", "9784872348880"),
        ("1920081045006", ""),
    ]


def found(gtin: str, quality: float, x: float = 0.0, sure: bool = True, view: str = "top") -> Found:
    corners = ((x, 0.0), (x + 10, 0.0), (x + 10, 10.0), (x, 10.0))
    return Found(BarcodeRead(view, "EAN-13", gtin, gtin, corners, quality), sure)


def test_of_two_codes_at_one_place_the_surer_stands_and_a_tie_abstains() -> None:
    other = "5901234123457"
    assert [read.gtin for read in settled([found(GTIN, 0.9), found(other, 0.6)])] == [GTIN]
    assert settled([found(GTIN, 0.9), found(other, 0.9)]) == ()
    assert {read.gtin for read in settled([found(GTIN, 0.9), found(other, 0.9, x=50)])} == {GTIN, other}


def test_a_code_that_its_bars_cannot_tell_needs_two_views() -> None:
    doubted = [found(GTIN, 0.5, sure=False)]
    assert settled(doubted) == ()
    both = settled([*doubted, found(GTIN, 0.5, sure=False, view="side")])
    assert [(read.view, read.quality) for read in both] == [("top", 0.5), ("side", 0.5)]


@pytest.mark.parametrize("degrees", range(0, 360, 15))
def test_a_code_is_read_however_the_item_lies(degrees: int) -> None:
    assert gtins(read_barcodes([view(turned(printed(), degrees))])) == {GTIN}


@pytest.mark.parametrize("degrees", [0, 45, 90])
def test_the_corners_lie_on_the_code_in_the_view(degrees: int) -> None:
    rgb = turned(printed(), degrees)
    (read,) = read_barcodes([view(rgb)])
    dark = np.zeros(rgb.shape[:2], np.uint8)
    cv2.fillConvexPoly(dark, np.array(read.corners, np.int32), 255)
    grown = cv2.dilate(dark, np.ones((31, 31), np.uint8)) > 0
    ink = rgb[:, :, 0] < 100
    assert (ink & grown).sum() > 0.95 * ink.sum()


@pytest.mark.parametrize(
    ("text", "symbology", "gtin"),
    [
        ("96385074", "EAN8", "0000096385074"),
        ("036602301467", "UPCA", "0036602301467"),
        ("01234565", "UPCE", "0012345000065"),
        ("04006381333931", "DataBarOmni", GTIN),
        ("https://id.gs1.org/01/04006381333931", "QRCode", GTIN),
        ("14006381333938", "ITF14", ""),
        (GTIN, "Code128", ""),
        ("LPN0042", "Code128", ""),
        ("1234567", "Code128", ""),
        ("004006381333931", "Code128", ""),
        ("LPN0042", "DataMatrix", ""),
    ],
)
def test_only_retail_codes_are_gtins_and_others_are_kept_as_text(
    text: str, symbology: str, gtin: str
) -> None:
    (read,) = read_barcodes([view(printed(text, symbology))])
    assert read.gtin == gtin
    assert gtin or read.text == text


def test_a_licence_plate_beside_the_code_is_kept_too() -> None:
    code, plate = printed(), printed("LPN42", "Code128")
    both = np.full((600, 600, 3), 255, np.uint8)
    both[: code.shape[0], : code.shape[1]] = code
    both[-plate.shape[0] :, : plate.shape[1]] = plate
    assert {(read.text, read.gtin) for read in read_barcodes([view(both)])} == {(GTIN, GTIN), ("LPN42", "")}


def test_two_different_codes_are_both_kept() -> None:
    reads = read_barcodes([view(printed(), "top"), view(printed("5901234123457"), "side")])
    assert [(read.view, read.gtin) for read in reads] == [("top", GTIN), ("side", "5901234123457")]


def large_view(patch: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A printed ground of 960 x 720, and the patch on it."""
    rng = np.random.default_rng(6)
    ground = np.full((720, 960), 140, np.uint8)
    for _ in range(60):
        at = (int(rng.integers(0, 960)), int(rng.integers(0, 720)))
        cv2.putText(ground, "SUGAR 250 g", at, cv2.FONT_HERSHEY_SIMPLEX, 1.0, int(rng.integers(0, 255)), 2)
    top, left = 100, 300
    ground[top : top + patch.shape[0], left : left + patch.shape[1]] = patch
    return ground


@pytest.mark.parametrize("degrees", [30, 45, 60])
def test_a_slanted_code_is_found_among_much_print(degrees: int) -> None:
    """In a large view only what looks like bars is looked at again."""
    patch = turned(printed(scale=2), degrees)[:, :, 0]
    ground = large_view(patch)
    assert list(raw_gtins(ground)) == []
    (read,) = read_barcodes([gray_view(ground)])
    assert read.gtin == GTIN
    middle = np.array([300, 100]) + patch.shape[0] / 2
    bars_px = 95 * 2
    assert np.linalg.norm(np.mean(read.corners, axis=0) - middle) < bars_px / 4


def test_print_alone_gives_next_to_no_patches_of_bars() -> None:
    assert regions_of(large_view(np.full((1, 1), 140, np.uint8))) == []
    assert len(regions_of(large_view(np.ascontiguousarray(printed()[:, :, 0])))) == 1


def test_other_views_are_not_retried_once_a_code_was_read() -> None:
    slanted = turned(printed("5901234123457"), 45)
    assert gtins(read_barcodes([view(slanted, "side")])) == {"5901234123457"}
    assert gtins(read_barcodes([view(slanted, "side"), view(printed(), "top")])) == {GTIN}


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 4_000), (720, 960)])
def test_views_without_anything_to_read_give_nothing(shape: tuple[int, int]) -> None:
    assert read_barcodes([view(np.full((*shape, 3), 90, np.uint8))]) == ()


def test_no_views_give_nothing() -> None:
    assert read_barcodes([]) == ()
