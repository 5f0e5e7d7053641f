"""The references of one view and one design, ready to be searched both ways, and how far good items lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import Reference
from models.alignment import Alignment, Outline, alignments, outline_of
from models.coreset import k_centre
from models.nearest import (
    Points,
    Space,
    Tiles,
    Windows,
    backward_of,
    factors_of,
    forward_of,
    nearest_of,
    space_of,
    squared_distances,
    tiles_of,
    windows_of,
    worst,
)
from models.spread import Spread, both_ways, nominal_spread, spread_of

FloatArray = NDArray[np.float32]

DIMENSIONS = 64
MAX_PICTURES = 16
"""Pictures of one design that are kept: a coreset of all by what they look like from afar, then turns."""
COMPARED = 4
"""Pictures that an item is held against: those that fit it best."""
AGREEING = 2
"""What is missing is told by the two pictures of which the item lacks least: one alone may lie badly."""
MAX_RIVALS = 8
"""Pictures that are held against the others to learn how far good items lie apart."""
ODD_RATIO = 2.0
"""A reference twice as far from the others as these from each other shows something else."""
LEAST_TO_JUDGE = 3
"""Of two references that differ nobody can say which is odd."""
POOLED_CELLS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A reference, as it was taken or turned, that is kept whole.

    Attributes:
        points: its cells; they lie in `factors`, so that they are kept once.
        factors: (rows, columns, D + 2) float32, as `nearest.factors_of` gives them.
    """

    reference: Reference
    points: Points
    factors: FloatArray
    outline: Outline


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Distances of one picture from those that fit it best.

    Attributes:
        forward: (rows, columns) float32, from all of them: what is foreign.
        backward: (rows, columns) float32, from the best two of them, laid on the same grid: what is missing.
        nearest: (rows, columns) int, the flat cell of `picture` that is nearest to each cell.
        picture: of those compared the one that lacks least.
    """

    forward: FloatArray
    backward: FloatArray
    nearest: NDArray[np.intp]
    picture: Picture
    alignment: Alignment


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """The references of one view and one design.

    Attributes:
        spread: what good items show at each place, and the limit of their distances.
        odd: the ids of references that are left out, as they look like none of the others.
    """

    space: Space
    pictures: tuple[Picture, ...]
    spread: Spread
    odd: tuple[str, ...] = ()

    def agreement(self, patches: FloatArray) -> float:
        """-1..1, how much an item looks like the picture that fits it best, from afar."""
        item = outline_of(self.space.place(patches).along)
        others = [picture.outline for picture in self.pictures]
        return max(found.agreement for found in alignments(item, others, patches.shape[:2]))

    def match(self, patches: FloatArray) -> Match:
        """An item's patches, (rows, columns, C), against the pictures; distances relative to the limit."""
        points = self.space.place(patches)
        found = matched(points, outline_of(points.along), self.pictures)
        forward, backward = self.spread.relative(found.forward, found.backward)
        return Match(forward, backward, found.nearest, found.picture, found.alignment)


def bank_of(references: Sequence[Reference], stages: Sequence[int]) -> Bank:
    """The bank of references of one view and design, of one shape."""
    kept = _kept(references)
    patches = np.stack([reference.patches for reference in kept])
    space = space_of(patches.reshape(-1, patches.shape[-1]), stages, DIMENSIONS)
    pictures = [_picture(reference, space) for reference in kept]
    originals = [picture for picture in pictures if picture.reference.variant == 0][:MAX_RIVALS]
    if len({picture.reference.reference_id for picture in originals}) < 2:
        return Bank(space, tuple(pictures), _learnt(originals, pictures))
    left_out = _left_out(originals, pictures)
    odd = _odd(originals, left_out) if len(originals) >= LEAST_TO_JUDGE else set()
    if odd:
        pictures = [picture for picture in pictures if picture.reference.reference_id not in odd]
        originals = [picture for picture in originals if picture.reference.reference_id not in odd]
        left_out = _left_out(originals, pictures)
    spread = spread_of([(found.forward, found.backward) for found in left_out])
    return Bank(space, tuple(pictures), spread, tuple(sorted(odd)))


