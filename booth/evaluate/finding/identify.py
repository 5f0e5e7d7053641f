"""How well products are found by their pictures and their print, measured on grocery photos."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray
from booth.domain.picture import Frame, View
from booth.domain.product import Candidate
from booth.evaluate.finding import ordering
from booth.evaluate.finding.groceries import Groceries, Listed, read_groceries
from booth.evaluate.finding.ordering import Evidence, rank_of, scores
from booth.evaluate.finding.wording import Vocabulary
from booth.identify.verification import COMPARED, Verification
from booth.ports.seeing import Matcher, Perception, Reader
from booth.store.picture_files import read_picture

Progress = Callable[[int, int], None]
Rgb = NDArray[np.uint8]

WAYS = {
    "image": ordering.PICTURES,
    "image_and_words": ordering.PICTURES_WITH_WORDS,
    "embedding_alone": (1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "points_alone": (0.0, 1.0, 0.0, 0.0, 0.0, 0.0),
    "words_alone": (0.0, 0.0, *ordering.PICTURES_WITH_WORDS[2:]),
}
"""What is ranked by; the last three show what each kind of evidence is worth by itself."""
WITH_WORDS = ("image_and_words", "words_alone")
PARTS = ("embedding", "words", "verification")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: all photos of the list, or `limit` drawn by `seed`."""

    folder: Path
    listing: str = "train.txt"
    limit: int | None = None
    seed: int = 0
    compared: int = COMPARED


