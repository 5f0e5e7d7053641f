"""Why a view is thought damaged: one heat map of all evidence, and the places that stand out of it."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.picture import Region
from booth.domain.terms import DamageType
from booth.domain.verdict import Finding
from booth.gallery.turns import turns_of
from booth.regions import part, to_picture
from models.evidence import ViewEvidence

FloatArray = NDArray[np.float32]

FAINT = 0.3
"""Places below this are not worth showing."""
OF_THE_PEAK = 0.5
MOST_PLACES = 3
MARGIN_CELLS = 1
RING_CELLS = 3
"""How wide the surroundings are by which a place is found again in a reference."""
SPEAKS_FOR = {"supervised": "conditioned", "conditioned": "supervised", "coverage": "missing"}
"""Kinds that have no map of their own when the other one has it."""


def heat_of(evidence: ViewEvidence, shares: Mapping[str, float], score: float) -> FloatArray:
    """Where a view looks damaged, (rows, columns) float32 in 0..1; its highest value is the view's score.

    Each map counts by what its kind of evidence adds to the score.

    Args:
        shares: by kind of evidence; they sum to 1.
        score: 0..1, of this view.
    """
    weighed = _weighed(evidence, shares)
    total = np.zeros(evidence.seen.patches.shape[:2], np.float32)
    for one in weighed.values():
        total += one
    highest = float(total.max())
    return total * np.float32(score / highest) if highest > 0 else total


def findings_of(evidence: ViewEvidence, heat: FloatArray, shares: Mapping[str, float]) -> list[Finding]:
    """The places of a heat map that stand out, the worst first; none where all of it is faint."""
    highest = float(heat.max())
    if highest < FAINT:
        return []
    hot = (heat >= max(FAINT, OF_THE_PEAK * highest)).astype(np.uint8)
    count, labels = cv2.connectedComponents(hot, connectivity=8)
    weighed = _weighed(evidence, shares)
    found = [_finding(evidence, np.asarray(labels == label), heat, weighed) for label in range(1, count)]
    return sorted(found, key=lambda finding: -finding.score)[:MOST_PLACES]


def _weighed(evidence: ViewEvidence, shares: Mapping[str, float]) -> dict[str, FloatArray]:
    """Each map that has a say, times its share; each is brought to a highest value of 1 first."""
    found: dict[str, FloatArray] = {}
    for kind, share in shares.items():
        named = kind if kind in evidence.maps else SPEAKS_FOR.get(kind, kind)
        if named in evidence.maps and share > 0:
            one = evidence.maps[named]
            scaled = one * np.float32(share / max(float(one.max()), 1e-6))
            found[named] = found[named] + scaled if named in found else scaled
    return found


def _finding(
    evidence: ViewEvidence, where: NDArray[np.bool_], heat: FloatArray, weighed: Mapping[str, FloatArray]
) -> Finding:
    rows, columns = heat.shape
    box = _box(where)
    peak = np.unravel_index(int(np.argmax(np.where(where, heat, -1.0))), heat.shape)
    here = {kind: float(one[peak]) for kind, one in weighed.items()}
    total = sum(here.values())
    shares = {kind: one / total for kind, one in here.items()} if total > 0 else {}
    left, top, right, bottom = box / np.array([columns, rows, columns, rows])
    return Finding(
        evidence.seen.view,
        part(evidence.seen.region, left, top, right, bottom),
        float(heat[peak]),
        max(shares, key=lambda kind: shares[kind], default=""),
        shares,
        _type(evidence),
        evidence.reference.reference_id if evidence.reference else "",
        _like_place(evidence, box),
    )


def _box(where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Left, top, right, bottom in cells, with a margin, within the grid."""
    rows, columns = np.nonzero(where)
    low = np.array([columns.min(), rows.min()]) - MARGIN_CELLS
    high = np.array([columns.max(), rows.max()]) + 1 + MARGIN_CELLS
    return np.concatenate([np.maximum(low, 0), np.minimum(high, where.shape[::-1])]).astype(np.float64)


def _type(evidence: ViewEvidence) -> DamageType | None:
    if evidence.opinion is None:
        return None
    return tuple(DamageType)[int(np.argmax(evidence.opinion.types))]


def _like_place(evidence: ViewEvidence, box: NDArray[np.float64]) -> tuple[float, float, float, float] | None:
    """A box of the same size where the reference shows what surrounds the place, in shares.

    What is damaged is like no place of a reference, or like any; its surroundings tell where it belongs.
    """
    comparison = evidence.comparison
    if comparison is None or evidence.reference is None:
        return None
    rows, columns = evidence.reference.patches.shape[:2]
    around = _around(box, comparison.nearest.shape)
    nearest = np.stack(np.divmod(comparison.nearest[around], columns), axis=1)
    down, across = np.median(nearest - np.argwhere(around), axis=0)
    size = np.array([columns, rows], np.float64)
    middle = (box[:2] + box[2:]) / 2
    like = np.clip((middle + np.array([across, down])) / size, 0.0, 1.0)
    there = _as_taken(like, comparison.alignment.variant, evidence.seen.region) * size
    left, top, right, bottom = np.clip((box + np.tile(there - middle, 2)) / np.tile(size, 2), 0.0, 1.0)
    return float(left), float(top), float(right), float(bottom)


def _around(box: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The cells about a box, or all of them where it leaves none."""
    left, top, right, bottom = (int(edge) for edge in box)
    around = np.zeros(shape, np.bool_)
    around[max(0, top - RING_CELLS) : bottom + RING_CELLS, max(0, left - RING_CELLS) : right + RING_CELLS] = 1
    around[top:bottom, left:right] = False
    return around if around.any() else np.ones(shape, np.bool_)


def _as_taken(place: NDArray[np.float64], variant: int, region: Region) -> NDArray[np.float64]:
    """Where a place of a turned look at a picture lies in the picture as it was taken; shares, x and y.

    Args:
        region: one of the shape of the reference's; the item's is nearly that.
    """
    as_taken = Region(0, 0, region.width, region.height)
    looks = [as_taken, *turns_of(as_taken)]
    look = looks[variant] if variant < len(looks) else as_taken
    found = to_picture(look, place[None] * [look.width, look.height])[0]
    return np.asarray(np.clip(found / [region.width, region.height], 0.0, 1.0))
