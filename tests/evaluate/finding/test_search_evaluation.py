"""Typed search is measured beside a tuned BM25, and bad files get one clear line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from booth.cli.main import run
from booth.domain.product import Product
from booth.errors import InputError
from booth.evaluate.finding.bm25 import Bm25, Setting, tuned
from booth.evaluate.finding.search import ranking_figures, read_queries
from booth.evaluate.finding.synthetic.catalogue import products
from booth.evaluate.finding.synthetic.files import write_products, write_queries
from booth.evaluate.finding.synthetic.queries import queries

GTIN = "2900000000018"
MADE = (
    Product(GTIN, "Nivalo Soap Lavender", "Nivalo", "Beauty > Bath", "125 g", popularity=1.0),
    Product("2900000000025", "Nivalo Soap Rose", "Nivalo", "Beauty > Bath", "125 g", popularity=900.0),
)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "columns"),
        (b"text,gtin\n", "no queries"),
        (b"words,gtin\nsoap,2900000000018\n", "columns"),
        (b"text,gtin\nsoap,2900000000019\n", "line 2: '2900000000019' is no GTIN"),
        (b"text,gtin\nsoap,123456\n", "is no GTIN"),
        (b"text,gtin\nsoap\n", "is no GTIN"),
        (b"text,gtin\n ,2900000000018\n", "line 2: a query"),
        (b"text,gtin\nsoap,2900000000018,more\n", "line 2: a query"),
        (b"text,gtin\n" + b"a" * 20_000 + b",2900000000018\n", "line 2: a query"),
        (b"text,gtin\n" + b"a" * 2_000_000 + b",2900000000018\n", "line 2|no CSV"),
        (b'text,gtin\n"soap,2900000000018\n', "no CSV"),
        (b"\xff\xfe\x00text,gtin\n", "no CSV"),
        (b"PAR1\x00\x00\x00\x00PAR1", "columns|no CSV"),
    ],
)
def test_bad_queries_are_refused_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "q.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says) as refused:
        read_queries(path)
    assert "\n" not in str(refused.value)


def test_queries_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.csv"):
        with pytest.raises(InputError, match="cannot be read"):
            read_queries(path)


def test_queries_are_read_as_they_were_written(tmp_path: Path) -> None:
    made = [('soap "large", 5 g', GTIN), ("Crème\nbrûlée", GTIN)]
    write_queries(tmp_path / "q.csv", made)
    assert read_queries(tmp_path / "q.csv") == made


def test_the_figures_of_known_ranks_are_as_reckoned_by_hand() -> None:
    figures = ranking_figures([1, 2, 0, 11])
    assert figures == {
        "n": 4,
        "correct": 1,
        "correct_rate": 0.25,
        "r@1": 0.25,
        "r@5": 0.5,
        "r@10": 0.5,
        "mrr": pytest.approx((1 + 1 / 2 + 1 / 11) / 4),
        "ndcg@10": pytest.approx((1 + 0.6309297535714575) / 4),
        "missed@10": 2,
    }


def test_bm25_finds_exact_and_fuzzy_terms(tmp_path: Path) -> None:
    bm25 = Bm25(tmp_path, MADE)
    for setting in (Setting(), Setting(together=True)):
        assert bm25.search("nivalo lavneder", 10, setting)[0] == GTIN
        assert bm25.search('"*', 10, setting) == []
    assert bm25.search("lavneder", 10, Setting(fuzzy=0.0)) == []
    assert bm25.search("soap", 10, Setting(popular=True))[0] == MADE[1].gtin


def test_bm25_gets_the_setting_that_scores_best() -> None:
    wanted = Setting(together=True, fuzzy=2.0, popular=True)

    def alike(setting: Setting) -> float:
        return (
            (setting.together == wanted.together)
            + (setting.popular == wanted.popular)
            - abs(setting.fuzzy - 2.0)
        )

    best = tuned(alike, lambda done, total: None)
    assert (best.together, best.fuzzy, best.popular) == (True, 2.0, True)


def evaluated(capsys: pytest.CaptureFixture[str], *more: str, code: int = 0) -> Mapping[str, Any]:
    assert run(["evaluate", "search", "--catalogue", "c.csv", "--queries", "q.csv", "--json", *more]) == code
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return json.loads(printed.out) if code == 0 else {"error": printed.err}


def test_search_is_measured_beside_bm25(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    made = list(products(400, seed=9))
    write_products(Path("c.csv"), made)
    write_queries(Path("q.csv"), queries(made[::20], 3))
    write_queries(Path("t.csv"), queries(made[7::40], 4))
    figures = evaluated(capsys, "--tune-queries", "t.csv")
    assert (figures["n"], figures["products"]) == (20, 400)
    for way in ("bm25", "typed_text", "structured"):
        assert figures[way]["r@10"] > 0.5
        assert figures[way]["r@1"] <= figures[way]["mrr"] <= figures[way]["r@10"] + 0.1
    write_queries(Path("q.csv"), [("soap", "4006381333931")])
    assert "has no product 4006381333931" in evaluated(capsys, code=2)["error"]
    Path("c.csv").write_text("")
    assert "empty" in evaluated(capsys, code=2)["error"]
