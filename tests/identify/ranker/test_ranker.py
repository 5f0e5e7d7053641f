"""A fitted ranker orders, survives its document, and refuses what is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from booth.domain.product import BarcodeRead, Candidate, Product
from booth.errors import InputError, StoreError
from booth.identify.ranker.container import MAGIC, packed, unpacked
from booth.identify.ranker.features import FEATURES, Table
from booth.identify.ranker.fit import LEAST, Example, Fitted, fit, measured
from booth.identify.ranker.ranker import Ranker
from booth.ports.finding import Query

TEA = Product("4006381333931", "Grüner Tee", popularity=1.0)
COFFEE = Product("5901234123457", "Coffee beans", popularity=2.0)


def made_up(count: int, seed: int, per_query: int = 8) -> list[Example]:
    """Queries whose truth has a high `fused` and `printed_cover`; one in twenty is not among them."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        values = np.zeros((per_query, len(FEATURES)), np.float32)
        truth = int(rng.integers(per_query))
        for name in ("fused", "printed_cover"):
            values[:, FEATURES.index(name)] = rng.normal(0, 1, per_query)
            values[truth, FEATURES.index(name)] += 2.0
        gtins = tuple(f"{number:013}" for number in range(per_query))
        made.append(Example(Table(gtins, values), gtins[truth] if rng.random() < 0.95 else "x", "none"))
    return made


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fit(made_up(400, 1), rounds=40)


def test_it_orders_better_than_any_one_of_its_features(fitted: Fitted) -> None:
    held_out = made_up(300, 2)
    figures = measured(fitted.ranker, held_out)
    column = FEATURES.index("fused")
    alone = np.mean([example.place == int(example.table.values[:, column].argmax()) for example in held_out])
    assert figures["r@1"] > alone + 0.05
    assert figures["r@1"] <= figures["r@5"] <= figures["r@10"] <= figures["retrieved"]


def test_its_confidence_means_what_it_says(fitted: Fitted) -> None:
    figures = measured(fitted.ranker, made_up(600, 3))
    assert figures["calibration_error"] < 0.12
    assert figures["brier"] < 0.2


def test_what_may_be_settled_wrongly_says_how_sure_one_must_be(fitted: Fitted) -> None:
    limits = [fitted.ranker.limit_for(share) for share in (0.0001, 0.1, 0.3, 0.45)]
    assert limits == sorted(limits, reverse=True)
    assert limits[0] == 2.0
    assert 0 < limits[-1] < 1


def test_it_says_on_how_many_items_it_was_measured(fitted: Fitted) -> None:
    assert fitted.figures["n"] == 60
    assert fitted.figures["false_accept_upper"] > 0


def test_its_document_gives_the_same_ranker(fitted: Fitted) -> None:
    again = Ranker.from_bytes(fitted.ranker.to_bytes())
    table = made_up(1, 4)[0].table
    assert again.scores(table).tolist() == fitted.ranker.scores(table).tolist()
    assert again.to_bytes() == fitted.ranker.to_bytes()
    assert again.version == fitted.ranker.version
    assert Ranker.from_bytes(again.to_bytes(), "ranker-7").version == "ranker-7"


def test_each_product_comes_once_under_the_strategy_that_ranked_it_highest(fitted: Fitted) -> None:
    retrieved = {
        "image": [Candidate(COFFEE.gtin, 0.9, "image"), Candidate(TEA.gtin, 0.5, "image")],
        "typed_text": [Candidate(TEA.gtin, 3.0, "typed_text"), Candidate("gone", 1.0, "typed_text")],
    }
    query = Query(barcodes=(BarcodeRead("top", "EAN-13", TEA.gtin, TEA.gtin),))
    ranking = fitted.ranker.rank(query, retrieved, {TEA.gtin: TEA, COFFEE.gtin: COFFEE})
    assert {each.gtin: each.strategy for each in ranking.candidates} == {
        TEA.gtin: "typed_text", COFFEE.gtin: "image",
    }  # fmt: skip
    scores = [each.score for each in ranking.candidates]
    assert scores == sorted(scores, reverse=True)
    assert 0 < ranking.confidence < 1


def test_nothing_retrieved_is_ranked_as_nothing(fitted: Fitted) -> None:
    ranking = fitted.ranker.rank(Query(), {}, {})
    assert (ranking.candidates, ranking.confidence) == ((), 0.0)


def test_too_few_items_fit_nothing() -> None:
    with pytest.raises(InputError, match=str(LEAST)):
        fit(made_up(LEAST - 1, 1))


def test_items_that_are_all_alike_can_still_be_fitted() -> None:
    same = made_up(1, 1, per_query=1) * LEAST
    ranker = fit([replace(example, truth=example.table.gtins[0]) for example in same]).ranker
    assert ranker.scores(same[0].table).shape == (1,)


def changed(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda data: b"",
        lambda data: b"\x80\x04K\x01.",
        lambda data: MAGIC,
        lambda data: MAGIC + b"[" * 100_000 + b"\n",
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: changed(data, len(data) // 2),
        lambda data: changed(data, len(MAGIC) + 3),
        lambda data: remade(data, features=["other"]),
        lambda data: remade(data, held_out=[[0.5, 2.0], [True, True]]),
        lambda data: remade(data, held_out=[[0.5], []]),
        lambda data: remade(data, held_out=None),
        lambda data: remade(data, calibration={"raw": [1, 0], "probability": [0, 1]}),
        lambda data: remade(data, calibration={"raw": [0, 1], "probability": [0, 7]}),
        lambda data: remade(data, calibration=None),
        lambda data: with_trees(data, b"not ONNX at all"),
        lambda data: with_trees(data, network()),
        lambda data: with_trees(data, network(external=True)),
        lambda data: with_trees(data, unpacked(data)[1]["sure"]),
    ],
)
def test_what_is_no_ranker_is_refused_in_one_line(fitted: Fitted, break_it: object) -> None:
    assert callable(break_it)
    with pytest.raises(StoreError) as refused:
        Ranker.from_bytes(break_it(fitted.ranker.to_bytes()))
    assert "\n" not in str(refused.value)


def remade(data: bytes, **head: object) -> bytes:
    old, parts = unpacked(data)
    return packed({**old, **head}, parts)


def with_trees(data: bytes, trees: bytes) -> bytes:
    head, parts = unpacked(data)
    return packed(head, {**parts, "order": trees})


def network(external: bool = False) -> bytes:
    """A matrix product, its matrix in a file beside it."""
    from onnx import TensorProto, helper

    matrix = helper.make_tensor("m", TensorProto.FLOAT, [len(FEATURES), 1], [0.0] * len(FEATURES))
    if external:
        matrix.ClearField("float_data")
        matrix.data_location = TensorProto.EXTERNAL
        matrix.external_data.add(key="location", value="/etc/passwd")
    node = helper.make_node("MatMul", ["rows", "m"], ["scores"])
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, len(FEATURES)])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, 1])
    model = helper.make_model(helper.make_graph([node], "g", [rows], [scores], [matrix]))
    return bytes(model.SerializeToString())
