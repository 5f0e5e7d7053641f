"""What the store says of references without their pictures and features."""

from __future__ import annotations

from dataclasses import dataclass

from booth.store.gallery_schema import ReferenceState


@dataclass(frozen=True, slots=True)
class Source:
    """Where a reference comes from, and how far it has come with that.

    Attributes:
        sample: the item that it was a view of, or empty.
        calibration: the version that its picture was taken under, or empty.
        distance: how far that item was from the references then, 1 being what good items hardly pass; None
            where it was compared with none.
    """

    who: str = ""
    why: str = "enrolled"
    state: ReferenceState = ReferenceState.ACTIVE
    sample: str = ""
    calibration: str = ""
    distance: float | None = None


@dataclass(frozen=True, slots=True)
class GalleryRow:
    """How many references of one state and trunk a product's view has."""

    gtin: str
    design: str
    view: str
    trunk: str
    state: ReferenceState
    references: int
    enrolled_at: str
