"""What each kind of evidence says of a view: the gallery, the supervised model, heights, tray and parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import Reference, ViewPercept
from booth.domain.terms import Condition
from models.prepared import Comparison, PreparedView
from models.residuals import Residual, beside_residual, height_residual, parts_residual
from models.supervised import Opinion, Supervised
from models.usual import usual_opinions

FloatArray = NDArray[np.float32]

STEEPNESS = 4.0
"""A distance a third over the limit is 0.76 on a map, twice the limit 0.94; half of it 0.06."""
CLOSEST = 1e-3
"""Distances and limits below it are one."""
CONSULTED = 4
"""References that the supervised model looks at: with more it would cost more than the trunk."""
UNSEEABLE = frozenset({Condition.BLACK, Condition.SATURATED, Condition.NO_ITEM})
"""What leaves nothing in a picture to judge an item by."""
OTHER_COVERAGE = 0.2
"""Fewer of the reference's patches found again than this, and the item is another one."""


@dataclass(frozen=True, slots=True, eq=False)
class KnownView:
    """The references of one view, ready for comparison by each kind of evidence.

    Attributes:
        keys: what the supervised model keeps of each of `prepared.references`; empty without such a model.
        usual: what it says of these themselves, by the names that stand beside its evidence.
    """

    prepared: PreparedView
    keys: tuple[FloatArray, ...] = ()
    usual: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ViewEvidence:
    """One view, with all that is known of it.

    Attributes:
        figures: by kind of evidence; what is missing has no key. `foreign` and `missing` are logarithms of a
            distance over the limit of good items, `supervised` and `conditioned` logits.
        maps: by kind of evidence, (rows, columns) float32 in 0..1 over the view's region.
        conditions: what kept it from being judged as it should be.
    """

    seen: ViewPercept
    figures: Mapping[str, float]
    maps: Mapping[str, FloatArray] = field(default_factory=dict)
    comparison: Comparison | None = None
    opinion: Opinion | None = None
    reference: Reference | None = None
    conditions: tuple[Condition, ...] = ()


def known_view(prepared: PreparedView, supervised: Supervised | None) -> KnownView:
    """Make the references of a view ready; done once for a gallery, never for an item. Raises: ModelError."""
    if supervised is None:
        return KnownView(prepared)
    keys = tuple(supervised.keys(reference) for reference in prepared.references)
    pictured = [picture.reference for bank in prepared.banks.values() for picture in bank.pictures]
    turns = [reference for reference in pictured if reference.variant > 0]
    return KnownView(prepared, keys, usual_opinions(prepared.references, keys, supervised, turns))


def evidence_of(seen: ViewPercept, known: KnownView | None, supervised: Supervised | None) -> ViewEvidence:
    """All evidence of one view; none of a view that shows nothing.

    Args:
        known: the references of this view, or None where there are none.

    Raises:
        ModelError: features do not fit, or a network fails.
    """
    if UNSEEABLE & set(seen.conditions):
        return ViewEvidence(seen, {}, conditions=seen.conditions)
    comparison = known.prepared.compare(seen.patches, seen.item) if known else None
    references = _nearest_first(known, comparison) if known else []
    opinion = _opinion(seen, known, references, supervised)
    figures: dict[str, float] = {}
    maps: dict[str, FloatArray] = {}
    if known is not None and comparison is not None:
        _add_comparison(figures, maps, known.prepared, comparison)
    if opinion is not None:
        _add_opinion(figures, maps, opinion, seen)
        figures.update(known.usual if known is not None else {})
    pictures = [known.prepared.references[index] for index in references] if known else []
    residuals = {
        "height": height_residual(seen, pictures),
        "beside": beside_residual(seen),
        "parts": parts_residual(seen, pictures),
    }
    _add_residuals(figures, maps, residuals)
    conditions = list(seen.conditions)
    if known is None:
        conditions.append(Condition.NO_REFERENCE)
    elif comparison is not None and comparison.coverage < OTHER_COVERAGE:
        conditions.append(Condition.OTHER_ITEM)
    return ViewEvidence(
        seen, figures, maps, comparison, opinion, pictures[0] if pictures else None, tuple(conditions)
    )


def over_limit(distances: FloatArray, limit: float) -> FloatArray:
    """Distances as 0..1, 0.5 at the limit that good items hardly pass."""
    ratio = (distances / max(limit, CLOSEST)) ** STEEPNESS
    return np.asarray(ratio / (1.0 + ratio), np.float32)


def _nearest_first(known: KnownView, comparison: Comparison | None) -> list[int]:
    """Indices of the references that are looked at more closely, the one that fits best in front."""
    count = len(known.prepared.references)
    best = comparison.reference if comparison is not None and comparison.reference < count else 0
    return [best, *(index for index in range(count) if index != best)][:CONSULTED]


def _opinion(
    seen: ViewPercept, known: KnownView | None, references: Sequence[int], supervised: Supervised | None
) -> Opinion | None:
    if supervised is None:
        return None
    if known is None:
        return supervised.look(seen)
    keys = [known.keys[index] for index in references]
    return supervised.look(seen, keys, [known.prepared.references[index].heights_mm for index in references])


def _add_comparison(
    figures: dict[str, float], maps: dict[str, FloatArray], prepared: PreparedView, found: Comparison
) -> None:
    limit = max(prepared.limit, CLOSEST)
    figures["foreign"] = float(np.log(max(found.foreign, CLOSEST) / limit))
    figures["missing"] = float(np.log(max(found.missing, CLOSEST) / limit))
    figures["coverage"] = found.coverage
    figures["references"] = float(prepared.originals)
    maps["foreign"] = over_limit(found.forward, prepared.limit)
    maps["missing"] = over_limit(found.backward, prepared.limit)


def _add_opinion(
    figures: dict[str, float], maps: dict[str, FloatArray], opinion: Opinion, seen: ViewPercept
) -> None:
    figures["supervised"] = opinion.logit
    kind = "supervised"
    if opinion.conditioned is not None:
        figures["conditioned"] = opinion.conditioned
        kind = "conditioned"
    rows, columns = seen.patches.shape[:2]
    heat = cv2.resize(opinion.heat, (columns, rows), interpolation=cv2.INTER_AREA)
    maps[kind] = np.asarray(heat, np.float32)


def _add_residuals(
    figures: dict[str, float], maps: dict[str, FloatArray], residuals: Mapping[str, Residual | None]
) -> None:
    for kind, residual in residuals.items():
        if residual is not None:
            figures[kind] = residual.score
            maps[kind] = residual.map
