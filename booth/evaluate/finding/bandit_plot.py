"""Draws what policies lose against the oracle, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from booth.errors import InputError
from booth.evaluate.finding.bandit import SeedResult, regret
from booth.evaluate.finding.bandit_world import Array

DRAWN = {
    "bandit": ("bandit", "tab:blue"),
    "cold_start": ("cold start, never learning", "tab:orange"),
    "best_fixed": ("best fixed slate, known afterwards", "tab:green"),
    "random": ("random levels", "tab:purple"),
    "everything": ("all arms always", "tab:red"),
}
WINDOW = 500
"""Items over which the share of the oracle's reward is averaged."""


def plot(results: Sequence[SeedResult], file: Path) -> None:
    """Two panels: cumulative regret, and the share of the oracle's reward; bands are the range over seeds.

    Raises:
        InputError: the picture cannot be written there.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # 0.3 s that other commands would pay
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11.0, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    for name, (label, colour) in DRAWN.items():
        _band(left, np.array([regret(result, name) for result in results]), label, colour)
        _band(right, np.array([_shares(result, name) for result in results]), label, colour)
    left.set(xlabel="items", ylabel="regret against the oracle, in items found", yscale="symlog")
    left.set_ylim(bottom=0.0)
    right.axhline(0.95, color="grey", linewidth=0.8, linestyle=":")
    right.set(xlabel="items", ylabel=f"share of the oracle's reward, last {WINDOW} items", ylim=(0.6, 1.0))
    right.legend(loc="lower right", fontsize="small")
    figure.suptitle(
        f"{len(results)} simulated booths of {len(results[0].world):,} items; bands: lowest to highest"
    )
    try:
        figure.savefig(file, dpi=120)
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: the picture cannot be written: {error}") from error


def _band(axes: Any, curves: Array, label: str, colour: str) -> None:
    items = np.arange(1, curves.shape[1] + 1)
    axes.fill_between(items, curves.min(axis=0), curves.max(axis=0), color=colour, alpha=0.15, linewidth=0)
    axes.plot(items, curves.mean(axis=0), color=colour, label=label, linewidth=1.4)


def _shares(result: SeedResult, policy: str) -> Array:
    return _moving(result.earned[policy]) / np.maximum(_moving(result.earned["oracle"]), 1e-9)


def _moving(rewards: Array) -> Array:
    """Means over the last WINDOW items, fewer at the beginning."""
    total = np.concatenate([[0.0], np.cumsum(rewards)])
    last = np.arange(1, len(rewards) + 1)
    first = np.maximum(0, last - WINDOW)
    return np.asarray((total[last] - total[first]) / (last - first))
