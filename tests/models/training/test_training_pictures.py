"""Training pictures follow from their seed, and siblings differ as siblings do."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from booth.errors import InputError
from models.training.families import identities
from models.training.features import Features, compute, joined, kept
from models.training.fronts import front
from models.training.measuring import booth_recall, recall
from models.training.packs import Pose, pack
from models.training.sampling import booth_count, booth_pictures, shop_pictures
from models.training.shop import iconic, photo


def test_the_same_seed_gives_the_same_pictures() -> None:
    first, second = ([one.rgb for one in shop_pictures(3, 2, 1)] for _ in range(2))
    assert len(first) == 4
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    other = next(shop_pictures(4, 1, 1)).rgb
    assert other.shape != first[0].shape or not np.array_equal(other, first[0])


def test_families_have_siblings_that_share_all_but_the_flavour() -> None:
    products = identities(0, 200)
    assert [product.number for product in products] == list(range(200))
    sizes = Counter(product.family for product in products)
    assert max(sizes.values()) > 1
    for family in sizes:
        own = [product for product in products if product.family == family]
        assert len({(one.brand, one.title, one.form) for one in own}) == 1
        assert len({one.flavour for one in own}) == len(own)


def test_siblings_differ_in_print_and_one_product_does_not() -> None:
    first, second = next(
        (a, b) for a, b in zip(identities(1, 60), identities(1, 60)[1:], strict=False) if a.family == b.family
    )
    assert np.array_equal(front(first, 200, 300), front(first, 200, 300))
    assert not np.array_equal(front(first, 200, 300), front(second, 200, 300))


def test_every_form_is_cut_out_of_its_background() -> None:
    products = {product.form: product for product in identities(2, 300)}
    assert len(products) == 7
    for product in products.values():
        for yaw in (-0.6, 0.0, 0.6):
            cutout = pack(product, Pose(yaw, 0.2))
            assert cutout.shape[2] == 4
            assert 0.4 < (cutout[..., 3] > 128).mean() <= 1


def test_photos_and_iconic_pictures_are_pictures() -> None:
    products = identities(5, 14)
    rng = np.random.default_rng(0)
    for product in products:
        for rgb in (iconic(product, rng), photo(product, products, rng)):
            assert rgb.dtype == np.uint8
            assert rgb.shape[2] == 3
            assert min(rgb.shape[:2]) >= 40
            assert rgb.std() > 2, f"{product} cannot be seen"


def test_the_simulated_booth_shows_each_product_from_all_sides() -> None:
    pictures = list(booth_pictures(0, 1, 1))
    assert len(pictures) == booth_count(1, 1)
    assert Counter(one.product for one in pictures) == {0: 4}
    assert all(one.rgb.shape[0] < 360 for one in pictures), "the item is located, not the whole tray shown"


def test_kept_features_come_back_with_their_labels(tmp_path: Path) -> None:
    made = compute(shop_pictures(3, 5, 1), 10, tmp_path / "f", None, lambda done, total: None)
    again = kept(tmp_path / "f")
    assert again.kind.tolist() == ["iconic", "photo"] * 5
    assert again.product.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert all(np.array_equal(made.maps[name], again.maps[name]) for name in made.maps)
    both = joined([made, again])
    assert len(set(both.product.tolist())) == 10
    with pytest.raises(InputError, match="these are no features"):
        kept(tmp_path)


def test_recall_counts_the_products_that_score_higher() -> None:
    kinds = np.array(["iconic"] * 3 + ["photo"] * 2)
    products = np.array([0, 1, 2, 0, 1])
    features = Features({}, {}, products, np.array([0, 0, 1, 0, 0]), kinds)
    rows = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.9, 0.1, 0], [0.6, 0.4, 0]], np.float32)
    figures = recall(features, rows)
    assert figures["r@1"] == 0.5
    assert figures["r@5"] == 1.0
    assert figures["family@1"] == 1.0


def test_booth_recall_compares_the_second_placement_with_all_first_ones() -> None:
    rows = np.eye(4, dtype=np.float32).repeat(2, axis=0).reshape(4, 2, 4)
    one_view = np.concatenate([rows[index] for index in range(4)])
    labels = np.arange(4).repeat(2)
    features = Features({}, {}, labels, labels, np.array(["booth"] * 8))
    assert booth_recall(features, one_view, 1) == {"n": 4, "r@1": 1.0, "r@5": 1.0}
