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
from booth.calibration.versions.array_plot import layout_from_above
from booth.calibration.versions.history import changes_over_time, drift_over_time
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
HEAT_TITLES = {Step.LIGHT: "Light", Step.DEPTH: "Depth", Step.FOCUS: "Focus", Step.COLOUR: "Colour"}
PNG_WIDTH = slice(16, 20)
"""Where a PNG file says how many pixels wide it is, big-endian (PNG 1.2, 11.2.2)."""

Array = NDArray[Any]


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
        StoreError: there is no such run, or what it says is damaged; changed pictures are told on the page.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["instant"] = lambda when: f"{when:%Y-%m-%d %H:%M} UTC"
    template = environment.from_string(
        files("booth.calibration.versions").joinpath(TEMPLATE).read_text("utf-8")
    )
    return template.render(_told(store, store.run(version)))


def _told(store: Calibrations, run: CalibrationRun) -> dict[str, object]:
    """Everything that the template speaks of."""
    camera_ids = _camera_ids(run)
    decision = store.decision(run.version)
    return {
        "run": run,
        "decision": decision,
        "standing": _standing(store, run, decision),
        "results": tables_of(run.results, camera_ids),
        "difference": difference_tables(run.difference, camera_ids),
        "sections": tuple(_sections(store, run)),
        "pictures": tuple(_pictures(store, run)),
        "problems": store.problems(run.version),
        "record_sha256": store.hashes(run.version).get(RUN_FILE, ""),
        "printed_at": now(),
        "program": f"damage-booth {metadata.version('damage-booth')}",
    }


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
    details = store.details(run.version)
    sizes = {
        name: (each.intrinsics.width, each.intrinsics.height) for name, each in calibration.cameras.items()
    }
    drawn = (
        ("Residuals", "Where points were seen, and which way the model misses them; arrows enlarged.",
         "residuals", _is_residuals, lambda name, array: plots.residual_quiver(name, array, sizes.get(name))),
        ("Coverage", "Points in each cell of the picture. Empty cells: the lens is not known there.",
         "coverage", _is_map, plots.coverage_map),
        (HEAT_TITLES.get(run.step, "Map"), "What was measured in each part of the picture.",
         "heat", _is_map, plots.heat_map),
    )  # fmt: skip
    for title, note, kind, fits, draw in drawn:
        found = tuple(_drawn(details, kind, fits, draw))
        if found:
            yield Section(title, note, found)
    layout = layout_from_above(calibration)
    if layout is not None:
        yield Section("Array", "", (_plot(layout),))
    yield from _time_sections(store, run)


def _time_sections(store: Calibrations, run: CalibrationRun) -> Iterator[Section]:
    for title, note, trends in (
        ("Drift over time", "What the drift checks measured.", drift_over_time(store)),
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
