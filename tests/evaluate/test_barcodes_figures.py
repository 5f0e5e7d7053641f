"""How `booth evaluate barcodes` counts, and what it finds in real photographs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from booth.cli.main import run
from booth.domain.picture import View
from booth.domain.product import BarcodeRead
from booth.errors import InputError
from booth.evaluate.finding.barcodes import evaluate_barcodes

GTIN = "4006381333931"
OTHER = "5901234123457"


def photo(folder: Path, name: str, text: str | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    code = np.asarray(zxingcpp.create_barcode(GTIN, zxingcpp.BarcodeFormat.EAN13).to_image(scale=3))
    cv2.imwrite(str(folder / f"{name}.png"), np.pad(code, 40, constant_values=255))
    if text is not None:
        (folder / f"{name}.txt").write_text(text)


def reading(*texts: str) -> Callable[[Sequence[View]], Sequence[BarcodeRead]]:
    return lambda views: [BarcodeRead("photo", "EAN-13", text, text) for text in texts]


@pytest.mark.parametrize(
    ("texts", "correct", "wrong"),
    [((GTIN,), 1, 0), ((), 0, 0), ((OTHER,), 0, 1), ((GTIN, OTHER), 1, 1), (("LPN42",), 0, 1)],
)
def test_what_is_read_is_counted(tmp_path: Path, texts: tuple[str, ...], correct: int, wrong: int) -> None:
    photo(tmp_path, "1", GTIN)
    figures = evaluate_barcodes(tmp_path, read=reading(*texts))
    assert (figures["n"], figures["correct"], figures["wrong"]) == (1, correct, wrong)


def test_a_books_second_code_is_not_wrong_and_any_other_is(tmp_path: Path) -> None:
    photo(tmp_path, "1", "9784872348880")
    assert evaluate_barcodes(tmp_path, read=reading("9784872348880", "1920081045006"))["wrong"] == 0
    assert evaluate_barcodes(tmp_path, read=reading("1920081045006"))["wrong"] == 0
    assert evaluate_barcodes(tmp_path, read=reading("9784872348880", OTHER))["wrong"] == 1


def test_whatever_is_read_where_there_is_no_code_counts(tmp_path: Path) -> None:
    photo(tmp_path / "falsepositives-1", "1", None)
    photo(tmp_path / "ean13-1", "1", GTIN)
    figures = evaluate_barcodes(tmp_path)
    assert (figures["n"], figures["correct_rate"], figures["false_positives"]) == (1, 1.0, 1)
    assert set(figures["folders"]) == {"falsepositives-1", "ean13-1"}  # type: ignore[call-overload]


def test_a_bad_folder_gives_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (tmp_path / "none", tmp_path):
        assert run(["evaluate", "barcodes", str(folder)]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("text", ["hello", "", "4006381333932", "\udcff", "9" * 50_000])
def test_a_text_that_is_no_code_is_named(tmp_path: Path, text: str) -> None:
    photo(tmp_path, "1", None)
    (tmp_path / "1.txt").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=r"1\.txt"):
        evaluate_barcodes(tmp_path)


def test_a_picture_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"no picture")
    (tmp_path / "1.txt").write_text(GTIN)
    with pytest.raises(InputError, match=r"1\.png"):
        evaluate_barcodes(tmp_path)


@pytest.mark.parametrize(("name", "correct"), [("ean8-1", 8), ("ean13-4", 21), ("upce-2", 40)])
def test_real_photographs_are_read_and_none_wrongly(
    shared_data: Path, capsys: pytest.CaptureFixture[str], name: str, correct: int
) -> None:
    folder = shared_data / "identify" / "barcodes" / name
    assert run(["evaluate", "barcodes", str(folder), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["correct"] >= correct
    assert figures["wrong"] == 0


@pytest.mark.proof
def test_nine_in_ten_of_all_real_photographs_are_read_and_none_wrongly(shared_data: Path) -> None:
    figures = evaluate_barcodes(shared_data / "identify" / "barcodes")
    print(figures)
    assert figures["n"] == 262
    assert figures["correct_rate"] >= 0.9  # type: ignore[operator]
    assert (figures["wrong"], figures["negatives"], figures["false_positives"]) == (0, 25, 0)
