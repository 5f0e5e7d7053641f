"""Contact sheets: a captured set's damage, a row for each type and severity, with the truth outlined."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.terms import DamageType, Severity
from booth.errors import InputError
from booth.evaluate.captured import CapturedItem, CapturedSet

Pixels = NDArray[np.uint8]

SIDE_PX = 288
ACROSS = 8
OUTLINE = (255, 40, 40)
INK = (255, 235, 60)


def write_sheet(path: Path, captured: CapturedSet) -> None:
    """Write the sheet of a set's damage as a PNG.

    Raises:
        InputError: the set has no damaged item, or the file cannot be written.
    """
    rows = [
        _row(captured, kind, severity)
        for kind in DamageType
        for severity in (Severity.MINOR, Severity.MAJOR)
        if any(_is(item, kind, severity) for item in captured.items)
    ]
    if not rows:
        raise InputError("there is no damaged item to show on a sheet")
    _, data = cv2.imencode(".png", np.ascontiguousarray(np.vstack(rows)[..., ::-1]))
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def _row(captured: CapturedSet, kind: DamageType, severity: Severity) -> Pixels:
    """Items spread evenly over the set, procedures mixed, (SIDE_PX, ACROSS · SIDE_PX, 3)."""
    fitting = sorted(
        (item for item in captured.items if _is(item, kind, severity)), key=lambda item: item.procedure
    )
    picked = np.unique(np.linspace(0, len(fitting) - 1, min(ACROSS, len(fitting))).round().astype(int))
    row = np.zeros((SIDE_PX, ACROSS * SIDE_PX, 3), np.uint8)
    for place, index in enumerate(picked):
        row[:, place * SIDE_PX : (place + 1) * SIDE_PX] = _tile(captured, fitting[index])
    return row


def _tile(captured: CapturedSet, item: CapturedItem) -> Pixels:
    """The view that shows the damage best, its mask outlined, with what it is."""
    masks = captured.masks(item)
    best = max(masks, key=lambda name: int((masks[name] > 0).sum()))
    rgb = next(view.frame.rgb for view in captured.views(item) if view.name == best)
    tile = np.ascontiguousarray(cv2.resize(rgb, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA))
    mask = cv2.resize((masks[best] > 0).astype(np.uint8), (SIDE_PX, SIDE_PX))
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(tile, outlines, -1, OUTLINE, 1)
    for line, words in enumerate(
        (f"{item.damage}, {item.severity}, {100 * item.share:.1f} %", f"{item.procedure} ({item.family})")
    ):
        cv2.putText(tile, words, (4, 13 + 15 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.4, INK, 1, cv2.LINE_AA)
    return np.asarray(tile, np.uint8)


def _is(item: CapturedItem, kind: DamageType, severity: Severity) -> bool:
    return item.damage is kind and item.severity is severity