@dataclass(frozen=True, slots=True)
class Parts:
    """Who looks."""

    perception: Perception
    matcher: Matcher
    reader: Reader


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a photo gave: evidence by way and candidate, and what each part took.

    Attributes:
        pictures: without words.
        words: with words; the pictures of other candidates were compared, as words chose them too.
    """

    pictures: Mapping[str, Evidence]
    words: Mapping[str, Evidence]
    took_ms: Mapping[str, float]

    def evidence(self, way: str) -> Mapping[str, Evidence]:
        """What a way is ranked by."""
        return self.words if way in WITH_WORDS else self.pictures


def evaluate_identify(plan: Plan, parts: Parts, progress: Progress | None = None) -> dict[str, object]:
    """The figures: for each way n, correct, r@1, r@5, mrr, and r@1 by coarse class; and the latencies.

    A candidate's rank counts those that score the same before it. A photo is looked at once; images alone
    and images with words are ranked from the same look.

    Raises:
        InputError: the folder or a picture does not do.
        ModelError: a network fails.
    """
    groceries = read_groceries(plan.folder, plan.listing).some(plan.limit, plan.seed)
    catalogue = Catalogue.of(groceries.products, parts, plan.compared)
    ranks: dict[str, list[int]] = {way: [] for way in WAYS}
    took_ms: dict[str, list[float]] = {part: [] for part in PARTS}
    for done, photo in enumerate(groceries.photos, start=1):
        look = catalogue.look(read_picture(photo.path))
        for way, weights in WAYS.items():
            ranks[way].append(rank_of(photo.key, scores(look.evidence(way), weights)))
        for part in PARTS:
            took_ms[part].append(look.took_ms[part])
        if progress:
            progress(done, len(groceries.photos))
    return _figures(groceries, ranks, took_ms)


class Catalogue:
    """Products as they are searched here: by embedding, by points, by listed and by printed words."""

    def __init__(
        self, pictures: Mapping[str, Rgb], texts: Mapping[str, Sequence[str]], parts: Parts, compared: int
    ) -> None:
        """Look at the picture of every product, by key, once. Raises: ModelError."""
        views = {key: _view(rgb) for key, rgb in pictures.items()}
        printed = {key: [word.text for word in parts.reader.read([view])] for key, view in views.items()}
        self._embeddings = {key: _embedded(parts.perception, view) for key, view in views.items()}
        self._listed, self._printed = Vocabulary(texts), Vocabulary(printed)
        self._verification = Verification(parts.matcher, lambda key: [pictures[key]], compared, len(pictures))
        self._parts = parts
        self._compared = compared

    @classmethod
    def of(cls, products: Sequence[Listed], parts: Parts, compared: int) -> Catalogue:
        """Look at the picture of every product. Raises: InputError, ModelError."""
        pictures = {product.key: read_picture(product.picture) for product in products}
        texts = {product.key: (product.title, product.maker) for product in products}
        return cls(pictures, texts, parts, compared)

    def look(self, rgb: Rgb) -> Look:
        """The evidence for every product. Raises: ModelError."""
        view, took_ms = _view(rgb), dict.fromkeys(PARTS, 0.0)
        with _timed(took_ms, "embedding"):
            cosines = self._cosines(view)
        with _timed(took_ms, "words"):
            words = self._parts.reader.read([view])
        listed, printed = self._listed.agreement(words), self._printed.agreement(words)
        seen = {key: Evidence(cosine) for key, cosine in cosines.items()}
        told = {key: Evidence(cosines[key], None, listed[key], printed[key]) for key in cosines}
        first = self._first(seen, ordering.FIRST_LOOK)
        with _timed(took_ms, "verification"):
            fits = self._verification.matched([view], first)
        with_words = self._first(told, ordering.FIRST_LOOK_WITH_WORDS)
        further = self._verification.matched([view], [one for one in with_words if one.gtin not in fits])
        all_fits = {**fits, **further}
        fits_told = {one.gtin: all_fits[one.gtin] for one in with_words}
        return Look(_with_fits(seen, fits), _with_fits(told, fits_told), took_ms)

    def _cosines(self, view: View) -> dict[str, float | None]:
        own = _embedded(self._parts.perception, view)
        return {
            key: None if own is None or row is None else float((own @ row.T).max())
            for key, row in self._embeddings.items()
        }

    def _first(self, evidence: Mapping[str, Evidence], weights: Sequence[float]) -> list[Candidate]:
        scored = scores(evidence, weights)
        best = sorted(scored, key=lambda key: -scored[key])[: self._compared]
        return [Candidate(key, scored[key], "evaluation") for key in best]


def _with_fits(evidence: Mapping[str, Evidence], fits: Mapping[str, float]) -> dict[str, Evidence]:
    return {key: replace(one, fit=fits.get(key)) for key, one in evidence.items()}


def _embedded(perception: Perception, view: View) -> FloatArray | None:
    return perception.perceive([view], None).embeddings


@contextmanager
def _timed(took_ms: dict[str, float], part: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    took_ms[part] = 1000.0 * (time.perf_counter() - began)


def _figures(
    groceries: Groceries, ranks: Mapping[str, Sequence[int]], took_ms: Mapping[str, Sequence[float]]
) -> dict[str, object]:
    coarse_of = {product.key: product.coarse for product in groceries.products}
    coarse = [coarse_of[photo.key] for photo in groceries.photos]
    figures: dict[str, object] = {"n": len(groceries.photos), "products": len(groceries.products)}
    for way, of_way in ranks.items():
        named: dict[str, list[int]] = {}
        for name, rank in zip(coarse, of_way, strict=True):
            named.setdefault(name, []).append(rank)
        by_coarse = {name: _of_ranks(some) for name, some in sorted(named.items())}
        figures[way] = {**_of_ranks(of_way), "by_coarse_class": by_coarse}
    figures["latency"] = {
        part: {"p50_ms": float(np.percentile(took, 50)), "p95_ms": float(np.percentile(took, 95))}
        for part, took in took_ms.items()
    }
    return figures


def _of_ranks(ranks: Sequence[int]) -> dict[str, float]:
    correct = sum(rank == 1 for rank in ranks)
    return {
        "n": len(ranks),
        "correct": correct,
        "r@1": correct / len(ranks),
        "r@5": sum(rank <= 5 for rank in ranks) / len(ranks),
        "r@10": sum(rank <= 10 for rank in ranks) / len(ranks),
        "mrr": sum(1 / rank for rank in ranks) / len(ranks),
    }


def _view(rgb: Rgb) -> View:
    return View("photo", Frame("photo", rgb, None, host_ns=0, sequence=0))
