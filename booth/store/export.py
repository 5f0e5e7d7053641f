"""Writes a kept sample as files that any program opens: PNG pictures, 16-bit PNG depth, one JSON document."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.sample import Sample
from booth.errors import InputError, StoreError
from booth.store.durable import place_folder


def export(sample: Sample, description: Mapping[str, Any], out: Path) -> Path:
    """Write `out/<sample id>/`, whole or not at all; gives that folder.

    Raises:
        InputError: the folder is there already, or cannot be written.
    """
    files = {"sample.json": json.dumps(description, indent=2, ensure_ascii=False).encode()}
    for view in sample.capture.views():
        files[f"{view.name}.png"] = _png(cv2.cvtColor(view.frame.rgb, cv2.COLOR_RGB2BGR))
        if view.frame.depth_mm is not None:
            files[f"{view.name}.depth_mm.png"] = _png(view.frame.depth_mm)
    later = sample.closing.verdicts if sample.closing else ()
    for verdict in (*sample.verdicts, *later):
        for heat in verdict.heat_maps:
            values = np.clip(heat.values * 255, 0, 255).astype(np.uint8)
            files[f"{heat.view}.{verdict.verdict_id}.heat.png"] = _png(values)
    final = out / sample.sample_id
    temporary = out / f".{sample.sample_id}-{secrets.token_hex(4)}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        place_folder(files, temporary, final)
    except (OSError, StoreError) as error:
        raise InputError(str(error)) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return final


def _png(pixels: NDArray[Any]) -> bytes:
    done, data = cv2.imencode(".png", pixels)
    if not done:
        raise InputError("a picture cannot be written as PNG")
    return bytes(data)
