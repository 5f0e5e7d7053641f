"""A capture once kept, and the words that people add to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from booth.domain.picture import Capture
from booth.domain.product import Identification
from booth.domain.terms import DamageType, DispositionKind, Outcome, Part, Severity
from booth.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Annotation:
    """A person's mark on one view: two points are a box, three or more a polygon."""

    annotation_id: str
    view: str
    points: tuple[tuple[float, float], ...]
    type: DamageType
    severity: Severity
    part: Part
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Disposition:
    """What was decided for the item, and by which rule or whom."""

    kind: DispositionKind
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class SiteIdentity:
    """How the site knows the item; any part may be empty. `source` is `scanned` or `typed`."""

    licence_plate: str = ""
    tote: str = ""
    order: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Closing:
    """The words that end an item's visit to the tray.

    Attributes:
        gtin: the product as confirmed, or empty when it stayed unknown.
        gtin_source: `barcode`; `evidence`, where the booth settled on it without a whole code; `associate`;
            or empty.
        person_outcome: the associate's own answer to "is it damaged?", or None when not asked.
        verdicts: verdicts made after the sample was kept (the product was corrected), oldest first.
        identifications: searches made after the sample was kept (words were read), oldest first.
    """

    closed_at: datetime
    closed_by: str
    gtin: str
    gtin_source: str
    person_outcome: Outcome | None
    identity: SiteIdentity = field(default_factory=SiteIdentity)
    annotations: tuple[Annotation, ...] = ()
    disposition: Disposition | None = None
    verdicts: tuple[Verdict, ...] = ()
    identifications: tuple[Identification, ...] = ()


@dataclass(frozen=True, slots=True)
class Amendment:
    """A later word on a closed sample; create-only, readers take the last of the chain.

    Attributes:
        predecessor: the amendment this one follows, or empty when it is the first.
        changes: field name of Closing to its new value, as JSON-ready data.
    """

    amendment_id: str
    sample_id: str
    predecessor: str
    made_at: datetime
    made_by: str
    changes: Mapping[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A capture once kept, with everything that was said of it."""

    sample_id: str
    booth_id: str
    kept_at: datetime
    capture: Capture
    identification: Identification
    verdicts: tuple[Verdict, ...] = ()
    closing: Closing | None = None
    amendments: tuple[Amendment, ...] = ()
