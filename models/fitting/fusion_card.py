"""The card of a fusion: what it was fitted on, how well it is calibrated, and the picture of that."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from booth.evaluate.metrics import auroc
from models.fitting.fusion import Calibrated

BINS = 10

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """How chances that were told compare with what came to pass.

    Attributes:
        told: of each bin the mean chance; the bins hold equally many items. Likewise `seen`, the share that
            was damaged.
        error: the mean difference between the two, by items (the expected calibration error).
        brier: the mean squared difference between chance and truth.
    """

    told: FloatArray
    seen: FloatArray
    error: float
    brier: float


def reliability(held: Calibrated) -> Reliability:
    """Of items whose products were left out of the fit."""
    order = np.argsort(held.scores, kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    told = np.array([held.scores[part].mean() for part in bins])
    seen = np.array([held.damaged[part].mean() for part in bins])
    sizes = np.array([len(part) for part in bins]) / len(order)
    brier = float(np.mean((held.scores - held.damaged) ** 2))
    return Reliability(told, seen, float(np.abs(told - seen) @ sizes), brier)


def card_of(held: Mapping[str, Calibrated], about: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a fusion beside its weights, ready for JSON."""
    return {**about, "held_out_products": {name: _figures(one) for name, one in held.items()}}


def reliability_png(held: Mapping[str, Calibrated]) -> bytes:
    """The reliability diagram of every situation, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = math.ceil(len(held) / 2)
    figure = Figure(figsize=(3.2 * columns, 6.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, columns, squeeze=False).ravel()
    for axis, (name, one) in zip(axes, held.items(), strict=False):
        found = reliability(one)
        axis.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        axis.plot(found.told, found.seen, marker="o", markersize=4)
        axis.set(title=f"{name}\nn = {len(one.scores)}, error {found.error:.3f}", xlim=(0, 1), ylim=(0, 1))
        axis.set(xlabel="chance told", ylabel="share damaged")
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=100)
    return out.getvalue()


def _figures(held: Calibrated) -> dict[str, float]:
    found = reliability(held)
    good, bad = held.scores[~held.damaged].tolist(), held.scores[held.damaged].tolist()
    return {
        "n_good": len(good),
        "n_bad": len(bad),
        "auroc": round(auroc(good, bad), 4),
        "calibration_error": round(found.error, 4),
        "brier": round(found.brier, 4),
    }
