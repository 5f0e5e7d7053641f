"""The first few candidates are compared with their reference pictures, which are described once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.domain.picture import Frame, View
from booth.domain.product import Candidate
from booth.identify.strategies.image import strategy
from booth.identify.verification import PER_PRODUCT, Verification, verify
from booth.ports.finding import Hit, Query
from booth.ports.seeing import LocalFeatures
from tests.fakes import FakeIndex, sources


@dataclass(frozen=True)
class Level:
    """How bright a picture is."""

    value: float
    count: int = 1


class ByBrightness:
    """Pictures of one brightness fit; counts what it was shown."""

    def __init__(self) -> None:
        self.described: Counter[float] = Counter()

    def describe(self, rgb: NDArray[np.uint8]) -> Level:
        level = float(rgb.mean())
        self.described[level] += 1
        return Level(level)

    def fit(self, seen: LocalFeatures, reference: LocalFeatures) -> float:
        assert isinstance(seen, Level)
        assert isinstance(reference, Level)
        return 1.0 - abs(seen.value - reference.value) / 255.0


class NearestIndex(FakeIndex):
    """Finds the same two products whatever is asked."""

    def by_vector(self, embeddings: NDArray[np.float32], limit: int) -> list[Hit]:
        return [Hit("a", 0.9), Hit("b", 0.4)][:limit]


def _picture(level: int) -> NDArray[np.uint8]:
    return np.full((4, 4, 3), level, np.uint8)


def _view(level: int) -> View:
    return View("top", Frame("top", _picture(level), None, host_ns=0, sequence=0))


def _candidates(*gtins: str) -> list[Candidate]:
    return [Candidate(gtin, 1.0, "image") for gtin in gtins]


def _pictures(gtin: str) -> list[NDArray[np.uint8]]:
    return {"a": [_picture(10), _picture(200)], "b": [_picture(90)]}.get(gtin, [])


def test_each_product_has_its_best_fit_over_views_and_pictures() -> None:
    found = verify([_view(200), _view(60)], _candidates("a", "b"), _pictures, ByBrightness(), 10)
    assert found == {"a": 1.0, "b": pytest.approx(1 - 30 / 255)}


def test_products_without_pictures_are_left_out_and_the_rest_of_the_list_is_not_compared() -> None:
    assert verify([_view(1)], _candidates("c", "a", "a", "b"), _pictures, ByBrightness(), 2).keys() == {"a"}
    assert verify([_view(1)], _candidates("a"), _pictures, ByBrightness(), 0) == {}
    assert verify([_view(1)], [], _pictures, ByBrightness()) == {}
    assert verify([], _candidates("a"), _pictures, ByBrightness()) == {}


def test_references_are_described_once_until_they_are_pushed_out() -> None:
    matcher = ByBrightness()
    verification = Verification(matcher, _pictures, limit=5, kept=1)
    for _ in range(3):
        verification.matched([_view(1)], _candidates("b"))
    assert matcher.described[90.0] == 1
    verification.matched([_view(1)], _candidates("a"))
    verification.matched([_view(1)], _candidates("b"))
    assert matcher.described[90.0] == 2
    verification.forget()
    verification.matched([_view(1)], _candidates("b"))
    assert matcher.described[90.0] == 3


def test_no_more_than_a_few_pictures_of_one_product_are_compared() -> None:
    matcher = ByBrightness()
    verify([_view(1)], _candidates("a"), lambda gtin: [_picture(7)] * 50, matcher)
    assert matcher.described[7.0] == PER_PRODUCT


def test_the_image_strategy_proposes_what_looks_most_alike() -> None:
    arm = strategy(sources(NearestIndex()))
    assert arm.name == "image"
    query = Query(embeddings=np.eye(1, 256, dtype=np.float32))
    assert arm.propose(query, 5) == [Candidate("a", 0.9, "image"), Candidate("b", 0.4, "image")]
    assert len(arm.propose(query, 1)) == 1


def test_the_image_strategy_is_silent_without_embeddings() -> None:
    arm = strategy(sources(NearestIndex()))
    assert arm.propose(Query(), 5) == []
    assert arm.propose(Query(embeddings=np.zeros((0, 256), np.float32)), 5) == []
    assert arm.propose(Query(embeddings=np.eye(1, 256, dtype=np.float32)), 0) == []
