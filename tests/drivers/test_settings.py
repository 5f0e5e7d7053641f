"""What a feature of a device may be set to, by its kind."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from drivers.settings import amount, switch, whole


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (switch, True, True),
        (switch, 0.0, False),
        (whole, 640.0, 640),
        (whole, "-3", -3),
        (amount, "1.5", 1.5),
        (amount, True, 1.0),
    ],
)
def test_a_value_of_the_right_kind_is_taken(
    kind: Callable[[float | bool | str], object], value: float | bool | str, expected: object
) -> None:
    assert kind(value) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (switch, "Off"),
        (switch, 2.0),
        (whole, 2.5),
        (whole, math.inf),
        (whole, 2.0**63),
        (whole, "wide"),
        (amount, math.nan),
        (amount, "fast"),
    ],
)
def test_a_value_of_another_kind_is_refused(
    kind: Callable[[float | bool | str], object], value: float | bool | str
) -> None:
    with pytest.raises(ValueError, match=r"it takes|it is on or off"):
        kind(value)
