"""The report of a calibration run: one HTML page that stands alone, for a technician to print and sign."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from booth.calibration.versions import plots
from booth.calibration.versions.accepting import accepted_run
from booth.calibration.versions.array_plot import layout_from_above
from booth.calibration.versions.difference import results_difference
from booth.calibration.versions.history import LINES_LIMIT, changes_over_time, drift_over_time
from booth.calibration.versions.tables import difference_tables, tables_of
from booth.domain.calibrating import CalibrationRun, Decision, KeptPicture, Step
from booth.domain.picture import Calibration
from booth.domain.terms import now
from booth.errors import InputError, StoreError
from booth.store.calibration_files import RUN_FILE
from booth.store.calibrations import Calibrations
from booth.store.picture_files import read_picture

TEMPLATE = "report.html.j2"
THUMBNAIL_PX = 240
THUMBNAILS_LIMIT = 96
"""A thumbnail takes about 8 kB of the page."""
PLOTS_LIMIT = 120
MM_PER_INCH = 25.4
ALONE = (Step.LIGHT, Step.FOCUS, Step.EXPOSURE)
"""Steps that change no calibration: their results are compared instead."""
PNG_WIDTH = slice(16, 20)
"""Where a PNG file says how many pixels wide it is, big-endian (PNG 1.2, 11.2.2)."""

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Heat:
    """What a step's maps show.

    Attributes:
        least: what their colours span at least.
    """

    title: str
    note: str
    unit: str
    least: tuple[float, float] | None


HEATS = {
    Step.LIGHT: Heat(
        "Light", "How bright the plain sheet is seen, against its brightest place. Blank: no sheet there.",
        "share of the brightest", (0.5, 1.0),
    ),
    Step.DEPTH: Heat(
        "Depth", "How far depth reads too far (red) or too near (blue). Blank: the target was not there.",
        "% of the distance", (-1.0, 1.0),
    ),
    Step.FOCUS: Heat(
        "Focus", "MTF50 in each ninth of the picture; more is sharper. Blank: too few edges there.",
        "cycles a pixel", (0.0, 0.3),
    ),
    Step.COLOUR: Heat(
        "Colour", "How far each patch of the chart stays off, under the matrix that the others led to.",
        "ΔE00", (0.0, 5.0),
    ),
}  # fmt: skip
OTHER_HEAT = Heat("Map", "What was measured in each part of the picture.", "", None)


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot as a data URI, and how wide it is printed."""

    uri: str
    width_mm: float


