"""Policies are kept whole and for good, and the last one put into force is the one in force."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.domain.terms import new_id
from booth.domain.thresholds import NOMINAL, Thresholds
from booth.errors import InputError, StoreError
from booth.store.documents import from_json, to_json
from booth.store.policies import Policies

FITTED = Thresholds(
    version="policy-1",
    unsure_above=0.25,
    damaged_above=0.5,
    made_at=datetime(2026, 11, 20, tzinfo=UTC),
    made_by="ops",
    budget=0.005,
    models={"trunk": "aa"},
    figures={"damaged_rate": 0.0045},
)


def test_nominal_thresholds_are_in_force_before_any_other(tmp_path: Path) -> None:
    policies = Policies(tmp_path / "none")
    assert policies.in_force() is NOMINAL
    assert (policies.versions(), policies.uses()) == ([], [])
    assert not (tmp_path / "none").exists()


def test_a_kept_policy_is_in_force_once_it_is_used_and_can_be_gone_back_from(tmp_path: Path) -> None:
    policies = Policies(tmp_path)
    policies.keep(FITTED)
    policies.keep(replace(FITTED, version="policy-2", damaged_above=0.6))
    assert policies.in_force() is NOMINAL
    for version in ("policy-1", "policy-2", "policy-1"):
        policies.use(version, "ops")
    assert Policies(tmp_path).in_force() == FITTED
    policies.use("nominal")
    assert policies.in_force() is NOMINAL
    assert [use.version for use in policies.uses()] == ["policy-1", "policy-2", "policy-1", "nominal"]
    assert policies.versions() == ["policy-2", "policy-1"]


@given(st.floats(0, 1), st.floats(0, 1), st.dictionaries(st.text(max_size=9), st.floats(allow_nan=False)))
def test_thresholds_survive_their_document(first: float, second: float, figures: dict[str, float]) -> None:
    low, high = sorted((first, second))
    thresholds = replace(FITTED, unsure_above=low, damaged_above=high, figures=figures)
    assert from_json(Thresholds, json.loads(json.dumps(to_json(thresholds)))) == thresholds


@pytest.mark.parametrize("version", ["policy-1", "nominal"])
def test_a_version_is_kept_once(tmp_path: Path, version: str) -> None:
    policies = Policies(tmp_path)
    policies.keep(FITTED)
    with pytest.raises(StoreError, match="already"):
        policies.keep(replace(FITTED, version=version, budget=0.1))
    assert policies.load("policy-1") == FITTED


@pytest.mark.parametrize("version", ["policy-9", "../policy-1", "", "a/b", "x" * 200, "\0"])
def test_an_unknown_version_is_refused(tmp_path: Path, version: str) -> None:
    policies = Policies(tmp_path)
    policies.keep(FITTED)
    for refused in (policies.load, policies.use):
        with pytest.raises(InputError, match="polic"):
            refused(version)
    assert policies.uses() == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"0.5", b"0.9"),
        lambda data: b"",
        lambda data: b"\xff\xfe" + data,
        lambda data: b"[" * 100_000,
        lambda data: b" " * 2_000_000,
    ],
    ids=["cut", "changed", "empty", "not UTF-8", "deep", "huge"],
)
def test_a_damaged_policy_is_told_with_its_remedy_and_never_used(tmp_path: Path, damage: object) -> None:
    policies = Policies(tmp_path)
    policies.keep(FITTED)
    policies.use("policy-1")
    file = tmp_path / "policies" / "policy-1.json"
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    for refused in (policies.in_force, lambda: policies.use("policy-1")):
        with pytest.raises(StoreError, match="booth policy use"):
            refused()
    policies.use("nominal")
    assert policies.in_force() is NOMINAL


def test_a_policy_that_was_removed_is_told(tmp_path: Path) -> None:
    policies = Policies(tmp_path)
    policies.keep(FITTED)
    policies.use("policy-1")
    (tmp_path / "policies" / "policy-1.json").unlink()
    with pytest.raises(StoreError, match="gone"):
        policies.in_force()


def test_a_damaged_use_is_told_with_its_remedy(tmp_path: Path) -> None:
    policies = Policies(tmp_path)
    policies.use("nominal")
    (tmp_path / "policy-uses" / "000001.json").write_text("{}")
    with pytest.raises(StoreError, match="move it away"):
        policies.version_in_force()


def test_what_a_killed_writer_left_is_no_policy(tmp_path: Path) -> None:
    policies = Policies(tmp_path)
    policies.keep(FITTED)
    (tmp_path / "policies" / ".policy-2.json").write_text("{")
    assert policies.versions() == ["policy-1"]


def test_two_writers_at_once_lose_no_use(tmp_path: Path) -> None:
    threads = [threading.Thread(target=Policies(tmp_path).use, args=("nominal",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20.0)
    assert len(Policies(tmp_path).uses()) == 8


def test_versions_are_listed_newest_first(tmp_path: Path) -> None:
    policies = Policies(tmp_path)
    made = [new_id("policy") for _ in range(4)]
    for version in made:
        policies.keep(replace(FITTED, version=version))
    assert policies.versions() == sorted(made, reverse=True)
