"""The judge sees what is foreign and what is missing, and says when it knows nothing."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from booth.domain.percept import Gallery, Percept, Reference, ViewPercept
from booth.domain.picture import Region
from booth.domain.terms import Condition, Outcome
from booth.domain.verdict import Verdict
from booth.errors import ConfigError, ModelError
from models.evidence import over_limit
from models.fusion import nominal
from models.judge import FusedJudge, judge
from models.manifest import trunk_pin

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


def by_the_gallery() -> FusedJudge:
    """A judge without the supervised model, which knows patches of one shape alone."""
    return FusedJudge(trunk_pin(), None, nominal())


def said(patches: Patches, known: Gallery | None = FOUR) -> Verdict:
    return by_the_gallery().judge(percept(patches), known)


@pytest.mark.parametrize("known", [FOUR, ONE, ONE_TURNED], ids=["four", "one", "one-turned"])
def test_a_good_item_is_ok_and_damaged_ones_score_far_above(known: Gallery) -> None:
    good = said(pristine(99), known)
    assert good.score < 0.5
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
    assert verdict.evidence["missing"] > said(pristine(99)).evidence["missing"] + 0.7
    assert verdict.evidence["coverage"] < said(pristine(99)).evidence["coverage"] - 0.1
    values = verdict.heat_maps[0].values
    half = SIDE // 2
    assert values[half:, half:].mean() > 2 * values[:half].mean()


def test_a_finding_says_which_evidence_carried_it_and_where_the_reference_has_the_like() -> None:
    finding = said(foreign(99)).findings[0]
    assert (finding.view, finding.carried_by) == ("top", "foreign")
    assert sum(finding.shares.values()) == pytest.approx(1.0)
    assert finding.reference_id in {one.reference_id for one in FOUR.references}
    assert finding.place.x < REGION.x + 15.5 / SIDE * REGION.width < finding.place.x + finding.place.width
    assert finding.reference_place is not None
    left, top, right, bottom = finding.reference_place
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1


def test_without_references_nothing_is_known_to_this_judge() -> None:
    for known in (None, gallery(), gallery(pristine(1), view="side")):
        verdict = said(pristine(0), known)
        assert (verdict.outcome, verdict.score) == (Outcome.UNSURE, 0.5)
        assert verdict.heat_maps == ()
        assert verdict.evidence == {"views": 1.0, "views_compared": 0.0}
        assert Condition.NO_REFERENCE in {each.condition for each in verdict.conditions}


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
    verdict = by_the_gallery().judge(two, Gallery("1", "1", "both", references))
    assert verdict.score == pytest.approx(said(foreign(99)).score)
    assert [heat.view for heat in verdict.heat_maps] == ["top", "side"]
    assert verdict.note == "top#2: it has no reference"
    assert verdict.references == 8


@pytest.mark.parametrize("condition", [Condition.BLACK, Condition.SATURATED, Condition.NO_ITEM])
def test_a_view_that_shows_nothing_is_named_and_not_scored(condition: Condition) -> None:
    blind = ViewPercept("top", REGION, foreign(99), conditions=(condition,))
    verdict = by_the_gallery().judge(Percept("t1", (blind,)), FOUR)
    assert (verdict.score, verdict.heat_maps, verdict.findings) == (0.5, (), ())
    assert [(each.view, each.condition) for each in verdict.conditions] == [("top", condition)]


def test_an_absent_view_is_named() -> None:
    verdict = by_the_gallery().judge(Percept("t1", percept(pristine(99)).views, absent=("side",)), FOUR)
    assert ("side", Condition.MISSING_VIEW) in {(each.view, each.condition) for each in verdict.conditions}
    assert verdict.note == "side: there is no picture"


def test_an_item_that_looks_like_no_reference_is_called_another_one() -> None:
    stranger = np.random.default_rng(3).normal(size=(SIDE, SIDE, CHANNELS)).astype(np.float32) * 3
    found = {each.condition for each in said(stranger).conditions}
    assert Condition.OTHER_ITEM in found
    assert not said(foreign(99)).conditions


def test_features_of_two_trunks_never_mix() -> None:
    other = Percept("t2", percept(pristine(0)).views)
    with pytest.raises(ModelError, match="made by t1, the item by t2"):
        by_the_gallery().judge(other, FOUR)


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
    assert said(pristine(99), known).score < 0.5 < said(foreign(99), known).score


def test_many_galleries_in_turn_give_the_same_word_each_time() -> None:
    one = by_the_gallery()
    galleries = [gallery(*(pristine(10 * n + s) for s in range(2)), version=str(n)) for n in range(20)]
    first = [one.judge(percept(foreign(99)), known).score for known in galleries]
    assert [one.judge(percept(foreign(99)), known).score for known in galleries] == first


def test_a_judge_has_no_options_and_names_where_thresholds_are() -> None:
    with pytest.raises(ConfigError, match=r"'unsure_above'.*booth policy"):
        judge({"unsure_above": 0.5})


def test_a_map_is_a_half_at_the_limit_and_grows_with_distance() -> None:
    values = over_limit(np.array([0.0, 1.0, 2.0, 3.0, 50.0], np.float32), 2.0).tolist()
    assert values[0] == 0.0
    assert values[2] == 0.5
    assert values == sorted(set(values))


def test_a_verdict_names_the_networks_by_their_hashes() -> None:
    models = judge({}).judge(Percept("", ()), None).models
    assert {"fusion", "damage-keys", "damage-alone", "damage-compared", trunk_pin().name} <= set(models)
    assert all(len(sha256) == 64 for sha256 in models.values())
