"""A few of the cycles that `make proof-unplug` runs a hundred times."""

from __future__ import annotations

import pytest

from tests.proofs.unplug import prove, slope

TIMED = {"the others never stopped", "the others lost hardly a frame", "no leak"}
"""What a busy machine or so few cycles cannot show."""


@pytest.mark.parametrize("shared", [False, True], ids=["software device", "recording"])
def test_a_camera_is_pulled_and_put_back_while_the_others_go_on(shared: bool) -> None:
    told = prove(cycles=2, shared=shared)
    assert {claim: holds for claim, holds in told["claims"].items() if not holds and claim not in TIMED} == {}
    assert [told["cameras"][serial]["reopened"] for serial in ("111", "333")] == [0, 0]
    assert told["captures"]["says what is missing"] >= 2


def test_the_slope_of_memory_comes_with_its_interval() -> None:
    level = slope([1000.0 + (cycle % 2) for cycle in range(40)])
    assert level["from_kb"] < 0 < level["to_kb"]
    leaking = slope([1000.0 + 100 * cycle + (cycle % 2) for cycle in range(40)])
    assert 99 < leaking["from_kb"] < leaking["slope_kb"] < leaking["to_kb"] < 101
