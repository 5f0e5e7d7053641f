"""Fits the weights by which pictures and words order candidates: a conditional logit with a small ridge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from booth.evaluate.finding.identify import Catalogue, Parts
from booth.evaluate.finding.ordering import TRAITS, Evidence, rank_of, scores
from models.fitting.stock import strange_shop

RIDGE = 0.05
"""On standardised traits, per photo."""
SETS: Mapping[str, tuple[str, ...]] = {
    "FIRST_LOOK": ("cosine",),
    "PICTURES": ("cosine", "fit"),
    "FIRST_LOOK_WITH_WORDS": ("cosine", "listed", "listed_share", "printed", "printed_share"),
    "PICTURES_WITH_WORDS": TRAITS,
}
"""Which traits each set of weights of `booth.evaluate.finding.ordering` is of."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ordered:
    """A set of weights in the order of TRAITS, and the share of photos whose product comes first by them."""

    weights: tuple[float, ...]
    r1: float


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One photo: the evidence without and with words, and which candidate is right."""

    pictures: Mapping[str, Evidence]
    words: Mapping[str, Evidence]
    key: str


def look_at_shops(
    parts: Parts, count: int, compared: int, progress: Callable[[int, int], None]
) -> list[Case]:
    """Look at every photo of so many made-up shops, drawn unlike what the embedding learnt from.

    Raises:
        ModelError: a network fails.
    """
    cases: list[Case] = []
    for seed in range(count):
        sold = strange_shop(seed)
        pictures = {one.key: one.picture for one in sold}
        texts = {one.key: (one.title, one.maker) for one in sold}
        catalogue = Catalogue(pictures, texts, parts, compared)
        for one in sold:
            look = catalogue.look(one.photo)
            cases.append(Case(look.pictures, look.words, one.key))
        progress(seed + 1, count)
    return cases


def fit_order(cases: Sequence[Case]) -> dict[str, Ordered]:
    """The weights of each set; those of traits that are not in it are 0."""
    found = {}
    for name, traits in SETS.items():
        used = np.array([trait in traits for trait in TRAITS])
        evidence = [case.words if "listed" in traits else case.pictures for case in cases]
        rows = [np.array([one.traits() for one in each.values()]) for each in evidence]
        right = [list(each).index(case.key) for each, case in zip(evidence, cases, strict=True)]
        weights = np.zeros(len(TRAITS))
        weights[used] = _logit([row[:, used] for row in rows], right)
        ranks = [
            rank_of(case.key, scores(each, weights.tolist()))
            for case, each in zip(cases, evidence, strict=True)
        ]
        found[name] = Ordered(
            tuple(round(float(one), 3) for one in weights), float(np.mean(np.array(ranks) == 1))
        )
    return found


def _logit(rows: Sequence[FloatArray], right: Sequence[int]) -> FloatArray:
    """Weights, none below 0, that make the right candidates most probable.

    Args:
        rows: for each photo (candidates, traits).
        right: for each photo the row of the right candidate.
    """
    spread = np.maximum(np.concatenate([row - row.mean(axis=0) for row in rows]).std(axis=0), 1e-9)
    scaled = [row / spread for row in rows]

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        total, slope = RIDGE * len(rows) / 2 * float(weights @ weights), RIDGE * len(rows) * weights
        for row, which in zip(scaled, right, strict=True):
            given = row @ weights
            chance = np.exp(given - given.max())
            chance /= chance.sum()
            total -= float(np.log(max(chance[which], 1e-300)))
            slope = slope + chance @ row - row[which]
        return total, slope

    start = np.zeros(rows[0].shape[1])
    bounds = [(0.0, None)] * len(start)
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds).x / spread, np.float64)
