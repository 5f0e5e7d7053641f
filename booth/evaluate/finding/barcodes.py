"""How many codes are read, and how many wrongly, on photographs with the expected text beside each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from booth.domain.picture import Frame, View
from booth.domain.product import BarcodeRead
from booth.errors import InputError
from booth.identify.barcodes import read_barcodes
from booth.identify.gtin import as_gtin13, expand_upce
from booth.store.picture_files import read_picture

Progress = Callable[[int, int], None]
Reading = Callable[[Sequence[View]], Sequence[BarcodeRead]]

PICTURES = frozenset({".png", ".jpg", ".jpeg"})
NEGATIVE, UPCE = "falsepositives", "upce"
"""Folders whose names begin so hold pictures without a code, and codes written as UPC-E."""
BOOKS, PRICES = ("978", "979"), ("191", "192")
"""Beside an ISBN, Japanese books carry a second EAN-13, which the text beside the picture does not tell."""
MAX_TEXT_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture and the code that is printed on what it shows, as GTIN-13; empty where there is none."""

    path: Path
    gtin: str


@dataclass(slots=True)
class Tally:
    """What came of some photographs.

    Attributes:
        n: photographs that carry a code.
        correct: of those, in how many it was read.
        wrong: of those, in how many a code was read that is not printed there.
        negatives: photographs without a code; false_positives: of those, in how many one was read.
    """

    n: int = 0
    correct: int = 0
    wrong: int = 0
    negatives: int = 0
    false_positives: int = 0
    took_ms: list[float] = field(default_factory=list)

    def add(self, photo: Photo, texts: set[str], took_ms: float) -> None:
        """Count one photograph by the codes read in it."""
        self.took_ms.append(took_ms)
        if not photo.gtin:
            self.negatives += 1
            self.false_positives += bool(texts)
            return
        self.n += 1
        self.correct += photo.gtin in texts
        self.wrong += any(not _is_printed(text, photo.gtin, texts) for text in texts)

    def figures(self) -> dict[str, object]:
        """Ready for JSON."""
        rate = self.correct / self.n if self.n else None
        p50, p95 = np.percentile(self.took_ms, (50, 95)) if self.took_ms else (None, None)
        return {
            "n": self.n,
            "correct": self.correct,
            "correct_rate": rate,
            "wrong": self.wrong,
            "negatives": self.negatives,
            "false_positives": self.false_positives,
            "p50_ms": None if p50 is None else float(p50),
            "p95_ms": None if p95 is None else float(p95),
        }


def evaluate_barcodes(
    folder: Path, progress: Progress | None = None, read: Reading = read_barcodes
) -> dict[str, object]:
    """The figures of all photographs, and of each folder under `folders`.

    Raises:
        InputError: there is no such folder, it holds no photographs with texts, or one cannot be read.
    """
    sets = _sets(folder)
    total, done, count = Tally(), 0, sum(len(photos) for photos in sets.values())
    tallies = {name: Tally() for name in sets}
    read([_view(photo) for photo in next(iter(sets.values()))[:1]])  # what is made once is made now
    for name, photos in sets.items():
        for photo in photos:
            view = _view(photo)
            began = time.perf_counter()
            reads = read([view])
            took_ms = 1000.0 * (time.perf_counter() - began)
            for tally in (total, tallies[name]):
                tally.add(photo, _codes(reads), took_ms)
            done += 1
            if progress:
                progress(done, count)
    return {**total.figures(), "folders": {name: tally.figures() for name, tally in tallies.items()}}


def _codes(reads: Iterable[BarcodeRead]) -> set[str]:
    """Each code that was read, as GTIN-13 where it is one."""
    return {read.gtin or as_gtin13(read.text) or read.text for read in reads}


def _is_printed(text: str, gtin: str, texts: set[str]) -> bool:
    """Whether a code is the expected one, or the second one of a book."""
    book = gtin if gtin.startswith(BOOKS) else next((one for one in texts if one.startswith(BOOKS)), "")
    beside = gtin.startswith(PRICES) and text.startswith(BOOKS)
    return text == gtin or (bool(book) and text.startswith(PRICES)) or beside


def _sets(folder: Path) -> dict[str, list[Photo]]:
    """The photographs by folder: those of its own, or of each folder in it. Raises: InputError."""
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    try:
        inner = sorted(path for path in folder.iterdir() if path.is_dir())
        found = {path.name: _photos(path) for path in (folder, *inner)}
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror or error}") from error
    sets = {name: photos for name, photos in found.items() if photos}
    if not sets:
        raise InputError(
            f"{folder}: there are no pictures (.png, .jpg) with a .txt of the same name, in it or its folders"
        )
    return sets


def _photos(folder: Path) -> list[Photo]:
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
    if folder.name.startswith(NEGATIVE):
        return [Photo(path, "") for path in pictures]
    return [Photo(path, _expected(path)) for path in pictures if path.with_suffix(".txt").exists()]


def _expected(picture: Path) -> str:
    """The code beside a picture as GTIN-13. Raises: InputError."""
    path = picture.with_suffix(".txt")
    try:
        with path.open("rb") as file:
            text = file.read(MAX_TEXT_BYTES).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text") from error
    gtin = expand_upce(text) if picture.parent.name.startswith(UPCE) else as_gtin13(text)
    if gtin is None:
        raise InputError(f"{path}: {text[:40]!r} is no EAN or UPC")
    return gtin


def _view(photo: Photo) -> View:
    return View("photo", Frame("photo", read_picture(photo.path), None, host_ns=0, sequence=0))
