"""Reads a folder of grocery photos: what was photographed, and what the catalogue knows of each product.

The layout is that of GroceryStoreDataset (Klasson et al., A Hierarchical Grocery Store Image Dataset with
Visual and Semantic Labels, 2019): a list of `path, fine class, coarse class`, and beside the photos a folder
`iconic-images-and-descriptions` with a picture and a text of each product.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from booth.errors import InputError

ICONIC = "iconic-images-and-descriptions"
MAX_LIST_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A product as the catalogue knows it."""

    key: str
    name: str
    coarse: str
    title: str
    maker: str
    picture: Path


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo; `key` is the product on it."""

    path: Path
    key: str


@dataclass(frozen=True, slots=True)
class Groceries:
    """Photos, and the products among which each is sought."""

    products: tuple[Listed, ...]
    photos: tuple[Photo, ...]

    def some(self, limit: int | None, seed: int) -> Groceries:
        """The same products with no more than `limit` photos, drawn by the seed."""
        if limit is None or limit >= len(self.photos):
            return self
        drawn = random.Random(seed).sample(range(len(self.photos)), limit)
        return Groceries(self.products, tuple(self.photos[index] for index in sorted(drawn)))


def read_groceries(folder: Path, listing: str) -> Groceries:
    """The photos of a list in a folder, and their products.

    Raises:
        InputError: the list, a product's picture or its text is missing or not as it should be.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    rows = _rows(folder / listing)
    products: dict[str, Listed] = {}
    names: dict[str, PurePosixPath] = {}
    photos = []
    for line, (path, fine) in enumerate(rows, start=1):
        product = path.parent
        if names.setdefault(fine, product) != product:
            raise InputError(
                f"{folder / listing}: line {line} has class {fine} in a second folder, {product}"
            )
        if fine not in products:
            products[fine] = _listed(folder, fine, product)
        photos.append(Photo(folder / path, fine))
    if not photos:
        raise InputError(f"{folder / listing}: it lists no photos")
    return Groceries(tuple(products.values()), tuple(photos))


def _rows(path: Path) -> list[tuple[PurePosixPath, str]]:
    rows = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        cells = [cell.strip() for cell in line.split(",")]
        if cells == [""]:
            continue
        if len(cells) != 3 or not all(cells):
            raise InputError(f"{path}: line {number} is not 'photo, fine class, coarse class'")
        photo = PurePosixPath(cells[0])
        if photo.is_absolute() or ".." in photo.parts or len(photo.parts) < 3:
            raise InputError(f"{path}: line {number}: {cells[0]!r} is no photo under this folder")
        rows.append((photo, cells[1]))
    return rows


def _listed(folder: Path, fine: str, product: PurePosixPath) -> Listed:
    """A product by the folder of its photos: `train/Packages/Juice/Name` has its texts in `…/Juice/Name`."""
    beside = folder / ICONIC / PurePosixPath(*product.parts[1:])
    told = _told(beside / f"{product.name}_Information.txt")
    picture = beside / f"{product.name}_Iconic.jpg"
    if not picture.is_file():
        raise InputError(f"{picture}: the product's picture is missing")
    return Listed(fine, product.name, product.parts[-2], told["title"], told["maker"], picture)


def _told(path: Path) -> dict[str, str]:
    lines = dict(line.split(":", 1) for line in _text(path).splitlines() if ":" in line)
    title, maker = lines.get("Title", "").strip(), lines.get("Manufacturer and volume", "")
    if not title:
        raise InputError(f"{path}: it has no line 'Title: …'")
    return {"title": title, "maker": maker.rpartition(",")[0].strip() or maker.strip()}


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise InputError(f"{path}: there is no such file")
        if path.stat().st_size > MAX_LIST_BYTES:
            raise InputError(f"{path}: it is too large for what it should be")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: it is not UTF-8 text") from error
