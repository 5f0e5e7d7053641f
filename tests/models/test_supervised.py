"""The supervised model speaks with and without references, and refuses what does not fit it in one line."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from booth.domain.percept import Reference, ViewPercept
from booth.domain.picture import Region
from booth.errors import ModelError
from models.embedding import digest
from models.manifest import network_pin, shipped_bytes
from models.shipped import Network
from models.supervised import PARTS, Supervised, height_map, maps_of

FloatArray = NDArray[np.float32]


@pytest.fixture(scope="module")
def supervised() -> Supervised:
    return Supervised()


def patches(seed: int) -> FloatArray:
    return np.random.default_rng(seed).normal(0, 1, (40, 40, 288)).astype(np.float32)


def view(seed: int = 0, heights: FloatArray | None = None) -> ViewPercept:
    return ViewPercept("top", Region(0, 0, 320, 320), patches(seed), heights)


def reference(seed: int) -> Reference:
    return Reference(f"r{seed}", "top", "trunk", patches(seed))


def test_without_references_it_speaks_of_the_view_alone(supervised: Supervised) -> None:
    opinion = supervised.look(view())
    assert opinion.conditioned is None
    assert opinion.types.shape == (6,)
    assert opinion.severity.sum() == pytest.approx(1, abs=1e-5)
    assert opinion.heat.shape == (64, 64)
    assert opinion.heat.dtype == np.float32
    assert 0 <= opinion.heat.min() <= opinion.heat.max() <= 1


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_any_number_of_references_changes_only_what_is_said_beside_them(
    supervised: Supervised, count: int
) -> None:
    alone = supervised.look(view())
    keys = [supervised.keys(reference(1 + index)) for index in range(count)]
    beside = supervised.look(view(), keys)
    assert beside.logit == alone.logit
    assert beside.conditioned is not None
    assert np.isfinite(beside.conditioned)


def test_the_order_of_the_references_does_not_matter(supervised: Supervised) -> None:
    keys = [supervised.keys(reference(1 + index)) for index in range(3)]
    heights = [np.full((40, 40), 10.0 * index, np.float32) for index in range(3)]
    seen = view(heights=np.full((40, 40), 12.0, np.float32))
    forth, back = supervised.look(seen, keys, heights), supervised.look(seen, keys[::-1], heights[::-1])
    assert forth.conditioned == pytest.approx(back.conditioned, abs=1e-4)


def test_a_reference_without_heights_is_as_one_whose_heights_were_not_read(supervised: Supervised) -> None:
    keys = [supervised.keys(reference(1))]
    seen = view(heights=np.full((40, 40), 12.0, np.float32))
    blind = np.full((40, 40), np.nan, np.float32)
    assert supervised.look(seen, keys).conditioned == supervised.look(seen, keys, [blind]).conditioned
    assert supervised.look(seen, keys).conditioned == supervised.look(seen, keys, [None]).conditioned


def test_what_is_not_known_of_a_cell_enters_as_nought_and_unknown() -> None:
    heights = np.array([[np.nan, 50.0], [1e9, -np.inf]], np.float32).repeat(20, 0).repeat(20, 1)
    found = height_map(heights)
    assert found[:, 0, 0].tolist() == [0, 0]
    assert found[:, 0, 39].tolist() == [0.5, 1]
    assert found[:, 39, 0].tolist() == [4, 1]
    assert found[:, 39, 39].tolist() == [0, 0]
    assert not maps_of(None, None, None).any()


@pytest.mark.parametrize("shape", [(40, 40, 96), (20, 20, 288), (0, 0, 288), (40, 40)])
def test_patches_of_another_shape_are_refused(supervised: Supervised, shape: tuple[int, ...]) -> None:
    odd = np.zeros(shape, np.float32)
    for call in (
        lambda: supervised.look(replace(view(), patches=odd)),
        lambda: supervised.keys(replace(reference(1), patches=odd)),
    ):
        with pytest.raises(ModelError) as told:
            call()
        assert "\n" not in str(told.value)


def test_keys_and_heights_that_do_not_fit_are_refused(supervised: Supervised) -> None:
    keys = supervised.keys(reference(1))
    for odd in ([keys[:20]], [keys] * 65):
        with pytest.raises(ModelError):
            supervised.look(view(), odd)
    for heights in ([None, None], [np.zeros((20, 20), np.float32)]):
        with pytest.raises(ModelError):
            supervised.look(view(), [keys], heights)


def test_what_is_no_number_gives_no_opinion(supervised: Supervised) -> None:
    broken = replace(view(), patches=np.full((40, 40, 288), np.nan, np.float32))
    with pytest.raises(ModelError, match="no number"):
        supervised.look(broken)


@pytest.mark.parametrize("part", PARTS)
def test_a_flipped_bit_is_refused_with_both_hashes(part: str) -> None:
    pin = network_pin(f"damage_{part}")
    data = bytearray(shipped_bytes(pin))
    data[len(data) // 2] ^= 1
    with pytest.raises(ModelError) as told:
        Network(pin, bytes(data))
    assert pin.sha256 in str(told.value)
    assert digest(bytes(data)) in str(told.value)


def test_missing_weights_are_told_at_once() -> None:
    with pytest.raises(ModelError, match="cannot be read; install the booth again"):
        Network(replace(network_pin("damage_alone"), file="none.onnx"))


def test_one_network_in_the_place_of_another_is_refused() -> None:
    pin, other = network_pin("damage_alone"), shipped_bytes(network_pin("damage_compared"))
    with pytest.raises(ModelError, match="the manifest says"):
        Network(replace(pin, sha256=digest(other)), other)


def test_weights_outside_the_file_are_refused() -> None:
    pin = network_pin("damage_alone")
    network = onnx.load_model_from_string(shipped_bytes(pin))
    tensor = network.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../secret"
    data = network.SerializeToString()
    with pytest.raises(ModelError, match="outside its file; that is refused"):
        Network(replace(pin, sha256=digest(data)), data)


def test_the_models_are_named_with_their_hashes(supervised: Supervised) -> None:
    pins = [network_pin(f"damage_{part}") for part in PARTS]
    assert dict(supervised.models) == {pin.name: pin.sha256 for pin in pins}


def test_the_card_is_of_the_networks_that_are_shipped() -> None:
    pins = {pin.file: pin for pin in (network_pin(f"damage_{part}") for part in PARTS)}
    card = json.loads((files("models") / "weights" / "damage.json").read_text("utf-8"))
    assert card["sha256"] == {name: pin.sha256 for name, pin in pins.items()}
    assert {pin.training_revision for pin in pins.values()} == {card["training_revision"]}
    assert sum(len(shipped_bytes(pin)) for pin in pins.values()) < 4_000_000
