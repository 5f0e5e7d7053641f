"""Embeddings as text for the log of queries: 256 signed bytes a view, so that a search can be run again."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import numpy as np

from booth.domain.percept import FloatArray
from booth.ports.finding import VECTOR_SIZE

FULL = 127
"""What stands for 1; the cosine of two embeddings changes by less than 0.01."""


def logged(embeddings: FloatArray | None) -> tuple[str, ...]:
    """One text a view."""
    if embeddings is None:
        return ()
    rows = np.clip(np.rint(embeddings * FULL), -FULL, FULL).astype(np.int8)
    return tuple(base64.b64encode(row.tobytes()).decode("ascii") for row in rows)


def unlogged(texts: Sequence[str]) -> FloatArray | None:
    """(V, 256) float32 of unit length; None where nothing, or nothing sound, was logged."""
    rows = [row for text in texts if (row := _row(text)) is not None]
    return np.stack(rows) if rows else None


def _row(text: str) -> FloatArray | None:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    row = np.frombuffer(data, np.int8).astype(np.float32)
    length = float(np.linalg.norm(row))
    return row / length if row.shape == (VECTOR_SIZE,) and length > 0 else None
