"""How the digits that were read fit each candidate's GTIN."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import FloatArray
from booth.identify.ranker.arm_features import Columns
from booth.ports.finding import Query

NAMES = ("code_quality", "code_rival", "code_distance", "mask_fit", "mask_conflicts", "mask_digits")
DIGITS = 13
MAX_CODES = 32
UNKNOWN = ord("?")
_FAR = float(DIGITS)


def code_columns(query: Query, gtins: Sequence[str]) -> Columns:
    """The columns NAMES, (N,) float32 each; distances count digits, 13 where nothing was read."""
    digits = _rows(gtins)
    return _whole(query, gtins, digits) | _partial(query, digits)


def _whole(query: Query, gtins: Sequence[str], digits: NDArray[np.uint8]) -> Columns:
    reads = [read for read in query.barcodes if len(read.gtin) == DIGITS][:MAX_CODES]
    if not reads:
        return _constant(len(gtins), code_quality=0.0, code_rival=0.0, code_distance=_FAR)
    differs = (digits[:, None, :] != _rows([read.gtin for read in reads])[None]).sum(axis=2)
    qualities = np.array([read.quality for read in reads], np.float32)
    return {
        "code_quality": np.where(differs == 0, qualities, 0.0).max(axis=1).astype(np.float32),
        "code_rival": np.where(differs > 0, qualities, 0.0).max(axis=1).astype(np.float32),
        "code_distance": differs.min(axis=1).astype(np.float32),
    }


def _partial(query: Query, digits: NDArray[np.uint8]) -> Columns:
    parts = [part for part in query.partial_codes if len(part.mask) == DIGITS][:MAX_CODES]
    if not parts:
        return _constant(len(digits), mask_fit=0.0, mask_conflicts=_FAR, mask_digits=0.0)
    masks = _rows([part.mask for part in parts])
    given = masks != UNKNOWN
    conflicts = ((digits[:, None, :] != masks[None]) & given[None]).sum(axis=2)
    qualities = np.array([part.quality for part in parts], np.float32)
    fits = qualities * (given.sum(axis=1) - 2 * conflicts) / DIGITS
    best = fits.argmax(axis=1)
    rows = np.arange(len(digits))
    return {
        "mask_fit": fits[rows, best].astype(np.float32),
        "mask_conflicts": conflicts[rows, best].astype(np.float32),
        "mask_digits": given.sum(axis=1)[best].astype(np.float32),
    }


def _rows(texts: Sequence[str]) -> NDArray[np.uint8]:
    """(N, 13) uint8, one character each; what is too long is cut, what is too short filled with spaces."""
    joined = b"".join(text.encode("ascii", "replace")[:DIGITS].ljust(DIGITS) for text in texts)
    return np.frombuffer(joined, np.uint8).reshape(len(texts), DIGITS)


def _constant(count: int, **values: float) -> dict[str, FloatArray]:
    return {name: np.full(count, value, np.float32) for name, value in values.items()}
