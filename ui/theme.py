"""The screen's profile and its look: every length comes from millimetres, colour is kept for the abnormal."""

from __future__ import annotations

import math
from enum import Enum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from PySide6.QtGui import QColor, QFont, QFontDatabase

from booth.domain.terms import Outcome
from booth.errors import ConfigError
from booth.ports.service import Options

PRIMARY_MM = 20.0
"""Least side of a target that carries the flow: a gloved fingertip (DESIGN, the screen)."""
SECONDARY_MM = 15.0
"""Least side of every other target."""

GROUND = QColor("#ECEDEF")
CARD = QColor("#FFFFFF")
INK = QColor("#1D242B")
SOFT_INK = QColor("#55606B")
LINE = QColor("#8C949D")
HAIR = QColor("#D5D9DE")
SHADE = QColor("#F5F6F7")
PRESSED = QColor("#DDE1E5")
FADED = QColor("#9BA3AB")
RED = QColor("#B3261E")
AMBER = QColor("#8F5A00")
AMBER_GROUND = QColor("#FFF3DC")
RED_GROUND = QColor("#FBE9E7")


class Text(Enum):
    """The sizes of writing, in millimetres of the em; the least can be read at arm's length."""

    CAPTION = 4.7
    BODY = 5.4
    LEAD = 6.4
    TITLE = 8.2
    HERO = 12.5


class Profile(BaseModel):
    """The screen's own table of booth.toml.

    Attributes:
        width_mm: physical width of the glass, from which every target is sized.
        associate: the pseudonym that marks and dispositions are signed with.
        technician: the pseudonym that calibrations are signed with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    width_px: int = Field(default=1280, ge=640, le=7680)
    height_px: int = Field(default=800, ge=400, le=4320)
    width_mm: float = Field(default=344.0, ge=150.0, le=2000.0)
    fullscreen: bool = False
    associate: str = Field(default="associate", min_length=1, max_length=64)
    technician: str = Field(default="technician", min_length=1, max_length=64)
    language: Literal["en"] = "en"


class Theme:
    """Lengths and fonts of one profile."""

    def __init__(self, profile: Profile) -> None:
        self._px_per_mm = profile.width_px / profile.width_mm
        self._family = _family()

    def px(self, length_mm: float) -> int:
        """The fewest whole pixels that are at least `length_mm` long."""
        return math.ceil(length_mm * self._px_per_mm)

    def font(self, size: Text, bold: bool = False) -> QFont:
        """The screen's typeface in one of its sizes."""
        font = QFont(self._family)
        font.setPixelSize(self.px(size.value))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font


def profile_from(options: Options) -> Profile:
    """Check the screen's options.

    Raises:
        ConfigError: a key is unknown or its value impossible; the message names it.
    """
    try:
        return Profile.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"screen.{key}: {first['msg']}") from error


def outcome_colour(outcome: Outcome | None) -> QColor:
    """Ink for what is normal; red and amber for what is not."""
    table = {Outcome.DAMAGED: RED, Outcome.UNSURE: AMBER}
    return table.get(outcome, INK) if outcome is not None else SOFT_INK


def _family() -> str:
    families = set(QFontDatabase.families())
    return next((name for name in ("Noto Sans", "DejaVu Sans") if name in families), QFont().family())
