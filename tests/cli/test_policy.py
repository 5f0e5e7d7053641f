"""`booth policy` fits, lists, shows and goes back, and says in one line what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from booth.cli.main import run
from booth.store.policies import Policies
from booth.store.samples import Store
from tests.samples import make_closing, make_sample


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "var"


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """1,200 good items of 300 products, and 60 damaged ones."""
    rng = np.random.default_rng(0)
    lines = [f"g{n},p{n // 4},{score:.6f},0" for n, score in enumerate(rng.beta(2, 12, 1_200))]
    lines += [f"d{n},p{n},{score:.6f},1" for n, score in enumerate(rng.beta(12, 3, 60))]
    file = tmp_path / "scores.csv"
    file.write_text("\n".join(("item,product,score,damaged", *lines)))
    return file


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_policy_is_fitted_used_and_gone_back_from(
    home: Path, scores: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fit = ["policy", "fit", "--budget", "0.005", "--scores", str(scores), "--ahead", "2000", "--json"]
    assert run(fit) == 0
    first = printed(capsys)
    assert first["figures"]["n_good"] == 1_200
    assert first["figures"]["damaged_rate"] <= 0.005 < first["figures"]["damaged_upper"]
    assert first["damaged_threshold"]["n"] == 1_200
    assert 0 < first["figures"]["damaged_ahead_at_most"] < 40
    assert first["recall"]["low"] <= first["recall"]["share"] <= first["recall"]["high"]
    assert first["recall"]["n"] == 60
    assert run(fit) == 0
    second = printed(capsys)
    assert second["version"] != first["version"]
    assert second["damaged_above"] == first["damaged_above"]
    assert Policies(home).version_in_force() == second["version"]
    assert run(["policy", "use", first["version"]]) == 0
    assert first["version"] in capsys.readouterr().out
    assert run(["policy", "list", "--json"]) == 0
    listed = {each["version"]: each["in_force"] for each in printed(capsys)}
    assert listed == {first["version"]: True, second["version"]: False, "nominal": False}
    assert run(["policy", "show", "--json"]) == 0
    shown = printed(capsys)
    assert (shown["version"], len(shown["uses"])) == (first["version"], 2)
    assert shown["table"][0]["disposition"] == "sell"


def test_everything_that_is_worth_knowing_is_printed(
    home: Path, scores: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "fit", "--scores", str(scores), "--assured", "--dry-run"]) == 0
    out = capsys.readouterr().out
    for words in (
        "1,200 good items of 300 products",
        "95 % upper bound",
        "of the next 1,000",
        "assured",
        "of 60",
    ):
        assert words in out
    assert "not kept" in out
    assert Policies(home).versions() == []
    assert run(["policy", "list"]) == run(["policy", "show"]) == 0
    assert "nominal" in capsys.readouterr().out


def test_without_damaged_items_no_recall_is_claimed(
    home: Path, scores: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = [line for line in scores.read_text().splitlines() if not line.endswith(",1")]
    scores.write_text("\n".join(good))
    assert run(["policy", "fit", "--scores", str(scores)]) == 0
    assert "cannot be told" in capsys.readouterr().out


def test_too_few_confirmed_items_say_how_many_more_are_needed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.open(home, high_water_free_mb=0, ballast_mb=0) as store:
        for seed in range(2):
            sample = make_sample(seed=seed)
            store.keep(sample)
            store.close_sample(sample.sample_id, make_closing())
    assert run(["policy", "fit", "--budget", "0.005"]) == 2
    said = capsys.readouterr().err
    assert "598 more good items are needed" in said
    assert "2 are left out: judged by other models" in said
    assert Policies(home).versions() == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fit", "--scores", "none.csv"], "none.csv: cannot be read"),
        (["fit", "--scores", "scores.csv", "--budget", "0.7"], "impossible"),
        (["fit", "--scores", "scores.csv", "--budget", "nan"], "impossible"),
        (["fit", "--scores", "scores.csv", "--budget", "0.2"], "cannot be the smaller one"),
        (["fit", "--scores", "scores.csv", "--budget", "0.001"], "more good items are needed"),
        (["fit", "--ahead", "0"], "--ahead"),
        (["use", "policy-9"], "booth policy list"),
        (["show", "../../etc/passwd"], "no version of a policy"),
    ],
)
def test_what_is_refused_is_refused_in_one_line_and_changes_nothing(
    home: Path, scores: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(["policy", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert Policies(home).uses() == []


def test_good_items_that_all_score_one_leave_nothing_to_call_damaged(
    home: Path, scores: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"g{n},p{n},{0.5 if n % 2 else 1.0},0" for n in range(1_200)]
    scores.write_text("\n".join(("item,product,score,damaged", *lines)))
    assert run(["policy", "fit", "--scores", str(scores)]) == 2
    assert "no threshold keeps the budget" in capsys.readouterr().err


def test_a_damaged_policy_is_listed_and_can_be_left(
    home: Path, scores: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "fit", "--scores", str(scores), "--json"]) == 0
    version = printed(capsys)["version"]
    (home / "policies" / f"{version}.json").write_text("{}")
    assert run(["policy", "list", "--json"]) == 0
    assert "damaged" in printed(capsys)[0]
    assert run(["policy", "show"]) == 2
    assert "booth policy use" in capsys.readouterr().err
    assert run(["policy", "use", "nominal"]) == 0


def test_pictures_are_inspected_under_the_policy_in_force(
    home: Path, tmp_path: Path, scores: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "item.png"
    cv2.imwrite(str(picture), np.full((64, 64, 3), 90, np.uint8))
    assert run(["policy", "fit", "--scores", str(scores), "--json"]) == 0
    version = printed(capsys)["version"]
    for in_force in (version, "nominal"):
        assert run(["policy", "use", in_force]) == 0
        capsys.readouterr()
        assert run(["inspect", str(picture), "--json"]) == 0
        assert printed(capsys)[0]["policy"] == in_force
