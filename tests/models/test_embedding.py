"""The embedding is made by the pinned network and by no other, from the trunk's one pass."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files

import numpy as np
import onnx
import pytest

from booth.domain.picture import Frame, View
from booth.errors import ModelError
from models.embedding import DIMENSIONS, Embedder, digest, head_inputs
from models.manifest import NetworkPin, network_pin, shipped_bytes
from models.perception import TrunkPerception
from models.trunk import FloatArray, Trunk


class CountingTrunk(Trunk):
    """Counts its passes."""

    passes = 0

    def all_stages(self, rgb: np.ndarray) -> list[FloatArray]:
        self.passes += 1
        return super().all_stages(rgb)


@pytest.fixture(scope="module")
def trunk() -> CountingTrunk:
    return CountingTrunk()


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def picture(seed: int, height: int = 90, width: int = 120) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 8, 3)).astype(np.uint8)
    return np.repeat(np.repeat(coarse, height // 6, axis=0), width // 8, axis=1)


def row_of(trunk: Trunk, embedder: Embedder, rgb: np.ndarray) -> FloatArray:
    return embedder.embed(trunk.all_stages(rgb), rgb)


def pinned(data: bytes) -> NetworkPin:
    return replace(network_pin("embedding"), sha256=digest(data))


def views(pictures: Sequence[np.ndarray]) -> list[View]:
    return [View(str(index), Frame(str(index), rgb, None, 0, 0)) for index, rgb in enumerate(pictures)]


def test_an_embedding_has_unit_length_and_is_the_same_for_the_same_picture(
    trunk: CountingTrunk, embedder: Embedder
) -> None:
    first, second = (row_of(trunk, embedder, picture(0)) for _ in range(2))
    assert first.shape == (DIMENSIONS,)
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-4)
    assert np.array_equal(first, second)


def test_a_picture_is_nearer_to_its_darker_self_than_to_another(
    trunk: CountingTrunk, embedder: Embedder
) -> None:
    bright, other = picture(1), picture(2)
    darker = (bright * 0.8).astype(np.uint8)
    rows = [row_of(trunk, embedder, rgb) for rgb in (bright, darker, other)]
    assert rows[0] @ rows[1] > rows[0] @ rows[2]


@pytest.mark.parametrize("rgb", [np.zeros((1, 1, 3), np.uint8), np.full((3, 500, 3), 255, np.uint8)])
def test_pictures_without_any_contrast_still_give_a_row(
    trunk: CountingTrunk, embedder: Embedder, rgb: np.ndarray
) -> None:
    assert np.isfinite(row_of(trunk, embedder, rgb)).all()


def test_every_view_gives_a_row_from_one_pass_of_the_trunk(trunk: CountingTrunk, embedder: Embedder) -> None:
    before = trunk.passes
    look = TrunkPerception(trunk, embedder)
    seen = look.perceive(views([picture(3), picture(4)]), None)
    assert trunk.passes - before == 2
    assert seen.embeddings is not None
    assert seen.embeddings.shape == (2, DIMENSIONS)
    assert np.allclose(seen.embeddings[1], row_of(trunk, embedder, picture(4)), atol=1e-6)
    assert seen.embedder == look.embedder
    assert look.embedder.startswith(embedder.version)


def test_no_views_give_no_rows(trunk: CountingTrunk, embedder: Embedder) -> None:
    seen = TrunkPerception(trunk, embedder).perceive([], None)
    assert seen.embeddings is not None
    assert seen.embeddings.shape == (0, DIMENSIONS)


def test_a_flipped_byte_is_refused_with_both_hashes() -> None:
    data = bytearray(shipped_bytes(network_pin("embedding")))
    data[len(data) // 2] ^= 1
    with pytest.raises(ModelError) as told:
        Embedder(data=bytes(data))
    assert network_pin("embedding").sha256 in str(told.value)
    assert digest(bytes(data)) in str(told.value)
    assert "\n" not in str(told.value)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(ModelError, match=r"none\.onnx cannot be read; install the booth again"):
        Embedder(replace(network_pin("embedding"), file="none.onnx"))


def test_another_shape_than_the_manifest_says_is_refused() -> None:
    with pytest.raises(ModelError, match="the manifest says"):
        Embedder(replace(network_pin("embedding"), outputs={"embedding": [1, 128]}))


@pytest.mark.parametrize("data", [b"", b"no network", b"\x08\x07" * 50])
def test_bytes_that_are_no_network_are_refused(data: bytes) -> None:
    with pytest.raises(ModelError):
        Embedder(pinned(data), data)


def test_weights_outside_the_file_are_refused() -> None:
    network = onnx.load_model_from_string(shipped_bytes(network_pin("embedding")))
    tensor = network.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../secret"
    data = network.SerializeToString()
    with pytest.raises(ModelError, match="outside its file; that is refused"):
        Embedder(pinned(data), data)


def test_stages_that_are_not_numbers_are_told(trunk: CountingTrunk, embedder: Embedder) -> None:
    broken = [np.full_like(stage, np.nan) for stage in trunk.all_stages(picture(5))]
    with pytest.raises(ModelError, match="it must be 1"):
        embedder.embed(broken, picture(5))


def test_the_head_is_given_the_finest_stage_at_half_its_size(trunk: CountingTrunk) -> None:
    stages = trunk.all_stages(picture(6))
    inputs = head_inputs(stages, picture(6))
    assert inputs["fine"].shape == (20, 20, 96)
    assert inputs["fine"][0, 0, 0] == pytest.approx(stages[0][:2, :2, 0].mean(), abs=1e-5)
    assert inputs["colour"].max() <= 1


def test_the_card_is_of_the_network_that_is_shipped() -> None:
    pin = network_pin("embedding")
    card = json.loads((files("models") / "weights" / pin.card).read_text("utf-8"))
    assert card["sha256"] == pin.sha256
    assert card["training_revision"] == pin.training_revision
    assert card["figures"]["held_out_shop"]["products"] >= 1_000
