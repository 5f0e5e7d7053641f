"""Takes the features of kept pictures again, once a better trunk is there: no picture is asked for twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from booth.domain.picture import Calibration, Frame, View
from booth.errors import StoreError
from booth.gallery.enrol import references_of
from booth.ports.seeing import Perception
from booth.store.reference_rows import KeptReference
from booth.store.references import References
from booth.store.standing import Standing

log = logging.getLogger(__name__)

Told = Callable[[int, int], None]
CalibrationOf = Callable[[str], Calibration | None]
"""The calibration of a version; of an empty one, what a picture without one is looked at with."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """What came of it.

    Attributes:
        failed: references whose pictures cannot be read, each with why; they stay as they were.
    """

    renewed: int
    failed: tuple[tuple[KeptReference, str], ...]


def renew(
    perception: Perception,
    references: References,
    standing: Standing,
    calibration_of: CalibrationOf,
    told: Told = lambda done, total: None,
) -> Renewal:
    """Enrol every kept picture again whose features another trunk made; their states stay.

    Cut off, it goes on where it was.

    Raises:
        ModelError: a network fails.
        StoreError: the gallery cannot be written.
    """
    stale = [row for row in standing.rows() if row.trunk != perception.trunk]
    failed: list[tuple[KeptReference, str]] = []
    for done, row in enumerate(stale, start=1):
        try:
            picture = references.picture_of(row.number)
        except StoreError as error:
            log.error("a reference of %s cannot be enrolled again: %s", row.gtin, error)
            failed.append((row, str(error)))
        else:
            frame = Frame(row.view, picture.rgb, picture.depth_mm, host_ns=0, sequence=0)
            view = View(row.view, frame)
            original, *turned = references_of(perception, view, calibration_of(row.calibration))
            references.add(row.gtin, row.design, original, picture.rgb, turned, picture.depth_mm)
        told(done, len(stale))
    return Renewal(len(stale) - len(failed), tuple(failed))