@dataclass(frozen=True, slots=True)
class Section:
    """Plots under one heading."""

    title: str
    note: str
    plots: tuple[Plot, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture's row: its thumbnail as a data URI, or empty."""

    picture: KeptPicture
    thumbnail: str


def report(store: Calibrations, version: str) -> str:
    """The page of this run, as it stands with the decisions of today.

    Raises:
        StoreError: there is no such run, or what it says is damaged; other files that were changed or lost
            are told on the page.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup, escape

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["instant"] = lambda when: f"{when:%Y-%m-%d %H:%M} UTC"
    environment.filters["breakable"] = lambda name: escape(name).replace("_", Markup("_<wbr>"))
    template = environment.from_string(
        files("booth.calibration.versions").joinpath(TEMPLATE).read_text("utf-8")
    )
    return template.render(_told(store, store.run(version)))


def _told(store: Calibrations, run: CalibrationRun) -> dict[str, object]:
    """Everything that the template speaks of."""
    camera_ids = _camera_ids(run)
    decision = store.decision(run.version)
    compared_with, change = _change(store, run)
    return {
        "run": run,
        "decision": decision,
        "standing": _standing(store, run, decision),
        "results": tables_of(run.results, camera_ids),
        "compared_with": compared_with,
        "difference": difference_tables(change, camera_ids) if change else None,
        "sections": tuple(_sections(store, run)),
        "pictures": tuple(_pictures(store, run)),
        "problems": store.problems(run.version),
        "record_sha256": store.hashes(run.version).get(RUN_FILE, ""),
        "printed_at": now(),
        "program": f"damage-booth {metadata.version('damage-booth')}",
    }


def _change(store: Calibrations, run: CalibrationRun) -> tuple[str, Mapping[str, float]]:
    """The version that was accepted last before this run, or empty, and how far the run lies from it."""
    if run.step not in ALONE:
        return run.based_on, run.difference
    before = accepted_run(store, run.step, before=run.version)
    return (before.version, results_difference(before.results, run.results)) if before else ("", {})


def _camera_ids(run: CalibrationRun) -> tuple[str, ...]:
    """The cameras in the order of the devices, then those that only pictures or differences name."""
    named = [device.camera_id for device in run.devices] + [picture.camera_id for picture in run.pictures]
    owners = (name.rpartition(".")[0] for name in run.difference)
    return tuple(
        dict.fromkeys(each for each in (*named, *owners) if each and each not in ("tray", "markers"))
    )


def _standing(store: Calibrations, run: CalibrationRun, decision: Decision | None) -> str:
    if decision is None:
        return "not decided"
    if not decision.accepted:
        return "rejected"
    try:
        return "accepted, in force" if store.version_in_force() == run.version else "accepted"
    except StoreError:  # another version's files are damaged: that is told where that one is used
        return "accepted"


def _sections(store: Calibrations, run: CalibrationRun) -> Iterator[Section]:
    calibration = _calibration(store, run)
    details, heat = _details(store, run.version), HEATS.get(run.step, OTHER_HEAT)
    sizes = {
        name: (each.intrinsics.width, each.intrinsics.height) for name, each in calibration.cameras.items()
    }
    drawn = (
        ("Residuals", "Where points were seen, and which way the model misses them; arrows enlarged.",
         "residuals", _is_residuals, lambda name, array: plots.residual_quiver(name, array, sizes.get(name))),
        ("Coverage", "Points in each cell of the picture. Empty cells: the lens is not known there.",
         "coverage", _is_map, plots.coverage_map),
        (heat.title, heat.note, "heat", _is_map,
         lambda name, array: plots.heat_map(name, array, heat.unit, heat.least)),
    )  # fmt: skip
    for title, note, kind, fits, draw in drawn:
        found = tuple(_drawn(details, kind, fits, draw))
        if found:
            yield Section(title, note, found)
    layout = layout_from_above(calibration)
    if layout is not None:
        yield Section("Array", f"As calibrated by {calibration.version}.", (_plot(layout),))
    yield from _time_sections(store, run)


def _details(store: Calibrations, version: str) -> Mapping[str, Array]:
    try:
        return store.details(version)
    except StoreError:  # that they are damaged or lost is told on the page
        return {}


def _time_sections(store: Calibrations, run: CalibrationRun) -> Iterator[Section]:
    for title, note, trends in (
        ("Drift over time",
         f"What the drift checks measured; the worst {LINES_LIMIT} cameras. Dashed: the limit.",
         drift_over_time(store)),
        ("From calibration to calibration", "How far each one lay from the one in force before it.",
         changes_over_time(store, run)),
    ):  # fmt: skip
        if trends:
            yield Section(title, note, tuple(_plot(plots.over_time(each)) for each in trends))


def _calibration(store: Calibrations, run: CalibrationRun) -> Calibration:
    """The calibration that the run leads to, else the one that it was measured under, else an empty one."""
    for version in (run.version, run.based_on):
        try:
            if version and store.carries(version):
                return store.load(version)
        except StoreError:  # the damage is told on the page, or belongs to another version
            continue
    return Calibration("", {})


def _drawn(
    details: Mapping[str, Array],
    kind: str,
    fits: Callable[[Array], bool],
    draw: Callable[[str, Array], bytes],
) -> Iterator[Plot]:
    chosen = [name for name, array in details.items() if name.rpartition("/")[2] == kind and fits(array)]
    for name in chosen[:PLOTS_LIMIT]:
        yield _plot(draw(name.rpartition("/")[0], details[name].astype(np.float64)))


def _is_residuals(array: Array) -> bool:
    return array.dtype.kind in "fiu" and array.ndim == 2 and array.shape[1] == 4


def _is_map(array: Array) -> bool:
    return array.dtype.kind in "fiu" and array.ndim == 2 and array.size > 0


def _pictures(store: Calibrations, run: CalibrationRun) -> Iterator[Shown]:
    copies = store.hashes(run.version)
    left = THUMBNAILS_LIMIT
    for picture in run.pictures:
        kept = picture.name in copies and left > 0
        left -= kept
        yield Shown(picture, _thumbnail(store, run.version, picture.name) if kept else "")


def _thumbnail(store: Calibrations, version: str, name: str) -> str:
    try:
        rgb = read_picture(store.picture(version, name))
    except (InputError, StoreError):  # no picture, such as a film, or one that was changed, which is told
        return ""
    small = Image.fromarray(rgb)
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=75)
    return _uri("image/jpeg", file.getvalue())


def _plot(png: bytes) -> Plot:
    return Plot(_uri("image/png", png), int.from_bytes(png[PNG_WIDTH], "big") / plots.DPI * MM_PER_INCH)


def _uri(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
