"""The supervised model: what a view shows of damage by itself, and beside its references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import Reference, ViewPercept
from booth.domain.terms import DamageType, Severity
from booth.errors import ModelError
from models.manifest import network_pin
from models.shipped import Network

FloatArray = NDArray[np.float32]

DAMAGES = tuple(DamageType)
SEVERITIES = tuple(Severity)
GRID = 40
PATCH_CHANNELS = 288
OWN_KEYS = 64
"""Channels to which each cell of a view is projected."""
KEYS = 32
"""The first of them, by which views are compared: they are what is kept of a reference."""
MAPS = 6
"""Height, the item's share and the tray's change of each cell, each with whether it is known."""
HEAT = 64
HEIGHT_MM = 100.0
"""A height of so much enters as 1."""
TALLEST = 4.0
MOST_REFERENCES = 64
PARTS = ("keys", "alone", "compared")


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """What the supervised model says of a view.

    Attributes:
        logit: of damage, from the view alone.
        conditioned: of damage, beside the references; None where there are none.
        types: (6,) float32, 0..1, the chance of each DamageType in their order, beside the references where
            there are some; likewise `severity`, (3,) float32 that sum to 1, and `heat`.
        heat: (64, 64) float32 in 0..1 over the view's region.
    """

    logit: float
    conditioned: float | None
    types: FloatArray
    severity: FloatArray
    heat: FloatArray


class Supervised:
    """The shipped model: three networks, of one thread each, which any thread may use."""

    def __init__(self, networks: Mapping[str, Network] | None = None) -> None:
        """Find, check and load the networks.

        Args:
            networks: `keys`, `alone` and `compared`, in place of the shipped ones.

        Raises:
            ModelError: a network is missing, is not the pinned one, or has another shape.
        """
        found = networks or {part: Network(network_pin(f"damage_{part}")) for part in PARTS}
        self._keys, self._alone, self._compared = (found[part] for part in PARTS)

    @property
    def models(self) -> Mapping[str, str]:
        """Name and SHA-256 of each network."""
        return {one.pin.name: one.pin.sha256 for one in (self._keys, self._alone, self._compared)}

    def keys(self, reference: Reference) -> FloatArray:
        """What is kept of a reference, (40, 40, 32) float32. Raises: ModelError."""
        found = self._keys.run({"patches": _checked(reference.patches, reference.view)})[0]
        return np.ascontiguousarray(found[0, :, :, :KEYS])

    def look(
        self, view: ViewPercept, keys: Sequence[FloatArray] = (), heights: Sequence[FloatArray | None] = ()
    ) -> Opinion:
        """Look at one view, alone and beside the references whose keys are given.

        Args:
            keys: of `keys`, for each reference that is compared.
            heights: of each of them, (40, 40) mm, or None; it may be empty where none has any.

        Raises:
            ModelError: a shape does not fit, there are too many references, or what comes out is no number.
        """
        own = self._keys.run({"patches": _checked(view.patches, view.view)})[0]
        maps = maps_of(view.heights_mm, view.item, view.beside)[None]
        logit, types, severity, heat, cells = self._alone.run({"keys": own, "maps": maps})
        conditioned = None
        if keys:
            beside = _references(keys, heights)
            inputs = {"keys": own, "maps": maps, "cells": cells, **beside}
            told, types, severity, heat = self._compared.run(inputs)
            conditioned = float(told[0])
        opinion = Opinion(
            float(logit[0]), conditioned, _chances(types[0]), _shares(severity[0]), _chances(heat[0])
        )
        numbers = [opinion.logit, opinion.conditioned or 0.0, *opinion.types, *opinion.severity]
        if not (np.isfinite(numbers).all() and np.isfinite(opinion.heat).all()):
            raise ModelError(f"the supervised model gave no number for view {view.view}")
        return opinion


def maps_of(heights_mm: FloatArray | None, item: FloatArray | None, beside: FloatArray | None) -> FloatArray:
    """What is known of each cell beside its patch, (6, 40, 40) float32: values, each with its validity.

    Args:
        heights_mm: (40, 40), NaN where none was read, or None; likewise `item` and `beside`, 0..1.

    Raises:
        ModelError: a map has another shape.
    """
    return np.concatenate([height_map(heights_mm), _share_map(item), _share_map(beside)])


def height_map(heights_mm: FloatArray | None) -> FloatArray:
    """Heights as the networks take them, (2, 40, 40) float32: each, 0 where unknown, and whether known."""
    found = _map(heights_mm, np.nan)
    known = np.isfinite(found)
    scaled = np.clip(np.where(known, found, 0) / HEIGHT_MM, -1, TALLEST)
    return np.stack([scaled, known]).astype(np.float32)


def _share_map(values: FloatArray | None) -> FloatArray:
    found = _map(values, np.nan)
    known = np.isfinite(found)
    return np.stack([np.clip(np.where(known, found, 0), 0, 1), known]).astype(np.float32)


def _map(values: FloatArray | None, fill: float) -> FloatArray:
    if values is None:
        return np.full((GRID, GRID), fill, np.float32)
    if values.shape != (GRID, GRID):
        raise ModelError(f"a map of shape {values.shape} does not fit the supervised model's 40 x 40 cells")
    return values


def _checked(patches: FloatArray, view: str) -> FloatArray:
    if patches.shape != (GRID, GRID, PATCH_CHANNELS):
        raise ModelError(
            f"patches of view {view} have the shape {patches.shape}; the supervised model takes "
            f"({GRID}, {GRID}, {PATCH_CHANNELS})"
        )
    return np.ascontiguousarray(patches[None], np.float32)


def _references(keys: Sequence[FloatArray], heights: Sequence[FloatArray | None]) -> dict[str, FloatArray]:
    if len(keys) > MOST_REFERENCES:
        raise ModelError(f"{len(keys)} references at once; the supervised model takes {MOST_REFERENCES}")
    if any(one.shape != (GRID, GRID, KEYS) for one in keys) or len(heights) not in {0, len(keys)}:
        raise ModelError("a reference's keys or heights do not fit the supervised model; enrol it again")
    known = heights or [None] * len(keys)
    return {
        "reference_keys": np.stack(keys).astype(np.float32, copy=False),
        "reference_heights": np.stack([height_map(one) for one in known]),
    }


def _chances(logits: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), np.float32)


def _shares(logits: FloatArray) -> FloatArray:
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum(), np.float32)
