"""The supervised model learns from planted damage, and ONNX gives what torch gives; needs torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from booth.cli.main import run
from booth.domain.percept import ViewPercept
from booth.domain.picture import Region
from booth.errors import InputError, ModelError
from models.embedding import digest
from models.manifest import network_pin
from models.percepts import Percepts
from models.shipped import Network
from models.supervised import DAMAGES, PARTS, SEVERITIES, Supervised, height_map, maps_of
from tests.models.training.planted import planted

torch = pytest.importorskip("torch", reason="torch is not installed here: `make test-train` runs these tests")


@pytest.fixture(scope="module")
def percepts() -> Percepts:
    return planted(10)


@pytest.fixture(scope="module")
def restless(percepts: Percepts) -> Any:
    """A network whose weights and running statistics no one would take for fresh ones."""
    from models.training.damage_data import Samples
    from models.training.damage_fitting import Plan, new_network

    network = new_network(Samples(percepts), Plan()).eval()
    torch.manual_seed(4)
    with torch.no_grad():
        for value in network.parameters():
            value.add_(torch.randn_like(value) * 0.05)
        for name, value in network.named_buffers():
            if name.endswith("running_mean"):
                value.add_(torch.randn_like(value) * 0.1)
    return network


@pytest.fixture(scope="module")
def parts(restless: Any) -> Mapping[str, bytes]:
    from models.training.damage_exporting import exported

    return exported(restless)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def untold(done: int, total: int) -> None:
    """Nobody watches."""


def shipped(parts: Mapping[str, bytes]) -> Supervised:
    """The runtime on these networks, pinned as the manifest pins the shipped ones."""
    return Supervised(
        {
            part: Network(replace(network_pin(f"damage_{part}"), sha256=digest(parts[part])), parts[part])
            for part in PARTS
        }
    )


def a_view(seed: int) -> ViewPercept:
    rng = np.random.default_rng(seed)
    heights = rng.uniform(0, 120, (40, 40)).astype(np.float32)
    heights[:5] = np.nan
    return ViewPercept(
        "top",
        Region(0, 0, 320, 320),
        rng.normal(0, 1, (40, 40, 288)).astype(np.float32),
        heights,
        rng.uniform(0, 1, (40, 40)).astype(np.float32),
    )


@pytest.mark.parametrize("references", [0, 1, 3, 5])
def test_onnx_gives_what_torch_gives(
    restless: Any, parts: Mapping[str, bytes], percepts: Percepts, references: int
) -> None:
    from models.training.damage_data import Batch
    from models.training.damage_fitting import answered

    runtime = shipped(parts)
    view, others = a_view(1), [a_view(2 + index) for index in range(references)]
    keys = [runtime.keys(replace(percepts.reference(0), patches=other.patches)) for other in others]
    opinion = runtime.look(view, keys, [other.heights_mm for other in others])

    raw = torch.from_numpy(np.stack([one.patches for one in (view, *others)]))
    heights = np.array([height_map(other.heights_mm) for other in others], np.float32)
    nothing = torch.zeros(1)
    with torch.inference_mode():
        alone, compared = answered(
            restless,
            Batch(
                restless.projection.components(raw),
                torch.zeros(1, dtype=torch.long),
                torch.arange(1, references + 1)[None],
                torch.from_numpy(maps_of(view.heights_mm, view.item, view.beside)[None]),
                torch.from_numpy(heights.reshape(1, references, 2, 40, 40)),
                *(nothing,) * 5,
            ),
        )
    told = alone if compared is None else compared
    assert opinion.logit == pytest.approx(float(alone.logit[0]), abs=1e-4)
    if compared is None:
        assert opinion.conditioned is None
    else:
        assert opinion.conditioned == pytest.approx(float(compared.logit[0]), abs=1e-4)
    assert np.abs(opinion.types - torch.sigmoid(told.types[0]).numpy()).max() < 1e-4
    assert np.abs(opinion.severity - torch.softmax(told.severity[0], dim=0).numpy()).max() < 1e-4
    assert np.abs(opinion.heat - torch.sigmoid(told.heat[0]).numpy()).max() < 1e-4


def test_gathering_reads_between_cells_as_torch_does() -> None:
    from models.training.damage_alignment import gathered, sampled

    torch.manual_seed(0)
    values, flow = torch.randn(3, 1600, 5), torch.rand(3, 2, 1600) * 2.4 - 1.2
    assert float((gathered(values, flow) - sampled(values, flow)).abs().max()) < 1e-4


def test_a_moved_and_turned_reference_is_brought_onto_the_view() -> None:
    from models.training.damage_alignment import Alignment

    torch.manual_seed(0)
    align = Alignment().requires_grad_(False)
    align.sharpness.data.fill_(3.5)
    coarse = torch.randn(1, 32, 14, 14)
    reference = torch.nn.functional.interpolate(coarse, size=(40, 40), mode="bicubic")
    turn = torch.tensor([[[1.0, 0.12, 0.1], [-0.12, 1.0, -0.08]]])
    wanted = torch.nn.functional.affine_grid(turn, (1, 32, 40, 40), align_corners=False)
    view = torch.nn.functional.grid_sample(reference, wanted, padding_mode="border", align_corners=False)
    flow = align.flow(
        view.permute(0, 2, 3, 1), torch.ones(1, 1, 40, 40), reference.permute(0, 2, 3, 1)[:, None]
    )
    missed = (flow - wanted.reshape(1, 1600, 2).transpose(1, 2)).abs().mean() * 20
    assert float(missed) < 0.4, "cells"


def test_the_loss_falls_and_the_same_seed_gives_the_same_weights(percepts: Percepts) -> None:
    from models.training.damage_data import Samples, draws
    from models.training.damage_fitting import Plan, fit, new_network, step_loss

    samples, plan = Samples(percepts), Plan(steps=6, groups=2, views=3, seed=5)
    first, second = (fit(samples, plan, untold) for _ in range(2))
    states = first.state_dict(), second.state_dict()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])

    queries, references = next(draws(samples.groups(held_out=False), np.random.default_rng(0), 2, 4))
    batch = samples.batch(queries, references)
    with torch.inference_mode():
        losses = [float(step_loss(one, batch)) for one in (first, new_network(samples, plan).eval())]
    assert losses[0] < losses[1]


def test_a_batch_tells_what_each_view_shows(percepts: Percepts) -> None:
    from models.training.damage_data import Samples, draws, varied
    from models.training.damage_fitting import Plan, new_network

    samples = Samples(percepts)
    samples.prepare(new_network(samples, Plan()).projection.components, untold)
    rng = np.random.default_rng(3)
    for queries, references in (next(draws(samples.groups(held_out=False), rng, 3, 6)) for _ in range(4)):
        assert not (references == queries[:, None]).any(), "a reference is never beside itself"
        batch = varied(samples.batch(queries, references), rng)
        for place, row in enumerate(queries.tolist()):
            labels = percepts.rows[row].labels
            assert bool(batch.damaged[place]) == (labels["role"] == "damaged")
            assert [DAMAGES[at] for at in torch.nonzero(batch.types[place])[:, 0]] == (
                [labels["damage"]] if labels["damage"] else []
            )
            assert SEVERITIES[int(batch.severity[place])] == labels["severity"]
            assert bool(batch.heat[place].any()) == bool(batch.damaged[place])


def test_held_out_products_are_never_learnt_from(percepts: Percepts) -> None:
    from models.training.damage_data import Samples

    samples = Samples(percepts)
    sides = [
        {percepts.rows[group.references[0]].labels["gtin"] for group in samples.groups(held_out)}
        for held_out in (False, True)
    ]
    assert sides[0]
    assert sides[1]
    assert not sides[0] & sides[1]


def test_one_product_is_too_few() -> None:
    from models.training.damage_data import Samples
    from models.training.damage_fitting import Plan, fit

    with pytest.raises(InputError, match="too few products"):
        fit(Samples(planted(1)), Plan(steps=1), untold)


def test_a_network_with_another_shape_than_the_manifest_says_is_refused(parts: Mapping[str, bytes]) -> None:
    pin = replace(network_pin("damage_compared"), sha256=digest(parts["alone"]))
    with pytest.raises(ModelError, match="the manifest says"):
        Network(pin, parts["alone"])


def test_figures_are_told_by_all_that_is_known_of_held_out_items(percepts: Percepts) -> None:
    from models.training.damage_data import Samples
    from models.training.damage_fitting import Plan, fit
    from models.training.damage_training import measured

    samples, plan = Samples(percepts), Plan(steps=2, groups=2, views=3)
    figures = measured(samples, fit(samples, plan, untold), plan, lambda task: untold)
    assert set(figures["by_references"]) == {"0", "1", "2", "4"}
    assert all(0 <= one["auroc"] <= 1 for one in figures["by_references"].values())
    assert set(figures["by_severity"]) == {"major"}
    assert set(figures["by_material"]) == {"card"}
    assert sum(one["n"] for one in figures["calibration"]) == sum(
        figures["by_references"]["4"][name] for name in ("n_good", "n_bad")
    )


def test_a_tiny_run_goes_from_nothing_to_networks_that_the_booth_loads(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(["train", "damage", "--items", "20", "--steps", "3", "--out", str(out)]) == 0
    card = json.loads((out / "damage.json").read_text("utf-8"))
    files = [f"damage-{part}.onnx" for part in PARTS]
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [*files, "captures", "damage.json", "damage.png"]
    )
    assert card["sha256"] == {name: digest((out / name).read_bytes()) for name in files}
    assert card["data"]["items"] == 20
    opinion = shipped(
        {part: (out / name).read_bytes() for part, name in zip(PARTS, files, strict=True)}
    ).look(a_view(3))
    assert 0 <= opinion.heat.max() <= 1
