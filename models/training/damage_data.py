"""What the supervised model learns from: kept percepts by product and view, drawn as batches and varied."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.percepts import Percepts, Progress
from models.supervised import DAMAGES, SEVERITIES, height_map, maps_of

Rows = NDArray[np.int64]

DAMAGED_SHARE = 0.001
"""A view shows a damage that covers at least so much of the item; views of less teach nothing."""
UNSEEN_SHARE = 2e-4
HELD_OUT_OF = 8
"""One product in so many is never learnt from."""
WRONG = "wrong_reference"
WRONG_REFERENCES = 0.04
REFERENCE_ODDS = (0.4, 0.25, 0.15, 0.2)
"""How often so many references, from one, are drawn: few cost less and are harder."""
SHIFTED = 0.05
"""Deviations by which a whole view's components are moved: light and exposure do as much."""
SAMPLED_VIEWS, SAMPLED_CELLS = 400, 64
AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Group:
    """One product seen from one view: rows of its references, of good items, and of damaged ones.

    References are good items too, beside the others, but for one that shows another product.
    """

    references: Rows
    good: Rows
    damaged: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """N views beside K references each.

    Attributes:
        components: (U, 40, 40, C) of each view once; `queries` (N,) and `references` (N, K) count in it.
        maps: (N, 6, 40, 40); reference_heights: (N, K, 2, 40, 40).
        heat: (N, 64, 64), the share of each cell that is damaged.
        damaged: (N,) 0 or 1; counts: (N,) 1, or 0 where the view shows too little of the damage to say.
        types: (N, 6) 0 or 1; severity: (N,) its place in SEVERITIES.
    """

    components: Tensor
    queries: Tensor
    references: Tensor
    maps: Tensor
    reference_heights: Tensor
    heat: Tensor
    damaged: Tensor
    counts: Tensor
    types: Tensor
    severity: Tensor


class Samples:
    """Percepts as labelled samples, some products held out."""

    def __init__(self, percepts: Percepts) -> None:
        self.percepts = percepts
        self.components: NDArray[np.float16] | None = None
        self.damaged = np.array([row.seen >= DAMAGED_SHARE for row in percepts.rows], bool)
        self.counts = self.damaged | np.array([row.seen <= UNSEEN_SHARE for row in percepts.rows], bool)
        self.held_out = np.array([is_held_out(row.labels["gtin"]) for row in percepts.rows], bool)
        self._groups = _groups(percepts, self.damaged)

    def groups(self, held_out: bool) -> list[Group]:
        """The groups that are learnt from, or those that are held out; each has two references at least."""
        return [
            group
            for group in self._groups.values()
            if len(group.references) > 1 and self.held_out[group.references[0]] == held_out
        ]

    def group_of(self, row: int) -> Group:
        """The product and view that a row shows."""
        return self._groups[_key(self.percepts, row)]

    def batch(self, queries: Rows, references: Rows) -> Batch:
        """The tensors of some views, (N,), beside references, (N, K)."""
        arrays, rows = self.percepts.arrays, self.percepts.rows
        unique, where = np.unique(np.concatenate([queries, references.reshape(-1)]), return_inverse=True)
        if self.components is None:
            raise ValueError("the components are made before batches are")
        components = torch.from_numpy(self.components[unique]).float()
        heights = [height_map(np.asarray(arrays["heights_mm"][row])) for row in references.reshape(-1)]
        heat = np.asarray(arrays["masks"][queries]).max(axis=1).astype(np.float32) / 255
        labels = [rows[row].labels for row in queries]
        shown = self.damaged[queries]
        severity = [
            SEVERITIES.index(one["severity"]) if seen else 0 for one, seen in zip(labels, shown, strict=True)
        ]
        types = [
            [seen and one["damage"] == damage for damage in DAMAGES]
            for one, seen in zip(labels, shown, strict=True)
        ]
        return Batch(
            components,
            torch.from_numpy(where[: len(queries)]),
            torch.from_numpy(where[len(queries) :]).reshape(references.shape),
            torch.from_numpy(np.stack([self._maps(row) for row in queries])),
            torch.from_numpy(np.stack(heights)).reshape(*references.shape, *heights[0].shape)
            if heights
            else torch.zeros(*references.shape, 2, 40, 40),
            torch.from_numpy(heat),
            torch.from_numpy(shown.astype(np.float32)),
            torch.from_numpy(self.counts[queries].astype(np.float32)),
            torch.tensor(types, dtype=torch.float32),
            torch.tensor(severity),
        )

    def prepare(self, components: Callable[[Tensor], Tensor], progress: Progress) -> None:
        """Take every view's components once, in half precision and in memory; they never change after."""
        patches, found = self.percepts.arrays["patches"], []
        with torch.inference_mode():
            for start in range(0, len(patches), AT_ONCE):
                part = torch.from_numpy(np.array(patches[start : start + AT_ONCE])).float()
                found.append(components(part).half().numpy())
                progress(min(start + AT_ONCE, len(patches)), len(patches))
        self.components = np.concatenate(found)

    def spread(self, seed: int) -> tuple[Tensor, Tensor, Tensor]:
        """Mean, deviation and whitened principal components, (288, 288), of the features learnt from."""
        rng = np.random.default_rng([seed, 7])
        rows = rng.permutation(np.flatnonzero(~self.held_out))[:SAMPLED_VIEWS]
        cells = rng.integers(0, 1600, (len(rows), SAMPLED_CELLS))
        patches = self.percepts.arrays["patches"]
        values = np.concatenate(
            [np.asarray(patches[row]).reshape(1600, -1)[one] for row, one in zip(rows, cells, strict=True)]
        ).astype(np.float64)
        mean, deviation = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-3)
        standard = np.clip((values - mean) / deviation, -5, 5)
        sizes, axes = np.linalg.eigh(standard.T @ standard / len(standard))
        basis = axes[:, ::-1] / np.sqrt(np.maximum(sizes[::-1], 1e-4) + 0.05)
        found = tuple(torch.from_numpy(one.astype(np.float32)) for one in (mean, deviation, basis))
        return found[0], found[1], found[2]

    def _maps(self, row: int) -> NDArray[np.float32]:
        arrays = self.percepts.arrays
        heights, item, beside = (
            np.asarray(arrays[name][row], np.float32) for name in ("heights_mm", "item", "beside")
        )
        return maps_of(heights, item, beside)


