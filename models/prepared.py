"""A gallery made ready for comparison, one view at a time, with the spread of good items as it knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import Gallery, Reference
from booth.errors import ModelError
from models.alignment import Alignment
from models.bank import Bank, bank_of
from models.nearest import worst
from models.spread import both_ways

FloatArray = NDArray[np.float32]

MAX_DESIGNS = 2
"""Design versions of which the item is held against each; they are those it looks most like."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """One view of an item against the references of the design that fits it best.

    Attributes:
        forward: (rows, columns) float32, distance of each patch from the references: what is foreign. Like
            all distances here it is relative to what good items show at that place.
        backward: (rows, columns) float32, laid on the item's grid, the same from the best fitting references
            to the item: what is missing.
        foreign: the worst of `forward` in one figure; `missing` that of `backward`.
        coverage: share of what those references show which the item has.
        distance: both in one figure, by the places where both are large.
        reference: which of `PreparedView.references` fits best.
        nearest: (rows, columns) int, the flat cell of that reference which is nearest to each patch; where
            `alignment.variant` is not 0, of that turn of it.
        alignment: where that reference has what the item shows.
        design: the design version that fits.
    """

    forward: FloatArray
    backward: FloatArray
    foreign: float
    missing: float
    coverage: float
    distance: float
    reference: int
    nearest: NDArray[np.intp]
    alignment: Alignment
    design: str = "1"


@dataclass(frozen=True, slots=True, eq=False)
class PreparedView:
    """The references of one view.

    Attributes:
        banks: of each design version, by its name.
        references: the pictures that are kept whole, as they were taken, in the gallery's order.
        originals: how many pictures there are as they were taken, those not kept whole included.
        odd: the ids of references that look like none of the others; nothing is compared with them.
        limit: the distance that a good item of this product hardly passes.
    """

    banks: dict[str, Bank]
    references: tuple[Reference, ...]
    originals: int
    odd: tuple[str, ...] = ()
    limit: float = 1.0

    def compare(self, patches: FloatArray, item: FloatArray | None = None) -> Comparison:
        """An item's patches, (rows, columns, C), against the references.

        Args:
            item: (rows, columns) float32 in 0..1, the share of each cell that is the item, where known: only
                `coverage` heeds it. Tray cells count in all else, as spilled contents lie there; weighing
                them less lost more on synthetic items than it won.

        Raises:
            ModelError: the patches do not fit the gallery's, or are not finite.
        """
        channels = len(next(iter(self.banks.values())).space.mean)
        if patches.ndim != 3 or patches.shape[2] != channels or 0 in patches.shape:
            raise ModelError(f"patches of shape {patches.shape} do not fit the gallery's")
        if not np.isfinite(patches).all():
            raise ModelError("the item's patches hold values that are not finite; look at the view again")
        found = [self._compared(design, patches, item) for design in self._likely(patches)]
        return min(found, key=lambda one: one.distance)

    def _likely(self, patches: FloatArray) -> list[str]:
        """The few designs that the item looks most like."""
        if len(self.banks) <= MAX_DESIGNS:
            return list(self.banks)
        return sorted(self.banks, key=lambda design: -self.banks[design].agreement(patches))[:MAX_DESIGNS]

    def _compared(self, design: str, patches: FloatArray, item: FloatArray | None) -> Comparison:
        match = self.banks[design].match(patches)
        ids = [reference.reference_id for reference in self.references]
        return Comparison(
            match.forward,
            match.backward,
            worst(match.forward),
            worst(match.backward),
            _share(match.backward < self.limit, item),
            both_ways(match.forward, match.backward),
            ids.index(match.picture.reference.reference_id),
            match.nearest,
            replace(match.alignment, variant=match.picture.reference.variant),
            design,
        )


def _share(cells: NDArray[np.bool_], item: FloatArray | None) -> float:
    """The share of the item's cells, of all where the item is not known."""
    if item is None or item.shape != cells.shape or not np.nansum(item) >= 1.0:
        return float(np.mean(cells))
    return float(np.average(cells, weights=np.nan_to_num(item)))


def prepare(gallery: Gallery, trunk: str, stages: Sequence[int]) -> dict[str, PreparedView]:
    """Every view of a gallery; `stages` are the channels of each of the trunk's stages.

    Raises:
        ModelError: another trunk made a reference, one is not finite, or those of a view differ in shape.
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
    """The references of one view, at least one. Raises: ModelError where their patches do not do."""
    view = references[0].view
    if len({reference.patches.shape for reference in references}) != 1:
        raise ModelError(f"the references of view {view} differ in shape; enrol them again")
    for reference in references:
        if reference.patches.ndim != 3 or not np.isfinite(reference.patches).all():
            raise ModelError(
                f"reference {reference.reference_id[:12]} of view {view} holds values that are not finite;"
                " enrol its picture again"
            )
    designs: dict[str, list[Reference]] = {}
    for reference in references:
        designs.setdefault(reference.design, []).append(reference)
    banks = {design: bank_of(of_design, stages) for design, of_design in designs.items()}
    whole = {picture.reference.reference_id for bank in banks.values() for picture in bank.pictures}
    first: dict[str, Reference] = {}
    for reference in sorted(references, key=lambda one: one.variant):
        first.setdefault(reference.reference_id, reference)
    return PreparedView(
        banks,
        tuple(reference for name, reference in first.items() if name in whole),
        len(first),
        tuple(name for bank in banks.values() for name in bank.odd),
    )
