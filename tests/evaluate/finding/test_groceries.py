"""Folders of grocery photos are read as they are laid out, and refused in one line where they are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from booth.domain.evidence import PrintedWord
from booth.domain.percept import Percept
from booth.domain.picture import Calibration, Region, View
from booth.errors import InputError
from booth.evaluate.finding.groceries import ICONIC, read_groceries
from booth.evaluate.finding.identify import WAYS, Catalogue, Parts, Plan, evaluate_identify
from models.fitting.order import Case, fit_order
from models.fitting.stock import Stocked, shop, strange_shop
from models.matching import matcher

NAMES = ("Red-Juice", "Blue-Juice", "Green-Milk")


class HueEmbedding:
    """Embeds the mean colour of the middle of each view."""

    trunk = "fake-trunk"
    embedder = "fake-embedder"

    def perceive(
        self,
        views: list[View],
        calibration: Calibration | None,
        regions: Mapping[str, Region] | None = None,
    ) -> Percept:
        rows = [_unit(view.frame.rgb[view.frame.rgb.shape[0] // 3 :].mean(axis=(0, 1))) for view in views]
        return Percept(self.trunk, (), np.array(rows, np.float32), self.embedder)


class NoEmbedding(HueEmbedding):
    """Sees, and embeds nothing."""

    def perceive(
        self,
        views: list[View],
        calibration: Calibration | None,
        regions: Mapping[str, Region] | None = None,
    ) -> Percept:
        return Percept(self.trunk, ())


class ReadsColours:
    """Reads the name of what is brightest."""

    def read(self, views: list[View]) -> list[PrintedWord]:
        names = ("RED", "GREEN", "BLUE")
        return [PrintedWord(v.name, names[int(v.frame.rgb.mean(axis=(0, 1)).argmax())], 0.9) for v in views]


def _unit(row: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(row / np.linalg.norm(row), np.float32)


def _picture(level: tuple[int, int, int], seed: int) -> NDArray[np.uint8]:
    picture = np.full((96, 96, 3), level, np.uint8)
    noise = np.random.default_rng(seed).integers(0, 30, (96, 96, 3))
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three products, two photos each."""
    lines = []
    colours = ((200, 20, 20), (20, 20, 200), (20, 200, 20))
    for number, (name, colour) in enumerate(zip(NAMES, colours, strict=True)):
        coarse = name.partition("-")[2]
        beside = tmp_path / ICONIC / "Packages" / coarse / name
        photos = tmp_path / "train" / "Packages" / coarse / name
        for made in (beside, photos):
            made.mkdir(parents=True)
        cv2.imwrite(str(beside / f"{name}_Iconic.jpg"), _picture(colour, 0)[..., ::-1])
        text = f"Title: {name.replace('-', ' ')}\nManufacturer and volume: MAKER , 1l\nURL: https://x.example/y\n"
        (beside / f"{name}_Information.txt").write_text(text, encoding="utf-8")
        for shot in (1, 2):
            cv2.imwrite(str(photos / f"{name}_{shot}.jpg"), _picture(colour, shot)[..., ::-1])
            lines.append(f"train/Packages/{coarse}/{name}/{name}_{shot}.jpg, {number + 28}, 19")
    (tmp_path / "train.txt").write_text("\n".join(lines) + "\n")
    return tmp_path


def _parts(perception: HueEmbedding | None = None) -> Parts:
    return Parts(perception or HueEmbedding(), matcher({}), ReadsColours())  # type: ignore[arg-type]


