"""Brings pictures of pristine items into a product's gallery; their features are computed here, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from booth.domain.percept import Reference, ViewPercept
from booth.domain.picture import Calibration, View
from booth.errors import InputError
from booth.gallery.turns import turns_of
from booth.ports.seeing import Perception
from booth.store.references import References, reference_id_of


def enrol(
    perception: Perception,
    references: References,
    gtin: str,
    views: Sequence[View],
    calibration: Calibration | None,
    design: str = "1",
) -> int:
    """Keep each view as a reference of the product, and give how many were new.

    Raises:
        InputError: there is no GTIN or no view.
        ModelError: a view cannot be looked at.
        StoreError: a reference cannot be kept; those before it are.
    """
    if not gtin or not views:
        raise InputError("enrolling needs a product's GTIN and at least one picture")
    added = 0
    for view in views:
        original, *turned = references_of(perception, view, calibration)
        added += references.add(
            gtin, design, original, view.frame.rgb, [reference.patches for reference in turned]
        )
    return added


def references_of(perception: Perception, view: View, calibration: Calibration | None) -> list[Reference]:
    """A view as it was taken, then small turns of it, as references. Raises: ModelError."""
    seen = perception.perceive([view], calibration)
    reference_id = reference_id_of(view.frame.rgb)
    looks = [seen.views[0], *_turned(perception, view, calibration, seen.views[0])]
    return [
        Reference(reference_id, view.name, seen.trunk, look.patches, variant)
        for variant, look in enumerate(looks)
    ]


def _turned(
    perception: Perception, view: View, calibration: Calibration | None, seen: ViewPercept
) -> Iterator[ViewPercept]:
    for region in turns_of(seen.region):
        yield perception.perceive([view], calibration, {view.name: region}).views[0]
