"""The closed vocabularies of the booth, its clock and its ids."""

import secrets
from datetime import UTC, datetime
from enum import StrEnum


class ClockDomain(StrEnum):
    """Whose clock stamped a frame."""

    NONE = "none"
    HARDWARE = "hardware"
    SYSTEM = "system"
    GLOBAL = "global"


class DamageType(StrEnum):
    """What happened to the item."""

    CRUSH = "crush"
    TEAR = "tear"
    HOLE = "hole"
    DECONSTRUCTION = "deconstruction"
    SPILLAGE = "spillage"
    MISSING_UNIT = "missing_unit"


class Severity(StrEnum):
    """How bad it is."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"


class Part(StrEnum):
    """What is damaged: the product itself, or packaging that may be recycled anyway."""

    PRODUCT = "product"
    PACKAGING = "packaging"


class Outcome(StrEnum):
    """The answer to "is it damaged?"; unsure means that a person decides."""

    OK = "ok"
    DAMAGED = "damaged"
    UNSURE = "unsure"


class Condition(StrEnum):
    """What keeps a view from being judged as it should be; a verdict names each."""

    BLACK = "black"
    SATURATED = "saturated"
    BLURRED = "blurred"
    NO_ITEM = "no_item"
    OTHER_ITEM = "other_item"
    """It looks like none of the product's references."""
    MISSING_VIEW = "missing_view"
    DEPTH_UNUSABLE = "depth_unusable"
    """There is a depth map, and it says nothing: all zero, or not finite."""
    NO_REFERENCE = "no_reference"


class DispositionKind(StrEnum):
    """What happens to the item next; isolate is a person's word for a leak or a hazardous good."""

    SELL = "sell"
    DISCOUNT = "discount"
    REFURBISH = "refurbish"
    DONATE = "donate"
    DISPOSE = "dispose"
    ISOLATE = "isolate"


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def new_id(prefix: str) -> str:
    """An id that sorts by time and never repeats: `prefix-20261120T092500123456-9f3a1c`."""
    return f"{prefix}-{now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
