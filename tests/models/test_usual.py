"""What references get of the supervised model is told with its spread, each held against the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from booth.domain.percept import FloatArray, Reference, ViewPercept
from models.supervised import Opinion
from models.usual import CONSULTED, MOST, usual_opinions


class LevelModel:
    """Gives a view's level as its logit, and how far it lies from its references."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def look(
        self, view: ViewPercept, keys: Sequence[FloatArray], heights: Sequence[FloatArray | None]
    ) -> Opinion:
        level = float(view.patches.mean())
        assert all(float(key.mean()) != level for key in keys), "a reference is never held against itself"
        assert len(keys) == len(heights)
        self.asked.append(len(keys))
        apart = min((abs(float(key.mean()) - level) for key in keys), default=None)
        nothing = np.zeros(6, np.float32)
        return Opinion(level, apart, nothing, nothing[:3], np.zeros((64, 64), np.float32))


def usual(*levels: float) -> tuple[dict[str, float], LevelModel]:
    model = LevelModel()
    patches = [np.full((2, 2, 3), level, np.float32) for level in levels]
    references = [Reference(str(index), "top", "t", one) for index, one in enumerate(patches)]
    return usual_opinions(references, patches, model), model


def test_alike_references_have_a_spread_that_is_mostly_the_nominal_one() -> None:
    told, _ = usual(3.0, 3.2, 2.8, 3.1)
    assert told["supervised_usual"] == pytest.approx(3.025)
    assert 0.7 < told["supervised_spread"] < 1.0
    assert told["conditioned_usual"] == pytest.approx(0.125, abs=0.03)


def test_references_that_get_very_different_opinions_say_so() -> None:
    assert usual(0.0, 9.0, -9.0, 5.0)[0]["supervised_spread"] > 4.0


def test_one_reference_tells_nothing_of_the_comparison() -> None:
    told, _ = usual(2.0)
    assert told == {"supervised_usual": 2.0, "supervised_spread": 1.0}


def test_turns_stand_in_for_the_others_of_a_single_reference() -> None:
    model = LevelModel()
    patches = [np.full((2, 2, 3), level, np.float32) for level in (2.0, 2.5, 1.5)]
    one, *turns = [Reference("r", "top", "t", each, variant) for variant, each in enumerate(patches)]
    told = usual_opinions([one], [one.patches], model, turns)
    assert model.asked == [0, 1, 1]
    assert told["conditioned_usual"] == pytest.approx(0.5)
    assert told["supervised_usual"] == pytest.approx(2.0)
    two = [one, Reference("s", "top", "t", patches[1])]
    assert usual_opinions(two, [each.patches for each in two], LevelModel(), turns) == usual_opinions(
        two, [each.patches for each in two], LevelModel()
    )


def test_of_many_references_a_few_are_asked_about() -> None:
    _, model = usual(*range(40))
    assert model.asked == [CONSULTED] * MOST
