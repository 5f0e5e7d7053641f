"""A gallery made ready for comparison, one view at a time, with the spread of good items as it knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import Gallery, Reference
from booth.errors import ModelError
from models.nearest import Points, Space, joined, nearest_both_ways, space_of, worst

FloatArray = NDArray[np.float32]

DIMENSIONS = 128
MAX_POINTS = 9_600
"""Reference patches an item is compared with: six pictures of 40 x 40."""
MAX_WHOLE = 4
"""Pictures that are kept whole, so that what an item lacks can be seen."""
MAX_RIVALS = 8
"""Pictures that are held against the others to learn how far good items lie apart."""

PRIOR_SPREAD = 0.1
PRIOR_WEIGHT = 4.0
"""A few references say little of their spread: a nominal 10 % of the mean counts as much as four more."""
LIMIT_DEVIATIONS = 3.0
TURN_ALLOWANCE = 1.25
"""Small turns of a single reference differ less than two good items do."""
FLOOR = 1e-6
NOMINAL_SHARE = 0.5
"""With one picture and no turns: half the root mean square distance of two of its patches."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """One view of an item against its references.

    Attributes:
        forward: (rows, columns) float32, distance of each patch from the references: what is foreign.
        backward: (rows, columns) float32, the same from the best fitting reference: what is missing.
        coverage: share of that reference's patches which the item has.
    """

    forward: FloatArray
    backward: FloatArray
    foreign: float
    missing: float
    coverage: float

    @property
    def distance(self) -> float:
        """Both ways in one figure."""
        return (self.foreign + self.missing) / 2


@dataclass(frozen=True, slots=True, eq=False)
class PreparedView:
    """The references of one view.

    Attributes:
        points: the pictures as they were taken, then a share of more such and of small turns of them.
        originals: how many pictures there are as they were taken.
        whole: how many of them stand in `points` with all their patches, in front.
        shape: rows and columns of each picture's patches.
        limit: the distance that a good item of this product hardly passes.
    """

    space: Space
    points: Points
    originals: int
    whole: int
    shape: tuple[int, int]
    limit: float

    def compare(self, patches: FloatArray) -> Comparison:
        """An item's patches, (rows, columns, C), against the references. Raises: ModelError."""
        if patches.ndim != 3 or patches.shape[2] != len(self.space.mean):
            raise ModelError(f"patches of shape {patches.shape} do not fit the gallery's")
        points = self.space.place(patches)
        forward, backward = nearest_both_ways(points, self.points)
        cells = self.shape[0] * self.shape[1]
        each = backward[: self.whole * cells].reshape(self.whole, *self.shape)
        best = min(each, key=worst)
        return Comparison(
            forward.reshape(patches.shape[:2]),
            best,
            worst(forward),
            worst(best),
            float(np.mean(best < self.limit)),
        )


def prepare(gallery: Gallery, trunk: str, stages: Sequence[int]) -> dict[str, PreparedView]:
    """Every view of a gallery; `stages` are the channels of each of the trunk's stages.

    Raises:
        ModelError: another trunk made a reference, or the references of a view differ in shape.
    """
    views: dict[str, list[Reference]] = {}
    for reference in gallery.references:
        if reference.trunk != trunk:
            raise ModelError(
                f"a reference of {gallery.gtin} was made by {reference.trunk}, the item by {trunk};"
                " enrol its pictures again"
            )
        views.setdefault(reference.view, []).append(reference)
    return {view: prepare_view(references, stages) for view, references in views.items()}


def prepare_view(references: Sequence[Reference], stages: Sequence[int]) -> PreparedView:
    """The references of one view, at least one. Raises: ModelError where their shapes differ."""
    if len({reference.patches.shape for reference in references}) != 1:
        raise ModelError(f"the references of view {references[0].view} differ in shape; enrol them again")
    originals = [reference.patches for reference in references if reference.variant == 0]
    turns = [reference.patches for reference in references if reference.variant > 0]
    rows, columns, channels = references[0].patches.shape
    patches = np.stack([*originals, *turns]).reshape(-1, channels)
    space = space_of(patches, stages, DIMENSIONS)
    rivals = originals[:MAX_RIVALS] if len(originals) > 1 else [*originals, *turns]
    pictured = [space.place(picture) for picture in rivals]
    whole = min(len(originals), MAX_WHOLE)
    bank = [*pictured[:whole], space.place(_others(patches, whole * rows * columns))]
    limit = _limit(pictured, len(originals))
    return PreparedView(space, joined(bank), len(originals), whole, (rows, columns), limit)


def _others(patches: FloatArray, whole: int) -> FloatArray:
    """Of all patches after the first `whole`, a fair share that leaves room for those."""
    room = max(0, MAX_POINTS - whole)
    if len(patches) - whole <= room:
        return patches[whole:]
    chosen = np.random.default_rng(0).choice(np.arange(whole, len(patches)), room, replace=False)
    return np.asarray(patches[chosen], np.float32)


def _limit(pictures: Sequence[Points], originals: int) -> float:
    """What good items hardly pass, from the references alone: each is held against the others.

    Args:
        pictures: the pictures as they were taken; where there is one alone, its turns after it.
        originals: how many pictures there are as they were taken.
    """
    if originals > 1:
        distances = _left_out(pictures)
    elif len(pictures) > 1:
        distances = [TURN_ALLOWANCE * _distance(turn, pictures[0]) for turn in pictures[1:]]
    else:
        return max(NOMINAL_SHARE * float(np.sqrt(2.0 * pictures[0].squared.mean())), FLOOR)
    mean = float(np.mean(distances))
    seen = float(np.sum(np.square(np.asarray(distances) - mean)))
    prior = PRIOR_WEIGHT * (PRIOR_SPREAD * mean) ** 2
    deviation = float(np.sqrt((seen + prior) / (len(distances) - 1 + PRIOR_WEIGHT)))
    return max(mean + LIMIT_DEVIATIONS * deviation, FLOOR)


def _distance(points: Points, others: Points) -> float:
    forward, backward = nearest_both_ways(points, others)
    return (worst(forward) + worst(backward)) / 2


def _left_out(pictures: Sequence[Points]) -> list[float]:
    """For each picture, its distance from the others, as an item's is taken."""
    count, patches = len(pictures), len(pictures[0].squared)
    foreign = np.full((count, patches), np.inf, np.float32)
    missing = np.full(count, np.inf)
    for one in range(count):
        for other in range(one + 1, count):
            there, back = nearest_both_ways(pictures[one], pictures[other])
            foreign[one] = np.minimum(foreign[one], there)
            foreign[other] = np.minimum(foreign[other], back)
            missing[one] = min(missing[one], worst(back))
            missing[other] = min(missing[other], worst(there))
    return [(worst(foreign[one]) + float(missing[one])) / 2 for one in range(count)]