def test_products_are_known_by_title_maker_and_picture(folder: Path) -> None:
    found = read_groceries(folder, "train.txt")
    assert [(one.key, one.title, one.maker, one.coarse) for one in found.products] == [
        ("28", "Red Juice", "MAKER", "Juice"),
        ("29", "Blue Juice", "MAKER", "Juice"),
        ("30", "Green Milk", "MAKER", "Milk"),
    ]
    assert [photo.key for photo in found.photos] == ["28", "28", "29", "29", "30", "30"]
    drawn = [found.some(4, seed).photos for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 4
    assert found.some(4, 1).products == found.products


def test_what_is_told_apart_by_colour_and_words_is_found(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    figures = evaluate_identify(Plan(folder), _parts(), lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)
    assert (figures["n"], figures["products"]) == (6, 3)
    for way in ("image", "image_and_words", "embedding_alone", "words_alone"):
        found = figures[way]
        assert isinstance(found, dict)
        assert found["r@1"] == found["mrr"] == 1.0
        assert {name: one["n"] for name, one in found["by_coarse_class"].items()} == {"Juice": 4, "Milk": 2}
    assert set(figures["latency"]) == {"embedding", "words", "verification"}  # type: ignore[call-overload]


def test_without_embeddings_nothing_is_told_apart_by_them(folder: Path) -> None:
    figures = evaluate_identify(Plan(folder, limit=3, compared=0), _parts(NoEmbedding()))
    assert figures["embedding_alone"]["r@1"] == 0.0  # type: ignore[index]
    assert figures["words_alone"]["r@1"] == 1.0  # type: ignore[index]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "train.txt").unlink(), "train.txt: there is no such file"),
        (lambda f: (f / "train.txt").write_text(""), "lists no photos"),
        (lambda f: (f / "train.txt").write_text("a/b/c.jpg, 1"), "line 1 is not"),
        (lambda f: (f / "train.txt").write_text("../../etc/passwd, 1, 2"), "no photo under this folder"),
        (lambda f: (f / "train.txt").write_text("/etc/shadow/x/y.jpg, 1, 2"), "no photo under this folder"),
        (lambda f: (f / "train.txt").write_bytes(b"\xff\xfe\x00"), "not UTF-8"),
        (lambda f: next(f.rglob("*_Iconic.jpg")).unlink(), "picture is missing"),
        (lambda f: next(f.rglob("*_Information.txt")).unlink(), "there is no such file"),
        (lambda f: next(f.rglob("*_Information.txt")).write_text("Nothing"), "no line 'Title"),
        (lambda f: next(f.rglob("*_Iconic.jpg")).write_bytes(b"x" * 9), "not a picture"),
        (lambda f: next((f / "train").rglob("*.jpg")).write_bytes(b""), "the file is empty"),
    ],
)
def test_a_folder_that_is_otherwise_is_refused(
    folder: Path, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(folder)
    with pytest.raises(InputError, match=said):
        evaluate_identify(Plan(folder), _parts())


def test_one_class_in_two_folders_is_refused(folder: Path) -> None:
    text = (folder / "train.txt").read_text().replace(", 29,", ", 28,")
    (folder / "train.txt").write_text(text)
    with pytest.raises(InputError, match="second folder"):
        read_groceries(folder, "train.txt")


def test_twenty_real_photos_are_mostly_found_by_their_pictures(shared_data: Path) -> None:
    from models.perception import perception

    parts = Parts(perception({}), matcher({}), ReadsColours())  # type: ignore[arg-type]
    figures = evaluate_identify(Plan(shared_data / "identify" / "grocery", limit=20, seed=3), parts)
    assert (figures["n"], figures["products"]) == (20, 31)
    found, points = figures["image"], figures["points_alone"]
    assert isinstance(found, dict)
    assert isinstance(points, dict)
    assert found["r@1"] >= 0.4
    assert found["r@5"] >= points["r@1"] > 0.2
    assert all(0 < found[name] <= 1 for name in ("r@1", "r@5", "r@10", "mrr"))


@pytest.mark.parametrize("stock", [shop, strange_shop])
def test_made_up_shops_follow_from_their_seed(stock: Callable[[int, int], tuple[Stocked, ...]]) -> None:
    sold, again, other = stock(1, 6), stock(1, 6), stock(2, 6)
    assert len({one.key for one in sold}) == 6
    assert 1 < len({one.family for one in sold}) < 6
    for one, same, unlike in zip(sold, again, other, strict=True):
        assert np.array_equal(one.photo, same.photo)
        assert np.array_equal(one.picture, same.picture)
        assert (one.title, one.maker) == (same.title, same.maker)
        assert one.photo.shape != unlike.photo.shape or not np.array_equal(one.photo, unlike.photo)


def test_weights_are_fitted_so_that_none_is_below_nought() -> None:
    sold = strange_shop(0, 8)
    pictures = {one.key: one.picture for one in sold[:4]}
    catalogue = Catalogue(pictures, {one.key: (one.title, one.maker) for one in sold[:4]}, _parts(), 2)
    looks = [(catalogue.look(one.photo), one.key) for one in sold[:4]]
    found = fit_order([Case(look.pictures, look.words, key) for look, key in looks])
    assert set(found) == {"FIRST_LOOK", "PICTURES", "FIRST_LOOK_WITH_WORDS", "PICTURES_WITH_WORDS"}
    assert all(min(one.weights) >= 0 for one in found.values())
    assert found["FIRST_LOOK"].weights[1:] == (0.0,) * 5
    assert set(WAYS) >= {"image", "image_and_words"}
