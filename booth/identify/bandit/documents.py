"""A policy as bytes: a line that names the form, a line of JSON that says what follows, then plain numbers.

Reading them executes nothing and allocates no more than a policy has.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from booth.errors import InputError
from booth.identify.bandit import context
from booth.identify.bandit.arms import ARMS, LEVELS
from booth.identify.bandit.labels import GROUPS
from booth.identify.bandit.ridge import Array, Ridges
from booth.identify.bandit.settings import LIMITS, Settings

MAGIC = b"booth-bandit-1\n"
MAX_HEAD_BYTES = 20_000
VERSION_LETTERS = 16
_EVIDENCE = (len(GROUPS), context.SIZE, context.SIZE)
_MOMENTS = (len(GROUPS), context.SIZE, len(LEVELS) - 1)
_FIXED = {
    "context": context.VERSION,
    "features": list(context.FEATURES),
    "arms": list(ARMS),
    "levels": list(LEVELS),
}


def pack(ridges: Ridges, settings: Settings) -> bytes:
    """A policy as bytes; the same policy gives the same bytes."""
    head = {**_FIXED, "settings": asdict(settings)}
    lines = MAGIC + json.dumps(head, sort_keys=True).encode() + b"\n"
    return lines + _plain(ridges.evidence) + _plain(ridges.moments)


def unpack(document: bytes) -> tuple[Ridges, Settings]:
    """The policy of these bytes.

    Raises:
        InputError: they are not a policy's, are truncated, or were made for other strategies or contexts.
    """
    if not document.startswith(MAGIC):
        raise InputError("this is no bandit: its first line does not say so")
    head, found, _ = document[len(MAGIC) : len(MAGIC) + MAX_HEAD_BYTES].partition(b"\n")
    settings = _settings(_head(head if found else b""))
    start = len(MAGIC) + len(head) + 1
    wanted = 8 * (math.prod(_EVIDENCE) + math.prod(_MOMENTS))
    if len(document) - start != wanted:
        raise InputError(f"the bandit is damaged: {len(document) - start} bytes of numbers, not {wanted}")
    numbers = np.frombuffer(document, dtype="<f8", offset=start).astype(np.float64)
    evidence = numbers[: math.prod(_EVIDENCE)].reshape(_EVIDENCE)
    _check(numbers, evidence)
    return Ridges(evidence, numbers[math.prod(_EVIDENCE) :].reshape(_MOMENTS), settings.prior), settings


def version_of(document: bytes) -> str:
    """The version of a policy: a hash of its bytes."""
    return "bandit-" + hashlib.sha256(document).hexdigest()[:VERSION_LETTERS]


def _plain(numbers: Array) -> bytes:
    return np.ascontiguousarray(numbers, dtype="<f8").tobytes()


def _head(line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError("the bandit is damaged: its second line is not JSON") from error
    if not isinstance(head, dict) or not isinstance(head.get("settings"), dict):
        raise InputError("the bandit is damaged: its second line does not say how it is set")
    other = [name for name, value in _FIXED.items() if head.get(name) != value]
    if other:
        raise InputError(
            f"the bandit was made for another booth: its {', '.join(other)} differ;"
            " 'booth learn --cold' makes one that fits"
        )
    return head


def _settings(head: dict[str, Any]) -> Settings:
    told = head["settings"]
    if set(told) != set(LIMITS):
        raise InputError("the bandit was made for another booth: its settings have other names")
    for name, (lowest, highest) in LIMITS.items():
        value = told[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            raise InputError(f"the bandit is damaged: its {name} is not between {lowest} and {highest}")
    return Settings(**{name: float(told[name]) for name in LIMITS})


def _check(numbers: Array, evidence: Array) -> None:
    """Sums of x xᵀ are finite, symmetric and not negative; anything else would give nonsense later."""
    if not np.isfinite(numbers).all() or np.abs(numbers).max(initial=0.0) > 1e12:
        raise InputError("the bandit is damaged: not all of its numbers are finite")
    slack = 1e-6 * (1.0 + float(np.abs(evidence).max(initial=0.0)))
    turned = evidence.transpose(0, 2, 1)
    if np.abs(evidence - turned).max(initial=0.0) > slack or np.linalg.eigvalsh(evidence).min() < -slack:
        raise InputError("the bandit is damaged: its evidence is impossible")
