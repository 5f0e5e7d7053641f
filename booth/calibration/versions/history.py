"""What earlier runs measured, as trends over time for the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from booth.calibration.versions.tables import numbers
from booth.domain.calibrating import CalibrationRun, Step
from booth.store.calibrations import Calibrations

RUNS_LIMIT = 500
"""Three shifts a day for half a year."""
LINES_LIMIT = 8
"""More lines than this in one plot cannot be told apart; those with the largest values are shown."""
TRENDS_LIMIT = 12
UNITS = {"_px": "px", "_mm": "mm", "_deg": "°", "_delta_e": "ΔE"}
CHANGES = ("lens_px", "moved_mm", "turned_deg", "colour_delta_e", "tilt_deg", "height_mm")
"""What of a difference is worth following; the rest follows from it."""
LIMIT, LIMITED = "limit", "worst"
"""A drift check's `limit_px` is the limit of its `worst_px`."""
EVERYWHERE = "all"

Points = list[tuple[datetime, float]]


@dataclass(frozen=True, slots=True)
class Trend:
    """One measure over time, a line for each camera.

    Attributes:
        limit: what it must stay below, where that is known.
    """

    measure: str
    unit: str
    lines: dict[str, Points]
    limit: float | None = None


def drift_over_time(store: Calibrations) -> list[Trend]:
    """Every length and angle that drift checks measured."""
    runs = reversed(store.runs(RUNS_LIMIT, Step.DRIFT))
    return _trends(
        (path[-1], _line(path[:-1], run), run.made_at, value)
        for run in runs
        for path, value in _measures(run)
    )


def changes_over_time(store: Calibrations, run: CalibrationRun) -> list[Trend]:
    """How far each accepted calibration, and this one, lay from the one in force before it."""
    accepted = {version for version, decision in store.decisions().items() if decision.accepted}
    runs = [each for each in reversed(store.runs(RUNS_LIMIT)) if each.version in accepted | {run.version}]
    split = [
        (each.made_at, name.rpartition("."), value)
        for each in runs
        for name, value in each.difference.items()
    ]
    return _trends(
        (name, owner, made_at, value) for made_at, (owner, _, name), value in split if name in CHANGES
    )


def _measures(run: CalibrationRun) -> Iterable[tuple[tuple[str, ...], float]]:
    """The numbers of a run's results, each path ended by the part that says the unit."""
    for path, value in numbers(run.results):
        named = next((part for part in reversed(path) if _unit_of(part)), None)
        if named is not None:
            rest = list(path)
            rest.remove(named)
            yield (*rest, named), value


def _line(owners: Sequence[str], run: CalibrationRun) -> str:
    """Whose measure it is: the camera where the path names one."""
    cameras = {device.camera_id for device in run.devices}
    return next((part for part in owners if part in cameras), owners[-1] if owners else EVERYWHERE)


def _trends(measures: Iterable[tuple[str, str, datetime, float]]) -> list[Trend]:
    found: dict[str, dict[str, Points]] = {}
    for measure, line, made_at, value in measures:
        found.setdefault(measure, {}).setdefault(line, []).append((made_at, value))
    limits = {
        name.replace(LIMIT, LIMITED, 1): lines[EVERYWHERE][-1][1]
        for name, lines in found.items()
        if name.startswith(LIMIT) and EVERYWHERE in lines
    }
    shown = [name for name in found if not name.startswith(LIMIT)][:TRENDS_LIMIT]
    return [Trend(name, _unit_of(name), _largest(found[name]), limits.get(name)) for name in shown]


def _unit_of(name: str) -> str:
    return next((unit for end, unit in UNITS.items() if name.endswith(end)), "")


def _largest(lines: dict[str, Points]) -> dict[str, Points]:
    """The lines with the largest values; that of all cameras together only where it stands alone."""
    single = {name: points for name, points in lines.items() if name != EVERYWHERE} or lines
    ranked = sorted(single, key=lambda name: max(abs(value) for _, value in single[name]), reverse=True)
    return {name: single[name] for name in sorted(ranked[:LINES_LIMIT])}
