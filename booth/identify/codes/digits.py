"""How probable each digit is in each place of a symbol, from its scan lines, by fitting deformable templates.

After Gallo and Manduchi, Reading 1D Barcodes with Mobile Phones Using Deformable Templates, IEEE PAMI 33(9),
2011: a digit's waveform is compared with each of its templates, which may shift, blur and spread a little.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from booth.identify.codes.strips import QUIET, Line
from booth.identify.codes.symbols import DIGIT_MODULES, Layout
from booth.identify.codes.templates import PER_MODULE, Floats, bank, unit

Logs = NDArray[np.float64]

LOOKS = tuple((blur, spread) for blur in (0.3, 0.5, 0.75) for spread in (-0.25, 0.0, 0.25))
"""Blur and spread of ink, in modules."""
DRIFT = 9
"""Samples by which a digit may lie off where a plane would have it: a module and a half, on what is round or
crumpled."""
AROUND = (-3, -2, -1, 0, 1, 2, 3)
"""Samples about the line's drift that are tried for each digit by itself."""
DRIFT_COST, STEP_COST, SHIFT_COST = 0.001, 0.02, 0.006
"""Of correlation: a sample off the plane, a sample more than the digit before, a sample off the drift."""
FREEDOMS = 5.0
"""Independent values in a digit's nine modules, less what gain, offset and shift take."""
OUTLIER = 0.02
"""Share of a line's cells whose waveform tells nothing of the digit: glare, dirt, a scratch."""


def log_probabilities(lines: Sequence[Line], layout: Layout) -> Logs:
    """Natural logarithm of P(digit | line) under equal priors, (lines, cells, 2, 10).

    The likelihood of a waveform of unknown gain, offset and noise is (1 - r²)^(-n/2), r its correlation with
    the template, n its independent values. Right cells have one number set: their second row is -inf.
    """
    fits = _fits(np.stack([line.samples for line in lines]), layout)
    logs = -FREEDOMS / 2 * np.log(1.0 - np.clip(fits.astype(np.float64), 0.0, 0.995) ** 2)
    logs[:, layout.left :, 1] = -np.inf
    share = np.exp(logs - logs.max(axis=(2, 3), keepdims=True))
    share /= share.sum(axis=(2, 3), keepdims=True)
    sets = np.where(np.arange(len(layout.cells)) < layout.left, 2, 1)[None, :, None, None]
    mixed = (1 - OUTLIER) * share + OUTLIER / (10 * sets)
    mixed[:, layout.left :, 1] = 0.0
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(mixed))


def _fits(samples: Floats, layout: Layout) -> Floats:
    """Correlations (lines, cells, 2, 10) under the look that fits each line best."""
    reach = DRIFT + max(AROUND)
    shifts = np.arange(-reach, reach + 1)
    starts = (np.array(layout.cells) - 1 + QUIET) * PER_MODULE
    at = starts[:, None, None] + shifts[None, :, None] + np.arange((DIGIT_MODULES + 2) * PER_MODULE)
    waves = unit(samples[:, at])
    drift = _drift(waves[:, :, max(AROUND) : -max(AROUND)], layout)
    near = drift[:, :, None] + np.array(AROUND) + reach
    waves = np.take_along_axis(waves, near[..., None], axis=2)
    looks = np.stack([_under(waves, look, layout) for look in LOOKS])
    best = looks.max(axis=(3, 4)).mean(axis=2).argmax(axis=0)
    return np.asarray(looks[best, np.arange(len(samples))], np.float32)


def _under(waves: Floats, look: tuple[float, float], layout: Layout) -> Floats:
    cost = SHIFT_COST * np.abs(np.array(AROUND, np.float32)) ** 1.5
    fits = np.full((*waves.shape[:2], 2, 10), -1.0, np.float32)
    left, right = waves[:, : layout.left], waves[:, layout.left :]
    of_left = (left @ bank("left", *look).T - cost[:, None]).max(axis=2)
    fits[:, : layout.left] = of_left.reshape(*of_left.shape[:2], 2, 10)
    if right.size:
        fits[:, layout.left :, 0] = (right @ bank("right", *look).T - cost[:, None]).max(axis=2)
    return fits


def _drift(waves: Floats, layout: Layout) -> NDArray[np.int64]:
    """By how many samples each digit lies off, a smooth course along the line (Viterbi), (lines, cells)."""
    look = LOOKS[len(LOOKS) // 2]
    left, right = waves[:, : layout.left], waves[:, layout.left :]
    fits = np.concatenate(
        [(left @ bank("left", *look).T).max(axis=3), (right @ bank("right", *look).T).max(axis=3)], axis=1
    )
    shifts = np.arange(-DRIFT, DRIFT + 1)
    fits = fits - DRIFT_COST * np.abs(shifts)
    step = STEP_COST * np.abs(shifts[:, None] - shifts[None, :])
    score, came = fits[:, 0], []
    for cell in range(1, fits.shape[1]):
        paths = score[:, None, :] - step
        came.append(paths.argmax(axis=2))
        score = paths.max(axis=2) + fits[:, cell]
    course = [score.argmax(axis=1)]
    for back in reversed(came):
        course.append(np.take_along_axis(back, course[-1][:, None], axis=1)[:, 0])
    return np.asarray(np.stack(course[::-1], axis=1) - DRIFT, np.int64)
