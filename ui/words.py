"""The words of the closed vocabularies, ready for translation."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication

from booth.domain.calibrating import Step
from booth.domain.device import DeviceState
from booth.domain.product import Product
from booth.domain.sample import SiteIdentity
from booth.domain.terms import DamageType, DispositionKind, Outcome, Part, Severity

VERSION = re.compile(r"calibration-(\d{8}T\d{6})\d{6}-([0-9a-f]{6})")
"""A version as the booth names it: see booth.domain.terms.new_id."""


def damage_word(kind: DamageType) -> str:
    """The damage type, in at most two words."""
    tr = QCoreApplication.translate
    return {
        DamageType.CRUSH: tr("Words", "Crush"),
        DamageType.TEAR: tr("Words", "Tear"),
        DamageType.HOLE: tr("Words", "Hole"),
        DamageType.DECONSTRUCTION: tr("Words", "Fallen apart"),
        DamageType.SPILLAGE: tr("Words", "Spill"),
        DamageType.MISSING_UNIT: tr("Words", "Missing unit"),
    }[kind]


def severity_word(severity: Severity) -> str:
    """How bad it is, in one word."""
    tr = QCoreApplication.translate
    return {
        Severity.NONE: tr("Words", "None"),
        Severity.MINOR: tr("Words", "Minor"),
        Severity.MAJOR: tr("Words", "Major"),
    }[severity]


def part_word(part: Part) -> str:
    """What is damaged, in one word."""
    tr = QCoreApplication.translate
    return {Part.PRODUCT: tr("Words", "Product"), Part.PACKAGING: tr("Words", "Packaging")}[part]


def evidence_words(kind: str) -> str:
    """What a kind of evidence says of a place, in plain words."""
    tr = QCoreApplication.translate
    missing = tr("Words", "Missing beside the reference")
    return {
        "foreign": tr("Words", "Unlike the reference: something is there that it does not have"),
        "missing": missing,
        "coverage": missing,
        "supervised": tr("Words", "Looks damaged by itself"),
        "conditioned": tr("Words", "Looks damaged beside the reference"),
        "height": tr("Words", "Lower than the reference"),
        "beside": tr("Words", "Something lies beside the item"),
        "parts": tr("Words", "A part is missing"),
    }.get(kind, tr("Words", "Stands out"))


def outcome_word(outcome: Outcome | None) -> str:
    """The answer to "is it damaged?"; None is an item that nothing judged."""
    tr = QCoreApplication.translate
    if outcome is None:
        return tr("Words", "Not judged")
    return {
        Outcome.OK: tr("Words", "Undamaged"),
        Outcome.DAMAGED: tr("Words", "Damaged"),
        Outcome.UNSURE: tr("Words", "Not sure"),
    }[outcome]


def disposition_word(kind: DispositionKind) -> str:
    """What happens to the item, in one word."""
    tr = QCoreApplication.translate
    return {
        DispositionKind.SELL: tr("Words", "Sell"),
        DispositionKind.DISCOUNT: tr("Words", "Discount"),
        DispositionKind.REFURBISH: tr("Words", "Refurbish"),
        DispositionKind.DONATE: tr("Words", "Donate"),
        DispositionKind.DISPOSE: tr("Words", "Dispose"),
        DispositionKind.ISOLATE: tr("Words", "Isolate"),
    }[kind]


def device_state_word(state: DeviceState) -> str:
    """How a device is doing, in one word."""
    tr = QCoreApplication.translate
    return {
        DeviceState.OPENING: tr("Words", "Opening"),
        DeviceState.LIVE: tr("Words", "Live"),
        DeviceState.STALE: tr("Words", "Silent"),
        DeviceState.LOST: tr("Words", "Lost"),
    }[state]


def step_word(step: Step) -> str:
    """What is calibrated, in one word."""
    tr = QCoreApplication.translate
    return {
        Step.INTRINSICS: tr("Words", "Lens"),
        Step.STEREO: tr("Words", "Stereo"),
        Step.ARRAY: tr("Words", "Array"),
        Step.TRAY: tr("Words", "Tray"),
        Step.DEPTH: tr("Words", "Depth"),
        Step.COLOUR: tr("Words", "Colour"),
        Step.LIGHT: tr("Words", "Light"),
        Step.FOCUS: tr("Words", "Focus"),
        Step.EXPOSURE: tr("Words", "Exposure"),
        Step.DRIFT: tr("Words", "Drift"),
    }[step]


def version_line(version: str) -> str:
    """A calibration's version for the eye: when it was made, on the booth's clock, and how its name ends."""
    found = VERSION.fullmatch(version)
    if found is None:
        return version
    made_at = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return f"{moment(made_at)}  ·  {found[2]}"


def moment(when: datetime) -> str:
    """Day and time on the booth's own clock."""
    return when.astimezone().strftime("%Y-%m-%d  %H:%M")


def product_line(product: Product) -> str:
    """Size, GTIN and brand in one line, leaving out what the catalogue does not have."""
    return "  ·  ".join(part for part in (product.size, product.gtin, product.brand) if part)


def identity_line(identity: SiteIdentity) -> str:
    """The parts of the site's identity that are set, in one line; empty when none is."""
    return "  ·  ".join(part for part in (identity.licence_plate, identity.tote, identity.order) if part)