def matched(points: Points, outline: Outline, pictures: Sequence[Picture]) -> Match:
    """One picture against those of the others that fit it best; distances as they are."""
    shape = (points.squared.shape[0], points.squared.shape[1])
    found = alignments(outline, [picture.outline for picture in pictures], shape)
    tiles = tiles_of(points)
    looks = [_look(pictures[index], found[index], tiles, index) for index in _fitting(pictures, found)]
    looks.sort(key=lambda look: look.lacking)
    best = looks[0]
    reached = np.logical_or.reduce([look.windows.reached for look in looks])
    forward = np.where(reached, np.minimum.reduce([look.forward for look in looks]), np.float32(0.0))
    backward = np.asarray(np.mean([look.backward for look in looks[:AGREEING]], axis=0), np.float32)
    nearest = nearest_of(best.squared, best.windows, tiles)
    return Match(forward, backward, nearest, pictures[best.index], found[best.index])


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """One picture against another: the distances, and how much of it the other lacks."""

    index: int
    windows: Windows
    squared: FloatArray
    forward: FloatArray
    backward: FloatArray
    lacking: float


def _look(picture: Picture, found: Alignment, tiles: Tiles, index: int) -> _Look:
    windows = windows_of(picture.factors, tiles, found.down, found.right)
    squared = squared_distances(tiles, windows)
    backward = backward_of(squared, windows, tiles)
    return _Look(index, windows, squared, forward_of(squared, tiles), backward, worst(backward))


def _fitting(pictures: Sequence[Picture], found: Sequence[Alignment]) -> list[int]:
    """Which pictures to compare: of each reference the turn that agrees best, then what agrees next."""
    order = sorted(range(len(pictures)), key=lambda index: -found[index].agreement)
    seen: set[str] = set()
    first: list[int] = []
    later: list[int] = []
    for index in order:
        which = pictures[index].reference.reference_id
        (later if which in seen else first).append(index)
        seen.add(which)
    return (first + later)[:COMPARED]


def _kept(references: Sequence[Reference]) -> list[Reference]:
    """A coreset of the pictures as they were taken, in their order, then turns, while there is room."""
    originals = [reference for reference in references if reference.variant == 0] or list(references)
    if len(originals) > MAX_PICTURES:
        seen = np.stack([_pooled(reference.patches) for reference in originals])
        middle = int(np.square(seen - seen.mean(axis=0)).sum(axis=1).argmin())
        chosen = k_centre(seen / (seen.std(axis=0) + 1e-6), MAX_PICTURES, middle)
        originals = [originals[index] for index in sorted(chosen.tolist())]
    ids = {reference.reference_id for reference in originals}
    turns = [one for one in references if one.variant > 0 and one.reference_id in ids]
    turns.sort(key=lambda one: one.variant)
    known = set(map(id, originals))
    return [*originals, *(one for one in turns if id(one) not in known)][:MAX_PICTURES]


def _pooled(patches: FloatArray) -> FloatArray:
    """What a picture looks like from afar, (25 + C,) float32: its mean over channels, and that over cells."""
    cells = cv2.resize(patches.mean(axis=2), (POOLED_CELLS, POOLED_CELLS), interpolation=cv2.INTER_AREA)
    return np.concatenate([np.asarray(cells, np.float32).ravel(), patches.mean(axis=(0, 1))])


def _picture(reference: Reference, space: Space) -> Picture:
    points = space.place(reference.patches)
    factors = factors_of(points)
    shared = Points(factors[..., :-2], points.squared)
    return Picture(reference, shared, factors, outline_of(points.along))


def _left_out(originals: Sequence[Picture], pictures: Sequence[Picture]) -> list[Match]:
    """Each reference, as it was taken, against the pictures of the others."""
    found = []
    for one in originals:
        name = one.reference.reference_id
        others = [picture for picture in pictures if picture.reference.reference_id != name]
        found.append(matched(one.points, one.outline, others))
    return found


def _odd(originals: Sequence[Picture], left_out: Sequence[Match]) -> set[str]:
    """The ids of those that lie much farther from the rest than the rest usually do."""
    away = np.array([both_ways(found.forward, found.backward) for found in left_out])
    far = away > ODD_RATIO * float(np.median(away))
    return {one.reference.reference_id for one, is_far in zip(originals, far, strict=True) if is_far}


def _learnt(originals: Sequence[Picture], pictures: Sequence[Picture]) -> Spread:
    """How far good items lie apart, where a single reference tells it by its turns, or nothing does."""
    turns = [picture for picture in pictures if picture.reference.variant > 0]
    if not originals or not turns:
        return nominal_spread(pictures[0].points.squared)
    found = [matched(one.points, one.outline, originals) for one in turns]
    return spread_of([(one.forward, one.backward) for one in found])
