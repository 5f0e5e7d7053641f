"""Evidence becomes one score: monotone, whatever is missing, and never in silence where it is no number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booth.errors import ModelError
from models.curve import Curve
from models.fusion import EVIDENCE, SITUATIONS, Fusion, nominal, shipped
from models.regression import FALLING, Regression

FUSIONS = {"nominal": nominal(), "shipped": shipped()}
EVERYTHING = {
    "foreign": 0.1, "missing": 0.0, "coverage": 0.9, "references": 4.0, "supervised": -1.0,
    "conditioned": -2.0, "height": 0.2, "beside": 0.1, "parts": 0.0,
}  # fmt: skip
KINDS = sorted(EVIDENCE)
views = st.fixed_dictionaries(
    {}, optional={kind: st.floats(-1e3, 1e3) for kind in KINDS} | {"references": st.integers(1, 1000)}
)
fusions = st.sampled_from(sorted(FUSIONS))


@given(fusions, views, st.sampled_from(KINDS), st.floats(0, 1e3))
def test_worse_evidence_never_lowers_the_score(
    name: str, view: Mapping[str, float], kind: str, worse: float
) -> None:
    if kind not in view:
        return
    changed = {**view, kind: view[kind] - worse if kind in FALLING else view[kind] + worse}
    assert FUSIONS[name].fuse([changed]).score >= FUSIONS[name].fuse([view]).score - 1e-12


@given(fusions, st.lists(views, max_size=4))
def test_the_score_is_the_worst_views_and_its_shares_make_one(
    name: str, seen: list[Mapping[str, float]]
) -> None:
    fusion = FUSIONS[name]
    fused = fusion.fuse(seen)
    assert 0.0 <= fused.score <= 1.0
    if not fused.shares:
        return
    assert fused.score == max(fusion.fuse([view]).score for view in seen if set(view) & set(KINDS))
    assert fused.score == fusion.fuse([seen[fused.worst]]).score
    assert sum(fused.shares.values()) == pytest.approx(1.0)
    assert set(fused.shares) <= set(seen[fused.worst])


@pytest.mark.parametrize("fusion", FUSIONS.values(), ids=FUSIONS)
@pytest.mark.parametrize(
    "kinds", [("supervised",), ("foreign", "missing"), ("foreign", "missing", "supervised")]
)
def test_distances_far_beyond_what_was_fitted_still_rank(fusion: Fusion, kinds: tuple[str, ...]) -> None:
    steps = [2.0, 4.0, 6.0, 8.0]
    scores = [fusion.fuse([dict.fromkeys(kinds, step)]).score for step in steps]
    assert scores == sorted(set(scores))


def test_nothing_known_is_neither_good_nor_bad() -> None:
    nothing: list[list[dict[str, float]]] = [[], [{}], [{"references": 4.0, "views": 2.0}]]
    for seen in nothing:
        fused = shipped().fuse(seen)
        assert (fused.score, fused.worst, dict(fused.shares)) == (0.5, 0, {})


def test_a_view_without_evidence_does_not_count_beside_others() -> None:
    good = {"foreign": -0.5, "missing": -0.5, "references": 4.0}
    assert nominal().fuse([{}, good]) == replace(nominal().fuse([good]), worst=1)


@pytest.mark.parametrize("kind", KINDS)
def test_evidence_that_is_no_number_is_an_error(kind: str) -> None:
    with pytest.raises(ModelError, match=f"'{kind}' is not a number"):
        shipped().fuse([{**EVERYTHING, kind: math.nan}])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_endless_evidence_counts_as_very_much(kind: str, value: float) -> None:
    assert 0.0 < shipped().fuse([{**EVERYTHING, kind: value}]).score < 1.0


@pytest.mark.parametrize("fusion", FUSIONS.values(), ids=FUSIONS)
def test_a_model_that_calls_references_damaged_has_no_say(fusion: Fusion) -> None:
    bare = {kind: value for kind, value in EVERYTHING.items() if kind not in {"supervised", "conditioned"}}
    without = fusion.fuse([bare]).score
    for opinion in (-9.0, 0.0, 9.0):
        seen = {**EVERYTHING, "supervised": opinion, "conditioned": opinion}
        held = {**seen, "supervised_usual": fusion.distrusted_from, "supervised_spread": 1.0}
        assert fusion.fuse([held]).score == without
        assert set(fusion.fuse([held]).shares) == set(fusion.fuse([seen]).shares)
        trusted = {**seen, "supervised_usual": fusion.doubted_from}
        assert fusion.fuse([trusted]).score == fusion.fuse([seen]).score
        doubted = {**seen, "supervised_usual": (fusion.doubted_from + fusion.distrusted_from) / 2}
        low, high = sorted((without, fusion.fuse([seen]).score))
        assert low <= fusion.fuse([doubted]).score <= high


def test_what_an_opinion_is_held_against_must_be_a_number() -> None:
    for strange in (math.nan, math.inf):
        with pytest.raises(ModelError, match="supervised_usual"):
            shipped().fuse([{**EVERYTHING, "supervised_usual": strange}])
    with pytest.raises(ModelError, match="doubt"):
        replace(nominal(), doubted_from=5.0)


def test_both_ways_count_as_one_distance() -> None:
    one = {"foreign": 0.5, "missing": -0.5, "references": 4.0}
    other = {"foreign": -0.5, "missing": 0.5, "references": 4.0}
    shares = nominal().fuse([one]).shares
    assert nominal().fuse([one]).score == pytest.approx(nominal().fuse([other]).score)
    assert shares["foreign"] / shares["missing"] == pytest.approx(math.e)


def test_what_stands_out_carries_the_score() -> None:
    shares = nominal().fuse([{**EVERYTHING, "conditioned": 6.0}]).shares
    assert max(shares, key=lambda kind: shares[kind]) == "conditioned"


@pytest.mark.parametrize("fusion", FUSIONS.values(), ids=FUSIONS)
def test_a_written_fusion_reads_back_the_same(fusion: Fusion) -> None:
    again = Fusion.from_json(fusion.to_json())
    assert again.to_json() == fusion.to_json()
    assert again.sha256 == fusion.sha256
    assert again.fuse([EVERYTHING]) == fusion.fuse([EVERYTHING])


@settings(max_examples=300)
@given(st.data())
def test_one_flipped_bit_is_always_noticed(data: st.DataObject) -> None:
    whole = bytearray(shipped().to_json())
    at = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[at // 8] ^= 1 << (at % 8)
    with pytest.raises(ModelError, match=r"fusion"):
        Fusion.from_json(bytes(whole))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"situations": {}}',
        b"[" * 100_000,
        nominal().to_json()[:-200],
    ],
    ids=["nothing", "empty", "list", "null", "no text", "no situation", "deep", "cut off"],
)
def test_a_damaged_file_is_one_clear_error(data: bytes) -> None:
    with pytest.raises(ModelError, match=r"fusion"):
        Fusion.from_json(data)


@pytest.mark.parametrize(
    ("low", "high", "knots", "slopes"),
    [
        (1.0, 1.0, (1.0,), (1.0,)),
        (0.0, math.inf, (0.0,), (1.0,)),
        (0.0, 1.0, (0.0,), (-1.0,)),
        (0.0, 1.0, (0.0, 0.0), (1.0, 1.0)),
        (0.0, 1.0, (0.5,), (1.0,)),
        (0.0, 1.0, (0.0,), ()),
        (0.0, 1.0, (), ()),
        (0.0, 1.0, (0.0,), (math.nan,)),
    ],
)
def test_a_curve_that_falls_or_has_no_range_is_refused(
    low: float, high: float, knots: tuple[float, ...], slopes: tuple[float, ...]
) -> None:
    with pytest.raises(ModelError, match="a curve of the fusion"):
        Curve(low, high, 0.0, knots, slopes)


def test_a_strange_regression_is_refused() -> None:
    with pytest.raises(ModelError, match="knows no evidence 'smell'"):
        Regression({"smell": Curve(0.0, 1.0, 0.0, (0.0,), (1.0,))})
    with pytest.raises(ModelError, match="falls"):
        Regression({}, slope=0.0)
    with pytest.raises(ModelError, match="one regression for each"):
        Fusion({SITUATIONS[0]: Regression({})}, 0.0, 1.0)
