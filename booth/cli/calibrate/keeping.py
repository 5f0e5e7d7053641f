"""Keeps what a calibration command found as a new version, and says what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from booth.calibration.outcome import Outcome
from booth.cli.context import print_json, print_table
from booth.config import flatten
from booth.domain.calibrating import CalibratedDevice


@dataclass(frozen=True, slots=True)
class Looked:
    """A picture file that a command read.

    Attributes:
        note: why it was left out, when `used` is False.
    """

    path: Path
    camera_id: str
    used: bool = True
    note: str = ""


def keep(
    outcome: Outcome,
    devices: Sequence[CalibratedDevice],
    pictures: Sequence[Looked],
    made_by: str,
    as_json: bool,
) -> None:
    """Print the results; `advice` goes below them."""
    if as_json:
        print_json({**outcome.results, "passed": outcome.passed, "advice": outcome.advice})
        return
    print_table(("measure", "value"), list(flatten(outcome.results)), title=str(outcome.step))
    for sentence in outcome.advice:
        print(f"→ {sentence}")
