"""Whether a wish for one setting fits what the device says of it, and is of the kind that it takes."""

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


def switch(value: float | bool | str) -> bool:
    """What a feature that is on or off is set to. Raises: ValueError: the value is neither."""
    if value not in (0, 1):
        raise ValueError(f"it is on or off: write true or false, not {value!r}")
    return bool(value)


def whole(value: float | bool | str) -> int:
    """What a feature that counts is set to. Raises: ValueError: the value is no whole number of 64 bits."""
    number = amount(value)
    if number != int(number) or not -(2**63) <= number < 2**63:
        raise ValueError(f"it takes whole numbers, not {value!r}")
    return int(number)


def amount(value: float | bool | str) -> float:
    """What a feature that measures is set to. Raises: ValueError: the value is no finite number."""
    refusal = f"it takes numbers, not {value!r}"
    try:
        number = float(value)
    except ValueError as error:
        raise ValueError(refusal) from error
    if not math.isfinite(number):
        raise ValueError(refusal)
    return number


def _choices(control: Control) -> str:
    numbered = (
        f"{control.low + place * control.step:g} {name}" for place, name in enumerate(control.choices)
    )
    return ", ".join(numbered)
