"""The judge sees what is foreign and what is missing, and says when it knows nothing."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.domain.percept import Gallery, Percept, Reference, ViewPercept
from booth.domain.picture import Region
from booth.domain.terms import Outcome
from booth.domain.verdict import Verdict
from booth.errors import ConfigError, ModelError
from models.fusion import GALLERY, fused
from models.judge import NO_EVIDENCE, judge, score_of

SIDE, CHANNELS = 20, 24
REGION = Region(10, 20, 200, 200)
Patches = NDArray[np.float32]


def pristine(seed: int, *, spread: float = 0.1) -> Patches:
    """Four corners of four kinds, with a little noise of each picture's own."""
    kinds = np.random.default_rng(7).normal(size=(4, CHANNELS))
    grid = np.zeros((SIDE, SIDE, CHANNELS))
    half = SIDE // 2
    for kind, (row, column) in enumerate(((0, 0), (0, half), (half, 0), (half, half))):
        grid[row : row + half, column : column + half] = kinds[kind]
    noise = np.random.default_rng(seed).normal(size=grid.shape) * spread
    return np.asarray(grid + noise, np.float32)


def foreign(seed: int) -> Patches:
    patches = pristine(seed)
    patches[3:6, 14:17] += 3.0
    return patches


def lacking(seed: int) -> Patches:
    """The lower right kind is gone: the lower left one stands in its place."""
    patches = pristine(seed)
    patches[SIDE // 2 :, SIDE // 2 :] = patches[SIDE // 2 :, : SIDE // 2]
    return patches


def gallery(*patches: Patches, view: str = "top", turns: int = 0, version: str = "1") -> Gallery:
    references = [Reference(f"{index:064d}", view, "t1", one) for index, one in enumerate(patches)]
    references += [
        Reference(one.reference_id, view, "t1", pristine(500 + turn), turn + 1)
        for one in references
        for turn in range(turns)
    ]
    return Gallery("4006381333931", "1", version, tuple(references))


def percept(patches: Patches, *views: str) -> Percept:
    return Percept("t1", tuple(ViewPercept(view, REGION, patches) for view in views or ("top",)))


FOUR = gallery(*(pristine(seed) for seed in range(4)))
ONE = gallery(pristine(0))
ONE_TURNED = gallery(pristine(0), turns=2)


def said(patches: Patches, known: Gallery | None = FOUR) -> Verdict:
    return judge({}).judge(percept(patches), known)


@pytest.mark.parametrize("known", [FOUR, ONE, ONE_TURNED], ids=["four", "one", "one-turned"])
def test_a_good_item_is_ok_and_damaged_ones_score_far_above(known: Gallery) -> None:
    good = said(pristine(99), known)
    assert good.outcome is Outcome.OK
    assert said(foreign(99), known).score > good.score + 0.2
    assert said(lacking(99), known).score > good.score + 0.2


def test_what_is_foreign_is_hot_where_it_lies() -> None:
    heat = said(foreign(99)).heat_maps[0]
    assert (heat.view, heat.region, heat.values.shape) == ("top", REGION, (SIDE, SIDE))
    row, column = np.unravel_index(heat.values.argmax(), heat.values.shape)
    assert 3 <= row < 6
    assert 14 <= column < 17
    assert 0.0 <= heat.values.min() <= heat.values.max() <= 1.0


def test_what_is_missing_is_hot_where_the_reference_has_it() -> None:
    verdict = said(lacking(99))
    assert verdict.evidence["knn_backward"] > 2 * said(pristine(99)).evidence["knn_backward"]
    assert verdict.evidence["coverage"] == pytest.approx(0.75, abs=0.02)
    values = verdict.heat_maps[0].values
    half = SIDE // 2
    assert values[half:, half:].min() > values[:half].max()


def test_without_references_a_person_decides() -> None:
    for verdict in (
        said(pristine(0), None),
        said(pristine(0), gallery()),
        said(pristine(0), gallery(pristine(1), view="side")),
    ):
        assert (verdict.outcome, verdict.score, verdict.note) == (Outcome.UNSURE, 0.5, NO_EVIDENCE)
        assert verdict.heat_maps == ()
        assert verdict.evidence == {}


def test_the_worst_view_decides_and_views_without_reference_are_named() -> None:
    two = Percept(
        "t1",
        (
            ViewPercept("top", REGION, pristine(99)),
            ViewPercept("side", REGION, foreign(99)),
            ViewPercept("top#2", REGION, foreign(98)),
        ),
    )
    references = (*FOUR.references, *gallery(*(pristine(s) for s in range(4)), view="side").references)
    verdict = judge({}).judge(two, Gallery("1", "1", "both", references))
    assert verdict.score == pytest.approx(said(foreign(99)).score)
    assert [heat.view for heat in verdict.heat_maps] == ["top", "side"]
    assert verdict.note == "no reference for top#2"
    assert verdict.references == 8


def test_features_of_two_trunks_never_mix() -> None:
    other = Percept("t2", percept(pristine(0)).views)
    with pytest.raises(ModelError, match="made by t1, the item by t2"):
        judge({}).judge(other, FOUR)


def test_patches_of_another_depth_are_refused() -> None:
    with pytest.raises(ModelError, match="do not fit"):
        said(np.zeros((SIDE, SIDE, CHANNELS + 1), np.float32))


def test_references_of_different_shapes_are_refused() -> None:
    with pytest.raises(ModelError, match="differ in shape"):
        said(pristine(0), gallery(pristine(0), pristine(1)[:5]))


def test_an_item_of_another_grid_can_be_compared() -> None:
    heat = said(pristine(99)[:10, :12]).heat_maps[0]
    assert heat.values.shape == (10, 12)


def test_many_references_stay_within_the_budget() -> None:
    known = gallery(*(pristine(seed) for seed in range(40)), turns=1)
    assert said(pristine(99), known).outcome is Outcome.OK
    assert said(foreign(99), known).outcome is not Outcome.OK


def test_many_galleries_in_turn_give_the_same_word_each_time() -> None:
    one = judge({})
    galleries = [gallery(*(pristine(10 * n + s) for s in range(2)), version=str(n)) for n in range(20)]
    first = [one.judge(percept(foreign(99)), known).score for known in galleries]
    assert [one.judge(percept(foreign(99)), known).score for known in galleries] == first


def test_thresholds_come_from_the_options() -> None:
    strict = judge({"unsure_above": 0.0, "damaged_above": 0.0})
    verdict = strict.judge(percept(pristine(99)), FOUR)
    assert verdict.outcome is Outcome.DAMAGED
    assert verdict.policy == "unsure above 0, damaged above 0"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"unsure": 0.5}, "'unsure'"),
        ({"unsure_above": "high"}, "unsure_above must be a number"),
        ({"unsure_above": 0.9}, "unsure_above <= damaged_above"),
        ({"damaged_above": float("nan")}, "damaged_above"),
    ],
)
def test_impossible_options_are_refused_by_name(options: dict[str, object], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        judge(options)


def test_the_score_is_a_half_at_the_limit_and_grows_with_distance() -> None:
    scores = [score_of(distance, 2.0) for distance in (0.0, 1.0, 2.0, 3.0, 50.0)]
    assert scores[0] == 0.0
    assert scores[2] == 0.5
    assert scores == sorted(set(scores))
    assert scores[-1] < 1.0


def test_a_verdict_names_the_networks_by_their_hashes() -> None:
    assert all(len(sha256) == 64 for sha256 in said(pristine(0)).models.values())


def test_the_worse_of_two_kinds_of_evidence_counts() -> None:
    assert fused({}) == 0.5
    assert fused({GALLERY: 0.2}) == 0.2
    assert fused({GALLERY: 0.2, "supervised": 0.9}) == 0.9
