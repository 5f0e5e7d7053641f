"""Brings the embeddings of reference pictures into the catalogue's index, and gives pictures to compare."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray, Percept
from booth.domain.picture import Calibration, Frame, Region, View
from booth.errors import StoreError
from booth.ports.finding import CatalogueIndex
from booth.ports.seeing import Perception
from booth.regions import crop
from booth.store.looks import Looks, Pictured

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Products whose embeddings go into the index in one change."""
COMPARED = 6
"""Reference pictures of one product that are compared point by point at most: the newest of each view."""


def look_at_references(
    perception: Perception,
    looks: Looks,
    calibration: Calibration | None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Embed every active reference picture that this perception has not embedded; gives how many.

    One that cannot be read is left out and told of: the booth can do without it.

    Args:
        calibration: of the cameras whose ids name the views, to find the item by; may be None.

    Raises:
        ModelError: a picture cannot be looked at.
        StoreError: what was seen cannot be kept.
    """
    lacking = looks.lacking(perception.embedder) if perception.embedder else []
    embedded = 0
    for done, pictured in enumerate(lacking, start=1):
        rgb = _readable(looks, pictured)
        if rgb is not None:
            _keep(looks, pictured, perception.perceive([_view(pictured, rgb)], calibration))
            embedded += 1
        if progress:
            progress(done, len(lacking))
    return embedded


def index_embeddings(looks: Looks, index: CatalogueIndex, embedder: str) -> int:
    """Give the index the embeddings that it lacks, of products that it knows; gives how many products.

    Raises:
        StoreError: the index or the gallery refuses.
    """
    catalogue = index.snapshot.partition("-")[0]
    given, batch = 0, []
    for gtin, rows in looks.not_indexed(embedder, catalogue):
        if index.by_gtin(gtin) is not None:
            batch.append((gtin, rows))
        if len(batch) == AT_ONCE:
            given += _index(looks, index, catalogue, batch)
            batch = []
    return given + _index(looks, index, catalogue, batch)


def cropped_pictures(looks: Looks, gtin: str, embedder: str) -> list[NDArray[np.uint8]]:
    """The item in a product's reference pictures, each (H, W, 3) uint8; the newest of each view.

    One that cannot be read is left out and told of.

    Raises:
        StoreError: it cannot be known which there are.
    """
    newest: dict[str, Pictured] = {}
    for pictured in looks.of(gtin, embedder):
        newest[pictured.view] = pictured
    pairs = [(_readable(looks, each), each.region) for each in list(newest.values())[:COMPARED]]
    return [cropped(rgb, region) for rgb, region in pairs if rgb is not None]


def cropped(rgb: NDArray[np.uint8], region: Region | None) -> NDArray[np.uint8]:
    """The part of a picture, turned upright; all of it where no region is known."""
    return rgb if region is None else crop(rgb, region)


def _readable(looks: Looks, pictured: Pictured) -> NDArray[np.uint8] | None:
    try:
        return looks.picture(pictured)
    except StoreError as error:
        log.warning("a reference picture of %s is left out: %s", pictured.gtin, error)
        return None


def _index(
    looks: Looks, index: CatalogueIndex, catalogue: str, batch: Sequence[tuple[str, FloatArray]]
) -> int:
    if batch:
        index.upsert_vectors(batch)
        looks.note_indexed(catalogue, batch)
    return len(batch)


def _keep(looks: Looks, pictured: Pictured, percept: Percept) -> None:
    if percept.embeddings is not None:
        looks.keep(pictured.number, percept.embedder, percept.views[0].region, percept.embeddings[0])


def _view(pictured: Pictured, rgb: NDArray[np.uint8]) -> View:
    return View(pictured.view, Frame(pictured.view, rgb, None, host_ns=0, sequence=0))
