"""Codes in real photographs, and in made-up views that turn and hide them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from booth.domain.picture import Frame, View
from booth.domain.product import BarcodeRead
from booth.identify.barcodes import read_barcodes
from booth.identify.gtin import as_gtin13, expand_upce
from booth.store.picture_files import read_picture

FOLDERS = (
    "ean13-2", "ean13-3", "ean13-4", "ean8-1", "upca-1", "upca-2", "upca-3", "upce-1", "upce-2", "upce-3",
)  # fmt: skip
GTIN = "4006381333931"
READ_OF_ALL = 235
"""Of the 262 photos; 201 are read without retries."""


def view(rgb: NDArray[np.uint8], name: str = "top") -> View:
    return View(name, Frame(name, np.ascontiguousarray(rgb), None, 0, 0))


def printed(text: str = GTIN, symbology: str = "EAN13", scale: int = 3) -> NDArray[np.uint8]:
    """A code on white, (H, W, 3)."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, symbology))
    picture = np.pad(np.asarray(code.to_image(scale=scale)), 40, constant_values=255)
    return np.repeat(picture[:, :, None], 3, axis=2)


def turned(rgb: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    """The picture in the middle of a white one of twice its width, turned."""
    height, width = rgb.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += width - np.array([width / 2, height / 2])
    white = (255, 255, 255)
    return np.asarray(cv2.warpAffine(rgb, matrix, (2 * width, 2 * width), borderValue=white), np.uint8)


def gtins(reads: tuple[BarcodeRead, ...]) -> set[str]:
    return {read.gtin for read in reads if read.gtin}


def expected(photo: Path) -> str | None:
    text = photo.with_suffix(".txt").read_text().strip()
    return expand_upce(text) if photo.parent.name.startswith("upce") else as_gtin13(text)


def photos(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in {".png", ".jpg"})


def test_most_real_photographs_are_read_and_few_wrongly(shared_data: Path) -> None:
    folders = (shared_data / "identify" / "barcodes" / name for name in FOLDERS)
    found = [
        (expected(path), gtins(read_barcodes([view(read_picture(path))])))
        for f in folders
        for path in photos(f)
    ]
    right = sum(gtin in read for gtin, read in found)
    wrong = sum(bool(read) and gtin not in read for gtin, read in found)
    print(f"read {right} of {len(found)}, only a wrong code in {wrong}")
    assert len(found) == 262
    assert right >= READ_OF_ALL
    assert wrong <= 3


def test_photographs_without_a_code_give_nothing(shared_data: Path) -> None:
    pictures = photos(shared_data / "identify" / "barcodes" / "falsepositives-2")
    reads = [read for path in pictures for read in read_barcodes([view(read_picture(path))])]
    assert len(pictures) == 25
    assert reads == []


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


def test_other_views_are_not_retried_once_a_code_was_read() -> None:
    slanted = turned(printed("5901234123457"), 45)
    assert gtins(read_barcodes([view(slanted, "side")])) == {"5901234123457"}
    assert gtins(read_barcodes([view(slanted, "side"), view(printed(), "top")])) == {GTIN}


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 4_000), (720, 960)])
def test_views_without_anything_to_read_give_nothing(shape: tuple[int, int]) -> None:
    assert read_barcodes([view(np.full((*shape, 3), 90, np.uint8))]) == ()


def test_no_views_give_nothing() -> None:
    assert read_barcodes([]) == ()
