"""Catalogue files: what goes in, what is reported, and what is refused as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from booth.domain.product import Product
from booth.errors import InputError
from booth.identify import importing
from booth.identify.catalogue_files import MAX_LINE_BYTES
from booth.identify.gtin import check_digit
from booth.identify.importing import import_catalogue
from booth.store.catalogue.embedded import Catalogue
from booth.store.catalogue.embedded import index as embedded

HEADER = "gtin,title,brand,category,size,weight_g,length_mm,width_mm,height_mm,popularity"
PEN = "4006381333931,Pen,Stabilo,Office,1 pc,12.5,150,10,10,3"
TEA = "5901234123457,Tea,Müller,Drinks,100 g,,,,,"


@pytest.fixture
def index(tmp_path: Path) -> Catalogue:
    return embedded(tmp_path / "catalogue", {})


def written(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "catalogue.csv"
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def parquet(tmp_path: Path, columns: Mapping[str, Sequence[Any]]) -> Path:
    path = tmp_path / "catalogue.parquet"
    pq.write_table(pa.table(dict(columns)), path)
    return path


def gtin(number: int) -> str:
    body = f"{400_000_000_000 + number}"
    return body + check_digit(body)


def test_good_rows_go_in_with_all_they_say(tmp_path: Path, index: Catalogue) -> None:
    path = written(tmp_path, HEADER + ",Colour,shelf", PEN + ",blue,", TEA + ",,B7")
    report = import_catalogue(path, index)
    assert (report.rows, report.written, report.rejected_count, report.repeated_count) == (2, 2, 0, 0)
    assert index.by_gtin("4006381333931") == Product(
        "4006381333931", "Pen", "Stabilo", "Office", "1 pc", 12.5, 150, 10, 10, 3, {"colour": "blue"}
    )
    tea = index.by_gtin("5901234123457")
    assert tea == Product("5901234123457", "Tea", "Müller", "Drinks", "100 g", extra={"shelf": "B7"})


def test_only_number_and_title_are_needed_in_any_order(tmp_path: Path, index: Catalogue) -> None:
    assert import_catalogue(written(tmp_path, "Title , GTIN", "Drops,036602301467"), index).written == 1
    assert index.by_gtin("0036602301467") == Product("0036602301467", "Drops")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_semicolons_decimal_commas_and_a_byte_order_mark_are_read(
    tmp_path: Path, index: Catalogue, encoding: str
) -> None:
    path = written(tmp_path, "gtin;title;weight_g", '4006381333931;"Pen; blue, fine";12,5', encoding=encoding)
    assert import_catalogue(path, index).rejected == []
    assert index.by_gtin("4006381333931") == Product("4006381333931", "Pen; blue, fine", weight_g=12.5)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("4006381333932,Pen,,,,,,,,", "check digit"),
        (",Pen,,,,,,,,", "empty"),
        ("4.00638E+12,Pen,,,,,,,,", "as text"),
        ("36602301467,Drops,,,,,,,,", "leading zeros"),
        ("14006381333938,Case of pens,,,,,,,,", "case"),
        ("4006381333931,,,,,,,,,", "title"),
        ("4006381333931,   ,,,,,,,,", "title"),
        ("4006381333931,Pen,,,,-1,,,,", "weight_g"),
        ("4006381333931,Pen,,,,,nan,,,", "length_mm"),
        ("4006381333931,Pen,,,,,,inf,,", "width_mm"),
        ("4006381333931,Pen,,,,,,,1e999,", "height_mm"),
        ("4006381333931,Pen,,,,,,,,often", "popularity"),
        ('4006381333931,Pen,,,,"1,5",,,,', "weight_g"),
        ("4006381333931,Pen,,,,1_000,,,,", "weight_g"),
        ("4006381333931,Pen", "2 columns"),
        ("4006381333931,Pen, blue,,,,,,,,", "11 columns"),
        ('4006381333931,"Pen" blue,,,,,,,,', "CSV"),
        (f"4006381333931,{'Pen ' * 500},,,,,,,,", "1,999 characters"),
    ],
)  # fmt: skip
def test_a_bad_row_is_reported_with_its_line_and_the_rest_goes_in(
    tmp_path: Path, index: Catalogue, row: str, reason: str
) -> None:
    report = import_catalogue(written(tmp_path, HEADER, TEA, "", row, "5012345678900,Last,,,,,,,,"), index)
    assert [rejected.line for rejected in report.rejected] == [4]
    assert reason in report.rejected[0].reason
    assert (report.rows, report.written, report.rejected_count) == (3, 2, 1)
    assert index.count() == 2


def test_a_description_is_kept_and_one_beyond_all_is_its_rows_trouble(
    tmp_path: Path, index: Catalogue
) -> None:
    long = "words " * 1_000
    rows = (f"4006381333931,Pen,{long}", f"5012345678900,Ink,{'x' * 200_000}", "96385074,Rubber,")
    report = import_catalogue(written(tmp_path, "gtin,title,description", *rows), index)
    assert [(row.line, row.reason[:30]) for row in report.rejected] == [(3, "description has 200,000 charac")]
    assert report.written == 2
    found = index.by_gtin("4006381333931")
    assert found is not None
    assert found.extra == {"description": long.strip()}


def test_lines_are_counted_in_the_file_even_when_a_cell_spans_two(tmp_path: Path, index: Catalogue) -> None:
    path = written(tmp_path, "gtin,title", '4006381333931,"Pen\nof two lines"', "123,Bad")
    report = import_catalogue(path, index)
    assert [rejected.line for rejected in report.rejected] == [4]
    assert index.by_gtin("4006381333931") == Product("4006381333931", "Pen of two lines")


def test_of_a_repeated_number_the_last_counts_and_is_reported(tmp_path: Path, index: Catalogue) -> None:
    path = written(tmp_path, "gtin,title", "4006381333931,Old", "04006381333931,New")
    report = import_catalogue(path, index)
    assert (report.rows, report.written, report.repeated_count) == (2, 1, 1)
    assert report.repeated[0].line == 3
    assert index.by_gtin("4006381333931") == Product("4006381333931", "New")


def test_thousands_of_bad_rows_are_counted_but_not_all_listed(tmp_path: Path, index: Catalogue) -> None:
    report = import_catalogue(
        written(tmp_path, "gtin,title", *["123,Bad"] * 2_500, "4006381333931,Pen"), index
    )
    assert (report.rejected_count, len(report.rejected)) == (2_500, importing.MAX_LISTED)
    assert (report.written, index.count()) == (1, 1)


def test_progress_ends_at_the_end(tmp_path: Path, index: Catalogue) -> None:
    told: list[tuple[int, int]] = []
    path = written(tmp_path, "gtin,title", *(f"{gtin(number)},Widget {number}" for number in range(6_000)))
    import_catalogue(path, index, lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert len(told) >= 3
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


def test_parquet_gives_back_the_zeros_that_numbers_lost(tmp_path: Path, index: Catalogue) -> None:
    path = parquet(tmp_path, {
        "gtin": [36602301467, 4006381333931, 96385074, 7, None],
        "title": ["Drops", "Pen", "Gum", "Bad", "None"],
        "weight_g": [50, None, 2, 1, 1],
        "colour": ["red", None, "blue", "", ""],
    })  # fmt: skip
    told: list[tuple[int, int]] = []
    report = import_catalogue(path, index, lambda done, total: told.append((done, total)))
    assert index.by_gtin("0036602301467") == Product(
        "0036602301467", "Drops", weight_g=50, extra={"colour": "red"}
    )
    assert index.by_gtin("0000096385074") is not None
    assert [rejected.line for rejected in report.rejected] == [4, 5]
    assert (report.written, told[-1]) == (3, (5, 5))


def test_parquet_numbers_stored_as_floats_are_whole_again(tmp_path: Path, index: Catalogue) -> None:
    path = parquet(tmp_path, {
        "gtin": [4006381333931.0, float("nan"), float("inf"), 4006381333931.5],
        "title": ["Pen", "a", "b", "c"],
        "height_mm": [float("inf"), 1.0, 1.0, 1.0],
    })  # fmt: skip
    reasons = [rejected.reason for rejected in import_catalogue(path, index).rejected]
    assert len(reasons) == 4
    assert "height_mm" in reasons[0]


def broken_files(folder: Path) -> dict[str, Path]:
    """Every kind of file that is no catalogue, by name."""
    good = [HEADER, *(f"{gtin(number)},Widget {number},,,,,,,," for number in range(6_000))]
    text = "\n".join(good).encode()
    table = pa.table({"gtin": [gtin(number) for number in range(9_000)], "title": ["Widget"] * 9_000})
    pq.write_table(table, folder / "whole.parquet")
    whole = (folder / "whole.parquet").read_bytes()
    flipped = bytearray(whole)
    flipped[40:4_000] = b"\xff" * 3_960
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(folder / "picture.png")
    contents = {
        "empty.csv": b"",
        "mark.csv": b"\xef\xbb\xbf",
        "blank.csv": b"\n\n\n",
        "untitled.csv": b"gtin,brand\n4006381333931,Stabilo\n",
        "twice.csv": b"gtin,title,title\n4006381333931,Pen,Pencil\n",
        "nul.csv": text + b"\n4006381333931,Pe\0n,,,,,,,,\n",
        "latin.csv": text + "\n4006381333931,Grüner Tee,,,,,,,,\n".encode("latin-1"),
        "utf16.csv": text.decode().encode("utf-16"),
        "picture.csv": (folder / "picture.png").read_bytes(),
        "open.csv": text + b'\n4006381333931,"Pen,,,,,,,,\n' + text[len(HEADER) :],
        "open-short.csv": text + b'\n4006381333931,"Pen,,,,,,,,\n',
        "long.csv": text + b"\n" + b"4" * (MAX_LINE_BYTES + 1),
        "one-line.csv": b"gtin,title" + b"x" * MAX_LINE_BYTES,
        "truncated.parquet": whole[: len(whole) // 2],
        "flipped.parquet": bytes(flipped),
        "no.parquet": text,
        "tiny.parquet": b"PAR1",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    pq.write_table(pa.table({"ean": ["4006381333931"], "title": ["Pen"]}), folder / "untitled.parquet")
    (folder / "folder.csv").mkdir()
    return {name: folder / name for name in [*contents, "untitled.parquet", "folder.csv", "missing.csv"]}


def test_a_file_that_is_no_catalogue_gives_one_clear_error_and_writes_nothing(
    tmp_path: Path, index: Catalogue
) -> None:
    index.upsert([Product("4006381333931", "Kept")])
    before = index.snapshot
    for name, path in broken_files(tmp_path).items():
        with pytest.raises(InputError) as caught:
            import_catalogue(path, index)
        assert str(path) in str(caught.value), name
        assert "\n" not in str(caught.value), name
        assert (index.snapshot, index.count()) == (before, 1), name


@pytest.mark.parametrize(
    ("header", "missing"), [("title,brand", "gtin"), ("gtin,name", "title"), ("ean", "gtin")]
)
def test_a_missing_column_is_named(tmp_path: Path, index: Catalogue, header: str, missing: str) -> None:
    with pytest.raises(InputError, match=missing):
        import_catalogue(written(tmp_path, header, "1,2"), index)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_are_reported_or_refused(tmp_path: Path, index: Catalogue, data: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(b"gtin,title\n4006381333931,Pen\n" + data)
    before = index.snapshot
    try:
        report = import_catalogue(path, index)
    except InputError:
        assert index.snapshot == before
    else:
        assert report.rows == report.written + report.rejected_count + report.repeated_count
