"""How true a camera's colours are, by a 24-patch colour chart, and the matrix that corrects them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from booth.calibration.outcome import Outcome
from booth.calibration.sensor.chart import Chart, find_chart, fitted_matrix, references
from booth.calibration.sensor.colour_difference import ciede2000, lab
from booth.domain.calibrating import Step
from booth.domain.picture import ColourCorrection
from booth.errors import InputError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CHARTS = ("macbeth24",)
CLIPPED_MAX = 0.01
"""Share of a patch's pixels at the end of the range, beyond which its mean says nothing."""
FEWEST_PATCHES = 18
"""Nine numbers are fitted to three a patch; with fewer patches, whole hues are missing."""
UNEVEN_MAX = 0.12
"""Deviation within a patch as a share of full scale: beyond it glare or a finger lies on it."""
CHART_MAX_DELTA_E = 10.0
"""Mean of the held-out patches. A matrix brings a real chart far below this; what stays above is none."""
DELTA_E_MAX = 5.0
"""Mean of the held-out patches; beyond 5 anyone sees two different colours (Mokrzycki and Tatol, "Color
difference ΔE: a survey", Machine Graphics and Vision 20, 2011)."""
TOO_DARK = 0.35
"""Of the white patch, linear: the shadows then sink into noise."""
WHITE, NEUTRALS = 18, slice(18, 24)
"""The patches of the chart's last row, from white to black."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A chart's correction and the colour differences, (24,) each; NaN where a patch was not usable.

    Attributes:
        held_out: of each patch under the matrix that was fitted to all others.
    """

    matrix: Floats
    before: Floats
    after: Floats
    held_out: Floats


def measure(rgb: Mapping[str, NDArray[np.uint8]], chart: str = "macbeth24") -> Outcome:
    """Fit a correction matrix for every camera that sees the chart.

    Colour differences are CIEDE2000 against the chart's published colours under D65. Differences after the
    correction are smaller on the patches that it was fitted to than on others: `held_out` is the honest one.

    Args:
        rgb: (H, W, 3) uint8, sRGB-encoded as the camera gives it, of each camera id.

    Raises:
        InputError: there is no such chart here, no pictures, or no camera sees the chart.
    """
    if chart not in CHARTS:
        raise InputError(f"'{chart}' is no chart that the booth knows: choose one of {', '.join(CHARTS)}")
    seen = {camera_id: find_chart(picture) for camera_id, picture in rgb.items()}
    if not any(seen.values()):
        raise InputError(
            "no colour chart was found in any picture: lay the whole chart flat on the tray, unshaded, so "
            "that it spans a third of the picture or more"
        )
    fits = {camera_id: _fit(found) for camera_id, found in seen.items() if found is not None}
    matrices = {camera_id: fit.matrix for camera_id, fit in fits.items() if fit is not None}
    return Outcome(
        Step.COLOUR,
        {name: _results(found, fits.get(name)) for name, found in seen.items()},
        passed=len(matrices) == len(rgb) and all(_good(fit) for fit in fits.values()),
        advice=tuple(s for name, found in seen.items() for s in _advice(name, found, fits.get(name))),
        colour={name: ColourCorrection(tuple(float(v) for v in m.ravel())) for name, m in matrices.items()},
        details={f"{name}/heat": fit.held_out.reshape(4, 6) for name, fit in fits.items() if fit},
    )


def usable(found: Chart) -> Bools:
    """Which patches say something, (24,)."""
    ends = np.maximum(found.clipped, found.black)
    return np.asarray((ends <= CLIPPED_MAX) & (found.spread <= UNEVEN_MAX))


def _fit(found: Chart) -> Fit | None:
    """The correction from the usable patches; None where they are too few or nothing like the chart."""
    good = np.flatnonzero(usable(found))
    if len(good) < FEWEST_PATCHES:
        return None
    source, true = found.linear[good], references()[good]
    matrix = fitted_matrix(source, true)
    held_out = np.stack(
        [source[i] @ fitted_matrix(np.delete(source, i, 0), np.delete(true, i, 0)) for i in range(len(good))]
    )
    before, after, left_out = (
        _spread_out(_apart(value, true), good) for value in (source, source @ matrix, held_out)
    )
    if float(np.nanmean(left_out)) > CHART_MAX_DELTA_E:
        return None
    return Fit(matrix, before, after, left_out)


def _apart(linear: Floats, true: Floats) -> Floats:
    return ciede2000(lab(linear), lab(true))


def _spread_out(values: Floats, places: NDArray[np.int64]) -> Floats:
    all_patches = np.full(24, np.nan)
    all_patches[places] = values
    return all_patches


def _results(found: Chart | None, fit: Fit | None) -> dict[str, object]:
    if found is None:
        return {"chart_found": False}
    results: dict[str, object] = {
        "chart_found": True,
        "patches_used": int(np.count_nonzero(usable(found))),
        "patches_clipped": int(np.count_nonzero(found.clipped > CLIPPED_MAX)),
        "patches_black": int(np.count_nonzero(found.black > CLIPPED_MAX)),
        "patches_uneven": int(np.count_nonzero(found.spread > UNEVEN_MAX)),
        "white_linear_share": round(float(found.linear[WHITE].mean()), 4),
    }
    if fit is None:
        return results
    for name, values in (("before", fit.before), ("after", fit.after), ("held_out", fit.held_out)):
        results[f"delta_e00_{name}_mean"] = round(float(np.nanmean(values)), 3)
        results[f"delta_e00_{name}_max"] = round(float(np.nanmax(values)), 3)
    results["worst_patch"] = int(np.nanargmax(fit.held_out)) + 1
    results["matrix"] = [[round(float(v), 6) for v in row] for row in fit.matrix]
    return results


def _good(fit: Fit | None) -> bool:
    return fit is not None and float(np.nanmean(fit.held_out)) <= DELTA_E_MAX


def _advice(camera_id: str, found: Chart | None, fit: Fit | None) -> list[str]:
    if found is None:
        return [
            f"{camera_id}: it sees no whole colour chart: lay the chart where this camera sees all of it."
        ]
    enough = np.count_nonzero(usable(found)) >= FEWEST_PATCHES
    if fit is None and enough:
        return [f"{camera_id}: what was found is no 24-patch chart, or coloured light falls on it."]
    said = _advice_on_patches(camera_id, found)
    if fit is None:
        said.append(f"{camera_id}: too few patches can be used, so its colours were not corrected.")
    elif not _good(fit):
        said.append(
            f"{camera_id}: colours stay {np.nanmean(fit.held_out):.1f} ΔE off: light the chart evenly, keep "
            "other light out, and switch the camera's automatic white balance off."
        )
    return said


def _advice_on_patches(camera_id: str, found: Chart) -> list[str]:
    said = []
    clipped, uneven = found.clipped > CLIPPED_MAX, found.spread > UNEVEN_MAX
    if clipped.any():
        said.append(
            f"{camera_id}: {np.count_nonzero(clipped)} of 24 patches are over-exposed: shorten the exposure "
            "until the white patch stays below 250, or light the chart more evenly."
        )
    if (uneven & ~clipped).any():
        said.append(
            f"{camera_id}: {np.count_nonzero(uneven)} of 24 patches are uneven: turn the chart out of glare."
        )
    if found.linear[WHITE].mean() < TOO_DARK:
        said.append(f"{camera_id}: the chart is dark: lengthen the exposure or brighten the light.")
    return said