def is_held_out(gtin: str) -> bool:
    """Whether a product is kept for the figures: by its number alone, so that two sets agree."""
    return zlib.crc32(gtin.encode()) % HELD_OUT_OF == 0


def draws(
    groups: Sequence[Group], rng: np.random.Generator, groups_at_once: int, views: int
) -> Iterator[tuple[Rows, Rows]]:
    """Endless batches of rows: views, half of them damaged, beside references of the same product and view.

    A few views are laid beside another product.
    """
    while True:
        count = 1 + int(rng.choice(len(REFERENCE_ODDS), p=REFERENCE_ODDS))
        chosen = rng.choice(len(groups), min(groups_at_once, len(groups)), replace=False)
        queries, references = [], []
        for index in chosen:
            group = groups[index]
            other = groups[int(rng.integers(len(groups)))]
            for row in _queries(group, rng, views):
                source = other if rng.random() < WRONG_REFERENCES else group
                free = source.references[source.references != row]
                queries.append(row)
                references.append(rng.choice(free, count, replace=len(free) < count))
        yield np.array(queries, np.int64), np.array(references, np.int64)


def varied(batch: Batch, rng: np.random.Generator) -> Batch:
    """A batch made harder: mirrored, noisy, cells and whole maps hidden; references as they are drawn."""
    seen = batch.components
    seen = seen + torch.randn(seen.shape[0], 1, 1, seen.shape[3]) * SHIFTED
    maps, heights, heat = batch.maps.clone(), batch.reference_heights, batch.heat
    for pair in (0, 2, 4):
        hidden = torch.from_numpy(rng.random(len(maps)) < 0.15)
        maps[hidden, pair : pair + 2] = 0
    if rng.random() < 0.5:
        seen, maps = seen.flip(2), maps.flip(3)
        heights, heat = heights.flip(4), heat.flip(2)
    return Batch(
        seen, batch.queries, batch.references, maps, heights, heat,
        batch.damaged, batch.counts, batch.types, batch.severity,
    )  # fmt: skip


def _queries(group: Group, rng: np.random.Generator, views: int) -> list[int]:
    bad = rng.permutation(group.damaged)[: (views + 1) // 2]
    good = rng.permutation(group.good)
    return [int(row) for row in (*bad, *good[: views - len(bad)])]


def _key(percepts: Percepts, row: int) -> tuple[str, str]:
    return percepts.rows[row].labels["gtin"], percepts.rows[row].view


def _groups(percepts: Percepts, damaged: NDArray[np.bool_]) -> dict[tuple[str, str], Group]:
    found: dict[tuple[str, str], tuple[list[int], list[int], list[int]]] = {}
    for index, row in enumerate(percepts.rows):
        references, good, bad = found.setdefault(_key(percepts, index), ([], [], []))
        if row.labels["role"] == "reference":
            references.append(index)
        if row.labels["negative"] != WRONG:
            (bad if damaged[index] else good).append(index)
    return {key: Group(*(np.array(rows, np.int64) for rows in parts)) for key, parts in found.items()}
