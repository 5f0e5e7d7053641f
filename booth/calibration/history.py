"""What earlier runs measured, as series over time for the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from booth.calibration.report_tables import numbers
from booth.domain.calibrating import CalibrationRun, Step
from booth.store.calibrations import Calibrations

RUNS_LIMIT = 500
"""Three shifts a day for half a year."""
SERIES_LIMIT = 8
"""More lines than this in one plot cannot be told apart; the largest ones are shown."""
UNITS = {"_px": "px", "_mm": "mm", "_deg": "°", "_delta_e": "ΔE"}

Measure = tuple[str, datetime, float]
SeriesByUnit = dict[str, dict[str, list[tuple[datetime, float]]]]


def drift_over_time(store: Calibrations) -> SeriesByUnit:
    """Every length and angle that drift checks measured, by unit, by name."""
    runs = reversed(store.runs(RUNS_LIMIT, Step.DRIFT))
    return _by_unit((name, run.made_at, value) for run in runs for name, value in numbers(run.results))


def changes_over_time(store: Calibrations, run: CalibrationRun) -> SeriesByUnit:
    """How far each accepted calibration, and this one, lay from the one in force before it."""
    decisions = store.decisions()
    accepted = {version for version, decision in decisions.items() if decision.accepted}
    wanted = accepted | {run.version}
    runs = [each for each in reversed(store.runs(RUNS_LIMIT)) if each.version in wanted]
    return _by_unit(_changes(runs))


def _changes(runs: Iterable[CalibrationRun]) -> Iterator[Measure]:
    for run in runs:
        if run.step is not Step.DRIFT:
            yield from ((name, run.made_at, value) for name, value in run.difference.items())


def _by_unit(measures: Iterable[Measure]) -> SeriesByUnit:
    found: SeriesByUnit = {}
    for name, made_at, value in measures:
        unit = _unit_of(name)
        if unit:
            found.setdefault(unit, {}).setdefault(name, []).append((made_at, value))
    return {unit: _largest(series) for unit, series in found.items()}


def _unit_of(name: str) -> str:
    """The unit that a dotted name speaks of, in its last part that has one: `moved_mm.left` is in mm."""
    parts = reversed(name.split("."))
    return next((UNITS[end] for part in parts for end in UNITS if part.endswith(end)), "")


def _largest(series: dict[str, list[tuple[datetime, float]]]) -> dict[str, list[tuple[datetime, float]]]:
    ranked = sorted(series, key=lambda name: max(abs(value) for _, value in series[name]), reverse=True)
    return {name: series[name] for name in ranked[:SERIES_LIMIT]}
