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


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a reference's state; `was` is empty where it came in."""

    at: str
    who: str
    was: str
    became: ReferenceState
    why: str


@dataclass(frozen=True, slots=True)
class Vetting:
    """What a reference was found to be against the others of its design and view.

    Attributes:
        finding: `good`, `suspect`, or `unknown` where there were too few others to tell.
        others: how many it was held against.
        distance: how far it is from them, 1 being what good items hardly pass; None where it is not known.
    """

    finding: str
    others: int
    distance: float | None
    why: str


@dataclass(frozen=True, slots=True)
class KeptReference:
    """One reference as the store knows it, without its pictures.

    Attributes:
        number: its row; the order of enrolment.
        sample: the item that it was a view of, or empty where a person enrolled its picture.
        distance: how far that item was from the references then, or None.
        vetting: what it was found to be last, or None before.
        proposal: the open proposal of a design version that it is part of, or None.
    """

    number: int
    gtin: str
    design: str
    view: str
    reference_id: str
    state: ReferenceState
    enrolled_at: str
    trunk: str
    sample: str
    calibration: str
    distance: float | None
    vetting: Vetting | None
    proposal: int | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A design version that the booth proposes, of references that are alike and unlike the active ones.

    Attributes:
        state: `open`, `accepted` or `rejected`.
        samples: the items that speak for it.
    """

    number: int
    gtin: str
    design: str
    made_at: str
    state: str
    why: str
    references: tuple[int, ...]
    samples: tuple[str, ...]
