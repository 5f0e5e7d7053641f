"""Documents come back as they went, and anything else is refused."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.domain.product import Candidate, Identification
from booth.domain.sample import Amendment, Annotation, Closing, Disposition, SiteIdentity
from booth.domain.terms import DamageType, DispositionKind, Outcome, Part, Severity
from booth.domain.verdict import Verdict
from booth.errors import StoreError
from booth.store.documents import dump, field_from_json, from_json, parse, to_json
from tests.samples import make_closing, make_verdict

words = st.text(max_size=20)
numbers = st.floats(allow_nan=False)
zones = st.sampled_from([UTC, timezone(timedelta(hours=-5, minutes=-30))])
instants = st.datetimes(timezones=zones)
points = st.tuples(numbers, numbers)
annotation_values = st.builds(
    Annotation,
    words,
    words,
    st.lists(points, max_size=4).map(tuple),
    st.sampled_from(DamageType),
    st.sampled_from(Severity),
    st.sampled_from(Part),
    words,
    instants,
)
identifications = st.builds(
    Identification,
    candidates=st.lists(st.builds(Candidate, words, numbers, words), max_size=3).map(tuple),
    gtin=words,
    strategies=st.dictionaries(words, st.integers(0, 1000), max_size=3),
    propensities=st.dictionaries(words, numbers, max_size=3),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
amendments = st.builds(
    Amendment, words, words, words, instants, words, st.dictionaries(words, json_values, max_size=3)
)


@given(st.one_of(annotation_values, identifications, amendments))
def test_any_document_comes_back_as_it_went(
    value: Annotation | Identification | Amendment,
) -> None:
    assert from_json(type(value), parse(dump(to_json(value)))) == value


@given(
    st.builds(
        Closing,
        instants,
        words,
        words,
        words,
        st.none() | st.sampled_from(Outcome),
        st.builds(SiteIdentity, words, words, words, words),
        st.lists(annotation_values, max_size=2).map(tuple),
        st.none() | st.builds(Disposition, st.sampled_from(DispositionKind), words, instants),
    )
)
def test_any_closing_comes_back_as_it_went(closing: Closing) -> None:
    data = dump(to_json(closing))
    assert dump(to_json(from_json(Closing, parse(data)))) == data


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_that_json_has_no_word_for_come_back(value: float) -> None:
    data = dump(to_json(Candidate("1", value, "arm")))
    json.loads(data, parse_constant=pytest.fail)
    assert repr(from_json(Candidate, parse(data)).score) == repr(value)


def test_numpy_scalars_are_written_as_numbers() -> None:
    scored = Candidate("1", np.float32(0.5), "arm")  # type: ignore[arg-type]
    assert to_json(scored) == {"gtin": "1", "score": 0.5, "strategy": "arm"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"closed_at": "yesterday"}, "Closing.closed_at"),
        ({"closed_by": 3}, "Closing.closed_by: int where str belongs"),
        ({"person_outcome": "perhaps"}, "Closing.person_outcome"),
        ({"annotations": {}}, "Closing.annotations: dict where list belongs"),
        ({"identity": {"plate": "x"}}, "Closing.identity: unknown field plate"),
        ({"gtin": None}, "Closing.gtin"),
        ({"colour": "red"}, "Closing: unknown field colour"),
    ],
)
def test_a_document_of_the_wrong_kind_says_where(change: dict[str, object], words: str) -> None:
    document = to_json(make_closing()) | change
    with pytest.raises(StoreError, match=words):
        from_json(Closing, document)


def test_a_number_that_no_float_holds_gives_one_clear_error() -> None:
    with pytest.raises(StoreError, match="no number is that large"):
        field_from_json(Verdict, "score", 10**400)


def test_a_missing_field_is_named() -> None:
    document = to_json(make_closing())
    del document["closed_by"]
    with pytest.raises(StoreError, match="closed_by"):
        from_json(Closing, document)


def test_a_field_with_a_default_may_be_missing() -> None:
    document = to_json(make_closing())
    del document["annotations"]
    assert from_json(Closing, document).annotations == ()


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_gives_one_clear_error(data: bytes) -> None:
    with pytest.raises(StoreError, match="not JSON"):
        parse(data)


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object(), np.zeros(3)])
def test_what_has_no_place_in_a_document_is_refused(value: object) -> None:
    with pytest.raises(StoreError, match="no place in a document"):
        to_json({"changes": value})


def test_heat_maps_stand_under_their_file_names() -> None:
    verdict = make_verdict(("top",))
    values = verdict.heat_maps[0].values
    document = to_json(verdict, {id(values): "top.v0.heat.jxl"})
    assert document["heat_maps"][0]["values"] == "top.v0.heat.jxl"
    again = from_json(type(verdict), document, {"top.v0.heat.jxl": values}.__getitem__)
    assert again.heat_maps[0].values is values
    with pytest.raises(StoreError, match="where none may stand"):
        from_json(type(verdict), document)


def test_one_field_is_read_by_its_type() -> None:
    when = datetime(2026, 11, 20, tzinfo=UTC)
    decided = Disposition(DispositionKind.DONATE, "m1", when)
    assert field_from_json(Closing, "disposition", to_json(decided)) == decided
    with pytest.raises(StoreError, match="no field colour"):
        field_from_json(Closing, "colour", "red")
