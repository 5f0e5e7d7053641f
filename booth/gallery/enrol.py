"""Brings pictures of pristine items into a product's gallery; their features are computed here, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from booth.domain.percept import Reference, ViewPercept
from booth.domain.picture import Calibration, View
from booth.domain.terms import Condition
from booth.errors import InputError
from booth.gallery.turns import turns_of
from booth.ports.seeing import Perception
from booth.store.reference_rows import Source
from booth.store.references import References, reference_id_of

SHOWS_NOTHING = frozenset({Condition.BLACK, Condition.SATURATED})


def enrol(
    perception: Perception,
    references: References,
    gtin: str,
    views: Sequence[View],
    calibration: Calibration | None,
    design: str = "1",
    source: Source | None = None,
) -> int:
    """Keep each view as a reference of the product, and give how many were new.

    Args:
        source: who brings them, and how far they have come with that; active where it is not said.

    Raises:
        InputError: there is no GTIN or no view, or a picture shows nothing; those before it are kept.
        ModelError: a view cannot be looked at.
        StoreError: a reference cannot be kept; those before it are.
    """
    if not gtin or not views:
        raise InputError("enrolling needs a product's GTIN and at least one picture")
    source = replace(source or Source(), calibration=calibration.version if calibration else "")
    added = 0
    for view in views:
        seen = perception.perceive([view], calibration)
        _insist_on_something(seen.views[0])
        looks = with_turns(perception, view, calibration, seen.views[0], seen.trunk)
        added += keep(references, gtin, design, looks, view, source)
    return added


def keep(
    references: References, gtin: str, design: str, looks: Sequence[Reference], view: View, source: Source
) -> bool:
    """Keep a view and what was seen of it, whether or not it is new. Raises: StoreError."""
    original, *turned = looks
    return references.add(gtin, design, original, view.frame.rgb, turned, view.frame.depth_mm, source)


def references_of(perception: Perception, view: View, calibration: Calibration | None) -> list[Reference]:
    """A view as it was taken, then small turns of it, as references. Raises: ModelError."""
    seen = perception.perceive([view], calibration)
    return with_turns(perception, view, calibration, seen.views[0], seen.trunk)


def with_turns(
    perception: Perception, view: View, calibration: Calibration | None, seen: ViewPercept, trunk: str
) -> list[Reference]:
    """A view that was looked at already, then small turns of it, as references. Raises: ModelError."""
    reference_id = reference_id_of(view.frame.rgb)
    looks = [seen, *_turned(perception, view, calibration, seen)]
    return [
        Reference(reference_id, view.name, trunk, look.patches, variant, look.heights_mm, look.item)
        for variant, look in enumerate(looks)
    ]


def _insist_on_something(seen: ViewPercept) -> None:
    for condition in seen.conditions:
        if condition in SHOWS_NOTHING:
            raise InputError(
                f"a picture of view {seen.view} is {condition}: it shows nothing to compare with"
            )


def _turned(
    perception: Perception, view: View, calibration: Calibration | None, seen: ViewPercept
) -> Iterator[ViewPercept]:
    for region in turns_of(seen.region):
        yield perception.perceive([view], calibration, {view.name: region}).views[0]
