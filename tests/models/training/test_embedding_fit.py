"""The head learns, gives the same weights for the same seed, and ships what it learnt; needs torch."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from booth.cli.main import run
from models.embedding import INPUTS, Embedder, digest, head_inputs
from models.manifest import network_pin
from models.training.features import Features, compute
from models.training.sampling import shop_pictures
from models.trunk import Trunk

torch = pytest.importorskip("torch", reason="torch is not installed here: `make test-train` runs these tests")


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Features:
    folder = tmp_path_factory.mktemp("features")
    return compute(shop_pictures(1, 24, 2), 72, folder, None, lambda done, total: None)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def untold(done: int, total: int) -> None:
    """Nobody watches."""


def test_onnx_gives_what_torch_gives(features: Features) -> None:
    from models.training.exporting import exported
    from models.training.head import CHANNELS, Head, Standardised

    torch.manual_seed(3)
    head = Head().eval()
    session = onnxruntime.InferenceSession(exported(head, features.scale), providers=["CPUExecutionProvider"])
    whole = Standardised(head, {name: torch.from_numpy(features.scale[name]) for name in CHANNELS})
    trunk = Trunk()
    for picture in shop_pictures(2, 4, 1):
        inputs = {
            name: values[None]
            for name, values in head_inputs(trunk.all_stages(picture.rgb), picture.rgb).items()
        }
        shipped = session.run(None, inputs)[0]
        with torch.inference_mode():
            learnt = whole(*(torch.from_numpy(inputs[name]) for name in INPUTS)).numpy()
        assert np.abs(shipped - learnt).max() < 1e-4


def test_the_loss_falls_and_the_same_seed_gives_the_same_weights(features: Features) -> None:
    from models.training.fitting import Plan, contrast, embedded, fit
    from models.training.head import Head

    plan = Plan(steps=12, families=6, seed=5)
    first, second = (fit(features, plan, untold).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = fit(features, Plan(steps=12, families=6, seed=6), untold).state_dict()
    assert not torch.equal(first["mix.weight"], other["mix.weight"])

    learnt, unlearnt = Head().eval(), Head().eval()
    learnt.load_state_dict(first)
    rows, labels = np.arange(len(features.product)), torch.from_numpy(features.product)
    losses = [
        float(contrast(torch.from_numpy(embedded(head, features, rows)), labels))
        for head in (learnt, unlearnt)
    ]
    assert losses[0] < losses[1]


def test_the_loss_is_small_where_products_lie_apart() -> None:
    from models.training.fitting import contrast

    labels = torch.tensor([0, 0, 1, 1, 2])
    apart = torch.eye(3)[labels]
    together = torch.ones(5, 3) / 3**0.5
    assert float(contrast(apart, labels)) < 1e-4
    assert float(contrast(together, labels)) > 1


def test_a_batch_holds_siblings_and_each_iconic_picture_once(features: Features) -> None:
    from models.training.fitting import Plan, batches

    for rows in batches(features, Plan(steps=5, families=4, siblings=3, photos=2)):
        assert len(set(rows.tolist())) == len(rows)
        for product in set(features.product[rows].tolist()):
            kinds = features.kind[rows][features.product[rows] == product].tolist()
            assert kinds == ["iconic", "photo", "photo"]


def test_a_tiny_run_goes_from_nothing_to_a_network_that_the_booth_loads(tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["--identities", "12", "--photos", "1", "--booth", "1", "--held-out", "6", "--steps", "4"]
    assert run(["train", "embedding", *arguments, "--out", str(out)]) == 0
    data = (out / "embedding.onnx").read_bytes()
    card = json.loads((out / "embedding.json").read_text("utf-8"))
    assert card["sha256"] == digest(data)
    assert card["figures"]["held_out_shop"]["n"] == 6
    assert [path.name for path in sorted(out.iterdir())] == ["embedding.json", "embedding.onnx"]

    rgb = np.full((60, 60, 3), 90, np.uint8)
    embedder = Embedder(replace(network_pin("embedding"), sha256=digest(data)), data)
    assert np.linalg.norm(embedder.embed(Trunk().all_stages(rgb), rgb)) == pytest.approx(1, abs=1e-3)
