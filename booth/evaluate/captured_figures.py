"""The figures of a captured set: overall, and by all that is known of what was done to its items."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from booth.errors import InputError
from booth.evaluate.metrics import auroc, average_precision, figure
from booth.evaluate.rows import Row, chosen, seeds_of
from booth.evaluate.scores import Fuse, Score
from booth.policy.shares import share_of

FALSE_ALARMS = 0.01
"""The share of good items that may lie above the threshold at which parts of the set are looked at."""
RESAMPLES = 200
LOWEST = -1e12
"""The score of an item of which there is no such evidence."""

Pairs = Sequence[tuple[Row, float]]
"""The rows of one seed with their scores."""


@dataclass(frozen=True, slots=True)
class Told:
    """A figure over several draws.

    Attributes:
        mean: None where it cannot be told; likewise `spread`, the deviation over the draws.
        low: of its 95 % interval over products, for the first draw: Clopper and Pearson's for shares, by 200
            resamples of the products for others; None where there is none. Likewise `high`.
        n: how many items it is of.
    """

    mean: float | None
    spread: float | None
    low: float | None
    high: float | None
    n: int

    def as_json(self) -> dict[str, float | None]:
        """As it is printed."""
        return {"mean": self.mean, "spread": self.spread, "low": self.low, "high": self.high, "n": self.n}


def figures_of(
    rows: Sequence[Row], references: int, score: Score, fuse: Fuse, variant: str = "whole"
) -> dict[str, Told]:
    """Every figure of one score with so many references, by name.

    Raises:
        InputError: there is no such row, no good or no damaged item, or no row has such evidence.
    """
    draws = [_scored(chosen(rows, references, seed, variant), score, fuse) for seed in seeds_of(rows)]
    return told_of([draw for draw in draws if draw])


def baseline_figures(rows: Sequence[Row], references: int) -> dict[str, Told]:
    """AUROC of colours and of edges against the nearest reference; nothing without references."""
    found = {}
    for name in ("colours", "edges"):
        draws = [
            [(row, row.plain[name]) for row in chosen(rows, references, seed) if name in row.plain]
            for seed in seeds_of(rows)
        ]
        if all(draws) and draws:
            found[name] = _areas(draws, auroc)
    return found


def told_of(draws: Sequence[Pairs]) -> dict[str, Told]:
    """Every figure of scored rows, a sequence a draw. Raises: InputError."""
    if not draws or not {row.damaged for row, _ in draws[0]} == {True, False}:
        raise InputError("there must be good and damaged items, seen with so many references")
    cuts = [threshold_at([value for row, value in draw if not row.damaged], FALSE_ALARMS) for draw in draws]
    found = {
        "auroc": _areas(draws, auroc),
        "ap": _areas(draws, average_precision),
        "recall@1%": _share(draws, cuts, lambda row: row.damaged),
        "recall@5%": _share(draws, [_cut_at(draw, 0.05) for draw in draws], lambda row: row.damaged),
        "false alarms@1%": _share(draws, cuts, lambda row: not row.damaged),
    }
    for name, belongs in parts_of([row for row, _ in draws[0]]).items():
        found[name] = _share(draws, cuts, belongs)
    return found


def parts_of(rows: Sequence[Row]) -> dict[str, Callable[[Row], bool]]:
    """The parts of a set that have a share of their own, by name, in the order in which they are told."""
    bad = [row for row in rows if row.damaged]
    parts: dict[str, Callable[[Row], bool]] = {}
    for attribute in ("damage", "severity", "part", "family"):
        for value in sorted({getattr(row, attribute) for row in bad} - {""}):
            parts[f"recall@1%, {attribute} {value}"] = _having(attribute, value, damaged=True)
    parts["recall@1%, spillage beside the item"] = _spilt_beside
    for name in ("family", "procedure"):
        parts[f"recall@1%, {name} never trained on"] = _held_out(name, held=True)
        parts[f"recall@1%, {name} trained on"] = _held_out(name, held=False)
    parts["false alarms@1%, print decoys"] = lambda row: not row.damaged and row.decoy
    parts["false alarms@1%, hard negatives"] = lambda row: not row.damaged and bool(row.negative)
    for value in sorted({row.negative for row in rows if not row.damaged} - {""}):
        parts[f"false alarms@1%, {value}"] = _having("negative", value, damaged=False)
    return {name: belongs for name, belongs in parts.items() if any(belongs(row) for row in rows)}


def threshold_at(good: Sequence[float], false_alarms: float) -> float | None:
    """The score above which at most this share of good items lies; None where they are too few."""
    allowed = int(len(good) * false_alarms + 1e-9)
    return sorted(good, reverse=True)[allowed] if allowed else None


def write_scores(path: Path, rows: Sequence[Row], fuse: Fuse) -> int:
    """Write a table of scored items, for a policy to be fitted on; gives how many. Raises: InputError."""
    names = (
        "item",
        "product",
        "score",
        "damaged",
        "damage",
        "severity",
        "part",
        "decoy",
        "negative",
        "held_out",
    )
    try:
        with path.open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out)
            table.writerow(names)
            for row in rows:
                score = fuse(row.views)
                told = (row.damage, row.severity, row.part, int(row.decoy), row.negative, row.held_out)
                table.writerow((row.item, row.product, repr(score), int(row.damaged), *told))
    except OSError as error:
        raise InputError(f"{path}: the scores cannot be written: {error}") from error
    return len(rows)


def _scored(rows: Sequence[Row], score: Score, fuse: Fuse) -> list[tuple[Row, float]]:
    values = [row.score(score, fuse) for row in rows]
    if rows and all(value is None for value in values):
        raise InputError(f"no view has the evidence '{score.value}' in this set, with so many references")
    return [(row, LOWEST if value is None else value) for row, value in zip(rows, values, strict=True)]


def _areas(draws: Sequence[Pairs], measure: Callable[[Sequence[float], Sequence[float]], float]) -> Told:
    values = figure([measure(*_parted(draw)) for draw in draws])
    low, high = _by_products(draws[0], measure)
    return Told(values.mean, values.spread, low, high, len(draws[0]))


def _by_products(
    draw: Pairs, measure: Callable[[Sequence[float], Sequence[float]], float]
) -> tuple[float, float]:
    """The 95 % interval of a figure when products are drawn again (Efron's percentiles)."""
    products: dict[str, list[tuple[Row, float]]] = {}
    for row, value in draw:
        products.setdefault(row.product, []).append((row, value))
    groups = [*products.values()]
    rng = np.random.default_rng(0)
    found = []
    for _ in range(RESAMPLES):
        drawn = [pair for index in rng.integers(0, len(groups), len(groups)) for pair in groups[index]]
        good, bad = _parted(drawn)
        if good and bad:
            found.append(measure(good, bad))
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def _share(draws: Sequence[Pairs], cuts: Sequence[float | None], belongs: Callable[[Row], bool]) -> Told:
    parts = [[(row, value) for row, value in draw if belongs(row)] for draw in draws]
    n = len(parts[0])
    if any(cut is None for cut in cuts) or not all(parts):
        return Told(None, None, None, None, n)
    hits = [[value > (cut or 0.0) for _, value in part] for part, cut in zip(parts, cuts, strict=True)]
    values = figure([float(np.mean(of_draw)) for of_draw in hits])
    counted = share_of(hits[0], [row.product for row, _ in parts[0]])
    return Told(values.mean, values.spread, counted.low, counted.high, n)


def _parted(draw: Pairs) -> tuple[list[float], list[float]]:
    good = [value for row, value in draw if not row.damaged]
    return good, [value for row, value in draw if row.damaged]


def _cut_at(draw: Pairs, false_alarms: float) -> float | None:
    return threshold_at(_parted(draw)[0], false_alarms)


def _having(attribute: str, value: str, *, damaged: bool) -> Callable[[Row], bool]:
    return lambda row: row.damaged == damaged and getattr(row, attribute) == value


def _held_out(name: str, *, held: bool) -> Callable[[Row], bool]:
    return lambda row: row.damaged and (name in row.held_out) == held


def _spilt_beside(row: Row) -> bool:
    return row.damage == "spillage" and "beside" in row.procedure


def summary(figures: Mapping[str, Told]) -> list[tuple[str, str, str, str, str]]:
    """Rows of a table: name, mean, spread, interval, n."""
    return [(name, *_cells(one)) for name, one in figures.items()]


def _cells(one: Told) -> tuple[str, str, str, str]:
    mean = "cannot be told" if one.mean is None else f"{one.mean:.3f}"
    spread = "" if one.spread is None else f"{one.spread:.3f}"
    interval = "" if one.low is None or one.high is None else f"{one.low:.3f} to {one.high:.3f}"
    return mean, spread, interval, str(one.n)
