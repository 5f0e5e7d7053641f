"""Whether a wish for one setting fits what the device says of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from booth.domain.device import Control
from booth.errors import InputError


def wanted_value(camera_id: str, controls: Sequence[Control], name: str, value: float) -> float:
    """The value, once it is sure that the device has such a setting and that it reaches so far.

    Raises:
        InputError: there is no such setting, or the value is out of its range, or names no choice.
    """
    known = {control.name: control for control in controls}
    control = known.get(name)
    if control is None:
        names = ", ".join(sorted(known)) or "none while it is closed"
        raise InputError(f"camera {camera_id} has no setting '{name}'; there are: {names}")
    if not (math.isfinite(value) and control.low <= value <= control.high):
        raise InputError(
            f"camera {camera_id}: {name} must be {control.low:g} to {control.high:g} {control.unit}".rstrip()
            + f", not {value:g}"
        )
    if control.choices and (value - control.low) % control.step:
        raise InputError(
            f"camera {camera_id}: {name} is one of {_choices(control)}, named by number, not {value:g}"
        )
    return value


def _choices(control: Control) -> str:
    numbered = (
        f"{control.low + place * control.step:g} {name}" for place, name in enumerate(control.choices)
    )
    return ", ".join(numbered)
