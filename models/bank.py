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
from models.spread import Spread, nominal_spread, spread_of

FloatArray = NDArray[np.float32]

DIMENSIONS = 64
MAX_PICTURES = 16
"""Pictures of one design that are kept: a coreset of all by what they look like from afar, then turns."""
COMPARED = 4
"""Pictures that an item is held against: those that fit it best."""
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
        backward: (rows, columns) float32, from `picture`, laid on the same grid: what is missing.
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
    odd: tuple[str, ...] = ()
    if len(originals) >= LEAST_TO_JUDGE:
        odd = _odd(originals)
        pictures = [picture for picture in pictures if picture.reference.reference_id not in odd]
        originals = [picture for picture in originals if picture.reference.reference_id not in odd]
    return Bank(space, tuple(pictures), _learnt(originals, pictures), odd)


def matched(points: Points, outline: Outline, pictures: Sequence[Picture]) -> Match:
    """One picture against those of the others that fit it best; distances as they are."""
    shape = (points.squared.shape[0], points.squared.shape[1])
    found = alignments(outline, [picture.outline for picture in pictures], shape)
    tiles = tiles_of(points)
    forward = np.full(shape, np.inf, np.float32)
    best = np.inf
    for index in _fitting(pictures, found):
        windows = windows_of(pictures[index].factors, tiles, found[index].down, found[index].right)
        squared = squared_distances(tiles, windows)
        np.minimum(forward, forward_of(squared, tiles), out=forward)
        back = backward_of(squared, tiles)
        lacking = worst(back)
        if lacking < best:
            best, backward, which = lacking, back, index
            kept = squared, windows
    nearest = nearest_of(*kept, tiles)
    return Match(forward, backward, nearest, pictures[which], found[which])


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
    return Picture(reference, points, factors_of(points), outline_of(points.along))


def _left_out(originals: Sequence[Picture]) -> list[Match]:
    """Each picture against the others."""
    return [
        matched(one.points, one.outline, [other for other in originals if other is not one])
        for one in originals
    ]


def _odd(originals: Sequence[Picture]) -> tuple[str, ...]:
    """The ids of those that lie much farther from the rest than the rest usually do."""
    away = np.array([worst(found.forward) + worst(found.backward) for found in _left_out(originals)])
    usual = float(np.median(away))
    return tuple(
        one.reference.reference_id
        for one, distance in zip(originals, away, strict=True)
        if distance > ODD_RATIO * usual
    )


def _learnt(originals: Sequence[Picture], pictures: Sequence[Picture]) -> Spread:
    """How far good items lie apart, from the references alone."""
    if len(originals) > 1:
        found = _left_out(originals)
        return spread_of([(one.forward, one.backward) for one in found], turned=False)
    turns = [picture for picture in pictures if picture.reference.variant > 0]
    if originals and turns:
        found = [matched(one.points, one.outline, originals) for one in turns]
        return spread_of([(one.forward, one.backward) for one in found], turned=True)
    return nominal_spread(pictures[0].points.squared)
